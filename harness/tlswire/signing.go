package tlswire

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"io"
)

// Signing is a key that tells with which scheme a handshake was signed: crypto/tls does not.
func Signing(key crypto.PrivateKey, tell func(scheme string)) crypto.PrivateKey {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return key
	}
	s := teller{signer, tell}
	if decrypter, ok := key.(crypto.Decrypter); ok {
		return struct {
			teller
			decrypt
		}{s, decrypter}
	}
	return s
}

type teller struct {
	crypto.Signer
	tell func(scheme string)
}

// A decrypt is what the exchange of keys by RSA needs.
type decrypt interface {
	Decrypt(rand io.Reader, message []byte, opts crypto.DecrypterOpts) ([]byte, error)
}

func (t teller) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if scheme := schemeOf(t.Public(), opts); scheme != 0 {
		t.tell(signatureName(scheme))
	}
	return t.Signer.Sign(rand, digest, opts)
}

// schemes are those of a hash, RFC 8446 section 4.2.3.
var schemes = map[crypto.Hash]struct{ pkcs1, pss, ecdsa uint16 }{
	crypto.SHA1:   {0x0201, 0, 0x0203},
	crypto.SHA256: {0x0401, 0x0804, 0x0403},
	crypto.SHA384: {0x0501, 0x0805, 0x0503},
	crypto.SHA512: {0x0601, 0x0806, 0x0603},
}

// schemeOf is the number of a scheme, 0 where there is none: before TLS 1.2.
func schemeOf(key crypto.PublicKey, opts crypto.SignerOpts) uint16 {
	of := schemes[opts.HashFunc()]
	_, pss := opts.(*rsa.PSSOptions)
	switch key.(type) {
	case ed25519.PublicKey:
		return 0x0807
	case *ecdsa.PublicKey:
		return of.ecdsa
	case *rsa.PublicKey:
		if pss {
			return of.pss
		}
		return of.pkcs1
	}
	return 0
}
