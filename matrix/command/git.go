package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// A repository is a checkout that git knows.
type repository struct{ dir string }

// git runs a command that changes nothing.
func (r repository) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", r.dir}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return nil, fmt.Errorf("git %s: %s", args[0], strings.TrimPrefix(firstLine(stderr.String()), "fatal: "))
	case err != nil:
		return nil, fmt.Errorf("git: %w", err)
	}
	return out, nil
}

// commit is the id of a revision.
func (r repository) commit(ctx context.Context, revision string) (string, error) {
	if _, err := r.git(ctx, "rev-parse", "--git-dir"); err != nil {
		return "", err
	}
	out, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("%q is no commit of this repository; in a shallow clone, fetch it first", revision)
	}
	return strings.TrimSpace(string(out)), nil
}

// files are the paths of the regular files of a commit, from its top.
func (r repository) files(ctx context.Context, commit string) ([]string, error) {
	out, err := r.git(ctx, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, err
	}
	var all []string
	for entry := range strings.SplitSeq(string(out), "\x00") {
		about, path, ok := strings.Cut(entry, "\t")
		if ok && strings.HasPrefix(about, "100") { // no link, no submodule
			all = append(all, path)
		}
	}
	return all, nil
}

func (r repository) content(ctx context.Context, commit, path string) ([]byte, error) {
	return r.git(ctx, "cat-file", "blob", commit+":"+path)
}

// manifests reads the MongoDB drivers of every manifest of a revision.
func (r repository) manifests(ctx context.Context, revision string) (map[string][]dependency, error) {
	commit, err := r.commit(ctx, revision)
	if err != nil {
		return nil, err
	}
	files, err := r.files(ctx, commit)
	if err != nil {
		return nil, err
	}
	all := map[string][]dependency{}
	for _, file := range files {
		read := manifestReader(file)
		if read == nil {
			continue
		}
		content, err := r.content(ctx, commit, file)
		if err != nil {
			return nil, err
		}
		if all[file], err = read(content); err != nil {
			return nil, fmt.Errorf("%s at %s: %w", file, revision, err)
		}
	}
	return all, nil
}
