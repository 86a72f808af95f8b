package matrix

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/fixtures"
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/internal/usage"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/scenarios"
)

const keyPassword = "correct-horse-battery"

// An owner is somebody with deployments: stand-ins in processes of their own.
type owner struct {
	world           *fixtures.World
	ca, key         string
	client, subject string // of a client's certificate, whose key is encrypted
}

func newOwner(t *testing.T) *owner {
	t.Helper()
	w, err := fixtures.New(fixtures.Options{Seed: 5})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	o := &owner{world: w}
	o.key, _, err = w.KeyFile(pki.Server, pki.Leaf{}, pki.KeyForm{})
	require.NoError(t, err)
	o.ca, err = w.File("ca", pki.Bundle(pki.CA))
	require.NoError(t, err)
	path, cert, err := w.KeyFile(pki.Client, pki.Leaf{}, pki.KeyForm{Encrypt: "aes256", Password: keyPassword})
	require.NoError(t, err)
	o.client = path
	o.subject, err = dn.Format(cert.RawSubject)
	require.NoError(t, err)
	return o
}

// A process is a server, and its log.
type process struct {
	port string
	log  string // file
}

func (p process) host() string { return "localhost:" + p.port }

// listening is the line of a server's log that says at which port it waits.
var listening = regexp.MustCompile(`"Waiting for connections","attr":\{"port":(\d+)`)

// start runs servers that are told the same, each on its port.
func (o *owner) start(t *testing.T, n int, args ...string) (all []process) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	starts := filepath.Join(t.TempDir(), "starts")
	require.NoError(t, os.WriteFile(starts, nil, 0o600))
	for i := range n {
		p := process{log: filepath.Join(t.TempDir(), strconv.Itoa(i))}
		log, err := os.Create(p.log)
		require.NoError(t, err)
		told := []string{"--port", "0", "--tlsCertificateKeyFile", o.key, "--tlsCAFile", o.ca,
			"--setParameter", `logComponentVerbosity={"command": {"verbosity": 1}}`}
		told = append(told, args...)
		cmd := exec.Command(self, told...)
		cmd.Env = append(os.Environ(), asMongod+"="+starts)
		cmd.Stdout, cmd.Stderr = log, log
		require.NoError(t, cmd.Start())
		t.Cleanup(func() {
			require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
			require.NoError(t, cmd.Wait())
			require.NoError(t, log.Close())
		})
		var said []string
		require.Eventually(t, func() bool { said = listening.FindStringSubmatch(p.text(t)); return said != nil },
			10*time.Second, 10*time.Millisecond, "the server does not start: %s", told)
		p.port = said[1]
		all = append(all, p)
	}
	return all
}

func (p process) text(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(p.log)
	require.NoError(t, err)
	return string(content)
}

