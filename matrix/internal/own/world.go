package own

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/fixtures/pki/clone"
	"github.com/mongotls/mongotls/harness/sight"
	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/internal/credential"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/certificate"
	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/reports/trial"
	"github.com/mongotls/mongotls/scenarios"
)

// A world is a server and its clients in one state, as files.
type world struct {
	name      string
	mode      scenarios.Mode
	keyFile   string // of the server
	renewed   string // that the first host comes back with, "" if it stays up
	password  string
	serverCA  string              // "" without one
	chain     []*x509.Certificate // what the server has, the leaf first
	sent      []*x509.Certificate // and what it sends: a leaf alone is completed from its CAFile
	trusted   []*x509.Certificate // by the drivers
	caFile    string              // "" if those are the system's
	roots     string              // of the system, "" if drivers have a file of their own
	client    *credential.File
	clientPW  string
	staple    []byte
	hasStaple bool
	cloned    []string // what is not the original
	shift     time.Duration
}

// A state is what is to be otherwise than given. The zero value is nothing.
type state struct {
	shift   time.Duration
	leaf    clone.Change
	trusted []*x509.Certificate // originals; nil for those given
	sent    []*x509.Certificate // originals that follow the leaf; nil for those given
	crossed bool                // the leaf's new issuer is signed by the root of before
	staple  sight.Staple
	then    clone.Change // of the first host's leaf, while drivers are at work
}

// original is the world of what is here, key included.
func (g *given) original(name string) *world {
	w := &world{name: name, mode: g.config.Mode, password: g.password, chain: g.chain, sent: g.chain, client: g.client,
		clientPW: g.clientPW}
	if g.cert != nil {
		w.keyFile = g.cert.Path
	}
	if g.serverCA != nil {
		w.serverCA = g.serverCA.Path
	}
	if g.ca != nil {
		w.trusted = g.ca.Certs
		g.trust(w, g.ca.Path)
	}
	if g.serverCA != nil {
		w.complete(g.serverCA.Certs)
	}
	return w
}

// trust makes drivers trust what a file holds.
func (g *given) trust(w *world, path string) {
	if g.system {
		w.roots = path
	} else {
		w.caFile = path
	}
}

// complete finds what the server sends. OpenSSL completes a leaf that stands alone from the CA file (measured on
// mongod 4.4.5).
func (w *world) complete(from []*x509.Certificate) {
	if len(w.chain) != 1 {
		return
	}
	if up := climb(w.chain[0], nil, from); up.root {
		w.sent = up.path
	}
}

// cloned is a world under new keys.
func (g *given) cloned(dir, name string, s state) (*world, error) {
	leaf := g.chain[0]
	trusted, behind := g.ca.Certs, g.chain[1:]
	if s.trusted != nil {
		trusted = s.trusted
	}
	if s.sent != nil {
		behind = s.sent
	}
	originals := slices.Concat(g.chain[1:], g.ca.Certs, trusted, behind)
	if g.serverCA != nil {
		originals = append(originals, g.serverCA.Certs...)
	}
	c := clone.New(originals, s.shift)
	if err := c.Add(leaf); err != nil {
		return nil, err
	}
	served := c.Certificate(leaf)
	if s.leaf != (clone.Change{}) {
		var err error
		if served, err = c.Reissued(leaf, s.leaf); err != nil {
			return nil, err
		}
		for _, a := range s.sent {
			if err := c.Add(a); err != nil {
				return nil, err
			}
		}
	}
	w := &world{name: name, mode: g.config.Mode, client: g.client, clientPW: g.clientPW, trusted: c.Certificates(trusted),
		shift: s.shift}
	w.chain = append([]*x509.Certificate{served}, c.Certificates(behind)...)
	if s.crossed {
		root := climb(leaf, g.chain, g.ca.Certs).path
		cross, err := c.Reissued(s.leaf.Issuer, clone.Change{Issuer: root[len(root)-1]})
		if err != nil {
			return nil, err
		}
		w.chain[1] = cross
	}
	if err := g.clonedClient(w, c, dir, s); err != nil {
		return nil, err
	}
	if err := g.clonedStaple(w, c, s); err != nil {
		return nil, err
	}
	if err := g.write(w, c, dir); err != nil {
		return nil, err
	}
	return w, g.clonedRenewal(w, c, dir, s)
}

