package standin

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// slowly takes a while for each write.
type slowly time.Duration

func (s slowly) Write(p []byte) (int, error) {
	time.Sleep(time.Duration(s))
	return len(p), nil
}

// What drips takes as long on a machine that is busy at every byte, as long as it keeps up on the whole.
func TestADripIsNotSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pause, bytes = 10 * time.Millisecond, 100
		for _, each := range []time.Duration{0, pause / 2, pause} {
			start := time.Now()
			n, err := inChunks(slowly(each), make([]byte, bytes), 1, pause)
			require.NoError(t, err)
			require.Equal(t, bytes, n)
			require.Equal(t, bytes*pause+each, time.Since(start), "of %s a byte", each)
		}
	})
}
