package command

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"go.mongodb.org/mongo-driver/v2/version"

	"github.com/mongotls/mongotls/internal/program"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit, and what the program is built with",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			_, _ = fmt.Fprintf(cmd.OutOrStdout(),
				"mongotls %s%s\nbuilt with %s for %s/%s\nlinked with the Go driver v%s\n",
				program.Version(), commit(info), runtime.Version(), runtime.GOOS, runtime.GOARCH,
				strings.TrimPrefix(version.Driver, "v"))
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
