package mutant

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	mongo "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// driverOf makes a driver.
type driverOf = func(driver.Isolation) driver.Driver

// A defect is what is changed in the model driver: each request on its way in, the options of the client, and the
// answer on its way out. It keeps nothing of its own.
type defect struct {
	request func(driver.Isolation, *evidence.Request)
	// instead answers in place of the driver, unless it returns nil.
	instead func(evidence.Request) *evidence.Answer
	// options are changed in this process: requests of an isolated one never see it.
	options func(evidence.Request, *mongo.ClientOptions)
	answer  func(evidence.Request, *evidence.Answer)
}

// model is the driver that mutants are made of: the Go driver with the options that it lacks.
type model struct {
	driver.Driver // for what is isolated
	isolation     driver.Isolation
	defect        defect
}

func with(d defect) driverOf {
	return func(i driver.Isolation) driver.Driver { return model{godriver.New(i), i, d} }
}

// Model is the driver without a defect.
func Model(i driver.Isolation) driver.Driver { return with(defect{})(i) }

// Info claims everything.
func (m model) Info() evidence.Info {
	info := m.Driver.Info()
	info.Lacks = nil
	return info
}

func (m model) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	if m.defect.request != nil {
		m.defect.request(m.isolation, &r)
	}
	if m.defect.instead != nil {
		if a := m.defect.instead(r); a != nil {
			return *a, nil
		}
	}
	a, err := m.do(ctx, r)
	if err == nil && m.defect.answer != nil {
		m.defect.answer(r, &a)
	}
	return a, err
}

func (m model) do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	if r.Isolated {
		return m.Driver.Do(ctx, r)
	}
	for _, pair := range [][2]string{{"tlsInsecure", "tlsAllowInvalidCertificates"}, {"tlsInsecure",
		"tlsAllowInvalidHostnames"},
		{"tlsAllowInvalidCertificates", "tlsDisableOCSPEndpointCheck"},
		{"tlsAllowInvalidCertificates", "tlsDisableCertificateRevocationCheck"}} {
		if has(r, pair[0]) && has(r, pair[1]) {
			return refusal(r, evidence.ParseError, pair[0]+" beside "+pair[1]), nil
		}
	}
	lists, refused := revocationLists(r)
	if refused != nil {
		return refusal(r, evidence.KeyLoadError, refused.Error()), nil
	}
	asked := r
	drop(&r, "tlsCRLFile")
	a, err := godriver.Tweaked(m.isolation, func(o *mongo.ClientOptions) {
		complete(asked, lists, o)
		if m.defect.options != nil {
			m.defect.options(asked, o)
		}
	}).Do(ctx, r)
	if a.Error != nil {
		switch text := a.Error.Text; {
		case strings.Contains(text, errListed.Error()):
			a.Error.Reason = evidence.Revoked
		case strings.Contains(text, errNoList.Error()):
			a.Error.Reason = evidence.RevocationUnknown
		}
	}
	return a, err
}

var (
	errListed = errors.New("the certificate is on the revocation list")
	errNoList = errors.New("no revocation list that is current")
)

// complete gives the Go driver the options that it lacks.
func complete(r evidence.Request, lists []*x509.RevocationList, o *mongo.ClientOptions) {
	switch {
	case o.TLSConfig == nil:
	case is(r, "tlsAllowInvalidCertificates"):
		o.TLSConfig.InsecureSkipVerify = true
	case is(r, "tlsAllowInvalidHostnames"):
		verify(r, o, func(v *x509.VerifyOptions, _ tls.ConnectionState) error {
			v.DNSName = ""
			return nil
		})
	case len(lists) > 0:
		verify(r, o, func(*x509.VerifyOptions, tls.ConnectionState) error { return nil },
			func(p peer) error { return listed(p.chain, lists) })
	}
}

// listed looks each certificate of a chain but the root up in the list of its issuer.
func listed(chain []*x509.Certificate, lists []*x509.RevocationList) error {
	for i, issuer := range chain[1:] {
		if err := listedBy(issuer, chain[i], lists); err != nil {
			return err
		}
	}
	return nil
}

