package standin

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/scenarios"
)

// parameters are mongod's server parameters, those of TLS and authentication.
type parameters struct {
	mu       sync.Mutex
	tlsMode  scenarios.Mode
	cluster  string // clusterAuthMode, "undefined" if unset
	values   map[string]string
	override []byte // raw subject of tlsX509ClusterAuthDNOverride, nil if unset
}

const override = "tlsX509ClusterAuthDNOverride"

// defaults are the parameters of the start; their type is that of the default. None but the override can be changed later.
var defaults = map[string]any{
	"authenticationMechanisms":              "MONGODB-X509,SCRAM-SHA-1,SCRAM-SHA-256",
	"allowRolesFromX509Certificates":        true,
	"disableNonTLSConnectionLogging":        false,
	"enforceUserClusterSeparation":          true,
	"ocspEnabled":                           true,
	"opensslCipherConfig":                   "",
	"opensslDiffieHellmanParameters":        "",
	"suppressNoTLSPeerCertificateWarning":   false,
	"tlsOCSPStaplingTimeoutSecs":            int32(-1),
	"tlsOCSPVerifyTimeoutSecs":              int32(5),
	"tlsWithholdClientCertificate":          false,
	"tlsX509ExpirationWarningThresholdDays": int32(30),
}

func newParameters(c Config) *parameters {
	p := &parameters{tlsMode: c.Mode, cluster: c.ClusterAuthMode, values: map[string]string{}}
	if p.tlsMode == "" {
		p.tlsMode = scenarios.Disabled
	}
	if p.cluster == "" {
		p.cluster = "undefined"
	}
	maps.Copy(p.values, c.SetParameter)
	if text := p.values[override]; text != "" {
		p.override, _ = overrideOf(text) // check reports it
	}
	return p
}

// verbosityName is logComponentVerbosity, a document of components.
const verbosityName = "logComponentVerbosity"

// verbosity is that of the start.
func (p *parameters) verbosity() *verbosity {
	text, ok := p.text(verbosityName)
	if !ok {
		return nil
	}
	v, err := parseVerbosity(text)
	if err != nil {
		return nil // check reports it
	}
	return &v
}

// badParameter is a value that a parameter does not take.
type badParameter struct{ error }

// check says why a mongod does not start with these values.
func (p *parameters) check() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(p.values)) {
		var err error
		switch is, known := defaults[name]; {
		case name == override:
			if p.values[name] != "" {
				_, err = overrideOf(p.values[name])
			}
		case name == verbosityName:
			_, err = parseVerbosity(p.values[name])
		case !known:
			return fmt.Errorf("Unknown --setParameter '%s'", name) //nolint:staticcheck // mongod's text
		default:
			_, err = typed(p.values[name], is)
		}
		if err != nil {
			return badParameter{fmt.Errorf("BadValue: Bad value for parameter %q: %w", name, err)}
		}
	}
	return nil
}

// mode is tlsMode as it is now.
func (p *parameters) mode() scenarios.Mode {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tlsMode
}

// text is the value that a parameter was given, as it was written.
func (p *parameters) text(name string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text, ok := p.values[name]
	return text, ok
}

// enabled says whether an authentication mechanism is.
func (p *parameters) enabled(mechanism string) bool {
	text, ok := p.text("authenticationMechanisms")
	return !ok || slices.Contains(strings.Split(text, ","), mechanism)
}

// trustsMembers says whether clusterAuthMode lets members log in by certificate: all but keyFile, and unset, do.
func (p *parameters) trustsMembers() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cluster != "undefined" && p.cluster != "keyFile"
}

func (p *parameters) overrideSubject() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.override
}

func overrideOf(text string) ([]byte, error) {
	raw, err := subjectOf(text)
	if err != nil {
		return nil, err
	}
	if len(attributes(raw)) == 0 {
		return nil, errors.New("Cluster member DN's must contain at least one O, OU, or DC component") //nolint:staticcheck // mongod's text
	}
	return raw, nil
}

// typed is a value in the type of another.
func typed(text string, as any) (any, error) {
	switch as.(type) {
	case bool:
		if text == "1" || text == "0" {
			return text == "1", nil
		}
		return strconv.ParseBool(text)
	case int32:
		n, err := strconv.ParseInt(text, 10, 32)
		return int32(n), err
	}
	return text, nil
}

// get is a value as getParameter shows it.
func (p *parameters) get(name string) (any, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch name {
	case "tlsMode":
		return string(p.tlsMode), true
	case "sslMode":
		return strings.ReplaceAll(string(p.tlsMode), "TLS", "SSL"), true
	case "clusterAuthMode":
		return p.cluster, true
	case override:
		if p.override == nil {
			return nil, false
		}
		name, err := pki.DN(p.override)
		return name, err == nil
	}
	is, ok := defaults[name]
	if text, given := p.values[name]; ok && given {
		if v, err := typed(text, is); err == nil {
			is = v
		}
	}
	if name == "authenticationMechanisms" {
		list := bson.A{}
		for mechanism := range strings.SplitSeq(is.(string), ",") {
			list = append(list, mechanism)
		}
		return list, true
	}
	return is, ok
}

