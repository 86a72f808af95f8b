package matrix

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/server"
	"github.com/mongotls/mongotls/harness/server/embedded"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports"
)

// checkBackend says which options of the back end do not fit together, before anything is opened.
func checkBackend(o Options) error {
	if !slices.Contains(server.Backends, o.Backend) {
		return usage.Errorf(
			"unknown back end %q%s: take one of %s",
			o.Backend,
			usage.Meant(o.Backend, server.Backends),
			strings.Join(server.Backends, ", "),
		)
	}
	if o.Rate != 0 && o.Backend != "external" {
		return usage.Errorf("--rate goes with --backend external")
	}
	for option, given := range map[string]struct{ value, backend string }{
		"image": {o.Image, "container"}, "mongod": {o.Mongod, "binary"}, "uri": {o.URI, "external"},
		"ca": {o.CA, "external"}, "cert": {o.Cert, "external"}, "imitate": {o.Imitate, reports.Embedded},
	} {
		if given.value != "" && given.backend != o.Backend {
			return usage.Errorf("--%s goes with --backend %s", option, given.backend)
		}
	}
	for _, name := range o.Releases {
		if !slices.Contains(append(mongod.Series(), allReleases), name) {
			return usage.Errorf("--release: the stand-in cannot imitate %q%s: take %s, or some of %s", name,
				usage.Meant(name, mongod.Series()), allReleases, strings.Join(mongod.Series(), ", "))
		}
	}
	_, imitates := mongod.ReleaseOf(o.Imitate)
	switch {
	case len(o.Releases) > 0 && o.Backend != reports.Embedded:
		return usage.Errorf("--release goes with --backend embedded")
	case len(o.Releases) > 0 && o.Imitate != "":
		return usage.Errorf("--imitate and --release both name a release: take one of the two")
	case !imitates:
		return usage.Errorf("the stand-in cannot imitate %q%s: take one of %s", o.Imitate,
			usage.Meant(o.Imitate, mongod.Series()), strings.Join(mongod.Series(), ", "))
	case o.Backend == "container" && server.Container == nil:
		return usage.Errorf(
			"the back end of containers is not part of this program: import _ %q",
			"github.com/mongotls/mongotls/harness/server/container",
		)
	case o.Backend == "binary" && o.Mongod == "":
		return usage.Errorf("--backend binary needs --mongod, the path of a mongod")
	case o.Rate < 0:
		return usage.Errorf("--rate %d: take 1 connection a second or more", o.Rate)
	case o.Backend == "external" && o.URI == "":
		return usage.Errorf("--backend external needs --uri, a connection string")
	}
	return nil
}

// gentle is how many connections a second go to a deployment of the user's.
const gentle = 10

// openExternal looks at the deployment of the user's.
func openExternal(ctx context.Context, o Options) (*server.External, error) {
	ask := o.CertPassword
	if ask == nil {
		ask = func() ([]byte, error) {
			return nil, usage.Errorf("--cert: the private key of %s is encrypted, and no password is given", o.Cert)
		}
	}
	return server.NewExternal(ctx, server.Deployed{URI: o.URI, CA: o.CA, Cert: o.Cert, Password: ask,
		Rate: cmp.Or(o.Rate, gentle)})
}

// openBackend makes the back end that the options name. External ones are open already.
func openBackend(ctx context.Context, o Options, external *server.External) (server.Backend, error) {
	switch o.Backend {
	case "container":
		return server.Container(ctx, cmp.Or(o.Image, mongod.Image))
	case "binary":
		return server.NewBinary(o.Mongod)
	case "external":
		return external, nil
	}
	names := series(o.Releases)
	if len(names) == 0 {
		names = []string{o.Imitate}
	}
	var releases []mongod.Release
	for _, name := range names {
		release, _ := mongod.ReleaseOf(name) // it has been checked
		releases = append(releases, release)
	}
	return embedded.Imitating(releases...), nil
}

// allReleases stands for every one.
const allReleases = "all"

// series are the releases that these names stand for, the oldest first, each once.
func series(names []string) []string {
	return slices.DeleteFunc(mongod.Series(), func(s string) bool {
		return !slices.Contains(names, s) && !slices.Contains(names, allReleases)
	})
}
