package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports/form"
)

// An Offer is one thing that ClientHellos offer differently, or that was agreed on otherwise, in the cases that both
// sides answered alike: it is said once, and not for each of them.
type Offer struct {
	Detail
	Cases int    // in which it is so; 0 for what is said of all ClientHellos together
	Where string // few cases by the names of their scenarios
}

// A list is what a client offers several of.
type list struct {
	what string
	of   func(*evidence.Hello) []string
}

var lists = []list{
	{"versions", func(h *evidence.Hello) []string { return h.Versions }},
	{"groups", func(h *evidence.Hello) []string { return h.Offer.Groups }},
	{keyShares, func(h *evidence.Hello) []string { return h.Offer.KeyShares }},
	{"signature algorithms", func(h *evidence.Hello) []string { return h.Offer.Signatures }},
	{"ciphers", func(h *evidence.Hello) []string { return h.Offer.Ciphers }},
	{"extensions", func(h *evidence.Hello) []string {
		return slices.DeleteFunc(slices.Clone(h.Offer.Extensions), func(name string) bool {
			return slices.Contains(otherwise, name)
		})
	}},
	{"ALPN", func(h *evidence.Hello) []string { return h.Offer.ALPN }},
}

// otherwise are the extensions that are told of by what they hold, and the one that only fills up.
var otherwise = []string{"server_name", "status_request", "application_layer_protocol_negotiation", "padding"}

// orderOf begins the name of a list whose elements come in another order.
const orderOf = "order of "

// compareOffers compares what the client offers, and what was agreed on, as far as both sides know it.
func compareOffers(b, h evidence.Seen) (details []Detail) {
	differ := func(what, base, head string) {
		if base != head {
			details = append(details, Detail{kindOffers, what, base, head})
		}
	}
	some := func(s evidence.Seen) bool {
		return slices.ContainsFunc(s.Connections, func(c evidence.Connection) bool { return c.Hello.Whole() })
	}
	if !some(b) || !some(h) {
		return nil
	}
	for _, l := range lists {
		if l.what != "versions" && (!known(b) || !known(h)) {
			continue
		}
		base, head := union(b, l.of), union(h, l.of)
		differ(l.what, strings.Join(without(base, head), ", "), strings.Join(without(head, base), ", "))
		if l.what == "extensions" && (shuffled(b) || shuffled(h)) {
			continue
		}
		both := without(base, without(base, head))
		other := without(head, without(head, base))
		if i := unequal(both, other); i >= 0 {
			differ(orderOf+l.what, excerpt(both, i), excerpt(other, i))
		}
	}
	hello := func(of func(*evidence.Hello) string) func(evidence.Connection) []string {
		return func(c evidence.Connection) []string {
			if !c.Hello.Whole() {
				return nil
			}
			return []string{of(c.Hello)}
		}
	}
	each := func(what string, of func(evidence.Connection) []string) { differ(what, every(b, of), every(h, of)) }
	each("asks for a staple", hello(func(h *evidence.Hello) string { return fmt.Sprint(h.OCSP) }))
	if known(b) && known(h) {
		each("version of the record", hello(func(h *evidence.Hello) string { return h.Offer.Record }))
	}
	for _, agreed := range []struct {
		what string
		of   func(evidence.Connection) string
	}{
		{"agreed version", func(c evidence.Connection) string { return c.TLS }},
		{"agreed cipher", func(c evidence.Connection) string { return c.Cipher }},
		{agreedGroup, func(c evidence.Connection) string { return c.Group }},
		{"signature of the server", func(c evidence.Connection) string { return c.Signature }},
	} {
		of := func(c evidence.Connection) []string { return []string{agreed.of(c)} }
		if base, head := every(b, of), every(h, of); base != "" && head != "" {
			differ(agreed.what, base, head)
		}
	}
	return details
}

// known reports whether all that ClientHellos offer is on record; older reports hold the versions only.
func known(s evidence.Seen) bool {
	some := false
	for _, c := range s.Connections {
		if c.Hello.Whole() && c.Hello.Offer == nil {
			return false
		}
		some = some || c.Hello.Whole()
	}
	return some
}

func shuffled(s evidence.Seen) bool {
	return slices.ContainsFunc(s.Connections, func(c evidence.Connection) bool {
		return c.Hello != nil && c.Hello.Offer != nil && c.Hello.Offer.Shuffled
	})
}

