package driver

import "embed"

// Source is what an adapter in Go needs of this package when it is built apart from this program: see godriver.Source.
//
//go:embed driver.go protocol.go serve.go
var Source embed.FS
