package own

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/internal/credential"
	"github.com/mongotls/mongotls/reports/trial"
)

// A defect is something about the server's chain that a driver may hold against it.
type defect struct {
	is, do string
	host   string            // at which it matters, "" for all
	why    []evidence.Reason // of drivers that do
	strict bool              // only those whose library holds to the letter of RFC 5280 do
}

// changes is what to change for rows that are refused: for each the defects that explain its reason, or what can be
// said of the reason alone.
func (s *Session) changes(w *world, rows []trial.Row) (all []trial.Change) {
	found := map[string][]defect{}
	for _, row := range rows {
		alone := func(r trial.Row) bool {
			return r.Driver == row.Driver && r.Host != row.Host && r.Verdict == trial.Refused
		}
		if row.Host == trial.Together && slices.ContainsFunc(rows, alone) {
			continue // it has been said host by host
		}
		if _, ok := found[row.Host]; !ok && len(w.chain) > 0 && row.Host != trial.Together {
			found[row.Host] = w.defects(connstring.HostOf(row.Host))
		}
		for _, d := range explaining(row, found[row.Host], s.given.client != nil) {
			i := slices.IndexFunc(all, func(c trial.Change) bool { return c.Do == d.do && c.Because == d.is })
			if i < 0 {
				i = len(all)
				all = append(all, trial.Change{Do: d.do, Because: d.is})
			}
			if !slices.Contains(all[i].Drivers, row.Driver) {
				all[i].Drivers = append(all[i].Drivers, row.Driver)
			}
			if !slices.Contains(all[i].Hosts, row.Host) {
				all[i].Hosts = append(all[i].Hosts, row.Host)
			}
		}
	}
	for i := range all {
		slices.Sort(all[i].Hosts)
		if len(all[i].Hosts) == len(s.given.hosts) {
			all[i].Hosts = nil
		}
	}
	return all
}

// vague are reasons that may stand for any defect of a certificate.
var vague = []evidence.Reason{evidence.CertRefused, evidence.BadCertificate, evidence.Untrusted, evidence.Unclassified,
	evidence.BadUsage}

// unsaid are the vague reasons that tell nothing at all.
var unsaid = []evidence.Reason{evidence.CertRefused, evidence.Unclassified}

// byLetter is what OpenSSL says of what it only looks at in its strict mode, in which Python 3.13 and later use it.
var byLetter = regexp.MustCompile(`(?i)missing (?:authority|subject) key identifier|does not include key usage`)

// explaining are the defects that a row is about; credible says that the driver has a certificate to show.
func explaining(row trial.Row, found []defect, credible bool) (all []defect) {
	if said := row.Answer.Error; said == nil || !byLetter.MatchString(said.Text) {
		found = slices.DeleteFunc(slices.Clone(found), func(d defect) bool { return d.strict })
	}
	switch {
	case row.Verdict == trial.InClear:
		return []defect{{is: "the connection string does not turn TLS on, and the server serves clients without it",
			do: "add tls=true to the connection string, and set net.tls.mode to requireTLS"}}
	case row.Verdict != trial.Refused:
		return nil
	case row.By == "server":
		if c := ended(row.Seen); c != nil {
			if c.Cause == evidence.NoClientCert && credible {
				return []defect{{is: "the driver did not show the client's certificate: most leave out one that no authority of " +
					"the server's CAFile has issued", do: causes[evidence.BadClientCert].do}}
			}
			if known, ok := causes[c.Cause]; ok {
				return []defect{{is: causeSays(*c), do: known.do}}
			}
		}
	default:
		for _, d := range found {
			if slices.Contains(d.why, row.Reason) || slices.Contains(unsaid, row.Reason) {
				all = append(all, d)
			}
		}
		if len(all) == 0 && slices.Contains(vague, row.Reason) {
			all = slices.Clone(found)
		}
	}
	if len(all) == 0 {
		all = []defect{{is: words[row.Reason].says + " (" + firstLine(row.Answer.Error.Text) + ")", do: words[row.Reason].do}}
	}
	return all
}

