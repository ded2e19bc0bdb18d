package netstack

// #include "bridge.h"
import "C"

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// Addresses have four forms here: net/netip's, that of C (struct mptcp_addr), that of the stack, and
// the *net.TCPAddr that applications are given.

func toC(a netip.AddrPort) (c C.struct_mptcp_addr) {
	ip := a.Addr().Unmap()
	c.port = C.uint16_t(a.Port())
	switch {
	case ip.Is4():
		c.family = 4
		for i, v := range ip.As4() {
			c.ip[i] = C.uint8_t(v)
		}
	case ip.Is6():
		c.family = 6
		for i, v := range ip.As16() {
			c.ip[i] = C.uint8_t(v)
		}
	}
	return c
}

func fromC(c *C.struct_mptcp_addr) netip.AddrPort {
	var ip [16]byte
	for i := range ip {
		ip[i] = byte(c.ip[i])
	}
	switch c.family {
	case 4:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{ip[0], ip[1], ip[2], ip[3]}), uint16(c.port))
	case 6:
		return netip.AddrPortFrom(netip.AddrFrom16(ip), uint16(c.port))
	}
	return netip.AddrPort{}
}

func toStack(a netip.AddrPort) tcpip.FullAddress {
	f := tcpip.FullAddress{Port: a.Port()}
	if ip := a.Addr().Unmap(); ip.IsValid() {
		f.Addr = tcpip.Address(ip.AsSlice())
	}
	return f
}

func fromStack(f tcpip.FullAddress) netip.AddrPort {
	ip, _ := netip.AddrFromSlice([]byte(f.Addr))
	return netip.AddrPortFrom(ip.Unmap(), f.Port)
}

func protocolOf(ip netip.Addr) tcpip.NetworkProtocolNumber {
	if ip.Unmap().Is4() {
		return header.IPv4ProtocolNumber
	}
	return header.IPv6ProtocolNumber
}

func tcpAddr(a netip.AddrPort) net.Addr {
	if !a.IsValid() {
		return &net.TCPAddr{}
	}
	return net.TCPAddrFromAddrPort(a)
}

// The address families of a network's name: of "tcp" both.
func families(network string) (v4, v6 bool, err error) {
	switch network {
	case "tcp":
		return true, true, nil
	case "tcp4":
		return true, false, nil
	case "tcp6":
		return false, true, nil
	}
	return false, false, net.UnknownNetworkError(network)
}

// resolve finds what "host:port" may stand for, in the order to be tried. Names are resolved by the
// machine's own resolver; an empty host gives an address that is not valid, with the port.
func resolve(ctx context.Context, network, address string) ([]netip.AddrPort, error) {
	v4, v6, err := families(network)
	if err != nil {
		return nil, err
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := net.DefaultResolver.LookupPort(ctx, network, service)
	if err != nil {
		return nil, err
	}
	if host == "" {
		return []netip.AddrPort{netip.AddrPortFrom(netip.Addr{}, uint16(port))}, nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var found []netip.AddrPort
	for _, ip := range ips {
		if ip = ip.Unmap(); ip.Is4() && v4 || ip.Is6() && v6 {
			found = append(found, netip.AddrPortFrom(ip, uint16(port)))
		}
	}
	if len(found) == 0 {
		return nil, &net.AddrError{Err: fmt.Sprintf("no address for %s", network), Addr: host}
	}
	return found, nil
}
