package node

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/internal/adaptertest"
	"github.com/mongotls/mongotls/harness/evidence"
)

// The adapter keeps to the protocol with each package: many requests at once, cancelling, limits, no prompts, its end.
func TestTheAdapterKeepsToTheProtocol(t *testing.T) {
	for name, version := range map[string]string{"node": "7.9.0", "mongoose": "9.12.1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, opened(t, name, version).Close())
			dir, err := packs[name].locate(t.Context(), version)
			require.NoError(t, err)
			script, err := script(t.Context())
			require.NoError(t, err)
			adaptertest.Protocol(t, nil, []string{"node", script, name, dir})
		})
	}
}

// broken is a package whose clients break in ways that no published version can be made to on demand: the host says
// how.
const broken = `
class MongoClient {
  constructor(uri) { this.host = new URL(uri).hostname; }
  on() { return this; }
  async connect() {
    if (this.host === 'hangs') for (;;);
    if (this.host === 'crashes') setTimeout(() => { throw new TypeError('nobody catches this'); });
    if (this.host === 'crashes' || this.host === 'waits') return new Promise(() => {});
    return this;
  }
  db() { return { command: async () => ({ ok: 1 }) }; }
  async close() {}
}
module.exports = { MongoClient };
`

func openBroken(t *testing.T) driver.Driver {
	dir := filepath.Join(t.TempDir(), "mongodb")
	for name, content := range map[string]string{
		"package.json":               `{"name": "mongodb", "version": "4.0.0", "main": "index.js"}`,
		"index.js":                   broken,
		"lib/utils.js":               `exports.emitWarning = () => {};`,
		"node_modules/bson/index.js": `exports.EJSON = JSON;`,
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	d := opened(t, "node", dir)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

// A crash is the failure of the request that brought it about. Those beside it go on in the same process.
func TestACrashStaysAlone(t *testing.T) {
	d := openBroken(t)
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() {
			id := strconv.Itoa(i)
			a, err := d.Do(t.Context(), evidence.Request{ID: "crash " + id, URI: "mongodb://crashes/", LimitMS: 10_000})
			if assert.NoError(t, err) && assert.NotNil(t, a.Error) {
				assert.Equal(t, evidence.Crashed, a.Error.Reason)
				assert.Equal(t, []string{"Uncaught", "TypeError"}, a.Error.Chain)
				assert.Contains(t, a.Error.Surface, "nobody catches this")
				assert.Equal(t, evidence.Returned, a.Stopped)
			}
			a, err = d.Do(t.Context(), evidence.Request{ID: "work " + id, URI: "mongodb://works/", LimitMS: 10_000})
			assert.NoError(t, err)
			assert.True(t, a.OK)
		})
	}
	all.Wait()
}

// A driver that keeps the process busy for ever costs it its life, and what is asked next gets another one.
func TestAHangEnds(t *testing.T) {
	t.Parallel()
	d := openBroken(t)
	_, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://hangs/", LimitMS: 10})
	require.ErrorContains(t, err, "the adapter was killed: request \"1\" was not answered 5s after its limit of 10 ms")
	a, err := d.Do(t.Context(), evidence.Request{ID: "2", URI: "mongodb://works/", LimitMS: 10_000})
	require.NoError(t, err)
	require.True(t, a.OK)
	require.Equal(t, []string{`{"ok":1}`}, a.Replies)
}

// A request that waits ends with its limit, and when it is cancelled.
func TestARequestEnds(t *testing.T) {
	d := openBroken(t)
	a, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://waits/", LimitMS: 20})
	require.NoError(t, err)
	require.Equal(t, evidence.AtLimit, a.Stopped)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = d.Do(ctx, evidence.Request{ID: "2", URI: "mongodb://waits/", LimitMS: 60_000})
	require.ErrorIs(t, err, context.Canceled)
}
