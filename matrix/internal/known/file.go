package known

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v3"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/reports/form"
)

// A written entry is one as it stands in a file: with one pattern or several.
type written struct {
	patterns []string
	instead  []string
	Entry
	lines map[string]int // of its fields
}

// fields are those of an entry, in the order in which they are written: a text, or one text or several.
var fields = []struct {
	name     string
	required bool
	text     func(*written) *string
	texts    func(*written) *[]string
}{
	{name: "case", required: true, texts: func(w *written) *[]string { return &w.patterns }},
	{name: "driver", required: true, text: func(w *written) *string { return &w.Driver }},
	{name: "from", text: func(w *written) *string { return &w.From }},
	{name: "before", text: func(w *written) *string { return &w.Before }},
	{name: "build", texts: func(w *written) *[]string { return &w.Build }},
	{name: "backend", text: func(w *written) *string { return &w.Backend }},
	{name: "instead", required: true, texts: func(w *written) *[]string { return &w.instead }},
	{name: "because", required: true, text: func(w *written) *string { return &w.Because }},
	{name: "see", required: true, text: func(w *written) *string { return &w.See }},
	{name: "reported", text: func(w *written) *string { return &w.Report }},
	{name: "until", text: func(w *written) *string { return &w.Until }},
}

// A misfit is what is wrong with one field.
type misfit struct{ field, text string }

func (m misfit) Error() string { return m.field + ": " + m.text }

// parse reads a file. Its errors begin with the line.
func parse(content []byte) ([]Entry, error) {
	var doc, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, unreadable(err)
	}
	switch err := decoder.Decode(&more); {
	case err == nil:
		return nil, fmt.Errorf("line %d: a second document begins here: write one list", more.Line)
	case !errors.Is(err, io.EOF):
		return nil, unreadable(err)
	}
	list := resolved(doc.Content[0])
	switch {
	case list.Tag == "!!null":
		return nil, nil
	case list.Kind != yaml.SequenceNode:
		return nil, fmt.Errorf("line %d: this is no list of entries: begin each with a dash", list.Line)
	}
	var entries []Entry
	for i, node := range list.Content {
		w, err := readEntry(resolved(node))
		if err != nil {
			return nil, err
		}
		w.Number, w.Line = i+1, node.Line
		for _, pattern := range w.patterns {
			k := w.Entry
			k.Case = pattern
			entries = append(entries, k)
		}
	}
	return entries, nil
}

// unreadable is an error of the YAML parser in one line, which names the line of the file.
func unreadable(err error) error {
	text := strings.TrimPrefix(strings.Join(strings.Fields(err.Error()), " "), "yaml: ")
	if !strings.HasPrefix(text, "line ") {
		text = "line 1: " + text
	}
	return errors.New(text + "; this is no YAML")
}

// resolved is what an alias stands for.
func resolved(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

func readEntry(node *yaml.Node) (written, error) {
	w := written{lines: map[string]int{}}
	if node.Kind != yaml.MappingNode {
		return w, fmt.Errorf("line %d: an entry has fields: case, driver, instead, because, see", node.Line)
	}
	for i := 0; i < len(node.Content); i += 2 {
		key, value := node.Content[i], resolved(node.Content[i+1])
		at := func(format string, args ...any) error {
			return fmt.Errorf("line %d: field %s: %s", key.Line, key.Value, fmt.Sprintf(format, args...))
		}
		if w.lines[key.Value] != 0 {
			return w, at("it stands in line %d already", w.lines[key.Value])
		}
		w.lines[key.Value] = key.Line
		if err := w.set(key.Value, value); err != nil {
			return w, at("%v", err)
		}
	}
	var wrong misfit
	if errors.As(w.check(), &wrong) {
		return w, fmt.Errorf("line %d: field %w", cmp.Or(w.lines[wrong.field], node.Line), wrong)
	}
	return w, nil
}

// set gives a field its value.
func (w *written) set(name string, value *yaml.Node) error {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
		if f.name != name {
			continue
		}
		texts := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode && f.texts != nil {
			texts = value.Content
		}
		for _, node := range texts {
			if node = resolved(node); node.Tag == "!!null" {
				node.Value = ""
			}
			switch {
			case node.Kind != yaml.ScalarNode && f.texts != nil:
				return errors.New("it takes a text, or a list of texts")
			case node.Kind != yaml.ScalarNode:
				return errors.New("it takes a text")
			case f.texts != nil:
				*f.texts(w) = append(*f.texts(w), node.Value)
			default:
				*f.text(w) = node.Value
			}
		}
		return nil
	}
	return fmt.Errorf("no entry has it%s; there are %s", usage.Meant(name, names), strings.Join(names, ", "))
}

