package server

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	driverstring "go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/sight"
	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/internal/credential"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/scenarios"
)

// An External is the back end of a deployment of the user's. It is asked for nothing but a ping, and its log is not
// seen: of the scenarios, those remain that are about what a driver makes of its own options, in the mode that it is
// in. They dial its first host that serves a good client; Rows are those that dial each of them.
type External struct {
	info    Info
	string  *connstring.String
	eyes    *sight.Eyes
	servers []sight.Server // those of the string first, then those that they tell of
	named   int            // of the string
	good    sight.Server   // that the scenarios dial
	turn    chan struct{}  // one attempt at a time
}

// Deployed says which deployment it is.
type Deployed struct {
	URI  string
	CA   string // PEM file of the authorities of its certificates; default that of the string
	Cert string // PEM file of a client's certificate and key; default that of the string, if it has one
	// Password is asked for that of the key, if it is encrypted.
	Password func() ([]byte, error)
	Rate     int // connections a second, at the most
}

// attemptConns is how many connections most attempts make.
const attemptConns = 4

// NewExternal looks at a deployment.
func NewExternal(ctx context.Context, d Deployed) (*External, error) {
	e := &External{turn: make(chan struct{}, 1), eyes: &sight.Eyes{Pace: sight.NewPace(d.Rate),
		Roots: x509.NewCertPool()}, info: Info{Name: "external"}}
	if err := e.read(d); err != nil {
		return nil, err
	}
	hosts, err := e.resolve()
	if err != nil {
		return nil, err
	}
	e.servers, e.named = e.look(ctx, hosts), len(hosts)
	e.servers = append(e.servers, e.look(ctx, e.told(hosts))...)
	i := slices.IndexFunc(e.servers[:e.named], func(s sight.Server) bool { return s.Good() == nil })
	if i < 0 {
		var all []string
		for _, s := range e.servers[:e.named] {
			why := s.Good().Error()
			if s.TLS != nil && s.TLS.Demands && e.eyes.Cert == nil {
				why = "it demands a client certificate: give one with --cert"
			}
			all = append(all, fmt.Sprintf("the deployment at %s does not serve a good client: %s", s.Host, why))
		}
		return nil, usage.Errorf("%s", strings.ReplaceAll(strings.Join(all, "; "), "\n", " "))
	}
	e.good = e.servers[i]
	e.info.Version = e.good.Version
	e.info.Host, _, _ = net.SplitHostPort(e.good.Host)
	return e, nil
}

// read reads what the user has given. The options of TLS in the string give way to those of the user's that mean the
// same.
func (e *External) read(d Deployed) (err error) {
	if e.string, err = connstring.Parse(d.URI); err != nil {
		return err
	}
	e.info.URI = "mongodb"
	if e.string.SRV {
		e.info.URI += "+srv"
	}
	e.info.URI += "://" + strings.Join(e.string.Hosts, ",")
	if err := e.readTrust(d.CA); err != nil {
		return err
	}
	return e.readKey(d)
}

// readTrust reads the authorities: those that were given, or those of the string.
func (e *External) readTrust(path string) error {
	flag := "--ca"
	if inString, ok := e.string.Get(connstring.CAFile...); ok && path == "" {
		flag, path = "--uri: tlsCAFile", inString
	}
	if path == "" {
		return usage.Errorf("--backend external needs --ca, a PEM file of authorities, or tlsCAFile in --uri")
	}
	authorities, err := credential.ReadCertificates(flag, path)
	if err != nil {
		return err
	}
	for _, c := range authorities.Certs {
		e.eyes.Roots.AddCert(c)
	}
	e.info.CA = path
	e.string.Set(path, connstring.CAFile...)
	return nil
}

// readKey reads the certificate of the user and its key: those that were given, or those of the string.
func (e *External) readKey(d Deployed) error {
	flag, path := "--cert", d.Cert
	if inString, ok := e.string.Get(connstring.KeyFile...); ok && path == "" {
		flag, path = "--uri: tlsCertificateKeyFile", inString
	}
	if path == "" {
		return nil
	}
	f, err := credential.ReadCertificates(flag, path)
	if err != nil {
		return err
	}
	known, _ := e.string.Get(connstring.KeyPassword...)
	password := []byte(known)
	if f.Locked() && known == "" {
		if password, err = d.Password(); err != nil {
			return err
		}
	}
	pair, err := f.Pair(flag, password)
	if err != nil {
		return err
	}
	e.eyes.Cert, e.info.Cert = &pair, path
	e.string.Set(path, connstring.KeyFile...)
	e.string.Drop(connstring.KeyPassword...)
	if f.Locked() {
		e.info.CertPassword = string(password)
		e.string.Set(e.info.CertPassword, connstring.KeyPassword...)
	}
	return nil
}

