package adapter

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/conformance"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/evidence"
)

// failing is a driver whose adapter fails at one scenario.
type failing struct {
	driver.Driver
	at string
}

func (d failing) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	if strings.HasPrefix(r.ID, d.at) {
		return evidence.Answer{}, errors.New("the adapter is gone")
	}
	return d.Driver.Do(ctx, r)
}

// An adapter that fails at a control has not shown that nothing stays: the check says so, rather than do without.
func TestAFailedControlIsTold(t *testing.T) {
	world, err := fixtures.New(fixtures.Options{Seed: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, world.Close()) }()
	isolation, err := attempt.Isolation(world)
	require.NoError(t, err)
	d := failing{godriver.New(isolation), "ocsp/t4-revoked-no-staple"}
	defer func() { require.NoError(t, d.Close()) }()
	p, err := New(world, d, func(conformance.Finding) {})
	require.NoError(t, err)
	_, err = p.forgets(t.Context())
	require.ErrorContains(t, err, "the adapter is gone")
}
