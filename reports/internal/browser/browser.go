// Package browser shows pages to a Chromium, for the tests of those that write them.
package browser

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/internal/required"
)

// A process is the one browser of a test binary: it takes a second to start, a tab a tenth of that.
type process struct {
	ctx  context.Context
	stop func() error
}

var (
	started bool
	start   = sync.OnceValues(func() (process, error) {
		started = true
		dir, err := os.MkdirTemp("", "mongotls-browser-")
		if err != nil {
			return process{}, err
		}
		// Some systems let no unprivileged process build the sandbox; the pages are ours.
		allocator, stop := chromedp.NewExecAllocator(
			context.Background(),
			append(
				chromedp.DefaultExecAllocatorOptions[:], chromedp.DisableGPU, chromedp.NoSandbox,
				chromedp.WSURLReadTimeout(2*time.Minute), chromedp.Env("TMPDIR="+dir),
				chromedp.UserDataDir(filepath.Join(dir, "profile")),
			)...)
		ctx, closeBrowser := chromedp.NewContext(allocator)
		p := process{ctx: ctx, stop: func() error {
			closeBrowser()
			stop() // and waits
			return os.RemoveAll(dir)
		}}
		if err := chromedp.Do(ctx); err != nil {
			return p, errors.Join(err, p.stop())
		}
		return p, nil
	})
)

// Main runs the tests of a package, and ends the browser that they may have started. It returns the exit code.
func Main(m *testing.M) int {
	code := m.Run()
	if started {
		if p, err := start(); err == nil {
			if err := p.stop(); err != nil {
				_, _ = fmt.Fprintln(os.Stderr, "the browser leaves its profile:", err)
				return 1
			}
		}
	}
	return code
}

// A Tab shows one page, and fails its test for an uncaught error, a complaint of the console, a dialog, and any
// request but the one for the page itself.
type Tab struct {
	*testing.T
	ctx  context.Context
	path string

	mu   sync.Mutex
	said []string
}

func (b *Tab) complain(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = append(b.said, fmt.Sprintf(format, args...))
}

// Complaints are those since they were last asked for.
func (b *Tab) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	said := b.said
	b.said = nil
	return said
}

// Open shows a page in a tab of its own, at a fragment, on a screen of this size. Tabs share nothing, and each has
// the focus.
func Open(t *testing.T, content []byte, fragment string, width, height int64) *Tab {
	t.Helper()
	running, err := start()
	if errors.Is(err, exec.ErrNotFound) {
		required.OrSkip(t, "browser", "no Chromium found, so the page is not tested")
	}
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	ctx, closeTab := chromedp.NewContext(running.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	b := &Tab{T: t, ctx: ctx, path: path}
	b.Do(chromedp.EmulateViewport(width, height))
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.complain("uncaught: %+v", e.ExceptionDetails)
		case *runtime.EventConsoleAPICalled:
			b.complain("console: %s", e.Type)
		case *log.EventEntryAdded:
			b.complain("log: %s %s", e.Entry.Text, e.Entry.URL)
		case *page.EventJavascriptDialogOpening:
			b.complain("dialog: %s", e.Message)
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "file://"+path) && e.Request.URL != "about:blank" {
				b.complain("request: %s", e.Request.URL)
			}
		}
	}))
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	b.Visit(fragment)
	t.Cleanup(func() { require.Empty(t, b.Complaints()) })
	return b
}

// Visit loads the page at a fragment.
func (b *Tab) Visit(fragment string) {
	b.Helper()
	b.Do(chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+b.path+fragment))
	b.Waits(`document.getElementById("found")?.textContent`)
}

// Do does steps, of which none may take long.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx := b.ctx
	if chromedp.FromContext(ctx).Target != nil { // or the tab would close with this context
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
		defer cancel()
	}
	require.NoError(b, chromedp.Do(ctx, steps...))
}

// call is a command of the browser's protocol.
func call[P, R any](b *Tab, command cdp.Command[P, R], params P) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, command, params)
	require.NoError(b, err)
}

// Eval is the value of an expression, or of what it promises.
func Eval[T any](b *Tab, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(b, err, expression)
	return v
}

// seconds are a bound of waiting, not a measure: the machine may be busy.
const seconds = 60

// Waits waits until an expression holds.
func (b *Tab) Waits(expression string) {
	b.Helper()
	require.True(b, Eval[bool](b, fmt.Sprintf(`new Promise(done => {
		const end = performance.now() + %d000;
		const look = () => (%s) ? done(true) : performance.now() > end ? done(false) : setTimeout(look, 5);
		look();
	})`, seconds, expression)), "after %d s: %s\nat %s", seconds, expression, Eval[string](b, "location.hash"))
}

