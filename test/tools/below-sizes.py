#!/usr/bin/env python3
"""below-sizes.py --text N --stack N [--table CALLER=REGEX]... OBJECT... - what bindings/below takes.

Prints the octets of code of its objects (those under bindings/below), and the stack of the calls by
which frames and work come, with all that the core does in them; fails over these limits. Reads the
call graphs beside the objects as sizes.py does, with its --table. A call through a pointer from the
shim reaches the functions of bindings/below whose names match REACHED; any other one is the host's,
whose stack is not counted; nor is that of memory, crypto and compiler functions.
"""
import argparse
import re
import sys

import sizes

SHIM = re.compile(r"bindings/below/(shim\w*|emit)\.c")
ENTRIES = ["below_in", "below_out", "below_work", "below_connect", "below_read", "below_write"]


def unit_of(path):
    """The source whose call graph this is."""
    with open(path, encoding="utf-8") as graph:
        return re.match(r'graph: \{ title: "([^"]+)"', graph.readline()).group(1)


def lead_on(graph, unit, reached):
    """Says where the pointers of one file of bindings/below lead."""
    own = sizes.Graph()
    own.read(unit[1])
    for caller in own.frame:
        calls = graph.calls.get(caller, set())
        if "__indirect_call" in calls:
            calls.discard("__indirect_call")
            if SHIM.match(unit[0]):
                calls.update(n for n in graph.frame if re.fullmatch(reached, n))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=int, required=True, help="limit")
    parser.add_argument("--stack", type=int, required=True, help="limit")
    parser.add_argument("--table", action="append", default=[], metavar="CALLER=REGEX")
    parser.add_argument("--reached", required=True, metavar="REGEX")
    parser.add_argument("--prefix", default="arm-none-eabi-", help="of the binary utilities")
    parser.add_argument("objects", nargs="+")
    args = parser.parse_args()
    graph = sizes.Graph()
    graphs = [path.removesuffix(".o") + ".ci" for path in args.objects]
    for path in graphs:
        graph.read(path)
    for table in args.table:
        graph.resolve(*table.split("=", 1))
    for path in graphs:
        unit = unit_of(path)
        if unit.startswith("bindings/below/"):
            lead_on(graph, (unit, path), args.reached)
    deepest = graph.deepest()
    own = [path for path in args.objects if "bindings/below/" in path]
    text = sum(sizes.text_of(args.prefix, own).values())
    print("bindings/below on Cortex-M4, -Os (octets; without the core)")
    good = sizes.print_limit("code and constants", text, args.text)
    print("Stack, with the core; memory, crypto, compiler and the host's functions not counted")
    for name in ENTRIES:
        print(f"  {name:<48} {deepest[name][0]:>6}")
    worst = max((deepest[name] for name in ENTRIES), key=lambda d: d[0])
    print("  deepest: " + "\n         > ".join(f"{sizes.plain(n)} {graph.frame[n]}" for n in worst[1]))
    good &= sizes.print_limit("stack", worst[0], args.stack)
    for fault in sorted(set(graph.faults)):
        print("  NOT ALLOWED " + fault)
    return 0 if good and not graph.faults else 1


if __name__ == "__main__":
    sys.exit(main())
