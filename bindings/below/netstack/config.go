package netstack

// #include "bridge.h"
import "C"

import (
	"fmt"
	"time"
)

// Config has the capacities of a Host, which decide how much memory it takes, and its settings. In
// every member 0 stands for the default.
type Config struct {
	Streams   int // most connections at a time, those that are being closed included: 64
	Listeners int // most listeners, those at announced addresses included: 8
	Backlog   int // most connections of a listener that wait for Accept, and most handshakes of clients: 16

	// Octets of each connection's send buffer, and of its receive buffer, the window that all its
	// subflows share: powers of two, 256 KiB each. To fill the paths either has to be the sum of
	// their rates times the longest RTT.
	SendBuffer    int
	ReceiveBuffer int

	Subflows  int // most subflows of a connection at a time: 2, at most 32
	Addresses int // address slots of a connection and end, the first one's included: 4
	Runs      int // mappings of all subflows and both directions: one for each segment that the
	// two buffers hold, 64 at least; see mptcp/config.h. Without a free one nothing is sent

	Checksums bool // DSS checksums are required (RFC 8684 s3.1, flag A)
	DenyJoin  bool // the peer is told not to join our first address (flag C)
	Version   int  // of the protocol that clients offer: 1; -1: version 0 (RFC 6824)
	Version0  bool // servers speak version 0, too, with clients that offer it

	// The index of a scheduler in mptcp_schedulers (mptcp/scheduler.h).
	Scheduler int

	// How long a connection lives without any subflow. 0: it ends with its last one.
	NoPathLimit time.Duration

	// The lower endpoints have verified the checksums of packets that come
	// (stack.CapabilityRXChecksumOffload): neither the shim nor the stack does.
	TrustChecksums bool
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// span is the value of a member of Config, and the least and the largest that it may have: members
// of C's structures are narrower than an int.
type span struct{ value, least, most int }

func fits(members map[string]span) error {
	for name, m := range members {
		if m.value < m.least || m.value > m.most {
			return fmt.Errorf("mptcp: Config.%s is out of range: %d", name, m.value)
		}
	}
	return nil
}

func runsFor(buffers int) int {
	const segment, least, most = 1380, 64, 65534
	switch n := buffers / segment; {
	case n < least:
		return least
	case n > most:
		return most
	default:
		return n
	}
}

func (cfg *Config) fill(c *C.struct_below_config) error {
	const most8, most16, most32 = 1<<8 - 1, 1<<16 - 1, 1<<31 - 1
	if err := fits(map[string]span{
		"Streams": {cfg.Streams, 0, most16}, "Listeners": {cfg.Listeners, 0, most16}, "Backlog": {cfg.Backlog, 0, most16},
		"SendBuffer": {cfg.SendBuffer, 0, most32}, "ReceiveBuffer": {cfg.ReceiveBuffer, 0, most32},
		"Subflows": {cfg.Subflows, 0, most8}, "Addresses": {cfg.Addresses, 0, most8}, "Runs": {cfg.Runs, 0, most16},
		"Scheduler": {cfg.Scheduler, 0, most8}, "Version": {cfg.Version, -1, 1},
		"NoPathLimit": {int(cfg.NoPathLimit / time.Microsecond), 0, most32},
	}); err != nil {
		return err
	}
	C.below_config_init(c)
	c.streams = C.uint32_t(or(cfg.Streams, 64))
	c.listeners = C.uint16_t(or(cfg.Listeners, 8))
	c.backlog = C.uint16_t(or(cfg.Backlog, 16))
	c.snd_buf = C.uint32_t(or(cfg.SendBuffer, 256<<10))
	c.conn.rcv_buf = C.uint32_t(or(cfg.ReceiveBuffer, 256<<10))
	c.conn.subflows = C.uint8_t(or(cfg.Subflows, 2))
	c.conn.subflow_limit = c.conn.subflows
	c.conn.addrs = C.uint8_t(or(cfg.Addresses, 4))
	c.conn.runs = C.uint16_t(or(cfg.Runs, runsFor(int(c.snd_buf)+int(c.conn.rcv_buf))))
	c.conn.scheduler = C.uint8_t(cfg.Scheduler)
	c.conn.no_path_limit = C.uint32_t(cfg.NoPathLimit / time.Microsecond)
	if cfg.Version < 0 {
		c.conn.version = 0
	}
	if cfg.Checksums {
		c.conn.flags |= C.MPTCP_CFG_CHECKSUM
	}
	if cfg.DenyJoin {
		c.conn.flags |= C.MPTCP_CFG_DENY_JOIN
	}
	c.shim.flags = c.conn.flags
	c.shim.link = linkHeader
	c.shim.mtu = most16 // each Link has its own
	c.shim.listeners = c.listeners
	c.shim.flows = 0
	c.shim.half = c.backlog
	if cfg.Version0 {
		c.shim.versions |= C.SHIM_VERSION_0
	}
	if cfg.TrustChecksums {
		c.shim.trusted = 1
	}
	return nil
}
