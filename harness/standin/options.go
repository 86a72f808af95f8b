package standin

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/mongotls/mongotls/scenarios"
)

// options are a mongod's, from its command line and configuration file, as one set of flags: a configuration file only
// gives flags other names.
type options struct {
	flags   *pflag.FlagSet
	config  Config
	mode    string
	bindIP  string
	bindAll bool
	file    string // --config
	log     string // --logpath
	set     []string
	help    bool
	version bool
}

// oldNames are the flags of net.ssl, which 4.4 still takes; so do configuration files, by the names in parentheses.
var oldNames = map[string]string{
	"sslMode":                                "tlsMode",
	"sslPEMKeyFile":                          "tlsCertificateKeyFile", // PEMKeyFile
	"sslPEMKeyPassword":                      "tlsCertificateKeyFilePassword",
	"sslCAFile":                              "tlsCAFile",
	"sslCRLFile":                             "tlsCRLFile",
	"sslDisabledProtocols":                   "tlsDisabledProtocols",
	"sslAllowConnectionsWithoutCertificates": "tlsAllowConnectionsWithoutCertificates",
	"sslWeakCertificateValidation":           "tlsAllowConnectionsWithoutCertificates",
	"tlsWeakCertificateValidation":           "tlsAllowConnectionsWithoutCertificates",
	"sslAllowInvalidCertificates":            "tlsAllowInvalidCertificates",
}

// fileNames are the options of a configuration file whose path is not the flag's name with a prefix.
var fileNames = map[string]string{
	"net.port":                 "port",
	"net.bindIp":               "bind_ip",
	"net.bindIpAll":            "bind_ip_all",
	"storage.dbPath":           "dbpath",
	"systemLog.path":           "logpath",
	"security.authorization":   "auth",
	"security.clusterAuthMode": "clusterAuthMode",
	"storage.wiredTiger.engineConfig.cacheSizeGB": "wiredTigerCacheSizeGB",
}

// ignored are options of a configuration file that mean nothing to this server.
var ignored = []string{"systemLog.destination", "systemLog.logAppend", "processManagement.fork", "storage.journal.enabled"}

func newOptions() *options {
	o := &options{flags: pflag.NewFlagSet("mongod", pflag.ContinueOnError)}
	f := o.flags
	f.SortFlags = false
	f.SetOutput(io.Discard)
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if today, ok := oldNames[name]; ok {
			name = today
		}
		return pflag.NormalizedName(name)
	})
	f.IntVar(&o.config.Port, "port", 27017, "port to listen on")
	f.StringVar(&o.bindIP, "bind_ip", "localhost", "comma-separated addresses to listen on")
	f.BoolVar(&o.bindAll, "bind_ip_all", false, "listen on every address")
	f.StringVarP(&o.file, "config", "f", "", "configuration file, YAML")
	f.StringVar(&o.log, "logpath", "", "file for the log; default standard output")
	f.Bool("nounixsocket", false, "ignored: there is none")
	f.String("dbpath", "", "ignored: nothing is stored")
	f.Float64("wiredTigerCacheSizeGB", 0, "ignored: nothing is stored")
	f.StringVar(&o.mode, "tlsMode", "", "disabled, allowTLS, preferTLS or requireTLS")
	f.StringVar(&o.config.CertificateKeyFile, "tlsCertificateKeyFile", "", "PEM file of certificate and key")
	f.StringVar(&o.config.CertificateKeyFilePassword, "tlsCertificateKeyFilePassword", "", "password of the key")
	f.StringVar(&o.config.CAFile, "tlsCAFile", "", "PEM file of authorities")
	f.StringVar(&o.config.CRLFile, "tlsCRLFile", "", "PEM file of revocation lists")
	f.BoolVar(&o.config.AllowConnectionsWithoutCertificates, "tlsAllowConnectionsWithoutCertificates", false,
		"let clients in that have no certificate")
	f.BoolVar(&o.config.AllowInvalidCertificates, "tlsAllowInvalidCertificates", false, "let clients in whose certificate is not valid")
	f.StringVar(&o.config.DisabledProtocols, "tlsDisabledProtocols", "", "TLS1_0, TLS1_1, TLS1_2, TLS1_3, comma-separated, or none")
	f.BoolVar(&o.config.Authorization, "auth", false, "ask clients who they are")
	f.StringVar(&o.config.ClusterAuthMode, "clusterAuthMode", "", "keyFile, sendKeyFile, sendX509 or x509")
	f.StringArrayVar(&o.set, "setParameter", nil, "NAME=VALUE; may be repeated")
	f.BoolVarP(&o.help, "help", "h", false, "print this text")
	f.BoolVar(&o.version, "version", false, "print the version")
	return o
}

// usageError is an error of the command line or configuration file: exit code 2, on standard error.
type usageError struct{ error }

// parse reads the command line, then the file that it names; what the command line says counts.
func (o *options) parse(args []string) error {
	if err := o.flags.Parse(args); err != nil {
		return usageError{fmt.Errorf("Error parsing command line: %w", err)}
	}
	if rest := o.flags.Args(); len(rest) > 0 {
		return usageError{fmt.Errorf("Error parsing command line: too many positional options have been specified: %q", rest[0])}
	}
	if o.help || o.version {
		return nil
	}
	if o.file != "" {
		if err := o.read(o.file); err != nil {
			return usageError{err}
		}
	}
	return o.settle()
}

