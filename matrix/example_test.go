package matrix_test

import (
	"context"
	"fmt"
	"log"
	"testing"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/matrix"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/scenarios"
)

// In a _test.go, each case is a subtest of its id.
func ExampleTest() {
	_ = func(t *testing.T) {
		matrix.Test(t, matrix.Options{Driver: "go@../go.mod", Run: []string{"trust", "name"}})
	}
}

// A program of its own runs a part of the matrix, and reads what came of it.
func Example() {
	ctx := context.Background()
	session, err := matrix.Open(ctx, matrix.Options{Run: []string{"name/mismatch/requireTLS"}})
	if err != nil {
		log.Fatal(err)
	}
	report := session.Run(ctx, func(matrix.Result) {})
	if err := session.Close(); err != nil {
		log.Fatal(err)
	}
	for _, c := range report.Cases {
		fmt.Printf("%s %s %q\n", c.ID, c.Verdict, c.Reason)
	}
	fmt.Println(reports.Outcome(report).Headline)
	// Output:
	// name/dns-san/requireTLS conforms ""
	// name/mismatch/requireTLS conforms "name-mismatch"
	// as expected
}

// Rows of one's own are checked, and run as those of the table are.
func ExampleOptions_scenarios() {
	ctx := context.Background()
	good := scenarios.Scenario{
		ID: "trust/of-ours", Says: "Our clients trust our authority.", Because: "our runbook, TLS",
		Client: scenarios.Client{Options: "tls=true&tlsCAFile={ca}"}, Expect: scenarios.Connects(),
	}
	expired := good
	expired.ID, expired.Says = "trust/of-ours-expired", "Our clients refuse an expired certificate."
	expired.Server.Leaf.NotAfter = -time.Hour
	expired.Expect, expired.Twin = scenarios.Refuses(evidence.Expired), good.ID
	session, err := matrix.Open(ctx, matrix.Options{
		Scenarios: []scenarios.Scenario{good, expired}, Modes: []string{"requireTLS"}, NoBuiltinKnown: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	report := session.Run(ctx, func(matrix.Result) {})
	if err := session.Close(); err != nil {
		log.Fatal(err)
	}
	for _, c := range report.Cases {
		fmt.Println(c.ID, c.Verdict)
	}
	// Output:
	// trust/of-ours-expired/requireTLS conforms
	// trust/of-ours/requireTLS conforms
}
