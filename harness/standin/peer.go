package standin

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/standin/status"
	"github.com/mongotls/mongotls/harness/tlswire"
)

// Texts of status 141, SSLHandshakeFailed, as mongod sends them to its log.
const (
	noCertificate  = "no SSL certificate provided by peer; connection rejected"
	badCertificate = "SSL peer certificate validation failed: "

	unassigned = "U_STRINGPREP_UNASSIGNED_ERROR" // ICU's
	prohibited = "U_STRINGPREP_PROHIBITED_ERROR" // likewise

	rejectedWithout = "No SSL certificate provided by peer; connection rejected" // line 23255
)

// judgePeer decides about the client's certificate after a completed handshake, in mongod's order. The error is the
// status with which the connection must be closed.
func (c *connection) judgePeer(state tls.ConnectionState) error {
	s := c.server
	c.noteVersion(state.Version)
	if c.own.files.ca == nil {
		return nil // nothing to judge by, and no name for X.509 authentication
	}
	if len(state.PeerCertificates) == 0 {
		if !s.config.AllowConnectionsWithoutCertificates {
			c.line("E", "NETWORK", 23255, rejectedWithout, nil)
			return status.Errorf(status.SSLHandshakeFailed, noCertificate)
		}
		if !s.parameters.Bool("suppressNoTLSPeerCertificateWarning") {
			c.line("W", "NETWORK", 23234, "No SSL certificate provided by peer", nil)
		}
		return nil
	}
	leaf := state.PeerCertificates[0]
	reason := s.config.Release.Reason(c.own.files.refuse(leaf, state.PeerCertificates[1:]))
	if reason != "" {
		if !s.config.AllowInvalidCertificates {
			c.line("E", "NETWORK", 23256, "SSL peer certificate validation failed", attrError(badCertificate+reason))
			return status.Errorf(status.SSLHandshakeFailed, "%s%s", badCertificate, reason)
		}
		c.line("W", "NETWORK", 23235, "SSL peer certificate validation failed", bson.D{{Key: "reason", Value: reason}})
		return nil
	}
	return c.acceptPeer(leaf, state.PeerCertificates[1:], state.CipherSuite)
}

// acceptPeer takes the name and the roles of a certificate that is valid.
func (c *connection) acceptPeer(leaf *x509.Certificate, sent []*x509.Certificate, cipher uint16) error {
	switch err := dn.Check(leaf.RawSubject); {
	case errors.Is(err, dn.ErrNotUTF8):
		return status.Errorf(status.BadValue, "Non UTF-8 data encountered")
	case errors.Is(err, dn.ErrUnassigned):
		return status.Errorf(status.PreflightNormalization, "Error preflighting normalization: %s", unassigned)
	case errors.Is(err, dn.ErrProhibited):
		return status.Errorf(status.PreflightNormalization, "Error preflighting normalization: %s", prohibited)
	}
	name, err := dn.Format(leaf.RawSubject)
	if err != nil {
		name = ""
	}
	accepted := bson.D{{Key: "peerSubject", Value: name}}
	if c.server.config.Release.LogsHandshakes {
		c.line("I", "NETWORK", 6723801, "Accepted TLS connection from peer",
			append(accepted, bson.E{Key: "cipher", Value: tlswire.CipherName(cipher)}))
	} else {
		c.line("D2", "NETWORK", 23229, "Accepted TLS connection from peer", accepted)
	}
	roles, err := rolesOf(leaf)
	if err == nil {
		path := c.own.files.path(leaf, sent)
		err = mayGrant(c.server.parameters.Trusts(), roles, path[len(path)-1])
	}
	if err != nil {
		return err
	}
	c.peer.Subject, c.peer.Roles = leaf.RawSubject, roles
	c.warn(leaf, name)
	return nil
}

// noteVersion logs the versions of TLS that --tlsLogVersions names.
func (c *connection) noteVersion(number uint16) {
	version := tlswire.VersionName(number)
	name := "TLS" + strings.ReplaceAll(version, ".", "_")
	if slices.Contains(strings.Split(c.server.config.LogVersions, ","), name) {
		c.line("I", "NETWORK", 23218, "Accepted connection with TLS",
			bson.D{{Key: "tlsVersion", Value: version}, {Key: "remoteHost", Value: c.peer.Remote}})
	}
}

// warn logs what a mongod warns about in a certificate that it accepts.
func (c *connection) warn(leaf *x509.Certificate, name string) {
	s := c.server
	const day = 24 * time.Hour
	left := time.Until(leaf.NotAfter)
	if left < time.Duration(s.parameters.Int("tlsX509ExpirationWarningThresholdDays"))*day {
		c.line("W", "NETWORK", 23222, "Peer certificate expiration information",
			bson.D{{Key: "peerSubjectName", Value: name}, {Key: "daysDays", Value: int32(left / day)}})
	}
	if bytes.Equal(leaf.RawSubject, c.own.files.leaf.RawSubject) {
		c.line("W", "NETWORK", 23236, "Client connecting with server's own TLS certificate", nil)
	}
}

