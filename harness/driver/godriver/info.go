package godriver

import (
	"runtime"
	"runtime/debug"
	"strings"

	"go.mongodb.org/mongo-driver/v2/version"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// uriOptions are the TLS options of the URI options specification, and tlsCRLFile, which some drivers have.
var uriOptions = []string{"tls", "ssl", "tlsInsecure", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames",
	"tlsCAFile", "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword", "tlsDisableOCSPEndpointCheck",
	"tlsDisableCertificateRevocationCheck", "tlsCRLFile"}

func info(i driver.Isolation) evidence.Info {
	lacks := map[evidence.Option]evidence.Instead{}
	for _, name := range uriOptions {
		if instead := probe(name); instead != "" {
			lacks[evidence.Option{Name: name}] = instead
		}
	}
	cannot := map[evidence.Ability]evidence.Instead{}
	if i.Resolver == "" {
		cannot[evidence.DNS] = "no resolver was given"
	}
	switch {
	case i.Roots == "":
		cannot[evidence.SystemRoots] = "no roots were given"
	case runtime.GOOS == "darwin" || runtime.GOOS == "ios" || runtime.GOOS == "windows":
		cannot[evidence.SystemRoots] = evidence.Instead("crypto/x509 takes no SSL_CERT_FILE on " + runtime.GOOS)
	}
	platform := runtime.GOOS + "/" + runtime.GOARCH
	toolchain := strings.TrimPrefix(runtime.Version(), "go")
	return evidence.Info{
		Driver:  "go",
		Version: "v" + strings.TrimPrefix(version.Driver, "v"),
		Build:   runtime.Version() + " " + platform,
		TLS:     "crypto/tls " + runtime.Version(),
		Components: []evidence.Component{
			{Name: "go", Version: toolchain, Role: evidence.Runtime, Detail: platform + settings()},
			{Name: "crypto/tls", Version: toolchain, Role: evidence.TLSLibrary},
		},
		Lacks:  lacks,
		Cannot: cannot,
	}
}

// settings are those of GODEBUG that the program is built with and that are not the toolchain's own: the go line of an
// application's go.mod makes some. Those of the environment reach no driver.
func settings() string {
	build, _ := debug.ReadBuildInfo()
	if build == nil {
		return ""
	}
	for _, s := range build.Settings {
		if s.Key == "DefaultGODEBUG" {
			return ", GODEBUG=" + s.Value
		}
	}
	return ""
}

// probe says what the driver does with a URI option that it does not have, "" if it has it.
func probe(name string) evidence.Instead {
	value := "true"
	if strings.HasSuffix(name, "File") || strings.HasSuffix(name, "Password") {
		value = "x" // no file is read here
	}
	parsed, err := connstring.ParseAndValidate("mongodb://localhost/?" + name + "=" + value)
	if err != nil {
		return evidence.Refuses
	}
	if _, unknown := parsed.UnknownOptions[strings.ToLower(name)]; unknown {
		return evidence.Ignores
	}
	return ""
}
