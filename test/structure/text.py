#!/usr/bin/env python3
"""text.py [--help] PATH...

Checks rules of the text of C sources, and of scripts by their length. PATH is a file, or a folder with
all that lies below it.

  long    a file has at most 500 lines
  branch  no #if, #ifdef or #ifndef stands within the body of a function
  order   in include, src and bindings, sequence numbers are never compared by <, >, <= or >=: neither
          those of mptcp/types.h, whose functions do it, nor those of TCP's headers, which lwIP's
          TCP_SEQ_ macros compare, or which become an mptcp_ssn before. Nor does a function order
          one against a constant: SSNs wrap, so from 2^31 octets on it lies on the other side

One line for each breach: "FILE:LINE: RULE: text". Exit status 0 if there is none, 1 if there is, 2 on
misuse.
"""
import os
import re
import sys

LONGEST = 500
C = (".c", ".h", ".cc", ".hpp")
OTHERS = (".go", ".py", ".sh", ".mk")
TYPED = ("include/", "src/", "bindings/")
CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef)\b")
NUMBERS = "v|seqno|ackno|lastack|snd_nxt|snd_lbb|rcv_nxt|iss|irs|isn|peer_isn|sequence|acknowledgment"
COMPARED = re.compile(r"(?:\.|->)(?:%s)\s*[<>]=?(?![<>])|(?<![-<>])[<>]=?\s*(?:\w+(?:\.|->))+(?:%s)\b(?!\.)"
                      % (NUMBERS, NUMBERS))
CONSTANT = re.compile(r"mptcp_ssn_(?:before|max|min)\((?:%s,|[^;]*, ?%s\))" % ((r"mptcp_ssn_of\(\d+u?\)",) * 2))


def files(paths):
    for path in paths:
        below = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
        yield from sorted(f for f in (below if os.path.isdir(path) else [path])
                          if f.endswith(C + OTHERS))


def breaches(path):
    lines = open(path, encoding="utf-8").read().split("\n")
    body = False
    if len(lines) - 1 > LONGEST:
        yield len(lines) - 1, "long", "more than %d lines" % LONGEST
    if not path.endswith(C):
        return
    for number, line in enumerate(lines, 1):
        if line.startswith(("{", "}")):
            body = line == "{"
        if body and CONDITION.match(line):
            yield number, "branch", line.strip()
        if path.startswith(TYPED) and (COMPARED.search(line) or CONSTANT.search(line)):
            yield number, "order", line.strip()


def main(arguments):
    if "--help" in arguments:
        print(__doc__.strip())
        return 0
    if any(a.startswith("-") for a in arguments):
        print("text.py: no such option; see --help", file=sys.stderr)
        return 2
    if not arguments:
        print("text.py: no PATH; see --help", file=sys.stderr)
        return 2
    try:
        found = [(path, breach) for path in files(arguments) for breach in breaches(path)]
    except OSError as error:
        print("text.py: %s" % error, file=sys.stderr)
        return 2
    for path, (number, rule, text) in found:
        print("%s:%d: %s: %s" % (path, number, rule, text))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
