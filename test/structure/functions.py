#!/usr/bin/env python3
"""functions.py [--help] [--exceptions FILE] [--list] PATH...

Checks how large the functions of C and C++ sources are. PATH is a file, or a folder with all that lies
below it.

  long     the body of a function has at most 40 lines
  complex  at most 12 ways lead through it: 1, and 1 for each if, for, while, case, &&, || and ?:

A function is what has its braces at the start of lines; what a macro stands for is not counted.

FILE lists the functions for which a rule does not hold, a line each: "RULE FILE FUNCTION # reason". One
that is listed and keeps the rule is an error too, so that the list only shrinks.

One line for each breach: "FILE:LINE: RULE: FUNCTION: text". --list: all functions instead, with lines
and ways, the largest first. Exit status 0 if there is no breach, 1 if there is, 2 on misuse.
"""
import os
import re
import sys

LINES = 40
WAYS = 12
C = (".c", ".h", ".cc", ".hpp")
NO_FUNCTION = re.compile(r"(typedef|struct|class|union|enum|namespace|extern)\b[^(]*$")
# Comments, strings, lines of the preprocessor, names, operators of two characters, single characters.
TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
                   r"|^[ \t]*#(?:\\\n|[^\n])*|[A-Za-z_]\w*|&&|\|\||\S", re.S | re.M)
WAY = {"if", "for", "while", "case", "&&", "||", "?"}


def files(paths):
    for path in paths:
        below = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
        yield from sorted(f for f in (below if os.path.isdir(path) else [path]) if f.endswith(C))


def name_of(lines, brace):
    """Of the function whose body begins at this line (an index); None: it is no function."""
    first = brace - 1
    while first > 0 and not re.match(r"\w", lines[first]):
        first -= 1
    head = " ".join(lines[first:brace])
    found = re.search(r"([\w:~]+)\(", head)
    return None if NO_FUNCTION.match(head) or not found else found.group(1)


def functions(path):
    """(line, name, lines of the body, ways) of each"""
    lines = open(path, encoding="utf-8").read().split("\n")
    brace = None
    for number, line in enumerate(lines):
        if line == "{":
            brace = number
        elif line.startswith("}") and brace is not None:
            name = name_of(lines, brace)
            body = lines[brace + 1:number]
            if name is not None:
                ways = 1 + sum(token in WAY for token in TOKEN.findall("\n".join(body)))
                yield brace + 1, name, len(body), ways
            brace = None


def breaches(found):
    for path, line, name, length, ways in found:
        if length > LINES:
            yield "long", path, name, line, "%d lines, at most %d" % (length, LINES)
        if ways > WAYS:
            yield "complex", path, name, line, "%d ways, at most %d" % (ways, WAYS)


def read_exceptions(path):
    lines = open(path, encoding="utf-8").read().split("\n")
    for number, line in enumerate(lines, 1):
        words, _, reason = line.partition("#")
        if words.strip() and (len(words.split()) != 3 or not reason.strip()):
            raise ValueError("%s:%d: expected RULE FILE FUNCTION # reason" % (path, number))
    return {tuple(line.split("#")[0].split()) for line in lines if line.split("#")[0].strip()}


def check(found, exceptions):
    """Prints; returns the exit status."""
    all_of_them = list(breaches(found))
    fresh = [b for b in all_of_them if b[:3] not in exceptions]
    for rule, path, name, line, text in fresh:
        print("%s:%d: %s: %s: %s" % (path, line, rule, name, text))
    over = sorted(exceptions - {b[:3] for b in all_of_them})
    for words in over:
        print("no exception is needed, take it out of the list: " + " ".join(words))
    return 1 if fresh or over else 0


def die(text):
    print("functions.py: %s" % text, file=sys.stderr)
    return 2


def main(arguments):
    paths, exceptions, listed = [], set(), False
    rest = list(arguments)
    try:
        while rest:
            word = rest.pop(0)
            if word == "--help":
                print(__doc__.strip())
                return 0
            if word == "--list":
                listed = True
            elif word == "--exceptions" and rest:
                exceptions = read_exceptions(rest.pop(0))
            elif word.startswith("-"):
                return die("what is '%s'? see --help" % word)
            else:
                paths.append(word)
        found = [(path,) + f for path in files(paths) for f in functions(path)]
    except (OSError, ValueError) as error:
        return die(error)
    if not found:
        return die("no function there; see --help")
    if listed:
        for path, line, name, length, ways in sorted(found, key=lambda f: (-f[3], -f[4])):
            print("%3d %3d %s:%d %s" % (length, ways, path, line, name))
        return 0
    return check(found, exceptions)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
