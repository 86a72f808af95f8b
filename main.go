// Mongotls runs MongoDB drivers through TLS scenarios and says whether each fails for the right reason, or works.
package main

import (
	"fmt"
	"os"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/matrix"
)

func main() {
	if err := driver.Purge(); err != nil {
		fmt.Fprintln(os.Stderr, "mongotls: starting without GODEBUG:", err)
		os.Exit(3)
	}
	os.Exit(matrix.Main(os.Args[1:], os.Stdout, os.Stderr))
}
