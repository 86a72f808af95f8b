package dependency

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// Lock files as the package managers write them, of a monorepo in which one of two workspaces with the driver moves to
// the next major version. Agenda's own copy and Mongoose's stay.
func TestMonorepo(t *testing.T) {
	all, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.Len(t, all, 6)
	for _, name := range all {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(name)
			require.NoError(t, err)
			sides := map[string]files{"base": {}, "head": {}}
			lock := ""
			for _, f := range txtar.Parse(content).Files {
				side, path, _ := strings.Cut(f.Name, "/")
				sides[side][path] = string(f.Data)
				if !strings.HasSuffix(path, "package.json") {
					lock = path
				}
			}
			r := newScratch(t)
			r.commit("base", sides["base"])
			r.commit("head", sides["head"])
			changed, left := r.between("base", "head")
			require.Equal(t, []string{"node 6.22.0 → 7.9.0 (" + lock + ")"}, changed)
			require.Empty(t, left)
			changed, left = r.between("head", "base")
			require.Equal(t, []string{"node 7.9.0 → 6.22.0 (" + lock + ")"}, changed)
			require.Empty(t, left)
		})
	}
}

// yarn1 is a yarn.lock with blocks of "key version [asker's dependency range]".
func yarn1(blocks ...string) string {
	var b strings.Builder
	b.WriteString("# yarn lockfile v1\n\n")
	for _, block := range blocks {
		word := strings.Fields(block)
		b.WriteString("\n\"" + word[0] + "\":\n  version \"" + word[1] + "\"\n")
		if len(word) == 4 {
			b.WriteString("  dependencies:\n    " + word[2] + " \"" + word[3] + "\"\n")
		}
	}
	return b.String()
}

const goHead = "module x\n\ngo 1.24\n\n"

func goMod(version string, more ...string) string {
	return goHead + "require go.mongodb.org/mongo-driver/v2 " + version + "\n" + strings.Join(more, "")
}

func npmLock(version string) string {
	return `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"mongodb": "*"}}, "node_modules/mongodb": ` +
		`{"version": "` + version + `"}}}`
}

