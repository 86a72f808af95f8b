package own

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports/trial"
)

const day24 = 24 * time.Hour

// authorities are those of the worlds, in the shapes that are met: a public one with a cross-sign, those of
// companies, of cert-manager, of a cloud.
var authorities = []pki.Authority{
	{Name: "isrg-x1", Subject: "CN=Root X1,O=Internet Research Group,C=US", Key: key.RSA4096},
	{Name: "isrg-x1-old", Subject: "CN=Old Root X3,O=Signature Trust"},
	{Name: "isrg-x1-cross", Twin: "isrg-x1", Issuer: "isrg-x1-old"},
	{Name: "isrg-x1-cross-expired", Twin: "isrg-x1", Issuer: "isrg-x1-old", NotAfter: -day24},
	{Name: "r11", Subject: "CN=R11,O=Encrypt,C=US", Issuer: "isrg-x1", Key: key.RSA2048, Extensions: pki.Extensions{
		pki.BasicConstraints: "critical, CA:TRUE, pathlen:0", pki.ExtendedKeyUsage: "clientAuth, serverAuth",
		pki.AuthorityInfoAccess: "caIssuers;URI:http://x1.example.org/"}},
	{Name: "corp-root", Subject: "CN=Corp Root CA,O=Corp,DC=corp,DC=example"},
	{Name: "corp-sub", Subject: "CN=Corp Issuing CA,O=Corp,DC=corp,DC=example", Issuer: "corp-root"},
	{Name: "corp-limited", Subject: "CN=Corp Limited CA,O=Corp", Issuer: "corp-root",
		Extensions: pki.Extensions{pki.NameConstraints: "critical, permitted;DNS:corp.example"}},
	{Name: "corp-renewed", Twin: "corp-root", NotAfter: 20 * 365 * day24},
	{Name: "corp-again", Subject: "CN=Corp Root CA,O=Corp,DC=corp,DC=example"},
	{Name: "cert-manager", Subject: "CN=my-ca", Extensions: pki.Extensions{
		pki.KeyUsage: "critical, digitalSignature, keyEncipherment, keyCertSign"}},
	{Name: "documentdb-root", Subject: "CN=RDS Root CA RSA4096 G1,O=Cloud,C=US", Key: key.RSA4096},
	{Name: "documentdb-region", Subject: "CN=RDS eu-west-1 Subordinate CA,O=Cloud,C=US", Issuer: "documentdb-root",
		Key: key.RSA2048},
	{Name: "no-cert-sign", Subject: "CN=May Not Sign", Issuer: "corp-root",
		Extensions: pki.Extensions{pki.KeyUsage: "critical, digitalSignature"}},
	{Name: "sub-expired", Subject: "CN=Corp Expired CA", Issuer: "corp-root", NotAfter: -day24},
	{Name: "root-expired", Subject: "CN=Corp Expired Root", NotAfter: -day24},
	{Name: "not-ca", Subject: "CN=No Authority", Issuer: "corp-root", Extensions: pki.Extensions{
		pki.BasicConstraints: "critical, CA:FALSE", pki.KeyUsage: "critical, digitalSignature"}},
	{Name: "short-path", Subject: "CN=Short Path", Issuer: "corp-root",
		Extensions: pki.Extensions{pki.BasicConstraints: "critical, CA:TRUE, pathlen:0"}},
	{Name: "beyond", Subject: "CN=Beyond", Issuer: "short-path"},
	{Name: "p384-root", Subject: "CN=P-384 Root", Key: key.P384},
	{Name: "ed25519-root", Subject: "CN=Ed25519 Root", Key: key.Ed25519},
}

// A shape is a world of somebody's: what the server has, what drivers trust, which host they dial, and what each must
// make of it.
type shape struct {
	name    string
	leaf    pki.Leaf
	chain   []string // authorities that the server sends
	trusted []string
	host    string // default db.example.com
	// want are the reasons that the scenarios allow it to be refused for; none where it connects.
	want []evidence.Reason
	lets []string // drivers that connect all the same, as is known of them
	do   string   // a part of what to change
}

