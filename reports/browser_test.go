package reports

import (
	"context"
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

// browser starts one for a test, and leaves neither process nor profile.
func browser(t *testing.T) context.Context {
	t.Helper()
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	// Some systems let no unprivileged process build the sandbox; the pages are ours.
	allocator, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.DisableGPU, chromedp.NoSandbox)...)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		closeBrowser()
		stop() // and waits
		left, err := filepath.Glob(filepath.Join(temp, "chromedp-runner*"))
		require.NoError(t, err)
		require.Empty(t, left)
	})
	if err := chromedp.Do(ctx); errors.Is(err, exec.ErrNotFound) {
		required.OrSkip(t, "browser", "no Chromium found, so the page is not tested")
	} else {
		require.NoError(t, err)
	}
	return ctx
}

// A tab shows one page, and fails its test for an uncaught error, a complaint of the console, a dialog, and any request but
// the one for the page itself.
type tab struct {
	*testing.T
	ctx  context.Context
	path string

	mu   sync.Mutex
	said []string
}

func (b *tab) complain(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = append(b.said, fmt.Sprintf(format, args...))
}

// complaints are those since they were last asked for.
func (b *tab) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	said := b.said
	b.said = nil
	return said
}

// open shows a page in a tab of its own, at a fragment, on a screen of this size.
func open(t *testing.T, browser context.Context, content []byte, fragment string, width, height int64) *tab {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	ctx, closeTab := chromedp.NewContext(browser)
	t.Cleanup(closeTab)
	b := &tab{T: t, ctx: ctx, path: path}
	b.do(chromedp.EmulateViewport(width, height))
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
	b.visit(fragment)
	t.Cleanup(func() { require.Empty(t, b.complaints()) })
	return b
}

// visit loads the page at a fragment.
func (b *tab) visit(fragment string) {
	b.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+b.path+fragment))
	b.waits(`document.getElementById("found")?.textContent`)
}

// do does steps, of which none may take long.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx := b.ctx
	if chromedp.FromContext(ctx).Target != nil { // or the tab would close with this context
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Minute)
		defer cancel()
	}
	require.NoError(b, chromedp.Do(ctx, steps...))
}

// call is a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, command, params)
	require.NoError(b, err)
}

// eval is the value of an expression, or of what it promises.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(b, err, expression)
	return v
}

// waits until an expression holds.
func (b *tab) waits(expression string) {
	b.Helper()
	const seconds = 10
	require.True(b, eval[bool](b, fmt.Sprintf(`new Promise(done => {
		const end = performance.now() + %d000;
		const look = () => (%s) ? done(true) : performance.now() > end ? done(false) : setTimeout(look, 5);
		look();
	})`, seconds, expression)), "after %d s: %s\nat %s", seconds, expression, eval[string](b, "location.hash"))
}

func (b *tab) text(selector string) string {
	b.Helper()
	return eval[string](b, fmt.Sprintf(`document.querySelector(%q).innerText`, selector))
}

// shows waits for the list to say so many cases.
func (b *tab) shows(n int) {
	b.Helper()
	b.waits(fmt.Sprintf(`document.getElementById("found")?.textContent.startsWith("%d of ")`, n))
}

// at waits for the view that the address holds.
func (b *tab) at(view string) {
	b.Helper()
	values, err := url.ParseQuery(view)
	require.NoError(b, err)
	var all []string
	for name := range values {
		all = append(all, fmt.Sprintf(` && p.get(%q) === %q`, name, values.Get(name)))
	}
	b.waits(fmt.Sprintf(`(p => p.size === %d%s)(new URLSearchParams(location.hash.slice(1)))`, len(values), strings.Join(all, "")))
}

func (b *tab) press(keys ...string) {
	b.Helper()
	for _, k := range keys {
		b.do(chromedp.KeyEvent(k))
	}
}

// focused waits for the focus to be on what has this data-key or id.
func (b *tab) focused(name string) {
	b.Helper()
	b.waits(fmt.Sprintf(`[document.activeElement.dataset.key, document.activeElement.id].includes(%q)`, name))
}

func (b *tab) click(selector string) {
	b.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

func (b *tab) back() {
	b.Helper()
	eval[chromedp.Void](b, `history.back()`)
}

func (b *tab) media(medium string, features ...*emulation.MediaFeature) {
	b.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium, Features: features})
}

// picture leaves a picture of the whole page with the test's artifacts.
func (b *tab) picture(name string) {
	b.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(filepath.Join(b.ArtifactDir(), name+".png"), png, 0o644))
}
