package godriver

import (
	"bytes"
	"context"
	"net"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/scenarios"
)

func TestInfoIsProbed(t *testing.T) {
	i := New(driver.Isolation{Resolver: "127.0.0.1:53", Roots: "roots.pem"}).Info()
	require.Equal(t, "go", i.Driver)
	require.Regexp(t, `^v2\.\d+\.\d+`, i.Version)
	require.Equal(t, runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH, i.Build)
	require.Equal(t, "crypto/tls "+runtime.Version(), i.TLS)
	for _, has := range []string{"tls", "ssl", "tlsInsecure", "tlsCAFile", "tlsCertificateKeyFile",
		"tlsCertificateKeyFilePassword",
		"tlsDisableOCSPEndpointCheck", "tlsDisableCertificateRevocationCheck"} {
		require.NotContains(t, i.Lacks, evidence.Option{Name: has})
	}
	for _, lacks := range []string{"tlsCRLFile", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames"} {
		require.Equal(t, evidence.Ignores, i.Lacks[evidence.Option{Name: lacks}])
	}
	require.Equal(t, runtime.GOOS == "darwin", i.Cannot[evidence.SystemRoots] != "")
	require.Contains(t, New(driver.Isolation{}).Info().Cannot, evidence.DNS)
	require.Contains(t, New(driver.Isolation{}).Info().Cannot, evidence.SystemRoots)
	require.Equal(t, strings.TrimPrefix(runtime.Version(), "go"), i.Components[0].Version)
}

func TestAPositiveAttempt(t *testing.T) {
	port := plain(pki.Leaf{}).start(t)
	for _, host := range []string{"localhost", "127.0.0.1"} {
		a := try(t, evidence.Request{ID: "7", URI: "mongodb://" + host + ":" + port + "/?tls=true&tlsCAFile=" + bundle(t,
			pki.CA),
			Commands: []evidence.Command{{DB: "test", JSON: `{"find":"c"}`}, {DB: "admin",
				JSON: `{"ping":{"$numberInt":"1"}}`}}})
		require.True(t, a.OK, "%+v", a.Error)
		require.Equal(t, "7", a.ID)
		require.Equal(t, evidence.Returned, a.Stopped)
		require.Empty(t, a.Stage)
		require.Len(t, a.Replies, 2)
		require.JSONEq(t, `{"found":[]}`, a.Replies[0])
		require.Contains(t, a.Replies[1], `"ok":1`)
		kinds := kinds(a)
		require.Equal(t, 1, kinds[evidence.HeartbeatSucceeded])
		require.Equal(t, 1, kinds[evidence.ConnectionCreated])
		require.Zero(t, kinds[evidence.HeartbeatFailed])
	}
}

func kinds(a evidence.Answer) map[evidence.EventKind]int {
	n := map[evidence.EventKind]int{}
	for _, e := range a.Events {
		n[e.Kind]++
	}
	return n
}

func TestEveryHostIsDialledAtTheGivenAddress(t *testing.T) {
	port := plain(pki.Leaf{DNS: []string{"localhost", "a.b.test"}, IP: []string{"::1", "192.0.2.1"}}).start(t)
	for _, host := range []string{"localhost", "LOCALHOST", "a.b.test", "a.b.test.", "[::1]", "192.0.2.1"} {
		a := try(t, evidence.Request{URI: "mongodb://" + host + ":" + port + "/?tlsCAFile=" + bundle(t, pki.CA),
			Dial: "127.0.0.1"})
		require.True(t, a.OK, "%s: %+v", host, a.Error)
	}
}

