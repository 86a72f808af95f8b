package driver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mongotls/mongotls/harness/evidence"
)

// The adapters of these tests are this test binary: real processes with made-up faults.
const fakeEnv = "FAKE_ADAPTER"

func TestMain(m *testing.M) {
	switch os.Getenv(fakeEnv) {
	case "":
		goleak.VerifyTestMain(m)
	case "purges":
		err := Purge()
		fmt.Println(os.Args[1], fmt.Sprintf("%q %q", os.Getenv("GODEBUG"), Withheld()))
		if err != nil {
			os.Exit(1)
		}
	case "good":
		fmt.Println("Loading...\n{\"level\":30}\n[]\n1")
		_ = ServeProcess(fake{stdout: os.Stdout})
	case "one":
		_ = ServeProcess(&careful{fake: fake{stdout: os.Stdout}, info: evidence.Info{Driver: "one at a time",
			Concurrency: 1}})
	case "fresh":
		_ = ServeProcess(&careful{fake: fake{stdout: os.Stdout}, info: evidence.Info{Driver: "once only", Fresh: true},
			once: true})
	case "remembers":
		_ = ServeProcess(&careful{fake: fake{stdout: os.Stdout}, info: evidence.Info{Driver: "fake", Fresh: true}})
	case "changes":
		_ = ServeProcess(&careful{fake: fake{stdout: os.Stdout}, info: evidence.Info{Driver: "fake", Version: fmt.Sprint("v",
			os.Getpid())}})
	case "grandchild":
		_, _ = net.Dial("tcp", os.Args[1])
		select {}
	case "stays":
		_ = ServeProcess(fake{stdout: os.Stdout})
		select {}
	case "mute":
		_, _ = io.Copy(io.Discard, os.NewFile(requestsFD, ""))
	case "agreeable": // answers everything as if it knew it
		in := os.NewFile(requestsFD, "")
		for buf := make([]byte, 4096); ; {
			if _, err := in.Read(buf); err != nil {
				return
			}
			fmt.Println(`{"Info":{"Driver":"yes"}}`)
		}
	case "dies":
		fmt.Fprintln(os.Stderr, "no such library")
		os.Exit(7)
	}
}

// A fake does what the URI of the request says.
type fake struct{ stdout io.Writer }

func (fake) Info() evidence.Info { return evidence.Info{Driver: "fake", Version: "v1"} }
func (fake) Close() error        { return nil }

func (f fake) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	switch r.URI {
	case "die":
		fmt.Println("printed, and no reply") // goes to standard error
		fmt.Fprintln(os.Stderr, "panic: out of ideas")
		os.Exit(3)
	case "hang":
		select {}
	case "wait":
		<-ctx.Done()
		return evidence.Answer{}, ctx.Err()
	case "chatter":
		_, _ = fmt.Fprint(f.stdout, "(node:1) Warning: something\n{}\n\n")
	case "long":
		return evidence.Answer{OK: true, Replies: []string{strings.Repeat("x", 1<<20)}}, nil
	case "fail":
		return evidence.Answer{}, errors.New("no way")
	case "stdin":
		b, err := io.ReadAll(os.Stdin)
		return evidence.Answer{OK: err == nil && len(b) == 0}, nil
	}
	if addr, ok := strings.CutPrefix(r.URI, "start "); ok {
		cmd := exec.Command(os.Args[0], addr)
		cmd.Env = append(os.Environ(), fakeEnv+"=grandchild")
		return evidence.Answer{OK: true}, cmd.Start()
	}
	return evidence.Answer{OK: true, Stopped: evidence.Stopped(r.ID)}, nil
}

// A careful adapter refuses what its info says it cannot take, and answers with the id of its process.
type careful struct {
	fake
	info evidence.Info
	once bool
	busy atomic.Int32
}

func (c *careful) Info() evidence.Info { return c.info }

func (c *careful) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	if c.busy.Add(1) > 1 {
		return evidence.Answer{}, errors.New("I have a request already")
	}
	if !c.once {
		defer c.busy.Add(-1)
	}
	if r.URI != "" {
		return c.fake.Do(ctx, r)
	}
	time.Sleep(time.Millisecond) // so that they overlap
	return evidence.Answer{OK: true, Stopped: evidence.Stopped(fmt.Sprint(os.Getpid()))}, nil
}

// only is the child of a process that has one.
func only(p *Process) *child { return p.places[0].child }

func start(t *testing.T, kind string) (*Process, error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if kind == "mute" {
		ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
	}
	return Start(ctx, self, nil, append(os.Environ(), fakeEnv+"="+kind))
}

