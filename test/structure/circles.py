#!/usr/bin/env python3
"""circles.py [--help] [--known FILE] [--tell SOURCES] FOLDER

Checks that the files of each folder of bindings/ do not call each other in a circle, whatever calls
them back through a pointer.

FOLDER holds what gcc's -fcallgraph-info wrote for each file, compiled at -O0 so that no call was inlined
away: `make circles` does that. Calls from one folder to another are not looked at.

FILE lists the circles that there are, a line each: "FOLDER FILE... # reason", with all files of the
circle. One that is not listed so, or is listed and not there any more, is an error. One line for each
breach, and below it the calls. --tell bindings/NAME: the circles of that folder are told, and no error.

Exit status 0 if there is none, 1 if there is, 2 on misuse.
"""
import os
import sys

import structure


def folders(calls):
    return sorted({os.path.dirname(unit) for unit in calls})


def read_known(path):
    """{(folder, file, ...)}"""
    lines = [line.partition("#") for line in open(path, encoding="utf-8").read().split("\n")]
    for words, _, reason in lines:
        if words.strip() and not reason.strip():
            structure.die("%s: no reason for '%s'" % (path, words.strip()))
    return {tuple(words.split()) for words, _, _ in lines if words.strip()}


def find(calls, home):
    """{(folder, file, ...): [text of a call]}, and how many files and arrows there are"""
    found, arrows = {}, 0
    for folder in folders(calls):
        units = {unit: edges for unit, edges in calls.items() if os.path.dirname(unit) == folder}
        here = {name: unit for name, unit in home.items() if unit in units}
        pairs, _ = structure.arrows(units, here, {})
        arrows += len(pairs)
        for ring in structure.circles(sorted(units), pairs):
            name = (folder,) + tuple(os.path.basename(f) for f in ring)
            found[name] = ["  %s %s: %s -> %s" % (os.path.basename(a), os.path.basename(b), f, g)
                           for (a, b), (f, g) in sorted(pairs.items()) if a in ring and b in ring]
    return found, arrows


def main(arguments):
    rest, known, told, folder = list(arguments), set(), None, None
    while rest:
        word = rest.pop(0)
        if word == "--help":
            print(__doc__.strip())
            return 0
        if word == "--known" and rest:
            known = read_known(rest.pop(0))
        elif word == "--tell" and rest:
            told = rest.pop(0)
        elif word.startswith("-") or folder:
            structure.die("what is '%s'? see circles.py --help" % word)
        else:
            folder = word
    if not folder:
        structure.die("a folder is needed; see circles.py --help")
    calls, home = structure.read_graphs(folder, "bindings/")
    found, arrows = find(calls, home)
    for name in sorted(found):
        if name[0] == told:
            print("  a circle that is no error: " + " ".join(name))
    fresh = [name for name in sorted(found) if name not in known and name[0] != told]
    for name in fresh:
        print("circle: " + " ".join(name))
        print("\n".join(found[name]))
    over = sorted(known - set(found))
    for name in over:
        print("not there any more, take it out of the list: " + " ".join(name))
    print("  circles: %d files of bindings, %d arrows between them, %d circles" % (
        len(calls), arrows, len(found)))
    return 1 if fresh or over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
