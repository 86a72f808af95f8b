// Mongotls runs MongoDB drivers through TLS scenarios and says whether each fails for the right reason, or works.
package main

import (
	"os"

	"github.com/mongotls/mongotls/matrix/command"
)

func main() { os.Exit(command.Main(os.Args[1:], os.Stdout, os.Stderr)) }
