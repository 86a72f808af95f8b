package driver

import (
	"path/filepath"
	"strings"
)

// IsPath says whether what follows the @ of a driver's spec is a path, of a checkout or an installation, and no version: it begins with
// ./, ../ or /.
func IsPath(version string) bool { return strings.HasPrefix(version, ".") || filepath.IsAbs(version) }
