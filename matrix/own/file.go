package own

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/youmark/pkcs8"

	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports/form"
)

// A pemFile is what a PEM file of the user's holds. Of a private key nothing but its public half is kept.
type pemFile struct {
	path  string
	certs []*x509.Certificate
	key   *pem.Block // nil without one
	notes []string   // what is odd about it, and does no harm
}

const maxFile = 16 << 20 // bytes; the bundles of whole systems have 300 kB

// readPEM reads a file; flag is the option that names it, for the sentence of an error.
func readPEM(flag, path string) (*pemFile, error) {
	wrong := func(format string, args ...any) (*pemFile, error) {
		return nil, usage.Errorf("%s: %s %s", flag, path, fmt.Sprintf(format, args...))
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, usage.Errorf("%s: %s: %v", flag, path, form.Cause(err))
	case info.IsDir():
		return wrong("is a directory: name a PEM file in it")
	case info.Size() > maxFile:
		return wrong("has %d MB: that is no PEM file of certificates", info.Size()>>20)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, usage.Errorf("%s: %s: %v", flag, path, form.Cause(err))
	}
	if is := unreadable(content); is != "" {
		return wrong("%s", strings.ReplaceAll(is, "FILE", path))
	}
	f := &pemFile{path: path}
	keys := 0
	for rest := content; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		switch {
		case strings.HasSuffix(b.Type, "CERTIFICATE") && b.Type != "CERTIFICATE" && b.Type != "X509 CERTIFICATE":
			f.notes = append(f.notes, "a "+b.Type+" block, which drivers that are not of OpenSSL pass over")
			fallthrough
		case strings.HasSuffix(b.Type, "CERTIFICATE"):
			cert, err := x509.ParseCertificate(trusted(b))
			if err != nil {
				return wrong("holds a certificate, number %d, that cannot be read (%v): get it again from who issued it",
					len(f.certs)+1, err)
			}
			f.certs = append(f.certs, cert)
		case strings.HasSuffix(b.Type, "PRIVATE KEY"):
			keys++
			f.key = b
		}
	}
	begins := bytes.Count(content, []byte("-----BEGIN "))
	switch {
	case keys > 1:
		return wrong("holds %d private keys, of which servers and drivers take the first: remove the others", keys)
	case len(f.certs) == 0 && f.key == nil && begins > 0:
		return wrong("has a PEM block that is damaged: no line of it may be missing, indented or joined with another")
	case len(f.certs) == 0 && f.key == nil:
		return wrong("holds no certificate in PEM: one begins with -----BEGIN CERTIFICATE-----")
	}
	f.note(content)
	return f, nil
}

// readCerts reads a file in which there must be a certificate.
func readCerts(flag, path string) (*pemFile, error) {
	f, err := readPEM(flag, path)
	if err == nil && len(f.certs) == 0 {
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

// trusted is a certificate without what OpenSSL adds to it in a TRUSTED CERTIFICATE.
func trusted(b *pem.Block) []byte {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(b.Bytes, &outer); err != nil || b.Type != "TRUSTED CERTIFICATE" {
		return b.Bytes
	}
	return outer.FullBytes
}

// note says what is odd, and does no harm.
func (f *pemFile) note(content []byte) {
	say := func(format string, args ...any) { f.notes = append(f.notes, fmt.Sprintf(format, args...)) }
	if bytes.Contains(content, []byte("\r\n")) {
		say("CRLF line ends, which every driver reads")
	}
	if bytes.Contains(content, []byte("Bag Attributes")) {
		say("bag attributes of openssl pkcs12, which are passed over")
	}
	if expired := f.expired(time.Now()); len(f.certs) > 10 && expired > 0 {
		say("%d certificates, of which %d have expired: those do no harm unless the server's chain needs them",
			len(f.certs), expired)
	}
}

func (f *pemFile) expired(now time.Time) (n int) {
	for _, c := range f.certs {
		if now.After(c.NotAfter) {
			n++
		}
	}
	return n
}

// locked reports whether the key needs a password.
func (f *pemFile) locked() bool {
	return f.key != nil && (f.key.Type == "ENCRYPTED PRIVATE KEY" ||
		x509.IsEncryptedPEMBlock(f.key)) //nolint:staticcheck // RFC 1423 is what such files are
}

// checkKey says whether the key is that of the first certificate.
func (f *pemFile) checkKey(flag string, password []byte) error {
	if f.key == nil {
		return usage.Errorf("%s: %s holds no private key: append it, or give the chain alone with --chain", flag, f.path)
	}
	public, err := publicHalf(f.key, password)
	if err != nil {
		return usage.Errorf("%s: the private key of %s %v", flag, f.path, err)
	}
	for i, c := range f.certs {
		switch same := public.Equal(c.PublicKey); {
		case same && i == 0:
			return nil
		case same:
			return usage.Errorf("%s: %s begins with the certificate of %s, and its key belongs to number %d, %s: put that "+
				"first, "+
				"each followed by the one of its issuer", flag, f.path, nameOf(f.certs[0]), i+1, nameOf(c))
		}
	}
	return usage.Errorf("%s: the private key of %s does not belong to the certificate of %s: "+
		"take the key that the certificate was requested with", flag, f.path, nameOf(f.certs[0]))
}

type publicKey interface{ Equal(crypto.PublicKey) bool }

// publicHalf is the public key of a private one, which goes no further. The error goes on from "the private key of
// FILE".
func publicHalf(b *pem.Block, password []byte) (publicKey, error) {
	var key any
	var err error
	der := b.Bytes
	if x509.IsEncryptedPEMBlock(b) { //nolint:staticcheck // RFC 1423 is what such files are
		if der, err = x509.DecryptPEMBlock(b, password); err != nil { //nolint:staticcheck // see above
			return nil, errors.New("does not open with this password")
		}
	}
	switch b.Type {
	case "ENCRYPTED PRIVATE KEY":
		if key, err = pkcs8.ParsePKCS8PrivateKey(der, password); err != nil {
			return nil, errors.New("does not open with this password, or is encrypted in a way that is not known here")
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
		return nil, errors.New("cannot be read: export it again as PKCS#8, with `openssl pkey`")
	}
	public, ok := signer.Public().(publicKey)
	if !ok {
		return nil, errors.New("is of a kind that is not known here")
	}
	return public, nil
}
