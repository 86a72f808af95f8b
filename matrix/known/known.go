// Package known holds known failures: deviations of published drivers that have been looked at, and what they do to a verdict.
package known

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v3"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/cases"
	"github.com/mongotls/mongotls/reports"
)

// An Entry is one deviation of a known-failure file, for one of its patterns: a deviation that has been looked at. It is due where its
// driver, version, build and back end run and a matching case is selected; a due case must then fail, and for this reason.
type Entry struct {
	Case    string  `yaml:"-"`                 // pattern of case ids
	Driver  string  `yaml:"driver"`            //
	From    string  `yaml:"from,omitempty"`    // first version that fails, inclusive
	Before  string  `yaml:"before,omitempty"`  // first version that does not
	Build   string  `yaml:"build,omitempty"`   // only if the driver's build or TLS library contains this
	Backend string  `yaml:"backend,omitempty"` // only on this one
	Instead reasons `yaml:"instead"`           // the reason it fails for, or "connects"; several where that is chance
	Because string  `yaml:"because"`           // one sentence
	See     string  `yaml:"see"`               // public reference
	Until   string  `yaml:"until,omitempty"`   // a day, 2006-01-02, after which it must be looked at again

	Number int `yaml:"-"` // of its entry in the file, from 1
}

// An entry gives its case, and what happens instead, as one word or as a list.
type (
	oneOrMore[T ~string] []T
	patterns             = oneOrMore[string]
	reasons              = oneOrMore[evidence.Reason]
)

func (o *oneOrMore[T]) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*o = oneOrMore[T]{T(node.Value)}
		return nil
	}
	return node.Decode((*[]T)(o))
}

// Connects is Entry.Instead for a driver that connects where it must not, or misses a fact of the expectation.
const Connects evidence.Reason = "connects"

// builtin are the known failures of published drivers, a file for each driver.
//
//go:embed *.yaml
var builtin embed.FS

// A List is a known-failure file that has been read, or the built-in list.
type List struct {
	Name    string // path, or "the built-in list"
	Entries []Entry
}

// Load reads a file of known failures, or the built-in one for "". Each pattern of a file must match one of the cases
// that there are; of the built-in list that is tested, and a table of one's own has other cases.
func Load(path string, t *cases.Table) (List, error) {
	if path == "" {
		return Builtin(t)
	}
	f := List{Name: path}
	content, err := os.ReadFile(path)
	if err != nil {
		return f, usage.Errorf("known failures: %v", err)
	}
	if f.Entries, err = parse(content); err != nil {
		return f, usage.Errorf("known failures, %s: %v", path, err)
	}
	for _, k := range f.Entries {
		if !slices.ContainsFunc(t.Cases, func(c harness.Case) bool { return cases.Matches(k.Case, c.ID) }) {
			return f, usage.Errorf("known failures, %s: entry %d: %q matches no case; remove or mend it", path, k.Number, k.Case)
		}
	}
	return f, f.distinct(t.Cases)
}

// Builtin joins the files of the built-in list.
func Builtin(t *cases.Table) (List, error) {
	f := List{Name: "the built-in list"}
	files, err := fs.Glob(builtin, "*.yaml")
	if err != nil {
		return f, err
	}
	for _, name := range files {
		content, err := builtin.ReadFile(name)
		if err != nil {
			return f, err
		}
		entries, err := parse(content)
		if err != nil {
			return f, fmt.Errorf("matrix/known/%s: %w", name, err)
		}
		f.Entries = append(f.Entries, entries...)
	}
	return f, f.distinct(t.Cases)
}

// Due are the entries that speak of this driver and back end and of a case that was selected, in the order of the file.
func (f List) Due(info evidence.Info, backend string, selected []harness.Case) []Entry {
	return slices.DeleteFunc(slices.Clone(f.Entries), func(k Entry) bool {
		return !k.due(info, backend) || !slices.ContainsFunc(selected, func(c harness.Case) bool { return cases.Matches(k.Case, c.ID) })
	})
}

// distinct says which two entries can both be due for one of the cases: at most one may, for it says what happens instead.
func (f List) distinct(selected []harness.Case) error {
	for j, k := range f.Entries {
		for _, other := range f.Entries[:j] {
			if !k.meets(other) {
				continue
			}
			both := func(c harness.Case) bool { return cases.Matches(k.Case, c.ID) && cases.Matches(other.Case, c.ID) }
			if i := slices.IndexFunc(selected, both); i >= 0 {
				return usage.Errorf("known failures, %s: entry %d: %q and %q both speak of %s; let each speak of its own cases",
					f.Name, k.Number, other.Case, k.Case, selected[i].ID)
			}
		}
	}
	return nil
}

// meets says whether there can be a run in which both entries speak. Two different builds are taken for such that exclude each other.
func (k Entry) meets(other Entry) bool {
	ends := func(before, from string) bool { // a range that ends before another begins
		return before != "" && from != "" && versions.Compare(before, from) <= 0
	}
	return k.Driver == other.Driver && (k.Build == "" || other.Build == "" || k.Build == other.Build) &&
		(k.Backend == "" || other.Backend == "" || k.Backend == other.Backend) &&
		!ends(k.Before, other.From) && !ends(other.Before, k.From)
}

