package standin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// A serverLog is mongod's log: structured lines as they stand in its file. Safe for concurrent use.
type serverLog struct {
	out    io.Writer                              // nil: the lines are kept, all of them
	levels func(component string, level int) bool // which of D1 to D5 are written; nil for none

	mu       sync.Mutex
	lines    []string
	written  int      // lines
	warnings []string // of the start
}

// kept is how many lines a log that is written somewhere keeps for getLog.
const kept = 1024

func newLog(out io.Writer, levels func(component string, level int) bool) *serverLog {
	return &serverLog{out: out, levels: levels}
}

// Logs reports whether lines of a level, 1 to 5 for D1 to D5, are written.
func (l *serverLog) Logs(component string, level int) bool {
	return l.levels != nil && l.levels(component, level)
}

// startupWarnings is the tag of the lines that getLog shows under that name.
const startupWarnings = "startupWarnings"

// Line writes a line. The severity is I, W, E, F or D1 to D5; context is the thread's name; attr may be nil.
func (l *serverLog) Line(severity, component string, id int, context, message string, attr bson.D) {
	l.write(severity, component, id, context, message, attr, "")
}

// warnOfStart writes a line that getLog shows among the warnings of the start.
func (l *serverLog) warnOfStart(id int, text string) {
	l.write("W", "CONTROL", id, "initandlisten", text, nil, startupWarnings)
}

// write writes a line in the columns of the logv2 format (src/mongo/logv2/json_formatter.cpp).
func (l *serverLog) write(severity, component string, id int, context, message string, attr bson.D, tag string) {
	if level, err := strconv.Atoi(strings.TrimPrefix(severity, "D")); err == nil && !l.Logs(component, level) {
		return
	}
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, `{"t":{"$date":"%s"},"s":"%s"%-*s"c":"%s"%-*s"id":%d%-*s"ctx":%s,"msg":%s`,
		time.Now().Format("2006-01-02T15:04:05.000-07:00"), severity, 4-len(severity), ",", component, 10-len(component),
		",", id, 9-len(strconv.Itoa(id)), ",", inJSON(context), inJSON(message))
	if attr != nil {
		kept, cut, sizes := shortened(attr)
		for _, part := range []struct {
			name  string
			value bson.D
		}{{"attr", kept}, {"truncated", cut}, {"size", sizes}} {
			if part.name != "attr" && len(part.value) == 0 {
				continue
			}
			if text, err := bson.MarshalExtJSON(part.value, false, false); err == nil {
				_, _ = fmt.Fprintf(&b, `,"%s":%s`, part.name, text)
			}
		}
	}
	if tag != "" {
		_, _ = fmt.Fprintf(&b, `,"tags":[%s]`, inJSON(tag))
	}
	b.WriteString("}\n")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, strings.TrimSuffix(b.String(), "\n"))
	l.written++
	if tag == startupWarnings {
		l.warnings = append(l.warnings, l.lines[len(l.lines)-1])
	}
	if l.out == nil {
		return
	}
	if len(l.lines) > kept {
		l.lines = l.lines[1:]
	}
	_, _ = io.WriteString(l.out, b.String()) // a log that cannot be written has nowhere to say so
}

// inJSON is a text as JSON, not made for HTML.
func inJSON(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}

// longest is maxLogSizeKB: how many bytes of an attribute a mongod writes.
const longest = 10 << 10

