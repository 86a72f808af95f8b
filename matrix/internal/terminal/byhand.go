package terminal

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/evidence"
)

// driverLines are those of one driver or, without a name, of each that has one.
func driverLines(name, uri string) (hints []Hint) {
	if name == "" {
		for _, r := range registry.Rows {
			if r.OneLiner != "" {
				hints = append(hints, Hint{r.Name, fmt.Sprintf(r.OneLiner, quoted(uri))})
			}
		}
		return hints
	}
	if r, _ := registry.Find(name); r.OneLiner != "" {
		return []Hint{{"driver", fmt.Sprintf(r.OneLiner, quoted(uri))}}
	}
	return nil
}

// A Hint is a command, or what to know of it.
type Hint struct{ Label, Text string }

// ByHand says how to do by hand what a driver was asked to do, against a server that is up; without a name, for every
// driver. addr is where, "" for the address in the connection string.
func ByHand(r evidence.Request, driver, addr string) (hints []Hint) {
	host, at := hostOf(r.URI)
	if addr == "" {
		addr = at
	}
	if addr != "" {
		hints = append(hints, Hint{"openssl", openssl(r, host, addr)})
	}
	hints = append(hints, driverLines(driver, r.URI)...)
	for _, name := range slices.Sorted(maps.Keys(r.Code)) {
		hints = append(hints, Hint{"note", "the option " + name + " is given in code: " + r.Code[name]})
	}
	switch ip, err := netip.ParseAddr(host); {
	case r.Isolated:
		hints = append(hints, Hint{"note",
			"the driver resolves names, and trusts the authorities of the system, as the harness has them: only the replay does"})
	case err == nil && ip.IsLoopback() || host == "localhost" || host == "":
	case r.Dial != "":
		hints = append(hints, Hint{"note",
			fmt.Sprintf("for the driver to come here by the name %s, put %q into /etc/hosts", host, r.Dial+" "+host)})
	}
	return hints
}

// openssl is what shows the server's certificate, and whether it is one that this client should take.
func openssl(r evidence.Request, host, addr string) string {
	words := []string{"openssl", "s_client", "-connect", addr}
	if _, err := netip.ParseAddr(host); err == nil {
		words = append(words, "-verify_ip", host)
	} else if host != "" {
		words = append(words, "-servername", host, "-verify_hostname", host)
	}
	_, options, _ := strings.Cut(r.URI, "?")
	values, _ := url.ParseQuery(options) // what is malformed is for the driver
	given := func(name string) string {
		for key, value := range values {
			if strings.EqualFold(key, name) {
				return value[len(value)-1]
			}
		}
		return r.Code[name]
	}
	for _, o := range []struct{ option, flag, prefix string }{{"tlsCAFile", "-CAfile", ""}, {"tlsCertificateKeyFile",
		"-cert", ""},
		{"tlsCertificateKeyFile", "-key", ""}, {"tlsCertificateKeyFilePassword", "-pass", "pass:"}} {
		if value := given(o.option); value != "" {
			words = append(words, o.flag, o.prefix+value)
		}
	}
	for i, w := range words {
		words[i] = quoted(w)
	}
	return strings.Join(words, " ") + " -verify_return_error </dev/null"
}

// hostOf is the first host of a connection string, and its address if it has a port.
func hostOf(uri string) (host, addr string) {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	rest, _, _ = strings.Cut(rest, "/")
	rest, _, _ = strings.Cut(rest, ",")
	host, port, err := net.SplitHostPort(rest)
	switch {
	case err != nil:
		return strings.Trim(rest, "[]"), ""
	case host == "localhost":
		return host, rest
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return host, rest
	}
	return host, "127.0.0.1:" + port // where its name leads
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if strings.IndexFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@,+%", r)
	}) < 0 && word != "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Commands prints hints, each in one line, to be copied.
func (t *Terminal) Commands(column int, hints []Hint) {
	for _, h := range hints {
		if h.Label == "note" {
			t.Labelled(column, h.Label, h.Text)
			continue
		}
		t.Linef(t.Out, "  %-*s %s", column, h.Label, h.Text)
	}
}