// Current says which entry's day has passed.
func (f List) Current(now time.Time) error {
	for _, k := range f.Entries {
		if k.Expired(now) {
			return usage.Errorf("known failures, %s: entry %d (%s): its day, %s, has passed; look at it again", f.Name, k.Number, k.Case, k.Until)
		}
	}
	return nil
}

func parse(content []byte) ([]Entry, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	var written []struct {
		Case  patterns `yaml:"case"`
		Entry `yaml:",inline"`
	}
	if err := decoder.Decode(&written); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("not a list of entries: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	var entries []Entry
	for i, w := range written {
		if len(w.Case) == 0 {
			return nil, fmt.Errorf("entry %d: case is missing", i+1)
		}
		for _, pattern := range w.Case {
			k := w.Entry
			k.Case, k.Number = pattern, i+1
			if err := k.check(); err != nil {
				return nil, fmt.Errorf("entry %d (%s): %w", i+1, k.Case, err)
			}
			entries = append(entries, k)
		}
	}
	return entries, nil
}

func (k Entry) check() error {
	for _, field := range []struct{ name, value string }{{"case", k.Case}, {"driver", k.Driver}, {"because", k.Because}, {"see", k.See}} {
		if field.value == "" {
			return fmt.Errorf("%s is missing", field.name)
		}
	}
	if len(k.Instead) == 0 {
		return errors.New("instead is missing")
	}
	for _, r := range k.Instead {
		if r != Connects && !slices.Contains(evidence.Reasons, r) {
			return fmt.Errorf("instead: %q is neither a reason nor %q", r, Connects)
		}
	}
	for _, text := range []string{k.From, k.Before} {
		if text != "" && versions.Canonical(text) == "" {
			return fmt.Errorf("%q is not a version like v2.9.3 or 6.20.0", text)
		}
	}
	if k.From != "" && k.Before != "" && versions.Compare(k.From, k.Before) >= 0 {
		return fmt.Errorf("no version is from %s and before %s", k.From, k.Before)
	}
	if !doublestar.ValidatePattern(k.Case) {
		return fmt.Errorf("case: the pattern is malformed")
	}
	if k.Until != "" {
		if _, err := time.Parse(time.DateOnly, k.Until); err != nil {
			return fmt.Errorf("until: %q is not a day like 2027-01-31", k.Until)
		}
	}
	return nil
}

// due says whether the entry speaks of this driver and back end. Of a version that is none, such as that of a checkout
// without tags, only entries without a range speak.
func (k Entry) due(info evidence.Info, backend string) bool {
	return k.Driver == info.Driver &&
		(k.From == "" && k.Before == "" || versions.Canonical(info.Version) != "") &&
		(k.From == "" || versions.Compare(info.Version, k.From) >= 0) &&
		(k.Before == "" || versions.Compare(info.Version, k.Before) < 0) &&
		(k.Build == "" || strings.Contains(info.Build+" "+info.TLS, k.Build)) &&
		(k.Backend == "" || k.Backend == backend)
}

// Expired reports whether the entry should be looked at again.
func (k Entry) Expired(now time.Time) bool {
	day, err := time.Parse(time.DateOnly, k.Until)
	return err == nil && now.After(day)
}

// Apply lays the due entries over a verdict: a listed failure becomes known, a listed case that passes a violation.
func Apply(due []Entry, id string, v harness.Verdict) (harness.Verdict, *Entry) {
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
	case v.Kind == harness.Violates && slices.Contains(k.Instead, got):
		v.Kind = harness.Known
	case v.Kind == harness.Violates:
		v.Why += fmt.Sprintf(" (a known failure is listed for this case, but as %s)", cases.Or(k.Instead))
	case v.Kind == harness.Conforms:
		v.Kind = harness.Violates
		v.Why = fmt.Sprintf("listed as a known failure (%s), but it conforms: remove the entry; %s", k.Because, v.Why)
	default:
		return v, nil
	}
	return v, k
}

// Stale says why an entry that was due does not hold, "" if it does or nobody can tell. Only a whole run can tell: an entry
// may be about the cases that were left out, by the user or because the back end has no server for them.
func Stale(k Entry, r reports.Report) string {
	if r.Interrupted || len(r.Selection.Run)+len(r.Selection.Skip)+len(r.Selection.Modes) > 0 {
		return ""
	}
	for _, c := range r.Cases {
		unasked := len(c.Attempts) == 0
		if cases.Matches(k.Case, c.ID) && (unasked || c.Verdict != reports.Unsupported && c.Verdict != reports.Characterised) {
			return ""
		}
	}
	return "no case that it speaks of is judged: remove or mend it"
}

// Where says what must run for the entry to be due: "go from v2.0.0 before v2.9.0, on embedded".
func (k Entry) Where() string {
	var s strings.Builder
	s.WriteString(k.Driver)
	for _, part := range []struct{ before, value string }{{" from ", k.From}, {" before ", k.Before}, {", built with ", k.Build}, {", on ", k.Backend}} {
		if part.value != "" {
			s.WriteString(part.before + part.value)
		}
	}
	return s.String()
}
