// Package conformance checks that a program keeps to the protocol of an adapter, as docs/adapters.md tells it. It looks
// at the process and the form of what it says; whether the driver does what the adapter says is for the matrix to see.
package conformance

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
)

const (
	// startLimit, grace and endLimit are those of a run: to say what it drives, to answer after a limit, and to end.
	startLimit = 30 * time.Second
	grace      = 5 * time.Second
	endLimit   = 2 * time.Second
	// dialling is how long a driver may take to dial its server.
	dialling = 10 * time.Second
	// longest is the longest line that an adapter must take, in bytes.
	longest = 16 << 20
)

// A Finding is what came of one check.
type Finding struct {
	Check string // its name, a few words
	Wrong bool
	Text  string // one clause: what was seen
}

// A Subject is the adapter under test.
type Subject struct {
	Command []string // program and arguments
	Env     []string // the whole environment
	// LockedKey is a file for tlsCertificateKeyFile with an encrypted key, which makes a TLS library ask for a pass
	// phrase.
	LockedKey string
}

// Check runs every check, each in a process of its own, and tells of each as it ends. It returns what the adapter says
// of itself; ok is false if it could not be asked, which ends the checks. The error is of the system, or of ctx.
func Check(ctx context.Context, s Subject, tell func(Finding)) (info evidence.Info, ok bool, err error) {
	k := &checker{subject: s, tell: tell}
	err = k.check(ctx, "info", func(a *session) (string, error) {
		if info, err = a.info(ctx); err != nil {
			return "", err
		}
		ok = true
		return wellSaid(info)
	})
	if err != nil || !ok {
		return info, ok, err
	}
	k.atOnce = info.Concurrency
	if info.Fresh {
		k.atOnce = 1
	}
	for _, c := range []struct {
		name string
		run  func(context.Context, *session) (string, error)
	}{
		{"unknown operation", k.unknown},
		{"garbage", k.garbage},
		{"long line", k.long},
		{"many at once", k.many},
		{"cancel", k.cancel},
		{"limit", k.limit},
		{"pass phrase", k.locked},
		{"end", k.end},
	} {
		if err := k.check(ctx, c.name, func(a *session) (string, error) {
			if _, err := a.info(ctx); err != nil { // as a run begins
				return "", err
			}
			return c.run(ctx, a)
		}); err != nil {
			return info, ok, err
		}
	}
	k.say("standard input", "nothing was read from it", k.ate)
	k.say("standard output", "replies, and nothing else", k.stray)
	return info, ok, nil
}

type checker struct {
	subject Subject
	tell    func(Finding)
	atOnce  int      // requests that one process takes, 0 for any number
	ate     []string // checks in which it read its standard input
	stray   []string // lines of standard output that are no replies
}

func (k *checker) say(name, good string, bad []string) {
	if len(bad) > 0 {
		k.tell(Finding{name, true, bad[0]})
		return
	}
	k.tell(Finding{name, false, good})
}

