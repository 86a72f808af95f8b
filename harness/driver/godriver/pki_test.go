package godriver

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/youmark/pkcs8"
	"golang.org/x/crypto/ocsp"
)

// An authority issues certificates for these tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func key(t testing.TB) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return k
}

// newAuthority is a root, or issued by parent.
func newAuthority(t testing.TB, name string, parent *authority, change ...func(*x509.Certificate)) *authority {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	for _, c := range change {
		c(template)
	}
	a := &authority{key: key(t)}
	issuer, signer := template, a.key
	if parent != nil {
		issuer, signer = parent.cert, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, a.key.Public(), signer)
	require.NoError(t, err)
	a.cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.file = write(t, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

// leaf is a good certificate for localhost and 127.0.0.1, changed.
func (a *authority) leaf(t testing.TB, change ...func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	for _, c := range change {
		c(template)
	}
	k := key(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, k.Public(), a.key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: k}
}

// with is a server's configuration.
func with(cert tls.Certificate, change ...func(*tls.Config)) *tls.Config {
	c := &tls.Config{Certificates: []tls.Certificate{cert}}
	for _, f := range change {
		f(c)
	}
	return c
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// staple is an OCSP response for cert.
func (a *authority) staple(t testing.TB, cert tls.Certificate, r ocsp.Response) tls.Certificate {
	t.Helper()
	parsed, err := x509.ParseCertificate(cert.Certificate[0])
	require.NoError(t, err)
	if r.SerialNumber == nil {
		r.SerialNumber = parsed.SerialNumber
	}
	if r.ThisUpdate.IsZero() {
		r.ThisUpdate, r.NextUpdate = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	cert.OCSPStaple, err = ocsp.CreateResponse(a.cert, a.cert, r, a.key)
	require.NoError(t, err)
	return cert
}

func mustStaple(c *x509.Certificate) {
	c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24},
		Value: []byte{0x30, 3, 2, 1, 5}})
}

// keyFile is what tlsCertificateKeyFile names.
func keyFile(t testing.TB, cert tls.Certificate, password string) string {
	t.Helper()
	block := &pem.Block{Type: "PRIVATE KEY"}
	var pass []byte
	if password != "" {
		block.Type, pass = "ENCRYPTED PRIVATE KEY", []byte(password)
	}
	var err error
	block.Bytes, err = pkcs8.MarshalPrivateKey(cert.PrivateKey.(crypto.Signer), pass, nil)
	require.NoError(t, err)
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
	return write(t, append(b, pem.EncodeToMemory(block)...))
}

func write(t testing.TB, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.pem")
	require.NoError(t, os.WriteFile(name, content, 0o600))
	return name
}
