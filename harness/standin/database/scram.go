package database

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"

	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// scramSHA256 is the one SASL mechanism. SCRAM-SHA-1 is left out: no user is announced to have it.
const scramSHA256 = "SCRAM-SHA-256"

// A conversation is a SCRAM login in progress.
type conversation struct {
	steps       *scram.ServerConversation
	db          string
	who         identity
	speculative bool
	short       bool // skipEmptyExchange
	verified    bool // all that is missing is the client's empty message
}

// credentials are derived once in a process: 15000 iterations, which are mongod's, take some 10 ms.
var credentials sync.Map // of db, name and password -> scram.StoredCredentials

func (u user) credential() (scram.StoredCredentials, error) {
	key := [3]string{u.DB, u.Name, u.Password}
	if known, ok := credentials.Load(key); ok {
		return known.(scram.StoredCredentials), nil
	}
	client, err := scram.SHA256.NewClient(u.Name, u.Password, "")
	if err != nil {
		return scram.StoredCredentials{}, err
	}
	// The salt is the user's, and the same in each process, so that credentials can be kept.
	salt := sha256.Sum256([]byte(u.identity().full()))
	c, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt[:28]), Iters: 15000})
	if err != nil {
		return scram.StoredCredentials{}, err
	}
	credentials.Store(key, c)
	return c, nil
}

func (s *Session) saslStart(q request) (bson.D, error) { return s.startConversation(q, false) }

func (s *Session) startConversation(q request, speculative bool) (bson.D, error) {
	s.sasl = nil
	mechanism, ok := q.field("mechanism").(string)
	if !ok {
		return nil, status.Errorf(status.BadValue, "Auth mechanism not specified")
	}
	if mechanism == byX509 {
		return nil, status.Errorf(status.BadValue, "Unsupported mechanism '%s' on authentication database '%s'",
			mechanism, q.db)
	}
	if mechanism != scramSHA256 || !s.db.config.Parameters.enabled(mechanism) {
		return nil, status.Errorf(status.BadValue,
			"Received authentication for mechanism %s which is unknown or not enabled", mechanism)
	}
	s.db.users.loginReceived(mechanism, speculative)
	talk := &conversation{db: q.db, speculative: speculative}
	if options, ok := q.field("options").(bson.D); ok {
		talk.short, _ = Field(options, "skipEmptyExchange").(bool)
	}
	server, err := scram.SHA256.NewServer(func(name string) (scram.StoredCredentials, error) {
		talk.who = identity{DB: q.db, Name: name}
		u, ok := s.db.users.find(q.db, name)
		if !ok || u.Password == "" {
			return scram.StoredCredentials{}, notFound(q.db, name)
		}
		talk.who = u.identity()
		return u.credential()
	})
	if err != nil {
		return nil, err
	}
	talk.steps = server.NewConversation()
	s.sasl = talk
	return s.step(q)
}

func (s *Session) saslContinue(q request) (bson.D, error) {
	talk := s.sasl
	switch {
	case talk == nil:
		return nil, status.Errorf(status.ProtocolError, "No SASL session state found")
	case !isOne(q.field("conversationId")):
		return nil, status.Errorf(status.ProtocolError, "sasl: Mismatched conversation id")
	case talk.db != q.db:
		return nil, status.Errorf(status.ProtocolError, "Attempt to switch database target during SASL authentication.")
	}
	return s.step(q)
}

// step answers one message of the client, in the type in which it came. What goes wrong is in the log only.
func (s *Session) step(q request) (bson.D, error) {
	talk := s.sasl
	var message []byte
	var text bool
	var err error
	switch p := q.field("payload").(type) {
	case bson.Binary:
		message = p.Data
	case string:
		text = true
		message, err = base64.StdEncoding.DecodeString(p)
	default:
		err = errors.New("payload must be binary or a string")
	}
	var answer string
	switch {
	case err != nil:
	case talk.verified: // the empty message is all that was missing
	default:
		answer, err = talk.steps.Step(string(message))
	}
	if err != nil {
		s.sasl = nil
		s.logSASL(talk, 20249, "Authentication failed", err)
		return nil, status.Errorf(status.AuthenticationFailed, "Authentication failed.")
	}
	complete := talk.verified || talk.steps.Valid() && talk.short
	talk.verified = talk.steps.Valid()
	if complete {
		s.sasl = nil
		s.logIn(talk.who)
		s.db.users.loginSucceeded(scramSHA256, talk.speculative)
		s.logSASL(talk, 20250, "Successful authentication", nil)
	}
	var payload any = bson.Binary{Data: []byte(answer)}
	if text {
		payload = base64.StdEncoding.EncodeToString([]byte(answer))
	}
	return bson.D{{Key: "conversationId", Value: int32(1)}, {Key: "done", Value: complete},
		{Key: "payload", Value: payload}}, nil
}

func (s *Session) logSASL(talk *conversation, id int, message string, err error) {
	attr := bson.D{{Key: "mechanism", Value: scramSHA256}, {Key: "principalName", Value: talk.who.Name},
		{Key: "authenticationDatabase", Value: talk.db}, {Key: "client", Value: s.peer.Remote}}
	if err != nil {
		refused := status.Errorf(status.AuthenticationFailed, "SCRAM authentication failed")
		var known status.Error
		if errors.As(err, &known) {
			refused = known
		} else if talk.steps.Done() && talk.who.id != "" {
			refused.Text += ", storedKey mismatch"
		}
		attr = append(attr, bson.E{Key: "result", Value: refused.Logged()})
	}
	s.line("I", "ACCESS", id, message, attr)
}

func isOne(v any) bool {
	n, ok := float(v)
	return ok && n == 1
}
