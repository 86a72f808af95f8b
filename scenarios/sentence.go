package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Sentence says for people what is expected. It shows no secret of Hides; to compare expectations, compare their
// fields.
func (e Expect) Sentence() string {
	clauses := append([]string{e.outcome()}, e.facts()...)
	return strings.Join(clauses, "; ") + "."
}

func (e Expect) outcome() string {
	switch e.Outcome {
	case OverTLS:
		return strings.TrimSpace("The driver connects over TLS " + string(e.Version))
	case InClear:
		return "The driver connects in clear"
	case BeforeDialing:
		return "The driver refuses before it dials, as " + either(e.Reasons)
	case InHandshake:
		return "The driver refuses in the handshake, as " + either(e.Reasons)
	case ByServer:
		return "The server closes the connection, for " + either(e.Causes)
	case ByCommand:
		return fmt.Sprintf("The server refuses %s with %d %s", e.Command, e.Code, e.CodeName)
	case ByTimeout:
		return e.Option + " ends the attempt on a connection that stays silent"
	}
	return "There is no norm, so what happens is recorded"
}

// facts are the further ones, a clause each.
func (e Expect) facts() (clauses []string) {
	add := func(set bool, clause string) {
		if set {
			clauses = append(clauses, clause)
		}
	}
	add(e.Version != "" && e.Outcome != OverTLS, "TLS "+string(e.Version)+" is negotiated")
	add(e.SNI == NoServerName, "it asks for no server name")
	add(e.SNI != "" && e.SNI != NoServerName, "it asks for "+string(e.SNI)+" by name")
	add(e.Stapling == Stapled, "each handshake is stapled")
	add(e.Stapling == Unstapled, "no handshake is stapled")
	add(e.Requests == NoRequests, "it asks no OCSP responder")
	add(e.Requests == SomeRequests, "it asks the OCSP responder")
	add(len(e.Mentions) > 0, "the error mentions "+all(quoted(e.Mentions)))
	add(len(e.Hides) > 0, "it shows no secret")
	add(e.Warns != "", "it warns about "+e.Warns)
	add(e.Reports != "", "it publishes a failed heartbeat with "+strconv.Quote(e.Reports))
	add(len(e.Blames) > 0, "it publishes a failed heartbeat of "+all(e.Blames))
	add(len(e.Labels) > 0, "the error is labelled "+all(e.Labels))
	add(len(e.NoLabels) > 0, "the error is not labelled "+either(e.NoLabels))
	add(e.Tries > 0, "it tries "+times(e.Tries))
	add(e.Connections > 0, fmt.Sprintf("it is served on %d connections or more", e.Connections))
	add(e.Pool == Cleared, "it clears its pool")
	add(e.Pool == Kept, "it keeps its pool")
	add(len(e.Shuns) > 0, "it turns to "+all(e.Shuns)+", and refuses in the handshake")
	add(len(e.Spares) > 0, "no operation goes to "+all(e.Spares))
	add(len(e.Leaves) > 0, "after the last step, no operation goes to "+all(e.Leaves))
	add(len(e.Ignores) > 0, "it does not connect to "+all(e.Ignores))
	add(e.Hosts > 0, fmt.Sprintf("it connects to no more than %d of its servers", e.Hosts))
	add(e.Renews, "when a connection has been cut, no operation goes over one from before that")
	add(len(e.At) > 0, "what counts are the connections to "+all(e.At))
	add(len(e.Loses) > 0, fmt.Sprintf("no operation fails but %d, as %s", len(e.Loses),
		either(slices.Compact(slices.Clone(e.Loses)))))
	add(e.Gap > 0, fmt.Sprintf("an operation succeeds every %d ms or sooner", e.Gap))
	add(e.User != "", "the user field of its login is "+string(e.User))
	add(e.Logins > 0, fmt.Sprintf("it logs in on %d connections at the most", e.Logins))
	add(e.Speculative == evidence.Accepted, "its speculative login is accepted, and the only one")
	add(e.Speculative == evidence.Refused, "its speculative login is refused")
	add(len(e.ServerSays) > 0, "the server says "+all(quoted(e.ServerSays)))
	add(len(e.LogIDs) > 0, "the server logs "+all(numbered(e.LogIDs)))
	return clauses
}

// Sentence says for people what happens, in a clause.
func (s Step) Sentence() string {
	who := s.Member
	if who == "" {
		who = "the server"
	}
	switch {
	case s.Restart != nil && s.Down > 0:
		return fmt.Sprintf("%s goes, and comes back after %d ms%s", who, s.Down, s.Restart.as())
	case s.Stale:
		return who + " comes back" + s.Restart.as() + ", and takes itself for the primary that it was"
	case s.Restart != nil:
		return who + " comes back" + s.Restart.as()
	case s.Rotate != nil:
		return who + " rotates its certificates" + s.Rotate.as()
	case s.Raise != "":
		return who + " is raised to " + string(s.Raise)
	case s.Cluster != "":
		return who + " takes clusterAuthMode " + string(s.Cluster)
	case s.Rename != "":
		return who + " is known as " + s.Rename
	case s.Await > 1:
		return fmt.Sprintf("the client turns to %s with %d connections", who, s.Await)
	case s.Await > 0:
		return "the client turns to " + who
	case s.Join:
		return who + " is added to the set"
	case s.Elect:
		return who + " is elected"
	case s.Wait > 0:
		return fmt.Sprintf("nothing happens for %d ms", s.Wait)
	case s.Respond != nil:
		return "the OCSP responder answers with " + s.Respond.Answer
	case s.Expire != "":
		return "the certificate of the " + string(s.Expire) + " runs out"
	case s.Zone != "":
		return "the records that the client starts from have changed, and it asks for them again"
	}
	return "the client's files are replaced"
}

// as is a change as the end of a clause.
func (c Change) as() string {
	var parts []string
	add := func(set bool, part string) {
		if set {
			parts = append(parts, part)
		}
	}
	add(c.Mode != "", "in "+string(c.Mode))
	add(c.Leaf != nil, "with another certificate")
	add(c.Form != nil, "in another form")
	add(c.CAFile != nil, "with other authorities")
	add(c.RequireClientCert, "demanding certificates")
	add(c.CRL != nil, "with another revocation list")
	add(c.ClusterAuthMode != "", "with clusterAuthMode "+string(c.ClusterAuthMode))
	add(c.ClusterLeaf != nil, "with another clusterFile")
	add(c.SetParameter != nil, "with other parameters")
	add(c.Fault != nil, "with a fault")
	if len(parts) == 0 {
		return " as it was"
	}
	return " " + strings.Join(parts, ", ")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func quoted(list []string) (words []string) {
	for _, s := range list {
		words = append(words, strconv.Quote(s))
	}
	return words
}

func numbered(list []int) (words []string) {
	for _, n := range list {
		words = append(words, "line "+strconv.Itoa(n))
	}
	return words
}

func either[T ~string](list []T) string { return joined(list, " or ") }

func all[T ~string](list []T) string { return joined(list, " and ") }

func joined[T ~string](list []T, by string) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, by)
}
