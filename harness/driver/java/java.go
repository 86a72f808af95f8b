// Package java drives the Java driver on a JDK of a Debian suite.
package java

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"embed"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/driver/install/debian"
	"github.com/mongotls/mongotls/internal/usage"
)

// program is the adapter.
//
//go:embed adapter
var program embed.FS

const (
	// debians is the version that Debian has.
	debians = "3.6.3"
	// suite is the one whose JDK and driver are used.
	suite = "bookworm"
)

// Open runs the adapter with a version of the driver: 3.6.3, which Debian has, or the path of a directory with the jars
// of 4.0 or a later one. It runs on the JDK of a Debian suite.
func Open(ctx context.Context, s driver.Spec, i driver.Isolation) (driver.Driver, error) {
	command, err := start(ctx, s.Version)
	if err != nil {
		return nil, err
	}
	return driver.StartAs(ctx, s, "the driver", command, i.Environment())
}

// A jars is a driver as it is installed: its jars, and the folder of the adapter with the client for them.
type jars struct {
	paths  []string
	client string
}

// start is the command line that runs the adapter with a version.
func start(ctx context.Context, version string) ([]string, error) {
	var own []string
	if driver.IsPath(version) {
		var err error
		if own, err = find(version); err != nil {
			return nil, err
		}
	} else if version != debians {
		return nil, usage.Errorf("Debian has %s; any other is driven by the path of a directory with its jars (bson, "+
			"mongodb-driver-core, mongodb-driver-sync), as java@./jars", debians)
	}
	root, err := debian.Open(ctx, suite, "libmongodb-java", "openjdk-17-jdk-headless")
	if err != nil {
		return nil, err
	}
	homes, err := root.Files("lib/jvm/java-17-openjdk-*", "share/java/mongo-java-driver.jar")
	if err == nil && len(homes) != 2 {
		err = root.Lacks("JDK with the driver")
	}
	if err != nil {
		return nil, err
	}
	java := filepath.Join(homes[0], "bin", "java")
	use := jars{homes[1:], "legacy"}
	if own != nil {
		use = jars{own, "current"}
	}
	classes, err := use.compiled(ctx, root.Command(java+"c"))
	if err != nil {
		return nil, err
	}
	return root.Command(java, slices.Concat(flags, []string{
		"-Dmongotls.roots=" + filepath.Join(root.Dir, "usr", "share", "ca-certificates", "mozilla"),
		"-cp", use.path(classes), "Adapter"})...), nil
}

// flags are those of the JVM: it leaves nothing in directories, starts soon, and lets the adapter at its name service.
var flags = []string{"-XX:-UsePerfData", "-XX:+ErrorFileToStderr", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
	"-Xmx512m", "--add-opens", "java.base/java.net=ALL-UNNAMED"}

// marker is a class that the driver has since 4.0, in which the events came that the adapter listens to.
const marker = "com/mongodb/event/ConnectionPoolClearedEvent.class"

// find are the jars of a directory.
func find(version string) ([]string, error) {
	dir, err := filepath.Abs(version)
	if err != nil {
		return nil, err
	}
	all, err := filepath.Glob(filepath.Join(dir, "*.jar"))
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, usage.Errorf("%s is no directory with the jars of the driver: bson, mongodb-driver-core, "+
			"mongodb-driver-sync", dir)
	}
	for _, class := range []string{"org/bson/Document.class", "com/mongodb/client/MongoClients.class", marker} {
		found := false
		for _, jar := range all {
			has, err := holds(jar, class)
			if err != nil {
				return nil, err
			}
			found = found || has
		}
		if !found {
			return nil, usage.Errorf("the jars in %s are not those of the driver 4.0 or a later one: none holds %s", dir, class)
		}
	}
	return all, nil
}

// holds reports whether a jar has a file.
func holds(jar, name string) (bool, error) {
	z, err := zip.OpenReader(jar)
	if err != nil {
		return false, usage.Errorf("%s cannot be read as a jar: %v", jar, err)
	}
	defer func() { _ = z.Close() }()
	return slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == name }), nil
}

// path is the class path with these jars.
func (j jars) path(classes ...string) string {
	return strings.Join(append(classes, j.paths...), string(os.PathListSeparator))
}

// compiled is the directory with the classes of the adapter; javac is the command line of the compiler. What is
// compiled with jars of one's own is known by their content.
func (j jars) compiled(ctx context.Context, javac []string) (string, error) {
	parts := map[string]any{"jars": j.paths}
	for _, jar := range j.paths {
		content, err := os.ReadFile(jar)
		if err != nil {
			return "", err
		}
		parts[jar] = sha256.Sum256(content)
	}
	files, err := install.Contents(program)
	if err != nil {
		return "", err
	}
	return install.Cached(ctx, "java/adapter-"+install.Key(parts, files), func(dir string) error {
		source := filepath.Join(dir, "source")
		if err := os.CopyFS(source, program); err != nil {
			return err
		}
		sources, err := j.sources(source)
		if err != nil {
			return err
		}
		args := slices.Concat(javac[1:], []string{"-proc:none", "-nowarn", "-cp", j.path(), "-d", dir}, sources)
		_, err = install.Tool(ctx, dir, []string{"LC_ALL=C"}, javac[0], args...)
		return err
	})
}

// sources are the files of the adapter with the client for these jars.
func (j jars) sources(dir string) (all []string, err error) {
	for _, pattern := range []string{"*.java", j.client + "/*.java", j.client + "/*/*.java"} {
		found, err := filepath.Glob(filepath.Join(dir, "adapter", filepath.FromSlash(pattern)))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
