// Package addresses writes the page of servers that are up, each of which is a scenario: what it states, and what to
// connect with.
package addresses

import (
	"embed"
	"io"

	"github.com/mongotls/mongotls/reports/form"
)

//go:embed page
var pageFiles embed.FS

// An Address is a server that is up.
type Address struct {
	Case        string // id
	Area        string
	Says        string
	Expectation string
	// Connects: a good client gets in, over TLS or in clear. Otherwise it must be refused, unless nobody decides it.
	Connects bool
	Norm     bool
	Addr     string // host:port
	URI      string // of the case's client
	OpenSSL  string `json:",omitempty"` // a command
	Note     string `json:",omitempty"`
}

// A List is all addresses, and what has none.
type List struct {
	Mode      string // net.tls.mode of the servers
	Files     string // directory of the certificates and keys
	Addresses []Address
	LeftOut   []string // how many cases have no address, and why, one sentence each
}

// WriteHTML writes the page: it needs nothing else, and asks the network for nothing.
func WriteHTML(w io.Writer, l List) error {
	return form.Page{Title: "mongotls: scenarios as addresses", Short: l.LeftOut, Data: map[string]any{"List": l},
		Parts: []form.Part{{Files: pageFiles, Name: "addresses"}}}.Write(w)
}
