package reports_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
)

// What comes of a further run tells chance from what a client left behind, as far as both were tried.
func TestAgain(t *testing.T) {
	for _, row := range []struct{ repeat, afresh, says string }{
		{"", "", ""},
		{reports.Conforms, "", "it conforms when it runs again: it is chance, or the machine was busy"},
		{reports.Violates, "", "it violates"},
		{reports.Violates, reports.Conforms,
			"it violates, but conforms in a new process of the driver: an earlier client left something behind",
		},
		{reports.Violates, reports.Violates, "it violates, and does so in a new process of the driver, too"},
		{"", reports.Conforms,
			"it conforms in a new process of the driver: an earlier client left something behind, or it is chance",
		},
	} {
		require.Equal(t, row.says, reports.Case{Repeat: row.repeat, Afresh: row.afresh}.Again())
	}
}
