// Package usage tells an error of what the user asked for from all others: exit code 2.
package usage

import (
	"errors"
	"fmt"
)

type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Errorf is fmt.Errorf for what the user has to mend, in one sentence.
func Errorf(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Is reports whether err, or one that it wraps, came from Errorf.
func Is(err error) bool { return errors.As(err, &usageError{}) }
