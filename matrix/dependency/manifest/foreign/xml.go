package foreign

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// A node is an element of an XML document.
type node struct {
	name     string
	text     string
	attr     map[string]string
	children []*node
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if strings.EqualFold(c.name, name) {
			return c
		}
	}
	return &node{}
}

// all visits n and what is below it.
func (n *node) all(visit func(*node)) {
	visit(n)
	for _, c := range n.children {
		c.all(visit)
	}
}

// written is n as a text that is the same for equal elements.
func (n *node) written() string {
	var b strings.Builder
	n.all(func(n *node) {
		b.WriteString("<" + n.name + written(n.attr) + ">" + n.text)
	})
	return b.String()
}

// elements reads the whole content.
func elements(s document.Source) (*node, error) {
	dec := xml.NewDecoder(bytes.NewReader(s.Content))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { // names and versions are ASCII everywhere
		content, err := io.ReadAll(in)
		return strings.NewReader(string(bytes.Map(func(r rune) rune { return r & 0x7f }, content))), err
	}
	top := &node{}
	open := []*node{top}
	for {
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF) && len(top.children) > 0:
			return top, nil
		case errors.Is(err, io.EOF):
			return nil, errors.New("it holds no element")
		case err != nil:
			return nil, document.Plain(err)
		case len(open) > document.MaxDepth:
			return nil, fmt.Errorf("it is nested deeper than %d levels", document.MaxDepth)
		}
		last := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, attr: map[string]string{}}
			for _, a := range t.Attr {
				n.attr[strings.ToLower(a.Name.Local)] = a.Value
			}
			last.children = append(last.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.text += strings.TrimSpace(string(t))
		}
	}
}

// property is Maven's ${name} or MSBuild's $(name).
var property = regexp.MustCompile(`^\$[{(]([^})]+)[})]$`)

// XML reads the projects of Maven and MSBuild: https://maven.apache.org/pom.html,
// https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files.
func XML(s document.Source) ([]packages.Entry, error) {
	top, err := elements(s)
	if err != nil {
		return nil, err
	}
	properties := map[string]string{}
	managed := "" // what decides about versions that a dependency leaves out
	top.all(func(n *node) {
		switch n.name {
		case "properties", "PropertyGroup":
			for _, c := range n.children {
				properties[c.name] = c.text
			}
		case "parent":
			managed += n.written()
		case "dependency":
			if n.child("scope").text == "import" {
				managed += n.written()
			}
		}
	})
	var all []packages.Entry
	add := func(name, version string) {
		e, ok := s.Named(packages.Clean(name))
		if !ok {
			return
		}
		if e.Version = version; !packages.IsRelease(version) {
			e.Version, e.Range, e.Rest = "", packages.Clean(version), managed
		}
		all = append(all, e)
	}
	used := map[string]bool{}
	top.all(func(n *node) {
		name := ""
		switch n.name {
		case "PackageReference", "PackageVersion", "GlobalPackageReference", "package":
			name = n.attr["include"] + n.attr["update"] + n.attr["id"]
		case "dependency", "plugin":
			name = n.child("groupId").text + ":" + n.child("artifactId").text + n.attr["org"] + n.attr["name"]
			if n.attr["id"] != "" { // of NuGet's own
				name = n.attr["id"]
			}
		}
		version := n.attr["version"] + n.attr["versionoverride"] + n.attr["rev"] + n.child("version").text
		if m := property.FindStringSubmatch(version); m != nil && properties[m[1]] != "" {
			version = properties[m[1]]
			used[m[1]] = true
		}
		add(name, version)
	})
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if !used[name] { // it sets what a parent or an import leaves open
			add(name, properties[name])
		}
	}
	return all, nil
}
