package netstack

// #include "bridge.h"
import "C"

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
	"unsafe"

	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// Conn is one MPTCP connection, or one of plain TCP where the peer or the path knows no MPTCP. It is
// a net.Conn.
type Conn struct {
	host          *Host
	stream        C.below_stream
	local, remote netip.AddrPort
	writing       sync.Mutex // one Write at a time
	read, write   half       // what follows is under Host.mu
	closed        bool
}

// half is one direction of a connection, for those who wait on it.
type half struct {
	changed  *sync.Cond
	deadline time.Time
	timer    *time.Timer
}

func (f *half) expired() bool { return !f.deadline.IsZero() && !time.Now().Before(f.deadline) }

// set changes the deadline, and has those who wait look at it now and when it comes.
func (f *half) set(t time.Time) {
	f.deadline = t
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
	if wait := time.Until(t); !t.IsZero() && wait > 0 {
		f.timer = time.AfterFunc(wait, func() {
			f.changed.L.Lock()
			f.changed.Broadcast()
			f.changed.L.Unlock()
		})
	}
	f.changed.Broadcast()
}

// The lock is held.
func (h *Host) newConn(stream C.below_stream, remote netip.AddrPort) *Conn {
	c := &Conn{host: h, stream: stream, remote: remote}
	c.read.changed, c.write.changed = sync.NewCond(&h.mu), sync.NewCond(&h.mu)
	h.conns[stream] = c
	c.addresses()
	return c
}

// The addresses of the first subflow, as far as they are known.
func (c *Conn) addresses() {
	var a C.struct_mptcp_addr
	conn := C.below_conn(c.host.below, c.stream)
	if C.mptcp_address(conn, false, C.MPTCP_ADDR_ID_INITIAL, &a) == 0 {
		c.local = fromC(&a)
	}
	if C.mptcp_address(conn, true, C.MPTCP_ADDR_ID_INITIAL, &a) == 0 {
		c.remote = fromC(&a)
	}
}

func (c *Conn) wake() {
	c.read.changed.Broadcast()
	c.write.changed.Broadcast()
}

// Dial connects to "host:port" of the network "tcp", "tcp4" or "tcp6".
func (h *Host) Dial(network, address string) (net.Conn, error) {
	return h.DialContext(context.Background(), network, address)
}

// DialContext is Dial, given up when the context ends. It fits http.Transport.DialContext.
func (h *Host) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	found, err := resolve(ctx, network, address)
	if err != nil {
		return nil, opError("dial", netip.AddrPort{}, netip.AddrPort{}, err)
	}
	var c *Conn
	for _, remote := range found {
		if c, err = h.DialFrom(ctx, netip.AddrPort{}, remote); err == nil {
			return c, nil
		}
	}
	return nil, err
}

// DialFrom connects from a local address, with port 0 from any port. If the address is not valid,
// the stack's routes choose it.
func (h *Host) DialFrom(ctx context.Context, local, remote netip.AddrPort) (*Conn, error) {
	fail := func(err error) (*Conn, error) { return nil, opError("dial", local, remote, err) }
	if !remote.Addr().IsValid() || remote.Port() == 0 {
		return fail(&net.AddrError{Err: "no address and port to connect to", Addr: remote.String()})
	}
	if !local.Addr().IsValid() {
		ip, err := h.route(remote.Addr())
		if err != nil {
			return fail(err)
		}
		local = netip.AddrPortFrom(ip, local.Port())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.below == nil {
		return fail(net.ErrClosed)
	}
	from, to := toC(local), toC(remote)
	var stream C.below_stream
	if r := C.below_connect(h.below, &from, &to, &stream, h.now()); r != 0 {
		return fail(Error(r))
	}
	c := h.newConn(stream, remote)
	h.due()
	if err := c.opened(ctx); err != nil {
		c.abort()
		if err == PeerReset {
			err = fmt.Errorf("connection refused (%w)", err)
		}
		return fail(err)
	}
	c.addresses()
	return c, nil
}

// opened waits until the connection is open, or has failed.
func (c *Conn) opened(ctx context.Context) error {
	h := c.host
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-ctx.Done():
			h.mu.Lock()
			c.wake()
			h.mu.Unlock()
		case <-over:
		}
	}()
	for {
		switch {
		case h.below == nil:
			return net.ErrClosed
		case ctx.Err() != nil:
			return ctx.Err()
		}
		ready := C.below_ready(h.below, c.stream)
		switch {
		case ready&C.BELOW_OPEN != 0:
			return nil
		case ready&C.BELOW_ENDED != 0, ready == 0:
			return Error(C.below_code(h.below, c.stream))
		}
		c.write.changed.Wait()
	}
}

