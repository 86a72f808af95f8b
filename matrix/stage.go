package matrix

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

// A stage is the world of one attempt: everything that a case's data asks for, as files and addresses.
type stage struct {
	world     *fixtures.World
	backend   server.Info
	c         harness.Case
	label     string            // unique for the attempt, a DNS label
	responder string            // the OCSP responder's path for the server
	values    map[string]string // of the placeholders, by name, as they stand
	leaf      *x509.Certificate // of the server
	client    *x509.Certificate
}

// label is the value of {id}: unique for the attempt, a DNS label, and the same in every run.
func label(c harness.Case, attempt int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s#%d", c.ID, attempt))
	return fmt.Sprintf("c%x", sum[:5])
}

// expected is the case with the names of this attempt in its expectation.
func expected(c harness.Case, attempt int) harness.Case {
	named := func(text string) string { return strings.ReplaceAll(text, "{id}", label(c, attempt)) }
	c.Scenario.Expect.SNI = named(c.Scenario.Expect.SNI)
	c.Scenario.Expect.Mentions = slices.Clone(c.Scenario.Expect.Mentions)
	for i, words := range c.Scenario.Expect.Mentions {
		c.Scenario.Expect.Mentions[i] = named(words)
	}
	return c
}

// newStage mints what the client and the server of a case need. Attempts of one case are told apart by their number.
func newStage(w *fixtures.World, b server.Info, c harness.Case, attempt int) (*stage, error) {
	s := &stage{world: w, backend: b, c: c, label: label(c, attempt)}
	s.responder = s.label
	if b.Shared {
		s.responder = digest(c.Scenario.ID)
	}
	s.values = map[string]string{"id": s.label, "options": ""}
	client := c.Scenario.Client
	files := map[string]pki.File{"ca": pki.Bundle(pki.CA), "other": pki.Bundle(pki.Other),
		"public": pki.Bundle(pki.Public), "intermediate": pki.Bundle(pki.Intermediate)}
	maps.Copy(files, client.Files)
	uses := client.URI + optionsOf(client) + strings.Join(slices.Collect(maps.Values(client.Code)), " ")
	for name, file := range files {
		if !strings.Contains(uses, "{"+name+"}") {
			continue
		}
		if name == "ca" && b.CA != "" {
			s.values[name] = b.CA
			continue
		}
		path, err := w.File(name, file)
		if err != nil {
			return nil, fmt.Errorf("file {%s}: %w", name, err)
		}
		s.values[name] = path
	}
	switch {
	case client.Cert != nil && b.Cert != "":
		s.values["client"] = b.Cert
	case client.Cert != nil:
		path, cert, err := w.KeyFile(pki.Client, *client.Cert, client.Form)
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		s.values["client"], s.client = path, cert
		if s.values["subject"], err = pki.DN(cert.RawSubject); err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
	}
	return s, nil
}

// plan is the server of the stage.
func (s *stage) plan() (server.Plan, error) {
	row := s.c.Scenario.Server
	p, err := s.planOf(s.c.Mode, row)
	if err != nil {
		return p, err
	}
	p.Once = changes(s.c.Scenario.Client)
	if row.Restart != nil {
		next := row
		next.Leaf = row.Restart.Leaf
		again, err := s.planOf(cmp.Or(row.Restart.Mode, s.c.Mode), next)
		if err != nil {
			return p, err
		}
		p.Restart = &again
	}
	return p, nil
}

