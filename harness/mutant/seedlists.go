package mutant

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/miekg/dns"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Drivers that start from SRV and TXT records otherwise.
var seedlists = []Mutant{
	{
		Name: "no-tls-for-srv",
		Says: "The driver does not take mongodb+srv for a demand for TLS.",
		Driver: asking(func(r *evidence.Request) {
			if srv(*r) && !has(*r, "tls") && !has(*r, "ssl") && r.Code["tls"] == "" {
				drop(r, "tlsCAFile")
				set(r, "tls", "false")
			}
		}),
		Kills: kills("must connect over TLS", "srv/default-tls-on", "srv/tls-option-plus-srv",
			"srv/tls-option-plus-srv@direct-connection-false",
			"srv/uppercase-host", "srv/custom-service"),
	},
	{
		Name: "always-tls-for-srv",
		Says: "The driver uses TLS for mongodb+srv, whatever the options say.",
		Driver: asking(func(r *evidence.Request) {
			if srv(*r) {
				drop(r, "tls", "ssl")
				set(r, "tlsInsecure", "true")
			}
		}),
		Kills: kills("must connect in clear", "srv/tls-false-uri", "srv/ssl-false-uri", "srv/tls-false-in-code"),
	},
	{
		Name:   "refuses-options-beside-srv",
		Says:   "The driver refuses options that say what mongodb+srv says already.",
		Driver: refusing(func(r evidence.Request) bool { return srv(r) && (is(r, "tls") || has(r, "directConnection")) }),
		Kills:  kills(keptOut, "srv/tls-option-plus-srv@*"),
	},
	{
		Name:   "minds-the-case-of-hosts",
		Says:   "The driver refuses an SRV name in upper case, for its targets are in lower case.",
		Driver: refusing(func(r evidence.Request) bool { return srv(r) && strings.ToLower(host(r.URI)) != host(r.URI) }),
		Kills:  kills(keptOut, "srv/uppercase-host"),
	},
	{
		Name:   "wants-three-labels",
		Says:   "The driver refuses SRV names of fewer than three labels, as drivers did before 2024.",
		Driver: refusing(func(r evidence.Request) bool { return srv(r) && strings.Count(host(r.URI), ".") < 2 }),
		Kills:  kills(keptOut, "srv/two-label-host", "srv/one-label-host"),
	},
	{
		Name:   "wants-three-labels-at-most",
		Says:   "The driver refuses SRV names of more than three labels.",
		Driver: refusing(func(r evidence.Request) bool { return srv(r) && strings.Count(host(r.URI), ".") > 2 }),
		Kills:  kills(keptOut, "srv/name-of-four-labels"),
	},
	{
		Name:   "ignores-srv-options",
		Says:   "The driver does not look at the options of SRV.",
		Driver: asking(func(r *evidence.Request) { drop(r, "srvServiceName", "srvMaxHosts") }),
		Kills: besides(besides(kills(letInBefore, "srv/options-without-srv*"), keptOut, "srv/custom-service"),
			"no more than 1 of its servers", "srv/maxhosts-subset"),
	},
	{
		Name:   "checks-no-records",
		Says:   "The driver dials whatever the records name, with whatever options they give, or the name itself.",
		Driver: following(func(_ string, hosts, txt []string) (seeds, more []string) { return hosts, txt }),
		Kills: besides(
			kills(
				"the server saw", "srv/txt-conflict*", "srv/load-balanced-conflict*", "srv/evil-domain-of-short-name*",
				"srv/two-label-identical", "srv/port-in-uri", "srv/two-hosts", "srv/direct-connection*", "srv/evil-domain*",
				"srv/txt-not-allowed", "srv/txt-not-allowed@ssl", "srv/txt-not-allowed@timeout",
				"srv/txt-not-allowed@two-records",
			),
			"looked up the address", "srv/no-records", "srv/no-records@no-data",
		),
	},
	{
		Name:   "starts-from-one-record",
		Says:   "The driver starts from the first host of the records, and lets the others go.",
		Driver: following(func(_ string, hosts, txt []string) (seeds, more []string) { return hosts[:1], txt }),
		Kills:  kills("must", "srv/several-targets*"),
	},
	{
		Name: "resolves-before-it-refuses",
		Says: "The driver looks up the address of an SRV name before it has looked at the records and the options.",
		Driver: with(defect{request: func(i driver.Isolation, r *evidence.Request) {
			if srv(*r) {
				lookup(i, host(r.URI)+".", dns.TypeA)
			}
		}}),
		Kills: kills("looked up the address", "srv/port-in-uri", "srv/two-hosts", "srv/direct-connection*",
			"srv/evil-domain*", "srv/txt-not-allowed*",
			"srv/no-records*", "srv/two-label-identical"),
	},
	{
		Name: "falls-back-on-the-srv-name",
		Says: "The driver accepts a server whose certificate is for the name of the connection string.",
		Driver: falling(func(r evidence.Request, a evidence.Answer) bool {
			return srv(r) && a.Error.Reason == evidence.NameMismatch
		},
			following(func(name string, hosts, txt []string) (seeds, more []string) {
				_, port, _ := strings.Cut(first(hosts), ":")
				return []string{name + ":" + port}, txt
			})),
		Kills: kills(letIn, "srv/san-has-srv-name-only"),
	},
	{
		Name:   "refuses-encoded-users",
		Says:   "The driver refuses user names that must be encoded beside mongodb+srv.",
		Driver: refusing(func(r evidence.Request) bool { return srv(r) && strings.Contains(r.URI, "%40") }),
		Kills:  kills(keptOut, "srv/userinfo-and-db*"),
	},
	{
		Name:   "knows-no-max-hosts",
		Says:   "The driver refuses srvMaxHosts.",
		Driver: refusing(func(r evidence.Request) bool { return has(r, "srvMaxHosts") }),
		Kills:  kills(keptOut, "srv/max-hosts", "srv/max-hosts@*"),
	},
	{
		Name: "dials-the-srv-name",
		Says: "The driver takes the port of the records, and the name of the connection string.",
		Driver: following(func(name string, hosts, txt []string) (seeds, more []string) {
			_, port, _ := strings.Cut(first(hosts), ":")
			return []string{name + ":" + port}, txt
		}),
		Kills: kills(keptOut, "srv/longer-target", "srv/trailing-dot-target", "srv/target-ok-advertised"),
	},
	{
		Name: "knows-no-load-balancer-by-txt",
		Says: "The driver forgets TLS where the TXT record speaks of a load balancer.",
		Driver: following(func(_ string, hosts, txt []string) (seeds, more []string) {
			if strings.Contains(first(txt), "loadBalanced") {
				return hosts, []string{"tls=false"}
			}
			return hosts, txt
		}),
		Kills: kills(keptOut, "srv/txt-load-balanced*"),
	},
	{
		Name: "trusts-the-records",
		Says: "The driver checks nothing of a server that DNS has named.",
		Driver: asking(func(r *evidence.Request) {
			if srv(*r) {
				set(r, "tlsInsecure", "true")
			}
		}),
		Kills: kills(letIn, "srv/target-ok-advertised-not", "srv/san-has-srv-name-only"),
	},
	{
		Name:   "ignores-txt",
		Says:   "The driver does not look at TXT records.",
		Driver: following(func(_ string, hosts, _ []string) (seeds, more []string) { return hosts, nil }),
		Kills: besides(kills("must connect over TLS", "srv/txt-allowed", "srv/txt-allowed@split"), "the server saw",
			"srv/txt-not-allowed*"),
	},
	{
		Name:   "lets-txt-override",
		Says:   "The driver lets the TXT record say otherwise than the connection string.",
		Driver: following(func(_ string, hosts, txt []string) (seeds, more []string) { return hosts, txt }),
		Kills:  kills("must connect over TLS", "srv/txt-allowed@overridden"),
	},
	{
		Name:   "asks-by-datagram-alone",
		Says:   "The driver takes a truncated answer of DNS for all there is.",
		Driver: following(func(_ string, hosts, txt []string) (seeds, more []string) { return hosts, txt }),
		Kills:  besides(kills(keptOut, "srv/truncated@txt"), "could not reach the server", "srv/truncated"),
	},
	{
		Name: "reads-no-compressed-records",
		Says: "The driver takes a compressed target of a record for an error, as Go did before 1.23.",
		Driver: with(defect{request: func(i driver.Isolation, r *evidence.Request) {
			for _, record := range lookup(i, "_mongodb._tcp."+host(r.URI)+".", dns.TypeSRV) {
				if s, ok := record.(*dns.SRV); ok && int(s.Hdr.Rdlength) < len("0123456")+len(s.Target) {
					r.URI = ""
				}
			}
		}}),
		Kills: kills(keptOut, "srv/compressed-target"),
	},
}

