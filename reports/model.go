// Package reports is the result of a run as data, and its writers. The model is versioned and complete: whatever a
// writer or a comparison needs is in it, as plain text and numbers. It knows none of the types that produced it.
//
// Texts of the witnesses stand as they were, but for secrets, which no writer writes (see MaskURI). What differs
// between two runs of the same seed is volatile, and Stable masks it: the start and duration of the run, elapsed
// times, addresses' ports, connection ids, the number and order of events, of connections and of log lines; and
// inside texts timestamps, durations, ports, connection numbers, directories, UUIDs and long ids.
package reports

import "github.com/mongotls/mongotls/harness/evidence"

// Schema is the version of the model, published as docs/report.schema.json. Within a version the model only grows, by
// fields that may be missing; Load reads every report of it that was ever written.
const Schema = 1

// A Report is what one run of one driver against one back end found. Cases are ordered by id when written.
type Report struct {
	Schema      int
	Tool        Tool
	Started     string `json:",omitempty"` // RFC 3339
	DurationMS  int    `json:",omitempty"` // of the run, in milliseconds
	Seed        uint64
	Driver      Driver
	Backend     Backend
	Selection   Selection
	Interrupted bool     `json:",omitempty"` // the run was stopped: cases are missing
	Areas       []string `json:",omitempty"` // of the scenario table, in its order
	Claims      []Claim  `json:",omitempty"` // that its cases carry
	Cases       []Case   `json:",omitempty"`
	// Offers are what the ClientHellos of its cases offer, by the names that these give.
	Offers    map[string]evidence.Offer `json:",omitempty"`
	Known     []KnownEntry              `json:",omitempty"` // the entries that were due
	Findings  []Finding                 `json:",omitempty"`
	Documents []Document                `json:",omitempty"`
	Faults    []string                  `json:",omitempty"` // of the harness itself, one sentence each
	// LeftOut is what the run did not look at though it was asked to, one sentence each: an option of the user's
	// connection string that was not applied, a host that was not dialled, a file that could not be read.
	LeftOut []string `json:",omitempty"`
	// Withheld are the variables of the environment, by name, that could have changed what the driver does, and that it
	// did not get.
	Withheld []string `json:",omitempty"`
	Host     string   `json:",omitempty"` // name of the machine that ran it
	// Deployment is what was seen of the user's own, host by host.
	Deployment []Member `json:",omitempty"`
}

// A Member is a host of the user's own deployment, as it was met from outside.
type Member struct {
	Host string // host:port
	// Says is what it is, one sentence each: role and version, mode as far as it is seen, certificate and staple, versions
	// and ciphers, client certificates.
	Says  []string
	Chain []Certificate `json:",omitempty"` // that it sends, the leaf first
	Case  string        `json:",omitempty"` // id of the one in which the driver connects to it as the connection string says
}

// Tool is the program that made the report.
type Tool struct{ Name, Version string }

// Driver says which driver was tested.
type Driver struct {
	Name    string // "go"
	Version string // "v2.9.3"
	// Checkout is where a driver of the user's own lies, and its commit: "./driver at 1a2b3c4, changed".
	Checkout string `json:",omitempty"`
	Build    string `json:",omitempty"` // what else decides its behaviour: "go1.26.8 linux/amd64"
	TLS      string `json:",omitempty"` // TLS library
	// Components are what it runs on, as data.
	Components []evidence.Component `json:",omitempty"`
	// Lacks are the options and abilities that it does not have: name -> "refused", "ignored" or a reason.
	Lacks map[string]string `json:",omitempty"`
}

// Backend says where the servers came from.
type Backend struct {
	Name    string // "embedded", "container", "binary" or "external"
	Version string `json:",omitempty"` // of the server, as buildInfo says it
	Image   string `json:",omitempty"` // of containers
	Digest  string `json:",omitempty"` // of the image
	Path    string `json:",omitempty"` // of an executable
	URI     string `json:",omitempty"` // of the user's own deployment
}

// Embedded is the name of the back end whose servers are the project's own stand-in.
const Embedded = "embedded"

// Selection is what the user asked for; empty is everything.
type Selection struct {
	Run   []string `json:",omitempty"` // patterns
	Skip  []string `json:",omitempty"` // patterns
	Modes []string `json:",omitempty"`
	// Releases are those that each case was run against; empty: one, the back end's own.
	Releases []string `json:",omitempty"`
}

// A KnownEntry is an entry of the known-failure file.
type KnownEntry struct {
	ID        string // pattern of case ids
	Reason    string
	Reference string `json:",omitempty"` // issue or document
	Matched   int    // number of cases that it explained
	Stale     string `json:",omitempty"` // why the entry does not hold, for a run as a whole
	File      string `json:",omitempty"` // of the user's that it stands in; "" is the built-in list
}

// A Finding is an option that the driver silently ignores.
type Finding struct{ Name, Text string }

// A Claim is what users rely on: a statement that a public document makes.
type Claim struct{ ID, Document, Text string }

