package netstack_test

import (
	"fmt"
	"io"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/link/pipe"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"libmptcp/netstack"
)

// machine is a stack with MPTCP and two interfaces: 10.0.1.n and 10.0.2.n.
func machine(n byte, links ...stack.LinkEndpoint) *netstack.Host {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	sack := tcpip.TCPSACKEnabled(true)
	s.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)
	host, _ := netstack.New(s, netstack.Config{})
	for i, lower := range links {
		nic, link := tcpip.NICID(i+1), byte(i+1)
		wrapped, _ := host.Link(lower)
		s.CreateNIC(nic, wrapped)
		a := tcpip.AddressWithPrefix{Address: tcpip.Address([]byte{10, 0, link, n}), PrefixLen: 24}
		s.AddProtocolAddress(nic, tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: a}, stack.AddressProperties{})
		s.AddRoute(tcpip.Route{Destination: a.Subnet(), NIC: nic})
	}
	return host
}

func Example() {
	a1, b1 := pipe.New("", "", 1500)
	a2, b2 := pipe.New("", "", 1500)
	client, server := machine(1, a1, a2), machine(2, b1, b2)
	client.AddAddress(netip.MustParseAddrPort("10.0.2.1:0"), netstack.Join)
	server.AddAddress(netip.MustParseAddrPort("10.0.2.2:0"), netstack.Announce)

	listener, _ := server.Listen("tcp", ":80")
	go func() {
		c, _ := listener.Accept()
		io.Copy(c, c)
		c.Close()
	}()
	c, err := client.Dial("tcp", "10.0.1.2:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Write([]byte("hello, subflows"))
	c.(*netstack.Conn).CloseWrite()
	echo, err := io.ReadAll(c)
	fmt.Printf("%s %v\n", echo, err)
	c.Close()
	// Output: hello, subflows <nil>
}
