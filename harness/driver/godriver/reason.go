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

	"github.com/mongotls/mongotls/scenarios"
)

// reasons are asked in this order; the first that knows the error names its reason, the others return "". Types come
// before texts, and what a server says in a reply before texts that it could quote.
var reasons = []func(error) scenarios.Reason{byCertificate, byReply, byRevocation, byAlert, byNetwork, byText}

// reason says why a client could not connect or a command failed.
func reason(err error) scenarios.Reason {
	for _, by := range reasons {
		if r := by(err); r != "" {
			return r
		}
	}
	return scenarios.Unclassified
}

// byCertificate knows the errors of crypto/x509 about the server's chain.
func byCertificate(err error) scenarios.Reason {
	if e := (x509.HostnameError{}); errors.As(err, &e) {
		return scenarios.NameMismatch // also a certificate that only has a common name
	}
	if e := (x509.UnknownAuthorityError{}); errors.As(err, &e) {
		// The candidate for the issuer was dismissed; only the text keeps why.
		if strings.Contains(err.Error(), "insecure algorithm") {
			return scenarios.Weak
		}
		return scenarios.Untrusted
	}
	if e := (x509.InsecureAlgorithmError(0)); errors.As(err, &e) {
		return scenarios.Weak
	}
	if e := (x509.UnhandledCriticalExtension{}); errors.As(err, &e) {
		return scenarios.BadCertificate
	}
	if e := (x509.ConstraintViolationError{}); errors.As(err, &e) {
		return scenarios.BadCertificate
	}
	if e := (x509.SystemRootsError{}); errors.As(err, &e) {
		return scenarios.Untrusted
	}
	if e := (x509.CertificateInvalidError{}); errors.As(err, &e) {
		// One reason of x509 for both; only the detail tells them apart.
		if e.Reason == x509.Expired && strings.Contains(e.Detail, " is before ") {
			return scenarios.NotYetValid
		}
		return invalid[e.Reason]
	}
	return ""
}

var invalid = map[x509.InvalidReason]scenarios.Reason{
	x509.NotAuthorizedToSign:           scenarios.BadCertificate,
	x509.Expired:                       scenarios.Expired,
	x509.CANotAuthorizedForThisName:    scenarios.BadCertificate,
	x509.TooManyIntermediates:          scenarios.BadCertificate,
	x509.IncompatibleUsage:             scenarios.BadUsage,
	x509.NameMismatch:                  scenarios.Untrusted, // of an issuer and a subject in the chain
	x509.NameConstraintsWithoutSANs:    scenarios.BadCertificate,
	x509.UnconstrainedName:             scenarios.BadCertificate,
	x509.TooManyConstraints:            scenarios.BadCertificate,
	x509.CANotAuthorizedForExtKeyUsage: scenarios.BadUsage,
	x509.NoValidChains:                 scenarios.BadCertificate, // policies
}

// Codes of a server's replies.
const (
	userNotFound         = 11
	unauthorized         = 13
	authenticationFailed = 18
)

// byReply knows what the server answered to a command, or to authentication while connecting.
func byReply(err error) scenarios.Reason {
	authenticating := errors.As(err, new(*auth.Error))
	switch code, _, _ := code(err); {
	case code == 0:
		return ""
	case code == unauthorized:
		return scenarios.Unauthorized
	case code == authenticationFailed, code == userNotFound && authenticating:
		return scenarios.AuthFailed
	default:
		return scenarios.ServerRefused
	}
}

// byRevocation knows the driver's OCSP errors. Only "revoked" has a type.
func byRevocation(err error) scenarios.Reason {
	text := err.Error()
	switch {
	case errors.As(err, new(*ocsp.Error)) && strings.Contains(text, "certificate is revoked"):
		return scenarios.Revoked
	case strings.Contains(text, "Must-Staple extension but did not provide"):
		return scenarios.MustStapleMissing
	case strings.Contains(text, "error parsing stapled response"),
		strings.Contains(text, "error validating stapled response"):
		return scenarios.OCSPInvalid
	}
	return ""
}

// byAlert knows the alerts of the peer. Their type is private to crypto/tls, except for the operation around it.
func byAlert(err error) scenarios.Reason {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return ""
	}
	if r, ok := alerts[op.Err.Error()]; ok {
		return r
	}
	return scenarios.RemoteAlert
}

