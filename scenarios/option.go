package scenarios

import "slices"

// An Option is one that a client can have.
type Option struct {
	Name     string
	Required bool // the URI options specification: drivers must have it, where their runtime lets them
}

// Options are those about TLS, and those that go with them in code.
var Options = []Option{
	{Name: "tls", Required: true},
	{Name: "ssl", Required: true},
	{Name: "tlsCAFile", Required: true},
	{Name: "tlsCertificateKeyFile", Required: true},
	{Name: "tlsCertificateKeyFilePassword", Required: true},
	{Name: "tlsInsecure", Required: true},
	{Name: "tlsAllowInvalidCertificates", Required: true},
	{Name: "tlsAllowInvalidHostnames", Required: true},
	{Name: "tlsDisableOCSPEndpointCheck"},
	{Name: "tlsDisableCertificateRevocationCheck"},
	{Name: "tlsCRLFile"},
	{Name: "authMechanism"},
	{Name: "authSource"},
	// In code alone, where each driver has them in a form of its own.
	{Name: "username"},
	{Name: "tlsMinVersion"},             // "1.0" to "1.3"
	{Name: "tlsMaxVersion"},             // the same
	{Name: "tlsForceClientCertificate"}, // "true": present it whatever the server's list of authorities says
}

// Required reports whether the specification requires an option, so that ignoring it is no excuse.
func Required(name string) bool {
	return slices.ContainsFunc(Options, func(o Option) bool { return o.Name == name && o.Required })
}
