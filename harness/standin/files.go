package standin

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/openssl"
	"github.com/mongotls/mongotls/internal/credential"
)

// files is what the options of net.tls name, read.
type files struct {
	leaf  *x509.Certificate
	certs tls.Certificate     // the leaf, what is sent with it, and the key
	ca    *x509.CertPool      // every authority of CAFile, or of the system; nil without them
	named *x509.CertPool      // of those the ones that clients are told of
	roots *x509.CertPool      // the self-signed ones: OpenSSL ends a chain at nothing else
	cas   []*x509.Certificate // those of ca
	crls  []*x509.RevocationList

	policy openssl.Policy
}

// unusable is a file that a mongod cannot use, and what it says then: a line about the file, if there is one, and what
// that means.
type unusable struct {
	line            int // id
	msg, attr, path string
	err             error
	means           string
	prompt          string // for a password, which nobody answers
}

func (u *unusable) Error() string { return fmt.Sprintf("%s %s: %v", u.msg, u.path, u.err) }
func (u *unusable) Unwrap() error { return u.err }

// A complaint is what OpenSSL says of a file: 1.1.1, and 3.
type complaint struct{ text, later string }

func (c *complaint) Error() string { return c.text }

// The complaints. Those of 1.1.1 were measured through a mongod; it says more than one thing of a key that it cannot
// read, and this is the likeliest. Those of 3 were measured on the functions of OpenSSL 3.0.19 that a mongod calls: it
// tells the first of the several errors.
var (
	errNoStartLine = &complaint{"error:0909006C:PEM routines:get_name:no start line",
		"error:0480006C:PEM routines::no start line"}
	errNoKey       = &complaint{errNoStartLine.text, "error:1E08010C:DECODER routines::unsupported"}
	errNoAuthority = &complaint{errNoStartLine.text,
		"error:05800088:x509 certificate routines::no certificate or crl found"}
	errBadEndLine = &complaint{"error:0908F066:PEM routines:get_header_and_data:bad end line",
		"error:04800066:PEM routines::bad end line"}
	errBadDER = &complaint{"error:0D0680A8:asn1 encoding routines:asn1_check_tlen:wrong tag",
		"error:068000A8:asn1 encoding routines::wrong tag"}
	errBadKey = &complaint{"error:0D07209B:asn1 encoding routines:ASN1_get_object:too long",
		"error:1E08010C:DECODER routines::unsupported"}
	errBadDecrypt = &complaint{"error:06065064:digital envelope routines:EVP_DecryptFinal_ex:bad decrypt",
		"error:1C800064:Provider routines::bad decrypt"}
	errNoPassword = &complaint{"error:0907B068:PEM routines:PEM_read_bio_PrivateKey:bad password read",
		"error:07880109:common libcrypto routines::interrupted or cancelled"}
	// As the one before, of a key in the form of RFC 1423; that of 1.1.1 was read in OpenSSL's source, not measured.
	errNoOldPassword = &complaint{"error:0906A068:PEM routines:PEM_do_header:bad password read", errNoPassword.later}
	errMismatch      = &complaint{"error:0B080074:x509 certificate routines:X509_check_private_key:key values mismatch",
		"error:05800074:x509 certificate routines::key values mismatch"}
	errSmallKey = &complaint{"error:140AB18F:SSL routines:SSL_CTX_use_certificate:ee key too small",
		"error:0A00018F:SSL routines::ee key too small"}
	errWeakDigest = &complaint{"error:140AB18E:SSL routines:SSL_CTX_use_certificate:ca md too weak",
		"error:0A00018E:SSL routines::ca md too weak"}
)

// inWords is an error about files in the words of a release's OpenSSL.
func inWords(err error, r mongod.Release) error {
	var u *unusable
	var said *complaint
	if r.OpenSSL < 3 || !errors.As(err, &u) || !errors.As(u.err, &said) {
		return err
	}
	told := *u
	told.err = errors.New(said.later)
	told.means = strings.ReplaceAll(u.means, said.text, said.later)
	return &told
}

// parsed keeps usable files, as one process starts many servers with the same few.
var parsed sync.Map // of all that they depend on -> files

func loadFiles(c Config) (*files, error) {
	key := contents(c)
	if known, ok := parsed.Load(key); ok {
		f := known.(files)
		return &f, nil
	}
	f, err := readFiles(c)
	if err == nil && key == contents(c) { // they have not been replaced meanwhile
		parsed.Store(key, *f)
	}
	return f, inWords(err, c.Release)
}

