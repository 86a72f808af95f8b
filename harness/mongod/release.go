package mongod

import (
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A Release is what mongods of one series say and do otherwise than those of another.
type Release struct {
	Series         string // "4.4"
	Version        string // the release of it that was measured
	MinWireVersion int32
	MaxWireVersion int32
	// DisabledProtocols is what --tlsDisabledProtocols is if it is not given, DisabledText the line of the log about it.
	DisabledProtocols string
	DisabledText      string
	// LoginRefused is the error of a login by certificate that gives no reason, LoginNeeded that of a command before it.
	LoginRefused string
	LoginNeeded  string // with the command
	LoggedIn     int    // id of the line about a login by certificate
}

// Releases are the series that are known.
var Releases = []Release{
	{
		Series:            "4.4",
		Version:           "4.4.5",
		MinWireVersion:    0,
		MaxWireVersion:    9,
		DisabledProtocols: "TLS1_0",
		DisabledText:      "Automatically disabling TLS 1.0, to force-enable TLS 1.0 specify --sslDisabledProtocols 'none'",
		LoginRefused:      "auth failed",
		LoginNeeded:       "command %s requires authentication",
		LoggedIn:          20429,
	},
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
