package known

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/scenarios"
)

func table(t *testing.T) *cases.Table {
	t.Helper()
	all, err := cases.Expand(scenarios.All())
	require.NoError(t, err)
	return all
}

const entry = `
- case: uri/invalid-bool
  driver: go
  from: v2.0.0
  before: v3.0.0
  instead: parse-error
  because: it is an error there
  see: the specification
`

func TestParse(t *testing.T) {
	entries, err := parse(
		[]byte(entry + "\n- {case: [a/b, c/d], driver: &d go, instead: &i [connects, timeout], because: z, see: y}" +
			"\n- {case: e, driver: *d, instead: *i, because: z, see: y, from: 1.10, until: 2027-01-31}\n"),
	)
	require.NoError(t, err)
	require.Equal(t, []Entry{
		{
			Case:    "uri/invalid-bool",
			Driver:  "go",
			From:    "v2.0.0",
			Before:  "v3.0.0",
			Instead: []evidence.Reason{evidence.ParseError},
			Because: "it is an error there",
			See:     "the specification",
			Number:  1,
			Line:    2,
		},
		{
			Case:    "a/b",
			Driver:  "go",
			Instead: []evidence.Reason{Connects, evidence.Timeout},
			Because: "z",
			See:     "y",
			Number:  2,
			Line:    10,
		},
		{
			Case:    "c/d",
			Driver:  "go",
			Instead: []evidence.Reason{Connects, evidence.Timeout},
			Because: "z",
			See:     "y",
			Number:  2,
			Line:    10,
		},
		{
			Case:    "e",
			Driver:  "go",
			Instead: []evidence.Reason{Connects, evidence.Timeout},
			Because: "z",
			See:     "y",
			From:    "1.10",
			Until:   "2027-01-31",
			Number:  3,
			Line:    11,
		},
	}, entries)
	for _, empty := range []string{"", "# nothing\n", "[]", "---\n", "~"} {
		entries, err := parse([]byte(empty))
		require.NoError(t, err, empty)
		require.Empty(t, entries, empty)
	}
}

