# lib.sh - what run and bench share: network namespaces, the kernel's counters, processes with a
# limit, and that nothing of it is left behind. Sourced by bash.
#
# The topology of a case. Two point-to-point links; we have the .2 (::2) of each, the kernel the .1:
#
#      user space                                    namespace $NS: the kernel
#   10.81.1.2  fd81:1::2  ----------- t1 -----------  10.81.1.1  fd81:1::1
#   10.81.2.2  fd81:2::2  ----------- t2 -----------  10.81.2.1  fd81:2::1
#
# t1 and t2 are TUN devices of that namespace. For the self-test "we" are the kernel too, in a
# namespace $NS2 of its own, and t1 and t2 are veth pairs.

TAG=mpnc$$
NS=${TAG}k
NS2=${TAG}u
NS_MADE=()
PIDS=()
WORK=

die()
{
    echo "$(basename "$0"): $*" >&2
    exit 2
}

# 10.81.PATH.HOST or fd81:PATH::HOST: address FAMILY PATH HOST
address()
{
    case $1 in
    4) echo "10.81.$2.$3" ;;
    6) echo "fd81:$2::$3" ;;
    esac
}

prefix_length()
{
    case $1 in
    4) echo 24 ;;
    6) echo 64 ;;
    esac
}

# Ends what was started and is still there, and removes the namespaces with what runs in them.
reap()
{
    local pid ns
    for pid in "${PIDS[@]}"; do
        kill -TERM "$pid" 2>/dev/null
    done
    for ns in "${NS_MADE[@]}"; do
        for pid in $(ip netns pids "$ns" 2>/dev/null); do
            kill -KILL "$pid" 2>/dev/null
        done
    done
    [ ${#PIDS[@]} -eq 0 ] || wait "${PIDS[@]}" 2>/dev/null
    PIDS=()
    for ns in "${NS_MADE[@]}"; do
        ip netns del "$ns" 2>/dev/null
    done
    NS_MADE=()
}

finish()
{
    local status=$?
    trap - EXIT INT TERM HUP
    reap
    [ -z "$WORK" ] || rm -rf "$WORK" "$WORK.case"
    exit "$status"
}

# Nothing outlives the script, however it ends.
start_cleanly()
{
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/$TAG.XXXXXX") || die "no temporary folder"
    trap finish EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

in_kernel()
{
    ip netns exec "$NS" "$@"
}

in_user()
{
    ip netns exec "${NS_OF_USER:-$NS}" "$@"
}

make_namespace()
{
    ip netns add "$1" || return
    NS_MADE+=("$1")
    # reno: bbr, the other one that a namespace may choose, is erratic under MPTCP.
    ip netns exec "$1" sh -c '
        ip link set lo up
        sysctl -qw net.ipv4.tcp_congestion_control=reno net.mptcp.enabled=1 \
            net.mptcp.checksum_enabled=0 net.ipv4.conf.all.rp_filter=0 \
            net.ipv4.conf.default.rp_filter=0
        ip mptcp limits set subflow 8 add_addr_accepted 8'
}

give_addresses()
{
    local ns=$1 host=$2 path
    for path in 1 2; do
        ip -n "$ns" link set "t$path" addrgenmode none &&
            ip -n "$ns" addr add "10.81.$path.$host/24" dev "t$path" &&
            ip -n "$ns" addr add "fd81:$path::$host/64" dev "t$path" nodad &&
            ip -n "$ns" link set "t$path" up || return
    done
}

topology_tun()
{
    local path
    make_namespace "$NS" || return
    for path in 1 2; do
        ip -n "$NS" tuntap add "t$path" mode tun || return
    done
    give_addresses "$NS" 1
}

# Each address of "ours" has a routing table of its own, so that it leaves by its own link.
routes_by_address()
{
    local ns=$1 path
    for path in 1 2; do
        ip -n "$ns" rule add from "10.81.$path.2" table "$path" &&
            ip -n "$ns" route add default via "10.81.$path.1" table "$path" &&
            ip -n "$ns" -6 rule add from "fd81:$path::2" table "$path" &&
            ip -n "$ns" -6 route add default via "fd81:$path::1" table "$path" || return
    done
}

topology_veth()
{
    local path
    make_namespace "$NS" && make_namespace "$NS2" || return
    for path in 1 2; do
        ip -n "$NS" link add "t$path" type veth peer name "t$path" netns "$NS2" || return
    done
    give_addresses "$NS" 1 && give_addresses "$NS2" 2 && routes_by_address "$NS2"
}

# Two ends of ours, and between them the kernel that only forwards. The client has t1 and t2 as ever,
# the server u1 and u2 with 10.82.PATH.2 and fd82:PATH::2.
topology_between()
{
    local path
    make_namespace "$NS" || return
    in_kernel sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 || return
    for path in 1 2; do
        ip -n "$NS" tuntap add "t$path" mode tun && ip -n "$NS" tuntap add "u$path" mode tun || return
        ip -n "$NS" link set "u$path" addrgenmode none &&
            ip -n "$NS" addr add "10.82.$path.1/24" dev "u$path" &&
            ip -n "$NS" addr add "fd82:$path::1/64" dev "u$path" nodad &&
            ip -n "$NS" link set "u$path" up || return
    done
    give_addresses "$NS" 1
}

# counters NAMESPACE [GROUP]: "name value" of every MPTCP counter, or of that group, that is not 0,
# without its prefix
counters()
{
    ip netns exec "$1" cat /proc/net/netstat | awk -v group="${2:-MPTcpExt}:" '$1 == group {
        if (!named) { for (i = 2; i <= NF; i++) name[i] = $i; named = 1 }
        else { for (i = 2; i <= NF; i++) if ($i != 0) print name[i], $i } }'
}

# until_true SECONDS COMMAND...: false if it does not come true in time
until_true()
{
    local limit=$1 end
    shift
    # Without a program for the time: each is late where others have the processors.
    end=$((${EPOCHREALTIME/[.,]/} + limit * 1000000))
    while ! "$@"; do
        [ ${EPOCHREALTIME/[.,]/} -lt $end ] || return 1
        sleep 0.01
    done
}

kernel_listens()
{
    [ -n "$(in_kernel ss -Hltn "sport = :$1")" ]
}

# Something has come on an MPTCP connection of the kernel's, from or to port $1, that its program has
# not read.
unread()
{
    in_kernel ss -HnM "sport = :$1 or dport = :$1" | awk '{ n += $2 } END { exit n == 0 }'
}

# kill_unread PORT PID: kills the program that has such a connection with something unread, so that the
# kernel aborts; with nothing unread it would close.
kill_unread()
{
    kill -STOP "$2"
    until_true 5 unread "$1" || echo "nothing comes to port $1"
    kill -KILL "$2"
}

size_of()
{
    stat -c %s "$1" 2>/dev/null || echo 0
}

grown_to()
{
    [ "$(size_of "$1")" -ge "$2" ]
}

sha_of()
{
    sha256sum <"$1" | cut -d ' ' -f 1
}

# field NAME FILE: of a report of peer's
field()
{
    awk -v name="$1" '$1 == name { print $2 }' "$2" 2>/dev/null
}

# Both ways dark for everybody, without a word to either end.
cut_path()
{
    in_kernel sh -c "
        iptables -w -A INPUT -i $1 -j DROP; iptables -w -A OUTPUT -o $1 -j DROP
        ip6tables -w -A INPUT -i $1 -j DROP; ip6tables -w -A OUTPUT -o $1 -j DROP"
}

uncut_path()
{
    in_kernel sh -c "
        iptables -w -D INPUT -i $1 -j DROP; iptables -w -D OUTPUT -o $1 -j DROP
        ip6tables -w -D INPUT -i $1 -j DROP; ip6tables -w -D OUTPUT -o $1 -j DROP"
}

# matched iptables|ip6tables CHAIN: a packet has met a rule there
matched()
{
    in_kernel "$1" -w -nvxL "$2" | awk 'NR > 2 { n += $1 } END { exit n == 0 }'
}

# build_peer FILE: the kernel's end, compiled if it is older than its source
build_peer()
{
    [ "$1" -nt "$HERE/peer.c" ] && return
    mkdir -p "$(dirname "$1")"
    ${CC:-cc} -std=c11 -O2 -Wall -Wextra -Wconversion -Wshadow -Werror "$HERE/peer.c" -o "$1"
}

# What keeps the kernel's MPTCP from being used here, or nothing.
what_is_missing()
{
    local tool
    [ "$(id -u)" = 0 ] || { echo "no root"; return; }
    [ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] || { echo "no MPTCP in the kernel"; return; }
    [ -c /dev/net/tun ] || { echo "no /dev/net/tun"; return; }
    for tool in ip ss iptables ip6tables sysctl timeout awk sha256sum; do
        command -v $tool >/dev/null || { echo "no $tool"; return; }
    done
    ip netns add "${TAG}t" 2>/dev/null || { echo "network namespaces are not allowed"; return; }
    ip netns exec "${TAG}t" true 2>/dev/null || echo "nothing can be run in a network namespace"
    ip netns del "${TAG}t"
}
