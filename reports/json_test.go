package reports_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

func written(t *testing.T, r reports.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, reports.Write(&b, r))
	return b.Bytes()
}

func TestWriteGolden(t *testing.T) { sample.Golden(t, "report.golden", written(t, sample.Report())) }

func TestWriteLeavesItsArgument(t *testing.T) {
	r := sample.Report()
	written(t, r)
	asJUnit(t, r)
	asMarkdown(t, r)
	asAnnotations(t, r)
	require.Equal(t, sample.Report(), r)
}

// What is written can be loaded, and nothing but the order of cases and the secrets is lost.
func TestRoundTrip(t *testing.T) {
	got, err := reports.Load(bytes.NewReader(written(t, sample.Report())))
	require.NoError(t, err)
	want := sample.Report().WithoutSecrets()
	slices.SortFunc(want.Cases, func(a, b reports.Case) int { return strings.Compare(a.ID, b.ID) })
	require.Equal(t, want, got)
}

func TestLoadSaysWhatAndWhere(t *testing.T) {
	good := string(written(t, sample.Report()))
	replaced := func(old, other string) string {
		require.Contains(t, good, old)
		return strings.Replace(good, old, other, 1)
	}
	for name, c := range map[string]struct{ in, want string }{
		"empty": {"", "line 1: the report is empty"},
		"blank": {" \n", "line 1: the report is empty"},
		"not JSON": {
			"{\n  \"Schema\": 1,\n  nonsense",
			"line 3 (byte 19): not JSON: invalid character 'n' looking for beginning of object key string",
		},
		"XML":           {"<a/>", "line 1 (byte 0): not JSON: invalid character '<' looking for beginning of value"},
		"cut off":       {"{\n\"Schema\": 1", "line 2 (byte 13): the report is cut off"},
		"array":         {"[]", "line 1 (byte 0): a report is an object, this is an array"},
		"null":          {"null", "no field Schema: this is no report of mongotls"},
		"no version":    {"{}", "no field Schema: this is no report of mongotls"},
		"newer version": {`{"Schema": 3, "Novel": 1}`, "field Schema: version 3 is unknown, this program reads version 1"},
		"odd version":   {`{"Schema": "x"}`, "line 1 (byte 13): field Schema holds a string instead of a whole number"},
		"trailing":      {good + "\n{}", "data follow the end of the report"},
		"unknown field": {
			replaced(`  "Seed"`, "  \"Novel\": 1,\n  \"Seed\""), `line 9 (byte 143): field "Novel" is unknown`,
		},
		"misplaced": {
			replaced(`  "Seed"`, "  \"Verdict\": 1,\n  \"Seed\""), `field "Verdict" is unknown where it stands`,
		},
		"text as number": {
			replaced(`"DurationMS": 1234`, `"DurationMS": "1 s"`), "field DurationMS holds a string instead of a whole number",
		},
		"negative seed": {
			replaced(`"Seed": 9`, `"Seed": -9`),
			"field Seed holds a number -9223372036854775809 instead of a whole number of 64 bits that is not negative",
		},
		"deep": {
			replaced(`"ElapsedMS": 12,`, `"ElapsedMS": [],`),
			"field Cases.Attempts.Answer.ElapsedMS holds an array instead of a whole number",
		},
		"invalid": {
			replaced(`"Verdict": "conforms"`, `"Verdict": "fine"`),
			`case "name/create-user/requireTLS": verdict "fine" is unknown`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := reports.Load(strings.NewReader(c.in))
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestLoadFileStartsWithThePath(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	_, err := reports.LoadFile(path)
	require.EqualError(t, err, path+": no such file or directory")
	_, err = reports.LoadFile(dir)
	require.EqualError(t, err, dir+": is a directory")
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	_, err = reports.LoadFile(path)
	require.EqualError(t, err, path+": line 1 (byte 1): the report is cut off")
	require.NoError(t, os.WriteFile(path, written(t, sample.Report()), 0o600))
	_, err = reports.LoadFile(path)
	require.NoError(t, err)
}

// Load never panics: it fails with one sentence, or returns a valid report that survives writing.
func FuzzLoad(f *testing.F) {
	f.Add(
		[]byte(
			`{"Schema":1,"Tool":{"Name":"mongotls","Version":"v0"},"Started":"2026-01-02T03:04:05Z","Seed":7,"Driver":{"Name":"go","Version":"v2","Lacks":{"x":"y"}}}`,
		),
	)
	f.Add([]byte(`{"Schema":1,"Cases":[{"ID":"a","Verdict":"known","Subject":"driver","Attempts":[{}]}]}`))
	f.Add([]byte(`{"Schema":1}{`))
	f.Add([]byte(`{"schema":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := reports.Load(bytes.NewReader(data))
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.NoError(t, reports.Validate(r))
		once := written(t, r)
		again, err := reports.Load(bytes.NewReader(once))
		require.NoError(t, err)
		require.Equal(t, string(once), string(written(t, again)))
	})
}
