package standin_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin"
	"github.com/mongotls/mongotls/scenarios"
)

// fellowship starts servers with --replSet, whose members log in to each other by key file or certificate.
func fellowship(t *testing.T, b bench, n int, change func(*standin.Config)) (list []*standin.Server) {
	t.Helper()
	for range n {
		c := standin.Config{Config: mongod.Config{Mode: scenarios.RequireTLS, CertificateKeyFile: b.keyFile(pki.Leaf{},
			pki.KeyForm{}), CAFile: b.bundle(pki.CA), AllowConnectionsWithoutCertificates: true,
			Other: map[string]string{"replication.replSet": "rs"}}}
		if change != nil {
			change(&c)
		}
		s, err := standin.Start(c)
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		list = append(list, s)
	}
	return list
}

func at(s *standin.Server) string { return net.JoinHostPort("localhost", strconv.Itoa(s.Addr().Port)) }

// direct is a client of one member, as an administrator has one: user is "name:password@", or nothing.
func direct(t *testing.T, b bench, s *standin.Server, user string) *mongo.Database {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(fmt.Sprintf("mongodb://%s%s/?directConnection=true&tls=true&"+
		"tlsCAFile=%s&serverMonitoringMode=poll", user, at(s), b.bundle(pki.CA))))
	require.NoError(t, err)
	t.Cleanup(func() { // whose server may be gone, and with it the one that the driver would end its sessions on
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = client.Disconnect(ctx)
	})
	return client.Database("admin")
}

func command(t *testing.T, db *mongo.Database, d bson.D) error {
	t.Helper()
	return db.RunCommand(t.Context(), d).Err()
}

func initiate(list []*standin.Server) bson.D {
	members := bson.A{}
	for i, s := range list {
		members = append(members, bson.D{{Key: "_id", Value: i}, {Key: "host", Value: at(s)}})
	}
	return bson.D{{Key: "replSetInitiate", Value: bson.D{{Key: "_id", Value: "rs"}, {Key: "members", Value: members}}}}
}

// A set of stand-ins is initiated as one of mongods is; it tells clients who leads, follows a step down, and elects
// another primary when that ends.
func TestSet(t *testing.T) {
	b := newBench(t)
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte("bW9uZ290bHM="), 0o600))
	for name, change := range map[string]func(*standin.Config){
		"open":        nil,
		"certificate": func(c *standin.Config) { c.ClusterAuthMode, c.Authorization = "x509", true },
		"key file": func(c *standin.Config) {
			c.ClusterAuthMode, c.KeyFile, c.Authorization = "keyFile", key, true
		},
	} {
		t.Run(name, func(t *testing.T) {
			list := fellowship(t, b, 3, func(c *standin.Config) {
				c.Users = []mongod.User{{DB: "admin", Name: "root", Password: "p", Roles: []string{"root@admin"}}}
				if change != nil {
					change(c)
				}
			})
			as := func(s *standin.Server) *mongo.Database { return direct(t, b, s, "root:p@") }
			first := as(list[0])
			require.ErrorContains(t, command(t, first, bson.D{{Key: "replSetGetStatus", Value: 1}}),
				"no replset config has been received")
			require.NoError(t, command(t, first, initiate(list)))
			require.ErrorContains(t, command(t, first, initiate(list)), "already initialized")

			leader := func() string {
				var status struct {
					Members []struct{ Name, StateStr string }
				}
				require.NoError(t, as(list[1]).RunCommand(t.Context(), bson.D{{Key: "replSetGetStatus", Value: 1}}).Decode(&status))
				for _, m := range status.Members {
					if m.StateStr == "PRIMARY" {
						return m.Name
					}
				}
				return ""
			}
			require.Equal(t, at(list[0]), leader())
			require.NoError(t, command(t, first, bson.D{{Key: "replSetStepDown", Value: 1}}))
			require.Equal(t, at(list[1]), leader())
			require.NoError(t, command(t, first, bson.D{{Key: "replSetStepUp", Value: 1}}))
			require.NoError(t, list[0].Close())
			require.Eventually(t, func() bool { return leader() == at(list[1]) }, 30*time.Second, 50*time.Millisecond)
		})
	}
}

