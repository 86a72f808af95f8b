package own

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/fixtures/pki/pemfile"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/internal/usage"
)

const secret = "correct-horse-battery"

// Whatever is wrong with a file is one sentence: what it is, and how to mend it. No password is in it.
func TestBadFiles(t *testing.T) {
	w, err := fixtures.New(fixtures.Options{Seed: 3})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	dir := t.TempDir()
	file := func(f pki.KeyForm) string {
		path, _, err := w.KeyFile(pki.Server, pki.Leaf{Issuer: pki.Intermediate, DNS: []string{"db.example.com"}}, f)
		require.NoError(t, err)
		return path
	}
	written := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	good, err := os.ReadFile(file(pki.KeyForm{}))
	require.NoError(t, err)
	crt, _ := pem.Decode(good)
	ca, err := w.File("ca", pki.Bundle(pki.CA))
	require.NoError(t, err)
	block := func(is string) []byte { return pem.EncodeToMemory(&pem.Block{Type: is, Bytes: []byte{0x30, 0}}) }
	for name, row := range map[string]struct{ path, says string }{
		"missing":   {"nowhere.pem", "--cert: nowhere.pem: no such file or directory"},
		"directory": {dir, "is a directory: name a PEM file in it"},
		"empty":     {written("empty", []byte("\n")), "is empty"},
		"text":      {written("text", []byte("no certificate\n")), "holds no certificate in PEM"},
		"PKCS#12": {file(pki.KeyForm{As: pemfile.PKCS12, Password: secret}),
			"is PKCS#12, not PEM: `openssl pkcs12 -in "},
		"DER":           {written("der", crt.Bytes), "is a certificate in DER, not PEM: `openssl x509 -inform DER"},
		"key in DER":    {written("key.der", []byte{0x30, 3, 2, 1, 5}), "is DER, not PEM"},
		"Java keystore": {written("jks", []byte("\xfe\xed\xfe\xed....")), "is a Java keystore"},
		"BOM":           {file(pki.KeyForm{As: pemfile.BOM}), "begins with a byte order mark"},
		"UTF-16":        {written("utf16", []byte("\xff\xfe-\x00-\x00")), "is UTF-16"},
		"joined blocks": {file(pki.KeyForm{As: pemfile.Joined}), "put a line break between the two"},
		"escaped": {file(pki.KeyForm{As: pemfile.Escaped}),
			"has no line breaks"},
		"PKCS#7": {written("p7b", block("PKCS7")), "is PKCS#7: `openssl pkcs7 -print_certs -in "},
		"PKCS#7 in DER": {written("p7b.der", []byte{0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 2}),
			"is PKCS#7 in DER: `openssl pkcs7 -inform DER"},
		"request":    {written("request", block("CERTIFICATE REQUEST")), "is a request for a certificate"},
		"parameters": {written("parameters", block("EC PARAMETERS")), "but a block EC PARAMETERS"},
		"cut":        {written("cut", good[:len(good)/4]), "has a PEM block that is damaged"},
		"bad DER": {file(pki.KeyForm{As: pemfile.BadDER, OmitKey: true}),
			"holds a certificate, number 1, that cannot be read"},
		"no key": {file(pki.KeyForm{OmitKey: true}), "holds no private key: append it, or give the chain alone " +
			"with --chain"},
		"no certificate": {file(pki.KeyForm{OmitCert: true}), "holds a private key and no certificate"},
		"two keys":       {written("two", append(bytes.Clone(good), good...)), "holds 2 private keys"},
		"another key":    {file(pki.KeyForm{OtherKey: true}), "does not belong to the certificate of server"},
		"wrong order": {file(pki.KeyForm{Parts: []pki.Part{{CA: pki.Intermediate}, {Own: true}, {Own: true, Key: true}}}),
			"its key belongs to number 2, server: put that first"},
		"encrypted": {file(pki.KeyForm{Encrypt: "aes256", Password: secret + "x"}), "does not open with this password"},
		"PBES1": {file(pki.KeyForm{Encrypt: key.SHA13DES, Password: secret}),
			"is encrypted in a way that is not known here, though OpenSSL may open it: `openssl pkcs8 -topk8"},
		"large": {written("large", make([]byte, 16<<20+1)), "has 16 MB: that is no PEM file of certificates"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), Options{Cert: row.path, CA: ca, Drivers: []driver.Spec{{Name: "go"}},
				Password: func(string) ([]byte, error) { return []byte(secret), nil }})
			require.ErrorContains(t, err, row.says)
			require.True(t, usage.Is(err))
			require.NotContains(t, err.Error(), "\n")
			require.NotContains(t, err.Error(), secret)
		})
	}
}

