package own

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/internal/credential"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/scenarios"
)

// given is what the user has, read.
type given struct {
	string *connstring.String
	hosts  []string // of the string, or that its records lead to
	zone   *zone
	config mongod.Config

	cert     *credential.File // chain and key; nil where the key is not here
	password string
	chain    []*x509.Certificate // what the server has, the leaf first
	live     *live               // what a live server showed; nil without one
	ca       *credential.File    // what drivers trust, and the server
	system   bool                // ca is that of this machine
	client   *credential.File
	serverCA *credential.File // nil without one
	clientPW string
	whatIf   WhatIf

	notes, leftOut, secrets []string
}

// readPreference are the options of a string about whom to read from.
var readPreference = []string{"readPreference", "readPreferenceTags", "maxStalenessSeconds"}

func (g *given) note(format string, args ...any) {
	g.notes = append(g.notes, fmt.Sprintf(format, args...))
}
func (g *given) leave(format string, args ...any) {
	g.leftOut = append(g.leftOut, fmt.Sprintf(format, args...))
}

// read reads all that the options name.
func read(ctx context.Context, o Options) (*given, error) {
	g := &given{whatIf: o.WhatIf}
	var sources []string
	for flag, value := range map[string]string{"--cert": o.Cert, "--chain": o.Chain, "--from-host": o.FromHost} {
		if value != "" {
			sources = append(sources, flag)
		}
	}
	if slices.Sort(sources); len(sources) > 1 {
		return nil, usage.Errorf("%s: the server has one certificate; take one of them", strings.Join(sources, " and "))
	}
	for _, step := range []func(context.Context, Options) error{g.readString, g.readConfig, g.readServer, g.readTrust,
		g.readClient, g.readHosts} {
		if err := step(ctx, o); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (g *given) readString(_ context.Context, o Options) (err error) {
	if o.URI == "" {
		g.string = &connstring.String{Options: []connstring.Option{{Name: "tls", Value: "true"}}}
		return nil
	}
	if g.string, err = connstring.Parse(o.URI); err != nil {
		return err
	}
	g.secrets = append(g.secrets, g.string.Secrets()...)
	mechanism, _ := g.string.Get("authMechanism")
	switch strings.ToUpper(mechanism) {
	case "", "DEFAULT", "SCRAM-SHA-256", "MONGODB-X509":
	case "SCRAM-SHA-1":
		g.leave("authMechanism=SCRAM-SHA-1: the stand-in logs in by SCRAM-SHA-256; the mechanism was left to the driver")
		g.string.Drop("authMechanism")
	default:
		g.leave("authMechanism=%s: the stand-in has no such login; the credentials were taken out", mechanism)
		g.string.Drop("authMechanism", "authMechanismProperties", "authSource")
		g.string.UserInfo = ""
	}
	if g.string.Drop("proxyHost", "proxyPort", "proxyUsername", "proxyPassword") {
		g.leave("proxyHost: nothing goes through a proxy here; it was taken out")
	}
	tls, on := g.string.Get("tls", "ssl")
	switch both := g.string.Values("tls", "ssl"); {
	case len(both) > 1:
		g.note("the connection string turns TLS on and off: leave one of %s", strings.Join(both, " and "))
	case !g.string.SRV && (!on || tls == "false"):
		g.note("the connection string does not turn TLS on: add tls=true if the server is to be reached over TLS")
	}
	for _, name := range []string{"tlsInsecure", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames"} {
		if value, _ := g.string.Get(name); value == "true" {
			g.note("the connection string has %s: that a driver connects says little of the certificate, and anybody may "+
				"stand between", name)
		}
	}
	return nil
}

// readServer reads what the server shows.
func (g *given) readServer(ctx context.Context, o Options) (err error) {
	flag, path := "--cert", o.Cert
	if g.config.Mode == scenarios.Disabled {
		return nil
	}
	switch {
	case o.FromHost != "":
		if g.live, err = look(ctx, o.FromHost); err != nil {
			return err
		}
		if is := credential.Foreign(g.live.Chain); is != "" {
			return usage.Errorf("--from-host: %s: %s", g.live.host, is)
		}
		g.chain = g.live.Chain
		g.notes = append(g.notes, g.live.notes()...)
		return nil
	case o.Chain != "":
		f, err := credential.ReadCertificates("--chain", o.Chain)
		if err != nil {
			return err
		}
		if is := credential.Foreign(f.Certs); is != "" {
			return usage.Errorf("--chain: %s: %s", o.Chain, is)
		}
		g.chain = f.Certs
		if g.notes = append(g.notes, prefixed(f)...); f.Key != nil {
			g.note("%s holds a private key, which is not looked at: --cert would take it", o.Chain)
		}
		return g.checkChain("--chain", o.Chain)
	case path == "":
		flag, path = "--config: net.tls.certificateKeyFile", g.config.CertificateKeyFile
	}
	if path == "" {
		return usage.Errorf("nothing is said of the server: take --cert, --chain, --from-host or --config")
	}
	f, err := credential.ReadCertificates(flag, path)
	if err != nil {
		return err
	}
	if is := credential.Foreign(f.Certs); is != "" {
		return usage.Errorf("%s: %s: %s", flag, path, is)
	}
	if f.Key == nil {
		return usage.Errorf("%s: %s holds no private key: append it, or give the chain alone with --chain", flag, path)
	}
	g.password = g.config.CertificateKeyFilePassword
	if g.password, err = g.unlock(f, "cert", g.password, o); err != nil {
		return err
	}
	if err := f.CheckKey(flag, []byte(g.password)); err != nil {
		return err
	}
	g.cert, g.chain = f, f.Certs
	g.notes = append(g.notes, prefixed(f)...)
	return g.checkChain(flag, path)
}

// unlock asks for the password of a key that is encrypted, unless it is known.
func (g *given) unlock(f *credential.File, what, known string, o Options) (string, error) {
	if !f.Locked() || known != "" {
		return known, nil
	}
	if o.Password == nil {
		return "", usage.Errorf("--%s: the private key of %s is encrypted, and no password is given", what, f.Path)
	}
	password, err := o.Password(what)
	if err != nil {
		return "", err
	}
	g.secrets = append(g.secrets, string(password))
	return string(password), nil
}

// checkChain notes what is odd about the order of a chain.
func (g *given) checkChain(flag, path string) error {
	if g.chain[0].IsCA && len(g.chain) > 1 && !g.chain[1].IsCA {
		return usage.Errorf("%s: %s begins with an authority, %s: a server shows its own certificate first, "+
			"each followed by the one of its issuer", flag, path, credential.NameOf(g.chain[0]))
	}
	for i, c := range g.chain {
		switch {
		case i > 0 && selfSigned(c):
			g.note("%s: the server sends a root, %s, which does no harm and helps nobody", path, credential.NameOf(c))
		case i > 0 && !signedBy(g.chain[i-1], c):
			g.note("%s: certificate %d, %s, has not issued the one before it: clients sort the chain, "+
				"but TLS 1.2 wants each followed by its issuer", path, i+1, credential.NameOf(c))
		}
	}
	return nil
}

// fileOf is the file of a flag or, without one, that of the connection string's option of these names; by is which.
func (g *given) fileOf(flag, path string, names []string) (by, file string) {
	switch inString, ok := g.string.Get(names...); {
	case ok && path == "":
		return "--uri: " + names[0], inString
	case ok && path != inString:
		g.note("%s is taken in place of the connection string's %s, which is not looked at", flag, names[0])
	}
	return flag, path
}

func (g *given) readTrust(_ context.Context, o Options) (err error) {
	flag, path := g.fileOf("--ca", o.CA, connstring.CAFile)
	switch {
	case path != "":
		if g.ca, err = credential.ReadCertificates(flag, path); err != nil {
			if _, missing := os.Stat(path); missing != nil && o.CA == "" {
				err = usage.Errorf("%w; --ca names one of this machine in its place", err)
			}
			return err
		}
		g.notes = append(g.notes, prefixed(g.ca)...)
	case g.config.Mode != scenarios.Disabled:
		if g.ca, err = systemRoots(); err != nil {
			return err
		}
		g.system = true
		g.note("no authorities are given: the drivers trust those of this machine, %s", g.ca.Path)
	}
	switch {
	case o.Config == "" && !g.system:
		g.serverCA = g.ca
	case g.config.CAFile == "" || g.config.Mode == scenarios.Disabled:
	default:
		if _, missing := os.Stat(g.config.CAFile); missing != nil && o.CA != "" {
			g.note("net.tls.CAFile is not on this machine: --ca is taken in its place")
			g.serverCA = g.ca
			return nil
		}
		g.serverCA, err = credential.ReadCertificates("--config: net.tls.CAFile", g.config.CAFile)
	}
	return err
}

func (g *given) readClient(_ context.Context, o Options) error {
	flag, path := g.fileOf("--client", o.Client, connstring.KeyFile)
	switch {
	case o.Config != "":
	case g.live != nil:
		g.asLive(o, path != "")
	default:
		g.config.AllowConnectionsWithoutCertificates = path == ""
	}
	if path == "" {
		if mechanism, _ := g.string.Get("authMechanism"); strings.EqualFold(mechanism, "MONGODB-X509") {
			g.note("the connection string logs in by a client certificate, and there is none: --client takes its file")
		}
		return nil
	}
	f, err := credential.ReadCertificates(flag, path)
	if err != nil {
		return err
	}
	known, _ := g.string.Get(connstring.KeyPassword...)
	if g.clientPW, err = g.unlock(f, "client", known, o); err != nil {
		return err
	}
	if err := f.CheckKey(flag, []byte(g.clientPW)); err != nil {
		return err
	}
	g.client = f
	g.notes = append(g.notes, prefixed(f)...)
	if g.serverCA == nil && g.live == nil && g.config.Mode != scenarios.Disabled {
		g.note("the server has no CAFile, so it does not look at the client's certificate")
	}
	return nil
}

// asLive makes the server take and demand what the live one does; client: the drivers have a certificate.
func (g *given) asLive(o Options, client bool) {
	l := g.live
	g.config.AllowConnectionsWithoutCertificates = !l.Demands
	g.config.DisabledProtocols = l.disabled()
	if l.clear && o.Mode == "" {
		g.config.Mode = scenarios.AllowTLS
	}
	switch {
	case !l.Asks:
		g.serverCA = nil
		if client {
			g.note("%s asks for no client certificate: that of the drivers is not looked at", l.host)
		}
	case g.serverCA == nil && client:
		g.leave("the client's certificate: which authorities %s wants for it is not known; --ca names some", l.host)
	case g.serverCA == nil:
		g.serverCA = g.ca // whichever: nobody has a certificate of it
	}
}

// readHosts finds out which hosts there are.
func (g *given) readHosts(ctx context.Context, o Options) (err error) {
	switch {
	case !g.string.SRV && (o.Zone != "" || o.Resolve):
		return usage.Errorf("--zone and --resolve are for the records of a mongodb+srv:// string, which --uri is not")
	case g.string.SRV:
		if g.zone, err = zoneOf(ctx, g.string, o); err != nil {
			return err
		}
		g.hosts = g.zone.hosts()
	case len(g.string.Hosts) > 0:
		g.hosts = g.string.Hosts
	case len(g.chain) == 0:
		return usage.Errorf("without TLS there is no certificate that names a host: take --uri, with the host that " +
			"drivers dial")
	case g.live != nil:
		g.hosts = []string{g.live.host}
	default:
		g.hosts = namesOf(g.chain[0])
		if len(g.hosts) == 0 {
			return usage.Errorf("the certificate names no host: take --uri, with the host that drivers dial")
		}
		g.note("no connection string is given: the drivers dial the names of the certificate")
	}
	if preference, ok := g.string.Get("readPreference"); ok && strings.EqualFold(preference, "secondary") && !g.several() {
		g.leave("readPreference=%s: the one host is tried as a primary; it was taken out", preference)
		g.string.Drop(readPreference...)
	}
	return nil
}

// prefixed are the notes on a file.
func prefixed(f *credential.File) (all []string) {
	for _, n := range f.Notes {
		all = append(all, f.Path+": "+n)
	}
	return all
}

func systemRoots() (*credential.File, error) {
	path := credential.SystemFile()
	if path == "" {
		return nil, usage.Errorf("no authorities are given, and this machine keeps none where they are usual: take --ca")
	}
	f, err := credential.ReadCertificates("the authorities of this machine", path)
	if err != nil {
		return nil, err
	}
	f.Notes = nil
	return f, nil
}
