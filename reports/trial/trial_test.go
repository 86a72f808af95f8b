package trial

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/browser"
)

// tried is a try of two drivers at two hosts: one host is missing in the certificate, which one driver does not mind,
// and whose subject means something to HTML.
func tried() Trial {
	row := func(driver, host string, v Verdict, says string) Row {
		return Row{Driver: driver, Host: host, Verdict: v, Says: says,
			Answer: evidence.Answer{OK: v == Connects, Error: &evidence.Error{Reason: evidence.NameMismatch,
				Text: "no <b>name</b>"}},
			Seen: evidence.Seen{Connections: []evidence.Connection{{TLS: "1.3", Hello: &evidence.Hello{SNI: "a.test"}}}}}
	}
	const refused = "refuses: the certificate is not for this host"
	return Trial{Schema: Schema, Tool: reports.Tool{Name: "mongotls", Version: "devel"}, Started: "2026-01-01T00:00:00Z",
		Hosts: []string{"a.test", "b.test"}, URI: "mongodb://a.test,b.test/?tls=true", Notes: []string{"a note"},
		Worlds: []World{{Name: "as given",
			Server: Server{Mode: "requireTLS", Cloned: []string{"under new keys"}, Chain: []reports.Certificate{
				{Subject: "CN=<img src=x>", Issuer: "CN=ca", Serial: "1", NotBefore: "2025-01-01T00:00:00Z",
					NotAfter: "2026-01-11T00:00:00Z", Names: []string{"DNS a.test"}, Key: "ECDSA P-256", Signature: "ECDSA-SHA256"}},
				CA: []reports.Certificate{{Subject: "CN=ca", Issuer: "CN=ca", Serial: "2", NotBefore: "2025-01-01T00:00:00Z",
					NotAfter: "2035-01-01T00:00:00Z", Key: "RSA 4096", Signature: "SHA256-RSA", CA: true}}},
			Rows: []Row{row("go v2", "a.test", Connects, "connects over TLS 1.3"), row("go v2", "b.test", Refused, refused),
				row("node 7", "a.test", Connects, "connects over TLS 1.3"), row("node 7", "b.test", Connects,
					"connects over TLS 1.3")},
			Steps: []Step{{From: "go v2", To: "node 7", Says: []string{"at b.test: connects over TLS 1.3; before: refuses"}},
				{From: "go v1", To: "go v2"}},
			Changes: []Change{{Do: "add DNS:b.test to the SAN", Because: "the certificate is not for b.test",
				Drivers: []string{"go v2"}, Hosts: []string{"b.test"}}}}}}
}

// A driver to which the same happens everywhere is one line; otherwise it has a line for each thing, with its hosts.
func TestLines(t *testing.T) {
	require.Equal(t, []Line{
		{Driver: "go v2", Hosts: []string{"a.test"}, Verdict: Connects, Says: "connects over TLS 1.3"},
		{Driver: "go v2", Hosts: []string{"b.test"}, Verdict: Refused, Says: "refuses: the certificate is not for this host",
			Do: []string{"add DNS:b.test to the SAN"}},
		{Driver: "node 7", Verdict: Connects, Says: "connects over TLS 1.3"},
	}, tried().Worlds[0].Lines())
}

// A step says what changes at which host, and that nothing does.
func TestStep(t *testing.T) {
	rows := tried().Worlds[0].Rows
	step := NewStep(rows[:2], rows[2:])
	require.Equal(t, Step{From: "go v2", To: "node 7", Says: []string{
		"at b.test: connects over TLS 1.3; before: refuses: the certificate is not for this host"}}, step)
	require.Equal(t, "go v2 -> node 7: what happens changes", step.String())
	require.Equal(t, "go v2 -> go v2: nothing changes", NewStep(rows[:2], rows[:2]).String())
}

