#!/usr/bin/env python3
"""structure.py [--help] [--svg FILE] [--known FILE] [--list] FOLDER

Checks how the files of src/ call each other, and draws it.

FOLDER holds what gcc's -fcallgraph-info wrote for each file of src/, compiled at -O0 so that no
call was inlined away: `make structure` does that. The rules (README of src/, "Floors"):

  up        no call goes to a floor above
  beside    no machine (src/machines) calls another machine
  circle    no files call each other in a circle, whatever their floors
  indirect  each call through a function pointer is listed in indirect.txt, with what it may reach

A function of a header belongs to the file that includes it. One line for each breach:
"RULE CALLER CALLEE: FUNCTION -> FUNCTION". Breaches that the file --known lists (as "RULE CALLER
CALLEE") are told and tolerated; one that is listed and not there any more is an error too, so that
the list only shrinks. Exit status 0 if there is no other breach, 1 if there is, 2 on misuse.

--list prints the files of each floor and what each calls.
"""
import fnmatch
import glob
import os
import re
import sys

FLOORS = [("wire", 1), ("crypto", 1), ("tables", 2), ("machines", 3), ("multipath", 3),
          ("conn", 4), ("endpoint", 5)]
FLOOR = dict(FLOORS)
NAMES = {1: "1 wire, crypto", 2: "2 structures", 3: "3 machines", 4: "4 connection", 5: "5 endpoint"}
HERE = os.path.dirname(os.path.abspath(__file__))


def die(text):
    print("structure.py: " + text, file=sys.stderr)
    sys.exit(2)


def floor(path):
    return FLOOR[path.split("/")[1]]


def read_graphs(folder, top="src/"):
    """{file: [(caller, callee)]}, and {global function: file that defines it}, of files below top"""
    calls, home = {}, {}
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.ci"), recursive=True)):
        text = open(path, encoding="utf-8").read()
        found = re.match(r'graph: \{ title: "(%s[^"]+)"' % top, text)
        if not found:
            die("%s is no call graph of a file of %s" % (path, top))
        unit = found.group(1)
        if not os.path.exists(unit):  # left behind by a file that moved
            continue
        calls[unit] = re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', text)
        for title, rest in re.findall(r'node: \{ title: "([^"]+)"([^\n]*)', text):
            if "ellipse" not in rest and ":" not in title:
                home[title] = unit
    if not calls:
        die("no call graphs below " + folder)
    return calls, home


def read_indirect():
    """{caller function: [patterns of the functions that a pointer may lead to]}"""
    table = {}
    for line in open(os.path.join(HERE, "indirect.txt"), encoding="utf-8"):
        words = line.split("#")[0].split()
        if words:
            table[words[0]] = words[1:]
    return table


def bare(function):
    return function.rsplit(":", 1)[-1]


def arrows(calls, home, indirect):
    """{(file, file): (function, function)} for calls between files, and unlisted indirect ones"""
    found, unlisted = {}, []
    for unit, edges in calls.items():
        for source, target in edges:
            if target == "__indirect_call":
                if bare(source) not in indirect:
                    unlisted.append((unit, bare(source)))
                targets = [g for pattern in indirect.get(bare(source), [])
                           for g in fnmatch.filter(home, pattern)]
            else:
                targets = [target]
            for name in targets:
                to = home.get(name)
                if to is not None and to != unit:
                    found.setdefault((unit, to), (bare(source), name))
    return found, unlisted


def circles(files, pairs):
    """Lists of files that reach each other (Tarjan, without recursion over the whole tree)."""
    follow = {f: sorted(b for a, b in pairs if a == f) for f in files}
    index, low, stack, on, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on.add(node)
        for after in follow[node]:
            if after not in index:
                visit(after)
                low[node] = min(low[node], low[after])
            elif after in on:
                low[node] = min(low[node], index[after])
        if low[node] == index[node]:
            ring = []
            while not ring or ring[-1] != node:
                ring.append(stack.pop())
                on.discard(ring[-1])
            if len(ring) > 1:
                found.append(sorted(ring))

    for node in files:
        if node not in index:
            visit(node)
    return found


def breaches(files, found, unlisted):
    """[(rule, caller, callee, text)]"""
    out = []
    for (a, b), (f, g) in sorted(found.items()):
        if floor(b) > floor(a):
            out.append(("up", a, b, "%s -> %s" % (f, g)))
        elif floor(a) == 3 and floor(b) == 3 and a.split("/")[1] == b.split("/")[1] == "machines":
            out.append(("beside", a, b, "%s -> %s" % (f, g)))
    for ring in circles(files, found):
        for a in ring:
            for b in ring:
                if (a, b) in found:
                    out.append(("circle", a, b, "%s -> %s" % found[a, b]))
    for unit, function in unlisted:
        out.append(("indirect", unit, "?", function + " calls through a pointer"))
    return out


