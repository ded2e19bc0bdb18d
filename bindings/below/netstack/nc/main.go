// netstack-nc is a netcat over MPTCP over gVisor's netstack over TUN devices: the options of
// build/mptcp-nc, as far as the interop cases use them.
package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/fdbased"
	"gvisor.dev/gvisor/pkg/tcpip/link/rawfile"
	"gvisor.dev/gvisor/pkg/tcpip/link/tun"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"libmptcp/netstack"
)

// Exit status, as of mptcp-nc.
const (
	cannot   = 1 // an option, a device or a file cannot be used
	noDial   = 2 // could not connect
	lost     = 3 // reset or lost
	dialTime = 20 * time.Second
)

func fail(status int, format string, a ...interface{}) {
	fmt.Fprintf(os.Stderr, "netstack-nc: "+format+"\n", a...)
	os.Exit(status)
}

// machine is the stack with all paths as its interfaces.
type machine struct {
	*netstack.Host
	stack *stack.Stack
	links []*netstack.Link
}

func newMachine(o *options) *machine {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	sack := tcpip.TCPSACKEnabled(true)
	s.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)
	if o.withoutRACK {
		none := tcpip.TCPRecovery(0)
		s.SetTransportProtocolOption(tcp.ProtocolNumber, &none)
	}
	host, err := netstack.New(s, netstack.Config{
		Streams: 4, Subflows: o.subflows, Addresses: 8, Checksums: o.checksum, SendBuffer: o.buffer, ReceiveBuffer: o.buffer,
	})
	if err != nil {
		fail(cannot, "%v", err)
	}
	m := &machine{Host: host, stack: s}
	for i := range o.paths {
		m.open(tcpip.NICID(i+1), &o.paths[i])
	}
	return m
}

// open makes a TUN device an interface of the stack, through which everything can be reached.
func (m *machine) open(nic tcpip.NICID, p *path) {
	fd, err := tun.Open(p.device)
	if err != nil {
		fail(cannot, "%s: %v", p.device, err)
	}
	mtu, err := rawfile.GetMTU(p.device)
	if err != nil {
		fail(cannot, "%s: %v", p.device, err)
	}
	waitUntilRunning(p.device)
	var lower stack.LinkEndpoint
	if lower, err = fdbased.New(&fdbased.Options{FDs: []int{fd}, MTU: mtu}); err != nil {
		fail(cannot, "%s: %v", p.device, err)
	}
	if p.emulated() {
		lower = newShaper(lower, p)
	}
	link, err := m.Link(lower)
	if err != nil {
		fail(cannot, "%s: %v", p.device, err)
	}
	m.links = append(m.links, link)
	ip := p.prefix.Addr()
	protocol, everything := header.IPv4ProtocolNumber, header.IPv4EmptySubnet
	if ip.Is6() {
		protocol, everything = header.IPv6ProtocolNumber, header.IPv6EmptySubnet
	}
	a := tcpip.AddressWithPrefix{Address: tcpip.Address(ip.AsSlice()), PrefixLen: p.prefix.Bits()}
	if err := m.stack.CreateNIC(nic, link); err != nil {
		fail(cannot, "%s: %v", p.device, err)
	}
	if err := m.stack.AddProtocolAddress(nic, tcpip.ProtocolAddress{Protocol: protocol, AddressWithPrefix: a}, stack.AddressProperties{}); err != nil {
		fail(cannot, "%s: %v", p.prefix, err)
	}
	m.stack.AddRoute(tcpip.Route{Destination: a.Subnet(), NIC: nic})
	m.stack.AddRoute(tcpip.Route{Destination: everything, NIC: nic})
}

// The addresses of all paths but the first.
func (m *machine) addAddresses(o *options) {
	flags := uint(netstack.Join)
	if o.announce {
		flags = netstack.Announce
	}
	for _, p := range o.paths[1:] {
		if err := m.AddAddress(netip.AddrPortFrom(p.prefix.Addr(), 0), flags); err != nil {
			fail(cannot, "%v", err)
		}
	}
}

func (m *machine) connect(o *options) *netstack.Conn {
	if !o.listen {
		ctx, cancel := context.WithTimeout(context.Background(), dialTime)
		defer cancel()
		remote, err := netip.ParseAddr(o.host)
		if err != nil {
			fail(cannot, "%v", err)
		}
		c, err := m.DialFrom(ctx, netip.AddrPortFrom(o.paths[0].prefix.Addr(), 0), netip.AddrPortFrom(remote, o.port))
		if err != nil {
			fail(noDial, "%v", err)
		}
		return c
	}
	l, err := m.ListenAt(netip.AddrPortFrom(netip.Addr{}, o.port))
	if err != nil {
		fail(cannot, "%v", err)
	}
	o.say("listening at port %d", o.port)
	c, err := l.Accept()
	if err != nil {
		fail(noDial, "%v", err)
	}
	return c.(*netstack.Conn) // the listener stays open: joins come to it
}

// awaitSubflows returns when so many are there, or none can come any more: the peer has ended its direction.
func awaitSubflows(c *netstack.Conn, wanted int, ended <-chan struct{}) {
	for {
		info, there := c.Info(), 0
		for _, s := range info.Subflows {
			if s.Established {
				there++
			}
		}
		if there >= wanted || !info.MPTCP() {
			return
		}
		select {
		case <-ended:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// converse moves octets both ways until both directions have ended. A peer accepts no join of a
// connection that is half closed: an end of input that comes early waits for the subflows that are
// being opened.
func converse(c *netstack.Conn, paths int) error {
	out := make(chan error, 1)
	ended := make(chan struct{})
	opened := make(chan struct{})
	go func() {
		awaitSubflows(c, paths, ended)
		close(opened)
	}()
	go func() {
		_, err := io.Copy(c, os.Stdin)
		<-opened
		if err == nil {
			err = c.CloseWrite()
		}
		out <- err
	}()
	_, err := io.Copy(os.Stdout, c)
	close(ended)
	os.Stdout.Close()
	if err != nil {
		return err
	}
	return <-out
}

// finish waits until the peer has everything, and a while for the subflows' FINs: a link that is dark
// acknowledges none.
func (m *machine) finish(c *netstack.Conn) {
	for end := time.Now().Add(40 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if state := c.Info().State; state == "CLOSED" || state == "TIME_WAIT" {
			break
		}
		if time.Now().After(end) {
			fail(lost, "the peer does not acknowledge the end")
		}
	}
	c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	m.Drain(ctx)
	m.Host.Close()
	for i, l := range m.links {
		m.stack.RemoveNIC(tcpip.NICID(i + 1))
		l.Wait()
	}
}

func main() {
	o := parse(os.Args[1:])
	m := newMachine(o)
	m.addAddresses(o)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	c := m.connect(o)
	go func() {
		<-interrupted
		o.say("interrupted\n%s", c.Describe())
		c.Abort()
		m.Drain(context.Background())
		os.Exit(lost)
	}()
	err := converse(c, len(o.paths))
	if o.verbose {
		fmt.Fprintf(os.Stderr, "%s%+v\n", c.Describe(), m.Counts())
	}
	if err := o.writeStats(c); err != nil {
		fail(cannot, "%v", err)
	}
	if err != nil {
		fail(lost, "connection lost: %v", err)
	}
	m.finish(c)
}