// Another version than the one that was asked for is refused; by a path it is whatever is there.
func TestStartAs(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	for version, wrong := range map[string]string{"v1": "", "./here": "", "v2": "what was installed is the fake v1"} {
		d, err := StartAs(t.Context(), Spec{Name: "fake", Version: version}, "the fake", []string{self},
			append(os.Environ(), fakeEnv+"=good"))
		if wrong != "" {
			require.EqualError(t, err, wrong)
			continue
		}
		require.NoError(t, err)
		require.NoError(t, d.Close())
	}
}

func good(t *testing.T) *Process {
	t.Helper()
	p, err := start(t, "good")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func TestAnAdapterAnswersItsInfoAndManyRequestsAtOnce(t *testing.T) {
	p := good(t)
	require.Equal(t, "fake", p.Info().Driver)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			r := evidence.Request{ID: fmt.Sprint(i), LimitMS: 10_000}
			if i%5 == 0 {
				r.URI = "long"
			}
			a, err := p.Do(t.Context(), r)
			if err != nil || a.ID != r.ID || !a.OK {
				t.Errorf("request %d: %v, %v", i, a.ID, err)
			}
		})
	}
	all.Wait()
}

func TestStandardInputIsEmpty(t *testing.T) {
	a, err := good(t).Do(t.Context(), evidence.Request{ID: "1", URI: "stdin", LimitMS: 10_000})
	require.NoError(t, err)
	require.True(t, a.OK)
}

