package netstack

import (
	"container/heap"
	"fmt"
	"math/rand"
	"sync"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/bufferv2"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// What a link does to packets, the same in both directions.
type quality struct {
	delay   time.Duration // one way
	rate    float64       // octets per second; 0: no limit
	queue   time.Duration // most time that a packet waits for the rate: 100 ms
	loss    float64       // probability that a packet is lost
	twice   float64       // that it arrives twice
	reorder float64       // that it arrives later than others, by up to `late`
	late    time.Duration
}

// A wire is one direction of a link: packets arrive at `to` when it is their time.
type wire struct {
	quality
	to   *plug
	dark atomic.Bool

	mu    sync.Mutex
	box   func(packet []byte) []byte // alters a packet; nil: it is dropped
	dice  *rand.Rand
	free  time.Time // when the link has sent what it has
	way   arrivals
	count uint64
	wake  chan struct{}
	done  chan struct{}

	seen // of the segments that were sent into it
}

// seen counts.
type seen struct {
	octets  atomic.Int64
	packets atomic.Int64
	full    atomic.Int64 // that found the queue full
	syns    atomic.Int64 // without ACK, each once
	known   sync.Map     // SYNs that were counted
	resets  atomic.Int64
	reset   atomic.Value // the last one, in words
}

func (s *seen) look(packet []byte) {
	s.octets.Add(int64(len(packet)))
	s.packets.Add(1)
	if tcp := tcpOf(packet); tcp != nil {
		switch flags := tcp.Flags(); {
		case flags&header.TCPFlagRst != 0:
			s.resets.Add(1)
			s.reset.Store(fmt.Sprintf("after %d packets, from %x to %x: %v SEQ %d ACK %d options %x", s.packets.Load(),
				packet[12:16], packet[16:20], flags, tcp.SequenceNumber(), tcp.AckNumber(), tcp.Options()))
		case flags&(header.TCPFlagSyn|header.TCPFlagAck) == header.TCPFlagSyn:
			if _, again := s.known.LoadOrStore([2]uint32{uint32(tcp.SourcePort()), tcp.SequenceNumber()}, true); !again {
				s.syns.Add(1)
			}
		}
	}
}

// The TCP segment in a packet without extension headers; nil: there is none.
func tcpOf(packet []byte) header.TCP {
	switch {
	case packet[0]>>4 == 4 && header.IPv4(packet).Protocol() == uint8(header.TCPProtocolNumber):
		return packet[header.IPv4(packet).HeaderLength():]
	case packet[0]>>4 == 6 && header.IPv6(packet).NextHeader() == uint8(header.TCPProtocolNumber):
		return packet[header.IPv6MinimumSize:]
	}
	return nil
}

type arrival struct {
	at     time.Time
	number uint64 // among equal times the order is that of sending
	packet []byte
}

type arrivals []arrival

func (a arrivals) Len() int { return len(a) }
func (a arrivals) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].number < a[j].number
}
func (a arrivals) Swap(i, j int)       { a[i], a[j] = a[j], a[i] }
func (a *arrivals) Push(x interface{}) { *a = append(*a, x.(arrival)) }
func (a *arrivals) Pop() interface{} {
	last := len(*a) - 1
	x := (*a)[last]
	*a = (*a)[:last]
	return x
}

func newWire(q quality, to *plug, seed int64) *wire {
	if q.queue == 0 {
		q.queue = 100 * time.Millisecond
	}
	w := &wire{quality: q, to: to, dice: rand.New(rand.NewSource(seed)), wake: make(chan struct{}, 1), done: make(chan struct{})}
	go w.run()
	return w
}

func (w *wire) setBox(box func([]byte) []byte) {
	w.mu.Lock()
	w.box = box
	w.mu.Unlock()
}

func (w *wire) happens(probability float64) bool {
	return probability > 0 && w.dice.Float64() < probability
}

func (w *wire) send(packet []byte) {
	w.look(packet)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.box != nil {
		packet = w.box(packet)
	}
	if packet == nil || w.dark.Load() || w.happens(w.loss) {
		return
	}
	now := time.Now()
	if w.free.Before(now) {
		w.free = now
	}
	if w.free.Sub(now) > w.queue {
		w.full.Add(1)
		return
	}
	if w.rate > 0 {
		w.free = w.free.Add(time.Duration(float64(len(packet)) / w.rate * float64(time.Second)))
	}
	w.arrive(packet)
	if w.happens(w.twice) {
		w.arrive(append([]byte(nil), packet...))
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *wire) arrive(packet []byte) {
	at := w.free.Add(w.delay)
	if w.happens(w.reorder) {
		at = at.Add(time.Duration(w.dice.Int63n(int64(w.late))))
	}
	w.count++
	heap.Push(&w.way, arrival{at, w.count, packet})
}

// The packets whose time has come, and when the next one comes.
func (w *wire) ready() (packets [][]byte, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.way) > 0 {
		if wait = time.Until(w.way[0].at); wait > 0 {
			return packets, wait
		}
		packets = append(packets, heap.Pop(&w.way).(arrival).packet)
	}
	return packets, time.Hour
}

func (w *wire) run() {
	timer := time.NewTimer(time.Hour)
	for {
		packets, wait := w.ready()
		for _, p := range packets {
			if !w.dark.Load() {
				w.to.arrived(p)
			}
		}
		if len(packets) > 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-w.wake:
			if !timer.Stop() {
				select {
				case <-timer.C:
				default:
				}
			}
		case <-w.done:
			return
		}
	}
}

// A plug is one end of a link: a link endpoint without a header.
type plug struct {
	mtu        uint32
	out        *wire
	mu         sync.Mutex
	dispatcher stack.NetworkDispatcher
}

// newLink makes both ends of a link.
func newLink(q quality, mtu uint32, seed int64) (a, b *plug) {
	a, b = &plug{mtu: mtu}, &plug{mtu: mtu}
	a.out, b.out = newWire(q, b, seed), newWire(q, a, seed+1)
	return a, b
}

func (p *plug) arrived(packet []byte) {
	p.mu.Lock()
	d := p.dispatcher
	p.mu.Unlock()
	if d == nil {
		return
	}
	protocol := header.IPv4ProtocolNumber
	if packet[0]>>4 == 6 {
		protocol = header.IPv6ProtocolNumber
	}
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: bufferv2.MakeWithData(packet)})
	d.DeliverNetworkPacket(protocol, pkt)
	pkt.DecRef()
}

func (p *plug) WritePackets(pkts stack.PacketBufferList) (int, tcpip.Error) {
	for _, pkt := range pkts.AsSlice() {
		v := pkt.ToView()
		p.out.send(v.ToSlice())
		v.Release()
	}
	return pkts.Len(), nil
}

func (p *plug) Attach(d stack.NetworkDispatcher) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d == nil && p.dispatcher != nil {
		close(p.out.done)
	}
	p.dispatcher = d
}

func (p *plug) IsAttached() bool                             { return p.dispatcher != nil }
func (p *plug) MTU() uint32                                  { return p.mtu }
func (p *plug) MaxHeaderLength() uint16                      { return 0 }
func (p *plug) LinkAddress() tcpip.LinkAddress               { return "" }
func (p *plug) Capabilities() stack.LinkEndpointCapabilities { return 0 }
func (p *plug) Wait()                                        {}
func (p *plug) ARPHardwareType() header.ARPHardwareType      { return header.ARPHardwareNone }
func (p *plug) AddHeader(stack.PacketBufferPtr)              {}
