package attempt

import (
	"cmp"
	"context"
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
	"github.com/mongotls/mongotls/harness/condition"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

// layout is the servers of the scene, and what happens to them. Names of their own can hold those of the client.
func (s *Scene) layout() (l server.Layout, err error) {
	l.Release, l.Since = s.c.Release, s.c.Scenario.Since()
	values, client, err := s.values(s.c.Scenario.Client)
	if err != nil {
		return l, err
	}
	s.ClientFile = client
	names := &template{values: values}
	row := s.c.Scenario
	members := row.Roled()
	if len(members) == 0 {
		members = []scenarios.Member{{}}
	}
	now := map[string]changed{} // as the steps leave them
	for _, m := range members {
		is := changed{m.Name, s.c.Mode, row.Server}.by(m.Differs)
		p, err := s.planOf(is, names)
		if err != nil {
			return l, err
		}
		p.Once = changes(row.Client)
		if len(row.Members) > 0 {
			host := names.verbatim(cmp.Or(m.Host, "localhost"))
			p.Seat = &server.Seat{Role: m.Role, Host: host, Me: cmp.Or(names.verbatim(m.Me), host),
				Horizon: names.verbatim(m.Horizon), Tags: m.Tags, Later: row.JoinsLater(m.Name)}
		}
		l.Members = append(l.Members, p)
		now[m.Name] = is
	}
	for _, step := range row.Steps {
		i := max(0, slices.IndexFunc(members, func(m scenarios.Member) bool { return m.Name == step.Member }))
		taken, err := s.step(step, now, names)
		if err != nil {
			return l, err
		}
		taken.Member = i
		l.Steps = append(l.Steps, taken)
	}
	return l, names.err
}

// changed is a server as it is at some time.
type changed struct {
	name string
	mode scenarios.Mode
	scenarios.Server
}

func (is changed) by(c scenarios.Change) changed {
	return changed{is.name, cmp.Or(c.Mode, is.mode), is.With(c)}
}

// step is one of the row. What it leaves a server as, it notes in now.
func (s *Scene) step(row scenarios.Step, now map[string]changed, names *template) (server.Step, error) {
	step := server.Step{After: row.After, Says: row.Sentence(), Down: time.Duration(row.Down) * time.Millisecond,
		Raise: row.Raise, Cluster: row.Cluster, Rename: row.Rename, Await: row.Await, Elect: row.Elect,
		Stale: row.Stale, Join: row.Join}
	var err error
	is := now[row.Member]
	switch change := cmp.Or(row.Restart, row.Rotate); {
	case change != nil:
		is = is.by(*change)
		var p server.Plan
		if p, err = s.planOf(is, names); err != nil {
			return step, err
		}
		p.Name = row.Member
		step.Restart = &p
		if row.Rotate != nil {
			step.Restart, step.Rotate = nil, &p
		}
	case row.Raise != "":
		is.mode = row.Raise
	case row.Wait > 0:
		step.Do = func(ctx context.Context) error {
			condition.Sleep(ctx, time.Duration(row.Wait)*time.Millisecond)
			return nil
		}
	case row.Respond != nil:
		step.Do = func(context.Context) error {
			_, err := s.world.OCSP.Open(s.responder, *row.Respond)
			return err
		}
	case row.Expire != "":
		step.Do = s.expire
	case row.Zone != "":
		step.Do = func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, rescan)
			defer cancel()
			zone, err := s.zone(row.Zone)
			return cmp.Or(err, s.world.DNS.Change(ctx, zone))
		}
	case row.Files != nil || row.Cert != nil:
		step.Do, err = s.replacing(row)
	}
	now[row.Member] = is
	return step, err
}

// expire waits until the certificates that run out have.
func (s *Scene) expire(ctx context.Context) error {
	condition.Sleep(ctx, time.Until(s.world.PKI.Clock().Add(s.end+time.Second)))
	return ctx.Err()
}

// rescan is how long a client may take until it asks again for the records that it started from: they, and the
// specification, let it wait for a minute.
const rescan = 75 * time.Second

// zone fills in what the client of the row starts from.
func (s *Scene) zone(text string) (string, error) {
	t := template{values: map[string]string{"id": s.label}}
	s.ports(t.values)
	filled := t.verbatim(text)
	return filled, t.err
}

// planOf is a server. Without TLS a mongod takes no option of net.tls.
func (s *Scene) planOf(is changed, names *template) (p server.Plan, err error) {
	mode, row := is.mode, is.Server
	p.Name = is.name
	p.Config = mongod.Config{Told: row.Told, Mode: mode, Authorization: row.Auth || len(row.Users) > 0,
		SetParameter: maps.Clone(row.SetParameter)}
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
	}{{firstOf(s.responder), row.FirstResponder}, {s.responder, row.Responder}} {
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

// firstOf is the path of the responder before the one at this path.
func firstOf(responder string) string { return responder + "-first" }

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

// PlanOf is the server of a case that has one. Cases whose plans have one shape can share a server, raised through the
// modes.
func PlanOf(w *fixtures.World, b server.Info, c harness.Case) (server.Plan, error) {
	l, err := newScene(w, b, c, 0).layout()
	if err != nil {
		return server.Plan{}, err
	}
	return l.Members[0], nil
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
	c.ClusterAuthX509Attributes = row.ClusterAuthX509.Attributes
	c.ClusterAuthX509ExtensionValue = row.ClusterAuthX509.ExtensionValue
	c.CertificateKeyFilePassword = row.Form.Password
	if c.SetParameter == nil {
		c.SetParameter = map[string]string{}
	}
	if row.NoStaple {
		c.SetParameter[mongod.OCSPEnabled] = "false"
	}
	path, own, err := keyFile(s.world, pki.Server, leaf, row.Form)
	if err != nil {
		return fmt.Errorf("server certificate: %w", err)
	}
	c.CertificateKeyFile = path
	if s.supply.serverIsOurs() && s.ServerFile == nil {
		s.ServerFile = own.all // of the first
	}
	if row.ClusterLeaf != nil {
		if c.ClusterFile, _, err = s.world.KeyFile(pki.Server, *row.ClusterLeaf, pki.KeyForm{}); err != nil {
			return fmt.Errorf("cluster certificate: %w", err)
		}
	}
	if leaf.NotAfter < 0 {
		p.Expiring = func(life time.Duration) (string, time.Time, error) {
			clock := s.world.PKI.Clock()
			leaf.NotAfter = (time.Since(clock) + life).Truncate(time.Second)
			path, _, err := s.world.KeyFile(pki.Server, leaf, row.Form)
			return path, clock.Add(leaf.NotAfter + time.Second), err
		}
	}
	if row.SystemCA != nil {
		c.SetParameter[mongod.UseSystemCA] = "true"
		if p.SystemCAFile, err = s.world.File("system", pki.Bundle(row.SystemCA...)); err != nil {
			return err
		}
	} else if !row.NoCAFile {
		trusted := row.CAFile
		if trusted == nil {
			trusted = []string{pki.CA}
		}
		if c.CAFile, err = s.world.File("ca-file", pki.Bundle(trusted...)); err != nil {
			return err
		}
	}
	if row.ClusterCAFile != nil {
		if c.ClusterCAFile, err = s.world.File("cluster-ca-file", pki.Bundle(row.ClusterCAFile...)); err != nil {
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
