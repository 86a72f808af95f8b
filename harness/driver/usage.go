package driver

import "errors"

// usageError is an error in what was asked for: a version that there is not, a checkout that does not compile.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// Usage marks an error of opening a driver as one in what the user asked for. All others are of the machine: no
// network, a full disk, a program that is missing.
func Usage(err error) error { return usageError{err} }

// IsUsage reports whether the error is one in what the user asked for.
func IsUsage(err error) bool { return errors.As(err, &usageError{}) }
