package database

import (
	"cmp"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// hello answers hello, isMaster and ismaster with the fields of 4.4, in their order.
func (s *Session) hello(q request) (bson.D, error) {
	s.noteClient(q)
	writable := "ismaster"
	if q.name == "hello" {
		writable = "isWritablePrimary"
	}
	awaits, err := awaitingOf(q.body)
	now := s.db.now()
	if err := cmp.Or(err, s.db.check(awaits, now)); err != nil {
		return nil, err
	}
	set := now.set.SeenAs(s.peer.ServerName)
	reply := bson.D{}
	if s.db.config.Release.HelloOK && q.field("helloOk") == true {
		reply = append(reply, bson.E{Key: "helloOk", Value: true})
	}
	reply = append(reply, bson.D{{Key: writable, Value: set == nil || set.Leads},
		{Key: "topologyVersion", Value: s.db.version(now)},
		{Key: "maxBsonObjectSize", Value: maxDocument}, {Key: "maxMessageSizeBytes", Value: MaxMessage},
		{Key: "maxWriteBatchSize", Value: maxBatch}, {Key: "localTime", Value: bson.NewDateTimeFromTime(time.Now())},
		{Key: "logicalSessionTimeoutMinutes", Value: mongod.SessionMinutes}, {Key: "connectionId", Value: int32(s.peer.ID)},
		{Key: "minWireVersion", Value: s.db.config.Release.MinWireVersion},
		{Key: "maxWireVersion", Value: s.db.config.Release.MaxWireVersion},
		{Key: "readOnly", Value: false}}...)
	behind := s.db.config.LoadBalanced && q.field("loadBalanced") == true // a load balancer, where there are only routers
	switch {
	case set != nil:
		reply = append(reply, set.Document()...)
	case s.db.config.Router, behind:
		reply = append(reply, bson.E{Key: "msg", Value: "isdbgrid"})
	}
	if behind {
		reply = append(reply, bson.E{Key: "serviceId", Value: serviceID})
	}
	if asked := q.field("saslSupportedMechs"); asked != nil {
		mechanisms, err := s.supported(asked)
		if err != nil {
			return nil, err
		}
		if mechanisms != nil {
			reply = append(reply, bson.E{Key: "saslSupportedMechs", Value: mechanisms})
		}
	}
	if attempt := q.field("speculativeAuthenticate"); attempt != nil {
		answer, err := s.speculate(attempt)
		if err != nil {
			return nil, err
		}
		if answer != nil {
			reply = append(reply, bson.E{Key: "speculativeAuthenticate", Value: answer})
		}
	}
	return reply, nil
}

// serviceID is what a service behind a load balancer is known by.
var serviceID = bson.ObjectID([]byte("one service\x00"))

// noteClient logs the metadata of the connection's first hello.
func (s *Session) noteClient(q request) {
	client, ok := q.field("client").(bson.D)
	if !ok || s.client != nil {
		return
	}
	s.client = client
	s.line("I", "NETWORK", 51800, "client metadata",
		bson.D{{Key: "remote", Value: s.peer.Remote}, {Key: "client", Value: s.peer.Context()}, {Key: "doc", Value: client}})
}

// supported are the SASL mechanisms of "database.user"; nil for a user that does not exist, which is no error.
func (s *Session) supported(asked any) (bson.A, error) {
	text, ok := asked.(string)
	if !ok {
		return nil, nil
	}
	db, name, ok := strings.Cut(text, ".")
	if !ok {
		return nil, status.Errorf(status.BadValue, "username must contain a '.' separated database.user pair")
	}
	u, ok := s.db.users.find(db, name)
	if !ok {
		s.line("I", "ACCESS", 20251, "Supported SASL mechanisms requested for unknown user",
			bson.D{{Key: "user", Value: identity{DB: db, Name: name}.full()}})
		return nil, nil
	}
	if u.Password == "" {
		return bson.A{}, nil
	}
	return u.mechanismNames(), nil
}

// speculate tries the login inside a hello. Only its form is checked, in texts that name one command whatever the
// command was: a login that fails is no error.
func (s *Session) speculate(value any) (bson.D, error) {
	called := s.db.config.Release.Speculates
	attempt, ok := value.(bson.D)
	if !ok {
		return nil, status.Errorf(status.BadValue, "%s.speculativeAuthenticate must be an Object", called)
	}
	if len(attempt) == 0 {
		return nil, status.Errorf(status.BadValue, "%s.speculativeAuthenticate must be a non-empty Object", called)
	}
	var answer bson.D
	var err error
	switch q := (request{db: external, name: attempt[0].Key, body: attempt, inner: true}); q.name {
	case "authenticate":
		answer, err = s.authenticateWith(q, true)
	case "saslStart":
		if q.db, ok = q.field("db").(string); !ok {
			if mechanism, ok := q.field("mechanism").(string); ok {
				s.db.users.count(mechanism, func(n *logins) { n.speculativeReceived++ })
			}
			return nil, nil
		}
		answer, err = s.startConversation(q, true)
	default:
		return nil, status.Errorf(51769, "%s.speculativeAuthenticate unknown command: %s", called, q.name)
	}
	if err != nil {
		return nil, nil //nolint:nilerr // see above
	}
	return answer, nil
}

const (
	maxDocument = int32(16 << 20) // bytes
	maxBatch    = int32(100000)
	// MaxMessage is the size of the largest message, in bytes.
	MaxMessage = int32(48000000)
	// MaxDepth is mongod's BSONDepth::kDefaultMaxAllowableDepth: levels of documents and arrays below the first.
	MaxDepth = 200
)