// defects are those of the chain, for a client that dials this host.
func (w *world) defects(host string) (all []defect) {
	add := func(is, do string, why ...evidence.Reason) { all = append(all, defect{is: is, do: do, why: why}) }
	up := climb(w.chain[0], w.sent, w.trusted)
	if is, do := w.misnamed(host); is != "" {
		all = append(all, defect{is: is, do: do, host: host, why: []evidence.Reason{evidence.NameMismatch}})
	}
	w.untrusted(up, add)
	now := time.Now()
	for i, c := range up.path {
		switch name := credential.NameOf(c); {
		case now.After(c.NotAfter):
			add(fmt.Sprintf("the certificate of %s has expired, on %s", name, w.day(c.NotAfter)), renewal(c, i),
				evidence.Expired, evidence.Untrusted)
		case now.Before(c.NotBefore):
			add(fmt.Sprintf("the certificate of %s is not valid before %s", name, w.day(c.NotBefore)),
				"wait until then, or have it issued again",
				evidence.NotYetValid, evidence.Untrusted, evidence.Expired)
		}
		formal(c, i, add, func(is, name string) {
			all = append(all, defect{is: fmt.Sprintf(is, name), do: words[evidence.BadCertificate].do, strict: true,
				why: []evidence.Reason{evidence.BadCertificate, evidence.CertRefused}})
		})
	}
	leafUse(w.chain[0], add)
	for i, c := range up.path[1:] {
		authorityUse(c, i, add)
		constrained(c, w.chain[0], add)
	}
	if mustStaple(w.chain[0]) && !w.hasStaple {
		add("the certificate demands a staple (must-staple), and the server sends none", words[evidence.MustStapleMissing].do,
			evidence.MustStapleMissing, evidence.RevocationUnknown)
	}
	return all
}

func renewal(c *x509.Certificate, depth int) string {
	if depth == 0 {
		return "renew the certificate"
	}
	if selfSigned(c) {
		return "put the renewed root into tlsCAFile"
	}
	return "let the server send the renewed certificate of " + credential.NameOf(c)
}

// misnamed says why the leaf is not for a host, "" if it is.
func (w *world) misnamed(host string) (is, do string) {
	leaf := w.chain[0]
	ip := net.ParseIP(host)
	if leaf.VerifyHostname(bracketed(host)) == nil {
		return "", ""
	}
	kind := "DNS:"
	if ip != nil {
		kind = "IP:"
	}
	do = "add " + kind + host + " to the SAN"
	var has []string
	for _, n := range leaf.DNSNames {
		has = append(has, "DNS:"+n)
	}
	for _, a := range leaf.IPAddresses {
		has = append(has, "IP:"+a.String())
	}
	switch parent := host[strings.Index(host, ".")+1:]; {
	case len(has) == 0:
		return fmt.Sprintf("the certificate has no SAN, and the common name (%s) is not looked at",
			leaf.Subject.CommonName), do
	case ip != nil && slices.Contains(leaf.DNSNames, host):
		return "the certificate has the address as a DNS name, and not as an IP address", do
	case ip == nil && slices.Contains(leaf.DNSNames, "*."+parent[strings.Index(parent, ".")+1:]):
		return fmt.Sprintf("a wildcard covers one label, and %s has two before %s", host, parent[strings.Index(parent,
			".")+1:]), do
	}
	if len(has) > 5 {
		has = append(has[:5], fmt.Sprintf("and %d more", len(has)-5))
	}
	return fmt.Sprintf("the certificate is not for %s: its SAN has %s", host, strings.Join(has, ", ")), do
}

func bracketed(host string) string {
	if ip := net.ParseIP(host); ip != nil {
		return "[" + host + "]"
	}
	return host
}

