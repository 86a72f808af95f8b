package mongod

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/scenarios"
)

// What rows ask of 4.4's log and of OpenSSL 1.1.1 is found in those of every release.
func TestWhatReleasesSayOfTheSame(t *testing.T) {
	for _, r := range Releases {
		require.True(t, IsLine(r.LoginFailed, 20428), r.Series)
		require.True(t, IsLine(r.LoggedIn, 20429), r.Series)
		const purpose = "unsupported certificate purpose"
		require.True(t, Says("23256: "+r.Reason(purpose), purpose), r.Series)
		require.Equal(t, "certificate has expired", r.Reason("certificate has expired"))
	}
	require.False(t, IsLine(5286306, 20428))
	require.False(t, IsLine(22988, 20428))
	require.True(t, IsLine(22988, 22988))
	require.False(t, Says("certificate has expired", "unsupported certificate purpose"))
}

// What the stand-in does on its own was measured; of the others nothing was.
func TestOnlyTheDefaultWasMeasured(t *testing.T) {
	for _, r := range Releases {
		require.Equal(t, r.Series != Default.Series, r.Inferred, r.Series)
	}
}

// A row is served by the first release that has what the row tells its servers.
func TestRowsOfReleases(t *testing.T) {
	rotates := slices.IndexFunc(Releases, func(r Release) bool { return r.Rotates })
	for _, row := range []struct {
		scenarios.Scenario
		since string
	}{
		{scenarios.Scenario{}, ""},
		{scenarios.Scenario{Server: scenarios.Server{ClusterAuthX509: scenarios.ClusterAuthX509{Attributes: "O=x"}}},
			optionOf(memberAttributes).since},
		{scenarios.Scenario{Server: scenarios.Server{ClusterAuthX509: scenarios.ClusterAuthX509{ExtensionValue: "x"}}},
			optionOf(memberExtension).since},
		{scenarios.Scenario{Server: scenarios.Server{SystemCA: []string{"ca"}}}, ParameterOf(UseSystemCA).since},
		{scenarios.Scenario{Steps: []scenarios.Step{{Rotate: &scenarios.Change{}}}}, Releases[rotates].Series},
	} {
		require.Equal(t, row.since, row.Since())
	}
}

// An option is unknown to the releases before it came, and to those after it went, by whatever name: in a mongod's
// words.
func TestOptionsOfReleases(t *testing.T) {
	tls := []string{"--tlsMode", "requireTLS", "--tlsCertificateKeyFile", "k", "--tlsCAFile", "c", "--clusterAuthMode",
		"x509"}
	const tlsFile = "net: {tls: {mode: requireTLS, certificateKeyFile: k, CAFile: c%s}}\nsecurity: {clusterAuthMode: x509}\n"
	for _, row := range []struct {
		since, until string
		flags        []string // the first is the one
		file         string
		unknown      string // to a file
	}{
		{"7.0", "", append([]string{"--tlsClusterAuthX509Attributes", "O=x"}, tls...),
			fmt.Sprintf(tlsFile, ", clusterAuthX509: {attributes: O=x}"), "net.tls.clusterAuthX509.attributes"},
		{"7.0", "", append([]string{"--tlsClusterAuthX509ExtensionValue", "x"}, tls...),
			fmt.Sprintf(tlsFile, ", clusterAuthX509: {extensionValue: x}"), "net.tls.clusterAuthX509.extensionValue"},
		{"5.0", "", []string{"--clusterIpSourceAllowlist", "10.0.0.1"}, "security: {clusterIpSourceAllowlist: [10.0.0.1]}",
			"security.clusterIpSourceAllowlist"},
		{"", "5.0", []string{"--serviceExecutor", "adaptive"}, "net: {serviceExecutor: adaptive}", "net.serviceExecutor"},
		{"", "7.0", []string{"--journal"}, "storage: {journal: {enabled: true}}", "storage.journal.enabled"},
		{"", "7.0", []string{"--dur"}, "storage: {journal: {enabled: true}}", "storage.journal.enabled"},
		{"", "7.0", []string{"--nojournal"}, "storage: {journal: {enabled: false}}", "storage.journal.enabled"},
		{"", "7.0", []string{"--nodur"}, "storage: {journal: {enabled: false}}", "storage.journal.enabled"},
		{"", "", []string{"--oplogMinRetentionHours", "1.5"}, "storage: {oplogMinRetentionHours: 1.5}", ""},
		{"", "", []string{"--configExpand", "none"}, "", ""},
		{"", "", []string{"--journalCommitInterval", "100"}, "storage: {journal: {commitIntervalMs: 100}}", ""},
		{"", "", []string{"--sslMode", "disabled"}, "net: {ssl: {mode: disabled}}", ""},
	} {
		path := filepath.Join(t.TempDir(), "mongod.conf")
		require.NoError(t, os.WriteFile(path, []byte(row.file), 0o600))
		for _, r := range Releases {
			_, err := Read(append([]string{"mongod"}, row.flags...), r)
			_, fileErr := Read([]string{"mongod", "--config", path}, r)
			if r.Has(row.since, row.until) {
				require.NoError(t, err, "%s %s", r.Series, row.flags)
				require.NoError(t, fileErr, "%s %s", r.Series, row.file)
				continue
			}
			require.EqualError(t, err, "Error parsing command line: unrecognised option '"+row.flags[0]+"'", r.Series)
			require.EqualError(t, fileErr, "Unrecognized option: "+row.unknown, r.Series)
		}
	}
}