// handshake_failure is not among them: it is also how a TLS 1.2 server asks for a client certificate.
var alerts = map[string]scenarios.Reason{
	"tls: certificate required":           scenarios.ClientCertRequired,
	"tls: bad certificate":                scenarios.ClientCertRejected,
	"tls: unsupported certificate":        scenarios.ClientCertRejected,
	"tls: revoked certificate":            scenarios.ClientCertRejected,
	"tls: expired certificate":            scenarios.ClientCertRejected,
	"tls: unknown certificate":            scenarios.ClientCertRejected,
	"tls: unknown certificate authority":  scenarios.ClientCertRejected,
	"tls: access denied":                  scenarios.ClientCertRejected,
	"tls: protocol version not supported": scenarios.ProtocolMismatch,
	"tls: insufficient security level":    scenarios.ProtocolMismatch,
}

// byNetwork knows what is below TLS.
func byNetwork(err error) scenarios.Reason {
	if errors.As(err, new(*net.DNSError)) {
		return scenarios.DNSError
	}
	if errors.As(err, new(tls.RecordHeaderError)) {
		return scenarios.NotTLS
	}
	for _, e := range []error{syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH} {
		if errors.Is(err, e) {
			return scenarios.Unreachable
		}
	}
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return scenarios.PeerClosed
		}
	}
	if mongo.IsTimeout(err) {
		return scenarios.Timeout
	}
	return ""
}

// byText knows what crypto/tls says about itself without a type.
func byText(err error) scenarios.Reason { return search(handshakeTexts, err) }

type text struct {
	part   string
	reason scenarios.Reason
}

func search(texts []text, err error) scenarios.Reason {
	for _, t := range texts {
		if strings.Contains(err.Error(), t.part) {
			return t.reason
		}
	}
	return ""
}

var handshakeTexts = []text{
	{"keys are insecure", scenarios.Weak}, // crypto/rsa
	{"insecure algorithm", scenarios.Weak},
	{"tls: failed to parse certificate from server", scenarios.BadCertificate},
	{"tls: invalid signature by the server certificate", scenarios.BadCertificate},
	{"tls: server selected unsupported protocol version", scenarios.ProtocolMismatch},
	{"tls: server selected an invalid", scenarios.ProtocolMismatch},
	{"tls: server chose an unconfigured cipher suite", scenarios.ProtocolMismatch},
	{"tls: server selected unsupported", scenarios.ProtocolMismatch},
	{"tls: no supported versions satisfy", scenarios.ProtocolMismatch},
	{"tls: downgrade attempt detected", scenarios.ProtocolMismatch},
	{"connection closed unexpectedly by the other side", scenarios.PeerClosed},
	{"broken pipe", scenarios.PeerClosed},
	{"connection reset by peer", scenarios.PeerClosed},
}

// configureReason says why a client could not be configured: a name that is looked up, a file that is read, or else the
// URI or an option.
func configureReason(err error) scenarios.Reason {
	if errors.As(err, new(*net.DNSError)) {
		return scenarios.DNSError
	}
	if errors.As(err, new(*fs.PathError)) {
		return scenarios.KeyLoadError
	}
	if r := search(configureTexts, err); r != "" {
		return r
	}
	return scenarios.ParseError
}

var configureTexts = []text{
	{"from SRV record", scenarios.DNSError},
	{"should have more domain levels than parent URI", scenarios.DNSError},
	{"cannot unmarshal DNS message", scenarios.DNSError},
	{"records from TXT", scenarios.DNSError},
	{"TXT record", scenarios.DNSError},
	{"failed to find CERTIFICATE", scenarios.KeyLoadError},
	{"failed to find PRIVATE KEY", scenarios.KeyLoadError},
	{"does not contain any valid certificates", scenarios.KeyLoadError},
	{"no password provided to decrypt private key", scenarios.KeyLoadError},
	{"must be less than 64 MiB", scenarios.KeyLoadError},
	{"pkcs8: ", scenarios.KeyLoadError},
	{"x509: ", scenarios.KeyLoadError},
	{"tls: ", scenarios.KeyLoadError},
	{"asn1: ", scenarios.KeyLoadError},
}
