package pins

import (
	"cmp"
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
	arguing  = regexp.MustCompile(`(?i)^ARG\s`)
	argument = regexp.MustCompile(`\s(\w+)=["']?([^"'\s]*)`)
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
		if arguing.MatchString(line) && !begun {
			for _, m := range argument.FindAllStringSubmatch(line, -1) {
				arguments[m[1]] = expand(m[2], arguments)
			}
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

// What an image holds, by its name or its tag: "golang", "nodejs20-debian12", "javascript-node", "base-debian12";
// "python3.12-slim".
var (
	imageName = regexp.MustCompile(`^([a-z]+)-?(\d\S*)?$`)
	imageLast = regexp.MustCompile(`^[a-z\d_.-]+[-_]([a-z]+?)(\d[\d.]*)?$`)
	imageTag  = regexp.MustCompile(`^([a-z]+)-?(\d\S*)$`)
)

// others are images with the name of a runtime that hold another thing.
var others = regexp.MustCompile(`(^|/)(kindest|selenium)/node$`)

// held is the runtime in an image, and its version if the name, or the tag in another way than all of it, says that.
func held(name, tag string) (tool, version string) {
	if _, known := runtimes[name]; known {
		return name, ""
	}
	for _, form := range []*regexp.Regexp{imageName, imageLast} {
		if m := form.FindStringSubmatch(name); m != nil && runtimes[m[1]] != "" {
			return m[1], m[2]
		}
	}
	if m := imageTag.FindStringSubmatch(tag); m != nil && runtimes[m[1]] != "" {
		return m[1], m[2]
	}
	return "", ""
}

// image reads "registry/golang:1.24-alpine@sha256:...". One without a tag is the latest. Where it comes from may decide
// about what else is in it.
func image(by, reference string) []packages.Entry {
	named, digest, _ := strings.Cut(reference, "@")
	last := strings.LastIndex(named, "/") + 1
	name, tag, tagged := strings.Cut(named[last:], ":")
	tool, version := held(name, tag)
	if others.MatchString(named[:last] + name) {
		return nil
	}
	switch {
	case tagged && version != "" && !imageTag.MatchString(tag):
		version += ":" + tag
	case tagged && version == "":
		version = tag
	case version == "" && digest == "":
		version = "latest"
	}
	shown := version
	if digest != "" { // which is shown as far as people compare it
		shown += "@" + digest[:min(len(digest), len("sha256:")+12)]
	}
	all := Pin(tool, by, cmp.Or(shown, digest))
	for i := range all {
		all[i].Rest = reference
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