// commands are the names of those that the server got since its log had so many bytes. One that is refused before it is
// parsed is logged by its name alone.
func (p process) commands(t *testing.T, since int) (names []string) {
	t.Helper()
	for lines := bufio.NewScanner(strings.NewReader(p.text(t)[since:])); lines.Scan(); {
		var line struct {
			Attr struct{ Command json.RawMessage }
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		var refused string
		if json.Unmarshal(line.Attr.Command, &refused) == nil && refused != "unrecognized" {
			name, _, _ := strings.Cut(strings.TrimPrefix(refused, "{ "), ":") // the command itself, of a login
			names = append(names, name)
		}
		d := json.NewDecoder(bytes.NewReader(line.Attr.Command))
		if open, err := d.Token(); err == nil && open == json.Delim('{') {
			name, err := d.Token()
			require.NoError(t, err)
			names = append(names, fmt.Sprint(name))
		}
	}
	return names
}

// harmless are the commands of a run, and those that drivers, and members of a set, send of their own accord: none of
// them changes anything or looks at anybody's data.
var harmless = []string{"hello", "isMaster", "ismaster", "ping", "buildInfo", "endSessions", "saslStart",
	"saslContinue", "authenticate", "replSetHeartbeat"}

// requireHarmless: the server got no write, and no command of an administrator.
func (p process) requireHarmless(t *testing.T, since int) {
	t.Helper()
	got := p.commands(t, since)
	require.Contains(t, got, "ping")
	for _, name := range got {
		require.Contains(t, harmless, name)
	}
}

// external runs a part of the matrix against a deployment.
func (o *owner) external(t *testing.T, also Options) reports.Report {
	t.Helper()
	also.Backend, also.CA, also.Seed, also.Rate = "external", o.ca, 1, 1000
	also.CertPassword = func() ([]byte, error) { return []byte(keyPassword), nil }
	s, err := Open(t.Context(), also)
	require.NoError(t, err)
	r := s.Run(t.Context(), func(Result) {})
	require.NoError(t, s.Close())
	return r
}

// A deployment of somebody's own, in the shapes that there are: what can be told from outside is judged, the rest is
// left out and says so, and the servers get nothing but what any client sends. No secret is in the report.
func TestExternal(t *testing.T) {
	t.Parallel()
	o := newOwner(t)
	for name, row := range map[string]struct {
		servers int
		args    []string
		user    bool
		uri     string // after the hosts
		cert    bool
		mode    scenarios.Mode
		says    []string // of each host
	}{
		"requireTLS": {servers: 1, args: []string{"--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates"},
			mode: scenarios.RequireTLS, says: []string{"MongoDB 4.4.5, in no replica set", "net.tls.mode: requireTLS",
				"expires in 36", "it staples no OCSP response", "it takes TLS 1.2, 1.3", "serves clients without one",
				"the chain is good"}},
		"preferTLS": {servers: 1, args: []string{"--tlsMode", "preferTLS", "--tlsAllowConnectionsWithoutCertificates"},
			mode: scenarios.PreferTLS, says: []string{"net.tls.mode: allowTLS or preferTLS"}},
		"allowTLS": {servers: 1, args: []string{"--tlsMode", "allowTLS", "--tlsAllowConnectionsWithoutCertificates"},
			mode: scenarios.PreferTLS, says: []string{"net.tls.mode: allowTLS or preferTLS"}},
		"an old TLS": {servers: 1, args: []string{"--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates",
			"--tlsDisabledProtocols", "TLS1_3"},
			mode: scenarios.RequireTLS, says: []string{"it takes TLS 1.2; up to TLS 1.2 with TLS_ECDHE_"}},
		"client certificates": {servers: 1, args: []string{"--tlsMode", "requireTLS"}, cert: true,
			mode: scenarios.RequireTLS, says: []string{"serves nobody without"}},
		"user of a certificate": {servers: 1, args: []string{"--tlsMode", "requireTLS", "--auth"}, cert: true,
			user: true, uri: "/?authMechanism=MONGODB-X509", mode: scenarios.RequireTLS, says: []string{"serves nobody without"}},
		"replica set": {servers: 3, args: []string{"--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates",
			"--replSet", "rs0"}, uri: "/?replicaSet=rs0&readPreference=secondary", mode: scenarios.RequireTLS,
			says: []string{" of the replica set rs0, which sends clients to localhost:"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := o.start(t, row.servers, row.args...)
			if row.servers > 1 {
				o.initiate(t, servers)
			}
			uri, since := "mongodb://", make([]int, row.servers)
			for i, p := range servers {
				if row.user {
					o.create(t, p)
				}
				uri, since[i] = uri+map[bool]string{true: ","}[i > 0]+p.host(), len(p.text(t))
			}
			also := Options{URI: uri + row.uri}
			if row.user { // whose files the string names
				also.URI += "&tlsCertificateKeyFile=" + o.client + "&tlsCertificateKeyFilePassword=" + keyPassword
			} else if row.cert {
				also.Cert = o.client
			}
			r := o.external(t, also)
			requireAsSeen(t, r, row.mode)
			require.Len(t, r.Deployment, row.servers)
			require.Empty(t, r.LeftOut)
			for _, m := range r.Deployment {
				text := strings.Join(m.Says, "\n")
				for _, part := range row.says {
					require.Contains(t, text, part)
				}
				i := slices.IndexFunc(r.Cases, func(c reports.Case) bool { return c.ID == m.Case })
				require.Equal(t, reports.Conforms, r.Cases[i].Verdict, r.Cases[i].Why)
			}
			for i, p := range servers {
				p.requireHarmless(t, since[i])
			}
			if row.user {
				const loggedIn = `"id":20429,`
				require.True(t, strings.Contains(servers[0].text(t)[since[0]:], loggedIn), "the driver has logged in")
			}
			var b bytes.Buffer
			require.NoError(t, reports.Write(&b, r))
			require.NotContains(t, b.String(), keyPassword)
		})
	}
}

// Rows that are written for requireTLS alone hold where clients in clear are served, too, unless they are about those:
// they run there, and nothing of the deployment's mode keeps a scenario out.
func TestExternalBesideClear(t *testing.T) {
	t.Parallel()
	o := newOwner(t)
	p := o.start(t, 1, "--tlsMode", "preferTLS", "--tlsAllowConnectionsWithoutCertificates")[0]
	r := o.external(t, Options{URI: "mongodb://" + p.host(), Run: []string{"uri",
		"trust", "mode/require-plain-client"}})
	requireAsSeen(t, r, scenarios.PreferTLS)
	const aboutClear = "left out: it is about a server that serves no client in clear, and the deployment does"
	ran, inClear := map[string]bool{}, 0
	for _, c := range r.Cases {
		ran[c.ID] = c.Verdict != reports.NotRun
		if strings.HasPrefix(c.ID, "mode/require-plain-client") && c.Mode == string(scenarios.RequireTLS) {
			require.Equal(t, aboutClear, c.Why)
			inClear++
		}
	}
	require.Equal(t, 2, inClear)
	for _, id := range []string{"uri/revocation-switches/preferTLS", "uri/legacy-name/preferTLS",
		"uri/tls-ssl-conflict/preferTLS"} {
		require.True(t, ran[id], id)
	}
	require.False(t, ran["uri/revocation-switches/requireTLS"])
}

// A seed list leads to every host that its records name, over TLS unless the string says otherwise, and with the
// options of its TXT record, unless the string has them. The resolver is the system's.
func TestExternalSeedList(t *testing.T) {
	o := newOwner(t)
	system := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = system })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", o.world.DNS.Addr())
	}}
	var err error
	o.key, _, err = o.world.KeyFile(pki.Server, pki.Leaf{DNS: []string{"localhost", "*.example.test"}}, pki.KeyForm{})
	require.NoError(t, err)
	servers := o.start(t, 2, "--tlsMode", "preferTLS", "--tlsAllowConnectionsWithoutCertificates", "--auth")
	zone, hosts := "", []string{}
	for i, p := range servers {
		o.create(t, p)
		o.do(t, p, "first:x@", "apps", bson.D{{Key: "createUser", Value: "u"}, {Key: "pwd", Value: "hunter2"},
			{Key: "roles", Value: bson.A{}}})
		name := fmt.Sprintf("node%d.example.test", i)
		zone += fmt.Sprintf("_mongodb._tcp.cluster.example.test. 0 IN SRV 0 0 %s %s.\n%[2]s. 0 IN A 127.0.0.1\n", p.port, name)
		hosts = append(hosts, name+":"+p.port)
	}
	for _, row := range []struct{ options, txt, verdict, why, expects string }{
		{"", "authSource=apps", reports.Conforms, "", "over TLS"},
		{"?tls=true", "authSource=apps", reports.Conforms, "", "over TLS"},
		{"?authSource=admin", "authSource=apps", reports.Violates, "auth-failed", "over TLS"},
		{"?authSource=apps", "", reports.Conforms, "", "over TLS"},
		{"", "", reports.Violates, "auth-failed", "over TLS"},
		{"?ssl=false", "authSource=apps", reports.Conforms, "", "in clear"},
		{"?tls=false", "authSource=apps", reports.Conforms, "", "in clear"},
		{"?srvMaxHosts=1", "authSource=apps", reports.Conforms, "", "over TLS"},
	} {
		t.Run(row.options+" "+row.txt, func(t *testing.T) {
			records := zone
			if row.txt != "" {
				records += fmt.Sprintf("cluster.example.test. 0 IN TXT %q\n", row.txt)
			}
			require.NoError(t, o.world.DNS.Replace(records))
			since := len(servers[0].text(t))
			r := o.external(t, Options{URI: "mongodb+srv://u:hunter2@cluster.example.test/" + row.options,
				Run: []string{"deployment"}})
			require.Len(t, r.Cases, 2)
			for i, c := range r.Cases {
				require.Equal(t, row.verdict, c.Verdict, c.Why)
				require.Contains(t, c.Why, row.why)
				require.Contains(t, c.Says, row.expects)
				require.Contains(t, []string{r.Deployment[0].Host, r.Deployment[1].Host}, hosts[i])
			}
			require.Equal(t, []string{"mongodb+srv: the driver was given the hosts and options of the records, and did not " +
				"look them up itself"}, r.LeftOut)
			if row.verdict == reports.Conforms {
				servers[0].requireHarmless(t, since)
			}
			var b bytes.Buffer
			require.NoError(t, reports.Write(&b, r))
			require.NotContains(t, b.String(), "hunter2")
		})
	}
	for _, row := range []struct{ records, says string }{
		{zone + "cluster.example.test. 0 IN TXT \"appName=x\"\n", "--uri: the seed list of cluster.example.test cannot be"},
		{"_mongodb._tcp.cluster.example.test. 0 IN SRV 0 0 27017 db.example.com.\n", "the seed list of cluster.example.test"},
	} {
		require.NoError(t, o.world.DNS.Replace(row.records))
		_, err := Open(t.Context(), Options{Backend: "external", CA: o.ca,
			URI: "mongodb+srv://u:hunter2@cluster.example.test/"})
		require.ErrorContains(t, err, row.says)
		require.True(t, usage.Is(err))
		require.NotContains(t, err.Error(), "hunter2")
		require.NotContains(t, err.Error(), "\n")
		t.Log(err)
	}
}

