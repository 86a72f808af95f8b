package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/matrix/dependency"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
	"github.com/mongotls/mongotls/matrix/internal/own"
	"github.com/mongotls/mongotls/matrix/internal/terminal"
	"github.com/mongotls/mongotls/reports/form"
	"github.com/mongotls/mongotls/reports/trial"
)

// A tryer is the flags of try.
type tryer struct {
	own.Options
	drivers   []string
	mine      string
	repo      string
	upgrades  []string
	runtimes  []string
	at        string
	passwords map[string]*string // files, by what they open
	out       string
	json      bool
	verbose   bool
	serve     bool
}

func tryCommand() *cobra.Command {
	y := tryer{passwords: map[string]*string{"cert": new(string), "client": new(string)}}
	cmd := &cobra.Command{
		Use:   "try",
		Short: "Try your own certificates, connection string and configuration with every driver you run",
		Long: `Try runs a server of yours on this machine, as the stand-in, with your certificates and under the names of
your hosts, lets drivers connect to it as your connection string says, and prints who connects, who refuses what, and
what to change.

Give any part of what you have. Without the server's private key (--chain, --from-host) the shape of its chain is
cloned under new keys: the verdicts are the same, and the output says what was cloned. A key of yours is read where it
is, and never copied, logged or reported. Passwords of encrypted keys are asked for on the terminal, or come from a
file or the environment (MONGOTLS_CERT_PASSWORD, MONGOTLS_CLIENT_PASSWORD), never from an argument.

Nothing leaves this machine, but for --from-host, which makes some TLS handshakes and says hello, and --resolve, which
asks the resolver once.

Exit code: 0 all connect, 1 somebody is refused or a mongod would not start, 2 usage or bad data, 3 something was not
looked at, 130 interrupted.`,
		Example: `  mongotls try --cert server.pem --ca ca.pem --driver go --driver node@7 --driver pymongo
  mongotls try --from-host db.example.com:27017 --ca ca.pem --drivers mine
  mongotls try --chain chain.pem --uri 'mongodb://db1.example.com,db2.example.com/?replicaSet=rs0&tls=true' --ca ca.pem
  mongotls try --config mongod.conf --client client.pem --uri 'mongodb://db.example.com/?tls=true'
  mongotls try --cert server.pem --ca ca.pem --upgrade node@6..7 --upgrade go@v1.17.9..v2.9.3
  mongotls try --cert server.pem --ca ca.pem --driver node@7 --driver pymongo --runtime +node24 --runtime +python3.13
  mongotls try --cert server.pem --ca ca.pem --at 2027-03-01
  mongotls try --cert server.pem --ca ca.pem --issuer new-ca.pem
  mongotls try --cert server.pem --ca ca.pem --serve`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return y.run(cmd.Context(), terminal.New(cmd.OutOrStdout(), cmd.ErrOrStderr()))
		},
	}
	y.flags(cmd)
	return cmd
}

