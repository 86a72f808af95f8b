package catalogue

import (
	"fmt"
	"slices"
	"strings"
)

// Tables are the official tests that are about TLS.
var Tables = []Table{
	{Name: "uri-options/tests/tls-options.yml", Count: 68, Cases: tlsOptions()},
	{Name: "uri-options/tests/srv-options.yml", Count: 11, Cases: srvOptions},
	{Name: "MONGODB-X509: auth/tests/legacy/connection-string.yml and connection-string/tests/valid-auth.yml", Count: 8,
		Cases: x509},
	{Name: "ocsp-support/tests/README.md", Count: 72, Cases: ocsp()},
	{Name: "initial-dns-seedlist-discovery/tests", Count: 53, Cases: slices.Concat(replicaSet, loadBalanced, sharded)},
	{Name: "initial-dns-seedlist-discovery/tests/README.md, prose", Count: 4, Cases: srvProse},
	{Name: "polling-srv-records-for-mongos-discovery/tests/README.md, prose", Count: 13, Cases: polling()},
	{Name: "The server's own: jstests/ssl, jstests/ocsp, jstests/sslSpecial (4.9)", Count: 87, Cases: serverFiles},
}

func tlsOptions() []Case {
	list := []Case{
		{Name: "the required options are parsed", Rows: names("mtls/required-and-given")},
		{Name: "tlsCertificateKeyFilePassword", Rows: names("uri/password-alone")},
		{Name: "tlsAllowInvalidCertificates", Rows: names("trust/allow-invalid-certs")},
		{Name: "tlsAllowInvalidHostnames", Rows: names("name/allow-invalid-hostnames")},
		{Name: "tlsInsecure", Rows: names("trust/insecure")},
		{Name: "tlsAllowInvalidCertificates, invalid", Rows: names("uri/invalid-bool@allow-certs")},
		{Name: "tlsAllowInvalidHostnames, invalid", Rows: names("uri/invalid-bool@allow-hosts")},
		{Name: "tlsInsecure, invalid", Rows: names("uri/invalid-bool")},
		{Name: "tls and ssl, both true", Rows: names("uri/tls-ssl-equal")},
		{Name: "ssl and tls, both true", Rows: names("uri/tls-ssl-equal@ssl-first")},
		{Name: "tls and ssl, both false", Rows: names("uri/tls-ssl-equal-false")},
		{Name: "ssl and tls, both false", Rows: names("uri/tls-ssl-equal-false@ssl-first")},
		{Name: "tls true, ssl false", Rows: names("uri/tls-ssl-conflict")},
		{Name: "tls false, ssl true", Rows: names("uri/tls-ssl-conflict@false-true")},
		{Name: "ssl false, tls true", Rows: names("uri/tls-ssl-conflict@ssl-first")},
		{Name: "ssl true, tls false", Rows: names("uri/tls-ssl-conflict@ssl-first-false-true")},
		{Name: "tls and tlsDisableCertificateRevocationCheck, true", Rows: names("uri/revocation-switches")},
		{Name: "tls and tlsDisableCertificateRevocationCheck, false", Rows: names("uri/revocation-switches@false")},
		{Name: "tls and tlsDisableOCSPEndpointCheck, true", Rows: names("uri/revocation-switches@endpoint")},
		{Name: "tls and tlsDisableOCSPEndpointCheck, false", Rows: names("uri/revocation-switches@endpoint-false")},
	}
	short := names("true-true", "false-false")
	all := names("true-true", "true-false", "false-true", "false-false")
	for _, pair := range []struct {
		row    string
		values []string
	}{
		{"uri/insecure-vs-allow-certs", short}, {"uri/insecure-vs-allow-hosts", short},
		{"uri/allow-certs-vs-revocation-off", all}, {"uri/insecure-vs-revocation-off", all},
		{"uri/ocsp-off-vs-revocation-off", all}, {"uri/insecure-vs-ocsp-off", all}, {"uri/allow-certs-vs-ocsp-off", all},
	} {
		for _, values := range pair.values {
			row := pair.row + "@" + values
			if values == "true-true" {
				row = pair.row
			}
			what := strings.TrimPrefix(pair.row, "uri/") + ", " + values
			list = append(list, Case{Name: what, Rows: names(row)},
				Case{Name: what + ", the other first", Rows: names(pair.row + "@swapped-" + values)})
		}
	}
	return list
}

