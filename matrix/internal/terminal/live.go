package terminal

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
	"time"
)

// A Live is a mongod's log, as people read it while it is written: a line each, with its time, connection and message.
// What comes before Begin is not shown.
type Live struct {
	t     *Terminal
	mu    sync.Mutex
	begun bool
}

// NewLive is a log that is printed to Out.
func NewLive(t *Terminal) *Live { return &Live{t: t} }

// Begin shows lines from now on.
func (l *Live) Begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun = true
}

// Of is the log of one server, whose lines begin with its name, "" for none.
func (l *Live) Of(name string) io.Writer { return &liveLog{live: l, name: name} }

type liveLog struct {
	live *Live
	name string
	rest []byte
}

// Write takes lines of a log, in parts as they come.
func (w *liveLog) Write(p []byte) (int, error) {
	w.live.mu.Lock()
	defer w.live.mu.Unlock()
	w.rest = append(w.rest, p...)
	for {
		line, rest, whole := bytes.Cut(w.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		w.rest = rest
		if w.live.begun {
			w.live.t.Linef(w.live.t.Out, "%s", w.shown(line))
		}
	}
}

// shown is a line for people; one that is no line of a mongod's log is as it is.
func (w *liveLog) shown(line []byte) string {
	var l struct {
		T struct {
			Date time.Time `json:"$date"`
		}
		Ctx, Msg string
		Attr     json.RawMessage
	}
	if err := json.Unmarshal(line, &l); err != nil || l.Msg == "" {
		return string(line)
	}
	text := l.T.Date.Local().Format("15:04:05.000") + " "
	if w.name != "" {
		text += w.name + " "
	}
	text += l.Ctx + " " + l.Msg
	if len(l.Attr) > 0 {
		text += " " + string(l.Attr)
	}
	return text
}
