package mongotlstest_test

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongotlstest"
)

func ping(t testing.TB, o *options.ClientOptions) error {
	t.Helper()
	// The driver's Disconnect can block for a heartbeat where the server streams.
	client, err := mongo.Connect(o.SetServerSelectionTimeout(2 * time.Second).SetServerMonitoringMode("poll"))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(t.Context())) }()
	return client.Database("admin").RunCommand(t.Context(), bson.D{{Key: "ping", Value: 1}}).Err()
}

// Each kind of server lets in whom URI and TLSConfig describe, and nobody less.
func TestStart(t *testing.T) {
	for name, row := range map[string]struct {
		opts   []mongotlstest.Option
		clear  bool // a client without TLS is served
		anyone bool // and one without a certificate
	}{
		"default":                {nil, false, true},
		"allowTLS":               {[]mongotlstest.Option{mongotlstest.AllowTLS()}, true, true},
		"preferTLS":              {[]mongotlstest.Option{mongotlstest.PreferTLS()}, true, true},
		"disabled":               {[]mongotlstest.Option{mongotlstest.Disabled()}, true, true},
		"disabled, with a login": {[]mongotlstest.Option{mongotlstest.Disabled(), mongotlstest.User("u", "p")}, true, true},
		"client certificates": {[]mongotlstest.Option{mongotlstest.RequireTLS(), mongotlstest.ClientCertificates()},
			false, false},
		"user of the certificate": {[]mongotlstest.Option{mongotlstest.X509User()}, false, false},
		"user with a password":    {[]mongotlstest.Option{mongotlstest.User("u", "p@ss word", "read@test")}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := mongotlstest.Start(t, row.opts...)
			require.NoError(t, ping(t, options.Client().ApplyURI(server.URI())))
			host := "mongodb://" + net.JoinHostPort("localhost", strconv.Itoa(int(server.Addr().Port()))) + "/"
			require.NoError(t, ping(t, options.Client().ApplyURI(host).SetTLSConfig(server.TLSConfig())))
			require.Equal(t, row.clear, ping(t, options.Client().ApplyURI(host)) == nil)
			bare := server.TLSConfig()
			if bare != nil {
				bare.Certificates = nil
			}
			require.Equal(t, row.anyone, ping(t, options.Client().ApplyURI(host).SetTLSConfig(bare)) == nil)
			encrypted := slices.ContainsFunc(server.Connections(), func(c evidence.Connection) bool { return c.TLS != "" })
			require.Equal(t, !strings.HasPrefix(name, "disabled"), encrypted)
		})
	}
}

// A login is one that URI has and others lack.
func TestLogin(t *testing.T) {
	server := mongotlstest.Start(t, mongotlstest.X509User())
	require.NoError(t, ping(t, options.Client().ApplyURI(server.URI())))
	var logins []evidence.CommandSeen
	for _, c := range server.Connections() {
		require.Equal(t, server.Subject(), c.Peer)
		for _, command := range c.Commands {
			if command.User != nil || command.Speculative != "" {
				logins = append(logins, command)
			}
		}
	}
	require.NotEmpty(t, logins)
}

// A certificate that is not good is refused, for what is not good about it.
func TestCertificate(t *testing.T) {
	server := mongotlstest.Start(t, mongotlstest.Certificate(pki.Leaf{NotAfter: -time.Hour}))
	require.ErrorContains(t, ping(t, options.Client().ApplyURI(server.URI())), "expired")
}
