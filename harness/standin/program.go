package standin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/database"
	"github.com/mongotls/mongotls/harness/standin/openssl"
	"github.com/mongotls/mongotls/harness/standin/status"
	"github.com/mongotls/mongotls/internal/credential"
)

// Exit codes of a mongod.
const (
	exitInitialisation = 1  // "Error during global initialization"
	exitOptions        = 2  // the command line or the configuration file
	exitFatal          = 14 // a fatal assertion
	exitNetwork        = 48 // the port cannot be had
	exitUncaught       = 100
	// Aborted is that of a process which SIGABRT ends, as a shell shows it. Whoever runs Program as a process ends it so.
	Aborted = 134
)

// Program is the stand-in as a program: it takes the command line of a mongod, writes a mongod's log to stdout, serves
// until ctx is done, and returns a mongod's exit code.
func Program(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	name := filepath.Join(filepath.Dir(os.Args[0]), "mongod") // which stands beside it, as it were
	printed := func(text any) int {
		_, _ = fmt.Fprintf(stderr, "%v\ntry '%s --help' for more information\n", text, name)
		return exitOptions
	}
	args, release, err := beyond(args)
	if err != nil {
		return printed(err)
	}
	line, err := mongod.Read(append([]string{name}, args...), release)
	var refusal *mongod.Refusal
	switch errors.As(err, &refusal); {
	case refusal != nil && refusal.Printed:
		return printed(refusal)
	case line.Help:
		_, _ = fmt.Fprintf(stdout,
			"The stand-in for a mongod %s: what a mongod does about TLS and authentication. It keeps nothing.\n\nOptions:\n%s",
			release.Version, mongod.Usage())
		return 0
	case line.Version:
		_, _ = fmt.Fprintf(stdout, "db version v%s (mongotls stand-in)\n", release.Version)
		return 0
	}
	log := newLog(stdout, nil)
	if refusal != nil {
		return log.initialisation(status.Error{Code: status.BadValue, Text: refusal.Text})
	}
	if line.Config.LogPath != "" {
		f, moved, err := openLog(line.Config)
		var cannot status.Error
		if errors.As(err, &cannot) {
			return log.initialisation(cannot)
		}
		defer func() { _ = f.Close() }()
		stdout, log = f, newLog(f, nil)
		log.goesOn(line.Config, moved)
	}
	if line.Config.FIPSMode {
		return log.noFIPS()
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	s, err := newServer(Config{Config: line.Config, Release: release, Options: line.Document(), Log: stdout,
		OpenSSL: openssl.FromEnvironment(), SystemCAFile: credential.SystemFile(), Shutdown: end})
	var value database.ParameterError
	switch {
	case errors.As(err, &value):
		return printed(value)
	case err != nil:
		return log.cannotStart(err)
	}
	for _, name := range s.parameters.Mechanisms() {
		if name != "" && !database.Knows(name) {
			log.Line("E", "ACCESS", 4742901, "main", "Unsupported SASL mechanism", bson.D{{Key: "mechanism", Value: name}})
			return exitOptions
		}
	}
	if f := s.identity.Load().files; f != nil {
		if err := f.weak(line.Config.CertificateKeyFile); err != nil {
			return log.cannotStart(inWords(err, release))
		}
		if now := time.Now(); now.Before(f.leaf.NotBefore) || now.After(f.leaf.NotAfter) {
			return log.expired()
		}
	}
	switch other := line.Config.Other; {
	case other[mongod.Stop] != "":
		_, _ = fmt.Fprintf(stderr, "There doesn't seem to be a server running with dbpath: %s\n",
			cmp.Or(other[mongod.DBPath], "/data/db"))
		return exitInitialisation
	case !log.readable(line.Config, release):
		return exitInitialisation
	case !log.stored(line.Config, release):
		return exitUncaught
	case other[mongod.Repair] != "":
		log.exiting("initandlisten", 0)
		return 0
	}
	if err := s.listen(); err != nil {
		log.Line("E", "STORAGE", 20568, "initandlisten", "Error setting up listener",
			bson.D{{Key: "error", Value: status.Error{Code: status.SocketException, Text: err.Error()}.Logged()}})
		return exitNetwork
	}
	s.log.rotating(ctx)
	err = s.Close()
	log.exiting("SignalHandler", 0)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		_, _ = fmt.Fprintln(stderr, err)
		return exitInitialisation
	}
	return 0
}

// imitate is the option that no mongod has: the release that the stand-in follows.
const imitate = "--imitate"

