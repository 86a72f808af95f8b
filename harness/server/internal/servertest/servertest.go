// Package servertest is what the tests of several back ends need: a world, a good server in it, and a client.
package servertest

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/scenarios"
)

// World is a world, closed with the test.
func World(t *testing.T) *fixtures.World {
	t.Helper()
	w, err := fixtures.New(fixtures.Options{Seed: 3})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return w
}

// Good is what a good server is told.
func Good(t *testing.T, w *fixtures.World, mode scenarios.Mode) mongod.Config {
	t.Helper()
	if mode == scenarios.Disabled {
		return mongod.Config{Mode: mode}
	}
	key, _, err := w.KeyFile(pki.Server, pki.Leaf{}, pki.KeyForm{})
	require.NoError(t, err)
	ca, err := w.File("ca", pki.Bundle(pki.CA))
	require.NoError(t, err)
	return mongod.Config{Mode: mode, CertificateKeyFile: key, CAFile: ca, AllowConnectionsWithoutCertificates: true}
}

// Ping is a client of a server, with the rest of its connection string: does it get through?
func Ping(t *testing.T, at netip.AddrPort, rest string, through bool, auth ...options.Credential) {
	t.Helper()
	opts := options.Client().ApplyURI(fmt.Sprintf("mongodb://localhost:%d%s", at.Port(), rest)).
		SetServerSelectionTimeout(2 * time.Second)
	for _, a := range auth {
		opts.SetAuth(a)
	}
	client, err := mongo.Connect(opts)
	require.NoError(t, err)
	err = client.Ping(t.Context(), nil)
	require.NoError(t, client.Disconnect(context.Background()))
	require.Equal(t, through, err == nil, "%v", err)
}

// Within is the time that a test may take.
func Within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
