package command

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/scenarios"
)

var dbLeaf = pki.Leaf{Subject: "CN=db", DNS: []string{"db.example.com"}}

// writeWorld writes what somebody could have: server.pem, chain.pem, ca.pem, client.pem, another authority, a key
// with a password.
func writeWorld(dir string) (err error) {
	w, err := fixtures.New(fixtures.Options{Seed: 7})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	key := func(role pki.Role, l pki.Leaf, f pki.KeyForm) func() (string, error) {
		return func() (string, error) {
			path, _, err := w.KeyFile(role, l, f)
			return path, err
		}
	}
	file := func(name string, f pki.File) func() (string, error) {
		return func() (string, error) {
			return w.File(name,
				f)
		}
	}
	for name, write := range map[string]func() (string, error){
		"server.pem": key(pki.Server, dbLeaf, pki.KeyForm{}),
		"chain.pem":  key(pki.Server, dbLeaf, pki.KeyForm{OmitKey: true}),
		"locked.pem": key(pki.Server, dbLeaf, pki.KeyForm{Encrypt: "aes256", Password: "hunter2"}),
		"client.pem": key(pki.Client, pki.Leaf{}, pki.KeyForm{}),
		"ca.pem":     file("ca", pki.Bundle(pki.CA)),
		"other.pem":  file("other", pki.Bundle(pki.Other)),
	} {
		path, err := write()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), content, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func worldCommand(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(writeWorld(ts.Getenv("WORK")))
}

// What a live server shows and demands is what drivers meet in its clone. It is sent nothing but TLS and hello.
func TestTryLive(t *testing.T) {
	t.Parallel()
	w, err := fixtures.New(fixtures.Options{Seed: 7})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	key, cert, err := w.KeyFile(pki.Server, dbLeaf, pki.KeyForm{})
	require.NoError(t, err)
	client, _, err := w.KeyFile(pki.Client, pki.Leaf{}, pki.KeyForm{})
	require.NoError(t, err)
	ca, err := w.File("ca", pki.Bundle(pki.CA))
	require.NoError(t, err)
	stapled := func(b ocsp.Behaviour) func(*standin.Config) {
		return func(c *standin.Config) {
			var err error
			c.Staple, err = w.OCSP.Response(b, pki.CA, cert.SerialNumber)
			require.NoError(t, err)
		}
	}
	strict := func(c *standin.Config) {
		c.DisabledProtocols, c.AllowConnectionsWithoutCertificates = "TLS1_0,TLS1_1,TLS1_3", false
	}
	for name, row := range map[string]struct {
		change func(*standin.Config)
		args   []string
		code   int
		says   []string
	}{
		"asks for certificates": {says: []string{"showed 2 certificates over TLS 1.3, and takes TLS 1.2, TLS 1.3",
			"asks for a client certificate, names 1 authority for it, and serves clients without one, too",
			"under new keys, 2 clones of: db; mongotls ca", "connects over TLS 1.3"}},
		"staple": {change: stapled(ocsp.Behaviour{Answer: ocsp.Good}), says: []string{"stapled an OCSP response: good"}},
		"staple, revoked": {change: stapled(ocsp.Behaviour{Answer: ocsp.Revoked}), code: 1,
			says: []string{"it says that the certificate has been revoked", "refuses: the certificate has been revoked"}},
		"staple, expired": {change: stapled(ocsp.Behaviour{Answer: ocsp.Expired}), code: 1,
			says: []string{"stapled an OCSP response: expired", "refuses: "}},
		"staple, of another": {change: stapled(ocsp.Behaviour{Answer: ocsp.OtherCert}), code: 1,
			says: []string{"it cannot be read, or is about another certificate", "refuses: "}},
		"staple, unreadable": {change: func(c *standin.Config) { c.Staple = []byte("rubbish") }, code: 1,
			says: []string{"stapled an OCSP response: unreadable", "refuses: "}},
		"demands, without TLS 1.3": {change: strict, code: 1, says: []string{"over TLS 1.2, and takes TLS 1.2\n",
			"and serves nobody without one", "the client showed no certificate"}},
		"demands, and gets": {change: strict, args: []string{"--client", client}, says: []string{"connects over TLS 1.2"}},
		"asks for none": {change: func(c *standin.Config) { c.CAFile = "" }, args: []string{"--client", client},
			says: []string{"asks for no client certificate: that of the drivers is not looked at"}},
		"serves in clear": {change: func(c *standin.Config) { c.Mode = scenarios.AllowTLS }, code: 1,
			args: []string{"--uri", "mongodb://db.example.com/"},
			says: []string{"serves clients without TLS, too", "nothing is encrypted"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := standin.Config{Config: mongod.Config{Mode: scenarios.RequireTLS, CertificateKeyFile: key, CAFile: ca,
				AllowConnectionsWithoutCertificates: true}}
			if row.change != nil {
				row.change(&c)
			}
			s, err := standin.Start(c)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			var out, errs bytes.Buffer
			code := Main(append([]string{"try", "--from-host", s.Addr().String(), "--ca", ca, "--uri",
				"mongodb://db.example.com/?tls=true"}, row.args...), &out, &errs)
			require.Equal(t, row.code, code, "%s%s", out.String(), errs.String())
			for _, part := range row.says {
				require.Contains(t, out.String(), part)
			}
			for _, c := range s.Seen(t.Context()).Connections {
				for _, command := range c.Commands {
					require.Contains(t, []string{"hello", "isMaster"}, command.Name)
				}
			}
		})
	}
}

// A repository without a driver to try says what of it could not be taken.
func TestTryMineWithoutDrivers(t *testing.T) {
	t.Parallel()
	r := newScratch(t)
	r.commit(map[string]string{"requirements.txt": "<<<<<<< HEAD\npymongo==4.10.1\n=======\npymongo==4.11\n>>>>>>> b\n",
		"package.json": `{"dependencies": {"mongodb": "link:../fork"}}`})
	var stdout, stderr bytes.Buffer
	require.Equal(t, 2, Main([]string{"try", "--drivers", "mine", "--repo", r.dir, "--cert", "x"}, &stdout, &stderr))
	require.Contains(t, stderr.String(), "holds a driver that can be run here; package.json: mongodb comes from link:../fork, "+
		"and that is no release; requirements.txt: cannot be read: it holds a merge conflict\n")
}
