// Package adapter holds what an adapter says of its driver against what the driver does.
package adapter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/conformance"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/server/embedded"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/engine"
	"github.com/mongotls/mongotls/matrix/internal/known"
	"github.com/mongotls/mongotls/scenarios"
)

// abilities are what an adapter can say that it lacks, each with a scenario that only who has it can satisfy. The
// effect of some is seen only in a driver that satisfies another one.
var abilities = []struct{ name, shown, seen string }{
	{"tls", "mode/tls", ""},
	{"ssl", "uri/ssl-true-alias", ""},
	{"tlsCAFile", "trust/private-ca", ""},
	{"tlsInsecure", "trust/insecure", ""},
	{"tlsAllowInvalidCertificates", "trust/allow-invalid-certs", ""},
	{"tlsAllowInvalidHostnames", "name/allow-invalid-hostnames", ""},
	{"tlsCertificateKeyFile", "mtls/required-and-given", ""},
	{"tlsCertificateKeyFilePassword", "key/encrypted-pkcs8-aes", ""},
	{"tlsCRLFile", "crl/listed", ""},
	{"tlsDisableOCSPEndpointCheck", "ocsp/endpoint-off-revoked-no-staple", "ocsp/t4-revoked-no-staple"},
	{"tlsDisableCertificateRevocationCheck", "ocsp/revocation-off", "ocsp/t2-revoked-stapled"},
	{"ocsp", "ocsp/t2-revoked-stapled", ""},
	{"code", "uri/tls-in-code", ""},
	{"tlsMinVersion", "proto/tls12-server-tls13-client", ""},
	{"tlsMaxVersion", "proto/tls12-client", ""},
	{"authMechanism", "x509/authsource-external@in-code", ""},
	{"dial", "name/dns-san", ""},
	{"dns", "srv/tls-option-plus-srv", ""},
	{"systemRoots", "trust/system-store", ""},
}

// refusals are scenarios of certificates that every driver must refuse.
var refusals = []string{"trust/no-cafile-private-ca", "name/mismatch", "time/expired"}

// probeLimit bounds one attempt.
const probeLimit = 15 * time.Second

// A Prober runs an adapter against stand-ins, and holds what it does against what it says of itself.
type Prober struct {
	driver driver.Driver
	engine *engine.Engine
	tell   func(conformance.Finding)
}

// mute is a driver that claims nothing, so that everything is judged.
type mute struct{ driver.Driver }

func (d mute) Info() evidence.Info { return evidence.Info{} }

// New is a prober of an open driver.
func New(w *fixtures.World, d driver.Driver, tell func(conformance.Finding)) (*Prober, error) {
	t, err := cases.Expand(scenarios.All())
	if err != nil {
		return nil, err
	}
	list, err := known.Builtin()
	if err != nil {
		return nil, err
	}
	b := embedded.New()
	e := engine.New(w, mute{d}, b, t, list.Due(d.Info(), b.Info().Name, t.Cases))
	e.Limits = []time.Duration{probeLimit}
	return &Prober{d, e, tell}, nil
}

// Probe runs everything; the error is that of ctx.
func (p *Prober) Probe(ctx context.Context) error {
	for _, a := range abilities {
		text, err := p.ability(ctx, a.name, a.shown, a.seen)
		p.say(a.name, text, err)
	}
	text, err := p.refuses(ctx)
	p.say("refusals", text, err)
	text, err = p.forgets(ctx)
	p.say("nothing stays", text, err)
	return ctx.Err()
}

func (p *Prober) say(check, text string, err error) {
	if err != nil {
		p.tell(conformance.Finding{Check: check, Wrong: true, Text: err.Error()})
		return
	}
	p.tell(conformance.Finding{Check: check, Text: text})
}

// run is the verdict on a scenario with requireTLS, and what the adapter answered. The error is a fault of the adapter.
func (p *Prober) run(ctx context.Context, id string) (harness.Verdict, evidence.Answer, error) {
	r := p.engine.Result(ctx, id+"/"+string(scenarios.RequireTLS))
	if len(r.Attempts) == 0 {
		return r.Verdict, evidence.Answer{}, errors.New(r.Verdict.Why)
	}
	a := r.Attempts[len(r.Attempts)-1]
	if a.Fault != "" {
		return r.Verdict, a.Answer, fmt.Errorf("%s: %s", id, a.Fault)
	}
	if wrong := conformance.Malformed(a.Answer); wrong != "" {
		return r.Verdict, a.Answer, fmt.Errorf("%s: %s", id, wrong)
	}
	return r.Verdict, a.Answer, nil
}