func named(dns ...string) pki.Leaf { return pki.Leaf{Subject: "CN=db.example.com,O=Db", DNS: dns} }

func with(l pki.Leaf, change func(*pki.Leaf)) pki.Leaf {
	change(&l)
	return l
}

var good = named("db.example.com")

var corp = []string{"corp-root"}

func only(r evidence.Reason) []evidence.Reason { return []evidence.Reason{r} }

// orBad is what a way that ends at a bad issuer comes to: some libraries go on looking for another one.
var orBad = []evidence.Reason{evidence.Untrusted, evidence.BadCertificate}

var shapes = []shape{
	{name: "public chain", leaf: by("r11", good), chain: []string{"r11"}, trusted: []string{"isrg-x1"}},
	{name: "public chain, cross-signed, old root", leaf: by("r11", good), chain: []string{"r11", "isrg-x1-cross"},
		trusted: []string{"isrg-x1-old"}},
	{name: "public chain, cross-signed, both roots", leaf: by("r11", good), chain: []string{"r11", "isrg-x1-cross"},
		trusted: []string{"isrg-x1-old", "isrg-x1"}},
	{name: "public chain, cross-sign expired, new root", leaf: by("r11", good),
		chain: []string{"r11", "isrg-x1-cross-expired"}, trusted: []string{"isrg-x1"}},
	{name: "public chain without its intermediate", leaf: by("r11", good), trusted: []string{"isrg-x1"},
		want: only(evidence.Untrusted), do: "append the certificate of R11 to certificateKeyFile"},
	{name: "public chain, another root", leaf: by("r11", good), chain: []string{"r11"}, trusted: corp,
		want: only(evidence.Untrusted), do: "add Root X1 to tlsCAFile"},
	{name: "private authority of one tier", leaf: by("corp-root", good), trusted: corp},
	{name: "private authority of two tiers", leaf: by("corp-sub", good), chain: []string{"corp-sub"}, trusted: corp},
	{name: "two tiers, the root sent too", leaf: by("corp-sub", good), chain: []string{"corp-sub", "corp-root"},
		trusted: corp},
	{name: "two tiers, chain in the wrong order", leaf: by("corp-sub", good), chain: []string{"corp-root", "corp-sub"},
		trusted: corp},
	{name: "two tiers, intermediate with the clients", leaf: by("corp-sub", good), trusted: []string{"corp-root",
		"corp-sub"}},
	{name: "authority in a bundle of many", leaf: by("corp-root", good),
		trusted: []string{"isrg-x1", "root-expired", "documentdb-root", "corp-root", "p384-root"}},
	{name: "root renewed with its key, old one trusted", leaf: by("corp-renewed", good), trusted: corp},
	{name: "root made anew under its name", leaf: by("corp-again", good), trusted: corp,
		want: orBad, do: "put the one that has issued the certificate into tlsCAFile",
	},
	{name: "cert-manager", leaf: by("cert-manager", with(named("db", "db.ns.svc", "db.ns.svc.cluster.local"),
		func(l *pki.Leaf) {
			l.Subject = pki.NoSubject
			l.Extensions = pki.Extensions{pki.KeyUsage: "critical, digitalSignature, keyEncipherment"}
		})), trusted: []string{"cert-manager"}, host: "db.ns.svc.cluster.local"},
	{name: "cert-manager, name of another namespace", leaf: by("cert-manager", named("db.ns.svc.cluster.local")),
		trusted: []string{"cert-manager"}, host: "db.other.svc.cluster.local", want: only(evidence.NameMismatch),
		do: "add DNS:db.other.svc.cluster.local to the SAN"},
	{name: "name constraints kept", leaf: by("corp-limited", named("db.corp.example")), chain: []string{"corp-limited"},
		trusted: corp, host: "db.corp.example"},
	{name: "name constraints broken", leaf: by("corp-limited", good), chain: []string{"corp-limited"}, trusted: corp,
		want: only(evidence.BadCertificate), do: "take the name out of the SAN"},
	{name: "wildcard", leaf: by("corp-root", named("*.example.com")), trusted: corp},
	{name: "wildcard, two labels", leaf: by("corp-root", named("*.example.com")), trusted: corp, host: "a.db.example.com",
		want: only(evidence.NameMismatch), do: "add DNS:a.db.example.com to the SAN"},
	{name: "wildcard, the domain itself", leaf: by("corp-root", named("*.example.com")), trusted: corp,
		host: "example.com",
		want: only(evidence.NameMismatch), do: "add DNS:example.com to the SAN"},
	{name: "IP only", leaf: by("corp-root", pki.Leaf{Subject: "CN=db", IP: []string{"10.1.2.3"}}), trusted: corp,
		host: "10.1.2.3"},
	{name: "IP only, dialled by name", leaf: by("corp-root", pki.Leaf{Subject: "CN=db", IP: []string{"10.1.2.3"}}),
		trusted: corp, want: only(evidence.NameMismatch), do: "add DNS:db.example.com to the SAN"},
	{name: "name only, dialled by IP", leaf: by("corp-root", good), trusted: corp, host: "10.1.2.3",
		want: only(evidence.NameMismatch), do: "add IP:10.1.2.3 to the SAN"},
	{name: "IP as a DNS name", leaf: by("corp-root", named("10.1.2.3")), trusted: corp, host: "10.1.2.3",
		want: only(evidence.NameMismatch), do: "add IP:10.1.2.3 to the SAN"},
	{name: "CN only", leaf: by("corp-root", pki.Leaf{Subject: "CN=db.example.com", NoSAN: true}), trusted: corp,
		want: only(evidence.NameMismatch), do: "add DNS:db.example.com to the SAN",
		lets: []string{"node", "libmongoc", "pymongo"}}, // OpenSSL falls back on it
	{name: "other name", leaf: by("corp-root", named("other.example.com")), trusted: corp,
		want: only(evidence.NameMismatch),
		do:   "add DNS:db.example.com to the SAN"},
	{name: "many names", leaf: by("corp-root", named("a.test", "b.test", "c.test", "d.test", "e.test", "f.test",
		"db.example.com")), trusted: corp},
	{name: "self-signed, not trusted", leaf: by(pki.Self, good), trusted: corp, want: only(evidence.Untrusted),
		do: "put the certificate into tlsCAFile"},
	{name: "self-signed, trusted", leaf: by(pki.Self, good), trusted: []string{pki.Self}},
	{name: "RSA 2048", leaf: by("corp-root", keyed(key.RSA2048)), trusted: corp},
	{name: "RSA 3072", leaf: by("corp-root", keyed(key.RSA3072)), trusted: corp},
	{name: "RSA 4096 below a cloud's root", leaf: by("documentdb-region", keyed(key.RSA4096)),
		chain: []string{"documentdb-region"}, trusted: []string{"documentdb-root"}},
	{name: "cloud's bundle without the region", leaf: by("documentdb-region", good), trusted: []string{"documentdb-root"},
		want: only(evidence.Untrusted), do: "append the certificate of RDS eu-west-1 Subordinate CA"},
	{name: "P-384", leaf: by("p384-root", keyed(key.P384)), trusted: []string{"p384-root"}},
	{name: "P-521", leaf: by("corp-root", keyed(key.P521)), trusted: corp},
	{name: "Ed25519 root", leaf: by("ed25519-root", good), trusted: []string{"ed25519-root"}},
	{name: "signed with SHA-384", leaf: by("corp-root", with(good, func(l *pki.Leaf) { l.Signature = pki.SHA384 })),
		trusted: corp},
	{name: "RSA-PSS", leaf: by("isrg-x1", with(good, func(l *pki.Leaf) { l.Signature = pki.PSS })),
		trusted: []string{"isrg-x1"}},
	{name: "expiring tomorrow", leaf: by("corp-root", lasting(day24)), trusted: corp},
	{name: "expired yesterday", leaf: by("corp-root", lasting(-day24)), trusted: corp, want: only(evidence.Expired),
		do: "renew the certificate"},
	{name: "valid from tomorrow", leaf: by("corp-root", with(good, func(l *pki.Leaf) { l.NotBefore = day24 })),
		trusted: corp,
		want:    only(evidence.NotYetValid), do: "wait until then"},
	{name: "intermediate expired", leaf: by("sub-expired", good), chain: []string{"sub-expired"}, trusted: corp,
		want: only(evidence.Expired), do: "let the server send the renewed certificate of Corp Expired CA"},
	{name: "root expired", leaf: by("root-expired", good), trusted: []string{"root-expired"}, want: only(evidence.Expired),
		do: "put the renewed root into tlsCAFile"},
	{name: "for clients only", leaf: by("corp-root", with(good, func(l *pki.Leaf) { l.Usage = []string{pki.ClientAuth} })),
		trusted: corp, want: only(evidence.BadUsage), do: "have it issued with serverAuth"},
	{name: "no extended key usage", leaf: by("corp-root", with(good,
		func(l *pki.Leaf) { l.Usage = []string{pki.NoUsage} })),
		trusted: corp},
	{name: "issuer may not sign", leaf: by("no-cert-sign", good), chain: []string{"no-cert-sign"}, trusted: corp,
		want: orBad, do: "with keyCertSign"},
	{name: "issuer is no authority", leaf: by("not-ca", good), chain: []string{"not-ca"}, trusted: corp,
		want: orBad, do: "as one"},
	{name: "path too long", leaf: by("beyond", good), chain: []string{"beyond", "short-path"}, trusted: corp,
		want: only(evidence.BadCertificate), do: "have the certificate issued by that authority itself"},
	{name: "unknown critical extension", leaf: by("corp-root", with(good,
		func(l *pki.Leaf) { l.CriticalExtension = true })),
		trusted: corp, want: only(evidence.BadCertificate), do: "have it issued without that"},
	{name: "must-staple, no staple", leaf: by("corp-root", with(good, func(l *pki.Leaf) { l.MustStaple = true })),
		trusted: corp, want: only(evidence.MustStapleMissing), do: "let the server reach its OCSP responder",
		lets: []string{"node", "pymongo"}}, // they look at no staple
	{name: "names beyond ASCII in the subject", leaf: by("corp-root", with(good, func(l *pki.Leaf) {
		l.Subject, l.Strings = "CN=Datenbank Zürich,O=Bäckerei", dn.UTF8String
	})), trusted: corp},
	{name: "large certificate", leaf: by("corp-root", with(good, func(l *pki.Leaf) { l.Pad = 8000 })), trusted: corp},
}