// Text is what a reader sees of an element.
func (b *Tab) Text(selector string) string {
	b.Helper()
	return Eval[string](b, fmt.Sprintf(`document.querySelector(%q).innerText`, selector))
}

// Shows waits for the list to say so many cases.
func (b *Tab) Shows(n int) {
	b.Helper()
	b.Waits(fmt.Sprintf(`document.getElementById("found")?.textContent.startsWith("%d of ")`, n))
}

// At waits for the view that the address holds.
func (b *Tab) At(view string) {
	b.Helper()
	values, err := url.ParseQuery(view)
	require.NoError(b, err)
	var all []string
	for name := range values {
		all = append(all, fmt.Sprintf(` && p.get(%q) === %q`, name, values.Get(name)))
	}
	b.Waits(
		fmt.Sprintf(
			`(p => p.size === %d%s)(new URLSearchParams(location.hash.slice(1)))`,
			len(values), strings.Join(all, ""),
		),
	)
}

// Press presses keys.
func (b *Tab) Press(keys ...string) {
	b.Helper()
	for _, k := range keys {
		b.Do(chromedp.KeyEvent(k))
	}
}

// Focused waits for the focus to be on what has this data-key or id.
func (b *Tab) Focused(name string) {
	b.Helper()
	b.Waits(fmt.Sprintf(`[document.activeElement.dataset.key, document.activeElement.id].includes(%q)`, name))
}

// Click clicks on an element, in the middle of the screen, once it is where it was a frame ago and nothing covers it: a
// row has no height of its own before it comes into view, and moves what stands below. A busy browser may lose a click,
// between its press and its release; whoever clicks does so again.
func (b *Tab) Click(selector string) {
	b.Helper()
	rests := fmt.Sprintf(`new Promise(done => {
		const end = performance.now() + %d000;
		let before;
		const look = () => {
			const e = document.querySelector(%q);
			e?.scrollIntoView({ block: "center" });
			const at = e?.getClientRects()[0];
			if (at && at.x === before?.x && at.y === before.y &&
				e.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2))) {
				heard = false;
				e.addEventListener("click", () => { heard = true; }, { capture: true, once: true });
				return done(true);
			}
			if (performance.now() > end) return done(false);
			before = at;
			requestAnimationFrame(look);
		};
		look();
	})`, seconds, selector)
	for range 10 {
		require.True(b, Eval[bool](b, rests), "after %d s: %s does not rest, or is covered", seconds, selector)
		b.Do(chromedp.Click(chromedp.CSS(selector)))
		if Eval[bool](b, `globalThis.heard !== false`) { // of another page there is no such thing
			return
		}
	}
	require.Fail(b, "ten clicks, and "+selector+" hears none of them")
}

// Back goes to the view before.
func (b *Tab) Back() {
	b.Helper()
	Eval[chromedp.Void](b, `history.back()`)
}

// Media emulates a medium, and features of one.
func (b *Tab) Media(medium string, features ...*emulation.MediaFeature) {
	b.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium, Features: features})
}

// Picture leaves a picture of the whole page with the test's artifacts.
func (b *Tab) Picture(name string) {
	b.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(filepath.Join(b.ArtifactDir(), name+".png"), png, 0o644))
}

// Slash presses that key. The browser's protocol would type it as well, whatever the page makes of it.
func (b *Tab) Slash() {
	b.Helper()
	Eval[chromedp.Void](
		b,
		`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }))`,
	)
}

//go:embed axe/axe.min.js
var axe string

// Accessible holds the page, as it is now, against the rules of axe-core.
func (b *Tab) Accessible(what string) {
	b.Helper()
	if !Eval[bool](b, `"axe" in window`) {
		Eval[chromedp.Void](b, axe+";undefined")
	}
	require.Empty(
		b,
		Eval[[]string](b, `axe.run(document, { resultTypes: ["violations"] }).then(r => r.violations.flatMap(v =>
		v.nodes.map(n => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary)))`),
		what,
	)
}

// Fits holds that the page, as it is now, is no wider than the screen, and that nothing on it is scrolled sideways.
func (b *Tab) Fits(what string) {
	b.Helper()
	const wide = `[document.documentElement, ...document.body.querySelectorAll("*")]
		.filter(e => e.scrollWidth > e.clientWidth + 1 && (e === document.documentElement ||
			["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.clientWidth > 1))
		.map(e => e.tagName + "#" + e.id + "." + e.className + " " + e.scrollWidth + " > " + e.clientWidth)`
	require.Empty(b, Eval[[]string](b, wide), what)
}
