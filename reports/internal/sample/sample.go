// Package sample has reports for the tests of those that write them.
package sample

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/form"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Golden compares got with a file of testdata.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// Files are the names of what a directory holds, in order.
func Files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Report has every verdict, every field, a self-check, a case of the column "disabled" and hostile texts.
func Report() reports.Report {
	user := "CN=client,OU=clients,O=mongotls"
	authority := reports.Certificate{
		Subject:   "CN=ca,O=mongotls",
		Issuer:    "CN=ca,O=mongotls",
		Serial:    "40f1e2d3c4b5a69788796a5b4c3d2e1f",
		NotBefore: "2025-12-31T03:04:05Z",
		NotAfter:  "2035-12-31T03:04:05Z",
		Key:       "ECDSA P-256",
		Signature: "ECDSA-SHA256",
		KeyUsage:  []string{"keyCertSign", "cRLSign"},
		CA:        true,
	}
	leaf := reports.Certificate{
		Subject:     "CN=<script>alert(1)</script>,O=\u202egnp",
		Issuer:      authority.Subject,
		Serial:      "41f1e2d3c4b5a69788796a5b4c3d2e1f",
		NotBefore:   "2026-01-01T03:04:05Z",
		NotAfter:    "2027-01-02T03:04:05Z",
		Names:       []string{"DNS localhost", "IP 127.0.0.1"},
		Key:         "ECDSA P-256",
		Signature:   "ECDSA-SHA256",
		KeyUsage:    []string{"digitalSignature"},
		ExtKeyUsage: []string{"serverAuth", "clientAuth"},
		OCSP:        []string{"http://127.0.0.1:8888/c1"},
		MustStaple:  true,
		Critical:    []string{"1.2.3.4.5"},
	}
	connected := reports.Attempt{
		Request: evidence.Request{
			URI:      "mongodb://localhost:40001/?tls=true&tlsCAFile=%2Ftmp%2Fmongotls-1%2Fca.pem",
			Commands: []evidence.Command{{DB: "admin", JSON: `{"ping":1}`}}, LimitMS: 5000,
		},
		Answer: evidence.Answer{
			OK:        true,
			Stopped:   "returned",
			Replies:   []string{`{"ok":1.0}`},
			ElapsedMS: 12,
			CloseMS:   1,
			Events: []evidence.Event{
				{Kind: "heartbeat-succeeded", AtMS: 7},
				{Kind: "connection-created", Text: "localhost:40001[-5]", AtMS: 8},
			},
		},
		Server: evidence.Seen{
			Connections: []evidence.Connection{
				{
					ID:       1,
					Remote:   "127.0.0.1:50001",
					Hello:    &evidence.Hello{SNI: "localhost", Versions: []string{"1.3", "1.2"}, OCSP: true},
					TLS:      "1.3",
					Stapled:  true,
					Commands: []evidence.CommandSeen{{Name: "hello", DB: "admin"}, {Name: "hello", DB: "admin"}},
				},
				{
					ID:     2,
					Remote: "127.0.0.1:50002",
					Hello:  &evidence.Hello{SNI: "localhost", Versions: []string{"1.3", "1.2"}, OCSP: true},
					TLS:    "1.3",
					Peer:   user,
					Issuer: "CN=ca,O=mongotls",
					Commands: []evidence.CommandSeen{
						{Name: "hello", DB: "admin", Speculative: "accepted"},
						{Name: "authenticate", DB: "$external", User: &user},
						{Name: "ping", DB: "admin"},
					},
				},
				{ID: 3, Remote: "127.0.0.1:50003"},
			},
			Log: []string{
				`{"t":{"$date":"2026-01-02T03:04:05.678+00:00"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"127.0.0.1:50001","connectionId":1,"connectionCount":1}}`,
			},
			OCSPRequests: 2,
			DNS:          []string{"AAAA localhost.", "A localhost."},
		},
		Certificates: reports.Certificates{
			Server: []reports.Certificate{leaf, authority},
			Client: []reports.Certificate{
				{
					Subject:     user,
					Issuer:      authority.Subject,
					Serial:      "2a",
					NotBefore:   leaf.NotBefore,
					NotAfter:    leaf.NotAfter,
					Key:         "RSA 2048",
					Signature:   "SHA256-RSA",
					ExtKeyUsage: []string{"clientAuth"},
				},
			},
		},
	}
	refused := reports.Attempt{
		Request: evidence.Request{
			URI: "mongodb://app:hunter2@127.0.0.1:40002/?tls=true&tlsCertificateKeyFilePassword=hunter3",
			Code: map[string]string{
				"tlsMinVersion": "1.2", "tlsCertificateKeyFilePassword": "hunter4",
			},
			Dial:     "127.0.0.1",
			Isolated: true,
			Commands: []evidence.Command{
				{DB: "admin", JSON: `{"createUser":"app","pwd":"hunter5"}`},
				{DB: "test", JSON: `{"find":"c"}`},
			},
			LimitMS: 5000,
		},
		Answer: evidence.Answer{
			Stage: "command", Command: 1, Stopped: "all-servers-failed", ElapsedMS: 31, CloseMS: 2,
			Error: &evidence.Error{
				Reason:   "server-refused",
				Text:     "read tcp 127.0.0.1:50004->127.0.0.1:40002: \x00\x1b[31m<script>alert(1)</script> ]]> & \"x\"",
				Surface:  "connection(127.0.0.1:40002[-7]) failed after 31.5ms",
				Chain:    []string{"mongo.CommandError", "driver.Error"},
				Code:     13,
				CodeName: "Unauthorized",
				Labels:   []string{"RetryableError", "NetworkError"},
				Network:  true,
				Timeout:  true,
			},
			Warnings: []string{"cannot parse mongodb://app:hunter2@127.0.0.1:40002/ here"},
			Events:   []evidence.Event{{Kind: "heartbeat-failed", Text: "EOF", AtMS: 30}},
		},
		Server: evidence.Seen{
			Connections: []evidence.Connection{
				{
					ID:             4,
					Remote:         "127.0.0.1:50004",
					Hello:          &evidence.Hello{Versions: []string{"1.2"}},
					HandshakeError: "remote error: tls: bad certificate",
					Cause:          "bad-client-cert",
					Text:           "SSL peer certificate validation failed",
					Silent:         true,
				},
				{
					ID:     5,
					Remote: "127.0.0.1:50005",
					Clear:  true,
					Commands: []evidence.CommandSeen{
						{Name: "find", DB: "test", Code: 13, CodeName: "Unauthorized", Error: "not authorized"},
					},
				},
			},
			Open: 1,
		},
		Fault: "the record was late",
	}
	of := func(area, name, mode, verdict string, a ...reports.Attempt) reports.Case {
		name = area + "/" + name
		return reports.Case{
			ID:          name + "/" + mode,
			Area:        area,
			Name:        name,
			Mode:        mode,
			Verdict:     verdict,
			Subject:     reports.SubjectDriver,
			Says:        "A driver does what " + name + " says.",
			Because:     "RFC 6125, section 6.4",
			Claims:      []string{"M9", "L6"},
			Expectation: "It connects over TLS.",
			Expects:     map[string]any{"Outcome": "connects over TLS", "Hides": []any{"sha256:0123456789ab"}, "Tries": 2.0},
			Replay:      "mongotls run '" + name + "/" + mode + "' --seed 7",
			Attempts:    a,
		}
	}
	twin := of("name", "ip-in-san", "requireTLS", reports.Conforms, connected)
	violates := of("name", "ip-not-in-san", "requireTLS", reports.Violates, refused)
	violates.Twin, violates.Reason, violates.Variant = twin.ID, "server-refused", "ipv4"
	violates.Repeat, violates.Afresh = reports.Violates, reports.Conforms
	violates.Why = "The driver said server-refused after 31 ms, which is not name-mismatch."
	known := of("name", "wildcard", "requireTLS", reports.Known, refused)
	known.Twin, known.Reason, known.Known = twin.ID, "server-refused", "wildcards are not matched (GODRIVER-1)"
	unsupported := of("ocsp", "crl", "preferTLS", reports.Unsupported)
	unsupported.Why = "The driver refuses tlsCRLFile."
	inconclusive := of("ocsp", "revoked", "preferTLS", reports.Inconclusive, refused, refused)
	inconclusive.Reason, inconclusive.Why = "timeout", "A time-out that the scenario did not stage."
	characterised := of("ocsp", "soft-fail", "preferTLS", reports.Characterised, connected)
	characterised.Why = "It connects."
	selfCheck := of("name", "create-user", "requireTLS", reports.Conforms, connected)
	selfCheck.Subject = reports.SubjectServer
	disabled := of("name", "ip-in-san", "disabled", reports.Conforms, connected)
	disabled.DerivedDisabled = true
	return reports.Report{
		Schema: reports.Schema,
		Tool: reports.Tool{
			Name:    "mongotls",
			Version: "v0.1.0",
		},
		Started:    "2026-01-02T03:04:05Z",
		DurationMS: 1234,
		Seed:       1<<63 + 1,
		Driver: reports.Driver{
			Name:    "go",
			Version: "v2.9.3",
			Build:   "go1.26.0 linux/amd64",
			TLS:     "crypto/tls",
			Lacks:   map[string]string{"tlsCRLFile": "ignored"},
		},
		Backend:   reports.Backend{Name: reports.Embedded, Version: "4.4.5"},
		Selection: reports.Selection{Run: []string{"**"}, Skip: []string{"rot/**"}, Modes: []string{"requireTLS"}},
		Cases:     []reports.Case{violates, unsupported, characterised, known, selfCheck, inconclusive, disabled, twin},
		Areas:     []string{"ocsp", "name"},
		Known: []reports.KnownEntry{
			{ID: "name/wildcard/*", Reason: "wildcards are not matched", Reference: "GODRIVER-1", Matched: 1},
			{
				ID:        "ocsp/crl",
				Reason:    "lists are not read",
				Reference: "GODRIVER-2",
				Stale:     "no case that it speaks of is judged: remove or mend it",
			},
		},
		Claims: []reports.Claim{
			{ID: "M9", Document: "Mongoose", Text: "the name must be one the certificate carries"},
			{ID: "L6", Document: "mLab", Text: "names work, addresses fail"},
		},
		Findings: []reports.Finding{{Name: "tlsCRLFile", Text: "silently ignored"}},
		Deployment: []reports.Member{{Host: "db1.example.com:27017", Case: "name/ip-in-san/requireTLS",
			Says:  []string{"MongoDB 4.4.5, in no replica set", "its certificate is CN=<b>db1</b>"},
			Chain: []reports.Certificate{leaf}}},
		Documents:   []reports.Document{{Claims: []string{"M9"}, Case: twin.ID, Text: "It says the opposite."}},
		Faults:      []string{"the DNS fixture on 127.0.0.1:5353 went away"},
		Interrupted: true,
	}
}

