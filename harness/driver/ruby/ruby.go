// Package ruby drives the Ruby driver, the gem mongo, with a Ruby of a Debian suite.
package ruby

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/driver/install/debian"
	"github.com/mongotls/mongotls/internal/usage"
)

// program is the adapter.
//
//go:embed adapter
var program embed.FS

// suite is the one whose Ruby, bson and OpenSSL are used.
const suite = "trixie"

// Open runs the adapter with a version of the driver: 2.25.0, or the path of a checkout or of an unpacked gem. It runs
// on the Ruby of a Debian suite, with its bson and its OpenSSL. The driver that Debian has, 2.5.1, is not driven: on a
// Ruby of this decade it reads no connection string.
func Open(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	lib, err := find(ctx, s.Version)
	if err != nil {
		return nil, err
	}
	command, env, err := start(ctx, lib)
	if err != nil {
		return nil, err
	}
	return driver.Start(ctx, command[0], command[1:], append(i.Environment(), env...))
}

var exact = regexp.MustCompile(`^\d+\.\d+\.\d+(\.[a-z0-9]+)?$`)

// find is the directory with the code of a version.
func find(ctx context.Context, version string) (string, error) {
	if driver.IsPath(version) {
		path, err := filepath.Abs(version)
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(filepath.Join(path, "lib", "mongo.rb")); err != nil {
			return "", usage.Errorf("%s is neither a checkout of the driver nor an unpacked gem of it", path)
		}
		return filepath.Join(path, "lib"), nil
	}
	if !exact.MatchString(version) {
		return "", usage.Errorf("name a version, as ruby@2.25.0, or the path of a checkout or an unpacked gem, " +
			"as ruby@./mongo-2.25.0")
	}
	name := "mongo-" + version
	dir, err := install.Cached(ctx, "ruby/"+name, func(dir string) error {
		if _, err := install.Tool(ctx, dir, nil, "gem", "fetch", "mongo", "--version", version); err != nil {
			return err
		}
		_, err := install.Tool(ctx, dir, nil, "gem", "unpack", name+".gem")
		return err
	})
	if complaint, ok := errors.AsType[*install.Complaint](err); ok {
		err = explain(version, complaint)
	}
	return filepath.Join(dir, name, "lib"), err
}

func explain(version string, c *install.Complaint) error {
	if c.Says("Could not find a valid gem") && !c.Says("Unable to download data") {
		return usage.Errorf("there is no gem mongo %s", version)
	}
	return fmt.Errorf("the version is not in the cache, and gem cannot fetch it: %s", c.First(1))
}

// start is the command line that runs the adapter with the code of a version, and what its environment must hold.
func start(ctx context.Context, lib string) (command, env []string, err error) {
	root, err := debian.Open(ctx, suite, "ruby", "ruby-bson")
	if err != nil {
		return nil, nil, err
	}
	dir, err := install.Copied(ctx, "ruby/adapter", program)
	if err != nil {
		return nil, nil, err
	}
	places, err := root.Files( // in which Ruby itself, outside a root, looks for what it requires
		"lib/*/rubygems-integration/*/gems/bson-*/lib", "lib/*/rubygems-integration/*/extensions/*/*/bson-*",
		"lib/ruby/vendor_ruby", "lib/ruby/[0-9]*", "lib/*/ruby/[0-9]*")
	if err != nil {
		return nil, nil, err
	}
	binary, err := root.Program("ruby[0-9]*", "Ruby")
	if err != nil {
		return nil, nil, err
	}
	places = append([]string{lib}, places...)
	env = []string{"RUBYLIB=" + strings.Join(places, string(os.PathListSeparator)), debian.Unconfigured}
	return root.Command(binary, "--disable-gems", filepath.Join(dir, "adapter", "adapter.rb")), env, nil
}
