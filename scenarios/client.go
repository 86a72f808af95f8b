package scenarios

import (
	"maps"
	"slices"
	"strings"
)

// AllOptions are the options of a client's URI, with those that a row leaves to be understood.
func (c Client) AllOptions() string {
	all := c.Options
	if all == "" {
		all = "tls=true&tlsCAFile={ca}"
	}
	if c.Add != "" {
		all += "&" + c.Add
	}
	written := strings.Contains(c.URI+all, "{client}")
	for _, value := range c.Code {
		written = written || strings.Contains(value, "{client}")
	}
	if c.Cert != nil && !written {
		all += "&tlsCertificateKeyFile={client}"
	}
	return all
}

// AsksForTLS reports whether the client's own words turn TLS on.
func (c Client) AsksForTLS() bool {
	words := strings.ToLower(c.Texts())
	says := func(part string) bool { return strings.Contains(words, part) }
	return (says("tls=true") || says("ssl=true") || says("tlscafile=") || says("mongodb+srv://")) && !says("tls=false") &&
		!says("ssl=false")
}

// Texts are the client's connection string, its placeholders as they are, and its options in code as if they stood in
// it.
func (c Client) Texts() string {
	text := c.URI
	if text == "" {
		text = "mongodb://{host}:{port}/?{options}"
	}
	text = strings.ReplaceAll(text, "{options}", c.AllOptions())
	for _, name := range slices.Sorted(maps.Keys(c.Code)) {
		text += "&" + name + "=" + c.Code[name]
	}
	return text
}
