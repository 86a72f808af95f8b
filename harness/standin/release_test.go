package standin_test

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/scenarios"
)

// What a release does in the network is what its row of mongod.Releases says.
func TestReleasesInTheNetwork(t *testing.T) {
	b := newBench(t)
	for _, r := range mongod.Releases {
		t.Run(r.Series, func(t *testing.T) {
			b := b.in(t)
			var log safeBuffer
			c := b.config(scenarios.RequireTLS)
			c.Release, c.Log = r, &log
			var err error
			c.CRLFile, err = b.w.CRLFile(pki.CRL{})
			require.NoError(t, err)
			c.CipherConfig = "ECDHE-ECDSA-AES128-GCM-SHA256"
			s := b.start(c)
			path, _, err := b.w.KeyFile(pki.Client, pki.Leaf{}, pki.KeyForm{})
			require.NoError(t, err)
			good, err := tls.LoadX509KeyPair(path, path)
			require.NoError(t, err)
			shows := func(pair tls.Certificate) func(*tls.Config) {
				return func(c *tls.Config) {
					c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
				}
			}
			conn, _ := b.secure(s, shows(good))
			served(t, conn)

			conn, wire := b.secure(s, version(tls.VersionTLS12), func(c *tls.Config) {
				c.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
			})
			require.Error(t, conn.Handshake())
			require.Equal(t, r.SendsAlerts, len(wire.in.Bytes()) > 0)
			require.NoError(t, s.Close())

			lines := lines(t, strings.Split(strings.TrimSpace(log.String()), "\n"))
			has := func(id int) bool { return slices.ContainsFunc(lines, func(l logged) bool { return l.ID == id }) }
			require.Equal(t, r.DescribesFiles, has(4913010))
			require.Equal(t, r.DescribesFiles, has(4913012))
			require.Equal(t, r.LogsHandshakes, has(6723804))
			require.Equal(t, r.LogsHandshakes, has(6723801))
			require.Equal(t, !r.LogsHandshakes, has(23229))
			for _, l := range lines {
				if l.ID != 22943 && l.ID != 22944 {
					continue
				}
				switch id := l.Attr["uuid"].(type) {
				case string:
					require.Equal(t, "text", r.ConnectionUUID)
					require.Len(t, id, 36)
				case map[string]any:
					require.Equal(t, "document", r.ConnectionUUID)
					require.Contains(t, id["uuid"], "$uuid")
				default:
					require.Empty(t, r.ConnectionUUID)
				}
			}
		})
	}
}
