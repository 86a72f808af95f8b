package catalogue

// serverFiles are the tests of TLS and OCSP in MongoDB's own tree (jstests of 4.9: ssl, ocsp, sslSpecial), each with
// how much of it a client can exercise from outside.
var serverFiles = []Case{
	whole("ssl/auth-counters", none(counters)),
	whole("ssl/canonicalize_command_line_opts", by("mode/old-flags", "mode/old-flags-demand")),
	partly("ssl/client_x509_rotate", none(outgoing)),
	partly("ssl/cluster_x509_rotate", by("member/other-ca", "journey/authority-with-overlap")),
	whole("ssl/config-canonicalize-normal-ports", none(
		"another spelling of the mode: the tests of harness/mongod read it")),
	whole("ssl/crl_x509_rotate", by("journey/list-rotated-in", "journey/list-appears")),
	partly("ssl/dh_params", by("proto/dhe-only")),
	whole("ssl/disable_x509", none("no row sets authenticationMechanisms, which "+standinTests)),
	partly("ssl/initial_sync1_x509", by("member/one-still-on-key-file", "member/one-sends-key-file")),
	outside("ssl/macos_encrypted_pem", none("macOS alone")),
	partly("ssl/mixed_mode_repl", by(
		"set/mixed-modes", "set/prefers-tls", "member/tls-in-prefer", "member/clear-in-allow")),
	partly("ssl/mixed_mode_sharded", none(shards)),
	partly("ssl/mixed_mode_sharded_transition", none(shards)),
	whole("ssl/mongo_uri_secondaries", by("set/secondary-read")),
	whole("ssl/multi-ca", by("mtls/two-authorities")),
	whole("ssl/openssl_ciphersuites", by("proto/no-shared-cipher")),
	whole("ssl/repl_ssl_noca", by("trust/system-store")),
	whole("ssl/repl_ssl_split_horizon", by("set/horizon", "set/horizon-of-inner-names")),
	whole("ssl/server_x509_rotate", by("journey/rotated", "journey/rotated-then-cut-off", "journey/rotated-with-overlap")),
	whole("ssl/set_parameter_ssl", by("rot/tls-rollout", "rot/tls-rollback", "member/rolled-to-certificates")),
	partly("ssl/sharding_with_x509", none(shards)),
	outside("ssl/shell_option_parsing", none("options of the shell of that time")),
	partly("ssl/shell_x509_system_user", by("member/lookalike-let-in")),
	whole("ssl/sni_name_advertisement", by("name/sni-present", "name/ip-in-san")),
	partly("ssl/speculative-auth-replset", by("x509/speculative-ok")),
	whole("ssl/speculative-auth-sharding", by("x509/speculative-ok", "x509/speculative-miss")),
	whole("ssl/speculative-authenticate", by("x509/speculative-ok", "x509/speculative-miss")),
	whole("ssl/ssl_ECDHE_suites", by("proto/dhe-only", "proto/cbc-only")),
	whole("ssl/ssl_alert_reporting", by("proto/tls10-client", "proto/tls12-server-tls13-client")),
	outside("ssl/ssl_cert_selector", none("Windows alone")),
	outside("ssl/ssl_cert_selector_apple", none("macOS alone")),
	partly("ssl/ssl_client_certificate_warning_suppression", none("no row sets suppressNoTLSPeerCertificateWarning; "+
		"mtls/optional-none has the connection that is warned of")),
	whole("ssl/ssl_cluster_ca", by("mtls/cluster-ca-file*")),
	whole("ssl/ssl_cluster_file", by("member/cluster-file")),
	whole("ssl/ssl_cn_with_san", by("name/cn-match-san-mismatch")),
	whole("ssl/ssl_count_protocols", none(counters)),
	whole("ssl/ssl_crl", by("crl/server-side-client-good", "crl/server-side-list-expired")),
	whole("ssl/ssl_crl_revoked", by("crl/server-side-client-revoked")),
	partly("ssl/ssl_fips", none("the stand-in has no FIPS provider to start with")),
	whole("ssl/ssl_fragment", by("proto/command-beyond-a-record", "proto/reply-beyond-a-record")),
	partly("ssl/ssl_get_more", none(shards)),
	partly("ssl/ssl_hostname_validation", by("name/mismatch", "name/cn-only", "name/allow-invalid-hostnames",
		"trust/allow-invalid-certs", "member/other-name")),
	whole("ssl/ssl_intermediate_ca", by("trust/intermediate-sent", "key/chain-in-keyfile")),
	partly("ssl/ssl_invalid_server_cert", none("a server that does not start has no client")),
	whole("ssl/ssl_options", none("what getCmdLineOpts shows of passwords, which "+standinTests)),
	whole("ssl/ssl_private_key", by("key/combined-key-first")),
	whole("ssl/ssl_restricted_protocols", by("proto/tls12-only-server", "proto/tls13-only-server")),
	whole("ssl/ssl_uri", by("uri/ssl-true-alias", "mode/require-plain-client")),
	whole("ssl/ssl_weak", by("mtls/optional-none", "mtls/optional-given", "mtls/required-none-mongod")),
	whole("ssl/ssl_with_system_ca", by("trust/system-store", "trust/no-cafile-private-ca")),
	partly("ssl/ssl_withhold_client_cert", none(outgoing)),
	partly("ssl/ssl_without_ca", by("x509/server-without-ca")),
	whole("ssl/ssl_x509_SAN", by("name/ip-in-san", "name/ipv6", "name/ip-as-dns-san")),
	whole("ssl/ssl_x509_roles", none("no row has roles in a certificate, which "+standinTests)),
	whole("ssl/tlsCATrusts", none("no row sets tlsCATrusts, which "+standinTests)),
	partly("ssl/upgrade_noauth_to_x509_ssl", by("journey/rollout", "member/rolled-to-certificates")),
	partly("ssl/upgrade_to_ssl", by("journey/rollout", "journey/rollout-tls")),
	partly("ssl/upgrade_to_x509_ssl", by("journey/rollout", "member/rolled-to-certificates")),
	whole("ssl/x509_all_the_oids", by("x509/dn-9k", "x509/dn-10k")),
	whole("ssl/x509_client", by("x509/no-username", "x509/username-wrong", "x509/user-not-created", "x509/create-user*",
		"x509/member-collision-*", "x509/enforce-separation-off")),
	whole("ssl/x509_custom", none("no row has attribute types of its own; the tests of fixtures/pki/dn do")),
	whole("ssl/x509_expiring", by("time/expires-within-30d")),
	whole("ssl/x509_invalid", by("x509/allow-invalid-on-server")),
	whole("ssl/x509_multivalue", by("x509/dn-special-chars@multi-valued")),
	whole("ssl/x509_rotate_missing_files", none("a rotation that fails changes nothing that a driver could see")),
	partly("ssl/x509_startup_certificate_info", none("lines of the log from before the first connection")),
	partly("ssl/x509_startup_warning", none("lines of the log from before the first connection")),

	whole("ocsp/ocsp_basic", by("ocsp/t3-valid-no-staple", "ocsp/t4-revoked-no-staple", "ocsp/soft-fail-no-responder")),
	whole("ocsp/ocsp_basic_ca_responder", by("ocsp/t1-valid-stapled", "ocsp/chain-of-three-issuer")),
	partly("ocsp/ocsp_connection_type_testing", by("ocsp/t2-revoked-stapled", "journey/revoked-under-way")),
	whole("ocsp/ocsp_must_staple", by("ocsp/must-staple-stapled", "ocsp/malicious1", "ocsp/allow-certs-row")),
	whole("ocsp/ocsp_rotate", none("a responder of a row answers for the certificate that the server starts with")),
	whole("ocsp/ocsp_server_refresh", none("a server that fetches its staple again does so after seconds "+
		"at the least, and the stand-in once")),
	partly("ocsp/ocsp_sharding_basic", none(shards)),
	whole("ocsp/ocsp_stapling", by("ocsp/t2-revoked-stapled", "journey/revoked-under-way", "journey/responder-lost")),

	partly("sslSpecial/SERVER-26369", none(shards)),
	partly("sslSpecial/mixed_mode_repl_nossl", by("set/mixed-modes-clear", "set/secondary-without-tls")),
	partly("sslSpecial/mixed_mode_sharded_nossl", none(shards)),
	partly("sslSpecial/mixed_mode_sharded_transition_nossl", none(shards)),
	whole("sslSpecial/set_parameter_nossl", none("a server without TLS cannot be raised, which "+standinTests)),
	whole("sslSpecial/ssl_ecdsa_cert", by("x509/no-username")),
	whole("sslSpecial/ssl_mixedmode", by("mode/tls", "mode/plain", "mode/require-plain-client")),
	whole("sslSpecial/tls1_0", by("proto/tls10-client", "proto/tls12-only-server")),
	partly("sslSpecial/upgrade_noauth_to_x509_nossl", by("journey/rollout")),
	partly("sslSpecial/upgrade_to_ssl_nossl", by("rot/tls-rollout", "journey/rollout")),
	partly("sslSpecial/upgrade_to_x509_ssl_nossl", by("journey/rollout", "member/rolled-to-certificates")),
	partly("sslSpecial/x509_cluster_auth_rollover", by("member/overridden-attributes", "journey/authority-with-overlap")),
}

const (
	standinTests = "the tests of harness/standin hold"
	counters     = "counters of serverStatus, not what happens to a client"
	shards       = "needs shards: the routers of a row have none behind them"
	outgoing     = "what a server shows to other servers, which no driver sees"
)

// How much of a test a client can exercise from outside.
const (
	Whole   = "whole"
	InPart  = "in part" // needs logs, files or several servers
	Outside = "not"     // of one platform, or of the shell
)

// stated is how a case is covered.
type stated struct {
	rows    []string
	missing string
}

func by(rows ...string) stated        { return stated{rows: rows} }
func none(reason string) stated       { return stated{missing: reason} }
func whole(n string, s stated) Case   { return Case{n, Whole, s.rows, s.missing} }
func partly(n string, s stated) Case  { return Case{n, InPart, s.rows, s.missing} }
func outside(n string, s stated) Case { return Case{n, Outside, s.rows, s.missing} }
