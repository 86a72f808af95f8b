package mongod

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/scenarios"
)

// sample is a value of an option.
func (o *option) sample() string {
	switch {
	case o.path == tlsMode:
		return "preferTLS"
	case o.path == authorization:
		return "enabled"
	case o.path == clusterRole:
		return "shardsvr"
	case o.path == destination:
		return "syslog"
	case o.path == "operationProfiling.mode":
		return "all"
	case o.path == "security.clusterAuthMode":
		return "sendX509"
	case o.path == "net.tls.disabledProtocols" || o.path == "net.tls.logVersions":
		return "TLS1_2"
	case o.kind == toggle, o.kind == boolean:
		return "true"
	case o.kind == whole:
		return "4"
	case o.kind == fraction:
		return "0.5"
	case o.kind == list:
		return "a,b"
	}
	return "some/value"
}

// file is a configuration file with one option.
func (o *option) file(path, value string) string {
	text := ""
	for depth, part := range strings.Split(path, ".") {
		text += fmt.Sprintf("\n%s%s:", strings.Repeat("  ", depth), part)
	}
	if o.kind == list {
		value = "[" + value + "]"
	}
	return text + " " + value + "\n"
}

// Every option means the same on a command line, in a file and in a configuration, under each of its names.
func TestOptionsRoundTrip(t *testing.T) {
	for i := range options {
		o := &options[i]
		if o.kind == mapping || o.of != "" || o.path == "help" || o.path == "version" || o.path == "config" {
			continue
		}
		t.Run(o.path, func(t *testing.T) {
			value := o.sample()
			want := given{o.path: value}
			config := want.config()
			require.Equal(t, want, of(config), "configuration")
			if !o.flagOnly {
				for _, path := range append([]string{o.path}, o.oldPaths()...) {
					got, err := readYAML([]byte(o.file(path, value)), o.release())
					require.NoError(t, err)
					require.Equal(t, want, got, path)
				}
			}
			args, unsaid := want.arguments(asIs, false)
			if len(unsaid) > 0 {
				require.Empty(t, o.flag)
				require.Empty(t, args)
				return
			}
			got, err := readFlags(args, o.release())
			require.NoError(t, err)
			require.Empty(t, got.settle())
			if o.path == logPath {
				want[destination] = "file" // which it implies
			}
			require.Equal(t, want, got, "%q", args)
			for _, old := range o.old {
				if old.flag == "" {
					continue
				}
				args[0] = "--" + old.flag
				got, err := readFlags(args, o.release())
				require.NoError(t, err)
				require.Equal(t, want, got, "%q", args)
			}
		})
	}
}

// release is the first that has the option.
func (o *option) release() Release {
	editions := slices.Clone(Releases)
	for i := range editions {
		editions[i].Enterprise = o.enterprise
	}
	return editions[slices.IndexFunc(editions, o.in)]
}

// What only MongoDB Enterprise has, no other mongod starts with.
func TestEnterprise(t *testing.T) {
	file := []byte("security: {redactClientLogData: true, kmip: {port: 5696}}")
	r := Default
	_, err := readYAML(file, r)
	require.ErrorContains(t, err, "Unrecognized option: security.redactClientLogData")
	r.Enterprise = true
	got, err := readYAML(file, r)
	require.NoError(t, err)
	require.Equal(t, given{"security.redactClientLogData": "true", "security.kmip.port": "5696"}, got)
	require.True(t, Enterprise("security.kmip.port"))
	require.False(t, Enterprise("security.keyFile"))
}

func (o *option) oldPaths() (list []string) {
	for _, n := range o.old {
		if n.path != "" {
			list = append(list, n.path)
		}
	}
	return list
}

func asIs(path string) string { return path }

// Another way to give an option gives that one, and nothing remains of it.
func TestOptionsOfOthers(t *testing.T) {
	for _, o := range options {
		if o.of == "" {
			continue
		}
		arguments := map[string]string{"some/value": "some/value"}
		if len(o.gives) > 0 {
			arguments = o.gives
		}
		require.NotNil(t, optionOf(o.of), o.path)
		for argument, value := range arguments {
			args := []string{"--" + o.flag, argument}
			if o.kind == toggle {
				args = args[:1]
			}
			g, err := readFlags(args, o.release())
			require.NoError(t, err, args)
			require.Empty(t, g.settle(), args)
			require.Equal(t, value, g[o.of], args)
			require.NotContains(t, g, o.path, args)
		}
	}
}

