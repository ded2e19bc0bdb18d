// Package netstack gives MPTCP to programs that have their TCP/IP in themselves: gVisor's netstack,
// unmodified. Dial and Listen of a Host return a net.Conn and a net.Listener whose octets travel on
// several TCP connections of a stack.Stack.
//
// A Host stands at two places. Below the stack: Link wraps a link endpoint, so that packets pass
// through the shim of bindings/below (shim.h). Above it: Dial and Listen use sockets of the stack
// (tcpip.Endpoint), one for each subflow, and below.h moves the octets.
//
//	application    Dial, Listen: Conn, Listener
//	                  |  conn.go, listener.go
//	bindings/below   below.h ---- sockets.go ---- TCP of the stack
//	                  |                              |
//	                 shim.h ------ link.go ----------+
//	                                  |
//	                             lower link endpoint
//
// One lock (Host.mu) is around all calls of below.h. While it is held the stack's own locks may be
// taken, never the other way round: what the stack calls in us (packets that leave, notifications)
// only enters a queue, which another goroutine works off.
package netstack

// #include <stdlib.h>
// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"runtime/cgo"
	"sync"
	"time"
	"unsafe"

	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// Flags of an address: see Host.AddAddress.
const (
	Join     = C.MPTCP_ADDR_JOIN     // subflows may start from it
	Announce = C.MPTCP_ADDR_ANNOUNCE // the peer is told, and may join to it
	Backup   = C.MPTCP_ADDR_BACKUP   // its subflows are backups
	Metered  = C.MPTCP_ADDR_METERED  // other addresses come first
)

const never = math.MaxUint64 // MPTCP_NEVER

// A Host is MPTCP of one stack.Stack. All methods may be called from any goroutine.
type Host struct {
	stack   *stack.Stack
	trusted bool
	window  int64 // of each connection
	handle  cgo.Handle
	start   time.Time
	done    chan struct{}
	events  events

	mu        sync.Mutex
	below     *C.struct_below // nil after Close
	memory    unsafe.Pointer  // of *below
	links     []*Link
	sockets   map[uintptr]*socket
	last      uintptr // number of the newest socket
	conns     map[C.below_stream]*Conn
	listeners map[C.below_listener]*Listener
	timer     *time.Timer
	armed     uint64        // when it will fire
	drained   chan struct{} // is closed when no connection is left; nil: nobody waits
}

// New makes MPTCP for a stack. The stack's interfaces are then made with link endpoints that Link
// has wrapped.
func New(s *stack.Stack, cfg Config) (*Host, error) {
	var c C.struct_below_config
	if err := cfg.fill(&c); err != nil {
		return nil, err
	}
	size := C.below_size(&c)
	if size == 0 {
		return nil, errors.New("mptcp: a member of Config is out of range (see mptcp/config.h)")
	}
	h := &Host{
		stack: s, trusted: cfg.TrustChecksums, window: int64(c.conn.rcv_buf), start: time.Now(), done: make(chan struct{}), armed: never,
		sockets: map[uintptr]*socket{}, conns: map[C.below_stream]*Conn{}, listeners: map[C.below_listener]*Listener{},
	}
	h.events.init()
	h.handle = cgo.NewHandle(h)
	h.memory = C.calloc(1, size)
	var host C.struct_below_host
	C.bridge_host(&host, C.uintptr_t(h.handle))
	h.below = C.below_init(h.memory, size, &c, &host, h.now())
	if h.below == nil {
		C.free(h.memory)
		h.handle.Delete()
		return nil, errors.New("mptcp: a member of Config is out of range (see bindings/below/below.h)")
	}
	h.timer = time.AfterFunc(math.MaxInt64, h.tick)
	go h.work()
	return h, nil
}

func hostOf(handle C.uintptr_t) *Host { return cgo.Handle(handle).Value().(*Host) }

