package dependency

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/BurntSushi/toml"
	"github.com/tidwall/jsonc"
	"go.yaml.in/yaml/v3"
)

// A source is a file that is to be read.
type source struct {
	content   []byte // see text, but of formats that are no text
	ecosystem Ecosystem
	drivers   Packages
	importers func() []importer // for lock files that do not hold what the package.json files ask for
}

// A reader says what a source holds of drivers. With an error it may still return what it has read.
type reader func(source) ([]entry, error)

// generated is for texts that a program writes: one that does not end with a line end may be cut off. What stands there counts all
// the same.
func generated(read reader) reader {
	return func(s source) ([]entry, error) {
		all, err := read(s)
		if err == nil && !bytes.HasSuffix(s.content, []byte("\n")) {
			return all, errors.New("it does not end with a line end, so it may be cut off")
		}
		return all, err
	}
}

func (s source) named(name string) (entry, bool) { return s.drivers.named(s.ecosystem, name) }

// driver is named without what only brings a driver.
func (s source) driver(name string) (entry, bool) {
	e, ok := s.named(name)
	return e, ok && e.wraps == ""
}

// json decodes the whole content.
func (s source) json(into any) error {
	dec := json.NewDecoder(bytes.NewReader(s.content))
	if err := dec.Decode(into); err != nil {
		return plain(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something follows its end")
	}
	return nil
}

// jsonc decodes JSON with comments and trailing commas.
func (s source) jsonc(into any) error {
	s.content = jsonc.ToJSON(s.content)
	return s.json(into)
}

func (s source) toml(into any) error {
	if err := shallow(s.content); err != nil {
		return err
	}
	if _, err := toml.Decode(string(s.content), into); err != nil {
		return plain(err)
	}
	return nil
}

// yaml hands over each document of the content: mappings with texts as keys, lists, texts, nil.
func (s source) yaml(document func(any) error) error {
	dec := yaml.NewDecoder(bytes.NewReader(s.content))
	left := len(s.content) + 1000
	for {
		var n yaml.Node
		switch err := dec.Decode(&n); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return plain(err)
		}
		value, err := plainYAML(&n, 0, &left)
		if err != nil {
			return err
		}
		if err := document(value); err != nil {
			return err
		}
	}
}

// plainYAML is what the library's own decoding would give, without the square of the number of keys that it needs. Aliases may
// make it as large as left.
func plainYAML(n *yaml.Node, depth int, left *int) (any, error) {
	if *left--; *left < 0 || depth > maxDepth {
		return nil, fmt.Errorf("it is nested deeper than %d levels, or its aliases make it too large", maxDepth)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return plainYAML(n.Content[0], depth, left)
	case yaml.AliasNode:
		return plainYAML(n.Alias, depth+1, left)
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			value, err := plainYAML(c, depth+1, left)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case yaml.MappingNode:
		table := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			value, err := plainYAML(n.Content[i+1], depth+1, left)
			if err != nil {
				return nil, err
			}
			if inner, ok := value.(map[string]any); ok && n.Content[i].Tag == "!!merge" {
				table = merged(inner, table)
				continue
			}
			table[n.Content[i].Value] = value
		}
		return table, nil
	}
	if n.Tag == "!!null" {
		return nil, nil
	}
	return n.Value, nil
}

// maxDepth is how deep a manifest may be nested.
const maxDepth = 100

// shallow refuses TOML that is nested deeper than any manifest, for which the parser would need the square of its length.
func shallow(content []byte) error {
	depth, dots := 0, 0
	for i := 0; i < len(content); i++ {
		switch c := content[i]; c {
		case '"', '\'':
			for i++; i < len(content) && content[i] != c && content[i] != '\n'; i++ {
				if content[i] == '\\' && c == '"' {
					i++
				}
			}
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		case '.':
			dots++
		case '\n', ',', '=':
			dots = 0
		}
		if depth > maxDepth || dots > maxDepth {
			return fmt.Errorf("it is nested deeper than %d levels", maxDepth)
		}
	}
	return nil
}
