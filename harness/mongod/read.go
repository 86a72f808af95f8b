package mongod

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.yaml.in/yaml/v3"
)

// A CommandLine is how a mongod was started.
type CommandLine struct {
	Config        Config
	Help, Version bool // it is to say that, and end
	argv          []string
	given         given
}

// A Refusal is why a mongod does not start with what it is told, in its words. One that is Printed goes to standard
// error, with exit code 2; another is line 20574 of the log, with exit code 1.
type Refusal struct {
	Text    string
	Printed bool
}

func (r *Refusal) Error() string { return r.Text }

// Read reads a command line of a release's, argv[0] being the name of the program, and the configuration file that it
// names. What the command line says counts. Every error is a Refusal.
func Read(argv []string, r Release) (l CommandLine, err error) {
	flags, err := readFlags(argv[1:], r)
	if err != nil {
		return l, &Refusal{Text: err.Error(), Printed: true}
	}
	if l.Help, l.Version = flags["help"] != "", flags["version"] != ""; l.Help || l.Version {
		return l, nil
	}
	l.argv, l.given = concealed(argv), given{}
	if path := flags[configFile]; path != "" {
		if l.given, err = readFile(path, r); err != nil {
			return l, &Refusal{Text: err.Error(), Printed: true}
		}
	}
	return l, l.take(flags, r)
}

// take adds the options of the command line, which count, to those of the file.
func (l *CommandLine) take(flags given, r Release) error {
	maps.Copy(l.given, flags)
	if text := l.given.settle(); text != "" {
		return &Refusal{Text: text}
	}
	l.Config = l.given.config()
	if refusal := l.Config.refused(r); refusal != nil {
		return refusal
	}
	l.complete()
	return nil
}

// complete is what follows from the options.
func (l *CommandLine) complete() {
	c := &l.Config
	if c.KeyFile != "" && c.ClusterAuthMode == "" {
		c.ClusterAuthMode = "keyFile"
	}
	c.Authorization = (c.Authorization || c.ClusterAuthMode != "" && l.given[authorization] == "") && !c.TransitionToAuth
	if _, given := l.given["net.port"]; !given {
		c.Port = map[string]int{"": 27017, "shardsvr": 27018, "configsvr": 27019}[c.Other[clusterRole]]
	}
	switch {
	case len(c.BindIP) == 0:
		c.BindIP = []string{"localhost"}
	case c.BindIP[0] == "*":
		c.BindIP = []string{"0.0.0.0"}
	}
}

// CommandLine is the command line that says the same.
func (c Config) CommandLine() CommandLine {
	g := of(c)
	args, _ := g.arguments(func(path string) string { return path }, false)
	return CommandLine{Config: c, argv: concealed(append([]string{"mongod"}, args...)), given: g}
}

// Document is what getCmdLineOpts shows, without passwords.
func (l CommandLine) Document() bson.D {
	argv := bson.A{}
	for _, word := range l.argv {
		argv = append(argv, word)
	}
	return bson.D{{Key: "argv", Value: argv}, {Key: "parsed", Value: l.given.document()}}
}

// Usage is a text with every flag.
func Usage() string {
	var b strings.Builder
	for _, o := range options {
		if o.flag == "" {
			continue
		}
		flag, help := "--"+o.flag, o.help
		if o.letter != "" {
			flag = "-" + o.letter + ", " + flag
		}
		switch {
		case o.lone:
			flag += " [arg]"
		case o.kind != toggle:
			flag += " arg"
		}
		if help == "" {
			help = "accepted, without effect here"
		}
		for _, old := range o.old {
			if old.flag != "" {
				help += "; also --" + old.flag
			}
		}
		fmt.Fprintf(&b, "  %-45s %s\n", flag, help)
	}
	return b.String()
}

// WithoutEffect are the paths of options that the stand-in takes, and shows in getCmdLineOpts, without an effect.
func WithoutEffect() (paths []string) {
	for _, o := range options {
		if o.of == "" && o.help == "" && !o.enterprise {
			paths = append(paths, o.path)
		}
	}
	return paths
}

