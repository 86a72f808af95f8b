//go:build !mongodriver1

package godriver

import (
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// What the two major versions of the driver call differently is in this file and in api_v1.go. Whatever else only some
// versions have is asked for where it is used.
const (
	poolCleared    = event.ConnectionPoolCleared
	checkOutFailed = event.ConnectionCheckOutFailed
)

func newClient(opts ...*options.ClientOptions) (*mongo.Client, error) { return mongo.Connect(opts...) }
