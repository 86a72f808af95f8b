package terminal

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports/form"
)

// Password is that of the key behind the flag --what: from the file that --what-password-file names, from the
// environment (MONGOTLS_WHAT_PASSWORD), or from whoever sits at the terminal. It is never an argument.
func Password(what, file string) ([]byte, error) {
	if file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, usage.Errorf("--%s-password-file: %s: %v", what, file, form.Cause(err))
		}
		line, _, _ := strings.Cut(string(content), "\n")
		return []byte(strings.TrimSuffix(line, "\r")), nil
	}
	variable := "MONGOTLS_" + strings.ToUpper(what) + "_PASSWORD"
	if value, ok := os.LookupEnv(variable); ok {
		return []byte(value), nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, usage.Errorf("--%s: its private key is encrypted: give the password with --%s-password-file or in %s",
			what, what, variable)
	}
	_, _ = fmt.Fprintf(os.Stderr, "password of the key of --%s: ", what)
	password, err := term.ReadPassword(int(os.Stdin.Fd()))
	_, _ = fmt.Fprintln(os.Stderr)
	return password, err
}
