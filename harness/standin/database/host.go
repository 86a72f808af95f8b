package database

import (
	"os"
	"runtime"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// Commands about the server and its host.

func features(*Session, request) (bson.D, error) {
	return bson.D{{Key: "js", Value: bson.D{{Key: "utf8", Value: true}}}, {Key: "oidMachine", Value: int32(0)}}, nil
}

func hostInfo(*Session, request) (bson.D, error) {
	name, err := os.Hostname()
	if err != nil {
		return nil, status.Errorf(status.UnknownError, "%s", err)
	}
	return bson.D{{Key: "system", Value: bson.D{{Key: "currentTime", Value: bson.NewDateTimeFromTime(time.Now())},
		{Key: "hostname", Value: name}, {Key: "cpuAddrSize", Value: int32(64)},
		{Key: "numCores", Value: int32(runtime.NumCPU())}, {Key: "cpuArch", Value: runtime.GOARCH}}},
		{Key: "os", Value: bson.D{{Key: "type", Value: runtime.GOOS}}}, {Key: "extra", Value: bson.D{}}}, nil
}

// currentOp knows the one operation that is itself.
func (s *Session) currentOp(q request) (bson.D, error) {
	own := bson.D{{Key: "type", Value: "op"}, {Key: "desc", Value: s.peer.Context()},
		{Key: "connectionId", Value: int32(s.peer.ID)}, {Key: "client", Value: s.peer.Remote}, {Key: "active", Value: true},
		{Key: "op", Value: "command"}, {Key: "ns", Value: "admin.$cmd"}, {Key: "command", Value: hidden(q.body)}}
	return bson.D{{Key: "inprog", Value: bson.A{own}}}, nil
}

func killOp(_ *Session, q request) (bson.D, error) {
	if _, ok := float(q.field("op")); !ok {
		return nil, status.Errorf(status.BadValue, "Did not provide \"op\" field")
	}
	return bson.D{{Key: "info", Value: "attempting to kill op"}}, nil
}

// shutdown ends the server. A mongod then closes the connection without an answer; here it comes after this one.
func (s *Session) shutdown(request) (bson.D, error) {
	if end := s.db.config.Shutdown; end != nil {
		end()
	}
	return empty, nil
}

// whatsmysni is a test command, whose ok is an int32 (measured on mongod 4.4.5).
func (s *Session) whatsmysni(request) (bson.D, error) {
	var sni any = false
	if s.peer.SNI != "" {
		sni = s.peer.SNI
	}
	return bson.D{{Key: "sni", Value: sni}, {Key: "ok", Value: int32(1)}}, nil
}

// rotateCertificates reads the files of net.tls anew.
func (s *Session) rotateCertificates(q request) (bson.D, error) {
	if s.db.config.Certificate == nil || s.db.config.Rotate == nil {
		return empty, nil
	}
	if err := s.db.config.Rotate(); err != nil {
		return nil, status.Errorf(status.InvalidSSLConfiguration, "%s", err)
	}
	s.line("I", "NETWORK", 4913400, "Successfully rotated X509 certificates.", nil)
	message, _ := q.field("message").(string)
	s.line("I", "COMMAND", 4988500, "Certificate rotation completed successfully",
		bson.D{{Key: "message", Value: message}})
	return empty, nil
}
