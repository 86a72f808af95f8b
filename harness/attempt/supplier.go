package attempt

import (
	"cmp"
	"crypto/x509"
	"strings"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

// A supplier gives a client what it needs to reach its deployment.
type supplier interface {
	// authority is the PEM file that a placeholder stands for.
	authority(placeholder, name string) (path string, err error)
	// clientKey is a key file of the client's, with its certificates if they are ours.
	clientKey(pki.Leaf, pki.KeyForm) (path string, held *held, err error)
	// client is one of a row as it is used here.
	client(c scenarios.Client, expect scenarios.Expect) scenarios.Client
	// keyPassword is that of the key file, where it is not one of the row.
	keyPassword() string
	// host is the name of the server, unless the row has one of its own.
	host(own string) string
	// address is a connection string that leads to this deployment and to no other.
	address(uri string) string
	// serverIsOurs reports whether the certificate of the server is one that was made here.
	serverIsOurs() bool
}

// held are the certificates of a key file: the leaf, and all that the file holds.
type held struct {
	leaf *x509.Certificate
	all  []*x509.Certificate
}

func supplierOf(w *fixtures.World, b server.Info) supplier {
	if b.Host == "" {
		return minted{w}
	}
	return given{minted{w}, b}
}

// minted supplies everything from the fixtures.
type minted struct{ world *fixtures.World }

func (m minted) authority(placeholder, name string) (string, error) {
	return m.world.File(placeholder, pki.Bundle(name))
}

func (m minted) clientKey(leaf pki.Leaf, form pki.KeyForm) (string, *held, error) {
	return keyFile(m.world, pki.Client, leaf, form)
}

func (m minted) client(c scenarios.Client, _ scenarios.Expect) scenarios.Client { return c }

func (m minted) keyPassword() string       { return "" }
func (m minted) host(own string) string    { return cmp.Or(own, "localhost") }
func (m minted) address(uri string) string { return uri }
func (m minted) serverIsOurs() bool        { return true }

// keyFile writes a certificate with its key, and tells what the file holds.
func keyFile(w *fixtures.World, role pki.Role, leaf pki.Leaf, form pki.KeyForm) (string, *held, error) {
	path, cert, err := w.KeyFile(role, leaf, form)
	if err != nil {
		return "", nil, err
	}
	all, err := w.PKI.Certificates(cert, form)
	if err != nil {
		return "", nil, err
	}
	return path, &held{leaf: cert, all: all}, nil
}

// given supplies what a user gave with a deployment of theirs, and the rest from the fixtures.
type given struct {
	minted
	deployment server.Info
}

func (g given) authority(placeholder, name string) (string, error) {
	if placeholder == "ca" {
		return g.deployment.CA, nil
	}
	return g.minted.authority(placeholder, name)
}

func (g given) clientKey(leaf pki.Leaf, form pki.KeyForm) (string, *held, error) {
	if g.deployment.Cert != "" {
		return g.deployment.Cert, nil, nil
	}
	return g.minted.clientKey(leaf, form)
}

func (g given) client(c scenarios.Client, expect scenarios.Expect) scenarios.Client {
	return g.deployment.Dressed(c, expect)
}

func (g given) keyPassword() string    { return g.deployment.CertPassword }
func (g given) host(own string) string { return cmp.Or(own, g.deployment.Host) }

// address keeps a client at the member that it is given, and from the others of its set.
func (g given) address(uri string) string {
	if strings.Contains(strings.ToLower(uri), "loadbalanced=true") {
		return uri // there is but one
	}
	if strings.Contains(uri, "?") {
		return uri + "&directConnection=true"
	}
	return uri + "?directConnection=true"
}

func (g given) serverIsOurs() bool { return false }