# ------------------------------------------------------------------------------------- picture

WIDTH, BOX, HIGH, GAP = 1500, 116, 26, 150


def places(files):
    """{file: (x, y)}: floors from the top down, files in rows"""
    spot, y = {}, 60
    per_row = (WIDTH - 40) // (BOX + 8)
    for level in (5, 4, 3, 2, 1):
        row = [f for f in files if floor(f) == level]
        for start in range(0, len(row), per_row):
            part = row[start:start + per_row]
            left = (WIDTH - len(part) * (BOX + 8)) / 2
            for i, f in enumerate(part):
                spot[f] = (left + i * (BOX + 8), y)
            y += HIGH + 34
        y += GAP - 34
    return spot, y


def svg(files, found, bad, path):
    spot, height = places(files)
    wrong = {(a, b) for _, a, b, _ in bad}
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" '
           'font-size="11">' % (WIDTH, height),
           '<style>path{fill:none;stroke:#456;stroke-opacity:.25} .bad{stroke:#c00;'
           'stroke-opacity:.9;stroke-width:1.6} path:hover{stroke-opacity:1;stroke-width:2.5} '
           'rect{fill:#eef3f8;stroke:#456}</style>',
           '<rect x="0" y="0" width="100%" height="100%" style="fill:#fff;stroke:none"/>',
           '<text x="20" y="24" font-size="15">Who calls whom in src/: arrows go down; a red one '
           'breaks a rule (%d do)</text>' % len(wrong)]
    for level, name in NAMES.items():
        ys = [y for f, (_, y) in spot.items() if floor(f) == level]
        if ys:
            out.append('<text x="6" y="%d" fill="#456">%s</text>' % (min(ys) - 8, name))
    for (a, b), (f, g) in sorted(found.items(), key=lambda e: e[0] in wrong):
        (x1, y1), (x2, y2) = spot[a], spot[b]
        x1, x2, y1 = x1 + BOX / 2, x2 + BOX / 2, y1 + HIGH
        bend = 60 if y2 > y1 else -60
        out.append('<path class="%s" d="M%.0f %.0f C%.0f %.0f %.0f %.0f %.0f %.0f"><title>%s -> %s '
                   '(%s -> %s)</title></path>' % ("bad" if (a, b) in wrong else "ok", x1, y1, x1,
                                                 y1 + bend, x2, y2 - bend, x2, y2, a, b, f, g))
    for f, (x, y) in spot.items():
        out.append('<rect x="%.0f" y="%.0f" width="%d" height="%d" rx="4"/><text x="%.0f" y="%.0f" '
                   'text-anchor="middle">%s</text>' % (x, y, BOX, HIGH, x + BOX / 2, y + 17,
                                                       "/".join(f.split("/")[1:])[:-2]))
    out.append("</svg>")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")


# ------------------------------------------------------------------------------------- the command

def report(bad, known):
    """Prints; returns the exit status."""
    seen = {" ".join(b[:3]) for b in bad}
    fresh = [b for b in bad if " ".join(b[:3]) not in known]
    for rule, a, b, text in fresh:
        print("%s %s %s: %s" % (rule, a, b, text))
    over = sorted(known - seen)
    for line in over:
        print("not there any more, take it out of the list: " + line)
    return 1 if fresh or over else 0


def options(argv):
    chosen = {"svg": None, "known": None, "list": False, "folder": None}
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word in ("-h", "--help"):
            print(__doc__.strip())
            sys.exit(0)
        elif word in ("--svg", "--known"):
            if not rest:
                die(word + " needs a file")
            chosen[word[2:]] = rest.pop(0)
        elif word == "--list":
            chosen["list"] = True
        elif word.startswith("-") or chosen["folder"]:
            die("what is '%s'? see --help" % word)
        else:
            chosen["folder"] = word
    if not chosen["folder"]:
        die("a folder is needed; see --help")
    return chosen


def main():
    chosen = options(sys.argv[1:])
    calls, home = read_graphs(chosen["folder"])
    files = sorted(calls)
    found, unlisted = arrows(calls, home, read_indirect())
    bad = breaches(files, found, unlisted)
    known = set()
    if chosen["known"] and os.path.exists(chosen["known"]):
        lines = (l.split("#")[0].strip() for l in open(chosen["known"], encoding="utf-8"))
        known = {l for l in lines if l}
    if chosen["list"]:
        for f in files:
            print(floor(f), f, "->", " ".join(sorted(b[4:] for a, b in found if a == f)))
    if chosen["svg"]:
        svg(files, found, bad, chosen["svg"])
    status = report(bad, known)
    print("  structure: %d files, %d arrows between them, %d against the rules%s" % (
        len(files), len(found), len({b[1:3] for b in bad}),
        ", %d of those known" % len(known) if known else ""))
    sys.exit(status)


if __name__ == "__main__":
    main()
