package mutant

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/godriver"
	"github.com/mongotls/mongotls/harness/evidence"
)

var drivers = []Mutant{
	{
		Name:   "accepts-any-certificate",
		Says:   "The driver encrypts, but verifies nothing.",
		Driver: verifying(nil),
		Red:    []string{"trust/wrong-ca", "name/mismatch", "time/expired", "usage/eku-clientauth-only", "ocsp/t2-revoked-stapled"},
	},
	{
		Name: "skips-the-name-check",
		Says: "The driver checks the chain, not the host name: the default of many libraries before 2015.",
		Driver: verifying(func(o *x509.VerifyOptions, _ tls.ConnectionState) {
			o.DNSName = ""
		}),
		Red: []string{"name/mismatch", "name/ip-not-in-san", "name/wildcard-two-labels"},
	},
	{
		Name: "ignores-expiry",
		Says: "The driver verifies as of the day the certificate was issued.",
		Driver: verifying(func(o *x509.VerifyOptions, s tls.ConnectionState) {
			o.CurrentTime = s.PeerCertificates[0].NotBefore.Add(time.Second)
		}),
		Red: []string{"time/expired", "time/not-yet-valid"},
	},
	{
		Name: "ignores-the-key-usage",
		Says: "The driver takes a client's certificate for a server's.",
		Driver: verifying(func(o *x509.VerifyOptions, _ tls.ConnectionState) {
			o.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
		}),
		Red: []string{"usage/eku-clientauth-only"},
	},
	{
		Name:   "ignores-the-staple",
		Says:   "The driver verifies the certificate and looks at no revocation at all.",
		Driver: verifying(func(*x509.VerifyOptions, tls.ConnectionState) {}),
		Red:    []string{"ocsp/t2-revoked-stapled", "ocsp/malicious2", "ocsp/staple-expired"},
	},
	{
		Name:     "asks-no-responder",
		Says:     "The driver heeds staples and never asks a responder, as tlsDisableOCSPEndpointCheck would make it.",
		Driver:   tweaked(func(o *options.ClientOptions) { o.SetDisableOCSPEndpointCheck(true) }),
		Red:      []string{"ocsp/t4-revoked-no-staple", "ocsp/t3-valid-no-staple"},
		TwinsToo: true,
	},
	{
		Name: "plaintext-in-spite-of-tls",
		Says: "The driver loses tls=true on its way and talks in clear wherever the server lets it.",
		Driver: tweaked(func(o *options.ClientOptions) {
			o.TLSConfig = nil
		}),
		Red: []string{"uri/tls-true/allowTLS", "uri/tls-true/preferTLS", "trust/wrong-ca/allowTLS"},
		// The control is served in clear as well.
		TwinsToo: true,
	},
	{
		Name: "drops-the-client-certificate",
		Says: "The driver reads tlsCertificateKeyFile and does not present it.",
		Driver: tweaked(func(o *options.ClientOptions) {
			if o.TLSConfig != nil {
				o.TLSConfig.Certificates, o.TLSConfig.GetClientCertificate = nil, nil
			}
		}),
		Red: []string{"mtls/required-and-given", "x509/no-username"},
	},
	{
		Name:     "refuses-everything",
		Says:     "The driver fails whatever it is given, and so agrees with every negative row of a suite without controls.",
		Driver:   func() driver.Driver { return refusing{godriver.New(driver.Isolation{})} },
		Red:      []string{"uri/tls-true", "trust/wrong-ca", "name/mismatch", "uri/tls-ssl-conflict"},
		TwinsToo: true,
	},
	{
		Name:     "hangs",
		Says:     "The driver never comes back.",
		Driver:   func() driver.Driver { return hanging{godriver.New(driver.Isolation{})} },
		Red:      []string{"uri/tls-true", "trust/wrong-ca"},
		TwinsToo: true,
	},
	{
		Name:   "lies-about-the-reason",
		Says:   "The driver reports every failure of TLS as an untrusted certificate.",
		Driver: editing(func(a *evidence.Answer) { a.Error.Reason = evidence.Untrusted }),
		Red:    []string{"name/mismatch", "time/expired", "mtls/required-none-mongod", "uri/tls-ssl-conflict"},
	},
	{
		Name:   "swallows-the-error",
		Says:   "The driver reports success after every failure.",
		Driver: editing(func(a *evidence.Answer) { a.OK, a.Error = true, nil }),
		Red:    []string{"trust/wrong-ca", "mode/require-plain-client", "uri/tls-ssl-conflict", "x509/user-not-created"},
	},
	{
		Name: "labels-everything-as-overload",
		Says: "The driver labels every failure of a connection as overload of the server.",
		Driver: editing(func(a *evidence.Answer) {
			a.Error.Labels = []string{"NetworkError", "SystemOverloadedError", "RetryableError"}
		}),
		Red: []string{"err/label-cert-error", "err/label-hostname-error", "err/label-remote-alert", "err/label-auth-step"},
	},
	{
		Name:   "loses-labels",
		Says:   "The driver loses the labels of its errors on the way to the application.",
		Driver: editing(func(a *evidence.Answer) { a.Error.Labels = nil }),
		Red:    []string{"err/label-eof", "err/label-timeout"},
	},
	{
		Name: "keeps-a-broken-pool",
		Says: "The driver never clears its pool.",
		Driver: editing(func(a *evidence.Answer) {
			a.Events = slices.DeleteFunc(a.Events, func(e evidence.Event) bool { return e.Kind == "pool-cleared" })
		}),
		Red: []string{"err/label-cert-error", "err/label-hostname-error", "err/label-remote-alert"},
	},
	{
		Name:   "clears-its-pool-when-in-doubt",
		Says:   "The driver clears its pool after every failure of a connection.",
		Driver: editing(func(a *evidence.Answer) { a.Events = append(a.Events, evidence.Event{Kind: "pool-cleared"}) }),
		Red:    []string{"err/label-eof", "err/label-timeout"},
	},
}

