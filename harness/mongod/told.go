package mongod

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mongotls/mongotls/scenarios"
)

// Arguments are the flags of a mongod with this configuration, which name a configuration file if it is told by one:
// keep stores such a file, and says where it is for the mongod. Path makes a file of this machine one of the mongod's.
// The error names options that cannot be given so.
func (c Config) Arguments(path func(string) string, keep func(content []byte) string) ([]string, error) {
	args, file, err := c.words(path)
	if err == nil && file != nil {
		args = append(args, "--"+configFile, keep(file))
	}
	return args, err
}

// Line is the command line of a mongod with this configuration, for people: DIRECTORY is for its data. keep is that of
// Arguments.
func (c Config) Line(keep func(content []byte) string) (string, error) {
	args, err := c.Arguments(func(path string) string { return path }, keep)
	return "mongod --dbpath DIRECTORY " + strings.Join(args, " "), err
}

// words are those by which it is told: flags, or the content of a configuration file, or both.
func (c Config) words(path func(string) string) (args []string, file []byte, err error) {
	var unsaid []string
	g, old := of(c), c.Told == scenarios.ByOldFlags || c.Told == scenarios.ByOldFile
	if c.Told == scenarios.ByFile || c.Told == scenarios.ByOldFile {
		if file, err = g.file(path, old); err != nil {
			return nil, nil, err
		}
		return nil, file, nil
	}
	if args, unsaid = g.arguments(path, old); len(unsaid) > 0 {
		return nil, nil, fmt.Errorf("no flag of a mongod gives %s so", strings.Join(unsaid, " and "))
	}
	return args, nil, nil
}

// Reread is what a mongod of a release makes of the configuration, which it is told by the words of Told.
func (c Config) Reread(r Release) (CommandLine, error) {
	args, file, err := c.words(func(path string) string { return path })
	if err != nil {
		return CommandLine{}, err
	}
	flags, err := readFlags(args, r)
	if err != nil {
		return CommandLine{}, err
	}
	l := CommandLine{argv: concealed(append([]string{"mongod"}, args...)), given: given{}}
	if file != nil {
		if l.given, err = readYAML(file, r); err != nil {
			return l, err
		}
	}
	return l, l.take(flags, r)
}

// file is a configuration file that says the same, in YAML.
func (g given) file(path func(string) string, old bool) ([]byte, error) {
	tree := &yaml.Node{Kind: yaml.MappingNode}
	for _, at := range slices.Sorted(maps.Keys(g)) {
		name, isParameter := strings.CutPrefix(at, parameters+".")
		if isParameter {
			branch(tree, []string{parameters, name}, g[at]) // which may have dots
			continue
		}
		o := optionOf(at)
		if o == nil || o.flagOnly {
			return nil, fmt.Errorf("no configuration file of a mongod gives %s", at)
		}
		value := g[at]
		if o.reads {
			value = path(value)
		}
		if former, was, ok := o.former(value); old && ok {
			at, value = former.path, was
		}
		branch(tree, strings.Split(at, "."), value)
	}
	return yaml.Marshal(tree)
}

// branch adds a value to a tree.
func branch(tree *yaml.Node, path []string, value string) {
	for len(path) > 1 {
		i := 0
		for i < len(tree.Content) && tree.Content[i].Value != path[0] {
			i += 2
		}
		if i == len(tree.Content) {
			tree.Content = append(tree.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: path[0]},
				&yaml.Node{Kind: yaml.MappingNode})
		}
		tree, path = tree.Content[i+1], path[1:]
	}
	tree.Content = append(tree.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: path[0]},
		&yaml.Node{Kind: yaml.ScalarNode, Value: value})
}

// former is the name that an option of net.tls had as one of net.ssl, and its value then.
func (o *option) former(value string) (n name, was string, ok bool) {
	for _, other := range options {
		if other.of != o.path || !strings.HasPrefix(other.path, "net.ssl.") {
			continue
		}
		for text, gives := range other.gives {
			if gives == value {
				return name{other.flag, other.path}, text, true
			}
		}
		return name{other.flag, other.path}, value, true // as it is: disabled
	}
	for _, n := range slices.Backward(o.old) {
		if strings.HasPrefix(n.path, "net.ssl.") {
			return n, value, true
		}
	}
	return name{}, "", false
}
