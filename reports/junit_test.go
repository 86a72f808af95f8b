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
	"github.com/mongotls/mongotls/reports/internal/schema"
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
			require.Equal(t, "go v2.9.3 (go1.26.0 linux/amd64, crypto/tls) against embedded 4.4.5."+s.Name, c.Classname)
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

		"interrupted":                          "error exit code 130",
		"known failure ocsp/crl does not hold": "failure exit code 1",
		"fault of the harness":                 "error exit code 3",
	}, seen)
}

// Whatever a driver or server says, the file is well-formed XML of characters that XML 1.0 allows.
func TestJUnitHostileText(t *testing.T) {
	for _, hostile := range []string{
		"\x00\x01\x1f", "]]>", "]]]]>>", "<script>alert('x')</script>", "&amp;&#0;", "\xff\xfe", "\ufffe\uffff", "a\r\nb",
		"<!--", "<![CDATA[",
	} {
		r := form.MapTexts(sample.Report(), func(s string) string { return s })
		for i := range r.Cases {
			c := &r.Cases[i]
			for _, field := range []*string{&c.ID, &c.Area, (*string)(&c.Reason), &c.Why, &c.Known, &c.Says, &c.Replay} {
				*field += hostile
			}
		}
		r.Driver.Version, r.Faults[0] = hostile, hostile
		out := asJUnit(t, r)
		require.NoError(t, schema.CheckJUnit(out))
		require.True(t, utf8.Valid(out))
		require.Equal(
			t,
			-1,
			strings.IndexFunc(
				string(out),
				func(r rune) bool { return r < 0x20 && !strings.ContainsRune("\t\n\r", r) || r == 0xFFFE || r == 0xFFFF },
			),
		)
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

// The file is valid for whoever reads it, whatever is missing in the report.
func TestJUnitIsValid(t *testing.T) {
	for name, r := range map[string]reports.Report{
		"sample": sample.Report(), "stable": sample.Report().Stable(), "nothing": {},
	} {
		require.NoError(t, schema.CheckJUnit(asJUnit(t, r)), name)
	}
}

// No two runs of a driver in other versions, of other builds or against other servers have a test in common.
func TestJUnitDoesNotCollide(t *testing.T) {
	seen := map[string]string{}
	for name, change := range map[string]func(*reports.Report){
		"sample":  func(*reports.Report) {},
		"version": func(r *reports.Report) { r.Driver.Version = "v2.8.2" },
		"build":   func(r *reports.Report) { r.Driver.Build = "go1.25.0 linux/amd64" },
		"TLS":     func(r *reports.Report) { r.Driver.TLS = "BoringSSL" },
		"backend": func(r *reports.Report) { r.Backend.Name = "container" },
		"server":  func(r *reports.Report) { r.Backend.Version = "8.0.1" },
	} {
		r := sample.Report()
		change(&r)
		var got junit.Testsuites
		require.NoError(t, xml.Unmarshal(asJUnit(t, r), &got))
		for _, s := range got.Suites {
			require.Equal(t, "2026-01-02T03:04:05", s.Timestamp)
			for _, c := range s.Testcases {
				id := c.Classname + " " + c.Name
				require.Empty(t, seen[id], "%s, in %s too", id, name)
				seen[id] = name
			}
		}
	}
}
