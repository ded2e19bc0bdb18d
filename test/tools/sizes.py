#!/usr/bin/env python3
"""Code size per file and group, the size of a connection, and the deepest stack, with limits.

A group is what an embedder may do without: names and texts, or further algorithms. --group gives its
name, limit and sources. A link with --gc-sections of all other objects, every function of theirs
named, must keep nothing of a group. The link is without the sources of --own: tables that a program
may define itself, with only what it wants.

Reads the objects of one target and the call graphs that `gcc -fcallgraph-info=su,da` wrote
beside them. --less NAME=LIMIT=FILE compares the core with what this program
printed for a build without something, and limits the difference. Fails when a limit is passed, and when stack depth has no bound: recursion, a frame of variable
size, a call through a pointer. Calls through a constant table are told with --table: the caller
then may reach every function whose name matches.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

# Not the core's: supplied by whoever links it. Their stack is not counted.
OUTSIDE = re.compile(r"^(mem(cpy|move|set|cmp)|mptcp_crypto_(hmac_)?sha(1|256)|__[a-z0-9_]+)$")

NODE = re.compile(r'^node: \{ title: "(?P<name>[^"]+)" label: "(?P<label>[^"]*)"')
EDGE = re.compile(r'^edge: \{ sourcename: "(?P<caller>[^"]+)" targetname: "(?P<callee>[^"]+)"')
FRAME = re.compile(r"(\d+) bytes \((\w[\w,]*)\)")


class Graph:
    """Frames and calls of all functions."""

    def __init__(self):
        self.frame = {}
        self.calls = {}
        self.faults = []

    def read(self, path):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                self.read_line(line)

    def read_line(self, line):
        node = NODE.match(line)
        if node:
            self.add_function(node["name"], node["label"])
        edge = EDGE.match(line)
        if edge:
            self.calls.setdefault(edge["caller"], set()).add(edge["callee"])

    def add_function(self, name, label):
        frame = FRAME.search(label)
        if not frame:
            return
        self.frame[name] = int(frame[1])
        if frame[2] != "static":
            self.faults.append(f"{plain(name)}: its frame is {frame[2]}")

    def resolve(self, caller, pattern):
        """Calls through a pointer in caller reach the functions that match pattern."""
        targets = {name for name in self.frame if re.fullmatch(pattern, plain(name))}
        calls = self.calls.get(caller, set())
        if not targets or "__indirect_call" not in calls:
            self.faults.append(f"--table {caller}={pattern}: there is no such call, or function")
        calls.discard("__indirect_call")
        calls.update(targets)

    def deepest(self):
        """Function -> (bytes, path below and including it); finds what has no bound."""
        depth = {}
        for name in sorted(self.frame):
            self.visit(name, depth, [])
        return depth

    def visit(self, name, depth, above):
        if name in above:
            path = above[above.index(name):] + [name]
            self.faults.append("recursion: " + " > ".join(plain(n) for n in path))
            return (0, [])
        if name in depth:
            return depth[name]
        below = (0, [])
        for callee in sorted(self.calls.get(name, ())):
            if callee in self.frame:
                below = max(below, self.visit(callee, depth, above + [name]), key=lambda d: d[0])
            elif callee == "__indirect_call":
                self.faults.append(f"{plain(name)}: calls through a pointer")
            elif not OUTSIDE.match(callee):
                self.faults.append(f"{plain(name)}: calls {callee}, of unknown depth")
        depth[name] = (self.frame[name] + below[0], [name] + below[1])
        return depth[name]


def plain(name):
    return name.rsplit(":", 1)[-1]


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def text_of(prefix, objects):
    """Path of each object -> octets of code and constants."""
    rows = [line.split() for line in run(prefix + "size", *objects).splitlines()[1:]]
    return {row[5]: int(row[0]) for row in rows}


def conn_size(cc, prefix, counts):
    """MPTCP_CONN_SIZE of these counts as the target's compiler computes it."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "size.c")
        with open(source, "w", encoding="utf-8") as out:
            out.write('#include "mptcp/conn.h"\n'
                      f"extern unsigned char block[MPTCP_CONN_SIZE({counts})];\n"
                      f"unsigned char block[MPTCP_CONN_SIZE({counts})];\n")
        run(*cc, "-c", source, "-o", source + ".o")
        rows = [line.split() for line in run(prefix + "nm", "-S", source + ".o").splitlines()]
    return next(int(row[1], 16) for row in rows if row[-1] == "block")


def functions_of(prefix, objects):
    """The global functions that these objects define."""
    rows = [line.split() for line in run(prefix + "nm", *objects).splitlines()]
    return {row[2] for row in rows if len(row) == 3 and row[1] == "T"}


