#!/bin/sh
# symbols.sh TARGET OBJECT...
#
# What the objects of the core need from outside, all together: nothing but the four memory
# functions, the two crypto functions and those of the compiler's own helpers that HELPERS names.
# Nor may they hold a variable. NM is the target's nm. Exit status 1 if there is anything else.
set -eu

target=$1
shift
allowed="memcpy memmove memset memcmp mptcp_crypto_sha256 mptcp_crypto_sha1 mptcp_crypto_hmac_sha256 mptcp_crypto_hmac_sha1"

defined=$($NM --defined-only "$@" | awk 'NF == 3 && $2 ~ /[TWVRD]/ { print $3 }' | sort -u)
undefined=$($NM --undefined-only "$@" | awk '$1 ~ /^[Uwv]$/ { print $2 }' | sort -u)
needed=$(printf '%s\n' "$undefined" | grep -vxF "$defined" || true)
variables=$($NM --defined-only "$@" | awk 'NF == 3 && $2 ~ /[DdBbCc]/ { print $3 }' | sort -u)

bad=
used=
for symbol in $needed; do
    case " $allowed $HELPERS " in
    *" $symbol "*) used="$used $symbol" ;;
    *) bad="$bad $symbol" ;;
    esac
done

echo "$target: needs$used"
echo "$target: compiler helpers allowed: $HELPERS"
[ -z "$bad" ] || echo "$target: NOT ALLOWED, undefined:$bad"
[ -z "$variables" ] || echo "$target: NOT ALLOWED, variables:" $variables
[ -z "$bad$variables" ]
