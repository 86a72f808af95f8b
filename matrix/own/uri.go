package own

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/internal/usage"
)

// A connString is a connection string in its parts, each as it is written. It is read here, and not by a driver,
// because it is the drivers that are tried: whatever they make of an option must be theirs.
type connString struct {
	srv      bool
	userinfo string // with its quoting
	hosts    []string
	db       string
	options  []option
}

type option struct{ name, value string }

var optionsStart = regexp.MustCompile(`\?[A-Za-z]+=`)

// parseString reads a connection string. No part of it is ever in the error but the scheme.
func parseString(text string) (*connString, error) {
	s := &connString{}
	scheme, rest, ok := strings.Cut(text, "://")
	switch {
	case ok && strings.EqualFold(scheme, "mongodb+srv"):
		s.srv = true
	case !ok || !strings.EqualFold(scheme, "mongodb"):
		return nil, usage.Errorf("--uri: a connection string begins with mongodb:// or mongodb+srv://")
	}
	options := ""
	if at := optionsStart.FindStringIndex(rest); at != nil {
		rest, options = rest[:at[0]], rest[at[0]+1:]
	}
	rest = strings.TrimSuffix(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		s.userinfo, rest = rest[:at], rest[at+1:]
		user, password, _ := strings.Cut(s.userinfo, ":")
		for _, part := range []string{user, password} {
			if _, err := url.PathUnescape(part); err != nil || strings.ContainsAny(part, ":/?#[]@") {
				return nil, usage.Errorf("--uri: the user name or password has a character that must be written in " +
					"percent-encoding: " +
					"%%3A for :, %%2F for /, %%3F for ?, %%23 for #, %%40 for @, %%25 for %%")
			}
		}
	}
	hosts, db, _ := strings.Cut(rest, "/")
	s.db = db
	for host := range strings.SplitSeq(hosts, ",") {
		switch {
		case strings.Contains(strings.ToLower(host), "%2f"):
			return nil, usage.Errorf("--uri: a host is a Unix domain socket, where there is no TLS: take the address of the " +
				"network")
		case host == "":
			return nil, usage.Errorf("--uri: a host is missing: write mongodb://HOST:PORT/")
		case s.srv && (strings.Contains(host, ":") || strings.Contains(hosts, ",")):
			return nil, usage.Errorf("--uri: mongodb+srv:// takes one name without a port: the SRV record has the ports")
		}
		s.hosts = append(s.hosts, host)
	}
	for text := range strings.SplitSeq(options, "&") {
		name, value, ok := strings.Cut(text, "=")
		if text == "" {
			continue
		}
		if !ok {
			return nil, usage.Errorf("--uri: an option has no value: write NAME=VALUE, joined by &")
		}
		s.options = append(s.options, option{name, value})
	}
	return s, nil
}

// get is the value of an option, by any of its names, without its quoting; of several, the last.
func (s *connString) get(names ...string) (value string, ok bool) {
	for _, o := range s.options {
		if is(o.name, names) {
			value, ok = o.value, true
		}
	}
	if plain, err := url.QueryUnescape(value); err == nil {
		value = plain
	}
	return value, ok
}

// drop takes options out, and reports whether there were any.
func (s *connString) drop(names ...string) bool {
	before := len(s.options)
	s.options = slices.DeleteFunc(s.options, func(o option) bool { return is(o.name, names) })
	return len(s.options) < before
}

func is(name string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// set puts an option in the place of those of these names; the first is the one that it gets.
func (s *connString) set(value string, names ...string) {
	s.drop(names...)
	s.options = append(s.options, option{names[0], strings.ReplaceAll(url.QueryEscape(value), "%2F", "/")})
}

// credential is the user and the password, without quoting.
func (s *connString) credential() (user, password string) {
	u, p, _ := strings.Cut(s.userinfo, ":")
	user, _ = url.PathUnescape(u) // both have been checked
	password, _ = url.PathUnescape(p)
	return user, password
}

// text is the connection string, with these hosts.
func (s *connString) text(hosts ...string) string {
	var b strings.Builder
	b.WriteString("mongodb")
	if s.srv {
		b.WriteString("+srv")
	}
	b.WriteString("://")
	if s.userinfo != "" {
		b.WriteString(s.userinfo + "@")
	}
	b.WriteString(strings.Join(hosts, ",") + "/" + s.db)
	for i, o := range s.options {
		b.WriteString(map[bool]string{true: "?", false: "&"}[i == 0] + o.name + "=" + o.value)
	}
	return b.String()
}

// hostOf is a host without its port.
func hostOf(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		return host
	}
	return strings.Trim(hostPort, "[]")
}

// secrets are the texts of the string that nobody may see.
func (s *connString) secrets() (all []string) {
	_, written, _ := strings.Cut(s.userinfo, ":")
	_, password := s.credential()
	all = append(all, written, password)
	for _, o := range s.options {
		if strings.Contains(strings.ToLower(o.name), "password") || is(o.name, []string{"authMechanismProperties"}) {
			plain, _ := url.QueryUnescape(o.value)
			all = append(all, o.value, plain)
		}
	}
	return all
}
