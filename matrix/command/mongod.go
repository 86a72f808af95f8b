package command

import (
	"fmt"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin"
)

func mongodCommand() *cobra.Command {
	series := mongod.Series()
	last := len(series) - 1
	return &cobra.Command{
		Use:   "mongod [OPTION]...",
		Short: "Run the stand-in as a program, with the options and the log of a mongod",
		Long: fmt.Sprintf(`Mongod runs the stand-in as a program: a server with mongod's options (or its configuration file) about
TLS and authentication, mongod's log on standard output and mongod's exit codes. It keeps nothing. It is for images
and tests, not for data.

With --imitate %s or %s it follows that release. %s was measured; the others are inferred from
source and documents. With --replSet it waits for replSetInitiate, as a mongod does.`,
			strings.Join(series[:last], ", "), series[last], mongod.Default.Series),
		Example: `  mongotls mongod --tlsMode requireTLS --tlsCertificateKeyFile server.pem --tlsCAFile ca.pem
  mongotls mongod --config mongod.conf
  mongotls mongod --imitate 8.0 --config mongod.conf`,
		DisableFlagParsing: true, // its flags are a mongod's
		RunE: func(cmd *cobra.Command, args []string) error {
			c := standin.Program(cmd.Context(), args, cmd.OutOrStdout(), cmd.ErrOrStderr())
			if c == standin.Aborted {
				abort()
			}
			if c != 0 {
				return code(c)
			}
			return nil
		},
	}
}

// abort ends this process by SIGABRT, as a mongod does. Go's runtime would print its goroutines, so another program
// takes the process over first. It returns where there is none.
func abort() {
	_ = syscall.Exec("/bin/sh", []string{"sh", "-c", "ulimit -c 0; kill -ABRT $$"}, nil)
}