func TestAnAdapterThatIsNoneIsRefusedAtTheStart(t *testing.T) {
	for kind, want := range map[string]string{
		"mute":      `no answer to "info"`,
		"agreeable": `must answer "unsupported"`,
		"dies":      "exit status 7; on standard error: no such library",
	} {
		_, err := start(t, kind)
		require.ErrorContains(t, err, want)
		require.False(t, errors.As(err, new(*Died)), "no request has ended it")
	}
	_, err := Start(t.Context(), "/no/such/program", nil, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestWhatIsNoReplyIsSkippedAndRemembered(t *testing.T) {
	p := good(t)
	a, err := p.Do(t.Context(), evidence.Request{ID: "1", URI: "chatter", LimitMS: 10_000})
	require.NoError(t, err)
	require.True(t, a.OK)
	_, err = p.Do(t.Context(), evidence.Request{ID: "2", URI: "die", LimitMS: 10_000})
	require.ErrorContains(t, err, "(node:1) Warning: something")
}

func TestADeathFailsEveryOpenRequestAndTheNextStartsAnother(t *testing.T) {
	p := good(t)
	first := only(p).cmd.Process.Pid
	failed := make(chan error, 2)
	for _, id := range []string{"a", "b"} {
		go func() {
			_, err := p.Do(t.Context(), evidence.Request{ID: id, URI: "wait", LimitMS: 60_000})
			failed <- err
		}()
	}
	open := func() int { only(p).mu.Lock(); defer only(p).mu.Unlock(); return len(only(p).open) }
	require.Eventually(t, func() bool { return open() == 2 }, 10*time.Second, time.Millisecond)
	_, err := p.Do(t.Context(), evidence.Request{ID: "c", URI: "die", LimitMS: 60_000})
	for _, err := range []error{err, <-failed, <-failed} {
		require.ErrorContains(t, err, "the adapter ended: exit status 3")
		var died *Died
		require.ErrorAs(t, err, &died)
		a := died.Answer(evidence.Request{ID: "c", LimitMS: 60_000})
		require.Equal(t, evidence.Crashed, a.Error.Reason)
		require.Equal(t, evidence.Returned, a.Stopped)
		require.ErrorContains(t, err, "on standard error: printed, and no reply; panic: out of ideas")
	}
	a, err := p.Do(t.Context(), evidence.Request{ID: "d", LimitMS: 10_000})
	require.NoError(t, err)
	require.True(t, a.OK)
	require.NotEqual(t, first, only(p).cmd.Process.Pid)
}

func TestAKillFromOutsideIsToldAsSuch(t *testing.T) {
	p := good(t)
	require.NoError(t, only(p).cmd.Process.Kill())
	<-only(p).done
	require.ErrorContains(t, only(p).err, "signal: killed")
	_, err := p.Do(t.Context(), evidence.Request{ID: "1", LimitMS: 10_000})
	require.NoError(t, err)
}

func TestTheWatchdogEndsAChildThatDoesNotAnswer(t *testing.T) {
	p := good(t)
	p.grace = 50 * time.Millisecond
	_, err := p.Do(t.Context(), evidence.Request{ID: "slow", URI: "hang", LimitMS: 20})
	require.ErrorContains(t, err, `the adapter was killed: request "slow" was not answered 50ms after its limit of 20 ms`)
	var died *Died
	require.ErrorAs(t, err, &died)
	late := died.Answer(evidence.Request{ID: "slow", LimitMS: 20})
	require.Equal(t, evidence.Timeout, late.Error.Reason)
	require.Equal(t, evidence.AtLimit, late.Stopped)
	require.Equal(t, 20, late.ElapsedMS)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.Do(ctx, evidence.Request{ID: "slow", URI: "hang", LimitMS: 60_000})
	require.Error(t, err) // no child is started for a request that is cancelled already

	ctx, cancel = context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err = p.Do(ctx, evidence.Request{ID: "slow", URI: "hang", LimitMS: 60_000})
	require.ErrorContains(t, err, "was not answered 50ms after it was cancelled")

	_, err = p.Do(t.Context(), evidence.Request{ID: "slow", LimitMS: 10_000})
	require.NoError(t, err)
}

// However many requests there are at once, each process has one; there are more processes than one, and not many.
func TestARequestWaitsForRoom(t *testing.T) {
	p, err := start(t, "one")
	require.NoError(t, err)
	pids := together(t, p, 40)
	require.Greater(t, len(pids), 1)
	require.LessOrEqual(t, len(pids), p.mostChildren())
	require.NoError(t, p.Close())
	for pid := range pids {
		require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
	}

	p, err = start(t, "one")
	require.NoError(t, err)
	for range cap(p.room) {
		p.room <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.Do(ctx, evidence.Request{ID: "1", LimitMS: 60_000})
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, p.Close())
}

func TestAFreshAdapterServesOneRequestAProcess(t *testing.T) {
	p, err := start(t, "fresh")
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	pids := together(t, p, 8)
	require.Len(t, pids, 8)
	for pid := range pids {
		require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH)
	}
	_, err = p.Do(t.Context(), evidence.Request{ID: "a", URI: "die", LimitMS: 60_000})
	require.ErrorContains(t, err, "out of ideas")
	require.Len(t, together(t, p, 1), 1)
}

// What is about that which stays has one process for all its requests, and others have none of it.
func TestAFreshAdapterLasts(t *testing.T) {
	p, err := start(t, "remembers")
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	l, err := p.Lasting(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	var pids []string
	for _, d := range []Driver{l, l, p, l, p} {
		a, err := d.Do(t.Context(), evidence.Request{ID: "1", LimitMS: 60_000})
		require.NoError(t, err)
		pids = append(pids, string(a.Stopped))
	}
	require.Equal(t, []string{pids[0], pids[0], pids[0]}, []string{pids[0], pids[1], pids[3]})
	require.Len(t, map[string]bool{pids[0]: true, pids[2]: true, pids[4]: true}, 3)
}

// together makes n requests at once, and returns the processes that answered.
func together(t *testing.T, p *Process, n int) map[int]bool {
	var mu sync.Mutex
	pids := map[int]bool{}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			a, err := p.Do(t.Context(), evidence.Request{ID: fmt.Sprint(i), LimitMS: 60_000})
			if err != nil || !a.OK {
				t.Errorf("request %d: %v", i, err)
				return
			}
			pid, _ := strconv.Atoi(string(a.Stopped))
			mu.Lock()
			pids[pid] = true
			mu.Unlock()
		})
	}
	all.Wait()
	return pids
}

func TestAnotherDriverInTheMiddleOfARunIsAFault(t *testing.T) {
	p, err := start(t, "changes")
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	_, err = p.Do(t.Context(), evidence.Request{ID: "1", URI: "die", LimitMS: 60_000})
	require.Error(t, err)
	_, err = p.Do(t.Context(), evidence.Request{ID: "2", LimitMS: 60_000})
	require.ErrorContains(t, err, "the adapter has changed: it drove fake v")
}

// What an adapter has started ends with it, also where it was killed.
func TestTheProcessesOfAnAdapterEndWithIt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	p := good(t)
	_, err = p.Do(t.Context(), evidence.Request{ID: "1", URI: "start " + l.Addr().String(), LimitMS: 60_000})
	require.NoError(t, err)
	grandchild, err := l.Accept()
	require.NoError(t, err)
	only(p).kill("for the test")
	_, err = grandchild.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, grandchild.Close())
}

