#!/bin/sh
# headers-beside.sh HEADER... - the public headers in the company that they may meet: each compiles
# in every standard of C from C99 and of C++ from C++11, with pedantic warnings, and with words that
# other headers define as macros defined so; and together with the kernel's <linux/mptcp.h>, before
# and after it. Appends "headers-beside passed failed skipped" to the file named by RESULTS, if set.
set -u

macros='-Dnear= -Dfar= -Dinterface=struct -Dmin(a,b)=((a)<(b)?(a):(b)) -Dmax(a,b)=((a)>(b)?(a):(b)) -Dsmall=char -Dunix=1 -Dlinux=1'
good=0
bad=0
skipped=0

# compiles LANGUAGE COMPILER STANDARD TEXT
compiles()
{
    # shellcheck disable=SC2086
    if printf '%s' "$4" | $2 "-std=$3" -Wall -Wextra -pedantic -Werror $macros -Iinclude \
        -fsyntax-only -x "$1" -; then
        good=$((good + 1))
    else
        bad=$((bad + 1))
        echo "with $2 -std=$3 this does not compile:"
        printf '%s' "$4" | sed 's/^/    /'
    fi
}

all=
for header in "$@"; do
    all="$all#include \"${header#include/}\"
"
done
kernel='#include <linux/mptcp.h>
'
for standard in c99 gnu99 c11 c17 c2x; do
    compiles c gcc $standard "$all"
done
if command -v g++ >/dev/null 2>&1; then
    for standard in c++11 c++14 c++17 c++20; do
        compiles c++ "g++ -Wold-style-cast" $standard "$all"
    done
else
    skipped=$((skipped + 4))
fi
# The kernel's header needs <sys/socket.h>, and GNU C.
if printf '#include <netinet/in.h>\n#include <linux/mptcp.h>\n' | gcc -fsyntax-only -x c - 2>/dev/null; then
    for standard in gnu99 gnu11; do
        macros_kept=$macros
        macros=
        compiles c gcc $standard "#include <netinet/in.h>
$kernel$all"
        compiles c gcc $standard "$all#include <netinet/in.h>
$kernel"
        macros=$macros_kept
    done
else
    echo "skipped: headers beside <linux/mptcp.h> (it is not there)"
    skipped=$((skipped + 4))
fi
[ -z "${RESULTS:-}" ] || echo "headers-beside $good $bad $skipped" >>"$RESULTS"
[ "$bad" = 0 ]
