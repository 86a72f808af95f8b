package matrix

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/scenarios"
)

// A stage is the world of one attempt: everything that a case's data asks for, as files and addresses.
type stage struct {
	world  *fixtures.World
	c      harness.Case
	label  string            // unique for the attempt, a DNS label
	values map[string]string // of the placeholders, by name, as they stand
	leaf   *x509.Certificate // of the server
}

// label is the value of {id}: unique for the attempt, a DNS label, and the same in every run.
func label(c harness.Case, attempt int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s#%d", c.ID, attempt))
	return fmt.Sprintf("c%x", sum[:5])
}

// expected is the case with the names of this attempt in its expectation.
func expected(c harness.Case, attempt int) harness.Case {
	c.Scenario.Expect.SNI = strings.ReplaceAll(c.Scenario.Expect.SNI, "{id}", label(c, attempt))
	return c
}

// newStage mints what the client and the server of a case need. Attempts of one case are told apart by their number.
func newStage(w *fixtures.World, c harness.Case, attempt int) (*stage, error) {
	s := &stage{world: w, c: c, label: label(c, attempt)}
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
		path, err := w.File(name, file)
		if err != nil {
			return nil, fmt.Errorf("file {%s}: %w", name, err)
		}
		s.values[name] = path
	}
	if client.Cert != nil {
		path, cert, err := w.KeyFile(pki.Client, *client.Cert, client.Form)
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		s.values["client"] = path
		if s.values["subject"], err = pki.DN(cert.RawSubject); err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
	}
	return s, nil
}

// config is the server of the stage, as a mongod would be told.
func (s *stage) config() (standin.Config, error) {
	server := s.c.Scenario.Server
	c := standin.Config{
		Mode:                                s.c.Mode,
		AllowConnectionsWithoutCertificates: !server.RequireClientCert && !server.NoCAFile,
		AllowInvalidCertificates:            server.AllowInvalidCertificates,
		DisabledProtocols:                   server.DisabledProtocols,
		Authorization:                       server.Auth || len(server.Users) > 0,
		ClusterAuthMode:                     server.ClusterAuthMode,
		SetParameter:                        maps.Clone(server.SetParameter),
		Fault:                               server.Fault,
	}
	for _, u := range server.Users {
		c.Users = append(c.Users, s.user(u))
	}
	if s.c.Mode == scenarios.Disabled {
		return c, nil
	}
	return s.withFiles(c)
}

func (s *stage) user(u scenarios.User) standin.User {
	user := standin.User{DB: u.DB, Name: s.expand(u.Name, asIs), Password: u.Password, Roles: u.Roles}
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

// withFiles adds the files of net.tls.
func (s *stage) withFiles(c standin.Config) (standin.Config, error) {
	server := s.c.Scenario.Server
	leaf := server.Leaf
	leaf.DNS = nil
	for _, name := range server.Leaf.DNS {
		leaf.DNS = append(leaf.DNS, s.expand(name, asIs))
	}
	if server.Responder.Answer != "" {
		leaf.OCSP = append(slices.Clone(leaf.OCSP), s.world.OCSP.Open(s.label, server.Responder))
	}
	if server.NoStaple {
		if c.SetParameter == nil {
			c.SetParameter = map[string]string{}
		}
		c.SetParameter["ocspEnabled"] = "false"
	}
	var err error
	if c.CertificateKeyFile, s.leaf, err = s.world.KeyFile(pki.Server, leaf, server.Form); err != nil {
		return c, fmt.Errorf("server certificate: %w", err)
	}
	c.CertificateKeyFilePassword = server.Form.Password
	authorities := server.CAFile
	if authorities == nil {
		authorities = []string{pki.CA}
	}
	if !server.NoCAFile {
		if c.CAFile, err = s.world.File("ca-file", pki.Bundle(authorities...)); err != nil {
			return c, err
		}
	}
	if server.Fault.AdvertiseCA != nil {
		if c.AdvertiseCAFile, err = s.world.File("advertised", pki.Bundle(server.Fault.AdvertiseCA...)); err != nil {
			return c, err
		}
	}
	if server.CRL != nil {
		if c.CRLFile, err = s.world.CRLFile(*server.CRL); err != nil {
			return c, err
		}
	}
	if staple := server.Fault.Staple; staple != (ocsp.Behaviour{}) {
		issuer := leaf.Issuer
		if issuer == "" {
			issuer = pki.CA
		}
		if c.Staple, err = s.world.OCSP.Response(staple, issuer, s.leaf.SerialNumber); err != nil {
			return c, fmt.Errorf("staple: %w", err)
		}
	}
	return c, nil
}

// request is the client of the stage, pointed at a server; its zone is added to the DNS fixture.
func (s *stage) request(ip string, port int, limitMS int) (harness.Request, error) {
	client := s.c.Scenario.Client
	s.values["port"] = strconv.Itoa(port)
	s.values["host"] = "localhost"
	if client.Host != "" {
		s.values["host"] = s.expand(client.Host, asIs)
	}
	if client.Zone != "" {
		if err := s.world.DNS.Add(s.expand(client.Zone, asIs)); err != nil {
			return harness.Request{}, err
		}
	}
	uri := client.URI
	if uri == "" {
		uri = "mongodb://{host}:{port}/?{options}"
	}
	uri = strings.ReplaceAll(uri, "{options}", optionsOf(client))
	r := harness.Request{
		ID:       s.c.ID,
		URI:      s.expand(uri, percent),
		Dial:     ip,
		Isolated: client.Zone != "" || client.SystemRoots,
		LimitMS:  limitMS,
	}
	for name, value := range client.Code {
		if r.Code == nil {
			r.Code = map[string]string{}
		}
		r.Code[name] = s.expand(value, asIs)
	}
	for _, do := range client.Do {
		r.Do = append(r.Do, harness.Command{DB: do.DB, JSON: s.expand(do.JSON, inJSON)})
	}
	if len(r.Do) == 0 {
		r.Do = []harness.Command{{DB: "admin", JSON: `{"ping": 1}`}}
	}
	return r, nil
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
