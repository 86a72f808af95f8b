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

// A live server is asked for its chain and for nothing else, and the clone of that is what drivers meet.
func TestTryLive(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writeWorld(dir))
	in := func(name string) string { return filepath.Join(dir, name) }
	s, err := standin.Start(standin.Config{Config: mongod.Config{Mode: scenarios.RequireTLS,
		CertificateKeyFile: in("server.pem"),
		CAFile:             in("ca.pem"), AllowConnectionsWithoutCertificates: true}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	var out, errs bytes.Buffer
	code := Main([]string{"try", "--from-host", s.Addr().String(), "--ca", in("ca.pem"), "--uri",
		"mongodb://db.example.com/?tls=true"}, &out, &errs)
	require.Zero(t, code, "%s%s", out.String(), errs.String())
	require.Contains(t, out.String(), "showed 2 certificates over TLS 1.3")
	require.Contains(t, out.String(), "asks for a client certificate, and names 1 authority for it")
	require.Contains(t, out.String(), "under new keys, 2 clones of: db; mongotls ca")
	seen := s.Seen(t.Context())
	require.Len(t, seen.Connections, 1)
	require.Empty(t, seen.Connections[0].Commands)
}