// The address that the stack sends from to another one.
func (h *Host) route(to netip.Addr) (netip.Addr, error) {
	r, err := h.stack.FindRoute(0, "", toStack(netip.AddrPortFrom(to, 0)).Addr, protocolOf(to), false)
	if err != nil {
		return netip.Addr{}, stackError(err.String())
	}
	defer r.Release()
	return addressOf(r), nil
}

func addressOf(r *stack.Route) netip.Addr {
	ip, _ := netip.AddrFromSlice([]byte(r.LocalAddress()))
	return ip
}

type stackError string

func (e stackError) Error() string { return string(e) }

// Read implements net.Conn. It returns io.EOF after the peer's last octet.
func (c *Conn) Read(b []byte) (int, error) {
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		if err := c.usable(&c.read); err != nil {
			return 0, opError("read", c.local, c.remote, err)
		}
		if len(b) == 0 {
			return 0, nil
		}
		n := C.below_read(h.below, c.stream, unsafe.Pointer(&b[0]), length(b), h.now())
		switch {
		case n > 0:
			h.due()
			return int(n), nil
		case n == 0:
			return 0, io.EOF
		case n != C.MPTCP_E_AGAIN:
			return 0, opError("read", c.local, c.remote, Error(n))
		}
		c.read.changed.Wait()
	}
}

// Write implements net.Conn. It returns when the octets are in the send buffer.
func (c *Conn) Write(b []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	for done := 0; ; {
		if err := c.usable(&c.write); err != nil {
			return done, opError("write", c.local, c.remote, err)
		}
		if done == len(b) {
			return done, nil
		}
		n := C.below_write(h.below, c.stream, unsafe.Pointer(&b[done]), length(b[done:]), h.now())
		if n > 0 {
			done += int(n)
			h.due()
			continue
		}
		if n != 0 && n != C.MPTCP_E_AGAIN {
			return done, opError("write", c.local, c.remote, Error(n))
		}
		c.write.changed.Wait()
	}
}

// Most octets that one call takes.
func length(b []byte) C.uint32_t {
	if len(b) > 1<<30 {
		return 1 << 30
	}
	return C.uint32_t(len(b))
}

func (c *Conn) usable(f *half) error {
	switch {
	case c.closed || c.host.below == nil:
		return net.ErrClosed
	case f.expired():
		return os.ErrDeadlineExceeded
	}
	return nil
}

// CloseWrite ends our direction: the peer reads io.EOF after the last octet. Reading goes on.
func (c *Conn) CloseWrite() error {
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.closed || h.below == nil {
		return opError("close", c.local, c.remote, net.ErrClosed)
	}
	r := C.below_shutdown(h.below, c.stream, h.now())
	h.due()
	if r != 0 {
		return opError("close", c.local, c.remote, Error(r))
	}
	return nil
}

// Close implements net.Conn. What was written is still delivered.
func (c *Conn) Close() error {
	return c.end(func() { C.below_close(c.host.below, c.stream, c.host.now()) })
}

// Abort ends the connection at once: what was written may be lost, and the peer is told.
func (c *Conn) Abort() error {
	return c.end(func() { C.below_abort(c.host.below, c.stream, c.host.now()) })
}

func (c *Conn) end(how func()) error {
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.closed || h.below == nil {
		return opError("close", c.local, c.remote, net.ErrClosed)
	}
	c.finish(how)
	return nil
}

func (c *Conn) abort() {
	if c.host.below != nil {
		c.finish(func() { C.below_abort(c.host.below, c.stream, c.host.now()) })
	}
}

func (c *Conn) finish(how func()) {
	c.closed = true
	delete(c.host.conns, c.stream)
	how()
	c.read.set(time.Time{})
	c.write.set(time.Time{})
	c.host.due()
}

// LocalAddr is the address of the first subflow, also when that has gone.
func (c *Conn) LocalAddr() net.Addr { return tcpAddr(c.local) }

// RemoteAddr is the peer's address of the first subflow.
func (c *Conn) RemoteAddr() net.Addr { return tcpAddr(c.remote) }

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error { return c.deadline(t, &c.read, &c.write) }

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.deadline(t, &c.read) }

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.deadline(t, &c.write) }

func (c *Conn) deadline(t time.Time, halves ...*half) error {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	if c.closed || c.host.below == nil {
		return opError("set deadline", c.local, c.remote, net.ErrClosed)
	}
	for _, f := range halves {
		f.set(t)
	}
	return nil
}