// What later releases refuse at the start, those before take.
func TestRefusalsOfReleases(t *testing.T) {
	with := func(flags ...string) []string {
		return append([]string{"mongod", "--tlsMode", "requireTLS", "--tlsCertificateKeyFile", "k"}, flags...)
	}
	system := []string{"--setParameter", "tlsUseSystemCA=true"}
	const noCA = "No TLS certificate validation can be performed since no CA file has been provided"
	for _, row := range []struct {
		args  []string
		since string
		says  string
	}{
		{with(), "5.0", "The use of TLS without specifying a chain of trust is no longer supported"},
		{with("--tlsClusterCAFile", "c"), "5.0", "Specifying a tlsClusterCAFile requires a tlsCAFile also be specified"},
		{with(append(system, "--tlsCAFile", "c")...), "5.0",
			"The use of both a CA File and the System Certificate store is not supported"},
		{with(append(system, "--clusterAuthMode", "x509")...), "4.4", noCA},
		{with(append(system, "--clusterAuthMode", "sendX509")...), "7.0", noCA},
		{with(append(system, "--clusterAuthMode", "keyFile")...), "", ""},
		{with(system...), "", ""},
		{with("--tlsCAFile", "c", "--clusterAuthMode", "x509", "--setParameter", "enforceUserClusterSeparation=false"), "7.0",
			"cannot have have x.509 cluster authentication while not enforcing user cluster separation"},
	} {
		for _, r := range Releases {
			_, err := Read(row.args, r)
			if row.says == "" || !r.Has(row.since, "") {
				require.NoError(t, err, "%s %s", r.Series, row.args)
				continue
			}
			require.ErrorContains(t, err, row.says, "%s %s", r.Series, row.args)
		}
	}
	newest := Releases[len(Releases)-1]
	for _, row := range []struct {
		args []string
		says string
	}{
		{with("--tlsCAFile", "c", "--tlsClusterAuthX509ExtensionValue", "x"),
			"net.tls.clusterAuthX509.extensionValue requires a clusterAuthMode which allows for usage of X509"},
		{with("--tlsCAFile", "c", "--tlsClusterAuthX509Attributes", "O=x", "--clusterAuthMode", "keyFile"),
			"Cannot set clusterAuthX509.attributes when clusterAuthMode does not allow X.509"},
		{with("--tlsCAFile", "c", "--tlsClusterAuthX509Attributes", "O=x", "--tlsClusterAuthX509ExtensionValue", "x",
			"--clusterAuthMode", "x509"),
			"net.tls.clusterAuthX509.attributes is not allowed when net.tls.clusterAuthX509.extensionValue is specified"},
	} {
		_, err := Read(row.args, newest)
		require.EqualError(t, err, row.says)
	}
}

// Series are in the order of numbers, not of their text.
func TestLaterThanTheNinth(t *testing.T) {
	later := Release{Series: "10.0"}
	for _, row := range []struct {
		r            Release
		since, until string
		has          bool
	}{
		{later, "", "", true}, {later, "4.4", "", true}, {later, "10.0", "", true}, {later, "10.1", "", false},
		{later, "", "7.0", false}, {later, "5.0", "10.0", false}, {later, "5.0", "11.0", true},
		{Default, "10.0", "", false}, {Default, "", "10.0", true},
	} {
		require.Equal(t, row.has, row.r.Has(row.since, row.until), "%s: %q to %q", row.r.Series, row.since, row.until)
		require.Equal(t, row.has, (&option{since: row.since, until: row.until}).in(row.r), "%q to %q", row.since, row.until)
	}
	require.Equal(t, "10.0", later.AtLeast("7.0").Series)
	require.Equal(t, "7.0", Default.AtLeast("7.0").Series)
}
