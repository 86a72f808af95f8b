package standin

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"

	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"
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

func (c *connection) saslStart(q request) (bson.D, error) { return c.startConversation(q, false) }

func (c *connection) startConversation(q request, speculative bool) (bson.D, error) {
	c.login.sasl = nil
	mechanism, ok := q.field("mechanism").(string)
	if !ok {
		return nil, fail(badValue, "Auth mechanism not specified")
	}
	if mechanism == byX509 {
		return nil, fail(badValue, "Unsupported mechanism 'MONGODB-X509' on authentication database '%s'", q.db)
	}
	if mechanism != scramSHA256 || !c.server.parameter.enabled(mechanism) {
		return nil, fail(badValue, "Received authentication for mechanism %s which is unknown or not enabled", mechanism)
	}
	c.server.store.count(mechanism, speculative, false)
	talk := &conversation{db: q.db, speculative: speculative}
	if options, ok := q.field("options").(bson.D); ok {
		talk.short, _ = field(options, "skipEmptyExchange").(bool)
	}
	server, err := scram.SHA256.NewServer(func(name string) (scram.StoredCredentials, error) {
		talk.who = identity{DB: q.db, Name: name}
		u, ok := c.server.store.user(q.db, name)
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
	c.login.sasl = talk
	return c.step(q)
}

func (c *connection) saslContinue(q request) (bson.D, error) {
	talk := c.login.sasl
	switch {
	case talk == nil:
		return nil, fail(protocolError, "No SASL session state found")
	case !isOne(q.field("conversationId")):
		return nil, fail(protocolError, "sasl: Mismatched conversation id")
	case talk.db != q.db:
		return nil, fail(protocolError, "Attempt to switch database target during SASL authentication.")
	}
	return c.step(q)
}

// step answers one message of the client, in the type in which it came. What goes wrong is in the log only.
func (c *connection) step(q request) (bson.D, error) {
	talk := c.login.sasl
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
		c.login.sasl = nil
		c.logSASL(talk, 20249, "Authentication failed", err)
		return nil, fail(authenticationFailed, "Authentication failed.")
	}
	complete := talk.verified || talk.steps.Valid() && talk.short
	talk.verified = talk.steps.Valid()
	if complete {
		c.login.sasl = nil
		c.login.become(talk.who)
		c.server.store.count(scramSHA256, talk.speculative, true)
		c.logSASL(talk, 20250, "Successful authentication", nil)
	}
	var payload any = bson.Binary{Data: []byte(answer)}
	if text {
		payload = base64.StdEncoding.EncodeToString([]byte(answer))
	}
	return bson.D{{Key: "conversationId", Value: int32(1)}, {Key: "done", Value: complete}, {Key: "payload", Value: payload}}, nil
}

func (c *connection) logSASL(talk *conversation, id int, message string, err error) {
	attr := bson.D{{Key: "mechanism", Value: scramSHA256}, {Key: "principalName", Value: talk.who.Name},
		{Key: "authenticationDatabase", Value: talk.db}, {Key: "client", Value: c.remote}}
	if err != nil {
		f := failure{authenticationFailed, "SCRAM authentication failed"}
		var known failure
		if errors.As(err, &known) {
			f = known
		} else if talk.steps.Done() && talk.who.id != "" {
			f.text += ", storedKey mismatch"
		}
		attr = append(attr, bson.E{Key: "result", Value: f.status()})
	}
	c.server.log.line("I", "ACCESS", id, c.ctx, message, attr)
}

func isOne(v any) bool {
	n, ok := float(v)
	return ok && n == 1
}
