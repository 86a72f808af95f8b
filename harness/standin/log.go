package standin

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A serverLog is mongod's log: structured lines as they stand in its file. Safe for concurrent use.
type serverLog struct {
	out    io.Writer                              // nil: the lines are kept, all of them
	levels func(component string, level int) bool // which of D1 to D5 are written; nil for none

	mu    sync.Mutex
	lines []string
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

// entry is a line of the logv2 format.
type entry struct {
	Time struct {
		Date string `json:"$date"`
	} `json:"t"`
	Severity  string          `json:"s"`
	Component string          `json:"c"`
	ID        int             `json:"id"`
	Context   string          `json:"ctx"`
	Message   string          `json:"msg"`
	Attr      json.RawMessage `json:"attr,omitempty"`
}

// Line writes a line. The severity is I, W, E, F or D1 to D5; context is the thread's name; attr may be nil.
func (l *serverLog) Line(severity, component string, id int, context, message string, attr bson.D) {
	if level, err := strconv.Atoi(strings.TrimPrefix(severity, "D")); err == nil && !l.Logs(component, level) {
		return
	}
	e := entry{Severity: severity, Component: component, ID: id, Context: context, Message: message}
	e.Time.Date = time.Now().Format("2006-01-02T15:04:05.000-07:00")
	if attr != nil {
		b, err := bson.MarshalExtJSON(shortened(attr), false, false)
		if err != nil {
			b = []byte(`{}`)
		}
		e.Attr = b
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return // no type in an entry can fail to encode
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))
	if l.out == nil {
		return
	}
	if len(l.lines) > kept {
		l.lines = l.lines[1:]
	}
	_, _ = l.out.Write(b.Bytes()) // a log that cannot be written has nowhere to say so
}

// longest is maxLogSizeKB: how many bytes of an attribute a mongod writes.
const longest = 10 << 10

// shortened are attributes as a mongod writes them: a text that is too long is cut, and one inside a document is left
// out (measured on mongod 4.4.5).
func shortened(attr bson.D) bson.D {
	short := slices.Clone(attr)
	for i, e := range short {
		switch v := e.Value.(type) {
		case string:
			if len(v) > longest {
				short[i].Value = strings.ToValidUTF8(v[:longest], "")
			}
		case bson.D:
			short[i].Value = slices.DeleteFunc(slices.Clone(v), func(inner bson.E) bool {
				text, ok := inner.Value.(string)
				return ok && len(text) > longest
			})
		}
	}
	return short
}

// Lines are a copy of the lines so far.
func (l *serverLog) Lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}
