package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mongotls/mongotls/harness/driver"
)

// A Complaint is what a tool said before it ended with an error.
type Complaint struct {
	Text string // its standard error and output
	Err  error  // how it ended
}

func (c *Complaint) Error() string { return fmt.Sprintf("%v: %s", c.Err, c.First(2)) }

// Unwrap makes a full disk known for what it is.
func (c *Complaint) Unwrap() error {
	if c.Says("no space left on device", "ENOSPC") {
		return syscall.ENOSPC
	}
	return c.Err
}

// Says reports whether one of the parts occurs, in letters of any case.
func (c *Complaint) Says(parts ...string) bool {
	text := strings.ToLower(c.Text)
	for _, part := range parts {
		if strings.Contains(text, strings.ToLower(part)) {
			return true
		}
	}
	return false
}

// First are its first lines, joined to one, without those that only tell of progress or begin with #.
func (c *Complaint) First(n int) string {
	return c.lines(n, func(line string) bool {
		return line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "go: downloading")
	})
}

// Line is the first line that holds one of the parts.
func (c *Complaint) Line(parts ...string) string {
	return c.lines(1, func(line string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(line, part) })
	})
}

// lines are the first ones of a kind, joined to one.
func (c *Complaint) lines(n int, kind func(string) bool) string {
	var found []string
	for line := range strings.Lines(c.Text) {
		if line = strings.TrimSpace(line); len(found) < n && kind(line) {
			found = append(found, line)
		}
	}
	return strings.Join(found, "; ")
}

// Tool runs a program that builds or installs drivers (the Go tool, npm, pip, a compiler) in dir, with env on top of
// driver.ToolEnvironment, and returns its standard output. The error is a sentence if the program is not there, that of
// ctx, or a *Complaint. When ctx is done the program ends with all that it started.
func Tool(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("the program %s is needed to install this driver, and there is none on the PATH", name)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = dir, append(driver.ToolEnvironment(), env...)
	var out, both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &both
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		return out.String(), nil
	case errors.Is(err, exec.ErrWaitDelay):
		return "", fmt.Errorf("%s left something running", name)
	}
	both.Write(out.Bytes())
	return "", &Complaint{both.String(), err}
}