func srv(r evidence.Request) bool { return strings.HasPrefix(r.URI, "mongodb+srv://") }

// following is a driver that follows SRV and TXT records on its own, as f says, and hands what it finds to the Go
// driver as mongodb://. What more says counts more than the connection string.
func following(f func(name string, hosts, txt []string) (seeds, more []string)) driverOf {
	return with(defect{request: func(i driver.Isolation, r *evidence.Request) {
		if !srv(*r) {
			return
		}
		service, ok := option(*r, "srvServiceName")
		if !ok {
			service = "mongodb"
		}
		name := strings.ToLower(host(r.URI))
		var hosts, txt []string
		for _, record := range lookup(i, "_"+service+"._tcp."+name+".", dns.TypeSRV) {
			if s, ok := record.(*dns.SRV); ok {
				hosts = append(hosts, fmt.Sprintf("%s:%d", strings.TrimSuffix(s.Target, "."), s.Port))
			}
		}
		for _, record := range lookup(i, name+".", dns.TypeTXT) {
			if s, ok := record.(*dns.TXT); ok {
				txt = append(txt, strings.Join(s.Txt, ""))
			}
		}
		if len(hosts) == 0 {
			hosts = []string{name + ":27017"}
		}
		seeds, more := f(name, hosts, txt)
		user := ""
		if u, err := url.Parse(r.URI); err == nil && u.User != nil {
			user = u.User.String() + "@"
		}
		drop(r, "srvServiceName", "srvMaxHosts", "directConnection", "replicaSet", "loadBalanced")
		r.URI = fmt.Sprintf("mongodb://%s%s/?%s", user, strings.Join(seeds, ","), strings.Join(pairs(r.URI), "&"))
		for _, m := range more {
			key, value, _ := strings.Cut(m, "=")
			set(r, key, value)
		}
		if !has(*r, "tls") && !has(*r, "ssl") {
			set(r, "tls", "true")
		}
	}})
}

func lookup(i driver.Isolation, name string, kind uint16) []dns.RR {
	q := new(dns.Msg)
	q.SetQuestion(name, kind)
	reply, _, err := new(dns.Client).Exchange(q, i.Resolver)
	if err != nil {
		return nil
	}
	return reply.Answer
}
