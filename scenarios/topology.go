package scenarios

import (
	"slices"

	"github.com/mongotls/mongotls/fixtures/ocsp"
	"github.com/mongotls/mongotls/fixtures/pki"
)

// A Member is one of several servers that belong together. It is configured as Server, but for what Differs says.
type Member struct {
	Name    string // of one word; {name} is its address in the client's URI
	Host    string `json:",omitempty"` // that its set knows it by; default localhost
	Role    Role   `json:",omitempty"` // default: the first one is the primary, the others are secondaries
	Differs Change `json:",omitzero"`
	// Me is what it takes its own name for, where that is not Host.
	Me string `json:",omitempty"`
	// Horizon is the host name of the member for clients that ask for such a name by SNI (replSetConfig, horizons).
	Horizon string            `json:",omitempty"`
	Tags    map[string]string `json:",omitempty"`
}

// Role is what a member is to its clients.
type Role string

// The roles. A set has one primary, which may be none of its members that serve; mongos are no set.
const (
	Primary   Role = "primary"
	Secondary Role = "secondary"
	Hidden    Role = "hidden"
	Arbiter   Role = "arbiter"
	Mongos    Role = "mongos"
)

// Roles is the closed list.
var Roles = []Role{Primary, Secondary, Hidden, Arbiter, Mongos}

// A Change is what is different about a server. What it does not say is as it was.
type Change struct {
	Mode              Mode              `json:",omitempty"`
	Leaf              *pki.Leaf         `json:",omitempty"`
	Form              *pki.KeyForm      `json:",omitempty"`
	CAFile            []string          `json:",omitempty"`
	RequireClientCert bool              `json:",omitempty"`
	CRL               *pki.CRL          `json:",omitempty"`
	ClusterAuthMode   ClusterAuthMode   `json:",omitempty"`
	ClusterLeaf       *pki.Leaf         `json:",omitempty"`
	SetParameter      map[string]string `json:",omitempty"`
	Fault             *Fault            `json:",omitempty"`
}

// With is the server after a change. Its mode is told apart.
func (s Server) With(c Change) Server {
	if c.Leaf != nil {
		s.Leaf = *c.Leaf
	}
	if c.Form != nil {
		s.Form = *c.Form
	}
	if c.CAFile != nil {
		s.CAFile = c.CAFile
	}
	if c.CRL != nil {
		s.CRL = c.CRL
	}
	if c.ClusterAuthMode != "" {
		s.ClusterAuthMode = c.ClusterAuthMode
	}
	if c.ClusterLeaf != nil {
		s.ClusterLeaf = c.ClusterLeaf
	}
	if c.SetParameter != nil {
		s.SetParameter = c.SetParameter
	}
	if c.Fault != nil {
		s.Fault = *c.Fault
	}
	s.RequireClientCert = s.RequireClientCert || c.RequireClientCert
	return s
}

// Roled are the members with their roles, as the set has them at first.
func (s Scenario) Roled() []Member {
	list := append([]Member(nil), s.Members...)
	for i := range list {
		switch {
		case list[i].Role != "":
		case i == 0:
			list[i].Role = Primary
		default:
			list[i].Role = Secondary
		}
	}
	return list
}

// Address is the connection string of a client that has none of its own.
func (s Scenario) Address() string {
	switch {
	case len(s.Members) == 0:
		return "mongodb://{host}:{port}/?{options}"
	case s.Members[0].Role == Mongos:
		return "mongodb://{seeds}/?{options}"
	}
	return "mongodb://{seeds}/?replicaSet=rs&{options}"
}

// JoinsLater reports whether a member is none of the set until a step adds it.
func (s Scenario) JoinsLater(member string) bool {
	return slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Join && step.Member == member })
}

// Expires reports whether the certificate of the only server, or of the client, runs out.
func (s Scenario) Expires(whose pki.Role) bool {
	return slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Expire == whose })
}

// A Step is what happens once so many operations of the client have succeeded. The answer to the last of them is held
// until it has happened. Of its kinds (Restart, Rotate, Raise, Cluster, Rename, Await, Join,
// Elect, Wait, Respond, Expire, Zone, Files) it has one.
type Step struct {
	After  int    // operations
	Member string `json:",omitempty"` // whom it happens to; "" for the only server
	// Restart: it ends with all its connections, and comes back on its port as this.
	Restart *Change `json:",omitempty"`
	// Down is for how many milliseconds a restart keeps it away.
	Down int `json:",omitempty"`
	// Stale: who restarts was the primary once, and takes itself for it still, by the election that it won.
	Stale bool `json:",omitempty"`
	// Rotate: rotateCertificates, after its files have become these. Connections live on.
	Rotate *Change `json:",omitempty"`
	// Raise: setParameter tlsMode.
	Raise Mode `json:",omitempty"`
	// Cluster: setParameter clusterAuthMode. The members then log in to each other anew.
	Cluster ClusterAuthMode `json:",omitempty"`
	// Rename: the set knows it by this host name from now on (replSetReconfig).
	Rename string `json:",omitempty"`
	// Await: the client turns to it with so many connections, and what comes of each is known.
	Await int `json:",omitempty"`
	// Join: it is added to the set, of which it is no member until then (replSetReconfig).
	Join bool `json:",omitempty"`
	// Elect: it becomes the primary, and the one before steps down.
	Elect bool `json:",omitempty"`
	// Wait: nothing happens for so many milliseconds.
	Wait int `json:",omitempty"`
	// Respond: the OCSP responder that the certificate of a server without fellows names behaves so from now on.
	Respond *ocsp.Behaviour `json:",omitempty"`
	// Expire: the certificate of the only server, or of the client, runs out. It was good for seconds when they began.
	Expire pki.Role `json:",omitempty"`
	// Zone: DNS answers so from now on for the names in it, of which the client has asked again.
	Zone string `json:",omitempty"`
	// Files of the client, by their names in it, are replaced by these; {client} is replaced by Cert.
	Files map[string]pki.File `json:",omitempty"`
	Cert  *pki.Leaf           `json:",omitempty"`
}
