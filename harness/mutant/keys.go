package mutant

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"

	mongo "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/evidence"
)

// tripleDES is the object identifier des-EDE3-CBC, in DER.
var tripleDES = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07}

// Drivers that read or present a client's certificate otherwise.
var keys = []Mutant{
	unable(
		"wants-the-certificate-first", "The driver reads a key file only if the certificate comes first.",
		func(b []byte) bool {
			block, _ := pem.Decode(b)
			return block != nil && block.Type != "CERTIFICATE"
		},
		"key/combined-key-first",
	),
	unable("reads-no-pkcs1", "The driver reads RSA keys in PKCS#8 only.", containing("RSA PRIVATE KEY"), "key/pkcs1-rsa"),
	unable("reads-no-sec1", "The driver reads EC keys in PKCS#8 only.", containing("EC PRIVATE KEY"), "key/ec-sec1*"),
	unable("reads-no-encrypted-keys", "The driver reads clear keys only.", containing("ENCRYPTED"),
		"key/encrypted-pkcs8-aes*", "key/encrypted-pkcs8-3des"),
	unable("knows-no-triple-des", "The driver's library has no Triple DES any more.", func(b []byte) bool {
		for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
			if bytes.Contains(block.Bytes, tripleDES) {
				return true
			}
		}
		return false
	}, "key/encrypted-pkcs8-3des"),
	unable(
		"reads-no-rsa-keys", "The driver reads EC keys only.",
		func(b []byte) bool { return len(b) > 2000 },
		"key/pkcs8-rsa", "key/pkcs1-rsa", "key/encrypted-pkcs8-aes@rsa", "trust/private-rsa4096-ca",
	),
	unable("reads-blocks-only", "The driver reads key files only if they begin with a block and have no CR.",
		func(b []byte) bool { return len(b) > 0 && (b[0] != '-' || bytes.Contains(b, []byte("\r"))) },
		"key/text-and-attributes", "key/text-and-attributes@text", "key/text-and-attributes@crlf"),
	unable("reads-keys-on-p256", "The driver reads keys on P-256, and RSA keys of 2048 bits.", func(b []byte) bool {
		c := leafOf(b)
		return c != nil && len(c.RawSubjectPublicKeyInfo) != 91 && len(c.RawSubjectPublicKeyInfo) != 294
	}, "key/p384*"),
	{
		Name: "wants-keys-of-mode-0600",
		Says: "The driver refuses key files that are not of mode 0600, as if whatever differs were too open.",
		Driver: refusing(func(r evidence.Request) bool {
			path, _ := option(r, "tlsCertificateKeyFile")
			file, err := os.Stat(path)
			return err == nil && file.Mode().Perm() != 0o600
		}),
		Kills: kills(keptOut, "key/owner-only"),
	},
	{
		Name: "wants-encrypted-keys",
		Says: "The driver refuses a password for a key that is in clear.",
		Driver: refusing(func(r evidence.Request) bool {
			return has(r, "tlsCertificateKeyFilePassword") && !containing("ENCRYPTED")(content(r, "tlsCertificateKeyFile"))
		}),
		Kills: kills(keptOut, "uri/password-alone", "key/password-on-plain-key"),
	},
	{
		Name: "does-without-the-key-file",
		Says: "The driver goes on without a tlsCertificateKeyFile that it cannot use.",
		Driver: falling(func(r evidence.Request, a evidence.Answer) bool {
			return has(r, "tlsCertificateKeyFile") &&
				(a.Error.Reason == evidence.KeyLoadError || a.Error.Reason == evidence.ParseError)
		}, asking(func(r *evidence.Request) { drop(r, "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword") })),
		Kills: kills(
			letInBefore,
			"key/no-pem*", "key/damaged*", "key/encrypted-wrong-password", "key/encrypted-no-password",
			"key/mismatched-pair", "key/cert-missing", "key/key-missing", "key/file-missing*", "err/no-secret-leak",
		),
	},
	{
		Name: "presents-the-leaf-alone",
		Says: "The driver drops the intermediates of its key file, as GODRIVER-2263 did.",
		Driver: tweaking(func(_ evidence.Request, o *mongo.ClientOptions) {
			if c := o.TLSConfig; c != nil && len(c.Certificates) > 0 {
				c.Certificates[0].Certificate = c.Certificates[0].Certificate[:1]
			}
		}),
		Kills: kills(keptOut, "mtls/client-chain-shuffled", "key/chain-in-keyfile", "x509/user-from-first-cert-in-pem"),
	},
	{
		Name: "looks-at-one-authority",
		Says: "The driver presents its certificate only if the first authority that the server names has issued it.",
		Driver: tweaking(func(_ evidence.Request, o *mongo.ClientOptions) {
			if c := o.TLSConfig; c != nil && len(c.Certificates) > 0 && c.GetClientCertificate == nil {
				c.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
					info.AcceptableCAs = info.AcceptableCAs[:min(1, len(info.AcceptableCAs))]
					if info.SupportsCertificate(&c.Certificates[0]) != nil {
						return &tls.Certificate{}, nil
					}
					return &c.Certificates[0], nil
				}
			}
		}),
		Kills: kills(keptOut, "mtls/two-authorities", "x509/other-ca-same-subject"),
	},
	{
		Name: "presents-what-has-a-purpose",
		Says: "The driver presents a certificate only if that says that it is for clients.",
		Driver: presenting(
			func(_ evidence.Request, b []byte) bool { return leafOf(b) == nil || len(leafOf(b).ExtKeyUsage) > 0 },
		),
		Kills: kills(keptOut, "mtls/client-no-eku"),
	},
	{
		Name:   "presents-what-is-small",
		Says:   "The driver presents a certificate only if that takes no more than ten thousand bytes.",
		Driver: presenting(func(_ evidence.Request, b []byte) bool { return len(b) < 10000 }),
		Kills:  kills(keptOut, "mtls/client-big"),
	},
	{
		Name:   "presents-no-authority",
		Says:   "The driver presents a certificate only if that is of no authority.",
		Driver: presenting(func(_ evidence.Request, b []byte) bool { return leafOf(b) == nil || !leafOf(b).IsCA }),
		Kills:  kills(keptOut, "mtls/client-is-ca"),
	},
	{
		Name: "presents-what-has-its-name",
		Says: "The driver presents a certificate only if that carries no name of another host.",
		Driver: presenting(
			func(_ evidence.Request, b []byte) bool { return leafOf(b) == nil || len(leafOf(b).DNSNames) == 0 },
		),
		Kills: kills(keptOut, "mtls/client-cert-host-irrelevant"),
	},
}

// unable is a driver that cannot read such key files.
func unable(name, says string, such func([]byte) bool, rows ...string) Mutant {
	return Mutant{Name: name, Says: says, Kills: kills(keptOut, rows...),
		Driver: refusing(func(r evidence.Request) bool {
			return has(r, "tlsCertificateKeyFile") && such(content(r, "tlsCertificateKeyFile"))
		})}
}

// leafOf is the first certificate of a PEM file, nil if there is none.
func leafOf(b []byte) *x509.Certificate {
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			c, _ := x509.ParseCertificate(block.Bytes)
			return c
		}
	}
	return nil
}

func containing(text string) func([]byte) bool {
	return func(b []byte) bool { return bytes.Contains(b, []byte(text)) }
}