// What is wrong is one line, which names the line and the field of the file, and no type of Go.
func TestParseErrors(t *testing.T) {
	const built = "- {case: x, driver: %s, build: %s, instead: connects, because: z, see: y}"
	const whole = "- {case: x, driver: go, instead: connects, because: z, see: y}\n"
	for content, says := range map[string]string{
		"\n- {case: [], driver: go, instead: connects, because: z, see: y}": "line 2: field case: it is missing",
		"case: x":                      "line 1: this is no list of entries: begin each with a dash",
		"- x":                          "line 1: an entry has fields: case, driver, instead, because, see",
		entry + "  colour: red\n":      "line 9: field colour: no entry has it; there are case, driver, from, before, build, backend, instead, because, see, reported, until",
		entry + "  untl: 2027-01-31\n": "line 9: field untl: no entry has it (did you mean until?); there are",
		entry + "  see: b\n":           "line 9: field see: it stands in line 8 already",
		"- {case: x, driver: go, instead: connects, see: y}":               "line 1: field because: it is missing",
		"- {case: x, driver: ~, instead: connects, because: z, see: y}":    "line 1: field driver: it is missing",
		"- {case: x, driver: [go], instead: connects, because: z, see: y}": "line 1: field driver: it takes a text",
		"- case: {x: y}":  "line 1: field case: it takes a text, or a list of texts",
		"- case: &a [*a]": "line 1: field case: it takes a text, or a list of texts",
		"- case: x\n  driver: go\n  instead: [connects, paser-error]\n  because: z\n  see: y":          `line 3: field instead: "paser-error" is neither a reason nor "connects" (did you mean parse-error?)`,
		"- {case: x, driver: go, because: z, see: y}":                                                  "line 1: field instead: it is missing",
		"- {case: 'x[', driver: go, instead: connects, because: z, see: y}":                            `line 1: field case: the pattern "x[" is malformed`,
		"- {case: x, driver: go, instead: connects, because: z, see: y, from: v2.9.0, before: v2.1.0}": "line 1: field before: no version is from v2.9.0 and before v2.1.0",
		"- {case: x, driver: go, instead: connects, because: z, see: y, from: two}":                    `line 1: field from: "two" is not a version`,
		"- {case: x, driver: go, instead: connects, because: z, see: y, until: soon}":                  `line 1: field until: "soon" is not a day`,
		fmt.Sprintf(built, "node@7.9.0+node24.17", "node"):                                             `line 1: field driver: "node@7.9.0+node24.17" is more than the name of a driver: write driver: node, from: 7.9.0, build: node 24.17`,
		fmt.Sprintf(built, "cobol@1", "node"):                                                          `line 1: field driver: "cobol@1" is no name of a driver: write the name as a report has it`,
		fmt.Sprintf(built, "node", "node24.17"):                                                        `line 1: field build: "node24.17" is no component: write node 24.17`,
		fmt.Sprintf(built, "node", "+node@24"):                                                         `line 1: field build: "+node@24" is no component: write node 24`,
		fmt.Sprintf(built, "node", "cobol 3"):                                                          `line 1: field build: node runs on nothing called "cobol"; there are node, bun, deno, openssl,`,
		fmt.Sprintf(built, "node", "openssl before"):                                                   `line 1: field build: "openssl before" is no component: write openssl, openssl 3.0, or openssl from`,
		fmt.Sprintf(built, "node", "node v24.17"):                                                      `line 1: field build: "node v24.17" is no component: write openssl`,
		whole + "---\n" + whole:                                                                        "line 2: a second document begins here",
		whole + "- case: : :":                                                                          "line 2: mapping values are not allowed",
		"- case: [":                                                                                    "line 1: did not find expected",
		"\x00":                                                                                         "line 1: ",
	} {
		_, err := parse([]byte(content))
		require.ErrorContains(t, err, says, content)
		require.NotContains(t, err.Error(), "\n")
		require.NotContains(t, err.Error(), "known.")
	}
}

func FuzzParseKnown(f *testing.F) {
	f.Add([]byte(entry))
	f.Add([]byte("- &a {case: [x, *b], <<: *a}\n- *a"))
	f.Fuzz(func(t *testing.T, content []byte) {
		entries, err := parse(content)
		if err != nil {
			require.Regexp(t, `^line \d+: `, err.Error())
			require.NotContains(t, err.Error(), "\n")
			return
		}
		for _, k := range entries { // each can be written, and is then the same
			text, err := render(k)
			require.NoError(t, err)
			again, err := parse(text)
			require.NoError(t, err, string(text))
			k.Number, k.Line = 1, again[0].Line
			require.Equal(t, []Entry{k}, again, string(text))
		}
	})
}

// The built-in list is of drivers and cases that there are.
func TestBuiltin(t *testing.T) {
	all := table(t)
	ours, err := Builtin()
	require.NoError(t, err)
	require.NotEmpty(t, ours)
	require.NoError(t, ours.distinct(all.Cases))
	for _, k := range ours {
		require.Empty(t, k.File)
		_, there := registry.Find(k.Driver)
		require.True(t, there, k.Driver)
		require.True(
			t,
			slices.ContainsFunc(all.Cases, func(c harness.Case) bool { return cases.Matches(k.Case, c.ID) }),
			k.Case,
		)
	}
}

// An adapter of the user's own has any name, and reports any component.
func TestAnAdapterOfOnesOwn(t *testing.T) {
	_, err := parse([]byte("- {case: x, driver: cobol, build: cobol85 3, instead: connects, because: z, see: y}"))
	require.NoError(t, err)
}

