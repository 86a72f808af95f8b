package registry

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

// Whatever the documents show can be asked for, and comes in order.
func TestRows(t *testing.T) {
	for _, r := range Rows {
		require.NotEmpty(t, r.Ecosystem, r.Name)
		require.NotEmpty(t, r.Packages, r.Name)
		require.NotNil(t, r.open, r.Name)
		require.True(t, slices.IsSortedFunc(r.Versions, versions.Compare), r.Name)
	}
	for _, s := range Documented() {
		parsed, err := Parse(s.String())
		require.NoError(t, err)
		require.Equal(t, s, parsed)
	}
	require.Subset(t, Documented(), Defaults())
	require.Contains(t, Documented(), driver.Spec{Name: "pymongo", Version: "3.11.0", Components: on("pyopenssl", "")})
	require.Contains(t, Documented(), driver.Spec{Name: "pymongo", Components: on("async", "")})
	require.NotContains(t, Documented(), driver.Spec{Name: "pymongo", Version: "3.11.0", Components: on("async", "")})
	require.NotContains(t, Defaults(), driver.Spec{Name: "mongosh"})
	require.Contains(t, Documented(), driver.Spec{Name: "mongosh"})
	require.Contains(t, Upgrades(), Upgrade{driver.Spec{Name: "node", Version: "6.20.0"}, driver.Spec{Name: "node",
		Version: "7.9.0"}})
}

// An error begins with what was asked for, and keeps whose fault it is.
func TestOpenFails(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	for text, says := range map[string]string{
		"go@newest":                   "go@newest: that is no version",
		"node@newest":                 "node@newest: that is no version",
		"pymongo@newest+pyopenssl":    "pymongo@newest+pyopenssl: that is no version",
		"pymongo@3.11.0+async":        "pymongo@3.11.0+async: a version of pymongo that runs so is 4.9.0 or newer",
		"libmongoc@latest":            "libmongoc@latest: that is no version",
		"libmongoc@1.9.0":             "libmongoc@1.9.0: older than 1.17.6, the oldest version that its adapter drives: ",
		"exec:mongotls-no-such-thing": "exec:mongotls-no-such-thing: starting the adapter: exec: \"mongotls-no-such-thing\": executable file not found",
	} {
		s, err := Parse(text)
		require.NoError(t, err)
		_, err = Open(t.Context(), s, driver.Isolation{})
		require.ErrorContains(t, err, says)
		require.True(t, usage.Is(err), err)
	}
}

// A row names each component that its adapter reports, so that known failures can speak of it.
func TestRowsNameWhatAdaptersReport(t *testing.T) {
	needs := map[string]string{"go": "", "node": "node", "mongoose": "node", "pymongo": "python", "libmongoc": "cc"}
	for _, s := range Defaults() {
		t.Run(s.String(), func(t *testing.T) {
			d, err := Open(t.Context(), s, driver.Isolation{})
			if err != nil && needs[s.Name] != "" {
				required.OrSkip(t, needs[s.Name], err.Error())
			}
			require.NoError(t, err)
			defer func() { require.NoError(t, d.Close()) }()
			row, _ := Find(s.Name)
			for _, c := range d.Info().Components {
				require.Contains(t, row.RunsOn(), strings.ToLower(c.Name))
			}
		})
	}
}

// What can be had comes in order, each version once, from the oldest that the adapter drives on.
func TestPublished(t *testing.T) {
	for _, r := range Rows {
		require.LessOrEqual(t, versions.Compare(r.since(nil), r.Oldest()), 0, r.Name)
	}
	unasked := errors.New("no registry")
	r := Row{Versions: []string{"v1.17.0"}, published: func(context.Context, driver.Spec) ([]string, error) {
		return []string{"v2.10.0", "v2.9.0", "devel", "v1.16.9", "v2.11.0-beta1", "v1.17.0", "v2.9.0"}, unasked
	}}
	all, err := r.Published(t.Context(), driver.Spec{})
	require.ErrorIs(t, err, unasked)
	require.Equal(t, []string{"v1.17.0", "v2.9.0", "v2.10.0"}, all)

	all, err = Row{Versions: []string{"1.15.0", "2.0.0"}}.Published(t.Context(), driver.Spec{})
	require.NoError(t, err)
	require.Equal(t, []string{"1.15.0", "2.0.0"}, all)
}
