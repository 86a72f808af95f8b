package database

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"os"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
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

func listCommands(*Session, request) (bson.D, error) {
	list := bson.D{}
	for _, name := range slices.Sorted(maps.Keys(commands)) {
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
	return bson.D{{Key: "id", Value: id}, {Key: "timeoutMinutes", Value: sessionMinutes}}, nil
}

func newUUID() bson.Binary {
	b := make([]byte, 16)
	_, _ = rand.Read(b)                         // cannot fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // RFC 4122, version 4
	return bson.Binary{Subtype: 4, Data: b}
}

func replSetGetStatus(*Session, request) (bson.D, error) {
	return nil, status.Errorf(status.NoReplicationEnabled, "not running with --replSet")
}

func (s *Session) getLog(q request) (bson.D, error) {
	name, ok := q.field("getLog").(string)
	if !ok {
		return nil, status.Errorf(status.TypeMismatch, "Argument to getLog must be of type String; found type %s",
			typeName(q.field("getLog")))
	}
	var lines []string
	switch name {
	case "*":
		return bson.D{{Key: "names", Value: bson.A{"global", "startupWarnings"}}}, nil
	case "global":
		lines = s.db.config.Log.Lines()
	case "startupWarnings":
	default:
		return nil, status.Errorf(0, "no RamLog named: %s", name)
	}
	const most = 1024
	total := len(lines)
	list := bson.A{}
	for _, line := range lines[max(0, total-most):] {
		list = append(list, line)
	}
	return bson.D{{Key: "totalLinesWritten", Value: int32(total)}, {Key: "log", Value: list}}, nil
}

// getCmdLineOpts shows the options of the start, whatever setParameter changed since.
func (s *Session) getCmdLineOpts(request) (bson.D, error) { return s.db.config.CommandLine, nil }

func (s *Session) serverStatus(request) (bson.D, error) {
	counters := s.db.config.Counters()
	transport := bson.D{}
	for _, version := range []string{"1.0", "1.1", "1.2", "1.3", "unknown"} {
		transport = append(transport, bson.E{Key: version, Value: counters.Handshakes[version]})
	}
	security := bson.D{{Key: "authentication", Value: bson.D{{Key: "mechanisms", Value: s.db.users.loginDocument()}}}}
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
	return bson.D{{Key: "version", Value: s.db.config.Release.Version}, {Key: "process", Value: "mongod"},
		{Key: "pid", Value: int64(os.Getpid())}, {Key: "localTime", Value: bson.NewDateTimeFromTime(time.Now())},
		{Key: "connections", Value: connections}, {Key: "security", Value: security},
		{Key: "transportSecurity", Value: transport}}, nil
}