// check says what is wrong with an entry, as a misfit, and completes it.
func (w *written) check() error {
	for _, f := range fields {
		missing := f.required && f.text != nil && *f.text(w) == ""
		if f.required && f.texts != nil {
			missing = len(*f.texts(w)) == 0 || slices.Contains(*f.texts(w), "")
		}
		if missing {
			return misfit{f.name, "it is missing"}
		}
	}
	w.Instead = nil
	for _, text := range w.instead {
		r := evidence.Reason(text)
		if r == Conforms && len(w.instead) == 1 {
			return misfit{"instead", fmt.Sprintf("%q alone is no failure: write what happens instead, too", r)}
		}
		if r != Connects && r != Conforms && !slices.Contains(evidence.Reasons, r) {
			words := []string{string(Connects), string(Conforms)}
			for _, r := range evidence.Reasons {
				words = append(words, string(r))
			}
			meant := usage.Meant(text, words)
			return misfit{"instead", fmt.Sprintf("%q is neither a reason nor %q%s", text, Connects, meant)}
		}
		w.Instead = append(w.Instead, r)
	}
	for _, pattern := range w.patterns {
		if !doublestar.ValidatePattern(pattern) {
			return misfit{"case", fmt.Sprintf("the pattern %q is malformed", pattern)}
		}
	}
	if err := checkDriver(w.Driver); err != nil {
		return misfit{"driver", err.Error()}
	}
	for _, text := range w.Build {
		if err := checkComponent(w.Driver, text); err != nil {
			return misfit{"build", err.Error()}
		}
	}
	for _, f := range []struct{ name, version string }{{"from", w.From}, {"before", w.Before}} {
		if f.version != "" && versions.Canonical(f.version) == "" {
			return misfit{f.name, fmt.Sprintf("%q is not a version like v2.9.3 or 6.20.0", f.version)}
		}
	}
	if w.From != "" && w.Before != "" && versions.Compare(w.From, w.Before) >= 0 {
		return misfit{"before", fmt.Sprintf("no version is from %s and before %s", w.From, w.Before)}
	}
	if _, err := time.Parse(time.DateOnly, w.Until); w.Until != "" && err != nil {
		return misfit{"until", fmt.Sprintf("%q is not a day like 2027-01-31", w.Until)}
	}
	return nil
}

// Add appends an entry to a file, which need not be there yet, and leaves what stands in it as it is. It refuses what
// Load would refuse.
func Add(path string, k Entry, t *cases.Table) error {
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usage.Errorf("known failures, %s: %v", path, form.Cause(err))
	}
	if _, err := read(path, content, t); err != nil {
		return err
	}
	added, err := render(k)
	if err != nil {
		return err
	}
	if len(content) > 0 && !bytes.HasSuffix(content, []byte("\n")) {
		content = append(content, '\n')
	}
	if len(bytes.TrimSpace(content)) > 0 {
		content = append(content, '\n')
	}
	content = append(content, added...)
	if _, err := read(path, content, t); err != nil {
		return fmt.Errorf("the entry cannot be added: %w", err)
	}
	write := func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}
	if err := form.Save(filepath.Dir(path), form.File{Name: filepath.Base(path), Write: write}); err != nil {
		return usage.Errorf("known failures, %s: it cannot be written: %v", path, errors.Unwrap(err))
	}
	return nil
}

// render is an entry as it is written: a list of one, fields in their order, those without a value left out.
func render(k Entry) ([]byte, error) {
	w := written{patterns: []string{k.Case}, Entry: k}
	for _, r := range k.Instead {
		w.instead = append(w.instead, string(r))
	}
	scalar := func(text string) *yaml.Node {
		node := &yaml.Node{}
		node.SetString(text)
		return node
	}
	entry := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range fields {
		var texts []string
		if f.texts != nil {
			texts = *f.texts(&w)
		} else if text := *f.text(&w); text != "" {
			texts = []string{text}
		}
		switch len(texts) {
		case 0:
		case 1:
			entry.Content = append(entry.Content, scalar(f.name), scalar(texts[0]))
		default:
			several := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
			for _, text := range texts {
				several.Content = append(several.Content, scalar(text))
			}
			entry.Content = append(entry.Content, scalar(f.name), several)
		}
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{entry}}); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}
