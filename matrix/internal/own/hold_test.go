package own

import (
	"bytes"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/internal/usage"
)

// A safeBuffer may be written to while it is read.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// What is held up is what would be tried: its string connects, once the password is in it, to a set of all hosts.
func TestHold(t *testing.T) {
	w, ca := trusted(t, 9)
	cert, _, err := w.KeyFile(pki.Server, pki.Leaf{}, pki.KeyForm{})
	require.NoError(t, err)
	o := Options{Cert: cert, CA: ca, Drivers: []driver.Spec{{Name: "go"}},
		URI: "mongodb://u:hunter2@localhost,127.0.0.1:27018/?tls=true&replicaSet=rs0"}
	s, err := Open(t.Context(), o)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	log := &safeBuffer{}
	h, err := s.Hold(t.Context(), log)
	require.NoError(t, err)
	require.Equal(t, []string{"localhost", "127.0.0.1:27018"}, h.Hosts)
	require.NotContains(t, h.Request.URI, "hunter2")
	require.Contains(t, h.Mongod, "--tlsMode requireTLS --tlsCertificateKeyFile "+cert)
	uri := strings.Replace(h.Request.URI, ":***@", ":hunter2@", 1)
	c, err := mongo.Connect(options.Client().ApplyURI(uri).SetServerSelectionTimeout(3 * time.Second).
		SetServerMonitoringMode("poll"))
	require.NoError(t, err)
	require.NoError(t, c.Ping(t.Context(), nil))
	require.NoError(t, c.Disconnect(t.Context()))
	require.Contains(t, log.String(), "Connection accepted")
	require.NotContains(t, log.String(), "hunter2")
	require.NoError(t, h.Close())
	_, err = net.Dial("tcp", h.Addresses[0])
	require.Error(t, err)

	o.WhatIf.Renew = true
	again, err := Open(t.Context(), o)
	require.NoError(t, err)
	_, err = again.Hold(t.Context(), log)
	require.ErrorContains(t, err, "--serve holds the servers of one state up, and these are 3")
	require.True(t, usage.Is(err))
	dir := again.files.Dir()
	require.NoError(t, again.Close())
	_, err = os.Stat(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
}
