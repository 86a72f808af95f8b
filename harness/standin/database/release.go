package database

import "go.mongodb.org/mongo-driver/v2/bson"

// Version is that of the mongod that this one behaves like. What depends on it stands here, but for texts that only one
// command has.
const Version = "4.4.5"

var versionArray = bson.A{int32(4), int32(4), int32(5), int32(0)}

const (
	minWireVersion = int32(0)
	maxWireVersion = int32(9)

	maxDocument = int32(16 << 20) // bytes
	maxBatch    = int32(100000)
	// MaxMessage is the size of the largest message, in bytes.
	MaxMessage = int32(48000000)
	// MaxDepth is mongod's BSONDepth::kDefaultMaxAllowableDepth: levels of documents and arrays below the first.
	MaxDepth = 200
)
