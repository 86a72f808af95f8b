// Package pymongo runs the adapter of PyMongo, with a Python of a Debian suite, of a virtual environment, or of one's
// own.
package pymongo

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/usage"
)

// Python is the runtime.
const Python = "python"

// PyOpenSSL is the component that makes another driver of it: PyMongo uses pyOpenSSL wherever it can be imported, and
// asks for the status of certificates only then.
const PyOpenSSL = "pyopenssl"

// Async is the component that makes the asynchronous client of it, which PyMongo has since 4.9.
const Async = "async"

// program is the adapter.
//
//go:embed *.py
var program embed.FS

// Open runs the adapter with a version of the driver: 4.10.1, 4 (the newest 4.x), latest, or the path of a checkout, of
// a virtual environment or of an interpreter.
//
// Where a version comes from: what is in the cache is used as it is. A version that a Debian suite has comes from
// there, with the Python and the OpenSSL of that suite, if the machine has apt. All others come from the package index
// that pip is configured for, into a virtual environment of the python3 on the PATH. On another Python of
// Debian, and on the user's own if it comes from Debian, a version runs without its parts in C.
func Open(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	_, ocsp := s.On(PyOpenSSL)
	on, _ := s.On(Python)
	p, err := find(ctx, ocsp, s.Version, on.Version)
	if err != nil {
		return nil, err
	}
	script, err := script(ctx)
	if err != nil {
		return nil, err
	}
	args := append(slices.Clone(p.command[1:]), script)
	if _, async := s.On(Async); async {
		args = append(args, Async)
	}
	d, err := driver.Start(ctx, p.command[0], args, append(i.Environment(), p.env...))
	if err != nil {
		return nil, err
	}
	if err := p.is(d.Info()); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// A python is an interpreter with PyMongo.
type python struct {
	command []string
	env     []string
	version string // that it must have, "" for any
	ocsp    bool   // it must use pyOpenSSL
}

// is says what is wrong with what was found.
func (p python) is(i evidence.Info) error {
	if p.version != "" && versions.Compare(p.version, i.Version) != 0 { // 4.8 is 4.8.0
		return fmt.Errorf("what was installed is PyMongo %s", i.Version)
	}
	if _, uses := i.Component(PyOpenSSL); p.ocsp && !uses {
		return usage.Errorf("this PyMongo does not use pyOpenSSL (%s): install pymongo[ocsp]", i.Build)
	}
	return nil
}

// script is the file of the adapter.
func script(ctx context.Context) (string, error) {
	dir, err := install.Copied(ctx, "pymongo/adapter", program)
	return filepath.Join(dir, "adapter.py"), err
}
