#!/bin/sh
# check.sh DEMO - runs the demo twice: the same files both times; then tshark's opinion of the
# capture, where there is a tshark. Prints what was skipped, and says it to $RESULTS if that is set.
set -eu
demo=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail()
{
    echo "demo check: $*" >&2
    exit 1
}

for n in 1 2; do
    "$demo" --pcapng "$dir/$n.pcapng" --svg "$dir/$n.svg" >"$dir/$n.txt" || fail "run $n failed"
done
cmp -s "$dir/1.pcapng" "$dir/2.pcapng" || fail "two runs of one seed give two captures"
cmp -s "$dir/1.svg" "$dir/2.svg" || fail "two runs of one seed give two pictures"
"$demo" --seed 2 --pcapng "$dir/3.pcapng" --svg "$dir/3.svg" >/dev/null || fail "seed 2 failed"
! cmp -s "$dir/1.pcapng" "$dir/3.pcapng" || fail "two seeds give one capture"

if ! command -v tshark >/dev/null 2>&1; then
    echo "skipped: demo capture (no tshark)"
    [ -z "${RESULTS:-}" ] || echo "skip demo capture (no tshark)" >>"$RESULTS"
    exit 0
fi
look()
{
    tshark -r "$dir/1.pcapng" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE "$@" 2>/dev/null
}
bad=$(look -Y '_ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0' | wc -l)
[ "$bad" -eq 0 ] || fail "$bad packets are malformed or have a wrong checksum"
serious=$(look -q -z expert | grep -cE '^(Errors|Warns) ' || true)
[ "$serious" -eq 0 ] || fail "tshark's expert has errors or warnings about the capture"
streams=$(look -T fields -e mptcp.stream -e tcp.stream -Y 'mptcp.stream == 0' | sort -u | wc -l)
[ "$streams" -eq 2 ] || fail "tshark follows $streams subflows of the connection, not 2"
echo "demo: the same twice; no packet malformed, no checksum wrong, both subflows followed"
