package scenarios

import "strings"

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
