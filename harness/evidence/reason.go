package evidence

// A Reason says why a driver failed, in one closed vocabulary for all drivers. The empty reason is success.
type Reason string

// The reasons. What an adapter cannot map is Unclassified, which satisfies no expectation.
const (
	ParseError         Reason = "parse-error"            // the URI or an option is refused
	DNSError           Reason = "dns-error"              // SRV, TXT or address lookup, or what it returned
	KeyLoadError       Reason = "key-load-error"         // a file of the client cannot be read, parsed or decrypted
	Untrusted          Reason = "untrusted"              // no path to a trusted root
	NameMismatch       Reason = "name-mismatch"          // the certificate is not for this host
	Expired            Reason = "expired"                // after notAfter
	NotYetValid        Reason = "not-yet-valid"          // before notBefore
	BadUsage           Reason = "bad-usage"              // key usage or extended key usage
	BadCertificate     Reason = "bad-cert"               // constraint, critical extension, encoding, signature
	CertRefused        Reason = "cert-refused"           // a certificate is refused, and the driver does not say why
	Weak               Reason = "weak"                   // key size or signature algorithm
	Revoked            Reason = "revoked"                // OCSP or CRL says so
	RevocationUnknown  Reason = "revocation-unavailable" // no usable CRL or OCSP answer where one is demanded
	MustStapleMissing  Reason = "must-staple-missing"    // must-staple certificate without a staple
	OCSPInvalid        Reason = "ocsp-invalid"           // a staple that is expired, malformed, foreign or badly signed
	ProtocolMismatch   Reason = "protocol-mismatch"      // no common version or cipher
	NotTLS             Reason = "not-tls"                // the peer speaks something else
	PeerClosed         Reason = "peer-closed"            // EOF or reset, without an alert
	RemoteAlert        Reason = "remote-alert"           // an alert that names no other reason of this list
	ClientCertRequired Reason = "client-cert-required"   // an alert that says so
	ClientCertRejected Reason = "client-cert-rejected"   // an alert that says so
	AuthFailed         Reason = "auth-failed"            // the server refused the credentials
	Unauthorized       Reason = "unauthorized"           // code 13
	ServerRefused      Reason = "server-refused"         // any other error reply of a command
	Unreachable        Reason = "unreachable"            // TCP connection refused or no route
	Timeout            Reason = "timeout"                // a time limit of the driver ran out
	Crashed            Reason = "crashed"                // it took its process down, or broke in itself
	Unclassified       Reason = "unclassified"
)

// Reasons is the closed list, in the order in which reports show them.
var Reasons = []Reason{ParseError, DNSError, KeyLoadError, Untrusted, NameMismatch, Expired, NotYetValid, BadUsage,
	BadCertificate, CertRefused, Weak, Revoked, RevocationUnknown, MustStapleMissing, OCSPInvalid, ProtocolMismatch,
	NotTLS,
	PeerClosed, RemoteAlert, ClientCertRequired, ClientCertRejected, AuthFailed, Unauthorized, ServerRefused, Unreachable,
	Timeout,
	Crashed, Unclassified}

// A Cause says why a server ended a connection, read from its own log; closed, like Reason.
type Cause string

// The causes. Numbers are ids of mongod's log lines.
const (
	TLSOnPlainServer Cause = "tls-on-plain-server" // 22988 "... server is started without SSL support"
	PlainOnTLSOnly   Cause = "plain-on-tls-only"   // 22988 "... only allow SSL connections"
	NoClientCert     Cause = "no-client-cert"      // 23255
	BadClientCert    Cause = "bad-client-cert"     // 23256, the text says why
	DisabledProtocol Cause = "disabled-protocol"   // 22988 "... client requested disabled protocol"
	HTTPRequest      Cause = "http-request"        // 22988 "Client sent an HTTP request ..."
	HandshakeFailed  Cause = "handshake-failed"    // 22986, any failure inside the TLS library
	Staged           Cause = "staged"              // a fault of the stand-in, asked for by the scenario
	OtherCause       Cause = "other"
)

// Causes is the closed list.
var Causes = []Cause{TLSOnPlainServer, PlainOnTLSOnly, NoClientCert, BadClientCert, DisabledProtocol, HTTPRequest,
	HandshakeFailed, Staged, OtherCause}
