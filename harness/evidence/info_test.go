package evidence

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// What was written while abilities stood among the options reads as what is written now.
func TestInfoIsReadInBothForms(t *testing.T) {
	want := Info{Driver: "toy", Lacks: map[string]string{"tlsCRLFile": "ignored"},
		Cannot: map[Ability]string{DNS: "it knows no SRV records", OCSP: "ignored"}}
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
		require.Equal(t, map[string]string{"tlsCRLFile": "ignored", "dns": "it knows no SRV records", "ocsp": "ignored"},
			got.Missing())
	}
	require.Error(t, json.Unmarshal([]byte(`{"Lacks": 7}`), new(Info)))
}

func TestComponent(t *testing.T) {
	i := Info{Components: []Component{{Name: "python", Version: "3.13.1"}, {Name: "pyopenssl", Version: "25.0.0"}}}
	c, ok := i.Component("pyopenssl")
	require.True(t, ok)
	require.Equal(t, "25.0.0", c.Version)
	_, ok = i.Component("openssl")
	require.False(t, ok)
}
