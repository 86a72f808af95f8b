package pins

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

var (
	base     = regexp.MustCompile(`(?i)^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?`)
	copied   = regexp.MustCompile(`(?i)^COPY\s+(?:--\S+\s+)*?--from=(\S+)`)
	argument = regexp.MustCompile(`(?i)^ARG\s+(\w+)=["']?([^"'\s]*)`)
	variable = regexp.MustCompile(`\$(\w+)|\$\{(\w+)(?::?-([^}]*))?\}`)
)

// Dockerfile reads the images that stages begin with, or copy from: https://docs.docker.com/reference/dockerfile/.
func Dockerfile(s document.Source) ([]packages.Entry, error) {
	arguments := map[string]string{} // those before the first stage, which alone count here
	stages := map[string]bool{}
	begun := false
	var all []packages.Entry
	add := func(by, reference string) {
		if !stages[strings.ToLower(reference)] {
			all = append(all, image(by, reference)...)
		}
	}
	for _, line := range s.Lines() {
		if m := argument.FindStringSubmatch(line); m != nil && !begun {
			arguments[m[1]] = expand(m[2], arguments)
		}
		if m := base.FindStringSubmatch(line); m != nil {
			begun = true
			add("FROM", expand(m[1], arguments))
			stages[strings.ToLower(m[2])] = true
		}
		if m := copied.FindStringSubmatch(line); m != nil {
			add("COPY", expand(m[1], arguments))
		}
	}
	return all, nil
}

// maxExpanded is how long a text may become through its variables. No image has such a name.
const maxExpanded = 1000

// expand puts in what is known of variables, or else their defaults. What is not known stays as it is written.
func expand(text string, known map[string]string) string {
	expanded := variable.ReplaceAllStringFunc(text, func(s string) string {
		part := variable.FindStringSubmatch(s)
		if value, ok := known[part[1]+part[2]]; ok {
			return value
		}
		if part[3] != "" {
			return part[3]
		}
		return s
	})
	if len(expanded) > maxExpanded {
		return text
	}
	return expanded
}

// imageName is the name of an image, which may hold a version: "golang", "nodejs20-debian12", "python3".
var imageName = regexp.MustCompile(`^([a-z]+)-?(\d\S*)?$`)

// image reads "registry/golang:1.24-alpine@sha256:...". One without a tag is the latest.
func image(by, reference string) []packages.Entry {
	reference, digest, _ := strings.Cut(reference, "@")
	name, tag, tagged := strings.Cut(reference[strings.LastIndex(reference, "/")+1:], ":")
	part := imageName.FindStringSubmatch(name)
	if _, known := runtimes[name]; known {
		part = []string{name, name, ""}
	}
	if part == nil {
		return nil
	}
	version := part[2]
	switch {
	case tagged && version != "":
		version += ":" + tag
	case tagged:
		version = tag
	case version == "" && digest == "":
		version = "latest"
	}
	if digest == "" {
		return Pin(part[1], by, version)
	}
	all := Pin(part[1], by, version+"@"+digest)
	for i := range all { // which is shown as far as people compare it
		all[i].Range = packages.Clean(version + "@" + digest[:min(len(digest), len("sha256:")+12)])
	}
	return all
}

// Compose reads the images of a Compose file: https://docs.docker.com/reference/compose-file/services/#image.
func Compose(s document.Source) ([]packages.Entry, error) {
	var all []packages.Entry
	err := s.YAML(func(content any) error {
		services := table(table(content)["services"])
		for _, name := range slices.Sorted(maps.Keys(services)) {
			all = append(all, image(name, expand(document.Texts(table(services[name])["image"]), nil))...)
		}
		return nil
	})
	return all, err
}