func (y *tryer) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&y.Cert, "cert", "", "PEM `file` of the server's chain and key")
	f.StringVar(&y.Chain, "chain", "", "PEM `file` of its chain alone: it is cloned")
	f.StringVar(&y.FromHost, "from-host", "", "`host:port` of a live server, whose chain is cloned")
	f.StringVar(&y.Config, "config", "", "mongod's configuration `file`, YAML")
	f.StringVar(&y.Mode, "mode", "", "`mode` of the server (default that of --config, else requireTLS)")
	f.StringVar(y.passwords["cert"], "cert-password-file", "", "`file` with the password of the server's key")
	f.StringVar(&y.URI, "uri", "", "connection `string` as your applications have it (default: each name of the "+
		"certificate)")
	f.StringVar(&y.CA, "ca", "", "PEM `file` of the authorities that clients trust (default that of --uri, else this "+
		"machine's)")
	f.StringVar(&y.Client, "client", "", "PEM `file` of a client's certificate and key")
	f.StringVar(y.passwords["client"], "client-password-file", "", "`file` with the password of the client's key")
	f.StringVar(&y.Zone, "zone", "", "zone `file` with the SRV and TXT records of a mongodb+srv string")
	f.BoolVar(&y.Resolve, "resolve", false, "ask this machine's resolver for those records, once")
	f.StringArrayVar(&y.drivers, "driver", nil, "`driver` to try, as NAME, NAME@VERSION or NAME@./PATH; may be "+
		"repeated (default "+registry.Usual+")")
	f.StringVar(&y.mine, "drivers", "", "`mine`: the drivers that the lock files of --repo hold")
	f.StringVar(&y.repo, "repo", ".", "a `directory` of the repository")
	f.StringArrayVar(&y.upgrades, "upgrade", nil, "two `versions` of a driver, as node@6..7, to try side by side; may be "+
		"repeated")
	f.StringArrayVar(&y.runtimes, "runtime", nil, "`component`, as +node24, on which to try each driver, too, that it is "+
		"for; may be repeated")
	f.StringVar(&y.at, "at", "", "`day` to try, as 2027-03-01: the dates of clones are shifted")
	f.BoolVar(&y.WhatIf.Renew, "renew", false, "try the certificate before, during and after its renewal")
	f.StringVar(&y.WhatIf.Issuer, "issuer", "", "PEM `file` of a new authority: try each step of the change to it")
	f.StringVar(&y.WhatIf.Staple, "staple", "", "try a staple that is demanded, lost or says revoked: "+
		""+strings.Join(own.Staples, ", "))
	f.BoolVar(&y.serve, "serve", false, "hold the servers of all hosts up, to connect to them by hand, and try nothing")
	f.StringVar(&y.out, "out", "", "`directory` for "+trial.HTMLFile+" and "+trial.JSONFile)
	f.BoolVar(&y.json, "json", false, "print JSON")
	f.BoolVarP(&y.verbose, "verbose", "v", false, "print what both sides saw")
	terminal.Group(f, terminal.Servers, "cert", "chain", "from-host", "config", "mode", "cert-password-file")
	terminal.Group(f, terminal.WhatRuns, "uri", "ca", "client", "client-password-file", "zone", "resolve", "driver",
		"drivers", "repo")
	terminal.Group(f, terminal.WhatIf, "upgrade", "runtime", "at", "renew", "issuer", "staple")
	terminal.Group(f, terminal.Output, "serve", "out", "json", "verbose")
}

func (y *tryer) run(ctx context.Context, t *terminal.Terminal) (err error) {
	left, err := y.parse(ctx)
	if err != nil {
		return err
	}
	if y.out != "" {
		if err := form.Writable(y.out); err != nil {
			return usage.Errorf("--out: %v", err)
		}
	}
	s, err := own.Open(ctx, y.Options)
	if err != nil {
		return classify(err)
	}
	defer func() {
		if wrong := s.Close(); wrong != nil {
			err = errors.Join(err, fault{wrong})
		}
	}()
	if y.serve {
		return hold(ctx, s, t)
	}
	t.Linef(t.Err, "trying %s", form.Counted(s.Total(), "connection", "connections"))
	tried := s.Run(ctx, func(spec string) { t.Linef(t.Err, "installing %s (first time)", spec) }, func(trial.Row) {})
	tried.LeftOut = append(left, tried.LeftOut...)
	if y.json {
		err = trial.Write(t.Out, tried)
	} else {
		t.Trial(tried, y.verbose)
	}
	if err == nil && y.out != "" {
		if err = trial.Save(y.out, tried); err == nil {
			t.Linef(t.Err, "written to %s: %s, %s", y.out, trial.HTMLFile, trial.JSONFile)
		}
	}
	switch {
	case err != nil:
		return fault{err}
	case tried.Interrupted:
		return code(exitInterrupted)
	case tried.Code() != 0:
		return code(tried.Code())
	}
	return nil
}

