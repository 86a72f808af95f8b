package dependency

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A runtime that changes is a comparison of each driver near it, and what cannot be run of it is named.
func TestRuntimes(t *testing.T) {
	lock6, lock7 := yarn1("mongodb@^6.0.0 6.3.0"), yarn1("mongodb@^7.0.0 7.1.0")
	compared(t, map[string]bump{
		"alone": {files{".nvmrc": "20\n", "yarn.lock": lock6}, files{".nvmrc": "v22\n", "yarn.lock": lock6},
			[]string{"node@6.3.0 +node20 → +node22 (.nvmrc)"}, nil},
		"with the driver": {files{".nvmrc": "20\n", "yarn.lock": lock6}, files{".nvmrc": "22\n", "yarn.lock": lock7},
			[]string{"node@7.1.0 +node20 → +node22 (.nvmrc)", "node 6.3.0 → 7.1.0 (yarn.lock)"}, nil},
		"two drivers, said twice": {
			files{"Dockerfile": "FROM node:20-slim\n", ".nvmrc": "20\n", "yarn.lock": yarn1("mongodb@^6.0.0 6.3.0",
				"mongoose@^8.0.0 8.1.0 mongodb 6.3.0")},
			files{"Dockerfile": "FROM node:22-slim\n", ".nvmrc": "22\n", "yarn.lock": yarn1("mongodb@^6.0.0 6.3.0",
				"mongoose@^8.0.0 8.1.0 mongodb 6.3.0")},
			[]string{"mongoose@8.1.0 +node20 → +node22 (.nvmrc, Dockerfile)",
				"node@6.3.0 +node20 → +node22 (.nvmrc, Dockerfile)"}, nil},
		"wherever it stands": {files{"k8s/a.yaml": "image: node:20\n", ".env": "MONGO_VERSION=7.0\n",
			"main.js":     "// node:20\n",
			"docs/a.yaml": "image: node:20\n", "yarn.lock": lock6},
			files{"k8s/a.yaml": "image: node:22\n", ".env": "MONGO_VERSION=8.0\n", "main.js": "// node:22\n",
				"docs/a.yaml": "image: node:22\n", "yarn.lock": lock6},
			[]string{"node@6.3.0 +node20 → +node22 (k8s/a.yaml)"},
			[]string{"runtime: .env: server changed: mongod 7.0 → 8.0: hold each driver against both, with run --backend " +
				"container --image or run --release"}},
		"an engine of development": {files{"package.json": `{"devEngines": {"runtime": {"name": "node", "version": "20"}}}`,
			"yarn.lock": lock6}, files{"package.json": `{"devEngines": {"runtime": [{"name": "node", "version": "22"}]}}`,
			"yarn.lock": lock6}, []string{"node@6.3.0 +node20 → +node22 (package.json)"}, nil},
		"what nobody evaluates": {
			files{".github/workflows/a.yml": "jobs: {a: {strategy: {matrix: {v: [{n: 20}], os: [x]}}, steps: [{uses: " +
				"actions/setup-node@v4, with: {node-version: '${{ matrix.v.n }}'}}]}}\n", "yarn.lock": lock6},
			files{".github/workflows/a.yml": "jobs: {a: {strategy: {matrix: {v: [{n: 22}], os: [y]}}, steps: [{uses: " +
				"actions/setup-node@v4, with: {node-version: '${{ matrix.v.n }}'}}]}}\n", "yarn.lock": lock6}, nil,
			[]string{"runtime: .github/workflows/a.yml: runtime changed: node ${{ matrix.v.n }} → ${{ matrix.v.n }}, which " +
				"are not two versions that can be run"}},
		"a setting of Go": {files{"go.mod": goMod("v2.9.3") + "\ngodebug tlsrsakex=0\n"},
			files{"go.mod": goMod("v2.9.3") + "\ngodebug tlsrsakex=1\n"}, nil,
			[]string{"runtime: go.mod: runtime changed: go godebug tlsrsakex=0 → godebug tlsrsakex=1, which are not two " +
				"versions that can be run"}},
		"the go line": {files{"go.mod": goMod("v2.9.3")}, files{"go.mod": "module x\n\ngo 1.25.0\n\n" +
			"require go.mongodb.org/mongo-driver/v2 v2.9.3\n"},
			[]string{"go@v2.9.3 +go1.24 → +go1.25.0 (go.mod)"}, nil},
		"a workflow, for the whole repository": {
			files{".github/workflows/ci.yml": "jobs:\n  a:\n    container: python:3.11\n",
				"api/requirements.txt": "pymongo==4.6.3\n"},
			files{".github/workflows/ci.yml": "jobs:\n  a:\n    container: python:3.13\n",
				"api/requirements.txt": "pymongo==4.6.3\n"},
			[]string{"pymongo@4.6.3 +python3.11 → +python3.13 (.github/workflows/ci.yml)"}, nil},
		"the nearest drivers": {
			files{"a/.nvmrc": "20\n", "a/yarn.lock": lock6, "yarn.lock": lock7, "b/.nvmrc": "20\n"},
			files{"a/.nvmrc": "22\n", "a/yarn.lock": lock6, "yarn.lock": lock7, "b/.nvmrc": "22\n"},
			[]string{"node@6.3.0 +node20 → +node22 (a/.nvmrc, b/.nvmrc)", "node@7.1.0 +node20 → +node22 (b/.nvmrc)"},
			nil},
		"ranges": {files{"package.json": `{"engines": {"node": ">=18"}}`, "yarn.lock": lock6},
			files{"package.json": `{"engines": {"node": ">=20"}}`, "yarn.lock": lock6}, nil,
			[]string{"runtime: package.json: runtime changed: node >=18 → >=20, which are not two versions that can " +
				"be run"}},
		"another image of one version": {files{"Dockerfile": "FROM node:22-slim\n", "yarn.lock": lock6},
			files{"Dockerfile": "FROM node:22-alpine\n", "yarn.lock": lock6}, nil,
			[]string{"runtime: Dockerfile: runtime changed: node 22-slim → 22-alpine, and what differs beside the " +
				"version cannot be run"}},
		"another image of another version": {files{"Dockerfile": "FROM python:3.11-bookworm\n",
			"requirements.txt": "pymongo==4.6.3\n"},
			files{"Dockerfile": "FROM python:3.13-trixie\n", "requirements.txt": "pymongo==4.6.3\n"},
			[]string{"pymongo@4.6.3 +python3.11 → +python3.13 (Dockerfile)"},
			[]string{"runtime: Dockerfile: runtime changed: python 3.11-bookworm → 3.13-trixie, and what differs " +
				"beside the version cannot be run"}},
		"a release of Python": {
			files{".python-version": "3.11.4\n", "requirements.txt": "pymongo==4.6.3\n"},
			files{".python-version": "3.13.1\n", "requirements.txt": "pymongo==4.6.3\n"},
			[]string{"pymongo@4.6.3 +python3.11 → +python3.13 (.python-version)"},
			[]string{"runtime: .python-version: runtime changed: python 3.11.4 → 3.13.1, of which the releases of 3.11 and " +
				"3.13 that there are were run"}},
		"an image of a release of Python": {
			files{"Dockerfile": "FROM python:3.11.4-slim\n", "requirements.txt": "pymongo==4.6.3\n"},
			files{"Dockerfile": "FROM python:3.13.1-slim\n", "requirements.txt": "pymongo==4.6.3\n"},
			[]string{"pymongo@4.6.3 +python3.11 → +python3.13 (Dockerfile)"},
			[]string{"runtime: Dockerfile: runtime changed: python 3.11.4-slim → 3.13.1-slim, of which the releases of 3.11 and " +
				"3.13 that there are were run"}},
		"two releases of one Python": {
			files{".python-version": "3.11.4\n", "requirements.txt": "pymongo==4.6.3\n"},
			files{".python-version": "3.11.9\n", "requirements.txt": "pymongo==4.6.3\n"}, nil,
			[]string{"runtime: .python-version: runtime changed: python 3.11.4 → 3.11.9, and of 3.11 there is one release to " +
				"run"}},
		"a base image that is no runtime of a driver": {files{"Dockerfile": "FROM debian:12\n", "yarn.lock": lock6},
			files{"Dockerfile": "FROM debian:13\n", "yarn.lock": lock6}, nil,
			[]string{"runtime: Dockerfile: runtime changed: debian 12 → 13, and no driver with a version is known " +
				"here that runs on it"}},
		"a server": {files{"docker-compose.yml": "services: {db: {image: 'mongo:6.0'}}\n", "yarn.lock": lock6},
			files{"docker-compose.yml": "services: {db: {image: 'mongo:8.0'}}\n", "yarn.lock": lock6}, nil,
			[]string{"runtime: docker-compose.yml: server changed: mongod 6.0 → 8.0: hold each driver against both, with " +
				"run --backend container --image or run --release"}},
		"beside a lock file that cannot be read": {
			files{".nvmrc": "20\n", "yarn.lock": lock6, "old/yarn.lock": "# yarn lockfile v2\n", "pom.xml": "<"},
			files{".nvmrc": "22\n", "yarn.lock": lock6, "old/yarn.lock": "# yarn lockfile v2\n", "pom.xml": "<"},
			[]string{"node@6.3.0 +node20 → +node22 (.nvmrc)"},
			[]string{"unread: old/yarn.lock: cannot be read: its format has the version 2, and here only 1 and berry " +
				"can be read"}},
		"mongosh takes no Bun": {files{".bun-version": "1.1\n", "yarn.lock": yarn1("mongosh@^2.0.0 2.3.0")},
			files{".bun-version": "1.2\n", "yarn.lock": yarn1("mongosh@^2.0.0 2.3.0")}, nil,
			[]string{"runtime: .bun-version: runtime changed: bun 1.1 → 1.2, and no driver with a version is known " +
				"here that runs on it"}},
	})
}

// What a pin asks for is run where it says one version.
func TestExact(t *testing.T) {
	for asked, want := range map[string][2]string{
		"22":                               {"22", ""},
		"v20.11.0":                         {"20.11.0", ""},
		"1.25.x":                           {"1.25", ""},
		"==3.11.*":                         {"3.11", ""},
		"3.13-slim-trixie":                 {"3.13", "slim-trixie"},
		"22@sha256:0123":                   {"22", ""},
		"20-debian12:nonroot@sha256:01-23": {"20", "debian12:nonroot"},
	} {
		m := exact.FindStringSubmatch(asked)
		require.NotNil(t, m, asked)
		require.Equal(t, want, [2]string{m[1], m[2]}, asked)
	}
	for _, asked := range []string{">=18", "^20", "18 || 20", "lts/*", "latest", "${V}", "1.24rc1", "@sha256:01",
		"bookworm", ""} {
		require.False(t, exact.MatchString(asked), asked)
	}
}
