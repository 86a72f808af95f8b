package packages

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAllows(t *testing.T) {
	for asked, row := range map[string]struct {
		in       Ecosystem
		yes, not string
	}{
		"^6.0.0":         {NPM, "6.22.0", "7.0.0"},
		">=5 <8":         {NPM, "6.22.0", "8.0.0"},
		"^5 || ^6.1":     {NPM, "6.22.0", "6.0.0"},
		"6.x":            {NPM, "6.22.0", "7.1.0"},
		">=4,<5":         {PyPI, "4.6.3", "5.0"},
		"==4.6.*":        {PyPI, "4.6.3", "4.7.0"},
		"!=4.6.*,>=4":    {PyPI, "4.7.1", "4.6.3"},
		"~=4.6":          {PyPI, "4.10.1", "5.0.0"},
		"~=4.6.1":        {PyPI, "4.6.3", "4.7.0"},
		"^4.6":           {PyPI, "4.10.1", "5.0"},
		">=4.18.0.dev0":  {PyPI, "4.18.0.dev0", "4.17.0"},
		"~> 2.19":        {RubyGems, "2.20.0", "3.0.0"},
		"~> 2.19.0":      {RubyGems, "2.19.3", "2.20.0"},
		"2.2.1":          {CPAN, "2.2.2", "2.2.0"},
		"==2.2.1":        {CPAN, "2.2.1", "2.2.2"},
		"whatever it is": {NPM, "", "6.22.0"},
	} {
		e := Entry{Package: Package{Ecosystem: row.in}, Range: asked}
		require.False(t, e.Allows(row.not), "%s %s", asked, row.not)
		require.Equal(t, row.yes != "", e.Allows(row.yes), "%s %s", asked, row.yes)
	}
	for _, asked := range []string{"*", "latest", "catalog:db"} {
		require.True(t, Entry{Package: Package{Ecosystem: NPM}, Range: asked}.Allows("6.22.0"), asked)
	}
}
