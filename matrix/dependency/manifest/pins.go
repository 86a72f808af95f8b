package manifest

import (
	"golang.org/x/mod/modfile"

	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

func goPins(g *modfile.Go, t *modfile.Toolchain) []packages.Entry { return nil }
func nodePins(p packageJSON) []packages.Entry                     { return nil }
func pythonPins(content map[string]any) []packages.Entry          { return nil }
