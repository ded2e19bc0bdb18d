#!/usr/bin/env python3
"""lines.py [--most N] FILE... - lines of code: those that are not blank, and not comment alone.

Prints the number of each C file, and of all. Exit status 0; 1 if there are more than N; 2 on misuse.
"""
import re
import sys

# A string or character, which may hold what looks like a comment; or a comment.
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|/\*.*?\*/|//[^\n]*', re.S)


def bare(found):
    text = found.group()
    return "\n" * text.count("\n") if text.startswith("/") else text


def count(path):
    with open(path, encoding="utf-8") as file:
        return sum(1 for line in TOKEN.sub(bare, file.read()).splitlines() if line.strip())


def main(args):
    most = None
    if args[:1] == ["--most"] and len(args) > 1 and args[1].isdigit():
        most, args = int(args[1]), args[2:]
    if not args or args[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        numbers = [(count(path), path) for path in args]
    except OSError as error:
        print(f"lines.py: {error}", file=sys.stderr)
        return 2
    total = sum(n for n, _ in numbers)
    for n, path in numbers + [(total, "in all" if most is None else f"in all, of at most {most}")]:
        print(f"{n:6} {path}")
    if most is not None and total > most:
        print(f"lines.py: {total} lines of code, more than {most}", file=sys.stderr)
        return 1
    return 0


sys.exit(main(sys.argv[1:]))
