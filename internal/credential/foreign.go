package credential

import (
	"crypto/dsa" //nolint:staticcheck // what some old certificate has
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
)

// foreign is what is said of certificates that have what Foreign names.
const foreign = "which the TLS library of the stand-in, that of Go, does not know: it cannot be tried here"

// Foreign says, in one sentence, what the first of some certificates has that Go's TLS library cannot serve or judge;
// "" if they have no such thing.
func Foreign(certs []*x509.Certificate) string {
	for i, c := range certs {
		ec, _ := c.PublicKey.(*ecdsa.PublicKey)
		_, old := c.PublicKey.(*dsa.PublicKey)
		is := ""
		switch {
		case old:
			is = "a DSA key"
		case c.PublicKey == nil:
			is = keyOf(c.Raw)
		case i == 0 && ec != nil && ec.Curve == elliptic.P224(): // it can sign certificates, and no handshake
			is = "a key on the curve P-224"
		case c.SignatureAlgorithm == x509.UnknownSignatureAlgorithm:
			is = signatureOf(c.Raw)
		default:
			continue
		}
		return fmt.Sprintf("the certificate of %s has %s, %s", NameOf(c), is, foreign)
	}
	return ""
}

// outline is a certificate as far as crypto/x509 does not tell of what it does not know.
type outline struct {
	TBS struct {
		Version                   int `asn1:"optional,explicit,tag:0"`
		Serial                    asn1.RawValue
		Signature                 pkix.AlgorithmIdentifier
		Issuer, Validity, Subject asn1.RawValue
		Key                       struct {
			Algorithm pkix.AlgorithmIdentifier
			Bits      asn1.BitString
		}
	}
}

// kinds are keys and signatures that Go does not know, by their identifiers.
var kinds = []struct{ id, name string }{
	{"1.3.101.113", "Ed448"},
	{"1.3.132.0.10", "secp256k1"},
	{"1.3.132.0.33", "P-224"},
	{"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"},
	{"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"},
	{"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"},
}

func kindOf(id asn1.ObjectIdentifier) string {
	for _, k := range kinds {
		if k.id == id.String() {
			return k.name
		}
	}
	return "(" + id.String() + ")"
}

const (
	onCurve = "1.2.840.10045.2.1"
	pss     = "1.2.840.113549.1.1.10"
)

// keyOf is the kind of a certificate's key, "" if there is none to be read.
func keyOf(der []byte) string {
	var o outline
	if _, err := asn1.Unmarshal(der, &o); err != nil {
		return ""
	}
	algorithm := o.TBS.Key.Algorithm
	switch algorithm.Algorithm.String() {
	case pss:
		return "an RSA key for RSASSA-PSS alone"
	case onCurve:
		var curve asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(algorithm.Parameters.FullBytes, &curve); err != nil {
			return "a key on a curve without a name"
		}
		return "a key on the curve " + kindOf(curve)
	}
	return "a key of the kind " + kindOf(algorithm.Algorithm)
}

// signatureOf is the kind of a certificate's signature.
func signatureOf(der []byte) string {
	var o outline
	if _, err := asn1.Unmarshal(der, &o); err != nil {
		return "a signature that cannot be read"
	}
	algorithm := o.TBS.Signature
	if algorithm.Algorithm.String() != pss {
		return "a signature of the kind " + kindOf(algorithm.Algorithm)
	}
	var p struct {
		Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
		MGF  pkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
		Salt int                      `asn1:"explicit,tag:2"`
	}
	if _, err := asn1.Unmarshal(algorithm.Parameters.FullBytes, &p); err != nil {
		return "a signature of RSASSA-PSS with parameters that are not usual"
	}
	return fmt.Sprintf("a signature of RSASSA-PSS with a salt of %d octets", p.Salt)
}