// What people's pull requests look like.
func TestShapes(t *testing.T) {
	const (
		asks6 = `{"dependencies": {"mongodb": "^6.0.0"}}`
		asks7 = `{"dependencies": {"mongodb": "^7.0.0"}}`
	)
	compared(t, map[string]bump{
		"nothing": {files{"go.mod": goMod("v2.9.3")}, files{"go.mod": goMod("v2.9.3",
			"require example.com/y v1.0.0\n")}, nil, nil},
		"Dependabot in yarn.lock": {
			files{"package.json": `{"dependencies": {"mongodb": "^6.21.0"}}`, "yarn.lock": yarn1(
				"mongodb@^6.21.0 6.21.0")},
			files{"package.json": `{"dependencies": {"mongodb": "^7.5.0"}}`, "yarn.lock": yarn1(
				"mongodb@^7.5.0 7.5.0")},
			[]string{"node 6.21.0 → 7.5.0 (yarn.lock)"}, nil},
		"a lock file alone": {files{"package.json": asks6, "yarn.lock": yarn1("mongodb@^6.0.0 6.20.0")},
			files{"package.json": asks6, "yarn.lock": yarn1("mongodb@^6.0.0 6.21.0")},
			[]string{"node 6.20.0 → 6.21.0 (yarn.lock)"}, nil},
		"Renovate, five services": {
			files{"a/package-lock.json": npmLock("6.20.0"), "b/yarn.lock": yarn1("mongodb@^6.0.0 6.20.0"),
				"c/requirements.txt": "pymongo==4.6.3\n",
				"d/go.mod":           goMod("v2.8.2"), "e/package.json": `{"dependencies": {"mongodb": "6.20.0"}}`},
			files{"a/package-lock.json": npmLock("6.21.0"), "b/yarn.lock": yarn1("mongodb@^6.0.0 6.21.0"),
				"c/requirements.txt": "pymongo==4.10.1\n",
				"d/go.mod":           goMod("v2.9.3"), "e/package.json": `{"dependencies": {"mongodb": "6.21.0"}}`},
			[]string{"node 6.20.0 → 6.21.0 (a/package-lock.json, b/yarn.lock, e/package.json)",
				"pymongo 4.6.3 → 4.10.1 (c/requirements.txt)",
				"go v2.8.2 → v2.9.3 (d/go.mod)"}, nil},
		"Mongoose with its driver": {
			files{"yarn.lock": yarn1("mongoose@^8.0.0 8.1.0 mongodb 6.2.0", "mongodb@6.2.0 6.2.0"),
				"package.json": `{"dependencies": {"mongoose": "^8.0.0"}}`},
			files{"yarn.lock": yarn1("mongoose@^8.0.0 8.9.0 mongodb ~6.12.0", "mongodb@~6.12.0 6.12.0"),
				"package.json": `{"dependencies": {"mongoose": "^8.0.0"}}`},
			[]string{"mongoose 8.1.0 → 8.9.0 (yarn.lock)"}, nil},
		"Mongoose beside the driver that it shares": {
			files{"yarn.lock": yarn1("mongoose@^8.0.0 8.1.0 mongodb 6.2.0", "mongodb@6.2.0 6.2.0"),
				"package.json": `{"dependencies": {"mongoose": "^8.0.0", "mongodb": "6.2.0"}}`},
			files{"yarn.lock": yarn1("mongoose@^8.0.0 8.9.0 mongodb 6.3.0", "mongodb@6.3.0 6.3.0"),
				"package.json": `{"dependencies": {"mongoose": "^8.0.0", "mongodb": "6.3.0"}}`},
			[]string{"node 6.2.0 → 6.3.0 (yarn.lock)", "mongoose 8.1.0 → 8.9.0 (yarn.lock)"}, nil},
		"Mongoose in a package-lock.json": {
			files{"package-lock.json": `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"mongoose": ` +
				`"^8"}}, "node_modules/mongoose": {"version": "8.1.0", "dependencies": {"mongodb": "6.2.0"}}, ` +
				`"node_modules/mongodb": {"version": "6.2.0"}}}`},
			files{"package-lock.json": `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"mongoose": ` +
				`"^8"}}, "node_modules/mongoose": {"version": "8.9.0", "dependencies": {"mongodb": "6.3.0"}}, ` +
				`"node_modules/mongoose/node_modules/mongodb": {"version": "6.3.0"}}}`},
			[]string{"mongoose 8.1.0 → 8.9.0 (package-lock.json)"}, nil},
		"a wrapper brings the driver": {
			files{"yarn.lock": yarn1("agenda@^5.0.0 5.0.0 mongodb ^4.1.0", "mongodb@^4.1.0 4.16.0"),
				"package.json": `{"dependencies": {"agenda": "^5.0.0"}}`},
			files{"yarn.lock": yarn1("agenda@^5.0.0 5.0.0 mongodb ^4.1.0", "mongodb@^4.1.0 4.17.2"),
				"package.json": `{"dependencies": {"agenda": "^5.0.0"}}`},
			[]string{"node 4.16.0 → 4.17.2 (yarn.lock)"}, nil},
		"TypeORM with the driver": {
			files{"package-lock.json": `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"typeorm": "^0.3", ` +
				`"mongodb": "^6"}}, "node_modules/typeorm": {"version": "0.3.17", "peerDependencies": {"mongodb": ` +
				`"^5.8.0"}}, "node_modules/mongodb": {"version": "5.9.1"}}}`},
			files{"package-lock.json": `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"typeorm": "^0.3", ` +
				`"mongodb": "^6"}}, "node_modules/typeorm": {"version": "0.3.20", "peerDependencies": {"mongodb": ` +
				`"^5.8.0 || ^6"}}, "node_modules/mongodb": {"version": "6.3.0"}}}`},
			[]string{"node 5.9.1 → 6.3.0 (package-lock.json)"}, nil},
		"a workspace gets a copy that another has": {
			files{"package-lock.json": `{"lockfileVersion": 3, "packages": {"apps/a": {"dependencies": {"mongodb": ` +
				`"^6"}}, "apps/b": {"dependencies": {"mongodb": "^7"}}, "node_modules/mongodb": {"version": ` +
				`"6.3.0"}, "apps/b/node_modules/mongodb": {"version": "7.1.0"}}}`},
			files{"package-lock.json": `{"lockfileVersion": 3, "packages": {"apps/a": {"dependencies": {"mongodb": ` +
				`"^7"}}, "apps/b": {"dependencies": {"mongodb": "^7"}}, "node_modules/mongodb": {"version": ` +
				`"7.1.0"}}}`},
			[]string{"node 6.3.0 → 7.1.0 (package-lock.json)"}, nil},
		"two who ask get one copy of the next version, and a third goes": {
			files{"yarn.lock": yarn1("a@1 1.0.0 mongodb ^3.0.0", "b@1 1.0.0 mongodb ^4.0.0", "c@1 1.0.0 mongodb ^4.0.0",
				"mongodb@^3.0.0 3.7.3", "mongodb@^4.0.0 4.10.0")},
			files{"yarn.lock": yarn1("a@1 1.1.0 mongodb ^5.0.0", "b@1 1.1.0 mongodb ^5.0.0", "mongodb@^5.0.0 5.9.0")},
			[]string{"node 3.7.3 → 5.9.0 (yarn.lock)", "node 4.10.0 → 5.9.0 (yarn.lock)"}, nil},
		"one who asks for what another has goes": {
			files{"yarn.lock": yarn1("a@1 1.0.0 mongodb ^6.0.0", "b@1 1.0.0 mongodb ^6.0.0", "mongodb@^6.0.0 6.3.0")},
			files{"yarn.lock": yarn1("a@1 1.0.0 mongodb ^6.0.0", "mongodb@^6.0.0 6.3.0")}, nil, nil},
		"a dependency goes from both files": {files{"package.json": asks6, "yarn.lock": yarn1("mongodb@^6.0.0 6.3.0")},
			files{"package.json": `{}`, "yarn.lock": yarn1("x@1 1.0.0")}, nil,
			[]string{"gone: yarn.lock: mongodb 6.3.0 is gone, so there is nothing to compare it with"}},
		"a fork in both files": {files{"package.json": asks6, "yarn.lock": yarn1("mongodb@^6.0.0 6.3.0")},
			files{"package.json": `{"dependencies": {"mongodb": "file:../fork"}}`, "yarn.lock": yarn1(
				"mongodb@file:../fork 6.3.0")}, nil,
			[]string{"no release: yarn.lock: mongodb comes from file:../fork, and no release can be compared with " +
				"that"}},
		"a wrapper goes with what it brings": {files{"requirements.txt": "motor==3.3.2\npymongo==4.6.3\n"},
			files{"requirements.txt": "pymongo==4.6.3\n"}, nil, nil},
		"a wrapper goes, and a lock file said what it brings": {files{"requirements.in": "motor\n",
			"requirements.txt": "pymongo==4.6.3\n"}, files{}, nil,
			[]string{"gone: requirements.txt: pymongo 4.6.3 is gone, so there is nothing to compare it with"}},
		"a release that the lock file does not have": {files{"package.json": `{}`, "yarn.lock": yarn1(
			"a@1 1.0.0 mongodb ^6.0.0", "mongodb@^6.0.0 6.3.0")},
			files{"package.json": `{"dependencies": {"mongodb": "7.0.0"}}`, "yarn.lock": yarn1(
				"a@1 1.0.0 mongodb ^6.0.0", "mongodb@^6.0.0 6.3.0")}, nil,
			[]string{"new: package.json: mongodb 7.0.0 is new, so there is nothing to compare it with"}},
		"a nested module before Go 1.17": {files{"go.mod": goMod("v2.9.3"),
			"old/go.sum": "go.mongodb.org/mongo-driver/v2 v2.7.0 h1:x=\n"},
			files{"go.mod": goMod("v2.9.3"), "old/go.sum": "go.mongodb.org/mongo-driver/v2 v2.8.2 h1:x=\n"}, nil,
			[]string{"unresolved: old/go.sum: go.mongodb.org/mongo-driver/v2 v2.7.0 → v2.8.2, and no lock file says " +
				"which version that is"}},
		"another version in the workspace": {files{"go.work": "go 1.24\n\nuse .\n", "go.mod": goMod("v2.9.3")},
			files{"go.work": "go 1.24\n\nuse .\n\nreplace go.mongodb.org/mongo-driver/v2 => " +
				"go.mongodb.org/mongo-driver/v2 v2.8.2\n", "go.mod": goMod("v2.9.3")}, nil,
			[]string{"new: go.work: go.mongodb.org/mongo-driver/v2 v2.8.2 is new, so there is nothing to compare it " +
				"with"}},
		"a base image by its digest": {files{"Dockerfile": "FROM node:20-slim@sha256:0123456789abcdef0123\n"},
			files{"Dockerfile": "FROM node:20-slim@sha256:fedcba9876543210fedc\n"},
			nil, []string{"runtime: Dockerfile: runtime changed: node 20-slim@sha256:0123456789ab → " +
				"20-slim@sha256:fedcba987654, and no driver with a version is known here that runs on it"}},
		"a base image that nobody can tell apart by what is shown": {
			files{"Dockerfile": "FROM node@sha256:0123456789abcdef\n"},
			files{"Dockerfile": "FROM node@sha256:0123456789abcdee\n"},
			nil, []string{"runtime: Dockerfile: runtime changed: node @sha256:0123456789ab → @sha256:0123456789ab, " +
				"and no driver with a version is known here that runs on it"}},
		"five services of one runtime": {
			files{"a/Dockerfile": "FROM node:20\n", "b/Dockerfile": "FROM node:20\n", "c/.nvmrc": "20\n"},
			files{"a/Dockerfile": "FROM node:22\n", "b/Dockerfile": "FROM node:22\n", "c/.nvmrc": "v22\n"},
			nil, []string{"runtime: a/Dockerfile, b/Dockerfile, c/.nvmrc: runtime changed: node 20 → 22, and no " +
				"driver with a version is known here that runs on it"}},
		"another base image": {files{"Dockerfile": "FROM debian:bookworm\n"}, files{"Dockerfile": "FROM alpine:3.20\n"},
			nil,
			[]string{"gone: Dockerfile: debian bookworm is gone, so there is nothing to compare it with",
				"new: Dockerfile: alpine 3.20 is new, so there is nothing to compare it with"}},
		"two stages become one": {files{"Dockerfile": "FROM node:20 AS a\nFROM node:20-slim\n"},
			files{"Dockerfile": "FROM node:22\n"}, nil,
			[]string{"gone: Dockerfile: node 20 is gone, so there is nothing to compare it with",
				"gone: Dockerfile: node 20-slim is gone, so there is nothing to compare it with",
				"new: Dockerfile: node 22 is new, so there is nothing to compare it with"}},
		"a toolchain line": {files{"go.mod": "module x\n\ngo 1.23\n"},
			files{"go.mod": "module x\n\ngo 1.23\n\ntoolchain go1.24.1\n"}, nil,
			[]string{"new: go.mod: go 1.24.1 is new, so there is nothing to compare it with"}},
		"a service more, on what others run on": {files{"a/Dockerfile": "FROM node:22\n"},
			files{"a/Dockerfile": "FROM node:22\n", "b/Dockerfile": "FROM node:22\n"}, nil, nil},
		"a service more, on something else": {files{"a/Dockerfile": "FROM node:22\n"},
			files{"a/Dockerfile": "FROM node:22\n", "b/Dockerfile": "FROM node:24\n"}, nil,
			[]string{"new: b/Dockerfile: node 24 is new, so there is nothing to compare it with"}},
		"a service less": {files{"a/Dockerfile": "FROM node:22\n", "b/Dockerfile": "FROM node:22\n",
			"c/Dockerfile": "FROM node:24\n"},
			files{"a/Dockerfile": "FROM node:22\n"}, nil,
			[]string{"gone: c/Dockerfile: node 24 is gone, so there is nothing to compare it with"}},
		"a Dockerfile that moves": {files{"a/Dockerfile": "FROM node:20\nRUN true\nRUN true\n"},
			files{"b/Dockerfile": "FROM node:22\nRUN true\nRUN true\n"}, nil, []string{"runtime: b/Dockerfile: " +
				"runtime changed: node 20 → 22, and no driver with a version is known here that runs on it"}},
		"a lock file of a format that nobody knows": {files{"x.lock": "pymongo 4.6\n", "y.lock": "requests 1\n"},
			files{"x.lock": "pymongo 4.7\n", "y.lock": "requests 2\n"}, nil,
			[]string{"unread: x.lock: names MongoDB, and its format is not known here"}},
		"a directory with a lock file of its own": {
			files{"yarn.lock": yarn1("mongoose@^8.0.0 8.1.0 mongodb 6.2.0", "mongodb@6.2.0 6.2.0"),
				"b/yarn.lock":    yarn1("mongodb@6.2.0 6.2.0"),
				"b/package.json": `{"dependencies": {"mongodb": "6.2.0"}}`},
			files{"yarn.lock": yarn1("mongoose@^8.0.0 8.9.0 mongodb 6.3.0", "mongodb@6.3.0 6.3.0"),
				"b/yarn.lock":    yarn1("mongodb@6.3.0 6.3.0"),
				"b/package.json": `{"dependencies": {"mongodb": "6.3.0"}}`},
			[]string{"node 6.2.0 → 6.3.0 (b/yarn.lock)", "mongoose 8.1.0 → 8.9.0 (yarn.lock)"}, nil},
		"pinned for one Python and open for another": {files{
			"requirements.txt": "pymongo==4.6.3 ; python_version < '3.8'\n"},
			files{"requirements.txt": "pymongo==4.6.3 ; python_version < '3.8'\npymongo>=4 ; python_version >= " +
				"'3.8'\n"}, nil,
			[]string{"unresolved: requirements.txt: pymongo >=4 (new), and no lock file says which version that is"}},
		"from a fork to a release": {files{"package.json": `{"dependencies": {"mongodb": "file:../fork"}}`},
			files{"package.json": `{"dependencies": {"mongodb": "6.3.0"}}`}, nil,
			[]string{"no release: package.json: mongodb comes from file:../fork before, and no release can be " +
				"compared with that"}},
		"another workspace asks for what is there": {
			files{"yarn.lock": yarn1("mongodb@^6.0.0 6.3.0"), "package.json": asks6},
			files{"yarn.lock": yarn1("mongodb@^6.0.0 6.3.0"), "package.json": asks6, "apps/b/package.json": asks6}, nil,
			nil},
		"the lock file forgotten": {files{"package.json": asks6, "yarn.lock": yarn1("mongodb@^6.0.0 6.20.0")},
			files{"package.json": asks7, "yarn.lock": yarn1("mongodb@^6.0.0 6.20.0")}, nil,
			[]string{"unresolved: package.json: mongodb ^6.0.0 → ^7.0.0, and no lock file has such a version"}},
		"a range that the lock file is in already": {files{"package.json": asks6, "package-lock.json": npmLock(
			"6.21.0")},
			files{"package.json": `{"dependencies": {"mongodb": "^6.21.0"}}`, "package-lock.json": npmLock("6.21.0")},
			nil, nil},
		"a range that means another locked version": {
			files{"yarn.lock": yarn1("mongodb@^6.0.0 6.3.0", "mongodb@^7.0.0 7.1.0"), "a/package.json": asks6,
				"b/package.json": asks7, "c/package.json": asks6},
			files{"yarn.lock": yarn1("mongodb@^6.0.0 6.3.0", "mongodb@^7.0.0 7.1.0"), "a/package.json": asks6,
				"b/package.json": asks7, "c/package.json": asks7},
			[]string{"node 6.3.0 → 7.1.0 (c/package.json)"}, nil},
		"from a range to a release": {files{"package.json": asks6},
			files{"package.json": `{"dependencies": {"mongodb": "6.21.0"}}`}, nil,
			[]string{"unresolved: package.json: mongodb ^6.0.0 → 6.21.0, and no lock file says which version it was"}},
		"another package manager": {files{"package.json": asks6, "package-lock.json": npmLock("6.20.0")},
			files{"package.json": asks6, "yarn.lock": yarn1("mongodb@^6.0.0 6.21.0")},
			[]string{"node 6.20.0 → 6.21.0 (yarn.lock)"}, nil},
		"another package manager, and nothing else": {files{"package.json": asks6, "package-lock.json": npmLock(
			"6.20.0")},
			files{"package.json": asks6, "yarn.lock": yarn1("mongodb@^6.0.0 6.20.0")}, nil, nil},
		"renamed and upgraded": {files{"old/go.mod": goMod("v2.8.2",
			"\nrequire (\n\ta.example/b v1.0.0\n\tc.example/d v1.0.0\n)\n")},
			files{"new/deep/go.mod": goMod("v2.9.3", "\nrequire (\n\ta.example/b v1.0.0\n\tc.example/d v1.0.0\n)\n")},
			[]string{"go v2.8.2 → v2.9.3 (new/deep/go.mod)"}, nil},
		"renamed": {files{"old/go.mod": goMod("v2.8.2")}, files{"new/go.mod": goMod("v2.8.2")}, nil, nil},
		"nested modules with go.work": {
			files{"go.work": "go 1.24\n\nuse (\n\t./a\n\t./b\n\t../outside\n)\n", "a/go.mod": goMod("v2.8.2"),
				"b/go.mod": goMod("v2.8.2"), "b/tool/go.mod": goMod("v2.5.0")},
			files{"go.work": "go 1.24\n\nuse (\n\t./a\n\t./b\n\t./b/tool\n)\n", "a/go.mod": goMod("v2.9.3"),
				"b/go.mod": goMod("v2.9.3"), "b/tool/go.mod": goMod("v2.9.3")},
			[]string{"go v2.8.2 → v2.9.3 (a/go.mod, b/go.mod)", "go v2.5.0 → v2.9.3 (b/tool/go.mod)"}, nil},
		"vendored": {files{"go.mod": goMod("v2.9.3"), "vendor/modules.txt": "a", "vendor/x/go.mod": goMod("v2.8.2")},
			files{"go.mod": goMod("v2.9.3"), "vendor/modules.txt": "b", "vendor/x/go.mod": goMod("v2.9.3")}, nil, nil},
		"a major version": {files{"go.mod": goHead + "require go.mongodb.org/mongo-driver v1.17.10\n"},
			files{"go.mod": goMod("v2.9.3")},
			[]string{"go v1.17.10 → v2.9.3 (go.mod)"}, nil},
		"one major version beside the other": {files{"go.mod": goMod("v2.8.2",
			"require go.mongodb.org/mongo-driver v1.17.10\n")},
			files{"go.mod": goMod("v2.9.3", "require go.mongodb.org/mongo-driver v1.17.10\n")},
			[]string{"go v2.8.2 → v2.9.3 (go.mod)"}, nil},
		"to a checkout": {files{"go.mod": goMod("v2.9.3")}, files{"go.mod": goMod("v2.9.3",
			"replace go.mongodb.org/mongo-driver/v2 => ../../../fork\n")}, nil,
			[]string{"no release: go.mod: go.mongodb.org/mongo-driver/v2 is replaced by the directory ../../../fork, " +
				"and no release can be compared with that"}},
		"from a checkout": {files{"go.mod": goMod("v2.9.3", "replace go.mongodb.org/mongo-driver/v2 => ../fork\n")},
			files{"go.mod": goMod("v2.9.3")}, nil,
			[]string{"no release: go.mod: go.mongodb.org/mongo-driver/v2 is replaced by the directory ../fork " +
				"before, and no release can be compared with that"}},
		"the same fork": {files{"go.mod": goMod("v2.8.2", "replace go.mongodb.org/mongo-driver/v2 => ../fork\n")},
			files{"go.mod": goMod("v2.9.3", "replace go.mongodb.org/mongo-driver/v2 => ../fork\n")}, nil, nil},
		"replaced by another version": {files{"go.mod": goMod("v2.9.3", "replace go.mongodb.org/mongo-driver/v2 => "+
			"go.mongodb.org/mongo-driver/v2 v2.7.0\n")},
			files{"go.mod": goMod("v2.9.3", "replace go.mongodb.org/mongo-driver/v2 => "+
				"go.mongodb.org/mongo-driver/v2 v2.8.2\n")},
			[]string{"go v2.7.0 → v2.8.2 (go.mod)"}, nil},
		"replaced in the workspace": {files{"go.work": "go 1.24\n\nuse .\n"}, files{"go.work": "go 1.24\n\nuse .\n\n" +
			"replace go.mongodb.org/mongo-driver/v2 => ../fork\n"}, nil,
			[]string{"no release: go.work: go.mongodb.org/mongo-driver/v2 is replaced by the directory ../fork, and " +
				"no release can be compared with that"}},
		"a module before Go 1.17, by a wrapper": {
			files{"go.mod": "module x\n\ngo 1.16\n\nrequire github.com/rwynn/monstache v1.0.0\n",
				"go.sum": "go.mongodb.org/mongo-driver v1.7.0 h1:x=\n"},
			files{"go.mod": "module x\n\ngo 1.16\n\nrequire github.com/rwynn/monstache v1.1.0\n",
				"go.sum": "go.mongodb.org/mongo-driver v1.8.0 h1:x=\n"}, nil,
			[]string{"unresolved: go.sum: go.mongodb.org/mongo-driver v1.7.0 → v1.8.0, and no lock file says which " +
				"version that is"}},
		"a module by a wrapper": {
			files{"go.mod": goHead + "require (\n\tgithub.com/rwynn/monstache v1.0.0\n\tgo.mongodb.org/mongo-driver " +
				"v1.17.1 // indirect\n)\n", "go.sum": "go.mongodb.org/mongo-driver v1.17.1 h1:x=\n"},
			files{"go.mod": goHead + "require (\n\tgithub.com/rwynn/monstache v1.1.0\n\tgo.mongodb.org/mongo-driver " +
				"v1.17.9 // indirect\n)\n", "go.sum": "go.mongodb.org/mongo-driver v1.17.9 h1:x=\n"},
			[]string{"go v1.17.1 → v1.17.9 (go.mod)"}, nil},
		"mgo": {files{"go.mod": goHead + "require github.com/globalsign/mgo v0.0.0-20180615134936-113d3961e731\n"},
			files{"go.mod": goHead + "require github.com/globalsign/mgo v0.0.0-20181015135952-eeefdecb41b8\n"}, nil,
			[]string{"no adapter: go.mod: github.com/globalsign/mgo v0.0.0-20180615134936-113d3961e731 → " +
				"v0.0.0-20181015135952-eeefdecb41b8, and there is no adapter for that here"}},
		"added": {files{}, files{"go.mod": goMod("v2.9.3")}, nil,
			[]string{"new: go.mod: go 1.24 is new, so there is nothing to compare it with",
				"new: go.mod: go.mongodb.org/mongo-driver/v2 v2.9.3 is new, so there is nothing to compare it with"}},
		"removed": {files{"go.mod": goMod("v2.9.3")}, files{"go.mod": goHead}, nil,
			[]string{"gone: go.mod: go.mongodb.org/mongo-driver/v2 v2.9.3 is gone, so there is nothing to compare it " +
				"with"}},
		"removed in several files": {files{"a/requirements.txt": "pymongo==4.6.3\n",
			"b/requirements.txt": "pymongo==4.6.3\n"}, files{}, nil,
			[]string{"gone: a/requirements.txt, b/requirements.txt: pymongo 4.6.3 is gone, so there is nothing to " +
				"compare it with"}},
		"Motor without a lock file": {files{"requirements.txt": "motor==3.3.2\n"},
			files{"requirements.txt": "motor==3.4.0\n"}, nil,
			[]string{"unresolved: requirements.txt: motor 3.3.2 → 3.4.0 brings pymongo, and no lock file says which " +
				"version of it"}},
		"Motor with what it brings": {files{"requirements.txt": "motor==3.3.2\npymongo==4.6.2\n"},
			files{"requirements.txt": "motor==3.4.0\npymongo==4.7.1\n"},
			[]string{"pymongo 4.6.2 → 4.7.1 (requirements.txt)"}, nil},
		"MongoEngine in a pyproject.toml with uv": {
			files{"pyproject.toml": "[project]\ndependencies = [\"mongoengine>=0.27\"]\n", "uv.lock": "version = 1\n" +
				"\n[[package]]\nname = \"pymongo\"\nversion = \"4.6.3\"\nsource = { registry = " +
				"\"https://pypi.example.com/simple\" }\n"},
			files{"pyproject.toml": "[project]\ndependencies = [\"mongoengine>=0.29\"]\n", "uv.lock": "version = 1\n" +
				"\n[[package]]\nname = \"pymongo\"\nversion = \"4.10.1\"\nsource = { registry = " +
				"\"https://pypi.example.com/simple\" }\n"},
			[]string{"pymongo 4.6.3 → 4.10.1 (uv.lock)"}, nil},
		"an extra that brings it": {files{"requirements.txt": "celery[mongodb]==5.3.0\n"},
			files{"requirements.txt": "celery[mongodb]==5.4.0\n"}, nil,
			[]string{"unresolved: requirements.txt: celery[mongodb] 5.3.0 → 5.4.0 brings pymongo, and no lock file " +
				"says which version of it"}},
		"constraints decide": {files{"requirements.txt": "pymongo>=4\n", "constraints.txt": "pymongo==4.6.3\n"},
			files{"requirements.txt": "pymongo>=4.5\n", "constraints.txt": "pymongo==4.10.1\n"},
			[]string{"pymongo 4.6.3 → 4.10.1 (constraints.txt)"}, nil},
		"compiled requirements": {files{"pyproject.toml": "[project]\ndependencies = [\"pymongo>=4,<5\"]\n",
			"requirements/prod.txt": "pymongo==4.6.3\n"},
			files{"pyproject.toml": "[project]\ndependencies = [\"pymongo>=4.6,<5\"]\n",
				"requirements/prod.txt": "pymongo==4.6.3\n"}, nil, nil},
		"two markers": {files{"requirements.txt": "pymongo==3.13.0 ; python_version < '3.7'\npymongo==4.6.3 ; " +
			"python_version >= '3.7'\n"},
			files{"requirements.txt": "pymongo==3.13.0 ; python_version < '3.7'\npymongo==4.10.1 ; python_version >= " +
				"'3.7'\n"},
			[]string{"pymongo 4.6.3 → 4.10.1 (requirements.txt)"}, nil},
		"included under a name of its own": {files{"requirements.txt": "-r deps/base.list\n",
			"deps/base.list": "pymongo==4.6.3\n"},
			files{"requirements.txt": "-r deps/base.list\n", "deps/base.list": "pymongo==4.10.1\n"},
			[]string{"pymongo 4.6.3 → 4.10.1 (deps/base.list)"}, nil},
		"includes in a circle": {files{"requirements.txt": "-r a.list\npymongo==4.6.3\n",
			"a.list": "-r requirements.txt\n"},
			files{"requirements.txt": "-r a.list\npymongo==4.10.1\n", "a.list": "-r requirements.txt\n"},
			[]string{"pymongo 4.6.3 → 4.10.1 (requirements.txt)"}, nil},
		"an include outside": {files{"requirements.txt": "pymongo==4.6.3\n"},
			files{"requirements.txt": "--requirement=../../etc/passwd\npymongo==4.10.1\n"},
			[]string{"pymongo 4.6.3 → 4.10.1 (requirements.txt)"}, []string{"unread: requirements.txt: cannot be " +
				"read: it includes ../../etc/passwd, which is no file of the repository"}},
		"a link": {files{"requirements.txt": "->deps/common.list", "deps/common.list": "pymongo==4.6.3\n"},
			files{"requirements.txt": "->deps/common.list", "deps/common.list": "pymongo==4.10.1\n"},
			[]string{"pymongo 4.6.3 → 4.10.1 (requirements.txt)"}, nil},
		"a link outside": {files{"go.mod": goMod("v2.8.2")}, files{"go.mod": "->../../etc/passwd"}, nil,
			[]string{"unread: go.mod: cannot be read: it is a link to ../../etc/passwd, which is no file of the " +
				"repository"}},
		"requirements by a link outside": {files{"requirements.txt": "pymongo==4.6.3\n"},
			files{"requirements.txt": "->../../pymongo"}, nil,
			[]string{"unread: requirements.txt: cannot be read: it is a link to ../../pymongo, which is no file of " +
				"the repository"}},
		"a link to itself": {files{}, files{"yarn.lock": "->yarn.lock"}, nil,
			[]string{"unread: yarn.lock: cannot be read: it is a link to yarn.lock, which is no file of the " +
				"repository"}},
		"a submodule": {files{"libs/x": "@1111111111111111111111111111111111111111"},
			files{"libs/x": "@2222222222222222222222222222222222222222"}, nil,
			[]string{"unread: libs/x: is a submodule that changed, and its files are not read"}},
		"CRLF and a byte order mark": {files{"requirements.txt": "\ufeffpymongo==4.6.3\r\nx==1\r\n",
			"yarn.lock": strings.ReplaceAll(yarn1("mongodb@^6.0.0 6.20.0"), "\n", "\r\n"), "go.mod": strings.ReplaceAll(
				goMod("v2.8.2"), "\n", "\r\n"),
			"package-lock.json": "\ufeff" + npmLock("3.6.3")},
			files{"requirements.txt": "pymongo==4.10.1\n", "yarn.lock": "\ufeff" + yarn1("mongodb@^6.0.0 6.21.0"),
				"go.mod": goMod("v2.9.3"), "package-lock.json": "\ufeff" + npmLock("3.7.4")},
			[]string{"go v2.8.2 → v2.9.3 (go.mod)", "node 3.6.3 → 3.7.4 (package-lock.json)",
				"pymongo 4.6.3 → 4.10.1 (requirements.txt)", "node 6.20.0 → 6.21.0 (yarn.lock)"}, nil},
		"UTF-16": {files{"requirements.txt": "\xff\xfep\x00y\x00m\x00o\x00n\x00g\x00o\x00" +
			"=\x00=\x004\x00.\x006\x00.\x003\x00\n\x00"},
			files{"requirements.txt": "pymongo==4.10.1\n"}, []string{"pymongo 4.6.3 → 4.10.1 (requirements.txt)"}, nil},
		"line ends only": {files{"go.mod": goMod("v2.8.2")}, files{"go.mod": strings.ReplaceAll(goMod("v2.8.2"), "\n",
			"\r\n")}, nil, nil},
		"secrets in addresses": {files{"requirements.txt": "pymongo==4.6.3\n"},
			files{"requirements.txt": "pymongo @ git+https://me:hunter2@example.com/x.git?token=hunter2\n"}, nil,
			[]string{"no release: requirements.txt: pymongo comes from git+https://example.com/x.git, and no release " +
				"can be compared with that"}},
		"a path that disturbs a terminal": {files{"a\x1b[2J/go.mod": goMod("v2.8.2")}, files{"a\x1b[2J/go.mod": goMod(
			"v2.9.3")},
			[]string{`go v2.8.2 → v2.9.3 ("a\x1b[2J/go.mod")`}, nil},
	})
}
