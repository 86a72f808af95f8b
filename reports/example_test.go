package reports_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/mongotls/mongotls/reports"
)

// The exit code, the headline and the reasons of a run come from one function, whatever writes them.
func ExampleOutcome() {
	report, err := reports.Load(strings.NewReader(`{
		"Schema": 1, "Tool": {"Name": "mongotls", "Version": "v1.0.0"}, "Seed": 1,
		"Driver": {"Name": "go", "Version": "v2.9.3"}, "Backend": {"Name": "embedded"}, "Selection": {},
		"LeftOut": ["h2.example.com:27017 was not dialled"]
	}`))
	if err != nil {
		log.Fatal(err)
	}
	end := reports.Outcome(report)
	fmt.Println(end.Code, end.Headline)
	// Output: 3 1 thing not looked at, nothing was run
}
