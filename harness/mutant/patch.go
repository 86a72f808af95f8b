package mutant

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

//go:embed patches.yaml
var patches []byte

// A Patch is one defect that is written into the sources of the real Go driver, or the same in other words.
type Patch struct {
	Name  string
	Says  string // what is broken
	File  string // of the driver's module
	Old   string // stands in File once
	New   string // stands there instead
	Kills []Kill
	Same  bool // nothing is broken
}

// Patches are those of patches.yaml. An error names a line of it.
func Patches() (list []Patch, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(patches))
	decoder.KnownFields(true)
	err = decoder.Decode(&list)
	return list, err
}

// Breaks is that of a Mutant.
func (p Patch) Breaks(row string) (why string, breaks bool) { return breaking(p.Kills, row) }

// Apply writes the defect into a copy of the driver's module.
func (p Patch) Apply(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(p.File))
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if n := bytes.Count(text, []byte(p.Old)); n != 1 {
		return fmt.Errorf("%s has the text that %s replaces %d times, not once", p.File, p.Name, n)
	}
	return os.WriteFile(path, bytes.Replace(text, []byte(p.Old), []byte(p.New), 1), 0o644)
}
