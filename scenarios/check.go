package scenarios

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Check says what is wrong with a table, one sentence for each defect, joined; nil if nothing is. Variants are
// checked like rows of their own.
func Check(list []Scenario) error {
	rows := map[string]Scenario{}
	var order []Scenario
	var wrong []error
	for _, s := range list {
		for _, row := range Expand(s) {
			if _, twice := rows[row.ID]; twice {
				wrong = append(wrong, fmt.Errorf("%s: the id is used twice", row.ID))
			}
			rows[row.ID] = row
			order = append(order, row)
		}
	}
	for _, row := range order {
		var d defects
		d.scenario(row)
		d.server(row.Server)
		d.members(row)
		d.steps(row)
		d.client(row.Client)
		for _, e := range row.Before {
			d.client(e.Client)
			d.add(e.Client.Zone != "" || e.Client.SystemRoots || row.Client.Zone != "" || row.Client.SystemRoots,
				"clients that follow each other share a process, which has a resolver and trust of its own only as a child")
		}
		d.expect(row)
		d.texts(row)
		d.twin(row, rows)
		for _, defect := range d {
			wrong = append(wrong, fmt.Errorf("%s: %s", row.ID, defect))
		}
	}
	return errors.Join(wrong...)
}

// CheckQuestions says what is wrong with questions about a table, as Check does.
func CheckQuestions(questions []Question, list []Scenario) error {
	var wrong []error
	for _, q := range questions {
		var d defects
		known(&d, "way to say yes", []Yes{ByConformance, ByRefusal, ByConnecting, ByTLS}, q.By)
		i := slices.IndexFunc(
			list,
			func(s Scenario) bool { return s.ID == q.Row && slices.Contains(s.InModes(), RequireTLS) },
		)
		d.add(i < 0, "no scenario %q runs in %s", q.Row, RequireTLS)
		if outcomes, limited := conforming[q.By]; limited && i >= 0 {
			d.add(!slices.Contains(outcomes, list[i].Expect.Outcome), "who conforms to %s does not answer by %s", q.Row, q.By)
		}
		for _, defect := range d {
			wrong = append(wrong, fmt.Errorf("the driver %s: %s", q.Does, defect))
		}
	}
	return errors.Join(wrong...)
}

// conforming are the outcomes by which who conforms says yes too, and those of rows without a norm.
var conforming = map[Yes][]Outcome{
	ByRefusal:    {BeforeDialing, InHandshake, Unspecified},
	ByConnecting: {OverTLS, Unspecified},
	ByTLS:        {OverTLS, Unspecified},
}

// defects are what is wrong with one row.
type defects []string

func (d *defects) add(wrong bool, format string, args ...any) {
	if wrong {
		*d = append(*d, fmt.Sprintf(format, args...))
	}
}

// known refuses each word that is not in its closed list. The empty word leaves a field unset.
func known[T ~string](d *defects, kind string, list []T, words ...T) {
	for _, w := range words {
		d.add(w != "" && !slices.Contains(list, w), "there is no %s %q", kind, w)
	}
}