// hold holds the servers of a try up until ctx is done.
func hold(ctx context.Context, s *own.Session, t *terminal.Terminal) (err error) {
	log := terminal.NewLive(t)
	h, err := s.Hold(ctx, log.Of(""))
	if err != nil {
		return classify(err)
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	const column = 9
	for i, host := range h.Hosts {
		t.Labelled(column, "server", host+" at "+h.Addresses[i])
	}
	t.Commands(column, []terminal.Hint{{Label: "client", Text: h.Request.URI}})
	t.Commands(column, terminal.ByHand(h.Request, "", ""))
	if strings.Contains(h.Request.URI, ":***@") {
		t.Labelled(column, "note", "put your password in place of ***")
	}
	if len(h.Names) > 0 {
		t.Labelled(column, "note", fmt.Sprintf("for drivers to come here by the names of your hosts, put %q into /etc/hosts",
			"127.0.0.1 "+strings.Join(h.Names, " ")))
	}
	t.Labelled(column, "mongod", h.Mongod)
	t.Linef(t.Out, "Ctrl-C ends it")
	log.Begin()
	<-ctx.Done()
	return nil
}

// parse checks what the flags cannot check by themselves. left are drivers of the repository that cannot be tried.
func (y *tryer) parse(ctx context.Context) (left []string, err error) {
	y.Password = func(what string) ([]byte, error) { return terminal.Password(what, *y.passwords[what]) }
	if y.at != "" {
		if y.WhatIf.At, err = time.Parse(time.DateOnly, y.at); err != nil {
			return nil, usage.Errorf("--at %q: a day is written as 2027-03-01", y.at)
		}
	}
	if y.mine != "" && y.mine != "mine" {
		return nil, usage.Errorf("--drivers %q: it takes mine, the drivers of --repo; --driver takes one by its name", y.mine)
	}
	if y.mine != "" {
		found, err := dependency.Held(ctx, y.repo, "HEAD", packages.Drivers)
		if err != nil {
			return nil, usage.Errorf("--drivers mine: %v", err)
		}
		for _, l := range found.Left {
			left = append(left, l.String())
		}
		for _, d := range found.Drivers {
			y.drivers = append(y.drivers, d.Driver+"@"+d.Version)
		}
		if len(y.drivers) == 0 {
			said := append([]string{"no lock file of " + y.repo + " holds a driver that can be run here"}, left...)
			return nil, usage.Errorf("--drivers mine: %s", strings.Join(said, "; "))
		}
	}
	if len(y.drivers)+len(y.upgrades) == 0 {
		y.drivers = []string{registry.Usual}
	}
	for _, text := range y.drivers {
		spec, err := registry.Parse(text)
		if err != nil {
			return nil, err
		}
		y.add(spec)
	}
	for _, text := range y.upgrades {
		if err := y.upgrade(text); err != nil {
			return nil, err
		}
	}
	plain := slices.Clone(y.Drivers)
	for _, text := range y.runtimes {
		if err := y.runtime(text, plain); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// add makes a driver one of those that are tried, and returns its place.
func (y *tryer) add(spec driver.Spec) int {
	i := slices.IndexFunc(y.Drivers, func(other driver.Spec) bool { return other.String() == spec.String() })
	if i < 0 {
		i = len(y.Drivers)
		y.Drivers = append(y.Drivers, spec)
	}
	return i
}

// step adds two drivers, and the way from one to the other.
func (y *tryer) step(from, to driver.Spec) {
	y.Steps = append(y.Steps, own.Step{From: y.add(from), To: y.add(to)})
}

// versionRange is two versions, and what stands before them. A path may have dots of its own.
var versionRange = regexp.MustCompile(`^(.*[^./])\.\.([^./].*)$`)

func (y *tryer) upgrade(text string) error {
	parts := versionRange.FindStringSubmatch(text)
	if parts == nil {
		return usage.Errorf("--upgrade %q: write two versions of a driver, as node@6..7, or what it runs on, as "+
			"node+node22..+node24", text)
	}
	from, err := registry.Parse(parts[1])
	if err != nil {
		return usage.Errorf("--upgrade: %w", err)
	}
	to, err := registry.Change(from, parts[2])
	if err != nil {
		return usage.Errorf("--upgrade: %w", err)
	}
	y.step(from, to)
	return nil
}

// runtime adds each driver that can run on a component, on it.
func (y *tryer) runtime(text string, drivers []driver.Spec) error {
	if !strings.HasPrefix(text, "+") {
		return usage.Errorf("--runtime %q: a component begins with +, as +node24 or +python3.13", text)
	}
	var first error
	taken := false
	for _, spec := range drivers {
		on, err := registry.Change(spec, text)
		if err != nil {
			first = cmp.Or(first, err)
			continue
		}
		taken = true
		y.step(spec, on)
	}
	if !taken {
		return usage.Errorf("--runtime %s: no driver that is tried runs on it: %w", text, first)
	}
	return nil
}
