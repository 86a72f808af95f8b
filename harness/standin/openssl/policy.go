// Package openssl is what OpenSSL 1.1.1, or 3, decides for a mongod, and how it words what goes wrong: its
// configuration file, its cipher lists, its errors.
package openssl

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"os"
	"regexp"
	"strconv"
)

// A Policy is what the configuration of the library allows, whatever a mongod is told.
type Policy struct {
	MinProtocol uint16 // of TLS
	Level       int    // SECLEVEL
	Generation  int    // of the library; 3, or anything less for 1.1.1
}

// Serves reports whether a version of TLS can be spoken. From OpenSSL 3 on those before 1.2, which sign with SHA-1,
// need level 0 (OpenSSL 3.0, changes).
func (p Policy) Serves(version uint16) bool {
	return version >= p.MinProtocol && (version >= tls.VersionTLS12 || p.Generation < 3 || p.Level == 0)
}

// Debian is the policy that mongod was measured with, and that of most systems.
var Debian = Policy{MinProtocol: tls.VersionTLS12, Level: 2}

// none is that of a library without a configuration.
var none = Policy{MinProtocol: tls.VersionTLS10, Level: 1}

// FromEnvironment is the policy of the file that OPENSSL_CONF names, Debian where it names none. As OpenSSL does, it
// passes over a file that is not there. Of a file only MinProtocol and the level of CipherString count, in whatever
// section they stand.
func FromEnvironment() Policy {
	path, given := os.LookupEnv("OPENSSL_CONF")
	if !given {
		return Debian
	}
	content, _ := os.ReadFile(path) // see above
	return parse(content)
}

var (
	setting  = regexp.MustCompile(`^\s*(MinProtocol|CipherString)\s*=\s*(\S+)`)
	secLevel = regexp.MustCompile(`@SECLEVEL=([0-5])`)
	versions = map[string]uint16{"TLSv1": tls.VersionTLS10, "TLSv1.0": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11,
		"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}
)

func parse(content []byte) Policy {
	p := none
	for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); {
		found := setting.FindStringSubmatch(lines.Text())
		switch {
		case found == nil:
		case found[1] == "CipherString":
			p = p.With(found[2])
		case versions[found[2]] != 0:
			p.MinProtocol = versions[found[2]]
		}
	}
	return p
}

// With is the policy under a cipher list, which can set the level.
func (p Policy) With(list string) Policy {
	if found := secLevel.FindStringSubmatch(list); found != nil {
		p.Level, _ = strconv.Atoi(found[1]) // a digit
	}
	return p
}

// bits is what a level demands, in bits of security (SSL_CTX_set_security_level).
var bits = []int{0, 80, 112, 128, 192, 256}

// WeakKey reports whether the level does not allow the public key of a certificate.
func (p Policy) WeakKey(c *x509.Certificate) bool {
	return keyBits(c.PublicKey) < bits[p.Level]
}

// WeakDigest reports whether the level does not allow the algorithm that a certificate is signed with.
func (p Policy) WeakDigest(c *x509.Certificate) bool {
	sha1 := 80 // as it is counted
	if p.Generation >= 3 {
		sha1 = 63
	}
	weak := c.SignatureAlgorithm == x509.SHA1WithRSA || c.SignatureAlgorithm == x509.ECDSAWithSHA1
	return weak && sha1 < bits[p.Level]
}

// keyBits are the bits of security of a key; those of types that are not looked at suffice.
func keyBits(key any) int {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return modulusBits(k.N.BitLen())
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize / 2
	}
	return bits[len(bits)-1]
}

// modulusBits is NIST SP 800-57, part 1, table 2.
func modulusBits(size int) int {
	for _, of := range []struct{ size, bits int }{{15360, 256}, {7680, 192}, {3072, 128}, {2048, 112}, {1024, 80}} {
		if size >= of.size {
			return of.bits
		}
	}
	return 0
}
