#!/bin/sh
# arguments.sh HEADER... -- TEST...
#
# Every function that the public headers declare is called with wrong arguments by some of the tests
# (test/unit/arguments_test.h says how such calls are written). Those that have no argument, or none
# that can be wrong, only have to be called. Appends "arguments passed failed 0" to the file named by
# RESULTS, if that is set.
set -u

headers=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    headers="$headers $1"
    shift
done
shift

good=0
bad=0
# A declaration begins in the first column, and has its name on that line.
# shellcheck disable=SC2086
for name in $(grep -hE '^[a-z].*\bmptcp_[a-z0-9_]+\(' $headers | grep -vE '^(static|typedef) ' |
    grep -oE '\bmptcp_[a-z0-9_]+\(' | tr -d '(' | sort -u); do
    if grep -qE "(REFUSED|ANSWERS|ANSWERS_DSN|IGNORED)\(([^,]*, )?$name\b|\b$name\(" "$@"; then
        good=$((good + 1))
    else
        bad=$((bad + 1))
        echo "no test calls $name with wrong arguments: see test/unit/arguments_test.h"
    fi
done
[ -z "${RESULTS:-}" ] || echo "arguments $good $bad 0" >>"$RESULTS"
[ "$bad" = 0 ]
