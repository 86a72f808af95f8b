package registry

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
)

// on is a list of components, each a name and a version.
func on(words ...string) (all []driver.Component) {
	for i := 0; i < len(words); i += 2 {
		all = append(all, driver.Component{Name: words[i], Version: words[i+1]})
	}
	return all
}

// What is written is what is meant, and is written in one way.
func TestParse(t *testing.T) {
	for text, row := range map[string]struct {
		want      driver.Spec
		canonical string // if it is not the text
	}{
		"go":                         {driver.Spec{Name: "go"}, ""},
		"go@v2.5.0":                  {driver.Spec{Name: "go", Version: "v2.5.0"}, ""},
		"go@2.5.0":                   {driver.Spec{Name: "go", Version: "v2.5.0"}, "go@v2.5.0"},
		"go+go1.22":                  {driver.Spec{Name: "go", Components: on("go", "1.22")}, ""},
		"go@v2.9.3+go1.27rc1":        {driver.Spec{Name: "go", Version: "v2.9.3", Components: on("go", "1.27rc1")}, ""},
		"go+go@/opt/go1.22+x/bin/go": {driver.Spec{Name: "go", Components: on("go", "/opt/go1.22+x/bin/go")}, ""},
		"go+go@./go/bin/go@v2.5.0":   {driver.Spec{Name: "go", Components: on("go", "./go/bin/go@v2.5.0")}, ""},
		"go@v2.5.0+go@./go":          {driver.Spec{Name: "go", Version: "v2.5.0", Components: on("go", "./go")}, ""},
		"go@latest":                  {driver.Spec{Name: "go", Version: "latest"}, ""},
		"node@6":                     {driver.Spec{Name: "node", Version: "6"}, ""},
		"node@../mongodb":            {driver.Spec{Name: "node", Version: "../mongodb"}, ""},
		"node@/opt/a+b@c":            {driver.Spec{Name: "node", Version: "/opt/a+b@c"}, ""},
		"node@/opt/a+pyopenssl-b":    {driver.Spec{Name: "node", Version: "/opt/a+pyopenssl-b"}, ""},
		"pymongo+pyopenssl":          {driver.Spec{Name: "pymongo", Components: on("pyopenssl", "")}, ""},
		"pymongo+pyOpenSSL":          {driver.Spec{Name: "pymongo", Components: on("pyopenssl", "")}, "pymongo+pyopenssl"},
		"pymongo@4.10.1+pyopenssl": {driver.Spec{Name: "pymongo", Version: "4.10.1", Components: on("pyopenssl", "")},
			""},
		"pymongo+pyopenssl@3.11.0": {driver.Spec{Name: "pymongo", Version: "3.11.0", Components: on("pyopenssl", "")},
			"pymongo@3.11.0+pyopenssl"},
		"pymongo+pyopenssl@./checkout": {driver.Spec{Name: "pymongo", Version: "./checkout", Components: on("pyopenssl",
			"")}, "pymongo@./checkout+pyopenssl"},
		"pymongo+pyopenssl+python3.9": {driver.Spec{Name: "pymongo", Components: on("python", "3.9", "pyopenssl", "")},
			"pymongo+python3.9+pyopenssl"},
		"pymongo@4.10.1+python@./venv/bin/python+pyopenssl": {driver.Spec{Name: "pymongo", Version: "4.10.1",
			Components: on("python", "./venv/bin/python", "pyopenssl", "")}, ""},
		"pymongo@./a+b+pyopenssl": {driver.Spec{Name: "pymongo", Version: "./a+b",
			Components: on("pyopenssl", "")}, ""},
		"libmongoc+openssl1.1": {driver.Spec{Name: "libmongoc", Components: on("openssl",
			"1.1")}, ""},
		"exec:python3  adapter.py ": {driver.Spec{Command: "python3 adapter.py"},
			"exec:python3 adapter.py"},
		"exec:node@7 +pyopenssl go@v2.5.0": {driver.Spec{Command: "node@7 +pyopenssl go@v2.5.0"}, ""},
	} {
		s, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, row.want, s, text)
		if row.canonical == "" {
			row.canonical = text
		}
		require.Equal(t, row.canonical, s.String())
	}
}

