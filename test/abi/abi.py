#!/usr/bin/env python3
"""abi.py [--help] [--write] [--cc COMPILER] --library LIBRARY HEADER... --list FILE

What programs that were compiled with the public headers rely on in the shared library: `make
symbols` compares it with the list that is in the tree.

  function  a function that the library exports, with its type
  object    a constant that it exports, with its size in octets
  struct    a structure or union of the headers: its size, and where each member is, of what type
  constant  an enumerator, or a macro that is a number

Prints a line for each entry that was added, removed or changed, and which version of the library
that asks for (include/mptcp/version.h). Exit status 0 if there is none, 1 if there are, 2 on misuse.
--write writes the list instead. The sizes are those of x86-64.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile


def run(*command, **more):
    done = subprocess.run(command, check=False, capture_output=True, text=True, **more)
    if done.returncode != 0:
        print(f"abi.py: {command[0]}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        sys.exit(2)
    return done.stdout


def exported(library):
    """Name -> size of an object, or None for a function."""
    found = {}
    for line in run("readelf", "-W", "--dyn-syms", library).splitlines():
        word = line.split()
        if len(word) == 8 and word[6] not in ("UND", "Ndx") and word[4] in ("GLOBAL", "WEAK"):
            found[word[7]] = int(word[2], 0) if word[3] == "OBJECT" else None
    return found


def prototypes(cc, source, folder):
    """Name -> type of every function that the headers declare."""
    out = os.path.join(folder, "prototypes")
    run(cc, "-std=c11", "-Iinclude", "-aux-info", out, "-fsyntax-only", source)
    found = {}
    with open(out, encoding="utf-8") as lines:
        for line in lines:
            text = re.sub(r"/\*.*?\*/", "", line).strip()
            match = re.match(r"extern (.*?)(mptcp_\w+) \((.*)\);", text)
            if match:
                found[match[2]] = f"{match[1].strip()} ({match[3]})"
    return found


class Debug:
    """The types of an object file, as `readelf --debug-dump=info` tells them."""

    START = re.compile(r"^ <([0-9a-f]+)><([0-9a-f]+)>: Abbrev Number: \d+ \((DW_TAG_\w+)\)")
    ATTRIBUTE = re.compile(r"^    <[0-9a-f]+>   (DW_AT_\w+)\s*: (.*)$")

    def __init__(self, path):
        self.die = {}
        above = []
        now = None
        for line in run("readelf", "-W", "--debug-dump=info", path).splitlines():
            start = self.START.match(line)
            if start:
                depth = int(start[1], 16)
                now = {"tag": start[3][len("DW_TAG_"):], "children": []}
                self.die[int(start[2], 16)] = now
                above = above[:depth] + [now]
                if depth > 0:
                    above[depth - 1]["children"].append(now)
                continue
            attribute = self.ATTRIBUTE.match(line)
            if attribute and now is not None:
                value = re.sub(r"^(\([^)]*\):? ?)+", "", attribute[2])  # its form
                now[attribute[1][len("DW_AT_"):]] = value.strip()

    def of(self, die):
        return self.die.get(int(re.search(r"<0x([0-9a-f]+)", die["type"])[1], 16)) if "type" in die else None

    @staticmethod
    def name(die):
        return die.get("name", "")

    @staticmethod
    def number(die, attribute):
        text = die.get(attribute, "0").split()[0]
        return int(text, 0)

    def text(self, die):
        """The name of a type."""
        if die is None:
            return "void"
        tag = die["tag"]
        if tag in ("typedef", "base_type"):
            return self.name(die)
        if tag in ("structure_type", "union_type", "enumeration_type"):
            return f"{tag.split('_')[0].replace('structure', 'struct')} {self.name(die) or 'unnamed'}"
        if tag == "pointer_type":
            return self.text(self.of(die)) + " *"
        if tag == "const_type":
            return "const " + self.text(self.of(die))
        if tag == "array_type":
            counts = [self.number(c, "upper_bound") + 1 for c in die["children"]]
            return self.text(self.of(die)) + "".join(f"[{n}]" for n in counts)
        if tag == "subroutine_type":
            takes = ", ".join(self.text(self.of(c)) for c in die["children"])
            return f"{self.text(self.of(die))} ({takes})"
        return tag

    def members(self, die, at, prefix):
        """(name, offset, type) of all members; those of unnamed ones as if they were its own."""
        for child in die["children"]:
            if child["tag"] != "member":
                continue
            kind = self.of(child)
            where = at + self.number(child, "data_member_location")
            name = prefix + self.name(child)
            if kind["tag"] in ("structure_type", "union_type") and not self.name(kind):
                yield from self.members(kind, where, name + "." if self.name(child) else prefix)
            else:
                yield name, where, self.text(kind)


def layout(debug):
    """Entries of all structures and enumerators that are the library's."""
    found = {}
    for die in debug.die.values():
        name = debug.name(die)
        if die["tag"] in ("structure_type", "union_type") and name.startswith("mptcp_") and \
                "byte_size" in die:
            found[f"struct {name}"] = f"{debug.number(die, 'byte_size')} octets"
            for member, where, kind in debug.members(die, 0, ""):
                found[f"struct {name}.{member}"] = f"at {where}: {kind}"
        elif die["tag"] == "enumerator" and name.startswith("MPTCP_"):
            found[f"constant {name}"] = str(debug.number(die, "const_value"))
    return found


