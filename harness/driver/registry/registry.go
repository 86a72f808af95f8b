// Package registry is the table of the drivers: one row each, which everything that lists drivers reads.
package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/version"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/goversion"
	"github.com/mongotls/mongotls/harness/driver/java"
	"github.com/mongotls/mongotls/harness/driver/libmongoc"
	"github.com/mongotls/mongotls/harness/driver/node"
	"github.com/mongotls/mongotls/harness/driver/perl"
	"github.com/mongotls/mongotls/harness/driver/php"
	"github.com/mongotls/mongotls/harness/driver/pymongo"
	"github.com/mongotls/mongotls/harness/driver/ruby"
	"github.com/mongotls/mongotls/harness/ecosystem"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/versions"
	"github.com/mongotls/mongotls/internal/usage"
)

// A Row is a driver.
type Row struct {
	Name string
	// Packages of this ecosystem are the driver in lock files, or bring it under their own version.
	Ecosystem ecosystem.Name
	Packages  []string
	// Wrappers are packages that bring the first of Packages with them, in a version that only a lock file tells. Those
	// that leave it to their user to install the driver, such as typeorm, are none.
	Wrappers []string
	Called   Called
	// Versions are those that the documents show and the built-in known failures were held against, the oldest first. The
	// last one is driven where none is named. A driver without any is one that the machines of the project cannot install.
	Versions []string
	// Since is the oldest version that the adapter drives, "" for the first of Versions.
	Since string
	// Components are what it can be told to run on. Builds are those sets of them that the documents show, besides none.
	Components []Component
	Builds     [][]driver.Component
	// Carriers are the runtimes that bring an old release of a component, by the name of it: no spec can ask for that.
	Carriers map[string]driver.Component
	// Reports are the names of components that its adapter reports besides those, in lower case.
	Reports []string
	// Guide is the address of what its makers have written, where known failures cite that as the guide of its name.
	Guide string
	// OneLiner is a command of the shell that connects as its users would, with a connection string in the place of %s; ""
	// if there is none so short. That of go runs in the directory of a module that has the driver.
	OneLiner string
	// Slow: it takes minutes, so it is driven only where it is named.
	Slow bool
	open func(context.Context, driver.Spec, driver.Isolation) (driver.Driver, error)
	// published are the versions that can be had; with an error, those that can be had although the registry cannot be
	// asked. Without it they are Versions.
	published func(context.Context, driver.Spec) ([]string, error)
	// implied is the version of a spec that names none; nil for Default.
	implied func(driver.Spec) string
}

// Called is what else files call a driver, "" where they do not. All but Repository are regular expressions.
type Called struct {
	Repository   string // in addresses
	Conda        string // in channels of conda
	Distribution string // among the packages of Linux, where it does not begin with lib
	Variable     string // in the names of variables that hold its version
}

// A Component is a kind of driver.Component that a driver can be told to run on.
type Component struct {
	Name    string
	Example string        // a version of it; "" if it takes none
	Path    bool          // one of the user's own can be given by its path
	Role    evidence.Role // a spec names one component of each role
	Since   string        // the oldest version of the driver that has it; "" is the oldest of all
}

// Usual is the driver that is run where none is named: the one that this program is built with.
const Usual = "go"

