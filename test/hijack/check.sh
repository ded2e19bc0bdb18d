#!/bin/sh
# check.sh HIJACK - the test of the hijack: each performance ends as it must, with the words
# of its steps; wrong usage is refused with one line; and tshark finds nothing malformed in the
# captures. What was skipped is printed, and said to $RESULTS if set.
set -eu
hijack=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail()
{
    echo "hijack check: $*" >&2
    exit 1
}

"$hijack" "$dir" >"$dir/text" 2>"$dir/err" || fail "it ended with $?: $(cat "$dir/err" "$dir/text")"
[ ! -s "$dir/err" ] || fail "it succeeded and complained: $(cat "$dir/err")"
[ "$(grep -c 'V and S both have a subflow to' "$dir/text")" -eq 1 ] || fail "not one was hijacked"
[ "$(grep -c 'C has read nothing' "$dir/text")" -eq 2 ] || fail "not two were unharmed"
status=0
"$hijack" "$dir/none" >/dev/null 2>"$dir/err" || status=$?
[ "$status" -eq 2 ] || fail "a folder that is not there ended with $status, not 2"
"$hijack" --help | grep -q '^usage:' || fail "--help does not say how it is used"

if ! command -v tshark >/dev/null 2>&1; then
    echo "skipped: hijack captures (no tshark)"
    [ -z "${RESULTS:-}" ] || echo "skip hijack captures (no tshark)" >>"$RESULTS"
    exit 0
fi
for capture in "$dir"/hijack-*.pcapng; do
    bad=$(tshark -r "$capture" -o tcp.check_checksum:TRUE -T fields -e _ws.malformed \
        -e tcp.checksum.status 2>/dev/null | awk -F '\t' '$1 != "" || $2 != 1' | wc -l)
    [ "$bad" -eq 0 ] || fail "tshark finds $bad packets malformed in $(basename "$capture")"
done
echo "hijack: version 0 is hijacked, ADD_ADDR2 and version 1 prevent it; nothing malformed"
