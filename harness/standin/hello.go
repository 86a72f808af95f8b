package standin

import (
	"net"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// hello answers hello, isMaster and ismaster with the fields of 4.4, but for topologyVersion: without it drivers poll, and
// neither stream nor open a second connection for round-trip times, so every connection in the record has one meaning.
func (c *connection) hello(q request) (bson.D, error) {
	c.noteClient(q)
	primary := "ismaster"
	if q.name == "hello" {
		primary = "isWritablePrimary"
	}
	reply := bson.D{{Key: primary, Value: true},
		{Key: "maxBsonObjectSize", Value: int32(16 << 20)}, {Key: "maxMessageSizeBytes", Value: int32(48000000)},
		{Key: "maxWriteBatchSize", Value: int32(100000)}, {Key: "localTime", Value: bson.NewDateTimeFromTime(time.Now())},
		{Key: "logicalSessionTimeoutMinutes", Value: int32(30)}, {Key: "connectionId", Value: int32(c.id)},
		{Key: "minWireVersion", Value: int32(0)}, {Key: "maxWireVersion", Value: int32(9)}, {Key: "readOnly", Value: false}}
	if names := c.server.config.Fault.Hosts; len(names) > 0 {
		reply = append(reply, c.server.replicaSet(names)...)
	}
	if c.server.config.Fault.LoadBalancer && q.field("loadBalanced") == true {
		reply = append(reply, bson.E{Key: "serviceId", Value: serviceID})
	}
	if asked := q.field("saslSupportedMechs"); asked != nil {
		mechanisms, err := c.supported(asked)
		if err != nil {
			return nil, err
		}
		if mechanisms != nil {
			reply = append(reply, bson.E{Key: "saslSupportedMechs", Value: mechanisms})
		}
	}
	if attempt := q.field("speculativeAuthenticate"); attempt != nil {
		answer, err := c.speculate(attempt)
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
var serviceID = bson.ObjectID{'m', 'o', 'n', 'g', 'o', 't', 'l', 's'}

// replicaSet is what the only member of a set adds, which is its primary. It knows itself by the first of its names.
func (s *Server) replicaSet(names []string) bson.D {
	port := strconv.Itoa(s.Addr().Port)
	var hosts bson.A
	for _, name := range names {
		hosts = append(hosts, net.JoinHostPort(name, port))
	}
	return bson.D{{Key: "setName", Value: "rs"}, {Key: "setVersion", Value: int32(1)}, {Key: "secondary", Value: false},
		{Key: "hosts", Value: hosts}, {Key: "primary", Value: hosts[0]}, {Key: "me", Value: hosts[0]}}
}

// noteClient logs the metadata of the connection's first hello.
func (c *connection) noteClient(q request) {
	client, ok := q.field("client").(bson.D)
	if !ok || c.login.client != nil {
		return
	}
	c.login.client = client
	c.server.log.line("I", "NETWORK", 51800, c.ctx, "client metadata",
		bson.D{{Key: "remote", Value: c.remote}, {Key: "client", Value: c.ctx}, {Key: "doc", Value: client}})
}

// supported are the SASL mechanisms of "database.user"; nil for a user that does not exist, which is no error.
func (c *connection) supported(asked any) (bson.A, error) {
	text, _ := asked.(string)
	db, name, ok := strings.Cut(text, ".")
	if !ok {
		return nil, fail(badValue, "UserName must contain a '.' separated database.user pair")
	}
	u, ok := c.server.store.user(db, name)
	if !ok {
		c.server.log.line("I", "ACCESS", 20251, c.ctx, "Supported SASL mechanisms requested for unknown user",
			bson.D{{Key: "user", Value: bson.D{{Key: "user", Value: name}, {Key: "db", Value: db}}}})
		return nil, nil
	}
	if u.Password == "" {
		return bson.A{}, nil
	}
	return bson.A{scramSHA256}, nil
}

// speculate tries the login inside a hello. What fails in it is swallowed, and only its form is checked; the texts say
// isMaster whatever the command was.
func (c *connection) speculate(value any) (bson.D, error) {
	attempt, ok := value.(bson.D)
	if !ok {
		return nil, fail(badValue, "isMaster.speculativeAuthenticate must be an Object")
	}
	if len(attempt) == 0 {
		return nil, fail(badValue, "isMaster.speculativeAuthenticate must be a non-empty Object")
	}
	var answer bson.D
	var err error
	switch q := (request{db: external, name: attempt[0].Key, body: attempt}); q.name {
	case "authenticate":
		answer, err = c.authenticateWith(q, true)
	case "saslStart":
		if q.db, ok = q.field("db").(string); !ok {
			return nil, nil
		}
		answer, err = c.startConversation(q, true)
	default:
		return nil, fail(51769, "isMaster.speculativeAuthenticate unknown command: %s", q.name)
	}
	if err != nil {
		return nil, nil //nolint:nilerr // see above
	}
	return answer, nil
}
