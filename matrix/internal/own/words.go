package own

import (
	"slices"

	"github.com/mongotls/mongotls/harness/evidence"
)

// A word is what a reason means to somebody who has to act on it: what the driver holds against the server, and what
// can be done where the chain itself tells no more.
type word struct{ says, do string }

var words = map[evidence.Reason]word{
	evidence.ParseError: {"it does not take the connection string or one of its options",
		"correct the option that its error names"},
	evidence.DNSError: {"the names of the seed list cannot be resolved, or lead elsewhere",
		"correct the SRV and TXT records: each target must be below the domain of the string's host"},
	evidence.KeyLoadError: {"a file of the client cannot be read, parsed or decrypted",
		"write the file that its error names as plain PEM, the key as PKCS#8"},
	evidence.Untrusted: {"there is no way from the certificate to an authority that it trusts",
		"put the root into tlsCAFile"},
	evidence.NameMismatch: {"the certificate is not for this host", "add the host to the certificate's SAN"},
	evidence.Expired:      {"a certificate has expired", "renew the certificate"},
	evidence.NotYetValid:  {"a certificate is not valid yet", "wait, or correct the clock of who issued it"},
	evidence.BadUsage: {"a key usage or extended key usage forbids this use",
		"have the certificate issued for servers (serverAuth, digitalSignature), by an authority that may sign " +
			"(keyCertSign)"},
	evidence.BadCertificate: {"a certificate breaks a rule of X.509", "have it issued again, as RFC 5280 wants it"},
	evidence.CertRefused:    {"a certificate is refused, and it does not say why", "see what other drivers say of it"},
	evidence.Weak: {"a key or signature is too weak for its TLS library",
		"take RSA of 2048 bits or more, or ECDSA, signed with SHA-256"},
	evidence.Revoked: {"the certificate has been revoked", "have a new one issued"},
	evidence.RevocationUnknown: {"whether it has been revoked cannot be found out",
		"give it a list or a responder that answers"},
	evidence.MustStapleMissing: {"the certificate demands a staple, and the server sends none",
		"let the server reach its OCSP responder, or have the certificate issued without must-staple"},
	evidence.OCSPInvalid: {"the OCSP answer is expired, damaged or not for this certificate", "correct the responder"},
	evidence.ProtocolMismatch: {"the two have no version or cipher of TLS in common",
		"look at disabledProtocols, the cipher configuration and the minimum version of the client"},
	evidence.NotTLS: {"the server speaks something else than TLS", "set net.tls.mode, or take tls=true out of the string"},
	evidence.PeerClosed: {"the connection was closed without a word",
		"look at the server's log: it says why"},
	evidence.RemoteAlert:        {"the server ended the handshake with an alert", "look at the server's log: it says why"},
	evidence.ClientCertRequired: {"a client certificate is missing", "give the driver one: tlsCertificateKeyFile"},
	evidence.ClientCertRejected: {"the client certificate is refused",
		"have it issued by an authority of the server's CAFile, with clientAuth"},
	evidence.AuthFailed: {"the login is refused", "look at user, password, authSource and authMechanism: " +
		"here, the user of the string exists"},
	evidence.Unauthorized:  {"the user may not do this", "give the user the role for it"},
	evidence.ServerRefused: {"a command is refused", "see its error"},
	evidence.Unreachable:   {"nobody listens there", "correct host and port"},
	evidence.Timeout:       {"it gave up waiting", "raise the time-out that its error names"},
	evidence.Crashed:       {"the driver broke", "take another version of it"},
	evidence.Unclassified:  {"for a reason that is not known here", "see its error"},
}

// causes are the same for what a server's log says.
var causes = map[evidence.Cause]word{
	evidence.TLSOnPlainServer: {"it serves no TLS", "set net.tls.mode to allowTLS or more, or take tls=true out of the " +
		"string"},
	evidence.PlainOnTLSOnly: {"it serves TLS only, and the client spoke in clear",
		"add tls=true to the connection string"},
	evidence.NoClientCert: {"the client showed no certificate",
		"give the driver a certificate and key (tlsCertificateKeyFile), or set allowConnectionsWithoutCertificates"},
	evidence.BadClientCert: {"the client's certificate is not valid",
		"have the client's certificate issued by an authority of the server's CAFile, with clientAuth"},
	evidence.DisabledProtocol: {"the client offers only versions of TLS that are disabled",
		"take the version out of disabledProtocols, or raise that of the client"},
	evidence.HTTPRequest: {"the client spoke HTTP", "take mongodb:// and the port of the database"},
}

// causeSays is why the server ended a connection.
func causeSays(c evidence.Connection) string {
	w, ok := causes[c.Cause]
	switch {
	case ok && c.Cause == evidence.BadClientCert:
		return w.says + " (" + c.Text + ")"
	case ok:
		return w.says
	}
	return c.Text
}

// byServer reports whether a driver that says so may only have seen the server's decision.
func byServer(r evidence.Reason) bool {
	return slices.Contains([]evidence.Reason{evidence.PeerClosed, evidence.RemoteAlert, evidence.ClientCertRequired,
		evidence.ClientCertRejected, evidence.NotTLS, evidence.Unclassified, evidence.Timeout, evidence.ProtocolMismatch}, r)
}

// bySpeech reports whether the server said it in a reply.
func bySpeech(r evidence.Reason) bool {
	return slices.Contains([]evidence.Reason{evidence.AuthFailed, evidence.Unauthorized, evidence.ServerRefused}, r)
}