// Rows are the drivers.
var Rows = []Row{
	{
		Name:       Usual,
		Ecosystem:  ecosystem.Go,
		Packages:   []string{"go.mongodb.org/mongo-driver", "go.mongodb.org/mongo-driver/v2"},
		Versions:   []string{"v1.17.10", "v2.0.0", "v2.4.1", "v2.5.0", "v2.7.0", "v2.8.2", linked},
		Since:      "v1.17.0",
		Components: []Component{{Name: goversion.Runtime, Example: "1.22", Path: true, Role: evidence.Runtime}},
		Reports:    []string{"crypto/tls"},
		open:       goversion.Open,
		published:  goversion.Published,
		implied:    orLinked,
		OneLiner:   `d=$(mktemp -d) && echo 'package main; import ("context"; "fmt"; "os"; "go.mongodb.org/mongo-driver/v2/mongo"; "go.mongodb.org/mongo-driver/v2/mongo/options"); func main() { c, err := mongo.Connect(options.Client().ApplyURI(os.Args[1])); if err == nil { err = c.Ping(context.Background(), nil) }; if err != nil { fmt.Println(err); os.Exit(1) }; fmt.Println("ok") }' >"$d"/ping.go && go run "$d"/ping.go %s`,
	},
	{
		Name:      "node",
		Ecosystem: ecosystem.NPM,
		Packages:  []string{"mongodb"},
		Wrappers: []string{
			"@fastify/mongodb", "@hokify/agenda", "@mikro-orm/mongodb", "@pulsecron/pulse", "@shelf/jest-mongodb",
			"agenda", "connect-mongo", "connect-mongodb-session", "fastify-mongodb", "loopback-connector-mongodb",
			"mongodb-memory-server", "mongodb-memory-server-core", "mongodb-memory-server-global", "mongoist",
			"mongojs", "monk", "papr", "parse-server", "sails-mongo", "winston-mongodb",
		},
		Carriers:   map[string]driver.Component{"openssl": {Name: node.Node, Version: "16"}},
		Versions:   []string{"3.7.4", "4.17.2", "5.9.2", "6.20.0", "7.9.0"},
		Since:      "3.7.0",
		Components: javaScript,
		Reports:    []string{"openssl", "boringssl", "rustls"},
		open:       node.Open,
		published:  node.Published,
		OneLiner:   `node -e 'require("mongodb").MongoClient.connect(process.argv[1]).then(c => c.db("admin").command({ping: 1})).then(console.log, console.error).finally(process.exit)' %s`,
	},
	{
		Name:       "mongoose",
		Ecosystem:  ecosystem.NPM,
		Packages:   []string{"mongoose"},
		Wrappers:   []string{"@payloadcms/db-mongodb"},
		Called:     Called{Variable: `mongoose`},
		Versions:   []string{"6.13.11", "7.8.13", "8.24.10", "9.12.1"},
		Since:      "6.0.0",
		Components: javaScript,
		Reports:    []string{"openssl", "boringssl", "rustls", "mongodb"},
		open:       node.Open,
		published:  node.Published,
		OneLiner:   `node -e 'require("mongoose").connect(process.argv[1]).then(m => m.connection.db.admin().ping()).then(console.log, console.error).finally(process.exit)' %s`,
	},
	{
		Name:       "mongosh",
		Ecosystem:  ecosystem.NPM,
		Packages:   []string{"mongosh"},
		Called:     Called{Distribution: `mongodb-mongosh`, Variable: `mongosh`},
		Versions:   []string{"2.12.0"},
		Since:      "2.0.0",
		Components: javaScript[:1],
		Slow:       true,
		Reports:    []string{"openssl", "mongodb"},
		open:       node.Open,
		published:  node.Published,
		OneLiner:   `mongosh %s --eval 'db.runCommand({ping: 1})'`,
	},
	{
		Name:      "pymongo",
		Ecosystem: ecosystem.PyPI,
		Packages:  []string{"pymongo"},
		Wrappers: []string{
			"beanie", "django-mongodb-backend", "djongo", "flask-mongoengine", "flask-pymongo", "langchain-mongodb",
			"ming", "mongo-connector", "mongoengine", "motor", "motor-types", "odmantic", "pymodm", "pymongoarrow",
			"umongo",
		},
		Called: Called{
			Repository: "mongo-python-driver", Conda: `(?i:py)mongo`, Distribution: `python3-pymongo`, Variable: `pymongo`,
		},
		Carriers: map[string]driver.Component{"openssl": {Name: pymongo.Python, Version: "3.9"}},
		Guide:    "https://pymongo.readthedocs.io/",
		Versions: []string{"3.11.0", "4.10.1"},
		Since:    "3.11.0",
		Components: []Component{
			{Name: pymongo.Python, Example: "3.13", Path: true, Role: evidence.Runtime},
			{Name: pymongo.PyOpenSSL, Role: evidence.TLSLibrary},
			{Name: pymongo.Async, Since: "4.9.0"},
		},
		Builds:    [][]driver.Component{{{Name: pymongo.PyOpenSSL}}, {{Name: pymongo.Async}}},
		Reports:   []string{"openssl", "libressl", "ssl", "cryptography", "service-identity", "requests", "dnspython"},
		open:      pymongo.Open,
		published: pymongo.Published,
		OneLiner:  `python3 -c 'import pymongo, sys; print(pymongo.MongoClient(sys.argv[1]).admin.command("ping"))' %s`,
	},
	{
		Name:       "libmongoc",
		Ecosystem:  ecosystem.Conan,
		Packages:   []string{"mongo-c-driver"},
		Called:     Called{Variable: `mongoc`},
		Versions:   []string{"1.17.6", "1.23.1", "1.30.4"},
		Since:      "1.17.6",
		Components: []Component{{Name: libmongoc.OpenSSL, Example: "3.0", Role: evidence.TLSLibrary}},
		Reports:    []string{"libressl", "glibc"},
		open:       libmongoc.Open,
		published:  libmongoc.Published,
		implied:    libmongoc.Implied("1.30.4"),
		OneLiner:   `d=$(mktemp -d) && echo 'int main(int c, char **v) { bson_error_t e = {0}; mongoc_init(); mongoc_uri_t *u = mongoc_uri_new_with_error(v[1], &e); mongoc_client_t *m = u ? mongoc_client_new_from_uri(u) : 0; bson_t *p = BCON_NEW("ping", BCON_INT32(1)); puts(m && mongoc_client_command_simple(m, "admin", p, 0, 0, &e) ? "ok" : e.message); }' | cc -include mongoc/mongoc.h -x c - -o "$d"/ping $(pkg-config --cflags --libs libmongoc-1.0 || pkg-config --cflags --libs mongoc2) && "$d"/ping %s`,
	},
	{
		Name:      "java",
		Ecosystem: ecosystem.Debian,
		Packages:  []string{"libmongodb-java"},
		Versions:  []string{"3.6.3"},
		Slow:      true,
		Reports:   []string{"java", "jsse"},
		open:      java.Open,
	},
	{
		Name:      "perl",
		Ecosystem: ecosystem.CPAN,
		Packages:  []string{"MongoDB"},
		Versions:  []string{"2.2.2"},
		Slow:      true,
		Reports:   []string{"perl", "openssl", "libressl", "io-socket-ssl", "net-ssleay"},
		open:      perl.Open,
		OneLiner:  `perl -MMongoDB -e 'print MongoDB->connect($ARGV[0])->db("admin")->run_command([ping => 1])->{ok}, "\n"' %s`,
	},
	{
		Name:      "php",
		Ecosystem: ecosystem.Packagist,
		Packages:  []string{"mongodb/mongodb-extension"},
		Called:    Called{Distribution: `php[\d.]*-mongodb`},
		Versions:  []string{"1.15.0", "2.0.0"},
		Slow:      true,
		Reports:   []string{"php", "libmongoc", "openssl", "libressl"},
		open:      php.Open,
		OneLiner:  `php -r '$m = new MongoDB\Driver\Manager($argv[1]); print_r($m->executeCommand("admin", new MongoDB\Driver\Command(["ping" => 1]))->toArray());' %s`,
	},
	{
		Name:      "ruby",
		Ecosystem: ecosystem.RubyGems,
		Packages:  []string{"mongo"},
		Wrappers:  []string{"mongo_mapper", "mongoid"},
		Called:    Called{Distribution: `ruby-mongo`},
		Slow:      true,
		Reports:   []string{"ruby", "openssl", "libressl", "bson"},
		open:      ruby.Open,
		OneLiner:  `ruby -e 'require "mongo"; p Mongo::Client.new(ARGV[0]).use("admin").database.command(ping: 1).documents' %s`,
	},
}

