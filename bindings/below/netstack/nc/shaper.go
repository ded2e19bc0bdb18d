package main

import (
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/link/nested"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

const shaperQueue = 50 * time.Millisecond // longest wait of a packet for the link's rate

// A shaper is a link endpoint over another one, with a rate and a delay each way.
type shaper struct {
	nested.Endpoint
	lower   stack.LinkEndpoint
	out, in *line
}

func newShaper(lower stack.LinkEndpoint, p *path) *shaper {
	s := &shaper{lower: lower}
	s.Endpoint.Init(lower, s)
	s.out = newLine(p, func(_ tcpip.NetworkProtocolNumber, pkt stack.PacketBufferPtr) {
		var one stack.PacketBufferList
		one.PushBack(pkt)
		lower.WritePackets(one)
	})
	s.in = newLine(p, s.Endpoint.DeliverNetworkPacket)
	return s
}

// WritePackets implements stack.LinkEndpoint.
func (s *shaper) WritePackets(pkts stack.PacketBufferList) (int, tcpip.Error) {
	for _, pkt := range pkts.AsSlice() {
		s.out.send(pkt.NetworkProtocolNumber, pkt)
	}
	return pkts.Len(), nil
}

// DeliverNetworkPacket implements stack.NetworkDispatcher.
func (s *shaper) DeliverNetworkPacket(protocol tcpip.NetworkProtocolNumber, pkt stack.PacketBufferPtr) {
	s.in.send(protocol, pkt)
}

// A line is one direction: packets arrive in order. One goroutine sends.
type line struct {
	path  *path
	free  time.Time // when the link has sent what it has
	queue chan delayed
}

type delayed struct {
	at       time.Time
	protocol tcpip.NetworkProtocolNumber
	pkt      stack.PacketBufferPtr
}

func newLine(p *path, arrive func(tcpip.NetworkProtocolNumber, stack.PacketBufferPtr)) *line {
	l := &line{path: p, queue: make(chan delayed, 1<<14)}
	go func() {
		for d := range l.queue {
			time.Sleep(time.Until(d.at))
			arrive(d.protocol, d.pkt)
			d.pkt.DecRef()
		}
	}()
	return l
}

func (l *line) send(protocol tcpip.NetworkProtocolNumber, pkt stack.PacketBufferPtr) {
	now := time.Now()
	if l.free.Before(now) {
		l.free = now
	}
	if l.free.Sub(now) > shaperQueue || len(l.queue) == cap(l.queue) {
		return
	}
	if l.path.rate > 0 {
		l.free = l.free.Add(time.Duration(float64(pkt.Size()) / l.path.rate * float64(time.Second)))
	}
	l.queue <- delayed{l.free.Add(l.path.delay), protocol, pkt.IncRef()}
}
