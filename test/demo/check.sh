#!/bin/sh
# check.sh DEMO - the demo's own test: the same run twice gives the same files, another seed
# another one; wrong usage and files that can't be written are refused with one line; and tshark
# finds nothing wrong with the capture. What was skipped is printed, and said to $RESULTS if set.
set -eu
demo=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail()
{
    echo "demo check: $*" >&2
    exit 1
}

# run NAME ARGUMENT...
run()
{
    name=$1
    shift
    "$demo" --pcapng "$dir/$name.pcapng" --svg "$dir/$name.svg" "$@" \
        >"$dir/$name.txt" 2>"$dir/$name.err" || fail "run $name failed: $(cat "$dir/$name.err")"
    [ ! -s "$dir/$name.err" ] || fail "run $name succeeded and complained: $(cat "$dir/$name.err")"
}

# refused STATUS ARGUMENT...: ends with that status and exactly one line on stderr
refused()
{
    want=$1
    shift
    status=0
    "$demo" --pcapng "$dir/r.pcapng" --svg "$dir/r.svg" "$@" >/dev/null 2>"$dir/r.err" || status=$?
    [ "$status" -eq "$want" ] || fail "'$*' ended with $status, not $want"
    [ "$(wc -l <"$dir/r.err")" -eq 1 ] || fail "'$*' did not say one line"
}

run 1
run 2
run other --seed 2
for kind in pcapng svg; do
    cmp -s "$dir/1.$kind" "$dir/2.$kind" || fail "two runs of one seed give two files ($kind)"
done
if cmp -s "$dir/1.pcapng" "$dir/other.pcapng"; then
    fail "two seeds give one capture"
fi
for size in 1 2 7; do
    run small --size "$size"
done

for bad in '--size' '--size=' '--size=0' '--size=-1' '--size=x' '--size=1x' '--size=1025' \
    '--size=99999999999999999999' '--seed=' '--seed=-5' '--seed=99999999999999999999' \
    '--bogus' 'extra'; do
    refused 2 "$bad"
done
refused 2 --size 1 --pcapng "$dir/none/x"
refused 2 --size 1 --svg "$dir/none/x"
if [ -c /dev/full ]; then
    refused 2 --size 1 --pcapng /dev/full
    refused 2 --size 1 --svg /dev/full
fi

if ! command -v tshark >/dev/null 2>&1; then
    echo "skipped: demo capture (no tshark)"
    [ -z "${RESULTS:-}" ] || echo "skip demo capture (no tshark)" >>"$RESULTS"
    exit 0
fi

# One pass; the analyses that are off by default on. The DSS mapping of segments without payload is
# not looked at: tshark calls a DATA_FIN, or an ACK beyond the last mapping, unmapped too.
tshark -r "$dir/1.pcapng" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE \
    -o mptcp.analyze_mappings:TRUE -T fields -e mptcp.stream -e tcp.stream \
    -e tcp.checksum.status -e ip.checksum.status -e _ws.malformed \
    -e mptcp.connection.echoed_key_mismatch -e mptcp.dss.missing_mapping -e tcp.len \
    -e frame.interface_id >"$dir/fields" 2>"$dir/tshark.err" || fail "tshark: $(cat "$dir/tshark.err")"
awk -F '\t' '
    $3 != 1 || $4 != 1 { wrong++ }
    $5 != "" { malformed++ }
    $6 != "" { keys++ }
    $8 > 0 { data[$2]++ }
    $8 > 0 && $7 != "" { unmapped++ }
    $1 != "" && $1 != 0 { strangers++ }
    $2 != $9 { elsewhere++ }
    END {
        if (NR == 0) { print "the capture is empty"; exit }
        if (wrong) print wrong " packets without a right checksum of IP and TCP"
        if (malformed) print malformed " packets are malformed"
        if (keys) print "the echoed key is not the key"
        if (unmapped) print unmapped " segments with data have no mapping"
        if (strangers) print strangers " packets are of another connection"
        if (elsewhere) print elsewhere " packets are of the other path"
        if (!(data[0] > 100 && data[1] > 100)) print "not both subflows are followed with their data"
    }' "$dir/fields" >"$dir/verdict"
[ ! -s "$dir/verdict" ] || fail "tshark: $(cat "$dir/verdict")"
# Errors and warnings of tshark's, but for the unmapped ACKs above and its guesses about the order
# of a TCP's segments: what is sent again upon a partial acknowledgement it takes for out of order.
serious=$(tshark -r "$dir/1.pcapng" -o tcp.check_checksum:TRUE -q -z expert,warn 2>/dev/null |
    grep '^ *[0-9]' | grep -vc 'Sequence  *TCP .*(suspected) out-of-order segment' || true)
[ "$serious" -eq 0 ] || fail "tshark's expert has $serious errors or warnings about the capture"
echo "demo: the same twice; refuses what is wrong; every packet sound, both subflows followed"
