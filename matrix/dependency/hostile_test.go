package dependency

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/matrix/dependency/manifest"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A file that cannot be read is named in one sentence, and the driver that changed beside it is found all the same.
func TestUnreadFiles(t *testing.T) {
	deep := func(open, shut string) string { return strings.Repeat(open, 200_000) + strings.Repeat(shut, 200_000) }
	for name, row := range map[string]struct{ file, content, says string }{
		"cut off: package-lock": {"package-lock.json", `{"lockfileVersion": 3, "packages": {"node_modules/mong`,
			"unexpected EOF"},
		"cut off: yarn": {"yarn.lock", "# yarn lockfile v1\n\nmongodb@^6.0.0:\n  version \"6.2",
			"line 4: a quote does not end"},
		"cut off: yarn, a block": {"yarn.lock", "# yarn lockfile v1\n\nmongodb@^6.0.0:\n",
			"mongodb@^6.0.0 has no version: it is cut off"},
		"cut off: berry": {"yarn.lock", "__metadata:\n  version: 8\n\n\"mongodb@npm:^6.0.0\":\n" +
			"  resolution: \"mongodb@npm:6.20.0\"\n  version: 6.2",
			"it does not end with a line end, so it may be cut off"},
		"cut off: pnpm": {"pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  mongodb@6.2.0:\n" +
			"    resolution: {integrity: sha", "line 3: did not find expected ',' or '}'"},
		"cut off: bun": {"bun.lock", "{\"lockfileVersion\": 1, \"packages\": {\n\"mongodb\": [\"mong",
			"unexpected EOF"},
		"cut off: poetry": {"poetry.lock", "[[package]]\nname = \"pymongo\"\nversion = \"4.6.3\"\n",
			"it has no lock-version: it is cut off"},
		"cut off: uv": {"uv.lock", "version = 1\n\n[[package]]\nname = \"pymongo\"\nversion = \"4.6",
			"toml: line 5 (last key \"package.version\"): unexpected EOF; expected '\"'"},
		"cut off: Pipfile.lock": {"Pipfile.lock", `{"_meta": {"pipfile-spec": 6}, "default": {`, "unexpected EOF"},
		"cut off: Cargo.lock": {"Cargo.lock", "version = 4\n\n[[package]]\nname = \"mongodb\"\n" +
			"version = \"2.8.0\"\nsource = \"reg\"", "it does not end with a line end, so it may be cut off"},
		"cut off: pom.xml": {"pom.xml", "<project><dependencies><dep",
			"XML syntax error on line 1: unexpected EOF"},
		"cut off: go.mod": {"go.mod", "module x\n\nrequire (\n",
			"go.mod:4: syntax error (unterminated block started at go.mod:3:1)"},
		"empty: package-lock": {"package-lock.json", "", "EOF"},
		"empty: pnpm":         {"pnpm-lock.yaml", "", "it is empty"},
		"empty: poetry":       {"poetry.lock", "", "it has no lock-version: it is cut off"},
		"newer: package-lock": {"package-lock.json", `{"lockfileVersion": 4, "packages": {}}`,
			"its format has the version 4, and here only 1 to 3 can be read"},
		"newer: yarn": {"yarn.lock", "# yarn lockfile v2\n",
			"its format has the version 2, and here only 1 and berry can be read"},
		"newer: berry": {"yarn.lock", "__metadata:\n  version: 99\n", "its format has the version 99, " +
			"and here only 1 and berry's up to 10 can be read"},
		"newer: pnpm": {"pnpm-lock.yaml", "lockfileVersion: '10.0'\n",
			"its format has the version 10.0, and here only 5 to 9 can be read"},
		"newer: bun": {"bun.lock", `{"lockfileVersion": 7}`,
			"its format has the version 7, and here only 0 to 2 can be read"},
		"newer: poetry": {"poetry.lock", "[metadata]\nlock-version = \"3.0\"\n",
			"its format has the version 3.0, and here only 1 and 2 can be read"},
		"newer: uv": {"uv.lock", "version = 2\n",
			"its format has the version 2, and here only 1 can be read"},
		"newer: pdm": {"pdm.lock", "[metadata]\nlock_version = \"5.0\"\n",
			"its format has the version 5.0, and here only up to 4 can be read"},
		"newer: pylock": {"pylock.toml", "lock-version = \"2.0\"\n",
			"its format has the version 2.0, and here only 1 can be read"},
		"newer: Pipfile.lock": {"Pipfile.lock", `{"_meta": {"pipfile-spec": 7}}`,
			"its format has the version 7, and here only up to 6 can be read"},
		"newer: go.mod": {"go.mod", "module x\n\ngo 1.24\n\nfrobnicate y\n",
			"go.mod:5: unknown directive: frobnicate"},
		"another file": {"package-lock.json", `{"name": "x"}`, "it has neither a version nor packages"},
		"two in one":   {"package-lock.json", `{"lockfileVersion": 3} {}`, "something follows its end"},
		"nonsense": {"package-lock.json", `{"lockfileVersion": 1, "dependencies": {"mongodb": ` +
			`{"version": "3.6.3", "dependencies": 7}}}`, "node_modules/mongodb: a value is of the wrong kind: number"},
		"nonsense: pnpm": {"pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages: [1]\n",
			"packages is no mapping"},
		"nonsense: package.json": {"package.json", `{"dependencies": ["mongodb"]}`,
			"dependencies is of the wrong kind: array"},
		"a conflict": {"go.mod", "<<<<<<< HEAD\nmodule x\n", "go.mod:1: unknown directive: <<<<<<<"},
		"a conflict: yarn": {"yarn.lock",
			"# yarn lockfile v1\n\n<<<<<<< HEAD\nmongodb@^6:\n  version \"6.0.0\"\n",
			"line 3: a block must begin with what it answers, and a colon"},
		"a pointer of Git LFS": {"yarn.lock", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n" +
			"size 12345\n", "line 1: a block must begin with what it answers, and a colon"},
		"binary": {"requirements.txt", "\x00\x01", "it is no text"},
		"50 MB": {"yarn.lock", strings.Repeat("# 23456789012345\n", 50<<20/17),
			"it is larger than 8 MB"},
		"too many drivers": {"requirements.txt", strings.Repeat("pymongo==4.6.3\npymongo==4.10.1\n", 6000),
			"it names packages 12000 times"},
		"deep JSON": {"package-lock.json", `{"lockfileVersion": 3, "packages": ` + deep(`{"a":`, "}"),
			"exceeded max depth"},
		"deep package-lock 1": {"package-lock.json", `{"lockfileVersion": 1, "dependencies": ` +
			strings.Repeat(`{"a": {"dependencies": `, 200) + "{}" + strings.Repeat("}}", 200) + "}",
			"it is nested deeper than 100 levels"},
		"deep TOML": {"poetry.lock", "a = " + deep("[", "]"), "it is nested deeper than 100 levels"},
		"deep keys of TOML": {"uv.lock", strings.Repeat("a.", 100_000) + "a = 1\n",
			"it is nested deeper than 100 levels"},
		"deep YAML": {"pnpm-lock.yaml", "a: " + deep("[", "]"), "exceeded max depth of 10000"},
		"deep XML":  {"pom.xml", deep("<a>", "</a>"), "it is nested deeper than 100 levels"},
		"a circle in catalogs": {"pnpm-workspace.yaml", "catalogs: &a\n  x: *a\n",
			"it is nested deeper than 100 levels, or its aliases make it too large"},
		"a bomb of YAML": {"environment.yml", "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + bomb(8) +
			"dependencies: *h\n", "it is nested deeper than 100 levels, or its aliases make it too large"},
		"an entity of XML": {"pom.xml", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>" +
			"<project>&a;</project>", "invalid character entity &a;"},
		"a key twice in TOML": {"uv.lock", "version = 1\nversion = 1\n", "has already been defined"},
		"not UTF-8 in TOML":   {"pyproject.toml", "a = \"\xff\"\n", "invalid UTF-8"},
		"cut off: workflow": {".github/workflows/ci.yml",
			"jobs:\n  test:\n    steps:\n      - uses: \"actions/setup-n", "line 4: found unexpected end of stream"},
		"cut off: mise": {"mise.toml", "[tools]\nnode = \"2", "unexpected EOF"},
		"50 MB: Dockerfile": {"Dockerfile", strings.Repeat("RUN echo 7890123\n", 50<<20/17),
			"it is larger than 8 MB"},
		"50 MB: an unknown lock": {"x.lock", strings.Repeat("pymongo==4.6.3 1\n", 50<<20/17),
			"it is larger than 8 MB"},
		"too many stages": {"Dockerfile", strings.Repeat("FROM node:20\n", 20_000),
			"it names packages 20000 times"},
		"a merge conflict: lines": {"requirements.txt", "<<<<<<< HEAD\npymongo==4.10.1\n=======\npymongo==4.11\n>>>>>>> b\n",
			"it holds a merge conflict"},
		"a merge conflict: elsewhere": {"Gemfile.lock", "    mongo (2.19.0)\n<<<<<<< HEAD\n    a (1)\n=======\n>>>>>>> b\n",
			"it holds a merge conflict"},
		"binary: .nvmrc":          {".nvmrc", "\x00", "it is no text"},
		"binary: an unknown lock": {"x.lock", "\x00mongodb", "it is no text"},
		"a link: Dockerfile": {"Dockerfile", "->../../../etc/passwd", "it is a link to ../../../etc/passwd, " +
			"which is no file of the repository"},
		"a link: .tool-versions": {".tool-versions", "->/etc/passwd",
			"it is a link to /etc/passwd, which is no file of the repository"},
		"a circle: compose": {"compose.yaml", "services: &a\n  web: *a\n",
			"it is nested deeper than 100 levels, or its aliases make it too large"},
		"a bomb: compose": {"compose.yaml", "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + bomb(8) + "services: *h\n",
			"it is nested deeper than 100 levels, or its aliases make it too large"},
		"deep: workflow": {".github/workflows/ci.yml", "jobs: " + deep("[", "]"),
			"exceeded max depth of 10000"},
		"deep: mise": {"mise.toml", "[tools]\nnode = " + deep("[", "]"),
			"it is nested deeper than 100 levels"},
		"a conflict: compose": {"compose.yaml", "services:\n<<<<<<< HEAD\n  web: {image: 'node:22'}\n",
			"line 2: could not find expected ':'"},
		"a go.sum of other things": {"go.sum", "x\n", "a line is not a module, a version and a hash"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newScratch(t)
			r.commit("base", files{"z/go.mod": goMod("v2.8.2")})
			r.commit("head", files{"z/go.mod": goMod("v2.9.3"), row.file: row.content})
			for base, head := range map[string]string{"base": "head", "head": "base"} {
				changed, left := r.between(base, head)
				require.Len(t, changed, 1)
				require.Contains(t, changed[0], "(z/go.mod)")
				var unread []string
				for _, sentence := range left {
					if strings.HasPrefix(sentence, "unread: ") {
						unread = append(unread, sentence)
					}
				}
				require.Len(t, unread, 1, left)
				require.Contains(t, unread[0], row.file+": c")
				require.Contains(t, unread[0], row.says)
				require.NotContains(t, unread[0], "\n")
				require.Less(t, len(unread[0]), 300)
			}
		})
	}
}