// contents is a digest of all that files depend on. What cannot be read is for readFiles to complain of.
func contents(c Config) (sum [sha256.Size]byte) {
	paths := []string{c.CertificateKeyFile, c.ClusterFile, c.CAFile, c.ClusterCAFile, c.CRLFile,
		c.SetParameter["opensslDiffieHellmanParameters"]}
	if c.UsesSystemCA() {
		paths = append(paths, c.SystemCAFile)
	}
	all := fmt.Appendf(nil, "%q %q", c.CertificateKeyFilePassword, c.ClusterPassword)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		all = append(fmt.Appendf(all, " %t %v %d ", path == "", err, len(content)), content...)
	}
	return sha256.Sum256(all)
}

func readFiles(c Config) (*files, error) {
	f := &files{}
	err := f.loadKeyFile(c.CertificateKeyFile, c.CertificateKeyFilePassword)
	if err == nil && c.ClusterFile != "" {
		err = checkClusterFile(c)
	}
	if err != nil {
		return nil, err
	}
	incoming := cmp.Or(c.ClusterCAFile, c.CAFile)
	for _, path := range slices.Compact([]string{c.CAFile, incoming}) {
		if path == "" {
			continue
		}
		if f.cas, f.ca, err = loadAuthorities(path); err != nil {
			return nil, cannotReadAuthorities(path, err)
		}
		f.named = f.ca
	}
	if c.UsesSystemCA() { // whose names are not told to clients; inferred, as all of this option
		if f.cas, f.ca, err = loadAuthorities(c.SystemCAFile); err != nil {
			return nil, &unusable{path: c.SystemCAFile, err: err, means: fmt.Sprintf("error loading system CA certificates "+
				"(default certificate file: %s)", c.SystemCAFile)}
		}
	}
	if f.ca != nil {
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
			return nil, &unusable{line: 23254, msg: "Cannot read CRL file", attr: "crlFile", path: c.CRLFile, err: err,
				means: "Can not set up CRL file."}
		}
	}
	return f, checkDHFile(c.SetParameter["opensslDiffieHellmanParameters"])
}

// checkDHFile reads parameters of Diffie-Hellman groups, which crypto/tls has no use for. "" names none.
func checkDHFile(path string) error {
	if path == "" {
		return nil
	}
	_, err := blocksOf(path, "DH PARAMETERS")
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &unusable{path: path, err: err, means: "Cannot open PEM DHParams file."}
	case err != nil:
		return &unusable{path: path, err: err, means: "Error reading DHParams file." + err.Error()}
	}
	return nil
}

// checkClusterFile reads what is shown to other members, and thus to nobody here.
func checkClusterFile(c Config) error {
	err := new(files).loadKeyFile(c.ClusterFile, c.ClusterPassword)
	var u *unusable
	if errors.As(err, &u) {
		u.means = "Can not set up ssl clusterFile."
		if u.prompt != "" {
			u.prompt = "Enter cluster certificate passphrase"
		}
	}
	return err
}

func cannotReadAuthorities(path string, err error) error {
	return &unusable{msg: "cannot read certificate authority file", path: path, err: err,
		means: fmt.Sprintf("cannot read certificate authority file: %s %v", path, err)}
}

func (f *files) loadKeyFile(path, password string) error {
	cannot := func(line int, msg string, err error) error {
		u := &unusable{line: line, msg: msg, attr: "keyFile", path: path, err: err, means: "Can not set up PEM key file."}
		if errors.Is(err, errNoPassword) || errors.Is(err, errNoOldPassword) {
			u.prompt = "Enter PEM passphrase"
		}
		return u
	}
	const noCertificate, noKey, mismatch = 23248, 23251, 23252
	blocks, err := blocksOf(path, "CERTIFICATE", "PRIVATE KEY")
	if err != nil {
		return cannot(noCertificate, "Cannot read certificate file", err)
	}
	for _, b := range blocks {
		if strings.HasSuffix(b.Type, "CERTIFICATE") {
			f.certs.Certificate = append(f.certs.Certificate, b.Bytes)
		}
	}
	if len(f.certs.Certificate) == 0 {
		return cannot(noCertificate, "Cannot read certificate file", errNoStartLine)
	}
	if f.leaf, err = x509.ParseCertificate(f.certs.Certificate[0]); err != nil {
		return cannot(noCertificate, "Cannot read certificate file", errBadDER)
	}
	f.certs.Leaf = f.leaf
	i := slices.IndexFunc(blocks, func(b *pem.Block) bool { return strings.HasSuffix(b.Type, "PRIVATE KEY") })
	if i < 0 {
		return cannot(noKey, "Cannot read PEM key file", errNoKey)
	}
	own, err := privateKey(blocks[i], password)
	if err != nil {
		return cannot(noKey, "Cannot read PEM key file", err)
	}
	f.certs.PrivateKey = own
	type public interface{ Equal(crypto.PublicKey) bool }
	if is, ok := own.Public().(public); !ok || !is.Equal(f.leaf.PublicKey) {
		return cannot(mismatch, "Cannot use PEM key file", errMismatch)
	}
	return nil
}