func by(issuer string, l pki.Leaf) pki.Leaf {
	l.Issuer = issuer
	return l
}

func keyed(k key.Algorithm) pki.Leaf { return with(good, func(l *pki.Leaf) { l.Key = k }) }

func lasting(d time.Duration) pki.Leaf { return with(good, func(l *pki.Leaf) { l.NotAfter = d }) }

// In worlds of the shapes that people have, each driver says what it is known to say, a clone under new keys gets the
// same verdict as the original, and what to change is what is wrong.
func TestShapes(t *testing.T) {
	w, err := fixtures.New(fixtures.Options{Seed: 14, Authorities: authorities})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	for _, d := range []*tested{{spec: "go"}, {spec: "node", needs: "node"}, {spec: "pymongo", needs: "python"},
		{spec: "libmongoc", needs: "cc"}} {
		t.Run(d.spec, func(t *testing.T) {
			t.Parallel()
			if d.needs != "" {
				required.Asked(t, d.needs, "worlds of one's own with "+d.spec)
			}
			var err error
			d.driver, err = registry.Open(t.Context(), d.parsed(t), driver.Isolation{Resolver: w.DNS.Addr()})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, d.driver.Close()) })
			for _, s := range shapes {
				t.Run(s.name, func(t *testing.T) { s.try(t, w, d) })
			}
		})
	}
}

