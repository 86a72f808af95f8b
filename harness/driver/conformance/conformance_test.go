package conformance

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/mongotls/mongotls/harness/evidence"
)

// The adapters of these tests are this test binary, with one defect each.
const defectEnv = "ADAPTER_DEFECT"

func TestMain(m *testing.M) {
	if defect, ok := os.LookupEnv(defectEnv); ok {
		adapter(defect)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// adapter is one that dials, and waits until the server closes, the limit or a cancel.
func adapter(defect string) {
	info := evidence.Info{Driver: "fake", Version: "v1.0.0", Build: "test", TLS: "none",
		Lacks: map[evidence.Option]evidence.Instead{{Name: "dns"}: "no DNS"}}
	switch defect {
	case "no version":
		info.Version = ""
	case "odd version":
		info.Version = "devel"
	case "lacks without a word":
		info.Lacks[evidence.Option{Name: "tlsCRLFile"}] = ""
	case "cannot without a word":
		info.Cannot = map[evidence.Ability]evidence.Instead{evidence.OCSP: ""}
	case "cannot do what nobody can":
		info.Cannot = map[evidence.Ability]evidence.Instead{"fly": "ignored"}
	case "component without a version":
		info.Components = []evidence.Component{{Name: "python"}}
	case "component in capitals":
		info.Components = []evidence.Component{{Name: "OpenSSL", Version: "3.0.2"}}
	case "component of no role":
		info.Components = []evidence.Component{{Name: "python", Version: "3.13.1", Role: "language"}}
	case "two runtimes":
		info.Components = []evidence.Component{{Name: "python", Version: "3.13.1", Role: evidence.Runtime},
			{Name: "pypy", Version: "7.3.19", Role: evidence.Runtime}}
	case "one at a time":
		info.Concurrency = 1
	case "fresh":
		info.Fresh = true
	case "dies at once":
		fmt.Fprintln(os.Stderr, "no such library")
		os.Exit(7)
	}
	var writing, turn sync.Mutex
	write := func(all ...any) {
		var lines string
		for _, v := range all {
			b, _ := json.Marshal(v)
			lines += string(b) + "\n"
		}
		writing.Lock()
		defer writing.Unlock()
		fmt.Print(lines)
	}
	var mu sync.Mutex
	cancels := map[string]context.CancelFunc{}
	do := func(ctx context.Context, r evidence.Request) {
		if defect == "one after another" {
			turn.Lock()
			defer turn.Unlock()
		}
		if defect == "asks for a pass phrase" && strings.Contains(r.URI, "tlsCertificateKeyFile") {
			_, _ = os.Stdin.Read(make([]byte, 7))
		}
		a := evidence.Answer{ID: r.ID, Stage: "connect", Stopped: "returned",
			Error: &evidence.Error{Reason: "peer-closed", Text: "closed", Surface: "closed", Chain: []string{"fake"}}}
		if defect != "ignores the limit" {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, time.Duration(r.LimitMS)*time.Millisecond)
			defer cancel()
		}
		u, _ := url.Parse(r.URI)
		c, err := net.Dial("tcp", net.JoinHostPort(r.Dial, u.Port()))
		if err == nil {
			context.AfterFunc(ctx, func() { _ = c.Close() })
			_, _ = c.Read(make([]byte, 1))
		}
		if ctx.Err() == context.DeadlineExceeded {
			a.Stopped = "limit"
		}
		switch defect {
		case "another id":
			a.ID = "x"
		case "a reason of its own":
			a.Error.Reason = "because"
		case "a failure without an error":
			a.Error = nil
		case "always connects":
			a.OK, a.Error = true, nil
		case "never says limit":
			a.Stopped = "returned"
		case "answers twice":
			write(reply{Answer: &a}, reply{Answer: &a})
			return
		case "chatters":
			write("connected")
		case "fails":
			write(reply{ID: r.ID, Error: "no way"})
			return
		}
		mu.Lock()
		delete(cancels, r.ID)
		mu.Unlock()
		write(reply{Answer: &a})
	}
	lines := bufio.NewReaderSize(os.NewFile(3, ""), 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var q struct {
			Op, ID  string
			Request *evidence.Request
		}
		wrong := errors.New("too long")
		if len(line) <= longest {
			wrong = json.Unmarshal(line, &q)
		}
		switch {
		case wrong != nil && defect == "dies of garbage" || len(line) > 64<<10 && defect == "short lines":
			os.Exit(1)
		case len(line) > longest && defect == "dies of a long line":
			os.Exit(1)
		case wrong != nil:
			write(reply{Error: "garbage"})
		case q.Op == "info":
			write(reply{Info: &info})
		case q.Op == "do" && q.Request != nil:
			ctx, cancel := context.WithCancel(context.Background())
			mu.Lock()
			cancels[q.Request.ID] = cancel
			mu.Unlock()
			go do(ctx, *q.Request)
		case q.Op == "cancel" && defect != "ignores cancel":
			mu.Lock()
			if cancel := cancels[q.ID]; cancel != nil {
				cancel()
			}
			mu.Unlock()
		case q.Op == "cancel":
		case defect == "agrees to everything":
			write(reply{Info: &info})
		default:
			write(reply{ID: q.ID, Error: "unsupported"})
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if defect == "stays with its requests" && len(cancels) > 0 {
		select {}
	}
}

// check returns the checks that an adapter fails, and all that was said.
func check(t *testing.T, defect string) (wrong []string, said string) {
	self, err := os.Executable()
	if err == nil {
		_, _, err = Check(t.Context(), Subject{Command: []string{self}, Env: append(os.Environ(), defectEnv+"="+defect),
			LockedKey: "/no/such/file"},
			func(f Finding) {
				if f.Wrong {
					wrong = append(wrong, f.Check)
				}
				said += f.Check + ": " + f.Text + "\n"
			})
	}
	if err != nil {
		t.Errorf("%s: %v", defect, err)
	}
	return wrong, said
}

// Each defect is found, by the check that is meant for it, and by no other that it does not concern. All at once, for
// they wait; what a busy machine may have brought about is looked at again, alone.
func TestEachDefectIsFound(t *testing.T) {
	var all errgroup.Group
	all.SetLimit(8)
	var mu sync.Mutex
	var again []string
	defects := map[string]struct{ check, says string }{
		"":                            {"", "many at once: 8 at once, each answered by its id"},
		"one at a time":               {"", "many at once: one at a time, as it says"},
		"fresh":                       {"", "many at once: one at a time, as it says"},
		"no version":                  {"info", "Version is missing"},
		"odd version":                 {"info", `version "devel" is no number like 4.10.1`},
		"lacks without a word":        {"info", "it lacks tlsCRLFile, but does not say what it does instead"},
		"cannot without a word":       {"info", "it lacks ocsp, but does not say what it does instead"},
		"cannot do what nobody can":   {"info", `there is no ability "fly": there are ["dns" `},
		"component without a version": {"info", "component python has no version"},
		"component in capitals":       {"info", `component 1 is called "OpenSSL": a name is in lower case`},
		"component of no role": {"info",
			`component python has the role "language": there are ["runtime" "TLS library"], or none`},
		"two runtimes":            {"info", "python and pypy are both its runtime"},
		"dies at once":            {"info", "exit status 7: no such library"},
		"agrees to everything":    {"unknown operation garbage", `it must be answered with Error "unsupported"`},
		"dies of garbage":         {"garbage long line", "it ended: exit status 1"},
		"short lines":             {"long line", "a request of 1 MiB"},
		"dies of a long line":     {"long line", "after a line of more than 16 MiB"},
		"one after another":       {"many at once", "of 8 requests at once, number"},
		"ignores cancel":          {"cancel", "a run would kill it: no reply after 5s"},
		"ignores the limit":       {"limit pass phrase", "a run would kill it: no reply after 5.5s"},
		"never says limit":        {"limit", `Stopped must say "limit", not "returned"`},
		"asks for a pass phrase":  {"standard input", `7 bytes were read from it during the check "pass phrase"`},
		"stays with its requests": {"end", "it was still there 2s after file descriptor 3 had ended"},
		"another id": {"many at once cancel",
			`an answer to "x", which was answered already, or never asked`},
		"answers twice": {"many at once cancel limit pass phrase",
			"which was answered already, or never asked"},
		"a reason of its own":        {"many at once limit", `Reason "because" is not in the list`},
		"a failure without an error": {"many at once limit", "a failure without an Error"},
		"always connects":            {"many at once", "success, against a server that never said a word"},
		"fails":                      {"many at once limit pass phrase", `not an answer, but Error "no way"`},
		"chatters":                   {"standard output", `no reply, during the check "many at once": "\"connected\""`},
	}
	differs := func(defect string) string {
		want := defects[defect]
		wrong, said := check(t, defect)
		if strings.Join(wrong, " ") == want.check && strings.Contains(said, want.says) {
			return ""
		}
		return fmt.Sprintf("%q fails %q, not %q, or does not say %q:\n%s", defect, wrong, want.check, want.says, said)
	}
	for defect := range defects {
		all.Go(func() error {
			if differs(defect) != "" {
				mu.Lock()
				defer mu.Unlock()
				again = append(again, defect)
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())
	for _, defect := range again {
		require.Empty(t, differs(defect))
	}
}

func TestAProgramThatIsNotThere(t *testing.T) {
	_, _, err := Check(t.Context(), Subject{Command: []string{"/no/such/program"}},
		func(Finding) { t.Error("nothing can be said") })
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestAnInterruptEndsTheChecks(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	_, _, err = Check(ctx, Subject{Command: []string{self}, Env: append(os.Environ(), defectEnv+"=")}, func(f Finding) {
		if n++; f.Check == "garbage" {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 3, n)
}

func TestMalformed(t *testing.T) {
	failure := func() evidence.Answer {
		return evidence.Answer{Stage: "connect", Stopped: "returned", Error: &evidence.Error{Reason: "expired", Text: "x",
			Surface: "x", Chain: []string{"x"}}}
	}
	require.Empty(t, Malformed(failure()))
	require.Empty(t, Malformed(evidence.Answer{OK: true, Stopped: "returned", Replies: []string{`{"ok":1}`}}))
	for want, spoil := range map[string]func(*evidence.Answer){
		`Stage is "", not one of`:            func(a *evidence.Answer) { a.Stage = "" },
		`Stopped is "gave up", not one of`:   func(a *evidence.Answer) { a.Stopped = "gave up" },
		"reply 0 is no extended JSON":        func(a *evidence.Answer) { a.Replies = []string{"{ok: 1}"} },
		`there is no kind of event "x"`:      func(a *evidence.Answer) { a.Events = []evidence.Event{{Kind: "x"}} },
		"a duration is negative":             func(a *evidence.Answer) { a.CloseMS = -1 },
		"a success with an Error":            func(a *evidence.Answer) { a.OK = true },
		"Text, Surface and Chain of an Erro": func(a *evidence.Answer) { a.Error.Chain = nil },
	} {
		a := failure()
		spoil(&a)
		require.Contains(t, Malformed(a), want)
	}
}
