package command

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGoMod(t *testing.T) {
	const head = "module x\n\ngo 1.24\n\n"
	driver := func(version, instead string) []dependency {
		return []dependency{{Driver: "go", Name: "go.mongodb.org/mongo-driver/v2", Version: version, Instead: instead}}
	}
	for name, row := range map[string]struct {
		content string
		want    []dependency
		wrong   string
	}{
		"none":                  {head + "require example.com/y v1.0.0\n", nil, ""},
		"one":                   {head + "require go.mongodb.org/mongo-driver/v2 v2.9.3 // indirect\n", driver("v2.9.3", ""), ""},
		"a block":               {head + "require (\n\texample.com/y v1.0.0\n\tgo.mongodb.org/mongo-driver/v2 v2.9.3\n)\n", driver("v2.9.3", ""), ""},
		"both majors":           {head + "require (\n\tgo.mongodb.org/mongo-driver v1.17.10\n\tgo.mongodb.org/mongo-driver/v2 v2.9.3\n)\n", append([]dependency{{Driver: "go", Name: "go.mongodb.org/mongo-driver", Version: "v1.17.10"}}, driver("v2.9.3", "")...), ""},
		"a checkout":            {head + "require go.mongodb.org/mongo-driver/v2 v2.9.3\nreplace go.mongodb.org/mongo-driver/v2 => ../fork\n", driver("", "is replaced by the directory ../fork"), ""},
		"a fork":                {head + "require go.mongodb.org/mongo-driver/v2 v2.9.3\nreplace go.mongodb.org/mongo-driver/v2 v2.9.3 => example.com/fork/v2 v2.0.1\n", driver("", "is replaced by example.com/fork/v2@v2.0.1"), ""},
		"another version":       {head + "require go.mongodb.org/mongo-driver/v2 v2.9.3\nreplace go.mongodb.org/mongo-driver/v2 => go.mongodb.org/mongo-driver/v2 v2.8.2\n", driver("v2.8.2", ""), ""},
		"replaced elsewhere":    {head + "require go.mongodb.org/mongo-driver/v2 v2.9.3\nreplace go.mongodb.org/mongo-driver/v2 v2.0.0 => ../fork\n", driver("v2.9.3", ""), ""},
		"a package called that": {head + "require mongodb v1.0.0\n", nil, ""},
		"malformed":             {head + "require (\n", nil, "no go.mod: "},
		"conflict":              {"<<<<<<< HEAD\n" + head, nil, "no go.mod: "},
	} {
		t.Run(name, func(t *testing.T) { reads(t, goMod, row.content, row.want, row.wrong) })
	}
}

