#!/bin/sh
# lwip-options.sh FOLDER OPTIONS SOURCE... - with each of OPTIONS set to 0 in bindings/lwip/lwipopts.h,
# every SOURCE compiles. COMPILE and INCLUDES are the compiler's command. Notes the counts in
# $RESULTS if set.
set -u
folder=$1
options=$2
shift 2
passed=0
failed=0
opts=bindings/lwip/lwipopts.h

# without OPTION: the file with it set to 0, and what depends on it
without()
{
    grep -q "^#define $1 " "$opts" || { echo "lwip-options: $opts does not set $1" >&2; exit 1; }
    sed "s/^#define $1 .*/#define $1 0/" "$opts"
}

mkdir -p "$folder"
for option in $options; do
    {
        without "$option"
        [ "$option" != LWIP_WND_SCALE ] || printf '%s\n' '#undef TCP_WND' '#define TCP_WND 65535' \
            '#undef TCP_SND_BUF' '#define TCP_SND_BUF 65535'
    } >"$folder/lwipopts.h" || exit 1
    bad=
    for source in "$@"; do
        # shellcheck disable=SC2086
        $COMPILE -I"$folder" $INCLUDES "$source" || bad="$bad $source"
    done
    if [ -z "$bad" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "lwip-options: without $option these do not compile:$bad"
    fi
done
echo "  lwip-options: the binding without each of: $options"
[ -z "${RESULTS:-}" ] || echo "lwip-options $passed $failed 0" >>"$RESULTS"
[ "$failed" = 0 ]
