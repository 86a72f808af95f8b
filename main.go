// Mongotls runs MongoDB drivers through TLS scenarios and says whether each fails for the right reason, or works.
package main

import (
	"os"

	"github.com/mongotls/mongotls/matrix"
)

func main() { os.Exit(matrix.Main(os.Args[1:], os.Stdout, os.Stderr)) }
