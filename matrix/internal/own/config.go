package own

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/internal/cases"
	"github.com/mongotls/mongotls/scenarios"
)

// readConfig reads a mongod's configuration as it would.
func (g *given) readConfig(_ context.Context, o Options) error {
	var mode scenarios.Mode
	if o.Mode != "" {
		modes, err := cases.ParseModes([]string{o.Mode})
		if err != nil {
			return err
		}
		mode = modes[0]
	}
	if o.Config == "" {
		g.config.Mode = cmp.Or(mode, scenarios.RequireTLS)
		return g.whatIf.check(g)
	}
	line, err := g.readLine([]string{"mongod", "--config", o.Config})
	var refusal *mongod.Refusal
	switch {
	case errors.As(err, &refusal):
		return usage.Errorf("--config: a mongod does not start with %s: %s", o.Config, refusal.Text)
	case err != nil:
		return err
	}
	g.config = line.Config
	for _, path := range slices.Sorted(maps.Keys(line.Config.Other)) {
		if mongod.Enterprise(path) {
			g.note("ignored: %s, which only a mongod of MongoDB Enterprise starts with", path)
		} else {
			g.note("ignored: %s", path)
		}
	}
	g.config.Mode = cmp.Or(mode, line.Config.Mode, scenarios.Disabled)
	if g.config.FIPSMode {
		return usage.Errorf("--config: net.tls.FIPSMode: the stand-in's TLS library has no such mode; take it out")
	}
	g.readParameters()
	if g.config.KeyFile != "" {
		g.note("ignored: security.keyFile, which is for the members of a cluster")
		g.config.KeyFile = ""
	}
	g.secrets = append(g.secrets, g.config.CertificateKeyFilePassword, g.config.ClusterPassword)
	if path := g.config.ClusterFile; path != "" {
		if _, missing := os.Stat(path); missing != nil {
			g.note("net.tls.clusterFile is not on this machine: whether a mongod starts with it is not known")
			g.config.ClusterFile = ""
		}
	}
	return g.whatIf.check(g)
}

// readLine reads a command line as the newest release that starts with it; the error is that of the newest of all,
// with what older ones hold against it.
func (g *given) readLine(args []string) (mongod.CommandLine, error) {
	newest := mongod.Newest
	newest.Enterprise = true
	_, refused := mongod.Read(args, newest)
	for _, r := range slices.Backward(mongod.Releases) {
		r.Enterprise = true
		line, err := mongod.Read(args, r)
		var older, said *mongod.Refusal
		if errors.As(err, &older) && errors.As(refused, &said) && !strings.Contains(said.Text, older.Text) {
			more := *said
			more.Text += fmt.Sprintf("; of %s: %s", r.Series, older.Text)
			refused = &more
		}
		if err != nil {
			continue
		}
		if refused != nil {
			g.note("a mongod after %s does not start with this configuration: %v", r.Series, refused)
		}
		return line, nil
	}
	return mongod.CommandLine{}, refused
}

// readParameters takes out those that the stand-in does not know: a mongod has hundreds.
func (g *given) readParameters() {
	known := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(g.config.SetParameter)) {
		switch {
		case mongod.ParameterOf(name).Starts(mongod.Default, false):
			known[name] = g.config.SetParameter[name]
		case aboutTLS.MatchString(name):
			g.leave("setParameter.%s: the stand-in does not know it", name)
		default:
			g.note("ignored: setParameter.%s, which the stand-in does not know", name)
		}
	}
	g.config.SetParameter = known
}

// aboutTLS are parameters that could change what clients meet.
var aboutTLS = regexp.MustCompile(`(?i)tls|ssl|ocsp|authenticationMechanisms|scram|x509`)
