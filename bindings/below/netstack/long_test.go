package netstack

import (
	"flag"
	"fmt"
	"testing"
	"time"
)

// Half an hour: make below-netstack-long.
var (
	long = flag.Bool("long", false, "also run the tests that take long")
	runs = flag.Int("runs", 100, "how many times under reordering")
)

func needsLong(t *testing.T) {
	if !*long {
		t.Skip("without -long")
	}
}

// Given links that reorder, of which each test run has others, when both ends send, then each octet
// arrives, and no subflow is lost in any of many runs. SACK, RACK and timestamps are on.
func TestLongReordering(t *testing.T) {
	needsLong(t)
	for i := 0; i < *runs; i++ {
		i := i
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			q := quality{rate: 5e6, delay: time.Duration(2+i%9) * time.Millisecond, reorder: 0.02 + 0.08*float64(i%7), late: time.Duration(3+5*(i%5)) * time.Millisecond}
			other := q
			other.delay = time.Duration(2+i%13) * time.Millisecond
			w := newWorld(t, setup{links: []quality{q, other}, v6: i%2 == 1, seed: int64(i)})
			client, server := w.connect(w.v6)
			w.bothWays(2*mebi, client, server)
			w.intact(client, server)
		})
	}
}

// Given several kinds of links, when 100 MiB go each way, then they arrive.
func TestLongTransfers(t *testing.T) {
	needsLong(t)
	const octets = 100 << 20
	fast := quality{delay: 3 * time.Millisecond, rate: 6e6}
	slow := quality{delay: 10 * time.Millisecond, rate: 3e6}
	big := Config{SendBuffer: 1 << 20, ReceiveBuffer: 1 << 20}
	for name, c := range map[string]struct {
		u   setup
		bad quality
	}{
		"two links": {setup{}, quality{}},
		"IPv6":      {setup{v6: true}, quality{}},
		"checksums": {setup{client: Config{Checksums: true}}, quality{}},
		"loss":      {setup{withoutRACK: true}, quality{loss: 0.001}},
		"all":       {setup{}, quality{reorder: 0.01, late: 5 * time.Millisecond, twice: 0.01}},
	} {
		c := c
		t.Run(name, func(t *testing.T) {
			u := c.u
			u.client.SendBuffer, u.client.ReceiveBuffer = big.SendBuffer, big.ReceiveBuffer
			u.server.SendBuffer, u.server.ReceiveBuffer = big.SendBuffer, big.ReceiveBuffer
			for _, q := range []quality{fast, slow} {
				q.loss, q.reorder, q.late, q.twice = c.bad.loss, c.bad.reorder, c.bad.late, c.bad.twice
				u.links = append(u.links, q)
			}
			w := newWorld(t, u)
			client, server := w.connect(u.v6)
			limit := time.Now().Add(10 * time.Minute)
			client.SetDeadline(limit)
			server.SetDeadline(limit)
			begin := time.Now()
			w.bothWays(octets, client, server)
			seconds := time.Since(begin).Seconds()
			t.Logf("%.0f Mbit/s each way; links %d and %d MiB", octets*8/seconds/1e6, w.upOctets(1)>>20, w.upOctets(2)>>20)
			w.intact(client, server)
			w.bothCarried(octets)
		})
	}
}

// Given a transfer, when one link after the other is dark and comes back, many times, then each octet
// arrives.
func TestLongLinksThatComeAndGo(t *testing.T) {
	needsLong(t)
	w := newWorld(t, setup{withoutRACK: true})
	client, server := w.connect(false)
	limit := time.Now().Add(10 * time.Minute)
	client.SetDeadline(limit)
	server.SetDeadline(limit)
	finished := make(chan error, 1)
	go func() { finished <- transfer{100 << 20, 1, client, server, false}.run() }()
	for link := 1; ; link = 3 - link {
		w.dark(link, true)
		time.Sleep(1500 * time.Millisecond)
		w.dark(link, false)
		select {
		case err := <-finished:
			if err != nil {
				t.Errorf("%v\n%s%s", err, client.Describe(), server.Describe())
			}
			return
		case <-time.After(2 * time.Second):
		}
	}
}