func TestOptionsInCode(t *testing.T) {
	ca, other := bundle(t, pki.CA), bundle(t, pki.Other)
	port, open := plain(pki.Leaf{}).start(t), mongod{off: true}.start(t)
	form := pki.KeyForm{Encrypt: "aes256", Password: "pw"}
	tests := []struct {
		port, uri string
		code      map[string]string
		ok        bool
	}{
		{port, "", map[string]string{"tls": "true", "tlsCAFile": ca}, true},
		{port, "", map[string]string{"tlsCAFile": ca}, true},
		{port, "", map[string]string{"tls": "true"}, false},
		{port, "", map[string]string{"tls": "true", "tlsInsecure": "true"}, true},
		{port, "tlsCAFile=" + other, map[string]string{"tlsCAFile": ca}, true},
		{port, "tlsCAFile=" + ca, map[string]string{"tlsCAFile": other}, false},
		{port, "tlsCAFile=" + ca, map[string]string{"tlsCertificateKeyFile": keyFile(t, pki.Client, pki.Leaf{},
			pki.KeyForm{})}, true},
		{port, "tlsCAFile=" + ca, map[string]string{"tlsCertificateKeyFile": keyFile(t, pki.Client, pki.Leaf{}, form),
			"tlsCertificateKeyFilePassword": "pw"}, true},
		{port, "tlsCAFile=" + ca, map[string]string{"tls": "false"}, false},
		{open, "tls=true", map[string]string{"tls": "false"}, true},
		{open, "", map[string]string{"tlsDisableOCSPEndpointCheck": "true"}, true}, // by itself no TLS
		{port, "tlsCAFile=" + ca, map[string]string{"tlsMinVersion": "1.3"}, true},
	}
	for _, test := range tests {
		a := try(t, evidence.Request{URI: "mongodb://localhost:" + test.port + "/?" + test.uri, Dial: "127.0.0.1",
			Code: test.code})
		require.Equal(t, test.ok, a.OK, "%s %v: %+v", test.uri, test.code, a.Error)
	}
	for _, code := range []map[string]string{{"tlsCRLFile": "x"}, {"tls": "yes please"}, {"tlsMinVersion": "2.0"},
		{"tlsForceClientCertificate": "true"}} {
		_, err := New(driver.Isolation{}).Do(t.Context(), evidence.Request{URI: "mongodb://localhost:1/", Code: code,
			LimitMS: limitMS})
		require.Error(t, err, code)
	}
}

func TestARequestThatIsNoneIsAFailureOfTheHarness(t *testing.T) {
	_, err := New(driver.Isolation{}).Do(t.Context(), evidence.Request{URI: "mongodb://localhost:1/",
		Commands: []evidence.Command{{DB: "a", JSON: "{"}}})
	require.ErrorContains(t, err, "command 0")
}

// Early stop.

func TestAnAttemptEndsWhenEveryServerHasFailed(t *testing.T) {
	wrong := plain(pki.Leaf{DNS: []string{"x.test"}}).start(t)
	silent := listen(t, func(net.Conn) { time.Sleep(50 * time.Millisecond) }) // the other is the first
	a := try(t, evidence.Request{URI: "mongodb://localhost:" + wrong + ",localhost:" + silent + "/?tlsCAFile=" + bundle(t,
		pki.CA), Dial: "127.0.0.1"})
	require.Equal(t, evidence.AllServersFailed, a.Stopped)
	require.Equal(t, evidence.NameMismatch, a.Error.Reason)
	var texts []string
	for _, e := range a.Events {
		if e.Kind == evidence.HeartbeatFailed {
			texts = append(texts, e.Text)
		}
	}
	require.Contains(t, strings.Join(texts, "\n"), "x.test")
	require.GreaterOrEqual(t, len(texts), 2)
	require.Contains(t, a.Error.Surface, "x.test")
}

// member is a primary that says that its replica set has these members, of which it is the first.
func member(hosts ...string) mongod {
	return mongod{optional: true, hosts: hosts}
}

func TestOneGoodServerIsEnough(t *testing.T) {
	good := member("localhost", "other.test").start(t)
	bad := plain(pki.Leaf{Issuer: pki.Other}).start(t)
	a := try(t, evidence.Request{Dial: "127.0.0.1", URI: "mongodb://localhost:" + bad + ",localhost:" + good +
		"/?replicaSet=rs&tlsCAFile=" + bundle(t, pki.CA)})
	require.True(t, a.OK, "%+v", a.Error)
}

// The seed answers, and is dropped for names that the certificate does not have: the servers known then have all
// failed.
func TestEarlyStopKnowsTheServersOfNow(t *testing.T) {
	port := member("db0.test", "db1.test").start(t)
	a := try(t, evidence.Request{URI: "mongodb://localhost:" + port + "/?replicaSet=rs&tlsCAFile=" + bundle(t, pki.CA),
		Dial: "127.0.0.1"})
	require.Equal(t, evidence.AllServersFailed, a.Stopped)
	require.Equal(t, evidence.NameMismatch, a.Error.Reason, a.Error.Text)
	require.NotZero(t, kinds(a)[evidence.HeartbeatSucceeded])
}

func TestWithoutAnyServerNothingHasFailed(t *testing.T) {
	port := plain(pki.Leaf{}).start(t) // no member of a set, and so not known any more
	a := try(t, evidence.Request{Dial: "127.0.0.1",
		URI: "mongodb://localhost:" + port + "/?replicaSet=rs&serverSelectionTimeoutMS=100&tlsCAFile=" + bundle(t, pki.CA)})
	require.Equal(t, evidence.Returned, a.Stopped)
	require.Equal(t, evidence.Timeout, a.Error.Reason)
	require.GreaterOrEqual(t, a.ElapsedMS, 100)
}

