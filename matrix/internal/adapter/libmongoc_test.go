package adapter

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/driver/conformance"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/internal/required"
)

// libmongocHere is the spec of the libmongoc that this machine has.
func libmongocHere(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("pkg-config", "--modversion", "libmongoc-1.0").Output()
	if err != nil {
		required.OrSkip(
			t,
			"cc",
			"libmongoc is driven through a C compiler, pkg-config and libmongoc-dev, and this machine lacks one of them",
		)
	}
	return "libmongoc@" + strings.TrimSpace(string(out))
}

// What the probe says of libmongoc is true, and nothing stays from one client to the next: libmongoc keeps answers of
// responders.
func TestLibmongocIsWhatItSays(t *testing.T) {
	world, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, world.Close()) }()
	isolation, err := attempt.Isolation(world)
	require.NoError(t, err)
	spec, err := registry.Parse(libmongocHere(t))
	require.NoError(t, err)
	d, err := registry.Open(t.Context(), spec, isolation)
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	var stays string
	p, err := New(world, d, func(f conformance.Finding) {
		assert.False(t, f.Wrong, "%s: %s", f.Check, f.Text)
		if f.Check == "nothing stays" {
			stays = f.Text
		}
	})
	require.NoError(t, err)
	require.NoError(t, p.Probe(t.Context()))
	require.Equal(t, "8 clients in turn each fared as they would alone", stays)
}
