package godriver

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/auth"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/ocsp"

	"github.com/mongotls/mongotls/harness/evidence"
)

// reasons are asked in this order; the first that knows the error names its reason, the others return "". Types come
// before texts, and what a server says in a reply before texts that it could quote.
var reasons = []func(error) evidence.Reason{byCertificate, byReply, byRevocation, byAlert, byNetwork, byText}

// reason says why a client could not connect or a command failed.
func reason(err error) evidence.Reason {
	for _, by := range reasons {
		if r := by(err); r != "" {
			return r
		}
	}
	return evidence.Unclassified
}

// byCertificate knows the errors of crypto/x509 about the server's chain.
func byCertificate(err error) evidence.Reason {
	if e := (x509.HostnameError{}); errors.As(err, &e) {
		return evidence.NameMismatch // also a certificate that only has a common name
	}
	if e := (x509.UnknownAuthorityError{}); errors.As(err, &e) {
		// The candidate for the issuer was dismissed; only the text keeps why.
		if strings.Contains(err.Error(), "insecure algorithm") {
			return evidence.Weak
		}
		return evidence.Untrusted
	}
	if e := (x509.InsecureAlgorithmError(0)); errors.As(err, &e) {
		return evidence.Weak
	}
	if e := (x509.UnhandledCriticalExtension{}); errors.As(err, &e) {
		return evidence.BadCertificate
	}
	if e := (x509.ConstraintViolationError{}); errors.As(err, &e) {
		return evidence.BadCertificate
	}
	if e := (x509.SystemRootsError{}); errors.As(err, &e) {
		return evidence.Untrusted
	}
	if e := (x509.CertificateInvalidError{}); errors.As(err, &e) {
		// One reason of x509 for both; only the detail tells them apart.
		if e.Reason == x509.Expired && strings.Contains(e.Detail, " is before ") {
			return evidence.NotYetValid
		}
		return invalid[e.Reason]
	}
	return ""
}

var invalid = map[x509.InvalidReason]evidence.Reason{
	x509.NotAuthorizedToSign:           evidence.BadCertificate,
	x509.Expired:                       evidence.Expired,
	x509.CANotAuthorizedForThisName:    evidence.BadCertificate,
	x509.TooManyIntermediates:          evidence.BadCertificate,
	x509.IncompatibleUsage:             evidence.BadUsage,
	x509.NameMismatch:                  evidence.Untrusted, // of an issuer and a subject in the chain
	x509.NameConstraintsWithoutSANs:    evidence.BadCertificate,
	x509.UnconstrainedName:             evidence.BadCertificate,
	x509.TooManyConstraints:            evidence.BadCertificate,
	x509.CANotAuthorizedForExtKeyUsage: evidence.BadUsage,
}

// Codes of a server's replies.
const (
	userNotFound         = 11
	unauthorized         = 13
	authenticationFailed = 18
)

// byReply knows what the server answered to a command, or to authentication while connecting.
func byReply(err error) evidence.Reason {
	authenticating := errors.As(err, new(*auth.Error))
	switch code, _, _ := code(err); {
	case code == 0:
		return ""
	case code == unauthorized:
		return evidence.Unauthorized
	case code == authenticationFailed, code == userNotFound && authenticating:
		return evidence.AuthFailed
	default:
		return evidence.ServerRefused
	}
}

// byRevocation knows the driver's OCSP errors. Only "revoked" has a type.
func byRevocation(err error) evidence.Reason {
	text := err.Error()
	switch {
	case errors.As(err, new(*ocsp.Error)) && strings.Contains(text, "certificate is revoked"):
		return evidence.Revoked
	case strings.Contains(text, "Must-Staple extension but did not provide"):
		return evidence.MustStapleMissing
	case strings.Contains(text, "error parsing stapled response"),
		strings.Contains(text, "error validating stapled response"):
		return evidence.OCSPInvalid
	}
	return ""
}

// byAlert knows the alerts of the peer. Their type is private to crypto/tls, except for the operation around it.
func byAlert(err error) evidence.Reason {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return ""
	}
	if r, ok := alerts[op.Err.Error()]; ok {
		return r
	}
	return evidence.RemoteAlert
}

