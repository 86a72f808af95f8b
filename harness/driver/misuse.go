package driver

import "errors"

// misuse is an error about what was asked for: a version that there is not, a checkout that does not compile.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

// Misuse marks an error of opening a driver as one of what the user asked for. All others are of the machine: no network,
// a full disk, a program that is missing.
func Misuse(err error) error { return misuse{err} }

// IsMisuse tells the two apart.
func IsMisuse(err error) bool { return errors.As(err, &misuse{}) }
