// Package libmongoc drives libmongoc, the C driver, through a small program in C, the probe, that is compiled with the
// library at the first time.
package libmongoc

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/internal/usage"
)

// sources are those of the probe.
//
//go:embed probe
var sources embed.FS

// OpenSSL is the component that chooses a Debian suite.
const OpenSSL = "openssl"

// Open runs the probe with a version of the library: 1.23.1, or the path of an installation of one's own.
//
// Where a version comes from: pkg-config, if that knows just this one on this machine; else the Debian suite that has
// it, unpacked into the cache, and run with the libraries of that suite. With a version of OpenSSL it is the suite that
// has both. A path is the prefix of an installation, with its pkg-config files.
func Open(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	on, _ := s.On(OpenSSL)
	p, err := build(ctx, s.Version, on.Version)
	if err != nil {
		return nil, err
	}
	command := p.library.command(filepath.Join(p.dir, programName))
	d, err := driver.Start(ctx, command[0], command[1:], append(i.Environment(), p.library.env...))
	if err != nil {
		return nil, errors.Join(err, p.clean())
	}
	return &built{d, p.clean}, nil
}

type built struct {
	*driver.Process
	clean func() error
}

func (b *built) Close() error { return errors.Join(b.Process.Close(), b.clean()) }

const programName = "probe"

// A probe is the program in a directory, with the library that it was built with.
type probe struct {
	dir     string
	library library
	clean   func() error
}

// build compiles the probe, or finds it in the cache. One with a library of the user's own, who may build that again,
// is for this run only.
func build(ctx context.Context, version, openSSL string) (probe, error) {
	nothing := func() error { return nil }
	if driver.IsPath(version) {
		if openSSL != "" {
			return probe{}, usage.Errorf("an installation has an OpenSSL of its own: leave +%s%s out", OpenSSL,
				openSSL)
		}
		l, err := fromPrefix(ctx, version)
		if err != nil {
			return probe{}, err
		}
		dir, err := os.MkdirTemp("", "mongotls-libmongoc-")
		if err != nil {
			return probe{}, err
		}
		clean := func() error { return os.RemoveAll(dir) }
		err = compile(ctx, dir, l)
		complaint, ok := errors.AsType[*install.Complaint](err)
		switch {
		case errors.Is(err, syscall.ENOSPC):
			err = fmt.Errorf("the disk of %s is full", os.TempDir())
		case ok:
			err = usage.Errorf("the probe does not compile with it: %s", complaint.First(4))
		}
		if err != nil {
			return probe{}, errors.Join(err, clean())
		}
		return probe{dir, l, clean}, nil
	}
	l, err := find(ctx, version, openSSL)
	if err != nil {
		return probe{}, err
	}
	files, err := install.Contents(sources)
	if err != nil {
		return probe{}, err
	}
	at := fmt.Sprintf("libmongoc/%s-%s", l.version, install.Key(l.flags, files))
	dir, err := install.Cached(ctx, at, func(dir string) error { return compile(ctx, dir, l) })
	if complaint, ok := errors.AsType[*install.Complaint](err); ok {
		err = fmt.Errorf("the probe does not compile: %s", complaint.First(4))
	}
	return probe{dir, l, nothing}, err
}

// compile puts the probe into dir.
func compile(ctx context.Context, dir string, l library) error {
	if err := os.CopyFS(dir, sources); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "probe", "*.c"))
	if err != nil {
		return err
	}
	// What the probe defines must come before what the C library does, also for the libraries that it is linked with.
	args := slices.Concat([]string{"-std=gnu11", "-O1", "-pthread", "-rdynamic", "-o", programName + ".new"}, files,
		l.flags, []string{"-lresolv", "-ldl"})
	if _, err := install.Tool(ctx, dir, []string{"LC_ALL=C"}, "cc", args...); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(dir, "probe")); err != nil {
		return err
	}
	return os.Rename(filepath.Join(dir, programName+".new"), filepath.Join(dir, programName))
}
