package standin

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/mongod"
)

// Attributes are cut at 10 kB, as those of a mongod, and the line says so.
func TestLongAttributesAreCut(t *testing.T) {
	long := strings.Repeat("x", longest-1) + "äy"
	attr := bson.D{{Key: "user", Value: long}, {Key: "n", Value: 1},
		{Key: "error", Value: bson.D{{Key: "code", Value: 11}, {Key: "errmsg", Value: long}}}}
	short, cut, sizes := shortened(attr)
	require.Equal(t, bson.D{{Key: "user", Value: strings.Repeat("x", longest-1)}, {Key: "n", Value: 1},
		{Key: "error", Value: bson.D{{Key: "code", Value: 11}}}}, short)
	was := bson.D{{Key: "type", Value: "string"}, {Key: "size", Value: int32(len(long))}}
	require.Equal(t, bson.D{{Key: "user", Value: was},
		{Key: "error", Value: bson.D{{Key: "truncated", Value: bson.D{{Key: "errmsg", Value: was}}}}}}, cut)
	raw, err := bson.Marshal(attr[2].Value)
	require.NoError(t, err)
	require.Equal(t, bson.D{{Key: "error", Value: int32(len(raw))}}, sizes)
	require.Equal(t, long, attr[0].Value, "what is logged is not changed")
	whole := bson.D{{Key: "user", Value: strings.Repeat("x", longest)}}
	short, cut, sizes = shortened(whole)
	require.Equal(t, whole, short)
	require.Empty(t, cut)
	require.Empty(t, sizes)
}

// Lines stand in the columns of a mongod's.
func TestColumns(t *testing.T) {
	var out strings.Builder
	l := newLog(&out, func(string, int) bool { return true })
	l.Line("I", "NETWORK", 22943, "listener", "Connection accepted", bson.D{{Key: "connectionId", Value: int64(1)}})
	l.Line("D2", "-", 4615611, "main", "<a>\n", nil)
	l.warnOfStart(22120, "Access control is not enabled")
	l.Line("I", "ACCESS", 1, "main", "", bson.D{{Key: "user", Value: strings.Repeat("x", longest+1)}})
	lines := strings.SplitAfter(out.String(), "\n")
	for i, want := range []string{
		`"s":"I",  "c":"NETWORK",  "id":22943,   "ctx":"listener","msg":"Connection accepted",` +
			`"attr":{"connectionId":1}}` + "\n",
		`"s":"D2", "c":"-",        "id":4615611, "ctx":"main","msg":"<a>\n"}` + "\n",
		`"s":"W",  "c":"CONTROL",  "id":22120,   "ctx":"initandlisten","msg":"Access control is not enabled",` +
			`"tags":["startupWarnings"]}` + "\n",
	} {
		_, after, _ := strings.Cut(lines[i], "},")
		require.Equal(t, want, after)
		require.Regexp(t, `^\{"t":\{"\$date":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d"\},`, lines[i])
	}
	require.Contains(t, lines[3], `x"},"truncated":{"user":{"type":"string","size":10241}}}`)
	require.Equal(t, []string{strings.TrimSuffix(lines[2], "\n")}, l.Warnings())
}

// A log in a file is moved away, or opened again where somebody else has moved it.
func TestRotation(t *testing.T) {
	for _, reopen := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "mongod.log")
		require.NoError(t, os.WriteFile(path, []byte("of before\n"), 0o600))
		c := mongod.Config{LogPath: path, LogAppend: reopen}
		if reopen {
			c.LogRotate = "reopen"
		}
		f, moved, err := openLog(c)
		require.NoError(t, err)
		require.Equal(t, reopen, moved == "")
		l := newLog(f, nil)
		l.Line("I", "CONTROL", 1, "main", "first", nil)
		aside := path + ".aside"
		if reopen {
			require.NoError(t, os.Rename(path, aside))
		} else {
			require.NoError(t, os.Rename(moved, path+".start")) // both could be of one second
		}
		require.NoError(t, l.Rotate())
		l.Line("I", "CONTROL", 2, "main", "second", nil)
		require.NoError(t, f.Close())
		if !reopen {
			others, err := filepath.Glob(path + ".20*")
			require.NoError(t, err)
			require.Len(t, others, 1)
			aside = others[0]
		}
		old, err := os.ReadFile(aside)
		require.NoError(t, err)
		require.Contains(t, string(old), "first")
		require.Contains(t, string(old), `"id":23166,`)
		require.Equal(t, reopen, strings.Contains(string(old), "of before"))
		now, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, string(now), "first")
		require.Contains(t, string(now), `"id":20721,`)
		require.Contains(t, string(now), "second")
	}
	_, _, err := openLog(mongod.Config{LogPath: filepath.Join(t.TempDir(), "nosuch", "mongod.log")})
	require.ErrorContains(t, err, "Can't initialize rotatable log file :: caused by :: Failed to open ")
	_, _, err = openLog(mongod.Config{LogPath: t.TempDir()})
	require.ErrorContains(t, err, "should name a file, not a directory")
	require.NoError(t, newLog(io.Discard, nil).Rotate(), "nothing to rotate is no error")
}
