package command

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

// The commit is told as the build has it, and left out where that says nothing.
func TestCommit(t *testing.T) {
	setting := func(all ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{}
		for i := 0; i < len(all); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: all[i], Value: all[i+1]})
		}
		return info
	}
	require.Empty(t, commit(nil))
	require.Empty(t, commit(setting()))
	require.Equal(t, ", commit abc", commit(setting("vcs.revision", "abc", "vcs.modified", "false")))
	require.Equal(t, ", commit abc, with changes", commit(setting("vcs.revision", "abc", "vcs.modified", "true")))
}
