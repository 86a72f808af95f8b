package godriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/mongotls/mongotls/harness/evidence"
)

const (
	// closeLimit bounds how long the harness waits for Disconnect, which does not heed its context everywhere.
	closeLimit = 2 * time.Second
	// cancelledCloseLimit is closeLimit for an attempt that was cancelled: its process may have to end within two seconds.
	cancelledCloseLimit = 500 * time.Millisecond
	// mostTries bounds how often a command is sent whose connection the driver itself tears down.
	mostTries = 4
)

// attempt connects one client, uses it and closes it.
func attempt(ctx context.Context, r evidence.Request, tweak func(*options.ClientOptions)) (evidence.Answer, error) {
	commands, err := parse(r.Commands)
	if err != nil {
		return evidence.Answer{}, err
	}
	limited, cancel := context.WithCancel(ctx) // a deadline would take the place of the client's own timeoutMS
	defer cancel()
	if r.LimitMS > 0 {
		defer time.AfterFunc(time.Duration(r.LimitMS)*time.Millisecond, cancel).Stop()
	}
	using, stop := context.WithCancel(limited)
	defer stop()

	w := newWatch(stop)
	client, refused, err := connect(r, w, tweak)
	if err != nil {
		return evidence.Answer{}, err
	}
	a := evidence.Answer{ID: r.ID, Stopped: evidence.Returned}
	if refused != nil {
		w.end()
		a.Stage, a.ElapsedMS, a.Warnings = evidence.AtConfigure, ms(time.Since(w.start)), w.warnings
		a.Error = describe(refused, refused)
		a.Error.Reason = configureReason(refused)
		return a, nil
	}

	failure, err := use(using, client, w, commands, r.GoOn, &a)
	if err != nil {
		disconnect(client, closeLimit)
		return evidence.Answer{}, err
	}
	a.ElapsedMS = ms(time.Since(w.start))
	w.end()
	if ctx.Err() != nil { // nobody waits for the rest, and a process has to end
		disconnect(client, cancelledCloseLimit)
		return evidence.Answer{}, ctx.Err()
	}
	a.OK, a.Warnings = failure == nil, w.warnings
	if a.OK {
		a.Command = 0
	}
	if failure != nil {
		a.Stage = evidence.AtConnect
		if w.left() {
			a.Stage = evidence.AtCommand
		}
		switch {
		case w.allFailed:
			a.Stopped = evidence.AllServersFailed
			failure = settled(using, client, failure)
		case limited.Err() != nil:
			a.Stopped = evidence.AtLimit
		}
		why := decisive(failure)
		a.Error = describe(why, failure)
		a.Error.Reason = reason(why)
		if a.Stopped == evidence.AtLimit && errors.Is(why, context.Canceled) {
			a.Error.Reason = evidence.Timeout
		}
		w.settle(closeLimit)
	}
	w.leave()
	a.CloseMS = disconnect(client, closeLimit)
	a.Events = w.close()
	return a, ctx.Err()
}

// use sends the commands and notes what became of them, until one fails or, if the client goes on then, until no server
// is left. failure is that of the last one that was sent.
func use(ctx context.Context, client *mongo.Client, w *watch, commands []command, goOn bool,
	a *evidence.Answer) (failure, err error) {
	for i, c := range commands {
		var reply bson.Raw
		if reply, failure = send(ctx, client, w, c); failure == nil {
			text, err := bson.MarshalExtJSON(reply, false, false)
			if err != nil {
				return nil, fmt.Errorf("the reply to command %d: %w", i, err)
			}
			a.Replies = append(a.Replies, string(text))
			continue
		}
		a.Command = i
		if !goOn {
			break
		}
		a.Failures = append(a.Failures, evidence.Failure{Command: i, Reason: reason(decisive(failure))})
		if w.allFailed || ctx.Err() != nil {
			break
		}
	}
	return failure, nil
}

// send runs a command, again if the driver tore its connection down itself: another one tells why.
func send(ctx context.Context, client *mongo.Client, w *watch, c command) (bson.Raw, error) {
	before := w.next()
	reply, err := run(ctx, client, c)
	for tries := 1; err != nil && ownTeardown(err) && ctx.Err() == nil && !w.left() && tries < mostTries; tries++ {
		w.settle(closeLimit)
		w.retract(before)
		reply, err = run(ctx, client, c)
	}
	return reply, err
}

// decisive is why a command failed: why there was no server to select, if there was none. Of several servers it is why
// the first one in the topology, which keeps the order of the seeds, is unknown: which of them fails first is chance.
func decisive(failure error) error {
	var none topology.ServerSelectionError
	if errors.As(failure, &none) {
		for _, server := range none.Desc.Servers {
			if err := server.LastError; err != nil && !ownTeardown(err) {
				return err
			}
		}
	}
	return failure
}

// run runs a command. A find is the driver's own read, which it tries again where the specification says so.
func run(ctx context.Context, client *mongo.Client, c command) (bson.Raw, error) {
	if len(c.doc) == 1 && c.doc[0].Key == "find" {
		if name, ok := c.doc[0].Value.(string); ok {
			return find(ctx, client.Database(c.db).Collection(name))
		}
	}
	return client.Database(c.db).RunCommand(ctx, c.doc).Raw()
}

func find(ctx context.Context, from *mongo.Collection) (bson.Raw, error) {
	cursor, err := from.Find(ctx, bson.D{})
	if err != nil {
		return nil, err
	}
	found := bson.A{}
	if err := cursor.All(ctx, &found); err != nil {
		return nil, err
	}
	return bson.Marshal(bson.D{{Key: "found", Value: found}})
}

// connect makes the client. It reads files and, for mongodb+srv, asks DNS; it dials nothing.
func connect(r evidence.Request, w *watch, tweak func(*options.ClientOptions)) (c *mongo.Client, refused, err error) {
	opts, refused, err := configure(r)
	if refused != nil || err != nil {
		return nil, refused, err
	}
	own := options.Client() // laid over those of the user, as applications do with theirs
	w.listen(own)
	if tweak != nil {
		tweak(opts)
	}
	if refused = opts.Validate(); refused != nil {
		return nil, refused, nil
	}
	w.start = time.Now()
	c, refused = newClient(opts, own)
	return c, refused, nil
}

// settled is the error of a command that the early stop ended, made again: the one that was waiting may have seen the
// topology as it was just before the failure. Its context is cancelled, so this one does no I/O.
func settled(ctx context.Context, c *mongo.Client, waiting error) error {
	err := c.Ping(ctx, nil)
	if errors.As(err, &topology.ServerSelectionError{}) {
		return err
	}
	return waiting
}

// disconnect closes the client and says how long that took, in milliseconds.
func disconnect(c *mongo.Client, limit time.Duration) int {
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	closed := make(chan struct{})
	go func() {
		defer cancel()
		defer close(closed)
		_ = c.Disconnect(ctx)
	}()
	select {
	case <-closed:
	case <-time.After(limit):
	}
	return ms(time.Since(start))
}

type command struct {
	db  string
	doc bson.D
}

func parse(commands []evidence.Command) ([]command, error) {
	if len(commands) == 0 {
		commands = []evidence.Command{{DB: "admin", JSON: `{"ping": 1}`}}
	}
	parsed := make([]command, len(commands))
	for i, c := range commands {
		parsed[i].db = c.DB
		if err := bson.UnmarshalExtJSON([]byte(c.JSON), false, &parsed[i].doc); err != nil {
			return nil, fmt.Errorf("command %d: %w", i, err)
		}
	}
	return parsed, nil
}
