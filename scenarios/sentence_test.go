package scenarios

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
)

func TestSentence(t *testing.T) {
	for _, c := range []struct {
		want string
		Expect
	}{
		{"The driver connects over TLS.", Connects()},
		{"The driver connects over TLS 1.2; it asks for no server name.",
			Expect{Outcome: OverTLS, Version: TLS12, SNI: NoServerName}},
		{"The driver connects in clear; the server logs line 23838.", Expect{Outcome: InClear, LogIDs: []int{23838}}},
		{"The driver refuses before it dials, as parse-error.", RefusedBeforeDialing(evidence.ParseError)},
		{"The driver refuses in the handshake, as weak or untrusted.", Refuses(evidence.Weak, evidence.Untrusted)},
		{"The server closes the connection, for staged.", ClosedByServer(evidence.Staged)},
		{"The server refuses find with 13 Unauthorized.", RefusedByCommand("find", 13, "Unauthorized")},
		{"connectTimeoutMS ends the attempt on a connection that stays silent.", TimesOut("connectTimeoutMS")},
		{"There is no norm, so what happens is recorded.", Characterised()},
		{"The driver connects over TLS; each handshake is stapled; it asks no OCSP responder.",
			Expect{Outcome: OverTLS, Stapling: Stapled, Requests: NoRequests}},
		{`The driver refuses in the handshake, as expired; the error mentions "a" and "b"; it shows no secret.`,
			Expect{Outcome: InHandshake, Reasons: []evidence.Reason{evidence.Expired}, Mentions: names("a", "b"),
				Hides: names("Tr0ub4dor")}},
	} {
		require.Equal(t, c.want, c.Sentence())
	}
}

// No fact is left out of the sentence.
func TestSentenceTellsEveryFact(t *testing.T) {
	seen := map[string]string{}
	for i := range reflect.TypeFor[Expect]().NumField() {
		e := Expect{Outcome: ByCommand, Command: "ping", CodeName: "Some"}
		field := reflect.ValueOf(&e).Elem().Field(i)
		name := reflect.TypeFor[Expect]().Field(i).Name
		switch name {
		case "Outcome", "Reasons", "Causes", "Option": // of other outcomes: see TestSentence
			continue
		}
		switch field.Kind() {
		case reflect.Int:
			field.SetInt(7)
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		default:
			text := map[string]string{"Stapling": "stapled", "Requests": "none", "Pool": "kept", "Speculative": "refused"}[name]
			if text == "" {
				text = "x"
			}
			field.SetString(text)
		}
		s := e.Sentence()
		require.Empty(t, seen[s], "%s and %s read alike: %s", name, seen[s], s)
		require.NotEqual(t, Expect{Outcome: ByCommand, Command: "ping", CodeName: "Some"}.Sentence(), s, name)
		seen[s] = name
	}
}

// The data of an expectation hold no secret, and the expectation keeps it.
func TestDataHidesSecrets(t *testing.T) {
	e := Expect{Outcome: OverTLS, Tries: 2, Hides: names("Tr0ub4dor", "hunter2")}
	require.Equal(t, map[string]any{"Outcome": "connects over TLS", "Tries": 2.0,
		"Hides": []any{"sha256:a612e6c33089", "sha256:f52fbd32b2b3"}}, e.Data())
	require.Equal(t, names("Tr0ub4dor", "hunter2"), e.Hides)
}