// The time in microseconds. It begins after 0, which stands for "never happened" in some places.
func (h *Host) now() C.mptcp_time {
	return C.mptcp_time(time.Since(h.start)/time.Microsecond + 1000000)
}

// Close ends everything at once: connections are aborted, listeners closed. Packets of other
// protocols pass on, those of MPTCP connections as they are.
func (h *Host) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.below == nil {
		return net.ErrClosed
	}
	C.below_end(h.below, h.now())
	for _, l := range h.links {
		l.kick()
	}
	h.below = nil
	h.timer.Stop()
	close(h.done)
	for _, s := range h.sockets {
		s.ep.Abort()
	}
	for _, c := range h.conns {
		c.wake()
	}
	for _, l := range h.listeners {
		l.changed.Broadcast()
	}
	h.sockets, h.conns, h.listeners = nil, nil, nil
	C.free(h.memory)
	h.handle.Delete()
	return nil
}

// Does what is due, after something has happened; the lock is held. The timer is left early rather
// than set back: to fire in vain does no harm.
func (h *Host) due() {
	next := uint64(C.below_work(h.below, h.now()))
	if next < h.armed {
		h.armed = next
		wait := time.Duration(0)
		if now := uint64(h.now()); next > now {
			wait = time.Duration(next-now) * time.Microsecond
		}
		h.timer.Reset(wait)
	}
	if h.drained != nil && h.idle() {
		close(h.drained)
		h.drained = nil
	}
}

// Drain waits until no connection is left: also those that were closed, and whose last octets are on
// their way. Close of the Host would abort these.
func (h *Host) Drain(ctx context.Context) error {
	h.mu.Lock()
	if h.below == nil || h.idle() {
		h.mu.Unlock()
		return nil
	}
	if h.drained == nil {
		h.drained = make(chan struct{})
	}
	drained := h.drained
	h.mu.Unlock()
	select {
	case <-drained:
		return nil
	case <-h.done:
		return net.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Host) idle() bool { return C.below_next(h.below, C.BELOW_NONE) == C.BELOW_NONE }

func (h *Host) tick() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.below != nil {
		h.armed = never
		h.due()
	}
}

// The goroutine that reports to below what the stack has told of its sockets.
func (h *Host) work() {
	for {
		select {
		case <-h.events.wake:
		case <-h.done:
			return
		}
		h.mu.Lock()
		if h.below != nil {
			for id, mask := range h.events.take() {
				h.happened(id, mask)
			}
			h.due()
		}
		h.mu.Unlock()
	}
}

// AddAddress lets all connections, those that exist and those to come, use a local address beside
// their first one. Flags are Join, Announce, Backup and Metered. With Announce the port is the one
// to listen on; 0 is that of the connection. The stack must have the address, on an interface made
// with Link, with a route to the peer.
func (h *Host) AddAddress(a netip.AddrPort, flags uint) error {
	c := toC(a)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.below == nil {
		return net.ErrClosed
	}
	r := C.below_add_address(h.below, &c, C.unsigned(flags), h.now())
	h.due()
	return result("add address", r)
}

// RemoveAddress takes an address back: it is lost, or will be.
func (h *Host) RemoveAddress(a netip.AddrPort) error {
	c := toC(a)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.below == nil {
		return net.ErrClosed
	}
	r := C.below_remove_address(h.below, &c, h.now())
	h.due()
	return result("remove address", r)
}

func result(op string, r C.int) error {
	if r == 0 {
		return nil
	}
	return fmt.Errorf("mptcp: %s: %w", op, Error(r))
}

//export bridge_random
func bridge_random(octets unsafe.Pointer, length C.size_t) {
	random(unsafe.Slice((*byte)(octets), int(length)))
}

//export bridge_changed
func bridge_changed(handle C.uintptr_t, stream C.below_stream, listener C.below_listener) {
	h := hostOf(handle)
	if c := h.conns[stream]; c != nil {
		c.wake()
	}
	if l := h.listeners[listener]; l != nil {
		l.changed.Broadcast()
	}
}
