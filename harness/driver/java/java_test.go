package java

import (
	"archive/zip"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/conformance"
	"github.com/mongotls/mongotls/harness/driver/internal/adaptertest"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// jar makes a directory with a jar that holds files of these names.
func jar(t *testing.T, names ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "some.jar")
	f, err := os.Create(path)
	require.NoError(t, err)
	w := zip.NewWriter(f)
	for _, name := range names {
		_, err := w.Create(name)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
	return filepath.Dir(path)
}

// Whatever is missing is one sentence, which says whose fault it is.
func TestOpenFails(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	t.Setenv("PATH", "")
	broken := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(broken, "some.jar"), []byte("no archive"), 0o644))
	const bson, sync = "org/bson/Document.class", "com/mongodb/client/MongoClients.class"
	for version, row := range map[string]struct {
		says  string
		usage bool
	}{
		"latest":                   {"Debian has 3.6.3; any other is driven by the path of a directory with its jars", true},
		"5.1.4":                    {"Debian has 3.6.3; any other", true},
		"./no/such":                {"no/such is no directory with the jars of the driver", true},
		t.TempDir():                {"is no directory with the jars of the driver", true},
		broken:                     {"some.jar cannot be read as a jar", true},
		jar(t, "a"):                {"are not those of the driver 4.0 or a later one: none holds org/bson/Document.class", true},
		jar(t, bson):               {"none holds com/mongodb/client/MongoClients.class", true},
		old(t):                     {"none holds com/mongodb/event/ConnectionPoolClearedEvent.class", true},
		jar(t, bson, sync, marker): {"the Debian suite bookworm: the program apt-get is needed", false},
		"3.6.3":                    {"the Debian suite bookworm: the program apt-get is needed", false},
	} {
		_, err := Open(t.Context(), driver.Spec{Name: "java", Version: version}, driver.Isolation{})
		require.ErrorContains(t, err, row.says)
		require.NotContains(t, err.Error(), "\n")
		require.Equal(t, row.usage, usage.Is(err), version)
	}
}

// old is a directory with what 3.7 to 3.12 have.
func old(t *testing.T) string {
	t.Helper()
	return jar(t, "org/bson/Document.class", "com/mongodb/client/MongoClients.class", "com/mongodb/MongoClient.class")
}

// adapter is the command line of the adapter.
func adapter(t *testing.T) []string {
	t.Helper()
	required.Asked(t, "debian", "a JDK of a Debian suite, which would be fetched")
	command, err := start(t.Context(), debians)
	require.NoError(t, err)
	return command
}

// Errors that real servers made the driver give.
func TestReasons(t *testing.T) { adaptertest.Reasons(t, nil, adapter(t)) }

func TestTheAdapterKeepsToTheProtocol(t *testing.T) { adaptertest.Protocol(t, nil, adapter(t)) }

// Names are asked of the harness's DNS alone; with Dial, of nobody.
func TestNames(t *testing.T) {
	required.Asked(t, "debian", "a JDK of a Debian suite, which would be fetched")
	adaptertest.Names(t, "ssl=false", opened)
}

// opened is the adapter, until the test ends.
func opened(t *testing.T, i driver.Isolation) driver.Driver {
	t.Helper()
	d, err := Open(t.Context(), driver.Spec{Name: "java", Version: debians}, i)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	require.Equal(t, debians, d.Info().Version)
	return d
}

// A limit ends a driver that waits, and says what it had seen by then. What its strings do not take is left out of them
// without a word of it; of what nobody takes, it warns.
func TestTheLimitEndsADriverThatWaits(t *testing.T) {
	required.Asked(t, "debian", "a JDK of a Debian suite, which would be fetched")
	l, err := net.Listen("tcp", "127.0.0.1:0") // never says a word
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	d := opened(t, driver.Isolation{})
	a, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://" + l.Addr().String() + "/?x=y&tls=false",
		LimitMS: 3000})
	require.NoError(t, err)
	require.Empty(t, conformance.Malformed(a))
	require.Equal(t, evidence.AtLimit, a.Stopped)
	require.Equal(t, evidence.Timeout, a.Error.Reason)
	require.Len(t, a.Warnings, 1)
	require.Contains(t, a.Warnings[0], "Unsupported option 'x'")
	require.NotContains(t, a.Warnings[0], "tls")
}