// planOf is the server of a row in a mode. Without TLS a mongod takes no option of net.tls.
func (s *stage) planOf(mode scenarios.Mode, row scenarios.Server) (p server.Plan, err error) {
	p.Config = mongod.Config{Mode: mode, Authorization: row.Auth || len(row.Users) > 0, SetParameter: maps.Clone(row.SetParameter)}
	p.Fault.Fault = row.Fault
	for _, u := range row.Users {
		p.Users = append(p.Users, s.user(u))
	}
	if mode != scenarios.Disabled {
		err = s.addTLS(&p, row)
	}
	return p, err
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

// digest is a short name for data.
func digest(data ...any) string {
	b, _ := json.Marshal(data) // plain data
	sum := sha256.Sum256(b)
	return fmt.Sprintf("s%x", sum[:6])
}

func (s *stage) user(u scenarios.User) mongod.User {
	user := mongod.User{DB: u.DB, Name: s.expand(u.Name, asIs), Password: u.Password, Roles: u.Roles}
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
func (s *stage) addTLS(p *server.Plan, row scenarios.Server) (err error) {
	c := &p.Config
	c.AllowConnectionsWithoutCertificates = !row.RequireClientCert && !row.NoCAFile
	c.AllowInvalidCertificates = row.AllowInvalidCertificates
	c.DisabledProtocols = row.DisabledProtocols
	c.ClusterAuthMode = row.ClusterAuthMode
	leaf := row.Leaf
	leaf.DNS = nil
	for _, name := range row.Leaf.DNS {
		leaf.DNS = append(leaf.DNS, s.expand(name, asIs))
	}
	if row.Responder.Answer != "" {
		leaf.OCSP = append(slices.Clone(leaf.OCSP), s.world.OCSP.Open(s.responder, row.Responder))
	}
	if row.NoStaple {
		if c.SetParameter == nil {
			c.SetParameter = map[string]string{}
		}
		c.SetParameter["ocspEnabled"] = "false"
	}
	if c.CertificateKeyFile, s.leaf, err = s.world.KeyFile(pki.Server, leaf, row.Form); err != nil {
		return fmt.Errorf("server certificate: %w", err)
	}
	if leaf.NotAfter < 0 {
		p.Expiring = func(life time.Duration) (string, time.Time, error) {
			clock := s.world.PKI.Clock()
			leaf.NotAfter = (time.Since(clock) + life).Truncate(time.Second)
			path, _, err := s.world.KeyFile(pki.Server, leaf, row.Form)
			return path, clock.Add(leaf.NotAfter + time.Second), err
		}
	}
	c.CertificateKeyFilePassword = row.Form.Password
	authorities := row.CAFile
	if authorities == nil {
		authorities = []string{pki.CA}
	}
	if !row.NoCAFile {
		if c.CAFile, err = s.world.File("ca-file", pki.Bundle(authorities...)); err != nil {
			return err
		}
	}
	if row.Fault.AdvertiseCA != nil {
		if p.Fault.AdvertiseCAFile, err = s.world.File("advertised", pki.Bundle(row.Fault.AdvertiseCA...)); err != nil {
			return err
		}
	}
	if row.Fault.Leaf != nil {
		if p.Fault.KeyFile, _, err = s.world.KeyFile(pki.Server, *row.Fault.Leaf, pki.KeyForm{}); err != nil {
			return fmt.Errorf("the other server certificate: %w", err)
		}
	}
	if row.CRL != nil {
		if c.CRLFile, err = s.world.CRLFile(*row.CRL); err != nil {
			return err
		}
	}
	if staple := row.Fault.Staple; staple != (ocsp.Behaviour{}) {
		issuer := leaf.Issuer
		if issuer == "" {
			issuer = pki.CA
		}
		if p.Fault.Response, err = s.world.OCSP.Response(staple, issuer, s.leaf.SerialNumber); err != nil {
			return fmt.Errorf("staple: %w", err)
		}
	}
	return nil
}

// request is the client of the stage, pointed at a server; its zone is added to the DNS fixture.
func (s *stage) request(m server.Member, limitMS int) (evidence.Request, error) {
	client := s.c.Scenario.Client
	s.values["port"] = strconv.Itoa(int(m.Addr.Port()))
	s.values["host"] = or(s.backend.Host, "localhost")
	if client.Host != "" {
		s.values["host"] = s.expand(client.Host, asIs)
	}
	if client.Zone != "" {
		if err := s.world.DNS.Add(s.expand(client.Zone, asIs)); err != nil {
			return evidence.Request{}, err
		}
	}
	uri := client.URI
	if uri == "" {
		uri = "mongodb://{host}:{port}/?{options}"
	}
	uri = strings.ReplaceAll(uri, "{options}", optionsOf(client))
	if s.backend.Host != "" && s.c.Scenario.Expect.Outcome != scenarios.BeforeDialing {
		uri = onlyThere(uri)
	}
	r := evidence.Request{
		ID:       s.c.ID,
		URI:      s.expand(uri, percent),
		Dial:     m.Addr.Addr().String(),
		Isolated: client.Zone != "" || client.SystemRoots,
		LimitMS:  limitMS,
	}
	if strings.Contains(client.Zone, " IN A ") {
		r.Dial = ""
	}
	for name, value := range client.Code {
		if r.Code == nil {
			r.Code = map[string]string{}
		}
		r.Code[name] = s.expand(value, asIs)
	}
	for _, do := range client.Do {
		r.Commands = append(r.Commands, evidence.Command{DB: do.DB, JSON: s.expand(do.JSON, inJSON)})
	}
	if len(r.Commands) == 0 {
		r.Commands = []evidence.Command{{DB: "admin", JSON: `{"ping": 1}`}}
	}
	return r, nil
}

// onlyThere keeps a client at the member that it is given, and from the others of its set.
func onlyThere(uri string) string {
	if strings.Contains(uri, "?") {
		return uri + "&directConnection=true"
	}
	return uri + "?directConnection=true"
}

// optionsOf are the options of a client's URI.
func optionsOf(c scenarios.Client) string {
	all := c.Options
	if all == "" {
		all = "tls=true&tlsCAFile={ca}"
	}
	if c.Add != "" {
		all += "&" + c.Add
	}
	written := strings.Contains(c.URI+all, "{client}")
	for _, value := range c.Code {
		written = written || strings.Contains(value, "{client}")
	}
	if c.Cert != nil && !written {
		all += "&tlsCertificateKeyFile={client}"
	}
	return all
}

// expand replaces the placeholders; unknown ones stay, so that JSON keeps its braces.
func (s *stage) expand(text string, quote func(name, value string) string) string {
	for name, value := range s.values {
		text = strings.ReplaceAll(text, "{"+name+"}", quote(name, value))
	}
	return text
}

func asIs(_, value string) string { return value }

// percent quotes a value for a URI. Hosts and labels are letters anyway; slashes of paths may stand in a query.
func percent(name, value string) string {
	if name == "host" {
		return value
	}
	quoted := strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	if name != "subject" {
		quoted = strings.ReplaceAll(quoted, "%2F", "/")
	}
	return quoted
}

func inJSON(_, value string) string {
	b, _ := json.Marshal(value)
	return strings.Trim(string(b), `"`)
}
