package node

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"golang.org/x/mod/semver"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/usage"
)

// locks are package-lock.json files, without addresses, for the versions of drivers and runtimes that the matrix has
// been looked at with: what these are, and depend on, never changes. For any other version npm makes one, once, of what
// its registry says, and it stays in the cache.
//
//go:embed locks/*.json
var locks embed.FS

var (
	exact  = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
	prefix = regexp.MustCompile(`^\d+(\.\d+)?$`)
)

// latest is the newest version.
const latest = "latest"

// resolve makes an exact version of what the user wrote.
func (p pack) resolve(ctx context.Context, version string) (string, error) {
	switch {
	case exact.MatchString(version):
		return version, nil
	case version != latest && !prefix.MatchString(version):
		return "", driver.Malformed("that is no version: write one like 6.20.0, 6, latest, or a path like ./%s",
			path.Base(p.name))
	}
	return install.Remembered(ctx, "node/"+p.name+"@"+version, func() (string, error) {
		out, err := npm(ctx, os.TempDir(), "view", p.name+"@"+version, "version", "--json")
		if err != nil {
			return "", p.explain(version, err)
		}
		return p.newest(version, out)
	})
}

// newest is the greatest of the versions that npm lists: one as a string, several as an array, none as nothing.
func (p pack) newest(asked, list string) (string, error) {
	var one string
	var several []string
	if json.Unmarshal([]byte(list), &one) == nil {
		several = []string{one}
	} else if json.Unmarshal([]byte(list), &several) != nil {
		return "", p.unknown(asked)
	}
	greatest := ""
	for _, v := range several {
		if semver.Prerelease("v"+v) == "" && versions.Compare(v, greatest) > 0 {
			greatest = v
		}
	}
	if greatest == "" {
		return "", p.unknown(asked)
	}
	return greatest, nil
}

// Published are the versions that npm knows, and those in the cache.
func Published(ctx context.Context, s driver.Spec) ([]string, error) {
	p := packs[s.Name]
	held := install.Held("node", regexp.MustCompile(`^`+regexp.QuoteMeta(p.name)+`-(\d+\.\d+\.\d+)(?:-[0-9a-f]{12})?$`))
	out, err := npm(ctx, os.TempDir(), "view", p.name, "versions", "--json")
	if err != nil {
		return held, p.explain("", err)
	}
	var all []string
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		return held, errors.New("npm does not say which versions there are")
	}
	return append(all, held...), nil
}

// install is a directory with the package in its node_modules.
func (p pack) install(ctx context.Context, version string) (string, error) {
	lock, err := locks.ReadFile("locks/" + strings.ReplaceAll(p.name, "/", "+") + "-" + version + ".json")
	how := "install"
	if err == nil {
		how = "ci"
	}
	at := "node/" + p.name + "-" + version + "-" + install.Key(lock)
	return install.Cached(ctx, at, func(dir string) error {
		if err := os.WriteFile(filepath.Join(dir, "package.json"), p.packageJSON(version), 0o644); err != nil {
			return err
		}
		if lock != nil {
			if err := os.WriteFile(filepath.Join(dir, "package-lock.json"), lock, 0o644); err != nil {
				return err
			}
		}
		_, err := npm(ctx, dir, how)
		return p.explain(version, err)
	})
}

func (p pack) packageJSON(version string) []byte {
	b, _ := json.Marshal(map[string]any{"private": true, "dependencies": map[string]string{p.name: version}}) // plain data
	return b
}

// npm runs npm. No package may run a program of its own, and nothing is asked or told besides what is needed.
func npm(ctx context.Context, dir string, args ...string) (string, error) {
	return install.Tool(ctx, dir, nil, "npm", append(args, "--ignore-scripts", "--no-audit", "--no-fund",
		"--no-update-notifier",
		"--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=500")...)
}

func (p pack) unknown(version string) error {
	return usage.Errorf("npm knows no version %s of %s", version, p.name)
}

// explain says why npm failed.
func (p pack) explain(version string, err error) error {
	c, ok := errors.AsType[*install.Complaint](err)
	switch {
	case !ok:
		return err
	case errors.Is(c, syscall.ENOSPC):
		return c
	case c.Says("code E404", "code ETARGET"):
		return p.unknown(version)
	case c.Says("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT", "ENOTCACHED",
		"network"):
		return errors.New("the version is not in the cache, and npm cannot reach its registry")
	case c.Says("EINTEGRITY"):
		return fmt.Errorf("npm was sent something else than the checksum of that version names: %s",
			c.Line("integrity checksum"))
	}
	return fmt.Errorf("npm failed: %w", c)
}