// read lays a configuration file under the command line.
func (o *options) read(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("Error opening config file: %w", err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(content, &tree); err != nil {
		return fmt.Errorf("Error parsing YAML config file: %w", err)
	}
	for _, s := range leaves("", tree) {
		if slices.Contains(ignored, s.name) {
			continue
		}
		if name, ok := strings.CutPrefix(s.name, "setParameter."); ok {
			o.set = append([]string{name + "=" + s.value}, o.set...)
			continue
		}
		name, value := flagOf(s.name), s.value
		f := o.flags.Lookup(name)
		if f == nil || name == s.name {
			return fmt.Errorf("Unrecognized option: %s", s.name) //nolint:staticcheck // mongod's text
		}
		if name == "auth" {
			value = strconv.FormatBool(value == "enabled")
		}
		if f.Changed {
			continue
		}
		if err := f.Value.Set(value); err != nil {
			return fmt.Errorf("Error parsing YAML config file: %s: %w", s.name, err)
		}
	}
	return nil
}

// flagOf is the flag of an option of a configuration file; one that has none stays as it is.
func flagOf(name string) string {
	if flag, ok := fileNames[name]; ok {
		return flag
	}
	for prefix, short := range map[string]string{"net.tls.": "tls", "net.ssl.": "ssl"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			return short + strings.ToUpper(rest[:1]) + rest[1:]
		}
	}
	return name
}

type setting struct{ name, value string }

// leaves flattens a tree into dotted names, in order of the names.
func leaves(prefix string, node any) (list []setting) {
	tree, ok := node.(map[string]any)
	if !ok {
		return []setting{{prefix, fmt.Sprint(node)}}
	}
	names := make([]string, 0, len(tree))
	for name := range tree {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		list = append(list, leaves(strings.TrimPrefix(prefix+"."+name, "."), tree[name])...)
	}
	return list
}

// settle makes the configuration, and refuses what a mongod refuses before it looks at any file.
func (o *options) settle() error {
	c := &o.config
	c.BindIP = strings.Split(o.bindIP, ",")
	if o.bindAll {
		c.BindIP = []string{"0.0.0.0"}
	}
	c.SetParameter = map[string]string{}
	for _, s := range o.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return usageError{fmt.Errorf("Illegal option assignment: %q", s)} //nolint:staticcheck // mongod's text
		}
		c.SetParameter[name] = value
	}
	mode := strings.Replace(o.mode, "SSL", "TLS", 1)
	if o.mode == "" {
		mode = string(scenarios.Disabled)
	}
	c.Mode = scenarios.Mode(mode)
	c.Authorization = c.Authorization || c.ClusterAuthMode != ""
	return c.refused()
}

var (
	clusterAuthModes = []string{"keyFile", "sendKeyFile", "sendX509", "x509"}
	protocols        = []string{"TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"}
)

// refused says why a mongod does not start with options that contradict each other.
func (c Config) refused() error {
	off := c.Mode == scenarios.Disabled
	x509 := c.ClusterAuthMode == "sendX509" || c.ClusterAuthMode == "x509"
	switch {
	case !slices.Contains(scenarios.Modes, c.Mode):
		return fmt.Errorf("unsupported value for tlsMode %s", c.Mode)
	case c.ClusterAuthMode != "" && !slices.Contains(clusterAuthModes, c.ClusterAuthMode):
		return errors.New("security.clusterAuthMode expects one of 'keyFile', 'sendKeyFile', 'sendX509', or 'X509'")
	case off && c.CertificateKeyFile+c.CertificateKeyFilePassword+c.CAFile+c.CRLFile+c.DisabledProtocols != "":
		return errors.New("need to enable TLS via the sslMode/tlsMode flag when using TLS configuration parameters")
	case off && (x509 || c.ClusterAuthMode == "sendKeyFile"):
		return errors.New("need to enable TLS via the tlsMode flag")
	case !off && c.CertificateKeyFile == "":
		return errors.New("need tlsCertificateKeyFile or certificateSelector when TLS is enabled")
	case c.CRLFile != "" && c.CAFile == "":
		return errors.New("need tlsCAFile with tlsCRLFile")
	case c.ClusterAuthMode == "x509" && c.CAFile == "":
		return errors.New("No TLS certificate validation can be performed since no CA file has been provided; please specify an tlsCAFile parameter") //nolint:staticcheck // mongod's text
	case c.Mode == scenarios.AllowTLS && x509:
		return errors.New("cannot have x.509 cluster authentication in allowTLS mode")
	}
	for _, name := range strings.Split(c.DisabledProtocols, ",") {
		if name != "" && c.DisabledProtocols != "none" && !slices.Contains(protocols, strings.TrimPrefix(name, "no")) {
			return fmt.Errorf("Unrecognized disabledProtocols '%s'", name) //nolint:staticcheck // mongod's text
		}
	}
	return nil
}
