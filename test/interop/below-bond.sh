# below-bond.sh - the cases of test/interop/below that measure what two links carry. Sourced by it,
# behind below-links.sh.

# Links of 20 and 10 Mbit/s, RTTs of 20 ms.
fast_and_slow()
{
    topology_wire rate:20mbit,delay:10ms,queue:64k rate:10mbit,delay:10ms,queue:64k
}

# better WHAT ALONE BOTH: in octets per second
better()
{
    awk -v what="$1" -v a="$2" -v b="$3" 'BEGIN {
        printf "%s %.2f (%.1f to %.1f Mbit/s)  ", what, b / a, b * 8 / 1e6, a * 8 / 1e6 >"/dev/stderr"
        if (b < 1.35 * a) printf "%s: %.2f times the better link, not 1.35\n", what, b / a }' 2>>"$WORK/note"
}

# with_links PATHS COMMAND...: the figure that it prints
with_links()
{
    local paths=(--path p1=10.81.1.2/24)
    [ "$1" = one ] || paths=("${BOTH[@]}")
    shift
    start_below proxy "$NS2" "${paths[@]}" -L $PLAIN:10.81.1.1:8000 -D 1080 >&2 || return
    "$@"
    stop_below proxy >&2
}

speed_of_curl()
{
    in_router curl -sS -m 60 -o /dev/null -w "%{speed_$1}" --socks5 127.0.0.1:1080 -H Expect: "${@:2}" http://10.81.1.1:8000/
}

case_bond_curl()
{
    local down up LIMIT=120
    fast_and_slow || return
    # The kernel's sender needs seconds until it uses both links.
    server http 8000 48000000
    head -c 24000000 /dev/zero >"$WORK/data"
    down=$(with_links one speed_of_curl download)
    better 'curl down' "$down" "$(with_links both speed_of_curl download)"
    up=$(with_links one speed_of_curl upload -T "$WORK/data")
    better up "$up" "$(with_links both speed_of_curl upload -T "$WORK/data")"
}

speed_of_iperf3()
{
    in_router timeout 30 iperf3 -c 127.0.0.1 -p $PLAIN -t 5 -J "$@" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["end"]["sum_received"]["bits_per_second"] / 8)'
}

# iperf3_over PATHS OPTIONS...: with mptcp-below at its server, too
iperf3_over()
{
    local paths=(--path p1=10.81.1.2/24)
    [ "$1" = one ] || paths=("${BOTH[@]}")
    shift
    start_two "${paths[@]}" >&2 || return
    speed_of_iperf3 "$@"
    stop_below proxy >&2
    stop_below server >&2
    ip -n "$NS" link del u1
}

case_bond_iperf3()
{
    command -v iperf3 >/dev/null || { echo "skip no iperf3"; return; }
    fast_and_slow || return
    background "$NS" iperf3 -s -p $PORT
    until_true 5 listens "$NS" $PORT
    better 'iperf3 up' "$(iperf3_over one)" "$(iperf3_over both)"
    better down "$(iperf3_over one -R)" "$(iperf3_over both -R)"
}
