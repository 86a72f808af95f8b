package status_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
)

func TestForms(t *testing.T) {
	for _, row := range []struct {
		err           status.Error
		reply, logged string
	}{
		{status.Errorf(status.Overflow, "too %s", "deep"),
			`{"ok":0.0,"errmsg":"too deep","code":15,"codeName":"Overflow"}`,
			`{"code":15,"codeName":"Overflow","errmsg":"too deep"}`},
		{status.Errorf(51003, "there"),
			`{"ok":0.0,"errmsg":"there","code":51003,"codeName":"Location51003"}`,
			`{"code":51003,"codeName":"Location51003","errmsg":"there"}`},
		{status.Errorf(0, "no option found to get"),
			`{"ok":0.0,"errmsg":"no option found to get"}`,
			`{"code":0,"codeName":"Location0","errmsg":"no option found to get"}`},
	} {
		require.Equal(t, row.reply, json(t, row.err.Reply()))
		require.Equal(t, row.logged, json(t, row.err.Logged()))
	}
}

func json(t *testing.T, d bson.D) string {
	t.Helper()
	b, err := bson.MarshalExtJSON(d, false, false)
	require.NoError(t, err)
	return string(b)
}