// The exit code is never green by omission.
func TestCode(t *testing.T) {
	require.Equal(t, 1, tried().Code())
	for name, row := range map[string]struct {
		change func(*Trial)
		want   int
	}{
		"all connect":    {func(*Trial) {}, 0},
		"in clear":       {func(t *Trial) { t.Worlds[0].Rows[0].Verdict = InClear }, 1},
		"no such mongod": {func(t *Trial) { t.Worlds[0].Server.Refuses = "a mongod does not start with this" }, 1},
		"not run":        {func(t *Trial) { t.Worlds[0].Rows[0].Verdict = NotRun }, 3},
		"left out":       {func(t *Trial) { t.LeftOut = []string{"an option"} }, 3},
		"interrupted":    {func(t *Trial) { t.Interrupted = true }, 3},
		"nothing at all": {func(t *Trial) { t.Worlds = nil }, 3},
		"refused, and left out": {func(t *Trial) {
			t.Worlds[0].Rows[0].Verdict, t.LeftOut = Refused, []string{"an option"}
		}, 1},
	} {
		good := tried()
		good.Worlds[0].Rows[1].Verdict = Connects
		row.change(&good)
		require.Equal(t, row.want, good.Code(), name)
	}
}

// A secret is in no file, wherever a witness has quoted it.
func TestWithout(t *testing.T) {
	leaky := tried()
	leaky.URI = "mongodb://u:hunter2@a.test/"
	leaky.Worlds[0].Rows[0].Answer.Error.Text = "cannot log in with s3cret"
	dir := t.TempDir()
	require.NoError(t, Save(dir, leaky.Without([]string{"s3cret", ""})))
	text, err := os.ReadFile(filepath.Join(dir, JSONFile))
	require.NoError(t, err)
	require.NotContains(t, string(text), "hunter2")
	require.NotContains(t, string(text), "s3cret")
	var again Trial
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, leaky.Worlds[0].Changes, again.Worlds[0].Changes)
}

// A try is read as it was written, and nothing else is.
func TestLoadFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Save(dir, tried()))
	path := filepath.Join(dir, JSONFile)
	got, err := LoadFile(path)
	require.NoError(t, err)
	require.Equal(t, tried(), got)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, row := range []struct{ old, new, says string }{
		{`"Schema": 1`, `"Schema": 2`, "version 2 is unknown, this program reads version 1"},
		{`"Hosts"`, `"Guests"`, `unknown field "Guests"`},
		{`"Verdict": "refused"`, `"Verdict": "fine"`, `there is no verdict "fine"`},
		{`{`, `[`, "cannot unmarshal array"},
	} {
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(text), row.old, row.new, 1)), 0o600))
		_, err := LoadFile(path)
		require.ErrorContains(t, err, path+": this try cannot be read: ")
		if row.old != "{" {
			require.ErrorContains(t, err, row.says)
		}
	}
	_, err = LoadFile(filepath.Join(dir, "nowhere.json"))
	require.ErrorContains(t, err, "nowhere.json: no such file or directory")
}

// The page shows the chain, what happens and what to change, and takes no text for anything else.
func TestPage(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteHTML(&b, tried()))
	require.NotContains(t, b.String(), "<img src=x>")
	tab := browser.Open(t, b.Bytes(), "", 1200, 900)
	text := tab.Text("main")
	for _, part := range []string{"3 connected, 1 refused", "CN=<img src=x>", "DNS a.test", "10 days left", "CN=ca",
		"trusted by the drivers",
		"add DNS:b.test to the SAN", "under new keys", "at b.test", "a note",
		"go v2 -> node 7: what happens changes", "at b.test: connects over TLS 1.3; before: refuses",
		"go v1 -> go v2: nothing changes"} {
		require.Contains(t, text, part)
	}
	require.Less(t, strings.Index(text, "trusted by the drivers"), strings.Index(text, "the server’s certificate"),
		"an issuer stands above what it has issued")
	tab.Accessible("the page of a try")
	require.Empty(t, tab.Complaints())
}
