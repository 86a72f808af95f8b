// Package certificate puts certificates into the words of reports.
package certificate

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/reports"
)

var keyUsages = []string{"digitalSignature", "contentCommitment", "keyEncipherment", "dataEncipherment", "keyAgreement",
	"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"} // RFC 5280 section 4.2.1.3, in the order of the bits

var extendedKeyUsages = map[x509.ExtKeyUsage]string{
	x509.ExtKeyUsageAny:             "any",
	x509.ExtKeyUsageServerAuth:      "serverAuth",
	x509.ExtKeyUsageClientAuth:      "clientAuth",
	x509.ExtKeyUsageCodeSigning:     "codeSigning",
	x509.ExtKeyUsageEmailProtection: "emailProtection",
	x509.ExtKeyUsageTimeStamping:    "timeStamping",
	x509.ExtKeyUsageOCSPSigning:     "OCSPSigning",
}

var tlsFeature = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24} // RFC 7633: must-staple

// Described puts certificates into words.
func Described(all []*x509.Certificate) (out []reports.Certificate) {
	for _, c := range all {
		d := reports.Certificate{
			Subject: Name(c.RawSubject), Issuer: Name(c.RawIssuer), Serial: c.SerialNumber.Text(16),
			NotBefore: c.NotBefore.UTC().Format(time.RFC3339), NotAfter: c.NotAfter.UTC().Format(time.RFC3339),
			Key: publicKey(c), Signature: c.SignatureAlgorithm.String(), CA: c.IsCA, OCSP: c.OCSPServer,
		}
		for _, n := range c.DNSNames {
			d.Names = append(d.Names, "DNS "+n)
		}
		for _, ip := range c.IPAddresses {
			d.Names = append(d.Names, "IP "+ip.String())
		}
		for _, n := range c.EmailAddresses {
			d.Names = append(d.Names, "email "+n)
		}
		for _, u := range c.URIs {
			d.Names = append(d.Names, "URI "+u.String())
		}
		for i, usage := range keyUsages {
			if c.KeyUsage&(1<<i) != 0 {
				d.KeyUsage = append(d.KeyUsage, usage)
			}
		}
		for _, usage := range c.ExtKeyUsage {
			d.ExtKeyUsage = append(d.ExtKeyUsage, cmp.Or(extendedKeyUsages[usage], fmt.Sprint("usage ", int(usage))))
		}
		for _, oid := range c.UnknownExtKeyUsage {
			d.ExtKeyUsage = append(d.ExtKeyUsage, oid.String())
		}
		for _, e := range c.Extensions {
			d.MustStaple = d.MustStaple || e.Id.Equal(tlsFeature)
		}
		for _, oid := range c.UnhandledCriticalExtensions {
			d.Critical = append(d.Critical, oid.String())
		}
		out = append(out, d)
	}
	return out
}

// Name is a distinguished name as mongod prints it, or what is there instead of one.
func Name(raw []byte) string {
	s, err := dn.Format(raw)
	if err != nil {
		return err.Error()
	}
	return s
}

func publicKey(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return c.PublicKeyAlgorithm.String()
}