// ability holds what the adapter says of one ability against what a scenario shows.
func (p *Prober) ability(ctx context.Context, name, shown, seen string) (string, error) {
	instead, lacks := lacking(p.driver.Info(), name)
	_, noCode := p.driver.Info().Cannot[evidence.Code]
	inCode := len(p.engine.Table.ByID[shown+"/"+string(scenarios.RequireTLS)].Scenario.Client.Code) > 0
	switch {
	case lacks && instead != evidence.Refuses && instead != evidence.Ignores:
		return "not there, as it says: " + string(instead), nil
	case noCode && inCode && name != "code":
		return "not there, for options in code are not", nil
	}
	v, answer, err := p.run(ctx, shown)
	if err != nil {
		return "", err
	}
	if v.Kind == evidence.Known {
		return "nothing to be seen of it, for " + shown + " is a known failure of this version", nil
	}
	works, refused := v.Kind == evidence.Conforms, !answer.OK && answer.Stage == "configure"
	if works && lacks && seen != "" {
		if control, _, err := p.run(ctx, seen); err != nil || control.Kind != evidence.Conforms {
			return "nothing to be seen of it, for this driver does not satisfy " + seen, err
		}
	}
	switch {
	case !lacks && works:
		return "there, as " + shown + " shows", nil
	case !lacks:
		return "", fmt.Errorf("it does not say that it lacks this, but in %s: %s", shown, v.Why)
	case works:
		return "", fmt.Errorf("it says that it lacks this, but it satisfies %s: %s", shown, v.Why)
	case instead == evidence.Refuses && !refused:
		return "", fmt.Errorf("it says that this is refused, but it got past the options: %s", v.Why)
	case instead == evidence.Ignores && refused:
		return "", fmt.Errorf("it says that this is ignored, but it was refused: %s", v.Why)
	}
	return string(instead) + ", as it says", nil
}

// lacking is what a driver says of an option, in the URI or anywhere, or of an ability that it does not have.
func lacking(i evidence.Info, name string) (instead evidence.Instead, lacks bool) {
	instead, lacks = i.Cannot[evidence.Ability(name)]
	for _, uriOnly := range []bool{false, true} {
		if !lacks {
			instead, lacks = i.Lacks[evidence.Option{Name: name, URIOnly: uriOnly}]
		}
	}
	return instead, lacks
}

// refuses looks at the reasons of plain refusals.
func (p *Prober) refuses(ctx context.Context) (string, error) {
	var reasons []evidence.Reason
	for _, id := range refusals {
		_, answer, err := p.run(ctx, id)
		switch {
		case err != nil:
			return "", err
		case answer.OK:
			return "", fmt.Errorf("it connected in %s", id)
		case answer.Error.Reason == evidence.Unclassified:
			return "", fmt.Errorf("in %s its reason is unclassified: %s", id, answer.Error.Text)
		}
		reasons = append(reasons, answer.Error.Reason)
	}
	return "for reasons of the list: " + strings.ReplaceAll(cases.Or(slices.Compact(reasons)), " or ", ", "), nil
}

// forgets has several clients use one server, one after another: each must fare as it would alone.
func (p *Prober) forgets(ctx context.Context) (string, error) {
	lacks := p.driver.Info().Lacks
	good, other := scenarios.Client{}, scenarios.Client{Options: "tls=true&tlsCAFile={other}"}
	row := scenarios.Server{}
	steps := []step{
		{"the right authority", good, true},
		{"a wrong authority", other, false},
		{"the right authority again", good, true},
	}
	if _, none := lacks[evidence.Option{Name: "tlsCertificateKeyFile"}]; !none {
		row.RequireClientCert = true
		for i := range steps {
			steps[i].client.Cert = &pki.Leaf{}
		}
		steps = append(steps, step{"no certificate after one", good, false}, steps[0])
	}
	if err := p.inTurn(ctx, row, steps); err != nil {
		return "", err
	}
	total := len(steps)
	if _, none := lacks[evidence.Option{Name: "tlsDisableOCSPEndpointCheck"}]; !none {
		control, _, err := p.run(ctx, "ocsp/t4-revoked-no-staple")
		switch {
		case err != nil:
			return "", err
		case control.Kind == evidence.Conforms:
			off := scenarios.Client{Add: "tlsDisableOCSPEndpointCheck=true"}
			steps = []step{{"a revoked server", good, false}, {"tlsDisableOCSPEndpointCheck after a revocation", off, true},
				{"a revoked server again", good, false}}
			row := scenarios.Server{Responder: ocsp.Behaviour{Answer: ocsp.Revoked}, NoStaple: true}
			if err := p.inTurn(ctx, row, steps); err != nil {
				return "", err
			}
			total += len(steps)
		}
	}
	return fmt.Sprintf("%d clients in turn each fared as they would alone", total), nil
}

// A step is a client with what must become of it.
type step struct {
	name     string
	client   scenarios.Client
	connects bool
}

func (p *Prober) inTurn(ctx context.Context, row scenarios.Server, steps []step) (err error) {
	c := harness.Case{ID: "in-turn", Mode: scenarios.RequireTLS, Scenario: scenarios.Scenario{Server: row}}
	scene, err := attempt.Open(ctx, p.engine.Attempts.World, p.engine.Attempts.Backend, c, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scene.Close()) }()
	for i, s := range steps {
		r, err := scene.Request(s.client, probeLimit)
		if err != nil {
			return err
		}
		a, err := p.driver.Do(ctx, r)
		if err != nil {
			return err
		}
		if a.OK != s.connects {
			return fmt.Errorf("%s: as client %d of one server it %s", s.name, i+1, outcome(a))
		}
	}
	return nil
}

func outcome(a evidence.Answer) string {
	if a.OK || a.Error == nil {
		return "connected"
	}
	return fmt.Sprintf("failed as %s: %s", a.Error.Reason, a.Error.Text)
}
