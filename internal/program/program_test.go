package program

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuiltByGoRun(t *testing.T) {
	for path, by := range map[string]bool{
		"/tmp/go-build2346454812/b001/exe/mongotls":                              true,
		"/root/.cache/go-build/0f/0f" + strings.Repeat("ab", 31) + "-d/mongotls": true,
		"/var/cache/ours/0f/0f" + strings.Repeat("ab", 31) + "-d/mongotls":       true,
		"/tmp/go-build2346454812/b001/command.test":                              false,
		"/usr/local/bin/mongotls":                                                false,
		"/home/me/0f/mongotls":                                                   false,
	} {
		require.Equal(t, by, builtByGoRun(path), path)
	}
}
