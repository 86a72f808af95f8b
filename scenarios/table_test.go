package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/evidence"
)

func TestTableIsSound(t *testing.T) {
	require.NoError(t, Check(All()))
}

// At least 95 rows about drivers can fail; variants come on top.
func TestTableIsLargeEnough(t *testing.T) {
	rows, cases := 0, 0
	for _, s := range All() {
		if s.Subject == Driver && s.Expect.Outcome != Unspecified {
			rows++
			cases += len(Expand(s))
		}
	}
	t.Logf("%d rows about drivers can fail, %d with their variants; %d rows in all", rows, cases, len(All()))
	require.GreaterOrEqual(t, rows, 95)
}

func TestTableIsInOrderOfAreas(t *testing.T) {
	var order []string
	for _, s := range All() {
		area, _, _ := strings.Cut(s.ID, "/")
		if len(order) == 0 || order[len(order)-1] != area {
			order = append(order, area)
		}
	}
	require.Equal(t, Areas, order)
}

func TestTableIsOneSentenceEach(t *testing.T) {
	for _, s := range All() {
		require.Regexp(t, `^[A-Z].*[.?]$`, s.Says, s.ID)
		require.NotContains(t, s.Says+s.Because, "\n", s.ID)
		require.Equal(t, s.Expect.Outcome == Unspecified, strings.HasSuffix(s.Says, "?"), "%s: only an open question has no norm", s.ID)
	}
}

// A placeholder that nothing fills would reach the driver as it stands.
func TestPlaceholdersAreFilled(t *testing.T) {
	for _, s := range All() {
		for _, row := range Expand(s) {
			c := row.Client
			text := c.URI + c.Options + c.Add + c.Host
			for _, value := range c.Code {
				text += value
			}
			known := []string{"host", "port", "id", "ca", "other", "public", "intermediate", "options"}
			if c.Cert != nil {
				known = append(known, "client", "subject")
			}
			for name := range c.Files {
				known = append(known, name)
				require.Contains(t, text, "{"+name+"}", "%s: nothing uses the file", row.ID)
			}
			for _, name := range known {
				text = strings.ReplaceAll(text, "{"+name+"}", "")
			}
			require.NotRegexp(t, `[{}]`, text, row.ID)
			if c.URI != "" && !strings.Contains(c.URI, "{options}") {
				require.Empty(t, c.Options+c.Add, "%s: options that its URI does not hold", row.ID)
			}
		}
	}
}

func TestCheckNamesEachDefect(t *testing.T) {
	good := Scenario{ID: "mode/tls", Says: "A driver must connect.", Because: "a document", Expect: Connects()}
	refusal := Scenario{ID: "mode/refusal", Says: "A driver must refuse.", Because: "a document", Expect: Refuses(evidence.Untrusted),
		Twin: "mode/tls"}
	require.NoError(t, Check([]Scenario{good, refusal}))
	for defect, break1 := range map[string]func(s *Scenario){
		"mode/tls: the id is used twice":                                        func(s *Scenario) { *s = clone(good) },
		"the id is malformed":                                                   func(s *Scenario) { s.ID = "mode/Refusal!" },
		`there is no area "nowhere"`:                                            func(s *Scenario) { s.ID = "nowhere/refusal" },
		"Says is missing":                                                       func(s *Scenario) { s.Says = "" },
		"Because is missing":                                                    func(s *Scenario) { s.Because = "" },
		`there is no claim "M99"`:                                               func(s *Scenario) { s.Claims = claims("M99") },
		`there is no mode "sometimes"`:                                          func(s *Scenario) { s.Modes = []Mode{"sometimes"} },
		"a characterised row cannot fail, so it carries no claim":               func(s *Scenario) { s.Expect, s.Claims = Characterised(), claims("M1") },
		`"bad-luck" is no reason that can be expected`:                          func(s *Scenario) { s.Expect = Refuses("bad-luck") },
		`"unclassified" is no reason that can be expected`:                      func(s *Scenario) { s.Expect = Refuses(evidence.Unclassified) },
		"a refusal by the driver needs a reason":                                func(s *Scenario) { s.Expect = Refuses() },
		`"bad-luck" is no cause that can be expected`:                           func(s *Scenario) { s.Expect = ClosedByServer("bad-luck") },
		"a refusal by the server needs a cause":                                 func(s *Scenario) { s.Expect = ClosedByServer() },
		"a refused command needs its name, code and code name":                  func(s *Scenario) { s.Expect = RefusedByCommand("find", 0, "") },
		"a time-out needs the option that sets it":                              func(s *Scenario) { s.Expect = TimesOut("") },
		`there is no outcome "fails"`:                                           func(s *Scenario) { s.Expect.Outcome = "fails" },
		"a row that expects no connection needs a twin that does":               func(s *Scenario) { s.Twin = "" },
		"the twin mode/none does not exist":                                     func(s *Scenario) { s.Twin = "mode/none" },
		"the twin mode/refusal does not expect a connection":                    func(s *Scenario) { s.Twin = "mode/refusal" },
		"the twin mode/tls does not run in disabled":                            func(s *Scenario) { s.Modes = []Mode{Disabled} },
		"mode/refusal@broken: Says is missing: write the statement in one sent": func(s *Scenario) { s.Variants = broken },
		"mode/refusal@broken: the id is used twice":                             func(s *Scenario) { s.Variants = slices.Concat(broken, broken) },
	} {
		row := clone(refusal)
		break1(&row)
		require.ErrorContains(t, Check([]Scenario{good, row}), defect)
	}
}

var broken = []Variant{{"broken", func(s *Scenario) { s.Says = "" }}}

func TestVariantsDoNotShareData(t *testing.T) {
	s := Scenario{
		ID:     "key/shared",
		Server: Server{CAFile: names("a"), CRL: &pki.CRL{Serials: []int64{1}}, SetParameter: map[string]string{"a": "1"}, Users: []User{{Roles: []string{}}}},
		Client: Client{Cert: &pki.Leaf{DNS: names("a")}, Files: map[string]pki.File{"f": {Parts: []pki.Part{{Leaf: &pki.Leaf{}}}}}},
	}
	before := clone(s)
	common := map[string]string{"tls": "true"}
	s.Variants = []Variant{{"other", func(s *Scenario) {
		s.Client.Code = common
		s.Server.CAFile[0], s.Server.CRL.Serials[0], s.Server.SetParameter["a"] = "b", 2, "2"
		s.Client.Cert.DNS[0], s.Client.Files["f"].Parts[0].Leaf.Serial = "b", 2
	}}}
	rows := Expand(s)
	require.Len(t, rows, 2)
	require.Equal(t, before, rows[0], "the row itself stays as it was, empty roles included")
	require.Equal(t, "key/shared@other", rows[1].ID)
	require.Equal(t, names("b"), rows[1].Client.Cert.DNS)
	rows[1].Client.Code["tls"] = "false"
	require.Equal(t, "true", common["tls"])
	s.Variants = nil
	require.Equal(t, before, s, "and so does the table")
}

// Every row of the table stands after its expansion as it stood before, whatever its variants do.
func TestExpandLeavesTheTableAlone(t *testing.T) {
	for _, s := range All() {
		before := clone(withoutVariants(s))
		Expand(s)
		require.Equal(t, before, withoutVariants(s), s.ID)
	}
}

func withoutVariants(s Scenario) Scenario {
	s.Variants = nil
	return s
}