// clonedRenewal is what the first host comes back with.
func (g *given) clonedRenewal(w *world, c *clone.Clone, dir string, s state) error {
	if s.then == (clone.Change{}) {
		return nil
	}
	next, err := c.Reissued(g.chain[0], s.then)
	if err != nil {
		return err
	}
	w.renewed = filepath.Join(dir, fileName(w.name, "renewed"))
	says := "the host comes back with the renewed certificate"
	if g.several() {
		says = "the first host comes back with the renewed certificate, and the others still have the old one"
	}
	w.cloned = append(w.cloned, fmt.Sprintf("between two reads of each driver, %s; the new one is for %s to %s", says,
		day(next.NotBefore), day(next.NotAfter)))
	return writeKeyFile(w.renewed, append([]*x509.Certificate{next}, w.chain[1:]...), c, g.chain[0])
}

// clonedStaple is what the server staples: what is asked, or what the original did.
func (g *given) clonedStaple(w *world, c *clone.Clone, s state) error {
	says := s.staple
	if g.live != nil && g.whatIf.none() {
		says = g.live.Staple
	}
	if s.leaf.MustStaple && says == sight.NoStaple {
		w.cloned = append(w.cloned, "the certificate demands a staple, and the server sends none: a driver that connects "+
			"does not look")
	}
	if says == sight.NoStaple {
		return nil
	}
	up := climb(g.chain[0], g.chain, g.ca.Certs).path
	switch {
	case len(up) == 1 && selfSigned(up[0]) && s.staple != sight.NoStaple:
		return usage.Errorf("--staple: the certificate signs itself, so there is no issuer that could revoke it or say " +
			"that it has not: take one of an authority")
	case len(up) == 1 && selfSigned(up[0]):
		up = append(up, up[0])
	case len(up) == 1:
		g.leave("the staple: the certificate of the issuer is not here")
		return nil
	}
	var err error
	w.staple, err = staple(w.chain[0], c.Certificate(up[1]), c.Key(up[1]), says)
	w.hasStaple = true
	w.cloned = append(w.cloned, "the OCSP response that the server staples is signed by the clone of the issuer")
	if wrong, ok := staples[says]; ok {
		w.cloned = append(w.cloned, wrong+": a driver that connects does not look")
	}
	return err
}

// staples are what is wrong with those that are not good.
var staples = map[sight.Staple]string{
	sight.Revoked:    "it says that the certificate has been revoked",
	sight.Unknown:    "it says that its issuer does not know the certificate",
	sight.Expired:    "it has expired",
	sight.Unreadable: "it cannot be read, or is about another certificate",
}

// clonedClient clones the client's certificate as well, if dates are shifted.
func (g *given) clonedClient(w *world, c *clone.Clone, dir string, s state) error {
	if g.client == nil || s.shift == 0 {
		return nil
	}
	leaf := g.client.Certs[0]
	if err := c.Add(leaf); err != nil {
		return err
	}
	path := filepath.Join(dir, fileName(w.name, "client"))
	w.client = &credential.File{Path: path, Certs: c.Certificates(g.client.Certs)}
	w.clientPW = ""
	w.cloned = append(w.cloned, "the client's certificate is a clone with shifted dates, its key in a file without "+
		"password")
	return writeKeyFile(path, w.client.Certs, c, leaf)
}

// write writes the files of a clone, and says what it is.
func (g *given) write(w *world, c *clone.Clone, dir string) error {
	w.keyFile = filepath.Join(dir, fileName(w.name, "server"))
	if err := writeKeyFile(w.keyFile, w.chain, c, g.chain[0]); err != nil {
		return err
	}
	trust := filepath.Join(dir, fileName(w.name, "ca"))
	if err := os.WriteFile(trust, encoded(w.trusted), 0o600); err != nil {
		return err
	}
	g.trust(w, trust)
	w.sent = w.chain
	if g.serverCA != nil {
		// The clones, and beside them the originals: the client's certificate is one.
		both := append(c.Certificates(g.serverCA.Certs), g.serverCA.Certs...)
		w.serverCA = filepath.Join(dir, fileName(w.name, "server-ca"))
		if err := os.WriteFile(w.serverCA, encoded(unique(both)), 0o600); err != nil {
			return err
		}
		w.complete(both)
	}
	w.cloned = append(g.clonedSays(w, c), w.cloned...)
	return nil
}

