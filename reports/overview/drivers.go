// Package overview lays many reports side by side: drivers and versions, and the runs of one version over time.
package overview

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/reports"
)

// Drivers lays the reports of many drivers and versions side by side.
type Drivers struct {
	Columns []Column
	Areas   []AreaRow
	Answers []AnswerRow
	Options []OptionRow
	// LeftOut are the files that were found and could not be read, a sentence each.
	LeftOut []string `json:",omitempty"`
}

// A Column is one driver in one version and build.
type Column struct {
	Driver  reports.Driver
	Title   string // name and version, and the build where two columns would have one title
	Backend reports.Backend
	Page    string `json:",omitempty"` // name of the page of its report, beside that of the overview
	Older   bool   `json:",omitempty"` // there is a newer version of the driver
	Counts  map[string]int
}

// An AreaRow counts the verdicts in an area, for each column.
type AreaRow struct {
	Area  string
	Cells []map[string]int
}

// An OptionRow is an option or ability that a driver lacks, with what each driver does about it; "" is that it has it.
type OptionRow struct {
	Name    string
	Instead []string
}

// NewDrivers lays reports side by side, in the order of names, the newest version first. Self-checks of the stand-in
// are left out, and so are files of which leftOut says why.
func NewDrivers(all []reports.Report, questions []Question, leftOut []string) Drivers {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b reports.Report) int {
		return cmp.Or(cmp.Compare(a.Driver.Name, b.Driver.Name), versions.Compare(b.Driver.Version, a.Driver.Version),
			cmp.Compare(a.Driver.Build, b.Driver.Build))
	})
	d := Drivers{LeftOut: leftOut}
	var areas, order, lacks []string
	newest := map[string]string{} // name -> version
	for _, r := range all {
		if newest[r.Driver.Name] == "" {
			newest[r.Driver.Name] = r.Driver.Version
		}
		d.Columns = append(
			d.Columns,
			Column{Driver: r.Driver, Title: title(r, all), Backend: r.Backend, Counts: reports.Count(r.Counted()),
				Older: r.Driver.Version != newest[r.Driver.Name]},
		)
		areas, order = append(areas, r.Grid().Areas...), append(order, r.Areas...)
		for name := range r.Driver.Lacks {
			lacks = append(lacks, name)
		}
	}
	for _, area := range reports.Arranged(areas, order) {
		row := AreaRow{Area: area}
		for _, r := range all {
			row.Cells = append(
				row.Cells,
				reports.Count(slices.DeleteFunc(r.Counted(), func(c reports.Case) bool { return c.Area != area })),
			)
		}
		d.Areas = append(d.Areas, row)
	}
	for _, q := range questions {
		row := AnswerRow{Question: q}
		for _, r := range all {
			row.Answers = append(row.Answers, q.answer(r))
		}
		d.Answers = append(d.Answers, row)
	}
	for _, name := range reports.Arranged(lacks, nil) {
		row := OptionRow{Name: name}
		for _, r := range all {
			row.Instead = append(row.Instead, r.Driver.Lacks[name])
		}
		d.Options = append(d.Options, row)
	}
	return d
}

// title tells a report from the others: where these have the same driver and version, by a component that only its
// driver runs on, or has in this version; of one that names no components, by its build.
func title(r reports.Report, all []reports.Report) string {
	text := r.Driver.Name + " " + r.Driver.Version
	var others []reports.Driver
	for _, other := range all {
		d := other.Driver
		if d.Name == r.Driver.Name && d.Version == r.Driver.Version && d.Build != r.Driver.Build {
			others = append(others, d)
		}
	}
	if own := only(r.Driver, others); own != "" {
		text += " (" + own + ")"
	}
	return text
}

// only is what a driver runs on and others do not, "" for nothing.
func only(d reports.Driver, others []reports.Driver) string {
	switch {
	case len(others) == 0:
		return ""
	case len(d.Components) == 0:
		return d.Build
	}
	for _, word := range []func(evidence.Component) string{
		func(c evidence.Component) string { return c.Name },
		func(c evidence.Component) string { return c.Name + " " + c.Version },
	} {
		for _, c := range d.Components {
			has := func(o reports.Driver) bool {
				return slices.ContainsFunc(o.Components, func(of evidence.Component) bool { return word(of) == word(c) })
			}
			if !slices.ContainsFunc(others, has) {
				return word(c)
			}
		}
	}
	return ""
}

// SilentlyIgnored are the options that a column's driver ignores without a word.
func (d Drivers) SilentlyIgnored(column int) []string {
	var names []string
	for _, o := range d.Options {
		if o.Instead[column] == string(evidence.Ignores) {
			names = append(names, o.Name)
		}
	}
	return names
}

// InWords is who does what a question asks, who does not, and who does not have it: one sentence.
func (d Drivers) InWords(row AnswerRow) string {
	var parts []string
	for _, says := range []Says{Yes, No, Differs, Lacking} {
		var hows []string
		who := map[string][]string{}
		for i, a := range row.Answers {
			if a.Says != says {
				continue
			}
			if who[a.How] == nil {
				hows = append(hows, a.How)
			}
			who[a.How] = append(who[a.How], d.Columns[i].Title)
		}
		slices.SortStableFunc(
			hows,
			func(a, b string) int { return min(len(a), 1) - min(len(b), 1) },
		) // those with nothing to add first
		for i, how := range hows {
			part := strings.Join(who[how], ", ")
			if how != "" {
				part += " (" + how + ")"
			}
			if i == 0 {
				part = string(says) + ": " + part
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}