var wellFormed = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+(-[a-z0-9]+)*(@[a-z0-9]+(-[a-z0-9]+)*)?$`)

func (d *defects) scenario(s Scenario) {
	// Tables of others have areas of their own.
	d.add(!wellFormed.MatchString(s.ID),
		"the id is malformed: write area/name or area/name@variant in lower case, digits and hyphens")
	d.add(s.Says == "", "Says is missing: write the statement in one sentence")
	d.add(s.Because == "", "Because is missing: cite what demands it")
	known(d, "subject", []Subject{ServerItself}, s.Subject)
	for _, c := range s.Claims {
		d.add(!slices.ContainsFunc(Claims, func(s Statement) bool { return s.ID == c }), "there is no claim %q", c)
	}
	for _, m := range s.Modes {
		d.add(!slices.Contains(Modes, m), "there is no mode %q", m)
	}
	d.add(s.Expect.Outcome == Unspecified && len(s.Claims) > 0, "a characterised row cannot fail, so it carries no claim")
}

var (
	versions  = []Version{TLS10, TLS11, TLS12, TLS13}
	protocols = []string{"TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3", "none"} // in the words of a mongod
	role      = regexp.MustCompile(`^\w+@[\w$]+$`)
)

func (d *defects) server(s Server) {
	leaves := []pki.Leaf{s.Leaf}
	known(d, "way to tell a mongod its options", Tellings, s.Told)
	known(d, "clusterAuthMode", ClusterAuthModes, s.ClusterAuthMode)
	d.add(s.ClusterAuthX509.Attributes != "" && s.ClusterAuthX509.ExtensionValue != "",
		"a member is one by attributes or by an extension, not by both")
	if s.DisabledProtocols != "" {
		known(d, "protocol", protocols, strings.Split(s.DisabledProtocols, ",")...)
	}
	if s.ClusterLeaf != nil {
		leaves = append(leaves, *s.ClusterLeaf)
	}
	f := s.Fault
	if f.Leaf != nil {
		leaves = append(leaves, *f.Leaf)
	}
	if s.CRL != nil {
		d.authorities([]string{s.CRL.Issuer})
	}
	known(d, "point of a connection", Points, f.Close, f.Stall, f.Slow)
	known(d, "group", groups, append(f.Groups, f.For.Group)...)
	d.add(f.Close != "" && f.Stall != "", "a connection cannot both be closed and stay silent")
	d.add(f.Cut && f.Mute == 0, "Cut is how a connection falls silent: it needs a Mute")
	d.add(f.Reset && f.Close == "", "Reset is how a connection is closed: it needs a Close")
	known(d, "version of TLS", versions, f.MinTLS, f.MaxTLS, f.For.Version)
	d.add((f.Early || f.Late) && f.Alert == 0, "Early and Late are when an alert is sent: they need an Alert")
	d.add(f.Early && f.Late, "an alert is sent once, early or late")
	d.add(f.HalfClosed && f.Close != AtHandshake && f.Mute == 0,
		"HalfClosed is how a server ends its side: it needs a Close after the handshake, or Mute")
	d.add(f.Good < 0 || f.Bad < 0, "%d good and %d bad connections are no numbers of them", f.Good, f.Bad)
	for _, alert := range []int{f.Alert, f.Warn} {
		d.add(alert < 0 || alert > 255, "%d is no TLS alert", alert)
	}
	known(d, "cipher suite", ciphers(), f.Ciphers...)
	known(d, "OCSP answer", ocsp.Answers, s.Responder.Answer, s.FirstResponder.Answer, f.Staple.Answer)
	d.add(s.FirstResponder.Answer != "" && s.Responder.Answer == "", "a FirstResponder needs a Responder behind it")
	d.add(f.Staple.Answer != "" && f.Leaf != nil, "a Staple is for the server's leaf, not for that of the fault")
	for _, u := range s.Users {
		for _, r := range u.Roles {
			d.add(!role.MatchString(r), "%q is no role: write role@database", r)
		}
	}
	d.add(s.SystemCA != nil && (s.CAFile != nil || s.NoCAFile), "the system's authorities take the place of a CA file")
	d.authorities(slices.Concat(s.CAFile, s.SystemCA, s.ClusterCAFile, f.AdvertiseCA))
	d.leaves(leaves...)
	d.form(s.Form)
}

// groups are those that a Go server can agree on keys with, by the names of crypto/tls.
var groups = []string{tls.CurveP256.String(), tls.CurveP384.String(), tls.CurveP521.String(), tls.X25519.String(),
	tls.X25519MLKEM768.String()}

func ciphers() (suites []string) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		suites = append(suites, s.Name)
	}
	return suites
}

func (d *defects) client(c Client) {
	known(d, "way of quoting", []Quoting{Verbatim, AsPath, AsComponent, Relative}, c.Quote)
	for _, name := range slices.Sorted(maps.Keys(c.Code)) {
		d.add(
			!slices.ContainsFunc(Options, func(o Option) bool { return o.Name == name }),
			"there is no option %q for Code",
			name,
		)
	}
	known(d, "version of TLS", versions, Version(c.Code["tlsMinVersion"]), Version(c.Code["tlsMaxVersion"]))
	d.add(c.URI != "" && c.Options+c.Add != "" && !strings.Contains(c.URI, "{options}"),
		"the URI has no place for Options and Add: write {options}")
	if c.Cert != nil {
		d.leaves(*c.Cert)
	}
	d.form(c.Form)
	for name := range c.Files {
		d.add(placeholder(name) != nil, "{%s} is no name for a file: it is a placeholder already", name)
	}
	d.files(c.Files)
	for _, do := range c.Do {
		d.add(do.DB == "", "a command needs its database")
		d.add(commandName(do) == "", "%s is no command: write a document in relaxed extended JSON", do.JSON)
	}
}

// commandName is that of a command, its first field; "" for what is no document.
func commandName(c Command) string {
	if !json.Valid([]byte(c.JSON)) {
		return ""
	}
	read := json.NewDecoder(strings.NewReader(c.JSON))
	if open, _ := read.Token(); open != json.Delim('{') {
		return ""
	}
	first, _ := read.Token()
	text, _ := first.(string)
	return text
}

func (d *defects) expect(s Scenario) {
	e := s.Expect
	for _, r := range slices.Concat(e.Reasons, e.Loses) {
		d.add(
			!slices.Contains(evidence.Reasons, r) || r == evidence.Unclassified,
			"%q is no reason that can be expected",
			r,
		)
	}
	for _, c := range e.Causes {
		d.add(!slices.Contains(evidence.Causes, c) || c == evidence.OtherCause, "%q is no cause that can be expected", c)
	}
	refusal := e.Outcome == BeforeDialing || e.Outcome == InHandshake
	switch {
	case !slices.Contains(Outcomes, e.Outcome):
		d.add(true, "there is no outcome %q", e.Outcome)
	case refusal:
		d.add(len(e.Reasons) == 0, "a refusal by the driver needs a reason")
	case e.Outcome == ByServer:
		d.add(len(e.Causes) == 0, "a refusal by the server needs a cause")
	case e.Outcome == ByCommand:
		d.add(e.Command == "" || e.Code == 0 || e.CodeName == "", "a refused command needs its name, code and code name")
		d.add(e.Command != "" && !s.sends(e.Command), "nobody sends the command %q", e.Command)
	case e.Outcome == ByTimeout:
		d.add(e.Option == "", "a time-out needs the option that sets it")
		d.add(
			e.Option != "" && !strings.Contains("&"+s.Client.Add, "&"+e.Option+"="),
			"a time-out needs a value of %s in Add",
			e.Option,
		)
	}
	d.add(len(e.Reasons) > 0 && !refusal, "a reason belongs to a refusal by the driver")
	d.add(len(e.Causes) > 0 && e.Outcome != ByServer, "a cause belongs to a refusal by the server")
	d.add(e.Command+e.CodeName != "" && e.Outcome != ByCommand, "a command belongs to a refusal by command")
	d.add(e.Option != "" && e.Outcome != ByTimeout, "an option belongs to a time-out")
	d.add(e.Outcome == Unspecified && len(e.facts()) > 0, "a characterised row cannot fail, so it expects no fact")
	d.add(e.Positive() && len(e.Mentions)+len(e.Labels)+len(e.NoLabels) > 0, "what connects has no error")
	d.words(s)
	known(d, "version of TLS", versions, e.Version)
	d.add(
		e.SNI != "" && e.SNI != NoServerName && !host.MatchString(Fill(string(e.SNI), func(string) string { return "x" })),
		"%q is no server name",
		e.SNI,
	)
	known(d, "way of stapling", []Stapling{Stapled, Unstapled}, e.Stapling)
	known(d, "amount of requests", []Requests{NoRequests, SomeRequests}, e.Requests)
	known(d, "label", []Label{SystemOverloaded, Retryable}, slices.Concat(e.Labels, e.NoLabels)...)
	known(d, "fate of a pool", []Pool{Cleared, Kept}, e.Pool)
	known(d, "state of the user field", []UserField{Present, Absent}, e.User)
	known(d, "answer to speculative authentication", evidence.Speculations, e.Speculative)
	for _, m := range slices.Concat(e.At, e.Shuns, e.Spares, e.Leaves, e.Ignores) {
		d.add(!slices.Contains(s.addresses(), m), "there is no member %q of whom something is expected", m)
	}
	d.add(len(e.At) > 0 && e.Positive(), "only a refusal is at some members")
	d.add(len(e.Loses) > 0 && (!s.Client.GoOn || !e.Positive()), "only a client that goes on, and connects, loses operations")
	d.add(s.Client.GoOn && len(s.Client.Do) < 2, "a client that goes on has several commands")
	d.add(e.Gap < 0 || e.Gap > 0 && len(s.Steps) == 0, "a gap of %d ms needs steps", e.Gap)
	d.add(e.Tries < 0, "%d is no number of tries", e.Tries)
	d.add(e.Hosts < 0 || e.Hosts > 0 && e.Hosts >= len(s.Members), "%d is no number of some of the members", e.Hosts)
	d.add(e.Renews && !s.Server.Fault.Cut, "connections are renewed when one has been Cut")
	d.add(len(e.Leaves) > 0 && len(s.Steps) == 0, "what is left after the last step needs steps")
}

// words checks the texts of an expectation that stand for something in the row.
func (d *defects) words(s Scenario) {
	e := s.Expect
	d.add(slices.Contains(slices.Concat(e.Mentions, e.ServerSays, e.Hides), ""), "an empty text stands in every other")
	options := strings.ToLower(strings.ReplaceAll(s.Client.Texts(), "?", "&"))
	d.add(e.Warns != "" && !strings.Contains(options, "&"+strings.ToLower(e.Warns)+"="),
		"the client has no option %q to be warned about", e.Warns)
	said := s.Client.Texts()
	for _, do := range s.Client.Do {
		said += do.JSON
	}
	for _, u := range s.Server.Users {
		said += u.Password
	}
	for _, secret := range e.Hides {
		d.add(!strings.Contains(said, secret), "%q is no secret of the row", secret)
	}
	known(d, "host", s.hosts(), e.Blames...)
	for _, f := range s.faults() {
		known(d, "host", s.hosts(), f.For.SNI)
	}
}

// faults are those that the servers of a row have, or come to have.
func (s Scenario) faults() []Fault {
	list := []Fault{s.Server.Fault}
	for _, m := range s.Members {
		list = append(list, s.Server.With(m.Differs).Fault)
	}
	for _, step := range s.Steps {
		if step.Restart != nil {
			list = append(list, s.Server.With(*step.Restart).Fault)
		}
	}
	return list
}

// hosts are the words of a row among which the names of its servers stand.
func (s Scenario) hosts() (words []string) {
	texts := []string{"localhost", s.Client.Host, s.Client.URI, s.Client.Zone}
	for _, m := range s.Members {
		texts = append(texts, m.Host, m.Me, m.Horizon)
	}
	for _, step := range s.Steps {
		texts = append(texts, step.Rename)
	}
	for _, word := range inHost.FindAllString(strings.Join(texts, " "), -1) {
		words = append(words, strings.TrimSuffix(word, "."))
	}
	return words
}

var inHost = regexp.MustCompile(`[A-Za-z0-9.-]+`)

var host = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$`)

