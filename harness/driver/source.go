package driver

import "embed"

// Source is this package, for adapters in Go that are built apart from this program.
//
//go:embed cache.go child.go died.go driver.go lock.go misuse.go process.go protocol.go serve.go source.go tail.go tool.go
var Source embed.FS
