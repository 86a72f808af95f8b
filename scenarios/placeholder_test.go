package scenarios

import (
	"testing"

	"github.com/stretchr/testify/require"
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
	}
}
