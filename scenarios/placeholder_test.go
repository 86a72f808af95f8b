package scenarios

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
)

func TestFill(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"mongodb://{host}:{port}/?{options}", "mongodb://<host>:<port>/?<options>"},
		{"tlsCAFile={my root & friends}", "tlsCAFile=<my root & friends>"},
		{`{"createUser": "CN={id}", "roles": [{"role": "root", "db": "admin"}]}`,
			`{"createUser": "CN=<id>", "roles": [{"role": "root", "db": "admin"}]}`},
		{`{}`, `{}`},
	} {
		require.Equal(t, c.want, Fill(c.text, func(name string) string { return "<" + name + ">" }))
	}
}

func TestPlaceholdersAreSound(t *testing.T) {
	for i, p := range Placeholders {
		require.NotEmpty(t, p.Means, p.Name)
		require.Contains(t, []Quoting{Verbatim, AsPath, AsComponent}, p.Quote, p.Name)
		require.Subset(t, Places, p.In, p.Name)
		require.Same(t, &Placeholders[i], placeholder(p.Name), "%s is listed twice", p.Name)
		if !strings.HasPrefix(p.Name, "<") {
			require.Same(t, &Placeholders[i], PlaceholderOf(p.Name, Scenario{}, Client{}), p.Name)
		}
	}
}

// Names of a row's own are placeholders in it, and in no other.
func TestPlaceholderOf(t *testing.T) {
	row := Scenario{Members: []Member{{Name: "first"}}}
	client := Client{Files: map[string]pki.File{"my root": {}}}
	for name, listed := range map[string]string{"my root": aFile, "first": aMember, "first.port": aPort} {
		require.Same(t, placeholder(listed), PlaceholderOf(name, row, client), name)
		require.Nil(t, PlaceholderOf(name, Scenario{}, Client{}), name)
		require.Nil(t, PlaceholderOf(listed, row, client), "nothing is called %s", listed)
	}
}
