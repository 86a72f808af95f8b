package matrix

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/mongotls/mongotls/harness"
	"github.com/mongotls/mongotls/harness/attempt"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/matrix/internal/engine"
)

// BenchmarkMatrix sets the matrix beside what it is made of, for one mix of positive and negative cases, in turns
// within one run: raw TLS handshakes, the bare driver's connect + ping + disconnect (or connect + failure +
// disconnect), and whole cases. What counts is the ratio matrix/driver; the rates are those of this machine.
func BenchmarkMatrix(b *testing.B) {
	for _, name := range driver.Withheld() {
		b.Setenv(name, "") // or the driver of the matrix would be in a child, other than the bare one
	}
	s, err := Open(b.Context(), Options{Seed: 1})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	var mix []bareCase
	for _, id := range []string{
		"uri/tls-true/requireTLS", "time/expired/requireTLS", "mode/tls/requireTLS", "trust/wrong-ca/requireTLS",
	} {
		mix = append(mix, newBareCase(b, s.engine, id))
	}
	const batch = 32
	var handshakes, driver, matrix time.Duration
	for n := range b.N {
		handshakes += batchOf(b, batch, func(i int) error { return mix[i%len(mix)].handshake() })
		driver += batchOf(b, batch, func(i int) error { return mix[i%len(mix)].drive() })
		matrix += batchOf(b, batch, func(i int) error {
			of := mix[i%len(mix)].Case
			of.ID = fmt.Sprintf("%s %d %d", of.ID, n, i) // whose attempts are under way together
			if r := s.engine.Run(b.Context(), of); r.Verdict.Kind != evidence.Conforms {
				return errors.New(r.Verdict.Why)
			}
			return nil
		})
	}
	rate := func(d time.Duration) float64 { return float64(b.N*batch) / d.Seconds() }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(rate(handshakes), "handshakes/s")
	b.ReportMetric(rate(driver), "driver/s")
	b.ReportMetric(rate(matrix), "matrix/s")
	b.ReportMetric(rate(matrix)/rate(driver), "matrix/driver")
}

// BenchmarkSet sets a row of three members beside one of a single server: it may take five times as long.
func BenchmarkSet(b *testing.B) {
	s, err := Open(b.Context(), Options{Seed: 1})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	const batch = 32
	took := func(id string, n int) time.Duration {
		c, ok := s.engine.Table.ByID[id]
		require.True(b, ok, id)
		require.Equal(b, evidence.Conforms, s.engine.Result(b.Context(), id).Verdict.Kind, id) // and its control has run
		return batchOf(b, batch, func(i int) error {
			of := c
			of.ID = fmt.Sprintf("%s %d %d", id, n, i)
			if r := s.engine.Run(b.Context(), of); r.Verdict.Kind != evidence.Conforms {
				return errors.New(r.Verdict.Why)
			}
			return nil
		})
	}
	var one, three time.Duration
	for n := range b.N {
		one += took("mode/tls/requireTLS", n)
		three += took("set/certificate-each/requireTLS", n)
	}
	ratio := three.Seconds() / one.Seconds()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratio, "set/server")
	require.LessOrEqual(b, ratio, 5.0)
}

// batchOf runs f n times, as many at once as a run of the matrix does, and says how long that took.
func batchOf(b *testing.B, n int, f func(i int) error) time.Duration {
	var group errgroup.Group
	group.SetLimit(4 * runtime.GOMAXPROCS(0))
	start := time.Now()
	for i := range n {
		group.Go(func() error { return f(i) })
	}
	require.NoError(b, group.Wait())
	return time.Since(start)
}

// A bareCase is a case without the harness: its server, up for the whole benchmark, and its client's URI.
type bareCase struct {
	harness.Case
	addr    netip.AddrPort
	request evidence.Request
}

func newBareCase(b *testing.B, e *engine.Engine, id string) bareCase {
	c, ok := e.Table.ByID[id]
	require.True(b, ok, id)
	require.Equal(b, evidence.Conforms, e.Result(b.Context(), id).Verdict.Kind, id)
	scene, err := attempt.Open(b.Context(), e.Attempts.World, e.Attempts.Backend, c, 9)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, scene.Close()) })
	request, err := scene.Request(c.Scenario.Client, time.Second)
	require.NoError(b, err)
	return bareCase{c, scene.Members()[0].Addr, request}
}

func (c bareCase) handshake() error {
	conn, err := tls.Dial("tcp", c.addr.String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	return conn.Close()
}

// drive is what an application does, and stops at the first failed heartbeat, as the adapter does.
func (c bareCase) drive() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(c.request.URI).SetServerMonitoringMode("poll").
		SetServerMonitor(&event.ServerMonitor{ServerHeartbeatFailed: func(*event.ServerHeartbeatFailedEvent) { cancel() }}))
	if err != nil {
		return err
	}
	pinged := client.Ping(ctx, nil)
	if c.Scenario.Expect.Positive() != (pinged == nil) {
		return pinged
	}
	closing, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	return client.Disconnect(closing)
}

// driven are the drivers of the matrix, slow ones too, and those of the documents on all that they are shown to run on.
func driven(tb testing.TB) (specs []string) {
	pairs, err := registry.Runtimes()
	require.NoError(tb, err)
	all := registry.Defaults()
	for _, r := range registry.Rows {
		all = append(all, driver.Spec{Name: r.Name})
	}
	for _, p := range pairs {
		all = append(all, p.From, p.To)
	}
	for _, s := range all {
		if text := s.String(); !slices.Contains(specs, text) {
			specs = append(specs, text)
		}
	}
	return specs
}

// No driver is left out.
func TestBenchmarksDriveAll(t *testing.T) { require.Subset(t, driven(t), registry.Names()) }

// BenchmarkDrivers sets, for each driver and runtime that can be had, its matrix beside what the same adapter does
// bare: one client after another that connects, pings and closes, against one server that stays. What counts is the
// ratio.
func BenchmarkDrivers(b *testing.B) {
	const id = "uri/tls-true/requireTLS"
	for _, spec := range driven(b) {
		b.Run(spec, func(b *testing.B) {
			s, err := Open(b.Context(), Options{Driver: spec, Seed: 1, Run: []string{id}})
			if err != nil {
				b.Skip(err)
			}
			b.Cleanup(func() { require.NoError(b, s.Close()) })
			e := s.engine
			c := e.Table.ByID[id]
			scene, err := attempt.Open(b.Context(), e.Attempts.World, e.Attempts.Backend, c, 9)
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, scene.Close()) })
			request, err := scene.Request(c.Scenario.Client, 10*time.Second)
			require.NoError(b, err)
			const batch = 16
			var bare, matrix time.Duration
			for n := range b.N {
				bare += batchOf(b, batch, func(i int) error {
					r := request
					r.ID = fmt.Sprintf("bare %d %d", n, i)
					a, err := e.Attempts.Driver.Do(b.Context(), r)
					if err == nil && !a.OK {
						err = errors.New(a.Error.Text)
					}
					return err
				})
				matrix += batchOf(b, batch, func(i int) error {
					of := c
					of.ID = fmt.Sprintf("%s %d %d", c.ID, n, i) // whose attempts are under way together
					if r := e.Run(b.Context(), of); r.Verdict.Kind != evidence.Conforms {
						return errors.New(r.Verdict.Why)
					}
					return nil
				})
			}
			rate := func(d time.Duration) float64 { return float64(b.N*batch) / d.Seconds() }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(rate(bare), "bare/s")
			b.ReportMetric(rate(matrix), "matrix/s")
			b.ReportMetric(rate(matrix)/rate(bare), "matrix/bare")
		})
	}
}
