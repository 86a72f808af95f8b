package database

const (
	maxDocument = int32(16 << 20) // bytes
	maxBatch    = int32(100000)
	// MaxMessage is the size of the largest message, in bytes.
	MaxMessage = int32(48000000)
	// MaxDepth is mongod's BSONDepth::kDefaultMaxAllowableDepth: levels of documents and arrays below the first.
	MaxDepth = 200
)
