package godriver

import "embed"

// Source is this package, to be built with another version of the driver: see goversion.
//
//go:embed api_v1.go api_v2.go attempt.go child.go configure.go describe.go godriver.go info.go reason.go source.go watch.go
var Source embed.FS