// ofSecondary is the driver's own read, which heeds readPreference=secondary: of a primary alone nothing can be
// selected for it.
var ofSecondary = []evidence.Command{{DB: "test", JSON: `{"find":"c"}`}}

// Selection runs out because one member is bad: its failure is the reason, though another member succeeded.
func TestAFailedMemberExplainsWhyNothingWasSelected(t *testing.T) {
	good := member("localhost", "other.test").start(t)
	a := try(t, evidence.Request{Dial: "127.0.0.1", Commands: ofSecondary,
		URI: "mongodb://localhost:" + good +
			"/?replicaSet=rs&readPreference=secondary&serverSelectionTimeoutMS=300&tlsCAFile=" + bundle(t, pki.CA)})
	require.Equal(t, evidence.Returned, a.Stopped)
	require.Equal(t, evidence.NameMismatch, a.Error.Reason, a.Error.Text)
}

// The first server fails once and then answers; only then a member fails, of which it tells.
func TestASuccessWipesOutAnEarlierFailure(t *testing.T) {
	first := relay{meets: func(number int, _ net.Conn) bool { return number == 1 }}.start(t, member("localhost",
		"other.test"))
	other := listen(t, stalls) // until the first has answered, not all have failed
	a := try(t, evidence.Request{Dial: "127.0.0.1", Commands: ofSecondary, URI: "mongodb://localhost:" + first +
		",localhost:" + other +
		"/?replicaSet=rs&readPreference=secondary&serverSelectionTimeoutMS=1000&tlsCAFile=" + bundle(t, pki.CA)})
	require.Equal(t, evidence.Returned, a.Stopped)
	require.Equal(t, evidence.NameMismatch, a.Error.Reason, a.Error.Text)
	require.NotZero(t, kinds(a)[evidence.HeartbeatSucceeded])
}

// The connection of the monitor breaks while a command is under way: the next check succeeds, and so does the command.
func TestAFailureAfterTheFirstSuccessDecidesNothing(t *testing.T) {
	monitor, again := make(chan net.Conn, 1), make(chan struct{})
	port := relay{
		meets: func(number int, c net.Conn) bool {
			switch number {
			case 1:
				monitor <- c
			case 3:
				close(again)
			}
			return false
		},
		hears: func(_ int, said []byte) bool {
			if bytes.Contains(said, []byte("ping")) {
				_ = (<-monitor).Close()
				<-again
			}
			return false
		},
	}.start(t, mongod{off: true})
	a := try(t, evidence.Request{URI: "mongodb://localhost:" + port + "/?heartbeatFrequencyMS=500", Dial: "127.0.0.1"})
	require.True(t, a.OK, "%+v", a.Error)
	require.Equal(t, 1, kinds(a)[evidence.HeartbeatFailed])
}

func TestTheLimitIsTheHarnesss(t *testing.T) {
	for _, mode := range []string{"", "&loadBalanced=true"} {
		a := try(t, evidence.Request{URI: "mongodb://localhost:" + listen(t, stalls) + "/?tls=true" + mode,
			Dial: "127.0.0.1", LimitMS: 100})
		require.Equal(t, evidence.AtLimit, a.Stopped)
		require.Equal(t, evidence.Timeout, a.Error.Reason)
	}
}

func TestACancelledAttemptIsNoAnswer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := New(driver.Isolation{}).Do(ctx, evidence.Request{URI: "mongodb://localhost:" + listen(t, stalls) +
		"/?tls=true", LimitMS: limitMS})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestATweakIsTheLastWord(t *testing.T) {
	port := plain(pki.Leaf{Issuer: pki.Other}).start(t)
	d := Tweaked(driver.Isolation{}, func(o *options.ClientOptions) { o.TLSConfig.InsecureSkipVerify = true })
	r := evidence.Request{URI: "mongodb://localhost:" + port + "/?tls=true", Dial: "127.0.0.1", LimitMS: limitMS}
	a, err := d.Do(t.Context(), r)
	require.NoError(t, err)
	require.True(t, a.OK)
	r.Isolated = true
	_, err = d.Do(t.Context(), r)
	require.EqualError(t, err, "a tweaked driver cannot be isolated")
}

// The child.

// inChild sends every request to the child.
func inChild(i driver.Isolation) *Driver {
	d := New(i)
	d.everyOne = true
	return d
}

