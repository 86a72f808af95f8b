package mongod

import (
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A Release is what mongods of one series say and do otherwise than those of another.
type Release struct {
	Series         string // "4.4"
	Version        string // the release of it that was measured, or is imitated
	MinWireVersion int32
	MaxWireVersion int32
	// DisabledProtocols is what --tlsDisabledProtocols is if it is not given, DisabledText the line of the log about it.
	DisabledProtocols string
	DisabledText      string
	// LoginRefused is the error of a login by certificate that gives no reason, LoginNeeded that of a command before it.
	LoginRefused string
	LoginNeeded  string // with the command
	LoggedIn     int    // id of the line about a login by certificate

	HelloOK    bool // hello answers helloOk to those who ask for it
	Rotates    bool // there is rotateCertificates
	QueryHello bool // OP_QUERY carries hellos and logins only, and getLastError is gone
	NeedsChain bool // TLS without a CA file is refused at the start

	// Inferred: nothing of the series was measured. What is said of it comes from its source and its documents.
	Inferred bool
}

const tls10Disabled = "Automatically disabling TLS 1.0, to force-enable TLS 1.0 specify --sslDisabledProtocols 'none'"

// Releases are the series that are known.
var Releases = []Release{
	{
		Series: "4.4", Version: "4.4.5", MaxWireVersion: 9,
		DisabledProtocols: "TLS1_0", DisabledText: tls10Disabled,
		LoginRefused: "auth failed", LoginNeeded: "command %s requires authentication", LoggedIn: 20429,
	},
	{
		Series: "5.0", Version: "5.0.31", MaxWireVersion: 13,
		DisabledProtocols: "TLS1_0", DisabledText: tls10Disabled,
		LoginRefused: "Authentication failed.", LoginNeeded: "command %s requires authentication", LoggedIn: 20429,
		HelloOK: true, Rotates: true, NeedsChain: true, Inferred: true,
	},
	{
		Series: "6.0", Version: "6.0.20", MaxWireVersion: 17,
		DisabledProtocols: "TLS1_0", DisabledText: tls10Disabled,
		LoginRefused: "Authentication failed.", LoginNeeded: "command %s requires authentication", LoggedIn: 5286306,
		HelloOK: true, Rotates: true, QueryHello: true, NeedsChain: true, Inferred: true,
	},
	{
		Series: "7.0", Version: "7.0.16", MaxWireVersion: 21,
		DisabledProtocols: "TLS1_0", DisabledText: tls10Disabled,
		LoginRefused: "Authentication failed.", LoginNeeded: "command %s requires authentication", LoggedIn: 5286306,
		HelloOK: true, Rotates: true, QueryHello: true, NeedsChain: true, Inferred: true,
	},
	{
		Series: "8.0", Version: "8.0.4", MaxWireVersion: 25,
		DisabledProtocols: "TLS1_0", DisabledText: tls10Disabled,
		LoginRefused: "Authentication failed.", LoginNeeded: "Command %s requires authentication", LoggedIn: 5286306,
		HelloOK: true, Rotates: true, QueryHello: true, NeedsChain: true, Inferred: true,
	},
}

// ReleaseOf is the release of a series, written "8.0"; false if it is not known. "" is Default.
func ReleaseOf(series string) (Release, bool) {
	if series == "" {
		return Default, true
	}
	i := slices.IndexFunc(Releases, func(r Release) bool { return r.Series == series })
	if i < 0 {
		return Release{}, false
	}
	return Releases[i], true
}

// Series are the names of all releases, the oldest first.
func Series() (names []string) {
	for _, r := range Releases {
		names = append(names, r.Series)
	}
	return names
}

// StandIn is how a stand-in of the release is called in a report.
func (r Release) StandIn() string {
	if r.Inferred {
		return r.Version + " (stand-in, inferred)"
	}
	return r.Version + " (stand-in)"
}

// Default is the release that the stand-in follows.
var Default = Releases[0]

// VersionArray is the version as buildInfo has it besides.
func (r Release) VersionArray() bson.A {
	list := bson.A{}
	for part := range strings.SplitSeq(r.Version, ".") {
		n, _ := strconv.ParseInt(part, 10, 32) // a number
		list = append(list, int32(n))
	}
	return append(list, int32(0))
}
