#!/usr/bin/env python3
"""page.py PAGE FOLDER - each C example of PAGE stands, line for line, in a file under FOLDER.

Exit status 0 if they all do, 1 if not (one line for each on stderr), 2 on misuse.
"""
import pathlib
import re
import sys


def main():
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    page, folder = map(pathlib.Path, sys.argv[1:])
    sources = [f.read_text() for f in sorted(folder.rglob("*.[ch]"))]
    blocks = re.findall(r"^```c\n(.*?)^```$", page.read_text(), re.M | re.S)
    strangers = [b for b in blocks if not any("\n" + b in s for s in sources)]
    for block in strangers:
        print(f"{page}: no example has these lines: {block.splitlines()[0].strip()} ...", file=sys.stderr)
    if not blocks:
        print(f"{page}: has no C example", file=sys.stderr)
    return 1 if strangers or not blocks else 0


sys.exit(main())
