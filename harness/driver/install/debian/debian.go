// Package debian unpacks packages of a Debian suite with all that they depend on, so that their programs and libraries
// run on a machine of another suite, or of this one with other packages: without root, without chroot, and without a
// trace on the machine but in the cache. It takes apt, with the mirror and the keyring of the machine.
package debian

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/internal/usage"
)

// A Root is a directory into which packages have been unpacked. None of their scripts has run: nothing has been
// configured.
type Root struct {
	Dir       string // the / of the packages; usr/bin and usr/include are there
	Libraries string // the directory of their shared libraries, such as Dir/usr/lib/x86_64-linux-gnu
	loader    string // their ld.so
}

// lockFile lists the packages of a root, a line for each: name, version, architecture.
const lockFile = "packages.txt"

// Open is the root with these packages, and all that they depend on, of a suite such as "trixie". It is unpacked at the
// first time and found in the cache later, whatever the mirror has by then: packages.txt in its directory says what it
// holds. A name may demand a version, as apt writes it: "python3-pymongo=4.10.1-6".
func Open(ctx context.Context, suite string, packages ...string) (Root, error) {
	packages = slices.Sorted(slices.Values(packages))
	for _, word := range append([]string{suite}, packages...) {
		if !plain.MatchString(word) {
			return Root{}, usage.Errorf("%q is no name of a Debian suite or package", word)
		}
	}
	dir, err := install.Cached(ctx, fmt.Sprintf("debian/%s-%s", suite, install.Key(layout, packages)),
		func(dir string) error {
			return fill(ctx, dir, suite, packages)
		})
	if err != nil {
		return Root{}, fmt.Errorf("the Debian suite %s: %w", suite, err)
	}
	return open(dir)
}

// plain is what names look like, so that none is taken for an option or a path.
var plain = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]*(=[0-9A-Za-z.+:~-]+)?$`)

// layout is part of a root's name: another one when roots are made in another way.
const layout = "1"

// open finds its way in a directory that has been filled.
func open(dir string) (Root, error) {
	loaders, err := filepath.Glob(filepath.Join(dir, "usr", "lib", "*-linux-*", "ld-linux*.so.*"))
	if err != nil || len(loaders) != 1 {
		return Root{}, Root{Dir: dir}.Lacks("ld.so")
	}
	return Root{dir, filepath.Dir(loaders[0]), loaders[0]}, nil
}

// Lacks is the error for what a root should hold, and does not.
func (r Root) Lacks(what string) error {
	return fmt.Errorf("%s holds no %s: remove the directory, so that it is made again", r.Dir, what)
}

// Files are the paths of the root that match patterns, in the order of these, which are below usr.
func (r Root) Files(patterns ...string) (all []string, err error) {
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(r.Dir, "usr", filepath.FromSlash(pattern)))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// Program is the one program of the root that matches a pattern; what names it if there is none.
func (r Root) Program(pattern, what string) (string, error) {
	found, err := r.Files("bin/" + pattern)
	if err == nil && len(found) != 1 {
		err = r.Lacks(what)
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// Unconfigured is for the environment of a root's programs: their OpenSSL reads no configuration of the machine.
const Unconfigured = "OPENSSL_CONF=/dev/null"

// Command is the command line that runs a program with the root's ld.so and libraries. program is a path, of a program
// of the root or of one that was built with it.
func (r Root) Command(program string, args ...string) []string {
	return append([]string{r.loader, "--inhibit-cache", "--library-path", r.Libraries, program}, args...)
}

// Version is the version of a package of the root, "" if it has none of that name.
func (r Root) Version(name string) (string, error) {
	content, err := os.ReadFile(filepath.Join(r.Dir, lockFile))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name {
			return fields[1], nil
		}
	}
	return "", nil
}
