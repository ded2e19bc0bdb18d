package netstack

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// The world of a test: a client and a server, each a stack with a Host, and links between them.
//
//	client 10.1.1.1 fd01:1::1 ------- link 1 ------- 10.1.1.2 fd01:1::2 server
//	       10.1.2.1 fd01:2::1 ------- link 2 ------- 10.1.2.2 fd01:2::2
type world struct {
	t              *testing.T
	client, server *side
	links          []*plug // the client's ends
	v6             bool
}

type side struct {
	*Host
	stack *stack.Stack
	plugs []*plug
}

const port = 80

// setup says how a world is not the usual one: two links of 20 Mbit/s and 5 and 10 ms, the client
// may join from its second address.
type setup struct {
	links          []quality
	client, server Config
	addresses      bool // the client's second address is not added
	v6             bool
	mtu            uint32
	plainServer    bool // the server has no Host
	plainClient    bool // nor has the client
	withoutRACK    bool
	seed           int64 // of what the links do
	apart          bool  // each link is a network of its own: the server announces its second address
}

func usual() []quality {
	return []quality{{delay: 5 * time.Millisecond, rate: 25e5}, {delay: 10 * time.Millisecond, rate: 25e5}}
}

func address(v6 bool, link, host int) netip.Addr {
	if v6 {
		return netip.MustParseAddr(fmt.Sprintf("fd01:%d::%d", link, host))
	}
	return netip.MustParseAddr(fmt.Sprintf("10.1.%d.%d", link, host))
}

// RACK finds losses, unless it is turned off; then SACK blocks alone do.
func newStack(rack bool) *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	sack := tcpip.TCPSACKEnabled(true)
	s.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)
	if !rack {
		none := tcpip.TCPRecovery(0)
		s.SetTransportProtocolOption(tcp.ProtocolNumber, &none)
	}
	return s
}

func addAddress(t *testing.T, s *stack.Stack, id tcpip.NICID, ip netip.Addr) tcpip.AddressWithPrefix {
	a := tcpip.AddressWithPrefix{Address: tcpip.Address(ip.AsSlice()), PrefixLen: 24}
	if ip.Is6() {
		a.PrefixLen = 64
	}
	p := tcpip.ProtocolAddress{Protocol: protocolOf(ip), AddressWithPrefix: a}
	if err := s.AddProtocolAddress(id, p, stack.AddressProperties{}); err != nil {
		t.Fatalf("AddProtocolAddress: %v", err)
	}
	return a
}

// addInterface gives a stack its n-th interface, with an address of each family. Unless the networks
// are apart, each interface leads to all addresses, and the server takes packets for its first
// address on each.
func addInterface(t *testing.T, s *stack.Stack, ep stack.LinkEndpoint, n, host int, apart bool) {
	id := tcpip.NICID(n)
	if err := s.CreateNIC(id, ep); err != nil {
		t.Fatalf("CreateNIC: %v", err)
	}
	for _, v6 := range []bool{false, true} {
		subnet := addAddress(t, s, id, address(v6, n, host)).Subnet()
		s.AddRoute(tcpip.Route{Destination: subnet, NIC: id})
		if !apart && host == 2 && n > 1 {
			addAddress(t, s, id, address(v6, 1, host))
		}
	}
	if !apart {
		s.AddRoute(tcpip.Route{Destination: header.IPv4EmptySubnet, NIC: id})
		s.AddRoute(tcpip.Route{Destination: header.IPv6EmptySubnet, NIC: id})
	}
}

