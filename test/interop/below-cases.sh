# below-cases.sh - the cases of test/interop/below. Sourced by it, behind below.sh. A case prints
# what is wrong.

CASES='forward socks names refused reset-by-program reset-by-peer half-closed server plain-client
    plain-server told redirect tproxy masqueraded stalled thousand cookies two-of-them small-mtu
    dark-at-start cut-and-restored flapped dropped device-gone device-back device-back-idle device-held descriptors
    no-descriptor-behind flood signal nothing-left page-links page-service usage bond-curl bond-iperf3'
QUICK='below-forward below-socks below-redirect below-thousand below-cut-and-restored below-usage'
BOTH=(--path p1=10.81.1.2/24 --path p2=10.81.2.2/24)
SLOW=rate:20mbit,delay:5ms,queue:64k

in_router()
{
    ip netns exec "$NS2" "$@"
}

complain_unless()
{
    local what=$1
    shift
    "$@" || echo "$what"
}

# A program in a namespace that lives until the case is over.
background()
{
    local ns=$1
    shift
    ip netns exec "$ns" timeout "$LIMIT" "$@" >/dev/null 2>>"$WORK/background.log" &
    PIDS+=($!)
}

# listens NAMESPACE PORT
listens()
{
    [ -n "$(ip netns exec "$1" ss -Hltn "sport = :$2")" ]
}

# server_in NAMESPACE WORDS...: of crowd.py
server_in()
{
    local ns=$1
    shift
    background "$ns" "$CROWD" "$@"
    [ "$1" != --tcp ] || shift
    until_true 5 listens "$ns" "$2" || echo "the server does not listen"
}

server()
{
    server_in "$NS" "$@"
}

# counted NAME VALUE: of the kernel's counters
counted()
{
    local value
    value=$({ counters "$NS"; counters "$NS" TcpExt; } | awk -v name="$1" '$1 == name { print $2 }')
    [ "${value:-0}" = "$2" ] || echo "$1 is ${value:-0}, not $2"
}

is_counted()
{
    [ -z "$(counted "$@")" ]
}

# soon_counted NAME VALUE: the packet that it counts may still be on its way
soon_counted()
{
    until_true 3 is_counted "$@" || counted "$@"
}

# fetch OPTIONS... URL: BYTES of a page, or what curl says
fetch()
{
    local bytes=$1 got
    shift
    got=$(in_router curl -sS -m 30 -o /dev/null -w '%{size_download}' "$@" 2>&1)
    [ "$got" = "$bytes" ] || echo "curl: $got"
}

# The last line about a connection in $WORK/stats: a value by its path
last_stat()
{
    python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
line = [line for line in lines if "connection" in line][-1]
print(eval(sys.argv[2], {"c": line, "s": line["subflows"]}))' "$WORK/stats" "$1"
}

# ------------------------------------------------------------ where connections come in

case_forward()
{
    topology_below || return
    server http 8000 100000
    start_below proxy "$NS2" "${BOTH[@]}" -L 8001:10.81.1.1:8000 -L "[::1]:8002:10.81.1.1:8000" || return
    fetch 100000 http://127.0.0.1:8001/
    fetch 100000 'http://[::1]:8002/'
    counted MPCapableSYNRX 2
    stop_below proxy || echo "it ended with $?"
}

case_socks()
{
    topology_below || return
    server http 8000 100000
    start_below proxy "$NS2" "${BOTH[@]}" --path p1=fd81:1::2/64 -D 1080 || return
    fetch 100000 --socks5 127.0.0.1:1080 http://10.81.1.1:8000/
    fetch 100000 --socks5-hostname 127.0.0.1:1080 'http://[fd81:1::1]:8000/'
    counted MPCapableSYNRX 2
}

# Names that the C library knows without asking anybody; and what SOCKS5 answers to what can't be.
case_names()
{
    local wanted got
    topology_below || return
    server http 8000 1000
    start_below proxy "$NS2" "${BOTH[@]}" -D 1080 -L 8001:10.5308673:8000 || return
    fetch 1000 http://127.0.0.1:8001/
    while read -r wanted host port; do
        got=$(in_router "$CROWD" socks 1080 "$host" "$port")
        [ "$got" = "$wanted" ] || echo "for $host port $port the answer is $got, not $wanted"
    done <<'END'
0 10.5308673 8000
0 10.81.1.1 8000
5 10.81.1.1 8009
4 no-such-name.invalid 8000
8 fd81:1::1 8000
4 127.0.0.1 8000
4 10.81.1.2 8000
1 10.81.1.1 0
END
}

