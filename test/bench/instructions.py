#!/usr/bin/env python3
"""instructions.py [--help] PROGRAM CHOICES

Counts the instructions that the calls of the library take, per segment, with valgrind's callgrind,
and that a choice of each scheduler takes, and compares them with their limits. PROGRAM is
build/test/bench/instructions, CHOICES build/test/bench/choices; `make bench-instructions` builds and
runs all. Exit status 1 if a limit is exceeded, 2 if valgrind or one of the programs does not work.
"""
import os
import re
import subprocess
import sys
import tempfile

ROWS = [  # what, functions that are counted, limit per segment
    ("a data segment in: on_segment, on_data", ["row_data_in"], None),
    ("  poll, done and consumed", ["row_deliver"], None),
    ("  together", ["row_data_in", "row_deliver"], 1000),
    ("the same with on_data_passed and consumed", ["row_data_passed"], 700),
    ("a data segment out: tx_options, sent", ["row_segment_out"], None),
    ("  written, poll and done of SEND, an 8th of a burst", ["row_send_burst"], None),
    ("  together", ["row_segment_out", "row_send_burst"], 500),
    ("a pure ACK in: on_segment, poll and done of FREE", ["row_ack_in"], 800),
    ("a pure ACK out: tx_options, sent", ["row_ack_out"], 300),
]

HALF = ["row_data_in", "row_deliver", "row_data_passed"]  # every second burst is of the other kind

CHOICES = [  # scheduler, limits: the faster path has room; only the slower has
    ("gain", 430, 505),
    ("minrtt", 175, 180),
    ("roundrobin", 255, 320),
    ("redundant", 410, 485),
    ("blest", 355, 395),
    ("ecf", 355, 405),
]
CHOICE_ROWS = [("%s, %s" % (name, case), ["row_%s_%s" % (row, name)], limit)
               for name, *limits in CHOICES
               for case, row, limit in zip(("the faster path has room", "only the slower has"),
                                           ("fast", "slow"), limits)]


def die(text):
    print("instructions.py: " + text, file=sys.stderr)
    sys.exit(2)


def count(program):
    """({function: instructions, all that it calls included}, how often each ran)"""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind.out")
        run = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out,
                              program], capture_output=True, text=True)
        if run.returncode != 0:
            die("%s under valgrind: %s" % (program, (run.stderr.strip() or "?").splitlines()[-1]))
        notes = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100",
                                "--auto=no", out], capture_output=True, text=True)
    found = {}
    for line in notes.stdout.splitlines():
        match = re.match(r"\s*([\d,]+) .*:(row_\w+)", line)
        if match:
            found[match.group(2)] = int(match.group(1).replace(",", ""))
    return found, int(run.stdout.split()[0])


def main():
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__.strip())
        return 0
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        die("two programs are needed; see --help")
    over = table("instructions per segment (gcc -O2, default configuration, no checksums)",
                 sys.argv[1], ROWS)
    over += table("instructions of one choice between two paths", sys.argv[2], CHOICE_ROWS)
    return 1 if over else 0


def table(title, program, rows):
    """Prints a table; how many of its rows are above their limits."""
    try:
        found, times = count(program)
    except FileNotFoundError as problem:
        die("there is no " + str(problem.filename))
    over = 0
    print(title)
    for what, functions, limit in rows:
        missing = [f for f in functions if f not in found]
        if missing:
            die("callgrind has not seen " + missing[0])
        n = sum(found[f] * (2 if f in HALF else 1) for f in functions) / times
        above = limit is not None and n > limit
        over += above
        print("  %-52s %7.0f%s%s" % (what, n, " of at most %d" % limit if limit else "",
                                     "  TOO MANY" if above else ""))
    return over


if __name__ == "__main__":
    sys.exit(main())
