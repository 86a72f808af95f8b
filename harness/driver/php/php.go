// Package php drives the extension mongodb of PHP, which has libmongoc in it, with a PHP of a Debian suite or of one's
// own.
package php

import (
	"context"
	"embed"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/driver/install/debian"
	"github.com/mongotls/mongotls/harness/driver/libmongoc"
	"github.com/mongotls/mongotls/internal/usage"
)

// program is the adapter.
//
//go:embed adapter
var program embed.FS

// suites are the versions that Debian has.
var suites = map[string]string{"1.15.0": "bookworm", "2.0.0": "trixie"}

// Open runs the adapter with a version of the extension: 2.0.0, or the path of a PHP that has the extensions mongodb,
// pcntl and posix.
//
// A version comes from the Debian suite that has it, unpacked into the cache, with the PHP and the OpenSSL of that
// suite.
func Open(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	command, env, err := start(ctx, s.Version)
	if err != nil {
		return nil, err
	}
	return driver.StartAs(ctx, s, "the extension mongodb", command, append(i.Environment(), env...))
}

// start is the command line that runs the adapter with a version, and what its environment must hold.
func start(ctx context.Context, version string) (command, env []string, err error) {
	p, err := find(ctx, version)
	if err != nil {
		return nil, nil, err
	}
	names, err := libmongoc.Names(ctx, p.root)
	if err != nil {
		return nil, nil, err
	}
	dir, err := install.Copied(ctx, "php/adapter", program)
	if err != nil {
		return nil, nil, err
	}
	env = []string{"LD_PRELOAD=" + names}
	if p.root != nil {
		env = append(env, debian.Unconfigured)
	}
	return append(p.command, filepath.Join(dir, "adapter", "adapter.php")), env, nil
}

// An interpreter is a PHP with the extensions that the adapter takes.
type interpreter struct {
	command []string
	root    *debian.Root // nil for that of this machine
}

// find is the PHP that has a version, or that at a path.
func find(ctx context.Context, version string) (interpreter, error) {
	if driver.IsPath(version) {
		path, err := filepath.Abs(version)
		if info, unread := os.Stat(path); err == nil && (unread != nil || !info.Mode().IsRegular()) {
			err = usage.Errorf("%s is no PHP: give the path of one, such as /usr/bin/php", path)
		}
		return interpreter{command: []string{path}}, err
	}
	suite, ok := suites[version]
	if !ok {
		return interpreter{}, usage.Errorf("Debian has %s; any other is driven by the path of a PHP that "+
			"has it, as php@/usr/bin/php", strings.Join(slices.Sorted(maps.Keys(suites)), ", "))
	}
	root, err := debian.Open(ctx, suite, "php-cli", "php-mongodb", "libc6-dev")
	if err != nil {
		return interpreter{}, err
	}
	const what = "PHP with its extension"
	binary, err := root.Program("php[0-9]*", what)
	if err != nil {
		return interpreter{}, err
	}
	extensions, err := root.Files("lib/php/*/mongodb.so")
	if err == nil && len(extensions) != 1 {
		err = root.Lacks(what)
	}
	if err != nil {
		return interpreter{}, err
	}
	return interpreter{root.Command(binary, "-n", "-d", "extension_dir="+filepath.Dir(extensions[0]),
		"-d", "extension=posix", "-d", "extension=mongodb"), &root}, nil
}