// shortened are attributes as a mongod writes them: a text that is too long is cut, and one inside a document is left
// out (measured on mongod 4.4.5). What was cut is told beside them, with the sizes of documents (read, not measured).
func shortened(attr bson.D) (short, cut, sizes bson.D) {
	short = slices.Clone(attr)
	for i, e := range short {
		switch v := e.Value.(type) {
		case string:
			if len(v) > longest {
				short[i].Value = strings.ToValidUTF8(v[:longest], "")
				cut = append(cut, bson.E{Key: e.Key, Value: cutText(v)})
			}
		case bson.D:
			var inside bson.D
			short[i].Value = slices.DeleteFunc(slices.Clone(v), func(inner bson.E) bool {
				text, ok := inner.Value.(string)
				if ok = ok && len(text) > longest; ok {
					inside = append(inside, bson.E{Key: inner.Key, Value: cutText(text)})
				}
				return ok
			})
			if raw, err := bson.Marshal(v); err == nil && inside != nil {
				cut = append(cut, bson.E{Key: e.Key, Value: bson.D{{Key: "truncated", Value: inside}}})
				sizes = append(sizes, bson.E{Key: e.Key, Value: int32(len(raw))})
			}
		}
	}
	return short, cut, sizes
}

// cutText is what is told of a text that was cut.
func cutText(whole string) bson.D {
	return bson.D{{Key: "type", Value: "string"}, {Key: "size", Value: int32(len(whole))}}
}

// Lines are a copy of the lines of late, and the number of all.
func (l *serverLog) Lines() (late []string, written int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines), l.written
}

// Warnings are those of the start.
func (l *serverLog) Warnings() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.warnings)
}

// Rotate begins a new file, if the log is in one that it can rotate.
func (l *serverLog) Rotate() error {
	l.Line("I", "CONTROL", 23166, "LogRotate", "Log rotation initiated", nil)
	file, ok := l.out.(*logFile)
	if !ok {
		return nil
	}
	l.mu.Lock()
	err := file.rotate()
	l.mu.Unlock()
	if err != nil {
		l.Line("W", "CONTROL", 23168, "LogRotate", "Log rotation failed",
			bson.D{{Key: "reason", Value: status.Error{Code: status.FileNotOpen, Text: err.Error()}.Logged()}})
		return err
	}
	host, _ := os.Hostname()
	l.Line("I", "CONTROL", 20721, "LogRotate", "Process Details", bson.D{{Key: "pid", Value: strconv.Itoa(os.Getpid())},
		{Key: "architecture", Value: "64-bit"}, {Key: "host", Value: host}})
	return nil
}

// A logFile is systemLog.path. Whoever uses it has a lock.
type logFile struct {
	path    string
	reopens bool // systemLog.logRotate; it renames otherwise
	file    *os.File
}

// openLog opens the file, and moves one away that is not to be appended to: moved is where to. The error is mongod's.
func openLog(c mongod.Config) (f *logFile, moved string, err error) {
	f = &logFile{path: c.LogPath, reopens: c.LogRotate == "reopen"}
	is, err := os.Stat(f.path)
	switch {
	case err == nil && is.IsDir():
		return nil, "", status.Errorf(status.FileNotOpen, "logpath %q should name a file, not a directory.", f.path)
	case err == nil && !c.LogAppend:
		moved = f.path + suffix()
		err = os.Rename(f.path, moved)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err == nil {
		err = f.open()
	}
	if err != nil {
		return nil, "", status.Errorf(status.FileNotOpen,
			"Can't initialize rotatable log file :: caused by :: Failed to open %s", f.path)
	}
	return f, moved, nil
}

// suffix is what a file that is moved away is called by.
func suffix() string { return time.Now().UTC().Format(".2006-01-02T15-04-05") }

func (f *logFile) open() (err error) {
	f.file, err = os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return err
}

// rotate moves the file away, unless somebody else has, and begins another.
func (f *logFile) rotate() error {
	if !f.reopens {
		moved := f.path + suffix()
		if _, err := os.Lstat(moved); err == nil {
			return fmt.Errorf("the file %s is there already", moved)
		}
		if err := os.Rename(f.path, moved); err != nil {
			return err
		}
	}
	old := f.file
	if err := f.open(); err != nil {
		f.file = old
		return err
	}
	return old.Close()
}

func (f *logFile) Write(p []byte) (int, error) { return f.file.Write(p) }

func (f *logFile) Close() error { return f.file.Close() }
