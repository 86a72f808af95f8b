package packages

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	credentials = regexp.MustCompile(`//[^/@\s]*@`)
	query       = regexp.MustCompile(`(://[^?\s]*)\?[^#\s]*`)
)

// Clean makes what a file says fit for a report: on one line, short, without what an address may hold in secrets.
func Clean(s string) string {
	s = credentials.ReplaceAllString(s, "//")
	s = query.ReplaceAllString(s, "$1")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	const enough = 200
	if runes := []rune(s); len(runes) > enough {
		s = string(runes[:enough]) + "..."
	}
	return s
}
