# below.sh - mptcp-below at our end of a case, in a namespace whose kernel has MPTCP switched off.
# Sourced by run and below, behind lib.sh.
#
#   plain TCP     namespace $NS2: a router                                  namespace $NS: the kernel
#   a program --- mptcp-below --- p1  10.81.1.2  forwarded --- t1 --------- t1  10.81.1.1  fd81:1::1
#                             --- p2  10.81.2.2  forwarded --- t2 --------- t2  10.81.2.1  fd81:2::1
#
# p1 and p2 are TUN devices, and what comes from each leaves by its own link. t1 and t2 are veth
# pairs, or, with rates, the emulated paths of wire. A veth pair has no rate: what a thousand
# connections send at once has to wait at p1 and p2 until the proxy has a processor.

BELOW=${BELOW:-$OUT/mptcp-below}
WIRE=$OUT/test/interop-wire
PLAIN=9001 # where plain TCP comes in, or goes to

# The TUN device of a link, and what leads to it.
make_device()
{
    ip -n "$NS2" tuntap add "p$1" mode tun &&
        ip -n "$NS2" link set "p$1" addrgenmode none &&
        ip -n "$NS2" link set "p$1" up txqueuelen 10000 &&
        ip -n "$NS2" route add "10.81.$1.2/32" dev "p$1" &&
        ip -n "$NS2" -6 route add "fd81:$1::2/128" dev "p$1"
}

# The router's part of a link: what comes from the proxy goes to the other end, and back. Neighbours
# are asked for from a link-local address if the packet's own source is another link's.
route_link()
{
    local path=$1
    make_device "$path" &&
        ip -n "$NS2" addr add "10.81.$path.3/24" dev "t$path" &&
        ip -n "$NS2" addr add "fd81:$path::3/64" dev "t$path" nodad &&
        ip -n "$NS2" link set "t$path" up &&
        ip -n "$NS" addr add fe80::1/64 dev "t$path" nodad &&
        ip -n "$NS2" rule add iif "p$path" table "10$path" &&
        ip -n "$NS2" -6 rule add iif "p$path" table "10$path" &&
        ip -n "$NS2" route add default via "10.81.$path.1" dev "t$path" table "10$path" &&
        ip -n "$NS2" -6 route add default via "fd81:$path::1" dev "t$path" table "10$path" &&
        ip -n "$NS" route add "10.81.$path.2/32" via "10.81.$path.3" &&
        ip -n "$NS" -6 route add "fd81:$path::2/128" via "fd81:$path::3"
}

make_router()
{
    make_namespace "$NS" && make_namespace "$NS2" && ip netns exec "$NS2" sysctl -qw \
        net.mptcp.enabled=0 net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
        net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.dad_transmits=0
}

topology_below()
{
    local path
    make_router || return
    for path in 1 2; do
        ip -n "$NS" link add "t$path" type veth peer name "t$path" netns "$NS2" || return
    done
    give_addresses "$NS" 1 && route_link 1 && route_link 2
}

# topology_wire LINK LINK: the same, as fast and late as wire makes it
topology_wire()
{
    make_router || return
    : >"$WORK/wire"
    "$WIRE" "$NS" "$NS2" "t1=$1" "t2=$2" >"$WORK/wire" &
    PIDS+=($!)
    until_true 5 grep -q ready "$WORK/wire" || return
    give_addresses "$NS" 1 && route_link 1 && route_link 2
}

declare -A PROXY # process ids

# start_below NAME NAMESPACE OPTIONS...: in the background; what it says is in $WORK/NAME.log
start_below()
{
    local name=$1 ns=$2
    shift 2
    : >"$WORK/$name.log"
    ip netns exec "$ns" timeout -k 5 "$LIMIT" "$BELOW" -v "$@" 2>>"$WORK/$name.log" >&2 &
    PROXY[$name]=$!
    until_true 5 below_ready "$name" && return
    echo "mptcp-below does not begin: $(tail -n 1 "$WORK/$name.log")"
    return 1
}

below_ready()
{
    grep -q '^mptcp-below: ready' "$WORK/$1.log" 2>/dev/null
}

# Ends it as a service is ended. Its status.
stop_below()
{
    kill -TERM "${PROXY[$1]}" 2>/dev/null
    wait "${PROXY[$1]}"
}

# ------------------------------------------------- our end of a case of run

# Plain TCP on this machine, mptcp-below between it and the kernel's end.
below_end()
{
    local options=() status
    options+=(--path "p1=$(address "$FAMILY" 1 2)/$(prefix_length "$FAMILY")")
    [ "$PATHS" = one ] ||
        options+=(--path "p2=$(address "$FAMILY" 2 2)/$(prefix_length "$FAMILY")" --max-subflows 2)
    [ "$PATHS" != announce ] || options+=(--announce)
    [ "$CHECKSUM" != ours ] || options+=(--checksum)
    [ -z "$PCAP" ] || options+=(--pcap "$PCAP/$NAME.pcapng")
    if [ "$1" = -l ]; then
        options+=(-l "$2:127.0.0.1:$PLAIN")
        set -- listen $PLAIN
    else
        options+=(-L "$PLAIN:[$1]:$2")
        set -- connect 127.0.0.1 $PLAIN
    fi
    start_below below "$NS2" "${options[@]}" --stats "$WORK/stats" >&2 || return
    bounded "$PEER" --tcp "$@"
    status=$?
    # What this end has written may still be on its way.
    until_true "$LIMIT" test -s "$WORK/kernel.status" || echo "the kernel's end is not done" >&2
    stop_below below || { status=$?; echo "mptcp-below ended with $status" >&2; }
    return $status
}

# Paths that one end's emulation does not make slow.
configure_below()
{
    case $EVENT in
    dark | down) set_rates in_user && set_rates in_kernel ;;
    esac
}

below_end_ready()
{
    below_ready below && [ -n "$(in_user ss -Hltn "sport = :$PLAIN")" ]
}
