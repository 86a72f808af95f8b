package pins

import (
	"strings"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// VersionFile reads a file with nothing but versions of one tool: .nvmrc and its like.
func VersionFile(tool string) func(document.Source) ([]packages.Entry, error) {
	return func(s document.Source) ([]packages.Entry, error) {
		var all []packages.Entry
		for _, line := range s.Lines() {
			all = append(all, Pin(tool, "", strings.TrimPrefix(line, "v"))...)
		}
		return all, nil
	}
}

// ToolVersions reads a .tool-versions: https://asdf-vm.com/manage/configuration.html.
func ToolVersions(s document.Source) ([]packages.Entry, error) {
	var all []packages.Entry
	for _, line := range s.Lines() {
		words := strings.Fields(line)
		for _, version := range words[1:] {
			all = append(all, Pin(words[0], "", version)...)
		}
	}
	return all, nil
}

// Mise reads a mise.toml or a mise.lock: https://mise.jdx.dev/configuration.html.
func Mise(s document.Source) ([]packages.Entry, error) {
	var content struct{ Tools map[string]any }
	if err := s.TOML(&content); err != nil {
		return nil, err
	}
	return Table("tools", content.Tools), nil
}
