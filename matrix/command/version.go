package command

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/matrix"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit, and what the program is built with",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "mongotls %s%s\nbuilt with %s for %s/%s\nlinked with the Go driver %s\n",
				matrix.Version(), commit(info), runtime.Version(), runtime.GOOS, runtime.GOARCH, linkedDriver(info))
			return nil
		},
	}
}

// commit is ", commit abc, with changes", "" if nobody knows.
func commit(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	values := map[string]string{}
	for _, s := range info.Settings {
		values[s.Key] = s.Value
	}
	switch {
	case values["vcs.revision"] == "":
		return ""
	case values["vcs.modified"] == "true":
		return ", commit " + values["vcs.revision"] + ", with changes"
	}
	return ", commit " + values["vcs.revision"]
}

// linkedDriver is the version of the driver that --driver go runs.
func linkedDriver(info *debug.BuildInfo) string {
	if info != nil {
		for _, m := range info.Deps {
			if !strings.HasPrefix(m.Path, "go.mongodb.org/mongo-driver") {
				continue
			}
			if m.Replace != nil {
				return strings.TrimSpace(m.Version + ", replaced by " + m.Replace.Path + " " + m.Replace.Version)
			}
			return m.Version
		}
	}
	return "of an unknown version"
}
