package known

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/evidence"
)

// Each entry is one finding, which links to a norm, or to what its makers have written, and says whether it is reported
// and where it has been seen.
func TestFindingsSayWhatTheyGoBy(t *testing.T) {
	var all bytes.Buffer
	list, err := Builtin()
	require.NoError(t, err)
	require.NoError(t, WriteMarkdown(&all, list))
	found := strings.Split(all.String(), "\n- ")[1:]
	type entry struct {
		driver string
		number int
	}
	entries := map[entry]bool{}
	for _, k := range list {
		entries[entry{k.Driver, k.Number}] = true
	}
	require.Len(t, found, len(entries))
	for _, text := range found {
		require.Contains(t, text, "https://", text)
		require.Contains(t, text, "Reported: ", text)
		require.Contains(t, text, "first seen in ", text)
	}
}

func TestLinked(t *testing.T) {
	for text, want := range map[string]string{
		"RFC 9525 section 6.3": "[RFC 9525 section 6.3](https://www.rfc-editor.org/rfc/rfc9525#section-6.3)",
		"RFC 8996; CWE-209": "[RFC 8996](https://www.rfc-editor.org/rfc/rfc8996); " +
			"[CWE-209](https://cwe.mitre.org/data/definitions/209.html)",
		"see NODE-4621 and CDRIVER-1.": "see [NODE-4621](https://jira.mongodb.org/browse/NODE-4621) and " +
			"[CDRIVER-1](https://jira.mongodb.org/browse/CDRIVER-1).",
		"nodejs/help#460":         "[nodejs/help#460](https://github.com/nodejs/help/issues/460)",
		"mongoc#12":               "mongoc#12", // of whom is not said
		"SHA-1, TLS-2":            "SHA-1, TLS-2",
		"Auth spec, x":            "[Auth spec](https://github.com/mongodb/specifications/blob/master/source/auth/auth.md), x",
		"at https://a.test/RFC 1": "at <https://a.test/RFC> 1",
		"https://a.test, b":       "<https://a.test>, b",
	} {
		require.Equal(t, want, linked(text), text)
	}
}

// The command of a finding asks for a version and for components that the entry speaks of.
func TestCommandsShowTheDeviation(t *testing.T) {
	list, err := Builtin()
	require.NoError(t, err)
	for _, k := range list {
		row, ok := registry.Find(k.Driver)
		require.True(t, ok)
		s := specOf(k)
		version := s.Version
		if version == "" {
			version = row.Default()
		}
		require.True(t, k.covers(version), "%s, %s: %s", k.Driver, k.Case, s)
		if len(k.Build) == 0 || runsSo(row.Name, k.Build) {
			continue
		}
		require.NotEmpty(t, s.Components, "%s, %s", k.Driver, k.Case)
		of := s.Components[0]
		shows := k.builtWith(evidence.Component{Name: of.Name, Version: of.Version})
		if of == row.Carriers["openssl"] {
			shows = shows || k.builtWith(evidence.Component{Name: "openssl", Version: "1.1.1"})
		}
		require.True(t, shows, "%s, %s: %s", k.Driver, k.Case, s)
	}
}

// runsSo reports whether a driver runs on one of these by itself.
func runsSo(name string, builds []string) bool {
	own := map[string]string{"node": "node", "mongoose": "node", "mongosh": "node", "pymongo": "ssl"}
	return slices.Contains(builds, own[name])
}

func TestSpecOf(t *testing.T) {
	for want, k := range map[string]Entry{
		"node@3.7.4":           {Driver: "node", Before: "4.0.0"},
		"node@6.20.0":          {Driver: "node", Before: "7.1.0"},
		"node@4.0.0":           {Driver: "node", From: "4.0.0", Before: "4.1.2"},
		"mongoose@6.0.0":       {Driver: "mongoose", Before: "6.1.0"},
		"go+go1.21":            {Driver: "go", Build: []string{"go before 1.22"}},
		"go+go1.24":            {Driver: "go", Build: []string{"go before 1.25"}},
		"go":                   {Driver: "go", From: "v2.0.0"},
		"node@6.20.0+node16":   {Driver: "node", From: "6.0.0", Before: "7.0.0", Build: []string{"openssl 1.1"}},
		"pymongo+python3.9":    {Driver: "pymongo", Build: []string{"openssl 1.1"}},
		"libmongoc+openssl1.1": {Driver: "libmongoc", Build: []string{"openssl 1.1"}},
		"node+node22":          {Driver: "node", Build: []string{"node before 26.0.0", "bun"}},
		"node+deno":            {Driver: "node", Build: []string{"deno"}},
		"ruby@2.25.0":          {Driver: "ruby", From: "2.25.0"},
	} {
		require.Equal(t, want, specOf(k).String())
	}
}
