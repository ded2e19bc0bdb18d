#!/usr/bin/env python3
"""third_acks.py - whether the third ACK of every join in a capture has the right HMAC.

  third_acks.py FILE    a pcapng of raw IP packets, as --pcap of mptcp-below and mptcp-nc writes it

It is computed here (RFC 8684 s3.2, version 1) of the keys in the connections' own third ACKs, the
nonce in the join's SYN and that in the last SYN/ACK before. Says "RIGHT right, WRONG wrong,
UNKNOWN unknown"; the last ones are of connections whose keys the capture has not.

Exit status: 0 some are right and no other ones are there, 1 otherwise.
"""
import hashlib
import hmac
import struct
import sys

SYN, ACK = 0x02, 0x10
CAPABLE, JOIN = 0, 1


def packets(data):
    at = 0
    while at + 12 <= len(data):
        kind, total = struct.unpack_from("<II", data, at)
        if kind == 6:
            length = struct.unpack_from("<I", data, at + 20)[0]
            yield data[at + 28:at + 28 + length]
        at += total


def segment(packet):
    """Its addresses and ports, flags and options; None if it is not TCP."""
    if packet[0] >> 4 == 4:
        tcp, protocol, ends = (packet[0] & 15) * 4, packet[9], packet[12:20]
    else:
        tcp, protocol, ends = 40, packet[6], packet[8:40]
    if protocol != 6:
        return None
    half = len(ends) // 2
    source, destination = ends[:half] + packet[tcp:tcp + 2], ends[half:] + packet[tcp + 2:tcp + 4]
    return source, destination, packet[tcp + 13], packet[tcp + 20:tcp + (packet[tcp + 12] >> 4) * 4]


def mptcp_options(area):
    at = 0
    while at < len(area) and area[at] != 0:
        if area[at] == 1:
            at += 1
            continue
        if at + 1 >= len(area) or area[at + 1] < 2:
            return
        option = area[at:at + area[at + 1]]
        if option[0] == 30:
            yield option[2] >> 4, option
        at += len(option)


class Judge:
    def __init__(self):
        self.keys = {}  # of the receiver's token: the joiner's key and the receiver's
        self.joins = {}  # of both ends, the joiner's first: token, its nonce, the other's
        self.right = self.wrong = self.unknown = 0

    def capable(self, option):
        if len(option) >= 20:
            ours, theirs = option[4:12], option[12:20]
            self.keys[hashlib.sha256(theirs).digest()[:4]] = (ours, theirs)
            self.keys[hashlib.sha256(ours).digest()[:4]] = (theirs, ours)

    def join(self, source, destination, flags, option):
        if flags & (SYN | ACK) == SYN and len(option) == 12:
            known = self.joins.get((source, destination))
            if known is None or known[1] != option[8:12]:  # else it is sent again
                self.joins[source, destination] = [option[4:8], option[8:12], None]
        elif flags & SYN and len(option) == 16 and (destination, source) in self.joins:
            self.joins[destination, source][2] = option[12:16]
        elif len(option) == 24 and (source, destination) in self.joins:
            self.third_ack(*self.joins[source, destination], option[4:24])

    def third_ack(self, token, ours, theirs, told):
        if token not in self.keys or theirs is None:
            self.unknown += 1
            return
        digest = hmac.new(b"".join(self.keys[token]), ours + theirs, hashlib.sha256).digest()
        if digest[:20] == told:
            self.right += 1
        else:
            self.wrong += 1


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return len(sys.argv) == 2
    judge = Judge()
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    for packet in packets(data):
        s = segment(packet)
        for subtype, option in mptcp_options(s[3]) if s else ():
            if subtype == CAPABLE:
                judge.capable(option)
            elif subtype == JOIN:
                judge.join(s[0], s[1], s[2], option)
    print(f"{judge.right} right, {judge.wrong} wrong, {judge.unknown} unknown")
    return judge.right > 0 and judge.wrong == judge.unknown == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
