package reports

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func written(t *testing.T, r Report) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(&b, r))
	return b.Bytes()
}

// sample has every verdict, every field, a self-check, a case of the column "disabled" and hostile texts.
func sample() Report {
	user := "CN=client,OU=clients,O=mongotls"
	authority := Certificate{
		Subject: "CN=ca,O=mongotls", Issuer: "CN=ca,O=mongotls", Serial: "40f1e2d3c4b5a69788796a5b4c3d2e1f",
		NotBefore: "2025-12-31T03:04:05Z", NotAfter: "2035-12-31T03:04:05Z", Key: "ECDSA P-256", Signature: "ECDSA-SHA256",
		KeyUsage: []string{"keyCertSign", "cRLSign"}, CA: true,
	}
	leaf := Certificate{
		Subject: "CN=<script>alert(1)</script>,O=\u202egnp", Issuer: authority.Subject, Serial: "41f1e2d3c4b5a69788796a5b4c3d2e1f",
		NotBefore: "2026-01-01T03:04:05Z", NotAfter: "2027-01-02T03:04:05Z", Names: []string{"DNS localhost", "IP 127.0.0.1"},
		Key: "ECDSA P-256", Signature: "ECDSA-SHA256", KeyUsage: []string{"digitalSignature"},
		ExtKeyUsage: []string{"serverAuth", "clientAuth"}, OCSP: []string{"http://127.0.0.1:8888/c1"}, MustStaple: true,
		Critical: []string{"1.2.3.4.5"},
	}
	connected := Attempt{
		Request: evidence.Request{
			URI:      "mongodb://localhost:40001/?tls=true&tlsCAFile=%2Ftmp%2Fmongotls-1%2Fca.pem",
			Commands: []evidence.Command{{DB: "admin", JSON: `{"ping":1}`}}, LimitMS: 5000,
		},
		Answer: evidence.Answer{
			OK: true, Stopped: "returned", Replies: []string{`{"ok":1.0}`}, ElapsedMS: 12, CloseMS: 1,
			Events: []evidence.Event{{Kind: "heartbeat-succeeded", AtMS: 7}, {Kind: "connection-created", Text: "localhost:40001[-5]", AtMS: 8}},
		},
		Server: evidence.Seen{
			Connections: []evidence.Connection{
				{ID: 1, Remote: "127.0.0.1:50001", Hello: &evidence.Hello{SNI: "localhost", Versions: []string{"1.3", "1.2"}, OCSP: true}, TLS: "1.3", Stapled: true, Commands: []evidence.CommandSeen{{Name: "hello", DB: "admin"}, {Name: "hello", DB: "admin"}}},
				{ID: 2, Remote: "127.0.0.1:50002", Hello: &evidence.Hello{SNI: "localhost", Versions: []string{"1.3", "1.2"}, OCSP: true}, TLS: "1.3", Peer: user, Issuer: "CN=ca,O=mongotls", Commands: []evidence.CommandSeen{{Name: "hello", DB: "admin", Speculative: "accepted"}, {Name: "authenticate", DB: "$external", User: &user}, {Name: "ping", DB: "admin"}}},
				{ID: 3, Remote: "127.0.0.1:50003"},
			},
			Log:          []string{`{"t":{"$date":"2026-01-02T03:04:05.678+00:00"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"127.0.0.1:50001","connectionId":1,"connectionCount":1}}`},
			OCSPRequests: 2, DNS: []string{"AAAA localhost.", "A localhost."},
		},
		Certificates: Certificates{Server: []Certificate{leaf, authority}, Client: []Certificate{{
			Subject: user, Issuer: authority.Subject, Serial: "2a", NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter,
			Key: "RSA 2048", Signature: "SHA256-RSA", ExtKeyUsage: []string{"clientAuth"},
		}}},
	}
	refused := Attempt{
		Request: evidence.Request{
			URI:  "mongodb://app:hunter2@127.0.0.1:40002/?tls=true&tlsCertificateKeyFilePassword=hunter3",
			Code: map[string]string{"tlsMinVersion": "1.2", "tlsCertificateKeyFilePassword": "hunter4"}, Dial: "127.0.0.1", Isolated: true,
			Commands: []evidence.Command{{DB: "admin", JSON: `{"createUser":"app","pwd":"hunter5"}`}, {DB: "test", JSON: `{"find":"c"}`}}, LimitMS: 5000,
		},
		Answer: evidence.Answer{
			Stage: "command", Command: 1, Stopped: "all-servers-failed", ElapsedMS: 31, CloseMS: 2,
			Error: &evidence.Error{
				Reason: "server-refused", Text: "read tcp 127.0.0.1:50004->127.0.0.1:40002: \x00\x1b[31m<script>alert(1)</script> ]]> & \"x\"",
				Surface: "connection(127.0.0.1:40002[-7]) failed after 31.5ms", Chain: []string{"mongo.CommandError", "driver.Error"},
				Code: 13, CodeName: "Unauthorized", Labels: []string{"RetryableError", "NetworkError"}, Network: true, Timeout: true,
			},
			Warnings: []string{"cannot parse mongodb://app:hunter2@127.0.0.1:40002/ here"},
			Events:   []evidence.Event{{Kind: "heartbeat-failed", Text: "EOF", AtMS: 30}},
		},
		Server: evidence.Seen{
			Connections: []evidence.Connection{
				{ID: 4, Remote: "127.0.0.1:50004", Hello: &evidence.Hello{Versions: []string{"1.2"}}, HandshakeError: "remote error: tls: bad certificate", Cause: "bad-client-cert", Text: "SSL peer certificate validation failed", Silent: true},
				{ID: 5, Remote: "127.0.0.1:50005", Clear: true, Commands: []evidence.CommandSeen{{Name: "find", DB: "test", Code: 13, CodeName: "Unauthorized", Error: "not authorized"}}},
			},
			Open: 1,
		},
		Fault: "the record was late",
	}
	of := func(area, name, mode, verdict string, a ...Attempt) Case {
		name = area + "/" + name
		return Case{
			ID: name + "/" + mode, Area: area, Name: name, Mode: mode, Verdict: verdict, Subject: SubjectDriver, Says: "A driver does what " + name + " says.",
			Because: "RFC 6125, section 6.4", Claims: []string{"M9", "L6"}, Expectation: "It connects over TLS.",
			Replay: "mongotls run '" + name + "/" + mode + "' --seed 7", Attempts: a,
		}
	}
	twin := of("name", "ip-in-san", "requireTLS", Conforms, connected)
	violates := of("name", "ip-not-in-san", "requireTLS", Violates, refused)
	violates.Twin, violates.Reason, violates.Variant = twin.ID, "server-refused", "ipv4"
	violates.Why = "The driver said server-refused after 31 ms, which is not name-mismatch."
	known := of("name", "wildcard", "requireTLS", Known, refused)
	known.Twin, known.Reason, known.Known = twin.ID, "server-refused", "wildcards are not matched (GODRIVER-1)"
	unsupported := of("ocsp", "crl", "preferTLS", Unsupported)
	unsupported.Why = "The driver refuses tlsCRLFile."
	inconclusive := of("ocsp", "revoked", "preferTLS", Inconclusive, refused, refused)
	inconclusive.Reason, inconclusive.Why = "timeout", "A time-out that the scenario did not stage."
	characterised := of("ocsp", "soft-fail", "preferTLS", Characterised, connected)
	characterised.Why = "It connects."
	selfCheck := of("name", "create-user", "requireTLS", Conforms, connected)
	selfCheck.Subject = SubjectServer
	disabled := of("name", "ip-in-san", "disabled", Conforms, connected)
	disabled.DerivedDisabled = true
	return Report{
		Schema: Schema,
		Tool:   Tool{"mongotls", "v0.1.0"}, Started: "2026-01-02T03:04:05Z", DurationMS: 1234, Seed: 1<<63 + 1,
		Driver:    Driver{Name: "go", Version: "v2.9.3", Build: "go1.26.0 linux/amd64", TLS: "crypto/tls", Lacks: map[string]string{"tlsCRLFile": "ignored"}},
		Backend:   Backend{Name: Embedded, Version: "4.4.5"},
		Selection: Selection{[]string{"**"}, []string{"rot/**"}, []string{"requireTLS"}},
		Cases:     []Case{violates, unsupported, characterised, known, selfCheck, inconclusive, disabled, twin},
		Areas:     []string{"ocsp", "name"},
		Known: []KnownEntry{{"name/wildcard/*", "wildcards are not matched", "GODRIVER-1", 1, ""},
			{"ocsp/crl", "lists are not read", "GODRIVER-2", 0, "no case that it speaks of is judged: remove or mend it"}},
		Claims:    []Claim{{"M9", "Mongoose", "the name must be one the certificate carries"}, {"L6", "mLab", "names work, addresses fail"}},
		Findings:  []Finding{{"tlsCRLFile", "silently ignored"}},
		Documents: []Document{{[]string{"M9"}, twin.ID, "It says the opposite."}},
		Faults:    []string{"the DNS fixture on 127.0.0.1:5353 went away"}, Interrupted: true,
	}
}
