package mongod

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/scenarios"
)

// given are the options that a mongod was given, by path, as they were written. Texts of a list are joined by commas;
// those of a mapping are options of their own, "setParameter.NAME".
type given map[string]string

// byFlag are the options by flag, old ones and letters included; byPath those of configuration files.
var byFlag, byPath = func() (flags, paths map[string]*option) {
	flags, paths = map[string]*option{}, map[string]*option{}
	for i := range options {
		o := &options[i]
		for _, n := range append([]name{{o.flag, o.path}, {o.letter, ""}}, o.old...) {
			if n.flag != "" {
				flags[n.flag] = o
			}
			if n.path != "" && !o.flagOnly {
				paths[n.path] = o
			}
		}
	}
	return flags, paths
}()

// of gives what a configuration says; fields at their zero value say nothing.
func of(c Config) given {
	g := given{}
	maps.Copy(g, c.Other)
	for _, o := range options {
		if o.field == nil {
			continue
		}
		value := ""
		switch f := o.field(&c).(type) {
		case *string:
			value = *f
		case *scenarios.Mode:
			value = string(*f)
		case *bool:
			if *f {
				value = o.set()
			}
		case *int:
			if *f != 0 {
				value = strconv.Itoa(*f)
			}
		case *[]string:
			value = strings.Join(*f, ",")
		case *map[string]string:
			for name, text := range *f {
				g[o.path+"."+name] = text
			}
		}
		if value != "" {
			g[o.path] = value
		}
	}
	return g
}

// set is the value of a field of type bool that is true.
func (o *option) set() string {
	if o.path == authorization {
		return "enabled"
	}
	return "true"
}

// config is the configuration of options that have been settled.
func (g given) config() (c Config) {
	for _, o := range options {
		value, ok := g[o.path]
		switch {
		case o.kind == mapping:
			for path, text := range g {
				if name, ok := strings.CutPrefix(path, o.path+"."); ok {
					m := o.field(&c).(*map[string]string)
					if *m == nil {
						*m = map[string]string{}
					}
					(*m)[name] = text
				}
			}
			continue
		case !ok || o.path == configFile: // which is how the rest is told
			continue
		case o.field == nil:
			if c.Other == nil {
				c.Other = map[string]string{}
			}
			c.Other[o.path] = value
			continue
		}
		switch f := o.field(&c).(type) {
		case *string:
			*f = value
		case *scenarios.Mode:
			*f = scenarios.Mode(value)
		case *bool:
			*f = value == o.set()
		case *int:
			*f, _ = strconv.Atoi(value) // it has been checked
		case *[]string:
			*f = strings.Split(value, ",")
		}
	}
	return c
}

// check says why a value is none of the option's kind; name is how the option was called.
func (o *option) check(name, value string) error {
	var err error
	var as string
	switch o.kind {
	case boolean, toggle:
		if value != "true" && value != "false" {
			return says("Expected boolean%s but found string: %s for option: %s",
				map[bool]string{true: " switch"}[o.kind == toggle], value, name)
		}
	case whole:
		as = "int"
		_, err = strconv.ParseInt(value, 10, 32)
	case fraction:
		as = "double in"
		_, err = strconv.ParseFloat(value, 64)
	}
	if err != nil {
		return says("Error parsing option %q as %s: %s", name, as,
			NotANumber(value))
	}
	return nil
}

// NotANumber is mongod's reason why a text is no whole number.
func NotANumber(value string) string {
	for _, digit := range strings.TrimLeft(value, "+-") {
		if digit < '0' || digit > '9' {
			return fmt.Sprintf("Bad digit %q while parsing %s", string(digit), value)
		}
	}
	if strings.Trim(value, "+-") == "" {
		return "No digits"
	}
	return "Overflow"
}