// clonedSays is what was cloned, for the page.
func (g *given) clonedSays(w *world, c *clone.Clone) []string {
	var names []string
	for _, original := range c.Originals() {
		names = append(names, credential.NameOf(original))
	}
	all := []string{fmt.Sprintf("under new keys, %s of: %s", form.Counted(len(names), "clone", "clones"),
		strings.Join(names, "; ")),
		"subject, issuer, serial number, usages, constraints, identifiers, addresses and all other extensions are the " +
			"originals', " +
			"byte by byte; kind and size of keys and signatures are the same"}
	switch {
	case w.shift != 0:
		all = append(all, fmt.Sprintf("all dates are shifted by %d days: clients meet now what they would when that day "+
			"begins, in UTC", int(w.shift.Round(24*time.Hour).Hours())/24))
	case w.chain[0].NotAfter.Equal(g.chain[0].NotAfter) && w.chain[0].NotBefore.Equal(g.chain[0].NotBefore):
		all[1] += ", and so are the dates"
	default:
		all = append(all, fmt.Sprintf("the certificate's dates are %s to %s, where the original has %s to %s",
			day(w.chain[0].NotBefore), day(w.chain[0].NotAfter), day(g.chain[0].NotBefore), day(g.chain[0].NotAfter)))
	}
	for _, e := range g.chain[0].Extensions {
		if e.Id.String() == "1.3.6.1.4.1.11129.2.4.2" {
			all = append(all, "its promises of certificate transparency logs (SCT) are about the original: no driver looks "+
				"at them")
		}
	}
	return all
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// day is that of the original, of one of a clone.
func (w *world) day(t time.Time) string { return day(t.Add(-w.shift)) }

func fileName(world, what string) string {
	short := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(world))
	return what + "-" + short + ".pem"
}

func writeKeyFile(path string, certs []*x509.Certificate, c *clone.Clone, original *x509.Certificate) error {
	der, err := x509.MarshalPKCS8PrivateKey(c.Key(original))
	if err != nil {
		return err
	}
	text := append(encoded(certs), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	return os.WriteFile(path, text, 0o600)
}

func encoded(certs []*x509.Certificate) (text []byte) {
	for _, c := range certs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}

func unique(certs []*x509.Certificate) (all []*x509.Certificate) {
	for _, c := range certs {
		if !contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// uri is the connection string as a driver gets it: the user's, with the hosts and files of this world. A string that
// does not turn TLS on gets no file that it does not have, because some drivers take one for turning it on.
func (w *world) uri(s *connstring.String, hosts ...string) string {
	out := *s
	out.Options = slices.Clone(s.Options)
	tls, _ := s.Get("tls", "ssl")
	on := tls == "true" || s.SRV && tls != "false"
	replace := func(value string, names []string) {
		had := out.Drop(names...)
		if value != "" && (had || on) {
			out.Set(value, names...)
		}
	}
	replace(w.caFile, connstring.CAFile)
	path := ""
	if w.client != nil {
		path = w.client.Path
	}
	replace(path, connstring.KeyFile)
	replace(w.clientPW, connstring.KeyPassword)
	return out.Text(hosts...)
}

// weak reports whether OpenSSL refuses to serve a certificate at its security level 2, that of the usual images.
func weak(c *x509.Certificate) bool {
	k, isRSA := c.PublicKey.(*rsa.PublicKey)
	return isRSA && k.N.BitLen() < 2048 || c.SignatureAlgorithm == x509.SHA1WithRSA ||
		c.SignatureAlgorithm == x509.ECDSAWithSHA1
}

// described is the server for a report.
func (w *world) described() trial.Server {
	s := trial.Server{Mode: string(w.mode), Chain: certificate.Described(w.sent), Cloned: w.cloned}
	if w.mode == scenarios.Disabled {
		return s
	}
	for _, c := range climb(w.chain[0], w.sent, w.trusted).path {
		if contains(w.trusted, c) {
			s.CA = append(s.CA, certificate.Described([]*x509.Certificate{c})...)
		}
	}
	leaf := w.chain[0]
	switch left := time.Until(leaf.NotAfter); {
	case left < 0 || time.Now().Before(leaf.NotBefore):
		s.Refuses = "a mongod does not start with a certificate that has expired or is not valid yet (log line 28652)"
	case weak(leaf):
		s.Refuses = "a mongod of the usual images does not start with a key or signature as weak as this (log line 23248)"
	case left < 30*24*time.Hour:
		s.Says = append(s.Says, fmt.Sprintf("its certificate expires in %d days, on %s", int(left.Hours()/24),
			w.day(leaf.NotAfter)))
	}
	if len(w.sent) > len(w.chain) {
		s.Says = append(s.Says, "it completes its chain from its CAFile, with "+
			form.Counted(len(w.sent)-len(w.chain), "certificate", "certificates"))
	}
	if len(leaf.OCSPServer) > 0 && !w.hasStaple {
		s.Says = append(s.Says, "the OCSP responders that the certificate names are not asked: nothing here leaves this "+
			"machine")
	}
	return s
}
