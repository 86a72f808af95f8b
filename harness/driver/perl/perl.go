// Package perl drives the Perl driver, the module MongoDB, with a Perl of a Debian suite.
package perl

import (
	"context"
	"embed"
	"os"
	"path/filepath"
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

const (
	// last is the last version that there was, which all suites have.
	last = "2.2.2"
	// suite is the one whose Perl, IO::Socket::SSL and OpenSSL are used.
	suite = "trixie"
)

// Open runs the adapter with the driver 2.2.2, which Debian has, on the Perl and the OpenSSL of its suite.
func Open(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	if s.Version != last {
		return nil, usage.Errorf("there is %s alone, the last version that was made", last)
	}
	command, env, err := start(ctx)
	if err != nil {
		return nil, err
	}
	return driver.StartAs(ctx, s, "MongoDB", command, append(i.Environment(), env...))
}

// start is the command line that runs the adapter, and what its environment must hold.
func start(ctx context.Context) (command, env []string, err error) {
	root, err := debian.Open(ctx, suite, "libmongodb-perl", "libio-socket-ssl-perl", "libnet-ssleay-perl")
	if err != nil {
		return nil, nil, err
	}
	dir, err := install.Copied(ctx, "perl/adapter", program)
	if err != nil {
		return nil, nil, err
	}
	places, err := root.Files( // in which Perl itself, outside a root, looks for modules
		"lib/*/perl5/[0-9]*", "share/perl5", "lib/*/perl-base", "lib/*/perl/[0-9]*.[0-9]*", "share/perl/[0-9]*.[0-9]*")
	if err != nil {
		return nil, nil, err
	}
	binary, err := root.Program("perl", "Perl")
	if err != nil {
		return nil, nil, err
	}
	env = []string{"PERL5LIB=" + strings.Join(places, string(os.PathListSeparator)), debian.Unconfigured}
	return root.Command(binary, filepath.Join(dir, "adapter", "adapter.pl")), env, nil
}