// union are the elements of the lists of all ClientHellos, each where it comes first.
func union(s evidence.Seen, of func(*evidence.Hello) []string) (all []string) {
	for _, c := range s.Connections {
		if c.Hello.Whole() {
			all = append(all, without(of(c.Hello), all)...)
		}
	}
	return all
}

// without is a list without the elements of another one.
func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(others, s) })
}

// unequal is where two lists of the same elements begin to differ, -1 if they do not.
func unequal(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

// excerpt is a part of a list that begins at i.
func excerpt(list []string, i int) string {
	const most = 4
	end := min(i+most, len(list))
	text := strings.Join(list[i:end], ", ")
	if i > 0 {
		text = "... " + text
	}
	if end < len(list) {
		text += " ..."
	}
	return text
}

// takeOffers takes out of pairs what is said once, in the order of its kinds, and of those the most frequent first.
func takeOffers(pairs []*pair) (all []Offer) {
	var order []string
	of := map[Detail]*Group{}
	base, head := shares(pairs, (*pair).baseSeen), shares(pairs, (*pair).headSeen)
	for _, p := range pairs {
		if !p.answered {
			continue
		}
		remembered := sent(p.baseSeen(), head) && sent(p.headSeen(), base)
		p.details = slices.DeleteFunc(p.details, func(d Detail) bool {
			if d.Kind != kindOffers {
				return false
			}
			if remembered && (strings.HasSuffix(d.What, keyShares) || d.What == agreedGroup) {
				return true
			}
			if of[d] == nil {
				of[d] = &Group{}
			}
			of[d].Changes = append(of[d].Changes, Change{Base: &p.base.c, Head: &p.head.c})
			return true
		})
	}
	for _, l := range lists {
		order = append(order, l.what, orderOf+l.what)
	}
	for d, g := range of {
		slices.SortFunc(g.Changes, func(a, b Change) int { return cmp.Compare(a.Case(), b.Case()) })
		o := Offer{Detail: d, Cases: len(g.Changes)}
		if where := g.Where(); g.few() {
			o.Where = where
		}
		all = append(all, o)
	}
	place := func(o Offer) int {
		if i := slices.Index(order, o.What); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(all, func(a, b Offer) int {
		return cmp.Or(place(a)-place(b), cmp.Compare(a.What, b.What), b.Cases-a.Cases, cmp.Compare(a.String(), b.String()))
	})
	all = folded(all)
	if whole, differs := helloOf(pairs); differs {
		all = append([]Offer{whole}, all...)
	}
	return all
}

// keyShares is the list that depends on what a client has met before: that of Deno begins with the group that the host
// agreed on last.
const (
	keyShares   = "key shares"
	agreedGroup = "agreed group" // follows from it
)

func sharing(h *evidence.Hello) string { return key([][]string{h.Offer.Groups, h.Offer.KeyShares}) }

// shares are the lists of key shares, each with its groups, that one side has sent in any case.
func shares(pairs []*pair, side func(*pair) evidence.Seen) map[string]bool {
	all := map[string]bool{}
	for _, p := range pairs {
		if s := side(p); known(s) {
			for _, list := range union(s, func(h *evidence.Hello) []string { return []string{sharing(h)} }) {
				all[list] = true
			}
		}
	}
	return all
}

// sent reports whether all that one side shares in a case is among what the other has sent in any.
func sent(s evidence.Seen, other map[string]bool) bool {
	return known(s) && !slices.ContainsFunc(s.Connections, func(c evidence.Connection) bool {
		return c.Hello.Whole() && !other[sharing(c.Hello)]
	})
}

func (p *pair) baseSeen() evidence.Seen { return p.base.last.Server }
func (p *pair) headSeen() evidence.Seen { return p.head.last.Server }

// folded leaves out what says nothing new beside the line before it: fewer elements of the same list, where a client
// was told to offer less, or another excerpt of the same order.
func folded(all []Offer) (kept []Offer) {
	for _, o := range all {
		i := slices.IndexFunc(kept, func(k Offer) bool {
			within := func(part, all string) bool {
				return len(without(strings.Split(part, ", "), append(strings.Split(all, ", "), ""))) == 0
			}
			return k.What == o.What && (strings.HasPrefix(o.What, orderOf) ||
				isList(o.What) && within(o.Base, k.Base) && within(o.Head, k.Head))
		})
		if i < 0 {
			kept = append(kept, o)
			continue
		}
		kept[i].Cases, kept[i].Where = kept[i].Cases+o.Cases, ""
	}
	return kept
}

func isList(what string) bool {
	return slices.ContainsFunc(lists, func(l list) bool { return l.what == what })
}

// helloOf is the usual ClientHello: its size, at the median, and its most frequent fingerprint. A size that the other
// side has, too, is no difference.
func helloOf(pairs []*pair) (o Offer, differs bool) {
	base, head := usualHello(pairs, (*pair).baseSeen), usualHello(pairs, (*pair).headSeen)
	o.Detail = Detail{kindOffers, "ClientHello", base.String(), head.String()}
	return o, len(base.sizes)*len(head.sizes) > 0 && (base.fingerprint != head.fingerprint ||
		!slices.Contains(head.sizes, base.size()) || !slices.Contains(base.sizes, head.size()))
}

// A usual is the ClientHellos of one side.
type usual struct {
	sizes       []int // in order
	fingerprint string
}

func (u usual) size() int { return u.sizes[len(u.sizes)/2] }

func (u usual) String() string {
	if len(u.sizes) == 0 {
		return ""
	}
	return fmt.Sprintf("%d bytes, JA4 %s", u.size(), u.fingerprint)
}

func usualHello(pairs []*pair, side func(*pair) evidence.Seen) (u usual) {
	times := map[string]int{}
	for _, p := range pairs {
		if s := side(p); p.answered && known(s) {
			u.sizes = append(u.sizes, size(s))
			for _, fingerprint := range union(s, func(h *evidence.Hello) []string { return []string{h.Offer.JA4} }) {
				times[fingerprint]++
			}
		}
	}
	for fingerprint, n := range times {
		if n > times[u.fingerprint] || n == times[u.fingerprint] && fingerprint < u.fingerprint {
			u.fingerprint = fingerprint
		}
	}
	slices.Sort(u.sizes)
	return u
}

// size is that of the longest ClientHello.
func size(s evidence.Seen) (most int) {
	for _, c := range s.Connections {
		if c.Hello != nil {
			most = max(most, c.Hello.Size)
		}
	}
	return most
}

// String is the offer in one line: "ciphers: no longer TLS_RSA_WITH_3DES_EDE_CBC_SHA (57 cases)".
func (o Offer) String() string {
	text := o.What + ": "
	switch {
	case !isList(o.What):
		text = o.Detail.String()
	case o.Head == "":
		text += "no longer " + o.Base
	case o.Base == "":
		text += "now also " + o.Head
	default:
		text += "no longer " + o.Base + "; now " + o.Head
	}
	switch {
	case o.Where != "":
		text += " (" + o.Where + ")"
	case o.Cases > 0:
		text += " (" + form.Counted(o.Cases, "case", "cases") + ")"
	}
	return form.Visible(text)
}

// likelyCause is what the driver does not offer any more, of that which was agreed on before; or that a server which
// the harness made silent met a longer ClientHello. "" if the evidence has neither.
func likelyCause(b, h evidence.Seen) string {
	if !known(h) {
		return ""
	}
	offered := map[string][]string{}
	for _, l := range lists {
		offered[l.what] = union(h, l.of)
	}
	gone := func(what, agreed string) bool {
		return agreed != "" && len(offered[what]) > 0 && !slices.Contains(offered[what], agreed)
	}
	for _, c := range b.Connections {
		switch {
		case c.TLS == "":
		case gone("versions", c.TLS):
			return "TLS " + c.TLS + " is not offered any more"
		case gone("ciphers", c.Cipher):
			const rsa = "TLS_RSA_WITH_"
			isRSA := func(cipher string) bool { return strings.HasPrefix(cipher, rsa) }
			if isRSA(c.Cipher) && !slices.ContainsFunc(offered["ciphers"], isRSA) {
				return "RSA key exchange is not offered any more"
			}
			return c.Cipher + " is not offered any more"
		case gone("groups", c.Group):
			return "the group " + c.Group + " is not offered any more"
		case gone("signature algorithms", c.Signature):
			return "signatures with " + c.Signature + " are not taken any more"
		}
	}
	staged := func(s evidence.Seen) bool {
		return slices.ContainsFunc(s.Connections, func(c evidence.Connection) bool {
			return c.Silent || c.Cause == evidence.Staged || c.HandshakeError == "staged"
		})
	}
	if was, is := size(b), size(h); staged(h) && !staged(b) && is > was && was > 0 {
		return fmt.Sprintf("the ClientHello has %d bytes, where it had %d", is, was)
	}
	return ""
}
