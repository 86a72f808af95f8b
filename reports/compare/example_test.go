package compare_test

import (
	"fmt"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/compare"
)

// Two reports of one driver say what an upgrade changes.
func ExampleReports() {
	report := func(version, verdict string) reports.Report {
		return reports.Report{
			Schema: reports.Schema, Driver: reports.Driver{Name: "go", Version: version},
			Cases: []reports.Case{{
				ID: "name/mismatch/requireTLS", Area: "name", Name: "name/mismatch", Mode: "requireTLS", Verdict: verdict,
				Says: "The driver refuses a server of another name.", Attempts: []reports.Attempt{{}},
			}},
		}
	}
	c := compare.Reports(report("v2.8.2", reports.Conforms), report("v2.9.3", reports.Violates))
	fmt.Println(c.Title())
	fmt.Println(c.Summary())
	// Output:
	// go v2.8.2 → v2.9.3
	// 1 regression
}
