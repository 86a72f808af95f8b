// Package known holds known failures: deviations of published drivers that have been looked at, and what they do to a
// verdict.
package known

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

// An Entry is a deviation that has been looked at, for one pattern of case ids: see docs/known-failures.md. It is due
// where its driver, version, build and back end run and a matching case is selected; a due case must then fail, and for
// this reason.
type Entry struct {
	Case    string            // pattern of case ids
	Driver  string            //
	From    string            // first version that fails, inclusive
	Before  string            // first version that does not
	Build   []string          // components of which the driver must run on one: see component
	Backend string            // only on this one
	Instead []evidence.Reason // the reason it fails for, Connects, or Conforms; several where that is chance
	Because string            // one sentence
	See     string            // public reference
	Report  string            // where it has been reported, or "none found" and a day; "" if nobody has looked
	Until   string            // a day, 2006-01-02, after which it must be looked at again

	File   string // of the user's that it stands in; "" is the built-in list
	Number int    // of the entry in its file, from 1; one can have several patterns
	Line   int    // where that begins
}

// Connects is Entry.Instead for a driver that connects where it must not, or misses a fact of the expectation, and
// Conforms, among others, for one that by chance does what it must.
const (
	Connects evidence.Reason = "connects"
	Conforms evidence.Reason = "conforms"
)

// builtin are the known failures of published drivers, a file for each driver.
//
//go:embed *.yaml
var builtin embed.FS

// A List is known failures; of two that speak of one case, the first counts.
type List []Entry

// Load reads a user's file of known failures, "" for none, and puts it before the built-in list, unless that is not
// wanted. Each pattern of the file must match one of the cases that there are, and no two the same; of the built-in
// list that is tested, and a table of one's own has other cases.
func Load(path string, withBuiltin bool, t *cases.Table) (List, error) {
	var all List
	if path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, usage.Errorf("known failures, %s: %v", path, form.Cause(err))
		}
		if all, err = read(path, content, t); err != nil {
			return nil, err
		}
	}
	if !withBuiltin {
		return all, nil
	}
	ours, err := Builtin()
	return append(all, ours...), err
}

// read is a user's file.
func read(path string, content []byte, t *cases.Table) (List, error) {
	entries, err := parse(content)
	if err != nil {
		return nil, usage.Errorf("known failures, %s, %v", path, err)
	}
	for i := range entries {
		entries[i].File = path
	}
	for _, k := range entries {
		if !slices.ContainsFunc(t.Cases, func(c harness.Case) bool { return cases.Matches(k.Case, c.ID) }) {
			return nil, usage.Errorf("known failures, %s: case: %q matches no case%s; remove or mend it", k.place(),
				k.Case, t.Meant(k.Case))
		}
	}
	return entries, List(entries).distinct(t.Cases)
}

// Builtin joins the files of the built-in list.
func Builtin() (List, error) {
	var all List
	files, err := fs.Glob(builtin, "*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		content, err := builtin.ReadFile(name)
		if err != nil {
			return nil, err
		}
		entries, err := parse(content)
		if err != nil {
			return nil, fmt.Errorf("matrix/internal/known/%s, %w", name, err)
		}
		all = append(all, entries...)
	}
	return all, nil
}

// Due are the entries that speak of this driver and back end and of a case that was selected, in their order.
func (l List) Due(info evidence.Info, backend string, selected []harness.Case) List {
	return slices.DeleteFunc(slices.Clone(l), func(k Entry) bool {
		return !k.due(info, backend) || !slices.ContainsFunc(selected,
			func(c harness.Case) bool { return cases.Matches(k.Case, c.ID) })
	})
}

// distinct says which two entries of one file can both be due for one of the cases: at most one may, for it says what
// happens instead.
func (l List) distinct(selected []harness.Case) error {
	speaks := make([][]string, len(l)) // the cases of each entry
	for j, k := range l {
		for _, c := range selected {
			if cases.Matches(k.Case, c.ID) {
				speaks[j] = append(speaks[j], c.ID)
			}
		}
		for i, other := range l[:j] {
			of := func(id string) bool { return slices.Contains(speaks[i], id) }
			if at := slices.IndexFunc(speaks[j], of); at >= 0 && k.meets(other) {
				return usage.Errorf(
					"known failures, %s: case: %q and %q of line %d both speak of %s; let each speak of its own cases",
					k.place(), k.Case, other.Case, other.Line, speaks[j][at])
			}
		}
	}
	return nil
}

