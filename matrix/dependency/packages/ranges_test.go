package packages

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/ecosystem"
)

func TestAllows(t *testing.T) {
	for asked, row := range map[string]struct {
		in       ecosystem.Name
		yes, not string
	}{
		"^6.0.0":         {ecosystem.NPM, "6.22.0", "7.0.0"},
		">=5 <8":         {ecosystem.NPM, "6.22.0", "8.0.0"},
		"^5 || ^6.1":     {ecosystem.NPM, "6.22.0", "6.0.0"},
		"6.x":            {ecosystem.NPM, "6.22.0", "7.1.0"},
		">=4,<5":         {ecosystem.PyPI, "4.6.3", "5.0"},
		"==4.6.*":        {ecosystem.PyPI, "4.6.3", "4.7.0"},
		"!=4.6.*,>=4":    {ecosystem.PyPI, "4.7.1", "4.6.3"},
		"~=4.6":          {ecosystem.PyPI, "4.10.1", "5.0.0"},
		"~=4.6.1":        {ecosystem.PyPI, "4.6.3", "4.7.0"},
		"^4.6":           {ecosystem.PyPI, "4.10.1", "5.0"},
		">=4.18.0.dev0":  {ecosystem.PyPI, "4.18.0.dev0", "4.17.0"},
		"~> 2.19":        {ecosystem.RubyGems, "2.20.0", "3.0.0"},
		"~> 2.19.0":      {ecosystem.RubyGems, "2.19.3", "2.20.0"},
		"2.2.1":          {ecosystem.CPAN, "2.2.2", "2.2.0"},
		"==2.2.1":        {ecosystem.CPAN, "2.2.1", "2.2.2"},
		"whatever it is": {ecosystem.NPM, "", "6.22.0"},
	} {
		e := Entry{Package: ecosystem.Package{Ecosystem: row.in}, Range: asked}
		require.False(t, e.Allows(row.not), "%s %s", asked, row.not)
		require.Equal(t, row.yes != "", e.Allows(row.yes), "%s %s", asked, row.yes)
	}
	for _, asked := range []string{"*", "latest", "catalog:db"} {
		require.True(t, Entry{Package: ecosystem.Package{Ecosystem: ecosystem.NPM}, Range: asked}.Allows("6.22.0"), asked)
	}
}
