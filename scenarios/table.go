package scenarios

import "slices"

// Areas are the first components of the ids, in the order of the table.
var Areas = []string{
	"mode",
	"uri",
	"trust",
	"name",
	"time",
	"usage",
	"proto",
	"key",
	"mtls",
	"x509",
	"ocsp",
	"crl",
	"srv",
	"err",
	"rot",
	"state",
	"set",
	"journey",
	"member",
}

// All is the table: every scenario, area by area, unexpanded.
func All() []Scenario {
	return slices.Concat(
		modeRows,
		uriRows,
		trustRows,
		nameRows,
		timeRows,
		usageRows,
		protoRows,
		keyRows,
		mtlsRows,
		x509Rows,
		ocspRows,
		crlRows,
		srvRows,
		errRows,
		rotRows,
		stateRows,
		setRows,
		journeyRows,
		failoverRows,
		memberRows,
	)
}

// InModes are the modes in which the row runs.
func (s Scenario) InModes() []Mode {
	if len(s.Modes) > 0 {
		return s.Modes
	}
	return []Mode{AllowTLS, PreferTLS, RequireTLS}
}

// HoldsBesideClear reports whether what the row expects of a server in requireTLS is the same where clients in clear
// are served, too: its client dials nobody, or asks for TLS, and goes on over it or refuses the server.
func (s Scenario) HoldsBesideClear() bool {
	switch s.Expect.Outcome {
	case BeforeDialing:
		return true
	case OverTLS, InHandshake, Unspecified:
		return s.Client.AsksForTLS()
	}
	return false
}

// Good is the case of a mode in which nothing is out of the ordinary.
func Good(m Mode) string {
	if m == Disabled {
		return "mode/disabled-plain/" + string(m)
	}
	return "mode/tls/" + string(m)
}

func claims(ids ...Claim) []Claim { return ids }

func names(list ...string) []string { return list }