// The table is sound: each name is one option's, and what the rows speak of is there.
func TestOptionsAreDistinct(t *testing.T) {
	names := map[string]string{}
	add := func(kind, name, path string) {
		if name == "" {
			return
		}
		require.Empty(t, names[kind+name], "%s %s of %s", kind, name, path)
		names[kind+name] = path
	}
	fields := map[any]string{}
	var c Config
	for _, o := range options {
		add("path", o.path, o.path)
		for _, n := range append([]name{{flag: o.flag}, {flag: o.letter}}, o.old...) {
			add("flag", n.flag, o.path)
			add("path", n.path, o.path)
		}
		if o.field != nil {
			require.Empty(t, fields[o.field(&c)], o.path)
			fields[o.field(&c)] = o.path
		}
		require.True(t, o.flag != "" || !o.flagOnly, o.path)
	}
	require.Len(t, fields, reflect.TypeFor[Config]().NumField()-2, "every field but Told and Other is an option's")
}

// A command line is read as Boost's parser reads it; the words of a refusal are a mongod's, and so is how it ends.
func TestRead(t *testing.T) {
	full := []string{"--tlsMode", "requireTLS", "--tlsCertificateKeyFile", "k", "--tlsCAFile", "c"}
	with := func(more ...string) []string { return append(append([]string{}, full...), more...) }
	const off = "need to enable TLS via the sslMode/tlsMode flag when using TLS configuration parameters"
	for _, row := range []struct {
		args    []string
		says    string // "" if it starts
		printed bool
	}{
		{full, "", false},
		{[]string{"-tlsMode=requireTLS", "-tlsCertificateKeyFile", "k"}, "", false},
		{[]string{"-vv", "--verbose", "vvv", "-v"},
			`Error parsing command line:  Multiple occurrences of option "--verbose"`, true},
		{[]string{"--nosuch"}, "Error parsing command line: unrecognised option '--nosuch'", true},
		{[]string{"--nosuch=1"}, "Error parsing command line: unrecognised option '--nosuch'", true},
		{[]string{"-x"}, "Error parsing command line: unrecognised option '-x'", true},
		{[]string{"--tlsCertificateSelector", "subject=x"},
			"Error parsing command line: unrecognised option '--tlsCertificateSelector'", true},
		{[]string{"admin"},
			"Error parsing command line: too many positional options have been specified on the command line", true},
		{[]string{"-", "--port"},
			"Error parsing command line: too many positional options have been specified on the command line", true},
		{[]string{"--port"}, "Error parsing command line: the required argument for option '--port' is missing", true},
		{[]string{"--tlsCAFile", "--auth"},
			"Error parsing command line: the required argument for option '--tlsCAFile' is missing", true},
		{[]string{"--tlsLogVersions="},
			"Error parsing command line: the argument for option '--tlsLogVersions' should follow immediately " +
				"after the equal sign", true},
		{[]string{"--auth=true"}, "Error parsing command line: option '--auth' does not take any arguments", true},
		{[]string{"--port", "12x"}, `Error parsing option "port" as int: Bad digit "x" while parsing 12x`, true},
		{[]string{"--port", "99999999999"}, `Error parsing option "port" as int: Overflow`, true},
		{[]string{"--port", "-1"}, "BadValue: bad --port number", true},
		{with("--tlsMode", "allowTLS"), `Error parsing command line:  Multiple occurrences of option "--tlsMode"`, true},
		{with("--sslCAFile", "c"), `Error parsing command line:  Multiple occurrences of option "sslCAFile"`, true},
		{with("--tlsAllowConnectionsWithoutCertificates", "--sslWeakCertificateValidation"),
			`Error parsing command line:  Multiple occurrences of option "sslWeakCertificateValidation"`, true},
		{[]string{"--setParameter", "ocspEnabled"}, `Illegal option assignment: "ocspEnabled"`, true},
		{[]string{"--setParameter", "a=1", "--setParameter", "a=2"},
			"Key Value Option: setParameter has a duplicate key from the same source: a", true},
		{[]string{"--setParameter", "tlsMode=requireTLS"}, `BadValue: Cannot use --setParameter to set "tlsMode" at startup`,
			true},
		{[]string{"--setParameter", "clusterAuthMode=x509"},
			`BadValue: Cannot use --setParameter to set "clusterAuthMode" at startup`, true},

		{[]string{"--tlsMode", "requireSSL"}, "unsupported value for tlsMode requireSSL", false},
		{[]string{"--sslMode", "nosuch"}, "unsupported value for tlsMode nosuch", false},
		{[]string{"--sslMode", "requireTLS", "--sslPEMKeyFile", "k"}, "", false},
		{[]string{"--tlsMode", "requireTLS"}, "need tlsCertificateKeyFile or certificateSelector when TLS is enabled", false},
		{with("--clusterAuthMode", "nosuch"),
			"security.clusterAuthMode expects one of 'keyFile', 'sendKeyFile', 'sendX509', or 'X509'", false},
		{with("--clusterAuthMode", "X509"), "BadValue: unsupported value for clusterAuthMode X509", true},
		{[]string{"--keyFile", "f", "--clusterAuthMode", "sendKeyFile"}, "need to enable TLS via the tlsMode flag", false},
		{[]string{"--keyFile", "f", "--clusterAuthMode", "keyFile"}, "", false},
		{[]string{"--tlsMode", "requireTLS", "--tlsCertificateKeyFile", "k", "--clusterAuthMode", "sendX509"}, "", false},
		{[]string{"--tlsMode", "requireTLS", "--tlsCertificateKeyFile", "k", "--clusterAuthMode", "x509"},
			"No TLS certificate validation can be performed since no CA file has been provided; " +
				"please specify an tlsCAFile parameter", false},
		{[]string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", "k", "--tlsCAFile", "c", "--clusterAuthMode", "x509"},
			"cannot have x.509 cluster authentication in allowTLS mode", false},
		{[]string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", "k", "--tlsCAFile", "c", "--clusterAuthMode", "x509",
			"--transitionToAuth"}, "", false},
		{[]string{"--tlsMode", "allowTLS", "--tlsCertificateKeyFile", "k", "--tlsCAFile", "c", "--clusterAuthMode",
			"sendX509"},
			"cannot have x.509 cluster authentication in allowTLS mode", false},
		{[]string{"--tlsMode", "requireTLS", "--tlsCertificateKeyFile", "k", "--tlsCRLFile", "l"},
			"need tlsCAFile with tlsCRLFile", false},
		{[]string{"--tlsClusterCAFile", "c"}, "", false},
		{[]string{"--tlsAllowInvalidCertificates", "--tlsAllowInvalidHostnames", "--tlsLogVersions", "TLS1_2"}, "", false},
		{with("--tlsDisabledProtocols", "none"), "", false},
		{with("--tlsDisabledProtocols", "TLS1_0,,noTLS1_1"), "", false},
		{with("--tlsDisabledProtocols", "TLS1_0, TLS1_1"), "Unrecognized disabledProtocols ' TLS1_1'", false},
		{with("--tlsDisabledProtocols", "none,TLS1_0"), "Unrecognized disabledProtocols 'none'", false},
		{with("--tlsLogVersions", "none"), "Unrecognized tlsLogVersions 'none'", false},
		{with("--tlsCipherConfig", "HIGH", "--setParameter", "opensslCipherConfig=HIGH"),
			"net.tls.tlsCipherConfig is incompatible with the openTLSCipherConfig setParameter", false},
		{[]string{"--auth", "--setParameter", "authenticationMechanisms="},
			"Authorization is enabled but no authentication mechanisms are present.", false},
		{with("--transitionToAuth"), "BadValue: --transitionToAuth must be used with keyFile or x509 authentication", true},
		{with("--transitionToAuth", "--keyFile", "f"), "", false},
		{with("--transitionToAuth", "--keyFile", "f", "--clusterAuthMode", "sendX509"),
			"BadValue: --transitionToAuth must be used with keyFile or x509 authentication", true},
		{[]string{"--fork"}, "BadValue: --fork has to be used with --logpath or --syslog", true},
		{[]string{"--fork", "--logpath", "l", "--logappend", "--pidfilepath", "p"}, "", false},
		{[]string{"--journal", "--nojournal"}, "Can't specify both --journal and --nojournal options.", false},
	} {
		_, err := Read(append([]string{"mongod"}, row.args...), Default)
		if row.says == "" {
			require.NoError(t, err, row.args)
			continue
		}
		var refusal *Refusal
		require.ErrorAs(t, err, &refusal, "%q", row.args)
		require.Equal(t, Refusal{row.says, row.printed}, *refusal, "%q", row.args)
	}
	for _, o := range options {
		if !o.needsTLS {
			continue
		}
		for _, mode := range [][]string{nil, {"--tlsMode", "disabled"}} {
			args, _ := given{o.path: o.sample()}.arguments(asIs, false)
			_, err := Read(append(append([]string{"mongod"}, mode...), args...), Default)
			require.Equal(t, &Refusal{Text: off}, err, args)
		}
	}
}

