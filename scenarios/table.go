package scenarios

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Areas are the first components of the ids, in the order of the table.
var Areas = []string{"mode", "uri", "trust", "name", "time", "usage", "proto", "key", "mtls", "x509", "ocsp", "crl", "srv",
	"err", "rot"}

// All is the table: every scenario, area by area, unexpanded.
func All() []Scenario {
	return slices.Concat(modeRows, uriRows, trustRows, nameRows, timeRows, usageRows, protoRows, keyRows, mtlsRows, x509Rows,
		ocspRows, crlRows, srvRows, errRows, rotRows)
}

var wellFormed = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+(-[a-z0-9]+)*(@[a-z0-9]+(-[a-z0-9]+)*)?$`)

// Check says what is wrong with a table, one sentence for each defect, joined; nil if nothing is. Variants are checked like
// rows of their own.
func Check(list []Scenario) error {
	rows := map[string]Scenario{}
	var all []Scenario
	var wrong []error
	for _, s := range list {
		for _, row := range Expand(s) {
			if _, twice := rows[row.ID]; twice {
				wrong = append(wrong, fmt.Errorf("%s: the id is used twice", row.ID))
			}
			rows[row.ID] = row
			all = append(all, row)
		}
	}
	for _, row := range all {
		for _, defect := range slices.Concat(row.defects(), row.Expect.defects(), row.twinDefects(rows)) {
			wrong = append(wrong, fmt.Errorf("%s: %s", row.ID, defect))
		}
	}
	return errors.Join(wrong...)
}

func (s Scenario) defects() (wrong []string) {
	area, _, _ := strings.Cut(s.ID, "/")
	if !wellFormed.MatchString(s.ID) {
		wrong = append(wrong, "the id is malformed: write area/name or area/name@variant in lower case, digits and hyphens")
	} else if !slices.Contains(Areas, area) {
		wrong = append(wrong, fmt.Sprintf("there is no area %q", area))
	}
	if s.Says == "" {
		wrong = append(wrong, "Says is missing: write the statement in one sentence")
	}
	if s.Because == "" {
		wrong = append(wrong, "Because is missing: cite what demands it")
	}
	for _, c := range s.Claims {
		if !slices.ContainsFunc(Claims, func(known Statement) bool { return known.ID == c }) {
			wrong = append(wrong, fmt.Sprintf("there is no claim %q", c))
		}
	}
	for _, m := range s.Modes {
		if !slices.Contains(Modes, m) {
			wrong = append(wrong, fmt.Sprintf("there is no mode %q", m))
		}
	}
	if s.Expect.Outcome == Unspecified && len(s.Claims) > 0 {
		wrong = append(wrong, "a characterised row cannot fail, so it carries no claim")
	}
	return wrong
}

func (e Expect) defects() (wrong []string) {
	for _, r := range e.Reasons {
		if !slices.Contains(evidence.Reasons, r) || r == evidence.Unclassified {
			wrong = append(wrong, fmt.Sprintf("%q is no reason that can be expected", r))
		}
	}
	for _, c := range e.Causes {
		if !slices.Contains(evidence.Causes, c) || c == evidence.OtherCause {
			wrong = append(wrong, fmt.Sprintf("%q is no cause that can be expected", c))
		}
	}
	switch e.Outcome {
	case OverTLS, InClear, Unspecified:
	case BeforeDialing, InHandshake:
		if len(e.Reasons) == 0 {
			wrong = append(wrong, "a refusal by the driver needs a reason")
		}
	case ByServer:
		if len(e.Causes) == 0 {
			wrong = append(wrong, "a refusal by the server needs a cause")
		}
	case ByCommand:
		if e.Command == "" || e.Code == 0 || e.CodeName == "" {
			wrong = append(wrong, "a refused command needs its name, code and code name")
		}
	case ByTimeout:
		if e.Option == "" {
			wrong = append(wrong, "a time-out needs the option that sets it")
		}
	default:
		wrong = append(wrong, fmt.Sprintf("there is no outcome %q", e.Outcome))
	}
	return wrong
}

func (s Scenario) twinDefects(rows map[string]Scenario) []string {
	if s.Twin == "" {
		if s.Expect.Positive() || s.Expect.Outcome == Unspecified {
			return nil
		}
		return []string{"a row that expects no connection needs a twin that does"}
	}
	twin, ok := rows[s.Twin]
	switch {
	case !ok:
		return []string{fmt.Sprintf("the twin %s does not exist", s.Twin)}
	case !twin.Expect.Positive():
		return []string{fmt.Sprintf("the twin %s does not expect a connection", s.Twin)}
	}
	for _, m := range s.modes() {
		if !slices.Contains(twin.modes(), m) {
			return []string{fmt.Sprintf("the twin %s does not run in %s", s.Twin, m)}
		}
	}
	return nil
}

func (s Scenario) modes() []Mode {
	if len(s.Modes) > 0 {
		return s.Modes
	}
	return []Mode{AllowTLS, PreferTLS, RequireTLS}
}

func claims(ids ...Claim) []Claim { return ids }

func names(list ...string) []string { return list }
