package evidence

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// What was written while abilities stood among the options reads as what is written now.
func TestInfoIsReadInBothForms(t *testing.T) {
	want := Info{Driver: "toy", Lacks: map[Option]Instead{{Name: "tlsCRLFile"}: Ignores},
		Cannot: map[Ability]Instead{DNS: "it knows no SRV records", OCSP: Ignores}}
	for _, text := range []string{
		`{"Driver": "toy", "Lacks": {"tlsCRLFile": "ignored", "dns": "it knows no SRV records", "ocsp": "ignored"}}`,
		`{"Driver": "toy", "Lacks": {"tlsCRLFile": "ignored"},
			"Cannot": {"dns": "it knows no SRV records", "ocsp": "ignored"}}`,
		`{"Driver": "toy", "Lacks": {"tlsCRLFile": "ignored", "dns": "?"},
			"Cannot": {"dns": "it knows no SRV records", "ocsp": "ignored"}}`,
	} {
		var got Info
		require.NoError(t, json.Unmarshal([]byte(text), &got))
		require.Equal(t, want, got, text)
		written, err := json.Marshal(got)
		require.NoError(t, err)
		var again Info
		require.NoError(t, json.Unmarshal(written, &again))
		require.Equal(t, want, again)
	}
	require.Error(t, json.Unmarshal([]byte(`{"Lacks": 7}`), new(Info)))
}

// Adapters mark an option of the URI alone, and say in words of their own what a driver does with what it lacks.
func TestLacksAsAdaptersWriteThem(t *testing.T) {
	text := `{"?tlsCRLFile":"it is ignored, with a warning","tls":"refused","tlsCAFile":"no files","tlsInsecure":"ignored"}`
	var got map[Option]Instead
	require.NoError(t, json.Unmarshal([]byte(text), &got))
	require.Equal(t, map[Option]Instead{{"tlsCRLFile", true}: "it is ignored, with a warning", {Name: "tls"}: Refuses,
		{Name: "tlsCAFile"}: "no files", {Name: "tlsInsecure"}: Ignores}, got)
	written, err := json.Marshal(got)
	require.NoError(t, err)
	require.Equal(t, text, string(written))
	for instead, ignored := range map[Instead]bool{"it is ignored, with a warning": true, Ignores: true, Refuses: false} {
		require.Equal(t, ignored, instead.Ignored(), instead)
	}
}

func TestComponent(t *testing.T) {
	i := Info{Components: []Component{{Name: "python", Version: "3.13.1"}, {Name: "pyopenssl", Version: "25.0.0"}}}
	c, ok := i.Component("pyopenssl")
	require.True(t, ok)
	require.Equal(t, "25.0.0", c.Version)
	_, ok = i.Component("openssl")
	require.False(t, ok)
}