// Two ways to give the mode are refused, or the later one counts, by chance.
func TestModeIsChance(t *testing.T) {
	was := chance
	t.Cleanup(func() { chance = was })
	key := []string{"mongod", "--tlsCertificateKeyFile", "k"}
	for _, row := range []struct {
		args []string
		mode scenarios.Mode
		says string
	}{
		{[]string{"--sslMode", "allowSSL", "--tlsMode", "requireTLS"}, scenarios.AllowTLS,
			"net.ssl.mode is not allowed when net.tls.mode is specified"},
		{[]string{"--tlsOnNormalPorts", "--tlsMode", "allowTLS"}, scenarios.RequireTLS,
			"net.tls.mode is not allowed when net.tls.tlsOnNormalPorts is specified"},
		{[]string{"--sslOnNormalPorts", "--sslMode", "allowSSL"}, scenarios.AllowTLS,
			"net.ssl.mode is not allowed when net.tls.tlsOnNormalPorts is specified"},
	} {
		chance = func() bool { return false }
		line, err := Read(append(key, row.args...), Default)
		require.NoError(t, err)
		require.Equal(t, row.mode, line.Config.Mode, row.args)
		chance = func() bool { return true }
		_, err = Read(append(key, row.args...), Default)
		require.Equal(t, &Refusal{Text: row.says}, err)
	}
}

