package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mongotls/mongotls/harness/evidence"
)

// A visit is an attempt's use of a server.
type visit struct {
	name    string
	mongods *Mongods
	mongod  *instance
	relay   *relay
	began   time.Time
	mark    int // of the server's log, where the attempt begins
	once    bool
}

func (v *visit) Members() []Member { return []Member{{v.name, v.relay.addr().AddrPort()}} }

// Seen joins what went over the wire with what the server's log says of it.
func (v *visit) Seen(ctx context.Context) (evidence.Seen, error) {
	conns, open, err := v.relay.record(ctx)
	if err == nil {
		err = v.mongod.complete(ctx, v.mark, conns)
	}
	if err != nil {
		return evidence.Seen{}, err
	}
	seen, err := v.mongod.account(v.mark, conns, v.began)
	seen.Open = open
	if err != nil {
		return evidence.Seen{}, err
	}
	return seen, v.mongod.alive()
}

// complete waits until the log after a mark has all that there is to say of connections. What the server decided stands
// in its log before it acts. That a client broke off a handshake is noted when it is noticed.
func (m *instance) complete(ctx context.Context, mark int, conns []relayed) error {
	if err := m.barrier(ctx); err != nil {
		return err
	}
	parting, cancel := context.WithTimeout(ctx, goodbye)
	defer cancel()
	m.book.wait(parting, mark, func(lines []logged) bool {
		return !slices.ContainsFunc(conns, func(c relayed) bool {
			return c.seen.Hello != nil && c.seen.TLS == "" && !ended(lines, c.upstream)
		})
	})
	return nil
}

// alive is an error once the server has ended.
func (m *instance) alive() error {
	if _, ended := m.exit(); ended {
		return fmt.Errorf("the server ended; its log ends: %s", m.tail())
	}
	return nil
}

// refusals are the lines in which it does not take others for its fellows. Those about the harness's own user only say
// that it is not known there yet.
func (m *instance) refusals() (lines []string) {
	if m.plan.Seat == nil {
		return nil
	}
	for _, l := range m.book.since(0) {
		if fellowless(l.ID) && !strings.Contains(l.text, adminName) {
			lines = append(lines, l.text)
		}
	}
	return lines
}

// account is what the server's log, after a mark, says about connections to it.
func (m *instance) account(mark int, conns []relayed, began time.Time) (seen evidence.Seen, err error) {
	lines := m.book.since(mark)
	var numbers []int64
	for _, c := range conns {
		c.seen.ID, c.seen.AtMS = number(lines, c.upstream), int(c.accepted.Sub(began).Milliseconds())
		if c.seen.ID == 0 {
			return seen, fmt.Errorf("the server's log does not know the connection from %s", c.upstream)
		}
		numbers = append(numbers, c.seen.ID)
		c.seen.Stapled = m.stapled && c.seen.TLS != "" && c.seen.Hello.OCSP
		seen.Connections = append(seen.Connections, c.seen)
	}
	seen.Log = about(lines, numbers)
	for i := range seen.Connections {
		c := &seen.Connections[i]
		c.Commands = commands(lines, c.ID, began)
		c.Answered = len(c.Commands) == 0 && conns[i].turns > 1
		c.HandshakeError = handshakeError(lines, *c)
	}
	Explain(&seen)
	return seen, nil
}

func (v *visit) Close() error {
	err := v.relay.close()
	v.mongod.book.forget(v.mongod.book.mark())
	if v.once {
		return errors.Join(err, v.mongods.discard(v.mongod))
	}
	v.mongods.giveBack(v.mongod)
	return err
}