// arguments are the flags that say the same, by their old names if they are to be, and the paths that no flag can speak
// of. Path makes a file of this machine one of the mongod's.
func (g given) arguments(path func(string) string, old bool) (args, unsaid []string) {
	for i := range options {
		o := &options[i]
		if o.kind == mapping {
			for _, at := range slices.Sorted(maps.Keys(g)) {
				if name, ok := strings.CutPrefix(at, o.path+"."); ok {
					args = append(args, "--"+o.flag, name+"="+g[at])
				}
			}
			continue
		}
		value, ok := g[o.path]
		if !ok || o.of != "" {
			continue
		}
		if o.reads {
			value = path(value)
		}
		words, ok := o.say(value)
		if former, was, has := o.former(value); old && has {
			flag := *o
			flag.flag = former.flag
			words, ok = flag.say(was)
		}
		if !ok && o.path != destination { // which the path implies
			unsaid = append(unsaid, o.path)
		}
		args = append(args, words...)
	}
	for _, path := range slices.Sorted(maps.Keys(g)) {
		if optionOf(path) == nil && !strings.HasPrefix(path, parameters+".") {
			unsaid = append(unsaid, path)
		}
	}
	return args, unsaid
}

// say is the option with a value, as words of a command line; false if there are none for it.
func (o *option) say(value string) ([]string, bool) {
	switch {
	case o.kind == list:
		var words []string
		for one := range strings.SplitSeq(value, ",") {
			words = append(words, "--"+o.flag, one)
		}
		return words, true
	case o.flag != "" && o.kind != toggle:
		return []string{"--" + o.flag, value}, true
	case o.flag != "" && value == "true":
		return []string{"--" + o.flag}, true
	}
	for i := range options {
		other := &options[i]
		if other.of != o.path {
			continue
		}
		if other.gives == nil {
			return []string{"--" + other.flag, value}, true
		}
		for argument, gives := range other.gives {
			switch {
			case gives != value:
			case other.kind == toggle:
				return []string{"--" + other.flag}, true
			default:
				return []string{"--" + other.flag, argument}, true
			}
		}
	}
	return nil, o.kind == toggle && value == "false" // as if it were not there
}

// hidden stands for a password.
const hidden = "<password>"

// document is what getCmdLineOpts shows as parsed: nested, in the order of the paths.
func (g given) document() bson.D {
	root := bson.D{}
	for _, path := range slices.Sorted(maps.Keys(g)) {
		var value any = g[path]
		if o := optionOf(path); o != nil {
			value = o.shown(g[path])
		}
		parts := strings.Split(path, ".")
		if name, ok := strings.CutPrefix(path, parameters+"."); ok {
			parts = []string{parameters, name} // which may have dots
		}
		root = put(root, parts, value)
	}
	return root
}

// optionOf is the option of a path, nil for one of a mapping.
func optionOf(path string) *option {
	i := slices.IndexFunc(options, func(o option) bool { return o.path == path })
	if i < 0 {
		return nil
	}
	return &options[i]
}

// shown is a value as getCmdLineOpts shows it.
func (o *option) shown(value string) any {
	switch {
	case o.secret:
		return hidden
	case o.kind == toggle || o.kind == boolean:
		return value == "true"
	case o.kind == whole:
		n, _ := strconv.ParseInt(value, 10, 32) // it has been checked, as below
		return int32(n)
	case o.kind == fraction:
		x, _ := strconv.ParseFloat(value, 64)
		return x
	case o.kind == list:
		texts := bson.A{}
		for text := range strings.SplitSeq(value, ",") {
			texts = append(texts, text)
		}
		return texts
	}
	return value
}

// put adds a value to a tree.
func put(tree bson.D, path []string, value any) bson.D {
	if len(path) == 1 {
		return append(tree, bson.E{Key: path[0], Value: value})
	}
	for i := range tree {
		if branch, ok := tree[i].Value.(bson.D); ok && tree[i].Key == path[0] {
			tree[i].Value = put(branch, path[1:], value)
			return tree
		}
	}
	return append(tree, bson.E{Key: path[0], Value: put(bson.D{}, path[1:], value)})
}