// What cannot be is one sentence that says what there is.
func TestParseFails(t *testing.T) {
	for text, says := range map[string]string{
		"":                                   `unknown driver "": there are ` + strings.Join(Names(), ", ") + ", as NAME",
		"cobol@1":                            `unknown driver "cobol@1": there are go`,
		"@v2.9.3":                            `unknown driver "@v2.9.3": there are go`,
		"go v2.9.3":                          `unknown driver "go v2.9.3": there are go`,
		"exec: ":                             `driver "exec: ": a command must follow, as in 'exec:node adapter.js'`,
		"go@":                                `driver "go@": a version or a path must follow the @`,
		"pymongo@+pyopenssl":                 `driver "pymongo@+pyopenssl": a version or a path must follow the @`,
		"node@6@7":                           `driver "node@6@7": it has one version, and these are 6 and 7`,
		"go+go1.22+go1.23":                   `driver "go+go1.22+go1.23": it has one runtime, and these are +go1.22 and +go1.23`,
		"go+go@v2.5.0+go":                    `driver "go+go@v2.5.0+go": it has one runtime, and these are +go and +go`,
		"go+node":                            `driver "go+node": it has no component +node: there are +go1.22 or +go@/PATH`,
		"libmongoc+cobol":                    `driver "libmongoc+cobol": it has no component +cobol: there are +openssl3.0`,
		"pymongo+cobol":                      `driver "pymongo+cobol": it has no component +cobol: there are +python3.13 or +python@/PATH, +pyopenssl`,
		"pymongo+":                           `driver "pymongo+": "+" is no component with a version: there are +python3.13 or`,
		"pymongo+3.13":                       `driver "pymongo+3.13": "+3.13" is no component with a version: there are`,
		"pymongo+pyopenssl25.0":              `driver "pymongo+pyopenssl25.0": its component +pyopenssl takes no version`,
		"pymongo+pyopenssl@4.10.1+pyopenssl": `it has one TLS library, and these are +pyopenssl and +pyopenssl`,
	} {
		_, err := Parse(text)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "\n")
	}
}

// A change says only what differs.
func TestChange(t *testing.T) {
	for _, row := range [][3]string{
		{"go", "v2.5.0", "go@v2.5.0"},
		{"go@v2.5.0", "2.9.3", "go@v2.9.3"},
		{"pymongo@3.11.0+pyopenssl", "4.10.1", "pymongo@4.10.1+pyopenssl"},
		{"pymongo@3.11.0", "+pyopenssl", "pymongo@3.11.0+pyopenssl"},
		{"pymongo@3.11.0", "4.10.1+pyopenssl", "pymongo@4.10.1+pyopenssl"},
		{"go", "node@6", "node@6"},
		{"go@v2.9.3+go1.22", "+go1.23", "go@v2.9.3+go1.23"},
		{"go@v2.9.3", "+go1.23", "go@v2.9.3+go1.23"},
		{"go", "node", "node"},
		{"go", "exec:a b", "exec:a b"},
	} {
		s, err := Parse(row[0])
		require.NoError(t, err)
		s, err = Change(s, row[1])
		require.NoError(t, err, row)
		require.Equal(t, row[2], s.String())
	}
	for text, says := range map[string]string{"": "a version or a component must follow",
		"@":      "a version or a path must follow the @",
		"+cobol": "it has no component +cobol"} {
		_, err := Change(driver.Spec{Name: "pymongo"}, text)
		require.ErrorContains(t, err, says)
	}
	_, err := Change(driver.Spec{Command: "a"}, "7")
	require.EqualError(t, err, `driver "exec:a": what a command runs has one version`)
}

// Whatever is accepted has one canonical text, which means the same.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"go@2.5.0", "pymongo+pyopenssl@./a+b", "exec:a b", "node@/x+y@z", "pymongo@4+pyopenssl",
		"go@v2.0.0+incompatible"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(s.String())
		require.NoError(t, err, "%q of %q", s, text)
		require.Equal(t, s, again, "%q of %q", s, text)
	})
}
