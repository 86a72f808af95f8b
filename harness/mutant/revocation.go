package mutant

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"slices"
	"time"

	mongo "go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/crypto/ocsp"

	"github.com/mongotls/mongotls/harness/evidence"
)

// Drivers that look at the status of certificates otherwise.
var revocation = []Mutant{
	{
		Name:   "looks-at-no-revocation",
		Says:   "The driver verifies the certificate and looks at no revocation at all.",
		Driver: verifying(func(*x509.VerifyOptions, tls.ConnectionState) error { return nil }),
		Kills: besides(
			kills(
				letIn,
				"ocsp/responder-uri-no-path-revoked", "state/revocation-off-then-on", "ocsp/t2-revoked-stapled*",
				"ocsp/t4-revoked-no-staple*", "ocsp/malicious1*", "ocsp/malicious2*", "ocsp/staple-expired",
				"ocsp/staple-future", "ocsp/staple-other-serial", "ocsp/staple-wrong-issuer-key", "ocsp/staple-malformed",
				"ocsp/delegate-no-eku", "ocsp/delegate-for-server", "ocsp/revocation-off-false",
				"ocsp/two-endpoints-second-dead", "ocsp/endpoint-on-revoked-no-staple", "ocsp/endpoint-off-revoked-staple",
				"ocsp/endpoint-off-must-staple", "ocsp/responder-slow", "ocsp/two-endpoints-first-*",
				"ocsp/chain-of-three-issuer-revoked*", "err/label-revoked", "state/endpoint-off-then-on",
				"ocsp/issuer-not-next-revoked*", "ocsp/responder-by-host",
			),
			"must ask", "ocsp/responder-uri-no-path", "ocsp/cache-expiry-good", "ocsp/t3-valid-no-staple*",
			"ocsp/responder-useless*",
			"ocsp/responder-not-believed*", "ocsp/two-endpoints-good*", "ocsp/chain-of-three-issuer@no-staple",
			"journey/another-certificate-asked-about",
		),
	},
	{
		Name:   "ignores-the-revocation-list",
		Says:   "The driver takes tlsCRLFile and never looks at it.",
		Driver: asking(func(r *evidence.Request) { drop(r, "tlsCRLFile") }),
		Kills: besides(besides(
			kills(
				letIn,
				"crl/missing-for-intermediate", "crl/bad-signature", "crl/not-yet-valid", "crl/listed*", "crl/expired*",
				"crl/other-issuer*",
			),
			letInBefore,
			"crl/unparsable",
		), keptOut, "crl/in-place-of-ocsp*"),
	},
	{
		Name:   "takes-a-list-for-the-worst",
		Says:   "The driver refuses every certificate once it has a revocation list.",
		Driver: refusing(func(r evidence.Request) bool { return has(r, "tlsCRLFile") }),
		Kills:  kills(keptOut, "crl/of-intermediate", "crl/not-listed*"),
	},
	{
		Name:   "asks-no-responder",
		Says:   "The driver heeds staples and never asks a responder, as tlsDisableOCSPEndpointCheck would make it.",
		Driver: tweaking(func(_ evidence.Request, o *mongo.ClientOptions) { o.SetDisableOCSPEndpointCheck(true) }),
		Kills: besides(
			kills(
				letIn,
				"ocsp/responder-uri-no-path-revoked", "ocsp/t4-revoked-no-staple*", "ocsp/endpoint-on-revoked-no-staple",
				"ocsp/responder-slow", "ocsp/two-endpoints-first-*", "ocsp/two-endpoints-second-dead",
				"ocsp/chain-of-three-issuer-revoked@no-staple", "state/endpoint-off-then-on",
				"ocsp/responder-by-host",
			),
			"must ask", "ocsp/responder-uri-no-path", "ocsp/cache-expiry-good", "ocsp/t3-valid-no-staple*",
			"ocsp/two-endpoints-good*",
			"ocsp/chain-of-three-issuer@no-staple", "ocsp/responder-useless*",
		),
	},
	{
		Name:   "asks-in-spite-of-it",
		Says:   "The driver asks the responder though it was told not to.",
		Driver: asking(func(r *evidence.Request) { drop(r, "tlsDisableOCSPEndpointCheck") }),
		Kills:  kills(keptOut, "ocsp/endpoint-off-revoked-no-staple"),
	},
	{
		Name:   "checks-in-spite-of-it",
		Says:   "The driver looks at the status though it was told not to.",
		Driver: asking(func(r *evidence.Request) { drop(r, "tlsDisableCertificateRevocationCheck") }),
		Kills:  kills(keptOut, "ocsp/revocation-off", "ocsp/revocation-off@*staple"),
	},
	{
		Name: "demands-a-status-in-spite-of-it",
		Says: "The switch that turns revocation off means its opposite: the driver demands a status.",
		Driver: also(func(p peer) error {
			return refused(is(p.request, "tlsDisableCertificateRevocationCheck") && len(p.OCSPResponse) == 0)
		}),
		Kills: kills(keptOut, "ocsp/revocation-off@no-status", "ocsp/revocation-off@no-staple",
			"ocsp/revocation-off@must-staple"),
	},
	{
		Name: "hears-revocation-in-any-staple",
		Says: "The driver turns its responder's switch into one for staples, and refuses them.",
		Driver: also(func(p peer) error {
			return refused(is(p.request, "tlsDisableOCSPEndpointCheck") && len(p.OCSPResponse) > 0)
		}),
		Kills: kills(keptOut, "ocsp/endpoint-off-good-staple*"),
	},
	{
		Name: "fails-hard",
		Says: "The driver refuses a certificate whose responder gives no usable answer.",
		Driver: also(func(p peer) error {
			return refused(len(p.chain[0].OCSPServer) > 0 && len(p.OCSPResponse) == 0 && ask(p, careful) != ocsp.Good)
		}),
		Kills: kills(keptOut, "journey/responder-lost", "ocsp/soft-fail-no-responder*", "ocsp/responder-useless*",
			"ocsp/responder-not-believed*"),
	},
	{
		Name:   "believes-any-answer",
		Says:   "The driver takes a responder's word without looking at who signed it, for which certificate and until when.",
		Driver: also(func(p peer) error { return refused(len(p.OCSPResponse) == 0 && ask(p, credulous) == ocsp.Revoked) }),
		Kills: besides(kills(keptOut, "ocsp/responder-not-believed*"), letIn,
			"ocsp/two-endpoints-first-not-believed", "ocsp/two-endpoints-first-not-believed@expired",
			"ocsp/two-endpoints-first-not-believed@future",
			"ocsp/two-endpoints-first-not-believed@other-cert", "ocsp/two-endpoints-first-not-believed@no-usage"),
	},
	{
		Name: "asks-about-intermediates",
		Says: "The driver asks about the intermediate, too, and heeds the answer.",
		Driver: also(func(p peer) error {
			if len(p.chain) < 3 {
				return nil
			}
			above := p
			above.chain = p.chain[1:]
			return refused(ask(above, careful) == ocsp.Revoked)
		}),
		Kills: kills(keptOut, "ocsp/intermediate-revoked"),
	},
	{
		Name: "looks-leaves-up-alone",
		Says: "The driver looks for the server's own certificate in the lists, and for none of its authorities'.",
		Driver: tweaking(func(r evidence.Request, o *mongo.ClientOptions) {
			lists, _ := revocationLists(r)
			if len(lists) == 0 {
				return
			}
			o.TLSConfig.InsecureSkipVerify = false // in place of how the model does it
			verify(r, o, func(*x509.VerifyOptions, tls.ConnectionState) error { return nil },
				func(p peer) error { return listedBy(p.chain[1], p.chain[0], lists) })
		}),
		Kills: kills(letIn, "crl/listed-intermediate"),
	},
	{
		Name:   "asks-one-responder",
		Says:   "The driver asks the first responder that the certificate names, and no other.",
		Driver: also(func(p peer) error { return refused(len(p.OCSPResponse) == 0 && ask(p, impatient) == ocsp.Revoked) }),
		Kills:  besides(kills(letIn, "ocsp/two-endpoints-first-*"), "must ask", "ocsp/two-endpoints-good"),
	},
	{
		Name:   "asks-although-it-has-a-staple",
		Says:   "The driver asks the responder even where a good staple has decided.",
		Driver: also(func(p peer) error { _ = ask(p, careful); return nil }),
		Kills: kills("must not ask", "ocsp/t1-valid-stapled*", "ocsp/must-staple-stapled",
			"ocsp/endpoint-off-good-staple*", "ocsp/chain-of-three-issuer"),
	},
	{
		Name: "wants-a-next-update",
		Says: "The driver refuses a staple that does not say when the next one comes.",
		Driver: also(func(p peer) error {
			r, err := ocsp.ParseResponse(p.OCSPResponse, nil)
			return refused(err == nil && r.NextUpdate.IsZero())
		}),
		Kills: kills(keptOut, "ocsp/staple-no-nextupdate"),
	},
	{
		Name: "takes-unknown-for-revoked",
		Says: "The driver refuses a staple that says unknown.",
		Driver: also(func(p peer) error {
			r, err := ocsp.ParseResponse(p.OCSPResponse, nil)
			return refused(err == nil && r.Status == ocsp.Unknown)
		}),
		Kills: kills(keptOut, "ocsp/staple-unknown-status"),
	},
	{
		Name:   "refuses-staples",
		Says:   "The driver refuses a server because it staples.",
		Driver: also(func(p peer) error { return refused(len(p.OCSPResponse) > 0) }),
		Kills: kills(keptOut, "ocsp/t1-valid-stapled*", "ocsp/must-staple-stapled", "ocsp/staple-good",
			"ocsp/chain-of-three-issuer", "ocsp/issuer-not-next{,@*}"),
	},
}

