// Package credential reads the PEM files of people: certificates and private keys. What is wrong with one is a sentence
// that says what it is, and how to mend it. No key and no password is ever in it.
package credential

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/youmark/pkcs8"

	"github.com/mongotls/mongotls/internal/usage"
)

// A File is what a PEM file holds.
type File struct {
	Path  string
	Certs []*x509.Certificate
	Key   *pem.Block // nil without one
	Notes []string   // what is odd about it, and does no harm
}

const maxFile = 16 << 20 // bytes; the bundles of whole systems have 300 kB

// Read reads a file; flag is the option that names it, for the sentence of an error.
func Read(flag, path string) (*File, error) {
	wrong := func(format string, args ...any) (*File, error) {
		return nil, usage.Errorf("%s: %s %s", flag, path, fmt.Sprintf(format, args...))
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, usage.Errorf("%s: %s: %v", flag, path, cause(err))
	case info.IsDir():
		return wrong("is a directory: name a PEM file in it")
	case info.Size() > maxFile:
		return wrong("has %d MB: that is no PEM file of certificates", info.Size()>>20)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, usage.Errorf("%s: %s: %v", flag, path, cause(err))
	}
	if is := unreadable(content); is != "" {
		return wrong("%s", strings.ReplaceAll(is, "FILE", path))
	}
	f := &File{Path: path}
	keys, other := 0, ""
	for rest := content; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		switch {
		case strings.HasSuffix(b.Type, "CERTIFICATE") && b.Type != "CERTIFICATE" && b.Type != "X509 CERTIFICATE":
			f.Notes = append(f.Notes, "a "+b.Type+" block, which drivers that are not of OpenSSL pass over")
			fallthrough
		case strings.HasSuffix(b.Type, "CERTIFICATE"):
			cert, err := x509.ParseCertificate(trusted(b))
			if err != nil && strings.Contains(err.Error(), "elliptic curve") {
				return wrong("holds a certificate, number %d, with %s, %s", len(f.Certs)+1, keyOf(trusted(b)), foreign)
			}
			if err != nil {
				return wrong("holds a certificate, number %d, that cannot be read (%v): get it again from who issued it",
					len(f.Certs)+1, err)
			}
			f.Certs = append(f.Certs, cert)
		case strings.HasSuffix(b.Type, "PRIVATE KEY"):
			keys++
			f.Key = b
		default:
			other = b.Type
		}
	}
	begins := bytes.Count(content, []byte("-----BEGIN "))
	switch {
	case keys > 1:
		return wrong("holds %d private keys, of which servers and drivers take the first: remove the others", keys)
	case len(f.Certs) == 0 && f.Key == nil && strings.HasSuffix(other, "CERTIFICATE REQUEST"):
		return wrong("is a request for a certificate: take what the authority has made of it")
	case len(f.Certs) == 0 && f.Key == nil && other == "PKCS7":
		return wrong("is PKCS#7: `openssl pkcs7 -print_certs -in %s -out %s.pem` makes PEM certificates of it", path, path)
	case len(f.Certs) == 0 && f.Key == nil && other != "":
		return wrong("holds no certificate and no private key, but a block %s: take another file", other)
	case len(f.Certs) == 0 && f.Key == nil && begins > 0:
		return wrong("has a PEM block that is damaged: no line of it may be missing, indented or joined with another")
	case len(f.Certs) == 0 && f.Key == nil:
		return wrong("holds no certificate in PEM: one begins with -----BEGIN CERTIFICATE-----")
	}
	f.note(content)
	return f, nil
}

// ReadCertificates reads a file in which there must be a certificate.
func ReadCertificates(flag, path string) (*File, error) {
	f, err := Read(flag, path)
	if err == nil && len(f.Certs) == 0 {
		err = usage.Errorf("%s: %s holds a private key and no certificate: put the certificate in front of it", flag, path)
	}
	return f, err
}

var joined = regexp.MustCompile(`-----END [A-Z0-9 ]+-----[ \t]*-----BEGIN `)

