package own

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/internal/usage"
)

// Configurations as packages, charts, agents and operators write them. SERVER and CA stand for files.
var configs = map[string]struct {
	yaml    string
	uri     string // default: TLS, without anything else
	ignored []string
	until   string // the newest release that starts with it, and why others do not; "" for all
	refuses string // why no such server starts
	code    int
}{
	"stock file of the packages": {yaml: `
# mongod.conf
storage:
  dbPath: /var/lib/mongodb
systemLog:
  destination: file
  logAppend: true
  path: /var/log/mongodb/mongod.log
net:
  port: 27017
  bindIp: 127.0.0.1
processManagement:
  timeZoneInfo: /usr/share/zoneinfo
#security:
#replication:
`, uri: "mongodb://localhost/", ignored: []string{"processManagement.timeZoneInfo", "storage.dbPath"}, code: 1},
	"stock file of the packages, with TLS": {yaml: `
storage: {dbPath: /var/lib/mongo, journal: {enabled: true}}
systemLog: {destination: file, logAppend: true, path: /var/log/mongodb/mongod.log}
processManagement: {fork: true, pidFilePath: /var/run/mongodb/mongod.pid, timeZoneInfo: /usr/share/zoneinfo}
net:
  port: 27017
  bindIp: 0.0.0.0
  tls:
    mode: requireTLS
    certificateKeyFile: SERVER
    CAFile: CA
    allowConnectionsWithoutCertificates: true
    disabledProtocols: TLS1_0,TLS1_1
`, ignored: []string{"processManagement.fork", "storage.journal.enabled"},
		until: "6.0 does not start with this configuration: Unrecognized option: storage.journal.enabled"},
	"a chart's": {yaml: `
storage:
  dbPath: /data/db
  journal: {enabled: true}
  directoryPerDB: false
systemLog: {destination: file, quiet: false, logAppend: true, logRotate: reopen,
    path: /opt/mongodb/logs/mongodb.log, verbosity: 0}
net:
  port: 27017
  unixDomainSocket: {enabled: true, pathPrefix: /opt/mongodb/tmp}
  ipv6: false
  bindIpAll: true
  tls: {mode: preferTLS, certificateKeyFile: SERVER, CAFile: CA, allowConnectionsWithoutCertificates: true}
replication: {replSetName: rs0, enableMajorityReadConcern: true}
processManagement: {fork: false, pidFilePath: /opt/mongodb/tmp/mongodb.pid}
setParameter: {enableLocalhostAuthBypass: true}
security: {authorization: enabled, keyFile: /opt/mongodb/conf/keyfile}
`, uri: "mongodb://u:secret123@localhost/?tls=true&authSource=admin&replicaSet=rs0",
		ignored: []string{"net.unixDomainSocket.enabled", "replication.replSetName", "security.keyFile"},
		until:   "6.0 does not start with this configuration: Unrecognized option: storage.journal.enabled"},
	"an operator's": {yaml: `
net:
  bindIp: 0.0.0.0
  port: 27017
  tls: {mode: requireTLS, certificateKeyFile: SERVER, CAFile: CA, clusterFile: /var/lib/tls/internal.pem,
    allowConnectionsWithoutCertificates: true}
replication: {replSetName: rs0}
security: {authorization: enabled, clusterAuthMode: x509}
setParameter: {authenticationMechanisms: "SCRAM-SHA-256,MONGODB-X509"}
storage: {dbPath: /data, engine: wiredTiger, wiredTiger: {engineConfig: {cacheSizeGB: 0.5}}}
systemLog: {destination: file, path: /var/log/mongodb-mms-automation/mongodb.log}
`, ignored: []string{"storage.wiredTiger.engineConfig.cacheSizeGB"}},
	"an agent's, with names of before": {yaml: `
net: {port: 27017, ssl: {mode: requireSSL, PEMKeyFile: SERVER, CAFile: CA, weakCertificateValidation: true}}
processManagement: {fork: true}
storage: {dbPath: /data/db}
systemLog: {destination: file, path: /data/mongodb.log}
`, ignored: []string{"processManagement.fork"}},
	"an operator's, with a file that is here": {yaml: `
net: {tls: {mode: requireTLS, certificateKeyFile: SERVER, CAFile: CA, clusterFile: SERVER,
    allowConnectionsWithoutCertificates: true}}
`},
	"a file for members without a key": {yaml: `
net: {tls: {mode: requireTLS, certificateKeyFile: SERVER, CAFile: CA, clusterFile: CERTS,
    allowConnectionsWithoutCertificates: true}}
`, refuses: "such a server does not start: Cannot read PEM key file"},
	"of MongoDB Enterprise": {yaml: `
net: {tls: {mode: requireTLS, certificateKeyFile: SERVER, CAFile: CA, allowConnectionsWithoutCertificates: true}}
auditLog: {destination: file, format: JSON, path: /var/log/audit.json, filter: '{atype: "authenticate"}'}
security:
  redactClientLogData: true
  enableEncryption: true
  kmip: {serverName: kmip.example.com, port: 5696, clientCertificateFile: /etc/kmip.pem}
  ldap: {servers: ldap.example.com, bind: {queryUser: u, queryPassword: hunter2}, authz: {queryTemplate: x}}
`, ignored: []string{"auditLog.filter, which only", "security.redactClientLogData, which only",
		"security.kmip.port, which only", "security.ldap.bind.queryPassword, which only"}},
	"misspelt, of MongoDB Enterprise": {yaml: "net: {tls: {mode: requireTLS, certificateKeyFile: SERVER}}\n" +
		"auditLog: {target: file}", refuses: "Unrecognized option: auditLog.target"},
	"client certificates demanded": {yaml: "net: {tls: {mode: requireTLS, certificateKeyFile: SERVER, CAFile: CA}}",
		code: 1},
	"a misspelt option": {yaml: "net: {tls: {mode: requireTLS, certificateKeyfile: SERVER}}",
		refuses: "Unrecognized option: net.tls.certificateKeyfile"},
	"TLS without a certificate": {yaml: "net: {tls: {mode: requireTLS}}",
		refuses: "need tlsCertificateKeyFile or certificateSelector when TLS is enabled"},
	"a parameter that has nothing to do with it": {yaml: "net: {tls: {mode: requireTLS, certificateKeyFile: SERVER}}\n" +
		"setParameter: {aParameterOfALaterRelease: 1}", ignored: []string{"setParameter.aParameterOfALaterRelease"},
		until: chainless},
	"a parameter that could have": {yaml: "net: {tls: {mode: requireTLS, certificateKeyFile: SERVER}}\n" +
		"setParameter: {tlsNoSuchThing: 1}", code: 3, until: chainless},
	"a parameter with a bad value": {yaml: "net: {tls: {mode: requireTLS, certificateKeyFile: SERVER}}\n" +
		"setParameter: {tlsX509ExpirationWarningThresholdDays: soon}", refuses: "such a server does not start"},
	"cipher configuration": {yaml: "net: {tls: {mode: requireTLS, certificateKeyFile: SERVER, tlsCipherConfig: HIGH}}",
		until: chainless},
	"ciphers for another kind of key": {yaml: "net: {tls: {mode: requireTLS, certificateKeyFile: SERVER, " +
		"disabledProtocols: TLS1_3, tlsCipherConfig: ECDHE-RSA-AES256-GCM-SHA384}}", code: 1, until: chainless},
	"ciphers that nobody has": {yaml: "net: {tls: {mode: requireTLS, certificateKeyFile: SERVER, tlsCipherConfig: nonsense}}",
		refuses: "such a server does not start"},
	"what no release takes, each for its own reason": {yaml: "storage: {journal: {enabled: true}}\nnet: {tls: {mode: " +
		"requireTLS, certificateKeyFile: SERVER, CAFile: CA, allowConnectionsWithoutCertificates: yes}}",
		refuses: "Unrecognized option: storage.journal.enabled; of 6.0: Expected boolean switch but found string: yes"},
	"FIPS": {yaml: "net: {tls: {mode: requireTLS, certificateKeyFile: SERVER, FIPSMode: true}}", refuses: "FIPSMode"},
}

