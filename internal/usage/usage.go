// Package usage tells an error of what the user asked for from all others: exit code 2.
package usage

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Errorf is fmt.Errorf for what the user has to mend, in one sentence.
func Errorf(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Is reports whether err, or one that it wraps, came from Errorf.
func Is(err error) bool { return errors.As(err, &usageError{}) }

// Meant is " (did you mean X?)" for the word of a list that a misspelt one is likely to stand for, "" if none is.
func Meant(word string, words []string) string {
	best, least := "", len(word)
	for _, w := range words {
		a, b := strings.ToLower(word), strings.ToLower(w)
		d := levenshtein.Distance(a, b, nil)
		if d == 2 && slices.Equal(sorted(a), sorted(b)) { // two letters changed places
			d = 1
		}
		if d < least && 3*d <= max(3, len(word), len(w)) {
			best, least = w, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

func sorted(word string) []rune { return slices.Sorted(slices.Values([]rune(word))) }