// A Document is a claim of a source document that the evidence contradicts.
type Document struct {
	Claims []string // ids
	Case   string   // id of the case that is the evidence
	Text   string
}

// Verdicts of a case.
const (
	Conforms      = string(evidence.Conforms)
	Violates      = string(evidence.Violates)
	Known         = string(evidence.Known)
	Unsupported   = string(evidence.Unsupported)
	NotRun        = string(evidence.NotRun)
	Inconclusive  = string(evidence.Inconclusive)
	Characterised = string(evidence.Characterised)
)

// Verdicts is the closed list, in the order in which reports show them.
var Verdicts = words(evidence.Verdicts)

// Marks are a short sign per verdict, so that colour is never needed to read a result.
var Marks = map[string]string{
	Conforms:      "ok",
	Violates:      "FAIL",
	Known:         "known",
	Unsupported:   "n/a",
	NotRun:        "-",
	Inconclusive:  "????",
	Characterised: "note",
}

// Modes are the values of net.tls.mode, in the order of a rolling upgrade.
var Modes = words(evidence.Modes)

// words are those of a closed list as texts, which they are in a report.
func words[T ~string](list []T) (texts []string) {
	for _, w := range list {
		texts = append(texts, string(w))
	}
	return texts
}

// Subjects of a case.
const (
	SubjectDriver = "driver"
	SubjectServer = "server"
)

// A Case is one statement in one mode, with its verdict and all the evidence for it.
type Case struct {
	ID      string // area/name[@variant]/mode[/release], unique in a report
	Area    string
	Name    string // area/name
	Variant string `json:",omitempty"`
	Mode    string // net.tls.mode
	Release string `json:",omitempty"` // series that its server imitates, where a report has several
	// Inferred: what the server does as this release comes from source and documents, and was not measured.
	Inferred bool     `json:",omitempty"`
	Says     string   // the statement, one sentence
	Because  string   `json:",omitempty"` // the clause, document or incident that demands it
	Claims   []string `json:",omitempty"`
	Subject  string   // SubjectDriver or SubjectServer
	Twin     string   `json:",omitempty"` // id of the positive control
	// Expectation is what must happen, one readable sentence.
	Expectation string
	// Expects is the same as data, by which expectations are compared. Secrets are digests in it.
	Expects map[string]any `json:",omitempty"`
	Verdict string
	Reason  evidence.Reason `json:",omitempty"` // what the driver said, in the closed vocabulary; "" is success
	Why     string          `json:",omitempty"` // one sentence: what was seen, and what it contradicts if it does
	// Repeat is what it comes to when it runs again, where it violates unexpectedly: Conforms or Violates, "" where that
	// was not tried.
	Repeat string `json:",omitempty"`
	// Afresh is what it comes to as the first client of a new process of the driver: Conforms or Violates, "" where that
	// was not tried.
	Afresh string `json:",omitempty"`
	// Outdated: it conforms, and violates because a known failure is listed for it.
	Outdated  bool   `json:",omitempty"`
	Known     string `json:",omitempty"` // reason and reference of the known-failure entry
	KnownFile string `json:",omitempty"` // see KnownEntry.File
	// Either are the reasons of that entry, "conforms" for none, if it is chance which of them the case has.
	Either []evidence.Reason `json:",omitempty"`
	// DerivedDisabled: the case belongs to the column "disabled" that is derived from the scenarios, and is no scenario.
	DerivedDisabled bool      `json:",omitempty"`
	Replay          string    `json:",omitempty"` // the command that runs it again
	Attempts        []Attempt `json:",omitempty"` // in order; the last one decided
}

// An Attempt is one request with what both witnesses say about it.
type Attempt struct {
	Request evidence.Request
	Answer  evidence.Answer
	Server  evidence.Seen
	// Certificates are what the key files hold; the witnesses say which of them were used.
	Certificates Certificates `json:",omitzero"`
	Fault        string       `json:",omitempty"` // of the harness
}

// Certificates of the two sides, the leaf first, then what follows it in the file. A mongod completes a leaf that
// stands alone from its CA file. Empty where there are none, or where they are not the harness's.
type Certificates struct {
	Server []Certificate `json:",omitempty"`
	Client []Certificate `json:",omitempty"`
}

// A Certificate of X.509, in words.
type Certificate struct {
	Subject     string   // RFC 2253, as mongod prints it
	Issuer      string   // likewise
	Serial      string   // hexadecimal
	NotBefore   string   // RFC 3339
	NotAfter    string   // RFC 3339
	Names       []string `json:",omitempty"` // alternative names: "DNS localhost", "IP ::1", "email ..."
	Key         string   // "ECDSA P-256", "RSA 2048"
	Signature   string   // algorithm
	KeyUsage    []string `json:",omitempty"` // as RFC 5280 names them
	ExtKeyUsage []string `json:",omitempty"` // likewise, or dotted
	CA          bool     `json:",omitempty"`
	OCSP        []string `json:",omitempty"` // addresses of responders
	MustStaple  bool     `json:",omitempty"`
	Critical    []string `json:",omitempty"` // critical extensions that nobody knows, dotted
}
