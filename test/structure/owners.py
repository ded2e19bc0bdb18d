#!/usr/bin/env python3
"""owners.py [--help] [--print] --owners FILE [FILE.c...]

Checks which files of src/ change which member of a connection's state (State by owner).

clang prints the syntax tree of each file. What counts as a change: an assignment, ++ and --, and the
address of a member where it is not taken as const. Members that hold flags (bits, flags, signal,
events) are told apart flag by flag, and timers one by one, where these are named. A function of a
header changes it for that header.

--owners FILE lists, one line each, "MEMBER FILE...", the files that may change it; "every FILE..."
those that may change any: they begin a connection or a subflow, age its moments, park it. --print
prints such lines for what the sources do. One line for each breach:

  changed   MEMBER is changed by FILE (FUNCTION), which is not listed
  idle      MEMBER is listed with FILE, which does not change it any more: so the list only shrinks

Exit status 0 if there is no breach, 1 if there is, 2 on misuse.
"""
import argparse
import collections
import glob
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

FLAGS = ["-std=c11", "-Iinclude", "-Isrc", "-fsyntax-only", "-Xclang", "-ast-dump=json"]
RECORDS = {"conn", "subflow", "fallback", "pool", "sent", "received", "sent_on", "received_on", "run",
           "addr_slot"}
HOLD_FLAGS = {"bits", "flags", "signal", "events"}
FLAG = re.compile(r"(BIT|SF|SIG|HAPPENED|EVER|ADDR|MARK|DUE)_[A-Z0-9_]+$")
INLINE = re.compile(r"^(?:static inline|static MPTCP_\w+|MPTCP_INLINE|inline) [^;{]*?\b(\w+)\(", re.M)
PASSED_THROUGH = {"ParenExpr", "ImplicitCastExpr", "CStyleCastExpr"}


def die(text):
    print("owners.py: " + text, file=sys.stderr)
    sys.exit(2)


def record_of(node):
    """the record that a pointer or a value is of, without mptcp_; "" if it is none of ours"""
    found = re.search(r"\bmptcp_(\w+)", node["type"]["qualType"])
    return found[1] if found else ""


def member_of(node):
    """"record.name" of the member that an expression is, or None"""
    while node.get("kind") in PASSED_THROUGH or node.get("kind") == "ArraySubscriptExpr":
        node = node["inner"][0]
    if node.get("kind") != "MemberExpr":
        return None
    base = node["inner"][0]
    if not node.get("name"):  # of an anonymous union
        return member_of(base)
    while base.get("kind") == "MemberExpr" and not base.get("name"):
        base = base["inner"][0]
    record = record_of(base)
    return record + "." + node["name"] if record in RECORDS else None


def flags_in(node):
    """the flags that an expression names"""
    found = set()
    declared = node.get("referencedDecl", {})
    if declared.get("kind") == "EnumConstantDecl" and FLAG.match(declared["name"]):
        found.add(declared["name"])
    for inner in node.get("inner", []):
        found |= flags_in(inner)
    return found


class Reader:
    """what one file changes: {member: {function}}"""

    def __init__(self):
        self.changes = collections.defaultdict(set)
        self.function = ""

    def note(self, target, value=None):
        member = member_of(target)
        if member is None:
            return
        named = flags_in(value) if value and member.split(".")[1] in HOLD_FLAGS else set()
        if member == "conn.timer":  # by its index
            named = flags_in(target)
        for name in named or {member}:
            self.changes[name].add(self.function)

    def walk(self, node, is_const=False):
        kind, code = node.get("kind"), node.get("opcode")
        if kind == "CompoundAssignOperator" or (kind == "BinaryOperator" and code == "="):
            self.note(*node["inner"][:2])
        elif kind == "UnaryOperator" and code in ("++", "--"):
            self.note(node["inner"][0])
        elif kind == "UnaryOperator" and code == "&" and not is_const:
            if "const" not in node["type"]["qualType"]:
                self.note(node["inner"][0])
        if kind == "ImplicitCastExpr":
            is_const = "const" in node["type"]["qualType"]
        elif kind not in PASSED_THROUGH:
            is_const = False
        for inner in node.get("inner", []):
            self.walk(inner, is_const)


def inline_homes():
    """{function: header of src/ that defines it}"""
    homes = {}
    for path in glob.glob("src/*/*.h"):
        text = open(path, encoding="utf-8").read()
        for name in INLINE.findall(text):
            homes[name] = path[4:]
    return homes


def read(path):
    """[(member, file, function)]"""
    done = subprocess.run(["clang", *FLAGS, path], capture_output=True, text=True, check=False)
    if done.returncode:
        die("%s does not compile: %s" % (path, done.stderr.strip().split("\n")[0]))
    found = []
    for node in json.loads(done.stdout)["inner"]:
        if node.get("kind") != "FunctionDecl" or not any(
                inner.get("kind") == "CompoundStmt" for inner in node.get("inner", [])):
            continue
        reader = Reader()
        reader.function = node["name"]
        reader.walk(node)
        home = HOMES.get(node["name"], path[4:])
        found += [(m, home, f) for m, fs in reader.changes.items() for f in fs]
    return found


HOMES = inline_homes()


def listed(path):
    """those that may change every member, and {member: {file}}"""
    every, owners = set(), {}
    for line in open(path, encoding="utf-8"):
        words = line.split("#")[0].split()
        if words and words[0] == "every":
            every |= set(words[1:])
        elif words:
            owners[words[0]] = set(words[1:])
    return every, owners


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--owners", required=True, metavar="FILE")
    parser.add_argument("--print", action="store_true")
    parser.add_argument("sources", nargs="*", metavar="FILE.c")
    options = parser.parse_args()
    sources = options.sources or sorted(glob.glob("src/*/*.c"))
    if not sources or not os.path.exists(options.owners):
        die("no sources, or no " + options.owners)
    every, owners = listed(options.owners)
    changes = collections.defaultdict(lambda: collections.defaultdict(set))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(read, sources):
            for member, path, function in found:
                if path not in every:
                    changes[member][path].add(function)
    if options.print:
        for member in sorted(changes):
            print("%-24s %s" % (member, " ".join(sorted(changes[member]))))
        return 0
    breaches = 0
    for member in sorted(set(changes) | set(owners)):
        does, may = changes.get(member, {}), owners.get(member, set())
        for path in sorted(set(does) - may):
            print("changed   %s is changed by %s (%s), which is not listed" %
                  (member, path, ", ".join(sorted(does[path]))))
            breaches += 1
        for path in sorted(may - set(does)) if not options.sources else []:
            print("idle      %s is listed with %s, which does not change it any more" % (member, path))
            breaches += 1
    shared = sum(len(files) > 1 for files in changes.values())
    print("  %d members and flags of the state, %d of them changed by one file, %d by several; %d "
          "breaches" % (len(changes), len(changes) - shared, shared, breaches))
    return breaches > 0


if __name__ == "__main__":
    sys.exit(main())