// Again is a second run of the same seed: later, slower, on other ports, with more heartbeats, in another order.
func Again() reports.Report {
	r := Report()
	r.Started, r.DurationMS = "2027-05-06T07:08:09Z", 99
	slices.Reverse(r.Cases)
	r.Faults = []string{"the DNS fixture on 127.0.0.1:5454 went away"}
	for i := range r.Cases {
		c := &r.Cases[i]
		for j := range c.Attempts {
			a := &c.Attempts[j]
			a.Answer.ElapsedMS, a.Answer.CloseMS = 77, 78
			slices.Reverse(a.Answer.Events)
			a.Answer.Events = append(a.Answer.Events, a.Answer.Events[0])
			a.Answer.Events[0].AtMS = 1000
			slices.Reverse(a.Server.Connections)
			slices.Reverse(a.Server.DNS)
			extra := a.Server.Connections[len(a.Server.Connections)-1]
			extra.ID, extra.Remote = 12, "127.0.0.1:60000"
			a.Server.Connections = append(a.Server.Connections, extra)
			a.Server.OCSPRequests *= 2
			for k := range a.Certificates.Server {
				leaf := &a.Certificates.Server[k]
				leaf.NotBefore, leaf.NotAfter = "2027-05-05T07:08:09Z", "2028-05-06T07:08:09Z"
				leaf.Serial = "66f1e2d3c4b5a69788796a5b4c3d2e1f"
				for l := range leaf.OCSP {
					leaf.OCSP[l] = "http://127.0.0.1:9999/c1"
				}
			}
			for k := range a.Server.Log {
				a.Server.Log[k] = `{"t":{"$date":"2027-05-06T07:08:09.001+02:00"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"127.0.0.1:60001","connectionId":31,"connectionCount":4}}`
			}
			if a.Answer.OK {
				a.Request.URI = "mongodb://localhost:41111/?tls=true&tlsCAFile=%2Fvar%2Ffolders%2Fzz%2FT%2Fmongotls-22%2Fca.pem"
				a.Answer.Events[0], a.Answer.Events[1] = evidence.Event{
					Kind: evidence.ConnectionCreated,
					Text: "localhost:41111[-9]",
					AtMS: 3,
				}, evidence.Event{
					Kind: evidence.HeartbeatSucceeded,
					AtMS: 4,
				}
				a.Server.Connections = append(
					a.Server.Connections,
					evidence.Connection{Hello: &evidence.Hello{SNI: "localhost"}, TLS: "1.3", HandshakeError: "EOF"},
				)
			} else {
				slices.Reverse(a.Answer.Error.Labels)
				a.Answer.Error.Surface = "connection(127.0.0.1:49999[-8]) failed after 1m2.5s"
			}
		}
	}
	return r
}