case_redirect()
{
    topology_below || return
    server http 8000 100000
    start_below proxy "$NS2" "${BOTH[@]}" --path p1=fd81:1::2/64 --transparent 7777 || return
    in_router iptables -w -t nat -A OUTPUT -p tcp -d 10.81.0.0/16 -j REDIRECT --to-ports 7777
    in_router ip6tables -w -t nat -A OUTPUT -p tcp -d fd81::/16 -j REDIRECT --to-ports 7777
    fetch 100000 http://10.81.1.1:8000/
    fetch 100000 'http://[fd81:1::1]:8000/'
    counted MPCapableSYNRX 2
    # To the door itself: it must not go round in a circle.
    ! in_router curl -s -m 2 http://127.0.0.1:7777/ || echo "the door leads somewhere"
    [ "$(grep -c ': from ' "$WORK/proxy.log")" = 3 ] || echo "the door leads to itself"
}

# From a LAN behind the router, whose packets keep their destination.
case_tproxy()
{
    local lan=${TAG}l
    topology_below && make_namespace "$lan" || return
    ip -n "$NS2" link add lan type veth peer name eth0 netns "$lan"
    ip -n "$NS2" addr add 10.83.0.1/24 dev lan && ip -n "$NS2" link set lan up
    ip -n "$lan" addr add 10.83.0.2/24 dev eth0 && ip -n "$lan" link set eth0 up
    ip -n "$lan" route add default via 10.83.0.1
    in_router iptables -w -t mangle -A PREROUTING -i lan -p tcp -m addrtype ! --dst-type LOCAL \
        -j TPROXY --on-port 7777 --tproxy-mark 1
    ip -n "$NS2" rule add fwmark 1 lookup 100 && ip -n "$NS2" route add local default dev lo table 100
    server http 8000 100000
    start_below proxy "$NS2" "${BOTH[@]}" --transparent 7777 || return
    [ "$(ip netns exec "$lan" curl -sS -m 10 http://10.81.1.1:8000/ 2>&1 | wc -c)" = 100000 ] ||
        echo "no page"
    counted MPCapableSYNRX 1
}

# As the page for a home router has it: the links' addresses are nobody's but this machine's.
case_masqueraded()
{
    local path
    topology_below || return
    for path in 1 2; do
        ip -n "$NS" route del "10.81.$path.2/32"
        in_router iptables -w -t nat -A POSTROUTING -s "10.81.$path.2" -o "t$path" -j MASQUERADE
    done
    server http 8000 3000000
    start_below proxy "$NS2" "${BOTH[@]}" -L 8001:10.81.1.1:8000 || return
    fetch 3000000 http://127.0.0.1:8001/
    counted MPCapableSYNRX 1
    counted MPJoinAckRx 1
}

# ------------------------------------------------------------------- how they end

case_refused()
{
    topology_below || return
    start_below proxy "$NS2" "${BOTH[@]}" -L 8001:10.81.1.1:8009 || return
    in_router curl -s -m 5 http://127.0.0.1:8001/ >"$WORK/out"
    case $? in
    7 | 52 | 55 | 56) ;; # 7: before curl has looked whether it is connected
    *) echo "the program was not reset" ;;
    esac
    says '10.81.1.1:8009 refuses'
}

case_reset_by_program()
{
    topology_below || return
    server echo $PORT
    start_below proxy "$NS2" "${BOTH[@]}" -L $PLAIN:10.81.1.1:$PORT || return
    in_router "$CROWD" resets 127.0.0.1 $PLAIN 0 >/dev/null || echo "no echo"
    until_true 3 grep -q 'reset by the peer' "$WORK/proxy.log" || echo "nobody noticed"
    soon_counted MPFastcloseRx 1
}

case_reset_by_peer()
{
    topology_below || return
    server abort $PORT
    start_below proxy "$NS2" "${BOTH[@]}" -L $PLAIN:10.81.1.1:$PORT || return
    in_router timeout 20 "$PEER" --tcp connect 127.0.0.1 $PLAIN </dev/zero >/dev/null 2>"$WORK/peer.log"
    [ $? = 3 ] || echo "the program was not reset"
    until_true 3 grep -q 'MP_FASTCLOSE from the peer' "$WORK/proxy.log" || echo "the kernel did not abort"
}

