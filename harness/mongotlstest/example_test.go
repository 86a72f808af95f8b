package mongotlstest_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/mongotlstest"
	_ "github.com/mongotls/mongotls/harness/server/container"
)

var t *testing.T // of your test

// A server that wants TLS and client certificates, and a client that has both.
func ExampleStart() {
	server := mongotlstest.Start(t, mongotlstest.RequireTLS(), mongotlstest.ClientCertificates())
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(t.Context()) //nolint:errcheck // it ends with the test
}

// A server whose certificate is for another host: the application must not connect.
func ExampleCertificate() {
	server := mongotlstest.Start(t, mongotlstest.Certificate(pki.Leaf{DNS: []string{"other.example.com"}}))
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()).SetServerSelectionTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if client.Ping(t.Context(), nil) == nil {
		t.Error("it connects")
	}
}

// The same test against a mongod in a container. The import brings containers in, for its name alone:
//
//	import _ "github.com/mongotls/mongotls/harness/server/container"
func ExampleImage() {
	server := mongotlstest.Start(t, mongotlstest.Image("mongo:8.0"), mongotlstest.ClientCertificates())
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(t.Context()) //nolint:errcheck // it ends with the test
}

// The same in code, for an application that builds its own tls.Config.
func ExampleServer_TLSConfig() {
	server := mongotlstest.Start(t, mongotlstest.User("app", "secret", "readWrite@app"))
	opts := options.Client().ApplyURI("mongodb://" + server.Addr().String()).SetTLSConfig(server.TLSConfig()).
		SetAuth(options.Credential{Username: "app", Password: "secret"})
	client, err := mongo.Connect(opts)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(t.Context()) //nolint:errcheck // it ends with the test
}
