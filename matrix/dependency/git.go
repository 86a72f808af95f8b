package dependency

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// A repository is a checkout that git knows.
type repository struct{ dir string }

func (r repository) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", r.dir}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")
	return cmd
}

// git runs a command that changes nothing.
func (r repository) git(ctx context.Context, args ...string) (string, error) {
	cmd := r.command(ctx, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		first, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		return "", fmt.Errorf("git %s: %s", args[0], strings.TrimPrefix(first, "fatal: "))
	case err != nil:
		return "", fmt.Errorf("git: %w", err)
	}
	return string(out), nil
}

// commit is the id of a revision.
func (r repository) commit(ctx context.Context, revision string) (string, error) {
	out, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("%q is no commit of this repository; in a shallow clone, fetch it first", revision)
	}
	return strings.TrimSpace(out), nil
}

// The modes of a tree's entries that are no regular file.
const (
	linkMode   = "120000"
	moduleMode = "160000"
)

// An object is an entry of a commit's tree.
type object struct{ mode, id string }

// tree are the files, links and submodules of a commit by path, from its top.
func (r repository) tree(ctx context.Context, commit string) (map[string]object, error) {
	out, err := r.git(ctx, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, err
	}
	all := map[string]object{}
	for line := range strings.SplitSeq(out, "\x00") {
		about, path, _ := strings.Cut(line, "\t")
		if word := strings.Fields(about); len(word) == 3 {
			all[path] = object{mode: word[0], id: word[2]}
		}
	}
	return all, nil
}

// renames are the files that git finds under another name, by their name in head.
func (r repository) renames(ctx context.Context, base, head string) (map[string]string, error) {
	out, err := r.git(ctx, "diff-tree", "-r", "-z", "-M", "--name-status", "--diff-filter=R", base, head)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	word := strings.Split(out, "\x00")
	for i := 0; i+2 < len(word); i += 3 { // R100, from, to
		all[word[i+2]] = word[i+1]
	}
	return all, nil
}

// A store reads objects by their ids, all by one process.
type store struct {
	cmd   *exec.Cmd
	asks  io.WriteCloser
	tells *bufio.Reader
}

// open starts to read objects; an error says that there is no repository.
func (r repository) open(ctx context.Context) (*store, error) {
	if _, err := r.git(ctx, "rev-parse", "--git-dir"); err != nil {
		return nil, err
	}
	s := &store{cmd: r.command(ctx, "cat-file", "--batch")}
	asks, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	tells, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.asks, s.tells = asks, bufio.NewReader(tells)
	return s, s.cmd.Start()
}

func (s *store) close() {
	_ = s.asks.Close()
	_ = s.cmd.Wait() // it ends when nobody asks any more, and what it told has been read
}

// blob is the content of an object, if it is not larger than limit.
func (s *store) blob(id string, limit int64) ([]byte, error) {
	if _, err := fmt.Fprintln(s.asks, id); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	head, err := s.tells.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	var kind string
	var size int64
	if _, err := fmt.Sscanf(head, id+" %s %d", &kind, &size); err != nil || kind != "blob" {
		return nil, fmt.Errorf("git has no content for it: fetch it first")
	}
	if size > limit {
		_, err := io.CopyN(io.Discard, s.tells, size+1)
		return nil, errors.Join(fmt.Errorf("it is larger than %d MB", limit>>20), err)
	}
	content := make([]byte, size+1) // a line end follows
	if _, err := io.ReadFull(s.tells, content); err != nil {
		return nil, fmt.Errorf("git cat-file: %w", err)
	}
	return content[:size], nil
}
