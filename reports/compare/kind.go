package compare

import (
	"fmt"
	"slices"
	"strings"
)

// Kinds of change.
const (
	kindAccepts   = "accepts"
	kindRefuses   = "refuses"
	kindHangs     = "hangs"
	kindPlaintext = "plaintext"
	kindRegressed = "regressed"
	kindLost      = "lost"
	kindReason    = "reason"
	kindError     = "error"
	kindLabels    = "labels"
	kindPool      = "pool"
	kindWire      = "wire"
	kindOffers    = "offers"
	kindSlower    = "slower"
	kindWarnings  = "warnings"
	kindText      = "text"
	kindFaster    = "faster"
	kindEnds      = "ends"
	kindEncrypted = "encrypted"
	kindFixed     = "fixed"
	kindGained    = "gained"
	kindUndecided = "undecided"
	kindGone      = "gone"
	kindDecided   = "decided"
	kindUntried   = "untried"
	kindFollows   = "follows"
	kindRestated  = "restated"
	kindNew       = "new"
)

// kinds is the closed list, the most harmful first. The first ones break somebody; then comes what may hide that; what
// follows can break somebody, too, but nobody should rely on it; then come improvements; and last what cannot be
// compared.
var kinds = []struct{ name, phrase string }{
	{kindAccepts, "accepts what it refused"},
	{kindRefuses, "refuses what it accepted"},
	{kindHangs, "hangs where it came to an end"},
	{kindPlaintext, "speaks in clear where it spoke TLS"},
	{kindRegressed, "does not conform any more"},
	{kindLost, "has lost an option or ability"},

	{kindUndecided, "proves nothing any more"},
	{kindGone, "has no such case any more"},

	{kindReason, "fails for another reason"},
	{kindError, "fails with another error"},
	{kindLabels, "labels its errors differently"},
	{kindPool, "pools and heartbeats behave differently"},
	{kindWire, "is seen to act differently by the server"},
	{kindOffers, "offers something else in its handshakes"},
	{kindSlower, "takes longer"},
	{kindWarnings, "warns differently"},
	{kindText, "words its errors differently"},

	{kindFaster, "takes less time"},
	{kindEnds, "comes to an end where it hung"},
	{kindEncrypted, "speaks TLS where it spoke in clear"},
	{kindFixed, "conforms where it did not"},
	{kindGained, "has gained an option or ability"},

	{kindDecided, "proves something where it did not"},
	{kindUntried, "not tried on one side"},
	{kindFollows, "cannot be told while its control fails"},
	{kindRestated, "the case asks for something else"},
	{kindNew, "only head has the case"},
}

// Kinds are the names of all kinds of change, the most harmful first.
func Kinds() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Phrase says what a kind of change means: "accepts what it refused".
func Phrase(kind string) string { return kinds[harm(kind)].phrase }

// harm is the place of a kind in the list, 0 for the worst.
func harm(kind string) int { return slices.Index(Kinds(), kind) }

// breaks reports whether a kind is one of those that break somebody.
func breaks(kind string) bool { return harm(kind) <= harm(kindLost) }

// hides reports whether a kind is that base has a verdict and head has none: whatever became of the driver, nobody has
// seen it.
func hides(kind string) bool { return kind == kindUndecided || kind == kindGone }

// better reports whether a kind is an improvement as a norm sees it.
func better(kind string) bool { return kind == kindFixed || kind == kindGained }

// apart reports whether a kind is no change of behaviour.
func apart(kind string) bool { return harm(kind) >= harm(kindDecided) }

// A Choice is a set of changes by kind.
type Choice map[string]bool

// Words that stand for many kinds in a Choice.
const (
	regressions = "regressions" // what breaks somebody and is in no known-failure file of the user's
	anything    = "any"         // every kind
	nothing     = "none"
)

// Choose reads a list of words, each a kind, "regressions", "any" or "none".
func Choose(words []string) (Choice, error) {
	c := Choice{}
	for _, word := range words {
		switch {
		case word == anything:
			for _, k := range Kinds() {
				c[k] = true
			}
		case word == regressions || slices.Contains(Kinds(), word):
			c[word] = true
		case word != nothing:
			return nil, fmt.Errorf(
				"%q is no kind of change: take %s, %s, %s, or some of %s", word, regressions, anything, nothing,
				strings.Join(Kinds(), ", "),
			)
		}
	}
	return c, nil
}

// Ability reports whether the change of an ability is chosen.
func (c Choice) Ability(a Ability) bool { return c[a.Kind] || c[regressions] && a.Kind == kindLost }

// Group reports whether a group is chosen: by its kind or, unless it is an improvement, by that of any detail.
func (c Choice) Group(g Group) bool {
	if c[g.Kind] || c[regressions] && g.Regression {
		return true
	}
	return !better(g.Kind) && slices.ContainsFunc(g.Details, func(d Detail) bool { return c[d.Kind] })
}

// Anything reports whether anything is chosen.
func (c Choice) Anything() bool { return len(c) > 0 }

// Of counts what is chosen of a comparison: cases, abilities, and what is offered.
func (c Choice) Of(in Comparison) (n int) {
	for _, a := range in.Abilities {
		if c.Ability(a) {
			n++
		}
	}
	if c[kindOffers] {
		n += len(in.Offers)
	}
	for _, g := range in.Groups {
		if c.Group(g) {
			n += len(g.Changes)
		}
	}
	return n
}