case_half_closed()
{
    topology_below || return
    "$PEER" gen 300000 1 >"$WORK/data"
    server echo $PORT
    start_below proxy "$NS2" "${BOTH[@]}" -L $PLAIN:10.81.1.1:$PORT || return
    in_router timeout 20 "$PEER" --tcp connect 127.0.0.1 $PLAIN <"$WORK/data" >"$WORK/back" ||
        echo "the program ended with $?"
    cmp -s "$WORK/data" "$WORK/back" || echo "other octets came back"
    until_true 5 grep -q 'closed after 300000 octets up, 300000 down' "$WORK/proxy.log" ||
        echo "it did not close in order"
}

# ---------------------------------------------------------------------- as a server

case_server()
{
    topology_below || return
    server_in "$NS2" --tcp echo $PLAIN
    start_below proxy "$NS2" "${BOTH[@]}" --announce -l $PORT:127.0.0.1:$PLAIN || return
    "$PEER" gen 3000000 1 >"$WORK/data"
    in_kernel timeout 20 "$PEER" --info "$WORK/info" --wait-subflows 1 connect 10.81.1.2 $PORT <"$WORK/data" \
        >"$WORK/back" || echo "the kernel's end ended with $?"
    cmp -s "$WORK/data" "$WORK/back" || echo "other octets came back"
    [ "$(field mptcp "$WORK/info")" = yes ] || echo "no MPTCP"
    counted MPJoinSynAckRx 1
}

case_plain_client()
{
    topology_below || return
    server_in "$NS2" --tcp echo $PLAIN
    start_below proxy "$NS2" "${BOTH[@]}" --stats "$WORK/stats" -l $PORT:127.0.0.1:$PLAIN || return
    "$PEER" gen 300000 1 >"$WORK/data"
    in_kernel timeout 20 "$PEER" --tcp connect 10.81.1.2 $PORT <"$WORK/data" >"$WORK/back" ||
        echo "the client ended with $?"
    cmp -s "$WORK/data" "$WORK/back" || echo "other octets came back"
    stop_below proxy
    [ "$(last_stat 'c["version"]')" = None ] || echo "it is said to be MPTCP"
}

case_plain_server()
{
    topology_below || return
    server --tcp http 8000 3000000
    start_below proxy "$NS2" "${BOTH[@]}" --stats "$WORK/stats" -L 8001:10.81.1.1:8000 || return
    fetch 3000000 http://127.0.0.1:8001/
    stop_below proxy
    [ "$(last_stat 'c["version"]')" = None ] || echo "it is said to be MPTCP"
}

# A word in what the proxy says.
says()
{
    until_true 3 grep -q -- "$1" "$WORK/proxy.log" || echo "nobody says: $1"
}

# What -v and --stats tell of protocols, subflows, and connections that come to nothing.
case_told()
{
    topology_below || return
    server http 8000 3000000
    server --tcp http 8001 3000000
    start_below proxy "$NS2" "${BOTH[@]}" --stats "$WORK/stats" -D 1080 -L 8009:10.81.1.1:8009 \
        -l "$PORT:127.0.0.1:8009" -L 8010:no-such-name.invalid:80 --transparent 7777 || return
    fetch 3000000 --socks5 127.0.0.1:1080 http://10.81.1.1:8000/
    says '1: connected to 10.81.1.1:8000 over p1 by MPTCP version 1'
    says '1: another subflow over p2, 10.81.2.2 and 10.81.1.1:8000'
    fetch 3000000 --socks5 127.0.0.1:1080 http://10.81.1.1:8001/
    says '2: connected to 10.81.1.1:8001 over p1 by plain TCP: '
    in_router curl -s -m 5 --proxy http://127.0.0.1:1080 http://10.81.1.1:8000/
    says '3: what came is not SOCKS5'
    in_router curl -s -m 5 http://127.0.0.1:8009/
    says '4: 10.81.1.1:8009 refuses'
    in_router curl -s -m 5 --socks5-hostname 127.0.0.1:1080 'http://[fd81:1::1]:8000/'
    says '5: \[fd81:1::1\]:8000: no --path has an address of IPv6'
    in_router curl -s -m 5 http://127.0.0.1:7777/
    says '6: it was not redirected, but came to this port'
    in_router curl -s -m 5 http://127.0.0.1:8010/
    says '7: no address is known for its name'
    in_kernel curl -s -m 5 http://10.81.1.2:$PORT/
    says '8: from 10.81.1.1:.* by plain TCP: '
    stop_below proxy
    python3 - "$WORK/stats" <<'END'
import json, sys
ends = {c["connection"]: c for c in map(json.loads, open(sys.argv[1])) if c.get("ended")}
for number, plain in (1, False), (2, True):
    c = ends[number]
    if bool(c["plain_tcp"]) != plain:
        print(number, "is plain TCP:", c["plain_tcp"])
    received = sum(s["bytes_received"] for s in c["subflows"])
    if received < c["bytes_down"] or plain and received > c["bytes_down"]: # copies count in MPTCP
        print(number, "has", c["bytes_down"], "octets, and its subflows have others:", c["subflows"])
    if any(s["open"] == bool(s["ended"]) for s in c["subflows"]):
        print(number, "has subflows that are open and have ended, or neither:", c["subflows"])
END
}

