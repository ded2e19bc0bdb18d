#!/bin/sh
# exports.sh LIBRARY HEADER... - a linker script with what a shared library exports: the symbols of
# the static one that the public headers name. CC is the compiler.
set -eu

library=$1
shift
named=$(for header in "$@"; do echo "#include \"${header#include/}\""; done | ${CC:-cc} -Iinclude -E -P -x c - |
    grep -oE '\bmptcp_[a-z0-9_]+' | sort -u)
[ -n "$named" ] || exit 1
echo '{'
echo '    global:'
nm -g --defined-only "$library" | awk 'NF == 3 { print $3 }' | sort -u | grep -xF "$named" |
    sed 's/.*/        &;/'
echo '    local: *;'
echo '};'
