package terminal

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver/registry"
	"github.com/mongotls/mongotls/harness/evidence"
)

// A command is one that a shell takes, whatever is in it, and shows the way to a host that only the harness knows.
func TestHints(t *testing.T) {
	const name, loopback = "-servername db.example.test -verify_hostname db.example.test", "127.0.0.1:40001"
	for what, row := range map[string]struct {
		request         evidence.Request
		driver, addr    string
		openssl, driven string
		notes           []string
	}{
		"plain": {evidence.Request{URI: "mongodb://localhost:40001/?tls=true"}, "mongosh", "",
			"openssl s_client -connect localhost:40001 -servername localhost -verify_hostname localhost -verify_return_error </dev/null",
			"mongosh 'mongodb://localhost:40001/?tls=true' --eval 'db.runCommand({ping: 1})'", nil},
		"files with blanks, and a password": {evidence.Request{URI: "mongodb://u:p@127.0.0.1:40001/?tlsCAFile=%2Fa%20b%2Fca.pem&tlsCertificateKeyFile=/k.pem&tlsCertificateKeyFilePassword=it's"},
			"pymongo", "", `openssl s_client -connect 127.0.0.1:40001 -verify_ip 127.0.0.1 -CAfile '/a b/ca.pem' -cert /k.pem -key /k.pem -pass 'pass:it'\''s' -verify_return_error </dev/null`,
			`python3 -c 'import pymongo, sys; print(pymongo.MongoClient(sys.argv[1]).admin.command("ping"))' 'mongodb://u:p@127.0.0.1:40001/?tlsCAFile=%2Fa%20b%2Fca.pem&tlsCertificateKeyFile=/k.pem&tlsCertificateKeyFilePassword=it'\''s'`, nil},
		"a name of the harness, options in code": {evidence.Request{
			URI: "mongodb://db.example.test:40001/", Dial: "127.0.0.1", Code: map[string]string{"tlsCAFile": "/ca.pem"},
		}, "mongosh", "",
			"openssl s_client -connect " + loopback + " " + name + " -CAfile /ca.pem -verify_return_error </dev/null",
			"mongosh mongodb://db.example.test:40001/ --eval 'db.runCommand({ping: 1})'",
			[]string{"the option tlsCAFile is given in code: /ca.pem", `for the driver to come here by the name db.example.test, put "127.0.0.1 db.example.test" into /etc/hosts`}},
		"IPv6": {evidence.Request{URI: "mongodb://[::1]:40001"}, "mongosh", "", "openssl s_client -connect '[::1]:40001' -verify_ip ::1 -verify_return_error </dev/null",
			"mongosh 'mongodb://[::1]:40001' --eval 'db.runCommand({ping: 1})'", nil},
		"SRV": {evidence.Request{URI: "mongodb+srv://db.example.test/?x=1", Isolated: true}, "mongosh", loopback,
			"openssl s_client -connect " + loopback + " " + name + " -verify_return_error </dev/null",
			"mongosh 'mongodb+srv://db.example.test/?x=1' --eval 'db.runCommand({ping: 1})'",
			[]string{"the driver resolves names, and trusts the authorities of the system, as the harness has them: only the replay does"}},
	} {
		var notes []string
		said := map[string]string{}
		for _, h := range ByHand(row.request, row.driver, row.addr) {
			if h.Label == "note" {
				notes = append(notes, h.Text)
			} else {
				said[h.Label] = h.Text
			}
		}
		require.Equal(t, map[string]string{"openssl": row.openssl, "driver": row.driven}, said, what)
		require.Equal(t, row.notes, notes, what)
	}
	for _, uri := range []string{"", "mongodb://", "mongodb://a:b:c/?x=%zz", "://@/?;"} { // whatever a row writes
		require.NotPanics(t, func() { ByHand(evidence.Request{URI: uri}, "node", "") })
	}
}

// Every driver that has a line of its own is shown with it; one that has none, or that nobody knows, with no other's.
func TestHintsOfEveryDriver(t *testing.T) {
	all := map[string]string{}
	request := evidence.Request{URI: "mongodb://localhost:1/"}
	for _, h := range ByHand(request, "", "") {
		all[h.Label] = h.Text
	}
	for _, name := range append(registry.Names(), "an adapter's") {
		row, _ := registry.Find(name)
		line, has := all[name]
		require.Equal(t, row.OneLiner != "", has, name)
		hints := ByHand(request, name, "")
		if !has {
			require.Len(t, hints, 1, name)
			require.Equal(t, "openssl", hints[0].Label, name)
			continue
		}
		require.Contains(t, line, request.URI)
		require.Equal(t, []Hint{hints[0], {"driver", line}}, hints, name)
	}
}