// initiate makes a set of servers, of which the first is the primary.
func (o *owner) initiate(t *testing.T, servers []process) {
	t.Helper()
	members := bson.A{}
	for i, p := range servers {
		members = append(members, bson.D{{Key: "_id", Value: i}, {Key: "host", Value: p.host()}})
	}
	o.do(t, servers[0], "", "admin", bson.D{{Key: "replSetInitiate",
		Value: bson.D{{Key: "_id", Value: "rs0"}, {Key: "members", Value: members}}}})
}

// do sends a command to a server, as an administrator does; login is "name:password@", or nothing.
func (o *owner) do(t *testing.T, p process, login, db string, command bson.D) {
	t.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(fmt.Sprintf("mongodb://%s%s/?directConnection=true&tls=true&"+
		"tlsCAFile=%s&tlsCertificateKeyFile=%s&tlsCertificateKeyFilePassword=%s", login, p.host(), o.ca, o.client,
		keyPassword)).SetServerMonitoringMode("poll"))
	require.NoError(t, err)
	err = c.Database(db).RunCommand(t.Context(), command).Err()
	require.NoError(t, errors.Join(err, c.Disconnect(t.Context())))
}

// create makes a user of the client's certificate, by the hand of the first administrator, whom it makes, too.
func (o *owner) create(t *testing.T, p process) {
	t.Helper()
	root := bson.E{Key: "roles", Value: bson.A{"root"}}
	o.do(t, p, "", "admin", bson.D{{Key: "createUser", Value: "first"}, {Key: "pwd", Value: "x"}, root})
	o.do(t, p, "first:x@", "$external", bson.D{{Key: "createUser", Value: o.subject}, {Key: "roles", Value: bson.A{}}})
}

