package netstack

// #include "bridge.h"
import "C"

import (
	"errors"
	"sync"
	"unsafe"

	"gvisor.dev/gvisor/pkg/bufferv2"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// A frame, as the shim is given it: a link header of our own, then the IP packet. The shim copies the
// header of a frame that came to those it makes as answers, so in both directions it says to whom a
// packet leaves: the link addresses of the next hop and of ours.
const linkHeader = 2 * linkAddress

const linkAddress = 6

const (
	queueLimit = 4096 // packets of the stack that wait for the shim
	batch      = 64   // packets for which the lock is held at once
)

// Link is a link endpoint between a stack and another link endpoint, through which the packets of
// MPTCP connections pass the shim. It offers no segmentation offload, and no checksum offload for
// packets that leave.
//
// WritePackets only enters a queue: the stack calls it with locks of its own, and a segment must
// wait until the write that it comes from is committed. The goroutine `run` gives the packets to the
// shim, and what leaves the shim to the lower endpoint, with no lock held: that may deliver packets
// to us before it returns.
type Link struct {
	lower stack.LinkEndpoint
	host  *Host
	nif   C.unsigned
	wake  chan struct{}

	running sync.WaitGroup // `run`

	mu         sync.Mutex
	dispatcher stack.NetworkDispatcher
	stop       chan struct{} // ends `run`
	queue      []stack.PacketBufferPtr

	leaving stack.PacketBufferList // host.mu
}

var _ stack.LinkEndpoint = (*Link)(nil)
var _ stack.NetworkDispatcher = (*Link)(nil)

// Link wraps the link endpoint of one interface; the result is for stack.CreateNIC. There can be 32
// of them, each with an MTU of 576 at least. The lower endpoint delivers packets with right
// checksums, or Config.TrustChecksums is set.
func (h *Host) Link(lower stack.LinkEndpoint) (*Link, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.below == nil {
		return nil, errors.New("mptcp: the Host is closed")
	}
	l := &Link{lower: lower, host: h, nif: C.unsigned(len(h.links)), wake: make(chan struct{}, 1)}
	if err := result("MTU", C.below_set_mtu(h.below, l.nif, C.uint16_t(l.MTU()))); err != nil {
		return nil, err
	}
	h.links = append(h.links, l)
	return l, nil
}

// MTU implements stack.LinkEndpoint.
func (l *Link) MTU() uint32 {
	if mtu := l.lower.MTU(); mtu < 65535 {
		return mtu
	}
	return 65535
}

// Capabilities implements stack.LinkEndpoint.
func (l *Link) Capabilities() stack.LinkEndpointCapabilities {
	c := l.lower.Capabilities() &^ stack.CapabilityTXChecksumOffload
	if !l.host.trusted {
		c &^= stack.CapabilityRXChecksumOffload
	}
	return c
}

// MaxHeaderLength implements stack.LinkEndpoint.
func (l *Link) MaxHeaderLength() uint16 { return l.lower.MaxHeaderLength() }

// LinkAddress implements stack.LinkEndpoint.
func (l *Link) LinkAddress() tcpip.LinkAddress { return l.lower.LinkAddress() }

// Wait implements stack.LinkEndpoint: until what the stack has sent has left, after its interface was
// removed.
func (l *Link) Wait() {
	l.running.Wait()
	l.lower.Wait()
}

// ARPHardwareType implements stack.LinkEndpoint.
func (l *Link) ARPHardwareType() header.ARPHardwareType { return l.lower.ARPHardwareType() }

// AddHeader implements stack.LinkEndpoint. Packets of IP get their header when they leave the shim.
func (l *Link) AddHeader(pkt stack.PacketBufferPtr) {
	if !isIP(pkt.NetworkProtocolNumber) {
		l.lower.AddHeader(pkt)
	}
}

func isIP(p tcpip.NetworkProtocolNumber) bool {
	return p == header.IPv4ProtocolNumber || p == header.IPv6ProtocolNumber
}

// Attach implements stack.LinkEndpoint: with nil, the interface is being removed.
func (l *Link) Attach(d stack.NetworkDispatcher) {
	l.mu.Lock()
	l.dispatcher = d
	stop := l.stop
	switch {
	case d == nil && stop != nil:
		close(stop)
		l.stop = nil
	case d != nil && stop == nil:
		l.stop = make(chan struct{})
		l.running.Add(1)
		go l.run(l.stop)
	}
	l.mu.Unlock()
	if d == nil {
		l.lower.Attach(nil)
	} else {
		l.lower.Attach(l)
	}
}

// IsAttached implements stack.LinkEndpoint.
func (l *Link) IsAttached() bool { return l.above() != nil }

func (l *Link) above() stack.NetworkDispatcher {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dispatcher
}

// ---------------------------------------------------------------- outbound

func (l *Link) kick() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// WritePackets implements stack.LinkEndpoint.
func (l *Link) WritePackets(pkts stack.PacketBufferList) (int, tcpip.Error) {
	n := 0
	l.mu.Lock()
	for _, pkt := range pkts.AsSlice() {
		if len(l.queue) >= queueLimit {
			break
		}
		l.queue = append(l.queue, pkt.IncRef())
		n++
	}
	l.mu.Unlock()
	l.kick()
	if n == 0 {
		return 0, &tcpip.ErrNoBufferSpace{}
	}
	return n, nil
}

func (l *Link) take() []stack.PacketBufferPtr {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.queue)
	if n > batch {
		n = batch
	}
	taken := l.queue[:n:n]
	if l.queue = l.queue[n:]; len(l.queue) == 0 {
		l.queue = nil
	}
	return taken
}

