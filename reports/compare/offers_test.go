package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/reports"
	"github.com/mongotls/mongotls/reports/internal/sample"
)

// offering is a report of cases in which each ClientHello is that of change.
func offering(change func(*evidence.Connection), cases ...reports.Case) reports.Report {
	r := sample.Of("v2.9.3", cases...)
	for i := range r.Cases {
		connections := r.Cases[i].Attempts[0].Server.Connections
		for j := range connections {
			c := &connections[j]
			c.Cipher, c.Group, c.Signature = "TLS_RSA_WITH_AES_128_GCM_SHA256", "X25519", "rsa_pss_rsae_sha256"
			c.Hello = &evidence.Hello{SNI: "localhost", Versions: []string{"1.3", "1.2"}, OCSP: true, Size: 261,
				Offer: &evidence.Offer{
					JA4: "t13d_a_b", Record: "1.0", Groups: []string{"X25519", "P-256", "P-384"}, KeyShares: []string{"X25519"},
					Signatures: []string{"rsa_pss_rsae_sha256"},
					Ciphers:    []string{"TLS_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"},
					Extensions: []string{"server_name", "status_request", "key_share", "session_ticket"},
				}}
			change(c)
		}
	}
	r.GatherOffers()
	return r
}

// What all ClientHellos offer otherwise is said once, and is no change of a case.
func TestOffers(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*evidence.Connection)
		says   []string
	}{
		"hybrid group": {func(c *evidence.Connection) {
			c.Hello.Size, c.Hello.Offer.JA4 = 1501, "t13d_a_c"
			c.Hello.Offer.Groups = append([]string{"X25519MLKEM768"}, c.Hello.Offer.Groups...)
			c.Hello.Offer.KeyShares = []string{"X25519MLKEM768", "X25519"}
			c.Group = "X25519MLKEM768"
		}, []string{
			"ClientHello: 261 bytes, JA4 t13d_a_b → 1501 bytes, JA4 t13d_a_c", "groups: now also X25519MLKEM768",
			"key shares: now also X25519MLKEM768", "agreed group: X25519 → X25519MLKEM768",
		}},
		"ciphers": {func(c *evidence.Connection) {
			c.Hello.Offer.Ciphers, c.Cipher = []string{"TLS_AES_128_GCM_SHA256"}, "TLS_AES_128_GCM_SHA256"
		}, []string{
			"ciphers: no longer TLS_RSA_WITH_AES_128_GCM_SHA256",
			"agreed cipher: TLS_RSA_WITH_AES_128_GCM_SHA256 → TLS_AES_128_GCM_SHA256",
		}},
		"order": {func(c *evidence.Connection) { c.Hello.Offer.Groups = []string{"X25519", "P-384", "P-256"} },
			[]string{"order of groups: ... P-256, P-384 → ... P-384, P-256"}},
		"versions": {func(c *evidence.Connection) { c.Hello.Versions, c.TLS = []string{"1.2"}, "1.2" },
			[]string{"versions: no longer 1.3", "agreed version: 1.3 → 1.2"}},
		"staple": {func(c *evidence.Connection) { c.Hello.OCSP = false },
			[]string{"asks for a staple: true → false"}},
		"ticket": {func(c *evidence.Connection) { c.Hello.Offer.Extensions = []string{"server_name", "key_share"} },
			[]string{"extensions: no longer session_ticket"}},
		"another server":  {func(c *evidence.Connection) { c.Signature = "" }, nil},
		"an older report": {func(c *evidence.Connection) { c.Hello.Offer = nil }, nil},
		"filled to a length": {func(c *evidence.Connection) {
			c.Hello.Offer.Extensions = append(c.Hello.Offer.Extensions, "padding")
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			of := func(change func(*evidence.Connection)) reports.Report {
				return offering(change, sample.Accepted("trust/a/requireTLS"), sample.Accepted("trust/b/requireTLS"))
			}
			base, head := of(func(*evidence.Connection) {}), of(row.change)
			c := Reports(base, head)
			require.Empty(t, c.Groups)
			var says []string
			for _, o := range c.Offers {
				says = append(says, strings.TrimSuffix(o.String(), " (trust/a, trust/b)"))
			}
			require.Equal(t, row.says, says)
			require.Equal(t, len(says) == 0, c.Unchanged())
			require.Len(t, Reports(head, base).Offers, len(says))
			require.True(t, Reports(head, head).Unchanged())
			chosen, err := Choose([]string{"offers"})
			require.NoError(t, err)
			require.Equal(t, len(says), chosen.Of(c))
		})
	}
}

