package netstack

import (
	"context"
	"errors"
	"io"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
)

// plainTCP fails the test if an end is not plain TCP for this reason.
func plainTCP(t *testing.T, c *Conn, why Error) {
	t.Helper()
	info := c.Info()
	if info.MPTCP() || !errors.Is(info.Fallback, why) {
		t.Errorf("version %d, fallback %v, and not plain TCP because of: %v", info.Version, info.Fallback, why)
	}
}

func (w *world) boxes(box func() func([]byte) []byte) {
	for i := range w.links {
		w.links[i].out.setBox(box())
		w.server.plugs[i].out.setBox(box())
	}
}

// Given a box that strips the options of MPTCP, from SYNs or from every segment, when both ends
// send, then the connection is plain TCP and each octet arrives.
func TestABoxThatStripsOptions(t *testing.T) {
	for name, which := range map[string]func(header.TCP) bool{"SYN": isSYN, "every": isEvery} {
		which := which
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{})
			w.boxes(func() func([]byte) []byte { return strip(which) })
			client, server := w.connect(false)
			plainTCP(t, client, NoMPTCP)
			plainTCP(t, server, NoMPTCP)
			w.transfer(transfer{mebi, 1, client, server, false}, transfer{mebi, 2, server, client, false})
		})
	}
}

// Given a box that strips options from all segments but SYNs, when both ends send, then the
// connection falls back with the first data, and each octet arrives.
func TestABoxThatStripsOptionsBehindTheSYN(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	w.boxes(func() func([]byte) []byte { return strip(func(tcp header.TCP) bool { return !isSYN(tcp) }) })
	client, server := w.connect(false)
	w.transfer(transfer{mebi, 1, client, server, false}, transfer{mebi, 2, server, client, false})
}

// Given a server without MPTCP, when a client connects, then it gets plain TCP.
func TestAServerWithoutMPTCP(t *testing.T) {
	t.Parallel()
	octets := mebi
	w := newWorld(t, setup{plainServer: true})
	l, err := gonet.ListenTCP(w.server.stack, toStack(w.serverAddress(false)), ipv4.ProtocolNumber)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			io.Copy(c, c)
			c.Close()
		}
	}()
	c, err := w.client.Dial("tcp", w.serverAddress(false).String())
	if err != nil {
		t.Fatal(err)
	}
	plainTCP(t, c.(*Conn), NoMPTCP)
	w.transfer(transfer{octets, 1, c.(*Conn), c.(*Conn), false})
}

// Given a listener, when a client without MPTCP connects, then it is served.
func TestAClientWithoutMPTCP(t *testing.T) {
	t.Parallel()
	octets := mebi
	w := newWorld(t, setup{})
	l := w.listen()
	go func() {
		if c, err := l.Accept(); err == nil {
			plainTCP(t, c.(*Conn), NoMPTCP)
			io.Copy(c, newSource(octets, 1))
			c.Close()
		}
	}()
	at := toStack(w.serverAddress(false))
	c, err := gonet.DialContextTCP(context.Background(), w.client.stack, at, ipv4.ProtocolNumber)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, want := sumFrom(c), sumOf(octets, 1); got != want {
		t.Error("other octets came")
	}
}