// unreadable says what a file is that is no PEM file, or one that is not read as it looks; FILE stands for its path.
func unreadable(content []byte) string {
	var outer asn1.RawValue
	_, notDER := asn1.Unmarshal(content, &outer)
	hasBlock := bytes.Contains(content, []byte("-----BEGIN "))
	switch {
	case len(bytes.TrimSpace(content)) == 0:
		return "is empty"
	case bytes.HasPrefix(content, []byte("\xef\xbb\xbf")):
		return "begins with a byte order mark, because of which its first block is not seen: save it as UTF-8 without BOM"
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		return "is UTF-16: save it as ASCII or UTF-8 without BOM"
	case bytes.HasPrefix(content, []byte("\xfe\xed\xfe\xed")):
		return "is a Java keystore: make PKCS#12 of it with `keytool -importkeystore -srckeystore FILE -deststoretype " +
			"PKCS12`, and PEM of that with `openssl pkcs12`"
	case notDER == nil && outer.Tag == asn1.TagSequence && isPKCS12(outer.Bytes):
		return "is PKCS#12, not PEM: `openssl pkcs12 -in FILE -out FILE.pem` makes PEM of it"
	case notDER == nil && outer.Tag == asn1.TagSequence && isPKCS7(outer.Bytes):
		return "is PKCS#7 in DER: `openssl pkcs7 -inform DER -print_certs -in FILE -out FILE.pem` makes PEM certificates " +
			"of it"
	case notDER == nil && outer.Tag == asn1.TagSequence:
		if _, err := x509.ParseCertificate(content); err == nil {
			return "is a certificate in DER, not PEM: `openssl x509 -inform DER -in FILE -out FILE.pem` makes PEM of it"
		}
		return "is DER, not PEM: `openssl x509 -inform DER` or `openssl pkey -inform DER` makes PEM of it"
	case hasBlock && joined.Match(content):
		return "has a block that begins on the line on which another ends: put a line break between the two"
	case hasBlock && !bytes.Contains(content, []byte("\n")):
		return `has no line breaks: write one for each \n or blank of its blocks`
	}
	return ""
}

// isPKCS12 reports whether a sequence begins as RFC 7292 says: version 3, then contents.
func isPKCS12(sequence []byte) bool {
	var version int
	rest, err := asn1.Unmarshal(sequence, &version)
	return err == nil && version == 3 && len(rest) > 0 && rest[0] == 0x30
}

// isPKCS7 reports whether a sequence begins as RFC 2315 says: with the identifier of signed data.
func isPKCS7(sequence []byte) bool {
	var id asn1.ObjectIdentifier
	_, err := asn1.Unmarshal(sequence, &id)
	return err == nil && id.String() == "1.2.840.113549.1.7.2"
}

// trusted is a certificate without what OpenSSL adds to it in a TRUSTED CERTIFICATE.
func trusted(b *pem.Block) []byte {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(b.Bytes, &outer); err != nil || b.Type != "TRUSTED CERTIFICATE" {
		return b.Bytes
	}
	return outer.FullBytes
}

// note says what is odd, and does no harm.
func (f *File) note(content []byte) {
	say := func(format string, args ...any) { f.Notes = append(f.Notes, fmt.Sprintf(format, args...)) }
	if bytes.Contains(content, []byte("\r\n")) {
		say("CRLF line ends, which every driver reads")
	}
	if bytes.Contains(content, []byte("Bag Attributes")) {
		say("bag attributes of openssl pkcs12, which are passed over")
	}
	if expired := f.expired(time.Now()); len(f.Certs) > 10 && expired > 0 {
		say("%d certificates, of which %d have expired: those do no harm unless the server's chain needs them",
			len(f.Certs), expired)
	}
}

func (f *File) expired(now time.Time) (n int) {
	for _, c := range f.Certs {
		if now.After(c.NotAfter) {
			n++
		}
	}
	return n
}

// systems are the files in which systems keep the authorities that they trust.
var systems = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"}

