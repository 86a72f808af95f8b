package manifest

import (
	"bytes"
	"errors"
	"regexp"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// Text is the content of a file as UTF-8 with plain line ends, or as it is if the format is binary.
func (f *Format) Text(content []byte) ([]byte, error) {
	if f.binary {
		return content, nil
	}
	return document.Text(content)
}

// Read says what a text holds of drivers. With an error it may still return what it has read. A library that panics
// over a hostile file has not read it, and the others are unharmed.
func (f *Format) Read(
	text []byte, drivers packages.Packages, importers func() []Importer,
) (all []packages.Entry, err error) {
	defer func() {
		if recover() != nil {
			all, err = nil, errors.New("its parser gave up")
		}
	}()
	if !f.Guess && conflict.Match(text) {
		return nil, errors.New("it holds a merge conflict")
	}
	return f.read(source{document.Source{Content: text, Ecosystem: f.Ecosystem, Drivers: drivers}, importers})
}

// conflict is what git leaves in a file that it could not merge. Formats of lines would take both sides.
var conflict = regexp.MustCompile(`(?m)^<<<<<<< (?s:.*)^>>>>>>> `)

// A source is a file that is to be read.
type source struct {
	document.Source
	importers func() []Importer // for lock files that do not hold what the package.json files ask for
}

// A reader says what a source holds of drivers. With an error it may still return what it has read.
type reader func(source) ([]packages.Entry, error)

// generated is for texts that a program writes: one that does not end with a line end may be cut off. What stands there
// counts all the same.
func generated(read reader) reader {
	return func(s source) ([]packages.Entry, error) {
		all, err := read(s)
		if err == nil && !bytes.HasSuffix(s.Content, []byte("\n")) {
			return all, errors.New("it does not end with a line end, so it may be cut off")
		}
		return all, err
	}
}
