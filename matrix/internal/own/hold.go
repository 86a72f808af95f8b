package own

import (
	"context"
	"io"
	"net"
	"slices"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/server/embedded"
	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports"
)

// A Held is the servers of a try that stay up, to be connected to by hand.
type Held struct {
	Request    evidence.Request // its connection string is without secrets
	Addresses  []string         // by host
	Hosts      []string
	Names      []string // of hosts, that lead elsewhere unless /etc/hosts says otherwise
	Mongod     string   // what a mongod would be told, without passwords
	deployment server.Deployment
}

// Close ends them.
func (h *Held) Close() error { return h.deployment.Close() }

// Hold brings up the servers of all hosts, together, and lets nobody loose on them. Their logs go to log.
func (s *Session) Hold(ctx context.Context, log io.Writer) (*Held, error) {
	if len(s.worlds) > 1 {
		return nil, usage.Errorf("--serve holds the servers of one state up, and these are %d: leave --renew and --issuer "+
			"out", len(s.worlds))
	}
	w, hosts := s.worlds[0], s.given.hosts
	if !s.given.several() {
		hosts = hosts[:1]
	}
	l := s.layout(w, hosts)
	told := l.Members[0].Config
	told.CertificateKeyFilePassword = ""
	line, err := told.Line(func([]byte) string { return "FILE" })
	if err != nil {
		return nil, err
	}
	deployment, err := embedded.Logging(log).Open(ctx, l)
	if err != nil {
		return nil, usage.Errorf("such a server does not start: %w", err)
	}
	h := &Held{Hosts: hosts, Mongod: line, deployment: deployment}
	for _, m := range deployment.Members() {
		h.Addresses = append(h.Addresses, m.Addr.String())
	}
	for _, host := range hosts {
		name := connstring.HostOf(host)
		if net.ParseIP(name) == nil && name != "localhost" && !slices.Contains(h.Names, name) {
			h.Names = append(h.Names, name)
		}
	}
	str := *s.given.string
	str.Options = slices.Clone(str.Options)
	if str.SRV { // by hand, no resolver leads here
		str.SRV = false
		str.Drop("srvMaxHosts", "srvServiceName")
		if _, on := str.Get("tls", "ssl"); !on {
			str.Set("true", "tls")
		}
	}
	h.Request = evidence.Request{URI: reports.MaskURI(w.uri(&str, seedsOf(hosts, deployment)...))}
	return h, nil
}
