// Package connstring reads connection strings of people into their parts, each as it is written. It is not done by a
// driver, because it is the drivers that are tried: whatever they make of an option must be theirs.
package connstring

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/internal/usage"
)

// A String is a connection string in its parts.
type String struct {
	SRV      bool   // mongodb+srv
	UserInfo string // user and password, with their quoting
	Hosts    []string
	DB       string
	Options  []Option
}

// An Option of a connection string. Value has its quoting.
type Option struct{ Name, Value string }

// Names of options that have several; the first is the one of today.
var (
	CAFile      = []string{"tlsCAFile", "sslCertificateAuthorityFile"}
	KeyFile     = []string{"tlsCertificateKeyFile", "sslClientCertificateKeyFile"}
	KeyPassword = []string{"tlsCertificateKeyFilePassword", "sslClientCertificateKeyPassword"}
)

var optionsStart = regexp.MustCompile(`\?[A-Za-z]+=`)

// Parse reads a connection string. No part of it is ever in the error but the scheme.
func Parse(text string) (*String, error) {
	s := &String{}
	scheme, rest, ok := strings.Cut(text, "://")
	switch {
	case ok && strings.EqualFold(scheme, "mongodb+srv"):
		s.SRV = true
	case !ok || !strings.EqualFold(scheme, "mongodb"):
		return nil, usage.Errorf("--uri: a connection string begins with mongodb:// or mongodb+srv://")
	}
	options := ""
	if at := optionsStart.FindStringIndex(rest); at != nil {
		rest, options = rest[:at[0]], rest[at[0]+1:]
	}
	rest = strings.TrimSuffix(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		s.UserInfo, rest = rest[:at], rest[at+1:]
		user, password, _ := strings.Cut(s.UserInfo, ":")
		for _, part := range []string{user, password} {
			if _, err := url.PathUnescape(part); err != nil || strings.ContainsAny(part, ":/?#[]@") {
				return nil, usage.Errorf("--uri: the user name or password has a character that must be written in " +
					"percent-encoding: " +
					"%%3A for :, %%2F for /, %%3F for ?, %%23 for #, %%40 for @, %%25 for %%")
			}
		}
	}
	hosts, db, _ := strings.Cut(rest, "/")
	if strings.Contains(db, "?") { // the options would have been cut off
		return nil, usage.Errorf("--uri: an option has no value: write NAME=VALUE, joined by &")
	}
	s.DB = db
	for host := range strings.SplitSeq(hosts, ",") {
		switch {
		case strings.Contains(strings.ToLower(host), "%2f"):
			return nil, usage.Errorf("--uri: a host is a Unix domain socket, where there is no TLS: take the address of the " +
				"network")
		case host == "":
			return nil, usage.Errorf("--uri: a host is missing: write mongodb://HOST:PORT/")
		case !s.SRV && !ported(host):
			return nil, usage.Errorf("--uri: what follows the colon of a host is no port, which is a number from 1 to 65535: " +
				"if it is a password, write USER:PASSWORD@HOST; an IPv6 address stands in brackets")
		case s.SRV && (strings.Contains(host, ":") || strings.Contains(hosts, ",")):
			return nil, usage.Errorf("--uri: mongodb+srv:// takes one name without a port: the SRV record has the ports")
		}
		s.Hosts = append(s.Hosts, host)
	}
	for text := range strings.SplitSeq(options, "&") {
		name, value, ok := strings.Cut(text, "=")
		switch {
		case text == "":
			continue
		case !ok:
			return nil, usage.Errorf("--uri: an option has no value: write NAME=VALUE, joined by &")
		case strings.Contains(value, ";"):
			return nil, usage.Errorf("--uri: an option has a semicolon, at which some drivers end it and others do not: " +
				"join options by &, and write %%3B for one of a value")
		}
		s.Options = append(s.Options, Option{name, value})
	}
	return s, nil
}

// ported reports whether a host has no port, or one that is.
func ported(host string) bool {
	_, port, has := strings.Cut(host[strings.LastIndexByte(host, ']')+1:], ":")
	n, err := strconv.Atoi(port)
	return !has || err == nil && n > 0 && n < 1<<16
}

// Get is the value of an option, by any of its names, without its quoting; of several, the last.
func (s *String) Get(names ...string) (value string, ok bool) {
	for _, o := range s.Options {
		if is(o.Name, names) {
			value, ok = o.Value, true
		}
	}
	if plain, err := url.QueryUnescape(value); err == nil {
		value = plain
	}
	return value, ok
}

// Values are the options of these names as they stand there, those with the same value once.
func (s *String) Values(names ...string) (all []string) {
	seen := map[string]bool{}
	for _, o := range s.Options {
		if is(o.Name, names) && !seen[o.Value] {
			seen[o.Value] = true
			all = append(all, o.Name+"="+o.Value)
		}
	}
	return all
}

// Drop takes options out, and reports whether there were any.
func (s *String) Drop(names ...string) bool {
	before := len(s.Options)
	s.Options = slices.DeleteFunc(s.Options, func(o Option) bool { return is(o.Name, names) })
	return len(s.Options) < before
}

func is(name string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// Set puts an option in the place of those of these names; the first is the one that it gets.
func (s *String) Set(value string, names ...string) {
	s.Drop(names...)
	s.Options = append(s.Options, Option{names[0], Path(value)})
}

// Credential is the user and the password, without quoting.
func (s *String) Credential() (user, password string) {
	u, p, _ := strings.Cut(s.UserInfo, ":")
	user, _ = url.PathUnescape(u) // both have been checked
	password, _ = url.PathUnescape(p)
	return user, password
}

// Text is the connection string, with these hosts.
func (s *String) Text(hosts ...string) string {
	var b strings.Builder
	b.WriteString("mongodb")
	if s.SRV {
		b.WriteString("+srv")
	}
	b.WriteString("://")
	if s.UserInfo != "" {
		b.WriteString(s.UserInfo + "@")
	}
	b.WriteString(strings.Join(hosts, ",") + "/" + s.DB)
	for i, o := range s.Options {
		b.WriteString(map[bool]string{true: "?", false: "&"}[i == 0] + o.Name + "=" + o.Value)
	}
	return b.String()
}

// HostOf is a host without its port.
func HostOf(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		return host
	}
	return strings.Trim(hostPort, "[]")
}

// Secrets are the texts of the string that nobody may see.
func (s *String) Secrets() (all []string) {
	_, written, _ := strings.Cut(s.UserInfo, ":")
	_, password := s.Credential()
	all = append(all, written, password)
	for _, o := range s.Options {
		if strings.Contains(strings.ToLower(o.Name), "password") || is(o.Name, []string{"authMechanismProperties"}) {
			plain, _ := url.QueryUnescape(o.Value)
			all = append(all, o.Value, plain)
		}
	}
	return all
}

// Escape quotes a value for a connection string.
func Escape(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

// Path quotes a value but for slashes and colons, which drivers take as they are. An address may be one, too.
func Path(value string) string {
	return strings.NewReplacer("%2F", "/", "%3A", ":").Replace(Escape(value))
}
