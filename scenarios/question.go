package scenarios

// A Question is what people ask of a driver before they trust it. Does ends the sentence "the driver ...", and the row
// answers it: yes by what By names.
type Question struct {
	Topic, Does, Row string
	By               Yes
}

// A Yes is what makes an answer a yes.
type Yes string

// The ways to say yes.
const (
	ByConformance Yes = ""
	ByRefusal     Yes = "refusal" // the driver refuses the peer or the options, whatever reason it gives for that
	ByConnecting  Yes = "connecting"
	ByTLS         Yes = "tls" // the driver begins a TLS handshake
)

// Questions are in the order in which an overview of drivers answers them.
var Questions = []Question{
	{"Certificates", "refuses an authority that it does not know", "trust/no-cafile-private-ca", ByRefusal},
	{"Certificates", "refuses a certificate of another host", "name/mismatch", ByRefusal},
	{"Certificates", "refuses an IP address that the certificate does not list", "name/ip-not-in-san", ByRefusal},
	{"Certificates", "refuses a certificate with a common name only", "name/cn-only", ByRefusal},
	{"Certificates", "refuses an expired certificate", "time/expired", ByRefusal},
	{"Certificates", "refuses a certificate that is for clients only", "usage/eku-clientauth-only", ByRefusal},
	{"Certificates", "trusts the system's roots without tlsCAFile", "trust/system-store", ByConnecting},
	{"Certificates", "takes an intermediate as anchor of trust", "trust/intermediate-only-anchor", ByConnecting},
	{"Revocation", "heeds a stapled revocation", "ocsp/t2-revoked-stapled", ByRefusal},
	{
		"Revocation",
		"asks the responder where nothing is stapled, and heeds a revocation",
		"ocsp/t4-revoked-no-staple",
		ByRefusal,
	},
	{"Revocation", "demands the staple of a must-staple certificate", "ocsp/malicious1", ByRefusal},
	{"Revocation", "connects where no responder answers", "ocsp/soft-fail-no-responder", ByConnecting},
	{"Revocation", "heeds a list of tlsCRLFile", "crl/listed", ByRefusal},
	{"TLS by itself", "uses TLS for mongodb+srv", "srv/default-tls-on", ByTLS},
	{"TLS by itself", "turns TLS on for tlsCAFile alone", "uri/implied-by-cafile", ByTLS},
	{"TLS by itself", "turns TLS on for tlsCertificateKeyFile alone", "uri/implied-by-keyfile", ByTLS},
	{"TLS by itself", "turns TLS on for tlsInsecure alone", "uri/implied-by-insecure", ByTLS},
	{"Options", "accepts any certificate with tlsInsecure", "trust/insecure", ByConnecting},
	{"Options", "accepts any certificate with tlsAllowInvalidCertificates", "trust/allow-invalid-certs", ByConnecting},
	{"Options", "accepts any name with tlsAllowInvalidHostnames", "name/allow-invalid-hostnames", ByConnecting},
	{"Options", "refuses contradictory values of tls and ssl", "uri/tls-ssl-conflict", ByRefusal},
	{"Options", "reads an encrypted key (PKCS #8, AES)", "key/encrypted-pkcs8-aes", ByConnecting},
	{"Clusters", "trusts an authority that is added to its tlsCAFile while it runs", "journey/authority-added", ByConnecting},
	{"Clusters", "names a primary whose certificate it refuses", "set/bad-primary-named", ByConformance},
	{"Clusters", "ends a command on a connection that has fallen silent", "journey/silent", ByConformance},
	{"Clusters", "loses no operation but the one in flight when a server restarts", "journey/operation-in-flight",
		ByConformance},
	{"Errors", "names host and cause when it finds no server", "err/selection-names-cause", ByConformance},
	{"Errors", "bounds the handshake by connectTimeoutMS", "err/handshake-blackhole", ByConformance},
	{"Errors", "labels an overloaded server as such", "err/label-eof", ByConformance},
}
