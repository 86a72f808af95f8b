// Package program says what program this is, and how it was started.
package program

import (
	"os"
	"regexp"
	"runtime/debug"
	"strings"
)

// Name is how this process was started, for the commands that it prints.
func Name() string {
	if path, err := os.Executable(); err != nil || ByGoRun() || strings.HasSuffix(path, ".test") {
		return "go run ."
	}
	return "mongotls"
}

// ByGoRun reports whether `go run` runs this process, which makes 1 of every exit code but 0.
func ByGoRun() bool {
	path, err := os.Executable()
	return err == nil && builtByGoRun(path)
}

// cached is where `go run` keeps what it has built, from the second time on, in whatever directory GOCACHE names.
var cached = regexp.MustCompile(`/[0-9a-f]{2}/[0-9a-f]{64}-d/[^/]+$`)

func builtByGoRun(path string) bool {
	return (strings.Contains(path, "/go-build") || cached.MatchString(path)) && !strings.HasSuffix(path, ".test")
}

// Version is the module's version, "devel" in a checkout.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