func TestCancellingReachesTheAdapter(t *testing.T) {
	p := good(t)
	child := only(p)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := p.Do(ctx, evidence.Request{ID: "1", URI: "wait", LimitMS: 60_000})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.False(t, child.ended())
}

func TestAFailureOfTheAdapterIsAnError(t *testing.T) {
	_, err := good(t).Do(t.Context(), evidence.Request{ID: "1", URI: "fail", LimitMS: 10_000})
	require.EqualError(t, err, "the adapter failed: no way")
}

func TestAnIDIsUnderWayOnlyOnce(t *testing.T) {
	p := good(t)
	only(p).open["1"] = make(chan reply, 1)
	_, err := p.Do(t.Context(), evidence.Request{ID: "1", LimitMS: 10_000})
	require.ErrorContains(t, err, "under way already")
}

func TestCloseEndsTheChildAndItsRequests(t *testing.T) {
	for _, kind := range []string{"good", "stays"} {
		p, err := start(t, kind)
		require.NoError(t, err)
		child := only(p)
		waiting := make(chan error)
		go func() {
			_, err := p.Do(t.Context(), evidence.Request{ID: "1", URI: "wait", LimitMS: 60_000})
			waiting <- err
		}()
		open := func() int { child.mu.Lock(); defer child.mu.Unlock(); return len(child.open) }
		require.Eventually(t, func() bool { return open() == 1 }, 10*time.Second, time.Millisecond)
		require.NoError(t, p.Close())
		require.Error(t, <-waiting)
		require.True(t, child.ended())
		require.ErrorIs(t, child.cmd.Process.Signal(syscall.Signal(0)), os.ErrProcessDone)
		_, err = p.Do(t.Context(), evidence.Request{ID: "2"})
		require.EqualError(t, err, "the adapter is closed")
		require.NoError(t, p.Close())
	}
}

func TestServeRefusesWhatItDoesNotKnow(t *testing.T) {
	var out bytes.Buffer
	in := strings.NewReader(
		"{\"Op\":\"dance\",\"ID\":\"7\"}\n{\"Op\":\"do\"}\nhello\n{\"Op\":\"cancel\",\"ID\":\"gone\"}\n",
	)
	require.NoError(t, Serve(fake{}, in, &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	require.JSONEq(t, `{"ID":"7","Error":"unsupported"}`, lines[0])
	require.JSONEq(t, `{"Error":"unsupported"}`, lines[1])
	require.Contains(t, lines[2], "no request")
}

// A line that is too long is no request, and the next one is served.
func TestServeSurvivesALineWithoutEnd(t *testing.T) {
	for _, length := range []int{1 << 20, maxLine, maxLine + 1} {
		var out bytes.Buffer
		in := strings.NewReader("{\"Op\":\"" + strings.Repeat("x", length) + "\"}\n{\"Op\":\"info\"}")
		require.NoError(t, Serve(fake{}, in, &out))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 2)
		require.Contains(t, lines[0], "Error")
		require.Contains(t, lines[1], `"Driver":"fake"`)
	}
}

func TestServeSaysThatItCannotAnswer(t *testing.T) {
	r, w := io.Pipe()
	_ = r.Close()
	require.ErrorIs(t, Serve(fake{}, strings.NewReader("{\"Op\":\"info\"}\n"), w), io.ErrClosedPipe)
}

func FuzzServe(f *testing.F) {
	f.Add([]byte("{\"Op\":\"info\"}\n"))
	f.Add([]byte("{\"Op\":\"do\",\"Request\":{\"ID\":\"1\"}}\n{\"Op\":\"do\",\"Request\":{\"ID\":\"1\"}}\n"))
	f.Fuzz(func(_ *testing.T, in []byte) {
		_ = Serve(fakeOK{}, bytes.NewReader(in), io.Discard)
	})
}

func FuzzReplies(f *testing.F) {
	f.Add([]byte("{\"Answer\":{\"ID\":\"1\"}}\n{\"ID\":\"1\",\"Error\":\"x\"}\nnull\n"))
	f.Fuzz(func(t *testing.T, out []byte) {
		c := &child{stray: &tail{}, greeting: make(chan reply, 2), open: map[string]chan reply{"1": make(chan reply, 1)}}
		n, err := c.Write(out)
		require.NoError(t, err)
		require.Equal(t, len(out), n)
		require.LessOrEqual(t, len(c.stray.line()), tailSize)
	})
}

type fakeOK struct{ fake }

func (fakeOK) Do(context.Context, evidence.Request) (evidence.Answer, error) {
	return evidence.Answer{}, nil
}