// A belief says whether an answer of a responder is used, and whether the next one is asked where it is not.
type belief func(der []byte, leaf, issuer *x509.Certificate) (answer *ocsp.Response, next bool)

// ask asks the responders of a leaf one after another; it returns the status, unknown if there is none.
func ask(p peer, b belief) int {
	leaf, issuer := p.chain[0], p.chain[min(1, len(p.chain)-1)]
	for _, url := range leaf.OCSPServer {
		q, err := ocsp.CreateRequest(leaf, issuer, nil)
		if err != nil {
			continue
		}
		var der []byte
		if reply, err := http.Post(url, "application/ocsp-request", bytes.NewReader(q)); err == nil {
			der, _ = io.ReadAll(reply.Body)
			_ = reply.Body.Close()
		}
		answer, next := b(der, leaf, issuer)
		if answer != nil && answer.Status != ocsp.Unknown {
			return answer.Status
		}
		if !next {
			break
		}
	}
	return ocsp.Unknown
}

// careful believes what RFC 6960 section 3.2 lets one believe.
func careful(der []byte, leaf, issuer *x509.Certificate) (*ocsp.Response, bool) {
	r, err := ocsp.ParseResponse(der, issuer)
	now := time.Now()
	if err != nil || r.SerialNumber.Cmp(leaf.SerialNumber) != 0 || now.Before(r.ThisUpdate) ||
		!r.NextUpdate.IsZero() && now.After(r.NextUpdate) ||
		r.Certificate != nil && !slices.Contains(r.Certificate.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
		return nil, true
	}
	return r, true
}

func credulous(der []byte, _, _ *x509.Certificate) (*ocsp.Response, bool) {
	r, err := ocsp.ParseResponse(der, nil)
	if err != nil {
		return nil, true
	}
	return r, true
}

func impatient(der []byte, leaf, issuer *x509.Certificate) (*ocsp.Response, bool) {
	r, _ := careful(der, leaf, issuer)
	return r, false
}
