package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"github.com/mongotls/mongotls/reports/form"
)

// Write writes r as indented JSON, cases ordered by id. Equal reports are equal byte for byte.
func Write(w io.Writer, r Report) error {
	r = r.WithoutSecrets()
	sortCases(r.Cases)
	return form.WriteJSON(w, r)
}

// ErrNoReport is the error of Load for JSON that is something else.
var ErrNoReport = errors.New("no field Schema: this is no report of mongotls")

// ErrTrial is the error of Load for what a try wrote.
var ErrTrial = errors.New("this is a try, not the report of a run: `mongotls report` shows it, and nothing compares " +
	"it")

// LoadFile loads the report in a file. The error starts with the path.
func LoadFile(path string) (Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", path, form.Cause(err))
	}
	defer f.Close()
	r, err := Load(f)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// LoadEach loads a report, or every report below a directory, one at a time. Files in it named *.json that are no
// reports, with ErrNoReport, or cannot be read are left out. The error starts with the path.
func LoadEach(path string, do func(path string, r Report), leave func(error)) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("%s: no such file or directory", path)
	case !info.IsDir():
		r, err := LoadFile(path)
		if err != nil {
			return err
		}
		do(path, r)
		return nil
	}
	found := false
	err = filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		r, err := LoadFile(path)
		if err != nil {
			leave(err)
			return nil
		}
		found = true
		do(path, r)
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: there is no report in it", path)
	}
	return err
}

// Load reads a report that Write wrote, and validates it. The error is one sentence that says what is wrong and where.
func Load(in io.Reader) (Report, error) {
	data, err := io.ReadAll(in)
	if err != nil {
		return Report{}, form.Cause(err)
	}
	// The version first: another one explains every other difference.
	var version struct {
		Schema *int
		Worlds json.RawMessage // of a try
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&version); err != nil {
		return Report{}, explain(data, err)
	}
	switch {
	case version.Schema == nil:
		return Report{}, ErrNoReport
	case version.Worlds != nil:
		return Report{}, ErrTrial
	case *version.Schema != Schema:
		return Report{}, fmt.Errorf(
			"field Schema: version %d is unknown, this program reads version %d", *version.Schema, Schema,
		)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var r Report
	if err := dec.Decode(&r); err != nil {
		return Report{}, explain(data, err)
	}
	end := int(dec.InputOffset())
	if rest := bytes.TrimLeft(data[end:], " \t\r\n"); len(rest) > 0 {
		return Report{}, fmt.Errorf("%s: data follow the end of the report", place(data, len(data)-len(rest)))
	}
	if err := Validate(r); err != nil {
		return Report{}, err
	}
	return r, nil
}

// explain turns an error of encoding/json into a sentence with its place.
func explain(data []byte, err error) error {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	unknown, isUnknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("line 1: the report is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: the report is cut off", place(data, len(data)))
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: not JSON: %w", place(data, int(syntax.Offset)-1), syntax)
	case errors.As(err, &mismatch) && mismatch.Field == "":
		return fmt.Errorf(
			"%s: a report is an object, this is %s", place(data, int(mismatch.Offset)-1), article(mismatch.Value),
		)
	case errors.As(err, &mismatch):
		return fmt.Errorf("%s: field %s holds %s instead of %s", place(data, int(mismatch.Offset)-1), mismatch.Field,
			article(mismatch.Value), kind(mismatch.Type))
	case isUnknown:
		// The decoder does not say where; a name that stands only once in the file does.
		name := regexp.MustCompile(regexp.QuoteMeta(unknown) + `\s*:`)
		if at := name.FindAllIndex(data, 2); len(at) == 1 {
			return fmt.Errorf(
				"%s: field %s is unknown: a newer mongotls wrote this report, or it was changed",
				place(data, at[0][0]), unknown,
			)
		}
		return fmt.Errorf(
			"field %s is unknown where it stands: a newer mongotls wrote this report, or it was changed", unknown,
		)
	}
	return err
}

func place(data []byte, offset int) string {
	offset = max(0, min(offset, len(data)))
	return fmt.Sprintf("line %d (byte %d)", 1+bytes.Count(data[:offset], []byte("\n")), offset)
}

func article(value string) string {
	if strings.HasPrefix(value, "a") || strings.HasPrefix(value, "o") {
		return "an " + value
	}
	return "a " + value
}

func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a bool"
	case reflect.Slice:
		return "an array"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	case reflect.Uint64:
		return "a whole number of 64 bits that is not negative"
	}
	return "a whole number"
}