NUMBER = re.compile(r"\(?-?(0[xX][0-9a-fA-F]+|\d+)[uUlL]*\)?")


def macros(cc, source):
    """Entries of the macros that are numbers."""
    names = re.findall(r"^#define (MPTCP_\w+) ", run(cc, "-Iinclude", "-E", "-dM", source), re.M)
    lines = "".join(f'"{name}" {name}\n' for name in names)
    with open(source, encoding="utf-8") as text:
        whole = run(cc, "-Iinclude", "-E", "-P", "-", input=text.read() + lines)
    found = {}
    for name, value in re.findall(r'^"(MPTCP_\w+)" (.*)$', whole, re.M):
        if NUMBER.fullmatch(value.strip()):
            found[f"constant {name}"] = str(int(re.sub(r"[()uUlL]", "", value), 0))
        elif re.fullmatch(r"[-+*/<()\s0-9xXa-fA-FuUlL]+", value) and re.search(r"\d", value):
            found[f"constant {name}"] = re.sub(r"\s+", " ", value.strip())
    return found


def collect(cc, library, headers):
    """All entries: what -> value."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "all.c")
        with open(source, "w", encoding="utf-8") as out:
            out.writelines(f'#include "{h.removeprefix("include/")}"\n' for h in headers)
        kinds = prototypes(cc, source, folder)
        for name, size in exported(library).items():
            if size is None:
                found[f"function {name}"] = kinds.get(name, "not declared")
            else:
                found[f"object {name}"] = f"{size} octets"
        run(cc, "-std=c11", "-Iinclude", "-g", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-c",
            source, "-o", source + ".o")
        found.update(layout(Debug(source + ".o")))
        found.update(macros(cc, source))
    return found


def read(path):
    with open(path, encoding="utf-8") as lines:
        rows = (line.rstrip("\n") for line in lines if not line.startswith("#"))
        return dict(row.split(" = ", 1) for row in rows if row)


def write(path, entries):
    with open(path, "w", encoding="utf-8") as out:
        out.write("# What programs rely on in the shared library (test/abi/abi.py). `make symbols` compares it;\n"
                  "# include/mptcp/version.h says what may change in which version; `make symbols-write`.\n")
        out.writelines(f"{key} = {entries[key]}\n" for key in sorted(entries))


def grows(key, was, now):
    """True if the size of a structure changed that may be appended to."""
    return key in ("struct mptcp_config", "struct mptcp_path") and \
        int(was.split()[0]) < int(now.split()[0])


def compare(old, new):
    """Tells the differences; returns how many."""
    known = {key.split(".")[0] for key in old}
    broken = 0
    added = sorted(new.keys() - old.keys())
    for key in added:
        print(f"added: {key} = {new[key]}")
    for key in sorted(old.keys() - new.keys()):
        print(f"removed: {key} = {old[key]}")
        broken += 1
    for key in sorted(old.keys() & new.keys()):
        if old[key] != new[key]:
            print(f"changed: {key} = {old[key]}, is {new[key]}")
            broken += not grows(key, old[key], new[key])
    inside = [k for k in added if "." in k and k.split(".")[0] in known]
    differences = len(added) + sum(old.get(k) != new.get(k) for k in old)
    if broken:
        print("abi.py: programs that exist do not run with it: a major version, and another soname")
    elif differences:
        print("abi.py: a minor version" +
              (", if the new members were `zero` before or are appended to a sized structure" if inside else ""))
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--list", required=True)
    parser.add_argument("--library", required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("header", nargs="+")
    options = parser.parse_args()
    entries = collect(options.cc, options.library, options.header)
    if options.write:
        write(options.list, entries)
        return 0
    differences = compare(read(options.list), entries)
    kinds = [key.split()[0] for key in entries if "." not in key]
    print("  symbols: " + ", ".join(f"{kinds.count(k)} {k}s" for k in sorted(set(kinds))) +
          f"; {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
