package harness

import "embed"

// Source is what adapters in Go need of this package.
//
//go:embed request.go
var Source embed.FS
