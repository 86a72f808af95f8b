package dependency

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/matrix/dependency/manifest"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// fuzz gives a format any content: its reader does not panic, complains in one short sentence, and what it says of a
// driver is either a version or why there is none. That is true of every reader, and most of all of those that parse by
// themselves.
func fuzz(f *testing.F, file string, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	of := manifest.FormatOf(file)
	f.Fuzz(func(t *testing.T, content []byte) {
		plain, err := of.Text(content)
		if err != nil {
			return
		}
		asker, err := manifest.ImporterOf([]byte(`{"dependencies": {"mongodb": "^6"}}`), "a")
		require.NoError(t, err)
		all, err := of.Read(plain, packages.Drivers, func() []manifest.Importer { return []manifest.Importer{asker} })
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
		}
		for _, e := range all {
			require.NotEmpty(t, e.Package.Name)
			said := 0
			for _, s := range []string{e.Version, e.Range, e.Instead} {
				require.False(t, strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", s)
				require.LessOrEqual(t, len([]rune(s)), 300)
				if s != "" {
					said++
				}
			}
			require.LessOrEqual(t, said, 1, "%+v", e)
			if e.Driver != "" {
				require.Equal(t, 1, said, "%+v", e)
			}
		}
		for _, p := range pairs(all, nil) {
			require.Nil(t, p[1])
		}
		require.Empty(t, pairs(all, all))
	})
}

func FuzzYarn(f *testing.F) {
	fuzz(f, "yarn.lock", yarn1("agenda@^5.0.0 5.0.0 mongodb ^4.1.0", "mongodb@^4.1.0 4.16.0"), "\"a@npm:mongodb@5\", "+
		"b@1:\n  version \"1\"\n  dependencies:\n    \"@a/b\" \"1\"\n",
		"__metadata:\n  version: 8\n\n\"mongodb@npm:^6\":\n  version: 6.0.0\n  resolution: \"mongodb@npm:6.0.0\"\n")
}

func FuzzPnpm(f *testing.F) {
	fuzz(f, "pnpm-lock.yaml", "lockfileVersion: 5.4\ndependencies:\n  mongodb: 4.16.0_x@1\npackages:\n"+
		"  /mongodb/4.16.0_x@1: {}\n",
		"lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      mongodb: {version: 6.0.0(a@1)}\n"+
			"snapshots: &a\n  mongodb@6.0.0(a@1): *a\n")
}

func FuzzBun(f *testing.F) {
	fuzz(f, "bun.lock", `{"lockfileVersion": 1, "workspaces": {"a": {"name": "@a/b", "dependencies": {"mongodb": `+
		`"1"}}}, "packages": {"@a/b/mongodb": ["mongodb@1.0.0", "", {}], }}`)
}

func FuzzPackageLock(f *testing.F) {
	fuzz(f, "package-lock.json", `{"lockfileVersion": 1, "dependencies": {"mongodb": {"version": "npm:mongodb@5", `+
		`"dependencies": {"mongodb": {}}}}}`,
		`{"packages": {"": {"dependencies": {"mongodb": "1"}}, "node_modules/mongodb": {"version": "1"}}}`)
}

func FuzzPackageJSON(f *testing.F) {
	fuzz(f, "package.json", `{"dependencies": {"mongodb": "^6"}, "overrides": {"a": {"b>mongodb@1": "2.0.0"}}, `+
		`"engines": {"node": ">=18"}}`)
}

func FuzzRequirements(f *testing.F) {
	fuzz(f, "requirements.txt", "pymongo[x]==4.10.1 ; y # z\\\n",
		"-e git+https://a:b@c/mongo-python-driver#egg=pymongo\n-r x\n", "celery[mongodb]\n")
}

func FuzzPyproject(f *testing.F) {
	fuzz(f, "pyproject.toml", "[tool.poetry.dependencies]\npymongo = [{version = \"^4\"}]\n[project]\ndependencies = "+
		"[\"pymongo>=4\"]\n")
}

func FuzzSetup(f *testing.F) { fuzz(f, "setup.py", "install_requires=['pymongo>=4']") }

func FuzzConda(f *testing.F) {
	fuzz(f, "environment.yml", "dependencies:\n  - a::pymongo=4.6.3=x\n  - pip: [motor]\n")
}

func FuzzGoSum(f *testing.F) {
	fuzz(f, "go.sum", "go.mongodb.org/mongo-driver v1.7.0 h1:x=\n")
}

func FuzzScript(f *testing.F) {
	fuzz(f, "build.gradle", "implementation 'org.mongodb:x:4.1.0'\nid 'org.springframework.boot' version '3'\n")
}

func FuzzXML(f *testing.F) {
	fuzz(f, "pom.xml", "<p><properties><mongo.v>1</mongo.v></properties><dependency><groupId>org.mongodb</groupId>"+
		"<artifactId>a</artifactId><version>${mongo.v}</version></dependency></p>")
}

func FuzzForeignData(f *testing.F) {
	fuzz(f, "vcpkg.json", `{"dependencies": ["mongo-c-driver", {"name": "mongo", "version>=": "1"}], `+
		`"builtin-baseline": "x"}`)
}

func FuzzDockerfile(f *testing.F) {
	fuzz(f, "Dockerfile", "ARG A=1\nFROM --platform=x a:5000/node:${A}-x@sha256:0123 AS b\n")
}

func FuzzCompose(f *testing.F) {
	fuzz(f, "compose.yaml", "services:\n  a: &a {image: \"x/node:${V:-20}@sha256:01\"}\n  b: *a\n")
}

func FuzzWorkflow(f *testing.F) {
	fuzz(f, ".github/workflows/ci.yml", "jobs:\n  a:\n    strategy: {matrix: {v: [1]}}\n    container: node:20\n"+
		"    steps:\n"+
		"      - {uses: a/setup-go@v5, with: {go-version: \"${{ matrix.v }}\"}}\n")
}

func FuzzMise(f *testing.F) { fuzz(f, "mise.toml", "[tools]\nnode = ['20', {version = '22'}]\n") }

func FuzzUnknownLock(f *testing.F) { fuzz(f, "x.lock", "mongodb 1\n") }
