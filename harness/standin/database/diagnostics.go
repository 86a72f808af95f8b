package database

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"os"
	"runtime"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/status"
)

const tlsLibrary = "Go crypto/tls"

func buildInfo(s *Session, _ request) (bson.D, error) {
	return bson.D{{Key: "version", Value: s.db.config.Release.Version}, {Key: "gitVersion", Value: "mongotls stand-in"},
		{Key: "modules", Value: bson.A{}}, {Key: "versionArray", Value: s.db.config.Release.VersionArray()},
		{Key: "openssl", Value: bson.D{{Key: "running", Value: tlsLibrary}, {Key: "compiled", Value: tlsLibrary}}},
		{Key: "bits", Value: int32(64)}, {Key: "debug", Value: false}, {Key: "maxBsonObjectSize", Value: maxDocument}}, nil
}

func (s *Session) whatsmyuri(request) (bson.D, error) {
	return bson.D{{Key: "you", Value: s.peer.Remote}}, nil
}

func listCommands(s *Session, _ request) (bson.D, error) {
	list := bson.D{}
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		if !s.db.has(commands[name]) {
			continue
		}
		list = append(list, bson.E{Key: name, Value: bson.D{{Key: "help", Value: ""},
			{Key: "requiresAuth", Value: !commands[name].open}, {Key: "adminOnly", Value: commands[name].admin}}})
	}
	return bson.D{{Key: "commands", Value: list}}, nil
}

func getnonce(*Session, request) (bson.D, error) {
	nonce := make([]byte, 8)
	_, _ = rand.Read(nonce) // cannot fail
	return bson.D{{Key: "nonce", Value: hex.EncodeToString(nonce)}}, nil
}

// getLastError succeeds, with the failure of the command before.
func (s *Session) getLastError(request) (bson.D, error) {
	d := bson.D{{Key: "connectionId", Value: int32(s.peer.ID)}, {Key: "n", Value: int32(0)}}
	if s.last.Text != "" {
		return append(d, bson.E{Key: "err", Value: s.last.Text}, bson.E{Key: "code", Value: int32(s.last.Code)},
			bson.E{Key: "codeName", Value: s.last.Code.String()}), nil
	}
	return append(d, bson.E{Key: "err", Value: nil}), nil
}

func startSession(*Session, request) (bson.D, error) {
	id := bson.D{{Key: "id", Value: newUUID()}}
	return bson.D{{Key: "id", Value: id}, {Key: "timeoutMinutes", Value: mongod.SessionMinutes}}, nil
}

func newUUID() bson.Binary {
	b := make([]byte, 16)
	_, _ = rand.Read(b)                         // cannot fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // RFC 4122, version 4
	return bson.Binary{Subtype: 4, Data: b}
}

func (s *Session) getLog(q request) (bson.D, error) {
	name, ok := q.field("getLog").(string)
	if !ok {
		return nil, status.Errorf(status.TypeMismatch, "Argument to getLog must be of type String; found %s of type %s",
			quoted(q.field("getLog")), typeName(q.field("getLog")))
	}
	var lines []string
	var total int
	switch name {
	case "*":
		return bson.D{{Key: "names", Value: bson.A{"global", "startupWarnings"}}}, nil
	case "global":
		lines, total = s.db.config.Log.Lines()
	case "startupWarnings":
		lines = s.db.config.Log.Warnings()
		total = len(lines)
	default:
		return nil, status.Errorf(0, "no RamLog named: %s", name)
	}
	const most = 1024
	list := bson.A{}
	for _, line := range lines[max(0, len(lines)-most):] {
		list = append(list, line)
	}
	return bson.D{{Key: "totalLinesWritten", Value: int32(total)}, {Key: "log", Value: list}}, nil
}

// getCmdLineOpts shows the options of the start, whatever setParameter changed since.
func (s *Session) getCmdLineOpts(request) (bson.D, error) { return s.db.config.CommandLine(), nil }

func (s *Session) serverStatus(request) (bson.D, error) {
	counters := s.db.config.Counters()
	transport := bson.D{}
	for _, version := range []string{"1.0", "1.1", "1.2", "1.3", "unknown"} {
		transport = append(transport, bson.E{Key: version, Value: counters.Handshakes[version]})
	}
	logins := s.db.users.loginDocument(s.db.config.Release.CountsMembers)
	security := bson.D{{Key: "authentication", Value: bson.D{{Key: "mechanisms", Value: logins}}}}
	if own := s.db.config.Certificate; own != nil {
		name, err := dn.Format(own.Subject)
		if err != nil {
			return nil, err
		}
		security = append(security, bson.E{Key: "SSLServerSubjectName", Value: name},
			bson.E{Key: "SSLServerHasCertificateAuthority", Value: own.Authority},
			bson.E{Key: "SSLServerCertificateExpirationDate", Value: bson.NewDateTimeFromTime(own.Expires)})
	}
	connections := bson.D{{Key: "current", Value: int32(counters.Open)}, {Key: "available", Value: int32(51200)},
		{Key: "totalCreated", Value: int32(counters.Created)}, {Key: "active", Value: int32(1)}}
	reply := bson.D{{Key: "version", Value: s.db.config.Release.Version}, {Key: "process", Value: "mongod"},
		{Key: "pid", Value: int64(os.Getpid())}, {Key: "localTime", Value: bson.NewDateTimeFromTime(time.Now())},
		{Key: "connections", Value: connections}, {Key: "security", Value: security},
		{Key: "transportSecurity", Value: transport}}
	if s.db.config.Release.LogsHandshakes {
		total := int64(0)
		for _, n := range counters.Handshakes {
			total += n
		}
		reply = append(reply, bson.E{Key: "metrics", Value: bson.D{{Key: "network", Value: bson.D{
			{Key: "totalIngressTLSConnections", Value: total},
			{Key: "totalIngressTLSHandshakeTimeMillis", Value: counters.Shaking.Milliseconds()}}}}})
	}
	return reply, nil
}

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

// shutdown ends the server, and with it the connection before there is an answer, as a mongod does (read, not
// measured).
func (s *Session) shutdown(request) (bson.D, error) {
	if end := s.db.config.Shutdown; end != nil {
		end()
	}
	return empty, nil
}

// validateDBMetadata finds nothing that an API version does not allow: collections here have no metadata.
func validateDBMetadata(_ *Session, q request) (bson.D, error) {
	if q.field("apiParameters") == nil {
		return nil, status.Errorf(40414, "BSON field 'validateDBMetadata.apiParameters' is missing but a required field")
	}
	return bson.D{{Key: "apiVersionErrors", Value: bson.A{}}}, nil
}

func (s *Session) logRotate(request) (bson.D, error) {
	if err := s.db.config.Log.Rotate(); err != nil {
		return nil, status.Errorf(status.FileNotOpen, "%s", err)
	}
	return empty, nil
}

// whatsmysni is a test command, whose ok is an int32 (measured on mongod 4.4.5).
func (s *Session) whatsmysni(request) (bson.D, error) {
	var sni any = false
	if s.peer.ServerName != "" {
		sni = s.peer.ServerName
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
