package attempt

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

// plan is the server of the scene. Names of its own can hold those of the client.
func (s *Scene) plan() (server.Plan, error) {
	values, client, err := s.values(s.c.Scenario.Client)
	if err != nil {
		return server.Plan{}, err
	}
	s.ClientFile = client
	row := s.c.Scenario.Server
	names := &template{values: values}
	p, err := s.planOf(s.c.Mode, row, names)
	if err != nil {
		return p, err
	}
	p.Once = changes(s.c.Scenario.Client)
	if row.Restart != nil {
		next := row
		next.Leaf = row.Restart.Leaf
		again, err := s.planOf(cmp.Or(row.Restart.Mode, s.c.Mode), next, names)
		if err != nil {
			return p, err
		}
		p.Restart = &again
	}
	return p, names.err
}

// planOf is the server of a row in a mode. Without TLS a mongod takes no option of net.tls.
func (s *Scene) planOf(mode scenarios.Mode, row scenarios.Server, names *template) (p server.Plan, err error) {
	p.Config = mongod.Config{Mode: mode, Authorization: row.Auth || len(row.Users) > 0, SetParameter: maps.Clone(row.SetParameter)}
	p.Fault.Fault = row.Fault
	for _, u := range row.Users {
		p.Users = append(p.Users, userOf(u, names.verbatim(u.Name)))
	}
	if mode == scenarios.Disabled {
		return p, nil
	}
	leaf := row.Leaf
	leaf.DNS = nil
	for _, name := range row.Leaf.DNS {
		leaf.DNS = append(leaf.DNS, names.verbatim(name))
	}
	leaf.OCSP = slices.Clone(leaf.OCSP)
	for _, r := range []struct {
		name string
		ocsp.Behaviour
	}{{s.responder + "-first", row.FirstResponder}, {s.responder, row.Responder}} {
		if r.Answer == "" {
			continue
		}
		address, err := s.world.OCSP.Open(r.name, r.Behaviour)
		if err != nil {
			return p, err
		}
		leaf.OCSP = append(leaf.OCSP, address)
	}
	return p, s.addTLS(&p, row, leaf)
}

// readOnly are the commands that leave a server as it was.
var readOnly = []string{"authenticate", "find", "hello", "ping", "serverStatus"}

// changes reports whether a client leaves its server other than it was.
func changes(c scenarios.Client) bool {
	return slices.ContainsFunc(c.Do, func(do scenarios.Command) bool {
		var command bson.D
		err := bson.UnmarshalExtJSON([]byte(do.JSON), false, &command)
		return err != nil || len(command) == 0 || !slices.Contains(readOnly, command[0].Key)
	})
}

// PlanOf is the server of a case. Cases whose plans have one shape can share a server, raised through the modes.
func PlanOf(w *fixtures.World, b server.Info, c harness.Case) (server.Plan, error) {
	return newScene(w, b, c, 0).plan()
}

// digest is a short name for data.
func digest(data ...any) string {
	b, _ := json.Marshal(data) // plain data
	return fmt.Sprintf("s%x", sha256.Sum256(b))[:13]
}

func userOf(u scenarios.User, name string) mongod.User {
	user := mongod.User{DB: u.DB, Name: name, Password: u.Password, Roles: u.Roles}
	if user.DB == "" {
		user.DB = "$external"
		if u.Password != "" {
			user.DB = "admin"
		}
	}
	if user.Roles == nil {
		user.Roles = []string{"readWrite@test"}
	}
	return user
}

// addTLS adds the options of net.tls, and their files.
func (s *Scene) addTLS(p *server.Plan, row scenarios.Server, leaf pki.Leaf) error {
	c := &p.Config
	c.AllowConnectionsWithoutCertificates = !row.RequireClientCert && !row.NoCAFile
	c.AllowInvalidCertificates = row.AllowInvalidCertificates
	c.DisabledProtocols = row.DisabledProtocols
	c.ClusterAuthMode = string(row.ClusterAuthMode)
	c.CertificateKeyFilePassword = row.Form.Password
	if row.NoStaple {
		if c.SetParameter == nil {
			c.SetParameter = map[string]string{}
		}
		c.SetParameter["ocspEnabled"] = "false"
	}
	path, own, err := keyFile(s.world, pki.Server, leaf, row.Form)
	if err != nil {
		return fmt.Errorf("server certificate: %w", err)
	}
	c.CertificateKeyFile = path
	if s.supply.serverIsOurs() {
		s.ServerFile = own.all
	}
	if leaf.NotAfter < 0 {
		p.Expiring = func(life time.Duration) (string, time.Time, error) {
			clock := s.world.PKI.Clock()
			leaf.NotAfter = (time.Since(clock) + life).Truncate(time.Second)
			path, _, err := s.world.KeyFile(pki.Server, leaf, row.Form)
			return path, clock.Add(leaf.NotAfter + time.Second), err
		}
	}
	if !row.NoCAFile {
		trusted := row.CAFile
		if trusted == nil {
			trusted = []string{pki.CA}
		}
		if c.CAFile, err = s.world.File("ca-file", pki.Bundle(trusted...)); err != nil {
			return err
		}
	}
	if row.CRL != nil {
		if c.CRLFile, err = s.world.CRLFile(*row.CRL); err != nil {
			return err
		}
	}
	return s.addFault(&p.Fault, row.Fault, leaf, own)
}

// addFault adds the files and bytes of a fault.
func (s *Scene) addFault(p *server.Fault, f scenarios.Fault, leaf pki.Leaf, own *held) (err error) {
	if f.AdvertiseCA != nil {
		if p.AdvertiseCAFile, err = s.world.File("advertised", pki.Bundle(f.AdvertiseCA...)); err != nil {
			return err
		}
	}
	if f.Leaf != nil {
		if p.KeyFile, _, err = s.world.KeyFile(pki.Server, *f.Leaf, pki.KeyForm{}); err != nil {
			return fmt.Errorf("the other server certificate: %w", err)
		}
	}
	if f.Staple != (ocsp.Behaviour{}) {
		if p.Response, err = s.world.OCSP.Response(f.Staple, cmp.Or(leaf.Issuer, pki.CA), own.leaf.SerialNumber); err != nil {
			return fmt.Errorf("staple: %w", err)
		}
	}
	return nil
}