// A set that has no user yet is made over the localhost exception, and its users are known to all of its members, those
// that come back, too.
func TestUsersOfASet(t *testing.T) {
	b := newBench(t)
	list := fellowship(t, b, 3, func(c *standin.Config) { c.ClusterAuthMode, c.Authorization = "x509", true })
	first := direct(t, b, list[0], "")
	require.ErrorContains(t, command(t, first, bson.D{{Key: "replSetStepUp", Value: 1}}), "not authorized")
	require.NoError(t, command(t, first, initiate(list[:1])))
	require.NoError(t, command(t, first, bson.D{{Key: "createUser", Value: "root"}, {Key: "pwd", Value: "p"},
		{Key: "roles", Value: bson.A{"root"}}}))
	c := initiate(list)[0].Value.(bson.D)
	grown := bson.D{{Key: "replSetReconfig", Value: append(c, bson.E{Key: "version", Value: 2})}}
	require.ErrorContains(t, command(t, direct(t, b, list[0], ""), grown), "requires authentication")
	require.NoError(t, command(t, direct(t, b, list[0], "root:p@"), grown))
	knows := func(s *standin.Server) func() bool {
		return func() bool {
			return command(t, direct(t, b, s, "root:p@"), bson.D{{Key: "replSetGetStatus", Value: 1}}) == nil
		}
	}
	for _, s := range list {
		require.Eventually(t, knows(s), 30*time.Second, 50*time.Millisecond)
	}
}

// Clients follow the set that they are told of, and a server that is not in it is none.
func TestClientsFollowTheSet(t *testing.T) {
	b := newBench(t)
	list := fellowship(t, b, 2, nil)
	require.NoError(t, command(t, direct(t, b, list[0], ""), initiate(list)))
	client, err := mongo.Connect(options.Client().ApplyURI(fmt.Sprintf("mongodb://%s/?replicaSet=rs&tls=true&tlsCAFile=%s&"+
		"serverMonitoringMode=poll", at(list[1]), b.bundle(pki.CA))))
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	_, err = client.Database("test").Collection("c").InsertOne(t.Context(), bson.D{{Key: "x", Value: 1}})
	require.NoError(t, err)
	require.ErrorContains(t, command(t, direct(t, b, list[1], ""), bson.D{{Key: "insert", Value: "c"},
		{Key: "documents", Value: bson.A{bson.D{}}}}), "not master")
}

// What is no configuration of a set is refused in a mongod's words.
func TestInitiateRefuses(t *testing.T) {
	b := newBench(t)
	list := fellowship(t, b, 1, nil)
	admin := direct(t, b, list[0], "")
	member := bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: "localhost:1"}}
	for says, config := range map[string]bson.D{
		"Attempting to initiate a replica set with name other": {{Key: "_id", Value: "other"},
			{Key: "members", Value: bson.A{member}}},
		"must contain at least one member": {{Key: "_id", Value: "rs"}},
		"maps to this node":                {{Key: "_id", Value: "rs"}, {Key: "members", Value: bson.A{member}}},
		"quorum check failed": {{Key: "_id", Value: "rs"}, {Key: "members", Value: bson.A{member,
			bson.D{{Key: "_id", Value: 1}, {Key: "host", Value: at(list[0])}}}}},
	} {
		require.ErrorContains(t, command(t, admin, bson.D{{Key: "replSetInitiate", Value: config}}), says)
	}
	alone := fellowship(t, b, 1, func(c *standin.Config) { c.Other = nil })
	require.ErrorContains(t, command(t, direct(t, b, alone[0], ""), bson.D{{Key: "replSetInitiate", Value: bson.D{}}}),
		"This node was not started with replication enabled")
	require.NoError(t, command(t, admin, bson.D{{Key: "replSetInitiate", Value: bson.D{}}})) // rs.initiate()
	require.NoError(t, command(t, admin, bson.D{{Key: "replSetGetConfig", Value: 1}}))
}
