#!/usr/bin/env python3
"""scale.py [--help] PROGRAM

Counts the instructions that a busy connection takes per data segment and end, alone and beside
10,000 idle connections, of lwIP's own TCP and of the binding, with valgrind's callgrind. PROGRAM is
build/scale/test/bench/scale; `make bench-scale-count` builds and runs both. At most 1.1 times as
many as alone, and an end of an idle connection takes at most 2560 octets beside lwIP's pools. Exit
status 1 if the binding exceeds one of them, 2 if valgrind or the program does not work.
"""
import sys

import callgrind

IDLE = 10000
LIMIT = 1.1
LIMIT_OCTETS = 2560


def case(program, kind, idle):
    """(instructions per data segment and end, octets of an idle end)"""
    instructions, printed = callgrind.count([program, kind, str(idle)],
                                            ["--toggle-collect=flows_transfer"])
    segments, octets = (int(word) for word in printed.split())
    return instructions / segments / 2, octets


def main():
    program = callgrind.argument(__doc__)
    print("instructions of a busy connection, per data segment and end, work for each packet")
    print("  %-10s  %10s  %10d idle  an idle end" % ("", "alone", IDLE))
    over = False
    for kind, name in (("raw", "raw lwIP"), ("mptcp", "MPTCP")):
        alone, _ = case(program, kind, 0)
        beside, octets = case(program, kind, IDLE)
        print("  %-10s  %10.0f  %10.0f %4.2f  %5d octets" %
              (name, alone, beside, beside / alone, octets), flush=True)
        over = kind == "mptcp" and (beside > LIMIT * alone or octets > LIMIT_OCTETS)
    print("  at most %.1f times as many as alone, and %d octets%s" %
          (LIMIT, LIMIT_OCTETS, "  TOO MUCH" if over else ""))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