const chainless = "4.4 does not start with this configuration: The use of TLS without specifying a chain of trust"

// A configuration is taken as it is: what means nothing for TLS is named, what matters is applied, what no mongod
// knows is refused in its words.
func TestConfigurations(t *testing.T) {
	w, ca := trusted(t, 5)
	cert, _, err := w.KeyFile(pki.Server, pki.Leaf{}, pki.KeyForm{})
	require.NoError(t, err)
	for name, row := range configs {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "mongod.conf")
			text := strings.NewReplacer("SERVER", cert, "CAFile: CA", "CAFile: "+ca, "CERTS", ca).Replace(row.yaml)
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			o := Options{Config: path, CA: ca, URI: "mongodb://localhost/?tls=true", Drivers: []driver.Spec{{Name: "go"}}}
			if row.uri != "" {
				o.URI = row.uri
			}
			if row.refuses != "" {
				_, err := Open(t.Context(), o)
				require.ErrorContains(t, err, row.refuses)
				require.True(t, usage.Is(err))
				return
			}
			tried := run(t, o)
			require.Equal(t, row.code, tried.Code(), "%v %v", tried.Worlds, tried.LeftOut)
			require.Equal(t, strings.Contains(row.yaml, "internal.pem"),
				slices.Contains(tried.Notes, "net.tls.clusterFile is not on this machine: whether a mongod starts with it is "+
					"not known"))
			later := slices.IndexFunc(tried.Notes, func(n string) bool { return strings.HasPrefix(n, "a mongod after ") })
			require.Equal(t, row.until != "", later >= 0, tried.Notes)
			if later >= 0 {
				require.Contains(t, tried.Notes[later], row.until)
			}
			for _, option := range row.ignored {
				found := false
				for _, n := range tried.Notes {
					found = found || strings.HasPrefix(n, "ignored: "+option)
				}
				require.True(t, found, "%s in %v", option, tried.Notes)
			}
		})
	}
}