// check runs one check. A process that does not end by itself afterwards fails it, too.
func (k *checker) check(ctx context.Context, name string, run func(*session) (string, error)) error {
	a, err := start(k.subject.Command, k.subject.Env)
	if err != nil {
		return err
	}
	text, wrong := run(a)
	last, late := a.close()
	if n := a.unread(); n < len(notForAdapters) {
		k.ate = append(k.ate, fmt.Sprintf("%d bytes were read from it during the check %q", len(notForAdapters)-n, name))
	}
	for _, line := range a.stray {
		k.stray = append(k.stray, fmt.Sprintf("no reply, during the check %q: %.80q", name, line))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if wrong == nil {
		wrong = late
	}
	if wrong == nil && name != "end" && len(last) > 0 {
		wrong = fmt.Errorf("one reply too many: it answered %q twice, or nobody asked", last[0].id())
	}
	if wrong != nil {
		k.tell(Finding{name, true, wrong.Error()})
		return nil
	}
	k.tell(Finding{name, false, text})
	return nil
}

// info asks what the adapter drives.
func (s *session) info(ctx context.Context) (evidence.Info, error) {
	if err := s.send(`{"Op":"info"}`); err != nil {
		return evidence.Info{}, err
	}
	return s.informed(ctx, startLimit)
}

// informed waits for Info, past errors.
func (s *session) informed(ctx context.Context, within time.Duration) (evidence.Info, error) {
	for {
		r, err := s.next(ctx, within)
		switch {
		case err != nil:
			return evidence.Info{}, fmt.Errorf("no answer to \"info\": %w", err)
		case r.Info != nil:
			return *r.Info, nil
		case r.Answer != nil:
			return evidence.Info{}, fmt.Errorf("an answer to %q, which nobody asked", r.Answer.ID)
		}
	}
}

var numbered = regexp.MustCompile(`^v?\d`)

func wellSaid(i evidence.Info) (string, error) {
	for name, value := range map[string]string{"Driver": i.Driver, "Version": i.Version, "Build": i.Build, "TLS": i.TLS} {
		if value == "" {
			return "", fmt.Errorf("%s is missing", name)
		}
	}
	if !numbered.MatchString(i.Version) {
		return "", fmt.Errorf("version %q is no number like 4.10.1: known failures could not name a range", i.Version)
	}
	if i.Concurrency < 0 {
		return "", fmt.Errorf("a negative Concurrency, %d", i.Concurrency)
	}
	var mute []string
	for option, instead := range i.Lacks {
		if instead == "" {
			mute = append(mute, option.String())
		}
	}
	for ability, instead := range i.Cannot {
		if instead == "" {
			mute = append(mute, string(ability))
		}
	}
	if len(mute) > 0 {
		return "", fmt.Errorf("it lacks %s, but does not say what it does instead", slices.Min(mute))
	}
	for _, a := range slices.Sorted(maps.Keys(i.Cannot)) {
		if !slices.Contains(evidence.Abilities, a) {
			return "", fmt.Errorf("there is no ability %q: there are %q; options stand in Lacks", a, evidence.Abilities)
		}
	}
	taken := map[evidence.Role]string{}
	for n, c := range i.Components {
		switch other, twice := taken[c.Role]; {
		case c.Name == "" || c.Name != strings.ToLower(c.Name):
			return "", fmt.Errorf("component %d is called %q: a name is in lower case, such as openssl", n+1, c.Name)
		case c.Version == "":
			return "", fmt.Errorf("component %s has no version", c.Name)
		case c.Role == "":
		case !slices.Contains(evidence.Roles, c.Role):
			return "", fmt.Errorf("component %s has the role %q: there are %q, or none", c.Name, c.Role, evidence.Roles)
		case twice:
			return "", fmt.Errorf("%s and %s are both its %s", other, c.Name, c.Role)
		default:
			taken[c.Role] = c.Name
		}
	}
	return fmt.Sprintf("%s %s (%s; %s)", i.Driver, i.Version, i.Build, i.TLS), nil
}

const unsupported = "unsupported"

func (k *checker) unknown(ctx context.Context, a *session) (string, error) {
	if err := a.send(`{"Op":"an operation that no adapter has","ID":"7"}`); err != nil {
		return "", err
	}
	r, err := a.next(ctx, grace)
	if err != nil {
		return "", err
	}
	if r.Error != unsupported || r.Answer != nil || r.Info != nil {
		return "", fmt.Errorf("it must be answered with Error %q, not %q", unsupported, r.Error)
	}
	if r.ID != "" && r.ID != "7" {
		return "", fmt.Errorf("the reply is to %q, not to \"7\"", r.ID)
	}
	return "refused as unsupported", nil
}

func (k *checker) garbage(ctx context.Context, a *session) (string, error) {
	if err := a.send("hello", "", "[]", "null", "7", `{"Op":7}`, `{"Op":"do"}`, `{"Op":"do","Request":7}`,
		`{"Op":"cancel","ID":"gone"}`,
		"\xff\xfe\x00", `{"Op":"info"}`); err != nil {
		return "", err
	}
	if _, err := a.informed(ctx, grace); err != nil {
		return "", err
	}
	return "the next request was served", nil
}

func (k *checker) long(ctx context.Context, a *session) (string, error) {
	if err := a.send(`{"Op":"info","Padding":"` + strings.Repeat("x", 1<<20) + `"}`); err != nil {
		return "", err
	}
	if _, err := a.informed(ctx, startLimit); err != nil {
		return "", fmt.Errorf("a request of 1 MiB: %w", err)
	}
	if err := a.send(strings.Repeat("x", longest+1), `{"Op":"info"}`); err != nil {
		return "", err
	}
	if _, err := a.informed(ctx, startLimit); err != nil {
		return "", fmt.Errorf("after a line of more than 16 MiB: %w", err)
	}
	return "the next request was served", nil
}

// many has requests under way at the same time: each waits for a server of its own, which tells of it.
func (k *checker) many(ctx context.Context, a *session) (string, error) {
	n := 8
	if k.atOnce > 0 {
		n = min(n, k.atOnce)
	}
	asked := map[string]bool{}
	var servers []*silent
	defer func() {
		for _, s := range servers {
			s.close()
		}
	}()
	for i := range n {
		s, err := listen()
		if err != nil {
			return "", err
		}
		servers = append(servers, s)
		r := evidence.Request{ID: fmt.Sprintf("request %d", i), URI: s.uri("serverSelectionTimeoutMS=5000"), Dial: s.ip(),
			LimitMS:  20_000,
			Commands: ping}
		asked[r.ID] = true
		if err := a.do(r); err != nil {
			return "", err
		}
	}
	for i, s := range servers {
		if err := s.reached(ctx); err != nil {
			return "", fmt.Errorf("of %d requests at once, number %d was not under way: %w", n, i+1, err)
		}
	}
	for _, s := range servers {
		s.close()
	}
	for range n {
		r, err := a.next(ctx, 20*time.Second+grace)
		switch {
		case err != nil:
			return "", fmt.Errorf("of %d requests at once, %d were not answered: %w", n, len(asked), err)
		case r.Answer == nil:
			return "", fmt.Errorf("%s: not an answer, but Error %q", r.ID, r.Error)
		case !asked[r.id()]:
			return "", fmt.Errorf("an answer to %q, which was answered already, or never asked", r.id())
		}
		delete(asked, r.id())
		if wrong := Malformed(*r.Answer); wrong != "" {
			return "", fmt.Errorf("answer to %s: %s", r.id(), wrong)
		}
		if r.Answer.OK {
			return "", fmt.Errorf("%s: success, against a server that never said a word", r.id())
		}
	}
	switch {
	case k.atOnce == 1:
		return "one at a time, as it says", nil
	case k.atOnce > 0:
		return fmt.Sprintf("%d at once, as it says, each answered by its id", n), nil
	}
	return fmt.Sprintf("%d at once, each answered by its id", n), nil
}

func (k *checker) cancel(ctx context.Context, a *session) (string, error) {
	s, err := listen()
	if err != nil {
		return "", err
	}
	defer s.close()
	r := evidence.Request{ID: "patient", URI: s.uri("serverSelectionTimeoutMS=60000&connectTimeoutMS=60000"),
		Dial: s.ip(), LimitMS: 60_000, Commands: ping}
	if err := a.do(r); err != nil {
		return "", err
	}
	if err := s.reached(ctx); err != nil {
		return "", err
	}
	if err := a.send(`{"Op":"cancel","ID":"patient"}`); err != nil {
		return "", err
	}
	began := time.Now()
	got, err := a.next(ctx, grace)
	if err != nil {
		return "", fmt.Errorf("a run would kill it: %w", err)
	}
	if got.id() != r.ID {
		return "", fmt.Errorf("the answer must have the ID of the request, not %q", got.id())
	}
	if _, err := a.info(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("answered %d ms later", time.Since(began).Milliseconds()), nil
}

func (k *checker) limit(ctx context.Context, a *session) (string, error) {
	s, err := listen()
	if err != nil {
		return "", err
	}
	defer s.close()
	r := evidence.Request{ID: "brief", URI: s.uri("serverSelectionTimeoutMS=60000&connectTimeoutMS=60000"), Dial: s.ip(),
		LimitMS: 500, Commands: ping}
	if err := a.do(r); err != nil {
		return "", err
	}
	got, err := a.next(ctx, time.Duration(r.LimitMS)*time.Millisecond+grace)
	switch {
	case err != nil:
		return "", fmt.Errorf("a run would kill it: %w", err)
	case got.Answer == nil:
		return "", fmt.Errorf("not an answer, but Error %q", got.Error)
	}
	if wrong := Malformed(*got.Answer); wrong != "" {
		return "", fmt.Errorf("%s", wrong)
	}
	if got.Answer.Stopped != "limit" {
		return "", fmt.Errorf("LimitMS ran out, and Stopped must say \"limit\", not %q", got.Answer.Stopped)
	}
	return "LimitMS ends an attempt", nil
}

// locked provokes the question for a pass phrase.
func (k *checker) locked(ctx context.Context, a *session) (string, error) {
	s, err := listen()
	if err != nil {
		return "", err
	}
	defer s.close()
	uri := s.uri("serverSelectionTimeoutMS=500&connectTimeoutMS=500&tlsCertificateKeyFile=" + k.subject.LockedKey)
	if err := a.do(evidence.Request{ID: "locked", URI: uri, Dial: s.ip(), LimitMS: 1000, Commands: ping}); err != nil {
		return "", err
	}
	got, err := a.next(ctx, time.Second+grace)
	switch {
	case err != nil:
		return "", fmt.Errorf("an encrypted key without its password: %w", err)
	case got.Answer == nil:
		return "", fmt.Errorf("an encrypted key without its password: not an answer, but Error %q", got.Error)
	}
	return "an encrypted key without its password stops nothing", nil
}

// end closes file descriptor 3 while a request is under way.
func (k *checker) end(ctx context.Context, a *session) (string, error) {
	s, err := listen()
	if err != nil {
		return "", err
	}
	defer s.close()
	r := evidence.Request{ID: "open", URI: s.uri("serverSelectionTimeoutMS=60000&connectTimeoutMS=60000"), Dial: s.ip(),
		LimitMS: 60_000, Commands: ping}
	if err := a.do(r); err != nil {
		return "", err
	}
	if err := s.reached(ctx); err != nil {
		return "", err
	}
	_, err = a.close()
	return "with its requests, also while one is under way", err
}

var ping = []evidence.Command{{DB: "admin", JSON: `{"ping": 1}`}}