// bomb makes levels of anchors of which each holds ten of the last.
func bomb(levels int) string {
	var b strings.Builder
	for i := range levels - 1 {
		last := "*" + string(rune('a'+i))
		b.WriteString(string(rune('b'+i)) + ": &" + string(rune('b'+i)) + " [" + strings.Repeat(last+",", 9) + last +
			"]\n")
	}
	return b.String()
}

// Wherever a generated lock file is cut off, something is said.
func TestCutOff(t *testing.T) {
	nobody := func() []manifest.Importer { return nil }
	for file, content := range map[string]string{
		"package-lock.json": npmLock("6.21.0"),
		"yarn.lock":         yarn1("agenda@^5.0.0 5.0.0 mongodb ^4.1.0", "mongodb@^4.1.0 4.16.0", "zebra@^1.0.0 1.0.0"),
		"pnpm-lock.yaml": "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      mongodb:\n" +
			"        specifier: ^6.0.0\n        version: 6.21.0\n\npackages:\n\n  mongodb@6.21.0:\n    resolution: " +
			"{integrity: sha512-x}\n",
		"bun.lock": "{\n  \"lockfileVersion\": 1,\n  \"packages\": {\n    \"mongodb\": [\"mongodb@6.21.0\", " +
			"\"\", {}, \"sha512-x\"],\n  }\n}",
		"poetry.lock": "[[package]]\nname = \"pymongo\"\nversion = \"4.6.3\"\n\n[[package]]\nname = \"zope\"\n" +
			"version = \"4.6.3\"\n\n[metadata]\nlock-version = \"2.1\"\n",
		"uv.lock": "version = 1\n\n[[package]]\nname = \"pymongo\"\nversion = \"4.6.3\"\n" +
			"source = { registry = \"https://pypi.example.com/simple\" }\n",
		"Pipfile.lock": `{"_meta": {"pipfile-spec": 6}, "default": {"pymongo": {"version": "==4.6.3"}}}`,
		"Cargo.lock": "version = 4\n\n[[package]]\nname = \"mongodb\"\nversion = \"2.8.0\"\n" +
			"source = \"registry\"\n",
		"composer.lock": `{"packages": [{"name": "mongodb/mongodb", "version": "1.15.0"}]}`,
		"Gemfile.lock":  "GEM\n  specs:\n    mongo (2.19.0)\n\nPLATFORMS\n  ruby\n",
		"pom.xml": "<project><dependency><groupId>org.mongodb</groupId><artifactId>x</artifactId>" +
			"<version>4.1.0</version></dependency></project>",
	} {
		t.Run(file, func(t *testing.T) {
			f := manifest.FormatOf(file)
			read := func(content []byte) ([]packages.Entry, error) { return f.Read(content, packages.Drivers, nobody) }
			whole, err := read([]byte(content))
			require.NoError(t, err)
			require.NotEmpty(t, whole)
			for i := range len(content) {
				part, err := read([]byte(content[:i]))
				if bytes.HasSuffix([]byte(content[:i]), []byte("\n")) && err == nil && len(pairs(whole, part)) == 0 {
					continue // between two blocks, behind the drivers: as if it ended there
				}
				require.True(t, err != nil || len(pairs(whole, part)) > 0, "%q", content[:i])
			}
		})
	}
}
