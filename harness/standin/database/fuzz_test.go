package database

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/mongod"
)

// Whatever a user is called, it is a DN that prints as one with the same O, OU and DC, or none.
func FuzzDN(f *testing.F) {
	for _, text := range []string{own, client, "CN=x+O=y", "C=US, O=a,OU=b\\, c", "2.5.4.10=x", "O=\\C3\\A9", "O=#0c0161",
		"CN=", "=", ",,"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		der, err := subjectOf(text)
		if err != nil {
			return
		}
		printed, err := dn.Format(der)
		require.NoError(t, err)
		if printed == "" {
			return // of nothing but spaces
		}
		again, err := subjectOf(printed)
		require.NoError(t, err, printed)
		require.Len(t, memberAttributes(again), len(memberAttributes(der)))
	})
}

// Parameters of the start are taken or refused in words.
func FuzzParameters(f *testing.F) {
	for _, name := range mongod.Parameters() {
		f.Add(name, "1")
	}
	f.Add(override, "O=x")
	f.Add(logComponentVerbosity, `{"network": {"verbosity": 2}}`)
	f.Fuzz(func(t *testing.T, name, text string) {
		p, err := NewParameters("", "", map[string]string{name: text}, mongod.Default)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.NotNil(t, p)
		p.Logs("NETWORK", 1)
		p.get(name)
	})
}

// tlsCATrusts is taken or refused in words, whatever it says.
func FuzzTrusts(f *testing.F) {
	f.Add(`[{"sha256": "` + strings.Repeat("00", 32) + `", "roles": [{"role": "", "db": "x"}]}]`)
	f.Add(`[{"sha256": "", "roles": ["x"]}]`)
	f.Add(`x`)
	f.Fuzz(func(t *testing.T, text string) {
		if trusts, err := parseTrusts(text); err != nil {
			require.NotEmpty(t, err.Error())
			require.Nil(t, trusts)
		}
	})
}