// sends reports whether a client of the row can send a command, of its own accord or because it is told to.
func (s Scenario) sends(command string) bool {
	return slices.Contains([]string{"authenticate", "saslStart", "saslContinue"}, command) ||
		slices.ContainsFunc(s.Client.Do, func(c Command) bool { return commandName(c) == command })
}

// texts checks the placeholders: each must be one that something fills there, and each file must be used.
func (d *defects) texts(s Scenario) {
	t := texts{d, s, s.Client}
	t.client()
	for _, e := range s.Before {
		texts{d, Scenario{}, e.Client}.client()
	}
	t.check(InNames, s.Server.Leaf.DNS...)
	for _, step := range s.Steps {
		t.check(InZone, step.Zone)
	}
	for _, m := range s.Members {
		if m.Differs.Leaf != nil {
			t.check(InNames, m.Differs.Leaf.DNS...)
		}
		t.check(InNames, m.Host, m.Me, m.Horizon)
	}
	for _, u := range s.Server.Users {
		t.check(InUser, u.Name)
	}
	t.check(InExpect, append(slices.Clone(s.Expect.Mentions), string(s.Expect.SNI))...)
}

// texts are those of a row about one of its clients.
type texts struct {
	*defects
	row Scenario
	of  Client
}

func (t texts) client() {
	c := t.of
	used := t.check(InURI, c.URI)
	used = append(used, t.check(InOptions, c.Options, c.Add)...)
	used = append(used, t.check(InCode, slices.Sorted(maps.Values(c.Code))...)...)
	t.check(InHost, c.Host)
	t.check(InZone, c.Zone)
	for _, do := range c.Do {
		t.check(InCommand, do.JSON)
	}
	for name := range c.Files {
		t.add(!slices.Contains(used, name), "nothing uses the file {%s}", name)
	}
}

