package godriver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/evidence"
)

// A watch listens to a client. It records events, and ends the attempt when every server that the client currently
// knows has failed its check without ever having succeeded: nothing but the time limit of server selection is left
// then. It reads no expectation. Without heartbeats (loadBalanced) or servers (SRV), nothing has failed.
type watch struct {
	start time.Time
	stop  func()

	mu        sync.Mutex
	over      bool     // the attempt
	leaving   bool     // the client is being closed
	closed    bool     // it has been
	known     []string // addresses, as of the last topology description
	succeeded map[string]bool
	failed    map[string]error // the first failure of each server
	described map[string]bool  // the client has taken note of a failure
	allFailed bool
	sent      bool // a command has left since the last call of next
	events    []evidence.Event
	warnings  []string

	// What the driver owes after a failure: see settled.
	unclosed int             // checkouts that failed for a connection, less connections that were closed for an error
	cleared  map[string]bool // servers whose pool has been cleared
	moved    chan struct{}   // closed and replaced at each event of a pool
}

func newWatch(stop func()) *watch {
	return &watch{start: time.Now(), stop: stop, succeeded: map[string]bool{}, failed: map[string]error{},
		described: map[string]bool{}, cleared: map[string]bool{}, moved: make(chan struct{})}
}

func (w *watch) listen(opts *options.ClientOptions) {
	opts.SetServerMonitor(&event.ServerMonitor{
		ServerHeartbeatSucceeded: func(e *event.ServerHeartbeatSucceededEvent) {
			at := server(e.ConnectionID)
			w.note(evidence.HeartbeatSucceeded, at, "", func() { w.succeeded[at] = true })
		},
		ServerHeartbeatFailed: func(e *event.ServerHeartbeatFailedEvent) {
			// Another check follows, or the server has left the topology in the middle of one.
			if !ownTeardown(e.Failure) && !strings.HasSuffix(e.Failure.Error(), closedAlready) {
				at := server(e.ConnectionID)
				w.note(evidence.HeartbeatFailed, at, e.Failure.Error(), func() { w.fail(at, e.Failure) })
			}
		},
		ServerDescriptionChanged: func(e *event.ServerDescriptionChangedEvent) {
			w.note("", "", "", func() { w.described[e.Address.String()] = w.failed[e.Address.String()] != nil })
		},
		TopologyDescriptionChanged: func(e *event.TopologyDescriptionChangedEvent) {
			w.note("", "", "", func() {
				w.known = w.known[:0]
				for _, s := range e.NewDescription.Servers {
					w.known = append(w.known, s.Addr.String())
				}
				w.stopIfAllFailed()
			})
		},
	})
	opts.SetPoolMonitor(&event.PoolMonitor{Event: w.pool})
	opts.SetMonitor(&event.CommandMonitor{Started: func(context.Context, *event.CommandStartedEvent) {
		w.note("", "", "", func() { w.sent = true })
	}})
	// The driver has no level for warnings: they are its messages at level info. That of server selection only says that
	// it waits.
	opts.SetLoggerOptions(options.Logger().SetSink(w).
		SetComponentLevel(options.LogComponentCommand, options.LogLevelInfo).
		SetComponentLevel(options.LogComponentTopology, options.LogLevelInfo).
		SetComponentLevel(options.LogComponentConnection, options.LogLevelInfo))
}

var poolEvents = map[string]evidence.EventKind{
	poolCleared:             evidence.PoolCleared,
	event.ConnectionCreated: evidence.ConnectionCreated,
	event.ConnectionClosed:  evidence.ConnectionClosed,
	checkOutFailed:          evidence.CheckoutFailed,
}

// closedAlready is how the error of a check ends that finds its connection closed by the driver itself.
const closedAlready = "connection is closed"

// ownTeardown reports whether the driver tore the connection down itself. When a connection breaks while it is being
// set up, the driver cancels what it is reading before it has looked at the error, now and then, and reports that
// instead. It tells nothing about the peer.
func ownTeardown(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, net.ErrClosed)
}

