package evidence

// Mode is net.tls.mode.
type Mode string

// The modes of a mongod.
const (
	Disabled   Mode = "disabled"
	AllowTLS   Mode = "allowTLS"
	PreferTLS  Mode = "preferTLS"
	RequireTLS Mode = "requireTLS"
)

// Modes is the closed list, in the order of a rolling upgrade.
var Modes = []Mode{Disabled, AllowTLS, PreferTLS, RequireTLS}
