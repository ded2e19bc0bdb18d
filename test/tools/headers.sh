#!/bin/sh
# headers.sh 'COMPILER AND FLAGS' HEADER...
#
# Each header compiles alone, and twice in one file; LANGUAGE is c or c++.
set -u

compile=$1
shift
bad=0
for header in "$@"; do
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
        $compile -I . -fsyntax-only -x ${LANGUAGE:-c} - || { echo "$header does not compile with: $compile"; bad=1; }
done
exit $bad