var srvOptions = []Case{
	{Name: "a custom srvServiceName", Rows: names("srv/custom-service")},
	{Name: "srvServiceName without SRV", Rows: names("srv/options-without-srv")},
	{Name: "srvMaxHosts", Rows: names("srv/max-hosts@greater")},
	{Name: "a negative srvMaxHosts", Rows: names("srv/max-hosts-invalid")},
	{Name: "srvMaxHosts that is no number", Rows: names("srv/max-hosts-invalid@word")},
	{Name: "srvMaxHosts without SRV", Rows: names("srv/options-without-srv@max-hosts")},
	{Name: "srvMaxHosts and replicaSet", Rows: names("srv/direct-connection@max-hosts-replica-set")},
	{Name: "srvMaxHosts and loadBalanced=true", Rows: names("srv/direct-connection@max-hosts-load-balanced")},
	{Name: "srvMaxHosts and loadBalanced=false", Rows: names("srv/max-hosts@not-load-balanced")},
	{Name: "srvMaxHosts=0 and replicaSet", Rows: names("srv/max-hosts@zero-replica-set")},
	{Name: "srvMaxHosts=0 and loadBalanced=true", Rows: names("srv/max-hosts@zero-load-balanced")},
}

var x509 = []Case{
	{Name: "recognize the mechanism", Rows: names("x509/username-matches")},
	{Name: "ignore the database", Rows: names("x509/path-db-ignored")},
	{Name: "accept a valid authSource", Rows: names("x509/authsource-external")},
	{Name: "recognize the mechanism without a user name", Rows: names("x509/no-username")},
	{Name: "without a user name, with authSource=$external", Rows: names("x509/authsource-external@*")},
	{Name: "refuse a password", Rows: names("x509/password-given")},
	{Name: "refuse another authSource", Rows: names("x509/authsource-bar")},
	{Name: "an escaped user name", Rows: names("x509/username-matches")},
}

// ocsp is the matrix: the client's options, what the server has, the responder's key, and who signs.
func ocsp() (list []Case) {
	columns := []struct{ name, row, relaxed string }{
		{"valid, stapled", "ocsp/t1-valid-stapled", "good-staple"},
		{"revoked, stapled", "ocsp/t2-revoked-stapled", ""},
		{"valid, not stapled", "ocsp/t3-valid-no-staple", "good-no-staple"},
		{"revoked, not stapled", "ocsp/t4-revoked-no-staple", "no-staple"},
		{"no responder", "ocsp/soft-fail-no-responder", "no-responder"},
		{"malicious server 1", "ocsp/malicious1", "must-staple"},
		{"malicious server 2", "ocsp/malicious2", "must-staple-no-responder"},
	}
	relaxed := map[string]string{
		"tlsInsecure":                 "ocsp/insecure-row",
		"tlsAllowInvalidCertificates": "ocsp/allow-certs-row",
	}
	for _, options := range names("tls", "tlsInsecure", "tlsAllowInvalidCertificates") {
		for _, c := range columns {
			for _, form := range names("", "rsa", "delegate", "rsa-delegate") {
				if strings.HasSuffix(form, "delegate") && strings.HasSuffix(c.relaxed, "no-responder") {
					continue // nobody signs
				}
				row, variant := c.row, form
				if base, ok := relaxed[options]; ok {
					row, variant = base, strings.Trim(c.relaxed+"-"+form, "-")
				}
				if variant != "" {
					row += "@" + variant
				}
				list = append(list, Case{Name: strings.TrimSuffix(fmt.Sprintf("%s: %s, %s", options, c.name, form), ", "),
					Rows: names(row)})
			}
		}
	}
	return list
}