// readPair reads a certificate and its key, even where nobody can make anything of the certificate.
func readPair(path string) (pair tls.Certificate, err error) {
	blocks, err := blocksOf(path, "CERTIFICATE", "PRIVATE KEY")
	for _, b := range blocks {
		if strings.HasSuffix(b.Type, "CERTIFICATE") {
			pair.Certificate = append(pair.Certificate, b.Bytes)
		} else if pair.PrivateKey, err = privateKey(b, ""); err != nil {
			return pair, err
		}
	}
	return pair, err
}

// weak says why OpenSSL does not load the certificate at its security level.
func (f *files) weak(path string) error {
	var why error
	switch {
	case f.policy.WeakKey(f.leaf):
		why = errSmallKey
	case f.policy.WeakDigest(f.leaf):
		why = errWeakDigest
	default:
		return nil
	}
	return &unusable{line: 23248, msg: "Cannot read certificate file", attr: "keyFile", path: path, err: why,
		means: "Can not set up PEM key file."}
}

func privateKey(b *pem.Block, password string) (crypto.Signer, error) {
	switch encrypted := credential.Encrypted(b) && password == ""; {
	case encrypted && b.Type != "ENCRYPTED PRIVATE KEY":
		return nil, errNoOldPassword
	case encrypted:
		return nil, errNoPassword
	}
	key, err := credential.PrivateKey(b, []byte(password))
	switch {
	case errors.Is(err, credential.ErrPassword), errors.Is(err, credential.ErrEncryption):
		return nil, errBadDecrypt
	case err != nil:
		return nil, errBadKey
	}
	return key, nil
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
	blocks, err := blocksOf(path, "CERTIFICATE")
	if errors.Is(err, errNoStartLine) {
		err = errNoAuthority
	}
	if err != nil {
		return nil, nil, err
	}
	var list []*x509.Certificate
	pool := x509.NewCertPool()
	for _, b := range blocks {
		cert, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, nil, errBadDER
		}
		list = append(list, cert)
		pool.AddCert(cert)
	}
	return list, pool, nil
}

func loadCRLs(path string) (list []*x509.RevocationList, err error) {
	blocks, err := blocksOf(path, "X509 CRL")
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		crl, err := x509.ParseRevocationList(b.Bytes)
		if err != nil {
			return nil, errBadDER
		}
		list = append(list, crl)
	}
	return list, nil
}

// A fileError is one of the system, in OpenSSL's words.
type fileError struct {
	*complaint
	is syscall.Errno
}

func (e *fileError) Unwrap() []error { return []error{e.complaint, e.is} }

// blocksOf reads the blocks of a PEM file whose types end so; there is at least one. Others are passed over.
func blocksOf(path string, types ...string) ([]*pem.Block, error) {
	content, err := os.ReadFile(path)
	var number syscall.Errno
	switch errors.As(err, &number); {
	case number == syscall.EISDIR:
		return nil, errNoStartLine
	case number != 0:
		text := errno(number)
		return nil, &fileError{&complaint{fmt.Sprintf("error:02001%03X:system library:fopen:%s", int(number), text),
			fmt.Sprintf("error:%08X:system library::%s", 0x80000000+int(number), text)}, number}
	case err != nil:
		return nil, err
	}
	var list []*pem.Block
	for rest := content; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		if slices.ContainsFunc(types, func(t string) bool { return strings.HasSuffix(b.Type, t) }) {
			list = append(list, b)
		}
	}
	switch begins, ends := bytes.Count(content, []byte("-----BEGIN ")), bytes.Count(content, []byte("-----END ")); {
	case len(list) > 0:
		return list, nil
	case begins > ends:
		return nil, errBadEndLine
	}
	return nil, errNoStartLine
}
