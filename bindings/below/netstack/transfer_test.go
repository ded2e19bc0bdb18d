package netstack

import (
	"errors"
	"flag"
	"os"
	"testing"
	"time"
)

// Octets: a mebioctet, or less under the race detector, which makes all of this ten times as slow.
var mebi = 1 << 20

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		mebi >>= 3
	}
	os.Exit(m.Run())
}

// Octets that the client has sent into each link.
func (w *world) upOctets(link int) int { return int(w.links[link-1].out.octets.Load()) }

// Resets and SYNs of both ends on all links: a subflow that is lost shows in the first, one that is
// opened in the second.
func (w *world) resets() (n int64) {
	for i := range w.links {
		n += w.links[i].out.resets.Load() + w.server.plugs[i].out.resets.Load()
	}
	return n
}

func (w *world) syns() (n int64) {
	for i := range w.links {
		n += w.links[i].out.syns.Load() + w.server.plugs[i].out.syns.Load()
	}
	return n
}

// intact fails the test if a subflow was lost: there was a RST, or another SYN than two, or there are
// not two. (Once a connection has ended, the stack answers by a RST what comes late.)
func (w *world) intact(client, server *Conn) {
	w.t.Helper()
	if w.resets() == 0 && w.syns() == 2 && subflows(client) == 2 && subflows(server) == 2 {
		return
	}
	w.t.Errorf("%d resets, %d SYNs: a subflow was lost\nclient: %sserver: %s", w.resets(), w.syns(), client.Describe(), server.Describe())
	for i := range w.links {
		w.t.Logf("link %d: reset of client %v, of server %v", i+1, w.links[i].out.reset.Load(), w.server.plugs[i].out.reset.Load())
	}
}

// Given two links, when both ends send, then each octet arrives, and both links carry some: where the
// client joins the server's first address, and where it joins one that the server announces.
func TestTwoSubflowsCarryBothDirections(t *testing.T) {
	for name, u := range map[string]setup{
		"IPv4": {}, "IPv6": {v6: true}, "announced": {apart: true}, "announced, IPv6": {apart: true, v6: true},
	} {
		u := u
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, u)
			client, server := w.connect(u.v6)
			w.bothWays(4*mebi, client, server)
			w.bothCarried(4 * mebi)
		})
	}
}

// Under the race detector the processors are slower than the links, so that the better link carries
// nearly all: there each carries some segments. Otherwise at least a tenth of the octets went up on each link.
func (w *world) bothCarried(octets int) {
	w.t.Helper()
	least := octets / 10
	if testing.Short() {
		least = 10 * 1400
	}
	for link := 1; link <= 2; link++ {
		if n := w.upOctets(link); n < least {
			w.t.Errorf("link %d carried %d of %d octets", link, n, octets)
		}
	}
}

// Given links that lose, swap or double packets, when both ends send, then each octet arrives, and
// no subflow is lost.
func TestBadLinks(t *testing.T) {
	links := func(q quality) []quality {
		q1, q2 := q, q
		q1.delay, q2.delay = 5*time.Millisecond, 8*time.Millisecond
		q1.rate, q2.rate = 25e5, 25e5
		return []quality{q1, q2}
	}
	for name, q := range map[string]quality{
		"loss":        {loss: 0.01},
		"reordering":  {reorder: 0.3, late: 12 * time.Millisecond},
		"duplication": {twice: 0.05},
		"everything":  {loss: 0.005, reorder: 0.1, late: 10 * time.Millisecond, twice: 0.02},
	} {
		q := q
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{links: links(q)})
			client, server := w.connect(false)
			w.bothWays(2*mebi, client, server)
			if q.loss == 0 {
				w.intact(client, server)
			}
		})
	}
}