func listedBy(issuer, of *x509.Certificate, lists []*x509.RevocationList) error {
	now := time.Now()
	for _, list := range lists {
		if !bytes.Equal(list.RawIssuer, of.RawIssuer) || list.CheckSignatureFrom(issuer) != nil ||
			now.Before(list.ThisUpdate) || now.After(list.NextUpdate) {
			continue
		}
		for _, entry := range list.RevokedCertificateEntries {
			if entry.SerialNumber.Cmp(of.SerialNumber) == 0 {
				return errListed
			}
		}
		return nil
	}
	return errNoList
}

// revocationLists are those of tlsCRLFile, nil without the option.
func revocationLists(r evidence.Request) (lists []*x509.RevocationList, err error) {
	path, ok := option(r, "tlsCRLFile")
	if !ok {
		return nil, nil
	}
	rest, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for len(lists) == 0 || len(rest) > 0 {
		der := rest
		var block *pem.Block
		if block, rest = pem.Decode(rest); block != nil {
			der = block.Bytes
		} else {
			rest = nil
		}
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			return nil, fmt.Errorf("tlsCRLFile: %w", err)
		}
		lists = append(lists, list)
	}
	return lists, nil
}

// A peer is a server that a client has verified, as it shows in one handshake.
type peer struct {
	tls.ConnectionState
	request evidence.Request
	chain   []*x509.Certificate
}

// verify makes a client verify with options that change has changed, or not at all if change is nil. What change
// refuses is refused after the chain. InsecureSkipVerify also stops the driver's own OCSP.
func verify(
	r evidence.Request,
	o *mongo.ClientOptions,
	change func(*x509.VerifyOptions, tls.ConnectionState) error,
	then ...func(peer) error,
) {
	c := o.TLSConfig
	if c == nil || c.InsecureSkipVerify {
		return
	}
	c.InsecureSkipVerify = true
	o.DisableOCSPEndpointCheck, o.DisableCertificateRevocationCheck = nil, nil // which do not go with it
	if change == nil {
		return
	}
	c.VerifyConnection = func(s tls.ConnectionState) error {
		// A ClientHello names no addresses.
		v := x509.VerifyOptions{
			Roots:         c.RootCAs,
			DNSName:       cmp.Or(s.ServerName, host(r.URI)),
			Intermediates: x509.NewCertPool(),
		}
		for _, cert := range s.PeerCertificates[1:] {
			v.Intermediates.AddCert(cert)
		}
		refused := change(&v, s)
		chains, err := s.PeerCertificates[0].Verify(v)
		if err != nil {
			return err
		}
		for _, f := range then {
			refused = cmp.Or(refused, f(peer{s, r, chains[0]}))
		}
		return refused
	}
}

// Options of a request, whatever their case; those of the connection string come before those in code.

func option(r evidence.Request, name string) (value string, ok bool) {
	for _, pair := range pairs(r.URI) {
		if key, value, _ := strings.Cut(pair, "="); strings.EqualFold(key, name) {
			value, err := url.PathUnescape(value)
			return value, err == nil
		}
	}
	value, ok = r.Code[name]
	return value, ok
}

func is(r evidence.Request, name string) bool {
	value, _ := option(r, name)
	return value == "true"
}

func pairs(uri string) []string {
	_, query, _ := strings.Cut(uri, "?")
	if query == "" {
		return nil
	}
	return strings.Split(query, "&")
}

// address is the first host of a connection string, with its port; host is without.
func address(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "/")
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest[strings.LastIndex(rest, "@")+1:], ",")
	return rest
}

func host(uri string) string {
	name, _, err := net.SplitHostPort(address(uri))
	if err != nil {
		return address(uri)
	}
	return name
}

