package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/internal/usage"
)

// An apt is apt with a state of its own: nothing is installed in its eyes, and nothing of the machine is written. Of
// the machine's configuration it heeds what concerns the network, such as a proxy.
type apt struct{ dir string }

// configuration is read after the machine's. The hooks of the machine are not for us: some delete the archives of the
// machine.
const configuration = `Dir::State "%[1]s/state";
Dir::State::status "%[1]s/status";
Dir::Cache "%[1]s/cache";
Dir::Log "%[1]s/log";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::CNF;
Acquire::Languages "none";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
`

func newApt(dir string) (apt, error) {
	a := apt{dir}
	for _, d := range []string{"state/lists/partial", "cache/archives/partial", "log"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return a, err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "status"), nil, 0o644); err != nil {
		return a, err
	}
	return a, os.WriteFile(filepath.Join(dir, "apt.conf"), fmt.Appendf(nil, configuration, dir), 0o644)
}

func (a apt) get(ctx context.Context, args ...string) (string, error) {
	args = append([]string{"-c", filepath.Join(a.dir, "apt.conf"), "-q"}, args...)
	return install.Tool(ctx, a.dir, []string{"LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"}, "apt-get", args...)
}

// mirrors are the archives of the machine's own sources, in their order.
func (a apt) mirrors(ctx context.Context) ([]string, error) {
	uris, err := a.get(ctx, "update", "--print-uris")
	if err != nil {
		return nil, err
	}
	return archives(uris), nil
}

var releaseFile = regexp.MustCompile(`^'(.+)/dists/.+/(?:InRelease|Release)'`)

// archives are the base addresses of the release files in a list of what apt would fetch.
func archives(uris string) []string {
	var all []string
	for line := range strings.Lines(uris) {
		if m := releaseFile.FindStringSubmatch(line); m != nil && !slices.Contains(all, m[1]) {
			all = append(all, m[1])
		}
	}
	return all
}

// choose reads the lists of a suite from the first mirror that has it and whose signature is Debian's.
func (a apt) choose(ctx context.Context, suite string) error {
	mirrors, err := a.mirrors(ctx)
	if err != nil {
		return err
	}
	keyring, err := keyring()
	if err != nil {
		return err
	}
	lacking := errors.New("none of the apt sources of this machine has a suite of that name")
	for _, mirror := range mirrors {
		source := fmt.Sprintf("deb [signed-by=%s] %s %s main\n", keyring, mirror, suite)
		if err := os.WriteFile(filepath.Join(a.dir, "sources.list"), []byte(source), 0o644); err != nil {
			return err
		}
		_, err := a.own(ctx, "update", "-o", "APT::Update::Error-Mode=any")
		complaint, ok := errors.AsType[*install.Complaint](err)
		switch {
		case !ok:
			return err
		case complaint.Says("does not have a Release file", "404"):
		case complaint.Says("NO_PUBKEY", "not signed", "invalid signature"):
			lacking = fmt.Errorf("no key in %s has signed what a mirror of this machine offers: %s", keyring, complaint.First(1))
		default:
			lacking = explain(complaint)
		}
	}
	return lacking
}

// own is get with nothing but the chosen source.
func (a apt) own(ctx context.Context, args ...string) (string, error) {
	return a.get(ctx, append([]string{"-o", "Dir::Etc::SourceList=" + filepath.Join(a.dir, "sources.list"), "-o",
		"Dir::Etc::SourceParts=/dev/null"},
		args...)...)
}

// keyring is the file with the keys of Debian's archives.
func keyring() (string, error) {
	for _, name := range []string{"debian-archive-keyring.pgp", "debian-archive-keyring.gpg"} {
		if path := filepath.Join("/usr/share/keyrings", name); exists(path) {
			return path, nil
		}
	}
	return "", errors.New("this machine does not have the keys of Debian's archives: install debian-archive-keyring")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// download fetches packages with all that they depend on, and returns their files.
func (a apt) download(ctx context.Context, packages []string) ([]string, error) {
	_, err := a.own(ctx, append([]string{"install", "--yes", "--download-only"}, packages...)...)
	if complaint, ok := errors.AsType[*install.Complaint](err); ok {
		return nil, explain(complaint)
	}
	if err != nil {
		return nil, err
	}
	return filepath.Glob(filepath.Join(a.dir, "cache", "archives", "*.deb"))
}

// explain puts what apt complains about into a sentence.
func explain(c *install.Complaint) error {
	switch {
	case c.Says("Unable to locate package", "was not found", "has no installation candidate"):
		return usage.Errorf("there is no such package, or not in this version: %s", firstError(c))
	case c.Says("Could not resolve", "Could not connect", "Cannot initiate the connection", "Connection failed",
		"timed out", "unreachable"):
		return errors.New("the mirror of this machine's apt sources cannot be reached")
	}
	return fmt.Errorf("%w: %s", c.Unwrap(), firstError(c))
}

// firstError is the first line that apt marks as an error.
func firstError(c *install.Complaint) string {
	for line := range strings.Lines(c.Text) {
		if text, ok := strings.CutPrefix(line, "E: "); ok {
			return strings.TrimSpace(text)
		}
	}
	return c.First(1)
}