// editing is a driver whose failures change says again.
func editing(change func(*evidence.Answer)) func() driver.Driver {
	return func() driver.Driver { return edited{godriver.New(driver.Isolation{}), change} }
}

type edited struct {
	driver.Driver
	change func(*evidence.Answer)
}

func (d edited) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	a, err := d.Driver.Do(ctx, r)
	if a.Error != nil {
		d.change(&a)
	}
	return a, err
}

func tweaked(f func(*options.ClientOptions)) func() driver.Driver {
	return func() driver.Driver { return godriver.New(driver.Isolation{}, godriver.Tweak(f)) }
}

// verifying is a driver that verifies as change says, or not at all. InsecureSkipVerify also stops the driver's own OCSP.
func verifying(change func(*x509.VerifyOptions, tls.ConnectionState)) func() driver.Driver {
	return tweaked(func(o *options.ClientOptions) {
		c := o.TLSConfig
		if c == nil || c.InsecureSkipVerify {
			return
		}
		c.InsecureSkipVerify = true
		if change == nil {
			return
		}
		c.VerifyConnection = func(s tls.ConnectionState) error {
			v := x509.VerifyOptions{Roots: c.RootCAs, DNSName: s.ServerName, Intermediates: x509.NewCertPool()}
			for _, cert := range s.PeerCertificates[1:] {
				v.Intermediates.AddCert(cert)
			}
			change(&v, s)
			_, err := s.PeerCertificates[0].Verify(v)
			return err
		}
	})
}

type refusing struct{ driver.Driver }

func (d refusing) Do(_ context.Context, r evidence.Request) (evidence.Answer, error) {
	return evidence.Answer{ID: r.ID, Stage: "configure", Stopped: "returned",
		Error: &evidence.Error{Reason: evidence.Untrusted, Text: "no", Surface: "no"}}, nil
}

type hanging struct{ driver.Driver }

func (d hanging) Do(ctx context.Context, r evidence.Request) (evidence.Answer, error) {
	limit := time.NewTimer(time.Duration(r.LimitMS) * time.Millisecond)
	defer limit.Stop()
	select {
	case <-limit.C:
		return evidence.Answer{ID: r.ID, Stage: "connect", Stopped: "limit",
			Error: &evidence.Error{Reason: evidence.Timeout, Text: "context deadline exceeded"}}, nil
	case <-ctx.Done():
		return evidence.Answer{}, ctx.Err()
	}
}
