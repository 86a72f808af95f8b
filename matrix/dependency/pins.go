package dependency

import "golang.org/x/mod/modfile"

func goPins(g *modfile.Go, t *modfile.Toolchain) []entry { return nil }
func nodePins(p packageJSON) []entry                     { return nil }
func pythonPins(content map[string]any) []entry          { return nil }
