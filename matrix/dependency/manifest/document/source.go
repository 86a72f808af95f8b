// Package document decodes manifests and lock files of whatever form: hostile, damaged, or written on Windows.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/tidwall/jsonc"
	"go.yaml.in/yaml/v3"

	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A Source is a file that is to be read.
type Source struct {
	Content   []byte // see Text, but of formats that are no text
	Ecosystem ecosystem.Name
	Drivers   packages.Packages
}

// Named is the beginning of an entry for a package, and whether it is a driver or brings one.
func (s Source) Named(name string) (packages.Entry, bool) { return s.Drivers.Named(s.Ecosystem, name) }

// Driver is named without what only brings a driver.
func (s Source) Driver(name string) (packages.Entry, bool) {
	e, ok := s.Named(name)
	return e, ok && e.Wraps == ""
}

var comment = regexp.MustCompile(`(^|\s)#.*`)

// Lines are the logical lines of a text that has comments after #, without those, and without what is empty.
func (s Source) Lines() []string {
	var all []string
	for line := range strings.SplitSeq(strings.ReplaceAll(string(s.Content), "\\\n", " "), "\n") {
		if line = strings.TrimSpace(comment.ReplaceAllString(line, "")); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// JSON decodes the whole content.
func (s Source) JSON(into any) error {
	dec := json.NewDecoder(bytes.NewReader(s.Content))
	if err := dec.Decode(into); err != nil {
		return Plain(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something follows its end")
	}
	return nil
}

// JSONC decodes JSON with comments and trailing commas.
func (s Source) JSONC(into any) error {
	s.Content = jsonc.ToJSON(s.Content)
	return s.JSON(into)
}

// WithoutComments is JSON without its comments and trailing commas, and any other text as it is.
func WithoutComments(content []byte) []byte {
	if plain := jsonc.ToJSON(content); json.Valid(plain) {
		return plain
	}
	return content
}

// TOML decodes the whole content.
func (s Source) TOML(into any) error {
	if err := shallow(s.Content); err != nil {
		return err
	}
	if _, err := toml.Decode(string(s.Content), into); err != nil {
		return Plain(err)
	}
	return nil
}

// YAML hands over each document of the content: mappings with texts as keys, lists, texts, nil.
func (s Source) YAML(document func(any) error) error {
	dec := yaml.NewDecoder(bytes.NewReader(s.Content))
	left := len(s.Content) + 1000
	for {
		var n yaml.Node
		switch err := dec.Decode(&n); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return Plain(err)
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

// plainYAML is what the library's own decoding would give, without the square of the number of keys that it needs.
// Aliases may make it as large as left.
func plainYAML(n *yaml.Node, depth int, left *int) (any, error) {
	if *left--; *left < 0 || depth > MaxDepth {
		return nil, fmt.Errorf("it is nested deeper than %d levels, or its aliases make it too large", MaxDepth)
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
				table = Merged(inner, table)
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

// MaxDepth is how deep a manifest may be nested.
const MaxDepth = 100

// shallow refuses TOML that is nested deeper than any manifest, for which the parser would need the square of its
// length.
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
		case '#':
			for i+1 < len(content) && content[i+1] != '\n' {
				i++
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
		if depth > MaxDepth || dots > MaxDepth {
			return fmt.Errorf("it is nested deeper than %d levels", MaxDepth)
		}
	}
	return nil
}

// Texts joins the values that are texts.
func Texts(values ...any) string {
	var all []string
	for _, v := range values {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return strings.Join(all, " ")
}

// Merged holds the entries of all; of two with one key, the later.
func Merged[V any](all ...map[string]V) map[string]V {
	one := map[string]V{}
	for _, m := range all {
		maps.Copy(one, m)
	}
	return one
}
