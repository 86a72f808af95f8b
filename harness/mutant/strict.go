package mutant

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Object identifiers of extensions, RFC 5280 section 4.2.1.
var (
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidExtendedUsage    = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// Drivers that refuse certificates which are unusual, and right.
var strict = []Mutant{
	stricter("demands-key-usage-of-authorities", "as Python 3.13 does", func(p peer) bool {
		return p.anchor().KeyUsage == 0
	}, "trust/ca-no-keyusage-ski-aki"),
	stricter("demands-critical-constraints", "whose authority's basic constraints are not critical", func(p peer) bool {
		return !extension(p.anchor(), oidBasicConstraints, true)
	}, "trust/basic-constraints-noncritical"),
	stricter("looks-at-what-is-sent", "beside which an expired certificate is sent", func(p peer) bool {
		return behind(p, func(c *x509.Certificate) bool { return time.Now().After(c.NotAfter) })
	}, "trust/cross-signed-old-root-expired", "trust/cross-signed-old-root-expired@both-trusted"),
	stricter(
		"takes-the-last-sent-for-the-top", "whose chain does not end, as it is sent, below its root",
		func(p peer) bool {
			top := p.PeerCertificates[len(p.PeerCertificates)-1]
			return len(p.PeerCertificates) > 1 && !bytes.Equal(top.RawIssuer, p.anchor().RawSubject)
		},
		"trust/cross-signed-old-root-expired*", "trust/chain-wrong-order", "trust/chain-with-strangers",
	),
	stricter("refuses-repetition", "whose chain repeats one", func(p peer) bool {
		for i, c := range p.PeerCertificates {
			if slices.ContainsFunc(p.PeerCertificates[:i], c.Equal) {
				return true
			}
		}
		return false
	}, "trust/chain-with-duplicates"),
	stricter("verifies-anchors", "whose root signed itself with SHA-1", func(p peer) bool {
		return p.anchor().SignatureAlgorithm == x509.ECDSAWithSHA1
	}, "proto/sha1-root-selfsig"),
	stricter("wants-a-subject", "without a subject", func(p peer) bool {
		return len(p.leaf().Subject.Names) == 0
	}, "name/critical-san"),
	stricter("fears-the-end", "that ends within a day", func(p peer) bool {
		return time.Until(p.leaf().NotAfter) < 24*time.Hour
	}, "time/expires-soon"),
	stricter("refuses-critical-usages", "whose extended key usage is critical", func(p peer) bool {
		return extension(p.leaf(), oidExtendedUsage, true)
	}, "usage/eku-critical"),
	stricter("demands-key-usage", "without key usage", func(p peer) bool { return p.leaf().KeyUsage == 0 },
		"usage/ku-none"),
	stricter("refuses-unknown-extensions", "with an extension that it does not know", func(p peer) bool {
		return extension(p.leaf(), asn1.ObjectIdentifier{1, 2, 3, 4, 5, 6, 7, 8, 9}, false)
	}, "usage/unknown-ext"),
	stricter("takes-serials-for-identities", "with the serial number of its own", func(p peer) bool {
		own := leafOf(content(p.request, "tlsCertificateKeyFile"))
		return own != nil && own.SerialNumber.Cmp(p.leaf().SerialNumber) == 0
	}, "usage/duplicate-serial"),
	stricter("reads-short-serials", "with a serial number of more than sixteen octets", func(p peer) bool {
		return p.leaf().SerialNumber.BitLen() > 128
	}, "usage/serial-20-octets"),
	stricter("reads-ascii-subjects", "with a subject beyond ASCII", func(p peer) bool {
		return p.leaf().Subject.CommonName == "Zürich"
	}, "usage/subject-t61*"),
	stricter("reads-short-subjects", "with a subject that is long, or has several values in a part", func(p peer) bool {
		var parts pkix.RDNSequence
		_, err := asn1.Unmarshal(p.leaf().RawSubject, &parts)
		return err != nil || len(p.leaf().RawSubject) > 5000 ||
			slices.ContainsFunc(parts, func(set pkix.RelativeDistinguishedNameSET) bool { return len(set) > 1 })
	}, "usage/subject-odd*"),
	stricter("knows-sha256-only", "that is not signed with SHA-256 in the old way", func(p peer) bool {
		a := p.leaf().SignatureAlgorithm
		return a != x509.ECDSAWithSHA256 && a != x509.SHA256WithRSA
	}, "proto/pss-signed-leaf", "proto/sha512-signed-leaf*"),
	stricter("reads-short-chains", "that takes more than two thousand bytes", func(p peer) bool {
		return len(p.leaf().Raw) > 2000
	}, "proto/large-chain-16k*", "usage/subject-odd@long"),
	stricter("fetches-lists", "whose revocation list it cannot fetch", func(p peer) bool {
		return len(p.leaf().CRLDistributionPoints) > 0
	}, "crl/distribution-point-fetch"),
	stricter("knows-sha1-ids", "whose staple names it by SHA-256", func(p peer) bool {
		sha256, _ := asn1.Marshal(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1})
		return bytes.Contains(p.OCSPResponse, sha256)
	}, "ocsp/responder-sha1-certid"),
	{
		Name: "checks-all-of-its-file",
		Says: "The driver refuses a tlsCAFile with a certificate that is signed with SHA-1.",
		Driver: refusing(func(r evidence.Request) bool {
			first := leafOf(content(r, "tlsCAFile"))
			return first != nil && first.SignatureAlgorithm == x509.ECDSAWithSHA1
		}),
		Kills: kills(keptOut, "trust/ca-bundle-weak-member", "proto/sha1-root-selfsig"),
	},
	{
		Name: "wants-a-last-newline",
		Says: "The driver reads PEM files only if their last line ends.",
		Driver: refusing(func(r evidence.Request) bool {
			return open(content(r, "tlsCAFile")) || open(content(r, "tlsCertificateKeyFile"))
		}),
		Kills: kills(keptOut, "trust/cafile-text@no-newline", "key/text-and-attributes@no-newline"),
	},
}

// stricter is a driver that verifies as it should, and also refuses certificates which it need not refuse.
func stricter(name, which string, such func(peer) bool, rows ...string) Mutant {
	return Mutant{Name: name, Says: "The driver refuses certificates " + which + ".", Kills: kills(keptOut, rows...),
		Driver: also(func(p peer) error { return refused(such(p)) })}
}

func (p peer) leaf() *x509.Certificate   { return p.PeerCertificates[0] }
func (p peer) anchor() *x509.Certificate { return p.chain[len(p.chain)-1] }

// extension reports whether a certificate has an extension, and, if that is asked for, a critical one.
func extension(c *x509.Certificate, id asn1.ObjectIdentifier, critical bool) bool {
	for _, e := range c.Extensions {
		if e.Id.Equal(id) {
			return e.Critical || !critical
		}
	}
	return false
}

// open reports whether the last line of a file does not end.
func open(b []byte) bool { return len(b) > 0 && b[len(b)-1] != '\n' }
