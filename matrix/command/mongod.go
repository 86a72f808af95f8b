package command

import (
	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/harness/standin"
)

func mongodCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "mongod [OPTION]...",
		Short: "Run the stand-in as a program, with the options and the log of a mongod",
		Long: `Mongod runs the stand-in as a program: a server with mongod's options (or its configuration file) about
TLS and authentication, mongod's log on standard output and mongod's exit codes. It keeps nothing. It is for images
and tests, not for data.`,
		Example: `  mongotls mongod --tlsMode requireTLS --tlsCertificateKeyFile server.pem --tlsCAFile ca.pem
  mongotls mongod --config mongod.conf`,
		DisableFlagParsing: true, // its flags are a mongod's
		RunE: func(cmd *cobra.Command, args []string) error {
			if c := standin.Program(cmd.Context(), args, cmd.OutOrStdout(), cmd.ErrOrStderr()); c != 0 {
				return code(c)
			}
			return nil
		},
	}
}
