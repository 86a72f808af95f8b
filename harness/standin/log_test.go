package standin

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// Attributes are cut at 10 kB, as those of a mongod.
func TestLongAttributesAreCut(t *testing.T) {
	long := strings.Repeat("x", longest-1) + "äy"
	attr := bson.D{{Key: "user", Value: long}, {Key: "n", Value: 1},
		{Key: "error", Value: bson.D{{Key: "code", Value: 11}, {Key: "errmsg", Value: long}}}}
	require.Equal(t, bson.D{{Key: "user", Value: strings.Repeat("x", longest-1)}, {Key: "n", Value: 1},
		{Key: "error", Value: bson.D{{Key: "code", Value: 11}}}}, shortened(attr))
	require.Equal(t, long, attr[0].Value, "what is logged is not changed")
	short := bson.D{{Key: "user", Value: strings.Repeat("x", longest)}}
	require.Equal(t, short, shortened(short))
}
