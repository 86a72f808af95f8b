package standin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/database"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// Exit codes of a mongod.
const (
	exitInitialisation = 1  // "Error during global initialization"
	exitOptions        = 2  // the command line or the configuration file
	exitFatal          = 14 // a fatal assertion
	exitNetwork        = 48 // the port cannot be had
)

// Program is the stand-in as a program: it takes the command line of a mongod, writes a mongod's log to stdout, serves
// until ctx is done, and returns a mongod's exit code.
func Program(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := newOptions()
	err := o.parse(args)
	var bad usageError
	switch {
	case errors.As(err, &bad):
		_, _ = fmt.Fprintf(stderr, "%v\ntry 'mongod --help' for more information\n", err)
		return exitOptions
	case o.help:
		_, _ = fmt.Fprintf(stdout, "The stand-in for a mongod %s: the options of a mongod that are about TLS and authentication.\n\nOptions:\n%s",
			Version, o.flags.FlagUsages())
		return 0
	case o.version:
		_, _ = fmt.Fprintf(stdout, "db version v%s (mongotls stand-in)\n", Version)
		return 0
	}
	if o.log != "" {
		f, err := os.OpenFile(o.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			_, _ = fmt.Fprintf(stderr, "Can't initialize rotatable log file: %v\n", err)
			return exitInitialisation
		}
		defer f.Close()
		stdout = f
	}
	o.config.Log = stdout
	log := newLog(stdout, nil)
	if err != nil {
		return log.initialisation(status.Error{Code: status.BadValue, Text: err.Error()})
	}
	s, err := newServer(o.config)
	if err != nil {
		return log.cannotStart(err)
	}
	if s.files != nil {
		if now := time.Now(); now.Before(s.files.leaf.NotBefore) || now.After(s.files.leaf.NotAfter) {
			log.Line("F", "NETWORK", 28652, "main", "The provided SSL certificate is expired or not yet valid.", nil)
			log.Line("F", "-", 23091, "main", "Fatal assertion", bson.D{{Key: "msgid", Value: int32(28652)}})
			log.Line("F", "-", 23092, "main", "\n\n***aborting after fassert() failure\n\n", nil)
			return exitFatal
		}
	}
	if err := s.listen(); err != nil {
		log.Line("E", "STORAGE", 20568, "initandlisten", "Error setting up listener",
			bson.D{{Key: "error", Value: status.Error{Code: status.SocketException, Text: err.Error()}.Logged()}})
		return exitNetwork
	}
	<-ctx.Done()
	err = s.Close()
	log.Line("I", "CONTROL", 20565, "SignalHandler", "Now exiting", nil)
	log.Line("I", "CONTROL", 23138, "SignalHandler", "Shutting down", bson.D{{Key: "exitCode", Value: int32(0)}})
	if err != nil && !errors.Is(err, net.ErrClosed) {
		_, _ = fmt.Fprintln(stderr, err)
		return exitInitialisation
	}
	return 0
}

// initialisation logs why a mongod does not start.
func (l *serverLog) initialisation(why status.Error) int {
	l.Line("F", "CONTROL", 20574, "main", "Error during global initialization", bson.D{{Key: "error", Value: why.Logged()}})
	return exitInitialisation
}

// cannotStart logs an error of newServer as a mongod does: the file first, then what it means.
func (l *serverLog) cannotStart(err error) int {
	var file *unusable
	var value database.ParameterError
	switch {
	case errors.As(err, &file):
		l.Line("E", "NETWORK", file.line, "main", file.msg, bson.D{{Key: file.attr, Value: file.path}, {Key: "error", Value: file.err.Error()}})
		return l.initialisation(status.Error{Code: status.InvalidSSLConfiguration, Text: file.means})
	case errors.As(err, &value):
		_, _ = fmt.Fprintln(l.out, err)
		return exitOptions
	}
	return l.initialisation(status.Error{Code: status.BadValue, Text: err.Error()})
}