// settle brings options that were given in another way to their own path, and says why they are refused, "" if they are
// not. What becomes of two ways to give the mode is chance, by the order of a mongod's initialisers (measured): a
// refusal, or that the later one of the table counts.
func (g given) settle() string {
	for _, pair := range [][2]string{{tlsMode, sslMode}, {onNormalPorts, tlsMode}, {onNormalPorts, sslMode}} {
		if _, one := g[pair[0]]; one {
			if _, both := g[pair[1]]; both && chance() {
				return fmt.Sprintf("%s is not allowed when %s is specified", pair[1], pair[0])
			}
		}
	}
	if g[memberAttributes] != "" && g[memberExtension] != "" {
		return fmt.Sprintf("%s is not allowed when %s is specified", memberAttributes, memberExtension)
	}
	if asked, ok := g[authorization]; ok && !strings.EqualFold(asked, "enabled") && !strings.EqualFold(asked, "disabled") {
		return "security.authorization expects either 'enabled' or 'disabled'"
	}
	if g["nojournal"] != "" && g[journal] != "" {
		return "Can't specify both --journal and --nojournal options."
	}
	if g["logpath"] != "" {
		g[destination] = "file"
	}
	for _, o := range options {
		value, ok := g[o.path]
		if !ok || o.of == "" {
			continue
		}
		delete(g, o.path)
		if o.kind == toggle && value == "false" {
			continue
		}
		if gives, ok := o.gives[value]; ok {
			value = gives
		}
		g[o.of] = value
	}
	return ""
}

// says is an error in a mongod's words.
func says(format string, a ...any) error { return fmt.Errorf(format, a...) }

// readFlags reads a command line of a release's, as Boost's parser does in mongod's style: one dash may stand for two.
func readFlags(args []string, r Release) (given, error) {
	cannot := func(format string, a ...any) (given, error) {
		return nil, says("Error parsing command line: "+format, a...)
	}
	values := map[string][]string{} // by flag
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		if len(word) < 2 || word[0] != '-' {
			return cannot("too many positional options have been specified on the command line")
		}
		flag, value, joined := strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
		o := byFlag[flag]
		if !o.in(r) && word[1] != '-' && len(flag) > 1 { // -fVALUE
			if short := byFlag[flag[:1]]; short != nil && short.kind != toggle {
				o, flag, value, joined = short, flag[:1], word[2:], true
			}
		}
		next, isFlag := "", true
		if len(args) > 0 {
			next, isFlag = args[0], strings.HasPrefix(args[0], "-")
		}
		switch {
		case !o.in(r):
			return cannot("unrecognised option '%s'", strings.TrimSuffix(word, "="+value))
		case o.kind == toggle && joined:
			return cannot("option '--%s' does not take any arguments", flag)
		case o.kind == toggle:
			value = "true"
		case joined && value == "":
			return cannot("the argument for option '--%s' should follow immediately after the equal sign", flag)
		case joined:
		case o.lone && isFlag:
			value = o.bare
		case len(args) == 0 || isFlag && byFlag[strings.TrimLeft(next, "-")] != nil:
			return cannot("the required argument for option '--%s' is missing", flag)
		default:
			value, args = next, args[1:]
		}
		if flag == o.letter {
			flag = o.flag
		}
		if len(values[flag]) > 0 && o.kind != list && o.kind != mapping {
			return cannot(" Multiple occurrences of option \"--%s\"", flag)
		}
		values[flag] = append(values[flag], value)
	}
	return joinFlags(values)
}

// joinFlags makes options of the values of flags.
func joinFlags(values map[string][]string) (given, error) {
	g := given{}
	for _, o := range options {
		for _, n := range append([]name{{flag: o.flag}}, o.old...) {
			texts := values[n.flag]
			if n.flag == "" || len(texts) == 0 {
				continue
			}
			if _, twice := g[o.path]; twice {
				return nil, says("Error parsing command line:  Multiple occurrences of option %q",
					n.flag)
			}
			if o.kind == mapping {
				if err := g.assign(o.path, texts); err != nil {
					return nil, err
				}
				continue
			}
			text := strings.Join(texts, ",")
			if err := o.check(n.flag, text); err != nil {
				return nil, err
			}
			g[o.path] = text
		}
	}
	return g, nil
}

// assign takes NAME=VALUE.
func (g given) assign(path string, assignments []string) error {
	for _, text := range assignments {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return says("Illegal option assignment: %q", text)
		}
		if was, twice := g[path+"."+name]; twice && was != value {
			return says("Key Value Option: %s has a duplicate key from the same source: %s", path,
				name)
		}
		g[path+"."+name] = value
	}
	return nil
}

