package netstack

// #include "bridge.h"
import "C"

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// Listener accepts connections: those of clients that speak MPTCP and those of others. It is a
// net.Listener. Subflows that clients join are never accepted here.
type Listener struct {
	half
	host     *Host
	listener C.below_listener
	address  netip.AddrPort
	closed   bool
}

// Listen listens at "host:port" of the network "tcp", "tcp4" or "tcp6"; without a host at every
// address of the stack. The port is not 0. The error of a port that is in use is EADDRINUSE.
func (h *Host) Listen(network, address string) (net.Listener, error) {
	found, err := resolve(context.Background(), network, address)
	if err != nil {
		return nil, opError("listen", netip.AddrPort{}, netip.AddrPort{}, err)
	}
	l, err := h.ListenAt(found[0])
	if err != nil {
		return nil, err
	}
	return l, nil
}

// ListenAt listens at an address; if that is not valid, at every address of the stack.
func (h *Host) ListenAt(address netip.AddrPort) (*Listener, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.below == nil {
		return nil, opError("listen", address, netip.AddrPort{}, net.ErrClosed)
	}
	l := &Listener{host: h, address: address}
	l.changed = sync.NewCond(&h.mu)
	at := toC(address)
	if r := C.below_listen(h.below, &at, &l.listener, h.now()); r != 0 {
		return nil, l.refused(Error(r))
	}
	h.listeners[l.listener] = l
	h.due()
	return l, nil
}

// Why it cannot listen, with its address, as the system's sockets say it.
func (l *Listener) refused(code Error) error {
	e := &net.OpError{Op: "listen", Net: "mptcp", Addr: l.Addr(), Err: code}
	switch {
	case l.address.Port() == 0:
		e.Err = &net.AddrError{Err: "a port is needed", Addr: l.Addr().String()}
	case code == argument:
		e.Err = syscall.EADDRINUSE
	}
	return e
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	h := l.host
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		if err := l.usable(); err != nil {
			return nil, opError("accept", l.address, netip.AddrPort{}, err)
		}
		var stream C.below_stream
		switch r := C.below_accept(h.below, l.listener, &stream); r {
		case 0:
			return h.newConn(stream, netip.AddrPort{}), nil
		case C.MPTCP_E_AGAIN:
			l.changed.Wait()
		default:
			return nil, opError("accept", l.address, netip.AddrPort{}, Error(r))
		}
	}
}

func (l *Listener) usable() error {
	switch {
	case l.closed || l.host.below == nil:
		return net.ErrClosed
	case l.expired():
		return os.ErrDeadlineExceeded
	}
	return nil
}

// SetDeadline gives up Accept at a time.
func (l *Listener) SetDeadline(t time.Time) error {
	l.host.mu.Lock()
	defer l.host.mu.Unlock()
	if l.closed || l.host.below == nil {
		return opError("set deadline", l.address, netip.AddrPort{}, net.ErrClosed)
	}
	l.set(t)
	return nil
}

// Close implements net.Listener. Connections that were accepted go on.
func (l *Listener) Close() error {
	h := l.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if l.closed || h.below == nil {
		return opError("close", l.address, netip.AddrPort{}, net.ErrClosed)
	}
	l.closed = true
	delete(h.listeners, l.listener)
	C.below_unlisten(h.below, l.listener, h.now())
	l.set(time.Time{})
	h.due()
	return nil
}

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr {
	if !l.address.Addr().IsValid() {
		return &net.TCPAddr{IP: net.IPv6unspecified, Port: int(l.address.Port())}
	}
	return tcpAddr(l.address)
}
