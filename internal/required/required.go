// Package required knows what a run of the tests must not leave out: MONGOTLS_REQUIRE is a comma-separated list of it,
// such as "race,browser,docker".
package required

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Is reports whether a run must not leave this out.
func Is(what string) bool {
	return slices.Contains(strings.Split(os.Getenv("MONGOTLS_REQUIRE"), ","), what)
}

// Asked skips a test that runs only where it is asked for, because of what it costs.
func Asked(t testing.TB, what, why string) {
	t.Helper()
	if !Is(what) {
		t.Skipf("left out: %s (MONGOTLS_REQUIRE=%s)", why, what)
	}
}

// OrSkip ends a test that has to be left out, for this reason: with a failure if it must not be, skipped otherwise.
// make test prints what was left out.
func OrSkip(t testing.TB, what, why string) {
	t.Helper()
	if Is(what) {
		t.Fatalf("%s, and MONGOTLS_REQUIRE asks for %s", why, what)
	}
	t.Skipf("left out: %s (MONGOTLS_REQUIRE=%s)", why, what)
}
