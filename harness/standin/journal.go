package standin

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A journal is mongod's log: structured lines as they stand in its file.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func newJournal() *journal { return &journal{} }

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
}

// all is a copy of the lines so far.
func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.lines...)
}
