package matrix

import (
	"cmp"
	"context"
	"fmt"

	"github.com/mongotls/mongotls/harness/server"
)

// openBackend makes the back end that the options name.
func openBackend(ctx context.Context, o Options) (server.Backend, error) {
	for option, given := range map[string]struct{ value, backend string }{
		"image": {o.Image, "container"}, "mongod": {o.Mongod, "binary"}, "uri": {o.URI, "external"},
		"ca": {o.CA, "external"}, "cert": {o.Cert, "external"},
	} {
		if given.value != "" && given.backend != o.Backend {
			return nil, fmt.Errorf("--%s goes with --backend %s", option, given.backend)
		}
	}
	switch o.Backend {
	case "embedded":
		return server.NewEmbedded(), nil
	case "container":
		return server.NewContainers(ctx, cmp.Or(o.Image, "mongo:8.0"))
	case "binary":
		if o.Mongod == "" {
			return nil, fmt.Errorf("--backend binary needs --mongod, the path of a mongod")
		}
		return server.NewBinary(o.Mongod)
	case "external":
		if o.URI == "" || o.CA == "" {
			return nil, fmt.Errorf("--backend external needs --uri, a connection string, and --ca, a PEM file of authorities")
		}
		return server.NewExternal(ctx, o.URI, o.CA, o.Cert)
	}
	return nil, fmt.Errorf("unknown back end %q: there are embedded, container, binary and external", o.Backend)
}
