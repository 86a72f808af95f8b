package godriver

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/evidence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestInfoIsProbed(t *testing.T) {
	i := New(driver.Isolation{Resolver: "127.0.0.1:53", Roots: "roots.pem"}).Info()
	require.Equal(t, "go", i.Driver)
	require.Regexp(t, `^v2\.\d+\.\d+`, i.Version)
	require.Equal(t, runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH, i.Build)
	require.Equal(t, "crypto/tls "+runtime.Version(), i.TLS)
	for _, has := range []string{"tls", "ssl", "tlsInsecure", "tlsCAFile", "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword",
		"tlsDisableOCSPEndpointCheck", "tlsDisableCertificateRevocationCheck"} {
		require.NotContains(t, i.Lacks, has)
	}
	for _, lacks := range []string{"tlsCRLFile", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames"} {
		require.Equal(t, "ignored", i.Lacks[lacks])
	}
	require.Equal(t, runtime.GOOS == "darwin", i.Cannot[evidence.SystemRoots] != "")
	require.Contains(t, New(driver.Isolation{}).Info().Cannot, evidence.DNS)
	require.Contains(t, New(driver.Isolation{}).Info().Cannot, evidence.SystemRoots)
	require.Equal(t, strings.TrimPrefix(runtime.Version(), "go"), i.Components[0].Version)
}

func TestAPositiveAttempt(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	port := mongod(t, with(ca.leaf(t)), func(name string, doc bson.Raw) bson.D {
		if name == "count" {
			return bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 42}}
		}
		return fine(name, doc)
	})
	for _, host := range []string{"localhost", "127.0.0.1"} {
		a := try(t, evidence.Request{ID: "7", URI: "mongodb://" + host + ":" + port + "/?tls=true&tlsCAFile=" + ca.file,
			Commands: []evidence.Command{{DB: "test", JSON: `{"count":"c"}`}, {DB: "admin", JSON: `{"ping":{"$numberInt":"1"}}`}}})
		require.True(t, a.OK, "%+v", a.Error)
		require.Equal(t, "7", a.ID)
		require.Equal(t, evidence.Returned, a.Stopped)
		require.Empty(t, a.Stage)
		require.Equal(t, []string{`{"ok":1,"n":42}`, `{"ok":1}`}, a.Replies)
		kinds := kinds(a)
		require.Equal(t, 1, kinds["heartbeat-succeeded"])
		require.Equal(t, 1, kinds["connection-created"])
		require.Zero(t, kinds["heartbeat-failed"])
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
	ca := newAuthority(t, "ca", nil)
	cert := ca.leaf(t, func(c *x509.Certificate) {
		c.DNSNames = append(c.DNSNames, "a.b.test")
		c.IPAddresses = append(c.IPAddresses, net.IPv6loopback, net.IPv4(192, 0, 2, 1))
	})
	port := mongod(t, with(cert), fine)
	for _, host := range []string{"localhost", "LOCALHOST", "a.b.test", "a.b.test.", "[::1]", "192.0.2.1"} {
		a := try(t, evidence.Request{URI: "mongodb://" + host + ":" + port + "/?tlsCAFile=" + ca.file, Dial: "127.0.0.1"})
		require.True(t, a.OK, "%s: %+v", host, a.Error)
	}
}

