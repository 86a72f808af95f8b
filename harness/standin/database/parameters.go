package database

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/status"
	"github.com/mongotls/mongotls/scenarios"
)

// Parameters are mongod's server parameters, those of TLS and authentication.
type Parameters struct {
	release   mongod.Release
	values    map[string]any // of those that were given, unless they have a field; changed by setParameter
	verbosity verbosity
	trusts    Trusts     // nil: whoever judges clients is trusted with roles
	member    Membership // tlsClusterAuthX509Override

	mu       sync.Mutex // guards what setParameter can change
	tlsMode  scenarios.Mode
	cluster  string // clusterAuthMode, "undefined" if unset
	override []byte // the subject of tlsX509ClusterAuthDNOverride, nil if unset
}

const (
	override              = "tlsX509ClusterAuthDNOverride"
	memberOverride        = "tlsClusterAuthX509Override"
	tlsCATrusts           = "tlsCATrusts"
	enableTestCommands    = "enableTestCommands"
	logComponentVerbosity = mongod.LogComponentVerbosity
	logLevel              = "logLevel"
	stapling              = "failpoint.disableStapling" // keeps a server from it
)

// A verbosity is, by component, the highest of the levels D1 to D5 that is logged: logLevel, where a component has
// none, or a negative one.
type verbosity struct {
	Default *int32             `bson:"verbosity"`
	Network componentVerbosity `bson:"network"`
	Command componentVerbosity `bson:"command"`
	Access  componentVerbosity `bson:"accessControl"`
}

type componentVerbosity struct {
	Verbosity *int `bson:"verbosity"`
}

// A ParameterError is a value that a parameter does not take. A mongod ends with another code than for an unknown name.
type ParameterError struct{ error }

// NewParameters makes the parameters of a start from --tlsMode, --clusterAuthMode and the values of --setParameter, by
// name. "" is mongod's default; the release says which there are. The error is why a mongod does not start with them.
func NewParameters(mode scenarios.Mode, clusterAuthMode string, values map[string]string,
	r mongod.Release) (*Parameters, error) {
	p := &Parameters{release: r, tlsMode: cmp.Or(mode, scenarios.Disabled), cluster: cmp.Or(clusterAuthMode, "undefined"),
		values: map[string]any{}}
	testing, _ := mongod.ParameterOf(enableTestCommands).Value(values[enableTestCommands])
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := p.start(name, values[name], testing == true); err != nil {
			return nil, err
		}
	}
	p.settleVerbosity()
	return p, nil
}

func (p *Parameters) start(name, text string, testing bool) error {
	is := mongod.ParameterOf(name)
	if !is.Starts(p.release, testing) {
		return fmt.Errorf("Unknown --setParameter '%s'", name) //nolint:staticcheck // mongod's text
	}
	var err error
	switch name {
	case override:
		if text != "" {
			p.override, err = overrideOf(text)
		}
	case tlsCATrusts:
		p.trusts, err = parseTrusts(text)
	case memberOverride:
		p.member, err = parseMembership(text)
	case logComponentVerbosity:
		err = readJSON(text, &p.verbosity)
	default:
		p.values[is.Name], err = is.Value(text)
	}
	if err != nil {
		return ParameterError{fmt.Errorf("BadValue: Bad value for parameter %q: %w", name, err)}
	}
	return nil
}

// parseMembership reads a document with attributes or an extensionValue. What a mongod says of others is inferred.
func parseMembership(text string) (Membership, error) {
	var fields bson.D
	if err := readJSON(text, &fields); err != nil {
		return Membership{}, err
	}
	values := map[string]string{"attributes": "", "extensionValue": ""}
	for _, e := range fields {
		value, isText := e.Value.(string)
		if _, known := values[e.Key]; !known || !isText {
			return Membership{}, status.Errorf(status.BadValue, "BSON field '%s.%s' is an unknown field.", memberOverride, e.Key)
		}
		values[e.Key] = value
	}
	return MembershipOf(values["attributes"], values["extensionValue"])
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

// SetCluster is setParameter clusterAuthMode.
func (p *Parameters) SetCluster(m scenarios.ClusterAuthMode) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.setCluster(string(m))
}

// Bool and Int are the values of parameters that never change.
func (p *Parameters) Bool(name string) bool { return p.value(name).(bool) }

// Int is Bool for numbers.
func (p *Parameters) Int(name string) int { return int(p.value(name).(int32)) }

// value is that of a parameter without a field.
func (p *Parameters) value(name string) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.valueNow(mongod.ParameterOf(name))
}

func (p *Parameters) valueNow(is *mongod.Parameter) any {
	if v, given := p.values[is.Name]; given {
		return v
	}
	return is.Default
}

// Text is Bool for texts.
func (p *Parameters) Text(name string) string { return p.value(name).(string) }

// Trusts is tlsCATrusts; nil where it is not given.
func (p *Parameters) Trusts() Trusts { return p.trusts }

// Staples reports whether no failpoint keeps the server from stapling.
func (p *Parameters) Staples() bool { return !strings.Contains(p.Text(stapling), "alwaysOn") }

// Mechanisms are the authentication mechanisms, in their order.
func (p *Parameters) Mechanisms() []string {
	return strings.Split(p.Text("authenticationMechanisms"), ",")
}

// Verbose makes the log go down so far, by component as options name them, "" for all; parameters that were given
// count more.
func (p *Parameters) Verbose(levels map[string]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for component, level := range levels {
		switch at := p.verbosity.of(component); {
		case component == "":
			if _, given := p.values[logLevel]; !given {
				p.values[logLevel] = int32(level)
			}
		case at != nil && *at == nil:
			*at = &level
		}
	}
}