// SystemFile is the file in which this machine keeps the authorities that it trusts: that of SSL_CERT_FILE, as OpenSSL
// has it, or one where they are usual; "" if there is none.
func SystemFile() string {
	if path := os.Getenv("SSL_CERT_FILE"); path != "" {
		return path
	}
	for _, path := range systems {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// Locked reports whether the key needs a password.
func (f *File) Locked() bool { return f.Key != nil && Encrypted(f.Key) }

// NameOf is how people call a certificate: by its common name, else by its whole name.
func NameOf(c *x509.Certificate) string {
	return cmp.Or(c.Subject.CommonName, c.Subject.String(), "a certificate without a name")
}

// CheckKey says whether the key is that of the first certificate.
func (f *File) CheckKey(flag string, password []byte) error {
	_, err := f.Pair(flag, password)
	return err
}

// Pair is the certificates with their key, which must be that of the first.
func (f *File) Pair(flag string, password []byte) (tls.Certificate, error) {
	var pair tls.Certificate
	wrong := func(format string, args ...any) (tls.Certificate, error) {
		return tls.Certificate{}, usage.Errorf("%s: %s", flag, fmt.Sprintf(format, args...))
	}
	if f.Key == nil {
		return wrong("%s holds no private key: append it", f.Path)
	}
	key, err := PrivateKey(f.Key, password)
	if err != nil {
		return wrong("the private key of %s %v", f.Path, err)
	}
	public, ok := key.Public().(publicKey)
	if !ok {
		return wrong("the private key of %s is of a kind that is not known here", f.Path)
	}
	pair.PrivateKey = key
	for i, c := range f.Certs {
		pair.Certificate = append(pair.Certificate, c.Raw)
		if i > 0 && public.Equal(c.PublicKey) && !public.Equal(f.Certs[0].PublicKey) {
			return wrong("%s begins with the certificate of %s, and its key belongs to number %d, %s: put that first, each "+
				"followed by the one of its issuer", f.Path, NameOf(f.Certs[0]), i+1, NameOf(c))
		}
	}
	if !public.Equal(f.Certs[0].PublicKey) {
		return wrong("the private key of %s does not belong to the certificate of %s: take the key that the certificate "+
			"was requested with", f.Path, NameOf(f.Certs[0]))
	}
	return pair, nil
}

type publicKey interface{ Equal(crypto.PublicKey) bool }

// Errors of PrivateKey. Each goes on from "the private key of FILE".
var (
	ErrPassword   = errors.New("does not open with this password")
	ErrEncryption = errors.New("is encrypted in a way that is not known here, though OpenSSL may open it: " +
		"`openssl pkcs8 -topk8 -v2 aes-256-cbc` encrypts it in the usual one")
	ErrKey = errors.New("cannot be read: export it again as PKCS#8, with `openssl pkey`")
)

// Encrypted reports whether the key of a block needs a password.
func Encrypted(b *pem.Block) bool {
	//nolint:staticcheck // RFC 1423 is what such files are
	return b.Type == "ENCRYPTED PRIVATE KEY" || x509.IsEncryptedPEMBlock(b)
}

// PrivateKey is the key of a PEM block: PKCS#8, PKCS#1 or SEC 1, each with a password or without.
func PrivateKey(b *pem.Block, password []byte) (crypto.Signer, error) {
	var key any
	var err error
	der := b.Bytes
	if Encrypted(b) && b.Type != "ENCRYPTED PRIVATE KEY" {
		if der, err = x509.DecryptPEMBlock(b, password); err != nil { //nolint:staticcheck // see Encrypted
			return nil, ErrPassword
		}
	}
	switch b.Type {
	case "ENCRYPTED PRIVATE KEY":
		key, err = pkcs8.ParsePKCS8PrivateKey(der, password)
		switch {
		case err != nil && strings.Contains(err.Error(), "incorrect password"):
			return nil, ErrPassword
		case err != nil:
			return nil, ErrEncryption
		}
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(der)
	default:
		key, err = x509.ParsePKCS8PrivateKey(der)
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, ErrKey
	}
	return signer, nil
}

// cause is what went wrong with a file, without the operation and the path.
func cause(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	return err
}