// resolve is the hosts of the string, with their ports. Those of a seed list come from the resolver, as they do for
// drivers; the options of its TXT record become the string's.
func (e *External) resolve() (hosts []string, err error) {
	hosts = e.string.Hosts
	if e.string.SRV {
		bare := connstring.String{SRV: true}
		if service, ok := e.string.Get("srvServiceName"); ok {
			bare.Set(service, "srvServiceName")
		}
		seeds, err := driverstring.Parse(bare.Text(hosts...))
		if err != nil {
			return nil, usage.Errorf("--uri: the seed list of %s cannot be taken: %w", hosts[0], err)
		}
		hosts = seeds.Hosts
		e.string.SRV = false
		e.string.Drop("srvServiceName", "srvMaxHosts")
		for _, o := range []struct {
			value string
			names []string
		}{{"true", []string{"tls", "ssl"}}, {seeds.AuthSource, []string{"authSource"}}, {seeds.ReplicaSet,
			[]string{"replicaSet"}}, {map[bool]string{true: "true"}[seeds.LoadBalanced], []string{"loadBalanced"}}} {
			if _, given := e.string.Get(o.names...); !given && o.value != "" {
				e.string.Set(o.value, o.names...)
			}
		}
	}
	for i, host := range hosts {
		if _, _, err := net.SplitHostPort(host); err != nil {
			hosts[i] = net.JoinHostPort(strings.Trim(host, "[]"), "27017")
		}
	}
	return hosts, nil
}

// look looks at hosts, all at a time.
func (e *External) look(ctx context.Context, hosts []string) []sight.Server {
	seen := make([]sight.Server, len(hosts))
	var all sync.WaitGroup
	for i, host := range hosts {
		all.Go(func() { seen[i] = e.eyes.Look(ctx, host) })
	}
	all.Wait()
	return seen
}

// told are the hosts that servers send clients to, and that are not among those.
func (e *External) told(hosts []string) (others []string) {
	for _, s := range e.servers {
		for _, host := range s.Hello.Members() {
			if !slices.Contains(hosts, host) && !slices.Contains(others, host) {
				others = append(others, host)
			}
		}
	}
	return others
}

// Info is the back end.
func (e *External) Info() Info { return e.info }

// Servers are what was seen: the hosts of the connection string, and those that they tell clients of.
func (e *External) Servers() (named, told []sight.Server) {
	return e.servers[:e.named], e.servers[e.named:]
}

// Secrets are the texts that nobody may see: those of the connection string, and the password of the key.
func (e *External) Secrets() []string { return append(e.string.Secrets(), e.info.CertPassword) }

// LeftOut is what of the connection string was not applied.
func (e *External) LeftOut() (all []string) {
	if _, ok := e.string.Get("proxyHost"); ok {
		all = append(all, "proxyHost: the drivers were led to the deployment without the proxy of the connection string")
	}
	if strings.HasPrefix(e.info.URI, "mongodb+srv:") {
		all = append(all, "mongodb+srv: the driver was given the hosts and options of the records, and did not look them up "+
			"itself")
	}
	return all
}

// Mode is that of the deployment, as far as it can be seen.
func (e *External) Mode() scenarios.Mode {
	if e.good.Clear {
		return scenarios.PreferTLS // or allowTLS, which does the same to clients
	}
	return scenarios.RequireTLS
}

// Open puts a relay in front of the deployment.
func (e *External) Open(ctx context.Context, l Layout) (Deployment, error) {
	p, err := l.only()
	if err != nil {
		return nil, err
	}
	target := e.good.Host
	if p.Seat != nil {
		target = e.called(p.Name).Host
	}
	select {
	case e.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r, err := newRelay(target)
	if err == nil {
		err = e.eyes.Pace.Room(ctx, attemptConns)
	}
	if err != nil {
		<-e.turn
		return nil, err
	}
	r.pace = e.eyes.Pace
	r.start()
	return external{p.Name, r, e.turn}, nil
}

// Close has nothing to do: the deployment is the user's.
func (*External) Close() error { return nil }

type external struct {
	name  string
	relay *relay
	turn  chan struct{}
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

func (e external) Close() error {
	<-e.turn
	return e.relay.close()
}
