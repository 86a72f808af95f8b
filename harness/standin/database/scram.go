package database

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// The SASL mechanisms.
const (
	scramSHA1   = "SCRAM-SHA-1"
	scramSHA256 = "SCRAM-SHA-256"
)

// scramOf says how credentials of a mechanism are made: the parameter of the iterations, and the bytes of a salt.
var scramOf = map[string]struct {
	hash       scram.HashGeneratorFcn
	iterations string
	salt       int
}{scramSHA1: {scram.SHA1, "scramIterationCount", 16}, scramSHA256: {scram.SHA256, "scramSHA256IterationCount", 28}}

// iterations are those of credentials that are made now, by mechanism.
func (p *Parameters) iterations() map[string]int {
	n := map[string]int{}
	for mechanism, is := range scramOf {
		n[mechanism] = p.Int(is.iterations)
	}
	return n
}

// A conversation is a SCRAM login in progress.
type conversation struct {
	mechanism   string
	steps       *scram.ServerConversation
	db          string
	who         identity
	speculative bool
	short       bool // skipEmptyExchange
	verified    bool // all that is missing is the client's empty message
}

// credentials are derived once in a process: that takes some 10 ms.
var credentials sync.Map // of all that they depend on -> scram.StoredCredentials

func (u user) credential(mechanism string) (scram.StoredCredentials, error) {
	key := struct {
		mechanism, db, name, password string
		iterations                    int
	}{mechanism, u.DB, u.Name, u.Password, u.iterations[mechanism]}
	if known, ok := credentials.Load(key); ok {
		return known.(scram.StoredCredentials), nil
	}
	is, password := scramOf[mechanism], u.Password
	if mechanism == scramSHA1 { // the digest of MONGODB-CR
		sum := md5.Sum([]byte(u.Name + ":mongo:" + u.Password))
		password = hex.EncodeToString(sum[:])
	}
	newClient := is.hash.NewClient
	if mechanism == scramSHA1 {
		newClient = is.hash.NewClientUnprepped
	}
	client, err := newClient(u.Name, password, "")
	if err != nil {
		return scram.StoredCredentials{}, err
	}
	// The salt is the user's, and the same in each process, so that credentials can be kept.
	salt := sha256.Sum256([]byte(u.identity().full()))
	c, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt[:is.salt]),
		Iters: u.iterations[mechanism]})
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
	is, known := scramOf[mechanism]
	if known {
		s.db.users.loginReceived(mechanism, speculative)
	}
	switch {
	case mechanism == byX509, known && q.db == external:
		return nil, status.Errorf(status.BadValue, "Unsupported mechanism '%s' on authentication database '%s'",
			mechanism, q.db)
	case !known:
		return nil, status.Errorf(status.BadValue,
			"Received authentication for mechanism %s which is unknown or not enabled", mechanism)
	}
	talk := &conversation{mechanism: mechanism, db: q.db, speculative: speculative}
	if options, ok := q.field("options").(bson.D); ok {
		talk.short, _ = Field(options, "skipEmptyExchange").(bool)
	}
	server, err := is.hash.NewServer(func(name string) (scram.StoredCredentials, error) {
		talk.who = identity{DB: q.db, Name: name}
		if !s.db.config.Parameters.enabled(mechanism) {
			return scram.StoredCredentials{}, status.Errorf(status.BadValue, "%s authentication is disabled", mechanism)
		}
		u, ok := s.db.users.find(q.db, name)
		if !ok {
			return scram.StoredCredentials{}, notFound(q.db, name)
		}
		if !slices.Contains(u.mechanisms, mechanism) {
			return scram.StoredCredentials{}, status.Errorf(status.AuthenticationFailed,
				"Unable to use %s based authentication for user without any stored %s credentials", mechanism, mechanism)
		}
		talk.who = u.identity()
		return u.credential(mechanism)
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
	case talk.who.Name == "":
		if err = checkFirst(string(message)); err == nil {
			answer, err = talk.steps.Step(string(message))
		}
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
		if u, _ := s.db.users.find(talk.db, talk.who.Name); s.barred(u) { // after the proof, as src/mongo/db/auth has it
			return nil, status.Errorf(status.AuthenticationFailed, "Authentication failed.")
		}
		s.logIn(talk.who)
		s.db.users.loginSucceeded(talk.mechanism, talk.speculative)
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
	r := s.db.config.Release
	var failure status.Error
	attr := bson.D{{Key: "mechanism", Value: talk.mechanism}, {Key: "principalName", Value: talk.who.Name},
		{Key: "authenticationDatabase", Value: talk.db}, {Key: "client", Value: s.peer.Remote}}
	if err != nil {
		refused := status.Errorf(status.AuthenticationFailed, "SCRAM authentication failed")
		var known status.Error
		if errors.As(err, &known) {
			refused = known
		} else if talk.steps.Done() && talk.who.id != "" {
			refused.Text += ", storedKey mismatch"
		}
		attr = append(attr, bson.E{Key: "result", Value: refused.Code.String() + ": " + refused.Text})
		failure = refused
	}
	if r.LogsPasswords {
		id, message = r.LoggedIn, "Successfully authenticated"
		if err != nil {
			id, message = r.LoginFailed, "Failed to authenticate"
		}
	}
	tried := attempt{talk.mechanism, talk.db, talk.who.Name, talk.speculative, false}
	s.line("I", "ACCESS", id, message, s.loginAttr(tried, attr, failure))
}

// checkFirst refuses a first message in the words of mongod, src/mongo/db/auth/sasl_scram_server_conversation.cpp.
func checkFirst(message string) error {
	fields := strings.Split(message, ",")
	const least = 3
	switch {
	case len(fields) < least:
		return status.Errorf(status.BadValue,
			"Incorrect number of arguments for first SCRAM client message, got %d expected at least %d", len(fields), least)
	case strings.HasPrefix(fields[0], "p="):
		return status.Errorf(status.BadValue, "Server does not support channel binding")
	case fields[0] != "n" && fields[0] != "y":
		return status.Errorf(status.BadValue, "Incorrect SCRAM client message prefix: %s", fields[0])
	}
	return nil
}

func isOne(v any) bool {
	n, ok := float(v)
	return ok && n == 1
}