// meets says whether there can be a run in which both entries speak. Builds that are written differently are taken for
// such that exclude each other.
func (k Entry) meets(other Entry) bool {
	ends := func(before, from string) bool { // a range that ends before another begins
		return before != "" && from != "" && versions.Compare(before, from) <= 0
	}
	inBoth := func(build string) bool { return slices.Contains(other.Build, build) }
	return k.Driver == other.Driver &&
		(len(k.Build) == 0 || len(other.Build) == 0 || slices.ContainsFunc(k.Build, inBoth)) &&
		(k.Backend == "" || other.Backend == "" || k.Backend == other.Backend) &&
		!ends(k.Before, other.From) && !ends(other.Before, k.From)
}

// Current says which entry's day has passed.
func (l List) Current(now time.Time) error {
	for _, k := range l {
		if k.Expired(now) {
			return usage.Errorf("known failures, %s (%s): %s", k.place(), k.Case, k.passed())
		}
	}
	return nil
}

// Overdue says of each entry whose day has passed that it has.
func (l List) Overdue(now time.Time) (all []string) {
	for _, k := range l {
		if k.Expired(now) {
			all = append(all, fmt.Sprintf("known failure %s: %s", k.Case, k.passed()))
		}
	}
	return all
}

// passed says so of the entry's day.
func (k Entry) passed() string {
	return fmt.Sprintf("its day, %s, has passed; look at it again", k.Until)
}

// place is where an entry stands.
func (k Entry) place() string {
	if k.File == "" {
		return "the built-in list"
	}
	return fmt.Sprintf("%s, line %d", k.File, k.Line)
}

// due says whether the entry speaks of this driver and back end. Of a version that is none, such as that of a checkout
// without tags, only entries without a range speak.
func (k Entry) due(info evidence.Info, backend string) bool {
	return k.Driver == info.Driver && k.covers(info.Version) &&
		(len(k.Build) == 0 || slices.ContainsFunc(info.Components, k.builtWith)) &&
		(k.Backend == "" || k.Backend == backend)
}

// covers reports whether the entry speaks of a version.
func (k Entry) covers(version string) bool {
	return (k.From == "" && k.Before == "" || versions.Canonical(version) != "") &&
		(k.From == "" || versions.Compare(version, k.From) >= 0) &&
		(k.Before == "" || versions.Compare(version, k.Before) < 0)
}

// builtWith reports whether Build names a component.
func (k Entry) builtWith(c evidence.Component) bool {
	return slices.ContainsFunc(k.Build, func(text string) bool {
		of, err := parseComponent(text)
		return err == nil && of.is(c)
	})
}

// A component is what Build says of one: its name, "pyopenssl"; with the beginning of a version, "openssl 3.0"; or with
// a range, "go before 1.22", "node from 24.17 before 24.18".
type component struct{ name, prefix, from, before string }

func parseComponent(text string) (c component, err error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return c, errors.New("a component has a name")
	}
	c.name = words[0]
	switch words = words[1:]; {
	case len(words) == 1 && begins.MatchString(words[0]):
		c.prefix = words[0]
		return c, nil
	case len(words) >= 2 && words[0] == "from":
		c.from, words = words[1], words[2:]
	}
	if len(words) >= 2 && words[0] == "before" {
		c.before, words = words[1], words[2:]
	}
	for _, version := range []string{c.from, c.before} {
		if version != "" && versions.Canonical(version) == "" {
			return c, fmt.Errorf("%q is not a version like 3.0.15", version)
		}
	}
	if len(words) > 0 {
		return c, fmt.Errorf("%q is no component: write openssl, openssl 3.0, or openssl from 3.0 before 3.2", text)
	}
	return c, nil
}

// begins is the beginning of a version as a report has it: "3.0", a commit, but no word, and no v before it.
var begins = regexp.MustCompile(`^[^v\s]*\d\S*$`)

// joined is a component as a spec has it: "+node24.17", "node@24".
var joined = regexp.MustCompile(`^\+?([A-Za-z]+)@?(\d[0-9a-z.]*)?$`)

// checkComponent says why no driver of that name can ever run on what Build says. An adapter of the user's own may
// report any name.
func checkComponent(driver, text string) error {
	c, err := parseComponent(text)
	row, ours := registry.Find(driver)
	components := row.RunsOn()
	if err != nil || !ours || slices.Contains(components, strings.ToLower(c.name)) {
		return err
	}
	if m := joined.FindStringSubmatch(text); m != nil && slices.Contains(components, strings.ToLower(m[1])) {
		return fmt.Errorf("%q is no component: write %s", text, strings.TrimSpace(m[1]+" "+m[2]))
	}
	return fmt.Errorf("%s runs on nothing called %q%s; there are %s", driver, c.name, usage.Meant(c.name, components),
		strings.Join(components, ", "))
}