// check checks texts of one place, and returns the names in them.
func (t texts) check(place Place, list ...string) (used []string) {
	for _, text := range list {
		for _, name := range placeholders(text) {
			used = append(used, name)
			t.placeholder(place, name)
		}
		rest := Fill(text, func(string) string { return "" })
		t.add(
			place != InCommand && strings.ContainsAny(rest, "{}"),
			"a brace in %s that belongs to no placeholder: %s",
			place,
			text,
		)
	}
	return used
}

func (t texts) placeholder(place Place, name string) {
	p := PlaceholderOf(name, t.row, t.of)
	switch {
	case p == nil:
		t.add(true, "there is no placeholder {%s}", name)
	case !slices.Contains(p.In, place):
		t.add(true, "nothing fills {%s} in %s", name, place)
	case t.of.Cert == nil && (name == "client" || name == "subject"):
		t.add(true, "{%s} needs a Cert", name)
	case name == "seeds" && len(t.row.Members) == 0:
		t.add(true, "{%s} needs Members", name)
	}
}

func (d *defects) twin(s Scenario, rows map[string]Scenario) {
	if s.Twin == "" {
		d.add(
			!s.Expect.Positive() && s.Expect.Outcome != Unspecified,
			"a row that expects no connection needs a twin that does",
		)
		return
	}
	twin, ok := rows[s.Twin]
	switch {
	case !ok:
		d.add(true, "the twin %s does not exist", s.Twin)
		return
	case !twin.Expect.Positive():
		d.add(true, "the twin %s does not expect a connection", s.Twin)
	}
	for _, m := range s.InModes() {
		d.add(!slices.Contains(twin.InModes(), m), "the twin %s does not run in %s", s.Twin, m)
	}
}