// closing closes a driver after the test.
func closing(t *testing.T, d *Driver) *Driver {
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func TestTheChildObservesTheSame(t *testing.T) {
	ca, good, expired := bundle(t, pki.CA), plain(pki.Leaf{}).start(t), plain(pki.Leaf{NotAfter: -time.Minute}).start(t)
	denied := mongod{optional: true, authorizes: true}.start(t)
	requests := map[string]evidence.Request{
		"good": {URI: "mongodb://localhost:" + good + "/?tlsCAFile=" + ca},
		"code": {URI: "mongodb://localhost:" + good + "/", Code: map[string]string{"tlsCAFile": ca,
			"tlsMaxVersion": "1.2"}},
		"expired": {URI: "mongodb://localhost:" + expired + "/?tlsCAFile=" + ca},
		"closed":  {URI: "mongodb://localhost:" + listen(t, hear) + "/?tls=true"},
		"lb":      {URI: "mongodb://localhost:" + expired + "/?loadBalanced=true&tlsCAFile=" + ca},
		"denied": {URI: "mongodb://localhost:" + denied + "/?tlsCAFile=" + ca, Commands: []evidence.Command{{DB: "t",
			JSON: `{"find":"c"}`}}},
		"file":    {URI: "mongodb://localhost:1/?tlsCAFile=/no/such/file"},
		"uri":     {URI: "nonsense"},
		"unknown": {URI: "mongodb://x.cosmos.azure.com:" + good + "/?tlsInsecure=true&tls=true"},
	}
	here, there := closing(t, New(driver.Isolation{})), closing(t, inChild(driver.Isolation{}))
	require.Equal(t, here.Info(), there.Info())
	for id, r := range requests {
		r.ID, r.Dial, r.LimitMS = id, "127.0.0.1", limitMS
		want, err := here.Do(t.Context(), r)
		require.NoError(t, err)
		got, err := there.Do(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, masked(want), masked(got), id)
	}
	a, err := there.Do(t.Context(), evidence.Request{ID: "w", URI: requests["unknown"].URI, Dial: "127.0.0.1",
		LimitMS: limitMS})
	require.NoError(t, err)
	require.Len(t, a.Warnings, 1) // that this looks like another vendor's service
}

var connectionID = regexp.MustCompile(`\[-\d+\]|current time \S+|UUID\(\S+\)`)

// masked takes out what differs between any two attempts.
func masked(a evidence.Answer) evidence.Answer {
	a.ElapsedMS, a.CloseMS = 0, 0
	for i := range a.Events {
		a.Events[i].AtMS = 0
		a.Events[i].Text = connectionID.ReplaceAllString(a.Events[i].Text, "")
	}
	slices.SortFunc(a.Events, func(x, y evidence.Event) int {
		return strings.Compare(string(x.Kind)+x.Text,
			string(y.Kind)+y.Text)
	})
	a.Events = slices.Compact(a.Events) // how often a slow machine checks is chance
	if a.Error != nil {
		a.Error.Text = connectionID.ReplaceAllString(a.Error.Text, "")
		a.Error.Surface = connectionID.ReplaceAllString(a.Error.Surface, "")
	}
	return a
}

func TestAnIsolatedRequestResolvesAndTrustsAsToldAndChangesNothingHere(t *testing.T) {
	port := plain(pki.Leaf{DNS: []string{"db.x.test"}}).start(t)
	host := "c" + port + ".x.test"
	require.NoError(
		t,
		world.DNS.Add("_mongodb._tcp."+host+". 1 IN SRV 0 0 "+port+" db.x.test.\ndb.x.test. 1 IN A 127.0.0.1\n"),
	)
	resolverHere, env := net.DefaultResolver, os.Environ()

	d := closing(t, New(driver.Isolation{Resolver: world.DNS.Addr(), Roots: bundle(t, pki.CA)}))
	if why, lacks := d.Info().Cannot[evidence.SystemRoots]; lacks {
		t.Skip(why)
	}
	do := func(uri string) evidence.Answer {
		a, err := d.Do(t.Context(), evidence.Request{ID: uri, URI: uri, Isolated: true, LimitMS: limitMS})
		require.NoError(t, err)
		return a
	}
	a := do("mongodb+srv://" + host + "/")
	require.True(t, a.OK, "%+v", a.Error)
	a = do("mongodb://db.x.test:" + port + "/?tls=true")
	require.True(t, a.OK, "%+v", a.Error)
	a = do("mongodb+srv://no.x.test/")
	require.Equal(t, evidence.AtConfigure, a.Stage)
	require.Equal(t, evidence.DNSError, a.Error.Reason)
	a = do("mongodb://no.x.test/?tls=true")
	require.Equal(t, evidence.DNSError, a.Error.Reason)

	require.Same(t, resolverHere, net.DefaultResolver)
	require.False(t, net.DefaultResolver.PreferGo)
	require.Nil(t, net.DefaultResolver.Dial)
	require.Equal(t, env, os.Environ())
	a = try(t, evidence.Request{URI: "mongodb://db.x.test:" + port + "/?tls=true", Dial: "127.0.0.1"})
	require.Equal(t, evidence.Untrusted, a.Error.Reason) // not the fixture's roots
}

// What the environment of this process says, such as a mode of its TLS library, changes nothing: the child has another
// one.
func TestTheEnvironmentDecidesNothing(t *testing.T) {
	port := mongod{optional: true, fault: scenarios.Fault{MinTLS: "1.3"}}.start(t)
	r := evidence.Request{
		ID:      "1",
		URI:     "mongodb://localhost:" + port + "/?tlsCAFile=" + bundle(t, pki.CA),
		Dial:    "127.0.0.1",
		LimitMS: limitMS,
		Code:    map[string]string{"tlsMinVersion": "1.3"},
	}
	here := closing(t, New(driver.Isolation{}))
	require.Nil(t, here.process)
	t.Setenv("GODEBUG", "tls13=0")
	there := closing(t, New(driver.Isolation{}))
	for _, d := range []*Driver{here, there} {
		a, err := d.Do(t.Context(), r)
		require.NoError(t, err)
		require.True(t, a.OK, "%+v", a.Error)
	}
	require.Nil(t, here.process)
	require.NotNil(t, there.process)
}

func TestAKilledChildIsReplaced(t *testing.T) {
	waits := make(chan struct{}, 10)
	stalling := listen(t, func(c net.Conn) { waits <- struct{}{}; stalls(c) })
	good := plain(pki.Leaf{}).start(t)
	d := closing(t, inChild(driver.Isolation{}))
	failed := make(chan error)
	go func() {
		_, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://127.0.0.1:" + stalling + "/?tls=true",
			LimitMS: limitMS})
		failed <- err
	}()
	<-waits
	require.NoError(t, syscall.Kill(childPID(t), syscall.SIGKILL))
	require.ErrorContains(t, <-failed, "signal: killed")
	a, err := d.Do(t.Context(), evidence.Request{ID: "2", URI: "mongodb://127.0.0.1:" + good + "/?tlsCAFile=" + bundle(t,
		pki.CA), LimitMS: limitMS})
	require.NoError(t, err)
	require.True(t, a.OK)
}