// What follows from options, and what counts of a file and a command line.
func TestReadConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mongod.conf")
	read := func(file string, args ...string) Config {
		t.Helper()
		require.NoError(t, os.WriteFile(path, []byte(file), 0o600))
		line, err := Read(append([]string{"mongod", "-f", path}, args...), Default)
		require.NoError(t, err)
		return line.Config
	}
	require.Equal(t, Config{Port: 27017, BindIP: []string{"localhost"}}, read("# nothing\n"))
	require.Equal(t, 27019, read("sharding: {clusterRole: configsvr}").Port)
	require.Equal(t, 27018, read("", "--shardsvr").Port)
	require.Equal(t, 7, read("net: {port: 7}", "--shardsvr").Port)
	require.Equal(t, 8, read("net: {port: 7}", "--port", "8").Port)
	require.Equal(t, []string{"0.0.0.0"}, read("net: {bindIpAll: true}").BindIP)
	require.Equal(t, []string{"localhost"}, read("net: {bindIpAll: false}").BindIP)
	require.Equal(t, []string{"a", "b"}, read("net:\n  bindIp: a,b").BindIP)
	require.True(t, read("security: {authorization: enabled}").Authorization)
	require.False(t, read("security: {authorization: disabled, keyFile: f}").Authorization)
	require.False(t, read("security: {authorization: enabled}", "--noauth").Authorization)
	require.True(t, read("security: {keyFile: f}").Authorization)
	require.Equal(t, "keyFile", read("security: {keyFile: f}").ClusterAuthMode)
	require.False(t, read("security: {keyFile: f, transitionToAuth: true}").Authorization)
	require.Equal(t, map[string]string{"a": "1", "b": "2", "c.d": "{}"},
		read("setParameter: {a: 1, b: 3}", "--setParameter", "b=2", "--setParameter", "c.d={}").SetParameter)
	require.Equal(t, scenarios.RequireTLS, read("net: {tls: {mode: requireTLS, certificateKeyFile: k}}").Mode)
	require.Equal(t, scenarios.AllowTLS, read("net: {tls: {mode: requireTLS, certificateKeyFile: k}}", "--tlsMode",
		"allowTLS").Mode)
	require.Equal(t, "log", read("systemLog: {destination: file, path: log}").LogPath)
	require.Equal(t, "4", read("", "-vvvv").Other[verbosity])
	require.Equal(t, map[string]int{"": 1, "network": 2, "network.asio": 3},
		read("systemLog: {component: {network: {verbosity: 2, asio: {verbosity: 3}}}}", "-v").Verbosity())
	require.Empty(t, read("").Verbosity())
}

