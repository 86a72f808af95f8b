package own

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports/trial"
)

// Two TXT records are what no driver takes (seed list discovery specification): both are served.
func TestTwoTexts(t *testing.T) {
	w, ca := trusted(t, 6)
	cert, _, err := w.KeyFile(pki.Server, pki.Leaf{DNS: []string{"*.example.com"}}, pki.KeyForm{})
	require.NoError(t, err)
	zone := filepath.Join(t.TempDir(), "zone")
	require.NoError(t, os.WriteFile(zone, []byte("_mongodb._tcp.c.example.com. 60 IN SRV 0 0 27017 db.example.com.\n"+
		"c.example.com. 60 IN TXT \"replicaSet=rs0\"\nc.example.com. 60 IN TXT \"authSource=admin\"\n"), 0o600))
	tried := run(t, Options{Cert: cert, CA: ca, URI: "mongodb+srv://c.example.com/", Zone: zone,
		Drivers: []driver.Spec{{Name: "go"}}})
	require.Equal(t, 1, tried.Code(), tried.Worlds[0].Rows)
	require.Equal(t, evidence.DNSError, tried.Worlds[0].Rows[0].Reason, tried.Worlds[0].Rows[0].Says)
}

// Strings as clouds show them to their users work as they stand, with the chain and the names that go with them.
func TestPublishedStrings(t *testing.T) {
	w, ca := trusted(t, 6)
	for name, row := range map[string]struct {
		uri   string
		dns   []string // of the certificate
		zone  string
		hosts int
	}{
		"Atlas": {"mongodb+srv://user:p%40ssw0rd1@cluster0.abcde.mongodb.net/?retryWrites=true&w=majority&appName=Cluster0",
			[]string{"*.abcde.mongodb.net"}, `
_mongodb._tcp.cluster0.abcde.mongodb.net. 60 IN SRV 0 0 27017 ac-x-shard-00-00.abcde.mongodb.net.
_mongodb._tcp.cluster0.abcde.mongodb.net. 60 IN SRV 0 0 27017 ac-x-shard-00-01.abcde.mongodb.net.
_mongodb._tcp.cluster0.abcde.mongodb.net. 60 IN SRV 0 0 27017 ac-x-shard-00-02.abcde.mongodb.net.
cluster0.abcde.mongodb.net. 60 IN TXT "authSource=admin&replicaSet=atlas-x-shard-0"
`, 3},
		"Atlas, older form": {"mongodb://user:passw0rd1@c-shard-00-00.abcde.mongodb.net:27017," +
			"c-shard-00-01.abcde.mongodb.net:27017/test?" +
			"ssl=true&replicaSet=atlas-x-shard-0&authSource=admin&retryWrites=true&w=majority",
			[]string{"*.abcde.mongodb.net"}, "", 2},
		"Cosmos DB, request units": {"mongodb://acc:passw0rd1abcdef==@acc.mongo.cosmos.azure.com:10255/?ssl=true&" +
			"replicaSet=globaldb&retrywrites=false&maxIdleTimeMS=120000&appName=@acc@", []string{"*.mongo.cosmos.azure.com"},
			"", 1},
		"Cosmos DB, cores": {"mongodb+srv://user:passw0rd1@acc.mongocluster.cosmos.azure.com/?tls=true&" +
			"authMechanism=SCRAM-SHA-256&retrywrites=false&maxIdleTimeMS=120000",
			[]string{"*.mongocluster.cosmos.azure.com"}, "_mongodb._tcp.acc.mongocluster.cosmos.azure.com. 60 IN SRV 0 0 " +
				"10260 " +
				"fc-x-000.mongocluster.cosmos.azure.com.\n", 1},
		"DocumentDB": {"mongodb://user:passw0rd1@docdb.cluster-x.eu-west-1.docdb.amazonaws.com:27017/?tls=true&" +
			"tlsCAFile=global-bundle.pem&replicaSet=rs0&readPreference=secondaryPreferred&retryWrites=false",
			[]string{"*.cluster-x.eu-west-1.docdb.amazonaws.com"}, "", 1},
		"DigitalOcean": {"mongodb+srv://doadmin:passw0rd1@db-x.mongo.ondigitalocean.com/admin?tls=true&authSource=admin",
			[]string{"db-x-1.mongo.ondigitalocean.com"},
			"_mongodb._tcp.db-x.mongo.ondigitalocean.com. 60 IN SRV 0 0 27017 db-x-1.mongo.ondigitalocean.com.\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			cert, _, err := w.KeyFile(pki.Server, pki.Leaf{DNS: row.dns}, pki.KeyForm{})
			require.NoError(t, err)
			o := Options{Cert: cert, CA: ca, URI: row.uri, Drivers: []driver.Spec{{Name: "go"}}}
			if row.zone != "" {
				o.Zone = filepath.Join(t.TempDir(), "zone")
				require.NoError(t, os.WriteFile(o.Zone, []byte(row.zone), 0o600))
			}
			tried := run(t, o)
			require.Zero(t, tried.Code(), "%v %v", tried.LeftOut, tried.Worlds[0].Rows)
			rows := row.hosts
			if rows > 1 {
				rows++ // all of them together
			}
			require.Len(t, tried.Worlds[0].Rows, rows)
			for _, r := range tried.Worlds[0].Rows {
				require.Equal(t, trial.Connects, r.Verdict)
			}
			var text bytes.Buffer
			require.NoError(t, trial.Write(&text, tried))
			require.NotContains(t, text.String(), "ssw0rd1")
			require.Contains(t, text.String(), ":***@")
		})
	}
}
