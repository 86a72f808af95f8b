package debian

// A Suite is a release of Debian with the versions, without patch levels, of what its packages run on.
type Suite struct{ Name, Python, OpenSSL string }

// Suites are those whose packages can be unpacked here, the oldest first. The last one is not released yet, and moves.
var Suites = []Suite{
	{"bullseye", "3.9", "1.1"},
	{"bookworm", "3.11", "3.0"},
	{"trixie", "3.13", "3.5"},
	{"forky", "3.14", "3.6"},
}
