package mutant

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"time"

	mongo "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/evidence"
	"github.com/mongotls/mongotls/harness/tlswire"
)

// Drivers that negotiate otherwise.
var versions = []Mutant{
	{
		Name:   "speaks-tls12-at-most",
		Says:   "The driver does not know TLS 1.3.",
		Driver: configuring(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }),
		Kills: besides(kills("TLS 1.3 must be negotiated", "proto/highest-version", "state/tls12-then-highest"),
			"must connect over TLS",
			"proto/tls13-only-server"),
	},
	{
		Name:   "speaks-tls13-only",
		Says:   "The driver does not know TLS 1.2.",
		Driver: configuring(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS13, 0 }),
		Kills: kills("must connect over TLS", "proto/tls12-only-server", "proto/rsa2048-leaf@tls12", "proto/openssl",
			"mtls/required-and-given@tls12",
			"x509/no-username@tls12", "ocsp/t1-valid-stapled@tls12"),
	},
	{
		Name:   "ignores-limits-of-versions",
		Says:   "The driver negotiates the highest version, whatever its program demands.",
		Driver: asking(func(r *evidence.Request) { drop(r, "tlsMinVersion", "tlsMaxVersion") }),
		Kills: besides(kills(servedIt, "proto/tls13-server-tls12-client", "proto/tls12-server-tls13-client",
			"proto/tls10-client*"),
			"TLS 1.2 must be negotiated", "proto/tls12-client"),
	},
	{
		Name:   "speaks-tls10",
		Says:   "The driver still takes TLS 1.0 and 1.1.",
		Driver: configuring(func(c *tls.Config) { c.MinVersion = tls.VersionTLS10 }),
		Kills:  kills(letIn, "proto/tls11-server*"),
	},
	{
		Name: "takes-triple-des",
		Says: "The driver still offers suites that are broken.",
		Driver: configuring(func(c *tls.Config) {
			for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
				c.CipherSuites = append(c.CipherSuites, s.ID)
			}
		}),
		Kills: kills(servedIt, "proto/rc4-only", "proto/no-shared-cipher"),
	},
	{
		Name:   "knows-x25519-only",
		Says:   "The driver agrees on keys by X25519 only.",
		Driver: configuring(func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519} }),
		Kills:  kills(keptOut, "proto/group-p256", "proto/group-p256@tls12", "proto/hello-retry"),
	},
	{
		Name:   "knows-p256-only",
		Says:   "The driver agrees on keys by P-256 only.",
		Driver: configuring(func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP256} }),
		Kills:  kills(keptOut, "proto/group-p256@x25519", "proto/hello-retry"),
	},
	{
		Name:   "has-no-patience",
		Says:   "The driver takes its connectTimeoutMS for a tenth of a second.",
		Driver: asking(func(r *evidence.Request) { set(r, "connectTimeoutMS", "100") }),
		Kills:  kills("none of its limits", "proto/slow-handshake*"),
	},
	{
		Name: "tries-again-with-less",
		Says: "The driver falls back on TLS 1.2 where its peer ends a handshake.",
		Driver: falling(func(_ evidence.Request, a evidence.Answer) bool {
			return a.Error.Reason == evidence.ProtocolMismatch || a.Error.Reason == evidence.PeerClosed
		}, configuring(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })),
		Kills: besides(kills(letIn, "proto/version-intolerant"), servedIt, "proto/version-intolerant@closed"),
	},
	{
		Name: "waits-for-each-byte",
		Says: "The driver's connectTimeoutMS is one for each read, however many there are.",
		Driver: tweaking(func(_ evidence.Request, o *mongo.ClientOptions) {
			if limit := o.ConnectTimeout; limit != nil {
				o.SetConnectTimeout(time.Minute).SetDialer(renewing{*limit})
			}
		}),
		Kills: kills("must end this, but the driver connected", "err/handshake-drip"),
	},
	{
		Name:   "sends-one-record",
		Says:   "The driver has no more than one record for a command.",
		Driver: refusing(func(r evidence.Request) bool { return len(r.Commands[0].JSON) > 1<<14 }),
		Kills:  kills(keptOut, "proto/command-beyond-a-record"),
	},
	listening("reads-whole-messages", "The driver takes each record for a whole handshake message.",
		func(first []byte) bool { return first[0] == tlswire.RecordHandshake && first[4] == 16 && first[3] == 0 },
		"proto/fragmented-records*"),
	{
		Name:   "sends-no-change-cipher-spec",
		Says:   "The driver's handshakes of TLS 1.3 do not look like resumed ones of TLS 1.2.",
		Driver: tweaking(func(_ evidence.Request, o *mongo.ClientOptions) { o.Dialer = bare{o.Dialer} }),
		Kills:  kills(keptOut, "proto/middlebox"),
	},
	listening("heeds-warnings", "The driver ends a handshake at the first alert, whatever its level.",
		func(first []byte) bool { return first[0] == tlswire.RecordAlert && first[5] == 1 }, "proto/warning-alert"),
}

func configuring(f func(*tls.Config)) driverOf {
	return tweaking(func(_ evidence.Request, o *mongo.ClientOptions) {
		if o.TLSConfig != nil {
			f(o.TLSConfig)
		}
	})
}

// listening is a driver that ends a connection whose first bytes, a record's header and one more, are such.
func listening(name, says string, such func(first []byte) bool, rows ...string) Mutant {
	return Mutant{Name: name, Says: says, Kills: kills(keptOut, rows...),
		Driver: tweaking(func(_ evidence.Request, o *mongo.ClientOptions) { o.Dialer = hearing{o.Dialer, such} })}
}

// hearing dials connections that listen.
type hearing struct {
	mongo.ContextDialer
	such func([]byte) bool
}

func (h hearing) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := dialled(ctx, h.ContextDialer, network, address)
	if err != nil {
		return nil, err
	}
	return &heard{Conn: c, such: h.such}, nil
}

// dialled is a connection of a dialer; nil is the usual one.
func dialled(ctx context.Context, d mongo.ContextDialer, network, address string) (net.Conn, error) {
	if d == nil {
		d = new(net.Dialer)
	}
	return d.DialContext(ctx, network, address)
}

// bare dials connections that carry no ChangeCipherSpec of the client.
type bare struct{ mongo.ContextDialer }

func (b bare) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := dialled(ctx, b.ContextDialer, network, address)
	if err != nil {
		return nil, err
	}
	return stripped{c}, nil
}

type stripped struct{ net.Conn }

func (c stripped) Write(p []byte) (int, error) {
	_, err := c.Conn.Write(tlswire.WithoutCCS(p))
	return len(p), err
}

type heard struct {
	net.Conn
	such func([]byte) bool
	once bool
}

func (c *heard) Read(p []byte) (int, error) {
	if c.once {
		return c.Conn.Read(p)
	}
	c.once = true
	head := make([]byte, 6)
	n, err := io.ReadFull(c.Conn, head)
	switch {
	case err != nil:
		return copy(p, head[:n]), err
	case c.such(head):
		return 0, errMutant
	}
	c.Conn = &ahead{c.Conn, head}
	return c.Conn.Read(p)
}

// ahead is a connection of which some bytes have been read.
type ahead struct {
	net.Conn
	head []byte
}

func (c *ahead) Read(p []byte) (int, error) {
	if len(c.head) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.head)
	c.head = c.head[n:]
	return n, nil
}

// renewing dials connections of which each read has a time-out of its own.
type renewing struct{ limit time.Duration }

func (r renewing) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	return renewed{c, r.limit}, err
}

type renewed struct {
	net.Conn
	limit time.Duration
}

func (c renewed) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}
