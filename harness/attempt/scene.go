package attempt

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/scenarios"
)

// A Scene is the deployment of a case, ready for its client.
type Scene struct {
	// ServerFile and ClientFile are the certificates of the two key files, the leaf first: empty where a file has none,
	// and where it is not ours.
	ServerFile, ClientFile []*x509.Certificate

	world      *fixtures.World
	supply     supplier
	c          harness.Case
	label      string        // a DNS label that no other attempt has
	responder  string        // the OCSP responder's path for the server
	asked      int           // requests that the responders had before
	earlier    int           // connections that are not spoken of any more
	last       int           // connections that Seen saw
	end        time.Duration // of the certificates that run out, from the world's clock
	deployment server.Deployment
}

// Open makes what the server of a case needs, and brings it up. number tells the attempts of a case apart.
func Open(ctx context.Context, w *fixtures.World, b server.Backend, c harness.Case, number int) (*Scene, error) {
	s := newScene(w, b.Info(), c, number)
	layout, err := s.layout()
	if err != nil {
		return nil, err
	}
	if s.deployment, err = b.Open(ctx, layout); err != nil {
		return nil, fmt.Errorf("the server did not start: %w", err)
	}
	s.asked = s.requests()
	return s, nil
}

// lifetime is that of a certificate which runs out while its client works: longer than a driver takes to connect on a
// busy machine.
const lifetime = 5 * time.Second

func newScene(w *fixtures.World, b server.Info, c harness.Case, number int) *Scene {
	s := &Scene{world: w, supply: supplierOf(w, b), c: c, label: label(c, number)}
	s.responder = s.label
	s.end = (time.Since(w.PKI.Clock()) + lifetime).Truncate(time.Second)
	if c.Scenario.Expires(pki.Server) {
		s.c.Scenario.Server.Leaf.NotAfter = s.end
	}
	if b.Shared {
		s.responder = digest(c.Scenario.ID)
	}
	return s
}

// label is the value of {id}: unique for the attempt, a DNS label, and the same in every run.
func label(c harness.Case, number int) string {
	return fmt.Sprintf("c%x", sha256.Sum256(fmt.Appendf(nil, "%s#%d", c.ID, number)))[:11]
}

// Expected is a case with the names of an attempt in its expectation.
func Expected(c harness.Case, number int) harness.Case {
	named := func(text string) string { return strings.ReplaceAll(text, "{id}", label(c, number)) }
	c.Scenario.Expect.SNI = scenarios.ServerName(named(string(c.Scenario.Expect.SNI)))
	c.Scenario.Expect.Mentions = slices.Clone(c.Scenario.Expect.Mentions)
	for i, words := range c.Scenario.Expect.Mentions {
		c.Scenario.Expect.Mentions[i] = named(words)
	}
	return c
}

// Members are the servers of the scene.
func (s *Scene) Members() []server.Member { return s.deployment.Members() }

// Request is what a driver is asked to do as this client, which is that of the case or another one. Its zone is added
// to the DNS fixture.
func (s *Scene) Request(client scenarios.Client, limit time.Duration) (evidence.Request, error) {
	client = s.supply.client(client, s.c.Scenario.Expect)
	t, err := s.template(client)
	if err != nil {
		return evidence.Request{}, err
	}
	if client.Zone != "" {
		zone, err := s.zone(client.Zone)
		if err = cmp.Or(err, s.world.DNS.Add(zone)); err != nil {
			return evidence.Request{}, err
		}
	}
	uri := client.URI
	if uri == "" {
		uri = s.c.Scenario.Address()
	}
	uri = t.uri(uri)
	if s.c.Scenario.Expect.Outcome != scenarios.BeforeDialing {
		uri = s.supply.address(uri)
	}
	r := evidence.Request{ID: s.c.ID, URI: uri, Dial: s.deployment.Members()[0].Addr.Addr().String(),
		Streams: client.Streams, Isolated: client.Zone != "" || client.SystemRoots, LimitMS: int(limit.Milliseconds()),
		GoOn: client.GoOn}
	if strings.Contains(client.Zone, " IN A ") {
		r.Dial = "" // its addresses are those of the zone
	}
	for name, value := range client.Code {
		if r.Code == nil {
			r.Code = map[string]string{}
		}
		r.Code[name] = t.verbatim(value)
	}
	for _, do := range client.Do {
		r.Commands = append(r.Commands, evidence.Command{DB: do.DB, JSON: t.json(do.JSON)})
	}
	if len(r.Commands) == 0 {
		r.Commands = []evidence.Command{{DB: "admin", JSON: `{"ping": 1}`}}
	}
	return r, t.err
}

// template is that of the texts about a client.
func (s *Scene) template(client scenarios.Client) (*template, error) {
	values, _, err := s.values(client)
	if err != nil {
		return nil, err
	}
	s.ports(values)
	t := &template{values: values, row: s.c.Scenario, client: client}
	values["host"] = s.supply.host(t.verbatim(client.Host))
	var seeds []string
	for _, m := range s.c.Scenario.Roled() {
		at := net.JoinHostPort(t.verbatim(cmp.Or(m.Host, "localhost")), values[m.Name+".port"])
		values[m.Name] = at
		if m.Role != scenarios.Hidden && m.Role != scenarios.Arbiter && !s.c.Scenario.JoinsLater(m.Name) {
			seeds = append(seeds, at)
		}
	}
	if seeds != nil {
		values["seeds"] = strings.Join(seeds, ",")
	}
	values["options"] = t.uri(client.AllOptions())
	return t, t.err
}

// ports adds those of the servers.
func (s *Scene) ports(values map[string]string) {
	port := func(i int) string { return strconv.Itoa(int(s.deployment.Members()[i].Addr.Port())) }
	values["port"] = port(0)
	for i, m := range s.c.Scenario.Members {
		values[m.Name+".port"] = port(i)
	}
}

// Seen waits until every connection has ended, or ctx is done, and returns what the server side saw since Open.
func (s *Scene) Seen(ctx context.Context) (evidence.Seen, error) {
	seen, err := s.deployment.Seen(ctx)
	if err != nil {
		return evidence.Seen{}, err
	}
	s.last = len(seen.Connections)
	seen.Connections = seen.Connections[s.earlier:]
	seen.OCSPRequests = s.requests() - s.asked
	seen.DNS = s.world.DNS.Queries(s.label)
	return seen, nil
}

// forget makes Seen speak of what comes after now.
func (s *Scene) forget() {
	s.earlier, s.asked = s.last, s.requests()
}

// requests is how often the server's responders have been asked. Where there are two, a driver that asks both at once
// may have its answer before the other is reached.
func (s *Scene) requests() int {
	return s.world.OCSP.Requests(s.responder) + s.world.OCSP.Requests(firstOf(s.responder))
}

// Close ends the deployment, or gives it back.
func (s *Scene) Close() error { return s.deployment.Close() }
