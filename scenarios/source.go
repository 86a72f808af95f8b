package scenarios

import "embed"

// Source is what adapters in Go need of this package: the closed list of reasons.
//
//go:embed reason.go
var Source embed.FS
