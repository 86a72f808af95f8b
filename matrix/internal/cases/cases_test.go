package cases

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/scenarios"
)

func TestMatches(t *testing.T) {
	const id = "ocsp/t1-valid-stapled@ecdsa-delegate/requireTLS"
	for pattern, want := range map[string]bool{
		"ocsp":                    true,
		"ocsp/t1-valid-stapled":   true,
		"ocsp/t*":                 true,
		"ocsp/*@ecdsa-*":          true,
		"**/requireTLS":           true,
		"*/*/requireTLS":          true,
		id:                        true,
		"ocsp/t1-valid-stapled@*": true,
		"ocsp/t1-valid-stapled@ecdsa-delegate/requireTLS/**": true,
		"ocsp/**/requireTLS":        true,
		"ocsp/{t1,t2}*":             true,
		`ocsp/t\1*`:                 true,
		"ocs?":                      true,
		"oc":                        false,
		"ocsp/t1":                   false,
		"ocsp/t1-valid-stapled@rsa": false,
		"**/allowTLS":               false,
		"*/requireTLS":              false,
		"":                          false,
	} {
		require.Equal(t, want, Matches(pattern, id), pattern)
	}
}

func TestChoose(t *testing.T) {
	table, err := Expand(scenarios.All())
	require.NoError(t, err)
	chosen, err := table.Choose(
		[]string{"name/mismatch", "time"},
		[]string{"**/allowTLS"},
		[]scenarios.Mode{scenarios.AllowTLS, scenarios.RequireTLS},
	)
	require.NoError(t, err)
	require.NotEmpty(t, chosen)
	for _, c := range chosen {
		require.Equal(t, scenarios.RequireTLS, c.Mode)
		require.Contains(t, []string{"name", "time"}, Area(c.ID))
	}
	for name, f := range map[string]func() error{
		"matches no case":    func() error { _, err := table.Choose([]string{"nosuch"}, nil, nil); return err },
		"is malformed":       func() error { _, err := table.Choose([]string{"name/["}, nil, nil); return err },
		"nothing is left":    func() error { _, err := table.Choose([]string{"name"}, []string{"name"}, nil); return err },
		"\"nope\" matches":   func() error { _, err := table.Choose(nil, []string{"nope"}, nil); return err },
		"unknown mode \"x\"": func() error { _, err := ParseModes([]string{"x"}); return err },
	} {
		err := f()
		require.ErrorContains(t, err, name)
		require.True(t, usage.Is(err))
	}
}

// Every case has a unique id, a control in its own mode where it needs one, and the disabled column covers each client
// that asks for TLS, once.
func TestExpand(t *testing.T) {
	table, err := Expand(scenarios.All())
	require.NoError(t, err)
	require.Len(t, table.ByID, len(table.Cases))
	derived := 0
	for _, c := range table.Cases {
		if c.Twin != "" {
			twin, ok := table.ByID[c.Twin]
			require.True(t, ok, "%s: no case %s", c.ID, c.Twin)
			require.Equal(t, c.Mode, twin.Mode)
			require.True(t, twin.Scenario.Expect.Positive(), "%s: the control %s does not connect", c.ID, c.Twin)
		}
		if c.Derived {
			derived++
			require.Equal(t, scenarios.Disabled, c.Mode)
			require.NotEmpty(t, c.Twin)
		}
	}
	require.Greater(t, derived, 10)
	_, err = Expand(append(scenarios.All(), scenarios.All()[0]))
	require.ErrorContains(t, err, scenarios.All()[0].ID)
}

// In several releases each case is there once for each, with a control of the same.
func TestInReleases(t *testing.T) {
	one, err := Expand(scenarios.All())
	require.NoError(t, err)
	table := one.InReleases([]string{"4.4", "8.0"})
	require.Len(t, table.Cases, 2*len(one.Cases))
	require.Len(t, table.ByID, len(table.Cases))
	for _, c := range table.Cases {
		require.Equal(t, "/"+c.Release, c.ID[len(c.ID)-4:])
		if c.Twin != "" {
			require.Equal(t, c.Release, table.ByID[c.Twin].Release, c.ID)
		}
		if good, ok := table.Good(c); ok {
			require.Equal(t, c.Release, good.Release)
			require.Equal(t, c.Mode, good.Mode)
		}
	}
	chosen, err := table.Choose([]string{"name/mismatch/requireTLS"}, nil, nil)
	require.NoError(t, err)
	require.Len(t, chosen, 2)
	chosen, err = table.Choose([]string{"**/requireTLS/8.0"}, nil, nil)
	require.NoError(t, err)
	for _, c := range chosen {
		require.Equal(t, "8.0", c.Release)
	}
}

// Rows of requireTLS alone have cases beside clients in clear, each with its control; no row has two in one mode.
func TestAlsoIn(t *testing.T) {
	table, err := Expand(scenarios.All())
	require.NoError(t, err)
	before := len(table.Cases)
	require.NotContains(t, table.ByID, "mode/other-peer/preferTLS")
	table.AlsoIn(scenarios.PreferTLS)
	require.Len(t, table.ByID, len(table.Cases))
	for _, c := range table.Cases[before:] {
		require.Equal(t, scenarios.PreferTLS, c.Mode)
		if c.Scenario.Expect.Outcome != scenarios.BeforeDialing {
			require.True(t, c.Scenario.Client.AsksForTLS(), c.ID)
		}
		if c.Twin != "" {
			require.Contains(t, table.ByID, c.Twin, c.ID)
		}
	}
	require.Contains(t, table.ByID, "mode/other-peer/preferTLS")
	require.NotContains(t, table.ByID, "mode/require-plain-client/preferTLS")
}
