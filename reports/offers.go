package reports

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/mongotls/mongotls/harness/evidence"
)

// GatherOffers moves what the ClientHellos offer out of the connections and into Offers, each once. If the client is
// seen to send the same extensions in more than one order, they are sorted there.
func (r *Report) GatherOffers() {
	orders, shuffled := map[string]string{}, false // by the offer without its order
	r.eachHello(func(h *evidence.Hello) {
		if h.Offer == nil {
			return
		}
		is, order := key(sorted(*h.Offer)), key(h.Offer.Extensions)
		before, again := orders[is]
		shuffled = shuffled || again && before != order
		orders[is] = order
	})
	r.eachHello(func(h *evidence.Hello) {
		if h.Offer == nil {
			return
		}
		o := *h.Offer
		if shuffled {
			o = sorted(o)
			o.Shuffled = true
		}
		h.Offer, h.Offers = nil, fmt.Sprintf("%x", sha256.Sum256([]byte(key(o))))[:10]
		if r.Offers == nil {
			r.Offers = map[string]evidence.Offer{}
		}
		r.Offers[h.Offers] = o
	})
}

// sorted is an offer with its extensions in order of their names.
func sorted(o evidence.Offer) evidence.Offer {
	o.Extensions = slices.Sorted(slices.Values(o.Extensions))
	return o
}

// eachHello calls f with each ClientHello, which it may change: they are copied first, since witnesses share them.
func (r *Report) eachHello(f func(*evidence.Hello)) {
	for _, c := range r.Cases {
		for i := range c.Attempts {
			connections := slices.Clone(c.Attempts[i].Server.Connections)
			for j, conn := range connections {
				if conn.Hello != nil {
					hello := *conn.Hello
					f(&hello)
					connections[j].Hello = &hello
				}
			}
			c.Attempts[i].Server.Connections = connections
		}
	}
}

// usedOffers drops the offers that no ClientHello names.
func (r *Report) usedOffers() {
	used := map[string]evidence.Offer{}
	r.eachHello(func(h *evidence.Hello) {
		if o, ok := r.Offers[h.Offers]; ok {
			used[h.Offers] = o
		}
	})
	if r.Offers != nil {
		r.Offers = used
	}
}