// Said is the sample with a text in every place that a witness or a table can fill.
func Said(text string) reports.Report {
	r := form.MapTexts(Report(), func(s string) string { return text + " " + s + " " + text })
	for i, c := range Report().Cases {
		r.Cases[i].Verdict, r.Cases[i].Subject, r.Cases[i].Area, r.Cases[i].Mode = c.Verdict, c.Subject, c.Area+text, c.Mode
	}
	return r
}

// Hostile are texts that mean something in one of the forms, or look as if they were others.
var Hostile = []string{
	"</code></summary></details><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "<![CDATA[",
	"<details>", "| a | b |",
	"` `` ``` ````",
	"```\n# heading\n",
	"~~~", "**bold** _it_ ~~s~~",
	"[x](https://example.test) ![x](y)",
	"[x]: /y",
	"https://example.test www.example.test a@example.test",
	"\n\n# heading\n\n- item\n\n> quote\n", "\n---\n", "\\", "&lt;script&gt;", "\u202egnp.exe\u2069", "\x00\x1b[31m",
	"\r\n\r\n<b>", "\u2028", "$x$", "\t\n    code", "- x", "1. x", "+", "===", "---",
}

// Accepted is a case that connects over TLS.
func Accepted(id string) reports.Case {
	c := blank(id)
	c.Attempts = []reports.Attempt{
		{
			Request: evidence.Request{
				URI:      "mongodb://localhost:40001/?tls=true",
				Commands: []evidence.Command{{DB: "admin", JSON: `{"ping":1}`}},
				LimitMS:  10_000,
			},
			Answer: evidence.Answer{
				OK:        true,
				Stopped:   "returned",
				Replies:   []string{`{"ok":1.0}`},
				ElapsedMS: 12,
				Events: []evidence.Event{
					{Kind: "heartbeat-succeeded", AtMS: 7},
					{Kind: "connection-closed", Text: "poolClosed: it was closed"},
				},
			},
			Server: evidence.Seen{
				Connections: []evidence.Connection{
					{
						ID:       1,
						Remote:   "127.0.0.1:50001",
						Hello:    &evidence.Hello{SNI: "localhost", Versions: []string{"1.3", "1.2"}, OCSP: true},
						TLS:      "1.3",
						Commands: []evidence.CommandSeen{{Name: "hello", DB: "admin"}, {Name: "ping", DB: "admin"}},
					},
				},
			},
		},
	}
	return c
}

// Refused is a case that fails in the handshake.
func Refused(id string) reports.Case {
	c := blank(id)
	c.Reason = "revoked"
	c.Attempts = []reports.Attempt{
		{
			Request: evidence.Request{
				URI:      "mongodb://localhost:40001/?tls=true",
				Commands: []evidence.Command{{DB: "admin", JSON: `{"ping":1}`}},
				LimitMS:  10_000,
			},
			Answer: evidence.Answer{
				Stage:     "connect",
				Stopped:   "all-servers-failed",
				ElapsedMS: 20,
				Error: &evidence.Error{
					Reason:  "revoked",
					Text:    "connection(localhost:40001[-5]): certificate is revoked",
					Surface: "server selection error: certificate is revoked",
					Chain:   []string{"ocsp.Error", "errors.errorString"},
					Labels:  []string{"NetworkError"},
					Network: true,
				},
				Events: []evidence.Event{{Kind: "heartbeat-failed", Text: "certificate is revoked", AtMS: 7}},
			},
			Server: evidence.Seen{
				Connections: []evidence.Connection{
					{
						ID:             1,
						Hello:          &evidence.Hello{SNI: "localhost", Versions: []string{"1.3", "1.2"}, OCSP: true},
						HandshakeError: "remote error: tls: bad certificate",
					},
				},
			},
		},
	}
	return c
}

func blank(id string) reports.Case {
	parts := strings.Split(id, "/")
	return reports.Case{
		ID:          id,
		Area:        parts[0],
		Name:        parts[0] + "/" + parts[1],
		Mode:        parts[2],
		Says:        "It must.",
		Expectation: "it does",
		Verdict:     reports.Conforms,
		Subject:     reports.SubjectDriver,
	}
}

// Of is a report of these cases, through a version of the Go driver.
func Of(version string, cases ...reports.Case) reports.Report {
	return form.MapTexts(
		reports.Report{
			Schema:  reports.Schema,
			Driver:  reports.Driver{Name: "go", Version: version},
			Backend: reports.Backend{Name: reports.Embedded, Version: "4.4.5"},
			Cases:   cases,
		},
		strings.Clone,
	)
}