func newSide(t *testing.T, u *setup, cfg Config, plain bool, plugs []*plug, host int) *side {
	s := &side{stack: newStack(!u.withoutRACK), plugs: plugs}
	if !plain {
		var err error
		if s.Host, err = New(s.stack, cfg); err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range plugs {
		var ep stack.LinkEndpoint = p
		if !plain {
			l, err := s.Link(p)
			if err != nil {
				t.Fatal(err)
			}
			ep = l
		}
		addInterface(t, s.stack, ep, i+1, host, u.apart)
	}
	return s
}

func newWorld(t *testing.T, u setup) *world {
	t.Helper()
	if u.links == nil {
		u.links = usual()
	}
	if u.mtu == 0 {
		u.mtu = 1500
	}
	var ends [2][]*plug
	for i, q := range u.links {
		a, b := newLink(q, u.mtu, 1000*u.seed+int64(100*i)+1)
		ends[0], ends[1] = append(ends[0], a), append(ends[1], b)
	}
	w := &world{t: t, links: ends[0], v6: u.v6}
	w.client = newSide(t, &u, u.client, u.plainClient, ends[0], 1)
	w.server = newSide(t, &u, u.server, u.plainServer, ends[1], 2)
	for i := 2; i <= len(u.links) && !u.addresses && !u.plainClient; i++ {
		if err := w.client.AddAddress(netip.AddrPortFrom(address(u.v6, i, 1), 0), Join); err != nil {
			t.Fatal(err)
		}
	}
	if u.apart {
		if err := w.server.AddAddress(netip.AddrPortFrom(address(u.v6, 2, 2), 0), Announce); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(w.close)
	return w
}

func (w *world) close() {
	for _, s := range []*side{w.client, w.server} {
		if s.Host != nil {
			s.Close()
		}
		for id := range s.plugs {
			s.stack.RemoveNIC(tcpip.NICID(id + 1))
		}
		s.stack.Close()
	}
}

// dark cuts a link both ways, or restores it.
func (w *world) dark(link int, is bool) {
	w.links[link-1].out.dark.Store(is)
	w.server.plugs[link-1].out.dark.Store(is)
}

func (w *world) serverAddress(v6 bool) netip.AddrPort {
	return netip.AddrPortFrom(address(v6, 1, 2), port)
}

func (w *world) listen() net.Listener {
	l, err := w.server.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// connect returns both ends of a connection.
func (w *world) connect(v6 bool) (client, server *Conn) {
	w.t.Helper()
	return w.connectTo(w.listen(), v6)
}

func (w *world) connectTo(l net.Listener, v6 bool) (client, server *Conn) {
	w.t.Helper()
	accepted := make(chan *Conn, 1)
	go func() {
		if c, err := l.Accept(); err == nil {
			accepted <- c.(*Conn)
		}
		close(accepted)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client, err := w.client.DialFrom(ctx, netip.AddrPort{}, w.serverAddress(v6))
	if err != nil {
		w.t.Fatal(err)
	}
	select {
	case server = <-accepted:
	case <-time.After(20 * time.Second):
	}
	if server == nil {
		w.t.Fatal("the server has accepted nothing")
	}
	limit := time.Now().Add(90 * time.Second)
	client.SetDeadline(limit)
	server.SetDeadline(limit)
	return client, server
}

// source gives n octets that depend on their position and on a seed.
type source struct {
	left int
	x    uint64
}

func newSource(n int, seed uint64) *source { return &source{n, seed*0x9e3779b97f4a7c15 + 1} }

func (s *source) Read(b []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	if len(b) > s.left {
		b = b[:s.left]
	}
	for i := range b {
		s.x ^= s.x << 13
		s.x ^= s.x >> 7
		s.x ^= s.x << 17
		b[i] = byte(s.x >> 32)
	}
	s.left -= len(b)
	return len(b), nil
}

func sumOf(n int, seed uint64) [32]byte {
	h := sha256.New()
	io.Copy(h, newSource(n, seed))
	return *(*[32]byte)(h.Sum(nil))
}

// sumFrom reads to the end.
func sumFrom(r io.Reader) [32]byte {
	h := sha256.New()
	io.Copy(h, r)
	return *(*[32]byte)(h.Sum(nil))
}

// A transfer sends octets from one end to the other, ends that direction, and compares SHA-256.
type transfer struct {
	octets   int
	seed     uint64
	from, to *Conn
	open     bool // the direction is not ended
}

func (x transfer) run() error {
	sent := make(chan error, 1)
	go func() {
		_, err := io.Copy(x.from, newSource(x.octets, x.seed))
		if err == nil && !x.open {
			err = x.from.CloseWrite()
		}
		sent <- err
	}()
	h := sha256.New()
	to := io.Reader(x.to)
	if x.open {
		to = io.LimitReader(to, int64(x.octets))
	}
	n, err := io.Copy(h, to)
	if err != nil {
		return fmt.Errorf("reading, after %d octets: %w", n, err)
	}
	if err := <-sent; err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	if n != int64(x.octets) || *(*[32]byte)(h.Sum(nil)) != sumOf(x.octets, x.seed) {
		return fmt.Errorf("%d of %d octets arrived, or they are others", n, x.octets)
	}
	return nil
}

// bothWays sends so many octets each way at once; the connection stays open.
func (w *world) bothWays(octets int, client, server *Conn) {
	w.t.Helper()
	w.transfer(transfer{octets, 1, client, server, true}, transfer{octets, 2, server, client, true})
}

// transfer runs some of them beside each other.
func (w *world) transfer(all ...transfer) {
	w.t.Helper()
	errs := make(chan error, len(all))
	for _, x := range all {
		go func(x transfer) { errs <- x.run() }(x)
	}
	for range all {
		if err := <-errs; err != nil {
			w.t.Error(err)
		}
	}
	if w.t.Failed() {
		for _, x := range all {
			w.t.Logf("from:\n%sto:\n%s", x.from.Describe(), x.to.Describe())
		}
		w.t.Logf("client %+v\nserver %+v", w.client.Counts(), w.server.Counts())
		w.t.FailNow()
	}
}

// until waits for something to become true.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	for limit := time.Now().Add(15 * time.Second); !is(); {
		if time.Now().After(limit) {
			w.t.Fatalf("not within 15 s: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func subflows(c *Conn) (established int) {
	for _, s := range c.Info().Subflows {
		if s.Established {
			established++
		}
	}
	return established
}

// greet sends a few octets each way: then both ends know that the other has the keys (RFC 8684 s3.1).
func (w *world) greet(client, server *Conn) {
	w.t.Helper()
	b := make([]byte, 5)
	for _, x := range [][2]*Conn{{client, server}, {server, client}} {
		if _, err := x[0].Write([]byte("hello")); err != nil {
			w.t.Fatal(err)
		}
		if _, err := io.ReadFull(x[1], b); err != nil || string(b) != "hello" {
			w.t.Fatalf("%q came, %v", b, err)
		}
	}
}

// twoSubflows waits until both ends have two.
func (w *world) twoSubflows(client, server *Conn) {
	w.t.Helper()
	w.until("two subflows", func() bool { return subflows(client) == 2 && subflows(server) == 2 })
}
