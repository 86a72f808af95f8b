package dependency

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/manifest"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// says are the entries of a file, in words: "pymongo 4.6.3 by dev".
func says(t *testing.T, file, content string) []string {
	t.Helper()
	f := manifest.FormatOf(file)
	require.NotNil(t, f)
	plain, err := f.Text([]byte(content))
	require.NoError(t, err)
	all, err := f.Read(plain, packages.Drivers, func() []manifest.Importer { return nil })
	require.NoError(t, err)
	var told []string
	for _, e := range all {
		if e.Package.Ecosystem == ecosystem.Runtime {
			continue // see TestEveryFormat
		}
		told = append(told, strings.TrimSuffix(e.Package.Name+" "+e.Which()+" by "+e.By, " by "))
	}
	return told
}

// What each line of a requirements file, or each string of a pyproject.toml, means.
func TestRequirement(t *testing.T) {
	for line, want := range map[string]string{
		"pymongo==4.10.1": "pymongo 4.10.1",
		"PyMongo[srv, ocsp] == 4.10.1 ; python_version > '3.8'  # why": "pymongo 4.10.1 by python_version > '3.8'",
		"pymongo==4.10.1 --hash=sha256:abc":                            "pymongo 4.10.1",
		"pymongo===4.10.1":                                             "pymongo 4.10.1",
		"pymongo (==4.10.1)":                                           "pymongo 4.10.1",
		"pymongo==4.18.0.dev0":                                         "pymongo 4.18.0.dev0",
		"pymongo==4.0rc1":                                              "pymongo 4.0rc1",
		"pymongo>=4,<5":                                                "pymongo >=4,<5",
		"pymongo >= 4, < 5":                                            "pymongo >=4,<5",
		"pymongo==4.*":                                                 "pymongo ==4.*",
		"pymongo==${VERSION}":                                          "pymongo ==${VERSION}",
		"pymongo~=4.6":                                                 "pymongo ~=4.6",
		"pymongo":                                                      "pymongo *",
		"pymongo @ https://example.com/x.zip":                          "pymongo (comes from https://example.com/x.zip)",
		"-e git+https://me:secret@github.com/mongodb/mongo-python-driver.git@4.6#egg=pymongo": "pymongo (comes from " +
			"git+https://github.com/mongodb/mongo-python-driver.git@4.6#egg=pymongo)",
		"./wheels/pymongo-4.6.3-cp311-cp311-linux_x86_64.whl": "pymongo (comes from " +
			"./wheels/pymongo-4.6.3-cp311-cp311-linux_x86_64.whl)",
		"--editable=../pymongo":          "pymongo (comes from ../pymongo)",
		"motor==3.4.0":                   "motor 3.4.0",
		"Flask_PyMongo>=2":               "flask-pymongo >=2",
		"celery[redis,mongodb]==5.3.0":   "celery[redis,mongodb] 5.3.0",
		"# pymongo==4.10.1":              "",
		"pymongo-inmemory==1.0":          "",
		"mongodb==1":                     "",
		"-r pymongo.txt":                 "",
		"--no-binary pymongo":            "",
		"pymongo is what we need":        "",
		"https://example.com/pymysql.gz": "",
	} {
		t.Run(line, func(t *testing.T) {
			var all []string
			if want != "" {
				all = []string{want}
			}
			require.Equal(t, all, says(t, "requirements.txt", "requests==2.0\n"+line+"\n"))
		})
	}
}

