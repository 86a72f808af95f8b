package libmongoc

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/harness/driver/install/debian"
)

// ofNames is what the library of names is made of: the part of the probe that answers them, and what lets it do that
// in other programs.
//
//go:embed probe/resolve.c names/scope.c
var ofNames embed.FS

// Names is the file of a library that answers names as the probe does, of driver.ResolverEnv and MONGOTLS_DIAL. It is
// to be preloaded into a program that has libmongoc in it, such as PHP, and runs with the C library of root or, if that
// is nil, of this machine. The root must have libc6-dev.
func Names(ctx context.Context, root *debian.Root) (string, error) {
	const library = "names.so"
	files, err := install.Contents(ofNames)
	if err != nil {
		return "", err
	}
	args := []string{"-std=gnu11", "-O1", "-shared", "-fPIC", "-o", library, "probe/resolve.c", "names/scope.c"}
	if root != nil {
		args = append(args, "--sysroot="+root.Dir)
	}
	args = append(args, "-lresolv", "-ldl")
	dir, err := install.Cached(ctx, "libmongoc/names-"+install.Key(args, files), func(dir string) error {
		if err := os.CopyFS(dir, ofNames); err != nil {
			return err
		}
		_, err := install.Tool(ctx, dir, []string{"LC_ALL=C"}, "cc", args...)
		return err
	})
	if complaint, ok := errors.AsType[*install.Complaint](err); ok {
		err = fmt.Errorf("the library of names does not compile: %s", complaint.First(4))
	}
	return filepath.Join(dir, library), err
}
