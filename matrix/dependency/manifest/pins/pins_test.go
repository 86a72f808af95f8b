package pins

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

type reader = func(document.Source) ([]packages.Entry, error)

// What each kind of file asks for, in words: "node 20 by FROM".
func TestReaders(t *testing.T) {
	for name, row := range map[string]struct {
		read    reader
		content string
		want    []string
	}{
		"versions of a tool": {VersionFile("node"), "# ours\nv22.3.0 # LTS\nlts/*\n", []string{"node 22.3.0",
			"node lts/*"}},
		"an empty file": {VersionFile("node"), "\n", nil},
		"several versions": {ToolVersions, "python 3.13.0 3.12.1\nrust 1.80\nbun\n", []string{"python 3.13.0",
			"python 3.12.1"}},
		"mise": {Mise, "[tools]\nnode = ['20', '22']\npython = {version = '3.13'}\n",
			lines("node 20 by tools", "node 22 by tools", "python 3.13 by tools")},
		"mise, its lock file": {Mise, "[[tools.node]]\nversion = '22.1.0'\nbackend = 'core:node'\n",
			lines("node 22.1.0 by tools")},
		"no tag": {Dockerfile, "FROM node\n", lines("node latest by FROM")},
		"a digest alone": {Dockerfile, "FROM node@sha256:0123456789abcdef0123\n",
			lines("node @sha256:0123456789ab by FROM")},
		"a short digest":   {Dockerfile, "FROM node:22@x\n", lines("node 22@x by FROM")},
		"a port is no tag": {Dockerfile, "FROM registry.example.com:5000/golang\n", lines("go latest by FROM")},
		"a version in the name": {Dockerfile, "FROM gcr.example.com/distroless/nodejs20-debian12:nonroot\n",
			lines("node 20-debian12:nonroot by FROM")},
		"stages": {Dockerfile, "FROM golang:1.24 AS go\nFROM go AS test\nFROM alpine:3.20\n" +
			"COPY --from=go /x /x\nCOPY --chown=1 --from=node:22 /n /n\n", lines("go 1.24 by FROM",
			"alpine 3.20 by FROM", "node 22 by COPY")},
		"none of ours": {Dockerfile,
			"FROM scratch\nFROM nginx:1.27\nRUN echo FROM node:20\n# FROM node:20\n", nil},
		"arguments of arguments": {Dockerfile, "ARG V=22\nARG TAG=\"${V}-slim\"\nFROM node:$TAG\n",
			lines("node 22-slim by FROM")},
		"an argument of a stage": {Dockerfile, "ARG V=20\nFROM node:$V\nARG V=22\nFROM node:$V-slim\n",
			lines("node 20 by FROM", "node 20-slim by FROM")},
		"an argument from outside": {Dockerfile, "ARG V\nFROM node:${V}\nFROM python:${W:-3.13}\n",
			lines("node ${V} by FROM", "python 3.13 by FROM")},
		"over two lines":        {Dockerfile, "FROM \\\n  node:22\n", lines("node 22 by FROM")},
		"arguments in a circle": {Dockerfile, "ARG A=$B\nARG B=$A\nFROM node:$A\n", lines("node $B by FROM")},
		"services": {Compose, "x: &x {image: 'node:22'}\nservices:\n  a: *x\n  b: {image: " +
			"'bun:${BUN-1.2}'}\n  c: {build: .}\n", lines("node 22 by a", "bun 1.2 by b")},
		"servers": {Compose, "services:\n  a: {image: 'mongo:7'}\n  b: {image: 'mongodb/mongodb-community-server:8.0-ubi8'}\n" +
			"  c: {image: 'mongo-express:1'}\n", lines("mongod 7 by a", "mongod 8.0-ubi8 by b")},
		"a server beside a job": {Workflow, "jobs:\n  a:\n    services: {db: {image: 'mongo:8.0'}}\n",
			lines("mongod 8.0 by a")},
		"a Compose file of lists": {Compose, "services: [1]\n", nil},
		"a workflow": {Workflow, `
env: {GO: "1.24"}
jobs:
  a:
    container: node:22
    steps:
      - uses: actions/setup-go@v5
        with: {go-version: "${{ env.GO }}"}
      - uses: actions/setup-python@v5
        with: {python-version: "${{ inputs.python }}"}
      - uses: actions/setup-node@v4
        with: {node-version-file: .nvmrc}
      - run: echo setup-node
  b:
    env: {GO: "1.25"}
    strategy: {matrix: {node: [20, 22], include: [{node: 24, os: x}, {os: y}]}}
    container: {image: "node:${{ matrix.node }}-slim"}
    steps:
      - {uses: actions/setup-go@v5, with: {go-version: "${{env.GO}}.x"}}
      - {uses: actions/setup-node@v4, with: {node-version: "${{ matrix.missing }}"}}
`, lines("node 22 by a", "go 1.24 by a", "python ${{ inputs.python }} by a",
			"node 20-slim by b", "node 22-slim by b", "node 24-slim by b", "go 1.25.x by b",
			"node ${{ matrix.missing }} by b")},
		"a version in another image's tag": {Dockerfile, "FROM uv:python3.12-slim\nFROM fastapi:python3.11\n",
			lines("python 3.12-slim by FROM", "python 3.11 by FROM")},
		"a version in another image's name": {Dockerfile, "FROM base-debian12\nFROM javascript-node:22\n" +
			"FROM ubi9/python-312:1-5\nFROM kindest/node:v1.30.0\nFROM node-exporter:1.8\n", lines("debian 12 by FROM",
			"node 22 by FROM", "python 3.12:1-5 by FROM")},
		"several arguments":   {Dockerfile, "ARG A=1 V=22\nFROM node:$V\n", lines("node 22 by FROM")},
		"a workflow of lists": {Workflow, "jobs: [1]\nruns: x\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := row.read(document.Source{Content: []byte(row.content), Ecosystem: ecosystem.Runtime})
			require.NoError(t, err)
			var told []string
			for _, e := range all {
				require.Equal(t, ecosystem.Runtime, e.Package.Ecosystem)
				told = append(told, strings.TrimSuffix(e.Package.Name+" "+e.Which()+" by "+e.By, " by "))
			}
			require.Equal(t, row.want, told)
		})
	}
}