// settleVerbosity makes the default of logComponentVerbosity the parameter that it also is.
func (p *Parameters) settleVerbosity() {
	if p.verbosity.Default != nil {
		p.values[logLevel], p.verbosity.Default = *p.verbosity.Default, nil
	}
}

// of is where the level of a component is, by its name in options or in the log; nil if no line depends on it.
func (v *verbosity) of(component string) **int {
	switch component {
	case "network", "NETWORK":
		return &v.Network.Verbosity
	case "command", "COMMAND":
		return &v.Command.Verbosity
	case "accessControl", "ACCESS":
		return &v.Access.Verbosity
	}
	return nil
}

// Logs reports whether the log has lines of a component up to a level of D1 to D5.
func (p *Parameters) Logs(component string, level int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	highest := int(p.valueNow(mongod.ParameterOf(logLevel)).(int32))
	if own := p.verbosity.of(component); own != nil && *own != nil && **own >= 0 {
		highest = **own
	}
	return level <= highest
}

// enabled reports whether an authentication mechanism is.
func (p *Parameters) enabled(mechanism string) bool {
	return slices.Contains(p.Mechanisms(), mechanism)
}

// SendsCertificate reports whether clusterAuthMode makes the server log in to its fellows by certificate.
func (p *Parameters) SendsCertificate() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cluster == "sendX509" || p.cluster == "x509"
}

// takesKeyFile reports whether clusterAuthMode lets members log in by key file: x509 does not.
func (p *Parameters) takesKeyFile() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cluster != "x509"
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
		return nil, status.Errorf(status.BadValue, "Cluster member DN's must contain at least one O, OU, or DC component")
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
	is := mongod.ParameterOf(name)
	if !is.In(p.release) || is.Hidden {
		return nil, false
	}
	value := p.valueNow(is)
	if name == "authenticationMechanisms" {
		list := bson.A{}
		for mechanism := range strings.SplitSeq(value.(string), ",") {
			list = append(list, mechanism)
		}
		return list, true
	}
	return value, true
}

func (s *Session) getParameter(q request) (bson.D, error) {
	names := []string{}
	for _, e := range q.body[1:] {
		names = append(names, e.Key)
	}
	if q.body[0].Value == "*" {
		names = mongod.Parameters()
	}
	reply := bson.D{}
	for _, name := range names {
		if v, ok := s.db.config.Parameters.get(name); ok {
			s.deprecate(name)
			reply = append(reply, bson.E{Key: name, Value: v})
		}
	}
	if len(reply) == 0 {
		return nil, status.Errorf(0, "no option found to get")
	}
	return reply, nil
}

// deprecate warns of the old name of tlsMode, once in a process.
func (s *Session) deprecate(name string) {
	if name == "sslMode" {
		s.db.deprecated.Do(func() {
			s.line("W", "NETWORK", 23803, "Use of deprecated server parameter 'sslMode', please use 'tlsMode' instead.", nil)
		})
	}
}

// setParameter sets the one parameter of the command.
func (s *Session) setParameter(q request) (bson.D, error) {
	for _, e := range q.body[1:] {
		if slices.Contains(commonFields, e.Key) {
			continue
		}
		p := s.db.config.Parameters
		switch is := mongod.ParameterOf(e.Key); {
		case !is.In(p.release):
			return nil, status.Errorf(0, "attempted to set unrecognized parameter [%s], use help:true to see options ", e.Key)
		case !is.Running:
			return nil, status.Errorf(0, "not allowed to change [%s] at runtime", e.Key)
		}
		was, _ := p.get(e.Key)
		s.deprecate(e.Key)
		if err := p.set(e.Key, e.Value); err != nil {
			s.line("I", "COMMAND", 20496, "Error setting parameter to new value", bson.D{{Key: "parameterName", Value: e.Key},
				{Key: "newValue", Value: quoted(e.Value)}, {Key: "error", Value: "BadValue: " + err.Error()}})
			return nil, err
		}
		if was == nil {
			return empty, nil // as mongod, which then logs nothing either
		}
		s.line("I", "COMMAND", 23435, "Successfully set parameter to new value",
			bson.D{{Key: "parameterName", Value: e.Key}, {Key: "newValue", Value: quoted(e.Value)},
				{Key: "oldValue", Value: quoted(was)}})
		return bson.D{{Key: "was", Value: was}}, nil
	}
	return nil, status.Errorf(0, "no option found to set, use help:true to see options ")
}

// quoted is a value as BSONElement::toString prints it: texts in quotes, and not escaped.
func quoted(value any) string {
	if text, ok := value.(string); ok {
		return `"` + text + `"`
	}
	return plain(value)
}

// plain is a value as text.
func plain(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	var b strings.Builder
	printValue(&b, value)
	return b.String()
}

func (p *Parameters) set(name string, value any) error {
	text := plain(value)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch name {
	case "tlsMode", "sslMode":
		return p.setMode(name, text)
	case "clusterAuthMode":
		return p.setCluster(text)
	case override:
		if text == "" {
			p.override = nil
			return nil
		}
		raw, err := overrideOf(text)
		if err == nil {
			p.override = raw
		}
		return err
	case logComponentVerbosity:
		d, err := bson.Marshal(value)
		if err == nil {
			err = bson.Unmarshal(d, &p.verbosity)
		}
		if err != nil {
			return status.Errorf(status.BadValue, "log component verbosity is not a document")
		}
		p.settleVerbosity()
		return nil
	}
	is := mongod.ParameterOf(name)
	v, err := is.Value(text)
	if err != nil {
		return status.Errorf(status.BadValue, "%s", err)
	}
	p.values[is.Name] = v
	return nil
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
