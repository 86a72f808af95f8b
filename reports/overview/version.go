package overview

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

var versionPart = regexp.MustCompile(`\d+|[A-Za-z]+`)

// compareVersions orders versions of any ecosystem by their numbers; letters come before the end, as in 4.18.0.dev0.
func compareVersions(a, b string) int {
	x, y := versionPart.FindAllString(strings.TrimPrefix(a, "v"), -1), versionPart.FindAllString(strings.TrimPrefix(b, "v"), -1)
	for i := range max(len(x), len(y)) {
		p, q := part(x, i), part(y, i)
		m, mErr := strconv.Atoi(p)
		n, nErr := strconv.Atoi(q)
		switch {
		case mErr == nil && nErr == nil && m != n:
			return cmp.Compare(m, n)
		case mErr == nil && nErr == nil || p == q:
		case mErr == nil:
			return 1
		case nErr == nil:
			return -1
		default:
			return cmp.Compare(p, q)
		}
	}
	return 0
}

func part(parts []string, i int) string {
	if i < len(parts) {
		return parts[i]
	}
	return "0"
}
