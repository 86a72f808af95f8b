package scenarios

// A Statement is one claim that a user relies on, as a public document makes it.
type Statement struct {
	ID       Claim
	Document string
	Text     string
}

// The documents.
const (
	mongoose = "Mongoose, TLS/SSL Connections"
	mLab     = "mLab, SSL for MongoDB connections"
	pyMongo  = "PyMongo, Configure TLS"
	dbi      = "dbi services, MongoDB TLS and X.509 set-up"
	manual   = "MongoDB manual, x.509"
)

// Claims are all statements, by document and in its order.
var Claims = []Statement{
	{"M1", mongoose,
		"`tls=true` in the URI and the `tls` option of the client are equivalent and connect to a TLS server"},
	{"M2", mongoose, "`mongodb://` leaves TLS off by default"},
	{"M3", mongoose, "`mongodb+srv://` turns TLS on by default"},
	{"M4", mongoose,
		"connecting without TLS to a server that requires it is an error that the user can see and understand"},
	{"M5", mongoose,
		"the server's chain is validated against trusted CAs by default; a self-signed or unknown issuer is " +
			"rejected"},
	{"M6", mongoose, "`tlsAllowInvalidCertificates=true`, and `tlsInsecure=true`, switch chain validation off"},
	{"M7", mongoose,
		"diagnosis rule: fails with `tlsAllowInvalidCertificates=false`, works with `true` => the server speaks " +
			"TLS and the certificate is the fault"},
	{"M8", mongoose, "`tlsCAFile` sets the list of trusted CAs and cures M5 for a private CA"},
	{"M9", mongoose,
		"the name in the connection string must be one the certificate carries; an equivalent name or IP address " +
			"is rejected"},
	{"M10", mongoose,
		"in a replica set the certificate must match the host names that the *members advertise*, not only the " +
			"seed's"},
	{"M11", mongoose, "`tlsAllowInvalidHostnames=true` switches off only the name check"},
	{"M12", mongoose,
		"Mongoose: with X.509 the user name goes into the URI; given in the options (`auth.username`) it does not " +
			"work"},
	{"M13", mongoose, "that user name must be percent-encoded"},
	{"M14", mongoose,
		"Atlas style: server certificate from a publicly trusted (system) CA + client `tlsCertificateKeyFile` " +
			"works without `tlsCAFile`; naming the *client's* issuer as `tlsCAFile` breaks it"},
	{"M15", mongoose,
		"`authMechanism=MONGODB-X509` and `authSource=$external` work in the URI and as options, alone and " +
			"repeated"},
	{"M16", mongoose, "option values must be URL-escaped (`%24external`, paths)"},
	{"L1", mLab, "preferSSL/preferTLS accepts clients with and without TLS on one port"},
	{"L2", mLab, "requireSSL/requireTLS rejects clients without TLS"},
	{"L3", mLab,
		"a deployment goes disabled -> allow -> prefer in rolling steps; well-configured clients survive each " +
			"step"},
	{"L4", mLab, "and back from prefer to disabled"},
	{"L5", mLab, "`ssl=true` is accepted as another name for `tls=true`"},
	{"L6", mLab,
		"litmus test: names work and IP addresses fail with a validation error => the driver does TLS, asks for a " +
			"certificate and checks the name"},
	{"L7", mLab, "by default drivers validate against the system (or language) trust store"},
	{"L8", mLab, "trusting only an explicit root rejects a certificate from any other, publicly trusted, CA"},
	{"L9", mLab, "a root in DER form must be converted to PEM first; handing DER to the driver gives a clear error"},
	{"L10", mLab,
		"after new DNS names come with TLS, the old name still resolves and works without TLS, and fails name " +
			"validation with it"},
	{"L11", mLab, "renewal: restarting members one at a time with new certificates goes unnoticed by clients"},
	{"L12", mLab, "a server key may be stored encrypted, its password given to the server"},
	{"L13", mLab,
		"a client without a certificate gets in where none is required; the server logs `no SSL certificate " +
			"provided by peer` as a warning only"},
	{"L14", mLab,
		"TLS handshake and authentication are independent phases: user name/password over TLS without a client " +
			"certificate works"},
	{"L15", mLab, "one certificate and key may serve all members of a deployment (wildcard or several names)"},
	{"L16", mLab, "preferTLS members talk TLS to each other"},
	{"L17", mLab, "old driver versions differ: some need name checking switched on or an explicit trust list"},
	{"L18", mLab, "after TLS is disabled on the server, clients must drop `ssl=true` or fail"},
	{"L19", mLab, "a server without a CA file cannot authenticate X.509 clients"},
	{"P1", pyMongo, "`tls=True` as argument and in the URI are equivalent"},
	{"P2", pyMongo, "`+srv` turns TLS on"},
	{"P3", pyMongo, "`tlsCAFile` in the URI and as argument"},
	{"P4", pyMongo, "OCSP support is an optional install; without it a stapled revocation is not noticed"},
	{"P5", pyMongo, "server 4.4+ staples: a revoked or invalid stapled response fails the handshake"},
	{"P6", pyMongo,
		"no staple: the driver asks the endpoint; revoked fails, an invalid or malformed answer does not (soft " +
			"fail)"},
	{"P7", pyMongo, "`tlsDisableOCSPEndpointCheck=true` stops the driver from contacting the endpoint"},
	{"P8", pyMongo, "with P7 set, a stapled response is still verified"},
	{"P9", pyMongo, "`tlsCRLFile` takes PEM or DER; a revoked server certificate is rejected, a good one is not"},
	{"P10", pyMongo, "a CRL and OCSP cannot both serve one handshake"},
	{"P11", pyMongo, "a deployment may require a client certificate; `tlsCertificateKeyFile` presents it"},
	{"P12", pyMongo, "certificate and key must stand in one PEM file, in either order"},
	{"P13", pyMongo,
		"an encrypted key needs `tlsCertificateKeyFilePassword`; a wrong or missing password is a clear error"},
	{"P14", pyMongo, "`tlsInsecure=true` accepts wrong name, expired, not yet valid, untrusted root, wrong purpose"},
	{"P15", pyMongo, "an insecure connection is encrypted all the same"},
	{"P16", pyMongo,
		"`tlsAllowInvalidCertificates` relaxes certificate validation (and what that does to the name check is " +
			"the driver's documented behaviour)"},
	{"P17", pyMongo, "`tlsAllowInvalidHostnames` relaxes only the name check"},
	{"D1", dbi, "a private RSA-4096 CA, made with openssl, works end to end"},
	{"D2", dbi, "server certificate: serverAuth, SAN with DNS name, or IP entry where there is no DNS"},
	{"D3", dbi, "client certificate: clientAuth, CN and OU different from the server's"},
	{"D4", dbi, "key and certificate concatenated into one PEM file, key first"},
	{"D5", dbi, "`net.tls` in mongod.conf (mode, certificateKeyFile, CAFile) gives the same server as the flags"},
	{"D6", dbi, "mongosh connects with `--tls --tlsCertificateKeyFile --tlsCAFile`"},
	{"D7", dbi,
		"requireTLS drops a plain client and logs `SSLHandshakeFailed` (141), `The server is configured to only " +
			"allow SSL connections`"},
	{"D8", dbi, "`createUser` in `$external` with the RFC 2253 subject succeeds"},
	{"D9", dbi, "without authorization any client may read everything"},
	{"D10", dbi, "with authorization an unauthenticated command gives `Unauthorized` (13), `requires authentication`"},
	{"D11", dbi, "X.509 login then works"},
	{"D12", dbi, "beyond its roles the user gets `not authorized on ... to execute command ...`"},
	{"D13", dbi, "granting a role cures D12"},
	{"D14", dbi,
		"`allowConnectionsWithoutCertificates` true/false decides whether a client without a certificate gets in"},
	{"D15", dbi,
		"a subject that looks like a member's gives `BadValue` (2), `Cannot create an x.509 user with a " +
			"subjectname that would be recognized as an internal cluster member`"},
	{"D16", dbi, "a subject that does not follow RFC 2253 or with an over-long field fails with a clear error"},
	{"D17", dbi, "key files are readable by their owner only"},
	{"X1", manual, "TLS 1.0 is off where 1.1+ exists"},
	{"X2", manual, "one CA issues client and server certificates; a client from another CA is rejected"},
	{"X3", manual, "client certificates need digitalSignature and clientAuth; without clientAuth they are rejected"},
	{"X4", manual, "one user per certificate and one certificate per user"},
	{"X5", manual, "the client's O/OU/DC must differ from the member's in at least one"},
	{"X6", manual, "and from `tlsX509ClusterAuthDNOverride`"},
	{"X7", manual, "a client with the member's O/OU/DC is treated as a member or rejected, as the version says"},
	{"X8", manual, "an expired client certificate is rejected"},
	{"X9", manual, "a certificate within 30 days of expiry gives a warning in the log and works (4.4+)"},
	{"X10", manual, "the user is the certificate's subject, in `$external`"},
	{"X11", manual, "`$external` names over 10k bytes cannot use sessions"},
	{"X12", manual, "authenticating while connecting, and connecting first and authenticating after, both work"},
	{"X13", manual, "members' certificates come from one CA"},
	{"X14", manual, "a member's subject needs a non-empty O, OU or DC"},
	{"X15", manual,
		"members' O, OU and DC must match as multisets, in any order: `CN=host1,OU=Dept1,O=MongoDB,ST=NY,C=US` " +
			"matches `C=US,ST=CA,O=MongoDB,OU=Dept1,CN=host2`; `CN=host1,OU=Dept1,OU=Sales,O=MongoDB` does not match " +
			"`CN=host2,OU=Dept1,O=MongoDB`"},
	{"X16", manual,
		"a member's CN or a SAN entry (DNS name or, from 4.2, IP address) matches the host name the others use"},
	{"X17", manual, "a member certificate carries clientAuth or no extended key usage at all"},
	{"X18", manual, "`clusterFile` serves membership where given, else `certificateKeyFile` serves both purposes"},
	{"X19", manual, "`clusterAuthMode: x509` lets members authenticate to each other by certificate"},
	{"X20", manual, "the old names (`net.ssl.*`, `--sslMode` ...) still work where the version has them"},
}
