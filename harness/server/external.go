package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"reflect"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// An External is the back end of a deployment of the user's. It is asked for nothing but a ping, and its log is not
// seen: of the scenarios, those remain that are about what a driver makes of its own options.
type External struct {
	info   Info
	target string // host:port of the member that is dialled
	mode   scenarios.Mode
}

// externalLimit bounds the first look at a deployment.
const externalLimit = 10 * time.Second

// NewExternal looks at the deployment behind a connection string, of which only the first host counts. ca is a PEM file
// of the authorities of its certificate; cert, "" for none, one of a client certificate and its key.
func NewExternal(ctx context.Context, uri, ca, cert string) (*External, error) {
	parsed, err := connstring.Parse(uri)
	if err != nil {
		return nil, fmt.Errorf("--uri: %w", err)
	}
	host, port, err := net.SplitHostPort(parsed.Hosts[0])
	if err != nil {
		host, port = parsed.Hosts[0], "27017"
	}
	e := &External{target: net.JoinHostPort(host, port), info: Info{Name: "external",
		URI:  "mongodb://" + net.JoinHostPort(host, port),
		Host: host, CA: ca, Cert: cert}}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	authorities, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	if !config.RootCAs.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("--ca: %s holds no certificate", ca)
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, cert)
		if err != nil {
			return nil, fmt.Errorf("--cert: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	ctx, cancel := context.WithTimeout(ctx, externalLimit)
	defer cancel()
	if e.info.Version, err = e.version(ctx, config); err != nil {
		return nil, fmt.Errorf("the deployment at %s does not serve a good client: %w", e.target, err)
	}
	e.mode = scenarios.RequireTLS
	if _, err := e.version(ctx, nil); err == nil {
		e.mode = scenarios.PreferTLS // or allowTLS, which does the same to clients
	}
	return e, nil
}

// version asks the deployment, with TLS or, for nil, without.
func (e *External) version(ctx context.Context, config *tls.Config) (string, error) {
	opts := options.Client().ApplyURI(e.info.URI + "/?directConnection=true").SetServerSelectionTimeout(externalLimit / 3)
	if config != nil {
		opts.SetTLSConfig(config)
	}
	client, err := mongo.Connect(opts)
	if err != nil {
		return "", err
	}
	var info struct{ Version string }
	err = client.Database("admin").RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info)
	return info.Version, errors.Join(err, client.Disconnect(context.WithoutCancel(ctx)))
}

// Info is the back end.
func (e *External) Info() Info { return e.info }

// Cannot leaves out whatever the deployment would have to be changed for, and whatever only its log could tell.
func (e *External) Cannot(c harness.Case) string {
	s := c.Scenario
	before := s.Expect.Outcome == scenarios.BeforeDialing
	judged := scenarios.Expect{Outcome: s.Expect.Outcome, Reasons: s.Expect.Reasons, Warns: s.Expect.Warns,
		Hides: s.Expect.Hides}
	switch {
	case c.Derived || !before && c.Mode != e.mode:
		return fmt.Sprintf("left out: the deployment is in %s", e.mode)
	case s.Subject == scenarios.ServerItself:
		return "left out: it is about the server itself"
	case !reflect.ValueOf(s.Server).IsZero() || len(s.Members)+len(s.Steps) > 0:
		return "left out: the deployment would have to be configured for it"
	case s.Client.Zone != "" || s.Client.SystemRoots || s.Client.Host != "":
		return "left out: it needs names or system roots of the fixtures"
	case len(s.Client.Do) > 0:
		return "left out: it sends more than a ping"
	case s.Client.Cert != nil && (e.info.Cert == "" || !reflect.DeepEqual(*s.Client.Cert,
		pki.Leaf{}) || !reflect.ValueOf(s.Client.Form).IsZero()) && !before:
		return "left out: it needs a client certificate of the fixtures"
	case len(s.Client.Files) > 0 && !before:
		return "left out: it needs files that the deployment's authority would have to sign"
	case !before && !reflect.DeepEqual(s.Expect, judged),
		s.Expect.Outcome != scenarios.OverTLS && s.Expect.Outcome != scenarios.InClear &&
			s.Expect.Outcome != scenarios.InHandshake && s.Expect.Outcome != scenarios.Unspecified && !before:
		return "left out: only the server's log could tell"
	}
	return ""
}

// Open puts a relay in front of the deployment.
func (e *External) Open(_ context.Context, l Layout) (Deployment, error) {
	p, _, err := l.only()
	if err != nil {
		return nil, err
	}
	r, err := newRelay(e.target)
	if err != nil {
		return nil, err
	}
	r.start()
	return external{p.Name, r}, nil
}

// Close has nothing to do: the deployment is the user's.
func (*External) Close() error { return nil }

type external struct {
	name  string
	relay *relay
}

func (e external) Members() []Member { return []Member{{e.name, e.relay.addr().AddrPort()}} }

func (e external) Seen(ctx context.Context) (evidence.Seen, error) {
	conns, open, err := e.relay.record(ctx)
	if err != nil {
		return evidence.Seen{}, err
	}
	seen := evidence.Seen{Open: open}
	for i, c := range conns {
		c.seen.ID, c.seen.Answered = int64(i+1), c.turns > 1
		seen.Connections = append(seen.Connections, c.seen)
	}
	return seen, nil
}

func (e external) Close() error { return e.relay.close() }