// What is no configuration file, or holds what none may, is refused in a mongod's words.
func TestFileIsRefused(t *testing.T) {
	for _, row := range [][2]string{
		{"net: [", "Error parsing YAML config file: "},
		{"- net", "No map found at top level of YAML config"},
		{"port = 7", "Error parsing INI config file: this server takes configuration files in YAML only"},
		{"\x00", "Config file has null bytes, ensure the file is saved as UTF-8 and not UTF-16."},
		{"net: {tls: {nosuch: 1}}", "Unrecognized option: net.tls.nosuch"},
		{"net: {tls: {onNormalPorts: true}}", "Unrecognized option: net.tls.onNormalPorts"},
		{"net: {nosuch: {port: 1}}", "Unrecognized option: net.nosuch.port"},
		{"net: {tls: {clusterAuthX509: {attributes: O=x}}}", "Unrecognized option: net.tls.clusterAuthX509.attributes"},
		{"security:", "Unrecognized option: security"},
		{"auth: true", "Unrecognized option: auth"},
		{"config: x", "Unrecognized option: config"},
		{"net: {port: [1]}", "Scalar option 'net.port' must be a single value"},
		{"net: {port: seven}", `Error parsing option "net.port" as int: Bad digit "s" while parsing seven`},
		{"net: {port: }", `Error parsing option "net.port" as int: No digits`},
		{"net: {tls: {allowInvalidCertificates: maybe}}",
			"Expected boolean switch but found string: maybe for option: net.tls.allowInvalidCertificates"},
		{"net: {unixDomainSocket: {enabled: maybe}}",
			"Expected boolean but found string: maybe for option: net.unixDomainSocket.enabled"},
		{"net: {ssl: {CAFile: a}, tls: {CAFile: b}}",
			"Error parsing YAML config: duplicate key: net.tls.CAFile(canonical key: net.tls.CAFile)"},
		{"setParameter: 1",
			"Option: setParameter is of type StringMap, but value in YAML config is not a map type"},
		{"setParameter: {a: {b: 1}}", "setParameter has a map with non scalar values, which is not allowed"},
		{"security: {clusterIpSourceWhitelist: a}",
			"Option: security.clusterIpSourceWhitelist is of type StringVector, but value in YAML config is not a list type"},
		{"security: {clusterIpSourceWhitelist: [[a]]}",
			"Option: security.clusterIpSourceWhitelist has nested lists, which is not allowed"},
		{"net: &n {tls: *n}", "Unrecognized option: net.tls.tls.tls.tls"},
	} {
		_, err := readYAML([]byte(row[0]), Default)
		require.ErrorContains(t, err, row[1], row[0])
	}
	_, err := readFile("/nowhere", Default)
	require.EqualError(t, err, "Error opening config file: No such file or directory")
	_, err = readFile(t.TempDir(), Default)
	require.EqualError(t, err, "Error opening config file: Is a directory")
	for _, row := range [][2]string{
		{"security: {authorization: maybe}", "security.authorization expects either 'enabled' or 'disabled'"},
		{"operationProfiling: {mode: maybe}", "operationProfiling.mode expects 'off', 'slowOp', or 'all'"},
		{"sharding: {clusterRole: maybe}", "sharding.clusterRole must be one of 'configsvr' or 'shardsvr'"},
		{"systemLog: {destination: maybe}", "systemLog.destination expects one of 'syslog' or 'file'"},
		{"systemLog: {destination: file}",
			"BadValue: systemLog.path is required if systemLog.destination is to a file"},
		{"systemLog: {path: x}",
			"BadValue: Can only use systemLog.path if systemLog.destination is to a file"},
		{"processManagement: {fork: true}", "BadValue: --fork has to be used with --logpath or --syslog"},
		{"net: {tls: {mode: true, certificateKeyFile: k}}", "unsupported value for tlsMode true"},
	} {
		path := filepath.Join(t.TempDir(), "mongod.conf")
		require.NoError(t, os.WriteFile(path, []byte(row[0]), 0o600))
		_, err := Read([]string{"mongod", "--config", path}, Default)
		require.EqualError(t, err, row[1], row[0])
	}
}