func reads(t *testing.T, read func([]byte) ([]dependency, error), content string, want []dependency, wrong string) {
	t.Helper()
	got, err := read([]byte(content))
	if wrong != "" {
		require.ErrorContains(t, err, wrong)
		require.NotContains(t, err.Error(), "\n")
		return
	}
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestPackageLock(t *testing.T) {
	node := func(at, version string) dependency {
		return dependency{Driver: "node", Name: "mongodb", At: at, Version: version}
	}
	for name, row := range map[string]struct {
		content string
		want    []dependency
		wrong   string
	}{
		"version 3": {`{"lockfileVersion": 3, "packages": {"": {"dependencies": {"mongodb": "^6.19.0"}}, "node_modules/mongodb": {"version": "6.19.0", "dependencies": {"bson": "^6"}},
			"node_modules/mongoose": {"version": "8.1.0"}, "node_modules/mongoose/node_modules/mongodb": {"version": "6.2.0"}, "node_modules/mongodb-memory-server": {"version": "1.0.0"}}}`,
			[]dependency{node("node_modules/mongodb", "6.19.0"), {Driver: "mongoose", Name: "mongoose", At: "node_modules/mongoose", Version: "8.1.0"}, node("node_modules/mongoose/node_modules/mongodb", "6.2.0")}, ""},
		"version 2 goes by packages": {`{"lockfileVersion": 2, "packages": {"node_modules/mongodb": {"version": "6.19.0"}}, "dependencies": {"mongodb": {"version": "6.18.0"}}}`,
			[]dependency{node("node_modules/mongodb", "6.19.0")}, ""},
		"version 1": {`{"lockfileVersion": 1, "dependencies": {"mongodb": {"version": "3.6.3", "requires": {"bson": "^1"}}, "mongoose": {"version": "5.8.3", "dependencies": {"mongodb": {"version": "3.4.1"}}}}}`,
			[]dependency{node("node_modules/mongodb", "3.6.3"), {Driver: "mongoose", Name: "mongoose", At: "node_modules/mongoose", Version: "5.8.3"}, node("node_modules/mongoose/node_modules/mongodb", "3.4.1")}, ""},
		"a workspace": {`{"lockfileVersion": 3, "packages": {"apps/api": {"name": "mongodb", "version": "1.0.0"}, "apps/api/node_modules/mongodb": {"version": "6.19.0"}}}`,
			[]dependency{node("apps/api/node_modules/mongodb", "6.19.0")}, ""},
		"an alias":              {`{"lockfileVersion": 3, "packages": {"node_modules/old": {"name": "mongodb", "version": "5.9.2"}}}`, []dependency{node("node_modules/old", "5.9.2")}, ""},
		"an alias of version 1": {`{"lockfileVersion": 1, "dependencies": {"old": {"version": "npm:mongodb@5.9.2"}}}`, []dependency{node("node_modules/old", "5.9.2")}, ""},
		"a link": {`{"lockfileVersion": 3, "packages": {"node_modules/mongodb": {"resolved": "../driver", "link": true}}}`,
			[]dependency{{Driver: "node", Name: "mongodb", At: "node_modules/mongodb", Instead: "is linked to ../driver"}}, ""},
		"from git": {`{"lockfileVersion": 1, "dependencies": {"mongodb": {"version": "git+ssh://git@example.com/x.git#abc"}}}`,
			[]dependency{{Driver: "node", Name: "mongodb", At: "node_modules/mongodb", Instead: "comes from git+ssh://git@example.com/x.git#abc"}}, ""},
		"empty":        {`{"lockfileVersion": 3, "packages": {}}`, nil, ""},
		"not JSON":     {`{`, nil, "no package-lock.json: unexpected EOF"},
		"cut off":      {`{"lockfileVersion": 3, "packages": {"node_modules/mong`, nil, "no package-lock.json: unexpected EOF"},
		"two":          {`{"lockfileVersion": 3} {}`, nil, "no package-lock.json: something follows its end"},
		"another file": {`{"name": "x"}`, nil, "no package-lock.json: it has neither a version nor packages"},
		"nonsense":     {`{"lockfileVersion": 1, "dependencies": {"mongodb": {"version": "3.6.3", "dependencies": 7}}}`, nil, "no package-lock.json: node_modules/mongodb: json: cannot unmarshal number"},
	} {
		t.Run(name, func(t *testing.T) { reads(t, packageLock, row.content, row.want, row.wrong) })
	}
}

func TestRequirements(t *testing.T) {
	py := func(version, instead string) []dependency {
		return []dependency{{Driver: "pymongo", Name: "pymongo", Version: version, Instead: instead}}
	}
	for name, row := range map[string]struct {
		content string
		want    []dependency
		wrong   string
	}{
		"pinned":       {"requests==2.0\npymongo==4.10.1\n", py("4.10.1", ""), ""},
		"extras":       {"PyMongo[srv, ocsp] == 4.10.1 ; python_version > '3.8'  # why\n", py("4.10.1", ""), ""},
		"hashes":       {"pymongo==4.10.1 \\\n    --hash=sha256:abc \\\n    --hash=sha256:def\nx==1\n", py("4.10.1", ""), ""},
		"CRLF":         {"pymongo==4.10.1\r\nx==1\r\n", py("4.10.1", ""), ""},
		"exactly":      {"pymongo===4.10.1\n", py("4.10.1", ""), ""},
		"a range":      {"pymongo>=4,<5\n", py("", "is not pinned: pymongo>=4,<5"), ""},
		"a wildcard":   {"pymongo==4.*\n", py("", "is not pinned: pymongo==4.*"), ""},
		"bare":         {"pymongo\n", py("", "is not pinned: pymongo"), ""},
		"from a place": {"pymongo @ https://example.com/x.zip\n", py("", "comes from https://example.com/x.zip"), ""},
		"a comment":    {"# pymongo==4.10.1\n", nil, ""},
		"another":      {"pymongo-inmemory==1.0\nmongodb==1\n-r pymongo.txt\n", nil, ""},
		"binary":       {"\x00\x01", nil, "no requirements.txt: it is no text"},
	} {
		t.Run(name, func(t *testing.T) { reads(t, requirements, row.content, row.want, row.wrong) })
	}
}

func TestManifestReader(t *testing.T) {
	for file, is := range map[string]bool{"go.mod": true, "a/b/go.mod": true, "package-lock.json": true, "web/npm-shrinkwrap.json": true, "requirements.txt": true,
		"requirements-dev.txt": true, "go.sum": false, "package.json": false, "a/node_modules/b/package-lock.json": false, "vendor/x/go.mod": false,
		"x/testdata/go.mod": false, "notes.txt": false} {
		require.Equal(t, is, manifestReader(file) != nil, file)
	}
}

// No content makes a reader panic, and its error is one sentence.
func FuzzManifests(f *testing.F) {
	f.Add([]byte("module x\nrequire go.mongodb.org/mongo-driver/v2 v2.9.3\n"))
	f.Add([]byte(`{"lockfileVersion": 1, "dependencies": {"mongodb": {"version": "npm:mongodb@5", "dependencies": {"mongodb": {}}}}}`))
	f.Add([]byte(`{"packages": {"node_modules/mongodb": {"version": "1"}}}`))
	f.Add([]byte("pymongo[x]==4.10.1 ; y # z\\\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, read := range []func([]byte) ([]dependency, error){goMod, packageLock, requirements} {
			all, err := read(content)
			if err != nil {
				require.NotContains(t, err.Error(), "\n")
			}
			for _, d := range all {
				require.NotEqual(t, d.Version == "", d.Instead == "", "%+v", d)
			}
		}
	})
}

