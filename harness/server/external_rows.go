package server

import (
	"fmt"
	"maps"
	"net"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/sight"
	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/scenarios"
)

// Rows are the scenarios in which a driver connects to each host of the connection string, as that says.
func (e *External) Rows() (rows []scenarios.Scenario) {
	s := *e.string
	s.Options = slices.Clone(s.Options)
	s.Drop("directConnection", "proxyHost", "proxyPort", "proxyUsername", "proxyPassword")
	expect, how := scenarios.Connects(), "over TLS"
	if tls, on := s.Get("tls", "ssl"); !on {
		s.Set("true", "tls")
	} else if tls == "false" {
		expect, how = scenarios.ConnectsInClear(), "in clear"
		// Some take these for tls=true.
		s.Drop(slices.Concat(connstring.CAFile, connstring.KeyFile, connstring.KeyPassword)...)
	}
	const host = "\x00" // which no string has
	uri := strings.NewReplacer("{", "%7B", "}", "%7D").Replace(s.Text(host))
	for i, server := range e.servers[:e.named] {
		name, _, _ := net.SplitHostPort(server.Host)
		rows = append(rows, scenarios.Scenario{
			ID:      Row(i, server.Host),
			Says:    fmt.Sprintf("A driver must connect to %s %s, as the connection string says.", server.Host, how),
			Because: "it is what applications do with this connection string",
			Modes:   []scenarios.Mode{e.Mode()},
			Members: []scenarios.Member{{Name: member(i), Host: name}},
			Client:  scenarios.Client{URI: strings.Replace(uri, host, "{"+member(i)+"}", 1)},
			Expect:  expect,
		})
	}
	return rows
}

// Row is the id of the scenario in which a driver connects to the host of that place in the connection string.
func Row(place int, host string) string {
	plain := strings.Trim(noID.ReplaceAllString(strings.ToLower(host), "-"), "-")
	return fmt.Sprintf("deployment/%d-%s", place+1, plain)
}

var noID = regexp.MustCompile(`[^a-z0-9]+`)

// member is a name for the host of that place: a word in lower case.
func member(place int) string { return "member" + strings.Repeat("x", place) }

// called is the host that a row calls so.
func (e *External) called(name string) sight.Server { return e.servers[strings.Count(name, "x")] }

// Cannot leaves out whatever the deployment would have to be changed for, whatever only its log could tell, and
// whatever is no business of somebody else's server.
func (e *External) Cannot(c harness.Case) string {
	s := c.Scenario
	before := s.Expect.Outcome == scenarios.BeforeDialing
	judged := scenarios.Expect{Outcome: s.Expect.Outcome, Reasons: s.Expect.Reasons, Warns: s.Expect.Warns,
		Hides: s.Expect.Hides}
	texts := s.Client.Texts()
	switch {
	case e.good.Clear && c.Mode == scenarios.RequireTLS && s.Expect.Outcome == scenarios.ByServer &&
		!s.Client.AsksForTLS():
		return "left out: it is about a server that serves no client in clear, and the deployment does"
	case (c.Derived || c.Mode != e.Mode()) && e.good.Clear:
		return "left out: the deployment is in allowTLS or preferTLS"
	case c.Derived || c.Mode != e.Mode():
		return fmt.Sprintf("left out: the deployment is in %s", e.Mode())
	case strings.HasPrefix(s.ID, "deployment/"):
		return e.away(s.Members[0].Name)
	case s.Subject == scenarios.ServerItself:
		return "left out: it is about the server itself"
	case !reflect.ValueOf(s.Server).IsZero() || len(s.Members)+len(s.Steps) > 0:
		return "left out: the deployment would have to be configured for it"
	case s.Client.Zone != "" || s.Client.SystemRoots || s.Client.Host != "":
		return "left out: it needs names or system roots of the fixtures"
	case len(s.Client.Do) > 0:
		return "left out: it sends more than a ping"
	case login.MatchString(texts) || !before && mechanism.MatchString(texts):
		return "left out: it has credentials that are not the deployment's"
	case s.Client.Cert != nil && (e.info.Cert == "" || !reflect.DeepEqual(*s.Client.Cert,
		pki.Leaf{}) || !reflect.ValueOf(s.Client.Form).IsZero()) && !before:
		return "left out: it needs a client certificate of the fixtures"
	case len(s.Client.Files) > 0 && !before:
		return "left out: it needs files that the deployment's authority would have to sign"
	case !before && !reflect.DeepEqual(s.Expect, judged),
		s.Expect.Outcome != scenarios.OverTLS && s.Expect.Outcome != scenarios.InClear &&
			s.Expect.Outcome != scenarios.InHandshake && s.Expect.Outcome != scenarios.Unspecified && !before:
		return "left out: only the server's log could tell"
	case !before && !e.good.Pings:
		return "left out: the deployment answers a ping only after a login, and logins are for the cases of each host"
	case e.good.TLS.Demands && e.info.Dressed(s.Client, s.Expect).Cert == nil:
		return "left out: the deployment demands a client certificate, and this client shows none"
	case e.good.TLS.Public && s.Expect.Outcome == scenarios.InHandshake && !strings.Contains(texts, "{other}"):
		return "left out: the authorities of this machine vouch for the deployment"
	}
	return ""
}

// What a client says of a login: credentials, or how.
var (
	login     = regexp.MustCompile(`(?i)(://[^/?]*@|&username=)`)
	mechanism = regexp.MustCompile(`(?i)authMechanism=`)
)

// away says why a host cannot be dialled.
func (e *External) away(name string) string {
	if away := e.called(name).Away; away != nil {
		return "left out: " + away.Error()
	}
	return ""
}

// Dressed is a client with the certificate of the deployment's user. One that says something of certificates itself
// stays as it is, and so does one that does not ask for TLS by its name, for a certificate would; and one that nobody
// shall see, because there are drivers that read their other options otherwise beside a certificate.
func (i Info) Dressed(c scenarios.Client, expect scenarios.Expect) scenarios.Client {
	file, password := connstring.KeyFile[0], connstring.KeyPassword[0]
	given := c.Cert != nil && reflect.ValueOf(*c.Cert).IsZero() && reflect.ValueOf(c.Form).IsZero()
	var add []string // names of options
	if !given {
		add = append(add, file)
	}
	if i.CertPassword != "" {
		add = append(add, password)
	}
	inCode := c.Code["tls"] == "true" || slices.Contains(slices.Collect(maps.Values(c.Code)), "{client}")
	itsOwn := c.Cert != nil || ofCert.MatchString(c.Texts())
	asks := inCode || asksTLS.MatchString(c.Texts())
	if i.Cert == "" || !given && (itsOwn || !asks || expect.Outcome == scenarios.BeforeDialing) {
		return c
	}
	values := map[string]string{file: "{client}", password: "{keypassword}"}
	for _, name := range add {
		switch option := name + "=" + values[name]; {
		case inCode:
			c.Code = maps.Clone(c.Code)
			c.Code[name] = values[name]
		case c.URI != "" && !strings.Contains(c.URI, "{options}"):
			c.URI += "&" + option
		default:
			c.Add = strings.TrimPrefix(c.Add+"&"+option, "&")
		}
	}
	c.Cert = &pki.Leaf{}
	return c
}

var (
	ofCert  = regexp.MustCompile(`(?i)(certificateKey|pem_?key|certfile|keyfile|sslCert=|sslKey=|tlsCert=|tlsKey=)`)
	asksTLS = regexp.MustCompile(`(?i)[?&](tls|ssl)=(true|1|yes)\b`)
)
