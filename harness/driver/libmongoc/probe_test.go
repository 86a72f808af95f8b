package libmongoc

import (
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/conformance"
	"github.com/mongotls/mongotls/harness/driver/internal/adaptertest"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// installed is the version of the library that this machine has.
func installed(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("pkg-config", "--modversion", modules[0]).Output()
	if err != nil {
		required.OrSkip(t, "cc",
			"libmongoc is driven through a C compiler, pkg-config and libmongoc-dev, and this machine lacks one of them")
	}
	return strings.TrimSpace(string(out))
}

// compiled is the command line of the probe with that library.
func compiled(t *testing.T) []string {
	t.Helper()
	p, err := build(t.Context(), installed(t), "")
	require.NoError(t, err)
	return p.library.command(filepath.Join(p.dir, programName))
}

func opened(t *testing.T, i driver.Isolation) driver.Driver {
	t.Helper()
	d, err := Open(t.Context(), driver.Spec{Name: "libmongoc", Version: installed(t)}, i)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

// Errors that real servers made libmongoc 1.17.6, 1.23.1, 1.30.4 and 2.6 give, with what it had logged.
func TestReasons(t *testing.T) {
	adaptertest.Reasons(t, nil, compiled(t))
}

func TestTheProbeKeepsToTheProtocol(t *testing.T) {
	adaptertest.Protocol(t, nil, compiled(t))
}

// silent listens, and never says a word. It tells of each client.
func silent(t *testing.T) (uri string, clients <-chan net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	accepted := make(chan net.Conn, 16)
	go func() {
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		for c := range accepted {
			_ = c.Close()
		}
	})
	return "mongodb://" + l.Addr().String() + "/?connectTimeoutMS=60000", accepted
}

// A driver that takes its process down says so, of its own request alone: others are under way in the same probe, and
// more can follow.
func TestACrashIsReportedAndStaysAlone(t *testing.T) {
	d := opened(t, driver.Isolation{})
	uri, clients := silent(t)
	waiting := make(chan evidence.Answer, 1)
	go func() {
		a, _ := d.Do(t.Context(), evidence.Request{ID: "waiting", URI: uri, LimitMS: 20_000})
		waiting <- a
	}()
	peer := <-clients

	other, _ := silent(t)
	a, err := d.Do(t.Context(), evidence.Request{ID: "crash", URI: other + "&authMechanism=MONGODB-X509", LimitMS: 20_000})
	require.NoError(t, err)
	require.Empty(t, conformance.Malformed(a))
	require.Equal(t, evidence.Crashed, a.Error.Reason)
	require.Contains(t, a.Error.Text, "libmongoc crashed: signal ")

	require.NoError(t, peer.Close())
	a = <-waiting
	require.Equal(t, "waiting", a.ID)
	require.Equal(t, evidence.PeerClosed, a.Error.Reason, a.Error.Text)
	a, err = d.Do(t.Context(), evidence.Request{ID: "next", URI: "mongodb://127.0.0.1:1/", LimitMS: 20_000})
	require.NoError(t, err)
	require.Equal(t, evidence.Unreachable, a.Error.Reason, a.Error.Text)
}

// What server selection would say after 30 seconds is said at once, by the driver.
func TestTheWaitForServersEnds(t *testing.T) {
	d := opened(t, driver.Isolation{})
	a, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://127.0.0.1:1,127.0.0.2:1/", LimitMS: 29_000})
	require.NoError(t, err)
	require.Equal(t, evidence.AllServersFailed, a.Stopped)
	require.Contains(t, a.Error.Surface,
		"No suitable servers found: `serverSelectionTimeoutMS` expired: [Failed to connect to target host: 127.0.0.1:1] "+
			"[Failed to connect to target host: 127.0.0.2:1]")
	require.Equal(t, "Failed to connect to target host: 127.0.0.1:1", a.Error.Text)
}

// Names are asked of the harness's DNS alone; with Dial, of nobody.
func TestNames(t *testing.T) {
	require.ElementsMatch(t, []string{"SRV _mongodb._tcp.c1.example.test.", "TXT c1.example.test.",
		"A node-c1.example.test.", "A node-c1.example.test."}, adaptertest.Names(t, "tls=false", opened))
}

// OpenSSL chooses the suite.
func TestOpenSSLOfDebian(t *testing.T) {
	for openSSL, version := range map[string]string{"1.1": "1.17.6", "3.0": "1.23.1", "3.5": "1.30.4", "3.6": "2.5.7",
		"": "1.30.4"} {
		s := driver.Spec{Name: "libmongoc", Components: []driver.Component{{Name: OpenSSL, Version: openSSL}}}
		require.Equal(t, version, Implied("1.30.4")(s))
		if s.Version = version; openSSL == "" || !required.Is("debian") {
			continue
		}
		d, err := Open(t.Context(), s, driver.Isolation{})
		require.NoError(t, err)
		c, ok := d.Info().Component("openssl")
		require.True(t, ok)
		require.True(t, strings.HasPrefix(c.Version, openSSL+"."), c.Version)
		require.NoError(t, d.Close())
	}
	_, err := Open(t.Context(), driver.Spec{Version: "1.30.4", Components: []driver.Component{{Name: OpenSSL,
		Version: "3.0"}}}, driver.Isolation{})
	require.EqualError(t, err,
		"there is no libmongoc 1.30.4 with OpenSSL 3.0 in Debian, which has 1.17.6 (OpenSSL 1.1), 1.23.1 (OpenSSL 3.0), "+
			"1.30.4 (OpenSSL 3.5), 2.5.7 (OpenSSL 3.6)")
	require.True(t, usage.Is(err))
	_, err = Open(t.Context(), driver.Spec{Version: "./prefix", Components: []driver.Component{{Name: OpenSSL,
		Version: "3.0"}}}, driver.Isolation{})
	require.EqualError(t, err, "an installation has an OpenSSL of its own: leave +openssl3.0 out")
}

// A version comes from a Debian suite, with its C library and its OpenSSL, and runs where the machine has others. What
// is interposed works there as well.
func TestOfADebianSuite(t *testing.T) {
	required.Asked(t, "debian", "a library of a Debian suite, which would be fetched")
	world, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, world.Close()) }()
	d, err := Open(t.Context(), driver.Spec{Name: "libmongoc", Version: "1.30.4"},
		driver.Isolation{Resolver: world.DNS.Addr()})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	require.Equal(t, "1.30.4", d.Info().Version)
	require.Contains(t, d.Info().TLS, "OpenSSL 3.5")
	for uri, reason := range map[string]string{"mongodb://127.0.0.1:1/": "unreachable",
		"mongodb://nobody.example.test:1/": "dns-error"} {
		a, err := d.Do(t.Context(), evidence.Request{ID: uri, URI: uri, Isolated: true, LimitMS: 20_000})
		require.NoError(t, err)
		require.EqualValues(t, reason, a.Error.Reason, a.Error.Text)
		require.Equal(t, evidence.AllServersFailed, a.Stopped)
	}
}
