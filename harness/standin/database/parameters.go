package database

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/standin/status"
	"github.com/mongotls/mongotls/scenarios"
)

// Parameters are mongod's server parameters, those of TLS and authentication.
type Parameters struct {
	values    map[string]any // those of defaults that were given
	verbosity verbosity

	mu       sync.Mutex // guards what setParameter can change
	tlsMode  scenarios.Mode
	cluster  string // clusterAuthMode, "undefined" if unset
	override []byte // the subject of tlsX509ClusterAuthDNOverride, nil if unset
}

const (
	override              = "tlsX509ClusterAuthDNOverride"
	logComponentVerbosity = "logComponentVerbosity"
)

// A verbosity is, by component, the highest of the levels D1 to D5 that is logged.
type verbosity struct {
	Network componentVerbosity `bson:"network"`
	Command componentVerbosity `bson:"command"`
	Access  componentVerbosity `bson:"accessControl"`
}

type componentVerbosity struct {
	Verbosity int `bson:"verbosity"`
}

// defaults are the parameters of the start; their type is that of the default. None of them can be changed later.
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

// A ParameterError is a value that a parameter does not take. A mongod ends with another code than for an unknown name.
type ParameterError struct{ error }

// NewParameters makes the parameters of a start from --tlsMode, --clusterAuthMode and the values of --setParameter, by
// name. "" is mongod's default. The error is why a mongod does not start with them.
func NewParameters(mode scenarios.Mode, clusterAuthMode string, values map[string]string) (*Parameters, error) {
	p := &Parameters{tlsMode: cmp.Or(mode, scenarios.Disabled), cluster: cmp.Or(clusterAuthMode, "undefined"),
		values: map[string]any{}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := p.start(name, values[name]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *Parameters) start(name, text string) error {
	var err error
	switch is, known := defaults[name]; {
	case name == override:
		if text != "" {
			p.override, err = overrideOf(text)
		}
	case name == logComponentVerbosity:
		err = bson.UnmarshalExtJSON([]byte(text), false, &p.verbosity)
	case !known:
		return fmt.Errorf("Unknown --setParameter '%s'", name) //nolint:staticcheck // mongod's text
	default:
		p.values[name], err = parsed(text, is)
	}
	if err != nil {
		return ParameterError{fmt.Errorf("BadValue: Bad value for parameter %q: %w", name, err)}
	}
	return nil
}

// parsed is a value in the type of another.
func parsed(text string, as any) (any, error) {
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

// Mode is tlsMode as it is now.
func (p *Parameters) Mode() scenarios.Mode {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tlsMode
}

// Raise raises tlsMode by a step.
func (p *Parameters) Raise(m scenarios.Mode) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.setMode("tlsMode", string(m))
}

// Bool and Int are the values of parameters that never change.
func (p *Parameters) Bool(name string) bool { return p.value(name).(bool) }

// Int is Bool for numbers.
func (p *Parameters) Int(name string) int { return int(p.value(name).(int32)) }

// value is that of a parameter of defaults.
func (p *Parameters) value(name string) any {
	if v, given := p.values[name]; given {
		return v
	}
	return defaults[name]
}

// Logs reports whether the log has lines of a component up to a level of D1 to D5.
func (p *Parameters) Logs(component string, level int) bool {
	highest := 0
	switch component {
	case "NETWORK":
		highest = p.verbosity.Network.Verbosity
	case "COMMAND":
		highest = p.verbosity.Command.Verbosity
	case "ACCESS":
		highest = p.verbosity.Access.Verbosity
	}
	return level <= highest
}

// enabled reports whether an authentication mechanism is.
func (p *Parameters) enabled(mechanism string) bool {
	return slices.Contains(strings.Split(p.value("authenticationMechanisms").(string), ","), mechanism)
}

// trustsMembers reports whether clusterAuthMode lets members log in by certificate: all but keyFile, and unset, do.
func (p *Parameters) trustsMembers() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cluster != "undefined" && p.cluster != "keyFile"
}

func (p *Parameters) overrideSubject() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.override
}

func overrideOf(text string) ([]byte, error) {
	raw, err := subjectOf(text)
	if err != nil {
		return nil, err
	}
	if len(memberAttributes(raw)) == 0 {
		//nolint:staticcheck // mongod's text
		return nil, errors.New("Cluster member DN's must contain at least one O, OU, or DC component")
	}
	return raw, nil
}