func (l *Link) run(stop chan struct{}) {
	defer l.running.Done()
	var frame []byte
	for {
		select {
		case <-l.wake:
			for l.pump(&frame) {
			}
		case <-stop:
			for l.pump(&frame) {
			}
			return
		}
	}
}

// Has some packets pass. False if there are none.
func (l *Link) pump(frame *[]byte) bool {
	h := l.host
	pkts := l.take()
	h.mu.Lock()
	for _, pkt := range pkts {
		if h.below == nil || !isIP(pkt.NetworkProtocolNumber) {
			if isIP(pkt.NetworkProtocolNumber) {
				l.lower.AddHeader(pkt)
			}
			l.leaving.PushBack(pkt)
			continue
		}
		f := outbound((*frame)[:0], pkt)
		C.below_out(h.below, l.nif, (*C.uint8_t)(&f[0]), C.uint32_t(len(f)), h.now())
		*frame = f
		pkt.DecRef()
	}
	if len(pkts) > 0 && h.below != nil {
		h.due()
	}
	leaving := l.leaving
	l.leaving = stack.PacketBufferList{}
	h.mu.Unlock()
	if leaving.Len() > 0 {
		l.lower.WritePackets(leaving)
		leaving.DecRef()
	}
	return len(pkts) > 0 || leaving.Len() > 0
}

func outbound(f []byte, pkt stack.PacketBufferPtr) []byte {
	f = append(f, make([]byte, linkHeader)...)
	copy(f, pkt.EgressRoute.RemoteLinkAddress)
	copy(f[linkAddress:], pkt.EgressRoute.LocalLinkAddress)
	for _, part := range pkt.AsSlices() {
		f = append(f, part...)
	}
	return f
}

//export bridge_transmit
func bridge_transmit(handle C.uintptr_t, nif C.unsigned, octets *C.uint8_t, length C.uint32_t) {
	h := hostOf(handle)
	if int(nif) >= len(h.links) || length <= linkHeader {
		return
	}
	l, f := h.links[nif], unsafe.Slice((*byte)(unsafe.Pointer(octets)), int(length))
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{
		ReserveHeaderBytes: int(l.lower.MaxHeaderLength()),
		Payload:            bufferv2.MakeWithData(f[linkHeader:]),
	})
	pkt.NetworkProtocolNumber = header.IPv4ProtocolNumber
	if f[linkHeader]>>4 == 6 {
		pkt.NetworkProtocolNumber = header.IPv6ProtocolNumber
	}
	if l.lower.MaxHeaderLength() > 0 {
		pkt.EgressRoute.RemoteLinkAddress = tcpip.LinkAddress(f[:linkAddress])
		pkt.EgressRoute.LocalLinkAddress = tcpip.LinkAddress(f[linkAddress:linkHeader])
		l.lower.AddHeader(pkt)
	}
	l.leaving.PushBack(pkt)
	l.kick()
}

// ----------------------------------------------------------------- inbound

// DeliverNetworkPacket implements stack.NetworkDispatcher: the lower endpoint has a packet.
func (l *Link) DeliverNetworkPacket(protocol tcpip.NetworkProtocolNumber, pkt stack.PacketBufferPtr) {
	d := l.above()
	if d == nil {
		return
	}
	if isIP(protocol) {
		view := l.inbound(pkt)
		if view == nil {
			return
		}
		in := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: bufferv2.MakeWithView(view)})
		defer in.DecRef()
		in.PktType = pkt.PktType
		if eth := pkt.LinkHeader().Slice(); len(eth) > 0 {
			copy(in.LinkHeader().Push(len(eth)), eth)
		}
		pkt = in
	}
	d.DeliverNetworkPacket(protocol, pkt)
	l.host.events.poke()
}

// The packet as the stack is to see it; nil: not at all.
func (l *Link) inbound(pkt stack.PacketBufferPtr) *bufferv2.View {
	h, data := l.host, pkt.Data()
	view := bufferv2.NewViewSize(linkHeader + data.Size())
	f := view.AsSlice()
	if eth := header.Ethernet(pkt.LinkHeader().Slice()); len(eth) >= header.EthernetMinimumSize {
		copy(f, eth.SourceAddress())
		copy(f[linkAddress:], l.lower.LinkAddress())
	}
	w := tcpip.SliceWriter(f[linkHeader:])
	data.ReadTo(&w, true)
	pass := C.enum_shim_pass(C.SHIM_PASS)
	h.mu.Lock()
	if h.below != nil {
		pass = C.below_in(h.below, l.nif, (*C.uint8_t)(&f[0]), C.uint32_t(len(f)), h.now())
	}
	h.mu.Unlock()
	if pass != C.SHIM_PASS {
		view.Release()
		l.host.events.poke()
		return nil
	}
	view.TrimFront(linkHeader)
	if n := packetLength(view.AsSlice()); n < view.Size() {
		view.CapLength(n)
	}
	return view
}

// The length that the IP header tells: the shim has shortened the packet, or there was padding.
func packetLength(p []byte) int {
	switch {
	case len(p) >= header.IPv4MinimumSize && p[0]>>4 == 4:
		return int(header.IPv4(p).TotalLength())
	case len(p) >= header.IPv6MinimumSize && p[0]>>4 == 6 && header.IPv6(p).PayloadLength() > 0:
		return header.IPv6MinimumSize + int(header.IPv6(p).PayloadLength())
	}
	return len(p)
}

// DeliverLinkPacket implements stack.NetworkDispatcher.
func (l *Link) DeliverLinkPacket(protocol tcpip.NetworkProtocolNumber, pkt stack.PacketBufferPtr, incoming bool) {
	if d := l.above(); d != nil {
		d.DeliverLinkPacket(protocol, pkt, incoming)
	}
}