// What getCmdLineOpts shows is what was given, under today's names, nested and in order, without passwords.
func TestDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mongod.conf")
	require.NoError(t, os.WriteFile(path,
		[]byte("net: {ssl: {mode: preferSSL, PEMKeyPassword: secret, weakCertificateValidation: true}}\n"), 0o600))
	argv := []string{"mongod", "--config", path, "--sslPEMKeyFile", "k", "--tlsClusterPassword", "secret",
		"--tlsClusterFile=c", "--nounixsocket", "--port", "7",
		"--wiredTigerCacheSizeGB", "0.25", "--setParameter", "ocspEnabled=false", "--auth"}
	line, err := Read(argv, Default)
	require.NoError(t, err)
	text, err := bson.MarshalExtJSON(line.Document(), false, false)
	require.NoError(t, err)
	require.Equal(t,
		strings.ReplaceAll(`{"argv":["mongod","--config","PATH","--sslPEMKeyFile","k","--tlsClusterPassword",`+
			`"<password>","--tlsClusterFile=c",`+
			`"--nounixsocket","--port","7","--wiredTigerCacheSizeGB","0.25","--setParameter","ocspEnabled=false","--auth"],`+
			`"parsed":{"config":"PATH","net":{"port":7,"tls":{"allowConnectionsWithoutCertificates":true,`+
			`"certificateKeyFile":"k",`+
			`"certificateKeyFilePassword":"<password>","clusterFile":"c","clusterPassword":"<password>","mode":"preferTLS"},`+
			`"unixDomainSocket":{"enabled":false}},`+
			`"security":{"authorization":"enabled"},"setParameter":{"ocspEnabled":"false"},`+
			`"storage":{"wiredTiger":{"engineConfig":{"cacheSizeGB":0.25}}}}}`,
			"PATH", path), string(text))
	require.Equal(t, bson.A{"mongod", "--sslPEMKeyPassword=<password>"}, CommandLine{argv: concealed([]string{"mongod",
		"--sslPEMKeyPassword=secret"})}.Document()[0].Value)
	own := Config{Mode: scenarios.RequireTLS, CertificateKeyFilePassword: "secret"}.CommandLine().Document()
	require.NotContains(t, fmt.Sprint(own), "secret")
	require.Contains(t, fmt.Sprint(own), "requireTLS")
}

// Files that the mongod reads are told by the path that it knows; what no flag can say is an error, not left out.
func TestArguments(t *testing.T) {
	args, err := Config{CAFile: "ca", KeyFile: "key", LogPath: "log",
		Mode: scenarios.AllowTLS}.Arguments(func(path string) string { return "/in/" + path }, noFile)
	require.NoError(t, err)
	require.Equal(t, []string{"--tlsMode", "allowTLS", "--tlsCAFile", "/in/ca", "--keyFile", "/in/key", "--logpath",
		"log"}, args)
	nowhere := Config{Other: map[string]string{"net.nosuch": "1", "security.javascriptEnabled": "true"}}
	_, err = nowhere.Arguments(asIs, noFile)
	require.EqualError(t, err, "no flag of a mongod gives security.javascriptEnabled and net.nosuch so")
}

// noFile is for those who are told by flags.
func noFile([]byte) string { panic("a configuration file where none is told of") }

