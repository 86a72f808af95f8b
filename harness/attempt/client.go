package attempt

import (
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/scenarios"
)

// authorities are the placeholders that stand for a file of an authority.
var authorities = map[string]string{"ca": pki.CA, "other": pki.Other, "public": pki.Public,
	"intermediate": pki.Intermediate}

// values are what the placeholders of a client stand for, but for the address of its server, and the certificates of
// its key file.
func (s *Scene) values(client scenarios.Client) (map[string]string, []*x509.Certificate, error) {
	v := map[string]string{"id": s.label}
	uses := client.URI + client.AllOptions() + strings.Join(slices.Collect(maps.Values(client.Code)), " ")
	used := func(name string) bool { return strings.Contains(uses, "{"+name+"}") }
	for name, authority := range authorities {
		if _, own := client.Files[name]; own || !used(name) {
			continue
		}
		path, err := s.supply.authority(name, authority)
		if err != nil {
			return nil, nil, fmt.Errorf("file {%s}: %w", name, err)
		}
		v[name] = path
	}
	for name, file := range client.Files {
		if !used(name) {
			continue
		}
		path, err := s.world.File(name, file)
		if err != nil {
			return nil, nil, fmt.Errorf("file {%s}: %w", name, err)
		}
		if v[name], err = s.own(name, path); err != nil {
			return nil, nil, fmt.Errorf("file {%s}: %w", name, err)
		}
	}
	if client.Cert == nil {
		return v, nil, nil
	}
	leaf := *client.Cert
	if s.c.Scenario.Expires(pki.Client) {
		leaf.NotAfter = s.end
	}
	path, held, err := s.supply.clientKey(leaf, client.Form)
	if password := s.supply.keyPassword(); password != "" {
		v["keypassword"] = password
	}
	if err == nil {
		v["client"], err = s.own("client", path)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("client certificate: %w", err)
	}
	if held != nil {
		if v["subject"], err = dn.Format(held.leaf.RawSubject); err != nil {
			return nil, nil, fmt.Errorf("client certificate: %w", err)
		}
		return v, held.all, nil
	}
	return v, nil, nil
}
