package mongod

import (
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/versions"
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

	// MasksLogins: no refusal of a login by certificate says why, but that there is no such user or database for it.
	MasksLogins bool
	// Speculates is what the errors of a login inside a hello call the hello.
	Speculates string
	// LoginFailed is the id of the line about a login that fails; Login, of the one about each that is tried, 0 for none
	// at the usual verbosity. LogsPasswords: a login by password has lines of these ids, too.
	LoginFailed, Login int
	LogsPasswords      bool
	// SeparationYields: with enforceUserClusterSeparation=false a member's certificate logs in as an ordinary user where
	// it cannot be a member. SeparationForced: this parameter is refused where certificates make members.
	SeparationYields, SeparationForced bool
	// DescribesFiles: lines at the start, and after a rotation, are about the certificates and revocation lists.
	DescribesFiles bool
	// CountsMembers: serverStatus counts the logins of members apart.
	CountsMembers bool
	// ChecksMetadata: there is validateDBMetadata.
	ChecksMetadata bool
	// Connections have a UUID in the log: "text", or "document"; "" for none.
	ConnectionUUID string
	// LogsHandshakes: a line is about each handshake, another about its certificate; serverStatus counts handshakes.
	LogsHandshakes bool
	// OpenSSL is the generation of the TLS library that the images of the series have.
	OpenSSL int
	// SendsAlerts: those of the TLS library reach the client.
	SendsAlerts bool

	// Enterprise: it is the edition that has options of its own.
	Enterprise bool

	// Inferred: nothing of the series was measured. What is said of it comes from its source and its documents.
	Inferred bool
}

// Releases are the series that are known.
var Releases = func() []Release {
	r44 := Release{
		Series: "4.4", Version: "4.4.5", MaxWireVersion: 9,
		DisabledProtocols: "TLS1_0",
		DisabledText:      "Automatically disabling TLS 1.0, to force-enable TLS 1.0 specify --sslDisabledProtocols 'none'",
		LoginRefused:      "auth failed", LoginNeeded: "command %s requires authentication",
		LoggedIn: 20429, LoginFailed: 20428, Login: 20427, Speculates: "isMaster", OpenSSL: 1,
	}

	r50 := r44
	r50.Series, r50.Version, r50.MaxWireVersion, r50.Inferred = "5.0", "5.0.31", 13, true
	r50.LoginRefused, r50.MasksLogins, r50.Speculates = "Authentication failed.", true, "hello"
	r50.HelloOK, r50.Rotates, r50.NeedsChain, r50.DescribesFiles = true, true, true, true
	r50.ChecksMetadata = true
	r50.CountsMembers, r50.SeparationYields, r50.ConnectionUUID = true, true, "text"

	r60 := r50
	r60.Series, r60.Version, r60.MaxWireVersion = "6.0", "6.0.20", 17
	r60.LoggedIn, r60.LoginFailed, r60.Login, r60.LogsPasswords = 5286306, 5286307, 0, true
	r60.QueryHello, r60.OpenSSL = true, 3

	r70 := r60
	r70.Series, r70.Version, r70.MaxWireVersion = "7.0", "7.0.16", 21
	r70.LogsHandshakes, r70.SeparationForced, r70.ConnectionUUID = true, true, "document"

	r80 := r70
	r80.Series, r80.Version, r80.MaxWireVersion = "8.0", "8.0.4", 25
	r80.LoginNeeded, r80.SendsAlerts = "Command %s requires authentication", true
	return []Release{r44, r50, r60, r70, r80}
}()

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

// Has reports whether the release has what came with one series, "" for always, and went with another, "" for never.
func (r Release) Has(since, until string) bool {
	return (since == "" || versions.Compare(r.Series, since) >= 0) &&
		(until == "" || versions.Compare(r.Series, until) < 0)
}

// AtLeast is the release, or that of a later series.
func (r Release) AtLeast(series string) Release {
	if later, ok := ReleaseOf(series); ok && !r.Has(series, "") {
		return later
	}
	return r
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

// Default is the release that the stand-in follows, and the only one that was measured.
var Default = Releases[0]

// Newest is the last of all releases.
var Newest = Releases[len(Releases)-1]

// Image is that of containers, unless somebody names another.
var Image = "mongo:" + Newest.Series

// laterReasons are why a certificate is not valid, in the words of OpenSSL 1.1.1 and of OpenSSL 3.
var laterReasons = map[string]string{
	"self signed certificate":                      "self-signed certificate",
	"self signed certificate in certificate chain": "self-signed certificate in certificate chain",
	"unsupported certificate purpose":              "unsuitable certificate purpose",
}

// Reason is why a certificate is not valid, given in the words of OpenSSL 1.1.1, in those of the release's.
func (r Release) Reason(words string) string {
	if later, ok := laterReasons[words]; ok && r.OpenSSL >= 3 {
		return later
	}
	return words
}

// Says reports whether a text of any release has these words of 4.4.
func Says(text, words string) bool {
	later, ok := laterReasons[words]
	return strings.Contains(text, words) || ok && strings.Contains(text, later)
}

// IsLine reports whether a line of any release's log is what 4.4 has under an id.
func IsLine(id, of44 int) bool {
	return id == of44 || slices.ContainsFunc(Releases, func(r Release) bool {
		return of44 == Default.LoginFailed && id == r.LoginFailed || of44 == Default.LoggedIn && id == r.LoggedIn
	})
}

// VersionArray is the version as buildInfo has it besides.
func (r Release) VersionArray() bson.A {
	list := bson.A{}
	for part := range strings.SplitSeq(r.Version, ".") {
		n, _ := strconv.ParseInt(part, 10, 32) // a number
		list = append(list, int32(n))
	}
	return append(list, int32(0))
}
