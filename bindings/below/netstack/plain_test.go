package netstack

import (
	"context"
	"io"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
)

// Given two stacks with a Host below each, when a program uses the stack's own sockets, then its
// connection is plain TCP, and its packets pass the shim as they are.
func TestSocketsOfTheStackStayPlainTCP(t *testing.T) {
	octets := mebi
	w := newWorld(t, setup{})
	at := tcpip.FullAddress{NIC: 1, Addr: toStack(w.serverAddress(false)).Addr, Port: 99}
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
	if sumFrom(c) != sumOf(octets, 1) {
		t.Fatal("other octets came")
	}
	if n := w.client.Counts(); n.In != 0 || n.Out != 0 || int(n.Others) < octets/1500 {
		t.Errorf("the shim took part: %+v", n)
	}
}
