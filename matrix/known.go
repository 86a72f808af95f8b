package matrix

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/semver"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/scenarios"
)

// Known is one entry of a known-failure file: a deviation that has been looked at. It is due where its driver, version
// and back end run and a matching case is selected; a due case must then fail, and for this reason.
type Known struct {
	Case    string           `yaml:"case"`              // pattern of case ids
	Driver  string           `yaml:"driver"`            //
	From    string           `yaml:"from,omitempty"`    // first version that fails, inclusive
	Before  string           `yaml:"before,omitempty"`  // first version that does not
	Backend string           `yaml:"backend,omitempty"` // only on this one
	Instead scenarios.Reason `yaml:"instead"`           // the reason it fails for, or "connects"
	Because string           `yaml:"because"`           // one sentence
	See     string           `yaml:"see"`               // public reference
	Until   string           `yaml:"until,omitempty"`   // a day, 2006-01-02, after which it must be looked at again
}

// connects is Known.Instead for a driver that connects where it must not, or misses a fact of the expectation.
const connects scenarios.Reason = "connects"

//go:embed known.yaml
var builtin []byte

// loadKnown reads the entries that are due for this driver and back end from a file, or the built-in ones for "".
func loadKnown(path string, t *table, info harness.Info, backend string) (due []Known, err error) {
	name, content := "the built-in list", builtin
	if path != "" {
		name = path
		if content, err = os.ReadFile(path); err != nil {
			return nil, usage("known failures: %v", err)
		}
	}
	entries, err := parseKnown(content)
	if err != nil {
		return nil, usage("known failures, %s: %v", name, err)
	}
	for i, k := range entries {
		if !slices.ContainsFunc(t.cases, func(c harness.Case) bool { return matches(k.Case, c.ID) }) {
			return nil, usage("known failures, %s: entry %d: %q matches no case; remove or mend it", name, i+1, k.Case)
		}
		if k.due(info, backend) {
			due = append(due, k)
		}
	}
	return due, nil
}

func parseKnown(content []byte) ([]Known, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	var entries []Known
	if err := decoder.Decode(&entries); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("not a list of entries: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	for i, k := range entries {
		if err := k.check(); err != nil {
			return nil, fmt.Errorf("entry %d (%s): %w", i+1, k.Case, err)
		}
	}
	return entries, nil
}

func (k Known) check() error {
	for _, field := range []struct{ name, value string }{{"case", k.Case}, {"driver", k.Driver}, {"because", k.Because}, {"see", k.See}} {
		if field.value == "" {
			return fmt.Errorf("%s is missing", field.name)
		}
	}
	if k.Instead != connects && !slices.Contains(scenarios.Reasons, k.Instead) {
		return fmt.Errorf("instead: %q is neither a reason nor %q", k.Instead, connects)
	}
	for _, version := range []string{k.From, k.Before} {
		if version != "" && !semver.IsValid(version) {
			return fmt.Errorf("%q is not a version like v2.9.3", version)
		}
	}
	if k.Until != "" {
		if _, err := time.Parse(time.DateOnly, k.Until); err != nil {
			return fmt.Errorf("until: %q is not a day like 2027-01-31", k.Until)
		}
	}
	return nil
}

func (k Known) due(info harness.Info, backend string) bool {
	return k.Driver == info.Driver &&
		(k.From == "" || semver.Compare(info.Version, k.From) >= 0) &&
		(k.Before == "" || semver.Compare(info.Version, k.Before) < 0) &&
		(k.Backend == "" || k.Backend == backend)
}

// expired says whether the entry should be looked at again.
func (k Known) expired(now time.Time) bool {
	day, err := time.Parse(time.DateOnly, k.Until)
	return err == nil && now.After(day)
}

// apply lays the due entries over a verdict: a listed failure becomes known, a listed case that passes a violation.
func apply(due []Known, id string, v harness.Verdict) (harness.Verdict, *Known) {
	i := slices.IndexFunc(due, func(k Known) bool { return matches(k.Case, id) })
	if i < 0 {
		return v, nil
	}
	k := &due[i]
	got := v.Reason
	if got == "" {
		got = connects
	}
	switch {
	case v.Kind == harness.Violates && got == k.Instead:
		v.Kind = harness.Known
	case v.Kind == harness.Violates:
		v.Why += fmt.Sprintf(" (a known failure is listed for this case, but as %s)", k.Instead)
	case v.Kind == harness.Conforms:
		v.Kind = harness.Violates
		v.Why = fmt.Sprintf("listed as a known failure (%s), but it conforms: remove the entry; %s", k.Because, v.Why)
	default:
		return v, nil
	}
	return v, k
}
