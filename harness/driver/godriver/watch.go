package godriver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness"
)

// A watch listens to a client. It records events, and ends the attempt when every server that the client currently knows
// has failed its check without ever having succeeded: nothing but the time limit of server selection is left then.
// It reads no expectation. Without heartbeats (loadBalanced) or servers (SRV), nothing has failed.
type watch struct {
	start time.Time
	stop  func()

	mu        sync.Mutex
	over      bool     // the attempt
	closed    bool     // the client
	known     []string // addresses, as of the last topology description
	succeeded map[string]bool
	failed    map[string]error // the first failure of each server
	inOrder   []string         // the keys of failed
	described map[string]bool  // the client has taken note of a failure
	hopeless  bool
	sent      bool // a command has left since the last call of next
	events    []harness.Event
	warnings  []string
}

func newWatch(stop func()) *watch {
	return &watch{start: time.Now(), stop: stop, succeeded: map[string]bool{}, failed: map[string]error{},
		described: map[string]bool{}}
}

func (w *watch) listen(opts *options.ClientOptions) {
	opts.SetServerMonitor(&event.ServerMonitor{
		ServerHeartbeatSucceeded: func(e *event.ServerHeartbeatSucceededEvent) {
			w.note("heartbeat-succeeded", "", func() { w.succeeded[server(e.ConnectionID)] = true })
		},
		ServerHeartbeatFailed: func(e *event.ServerHeartbeatFailedEvent) {
			w.note("heartbeat-failed", e.Failure.Error(), func() { w.fail(server(e.ConnectionID), e.Failure) })
		},
		ServerDescriptionChanged: func(e *event.ServerDescriptionChangedEvent) {
			w.note("", "", func() { w.described[e.Address.String()] = w.failed[e.Address.String()] != nil })
		},
		TopologyDescriptionChanged: func(e *event.TopologyDescriptionChangedEvent) {
			w.note("", "", func() {
				w.known = w.known[:0]
				for _, s := range e.NewDescription.Servers {
					w.known = append(w.known, s.Addr.String())
				}
				w.despair()
			})
		},
	})
	opts.SetPoolMonitor(&event.PoolMonitor{Event: func(e *event.PoolEvent) {
		kind, ok := poolEvents[e.Type]
		if !ok {
			return
		}
		text := e.Reason
		if e.Error != nil {
			text = strings.TrimPrefix(text+": "+e.Error.Error(), ": ")
		}
		w.pool(kind, text)
	}})
	opts.SetMonitor(&event.CommandMonitor{Started: func(context.Context, *event.CommandStartedEvent) {
		w.note("", "", func() { w.sent = true })
	}})
	// The driver has no level for warnings: they are its messages at level info. That of server selection only says that
	// it waits.
	opts.SetLoggerOptions(options.Logger().SetSink(w).
		SetComponentLevel(options.LogComponentCommand, options.LogLevelInfo).
		SetComponentLevel(options.LogComponentTopology, options.LogLevelInfo).
		SetComponentLevel(options.LogComponentConnection, options.LogLevelInfo))
}

var poolEvents = map[string]string{
	event.ConnectionPoolCleared:    "pool-cleared",
	event.ConnectionCreated:        "connection-created",
	event.ConnectionClosed:         "connection-closed",
	event.ConnectionCheckOutFailed: "checkout-failed",
}

// note records an event, unless kind is "", and does the rest under the lock. A heartbeat that fails after the end of the
// attempt is the noise of closing the client.
func (w *watch) note(kind, text string, rest func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	if kind != "" {
		w.add(kind, text)
	}
	rest()
}

// pool records an event of the connection pool. The driver can hand out an error before it tells of the connection or
// pool that went with it, but not before it is closed.
func (w *watch) pool(kind, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.add(kind, text)
	}
}

func (w *watch) add(kind, text string) {
	w.events = append(w.events, harness.Event{Kind: kind, Text: text, AtMS: ms(time.Since(w.start))})
}

func (w *watch) fail(server string, err error) {
	// A check that the client itself cancelled says nothing about the server; another follows.
	if w.failed[server] != nil || errors.Is(err, context.Canceled) {
		return
	}
	w.failed[server] = err
	w.inOrder = append(w.inOrder, server)
}

// first is the first failure of a server that is still known and has never succeeded, nil if there is none.
func (w *watch) first() error {
	for _, server := range w.inOrder {
		if !w.succeeded[server] && slices.Contains(w.known, server) {
			return w.failed[server]
		}
	}
	return nil
}

// despair is asked only when the topology description has changed: the heartbeat event precedes that, and the error that
// the application gets is made from the description.
func (w *watch) despair() {
	if len(w.known) == 0 {
		return
	}
	for _, server := range w.known {
		if w.succeeded[server] || !w.described[server] {
			return
		}
	}
	w.hopeless = true
	w.stop()
}

// next begins another command; left says whether it has been sent.
func (w *watch) next() {
	w.note("", "", func() { w.sent = false })
}

func (w *watch) left() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}

// end is the end of the attempt, close that of the client.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

func (w *watch) close() []harness.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	return w.events
}

// Info and Error make the watch a sink of the driver's log.
func (w *watch) Info(_ int, message string, _ ...any) {
	w.note("", "", func() { w.warnings = append(w.warnings, message) })
}

// Error is Info for errors.
func (w *watch) Error(err error, message string, _ ...any) {
	w.Info(0, fmt.Sprintf("%s: %v", message, err))
}

// server is the address in a connection's id, "host:port[-7]".
func server(connection string) string {
	if i := strings.LastIndex(connection, "[-"); i >= 0 {
		return connection[:i]
	}
	return connection
}

func ms(d time.Duration) int { return int(d.Milliseconds()) }