// What Go's TLS library cannot serve or judge is named, with its key here or not.
func TestForeignKinds(t *testing.T) {
	_, ca := trusted(t, 3)
	for name, kind := range map[string]string{
		"p224":      "a key on the curve P-224",
		"secp256k1": "a key on the curve secp256k1",
		"brainpool": "a key on the curve brainpoolP256r1",
		"ed448":     "a key of the kind Ed448",
		"rsa-pss":   "an RSA key for RSASSA-PSS alone",
		"pss-salt":  "a signature of RSASSA-PSS with a salt of 222 octets",
	} {
		path := filepath.Join("testdata", name+".pem")
		for _, o := range []Options{{Cert: path}, {Chain: path}} {
			o.CA, o.Drivers = ca, []driver.Spec{{Name: "go"}}
			_, err := Open(t.Context(), o)
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, kind+", which the TLS library of the stand-in, that of Go, does not know")
			require.True(t, usage.Is(err))
		}
	}
}

// What is odd and does no harm is a note, and the file is used.
func TestOddFiles(t *testing.T) {
	w, err := fixtures.New(fixtures.Options{Seed: 3, Authorities: []pki.Authority{{Name: "gone", NotAfter: -time.Hour}}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	many := []string{pki.CA}
	for range 300 {
		many = append(many, "gone")
	}
	for name, row := range map[string]struct {
		leaf    pki.Leaf
		form    pki.KeyForm
		trusted []string
		says    string
	}{
		"CRLF":           {pki.Leaf{}, pki.KeyForm{As: pemfile.CRLF}, many[:1], "CRLF line ends"},
		"bag attributes": {pki.Leaf{}, pki.KeyForm{As: pemfile.BagAttributes}, many[:1], "bag attributes"},
		"root sent": {pki.Leaf{}, pki.KeyForm{Chain: []string{pki.CA}}, many[:1],
			"the server sends a root, mongotls ca"},
		"wrong order": {pki.Leaf{Issuer: "intermediate2"}, pki.KeyForm{Chain: []string{pki.Intermediate,
			"intermediate2"}}, many[:1],
			"has not issued the one before it"},
		"old bundle": {pki.Leaf{}, pki.KeyForm{}, many, "301 certificates, of which 300 have expired"},
	} {
		t.Run(name, func(t *testing.T) {
			cert, _, err := w.KeyFile(pki.Server, row.leaf, row.form)
			require.NoError(t, err)
			ca, err := w.File("ca", pki.Bundle(row.trusted...))
			require.NoError(t, err)
			tried := run(t, Options{Cert: cert, CA: ca, URI: "mongodb://localhost/?tls=true",
				Drivers: []driver.Spec{{Name: "go"}}})
			require.Contains(t, strings.Join(tried.Notes, "\n"), row.says)
			require.Zero(t, tried.Code(), tried.Summary())
		})
	}
}

// A key that is encrypted is used where it is, its password asked for by its own name.
func TestEncryptedKeys(t *testing.T) {
	w, ca := trusted(t, 4)
	cert, _, err := w.KeyFile(pki.Server, pki.Leaf{}, pki.KeyForm{Encrypt: "aes256", Password: "cert " + secret})
	require.NoError(t, err)
	client, _, err := w.KeyFile(pki.Client, pki.Leaf{Key: key.RSA2048}, pki.KeyForm{Encrypt: "aes256",
		Password: "client " + secret})
	require.NoError(t, err)
	tried := run(t, Options{Cert: cert, CA: ca, Client: client, URI: "mongodb://localhost/?tls=true",
		Drivers:  []driver.Spec{{Name: "go"}},
		Password: func(what string) ([]byte, error) { return []byte(what + " " + secret), nil }})
	require.Zero(t, tried.Code(), tried.Worlds)
	require.NotEmpty(t, tried.Worlds[0].Rows[0].Seen.Connections[0].Peer, "the server has seen the client's certificate")
}
