package server

import (
	"bytes"
	"context"
	"slices"

	"github.com/mongotls/mongotls/harness/condition"
)

// A logbook is the log of a running mongod, as far as it is known: it is written to, and waits for lines.
type logbook struct {
	mu      condition.Mutex
	partial []byte
	lines   []logged
	dropped int  // lines before these
	ended   bool // there will be no more
}

// Write takes pieces of the log as they come.
func (b *logbook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.partial = append(b.partial, p...)
	for {
		text, rest, found := bytes.Cut(b.partial, []byte("\n"))
		if !found {
			break
		}
		b.partial = bytes.Clone(rest)
		b.lines = append(b.lines, read(string(bytes.TrimSuffix(text, []byte("\r")))))
	}
	b.mu.Broadcast()
	return len(p), nil
}

// Close says that the log is complete.
func (b *logbook) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.mu.Broadcast()
	return nil
}

// mark is the place after the last line; forget drops what stands before it.
func (b *logbook) mark() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropped + len(b.lines)
}

func (b *logbook) forget(mark int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := max(0, min(mark-b.dropped, len(b.lines)))
	b.lines, b.dropped = slices.Clone(b.lines[n:]), b.dropped+n
}

// since are the lines after a mark.
func (b *logbook) since(mark int) []logged {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.after(mark))
}

func (b *logbook) after(mark int) []logged {
	return b.lines[min(max(0, mark-b.dropped), len(b.lines)):]
}

// wait returns true once the lines after mark are enough, false when the log ends or ctx is done before. enough only
// looks at the lines.
func (b *logbook) wait(ctx context.Context, mark int, enough func([]logged) bool) (found bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.Wait(ctx, func() bool {
		found = enough(b.after(mark))
		return found || b.ended
	})
	return found
}
