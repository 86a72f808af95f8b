// Package evidence is what both witnesses of an attempt say, as plain typed data: what a driver was asked and answered,
// and what the server side saw. Adapters, judge and reports share these types; their JSON is the adapters' protocol and
// part of the published form of a report. So are the modes of servers, and the verdicts that evidence comes to.
package evidence

import "embed"

// Source is what adapters in Go need of this package when they are built apart from this program.
//
//go:embed answer.go info.go reason.go request.go
var Source embed.FS