// checkDriver says why a report never has this as the name of its driver.
func checkDriver(name string) error {
	if !strings.ContainsAny(name, "@+") {
		return nil
	}
	s, err := registry.Parse(name)
	if err != nil || s.Name == "" {
		return fmt.Errorf("%q is no name of a driver: write the name as a report has it, and the rest in from, before and build",
			name)
	}
	right := "driver: " + s.Name
	if s.Version != "" {
		right += ", from: " + s.Version
	}
	for _, c := range s.Components {
		right += ", build: " + strings.TrimSpace(c.Name+" "+c.Version)
	}
	return fmt.Errorf("%q is more than the name of a driver: write %s", name, right)
}

// Runtime is what Build says of the runtime among the components of a report, "" if there is none.
func Runtime(all []evidence.Component) string {
	for _, c := range all {
		text := c.Name + " " + c.Version
		if _, err := parseComponent(text); c.Role == evidence.Runtime && err == nil {
			return strings.TrimSpace(text)
		}
	}
	return ""
}

// is reports whether a component of a driver is the one.
func (c component) is(of evidence.Component) bool {
	return strings.EqualFold(c.name, of.Name) &&
		(c.prefix == "" || strings.HasPrefix(of.Version+".", c.prefix+".")) &&
		(c.from == "" || versions.Compare(of.Version, c.from) >= 0) &&
		(c.before == "" || versions.Compare(of.Version, c.before) < 0)
}

// Expired reports whether the entry should be looked at again.
func (k Entry) Expired(now time.Time) bool {
	day, err := time.Parse(time.DateOnly, k.Until)
	return err == nil && now.After(day)
}

// Apply lays the due entries over a verdict: a listed failure becomes known, a listed case that passes a violation.
func Apply(due List, id string, v harness.Verdict) (harness.Verdict, *Entry) {
	i := slices.IndexFunc(due, func(k Entry) bool { return cases.Matches(k.Case, id) })
	if i < 0 {
		return v, nil
	}
	k := &due[i]
	got := v.Reason
	if got == "" {
		got = Connects
	}
	switch {
	case v.Kind == evidence.Violates && slices.Contains(k.Instead, got):
		v.Kind = evidence.Known
	case v.Kind == evidence.Violates:
		v.Why += fmt.Sprintf(" (a known failure is listed for this case, but as %s)", cases.Or(k.Instead))
	case v.Kind == evidence.Conforms && slices.Contains(k.Instead, Conforms):
		return v, nil
	case v.Kind == evidence.Conforms:
		v.Kind, v.Listed = evidence.Violates, true
		v.Why = fmt.Sprintf("listed as a known failure (%s), but it conforms: remove the entry; %s", k.Because, v.Why)
	default:
		return v, nil
	}
	return v, k
}

// Stale says why an entry that was due does not hold, "" if it does or nobody can tell. Only a whole run can tell: an
// entry may be about the cases that were left out, by the user or because the back end has no server for them or for
// their control.
func Stale(k Entry, r reports.Report) string {
	if r.Interrupted || len(r.Selection.Run)+len(r.Selection.Skip)+len(r.Selection.Modes) > 0 {
		return ""
	}
	byID := map[string]reports.Case{}
	for _, c := range r.Cases {
		byID[c.ID] = c
	}
	for id, c := range byID {
		if cases.Matches(k.Case, id) && (c.Verdict != reports.Unsupported && c.Verdict != reports.Characterised ||
			unasked(byID, c)) {
			return ""
		}
	}
	return "no case that it speaks of is judged: remove or mend it"
}

// unasked reports whether a case, its control, or the control of that was not run.
func unasked(byID map[string]reports.Case, c reports.Case) bool {
	for range byID { // a control is no ring
		control, has := byID[c.Twin]
		if len(c.Attempts) == 0 || !has {
			return len(c.Attempts) == 0
		}
		c = control
	}
	return false
}

// Where says what must run for the entry to be due: "go from v2.0.0 before v2.9.0, on embedded".
func (k Entry) Where() string {
	var s strings.Builder
	s.WriteString(k.Driver)
	for _, part := range []struct{ before, value string }{{" from ", k.From}, {" before ", k.Before},
		{", built with ", strings.Join(k.Build, " or ")}, {", on ", k.Backend}} {
		if part.value != "" {
			s.WriteString(part.before + part.value)
		}
	}
	return s.String()
}