// untrusted says why there is no way to an authority that is trusted.
func (w *world) untrusted(up way, add func(is, do string, why ...evidence.Reason)) {
	why := []evidence.Reason{evidence.Untrusted, evidence.CertRefused, evidence.BadCertificate}
	top := up.path[len(up.path)-1]
	held := "tlsCAFile"
	if w.caFile == "" {
		held = "the authorities of the system"
	}
	switch {
	case up.root:
	case up.anchored:
		add(fmt.Sprintf("tlsCAFile ends at %s, which is no root: some drivers want the way to end at one", credential.NameOf(top)),
			fmt.Sprintf("add the root, %s, to tlsCAFile", issuerName(top)), why...)
	case selfSigned(top) && len(up.path) == 1:
		add("the certificate signs itself, and the drivers do not have it",
			"put the certificate into tlsCAFile, or have one issued by an authority",
			why...)
	case selfSigned(top):
		add(fmt.Sprintf("the chain ends at the root %s, which the drivers do not trust", credential.NameOf(top)),
			fmt.Sprintf("add %s to %s", credential.NameOf(top), held), why...)
	case namesake(top, w.trusted) != nil:
		add(fmt.Sprintf("the drivers trust an authority of the name of the issuer, %s, which has another key",
			issuerName(top)),
			"put the one that has issued the certificate into tlsCAFile, beside the other or in its place", why...)
	case len(up.path) > 1:
		add(fmt.Sprintf("the chain leads to %s, which the server does not send and the drivers do not trust",
			issuerName(top)),
			fmt.Sprintf("add %s to %s, or let the server send it if it is no root", issuerName(top), held), why...)
	default:
		add(fmt.Sprintf("the server does not send the certificate of %s, which has issued its own, and the drivers do not "+
			"have it", issuerName(top)),
			fmt.Sprintf("append the certificate of %s to certificateKeyFile%s; if it is a root, add it to %s", issuerName(top),
				from(top), held), why...)
	}
}

func issuerName(c *x509.Certificate) string {
	return credential.NameOf(&x509.Certificate{RawSubject: c.RawIssuer, Subject: c.Issuer})
}

// from is where a certificate says that its issuer's can be had.
func from(c *x509.Certificate) string {
	if len(c.IssuingCertificateURL) == 0 {
		return ""
	}
	return "; it is at " + c.IssuingCertificateURL[0]
}

// leafUse says what a leaf is not for.
func leafUse(c *x509.Certificate, add func(is, do string, why ...evidence.Reason)) {
	why := []evidence.Reason{evidence.BadUsage, evidence.CertRefused, evidence.BadCertificate}
	purposes := len(c.ExtKeyUsage) + len(c.UnknownExtKeyUsage)
	if purposes > 0 && !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) {
		add("the certificate's extended key usage lacks serverAuth", "have it issued with serverAuth", why...)
	}
	if c.KeyUsage != 0 &&
		c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment|x509.KeyUsageKeyAgreement) == 0 {
		add("the certificate's key usage lacks digitalSignature", "have it issued with digitalSignature", why...)
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageDigitalSignature == 0 &&
		c.KeyUsage&(x509.KeyUsageKeyEncipherment|x509.KeyUsageKeyAgreement) != 0 {
		add("the certificate's key usage lacks digitalSignature, which TLS 1.3 needs",
			"have it issued with digitalSignature", why...)
	}
}

