#!/bin/sh
# readme.sh SOURCE: the first C example of README.md is SOURCE, line for line, and at most 40 of them.
set -eu

example=$(awk '/^```/ { if (inside) exit; inside = $0 == "```c"; next } inside' README.md)
lines=$(printf '%s\n' "$example" | wc -l)
printf '%s\n' "$example" | diff -u "$1" - || {
    echo "README.md's example is not $1"
    exit 1
}
[ "$lines" -le 40 ] || {
    echo "README.md's example has $lines lines, more than 40"
    exit 1
}
