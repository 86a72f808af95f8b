package own

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports/trial"
)

// During a renewal each driver meets the old certificate and the new one: of one host, and of the first of several.
func TestDuringRenewal(t *testing.T) {
	w, ca := trusted(t, 8)
	cert, _, err := w.KeyFile(pki.Server, pki.Leaf{DNS: []string{"*.example.com"}}, pki.KeyForm{})
	require.NoError(t, err)
	for _, s := range []string{"db1.example.com/?tls=true&retryReads=false",
		"u:p@db1.example.com,db2.example.com:27018/?tls=true&replicaSet=rs0"} {
		tried := run(t, Options{Cert: cert, CA: ca, URI: "mongodb://" + s, Drivers: []driver.Spec{{Name: "go"}},
			WhatIf: WhatIf{Renew: true}})
		require.Zero(t, tried.Code(), tried.Summary())
		require.Len(t, tried.Worlds, 3)
		during := tried.Worlds[1]
		require.Equal(t, "during the renewal", during.Name)
		for _, row := range during.Rows {
			require.Len(t, row.Seen.Steps, 1)
			for run := range 2 {
				require.True(t, slices.ContainsFunc(row.Seen.Connections, func(c evidence.Connection) bool {
					return c.Run == run && served(c)
				}), "run %d at %s", run, row.Host)
			}
		}
	}
}

// The hosts of a string are tried one by one, and then all of them together, as the set or the routers that they are:
// a member that is wrong shows where it is needed.
func TestSeveralHosts(t *testing.T) {
	w, ca := trusted(t, 8)
	const hosts = "db1.example.com,db2.example.com:27018,db3.example.com"
	for name, row := range map[string]struct {
		dns     []string // of the certificate
		options string
		refused []string // places
		changes int
	}{
		"set":         {dns: []string{"*.example.com"}, options: "replicaSet=rs0"},
		"secondaries": {dns: []string{"*.example.com"}, options: "replicaSet=rs0&readPreference=secondary"},
		"routers":     {dns: []string{"*.example.com"}},
		"a secondary without its name": {dns: []string{"db1.example.com", "db2.example.com"}, options: "replicaSet=rs0",
			refused: []string{"db3.example.com"}, changes: 1},
		"the primary without its name": {dns: []string{"db2.example.com", "db3.example.com"}, options: "replicaSet=rs0",
			refused: []string{"db1.example.com", trial.Together}, changes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			cert, _, err := w.KeyFile(pki.Server, pki.Leaf{DNS: row.dns}, pki.KeyForm{})
			require.NoError(t, err)
			tried := run(t, Options{Cert: cert, CA: ca, Drivers: []driver.Spec{{Name: "go"}},
				URI: "mongodb://" + hosts + "/?tls=true&serverSelectionTimeoutMS=3000&" + row.options})
			require.Empty(t, tried.LeftOut)
			rows := tried.Worlds[0].Rows
			require.Len(t, rows, 4)
			for _, r := range rows {
				want := trial.Connects
				if slices.Contains(row.refused, r.Host) {
					want = trial.Refused
				}
				require.Equal(t, want, r.Verdict, "%s: %s", r.Host, r.Says)
			}
			require.Len(t, tried.Worlds[0].Changes, row.changes)
			together := rows[3]
			require.Equal(t, trial.Together, together.Host)
			if slices.Contains(row.refused, trial.Together) {
				return
			}
			i := slices.IndexFunc(together.Seen.Connections, served)
			member := together.Seen.Connections[i].Member
			if row.options != "" {
				require.Equal(t, "db1.example.com", member, "a command goes to the primary, whatever is said of reads")
			}
		})
	}
}

// What is named in two ways is one driver: it runs once, and a step from one to the other changes nothing.
func TestADriverNamedTwice(t *testing.T) {
	w, ca := trusted(t, 1)
	cert, _, err := w.KeyFile(pki.Server, pki.Leaf{}, pki.KeyForm{})
	require.NoError(t, err)
	tried := run(t, Options{Cert: cert, CA: ca, Drivers: []driver.Spec{{Name: "go"}, {Name: "go"}},
		URI: "mongodb://localhost/?tls=true", Steps: []Step{{From: 0, To: 1}}})
	require.Len(t, tried.Worlds[0].Rows, 1)
	require.Empty(t, tried.Worlds[0].Steps[0].Says)
}

// The end of a driver's process is what that driver makes of somebody's files: no other is at work in it.
func TestADriverThatBreaks(t *testing.T) {
	w, ca := trusted(t, 1)
	cert, _, err := w.KeyFile(pki.Server, pki.Leaf{}, pki.KeyForm{})
	require.NoError(t, err)
	tried := run(t, Options{Cert: cert, CA: ca, Drivers: []driver.Spec{{Name: "broken"}},
		URI:  "mongodb://localhost/?tls=true",
		open: func(context.Context, driver.Spec, driver.Isolation) (driver.Driver, error) { return broken{}, nil }})
	row := tried.Worlds[0].Rows[0]
	require.Equal(t, trial.Refused, row.Verdict, row.Says)
	require.Equal(t, evidence.Crashed, row.Reason)
	require.Len(t, tried.Worlds[0].Changes, 1)
}

// broken is a driver whose process ends at each request.
type broken struct{}

func (broken) Info() evidence.Info { return evidence.Info{Driver: "broken", Version: "1.0.0"} }
func (broken) Close() error        { return nil }

func (broken) Do(context.Context, evidence.Request) (evidence.Answer, error) {
	return evidence.Answer{}, &driver.Died{Text: "the adapter ended: signal: segmentation fault"}
}
