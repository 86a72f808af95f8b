package standin

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A journal is mongod's log: structured lines as they stand in its file.
type journal struct {
	out       io.Writer // nil: the lines are kept, all of them
	verbosity *verbosity

	mu    sync.Mutex
	lines []string
}

// kept is how many lines a log that is written somewhere keeps for getLog.
const kept = 1024

func newJournal(out io.Writer, v *verbosity) *journal { return &journal{out: out, verbosity: v} }

// A verbosity says, by component, up to which of its levels D1 to D5 a log goes; nil is the default, none.
type verbosity struct {
	Network componentVerbosity `bson:"network"`
	Command componentVerbosity `bson:"command"`
	Access  componentVerbosity `bson:"accessControl"`
}

type componentVerbosity struct {
	Verbosity int `bson:"verbosity"`
}

func parseVerbosity(text string) (v verbosity, err error) {
	err = bson.UnmarshalExtJSON([]byte(text), false, &v)
	return v, err
}

// goes says whether lines of a level are logged.
func (v *verbosity) goes(component string, level int) bool {
	if v == nil {
		return false
	}
	return map[string]int{"NETWORK": v.Network.Verbosity, "COMMAND": v.Command.Verbosity, "ACCESS": v.Access.Verbosity}[component] >= level
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

// line logs. The severity is I, W, E, F or D1 to D5; attr may be nil.
func (j *journal) line(severity, component string, id int, ctx, msg string, attr bson.D) {
	if level, err := strconv.Atoi(strings.TrimPrefix(severity, "D")); err == nil && !j.verbosity.goes(component, level) {
		return
	}
	e := entry{Severity: severity, Component: component, ID: id, Context: ctx, Message: msg}
	e.Time.Date = time.Now().Format("2006-01-02T15:04:05.000-07:00")
	if attr != nil {
		b, err := bson.MarshalExtJSON(attr, false, false)
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
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))
	if j.out == nil {
		return
	}
	if len(j.lines) > kept {
		j.lines = j.lines[1:]
	}
	_, _ = j.out.Write(b.Bytes()) // a log that cannot be written has nowhere to say so
}

// all is a copy of the lines so far.
func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.lines...)
}
