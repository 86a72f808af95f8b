package reports_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jstemmer/go-junit-report/v2/junit"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

func asJUnit(t *testing.T, r reports.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, reports.WriteJUnit(&b, r))
	return b.Bytes()
}

func TestJUnitGolden(t *testing.T) { sample.Golden(t, "junit.golden", asJUnit(t, sample.Report())) }

// A reader of JUnit that knows nothing of us sees the verdicts.
func TestJUnitVerdicts(t *testing.T) {
	var got junit.Testsuites
	require.NoError(t, xml.Unmarshal(asJUnit(t, sample.Report()), &got))
	seen := map[string]string{}
	for _, s := range got.Suites {
		require.Len(t, s.Testcases, s.Tests)
		for _, c := range s.Testcases {
			require.Equal(t, "go."+s.Name, c.Classname)
			switch {
			case c.Failure != nil:
				seen[c.Name] = "failure " + c.Failure.Type
			case c.Error != nil:
				seen[c.Name] = "error " + c.Error.Type
			case c.Skipped != nil:
				seen[c.Name] = "skipped " + c.Skipped.Message
			default:
				seen[c.Name] = "pass"
			}
		}
	}
	require.Equal(t, map[string]string{
		"name/create-user/requireTLS":   "pass",
		"name/ip-in-san/disabled":       "pass",
		"name/ip-in-san/requireTLS":     "pass",
		"name/ip-not-in-san/requireTLS": "failure server-refused",
		"name/wildcard/requireTLS":      "skipped wildcards are not matched (GODRIVER-1)",
		"ocsp/crl/preferTLS":            "skipped The driver refuses tlsCRLFile.",
		"ocsp/revoked/preferTLS":        "error inconclusive",
		"ocsp/soft-fail/preferTLS":      "pass",
		"ocsp/crl":                      "failure stale",
		"fault 1":                       "error harness",
	}, seen)
	require.Equal(t, []int{10, 2, 2, 2}, []int{got.Tests, got.Failures, got.Errors, got.Skipped})
}

// Whatever a driver or server says, the file is well-formed XML of characters that XML 1.0 allows.
func TestJUnitHostileText(t *testing.T) {
	for _, hostile := range []string{"\x00\x01\x1f", "]]>", "]]]]>>", "<script>alert('x')</script>", "&amp;&#0;", "\xff\xfe", "\ufffe\uffff", "a\r\nb", "<!--", "<![CDATA["} {
		r := form.MapTexts(sample.Report(), func(s string) string { return s })
		for i := range r.Cases {
			c := &r.Cases[i]
			for _, field := range []*string{&c.ID, &c.Area, (*string)(&c.Reason), &c.Why, &c.Known, &c.Says, &c.Replay} {
				*field += hostile
			}
		}
		r.Driver.Version, r.Faults[0] = hostile, hostile
		out := asJUnit(t, r)
		require.True(t, utf8.Valid(out))
		require.Equal(t, -1, strings.IndexFunc(string(out), func(r rune) bool { return r < 0x20 && !strings.ContainsRune("\t\n\r", r) || r == 0xFFFE || r == 0xFFFF }))
		dec := xml.NewDecoder(bytes.NewReader(out))
		for {
			tok, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			if start, ok := tok.(xml.StartElement); ok {
				require.NotEqual(t, "script", start.Name.Local)
			}
		}
	}
}
