package standin

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/scenarios"
)

// A connection that the server has ended is open until its client closes it, too: the record says so.
func TestTheRecordShowsWhatAClientLeavesOpen(t *testing.T) {
	s, err := Start(Config{Config: mongod.Config{Mode: scenarios.Disabled},
		Fault: scenarios.Fault{Close: scenarios.AtAccept}})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	c, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	_, err = c.Read(make([]byte, 1))
	require.Error(t, err, "the server has ended it")
	over, cancel := context.WithCancel(t.Context())
	s.catchUp(t.Context())
	cancel()
	require.Equal(t, 1, s.Seen(over).Open)
	require.NoError(t, c.Close())
	require.Zero(t, s.Seen(t.Context()).Open)
}