// A user's file adds to the built-in list, and of two entries for one case the user's counts.
func TestLoad(t *testing.T) {
	all := table(t)
	path := filepath.Join(t.TempDir(), "mine.yaml")
	require.NoError(t, os.WriteFile(path, []byte(entry), 0o600))
	ours, err := Builtin()
	require.NoError(t, err)
	both, err := Load(path, true, all)
	require.NoError(t, err)
	require.Equal(t, ours, both[1:])
	require.Equal(t, path, both[0].File)
	mine, err := Load(path, false, all)
	require.NoError(t, err)
	require.Equal(t, both[:1], mine)
	none, err := Load("", false, all)
	require.NoError(t, err)
	require.Empty(t, none)

	fails := harness.Verdict{Kind: evidence.Violates, Reason: evidence.ParseError}
	due := both.Due(evidence.Info{Driver: "go", Version: "v2.9.3"}, "embedded", all.Cases)
	v, k := Apply(due, "uri/invalid-bool/requireTLS", fails)
	require.Equal(t, evidence.Known, v.Kind)
	require.Equal(t, path, k.File)

	for content, says := range map[string]string{
		strings.Replace(entry, "invalid-bool", "invalid-bol", 1): `mine.yaml, line 2: case: "uri/invalid-bol" matches no case (did you mean uri/invalid-bool?)`,
		entry + entry: `mine.yaml, line 10: case: "uri/invalid-bool" and "uri/invalid-bool" of line 2 both speak of uri/invalid-bool/`,
		"x: [":        "mine.yaml, line 1: ",
	} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := Load(path, true, all)
		require.True(t, usage.Is(err))
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "\n")
	}
	_, err = Load(filepath.Join(t.TempDir(), "missing.yaml"), true, all)
	require.ErrorContains(t, err, "missing.yaml: no such file or directory")
}

// An entry is appended: what stands in the file stays as it is, byte for byte, and what would not be read is not
// written.
func TestAdd(t *testing.T) {
	all := table(t)
	path := filepath.Join(t.TempDir(), "mine.yaml")
	k := Entry{Case: "name/mismatch", Driver: "go", From: "v2.9.3", Instead: []evidence.Reason{Connects, evidence.Timeout},
		Because: "it: is \"so\"", See: "https://example.com/1", Until: "2027-01-31"}
	const written = `- case: name/mismatch
  driver: go
  from: v2.9.3
  instead: [connects, timeout]
  because: 'it: is "so"'
  see: https://example.com/1
  until: "2027-01-31"
`
	for name, before := range map[string]string{
		"no file": "", "an empty one": "# mine",
		"another": "# mine\n\n-   {case: time,   driver: go, instead: connects, because: a, see: b}",
	} {
		if before == "" {
			_ = os.Remove(path)
		} else {
			require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
		}
		require.NoError(t, Add(path, k, all), name)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(content), before), name)
		require.Equal(t, written, strings.TrimLeft(strings.TrimPrefix(string(content), before), "\n"), name)
		list, err := Load(path, false, all)
		require.NoError(t, err)
		got := list[len(list)-1]
		got.File, got.Number, got.Line = "", 0, 0
		require.Equal(t, k, got)

		err = Add(path, k, all) // twice
		require.True(t, usage.Is(err))
		require.ErrorContains(t, err, "both speak of name/mismatch/")
		again, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(content), string(again), name)
	}
	require.NoError(t, os.WriteFile(path, []byte("[]\n"), 0o600))
	require.ErrorContains(t, Add(path, k, all), "the entry cannot be added: ")
	require.NoError(t, os.WriteFile(path, []byte("case: x\n"), 0o600))
	require.ErrorContains(t, Add(path, k, all), "line 1: this is no list of entries")
	require.ErrorContains(t, Add(filepath.Join(path, "below"), k, all), "below: ")
}

// The document tells the format as it is: its examples can be read.
func TestDocument(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/known-failures.md")
	require.NoError(t, err)
	blocks := strings.Split(string(doc), "```yaml\n")[1:]
	require.NotEmpty(t, blocks)
	all := table(t)
	for _, block := range blocks {
		content, _, _ := strings.Cut(block, "```")
		_, err := read("docs/known-failures.md", []byte(content), all)
		require.NoError(t, err)
	}
	for _, f := range fields {
		require.Contains(t, string(doc), "| `"+f.name+"` |")
	}
}