func (s shape) try(t *testing.T, w *fixtures.World, d *tested) {
	form := pki.KeyForm{Chain: s.chain}
	cert, _, err := w.KeyFile(pki.Server, s.leaf, form)
	require.NoError(t, err)
	ca := ""
	if s.trusted[0] == pki.Self {
		ca, _, err = w.KeyFile(pki.Server, s.leaf, pki.KeyForm{OmitKey: true})
	} else {
		ca, err = w.File("ca", pki.Bundle(s.trusted...))
	}
	require.NoError(t, err)
	chain := filepath.Join(t.TempDir(), "chain.pem")
	text, err := os.ReadFile(cert)
	require.NoError(t, err)
	public, _, _ := strings.Cut(string(text), "-----BEGIN PRIVATE KEY")
	require.NoError(t, os.WriteFile(chain, []byte(public), 0o600))
	host := s.host
	if host == "" {
		host = "db.example.com"
	}
	uri := "mongodb://" + host + "/?tls=true"
	var reasons []evidence.Reason
	for _, o := range []Options{{Cert: cert, CA: ca, URI: uri}, {Chain: chain, CA: ca, URI: uri}} {
		o.open = d.shared
		o.Drivers = []driver.Spec{d.parsed(t)}
		tried := run(t, o)
		require.Len(t, tried.Worlds, 1)
		require.Len(t, tried.Worlds[0].Rows, 1)
		require.Equal(t, o.Chain != "", len(tried.Worlds[0].Server.Cloned) > 0)
		row, changes := tried.Worlds[0].Rows[0], tried.Worlds[0].Changes
		reasons = append(reasons, row.Reason)
		if len(s.want) == 0 || slices.Contains(s.lets, d.spec) {
			require.Equal(t, trial.Connects, row.Verdict, "%s: %s", row.Says, row.Answer)
			continue
		}
		require.Equal(t, trial.Refused, row.Verdict, row.Says)
		require.Contains(t, s.want, row.Reason, row.Answer.String())
		require.True(t, slices.ContainsFunc(changes, func(c trial.Change) bool { return strings.Contains(c.Do, s.do) }),
			"%v", changes)
	}
	require.Equal(t, reasons[0], reasons[1], "original and clone")
}