// beyond takes that option from a command line.
func beyond(args []string) (rest []string, r mongod.Release, err error) {
	series := ""
	for i := 0; i < len(args); i++ {
		name, text, joined := strings.Cut(args[i], "=")
		switch {
		case name != imitate:
			rest = append(rest, args[i])
			continue
		case !joined && i+1 == len(args):
			return nil, r, fmt.Errorf("the required argument for option '%s' is missing", imitate)
		case !joined:
			i++
			text = args[i]
		}
		series = text
	}
	r, ok := mongod.ReleaseOf(series)
	if !ok {
		return nil, r, fmt.Errorf("%s %s: the stand-in imitates %s", imitate, series, strings.Join(mongod.Series(), ", "))
	}
	return rest, r, nil
}

// goesOn logs what became of the log of before, which was moved or is appended to.
func (l *serverLog) goesOn(c mongod.Config, moved string) {
	switch {
	case moved != "":
		l.Line("I", "CONTROL", 20697, "main", "Renamed existing log file",
			bson.D{{Key: "oldLogPath", Value: c.LogPath}, {Key: "newLogPath", Value: moved}})
	case c.LogAppend:
		l.Line("I", "CONTROL", 20698, "main", "***** SERVER RESTARTED *****", nil)
	}
}

// rotating rotates the log at each SIGUSR1, until ctx is done.
func (l *serverLog) rotating(ctx context.Context) {
	rotate := make(chan os.Signal, 1)
	signal.Notify(rotate, syscall.SIGUSR1)
	defer signal.Stop(rotate)
	for ctx.Err() == nil {
		select {
		case <-rotate:
			_ = l.Rotate() // which logs why not
		case <-ctx.Done():
		}
	}
}

// exiting logs the end.
func (l *serverLog) exiting(context string, code int) {
	l.Line("I", "CONTROL", 20565, context, "Now exiting", nil)
	l.Line("I", "CONTROL", 23138, context, "Shutting down", bson.D{{Key: "exitCode", Value: int32(code)}})
}

// initialisation logs why a mongod does not start.
func (l *serverLog) initialisation(why status.Error) int {
	l.Line("F", "CONTROL", 20574, "main", "Error during global initialization",
		bson.D{{Key: "error", Value: why.Logged()}})
	return exitInitialisation
}

// noFIPS is what a mongod does whose TLS library has no such mode.
func (l *serverLog) noFIPS() int {
	l.Line("F", "NETWORK", 23173, "main", "Can't activate FIPS mode",
		bson.D{{Key: "error", Value: "error:0F06D065:common libcrypto routines:FIPS_mode_set:fips mode not supported"}})
	l.Line("F", "-", 23089, "main", "Fatal assertion", assertion(23173))
	l.Line("F", "-", 23090, "main", "\n\n***aborting after fassert() failure\n\n", nil)
	l.Line("F", "CONTROL", 4757800, "main", "Writing fatal message",
		bson.D{{Key: "message", Value: "Got signal: 6 (Aborted).\n"}})
	return Aborted
}

// expired is what a mongod does whose certificate is not valid now.
func (l *serverLog) expired() int {
	l.Line("F", "NETWORK", 28652, "main", "The provided SSL certificate is expired or not yet valid.", nil)
	l.Line("F", "-", 23091, "main", "Fatal assertion", assertion(28652))
	l.Line("F", "-", 23092, "main", "\n\n***aborting after fassert() failure\n\n", nil)
	return exitFatal
}

// assertion is what a mongod says of one that failed in its TLS library's wrapper. Its line is not known.
func assertion(id int32) bson.D {
	return bson.D{{Key: "msgid", Value: id}, {Key: "file", Value: "src/mongo/util/net/ssl_manager_openssl.cpp"},
		{Key: "line", Value: int32(0)}}
}

// cannotStart logs an error of newServer as a mongod does: the file first, then what it means.
func (l *serverLog) cannotStart(err error) int {
	var file *unusable
	if errors.As(err, &file) {
		if file.prompt != "" {
			_, _ = fmt.Fprintln(l.out, file.prompt)
			l.Line("E", "NETWORK", 23239, "main", "Unable to fetch password",
				bson.D{{Key: "error", Value: status.Errorf(status.UnknownError, "Failed to read user provided decryption "+
					"password: error:2807106B:UI routines:UI_process:processing error").Logged()}})
		}
		if file.line != 0 {
			l.Line("E", "NETWORK", file.line, "main", file.msg,
				bson.D{{Key: file.attr, Value: file.path}, {Key: "error", Value: file.err.Error()}})
		}
		return l.initialisation(status.Error{Code: status.InvalidSSLConfiguration, Text: file.means})
	}
	return l.initialisation(status.Error{Code: status.BadValue, Text: err.Error()})
}
