package pins

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
		"a workflow of lists": {Workflow, "jobs: [1]\nruns: x\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := row.read(document.Source{Content: []byte(row.content), Ecosystem: packages.Runtime})
			require.NoError(t, err)
			var told []string
			for _, e := range all {
				require.Equal(t, packages.Runtime, e.Package.Ecosystem)
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
