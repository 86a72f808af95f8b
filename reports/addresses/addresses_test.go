package addresses

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/reports/internal/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }

// The page lists each address with what a good client must do there, finds by words, and takes no text for anything
// else.
func TestPage(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteHTML(&b, List{Mode: "requireTLS", Files: "/tmp/x", LeftOut: []string{"2 scenarios: DNS"},
		Addresses: []Address{
			{Case: "name/mismatch/requireTLS", Area: "name", Says: "A driver must refuse <img src=x>.", Norm: true,
				Expectation: "The driver refuses.", Addr: "127.0.0.1:1", URI: "mongodb://localhost:1/",
				OpenSSL: "openssl s_client"},
			{Case: "mode/tls/requireTLS", Area: "mode", Says: "A driver must connect.", Connects: true, Norm: true,
				Addr: "127.0.0.1:2", URI: "mongodb://localhost:2/"},
			{Case: "time/odd/requireTLS", Area: "time", Says: "Nobody knows.", Addr: "127.0.0.1:3",
				URI: "mongodb://localhost:3/"},
		}}))
	require.NotContains(t, b.String(), "<img src=x>")
	tab := browser.Open(t, b.Bytes(), "", 1200, 900)
	text := tab.Text("main")
	for _, part := range []string{"127.0.0.1:1", "name/mismatch/requireTLS", "refuses", "connects", "no norm",
		"A driver must refuse <img src=x>.", "2 scenarios: DNS", "3 of 3 addresses"} {
		require.Contains(t, text, part)
	}
	tab.Accessible("the page of addresses")
	tab.Fits("the page of addresses")
	tab.Picture("addresses")
	tab.Press("/")
	browser.Eval[bool](tab, `(() => { const s = document.querySelector('input[type=search]'); s.value = 'MISMATCH name';
		s.dispatchEvent(new Event('input')); return true; })()`)
	require.Contains(t, tab.Text("main"), "1 of 3 addresses")
	require.NotContains(t, tab.Text("main"), "127.0.0.1:2")
	require.Empty(t, tab.Complaints())
}