// note records an event, unless kind is "", and does the rest under the lock. A heartbeat that fails after the end of
// the attempt is the noise of closing the client.
func (w *watch) note(kind evidence.EventKind, server, text string, rest func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	if kind != "" {
		w.add(kind, server, text)
	}
	rest()
}

// pool records an event of the connection pool. The driver can hand out an error before it tells of the connection or
// pool that went with it, but not before it is closed. Closing ends a stream too, which clears a pool that is closed at
// the same time: which comes first is chance, and says nothing of the deployment.
func (w *watch) pool(e *event.PoolEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kind, ok := poolEvents[e.Type]
	if !ok || w.closed {
		return
	}
	text := e.Reason
	if e.Error != nil && e.Type != poolCleared { // whose error is that of another event
		text = strings.TrimPrefix(text+": "+e.Error.Error(), ": ")
	}
	if w.leaving && e.Reason == event.ReasonStale {
		text = event.ReasonPoolClosed
	}
	if !w.leaving || e.Type != poolCleared {
		w.add(kind, e.Address, text)
	}
	switch {
	case e.Type == poolCleared:
		w.cleared[e.Address] = true
	case e.Type == checkOutFailed && e.Reason == event.ReasonConnectionErrored:
		w.unclosed++
	case e.Type == event.ConnectionClosed && e.Reason == event.ReasonError:
		w.unclosed--
	}
	close(w.moved)
	w.moved = make(chan struct{})
}

// settled reports whether the driver has done what follows a failure. It hands the error of a connection to whoever
// waits, clears the pool if it must, and only then closes the connection; and it changes the description of a server
// whose check failed before it clears the pool, but for a time-out, after which it checks again.
func (w *watch) settled() bool {
	for server, err := range w.failed {
		var n net.Error
		timeout := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
		if !timeout && !w.cleared[server] {
			return false
		}
	}
	return w.unclosed <= 0
}

// settle waits, no longer than limit, until the driver is done with what failed, so that all of it is on record and
// nothing lost to the closing of the client.
func (w *watch) settle(limit time.Duration) {
	over := time.After(limit)
	for {
		w.mu.Lock()
		settled, moved := w.settled(), w.moved
		w.mu.Unlock()
		if settled {
			return
		}
		select {
		case <-moved:
		case <-over:
			return
		}
	}
}

func (w *watch) add(kind evidence.EventKind, server, text string) {
	w.events = append(w.events, evidence.Event{Kind: kind, Server: server, Text: text, AtMS: ms(time.Since(w.start))})
}

func (w *watch) fail(server string, err error) {
	if w.failed[server] == nil {
		w.failed[server] = err
	}
}

// stopIfAllFailed is asked only when the topology description has changed: the heartbeat event precedes that, and the
// error that the application gets is made from the description.
func (w *watch) stopIfAllFailed() {
	if len(w.known) == 0 {
		return
	}
	for _, server := range w.known {
		if w.succeeded[server] || !w.described[server] {
			return
		}
	}
	w.allFailed = true
	w.stop()
}

// next begins another command; left says whether it has been sent. It returns what retract takes.
func (w *watch) next() (events int) {
	w.note("", "", "", func() { w.sent, events = false, len(w.events) })
	return events
}

// retract forgets the events since next.
func (w *watch) retract(events int) {
	w.note("", "", "", func() { w.events = w.events[:events] })
}

func (w *watch) left() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}

// end is the end of the attempt; leave and close are the two of the client's closing.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

func (w *watch) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leaving = true
}

func (w *watch) close() []evidence.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	return w.events
}

// Info and Error make the watch a sink of the driver's log.
func (w *watch) Info(_ int, message string, _ ...any) {
	w.note("", "", "", func() { w.warnings = append(w.warnings, message) })
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
