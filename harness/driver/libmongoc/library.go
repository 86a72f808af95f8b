package libmongoc

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/driver/install/debian"
	"github.com/mongotls/mongotls/internal/usage"
)

// suites are the versions that Debian has.
var suites = map[string]string{"1.17.6": "bullseye", "1.23.1": "bookworm", "1.30.4": "trixie", "2.5.7": "forky"}

// Implied is the version of the suite that has a version of OpenSSL, otherwise without one.
func Implied(otherwise string) func(driver.Spec) string {
	return func(s driver.Spec) string {
		on, _ := s.On(OpenSSL)
		for version, suite := range suites {
			if on.Version != "" && openSSLOf(suite) == on.Version {
				return version
			}
		}
		return otherwise
	}
}

// openSSLOf is the version of OpenSSL that a suite has.
func openSSLOf(name string) string {
	i := slices.IndexFunc(debian.Suites, func(s debian.Suite) bool { return s.Name == name })
	return debian.Suites[i].OpenSSL
}

// modules are what pkg-config calls the library, 1.x and 2.x.
var modules = []string{"libmongoc-1.0", "mongoc2"}

// A library is libmongoc somewhere, with what it takes to build a program with it and to run that.
type library struct {
	version string
	flags   []string // for the compiler
	env     []string // for the program
	root    *debian.Root
}

// command is the command line that runs a program.
func (l library) command(program string) []string {
	if l.root == nil {
		return []string{program}
	}
	return l.root.Command(program)
}

var exact = regexp.MustCompile(`^\d+\.\d+\.\d+$`)

// find is the library of a version, with this OpenSSL if one is named.
func find(ctx context.Context, version, openSSL string) (library, error) {
	if !exact.MatchString(version) {
		return library{}, driver.Malformed("that is no version: write one like 1.30.4, or a path like ./prefix")
	}
	suite, ok := suites[version]
	if openSSL != "" && (!ok || openSSLOf(suite) != openSSL) {
		return library{}, usage.Errorf("there is no libmongoc %s with OpenSSL %s in Debian, which has %s",
			version, openSSL, offered())
	}
	if openSSL == "" {
		l, err := fromMachine(ctx, version)
		if err != nil || l.version != "" {
			return l, err
		}
	}
	if !ok {
		return library{}, usage.Errorf("pkg-config does not know this version here, and Debian has %s; "+
			"build it, and give its prefix as libmongoc@./PREFIX",
			offered())
	}
	return fromDebian(ctx, version, suite)
}

// Published are the versions that Debian has, and that of this machine.
func Published(ctx context.Context, _ driver.Spec) ([]string, error) {
	all := slices.Collect(maps.Keys(suites))
	for _, module := range modules {
		has, err := pkgConfig(ctx, nil, "--modversion", module)
		if _, unknown := errors.AsType[*install.Complaint](err); unknown {
			continue
		}
		if err != nil {
			return all, err
		}
		all = append(all, has...)
	}
	return all, nil
}

// offered are the versions that Debian has, with their OpenSSL.
func offered() string {
	var all []string
	for _, version := range slices.Sorted(maps.Keys(suites)) {
		all = append(all, fmt.Sprintf("%s (OpenSSL %s)", version, openSSLOf(suites[version])))
	}
	return strings.Join(all, ", ")
}

// fromMachine is the library that pkg-config finds, none if that has another version.
func fromMachine(ctx context.Context, version string) (library, error) {
	for _, module := range modules {
		has, err := pkgConfig(ctx, nil, "--modversion", module)
		if _, unknown := errors.AsType[*install.Complaint](err); unknown {
			continue
		}
		if err != nil {
			return library{}, err
		}
		if strings.Join(has, " ") == version {
			flags, err := pkgConfig(ctx, nil, "--cflags", "--libs", module)
			return library{version: version, flags: flags}, err
		}
	}
	return library{}, nil
}

// fromDebian is the library of a suite, with the C library that it was built with.
func fromDebian(ctx context.Context, version, suite string) (library, error) {
	root, err := debian.Open(ctx, suite, "libmongoc-dev", "libc6-dev")
	if err != nil {
		return library{}, err
	}
	dirs := []string{filepath.Join(root.Libraries, "pkgconfig"), filepath.Join(root.Dir, "usr", "share", "pkgconfig")}
	i := slices.IndexFunc(modules, func(module string) bool { return exists(filepath.Join(dirs[0], module+".pc")) })
	if i < 0 {
		return library{}, root.Lacks("pkg-config file of the library")
	}
	flags, err := pkgConfig(ctx, []string{"PKG_CONFIG_SYSROOT_DIR=" + root.Dir, "PKG_CONFIG_PATH=",
		"PKG_CONFIG_LIBDIR=" + strings.Join(dirs, string(os.PathListSeparator))}, "--cflags", "--libs", modules[i])
	if err != nil {
		return library{}, err
	}
	return library{version: version, flags: append([]string{"--sysroot=" + root.Dir}, flags...), root: &root,
		env: []string{debian.Unconfigured}}, nil
}

// fromPrefix is a library of the user's own.
func fromPrefix(ctx context.Context, prefix string) (library, error) {
	prefix, err := filepath.Abs(prefix)
	if err != nil {
		return library{}, err
	}
	var dirs []string
	for _, pattern := range []string{"lib/pkgconfig", "lib64/pkgconfig", "lib/*/pkgconfig", "share/pkgconfig"} {
		found, err := filepath.Glob(filepath.Join(prefix, pattern))
		if err != nil {
			return library{}, usage.Errorf("%w", err)
		}
		dirs = append(dirs, found...)
	}
	path := []string{"PKG_CONFIG_PATH=" + strings.Join(dirs, string(os.PathListSeparator))}
	for _, module := range modules {
		if !slices.ContainsFunc(dirs, func(dir string) bool { return exists(filepath.Join(dir, module+".pc")) }) {
			continue
		}
		flags, err := pkgConfig(ctx, path, "--cflags", "--libs", module)
		if complaint, ok := errors.AsType[*install.Complaint](err); ok {
			return library{}, usage.Errorf("pkg-config, of what is in %s: %s", prefix, complaint.First(2))
		}
		for _, flag := range flags {
			if dir, ok := strings.CutPrefix(flag, "-L"); ok {
				flags = append(flags, "-Wl,-rpath,"+dir)
			}
		}
		return library{flags: flags}, err
	}
	return library{}, usage.Errorf("%s holds no pkg-config file of the library, %s.pc", prefix,
		strings.Join(modules, ".pc or "))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// pkgConfig are the words that pkg-config answers.
func pkgConfig(ctx context.Context, env []string, args ...string) ([]string, error) {
	out, err := install.Tool(ctx, "", env, "pkg-config", args...)
	return strings.Fields(out), err
}