// Given a transfer on two links, when one of them is dark for a while, then the transfer goes on
// without it, and uses it again when it is back. The stack's RACK has a defect: after a time-out TCP
// sends two segments each time-out, so that the link carries little for long. Without RACK it is
// used as before.
func TestALinkThatIsDarkForAWhile(t *testing.T) {
	for name, without := range map[string]bool{"RACK": false, "no RACK": true} {
		without := without
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{withoutRACK: without})
			client, server := w.connect(false)
			finished := make(chan error, 1)
			go func() { finished <- transfer{20 * mebi, 1, client, server, true}.run() }()
			w.until("octets on link 2", func() bool { return w.upOctets(2) > mebi })
			w.dark(2, true)
			first := w.upOctets(1)
			w.until("octets on link 1 while link 2 is dark", func() bool { return w.upOctets(1) > first+4*mebi })
			w.dark(2, false)
			second := w.upOctets(2)
			if without {
				w.until("octets on link 2 after it was dark", func() bool { return w.upOctets(2) > second+mebi })
			}
			if err := <-finished; err != nil {
				t.Error(err)
			}
			w.intact(client, server)
		})
	}
}

// Given a connection that waits, when the link of its first subflow stays dark, then the octets go
// on the other one.
func TestTheFirstLinkStaysDark(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	client, server := w.connect(false)
	w.greet(client, server)
	w.twoSubflows(client, server)
	w.dark(1, true)
	w.bothWays(2*mebi, client, server)
}

// Given checksums at one end, when both send, then both use them and each octet arrives.
func TestChecksums(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{server: Config{Checksums: true}, links: []quality{
		{delay: 5 * time.Millisecond, rate: 25e5, loss: 0.005}, {delay: 9 * time.Millisecond, rate: 25e5, loss: 0.005}}})
	client, server := w.connect(false)
	if !client.Info().Checksums || !server.Info().Checksums {
		t.Error("no checksums")
	}
	w.bothWays(2*mebi, client, server)
	w.intact(client, server)
}

// Given checksums, when a box on one link changes octets, then that subflow is reset, and each octet
// arrives on the other (RFC 8684 s3.7).
func TestABoxThatChangesOctetsLosesItsSubflow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{client: Config{Checksums: true}})
	client, server := w.connect(false)
	w.links[1].out.setBox(spoil(100))
	w.transfer(transfer{4 * mebi, 1, client, server, false})
	if w.server.plugs[1].out.resets.Load() == 0 {
		t.Error("no reset on link 2")
	}
	if info := server.Info(); !info.MPTCP() {
		t.Errorf("the connection is plain TCP: %+v", info)
	}
}

// Given links with an MTU above Ethernet's, when both send, then each octet arrives on both.
func TestJumboFrames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{mtu: 9000})
	client, server := w.connect(false)
	w.bothWays(2*mebi, client, server)
	w.bothCarried(2 * mebi)
}

// Given version 0 at the client, when both ends send, then both speak it.
func TestVersion0(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{client: Config{Version: -1}, server: Config{Version0: true}})
	client, server := w.connect(false)
	if a, b := client.Info().Version, server.Info().Version; a != 0 || b != 0 {
		t.Errorf("version %d, %d", a, b)
	}
	w.bothWays(2*mebi, client, server)
	w.bothCarried(2 * mebi)
}

// Given a server that allows one subflow, or says that it wants no join, when the client has a
// second address, then the connection works with one, and tells why.
func TestAJoinIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		server Config
		why    string
	}{
		"limit":  {Config{Subflows: 1}, "TRIED"},
		"flag C": {Config{DenyJoin: true}, "DENIED"},
	} {
		name, c := name, c
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{server: c.server})
			client, server := w.connect(false)
			w.greet(client, server)
			w.until(c.why, func() bool {
				var why Error
				info := client.Info()
				return len(info.Subflows) == 1 && errors.As(info.NotJoining, &why) && why.Name() == c.why
			})
			w.transfer(transfer{mebi, 1, client, server, false})
			if n := w.upOctets(2); n > 1000 {
				t.Errorf("link 2 carried %d octets", n)
			}
			refused := uint32(0) // the client of a server with flag C does not even try
			if name == "limit" {
				refused = 1
			}
			if n, all := w.server.JoinsRefused(NotWanted), w.server.JoinsRefused(0); n != refused || all != refused {
				t.Errorf("%d joins refused as not wanted, %d in all, and not %d", n, all, refused)
			}
		})
	}
}