// refuse says in OpenSSL 1.1.1's words why a client certificate is not valid, or "".
func (f *files) refuse(leaf *x509.Certificate, sent []*x509.Certificate) string {
	chain := x509.NewCertPool()
	for _, cert := range slices.Concat(f.cas, sent) {
		chain.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: f.roots, Intermediates: chain,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if reason := f.verifyReason(err, leaf, sent); err != nil && reason != "" {
		return reason
	}
	if problem := f.revoked(leaf); problem != "" {
		return problem
	}
	path := f.path(leaf, sent)
	switch {
	case slices.ContainsFunc(path[1:], f.policy.WeakKey):
		return "CA certificate key too weak"
	case !forClients(leaf):
		return "unsupported certificate purpose"
	case f.policy.WeakKey(leaf):
		return "EE certificate key too weak"
	}
	return ""
}

// forClients reports whether a certificate has no extended usage at all, or clientAuth by name; anyExtendedKeyUsage
// does not count (measured on 4.4.5).
func forClients(leaf *x509.Certificate) bool {
	if leaf.KeyUsage != 0 && leaf.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageKeyAgreement) == 0 {
		return false
	}
	return len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) == 0 ||
		slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
}

// verifyReason says why there is no way from the leaf to a root: OpenSSL goes on after an error, and its last one is
// reported. It checks usages first, then from the top of the path down to the leaf. "" where crypto/x509 is the only
// one against it: it does not take SHA-1, which OpenSSL takes below its security level 2.
func (f *files) verifyReason(err error, leaf *x509.Certificate, sent []*x509.Certificate) string {
	path := f.path(leaf, sent)
	top := path[len(path)-1]
	for i, cert := range path {
		switch now := time.Now(); {
		case i > 0 && i == len(path)-1 && !selfSigned(cert): // stands in for the root, and is not looked at
		case now.Before(cert.NotBefore):
			return "certificate is not yet valid"
		case now.After(cert.NotAfter):
			return "certificate has expired"
		case i < len(path)-1 && !signed(cert, path[i+1]):
			return "certificate signature failure"
		case i < len(path)-1 && path[i+1].KeyUsage != 0 && path[i+1].KeyUsage&x509.KeyUsageCertSign == 0:
			return "key usage does not include certificate signing"
		}
	}
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.TooManyIntermediates:
		return "path length constraint exceeded"
	case slices.ContainsFunc(path[1:], func(c *x509.Certificate) bool { return !c.IsCA }):
		return "invalid CA certificate"
	case slices.ContainsFunc(path[:max(1, len(path)-1)], f.policy.WeakDigest):
		return "CA signature digest algorithm too weak"
	case errors.As(err, new(x509.UnhandledCriticalExtension)):
		return "unhandled critical extension"
	case errors.As(err, &invalid) && invalid.Reason == x509.CANotAuthorizedForThisName:
		return "permitted subtree violation"
	case slices.ContainsFunc(path[:len(path)-1], bySHA1) && selfSigned(top) && slices.ContainsFunc(f.cas, top.Equal):
		return ""
	case selfSigned(leaf):
		return "self signed certificate"
	case selfSigned(top):
		return "self signed certificate in certificate chain"
	case len(path) == 1:
		return "unable to verify the first certificate"
	case slices.ContainsFunc(f.cas, top.Equal):
		return "unable to get issuer certificate"
	}
	return "unable to get local issuer certificate"
}

// path is how OpenSSL goes from the leaf to its issuers, by names and key ids, the CA file first.
func (f *files) path(leaf *x509.Certificate, sent []*x509.Certificate) []*x509.Certificate {
	path := []*x509.Certificate{leaf}
	for cert := leaf; !selfSigned(cert); {
		all := slices.Concat(f.cas, sent)
		i := slices.IndexFunc(all, func(a *x509.Certificate) bool {
			return bytes.Equal(a.RawSubject, cert.RawIssuer) && !slices.ContainsFunc(path, a.Equal) &&
				(len(cert.AuthorityKeyId) == 0 || len(a.SubjectKeyId) == 0 || bytes.Equal(cert.AuthorityKeyId, a.SubjectKeyId))
		})
		if i < 0 {
			break
		}
		cert = all[i]
		path = append(path, cert)
	}
	return path
}

func bySHA1(c *x509.Certificate) bool {
	return c.SignatureAlgorithm == x509.SHA1WithRSA || c.SignatureAlgorithm == x509.ECDSAWithSHA1
}

// signed checks a signature, also those by SHA-1, which crypto/x509 does not.
func signed(cert, issuer *x509.Certificate) bool {
	if !bySHA1(cert) {
		return issuer.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil
	}
	digest := sha1.Sum(cert.RawTBSCertificate)
	switch key := issuer.PublicKey.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA1, digest[:], cert.Signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, digest[:], cert.Signature)
	}
	return false
}

// revoked looks the leaf up in the lists, as X509_V_FLAG_CRL_CHECK does: the leaf only, and a list of its issuer is
// demanded. Revoked wins over a list that is out of date.
func (f *files) revoked(leaf *x509.Certificate) string {
	if f.crls == nil {
		return ""
	}
	problem := "unable to get certificate CRL"
	for _, crl := range f.crls {
		if !bytes.Equal(crl.RawIssuer, leaf.RawIssuer) {
			continue
		}
		issuer, now := f.issuer(leaf), time.Now()
		switch { // the last that OpenSSL comes upon
		case slices.ContainsFunc(crl.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool {
			return e.SerialNumber.Cmp(leaf.SerialNumber) == 0
		}):
			return "certificate revoked"
		case issuer != nil && issuer.CheckSignature(crl.SignatureAlgorithm, crl.RawTBSRevocationList, crl.Signature) != nil:
			problem = "CRL signature failure"
		case now.Before(crl.ThisUpdate):
			problem = "CRL is not yet valid"
		case now.After(crl.NextUpdate):
			problem = "CRL has expired"
		case issuer != nil && issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCRLSign == 0:
			problem = "key usage does not include CRL signing"
		default:
			problem = ""
		}
	}
	return problem
}