func lines(all ...string) []string { return all }

// Arguments that double each other grow no further than an image's name.
func TestABombOfArguments(t *testing.T) {
	var b strings.Builder
	b.WriteString("ARG A=xxxxxxxx\n")
	for range 60 {
		b.WriteString("ARG A=$A$A\n")
	}
	all, err := Dockerfile(document.Source{Content: []byte(b.String() + "FROM node:$A\nFROM python:3.13\n")})
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.LessOrEqual(t, len(all[0].Rest), maxExpanded)
	require.Equal(t, "3.13", all[1].Range)
}

// Two digests that begin alike are told apart.
func TestDigests(t *testing.T) {
	a, b := image("", "node@sha256:0123456789abcdef0"), image("", "node@sha256:0123456789abcdef1")
	require.Equal(t, a[0].Range, b[0].Range)
	require.NotEqual(t, a[0].State(), b[0].State())
}

// What configurations of other tools ask for, in words.
func TestSettings(t *testing.T) {
	for content, want := range map[string][]string{
		"image: node:20-alpine\n":                           {"node 20-alpine"},
		"image: registry.example.com:5000/a/mongo:7.0\n":    {"mongod 7.0"},
		"docker { image 'golang:1.24' }\n":                  {"go 1.24"},
		"uses: docker://python@sha256:0123456789abcdef\n":   {"python @sha256:0123456789ab"},
		"image: cimg/node:{{ .Values.tag }}\n":              nil,
		"uri: mongodb://mongo:27017,node1:27018\n":          nil,
		"db: mongo:27017\n":                                 nil,
		"import 'node:fs'\nreplicas: {mongo: 3, node: 5}\n": nil,
		"NODE_VERSION = \"20.1\"\n":                         {"node 20.1"},
		"ENV GOLANG_VERSION 1.24.1\n":                       {"go 1.24.1"},
		"mongodb-version: '6.0'\n":                          {"mongod 6.0"},
		"use-node-version=22.1.0\n":                         {"node 22.1.0"},
		"runtime: nodejs20.x\n":                             {"node 20.x"},
		"runtime: python312\n":                              {"python 3.12"},
		"python-3.12.1\n":                                   {"python 3.12.1"},
		"p = pkgs.nodejs_22;\n":                             {"node 22"},
		"using: node20\n":                                   {"node 20"},
		"see: [PYTHON-1579, NODE-20, python-1579]\nhosts: node10:27017,node-11.example.com\n": nil,
		"/usr/bin/python3\n":                                                                nil,
		"runs-on: ubuntu-24.04\n":                                                           {"ubuntu 24.04"},
		"curl https://x/setup_20.x | bash\n":                                                {"node 20.x"},
		"nvm install v20\npyenv install -s 3.12.1\n":                                        {"node 20", "python 3.12.1"},
		"asdf install golang 1.24.1\n":                                                      {"go 1.24.1"},
		"node_js:\n  - 20\n  - 22\n":                                                        {"node 20", "node 22"},
		"- task: UsePythonVersion@0\n  inputs: {versionSpec: '3.12'}\n":                     {"python 3.12"},
		"images:\n- name: docker.io/mongo\n  newTag: '7.0'\n":                               {"mongod 7.0"},
		"image:\n  repository: mongo\n  tag: '7.0'\n":                                       {"mongod 7.0"},
		"kind: MongoDBCommunity\nspec: {version: 7.0.5}\n":                                  {"mongod 7.0.5"},
		"dependencies: [{name: mongodb, version: 16.0.0, repository: 'https://x.example'}]": {"mongod chart 16.0.0"},
		"{\"name\": \"mongodb\", \"version\": \"6.20.0\"}":                                  nil,
		"// ours\n{\"features\": {\"ghcr.example/f/node:1\": {\"version\": \"lts\"}}, }":    {"node 1", "node lts"},
		"[tools]\nnode = ['20.1']\n":                                                        {"node 20.1"},
	} {
		t.Run(content, func(t *testing.T) {
			var told []string
			for _, e := range Settings(document.Source{Content: []byte(content), Ecosystem: ecosystem.Runtime}) {
				if one := e.Package.Name + " " + e.Which(); !slices.Contains(told, one) {
					told = append(told, one)
				}
			}
			require.Equal(t, want, told)
		})
	}
}