// get is a value as getParameter shows it.
func (p *Parameters) get(name string) (any, bool) {
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
		name, err := dn.Format(p.override)
		return name, err == nil
	}
	if _, known := defaults[name]; !known {
		return nil, false
	}
	if name == "authenticationMechanisms" {
		list := bson.A{}
		for mechanism := range strings.SplitSeq(p.value(name).(string), ",") {
			list = append(list, mechanism)
		}
		return list, true
	}
	return p.value(name), true
}

func (s *Session) getParameter(q request) (bson.D, error) {
	names := []string{}
	for _, e := range q.body[1:] {
		names = append(names, e.Key)
	}
	if q.body[0].Value == "*" {
		names = append(slices.Sorted(maps.Keys(defaults)), override, "tlsMode", "sslMode", "clusterAuthMode")
	}
	reply := bson.D{}
	for _, name := range names {
		if v, ok := s.db.config.Parameters.get(name); ok {
			reply = append(reply, bson.E{Key: name, Value: v})
		}
	}
	if len(reply) == 0 {
		return nil, status.Errorf(0, "no option found to get")
	}
	return reply, nil
}

// setParameter sets the one parameter of the command.
func (s *Session) setParameter(q request) (bson.D, error) {
	for _, e := range q.body[1:] {
		if slices.Contains(commonFields, e.Key) {
			continue
		}
		p := s.db.config.Parameters
		was, known := p.get(e.Key)
		if !known && e.Key != override {
			return nil, status.Errorf(0, "attempted to set unrecognized parameter [%s], use help:true to see options ", e.Key)
		}
		if err := p.set(e.Key, e.Value); err != nil {
			s.line("I", "COMMAND", 20496, "Error setting parameter to new value",
				bson.D{{Key: "parameterName", Value: e.Key}, {Key: "error", Value: err.Error()}})
			return nil, err
		}
		if was == nil {
			return empty, nil // as mongod, which then logs nothing either
		}
		now, _ := p.get(e.Key)
		s.line("I", "COMMAND", 23435, "Successfully set parameter to new value",
			bson.D{{Key: "parameterName", Value: e.Key}, {Key: "newValue", Value: now}, {Key: "oldValue", Value: was}})
		return bson.D{{Key: "was", Value: was}}, nil
	}
	return nil, status.Errorf(0, "no option found to set, use help:true to see options ")
}

func (p *Parameters) set(name string, value any) error {
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
			return status.Errorf(status.BadValue, "%s must be a string", override)
		}
		if text == "" {
			p.override = nil
			return nil
		}
		raw, err := overrideOf(text)
		if err != nil {
			return status.Errorf(status.BadValue, "%s", err)
		}
		p.override = raw
		return nil
	}
	return status.Errorf(0, "not allowed to change [%s] at runtime", name)
}

// setMode raises the mode by one step; nothing else is a transition.
func (p *Parameters) setMode(name, text string) error {
	spell := func(m scenarios.Mode) string {
		if name == "sslMode" {
			return strings.ReplaceAll(string(m), "TLS", "SSL")
		}
		return string(m)
	}
	i := slices.IndexFunc(scenarios.Modes, func(m scenarios.Mode) bool { return spell(m) == text })
	if i < 0 {
		return status.Errorf(status.BadValue, "Invalid %s setting '%s', expected one of: 'disabled', '%s', '%s', or '%s'",
			name, text, spell(scenarios.AllowTLS), spell(scenarios.PreferTLS), spell(scenarios.RequireTLS))
	}
	to := scenarios.Modes[i]
	switch {
	case p.tlsMode == scenarios.AllowTLS && to == scenarios.PreferTLS,
		p.tlsMode == scenarios.PreferTLS && to == scenarios.RequireTLS:
		p.tlsMode = to
		return nil
	}
	return status.Errorf(status.BadValue, "Illegal state transition for %s, attempt to change from %s to %s",
		name, spell(p.tlsMode), text)
}

func (p *Parameters) setCluster(text string) error {
	if !slices.Contains([]string{"keyFile", "sendKeyFile", "sendX509", "x509"}, text) {
		return status.Errorf(status.BadValue,
			"Invalid clusterAuthMode '%s', expected one of: 'keyFile', 'sendKeyFile', 'sendX509', or 'x509'", text)
	}
	switch {
	case p.cluster == "sendKeyFile" && text == "sendX509":
		if p.tlsMode != scenarios.PreferTLS && p.tlsMode != scenarios.RequireTLS {
			return status.Errorf(status.BadValue,
				"Illegal state transition for clusterAuthMode, need to enable SSL for outgoing connections")
		}
	case p.cluster == "sendX509" && text == "x509":
	default:
		return status.Errorf(status.BadValue, "Illegal state transition for clusterAuthMode, change from %s to %s",
			p.cluster, text)
	}
	p.cluster = text
	return nil
}
