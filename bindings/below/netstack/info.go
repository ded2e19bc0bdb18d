package netstack

// #include "bridge.h"
// #include "mptcp/names.h"
// #include "mptcp/print.h"
// #include "mptcp/why.h"
import "C"

import (
	"net/netip"
	"time"
	"unsafe"
)

// Info is what a connection is like at a moment.
type Info struct {
	Version   int    // of MPTCP: 1 or 0; -1: plain TCP
	Fallback  error  // why it is plain TCP (an Error); nil if it is not
	State     string // of RFC 8684 Appendix D, such as "ESTABLISHED"
	Checksums bool   // DSS checksums are in use
	Subflows  []SubflowInfo

	// Why no further subflow is being opened from here: an Error, or nil if one is, or will be.
	NotJoining error
}

// MPTCP is true if the connection is not one of plain TCP.
func (i *Info) MPTCP() bool { return i.Version >= 0 }

// SubflowInfo is what one of the subflows is like.
type SubflowInfo struct {
	Local, Remote netip.AddrPort // of the address ids; port 0: not known
	Established   bool           // it can carry data
	Initial       bool           // the connection's first one
	Backup        bool           // for this end or for the peer
	Silent        bool           // nothing was acknowledged for too long
	RTT           time.Duration  // 0: not known
	Sent          uint32         // octets given to it, of all times; wraps
	Received      uint32         // octets that have come in order
	NotSending    error          // why it is given no octets at this moment: an Error, or nil
}

// Info asks; it is a zero Info, of version -1, if the connection was closed.
func (c *Conn) Info() Info {
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	info := Info{Version: -1, State: "CLOSED"}
	if c.closed || h.below == nil {
		return info
	}
	conn := C.below_conn(h.below, c.stream)
	if conn == nil {
		return info
	}
	var report C.struct_mptcp_conn_report
	C.mptcp_conn_info(conn, &report)
	info.State = C.GoString(C.mptcp_state_name(C.unsigned(report.state)))
	info.Checksums = report.checksum != 0
	if report.version <= 1 {
		info.Version = int(report.version)
	}
	if report.fallback != 0 {
		info.Fallback = Error(report.fallback)
	}
	if why := C.mptcp_why_not_joining(conn, C.MPTCP_ANY_ID, C.MPTCP_ANY_ID, nil); why != 0 {
		info.NotJoining = Error(why)
	}
	for i := C.unsigned(0); ; i++ {
		sf := C.mptcp_subflow_at(conn, i)
		if sf == C.MPTCP_SF_NONE {
			return info
		}
		info.Subflows = append(info.Subflows, subflow(conn, sf))
	}
}

func subflow(conn *C.struct_mptcp_conn, sf C.mptcp_sf) SubflowInfo {
	var r C.struct_mptcp_subflow_report
	var local, remote C.struct_mptcp_addr
	C.mptcp_subflow_info(conn, sf, &r)
	C.mptcp_address(conn, false, r.local_id, &local)
	C.mptcp_address(conn, true, r.remote_id, &remote)
	local.port, remote.port = r.local_port, r.remote_port
	info := SubflowInfo{
		Local: fromC(&local), Remote: fromC(&remote),
		Established: r.established != 0, Initial: r.initial != 0, Backup: r.backup|r.peer_backup != 0,
		Silent: r.silent != 0, RTT: time.Duration(r.srtt_us) * time.Microsecond,
		Sent: before(r.snd_nxt), Received: before(r.rcv_nxt),
	}
	if why := C.mptcp_why_not_sending(conn, sf, nil); why != 0 {
		info.NotSending = Error(why)
	}
	return info
}

// Octets before an SSN: the first one has SSN 1.
func before(ssn C.mptcp_ssn) uint32 {
	if ssn.v == 0 {
		return 0
	}
	return uint32(ssn.v) - 1
}

// Describe returns the connection's state in words, for a log: lines as mptcp/print.h has them.
func (c *Conn) Describe() string {
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.closed || h.below == nil {
		return "closed\n"
	}
	text := make([]byte, 16<<10)
	n := int(C.mptcp_conn_print(C.below_conn(h.below, c.stream), (*C.char)(unsafe.Pointer(&text[0])), C.size_t(len(text)), h.now()))
	if n >= len(text) {
		n = len(text) - 1
	}
	return string(text[:n])
}

// Counts are numbers of the shim below all connections, since New; each wraps.
type Counts struct {
	In, Out       uint32 // segments of MPTCP connections
	Others        uint32 // packets of anything else, both ways
	Split         uint32 // packets that were cut in two, where a mapping ends
	Forged        uint32 // segments of the shim's own making
	Dropped       uint32 // segments that came and were not given to TCP
	Swallowed     uint32 // those of them that only carried a signal
	Trimmed       uint32 // ACKs of which SACK blocks made room for options
	Refused       uint32 // SYNs answered by a RST
	Kept          uint32 // segments of TCP that did not leave
	HalfForgotten uint32 // handshakes of clients that made room for newer ones
	Restored      uint32 // of those, which were completed nevertheless
	NoRoom        uint32 // clients for which there was no room
	BadChecksum   uint32 // segments that came with a wrong TCP checksum
}

// Counts returns them; zeros after Close.
func (h *Host) Counts() Counts {
	h.mu.Lock()
	defer h.mu.Unlock()
	var c C.struct_shim_counts
	if h.below != nil {
		C.below_shim_counts(h.below, &c)
	}
	return Counts{
		In: uint32(c.in), Out: uint32(c.out), Others: uint32(c.others), Split: uint32(c.split),
		Forged: uint32(c.forged), Dropped: uint32(c.dropped), Swallowed: uint32(c.swallowed),
		Trimmed: uint32(c.trimmed), Refused: uint32(c.refused), Kept: uint32(c.kept),
		HalfForgotten: uint32(c.half_forgotten), Restored: uint32(c.restored), NoRoom: uint32(c.no_room), BadChecksum: uint32(c.bad_checksum),
	}
}

// JoinsRefused returns how many joins of peers were refused with this code, since New; 0: how many
// in all. bindings/below/shim.h says which codes there are, and what they mean. 0 after Close.
func (h *Host) JoinsRefused(why Error) uint32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.below == nil {
		return 0
	}
	return uint32(C.below_joins_refused(h.below, C.int(why)))
}
