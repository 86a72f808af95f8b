package matrix

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/internal/program"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/matrix/internal/certificate"
	"github.com/mongotls/mongotls/matrix/internal/known"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/scenarios"
)

// report makes the report of results, which are ordered by case id.
func (s *Session) report(results []Result) reports.Report {
	info := s.engine.Attempts.Driver.Info()
	host, _ := os.Hostname() // "" is allowed
	r := reports.Report{
		Schema:     reports.Schema,
		Tool:       reports.Tool{Name: "mongotls", Version: program.Version()},
		Started:    s.started.UTC().Format(time.RFC3339),
		DurationMS: int(time.Since(s.started).Milliseconds()),
		Seed:       s.options.Seed,
		Driver: reports.Driver{Name: info.Driver, Version: info.Version, Checkout: s.checkout, Build: info.Build,
			TLS: info.TLS, Components: info.Components, Lacks: lacks(info)},
		Backend: backend(s.engine.Attempts.Backend.Info()),
		Selection: reports.Selection{Run: s.options.Run, Skip: s.options.Skip, Modes: s.options.Modes,
			Releases: series(s.options.Releases)},
		Areas:    scenarios.Areas,
		Withheld: driver.Withheld(),
		Host:     host,
	}
	matched, carried := map[*known.Entry]int{}, map[string]bool{}
	for _, result := range results {
		c := s.reportCase(result)
		r.Cases = append(r.Cases, c)
		for _, id := range c.Claims {
			carried[id] = true
		}
		if c.Verdict == reports.Known {
			matched[result.Known]++
		}
		wrong := result.Case.Scenario.DocumentWrong
		told := slices.ContainsFunc(r.Documents, func(d reports.Document) bool { return d.Text == wrong }) // in another mode
		if wrong != "" && !told && result.Verdict.Kind == evidence.Conforms {
			r.Documents = append(r.Documents, reports.Document{Claims: c.Claims, Case: c.ID, Text: wrong})
		}
	}
	r.GatherOffers()
	for _, c := range scenarios.Claims {
		if carried[string(c.ID)] {
			r.Claims = append(r.Claims, reports.Claim{ID: string(c.ID), Document: c.Document, Text: c.Text})
		}
	}
	for i := range s.engine.Known {
		k := &s.engine.Known[i]
		r.Known = append(r.Known, reports.KnownEntry{ID: k.Case, Reason: k.Because, Reference: k.See, Matched: matched[k],
			Stale: known.Stale(*k, r), File: k.File})
	}
	for _, name := range silentlyIgnored(r.Driver) {
		r.Findings = append(r.Findings, reports.Finding{Name: name, Text: fmt.Sprintf(
			"%s %s silently ignores %s: no error, no warning", info.Driver, info.Version, name)})
	}
	return r
}

func backend(i server.Info) reports.Backend {
	return reports.Backend{Name: i.Name, Version: i.Version, Image: i.Image, Digest: i.Digest, Path: i.Path, URI: i.URI}
}

func (s *Session) reportCase(result Result) reports.Case {
	c := result.Case
	row := c.Scenario
	name, _, _ := strings.Cut(row.ID, "@")
	out := reports.Case{
		ID:              c.ID,
		Area:            cases.Area(c.ID),
		Name:            name,
		Variant:         c.Variant,
		Mode:            string(c.Mode),
		Release:         c.Release,
		Says:            row.Says,
		Because:         row.Because,
		Subject:         row.Subject.String(),
		Twin:            c.Twin,
		Expectation:     row.Expect.Sentence(),
		Expects:         row.Expect.Data(),
		Verdict:         string(result.Verdict.Kind),
		Reason:          result.Verdict.Reason,
		Why:             result.Verdict.Why,
		DerivedDisabled: c.Derived,
		Repeat:          string(result.Verdict.Repeat),
		Afresh:          string(result.Verdict.Afresh),
		Outdated:        result.Verdict.Listed,
		Replay:          s.options.replay(c),
	}
	if of, ok := mongod.ReleaseOf(cmp.Or(c.Release, s.options.Imitate)); ok && s.options.Backend == reports.Embedded {
		served := of
		if c.Release == "" {
			served = of.AtLeast(row.Since())
		}
		if out.Inferred = served.Inferred; served.Series != of.Series {
			out.Release = served.Series
		}
	}
	for _, claim := range row.Claims {
		out.Claims = append(out.Claims, string(claim))
	}
	if k := result.Known; k != nil && result.Verdict.Kind == evidence.Known {
		out.Known, out.KnownFile = fmt.Sprintf("%s (%s)", k.Because, k.See), k.File
		if slices.Contains(k.Instead, out.Reason) && len(k.Instead) > 1 {
			out.Either = k.Instead
		}
	}
	for _, a := range result.Attempts {
		a.Request.ID, a.Answer.ID = "", "" // the case has it
		out.Attempts = append(
			out.Attempts,
			reports.Attempt{Request: a.Request, Answer: a.Answer, Server: a.Seen, Fault: a.Fault,
				Certificates: reports.Certificates{Server: certificate.Described(a.Server),
					Client: certificate.Described(a.Client)}},
		)
	}
	return out
}

// evidence is a result as text, for a test's log. None of the user's secrets is in it.
func (s *Session) evidence(r Result) string {
	text := reports.HideSecrets(reports.Evidence(s.reportCase(r)))
	if external, ok := s.engine.Attempts.Backend.(*server.External); ok {
		text = reports.Without(text, external.Secrets())
	}
	return text
}

// replay is the command that runs a case again.
func (o Options) replay(c harness.Case) string {
	command := fmt.Sprintf("%s run --run '%s' --seed %d -v --keep", program.Name(), c.ID, o.Seed)
	for _, flag := range []struct{ name, value, otherwise string }{
		{"driver", o.Driver, registry.Usual}, {"backend", o.Backend, reports.Embedded}, {"image", o.Image, ""},
		{"imitate", o.Imitate, ""}, {"mongod", o.Mongod, ""},
		{"uri", reports.MaskURI(o.URI), ""}, {"ca", o.CA, ""}, {"cert", o.Cert, ""}, {"known", o.Known, ""},
	} {
		if flag.value != flag.otherwise {
			command += fmt.Sprintf(" --%s '%s'", flag.name, flag.value)
		}
	}
	if len(o.Releases) > 0 {
		command += " --release " + strings.Join(o.Releases, ",")
	}
	if c.Scenario.Slow != "" {
		command += " --slow"
	}
	if o.NoBuiltinKnown {
		command += " --no-builtin-known"
	}
	return command
}

// lacks are the options and the abilities that are not there, in one map.
func lacks(info evidence.Info) map[string]string {
	all := map[string]string{}
	for option, instead := range info.Lacks {
		all[option.String()] = string(instead)
	}
	for ability, instead := range info.Cannot {
		all[string(ability)] = string(instead)
	}
	return all
}

// silentlyIgnored are the options that a driver neither has nor refuses: a finding of its own.
func silentlyIgnored(r reports.Driver) []string {
	var names []string
	for name, instead := range r.Lacks {
		if instead == string(evidence.Ignores) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
