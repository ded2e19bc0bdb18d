#!/bin/sh
# exports.sh LIBRARY HEADER... - a linker script with what a shared library exports: the symbols of
# the static one that the public headers name. CC is the compiler, NM its nm.
set -eu

library=$1
shift
named=$(${CC:-cc} -fpreprocessed -dD -E -P "$@" 2>/dev/null | grep -oE '\bmptcp_[a-z0-9_]+' | sort -u)
echo '{'
echo '    global:'
${NM:-nm} -g --defined-only "$library" | awk 'NF == 3 { print $3 }' | sort -u | grep -xF "$named" |
    sed 's/.*/        &;/'
echo '    local: *;'
echo '};'