func (c *connection) getParameter(q request) (bson.D, error) {
	names := []string{}
	for _, e := range q.body[1:] {
		names = append(names, e.Key)
	}
	if q.body[0].Value == "*" {
		names = append(slices.Sorted(maps.Keys(defaults)), override, "tlsMode", "sslMode", "clusterAuthMode")
	}
	reply := bson.D{}
	for _, name := range names {
		if v, ok := c.server.parameter.get(name); ok {
			reply = append(reply, bson.E{Key: name, Value: v})
		}
	}
	if len(reply) == 0 {
		return nil, fail(0, "no option found to get")
	}
	return reply, nil
}

// setParameter sets the one parameter of the command.
func (c *connection) setParameter(q request) (bson.D, error) {
	for _, e := range q.body[1:] {
		if slices.Contains(generic, e.Key) {
			continue
		}
		p := c.server.parameter
		was, known := p.get(e.Key)
		if !known && e.Key != override {
			return nil, fail(0, "attempted to set unrecognized parameter [%s], use help:true to see options ", e.Key)
		}
		if err := p.set(e.Key, e.Value); err != nil {
			c.server.log.line("I", "COMMAND", 20496, c.ctx, "Error setting parameter to new value",
				bson.D{{Key: "parameterName", Value: e.Key}, {Key: "error", Value: err.Error()}})
			return nil, err
		}
		if was == nil {
			return done, nil // as mongod, which then logs nothing either
		}
		now, _ := p.get(e.Key)
		c.server.log.line("I", "COMMAND", 23435, c.ctx, "Successfully set parameter to new value",
			bson.D{{Key: "parameterName", Value: e.Key}, {Key: "newValue", Value: now}, {Key: "oldValue", Value: was}})
		return bson.D{{Key: "was", Value: was}}, nil
	}
	return nil, fail(0, "no option found to set, use help:true to see options ")
}

func (p *parameters) set(name string, value any) error {
	text, isText := value.(string)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch name {
	case "tlsMode", "sslMode":
		return p.setMode(name, text)
	case "clusterAuthMode":
		return p.setCluster(text)
	case override:
		if !isText {
			return fail(badValue, "%s must be a string", override)
		}
		if text == "" {
			p.override = nil
			return nil
		}
		raw, err := overrideOf(text)
		if err != nil {
			return fail(badValue, "%s", err)
		}
		p.override = raw
		return nil
	}
	return fail(0, "not allowed to change [%s] at runtime", name)
}

// setMode raises the mode by one step; nothing else is a transition.
func (p *parameters) setMode(name, text string) error {
	spell := func(m scenarios.Mode) string {
		if name == "sslMode" {
			return strings.ReplaceAll(string(m), "TLS", "SSL")
		}
		return string(m)
	}
	i := slices.IndexFunc(scenarios.Modes, func(m scenarios.Mode) bool { return spell(m) == text })
	if i < 0 {
		return fail(badValue, "Invalid %s setting '%s', expected one of: 'disabled', '%s', '%s', or '%s'", name, text,
			spell(scenarios.AllowTLS), spell(scenarios.PreferTLS), spell(scenarios.RequireTLS))
	}
	to := scenarios.Modes[i]
	switch {
	case p.tlsMode == scenarios.AllowTLS && to == scenarios.PreferTLS, p.tlsMode == scenarios.PreferTLS && to == scenarios.RequireTLS:
		p.tlsMode = to
		return nil
	}
	return fail(badValue, "Illegal state transition for %s, attempt to change from %s to %s", name, spell(p.tlsMode), text)
}

func (p *parameters) setCluster(text string) error {
	if !slices.Contains([]string{"keyFile", "sendKeyFile", "sendX509", "x509"}, text) {
		return fail(badValue, "Invalid clusterAuthMode '%s', expected one of: 'keyFile', 'sendKeyFile', 'sendX509', or 'x509'", text)
	}
	switch {
	case p.cluster == "sendKeyFile" && text == "sendX509":
		if p.tlsMode != scenarios.PreferTLS && p.tlsMode != scenarios.RequireTLS {
			return fail(badValue, "Illegal state transition for clusterAuthMode, need to enable SSL for outgoing connections")
		}
	case p.cluster == "sendX509" && text == "x509":
	default:
		return fail(badValue, "Illegal state transition for clusterAuthMode, change from %s to %s", p.cluster, text)
	}
	p.cluster = text
	return nil
}
