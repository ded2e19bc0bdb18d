package netstack

import (
	"crypto/rand"
	"sync"

	"gvisor.dev/gvisor/pkg/waiter"
)

// events holds what the stack has told of sockets and no one has looked at. The stack notifies with
// its own locks held, so a notification may only enter it here.
type events struct {
	mu      sync.Mutex
	pending map[uintptr]waiter.EventMask // by number of the socket
	wake    chan struct{}                // has an element if there may be some
}

func (e *events) init() {
	e.pending = map[uintptr]waiter.EventMask{}
	e.wake = make(chan struct{}, 1)
}

func (e *events) push(id uintptr, mask waiter.EventMask) {
	e.mu.Lock()
	e.pending[id] |= mask
	e.mu.Unlock()
	e.poke()
}

// poke has the goroutine look, though no socket has told anything.
func (e *events) poke() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func (e *events) take() map[uintptr]waiter.EventMask {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.pending) == 0 {
		return nil
	}
	taken := e.pending
	e.pending = make(map[uintptr]waiter.EventMask, len(taken))
	return taken
}

func random(b []byte) {
	if _, err := rand.Read(b); err != nil {
		panic("mptcp: no random octets: " + err.Error())
	}
}