// However a mongod is told its options, they are the same; the names are those of the way.
func TestTellings(t *testing.T) {
	c := Config{Mode: scenarios.PreferTLS, CertificateKeyFile: "key", CertificateKeyFilePassword: "a: b", CAFile: "ca",
		AllowConnectionsWithoutCertificates: true, DisabledProtocols: "none", LogVersions: "TLS1_2", Authorization: true,
		BindIP: []string{"127.0.0.1", "::1"}, Port: 4711, SetParameter: map[string]string{"a.b": "{}", "ocspEnabled": "false"},
		Other: map[string]string{"storage.dbPath": "true"}}
	for told, words := range map[scenarios.Telling]string{
		"":                   "--tlsMode preferTLS --tlsCertificateKeyFile /in/key",
		scenarios.ByOldFlags: "--sslMode preferSSL --sslPEMKeyFile /in/key",
		scenarios.ByFile:     "tls:\n CAFile: /in/ca\n",
		scenarios.ByOldFile:  "ssl:\n CAFile: /in/ca\n",
	} {
		c.Told = told
		in := func(path string) string { return "/in/" + path }
		var file string
		args, err := c.Arguments(in, func(content []byte) string {
			file = string(content)
			return "mongod.conf"
		})
		require.NoError(t, err)
		if file != "" {
			require.Equal(t, []string{"--config", "mongod.conf"}, args)
		}
		all := strings.Join(args, " ") + regexp.MustCompile(`\n +`).ReplaceAllString(file, "\n ")
		require.Contains(t, all, words, told)
		line, err := c.Reread(Default)
		require.NoError(t, err, told)
		want := c
		want.Told = ""
		require.Equal(t, want, line.Config, told)
		require.NotContains(t, fmt.Sprint(line.Document()), "a: b")
	}
	c.Told, c.Other = scenarios.ByFile, map[string]string{"replication.replSet": "rs"}
	_, err := c.Arguments(asIs, noFile)
	require.EqualError(t, err, "no configuration file of a mongod gives replication.replSet")
}

// Help says what every option with an effect does: one with a field, or whose path some code of ours speaks of.
func TestHelp(t *testing.T) {
	var code strings.Builder
	for _, pattern := range []string{"config.go", "read.go", "../standin/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			if text, err := os.ReadFile(file); !strings.HasSuffix(file, "_test.go") {
				require.NoError(t, err)
				code.Write(text)
			}
		}
	}
	for _, o := range options {
		if o.field != nil {
			require.NotEmpty(t, o.help, o.path)
		}
		if o.field == nil && o.of == "" && strings.Contains(code.String(), `"`+o.path+`"`) {
			require.NotContains(t, WithoutEffect(), o.path)
		}
	}
	require.Contains(t, WithoutEffect(), "net.compression.compressors")
}

func TestUsage(t *testing.T) {
	line, err := Read([]string{"mongod", "--nounixsocket", "-h"}, Default)
	require.NoError(t, err)
	require.True(t, line.Help)
	usage := Usage()
	for flag := range byFlag {
		if len(flag) == 1 {
			require.Contains(t, usage, "-"+flag+", ")
		} else {
			require.Contains(t, usage, "--"+flag)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("--tlsMode requireTLS --setParameter a=b", "net: {tls: {mode: requireTLS}}")
	f.Add("-f x -vv --port=1", "setParameter: {a: 1}\nnet: [1]")
	f.Add("--sslMode=allowSSL", "net: &a {tls: *a}")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, flags, file string) {
		path := filepath.Join(dir, "mongod.conf")
		require.NoError(t, os.WriteFile(path, []byte(file), 0o600))
		argv := append([]string{"mongod"}, strings.Fields(flags)...)
		line, err := Read(append(argv, "--config", path), Default)
		if err != nil {
			require.ErrorAs(t, err, new(*Refusal))
			return
		}
		_, err = bson.Marshal(line.Document())
		require.NoError(t, err)
		args, err := line.Config.Arguments(asIs, noFile)
		if err == nil && !line.Help && !line.Version { // it says the same again
			again, err := Read(append([]string{"mongod"}, args...), Default)
			require.NoError(t, err, args)
			require.Equal(t, line.Config, again.Config, args)
		}
	})
}
