#!/usr/bin/env python3
"""cost.py [--help] [--quick] PROGRAM

The worst that one call costs with many runs waiting, in units: a unit is a data segment in order
with its on_data, counted in the same run. PROGRAM is build/test/bench/cost; `make bench-cost` builds
and runs both, --quick for the smaller number of runs alone. Instructions are counted by valgrind's
callgrind; times are those of the quickest of several calls, without valgrind, and count where
most runs wait.

A call that makes no run arrive or finish may cost 4 units with 1,024 runs waiting and 10 with
32,768; one that makes n arrive or finish, 1/10 unit more for each; an ACK without news 1 unit. The
segment next in order costs at most 1.5 times with 512 runs waiting what it costs with 4. Exit
status 1 if a limit is exceeded, 2 if valgrind or PROGRAM does not work.
"""
import os
import re
import subprocess
import sys
import tempfile

SIZES = [(1024, 4.0), (32768, 10.0)]
EACH = 0.1
NO_NEWS = {"row_ack_no_news": 1.0}
GROWTH = ("row_next_with_4", "row_next_with_512", 1.5)


def die(text):
    print("cost.py: " + text, file=sys.stderr)
    sys.exit(2)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        die("%s: %s" % (" ".join(command), (done.stderr.strip() or "?").splitlines()[-1]))
    return done.stdout


def rows_of(text):
    """[(function, calls, n, ns, what)] as PROGRAM prints them"""
    found = []
    for line in text.splitlines():
        name, calls, n, ns, what = line.split(" ", 4)
        found.append((name, int(calls), float(n), float(ns), what))
    return found


def instructions(program, runs):
    """{function: instructions, all that it calls included}"""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind.out")
        rows = rows_of(run("valgrind", "--tool=callgrind", "--callgrind-out-file=" + out,
                           "--toggle-collect=row_*", program, str(runs), "1"))
        notes = run("callgrind_annotate", "--inclusive=yes", "--threshold=100", "--auto=no", out)
    found = {}
    for line in notes.splitlines():
        match = re.match(r"\s*([\d,]+) .*:(row_\w+)", line)
        if match:
            found[match.group(2)] = int(match.group(1).replace(",", ""))
    calls = {}
    for name, count, _, _, _ in rows:
        calls[name] = calls.get(name, 0) + count
    return {name: found[name] / calls[name] for name in found if name in calls}


def table(program, runs, base, timed):
    """Prints it; how many limits are exceeded, by the time as well if `timed`."""
    count = instructions(program, runs)
    quickest = rows_of(run(program, str(runs), "200" if runs < 10000 else "40"))
    unit = count["row_unit"]
    unit_ns = max(next(ns for name, _, _, ns, _ in quickest if name == "row_unit"), 1)
    over = 0
    seen = {}
    for name, _, n, ns, what in quickest:
        old = seen.get(name)
        seen[name] = (max(ns, old[1]) if old else ns, ns, n, old[3] if old else what)
    print("%d runs wait on 7 subflows of 8; a unit is %.0f instructions, %.0f ns" %
          (runs, unit, unit_ns))
    print("  %-66s %9s %9s %9s %9s" % ("", "n", "units", "by time", "at most"))
    for name, (_, ns, n, what) in seen.items():
        most = NO_NEWS.get(name, base + EACH * n)
        units, by_time = count[name] / unit, ns / unit_ns
        above = units > most or (timed and by_time > most)
        over += above
        print("  %-66s %9s %9.2f %9.2f %9.1f%s" %
              (what, "%d" % n if n else "", units, by_time, most, "  TOO MUCH" if above else ""))
    few, many, most = GROWTH
    growth = count[many] / count[few]
    print("  with 512 runs waiting the next in order costs %.2f times that with 4, at most %.1f" %
          (growth, most))
    return over + (growth > most)


def main():
    arguments = sys.argv[1:]
    if arguments in (["-h"], ["--help"]):
        print(__doc__.strip())
        return 0
    quick = arguments[:1] == ["--quick"]
    arguments = arguments[1:] if quick else arguments
    if len(arguments) != 1 or arguments[0].startswith("-"):
        die("one program is needed; see --help")
    over = 0
    try:
        for runs, base in SIZES[:1] if quick else SIZES:
            over += table(arguments[0], runs, base, runs == SIZES[-1][0])
    except FileNotFoundError as problem:
        die("there is no " + str(problem.filename))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