// childPID is the only child of this process.
func childPID(t *testing.T) int {
	own, err := process.NewProcess(int32(os.Getpid()))
	require.NoError(t, err)
	children, err := own.Children()
	require.NoError(t, err)
	require.Len(t, children, 1)
	return int(children[0].Pid)
}

func TestCloseLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	port := plain(pki.Leaf{}).start(t)
	d := inChild(driver.Isolation{Roots: bundle(t, pki.CA)})
	r := evidence.Request{ID: "1", URI: "mongodb://127.0.0.1:" + port + "/?tls=true", LimitMS: limitMS}
	_, err := d.Do(t.Context(), r)
	require.NoError(t, err)
	pid := childPID(t)
	require.NoError(t, d.Close())
	require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	for _, f := range left {
		require.NotContains(t, f.Name(), "mongotls")
	}
	_, err = d.Do(t.Context(), r)
	require.EqualError(t, err, "the driver is closed")
}

func BenchmarkAttempt(b *testing.B) {
	uri := "mongodb://127.0.0.1:" + plain(pki.Leaf{}).start(b) + "/?tlsCAFile=" + bundle(b, pki.CA)
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			c, err := mongo.Connect(options.Client().ApplyURI(uri).SetServerMonitoringMode("poll"))
			require.NoError(b, err)
			require.NoError(b, c.Ping(b.Context(), nil))
			require.NoError(b, c.Disconnect(b.Context()))
		}
	})
	for name, d := range map[string]*Driver{"in process": New(driver.Isolation{}),
		"in child": inChild(driver.Isolation{})} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				a, err := d.Do(b.Context(), evidence.Request{ID: "1", URI: uri, LimitMS: limitMS})
				require.NoError(b, err)
				require.True(b, a.OK)
			}
		})
		require.NoError(b, d.Close())
	}
}
