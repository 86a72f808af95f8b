package godriver

import "embed"

// Source is the adapter of this package, to be built with other versions of the driver and of Go: see goversion. It is
// written in the Go of 1.19 and imports the driver, the protocol and the standard library.
//
//go:embed api_v1.go api_v2.go attempt.go configure.go describe.go info.go reason.go reason_go124.go serve.go watch.go
var Source embed.FS