// readFile reads a configuration file of a release's.
func readFile(path string, r Release) (given, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		var number syscall.Errno
		if errors.As(err, &number) {
			text := number.Error()
			err = errors.New(strings.ToUpper(text[:1]) + text[1:])
		}
		return nil, says("Error opening config file: %w", err)
	}
	return readYAML(content, r)
}

func readYAML(content []byte, r Release) (given, error) {
	if bytes.IndexByte(content, 0) >= 0 {
		return nil, says("Config file has null bytes, ensure the file is saved as UTF-8 and not UTF-16.")
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, says("Error parsing YAML config file: %w", err)
	}
	g := given{}
	if len(document.Content) == 0 || document.Content[0].Tag == "!!null" {
		return g, nil
	}
	switch root := document.Content[0]; root.Kind {
	case yaml.MappingNode:
		return g, g.read("", root, r)
	case yaml.ScalarNode:
		return nil, says("Error parsing INI config file: this server takes configuration files in YAML only")
	}
	return nil, says("No map found at top level of YAML config")
}

// deepest is how far mappings may be nested, or refer to themselves. No option is nearly as deep.
const deepest = 100

// read takes the options of a mapping; prefix is the path of it. As a mongod does, it descends into every mapping that
// is no option, so that what it refuses is a leaf.
func (g given) read(prefix string, node *yaml.Node, r Release) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		path, value := strings.TrimPrefix(prefix+"."+node.Content[i].Value, "."), node.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		o := byPath[path]
		if !o.in(r) && value.Kind == yaml.MappingNode && strings.Count(path, ".") < deepest {
			if err := g.read(path, value, r); err != nil {
				return err
			}
			continue
		}
		if !o.in(r) {
			return says("Unrecognized option: %s", path)
		}
		if err := g.add(o, path, value); err != nil {
			return err
		}
	}
	return nil
}

// add takes the value of one option; path is what the file calls it.
func (g given) add(o *option, path string, node *yaml.Node) error {
	scalar := func(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode }
	text := node.Value
	switch {
	case o.kind == mapping && node.Kind != yaml.MappingNode:
		return says("Option: %s is of type StringMap, but value in YAML config is not a map type", path)
	case o.kind == mapping:
		for i := 0; i+1 < len(node.Content); i += 2 {
			name, value := node.Content[i].Value, node.Content[i+1]
			if !scalar(value) {
				return says("%s has a map with non scalar values, which is not allowed", path)
			}
			if _, twice := g[o.path+"."+name]; twice {
				return says("String Map Option: %s has duplicate keys in YAML Config: %s", path, name)
			}
			g[o.path+"."+name] = value.Value
		}
		return nil
	case o.kind == list && node.Kind != yaml.SequenceNode:
		return says("Option: %s is of type StringVector, but value in YAML config is not a list type", path)
	case o.kind == list:
		if !slices.ContainsFunc(node.Content, func(n *yaml.Node) bool { return !scalar(n) }) {
			var texts []string
			for _, n := range node.Content {
				texts = append(texts, n.Value)
			}
			text = strings.Join(texts, ",")
			break
		}
		return says("Option: %s has nested lists, which is not allowed", path)
	case !scalar(node):
		return says("Scalar option '%s' must be a single value", path)
	case node.Tag == "!!null":
		text = ""
	}
	if err := o.check(path, text); err != nil {
		return err
	}
	if _, twice := g[o.path]; twice {
		return says("Error parsing YAML config: duplicate key: %s(canonical key: %s)", path, o.path)
	}
	g[o.path] = text
	return nil
}

// concealed is a command line without passwords.
func concealed(argv []string) []string {
	shown := slices.Clone(argv)
	for i, word := range argv {
		flag, _, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch o := byFlag[flag]; {
		case o == nil || !o.secret || !strings.HasPrefix(word, "-"):
		case joined:
			shown[i] = word[:strings.Index(word, "=")+1] + hidden
		case i+1 < len(argv) && !strings.HasPrefix(argv[i+1], "-"):
			shown[i+1] = hidden
		}
	}
	return shown
}
