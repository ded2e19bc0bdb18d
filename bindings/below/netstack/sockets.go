package netstack

// #include "bridge.h"
import "C"

import (
	"bytes"
	"net/netip"
	"unsafe"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// The five calls of struct below_sockets, over tcpip.Endpoint. They are called by below.h only, so
// with the lock held, and know a socket by its number.

type socket struct {
	ep         tcpip.Endpoint
	wq         *waiter.Queue
	entry      waiter.Entry
	connecting bool
	listening  bool
	sackRoom   C.uint32_t // octets of each segment that are left to SACK blocks
}

func (h *Host) newSocket(ep tcpip.Endpoint, wq *waiter.Queue) (uintptr, *socket) {
	h.last++
	id, s := h.last, &socket{ep: ep, wq: wq}
	s.entry = waiter.NewFunctionEntry(waiter.ReadableEvents|waiter.WritableEvents|waiter.EventErr|waiter.EventHUp,
		func(mask waiter.EventMask) { h.events.push(id, mask) })
	wq.EventRegister(&s.entry)
	h.sockets[id] = s
	var sack tcpip.TCPSACKEnabled
	if h.stack.TransportProtocolOption(tcp.ProtocolNumber, &sack) == nil && bool(sack) {
		s.sackRoom = mostSACK
	}
	return id, s
}

// The socket is not below's any more.
func (h *Host) forget(id uintptr) {
	if s := h.sockets[id]; s != nil {
		s.wq.EventUnregister(&s.entry)
		delete(h.sockets, id)
	}
}

// The stack advertises half of its buffer as its window, and counts what segments take beside their
// octets. With so many times the window of the connection it is not what limits that.
const bufferFactor = 4

// An endpoint bound to an address; if that is not valid, to any address of all families of the stack.
func (h *Host) bind(a netip.AddrPort) (tcpip.Endpoint, *waiter.Queue, tcpip.Error) {
	wq := &waiter.Queue{}
	proto := header.IPv6ProtocolNumber
	if a.Addr().IsValid() {
		proto = protocolOf(a.Addr())
	} else if !h.stack.CheckNetworkProtocol(proto) {
		proto = header.IPv4ProtocolNumber
	}
	ep, err := h.stack.NewEndpoint(tcp.ProtocolNumber, proto, wq)
	if err != nil {
		return nil, nil, err
	}
	ep.SocketOptions().SetReuseAddress(true)
	ep.SocketOptions().SetReceiveBufferSize(bufferFactor*h.window, true)
	if err := ep.Bind(toStack(a)); err != nil {
		ep.Close()
		return nil, nil, err
	}
	return ep, wq, nil
}

//export bridge_connect
func bridge_connect(handle C.uintptr_t, local, remote *C.struct_mptcp_addr, number *C.below_socket) C.int {
	h := hostOf(handle)
	ep, wq, err := h.bind(fromC(local))
	if err != nil {
		return C.MPTCP_E_SUBFLOW_FAILED
	}
	at, _ := ep.GetLocalAddress()
	id, s := h.newSocket(ep, wq)
	s.connecting = true
	// An address belongs to an interface, and only its routes are looked at: the SYN leaves from
	// this address, or not at all.
	err = ep.Connect(toStack(fromC(remote)))
	if _, started := err.(*tcpip.ErrConnectStarted); err != nil && !started {
		h.forget(id)
		ep.Close()
		return C.MPTCP_E_SUBFLOW_FAILED
	}
	local.port = C.uint16_t(at.Port)
	*number = C.below_socket(id)
	return 0
}

//export bridge_listen
func bridge_listen(handle C.uintptr_t, local *C.struct_mptcp_addr, number *C.below_socket) C.int {
	h := hostOf(handle)
	a := netip.AddrPortFrom(netip.Addr{}, uint16(local.port))
	if local.family != 0 {
		a = fromC(local)
	}
	ep, wq, err := h.bind(a)
	if err != nil {
		return C.MPTCP_E_SUBFLOW_FAILED
	}
	if err := ep.Listen(listenBacklog); err != nil {
		ep.Close()
		return C.MPTCP_E_SUBFLOW_FAILED
	}
	id, s := h.newSocket(ep, wq)
	s.listening = true
	*number = C.below_socket(id)
	return 0
}

// How many established sockets may wait in the stack until they are accepted, which happens at once.
const listenBacklog = 1024

//export bridge_write
func bridge_write(handle C.uintptr_t, number C.below_socket, octets unsafe.Pointer, length C.uint32_t) C.int32_t {
	s := hostOf(handle).sockets[uintptr(number)]
	if s == nil {
		return C.MPTCP_E_SUBFLOW_FAILED
	}
	n, err := s.ep.Write(bytes.NewReader(unsafe.Slice((*byte)(octets), int(length))), tcpip.WriteOptions{})
	switch err.(type) {
	case nil, *tcpip.ErrWouldBlock:
		return C.int32_t(n)
	}
	return C.MPTCP_E_SUBFLOW_FAILED
}

//export bridge_read
func bridge_read(handle C.uintptr_t, number C.below_socket, octets unsafe.Pointer, length C.uint32_t) C.int32_t {
	s := hostOf(handle).sockets[uintptr(number)]
	if s == nil {
		return C.MPTCP_E_SUBFLOW_FAILED
	}
	w := tcpip.SliceWriter(unsafe.Slice((*byte)(octets), int(length)))
	got, err := s.ep.Read(&w, tcpip.ReadOptions{})
	switch err.(type) {
	case nil:
		return C.int32_t(got.Count)
	case *tcpip.ErrWouldBlock:
		return C.MPTCP_E_AGAIN
	case *tcpip.ErrClosedForReceive:
		return 0
	case *tcpip.ErrConnectionReset, *tcpip.ErrConnectionRefused:
		return C.MPTCP_E_PEER_RESET
	}
	return C.MPTCP_E_SUBFLOW_FAILED
}

//export bridge_close
func bridge_close(handle C.uintptr_t, number C.below_socket, how C.int) {
	h := hostOf(handle)
	s := h.sockets[uintptr(number)]
	if s == nil {
		return
	}
	switch how {
	case C.BELOW_FIN:
		s.ep.Shutdown(tcpip.ShutdownWrite)
	case C.BELOW_RESET:
		h.forget(uintptr(number))
		s.ep.Abort()
	default:
		h.forget(uintptr(number))
		s.ep.Close()
	}
}

// The stack cuts its segments so that all options of TCP fit that they may ever have. The shim knows of
// timestamps alone.
//
//export bridge_path
func bridge_path(handle C.uintptr_t, number C.below_socket, path *C.struct_mptcp_path) {
	s := hostOf(handle).sockets[uintptr(number)]
	if s != nil && path.segment_size > s.sackRoom {
		path.segment_size -= s.sackRoom
	}
}

const mostSACK = header.TCPOptionsMaximumSize - header.TCPOptionTSLength - 2 // beside timestamps

// What the stack has told of a socket, told to below.
func (h *Host) happened(id uintptr, mask waiter.EventMask) {
	s := h.sockets[id]
	switch {
	case s == nil:
		return
	case s.listening:
		h.acceptAll(id, s)
		return
	case s.connecting && !h.connected(id, s):
		return
	}
	if mask&(waiter.ReadableEvents|waiter.EventHUp|waiter.EventErr) != 0 {
		C.below_readable(h.below, C.below_socket(id), h.now())
	}
	if mask&waiter.WritableEvents != 0 {
		C.below_writable(h.below, C.below_socket(id), h.now())
	}
	if tcp.EndpointState(s.ep.State()) == tcp.StateError {
		h.failed(id, s)
	}
}

// False if the socket is not connected: not yet, or never.
func (h *Host) connected(id uintptr, s *socket) bool {
	switch tcp.EndpointState(s.ep.State()) {
	case tcp.StateInitial, tcp.StateBound, tcp.StateConnecting, tcp.StateSynSent, tcp.StateSynRecv:
		return false
	case tcp.StateError, tcp.StateClose:
		h.failed(id, s)
		return false
	}
	s.connecting = false
	C.below_connected(h.below, C.below_socket(id), h.now())
	return true
}

func (h *Host) failed(id uintptr, s *socket) {
	if h.sockets[id] != s {
		return // below has closed it
	}
	why := C.int(C.MPTCP_E_SUBFLOW_FAILED)
	switch s.ep.LastError().(type) {
	case *tcpip.ErrConnectionReset, *tcpip.ErrConnectionRefused:
		why = C.MPTCP_E_PEER_RESET
	}
	h.forget(id)
	s.ep.Close()
	C.below_socket_failed(h.below, C.below_socket(id), why, h.now())
}

func (h *Host) acceptAll(id uintptr, listener *socket) {
	for {
		var peer tcpip.FullAddress
		ep, wq, err := listener.ep.Accept(&peer)
		if err != nil {
			return
		}
		at, _ := ep.GetLocalAddress()
		local, remote := toC(fromStack(at)), toC(fromStack(peer))
		number, _ := h.newSocket(ep, wq)
		if r := C.below_accepted(h.below, C.below_socket(id), C.below_socket(number), &local, &remote, h.now()); r != 0 {
			h.forget(number)
			ep.Abort()
			continue
		}
		// What came before the socket had a number was told to nobody.
		h.events.push(number, ep.Readiness(waiter.ReadableEvents|waiter.WritableEvents))
	}
}
