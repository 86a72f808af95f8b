//go:build mongodriver1

package godriver

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/event" // by the path of version 1 in its own build
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
	poolCleared    = event.PoolCleared
	checkOutFailed = event.GetFailed
)

func newClient(opts ...*options.ClientOptions) (*mongo.Client, error) {
	return mongo.Connect(context.Background(), opts...)
}
