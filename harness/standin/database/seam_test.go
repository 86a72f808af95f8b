package database

import (
	"go/build"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/replication"
)

// A command's handler has no words for a socket or a TLS library: the package imports none, and none of ours that does.
func TestNothingHereReachesTheNetwork(t *testing.T) {
	here, err := build.ImportDir(".", 0)
	require.NoError(t, err)
	for _, path := range here.Imports {
		for _, banned := range []string{"net", "crypto/tls", "crypto/x509", "io", "bufio", "syscall", "os/exec"} {
			require.NotEqual(t, banned, path)
		}
		require.False(t, strings.HasPrefix(path, "net/") && path != "net/netip", path) // which only reads addresses
		const ours = "github.com/mongotls/mongotls/"
		if strings.HasPrefix(path, ours) {
			require.Contains(t, []string{"fixtures/pki", "fixtures/pki/dn", "scenarios", "harness/standin/status",
				"harness/standin/replication", "harness/mongod"},
				strings.TrimPrefix(path, ours))
		}
	}
}

// What crosses the seam is plain data; besides, the network lends a log, and a function that counts.
func TestTheSeamIsPlainData(t *testing.T) {
	for _, crosses := range []reflect.Type{reflect.TypeFor[Peer](), reflect.TypeFor[Certificate](),
		reflect.TypeFor[Counters](), reflect.TypeFor[replication.Set](), reflect.TypeFor[mongod.User]()} {
		requirePlain(t, crosses, crosses.Name())
	}
	require.Equal(t, reflect.TypeFor[func(*Session, string, bson.D) bson.D](), reflect.TypeOf((*Session).Execute))
	require.Equal(t, reflect.TypeFor[func(*Database, Peer) *Session](), reflect.TypeOf((*Database).Connect))
	require.Equal(t, reflect.TypeFor[func(*Database, replication.Set)](), reflect.TypeOf((*Database).Advertise))
}

func requirePlain(t *testing.T, is reflect.Type, path string) {
	t.Helper()
	switch is.Kind() {
	case reflect.Struct:
		if is == reflect.TypeFor[time.Time]() {
			return
		}
		for _, f := range reflect.VisibleFields(is) {
			requirePlain(t, f.Type, path+"."+f.Name)
		}
	case reflect.Slice, reflect.Array:
		requirePlain(t, is.Elem(), path+"[]")
	case reflect.Map:
		requirePlain(t, is.Key(), path+"[key]")
		requirePlain(t, is.Elem(), path+"[]")
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.Pointer, reflect.UnsafePointer:
		require.Failf(t, "no plain data", "%s is a %s", path, is)
	default:
	}
}

// What hello says of a set is what was advertised last.
func TestHelloOfAMember(t *testing.T) {
	s := connected(t, setup{}, "")
	require.Nil(t, Field(s.do(t, `admin: {"hello": 1}`), "setName"))
	set := replication.Set{Name: "rs", Version: 3, Hosts: []string{"a.test:1", "b.test:2"}, Primary: "a.test:1",
		Me: "a.test:1"}
	for _, row := range []struct {
		me      string
		primary bool
	}{{"a.test:1", true}, {"b.test:2", false}} {
		set.Me, set.Leads = row.me, row.primary
		s.db.Advertise(set)
		reply := s.do(t, `admin: {"hello": 1}`)
		require.Equal(t, row.primary, Field(reply, "isWritablePrimary"))
		require.Equal(t, !row.primary, Field(reply, "secondary"))
		require.Equal(t, bson.A{"a.test:1", "b.test:2"}, Field(reply, "hosts"))
		require.Equal(t, "a.test:1", Field(reply, "primary"))
		require.Equal(t, row.me, Field(reply, "me"))
		require.Equal(t, int32(3), Field(reply, "setVersion"))
	}
}

// Who is not the primary refuses a write, says of which topology it speaks, and that a retryable one may be repeated.
func TestRefusalOfASecondary(t *testing.T) {
	s := connected(t, setup{}, "")
	s.db.Advertise(replication.Set{Name: "rs", Hosts: []string{"a.test:1", "b.test:2"}, Primary: "a.test:1",
		Me: "b.test:2"})
	retryable := bson.A{"RetryableWriteError"}
	for _, row := range []struct {
		line   string
		code   int
		labels any
	}{
		{`test: {"insert": "c", "documents": [{}], "txnNumber": 1}`, 10107, retryable},
		{`test: {"insert": "c", "documents": [{}]}`, 10107, nil},
		{`test: {"insert": "c", "documents": [{}], "txnNumber": 1, "autocommit": false}`, 10107, nil},
		{`test: {"find": "c"}`, 13435, nil},
	} {
		reply := s.do(t, row.line)
		require.EqualValues(t, row.code, Field(reply, "code"), row.line)
		require.Equal(t, row.labels, Field(reply, "errorLabels"), row.line)
		require.Equal(t, s.version(t, nil), Field(reply, "topologyVersion"), row.line)
	}
	require.Nil(t, Field(s.do(t, `test: {"unheardof": 1}`), "topologyVersion"))
}

// serverStatus shows what the network counted.
func TestServerStatusShowsTheCounters(t *testing.T) {
	s := connected(t, setup{Mode: "allowTLS"}, "")
	s.db.config.Counters = func() Counters {
		return Counters{Open: 2, Created: 5, Handshakes: map[string]int64{"1.2": 1, "1.3": 3}}
	}
	reply := s.do(t, `admin: {"serverStatus": 1}`)
	connections := Field(reply, "connections").(bson.D)
	require.Equal(t, int32(2), Field(connections, "current"))
	require.Equal(t, int32(5), Field(connections, "totalCreated"))
	require.Equal(t, bson.D{{Key: "1.0", Value: int64(0)}, {Key: "1.1", Value: int64(0)}, {Key: "1.2", Value: int64(1)},
		{Key: "1.3", Value: int64(3)}, {Key: "unknown", Value: int64(0)}}, Field(reply, "transportSecurity"))
	require.Equal(t, own, Field(Field(reply, "security").(bson.D), "SSLServerSubjectName"))
}
