package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports/form"
)

// Count says how often each verdict occurs; verdicts that do not occur are absent.
func Count(cases []Case) map[string]int {
	n := map[string]int{}
	for _, c := range cases {
		n[c.Verdict]++
	}
	return n
}

// Words puts a count of verdicts into words: "81 conforms, 3 known".
func Words(n map[string]int) string {
	var parts []string
	for _, verdict := range Verdicts {
		if n[verdict] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[verdict], verdict))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// SelfCheck reports whether c tests nothing but the project's own stand-in.
func (r Report) SelfCheck(c Case) bool {
	return c.Subject == SubjectServer && r.Backend.Name == Embedded
}

// Counted returns the cases that totals are about: no self-checks and no derived column "disabled".
func (r Report) Counted() []Case {
	return slices.DeleteFunc(slices.Clone(r.Cases), func(c Case) bool { return c.DerivedDisabled || r.SelfCheck(c) })
}

// Sums says what counts, and what is kept out of it, a sentence each.
func (r Report) Sums() []string {
	counted := slices.DeleteFunc(r.Counted(), func(c Case) bool { return c.Verdict == NotRun })
	rows := map[string]bool{}
	for _, c := range counted {
		if c.Verdict != Characterised {
			rows[c.Name] = true
		}
	}
	var disabled, self []Case
	left := 0
	for _, c := range r.Cases {
		switch {
		case c.Verdict == NotRun:
			left++
		case c.DerivedDisabled:
			disabled = append(disabled, c)
		case r.SelfCheck(c):
			self = append(self, c)
		}
	}
	sums := []string{
		fmt.Sprintf(
			"%s in %s: %s",
			form.Counted(len(rows), "scenario", "scenarios"),
			form.Counted(len(counted), "case", "cases"),
			Words(Count(counted)),
		),
	}
	if len(disabled) > 0 {
		sums = append(
			sums,
			fmt.Sprintf(
				"%s against a server without TLS: %s",
				form.Counted(len(disabled), "client", "clients"),
				Words(Count(disabled)),
			),
		)
	}
	if len(self) > 0 {
		sums = append(sums, fmt.Sprintf("%s: %s", form.Counted(len(self), "self-check of the stand-in, which awaits a mongod",
			"self-checks of the stand-in, which await a mongod"), Words(Count(self))))
	}
	sums = append(sums, r.releases()...)
	if left > 0 {
		sums = append(sums, form.Counted(left, "case that was", "cases that were")+" not run here")
	}
	if len(r.Withheld) > 0 {
		sums = append(sums, "variables of the environment that the driver did not get: "+strings.Join(r.Withheld, ", "))
	}
	return sums
}

// releases says what is to be known of the releases that were imitated: what the cases of each came to, where there are
// several, and how many cases lean on what is inferred.
func (r Report) releases() (sums []string) {
	inferred := 0
	of := map[string][]Case{}
	for _, c := range r.Cases {
		if c.Inferred {
			inferred++
		}
		if c.Release != "" {
			of[c.Release] = append(of[c.Release], c)
		}
	}
	for _, release := range slices.Sorted(maps.Keys(of)) {
		how := "measured"
		if of[release][0].Inferred {
			how = "inferred, not measured"
		}
		sums = append(sums, fmt.Sprintf("%s as %s (%s): %s", form.Counted(len(of[release]), "case", "cases"), release, how,
			Words(Count(of[release]))))
	}
	if inferred > 0 {
		sums = append(sums, form.Counted(inferred, "case leans", "cases lean")+
			" on what is inferred of a release from its source and its documents, and was not measured")
	}
	return sums
}

// String says where servers came from: "container 4.4.5, image mongo:4.4 (sha256:...)".
func (b Backend) String() string {
	text := strings.TrimSpace(b.Name + " " + b.Version)
	switch {
	case b.Image != "":
		text += fmt.Sprintf(", image %s (%s)", b.Image, b.Digest)
	case b.Path != "":
		text += ", " + b.Path
	case b.URI != "":
		text += ", " + b.URI
	}
	return text
}

// MedianMS is the median of the elapsed times of the cases' last attempts, in milliseconds.
func MedianMS(cases []Case) int {
	var all []int
	for _, c := range cases {
		if len(c.Attempts) > 0 {
			all = append(all, c.Last().Answer.ElapsedMS)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// Release is the version, of a checkout with where that lies, and its commit.
func (d Driver) Release() string {
	if d.Checkout == "" {
		return d.Version
	}
	return strings.TrimSpace(d.Version + " in " + d.Checkout)
}

// On is the component of a role that the driver ran on, as a spec writes it, "+node24.17.0"; "" if the report does not
// say.
func (d Driver) On(role evidence.Role) string {
	for _, c := range d.Components {
		if c.Role == role {
			return "+" + c.Name + c.Version
		}
	}
	return ""
}

// Title names what was tested, and against what, so that no other run is named so: "go v2.9.3 (go1.26.8 linux/amd64,
// crypto/tls) against embedded 4.4.5".
func (r Report) Title() string {
	text := strings.TrimSpace(r.Driver.Name + " " + r.Driver.Release())
	if build := strings.Join(form.Texts([]string{r.Driver.Build, r.Driver.TLS}, strings.TrimSpace), ", "); build != "" {
		text += " (" + build + ")"
	}
	return text + " against " + strings.TrimSpace(r.Backend.Name+" "+r.Backend.Version)
}
