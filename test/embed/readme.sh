#!/bin/sh
# Checks that the first code block of the README is loop.c, to the letter, and at most 40 lines long.
set -eu
dir=$(dirname "$0")
awk '/^```c$/ {on = 1; next} /^```$/ {if (on) exit} on' "$dir/../../README.md" | diff - "$dir/loop.c" || {
    echo "readme.sh: README.md and test/embed/loop.c differ" >&2
    exit 1
}
lines=$(wc -l <"$dir/loop.c")
[ "$lines" -le 40 ] || {
    echo "readme.sh: the embedding loop has $lines lines, more than 40" >&2
    exit 1
}
