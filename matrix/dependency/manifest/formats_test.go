package manifest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Which files are manifests, and which are not.
func TestFormatOf(t *testing.T) {
	for _, file := range []string{"go.mod", "a/b/go.mod", "web/npm-shrinkwrap.json", "requirements.txt",
		"requirements-dev.txt", "requirements_test.txt",
		"dev-requirements.txt", "requirements.in", "requirements/prod.txt", "requirements/base/web.txt",
		"constraints.txt", "upper-constraints.txt",
		"Requirements.txt", "requirements.lock", "requirements-dev.lock", "reqs/all.in", "constraints/py3.txt",
		"docker/requirements.pip",
		"X.csproj", "gradle/dependency-locks/compileClasspath.lockfile", "scripts/tool.py.lock",
		"Directory.Build.props"} {
		require.NotNil(t, FormatOf(file), file)
	}
	for _, file := range []string{"a/node_modules/b/package-lock.json", "vendor/x/go.mod", "x/testdata/go.mod",
		"notes.txt", "requirements.md",
		"Dockerfile/x", "docker/mongo.conf", ".github/dependabot.yml", "charts/x/Chart.lock", "block.json",
		"requirements.yml", "go.mod.bak", "my-go.mod", "package.json.tmpl", "lock", ".yarn/releases/package.json"} {
		require.Nil(t, FormatOf(file), file)
	}
}
