package catalogue

import "slices"

// A Report is what somebody met in public. Rows are patterns of row ids; without any, Missing says why.
type Report struct {
	Name    string // its number, its key in MongoDB's tracker, or the commit
	Seen    string
	Rows    []string
	Missing string
}

// Public are reports that have been tried, whether a row cites them or not.
var Public = slices.Concat(
	seen("an IPv6 literal is refused though the certificate carries it", by("name/ipv6"),
		"nodejs/node#64144", "newrelic/node-newrelic#1356", "NODE-4621", "parse-server 89fad24"),
	seen("host names with underscores", by("name/underscore"),
		"docker/compose#472", "minio#5767"),
	seen("a tunnel is dialled as 127.0.0.1", by("name/ip-not-in-san"),
		"Studio3T/robomongo#1625"),
	seen("an authority whose key usage lacks keyCertSign", by("trust/ca-without-certsign"),
		"bitnami/charts#11966"),
	seen("the cross-signed form of a root, without or before its own",
		by("trust/cross-signed-old-root-expired", "trust/cross-signed-root-missing", "trust/cross-signed-as-anchor"),
		"bitnami/charts#16345", "bitnami/charts#18035"),
	seen("the root alone does not do, the intermediate is needed",
		by("trust/intermediate-missing", "trust/intermediate-in-cafile", "trust/intermediate-only-anchor"),
		"ibm-mas/ansible-devops#1223"),
	seen("a bundle of authorities whose first have expired", by("trust/bundle-with-expired"),
		"awsdocs/amazon-rds-user-guide#88", "endlessm/azafea#198"),
	seen("options under the names of one driver", by("uri/legacy-name"),
		"awslabs/aws-athena-query-federation#2389", "huggingface/Mongoku#79"),
	seen("a plus in the value of an option", by("uri/plus-in-path", "key/password-plus"),
		"mongodb/specifications#259", "mongodb/mongo-python-driver#755", "mongodb/mongo-python-driver#767",
		"PYTHON-1579", "PYTHON-2973"),
	seen("a password that was not escaped is printed", by("err/no-secret-leak-unescaped"),
		"stxnext/pymongo-migrate#35", "PYTHON-3678"),
	seen("the case of an option, an unknown one, an odd path",
		by("uri/key-case", "uri/unknown-tls-key", "uri/cafile-odd-path"),
		"flashcatcloud/categraf#542", "rwynn/monstache#475", "pkosiec/mongo-seeding#189"),
	seen("bag attributes and text beside the blocks of a key file", by("key/text-and-attributes", "key/odd-pem"),
		"GoogleCloud ops collector#146"),
	seen("a client certificate of 1024 bits", by("mtls/client-rsa1024"),
		"nodejs/node#36655", "jfromaniello/selfsigned#33", "openssl/openssl#20972"),
	seen("keys are not exchanged with RSA any more", by("proto/rsa-kex-gcm-only", "proto/cbc-only"),
		"golang/go#66512", "xhit/go-simple-mail#100", "aristanetworks/goeapi#59"),
	seen("a ClientHello above one packet stalls", by("proto/big-hello"),
		"golang/go#80573", "canonical/lxd#14839"),
	seen("handshakes that are signed with SHA-1", by("proto/sha1-handshake"),
		"microsoft/go-mssqldb#302"),
	seen("a runtime in FIPS mode",
		none("a comparison of two runs, not a row: the whole table runs under each runtime"),
		"golang/go#78298"),
	seen("odd serial numbers", by("usage/negative-or-zero-serial", "usage/serial-21-octets"),
		"microsoft/go-mssqldb#217", "cert-manager/trust-manager#511", "authelia#8767"),
	seen("errors of TLS become bare strings", by("name/mismatch", "time/expired", "trust/wrong-ca"),
		"mongodb/node-mongodb-native#4014", "NODE-5985"),
	seen("time-outs in the handshake clear the pool, or do not end it",
		by("err/label-timeout", "err/handshake-blackhole", "proto/slow-handshake"),
		"mongodb/mongo-go-driver#688", "GODRIVER-2037", "mongodb-core#34", "mongodb/mongo-python-driver#439"),
	seen("a certificate for TLS beside a user of SCRAM", by("x509/scram-over-tls@certificate"),
		"hashicorp/vault#30073"),
	seen("a responder behind a proxy",
		none("a run gives adapters no proxy, lest that of the machine change a verdict"),
		"mongodb/specifications#1354", "php-driver#1443"),
	seen("a list that is out of date, or is that of the intermediate",
		by("crl/expired", "crl/missing-for-intermediate"),
		"bigchaindb#1969", "nodejs/help#460"),
	seen("a clock that is behind, a renewal", by("time/not-yet-valid", "time/expired"),
		"microsoft/WSL#4149", "parse-server#2512"),
	seen("a side-car that speaks TLS by itself, or twice", by("mode/require-plain-client", "mode/http-peer"),
		"istio/istio#26235", "istio/istio#8410", "istio/istio#30975"),
	seen("a configuration file that an agent writes",
		by("mode/configuration-file", "mode/configuration-file-demands"),
		"mongodb-enterprise-kubernetes#141"),
	seen("an upgrade of a driver",
		none("a comparison of two runs, not a row: mongotls upgrade reads the change, and the tests of "+
			"matrix/dependency such files"),
		"mongo-express 3ea48dd", "parse-server 7d8603f", "mongodb_exporter c4eb2d3",
		"st2 4529733", "cve-search dfa3735"),
)

// seen are reports of one thing.
func seen(what string, s stated, names ...string) (list []Report) {
	for _, name := range names {
		list = append(list, Report{name, what, s.rows, s.missing})
	}
	return list
}
