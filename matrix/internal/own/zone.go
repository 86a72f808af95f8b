package own

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"github.com/mongotls/mongotls/internal/connstring"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports/form"
)

// A zone is what a name of mongodb+srv stands for: RFC 2782 records of its hosts, and texts with options.
type zone struct {
	service string // _mongodb._tcp.NAME.
	name    string // NAME.
	targets []target
	texts   []string // of TXT records: there should be one at the most, and drivers refuse more
}

type target struct {
	host string // without the last dot
	port uint16
}

// zoneOf reads the records from a zone file, or asks the resolver of this machine for them.
func zoneOf(ctx context.Context, s *connstring.String, o Options) (*zone, error) {
	name := s.Hosts[0]
	service, _ := s.Get("srvServiceName")
	z := &zone{name: dns.Fqdn(name)}
	z.service = "_" + cmp.Or(service, "mongodb") + "._tcp." + z.name
	var err error
	switch {
	case o.Zone != "":
		err = z.fromFile(o.Zone)
	case o.Resolve:
		err = z.fromResolver(ctx, cmp.Or(service, "mongodb"), name)
	default:
		err = usage.Errorf("--uri: mongodb+srv:// needs the SRV and TXT records of %s: give them as a zone file, with "+
			"--zone, "+
			"or let the resolver of this machine be asked once, with --resolve", name)
	}
	if err == nil && len(z.targets) == 0 {
		err = usage.Errorf("--zone: %s has no SRV record of %s", o.Zone, z.service)
	}
	return z, err
}

func (z *zone) fromFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return usage.Errorf("--zone: %s: %v", path, form.Cause(err))
	}
	defer f.Close()
	p := dns.NewZoneParser(f, ".", path)
	p.SetDefaultTTL(0)
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		at := rr.Header().Name
		switch r := rr.(type) {
		case *dns.SRV:
			if strings.EqualFold(at, z.service) {
				z.targets = append(z.targets, target{strings.TrimSuffix(r.Target, "."), r.Port})
			}
		case *dns.TXT:
			if strings.EqualFold(at, z.name) {
				z.texts = append(z.texts, strings.Join(r.Txt, ""))
			}
		}
	}
	if err := p.Err(); err != nil {
		return usage.Errorf("--zone: %v", err)
	}
	return nil
}

// fromResolver asks once: of the records, nothing else is looked up.
func (z *zone) fromResolver(ctx context.Context, service, name string) error {
	_, records, err := net.DefaultResolver.LookupSRV(ctx, service, "tcp", name)
	if err != nil {
		return usage.Errorf("--resolve: %s cannot be resolved (%s): look whether the name is right, and whether this "+
			"machine's "+
			"resolver sees it; --zone takes the records from a file", z.service, resolveError(err))
	}
	for _, r := range records {
		z.targets = append(z.targets, target{strings.TrimSuffix(r.Target, "."), r.Port})
	}
	z.texts, err = net.DefaultResolver.LookupTXT(ctx, name)
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return nil
	}
	if err != nil {
		return usage.Errorf("--resolve: the TXT record of %s cannot be resolved (%s): --zone takes the records from a file",
			z.name, resolveError(err))
	}
	return nil
}

func resolveError(err error) string {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.Err
	}
	return err.Error()
}

// hosts are those that the records lead to, as host:port.
func (z *zone) hosts() (all []string) {
	for _, t := range z.targets {
		all = append(all, net.JoinHostPort(t.host, strconv.Itoa(int(t.port))))
	}
	return all
}

// leadingTo is a zone in which the name leads to these addresses.
func (z *zone) leadingTo(addresses []string) (records string) {
	for _, at := range addresses {
		host, port, _ := net.SplitHostPort(at)
		records += fmt.Sprintf("%s 0 IN SRV 0 0 %s %s\n", z.service, port, dns.Fqdn(host))
	}
	for _, text := range z.texts {
		record := dns.TXT{Hdr: dns.RR_Header{Name: z.name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}}
		for part := range slices.Chunk([]byte(text), maxText) {
			record.Txt = append(record.Txt, string(part))
		}
		records += record.String() + "\n"
	}
	return records
}

// maxText are the octets of one text of a record (RFC 1035 section 3.3).
const maxText = 255