func TestReaders(t *testing.T) {
	for name, row := range map[string]struct {
		file, content string
		want          []string
	}{
		"go.mod, one of two is replaced": {"go.mod", goMod("v2.9.3", "require go.mongodb.org/mongo-driver v1.17.1\n"+
			"replace go.mongodb.org/mongo-driver v1.17.1 => example.com/fork v1.0.0\n"),
			[]string{"go.mongodb.org/mongo-driver/v2 v2.9.3",
				"go.mongodb.org/mongo-driver (is replaced by example.com/fork@v1.0.0)"}},
		"go.mod, another version is replaced": {"go.mod", goMod("v2.9.3",
			"replace go.mongodb.org/mongo-driver/v2 v2.0.0 => ../fork\n"),
			[]string{"go.mongodb.org/mongo-driver/v2 v2.9.3"}},
		"go.mod, the version's replacement goes first": {"go.mod", goMod("v2.9.3", "replace (\n"+
			"\tgo.mongodb.org/mongo-driver/v2 => ../a\n\tgo.mongodb.org/mongo-driver/v2 v2.9.3 => ../b\n)\n"),
			[]string{"go.mongodb.org/mongo-driver/v2 (is replaced by the directory ../b)"}},
		"go.mod, wherever it stands": {"go.mod", goMod("v2.9.3", "replace (\n\tgo.mongodb.org/mongo-driver/v2 v2.9.3 "+
			"=> ../b\n\tgo.mongodb.org/mongo-driver/v2 => ../a\n)\n"),
			[]string{"go.mongodb.org/mongo-driver/v2 (is replaced by the directory ../b)"}},
		"go.mod, a pseudo-version": {"go.mod", goMod("v2.9.4-0.20250102030405-abcdefabcdef"),
			[]string{"go.mongodb.org/mongo-driver/v2 v2.9.4-0.20250102030405-abcdefabcdef"}},
		"go.mod, a package of that name": {"go.mod", goHead + "require mongodb v1.0.0\n", nil},
		"package-lock, who asks": {"package-lock.json", `{"lockfileVersion": 3, "packages": {"": ` +
			`{"dependencies": {"mongodb": "^6"}}, "apps/api": {"devDependencies": {"mongodb": "^5"}}, ` +
			`"apps/api/node_modules/mongodb": {"version": "5.9.2"}, "node_modules/mongodb": {"version": "6.3.0"}, ` +
			`"node_modules/agenda": {"version": "5.0.0", "dependencies": {"mongodb": "^6"}}}}`,
			[]string{"mongodb 6.3.0 by ./", "mongodb 5.9.2 by ./apps/api", "mongodb 6.3.0 by agenda"}},
		"package-lock, an alias": {"package-lock.json", `{"lockfileVersion": 3, ` +
			`"packages": {"node_modules/old": {"name": "mongodb", "version": "5.9.2"}}}`, []string{"mongodb 5.9.2"}},
		"package-lock, a workspace": {"package-lock.json", `{"lockfileVersion": 3, "packages": {"mongodb": ` +
			`{"name": "mongodb", "version": "1.0.0"}}}`, nil},
		"package-lock, a link": {"package-lock.json", `{"lockfileVersion": 3, ` +
			`"packages": {"node_modules/mongodb": {"resolved": "../driver", "link": true}}}`,
			[]string{"mongodb (is linked to ../driver)"}},
		"package-lock, from git": {"package-lock.json", `{"lockfileVersion": 3, ` +
			`"packages": {"node_modules/mongodb": {"version": "6.3.0", ` +
			`"resolved": "git+ssh://git@github.com/mongodb/x.git#abc"}}}`,
			[]string{"mongodb (comes from git+ssh://github.com/mongodb/x.git#abc)"}},
		"package-lock, another registry": {"package-lock.json", `{"lockfileVersion": 3, ` +
			`"packages": {"node_modules/mongodb": {"version": "6.3.0", ` +
			`"resolved": "https://npm.example.com/repo/mongodb/-/mongodb-6.3.0.tgz"}}}`, []string{"mongodb 6.3.0"}},
		"package-lock 1, an alias": {"package-lock.json", `{"lockfileVersion": 1, "dependencies": {"old": ` +
			`{"version": "npm:mongodb@5.9.2"}}}`, []string{"mongodb 5.9.2"}},
		"package-lock 1, Mongoose's own": {"package-lock.json", `{"lockfileVersion": 1, "dependencies": {"mongodb": ` +
			`{"version": "3.6.3"}, "mongoose": {"version": "5.8.3", "requires": {"mongodb": "3.4.1"}, ` +
			`"dependencies": {"mongodb": {"version": "3.4.1"}}}}}`, []string{"mongodb 3.6.3", "mongoose 5.8.3"}},
		"package-lock, the driver's core": {"package-lock.json", `{"lockfileVersion": 1, "dependencies": {"mongodb": ` +
			`{"version": "3.1.0", "requires": {"mongodb-core": "3.1.0"}}, "mongodb-core": {"version": "3.1.0"}}}`,
			[]string{"mongodb 3.1.0"}},
		"yarn 1, an alias": {"yarn.lock", "# yarn lockfile v1\n\n\"old@npm:mongodb@^5.0.0\":\n" +
			"  version \"5.9.2\"\n", []string{"mongodb 5.9.2"}},
		"yarn 1, from git": {"yarn.lock", "# yarn lockfile v1\n\n" +
			"\"mongodb@git+https://me:pw@example.com/x.git\":\n  version \"6.0.0\"\n" +
			"  resolved \"git+https://me:pw@example.com/x.git#abc\"\n",
			[]string{"mongodb (comes from git+https://example.com/x.git)"}},
		"yarn 1, from GitHub": {"yarn.lock", "# yarn lockfile v1\n\n" +
			"mongodb@mongodb/node-mongodb-native:\n  version \"6.0.0\"\n" +
			"  resolved \"https://codeload.github.com/mongodb/node-mongodb-native/tar.gz/abc\"\n",
			[]string{"mongodb (comes from mongodb/node-mongodb-native)"}},
		"berry, patched": {"yarn.lock", "__metadata:\n  version: 8\n\n" +
			"\"mongodb@patch:mongodb@npm%3A6.0.0#~/.yarn/patches/x.patch\":\n  version: 6.0.0\n  resolution: " +
			"\"mongodb@patch:mongodb@npm%3A6.0.0#~/.yarn/patches/x.patch::version=6.0.0&hash=1\"\n",
			[]string{"mongodb (comes from patch:mongodb@npm%3A6.0.0#~/.yarn/patches/x.patch::version=6.0.0&hash=1)"}},
		"berry, an older way to ask": {"yarn.lock", "__metadata:\n  version: 5\n\n\"agenda@npm:^5.0.0\":\n" +
			"  version: 5.0.0\n  resolution: \"agenda@npm:5.0.0\"\n  dependencies:\n    mongodb: ^4.1.0\n\n" +
			"\"mongodb@npm:^4.1.0\":\n  version: 4.17.2\n  resolution: \"mongodb@npm:4.17.2\"\n",
			[]string{"mongodb 4.17.2 by agenda"}},
		"pnpm, aliases, links and forks": {"pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  a:\n" +
			"    dependencies:\n      old:\n        specifier: npm:mongodb@4\n        version: mongodb@4.17.2\n" +
			"      mongodb:\n        specifier: link:../x\n        version: link:../x\n  b:\n    dependencies:\n" +
			"      mongodb:\n        specifier: github:mongodb/x\n        version: " +
			"https://codeload.github.com/mongodb/x/tar.gz/abc\n", []string{"mongodb (is linked to ../x) by ./a",
			"mongodb 4.17.2 by ./a", "mongodb (comes from https://codeload.github.com/mongodb/x/tar.gz/abc) by ./b"}},
		"pnpm, two documents": {"pnpm-lock.yaml", "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n" +
			"    configDependencies: {}\n---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n" +
			"      mongodb:\n        specifier: ^6\n        version: 6.3.0\n", []string{"mongodb 6.3.0 by ./"}},
		"bun, from GitHub": {"bun.lock", `{"lockfileVersion": 1, "packages": {"mongodb": ` +
			`["mongodb@github:mongodb/x#abc", {}, "x-abc"]}}`, []string{"mongodb (comes from github:mongodb/x#abc)"}},
		"poetry.lock, from git": {"poetry.lock", "[[package]]\nname = \"pymongo\"\nversion = \"4.6.3\"\n\n" +
			"[package.source]\ntype = \"git\"\nurl = \"https://me:pw@example.com/x.git\"\nreference = \"main\"\n\n" +
			"[metadata]\nlock-version = \"2.0\"\n", []string{"pymongo (comes from git https://example.com/x.git)"}},
		"poetry.lock, another index": {"poetry.lock", "[[package]]\nname = \"pymongo\"\nversion = \"4.6.3\"\n\n" +
			"[package.source]\ntype = \"legacy\"\nurl = \"https://pypi.example.com/simple\"\n\n[metadata]\n" +
			"lock-version = \"2.0\"\n", []string{"pymongo 4.6.3"}},
		"uv.lock, two forks and a path": {"uv.lock", "version = 1\n\n[[package]]\nname = \"pymongo\"\n" +
			"version = \"3.13.0\"\nsource = { registry = \"https://pypi.example.com/simple\" }\n\n[[package]]\n" +
			"name = \"pymongo\"\nversion = \"4.6.3\"\nsource = { editable = \"../pymongo\" }\n",
			[]string{"pymongo 3.13.0", "pymongo (comes from editable ../pymongo)"}},
		"Pipfile.lock, groups": {"Pipfile.lock", `{"_meta": {"pipfile-spec": 6}, "default": {"pymongo": ` +
			`{"version": "==4.6.3", "markers": "x"}}, "develop": {"pymongo": {"git": "https://example.com/x.git", ` +
			`"ref": "abc"}}}`, []string{"pymongo 4.6.3 by default x",
			"pymongo (comes from git https://example.com/x.git) by develop"}},
		"pyproject, all that asks": {"pyproject.toml", "[build-system]\nrequires = [\"pymongo==1.0.0\"]\n\n" +
			"[project]\nname = \"pymongo\"\ndependencies = [\"pymongo==2.0.0\"]\nkeywords = [\"pymongo\"]\n\n" +
			"[tool.poetry.dependencies]\npymongo = [{version = \"3.0.0\", python = \"<3\"}, {version = \"^4\", " +
			"python = \">=3\"}]\n\n[tool.uv]\ndev-dependencies = [\"pymongo==5.0.0\"]\n\n[tool.uv.sources]\n" +
			"pymongo = { path = \"../x\" }\n\n[[tool.mypy.overrides]]\nmodule = [\"pymongo\"]\n",
			[]string{"pymongo 1.0.0 by build-system.requires", "pymongo 2.0.0 by project.dependencies",
				"pymongo 3.0.0 by tool.poetry.dependencies <3", "pymongo ^4 by tool.poetry.dependencies >=3",
				"pymongo 5.0.0 by tool.uv.dev-dependencies", "pymongo (comes from path ../x) by tool.uv.sources"}},
		"package.json, all that asks": {"package.json", `{"name": "mongodb", "dependencies": {"mongodb": ` +
			`"=6.0.0"}, "peerDependencies": {"mongodb": ">=5 <8"}, "resolutions": {"**/mongodb": "6.1.0"}, ` +
			`"pnpm": {"overrides": {"agenda>mongodb@^4": "4.17.2"}}, "workspaces": {"packages": ["a"], ` +
			`"catalog": {"mongoose": "catalog:x"}}, "optionalDependencies": {"mongosh": "file:../mongosh"}, ` +
			`"devDependencies": {"mongodb": ""}}`, []string{"mongoose catalog:x by catalog",
			"mongodb 6.0.0 by dependencies", "mongodb * by devDependencies",
			"mongosh (comes from file:../mongosh) by optionalDependencies", "mongodb >=5 <8 by peerDependencies",
			"mongodb 4.17.2 by pnpm.overrides.agenda>mongodb@^4", "mongodb 6.1.0 by resolutions.**/mongodb"}},
		"environment.yml of another tool": {"environment.yml", "- a\n- b\n", nil},
		"conda, ranges": {"environment.yml", "dependencies:\n  - pymongo=4.6\n  - pymongo 4.6.*\n" +
			"  - python\n  - motor\n", []string{"pymongo =4.6", "pymongo 4.6.*", "motor *"}},
		"setup.cfg, on the line": {"tox.ini", "[testenv]\ndeps = pymongo==4.6.3\n", []string{"pymongo 4.6.3"}},
		"gems that need it": {"Gemfile.lock", "GEM\n  specs:\n    mongoid (8.1.0)\n      mongo (>= " +
			"2.18.0, < 3.0.0)\n    mongo (2.19.0)\n", []string{"mongoid 8.1.0", "mongo 2.19.0"}},
		"a password in a build script": {"gradle.properties", "mongoUri=mongodb://me:hunter2@db.example.com/\n" +
			"mongoPassword=hunter2\nuri = \"mongodb://me:hunter2@db.example.com\"\nme:hunter2@mongo.example.com\n",
			[]string{"mongoUri *", "mongoPassword *", "mongo.example.com *"}},
		"TOML with a line of dots": {"pyproject.toml", "# " + strings.Repeat(".", 500) +
			"\n[project]\ndependencies = [\"pymongo==4.6.3\"]\n", []string{"pymongo 4.6.3 by project.dependencies"}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, says(t, row.file, row.content)) })
	}
}
