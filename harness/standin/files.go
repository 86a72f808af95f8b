package standin

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/youmark/pkcs8"
)

// files is what the options of net.tls name, read.
type files struct {
	leaf  *x509.Certificate
	certs tls.Certificate     // the leaf, what is sent with it, and the key
	ca    *x509.CertPool      // every certificate of CAFile; nil without one
	roots *x509.CertPool      // the self-signed ones: OpenSSL ends a chain at nothing else
	cas   []*x509.Certificate // of CAFile
	crls  []*x509.RevocationList
}

// unusable is a file that a mongod cannot use, and what it says then: a line about the file, and what that means.
type unusable struct {
	line            int // id
	msg, attr, path string
	err             error
	means           string
}

func (u *unusable) Error() string { return fmt.Sprintf("%s %s: %v", u.msg, u.path, u.err) }
func (u *unusable) Unwrap() error { return u.err }

func loadFiles(c Config) (*files, error) {
	f := &files{}
	if err := f.loadKeyFile(c.CertificateKeyFile, c.CertificateKeyFilePassword); err != nil {
		return nil, err
	}
	var err error
	if c.CAFile != "" {
		if f.cas, f.ca, err = loadAuthorities(c.CAFile); err != nil {
			return nil, cannotReadAuthorities(c.CAFile, err)
		}
		f.roots = x509.NewCertPool()
		for _, a := range f.cas {
			if selfSigned(a) {
				f.roots.AddCert(a)
			}
		}
		f.completeChain()
	}
	if c.CRLFile != "" {
		if f.crls, err = loadCRLs(c.CRLFile); err != nil {
			return nil, &unusable{23254, "Cannot read CRL file", "crlFile", c.CRLFile, err, "Can not set up CRL file."}
		}
	}
	return f, nil
}

func cannotReadAuthorities(path string, err error) error {
	return fmt.Errorf("cannot read certificate authority file: %s %w", path, err)
}

func (f *files) loadKeyFile(path, password string) error {
	cannot := func(line int, msg string, err error) error {
		return &unusable{line, msg, "keyFile", path, err, "Can not set up PEM key file."}
	}
	const noCertificate, noKey, mismatch = 23248, 23251, 23253
	blocks, err := blocksOf(path)
	if err != nil {
		return cannot(noCertificate, "Cannot read certificate file", err)
	}
	for _, b := range blocks {
		if b.Type == "CERTIFICATE" {
			f.certs.Certificate = append(f.certs.Certificate, b.Bytes)
			continue
		}
		if f.certs.PrivateKey == nil && b.Type != "EC PARAMETERS" {
			if f.certs.PrivateKey, err = privateKey(b, password); err != nil {
				return cannot(noKey, "Cannot read PEM key file", err)
			}
		}
	}
	switch {
	case len(f.certs.Certificate) == 0:
		return cannot(noCertificate, "Cannot read certificate file", errNoStartLine)
	case f.certs.PrivateKey == nil:
		return cannot(noKey, "Cannot read PEM key file", errNoStartLine)
	}
	if f.leaf, err = x509.ParseCertificate(f.certs.Certificate[0]); err != nil {
		return cannot(noCertificate, "Cannot read certificate file", err)
	}
	f.certs.Leaf = f.leaf
	type public interface{ Equal(crypto.PublicKey) bool }
	own, ok := f.certs.PrivateKey.(crypto.Signer)
	if !ok || !own.Public().(public).Equal(f.leaf.PublicKey) {
		return cannot(mismatch, "SSL certificate validation failed", errors.New("key values mismatch"))
	}
	return nil
}

func privateKey(b *pem.Block, password string) (any, error) {
	switch {
	case b.Type == "ENCRYPTED PRIVATE KEY":
		return pkcs8.ParsePKCS8PrivateKey(b.Bytes, []byte(password))
	case x509.IsEncryptedPEMBlock(b): //nolint:staticcheck // RFC 1423 is what such files are
		der, err := x509.DecryptPEMBlock(b, []byte(password)) //nolint:staticcheck // see above
		if err != nil {
			return nil, err
		}
		b = &pem.Block{Type: b.Type, Bytes: der}
	}
	switch b.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(b.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(b.Bytes)
	}
	return x509.ParsePKCS8PrivateKey(b.Bytes)
}

// completeChain adds what OpenSSL adds to a leaf that stands alone in its file: the chain that the CA file gives, root
// included, if it leads to one (measured on mongod 4.4.5).
func (f *files) completeChain() {
	if len(f.certs.Certificate) > 1 {
		return
	}
	for cert := f.leaf; !selfSigned(cert); {
		issuer := f.issuer(cert)
		if issuer == nil {
			return
		}
		f.certs.Certificate = append(f.certs.Certificate, issuer.Raw)
		cert = issuer
	}
}

// issuer finds the authority of CAFile that issued cert, nil if there is none.
func (f *files) issuer(cert *x509.Certificate) *x509.Certificate {
	for _, a := range f.cas {
		if bytes.Equal(a.RawSubject, cert.RawIssuer) && signed(cert, a) {
			return a
		}
	}
	return nil
}

func selfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

func loadAuthorities(path string) ([]*x509.Certificate, *x509.CertPool, error) {
	blocks, err := blocksOf(path)
	if err != nil {
		return nil, nil, err
	}
	var list []*x509.Certificate
	pool := x509.NewCertPool()
	for _, b := range blocks {
		cert, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, cert)
		pool.AddCert(cert)
	}
	return list, pool, nil
}

func loadCRLs(path string) (list []*x509.RevocationList, err error) {
	blocks, err := blocksOf(path)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		crl, err := x509.ParseRevocationList(b.Bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, crl)
	}
	return list, nil
}

var errNoStartLine = errors.New("no start line")

// blocksOf reads a PEM file with at least one block.
func blocksOf(path string) ([]*pem.Block, error) {
	rest, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []*pem.Block
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		list = append(list, b)
	}
	if len(list) == 0 {
		return nil, errNoStartLine
	}
	return list, nil
}
