package attempt

import (
	"crypto/x509"

	"github.com/mongotls/mongotls/fixtures/pki"
)

// Certificates are those of the server's and the client's key files, as far as they are ours.
func (s *Stage) Certificates() (server, client []*x509.Certificate) {
	if s.backend.URI == "" {
		server = s.held(s.leaf, s.c.Scenario.Server.Form)
	}
	return server, s.held(s.client, s.c.Scenario.Client.Form)
}

// held are the certificates of a key file: the leaf, then its chain. nil if the file has none.
func (s *Stage) held(leaf *x509.Certificate, form pki.KeyForm) (all []*x509.Certificate) {
	if leaf == nil || form.OmitCert {
		return nil
	}
	all = append(all, leaf)
	for _, name := range form.Chain {
		if a, err := s.world.PKI.Authority(name); err == nil { // or the file could not have been written
			all = append(all, a.Certificate)
		}
	}
	return all
}
