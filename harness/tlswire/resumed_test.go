package tlswire_test

import (
	"crypto/tls"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/tlswire"
)

// A client of TLS 1.3 looks like one that resumes TLS 1.2 by two things, and by neither alone.
func TestLooksResumed(t *testing.T) {
	offer := hello(t, &tls.Config{ServerName: "a.test", MinVersion: tls.VersionTLS13})
	ccs := []byte{tlswire.RecordCCS, 3, 3, 0, 1, 1}
	finished := []byte{tlswire.RecordApplication, 3, 3, 0, 2, 7, 7}
	join := func(parts ...[]byte) (all []byte) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	require.True(t, tlswire.LooksResumed(join(offer, ccs, finished)))
	require.True(t, tlswire.LooksResumed(join(offer, ccs, offer, finished)), "after a HelloRetryRequest")
	require.False(t, tlswire.LooksResumed(join(offer, finished)))
	require.False(t, tlswire.LooksResumed(offer))
	require.False(t, tlswire.LooksResumed(nil))
	require.Equal(t, join(offer, finished), tlswire.WithoutCCS(join(offer, ccs, finished)))
	other := join(offer, ccs)
	other[5+4+2+32] = 0
	require.False(t, tlswire.LooksResumed(other), "without a session id")
}