// requireAsSeen: nothing contradicts, what ran was in the mode of the deployment, and what shows nothing without its
// control did not run.
func requireAsSeen(t *testing.T, r reports.Report, mode scenarios.Mode) {
	t.Helper()
	counts, verdicts := map[string]int{}, map[string]string{}
	for _, c := range r.Cases {
		verdicts[c.ID] = c.Verdict
		counts[c.Verdict]++
	}
	for _, c := range r.Cases {
		require.NotContains(t, []string{reports.Violates, reports.Inconclusive}, c.Verdict, "%s: %s", c.ID, c.Why)
		require.Equal(t, c.Verdict == reports.NotRun, len(c.Attempts) == 0, "%s: unsupported is what the driver lacks", c.ID)
		if verdicts[c.Twin] == reports.NotRun {
			require.Equal(t, reports.NotRun, c.Verdict, "%s: without its control it shows nothing", c.ID)
		}
		if c.Verdict == reports.Conforms {
			require.Equal(t, string(mode), c.Mode)
		}
	}
	require.Greater(t, counts[reports.Conforms], 10, counts)
	require.Greater(t, counts[reports.NotRun], counts[reports.Unsupported], counts)
}

// The driver that cannot connect to one of the hosts fails there, whatever the others do; a host that nobody answers
// at, and one that only the set knows, are named.
func TestExternalHostsDiffer(t *testing.T) {
	t.Parallel()
	o := newOwner(t)
	good := o.start(t, 2, "--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates", "--replSet", "rs0")
	o.initiate(t, good)
	key, _, err := o.world.KeyFile(pki.Server, pki.Leaf{DNS: []string{"db.example.com"}}, pki.KeyForm{})
	require.NoError(t, err)
	o.key = key
	misnamed := o.start(t, 1, "--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates")[0]
	away := "localhost:1"
	uri := fmt.Sprintf("mongodb://HOST{x:hunter2@%s,%s,%s/", misnamed.host(), good[0].host(), away)
	r := o.external(t, Options{URI: uri, Run: []string{"deployment", "trust/wrong-ca"}})
	var b bytes.Buffer
	require.NoError(t, reports.Write(&b, r))
	require.NotContains(t, b.String(), "hunter2")
	verdicts, whys := map[string]string{}, map[string]string{}
	for _, c := range r.Cases {
		verdicts[strings.TrimPrefix(c.ID, "deployment/")], whys[c.ID] = c.Verdict, c.Why
	}
	id := func(place int, host string) string {
		return fmt.Sprintf("%d-%s/requireTLS", place, strings.ReplaceAll(host, ":", "-"))
	}
	require.Equal(t, reports.Violates, verdicts[id(1, misnamed.host())])
	require.Contains(t, whys["deployment/"+id(1, misnamed.host())], "name-mismatch")
	require.Equal(t, reports.Violates, verdicts[id(2, good[0].host())], "this user does not exist")
	require.Contains(t, whys["deployment/"+id(2, good[0].host())], "auth-failed")
	require.Equal(t, reports.NotRun, verdicts[id(3, away)])
	require.Equal(t, reports.Conforms, verdicts["trust/wrong-ca/requireTLS"], "it dials the first host that is good")
	require.Len(t, r.LeftOut, 2, r.LeftOut)
	require.Contains(t, r.LeftOut[0], away+": nobody answers")
	require.Contains(t, r.LeftOut[1], good[1].host()+": the set sends clients there, and --uri does not name it")
	require.Len(t, r.Deployment, 4)
	require.Contains(t, strings.Join(r.Deployment[0].Says, "\n"), "for this host and --ca the chain is no good: x509")
}