// keep drops the options of the connection string that f is against.
func keep(r *evidence.Request, f func(key, value string) bool) {
	base, _, _ := strings.Cut(r.URI, "?")
	var kept []string
	for _, pair := range pairs(r.URI) {
		key, value, _ := strings.Cut(pair, "=")
		if f(key, value) {
			kept = append(kept, pair)
		}
	}
	r.URI = base
	if len(kept) > 0 {
		r.URI += "?" + strings.Join(kept, "&")
	}
}

func drop(r *evidence.Request, names ...string) {
	keep(r, func(key, _ string) bool {
		for _, name := range names {
			if strings.EqualFold(key, name) {
				return false
			}
		}
		return true
	})
	code := map[string]string{}
	for key, value := range r.Code {
		code[key] = value
	}
	for _, name := range names {
		delete(code, name)
	}
	r.Code = code
}

// set gives an option another value, in the connection string.
func set(r *evidence.Request, name, value string) {
	drop(r, name)
	separator := "&"
	if !strings.Contains(r.URI, "?") {
		separator = "?"
	}
	r.URI += separator + name + "=" + url.QueryEscape(value)
}

// refusing is a driver that refuses such requests before it dials.
func refusing(such func(evidence.Request) bool) driverOf {
	return with(defect{instead: func(r evidence.Request) *evidence.Answer {
		if !such(r) {
			return nil
		}
		a := refusal(r, evidence.ParseError, "no")
		return &a
	}})
}

// refusal is an answer from before the first connection.
func refusal(r evidence.Request, reason evidence.Reason, text string) evidence.Answer {
	return evidence.Answer{ID: r.ID, Stage: evidence.AtConfigure, Stopped: evidence.Returned,
		Error: &evidence.Error{Reason: reason, Text: text, Surface: text}}
}

func asking(f func(*evidence.Request)) driverOf {
	return with(defect{request: func(_ driver.Isolation, r *evidence.Request) { f(r) }})
}

func tweaking(f func(evidence.Request, *mongo.ClientOptions)) driverOf {
	return with(defect{options: f})
}

// polling is a driver that asks its servers how they are from time to time: it notices a lost connection when it uses
// it, and leaves a server that is removed at once.
func polling(d defect) driverOf {
	d.options = func(_ evidence.Request, o *mongo.ClientOptions) { o.SetServerMonitoringMode("poll") }
	return with(d)
}

func answering(f func(evidence.Request, *evidence.Answer)) driverOf {
	return with(defect{answer: f})
}

// falling is a driver that falls back on another way to make a request, where it failed so.
func falling(so func(evidence.Request, evidence.Answer) bool, back driverOf) driverOf {
	return func(i driver.Isolation) driver.Driver { return fallback{Model(i), back(i), so} }
}

type fallback struct {
	driver.Driver
	back driver.Driver
	so   func(evidence.Request, evidence.Answer) bool
}

func (f fallback) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	a, err := f.Driver.Do(ctx, r)
	if err != nil || a.OK || !f.so(r, a) {
		return a, err
	}
	return f.back.Do(ctx, r)
}

func (f fallback) Close() error { return errors.Join(f.Driver.Close(), f.back.Close()) }

// failing changes what a driver says of its failures.
func failing(f func(*evidence.Answer)) driverOf {
	return answering(func(_ evidence.Request, a *evidence.Answer) {
		if a.Error != nil {
			f(a)
		}
	})
}

// verifying is a driver that verifies as change says, or not at all.
func verifying(change func(*x509.VerifyOptions, tls.ConnectionState) error) driverOf {
	return tweaking(func(r evidence.Request, o *mongo.ClientOptions) { verify(r, o, change) })
}

// also is a driver that verifies as it should, and then refuses what f refuses.
func also(f func(peer) error) driverOf {
	return tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
		verify(r, o, func(*x509.VerifyOptions, tls.ConnectionState) error { return nil }, f)
	})
}

var errMutant = errors.New("refused by the mutant")

// refused is errMutant where it holds.
func refused(holds bool) error {
	if holds {
		return errMutant
	}
	return nil
}
