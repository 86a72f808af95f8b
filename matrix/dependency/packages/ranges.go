package packages

import (
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/harness/versions"
)

var (
	compatible = regexp.MustCompile(`~[=>]\s*(\d+\.\d+)(\.\d+)?`)
	equal      = regexp.MustCompile(`={2,3}`)
	wildcard   = regexp.MustCompile(`\.\*`)
	preRelease = regexp.MustCompile(`\d+(\.\d+)*\.?(a|b|rc|dev|post)\d*`)
)

// Allows reports whether a release is in the range that a manifest asks for. Of a range in words that nobody knows it
// is not.
func (e Entry) Allows(version string) bool {
	asked := strings.TrimSpace(e.Range)
	switch {
	case asked == "*", asked == "latest", strings.HasPrefix(asked, "catalog:"), e.Package.Ecosystem == ecosystem.Go:
		return true
	case e.Package.Ecosystem == ecosystem.CPAN && versions.Lenient(asked) != "":
		asked = ">=" + asked
	case slices.Contains([]ecosystem.Name{ecosystem.PyPI, ecosystem.RubyGems, ecosystem.CPAN}, e.Package.Ecosystem):
		asked = compatible.ReplaceAllStringFunc(asked, func(s string) string { // PEP 440, compatible release; Ruby's ~>
			part := compatible.FindStringSubmatch(s)
			if part[2] == "" {
				return "^" + part[1]
			}
			return "~" + part[1] + part[2]
		})
		asked = preRelease.ReplaceAllStringFunc(asked, func(s string) string {
			return strings.TrimPrefix(versions.Lenient(s), "v")
		})
		asked = wildcard.ReplaceAllString(equal.ReplaceAllString(asked, "="), ".x")
	}
	v, err := semver.NewVersion(versions.Lenient(version))
	if err != nil {
		return false
	}
	c, err := semver.NewConstraint(asked)
	if err != nil {
		return false
	}
	c.IncludePrerelease = true
	return c.Check(v)
}
