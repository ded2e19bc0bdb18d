#!/bin/sh
# headers.sh 'COMPILER AND FLAGS' HEADER...
#
# Each header compiles alone, and twice in one file; LANGUAGE is c or c++.
# Appends "headers passed failed 0" to the file named by RESULTS, if that is set.
set -u

compile=$1
shift
good=0
bad=0
for header in "$@"; do
    if printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
        $compile -I . -fsyntax-only -x "${LANGUAGE:-c}" -; then
        good=$((good + 1))
    else
        bad=$((bad + 1))
        echo "$header does not compile with: $compile"
    fi
done
[ -z "${RESULTS:-}" ] || echo "headers $good $bad 0" >>"$RESULTS"
[ "$bad" = 0 ]