// javaScript are the runtimes of JavaScript, Node.js first.
var javaScript = []Component{
	{Name: node.Node, Example: "22", Path: true, Role: evidence.Runtime},
	{Name: node.Bun, Example: "1.3", Path: true, Role: evidence.Runtime},
	{Name: node.Deno, Example: "2.5", Path: true, Role: evidence.Runtime},
}

// linked is the version of the Go driver that this program is built with.
var linked = "v" + strings.TrimPrefix(version.Driver, "v")

// orLinked leaves the driver that this program is built with as it is, unless it is to be built with something else.
func orLinked(s driver.Spec) string {
	if len(s.Components) == 0 {
		return ""
	}
	return linked
}

// Find returns the row of a name.
func Find(name string) (Row, bool) {
	i := slices.IndexFunc(Rows, func(r Row) bool { return r.Name == name })
	if i < 0 {
		return Row{}, false
	}
	return Rows[i], true
}

// Names are those of the rows.
func Names() (all []string) {
	for _, r := range Rows {
		all = append(all, r.Name)
	}
	return all
}

// Default is the version that is driven where none is named, "" if there is none.
func (r Row) Default() string {
	if len(r.Versions) == 0 {
		return ""
	}
	return r.Versions[len(r.Versions)-1]
}

// version is the one that a spec without one stands for.
func (r Row) version(s driver.Spec) string {
	if r.implied == nil {
		return r.Default()
	}
	return r.implied(s)
}

