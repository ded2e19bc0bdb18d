package netstack

import (
	"context"
	"io"
	"math"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
)

// plainRate is what the stack's own TCP carries over a link alone, in Mbit/s.
func plainRate(t *testing.T, u setup, link, octets int) float64 {
	u.plainServer, u.plainClient = true, true
	u.links = u.links[link-1 : link]
	w := newWorld(t, u)
	at := toStack(w.serverAddress(false))
	l, err := gonet.ListenTCP(w.server.stack, at, ipv4.ProtocolNumber)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			io.Copy(c, newSource(octets, 1))
			c.Close()
		}
	}()
	c, err := gonet.DialContextTCP(context.Background(), w.client.stack, at, ipv4.ProtocolNumber)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	begin := time.Now()
	if sumFrom(c) != sumOf(octets, 1) {
		t.Fatal("other octets came")
	}
	return rate(octets, begin)
}

func rate(octets int, begin time.Time) float64 {
	return float64(octets) * 8 / time.Since(begin).Seconds() / 1e6
}

// The better of two runs of plainRate: the stack's TCP stalls for seconds in some, and against such a
// run any rate would do.
func betterRate(t *testing.T, u setup, link, octets int) float64 {
	return math.Max(plainRate(t, u, link, octets), plainRate(t, u, link, octets))
}

// Given links of 20 and 10 Mbit/s, when a server sends, then both together carry at least 1.35 times
// what the better one carries alone: with buffers that hold what both links hold with full queues,
// and with the default ones, where the shared window limits.
func TestLongGain(t *testing.T) {
	needsLong(t)
	octets := 24 * mebi
	links := []quality{{delay: 10 * time.Millisecond, rate: 2.5e6}, {delay: 15 * time.Millisecond, rate: 1.25e6}}
	for _, of := range []struct {
		name        string
		buffers     int
		withoutRACK bool
	}{{"RACK", 1 << 20, false}, {"no RACK", 1 << 20, true}, {"default buffers", 0, false}} {
		buffers := Config{SendBuffer: of.buffers, ReceiveBuffer: of.buffers}
		u := setup{links: links, withoutRACK: of.withoutRACK, client: buffers, server: buffers}
		t.Run(of.name, func(t *testing.T) {
			alone := betterRate(t, u, 1, octets)
			w := newWorld(t, u)
			client, server := w.connect(false)
			w.greet(client, server)
			w.twoSubflows(client, server)
			begin := time.Now()
			w.transfer(transfer{octets, 1, server, client, true})
			both := rate(octets, begin)
			t.Logf("TCP alone over the better link %.1f Mbit/s, MPTCP over both %.1f: %.2f times", alone, both, both/alone)
			if both < 1.35*alone {
				t.Error("less than 1.35 times")
			}
		})
	}
}
