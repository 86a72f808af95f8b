package manifest

import (
	"regexp"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/manifest/foreign"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// other is for readers that need nothing beside the file.
func other(read func(document.Source) ([]packages.Entry, error)) reader {
	return func(s source) ([]packages.Entry, error) { return read(s.Source) }
}

func foreignJSON(sections ...string) reader            { return other(foreign.JSON(sections...)) }
func foreignTOML(sections ...string) reader            { return other(foreign.TOML(sections...)) }
func foreignYAML(sections ...string) reader            { return other(foreign.YAML(sections...)) }
func foreignLines(line *regexp.Regexp) reader          { return other(foreign.Lines(line)) }
func (s source) foreignXML() ([]packages.Entry, error) { return foreign.XML(s.Source) }

// The entries of lock files that have a line for each.
var (
	gemfileLock  = regexp.MustCompile(`^ {4}(\S+) \(([^()]+)\)$`)
	cpanSnapshot = regexp.MustCompile(`^ {2}(\w+)-v?(\d[\d._]*)$`)
	gradleLock   = regexp.MustCompile(`^([^:=#\s]+:[^:=\s]+):([^=\s]+)=`)
	mixLock      = regexp.MustCompile(`"(\w+)": \{:(?:hex|git), [:"][^,]+, "([^"]+)"`)
	rebarLock    = regexp.MustCompile(`<<"([^"]+)">>,\{pkg,<<"[^"]+">>,<<"([^"]+)">>`)
)