func TestUpgrades(t *testing.T) {
	v1 := dependency{Driver: "go", Name: "go.mongodb.org/mongo-driver", Version: "v1.17.10"}
	v2 := func(version string) dependency {
		return dependency{Driver: "go", Name: "go.mongodb.org/mongo-driver/v2", Version: version}
	}
	fork := dependency{Driver: "go", Name: "go.mongodb.org/mongo-driver/v2", Instead: "is replaced by the directory ../fork"}
	npm := func(at, version string) dependency {
		return dependency{Driver: "node", Name: "mongodb", At: at, Version: version}
	}
	type files = map[string][]dependency
	for name, row := range map[string]struct {
		base, head files
		changed    []upgrade
		sentences  []string
	}{
		"nothing":          {files{"go.mod": {v2("v2.9.3")}}, files{"go.mod": {v2("v2.9.3")}}, nil, nil},
		"one":              {files{"go.mod": {v2("v2.8.2")}}, files{"go.mod": {v2("v2.9.3")}}, []upgrade{{"go", "v2.8.2", "v2.9.3", []string{"go.mod"}}}, nil},
		"back":             {files{"go.mod": {v2("v2.9.3")}}, files{"go.mod": {v2("v2.8.2")}}, []upgrade{{"go", "v2.9.3", "v2.8.2", []string{"go.mod"}}}, nil},
		"a major version":  {files{"go.mod": {v1}}, files{"go.mod": {v2("v2.9.3")}}, []upgrade{{"go", "v1.17.10", "v2.9.3", []string{"go.mod"}}}, nil},
		"beside the other": {files{"go.mod": {v1, v2("v2.8.2")}}, files{"go.mod": {v1, v2("v2.9.3")}}, []upgrade{{"go", "v2.8.2", "v2.9.3", []string{"go.mod"}}}, nil},
		"several modules": {files{"go.mod": {v2("v2.8.2")}, "tools/go.mod": {v2("v2.8.2")}, "x/go.mod": {v2("v2.5.0")}}, files{"go.mod": {v2("v2.9.3")}, "tools/go.mod": {v2("v2.9.3")}, "x/go.mod": {v2("v2.9.3")}},
			[]upgrade{{"go", "v2.8.2", "v2.9.3", []string{"go.mod", "tools/go.mod"}}, {"go", "v2.5.0", "v2.9.3", []string{"x/go.mod"}}}, nil},
		"a copy of two":   {files{"l": {npm("a", "6.1.0"), npm("b", "6.1.0")}}, files{"l": {npm("a", "6.2.0"), npm("b", "6.2.0")}}, []upgrade{{"node", "6.1.0", "6.2.0", []string{"l"}}}, nil},
		"moved":           {files{"l": {npm("a", "6.1.0")}}, files{"l": {npm("b", "6.2.0")}}, []upgrade{{"node", "6.1.0", "6.2.0", []string{"l"}}}, nil},
		"added":           {files{}, files{"go.mod": {v2("v2.9.3")}}, nil, []string{"go.mod: go.mongodb.org/mongo-driver/v2 v2.9.3 is new, so there is nothing to compare it with"}},
		"removed":         {files{"go.mod": {v2("v2.9.3")}}, files{"go.mod": nil}, nil, []string{"go.mod: go.mongodb.org/mongo-driver/v2 v2.9.3 is gone, so there is nothing to compare it with"}},
		"one and another": {files{"go.mod": {v1}}, files{"go.mod": {v1, v2("v2.9.3")}}, nil, []string{"go.mod: go.mongodb.org/mongo-driver/v2 v2.9.3 is new, so there is nothing to compare it with"}},
		"to a checkout":   {files{"go.mod": {v2("v2.9.3")}}, files{"go.mod": {fork}}, nil, []string{"go.mod: go.mongodb.org/mongo-driver/v2 is replaced by the directory ../fork, and no release can be compared with that"}},
		"from a checkout": {files{"go.mod": {fork}}, files{"go.mod": {v2("v2.9.3")}}, nil, []string{"go.mod: go.mongodb.org/mongo-driver/v2 is replaced by the directory ../fork before, and no release can be compared with that"}},
		"the same fork":   {files{"go.mod": {fork}}, files{"go.mod": {fork}}, nil, nil},
		"a fork is new":   {files{}, files{"go.mod": {fork}}, nil, []string{"go.mod: go.mongodb.org/mongo-driver/v2 (is replaced by the directory ../fork) is new, so there is nothing to compare it with"}},
		"no manifest":     {nil, nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			changed, sentences := upgrades(row.base, row.head)
			require.Equal(t, row.changed, changed)
			require.Equal(t, row.sentences, sentences)
		})
	}
}