var replicaSet = []Case{
	{Name: "dbname-with-commas-escaped", Rows: names("srv/userinfo-and-db")},
	{Name: "dbname-with-commas", Rows: names("srv/userinfo-and-db@comma")},
	{Name: "direct-connection-false", Rows: names("srv/tls-option-plus-srv@direct-connection-false")},
	{Name: "direct-connection-true", Rows: names("srv/direct-connection")},
	{Name: "encoded-userinfo-and-db", Rows: names("srv/userinfo-and-db")},
	{Name: "loadBalanced-false-txt", Rows: names("srv/txt-load-balanced@false")},
	{Name: "longer-parent-in-return", Rows: names("srv/longer-target")},
	{Name: "misformatted-option", Rows: names("srv/txt-not-allowed@malformed")},
	{Name: "no-results", Rows: names("srv/no-records")},
	{Name: "not-enough-parts", Rows: names("srv/no-records@no-data")},
	{Name: "one-result-default-port", Rows: names("srv/tls-option-plus-srv")},
	{Name: "one-txt-record-multiple-strings", Rows: names("srv/txt-allowed@split")},
	{Name: "one-txt-record", Rows: names("srv/txt-allowed")},
	{Name: "parent-part-mismatch1", Rows: names("srv/evil-domain")},
	{Name: "parent-part-mismatch2", Rows: names("srv/evil-domain")},
	{Name: "parent-part-mismatch3", Rows: names("srv/evil-domain@missing-dot")},
	{Name: "parent-part-mismatch4", Rows: names("srv/evil-domain@missing-dot")},
	{Name: "parent-part-mismatch5", Rows: names("srv/evil-domain@one-of-two")},
	{Name: "returned-parent-too-short", Rows: names("srv/evil-domain@parent")},
	{Name: "returned-parent-wrong", Rows: names("srv/evil-domain")},
	{Name: "srv-service-name", Rows: names("srv/custom-service")},
	{Name: "srvMaxHosts-conflicts_with_replicaSet-txt", Rows: names("srv/txt-conflict")},
	{Name: "srvMaxHosts-conflicts_with_replicaSet", Rows: names("srv/direct-connection@max-hosts-replica-set")},
	{Name: "srvMaxHosts-equal_to_srv_records", Rows: names("srv/max-hosts")},
	{Name: "srvMaxHosts-greater_than_srv_records", Rows: names("srv/max-hosts@greater")},
	{Name: "srvMaxHosts-less_than_srv_records", Rows: names("srv/maxhosts-subset")},
	{Name: "srvMaxHosts-zero-txt", Rows: names("srv/max-hosts@zero-replica-set-txt")},
	{Name: "srvMaxHosts-zero", Rows: names("srv/max-hosts@zero")},
	{Name: "two-results-default-port", Rows: names("srv/several-targets")},
	{Name: "two-results-nonstandard-port", Rows: names("srv/several-targets")},
	{Name: "two-txt-records", Rows: names("srv/txt-not-allowed@two-records")},
	{Name: "txt-record-not-allowed-option", Rows: names("srv/txt-not-allowed@timeout")},
	{Name: "txt-record-with-overridden-ssl-option", Rows: names("srv/ssl-false-uri")},
	{Name: "txt-record-with-overridden-uri-option", Rows: names("srv/txt-allowed@overridden")},
	{Name: "txt-record-with-unallowed-option", Rows: names("srv/txt-not-allowed@ssl")},
	{Name: "uri-with-admin-database", Rows: names("srv/userinfo-and-db")},
	{Name: "uri-with-auth", Rows: names("srv/txt-allowed")},
	{Name: "uri-with-port", Rows: names("srv/port-in-uri")},
	{Name: "uri-with-two-hosts", Rows: names("srv/two-hosts")},
	{Name: "uri-with-uppercase-hostname", Rows: names("srv/uppercase-host")},
}

var loadBalanced = []Case{
	{Name: "loadBalanced-directConnection", Rows: names("srv/txt-load-balanced@direct-connection-false")},
	{Name: "loadBalanced-no-results", Rows: names("srv/no-records")},
	{Name: "loadBalanced-replicaSet-errors", Rows: names("srv/load-balanced-conflict")},
	{Name: "loadBalanced-true-multiple-hosts", Rows: names("srv/load-balanced-conflict@two-hosts")},
	{Name: "loadBalanced-true-txt", Rows: names("srv/txt-load-balanced")},
	{Name: "srvMaxHosts-conflicts_with_loadBalanced-true-txt", Rows: names("srv/txt-conflict@load-balanced")},
	{Name: "srvMaxHosts-conflicts_with_loadBalanced-true", Rows: names("srv/direct-connection@max-hosts-load-balanced")},
	{Name: "load-balanced/srvMaxHosts-zero-txt", Rows: names("srv/max-hosts@zero-load-balanced-txt")},
	{Name: "load-balanced/srvMaxHosts-zero", Rows: names("srv/max-hosts@zero-load-balanced")},
}

var sharded = []Case{
	{Name: "sharded/srvMaxHosts-equal_to_srv_records", Rows: names("srv/several-targets@as-many")},
	{Name: "sharded/srvMaxHosts-greater_than_srv_records", Rows: names("srv/several-targets@greater")},
	{Name: "sharded/srvMaxHosts-less_than_srv_records", Rows: names("srv/maxhosts-subset")},
	{Name: "sharded/srvMaxHosts-zero", Rows: names("srv/several-targets@zero")},
}

var srvProse = []Case{
	{Name: "1, names of fewer than three labels", Rows: names("srv/two-label-host", "srv/one-label-host")},
	{Name: "2, a target outside the domain", Rows: names("srv/evil-domain", "srv/evil-domain-of-short-name",
		"srv/evil-domain-of-short-name@one-label")},
	{Name: "3, a target that is the name", Rows: names("srv/two-label-identical",
		"srv/evil-domain-of-short-name@one-label-identical")},
	{Name: "4, a target without the dot", Rows: names("srv/evil-domain@missing-dot",
		"srv/evil-domain-of-short-name@missing-dot", "srv/evil-domain-of-short-name@one-label-missing-dot")},
}

func polling() (list []Case) {
	stated := map[int][]string{1: names("srv/polling-adds-bad-cert-host"), 3: names("srv/polling-replaced"),
		7: names("srv/polling-fails")}
	for i := 1; i <= 13; i++ {
		c := Case{Name: fmt.Sprint(i), Rows: stated[i]}
		if c.Rows == nil {
			c.Missing = "a row of it would take a minute, and tell no more of TLS than those of 1, 3 and 7"
		}
		list = append(list, c)
	}
	return list
}
