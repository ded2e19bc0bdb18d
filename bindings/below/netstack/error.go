package netstack

// #include "bridge.h"
import "C"

import (
	"net"
	"net/netip"
	"syscall"
)

// Error is a code of mptcp/error.h: why a connection ended, why it fell back to plain TCP, or what is
// wrong with a call.
type Error int

// Codes that a program may want to tell apart.
const (
	Closed      = Error(C.MPTCP_E_CLOSED)         // closed in order
	PeerReset   = Error(C.MPTCP_E_PEER_RESET)     // reset by the peer
	PeerAborted = Error(C.MPTCP_E_PEER_ABORTED)   // MP_FASTCLOSE from the peer
	TimedOut    = Error(C.MPTCP_E_TIMED_OUT)      // no subflow came back
	Failed      = Error(C.MPTCP_E_SUBFLOW_FAILED) // TCP gave the subflow up
	NoMPTCP     = Error(C.MPTCP_E_NO_MPTCP)       // peer or path without MPTCP
	Full        = Error(C.MPTCP_E_FULL)           // a table is full
	NotWanted   = Error(C.MPTCP_E_JOIN_REFUSED)   // a join is not wanted
)

const argument = Error(C.MPTCP_E_ARGUMENT)

// Name is the code's name, such as "NO_MPTCP".
func (e Error) Name() string { return C.GoString(C.mptcp_error_name(C.int(e))) }

func (e Error) Error() string { return C.GoString(C.mptcp_error_text(C.int(e))) }

// Timeout is true if the connection ended because nothing was acknowledged any more.
func (e Error) Timeout() bool { return e == TimedOut }

// Temporary is true if the call may succeed later, when other connections have ended.
func (e Error) Temporary() bool { return e == Full }

// Is says what the code would be called by the system's own sockets.
func (e Error) Is(target error) bool {
	switch target {
	case syscall.ECONNRESET:
		return e == PeerReset || e == PeerAborted
	case syscall.ECONNREFUSED:
		return e == PeerReset
	case syscall.ETIMEDOUT:
		return e == TimedOut
	case net.ErrClosed:
		return e == Closed
	}
	return false
}

func opError(op string, local, remote netip.AddrPort, err error) error {
	e := &net.OpError{Op: op, Net: "mptcp", Err: err}
	if local.IsValid() {
		e.Source = tcpAddr(local)
	}
	if remote.IsValid() {
		e.Addr = tcpAddr(remote)
	}
	return e
}