// What is wrong with what was given is one sentence.
func TestBadExternal(t *testing.T) {
	t.Parallel()
	o := newOwner(t)
	p := o.start(t, 1, "--tlsMode", "requireTLS")[0]
	other, err := o.world.File("other", pki.Bundle(pki.Other))
	require.NoError(t, err)
	uri := "mongodb://" + p.host()
	for _, row := range []struct {
		options Options
		says    string
	}{
		{Options{URI: uri, CA: o.ca}, "it demands a client certificate: give one with --cert"},
		{Options{URI: uri}, "needs --ca, a PEM file of authorities, or tlsCAFile in --uri"},
		{Options{URI: uri + "/?tlsCAFile=/nowhere"}, "--uri: tlsCAFile: /nowhere: no such file"},
		{Options{URI: uri, CA: other}, "the deployment at localhost:"},
		{Options{URI: uri, CA: "/nowhere"}, "--ca: /nowhere: no such file"},
		{Options{URI: uri, CA: o.ca, Cert: o.ca}, "holds no private key: append it"},
		{Options{URI: uri, CA: o.ca, Cert: o.client}, "does not open with this password"},
		{Options{URI: "localhost", CA: o.ca}, "--uri: a connection string begins with"},
		{Options{URI: "mongodb://u:hunter2@x@localhost/", CA: o.ca}, "must be written in percent-encoding"},
		{Options{URI: "mongodb://mongotls.invalid/", CA: o.ca}, "its name does not resolve"},
		{Options{URI: "mongodb+srv://u:hunter2@mongotls.invalid/", CA: o.ca}, "the seed list of mongotls.invalid cannot"},
		{Options{URI: uri, CA: o.ca, Rate: -1}, "--rate -1: take 1 connection a second or more"},
		{Options{CA: o.ca}, "--backend external needs --uri"},
	} {
		row.options.Backend = "external"
		row.options.CertPassword = func() ([]byte, error) { return []byte("wrong"), nil }
		_, err := Open(t.Context(), row.options)
		require.ErrorContains(t, err, row.says)
		require.True(t, usage.Is(err), row.says)
		require.NotContains(t, err.Error(), "\n")
		require.NotContains(t, err.Error(), "hunter2")
	}
}