// Extensions that come in another order each time are in none.
func TestShuffledExtensions(t *testing.T) {
	n := 0
	shuffle := func(c *evidence.Connection) {
		e := c.Hello.Offer.Extensions
		if n++; n%2 == 0 {
			slices.Reverse(e)
		}
	}
	cases := []reports.Case{sample.Accepted("trust/a/requireTLS"), sample.Accepted("trust/b/requireTLS")}
	shuffled := offering(shuffle, cases...)
	require.Len(t, shuffled.Offers, 1)
	for _, o := range shuffled.Offers {
		require.True(t, o.Shuffled)
		require.True(t, slices.IsSorted(o.Extensions))
	}
	fixed := offering(func(*evidence.Connection) {}, sample.Accepted("trust/a/requireTLS"))
	require.True(t, Reports(fixed, shuffled).Unchanged())
}

// What was agreed on and is not offered any more is the likely cause of a refusal.
func TestLikelyCause(t *testing.T) {
	for want, change := range map[string]func(*evidence.Connection){
		"RSA key exchange is not offered any more": func(c *evidence.Connection) {
			c.Hello.Offer.Ciphers = []string{"TLS_AES_128_GCM_SHA256"}
		},
		"TLS 1.3 is not offered any more": func(c *evidence.Connection) { c.Hello.Versions = []string{"1.2"} },
		"the group X25519 is not offered any more": func(c *evidence.Connection) {
			c.Hello.Offer.Groups = []string{"P-256"}
		},
		"signatures with rsa_pss_rsae_sha256 are not taken any more": func(c *evidence.Connection) {
			c.Hello.Offer.Signatures = []string{"ed25519"}
		},
		"the ClientHello has 1501 bytes, where it had 261": func(c *evidence.Connection) {
			c.Hello.Size, c.Silent = 1501, true
		},
		"": func(*evidence.Connection) {},
	} {
		ok, no := sample.Accepted("trust/a/requireTLS"), sample.Refused("trust/a/requireTLS")
		c := Reports(offering(func(*evidence.Connection) {}, ok), offering(change, no))
		require.Len(t, c.Groups, 1)
		require.Equal(t, kindRefuses, c.Groups[0].Kind)
		last := c.Groups[0].Details[len(c.Groups[0].Details)-1]
		if want == "" {
			require.NotEqual(t, cause, last.What)
		} else {
			require.Equal(t, "likely cause: "+want, last.String())
		}
	}
}

// Which key share a client begins with may depend on what it met before: what both sides have sent is no difference.
func TestRememberedKeyShares(t *testing.T) {
	of := func(shares ...string) reports.Report {
		n := 0
		var cases []reports.Case
		for i := range shares {
			cases = append(cases, sample.Accepted(fmt.Sprintf("a/%d/m", i)))
		}
		return offering(func(c *evidence.Connection) {
			c.Hello.Offer.KeyShares, c.Hello.Size = []string{shares[n%len(shares)]}, 200+len(shares[n%len(shares)])
			n++
		}, cases...)
	}
	require.Empty(t, Reports(of("X25519", "P-256", "X25519"), of("P-256", "P-256", "X25519")).Offers)
	offers := Reports(of("X25519", "X25519", "X25519"), of("P-256", "P-256", "X25519")).Offers
	require.NotEmpty(t, offers)
	require.Contains(t, offers[len(offers)-1].String(), "key shares: no longer X25519; now P-256 (a/0, a/1)")
}
