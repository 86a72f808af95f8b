package driver

import (
	"os"
	"slices"
	"strings"
	"syscall"
)

// kept are the variables that programs need to find their way, and that decide nothing of what is measured.
var kept = []string{"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ"}

// decisive are the beginnings, or with * before it the ends, of variables that change what TLS libraries, runtimes and
// resolvers do.
var decisive = []string{"SSL_", "OPENSSL", "GODEBUG", "GOFIPS", "NODE_", "BUN_", "DENO_", "PYTHON", "LD_", "DYLD_",
	"RES_OPTIONS",
	"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH",
	"LOCALDOMAIN", "HOSTALIASES", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NSS_WRAPPER", "RESOLV_WRAPPER", "*_PROXY"}

// Environment is the whole environment of an adapter's process: a few variables of this one, and the isolation.
// SSL_CERT_FILE and SSL_CERT_DIR are what Go and OpenSSL heed.
func (i Isolation) Environment() []string {
	var env []string
	for _, name := range kept {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	env = append(env, "LC_ALL=C")
	if i.Resolver != "" {
		env = append(env, ResolverEnv+"="+i.Resolver)
	}
	if i.Roots != "" {
		env = append(env, "SSL_CERT_FILE="+i.Roots, "SSL_CERT_DIR="+i.Roots+".none") // a directory that is not there
	}
	return env
}

// Withheld are the names of the variables of this process that could change what a driver does, and that adapters do
// not get, sorted. Variables that are empty change nothing.
func Withheld() []string {
	names := strings.Fields(os.Getenv(purgedEnv))
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if value != "" && slices.ContainsFunc(decisive, matches(strings.ToUpper(name))) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// reaching are the variables among the decisive ones by which a tool finds the registry of its packages, and whom it
// trusts there.
var reaching = []string{"SSL_", "NODE_EXTRA_CA_CERTS", "NODE_USE_", "NODE_TLS_REJECT_UNAUTHORIZED", "DENO_CERT",
	"DENO_TLS_CA_STORE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES",
	"NSS_WRAPPER", "RESOLV_WRAPPER", "*_PROXY"}

// ToolEnvironment is that of the tools that install and build drivers, and say what those run on: this process's own,
// without what decides how a runtime works and is not about reaching a registry.
func ToolEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		is := matches(strings.ToUpper(name))
		return slices.ContainsFunc(decisive, is) && !slices.ContainsFunc(reaching, is)
	})
}

// purgedEnv lists what Purge has taken away.
const purgedEnv = "MONGOTLS_PURGED"

// Purge starts this program anew, in this process, without the variable GODEBUG, if that is set: in FIPS mode or
// without old versions of TLS, fixtures and stand-ins could not be what scenarios ask for. A program calls it first; it
// returns if there is nothing to do, or with the error of the system.
func Purge() error {
	if os.Getenv("GODEBUG") == "" {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "GODEBUG=") })
	return syscall.Exec(self, os.Args, append(env, purgedEnv+"=GODEBUG"))
}

func matches(name string) func(pattern string) bool {
	return func(pattern string) bool {
		if end, ok := strings.CutPrefix(pattern, "*"); ok {
			return strings.HasSuffix(name, end)
		}
		return strings.HasPrefix(name, pattern)
	}
}