// Oldest is the oldest version that the built-in known failures were held against, "" if that is none of Versions.
func (r Row) Oldest() string {
	if len(r.Versions) == 0 {
		return ""
	}
	return r.Versions[0]
}

// RunsOn are the names of all components that a report can have of the driver, in lower case.
func (r Row) RunsOn() (all []string) {
	for _, c := range r.Components {
		all = append(all, c.Name)
	}
	return append(all, r.Reports...)
}

// builds are those of the documents: without any component, and Builds.
func (r Row) builds() [][]driver.Component { return append([][]driver.Component{nil}, r.Builds...) }

// since is the oldest version that runs on these components.
func (r Row) since(on []driver.Component) string {
	oldest := cmp.Or(r.Since, r.Oldest())
	for _, c := range on {
		if has := r.Components[r.place(c.Name)].Since; has != "" && versions.Compare(has, oldest) > 0 {
			oldest = has
		}
	}
	return oldest
}

// documented are the versions of a build that the documents show.
func (r Row) documented(on []driver.Component) []string {
	since := r.since(on)
	return slices.DeleteFunc(slices.Clone(r.Versions), func(v string) bool { return versions.Compare(v, since) < 0 })
}

// Defaults are the drivers that are run where nobody says which: each build in its default version, but for slow ones.
func Defaults() (specs []driver.Spec) {
	for _, r := range Rows {
		for _, on := range r.builds() {
			if !r.Slow {
				specs = append(specs, driver.Spec{Name: r.Name, Components: on})
			}
		}
	}
	return specs
}

// Documented are all that the documents show: each build in each version. The default version is not named.
func Documented() (specs []driver.Spec) {
	for _, r := range Rows {
		for _, on := range r.builds() {
			for _, v := range r.documented(on) {
				if v == r.Default() {
					v = ""
				}
				specs = append(specs, driver.Spec{Name: r.Name, Version: v, Components: on})
			}
		}
	}
	return specs
}

// An Upgrade is one version of a driver and a later one.
type Upgrade struct{ From, To driver.Spec }

// Upgrades are those that the documents show: each version of each build, and the next one.
func Upgrades() (all []Upgrade) {
	for _, r := range Rows {
		for _, on := range r.builds() {
			all = append(all, r.upgrades(on)...)
		}
	}
	return all
}

// upgrades are those of one build.
func (r Row) upgrades(on []driver.Component) (all []Upgrade) {
	shown := r.documented(on)
	for i := 1; i < len(shown); i++ {
		all = append(all, Upgrade{driver.Spec{Name: r.Name, Version: shown[i-1], Components: on},
			driver.Spec{Name: r.Name, Version: shown[i], Components: on}})
	}
	return all
}

// An Unavailable is the error of Open: who runs several drivers may go on with the others. Where it lies in the spec,
// it is one of usage.
type Unavailable struct{ error }

// Unwrap is the error itself.
func (u Unavailable) Unwrap() error { return u.error }

// Open makes the driver of a spec, which Parse has read. Drivers do not know of each other: one process can have
// several. The error is Unavailable, and begins with the spec.
func Open(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	open, asked, oldest := command, s, ""
	if r, ok := Find(s.Name); ok {
		open, oldest = r.open, r.since(nil)
		if s.Version == "" {
			asked.Version = r.version(s)
		}
		since := r.since(s.Components)
		if since != r.since(nil) && versions.Canonical(asked.Version) != "" && versions.Compare(asked.Version, since) < 0 {
			return nil, Unavailable{usage.Errorf("driver %s: a version of %s that runs so is %s or newer", s, s.Name, since)}
		}
	}
	d, err := open(ctx, asked, i)
	if err != nil {
		if oldest != "" && versions.Canonical(asked.Version) != "" && versions.Compare(asked.Version, oldest) < 0 {
			err = fmt.Errorf("older than %s, the oldest version that its adapter drives: %w", oldest, err)
		}
		return nil, Unavailable{fmt.Errorf("driver %s: %w", s, err)}
	}
	return d, nil
}
