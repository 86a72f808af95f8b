package scenarios_test

import (
	"fmt"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

// Check refuses a row that says less than it means to.
func ExampleCheck() {
	row := scenarios.Scenario{
		ID: "name/of-ours", Says: "Our clients look at the name.", Because: "our runbook, TLS",
		Expect: scenarios.Refuses(evidence.NameMismatch),
	}
	fmt.Println(scenarios.Check([]scenarios.Scenario{row}))
	// Output: name/of-ours: a row that expects no connection needs a twin that does
}
