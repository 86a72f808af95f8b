package manifest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Which files are manifests, which may be anything, and which install nothing.
func TestFormatOf(t *testing.T) {
	for _, file := range []string{"go.mod", "a/b/go.mod", "web/npm-shrinkwrap.json", "requirements.txt",
		"requirements-dev.txt", "requirements_test.txt",
		"dev-requirements.txt", "requirements.in", "requirements/prod.txt", "requirements/base/web.txt",
		"constraints.txt", "upper-constraints.txt",
		"Requirements.txt", "requirements.lock", "requirements-dev.lock", "reqs/all.in", "constraints/py3.txt",
		"docker/requirements.pip",
		"X.csproj", "gradle/dependency-locks/compileClasspath.lockfile", "scripts/tool.py.lock",
		"Directory.Build.props", "docs/requirements.txt", "tests/go.mod", "a/WORKSPACE", "third_party/maven_install.json"} {
		f := FormatOf(file)
		require.NotNil(t, f, file)
		require.False(t, f.Guess, file)
	}
	for _, file := range []string{"notes.txt", "Dockerfile/x", "docker/mongo.conf", ".gitlab-ci.yml", "scripts/install",
		"block.json", "requirements.yml", "go.mod.bak", "my-go.mod", "package.json.tmpl", "lock", "Makefile", "deps.txt"} {
		f := FormatOf(file)
		require.NotNil(t, f, file)
		require.True(t, f.Guess, file)
	}
	for _, file := range []string{"a/node_modules/b/package-lock.json", "vendor/x/go.mod", "x/testdata/go.mod",
		"requirements.md", "charts/x/Chart.lock", ".yarn/releases/package.json", "README.md", "CHANGELOG", "docs/install.sh",
		"tests/data.txt", "x/install_test.go", "test_install.py"} {
		require.Nil(t, FormatOf(file), file)
	}
}
