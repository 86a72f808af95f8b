package node_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver/registry"
)

// What the documents show depends on the same packages for ever.
func TestTheVersionsOfTheDocumentsAreLocked(t *testing.T) {
	files, err := os.ReadDir("locks")
	require.NoError(t, err)
	var locked []string
	for _, f := range files {
		locked = append(locked, f.Name())
	}
	for _, row := range registry.Rows {
		for _, p := range row.Packages {
			for _, version := range row.Versions {
				if p.Ecosystem == "npm" {
					require.Contains(t, locked, p.Name+"-"+version+".json", filepath.Join("harness", "driver", "node", "locks"))
				}
			}
		}
	}
}
