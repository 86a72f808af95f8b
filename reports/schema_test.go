package reports_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	generate "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

// published is the JSON Schema of the report, for whoever reads reports without this package.
const published = "../docs/report.schema.json"

// The published schema is that of the types, with their comments.
func TestSchema(t *testing.T) {
	r := generate.Reflector{Anonymous: true, AllowAdditionalProperties: true, Namer: func(t reflect.Type) string {
		if t == reflect.TypeFor[evidence.Seen]() {
			return "Server" // as the field that holds it
		}
		return t.Name()
	}}
	require.NoError(t, r.AddGoComments("github.com/mongotls/mongotls/reports", "."))
	require.NoError(t, r.AddGoComments("github.com/mongotls/mongotls/reports", "../harness/evidence"))
	schema := r.Reflect(&reports.Report{})
	schema.Title, schema.Description = "Report of mongotls", "The result of a run, as data: report.json, version 1."
	enum := func(def, field string, values ...string) {
		p, ok := schema.Definitions[def].Properties.Get(field)
		require.True(t, ok, "%s.%s", def, field)
		for _, v := range values {
			p.Enum = append(p.Enum, v)
		}
	}
	version, ok := schema.Definitions["Report"].Properties.Get("Schema")
	require.True(t, ok)
	version.Const = reports.Schema
	enum("Case", "Verdict", reports.Verdicts...)
	enum("Case", "Mode", reports.Modes...)
	enum("Case", "Subject", reports.SubjectDriver, reports.SubjectServer)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(schema))
	sample.Golden(t, "../"+published, b.Bytes())
}

// Reports of version 1 that were written once can be read for ever: they satisfy today's schema, nothing of them is
// lost, and every writer takes them.
func TestSamplesOfVersion1(t *testing.T) {
	schema, err := validate.NewCompiler().Compile(published)
	require.NoError(t, err)
	samples, err := filepath.Glob("testdata/v1/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, samples)
	for _, path := range samples {
		t.Run(filepath.Base(path), func(t *testing.T) {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			data, err := validate.UnmarshalJSON(bytes.NewReader(content))
			require.NoError(t, err)
			require.NoError(t, schema.Validate(data))
			r, err := reports.LoadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(content), string(written(t, r)))
			for name, write := range map[string]func(io.Writer, reports.Report) error{
				"HTML": reports.WriteHTML, "Markdown": reports.WriteMarkdown, "JUnit": reports.WriteJUnit,
			} {
				require.NoError(t, write(io.Discard, r), name)
			}
		})
	}
}

// The schema only grows: what stood in the first published one still does, a list may have got more values, and
// nothing new is demanded.
func TestSchemaOnlyGrows(t *testing.T) {
	type object struct {
		Properties map[string]map[string]any
		Required   []string
	}
	read := func(path string) (s struct {
		Defs map[string]object `json:"$defs"`
	}) {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(content, &s))
		require.NotEmpty(t, s.Defs)
		return s
	}
	first, now := read("testdata/v1/report.schema"), read(published)
	for name, was := range first.Defs {
		is := now.Defs[name]
		require.ElementsMatch(t, was.Required, is.Required, name)
		for field, property := range was.Properties {
			delete(property, "description")
			delete(is.Properties[field], "description")
			if values, closed := property["enum"]; closed {
				require.Subset(t, is.Properties[field]["enum"], values, "%s.%s", name, field)
				property["enum"] = is.Properties[field]["enum"]
			}
			require.Equal(t, property, is.Properties[field], "%s.%s", name, field)
		}
	}
}

// A schema that takes everything would show nothing.
func TestSchemaRefuses(t *testing.T) {
	schema, err := validate.NewCompiler().Compile(published)
	require.NoError(t, err)
	good := string(written(t, sample.Report()))
	for old, wrong := range map[string]string{
		`"Schema": 1`:           `"Schema": 2`,
		`"Verdict": "conforms"`: `"Verdict": "fine"`,
		`"OK": true`:            `"OK": "yes"`,
		`"Tool"`:                `"Instrument"`,
	} {
		require.True(t, strings.Contains(good, old), old)
		data, err := validate.UnmarshalJSON(strings.NewReader(strings.Replace(good, old, wrong, 1)))
		require.NoError(t, err)
		require.Error(t, schema.Validate(data), wrong)
	}
}