// authorityUse says why an authority may not sign what is below it; below is the number of authorities there.
func authorityUse(c *x509.Certificate, below int, add func(is, do string, why ...evidence.Reason)) {
	name := credential.NameOf(c)
	why := []evidence.Reason{evidence.BadCertificate, evidence.BadUsage, evidence.Untrusted, evidence.CertRefused}
	again := "have the authority's certificate issued again, as one"
	switch {
	case c.Version < 3:
		add(fmt.Sprintf("the issuer %s has a certificate of version %d, which cannot say that it is an authority", name,
			c.Version),
			again, why...)
	case !c.BasicConstraintsValid || !c.IsCA:
		add(fmt.Sprintf("the issuer %s is no authority: its basic constraints do not say CA:TRUE", name), again, why...)
	case c.MaxPathLen >= 0 && (c.MaxPathLen > 0 || c.MaxPathLenZero) && below > c.MaxPathLen:
		add(fmt.Sprintf("the issuer %s allows %d authorities below it (pathlen), and there are %d", name, c.MaxPathLen,
			below),
			"have the certificate issued by that authority itself", why...)
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 {
		add(fmt.Sprintf("the key usage of the issuer %s lacks keyCertSign", name), again+" with keyCertSign", why...)
	}
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0 && !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) &&
		!slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) {
		add(fmt.Sprintf("the extended key usage of the issuer %s lacks serverAuth, so nothing below it has it", name),
			again+" with serverAuth or without extended key usage", why...)
	}
}

// constrained says that an authority may not issue a name of the leaf.
func constrained(c, leaf *x509.Certificate, add func(is, do string, why ...evidence.Reason)) {
	if len(c.PermittedDNSDomains)+len(c.ExcludedDNSDomains)+len(c.PermittedIPRanges)+len(c.ExcludedIPRanges) == 0 {
		return
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(c)
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between,
		CurrentTime: leaf.NotBefore.Add(time.Second),
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	invalid, ok := err.(x509.CertificateInvalidError) //nolint:errorlint // it is never wrapped
	if ok && invalid.Reason == x509.CANotAuthorizedForThisName {
		add(fmt.Sprintf("the name constraints of the issuer %s do not allow a name of the certificate: %s", credential.NameOf(c),
			invalid.Detail),
			"take the name out of the SAN, or have it issued by an authority that may", evidence.BadCertificate,
			evidence.Untrusted,
			evidence.CertRefused, evidence.NameMismatch)
	}
}

// formal says what is wrong with the form of a certificate on the way up, for libraries that look.
func formal(
	c *x509.Certificate, depth int, add func(is, do string, why ...evidence.Reason), strict func(is, name string),
) {
	name := credential.NameOf(c)
	weak := []evidence.Reason{evidence.Weak, evidence.BadCertificate, evidence.CertRefused, evidence.Untrusted}
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			add(fmt.Sprintf("the key of %s has %d bits", name, k.N.BitLen()), "take RSA of 2048 bits or more, or ECDSA", weak...)
		}
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize < 224 {
			add(fmt.Sprintf("the key of %s has %d bits", name, k.Curve.Params().BitSize), "take P-256 or more", weak...)
		}
	}
	if !selfSigned(c) {
		switch c.SignatureAlgorithm {
		case x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1:
			add(fmt.Sprintf("the certificate of %s is signed with %s", name, c.SignatureAlgorithm),
				"have it signed with SHA-256", weak...)
		}
		if len(c.AuthorityKeyId) == 0 {
			strict("the certificate of %s has no authority key identifier, which Python 3.13 and later want", name)
		}
	}
	if len(c.UnhandledCriticalExtensions) > 0 {
		add(fmt.Sprintf("the certificate of %s has a critical extension that nobody knows (%s)", name,
			c.UnhandledCriticalExtensions[0]),
			"have it issued without that", evidence.BadCertificate, evidence.CertRefused, evidence.Untrusted)
	}
	if depth > 0 && c.IsCA && c.KeyUsage == 0 {
		strict("the authority %s has no key usage, which Python 3.13 and later want", name)
	}
	if depth > 0 && c.IsCA && len(c.SubjectKeyId) == 0 {
		strict("the authority %s has no subject key identifier, which Python 3.13 and later want", name)
	}
}

func mustStaple(c *x509.Certificate) bool {
	return slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.String() == "1.3.6.1.5.5.7.1.24" })
}