# Our own at both ends: the server's link is u1, behind the kernel, which only forwards.
start_two()
{
    ip -n "$NS" tuntap add u1 mode tun && ip -n "$NS" link set u1 up txqueuelen 2000 &&
        ip -n "$NS" route add 10.82.1.2/32 dev u1 &&
        in_kernel sysctl -qw net.ipv4.ip_forward=1 net.mptcp.enabled=0 &&
        start_below server "$NS" --path u1=10.82.1.2/24 -l "$PORT:127.0.0.1:$PORT" &&
        start_below proxy "$NS2" "$@" --stats "$WORK/stats" -L $PLAIN:10.82.1.2:$PORT
}

case_two_of_them()
{
    topology_below || return
    server --tcp echo $PORT
    start_two "${BOTH[@]}" || return
    "$PEER" gen 5000000 1 >"$WORK/data"
    in_router timeout 20 "$PEER" --tcp connect 127.0.0.1 $PLAIN <"$WORK/data" >"$WORK/back" ||
        echo "the program ended with $?"
    cmp -s "$WORK/data" "$WORK/back" || echo "other octets came back"
    stop_below proxy || echo "the client's end ended with $?"
    stop_below server || echo "the server's end ended with $?"
    [ "$(last_stat 'c["version"], len(s)')" = "(1, 2)" ] || echo "not two subflows of version 1"
}

# ------------------------------------------------------------------------- misuse

# refuses STATUS TEXT OPTIONS...: with one line that has the text
refuses()
{
    local status=$1 text=$2
    shift 2
    in_router timeout 10 "$BELOW" "$@" >"$WORK/out" 2>"$WORK/err"
    [ $? = "$status" ] && [ "$(grep -c . "$WORK/err")" = 1 ] && grep -q -- "$text" "$WORK/err" ||
        echo "for '$*': $(head -n 2 "$WORK/err" | tr '\n' ';')"
}

case_usage()
{
    topology_below || return
    refuses 1 'at least one --path'
    refuses 1 'nothing comes in' --path p1=10.81.1.2/24
    refuses 1 'no such option' --nonsense
    refuses 1 'not an option' --path p1=10.81.1.2/24 -D 1080 more
    refuses 1 'expected TUN=ADDR/PREFIX' --path p1=10.81.1.2
    refuses 1 'expected \[ADDR:\]PORT:HOST:PORT' "${BOTH[@]}" -L 80:host
    refuses 1 'expected \[ADDR:\]PORT' "${BOTH[@]}" -D 70000
    refuses 1 'expected PORT:HOST:PORT' "${BOTH[@]}" -l 10.81.1.2:80:host:80
    refuses 1 'no --path has the device p9' "${BOTH[@]}" --backup p9 -D 1080
    refuses 1 'expected gain, minrtt' "${BOTH[@]}" --scheduler best -D 1080
    refuses 1 'one that this kernel has' "${BOTH[@]}" --cc best -D 1080
    refuses 1 'octets from 16k up to 64m' "${BOTH[@]}" --snd-buf 1g -D 1080
    refuses 1 'octets from 16k up to 64m' "${BOTH[@]}" --snd-buf 1000 -D 1080
    refuses 1 "is this machine's own address" --path p1=10.81.1.3/24 -D 1080
    refuses 1 'nosuch: no such device' --path nosuch=10.81.1.2/24 -D 1080
    refuses 1 't1: not a TUN device' --path t1=10.81.1.2/24 -D 1080
    refuses 2 'Cannot assign requested address' "${BOTH[@]}" -D 10.99.0.1:1080
    server_in "$NS2" --tcp echo 1080
    refuses 2 'Address already in use' "${BOTH[@]}" -D 1080
    start_below proxy "$NS2" --path p1=10.81.3.2/24 -D 1081 && stop_below proxy
    grep -q 'no route to 10.81.3.2 leads to p1' "$WORK/proxy.log" || echo "no word about an address without a route"
    [[ "$("$BELOW" --version)" == 'mptcp-below '[0-9]* ]] || echo "no version"
    [[ "$("$BELOW" --help)" == 'usage: mptcp-below'* ]] || echo "no help"
}