func TestOptionsInCode(t *testing.T) {
	ca, other := newAuthority(t, "ca", nil), newAuthority(t, "other", nil)
	port := mongod(t, with(ca.leaf(t)), fine)
	plain := mongod(t, nil, fine)
	tests := []struct {
		port, uri string
		code      map[string]string
		ok        bool
	}{
		{port, "", map[string]string{"tls": "true", "tlsCAFile": ca.file}, true},
		{port, "", map[string]string{"tlsCAFile": ca.file}, true},
		{port, "", map[string]string{"tls": "true"}, false},
		{port, "", map[string]string{"tls": "true", "tlsInsecure": "true"}, true},
		{port, "tlsCAFile=" + other.file, map[string]string{"tlsCAFile": ca.file}, true},
		{port, "tlsCAFile=" + ca.file, map[string]string{"tlsCAFile": other.file}, false},
		{port, "tlsCAFile=" + ca.file, map[string]string{"tlsCertificateKeyFile": keyFile(t, ca.leaf(t), "")}, true},
		{port, "tlsCAFile=" + ca.file, map[string]string{"tlsCertificateKeyFile": keyFile(t, ca.leaf(t), "pw"), "tlsCertificateKeyFilePassword": "pw"}, true},
		{port, "tlsCAFile=" + ca.file, map[string]string{"tls": "false"}, false},
		{plain, "tls=true", map[string]string{"tls": "false"}, true},
		{plain, "", map[string]string{"tlsDisableOCSPEndpointCheck": "true"}, true}, // by itself no TLS
		{port, "tlsCAFile=" + ca.file, map[string]string{"tlsMinVersion": "1.3"}, true},
	}
	for _, test := range tests {
		a := try(t, evidence.Request{URI: "mongodb://localhost:" + test.port + "/?" + test.uri, Dial: "127.0.0.1", Code: test.code})
		require.Equal(t, test.ok, a.OK, "%s %v: %+v", test.uri, test.code, a.Error)
	}
	for _, code := range []map[string]string{{"tlsCRLFile": "x"}, {"tls": "yes please"}, {"tlsMinVersion": "2.0"}, {"tlsForceClientCertificate": "true"}} {
		_, err := New(driver.Isolation{}).Do(t.Context(), evidence.Request{URI: "mongodb://localhost:1/", Code: code, LimitMS: limitMS})
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
	ca := newAuthority(t, "ca", nil)
	wrong := mongod(t, with(ca.leaf(t, func(c *x509.Certificate) { c.DNSNames = []string{"x.test"} })), fine)
	silent := listen(t, func(net.Conn) { time.Sleep(50 * time.Millisecond) }) // the other is the first
	a := try(t, evidence.Request{URI: "mongodb://localhost:" + wrong + ",localhost:" + silent + "/?tlsCAFile=" + ca.file, Dial: "127.0.0.1"})
	require.Equal(t, evidence.AllServersFailed, a.Stopped)
	require.Equal(t, evidence.NameMismatch, a.Error.Reason)
	var texts []string
	for _, e := range a.Events {
		if e.Kind == "heartbeat-failed" {
			texts = append(texts, e.Text)
		}
	}
	require.Contains(t, strings.Join(texts, "\n"), "x.test")
	require.GreaterOrEqual(t, len(texts), 2)
	require.Contains(t, a.Error.Surface, "x.test")
}

func TestOneGoodServerIsEnough(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	good := replicaSet(t, ca, "localhost:%s", "other.test:%s")
	bad := mongod(t, with(newAuthority(t, "other", nil).leaf(t)), fine)
	a := try(t, evidence.Request{Dial: "127.0.0.1",
		URI: "mongodb://localhost:" + bad + ",localhost:" + good + "/?replicaSet=rs&tlsCAFile=" + ca.file})
	require.True(t, a.OK, "%+v", a.Error)
}

// replicaSet is a primary that says that it is called me and that its members are these; %s is its port.
func replicaSet(t *testing.T, ca *authority, me string, members ...string) string {
	var port string
	var ready sync.WaitGroup
	ready.Add(1)
	port = mongod(t, with(ca.leaf(t)), func(name string, doc bson.Raw) bson.D {
		ready.Wait()
		d := fine(name, doc)
		if name == "ping" {
			return d
		}
		hosts := bson.A{fmt.Sprintf(me, port)}
		for _, m := range members {
			hosts = append(hosts, fmt.Sprintf(m, port))
		}
		return append(d, bson.E{Key: "setName", Value: "rs"}, bson.E{Key: "hosts", Value: hosts}, bson.E{Key: "me", Value: hosts[0]})
	})
	ready.Done()
	return port
}

// The seed answers, and is dropped for names that the certificate does not have: the servers known then have all failed.
func TestEarlyStopKnowsTheServersOfNow(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	port := replicaSet(t, ca, "db0.test:%s", "db1.test:%s")
	a := try(t, evidence.Request{URI: "mongodb://localhost:" + port + "/?replicaSet=rs&tlsCAFile=" + ca.file, Dial: "127.0.0.1"})
	require.Equal(t, evidence.AllServersFailed, a.Stopped)
	require.Equal(t, evidence.NameMismatch, a.Error.Reason, a.Error.Text)
	require.NotZero(t, kinds(a)["heartbeat-succeeded"])
}

func TestWithoutAnyServerNothingHasFailed(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	port := mongod(t, with(ca.leaf(t)), fine) // no member of rs, and so not known any more
	a := try(t, evidence.Request{Dial: "127.0.0.1",
		URI: "mongodb://localhost:" + port + "/?replicaSet=rs&serverSelectionTimeoutMS=100&tlsCAFile=" + ca.file})
	require.Equal(t, evidence.Returned, a.Stopped)
	require.Equal(t, evidence.Timeout, a.Error.Reason)
	require.GreaterOrEqual(t, a.ElapsedMS, 100)
}

// Selection runs out because one member is bad: its failure is the reason, though another member succeeded.
func TestAFailedMemberExplainsWhyNothingWasSelected(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	bad := mongod(t, with(newAuthority(t, "other", nil).leaf(t)), fine)
	good := mongod(t, with(ca.leaf(t)), secondary)
	a := try(t, evidence.Request{Dial: "127.0.0.1", URI: "mongodb://localhost:" + bad + ",127.0.0.1:" + good +
		"/?replicaSet=rs&serverSelectionTimeoutMS=300&tlsCAFile=" + ca.file})
	require.Equal(t, evidence.Returned, a.Stopped)
	require.Equal(t, evidence.Untrusted, a.Error.Reason, a.Error.Text)
}

// The first server fails once and then answers, as a secondary; only then the second fails.
func TestASuccessWipesOutAnEarlierFailure(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	answered := make(chan struct{})
	var asked atomic.Int32
	first := mongod(t, with(ca.leaf(t)), func(name string, doc bson.Raw) bson.D {
		switch asked.Add(1) {
		case 1:
			return nil
		case 2:
			time.AfterFunc(50*time.Millisecond, func() { close(answered) })
		}
		return secondary(name, doc)
	})
	second := listen(t, func(net.Conn) { <-answered })
	a := try(t, evidence.Request{Dial: "127.0.0.1", URI: "mongodb://localhost:" + first + ",localhost:" + second +
		"/?replicaSet=rs&serverSelectionTimeoutMS=1000&tlsCAFile=" + ca.file})
	require.Equal(t, evidence.Returned, a.Stopped)
	require.Equal(t, evidence.PeerClosed, a.Error.Reason)
	require.NotZero(t, kinds(a)["heartbeat-succeeded"])
}

func secondary(name string, doc bson.Raw) bson.D {
	if name == "ping" {
		return fine(name, doc)
	}
	return bson.D{{Key: "ok", Value: 1}, {Key: "secondary", Value: true}, {Key: "setName", Value: "rs"},
		{Key: "minWireVersion", Value: 0}, {Key: "maxWireVersion", Value: 21}}
}

func TestAFailureAfterTheFirstSuccessDecidesNothing(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	failed := make(chan struct{})
	var hellos int
	var mu sync.Mutex
	port := mongod(t, with(ca.leaf(t)), func(name string, doc bson.Raw) bson.D {
		switch name {
		case "ping":
			<-failed // a later heartbeat
			return fine(name, doc)
		case "endSessions":
			return fine(name, doc)
		}
		mu.Lock()
		defer mu.Unlock()
		switch hellos++; hellos {
		case 3: // after those of the monitor and of the pool
			return nil
		case 4:
			close(failed)
		}
		return fine(name, doc)
	})
	a := try(t, evidence.Request{URI: "mongodb://localhost:" + port + "/?heartbeatFrequencyMS=500&tlsCAFile=" + ca.file, Dial: "127.0.0.1"})
	require.True(t, a.OK, "%+v", a.Error)
	require.Equal(t, 1, kinds(a)["heartbeat-failed"])
}

func TestTheLimitIsTheHarnesss(t *testing.T) {
	for _, mode := range []string{"", "&loadBalanced=true"} {
		a := try(t, evidence.Request{URI: "mongodb://localhost:" + listen(t, stalls) + "/?tls=true" + mode, Dial: "127.0.0.1", LimitMS: 100})
		require.Equal(t, evidence.AtLimit, a.Stopped)
		require.Equal(t, evidence.Timeout, a.Error.Reason)
	}
}

func TestACancelledAttemptIsNoAnswer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := New(driver.Isolation{}).Do(ctx, evidence.Request{URI: "mongodb://localhost:" + listen(t, stalls) + "/?tls=true", LimitMS: limitMS})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestATweakIsTheLastWord(t *testing.T) {
	port := mongod(t, with(newAuthority(t, "ca", nil).leaf(t)), fine)
	d := New(driver.Isolation{}, Tweak(func(o *options.ClientOptions) { o.TLSConfig.InsecureSkipVerify = true }))
	r := evidence.Request{URI: "mongodb://localhost:" + port + "/?tls=true", Dial: "127.0.0.1", LimitMS: limitMS}
	a, err := d.Do(t.Context(), r)
	require.NoError(t, err)
	require.True(t, a.OK)
	r.Isolated = true
	_, err = d.Do(t.Context(), r)
	require.EqualError(t, err, "a tweaked driver cannot be isolated")
}

// The child.

func isolated(t *testing.T, i driver.Isolation, opts ...Option) *Driver {
	d := New(i, opts...)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func TestTheChildObservesTheSame(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	good := mongod(t, with(ca.leaf(t)), fine)
	expired := mongod(t, with(ca.leaf(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })), fine)
	denied := mongod(t, with(ca.leaf(t)), refusing("find", 13, "Unauthorized"))
	requests := map[string]evidence.Request{
		"good":    {URI: "mongodb://localhost:" + good + "/?tlsCAFile=" + ca.file},
		"code":    {URI: "mongodb://localhost:" + good + "/", Code: map[string]string{"tlsCAFile": ca.file, "tlsMaxVersion": "1.2"}},
		"expired": {URI: "mongodb://localhost:" + expired + "/?tlsCAFile=" + ca.file},
		"closed":  {URI: "mongodb://localhost:" + listen(t, closesAfterHello) + "/?tls=true"},
		"lb":      {URI: "mongodb://localhost:" + expired + "/?loadBalanced=true&tlsCAFile=" + ca.file},
		"denied":  {URI: "mongodb://localhost:" + denied + "/?tlsCAFile=" + ca.file, Commands: []evidence.Command{{DB: "t", JSON: `{"find":"c"}`}}},
		"file":    {URI: "mongodb://localhost:1/?tlsCAFile=/no/such/file"},
		"uri":     {URI: "nonsense"},
		"unknown": {URI: "mongodb://x.cosmos.azure.com:" + good + "/?tlsInsecure=true&tls=true"},
	}
	here, there := isolated(t, driver.Isolation{}), isolated(t, driver.Isolation{}, InChild())
	require.Equal(t, here.Info(), there.Info())
	for id, r := range requests {
		r.ID, r.Dial, r.LimitMS = id, "127.0.0.1", limitMS
		want, err := here.Do(t.Context(), r)
		require.NoError(t, err)
		got, err := there.Do(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, masked(want), masked(got), id)
	}
	a, err := there.Do(t.Context(), evidence.Request{ID: "w", URI: requests["unknown"].URI, Dial: "127.0.0.1", LimitMS: limitMS})
	require.NoError(t, err)
	require.Len(t, a.Warnings, 1) // that this looks like another vendor's service
}

var connectionID = regexp.MustCompile(`\[-\d+\]|current time \S+`)

// masked takes out what differs between any two attempts.
func masked(a evidence.Answer) evidence.Answer {
	a.ElapsedMS, a.CloseMS = 0, 0
	for i := range a.Events {
		a.Events[i].AtMS = 0
		a.Events[i].Text = connectionID.ReplaceAllString(a.Events[i].Text, "")
	}
	slices.SortFunc(a.Events, func(x, y evidence.Event) int { return strings.Compare(string(x.Kind)+x.Text, string(y.Kind)+y.Text) })
	if a.Error != nil {
		a.Error.Text = connectionID.ReplaceAllString(a.Error.Text, "")
		a.Error.Surface = connectionID.ReplaceAllString(a.Error.Surface, "")
	}
	return a
}

func TestAnIsolatedRequestResolvesAndTrustsAsToldAndChangesNothingHere(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	cert := ca.leaf(t, func(c *x509.Certificate) { c.DNSNames = []string{"db.x.test"} })
	port, err := strconv.Atoi(mongod(t, with(cert), fine))
	require.NoError(t, err)
	resolver := nameServer(t, fmt.Sprintf("_mongodb._tcp.c.x.test. 1 IN SRV 0 0 %d db.x.test.", port), "db.x.test. 1 IN A 127.0.0.1")
	resolverHere, env := net.DefaultResolver, os.Environ()

	d := isolated(t, driver.Isolation{Resolver: resolver, Roots: ca.file})
	if why, lacks := d.Info().Cannot[evidence.SystemRoots]; lacks {
		t.Skip(why)
	}
	do := func(uri string) evidence.Answer {
		a, err := d.Do(t.Context(), evidence.Request{ID: uri, URI: uri, Isolated: true, LimitMS: limitMS})
		require.NoError(t, err)
		return a
	}
	a := do("mongodb+srv://c.x.test/")
	require.True(t, a.OK, "%+v", a.Error)
	a = do(fmt.Sprintf("mongodb://db.x.test:%d/?tls=true", port))
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
	a = try(t, evidence.Request{URI: fmt.Sprintf("mongodb://db.x.test:%d/?tls=true", port), Dial: "127.0.0.1"})
	require.Equal(t, evidence.Untrusted, a.Error.Reason) // not the fixture's roots
}

// nameServer serves these records, and NXDOMAIN.
func nameServer(t *testing.T, records ...string) string {
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &dns.Server{PacketConn: p, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetRcode(q, dns.RcodeNameError)
		for _, r := range records {
			rr, err := dns.NewRR(r)
			if err != nil || !strings.EqualFold(rr.Header().Name, q.Question[0].Name) {
				continue
			}
			m.Rcode = dns.RcodeSuccess
			if rr.Header().Rrtype == q.Question[0].Qtype {
				m.Answer = append(m.Answer, rr)
			}
		}
		_ = w.WriteMsg(m)
	})}
	done := make(chan error)
	started := make(chan struct{})
	s.NotifyStartedFunc = func() { close(started) }
	go func() { done <- s.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		require.NoError(t, s.Shutdown())
		require.NoError(t, <-done)
	})
	return p.LocalAddr().String()
}