def kept(cc, prefix, core, rest):
    """Links all objects, every function of core being needed; what is left of rest."""
    if not rest:
        return set()
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "image")
        roots = [f"-Wl,-u,{name}" for name in sorted(functions_of(prefix, core))]
        run(cc[0], *(word for word in cc[1:] if word.startswith("-m")), "-nostdlib", *roots,
            "-Wl,--gc-sections,-e,mptcp_poll,--unresolved-symbols=ignore-all,--no-warnings",
            *core, *rest, "-o", image)
        return functions_of(prefix, [image]) & functions_of(prefix, rest)


class Group:
    """NAME=LIMIT=SOURCE,SOURCE: files that an embedder may leave out."""

    def __init__(self, text, objects):
        name, limit, sources = text.split("=")
        self.name = name.replace("_", " ")
        self.limit = int(limit)
        self.objects = [path for path in objects if source_name(path) in sources.split(",")]


def source_name(path):
    return path[path.index("src/"):].replace(".o", ".c")


def print_files(sizes):
    print("Code and constants on Cortex-M4, -Os, without the hashes (octets)")
    floors = {}
    for path, size in sorted(sizes.items()):
        name = source_name(path)
        floors.setdefault(os.path.dirname(name), []).append((name, size))
    for floor, files in floors.items():
        for name, size in files:
            print(f"  {name:<34} {size:>6}")
        print(f"  {floor:<34} {'':>6} {sum(size for _, size in files):>7}")


def print_limit(what, value, limit):
    verdict = "" if value <= limit else "   OVER"
    print(f"  {what:<48} {value:>6} of {limit:>6}{verdict}")
    return value <= limit


CORE = "core, without the hashes"


def core_in(path):
    """The core's octets in a file that this program has printed."""
    with open(path, encoding="utf-8") as text:
        line = next(line for line in text if line.strip().startswith(CORE))
    return int(line.split(CORE)[1].split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cc", required=True, help="compiler and flags")
    parser.add_argument("--text", type=int, required=True, help="limit")
    parser.add_argument("--conn", action="append", default=[], metavar="S,A,R=LIMIT",
                        help="octets of a connection of S subflows, A addresses, R runs")
    parser.add_argument("--group", action="append", default=[], metavar="NAME=LIMIT=SOURCE,...")
    parser.add_argument("--own", action="append", default=[], metavar="SOURCE")
    parser.add_argument("--stack", type=int, required=True, help="limit")
    parser.add_argument("--table", action="append", default=[], metavar="CALLER=REGEX")
    parser.add_argument("--less", action="append", default=[], metavar="NAME=LIMIT=FILE")
    parser.add_argument("objects", nargs="+")
    args = parser.parse_args()
    cc = args.cc.split()
    prefix = cc[0].removesuffix("gcc")

    graph = Graph()
    for path in args.objects:
        graph.read(path.removesuffix(".o") + ".ci")
    for table in args.table:
        graph.resolve(*table.split("=", 1))
    deepest = graph.deepest()
    public = {n: d for n, d in deepest.items() if ":" not in n}
    ranked = sorted(public.items(), key=lambda item: (-item[1][0], item[0]))
    sizes = text_of(prefix, args.objects)

    print_files(sizes)
    print("Stack of the deepest functions (octets; memory, crypto and compiler functions not counted)")
    for name, (octets, _) in ranked[:8]:
        print(f"  {name:<48} {octets:>6}")
    worst, path = ranked[0][1]
    print("  deepest: " + "\n         > ".join(f"{plain(n)} {graph.frame[n]}" for n in path))
    print("Limits")
    groups = [Group(text, args.objects) for text in args.group]
    rest = [path for group in groups for path in group.objects]
    core = [path for path in args.objects if path not in rest]
    whole = sum(sizes[p] for p in core)
    good = print_limit(CORE, whole, args.text)
    for name, limit, path in (less.split("=") for less in args.less):
        good &= print_limit("of it " + name.replace("_", " "), whole - core_in(path), int(limit))
    for group in groups:
        good &= print_limit(group.name, sum(sizes[p] for p in group.objects), group.limit)
    linked = [path for path in rest if source_name(path) not in args.own]
    for name in sorted(kept(cc, prefix, core, linked)):
        graph.faults.append(f"{name}: linked though nobody named it")
    for counts, limit in (conn.split("=") for conn in args.conn):
        good &= print_limit(f"connection: subflows, addresses, runs {counts}",
                            conn_size(cc, prefix, counts), int(limit))
    good &= print_limit("stack", worst, args.stack)
    for fault in sorted(set(graph.faults)):
        print("  NOT ALLOWED " + fault)
    return 0 if good and not graph.faults else 1


if __name__ == "__main__":
    sys.exit(main())