// handshake_failure is not among them: it is also how a TLS 1.2 server asks for a client certificate.
var alerts = map[string]evidence.Reason{
	"tls: certificate required":           evidence.ClientCertRequired,
	"tls: bad certificate":                evidence.ClientCertRejected,
	"tls: unsupported certificate":        evidence.ClientCertRejected,
	"tls: revoked certificate":            evidence.ClientCertRejected,
	"tls: expired certificate":            evidence.ClientCertRejected,
	"tls: unknown certificate":            evidence.ClientCertRejected,
	"tls: unknown certificate authority":  evidence.ClientCertRejected,
	"tls: access denied":                  evidence.ClientCertRejected,
	"tls: protocol version not supported": evidence.ProtocolMismatch,
	"tls: insufficient security level":    evidence.ProtocolMismatch,
}

// byNetwork knows what is below TLS.
func byNetwork(err error) evidence.Reason {
	if errors.As(err, new(*net.DNSError)) {
		return evidence.DNSError
	}
	if errors.As(err, new(tls.RecordHeaderError)) {
		return evidence.NotTLS
	}
	for _, e := range []error{syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH} {
		if errors.Is(err, e) {
			return evidence.Unreachable
		}
	}
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return evidence.PeerClosed
		}
	}
	if mongo.IsTimeout(err) {
		return evidence.Timeout
	}
	return ""
}

// byText knows what crypto/tls says about itself without a type.
func byText(err error) evidence.Reason { return search(handshakeTexts, err) }

type text struct {
	part   string
	reason evidence.Reason
}

func search(texts []text, err error) evidence.Reason {
	for _, t := range texts {
		if strings.Contains(err.Error(), t.part) {
			return t.reason
		}
	}
	return ""
}

var handshakeTexts = []text{
	// A pool that was cleared keeps why, without its type, for the next operation that asks for a connection.
	{"failed with: connection() error occurred during connection handshake: auth error", evidence.AuthFailed},
	{"x509: certificate is valid for ", evidence.NameMismatch},
	{"x509: certificate is not valid for any names", evidence.NameMismatch},
	{"x509: cannot validate certificate for ", evidence.NameMismatch},
	{"x509: certificate signed by unknown authority", evidence.Untrusted},
	{"keys are insecure", evidence.Weak}, // crypto/rsa
	{"insecure algorithm", evidence.Weak},
	{"tls: failed to parse certificate from server", evidence.BadCertificate},
	{"tls: invalid signature by the server certificate", evidence.BadCertificate},
	{"tls: server selected unsupported protocol version", evidence.ProtocolMismatch},
	{"tls: server selected an invalid", evidence.ProtocolMismatch},
	{"tls: server chose an unconfigured cipher suite", evidence.ProtocolMismatch},
	{"tls: server selected unsupported", evidence.ProtocolMismatch},
	{"tls: no supported versions satisfy", evidence.ProtocolMismatch},
	{"tls: downgrade attempt detected", evidence.ProtocolMismatch},
	{"tls: no renegotiation", evidence.ProtocolMismatch},
	{"connection closed unexpectedly by the other side", evidence.PeerClosed},
	{"broken pipe", evidence.PeerClosed},
	{"connection reset by peer", evidence.PeerClosed},
}

// configureReason says why a client could not be configured: a name that is looked up, a file that is read, or else the
// URI or an option.
func configureReason(err error) evidence.Reason {
	if errors.As(err, new(*net.DNSError)) {
		return evidence.DNSError
	}
	if errors.As(err, new(*fs.PathError)) {
		return evidence.KeyLoadError
	}
	if r := search(configureTexts, err); r != "" {
		return r
	}
	return evidence.ParseError
}

var configureTexts = []text{
	{"from SRV record", evidence.DNSError},
	{"should have more domain levels than parent URI", evidence.DNSError},
	{"cannot unmarshal DNS message", evidence.DNSError},
	{"records from TXT", evidence.DNSError},
	{"TXT record", evidence.DNSError},
	{"failed to find CERTIFICATE", evidence.KeyLoadError},
	{"failed to find PRIVATE KEY", evidence.KeyLoadError},
	{"does not contain any valid certificates", evidence.KeyLoadError},
	{"no password provided to decrypt private key", evidence.KeyLoadError},
	{"must be less than 64 MiB", evidence.KeyLoadError},
	{"pkcs8: ", evidence.KeyLoadError},
	{"x509: ", evidence.KeyLoadError},
	{"tls: ", evidence.KeyLoadError},
	{"asn1: ", evidence.KeyLoadError},
}