func TestAKilledChildIsReplaced(t *testing.T) {
	ca := newAuthority(t, "ca", nil)
	waits := make(chan struct{}, 10)
	stalling := listen(t, func(c net.Conn) { waits <- struct{}{}; stalls(c) })
	good := mongod(t, with(ca.leaf(t)), fine)
	d := isolated(t, driver.Isolation{}, InChild())
	failed := make(chan error)
	go func() {
		_, err := d.Do(t.Context(), evidence.Request{ID: "1", URI: "mongodb://127.0.0.1:" + stalling + "/?tls=true", LimitMS: limitMS})
		failed <- err
	}()
	<-waits
	require.NoError(t, syscall.Kill(childPID(t), syscall.SIGKILL))
	require.ErrorContains(t, <-failed, "signal: killed")
	a, err := d.Do(t.Context(), evidence.Request{ID: "2", URI: "mongodb://127.0.0.1:" + good + "/?tlsCAFile=" + ca.file, LimitMS: limitMS})
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
	ca := newAuthority(t, "ca", nil)
	port := mongod(t, with(ca.leaf(t)), fine)
	d := New(driver.Isolation{Roots: ca.file}, InChild())
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
	ca := newAuthority(b, "ca", nil)
	uri := "mongodb://127.0.0.1:" + mongod(b, with(ca.leaf(b)), fine) + "/?tlsCAFile=" + ca.file
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			c, err := mongo.Connect(options.Client().ApplyURI(uri).SetServerMonitoringMode("poll"))
			require.NoError(b, err)
			require.NoError(b, c.Ping(b.Context(), nil))
			require.NoError(b, c.Disconnect(b.Context()))
		}
	})
	for name, d := range map[string]*Driver{"in process": New(driver.Isolation{}), "in child": New(driver.Isolation{}, InChild())} {
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