// Nobody but itself could say that a self-signed certificate has been revoked.
func TestStapleOfSelfSigned(t *testing.T) {
	w, _ := trusted(t, 14)
	leaf := by(pki.Self, good)
	cert, _, err := w.KeyFile(pki.Server, leaf, pki.KeyForm{})
	require.NoError(t, err)
	ca, _, err := w.KeyFile(pki.Server, leaf, pki.KeyForm{OmitKey: true})
	require.NoError(t, err)
	_, err = Open(t.Context(), Options{Cert: cert, CA: ca, Drivers: []driver.Spec{{Name: "go"}},
		WhatIf: WhatIf{Staple: "revoked"}})
	require.ErrorContains(t, err, "--staple: the certificate signs itself")
	require.True(t, usage.Is(err))
}

// A tested driver is opened once for all its worlds.
type tested struct {
	spec, needs string // and what MONGOTLS_REQUIRE calls what it needs
	driver      driver.Driver
}

func (d *tested) parsed(t *testing.T) driver.Spec {
	t.Helper()
	spec, err := registry.Parse(d.spec)
	require.NoError(t, err)
	return spec
}

// shared gives out the driver, and keeps it open.
func (d *tested) shared(context.Context, driver.Spec, driver.Isolation) (driver.Driver, error) {
	return kept{d.driver}, nil
}

type kept struct{ driver.Driver }

func (kept) Close() error { return nil }

// trusted has certificates of a seed, and the file of their authority.
func trusted(t *testing.T, seed uint64) (w *fixtures.World, ca string) {
	t.Helper()
	w, err := fixtures.New(fixtures.Options{Seed: seed})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	ca, err = w.File("ca", pki.Bundle(pki.CA))
	require.NoError(t, err)
	return w, ca
}

func run(t *testing.T, o Options) trial.Trial {
	t.Helper()
	s, err := Open(context.Background(), o)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	return s.Run(t.Context(), func(string) {}, func(trial.Row) {})
}
