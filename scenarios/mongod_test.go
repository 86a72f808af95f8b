package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/scenarios"
)

// What a mongod cannot start as, it cannot come back as; one that has expired in the meantime does not start again.
func TestWhatAMongodComesBackAs(t *testing.T) {
	for name, row := range map[string]struct {
		change scenarios.Change
		can    bool
	}{
		"another key":        {scenarios.Change{Leaf: &pki.Leaf{Key: "rsa2048"}}, true},
		"another name":       {scenarios.Change{Leaf: &pki.Leaf{DNS: []string{"other.example.test"}}}, true},
		"not valid yet":      {scenarios.Change{Leaf: &pki.Leaf{NotBefore: time.Hour}}, false},
		"expired":            {scenarios.Change{Leaf: &pki.Leaf{NotAfter: -time.Hour}}, false},
		"a broken signature": {scenarios.Change{Leaf: &pki.Leaf{BadSignature: true}}, false},
	} {
		s := scenarios.Scenario{Steps: []scenarios.Step{{After: 1, Restart: &row.change}}}
		why, can := s.Mongod()
		require.Equal(t, row.can, can, "%s: %s", name, why)
	}
}
