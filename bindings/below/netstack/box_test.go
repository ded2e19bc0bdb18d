package netstack

import (
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// Middleboxes: functions for wire.box.

const optionMPTCP = 30

// strip replaces MPTCP options by NOPs, in all segments for which `which` is true.
func strip(which func(header.TCP) bool) func([]byte) []byte {
	return func(packet []byte) []byte {
		tcp := tcpOf(packet)
		if tcp == nil || !which(tcp) {
			return packet
		}
		o := tcp.Options()
		for i := 0; i < len(o) && o[i] != header.TCPOptionEOL; {
			n := 1
			if o[i] != header.TCPOptionNOP {
				n = int(o[i+1])
			}
			if o[i] == optionMPTCP {
				for j := range o[i : i+n] {
					o[i+j] = header.TCPOptionNOP
				}
			}
			i += n
		}
		setSum(packet, tcp)
		return packet
	}
}

func isSYN(tcp header.TCP) bool   { return tcp.Flags()&header.TCPFlagSyn != 0 }
func isEvery(tcp header.TCP) bool { return true }

// spoil changes one octet of each segment with payload, after n of them.
func spoil(n int) func([]byte) []byte {
	return func(packet []byte) []byte {
		tcp := tcpOf(packet)
		if tcp == nil || len(tcp.Payload()) < 100 {
			return packet
		}
		if n--; n < 0 {
			tcp.Payload()[50] ^= 0x55
			setSum(packet, tcp)
		}
		return packet
	}
}

// setSum sets the TCP checksum right.
func setSum(packet []byte, tcp header.TCP) {
	var source, destination tcpip.Address
	if packet[0]>>4 == 4 {
		source, destination = header.IPv4(packet).SourceAddress(), header.IPv4(packet).DestinationAddress()
	} else {
		source, destination = header.IPv6(packet).SourceAddress(), header.IPv6(packet).DestinationAddress()
	}
	sum := header.PseudoHeaderChecksum(header.TCPProtocolNumber, source, destination, uint16(len(tcp)))
	tcp.SetChecksum(0)
	tcp.SetChecksum(^checksum.Checksum(tcp, sum))
}
