# below-links.sh - the cases of test/interop/below that are about links and loads: many connections,
# links that go dark or away. Sourced by it, behind below-cases.sh.

# ------------------------------------------------------------------------ many, and slow

# The echo server's backlog holds all that come at once, so the kernel sends no SYN cookies.
case_thousand()
{
    a_thousand 1
    counted MPCapableSYNRX 1000
    counted TCPReqQFullDoCookies 0
    counted MPJoinAckHMacFailure 0
}

# A kernel that answers joins with SYN cookies keeps their nonces in 1024 places that it finds by a
# hash of the addresses and ports. A join whose place another one took has a wrong HMAC to it, and
# is reset. The connections live, and all that left here was right.
case_cookies()
{
    local refused
    a_thousand 2 --pcap "$WORK/pcap"
    counters "$NS" TcpExt | grep -q TCPReqQFullDoCookies || echo "the kernel sends no SYN cookies"
    "$HERE/third_acks.py" "$WORK/pcap" >"$WORK/acks" || echo "third ACKs: $(cat "$WORK/acks")"
    refused=$(counters "$NS" | awk '$1 == "MPJoinAckHMacFailure" { print $2 }')
    echo "third ACKs: $(cat "$WORK/acks"); ${refused:-0} refused" >>"$WORK/note"
}

# a_thousand COOKIES OPTIONS...: connections at once. SYN cookies: 1 as the kernel likes, 2 always
a_thousand()
{
    local began met
    topology_below && in_kernel sysctl -qw "net.ipv4.tcp_syncookies=$1" || return
    shift
    server echo $PORT
    start_below proxy "$NS2" "${BOTH[@]}" --max-subflows 2 -L $PLAIN:10.81.1.1:$PORT "$@" || return
    began=$(date +%s%N)
    met=$(in_router timeout 50 "$CROWD" meet 127.0.0.1 $PLAIN 1000 10000)
    [ "$met" = "1000 of 1000" ] || echo "$met"
    awk -v a="$began" -v b="$(date +%s%N)" -v r="$(resident)" \
        'BEGIN { printf "%.1f s, %d MiB\n", (b - a) / 1e9, r / 1024 }' >"$WORK/note"
    counted MPCapableFallbackACK 0
    stop_below proxy || echo "it ended with $?"
}

# The process itself: that of timeout's child.
proxy_pid()
{
    pgrep -P "${PROXY[proxy]}"
}

# KiB of memory that are in use.
resident()
{
    awk '$1 == "VmRSS:" { print $2 }' "/proc/$(proxy_pid)/status"
}

ticks()
{
    awk '{ print $14 + $15 }' "/proc/$(proxy_pid)/stat"
}

# A peer that does not read stops the program; who waits takes no processor.
case_stalled()
{
    local before taken
    topology_below || return
    background "$NS" sh -c "sleep $LIMIT | '$PEER' --after-eof --wait-subflows 9 listen $PORT"
    until_true 5 listens "$NS" $PORT
    start_below proxy "$NS2" "${BOTH[@]}" --snd-buf 64k --rcv-buf 64k -L $PLAIN:10.81.1.1:$PORT || return
    in_router timeout 20 "$CROWD" stall 127.0.0.1 $PLAIN >"$WORK/taken" &
    PIDS+=($!)
    until_true 15 test -s "$WORK/taken" || { echo "it takes all"; return; }
    taken=$(cat "$WORK/taken")
    [ "$taken" -lt 16000000 ] || echo "$taken octets were taken from the program"
    before=$(ticks)
    sleep 3
    [ $(($(ticks) - before)) -lt 10 ] || echo "$(($(ticks) - before)) ticks of nothing"
    echo "$taken octets, $(resident) KiB" >"$WORK/note"
}

case_small_mtu()
{
    topology_below || return
    ip -n "$NS2" link set p1 mtu 1300
    ip -n "$NS2" link set p2 mtu 1280
    server echo $PORT
    start_below proxy "$NS2" "${BOTH[@]}" -L $PLAIN:10.81.1.1:$PORT || return
    "$PEER" gen 3000000 1 >"$WORK/data"
    in_router timeout 20 "$PEER" --tcp connect 127.0.0.1 $PLAIN <"$WORK/data" >"$WORK/back" ||
        echo "the program ended with $?"
    cmp -s "$WORK/data" "$WORK/back" || echo "other octets came back"
    counted MPJoinAckRx 1
}

# -------------------------------------------------------------------------- links

# It begins over the other link, and the next one does so at once.
case_dark_at_start()
{
    local began
    topology_below || return
    server http 8000 1000
    cut_path t1
    start_below proxy "$NS2" "${BOTH[@]}" -L 8001:10.81.2.1:8000 || return
    fetch 1000 http://127.0.0.1:8001/
    began=$(date +%s%N)
    fetch 1000 http://127.0.0.1:8001/
    [ $(($(date +%s%N) - began)) -lt 1000000000 ] || echo "the second waits, too"
}

# By whom the octets went, in the lines of $WORK/stats: sent_by ADDRESS
sent_by()
{
    last_stat "sum(x['bytes_sent'] for x in s if x['local'].startswith('$1'))"
}

case_cut_and_restored()
{
    local bytes=16000000 at_cut
    topology_wire $SLOW $SLOW || return
    "$PEER" gen $bytes 1 >"$WORK/data"
    background "$NS" sh -c "'$PEER' --after-eof --info '$WORK/info' listen $PORT </dev/null >'$WORK/out'"
    until_true 5 listens "$NS" $PORT
    start_below proxy "$NS2" "${BOTH[@]}" --stats "$WORK/stats" -L $PLAIN:10.81.1.1:$PORT || return
    in_router timeout 40 "$PEER" --tcp connect 127.0.0.1 $PLAIN <"$WORK/data" >/dev/null &
    local program=$!
    until_true 10 grown_to "$WORK/out" $((bytes / 5)) || { echo "nothing arrives"; return; }
    cut_path t1
    sleep 1.5
    at_cut=$(sent_by 10.81.1.2)
    uncut_path t1
    wait $program || echo "the program ended with $?"
    until_true 5 grep -q received "$WORK/info"
    [ "$(sha_of "$WORK/out")" = "$(sha_of "$WORK/data")" ] || echo "other octets arrived"
    stop_below proxy
    [ "$(sent_by 10.81.1.2)" -gt $((at_cut + bytes / 20)) ] ||
        echo "the link was not used again: $at_cut, then $(sent_by 10.81.1.2)"
    field silence_s "$WORK/info" | awk '{ printf "silence %.2f s\n", $1 }' >"$WORK/note"
    awk '$1 == "silence_s" && $2 > 2 { print "silence of", $2 }' "$WORK/info"
}

# By whom octets came: received_by ADDRESS
received_by()
{
    last_stat "sum(x['bytes_received'] for x in s if x['local'].startswith('$1'))"
}

# The router's own end of the first link goes down and comes back, and takes along what MASQUERADE
# knows; a download uses the link again.
case_flapped()
{
    topology_wire $SLOW $SLOW || return
    masquerade
    flaps
}

# What it does not know it drops, and says nothing: neither side hears of the loss.
case_dropped()
{
    topology_wire $SLOW $SLOW || return
    masquerade
    in_router sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
    in_router iptables -w -A FORWARD -m conntrack --ctstate INVALID -j DROP
    in_router iptables -w -A INPUT -i t1 -p tcp -j DROP
    flaps
    counted RmAddr 1
}

masquerade()
{
    in_router iptables -w -t nat -A POSTROUTING -o t1 -j MASQUERADE
    in_router iptables -w -t nat -A POSTROUTING -o t2 -j MASQUERADE
}

flaps()
{
    local bytes=40000000 at_flap
    server http 8000 $bytes
    start_below proxy "$NS2" "${BOTH[@]}" --stats "$WORK/stats" -L 8001:10.81.1.1:8000 || return
    fetch $bytes http://127.0.0.1:8001/ &
    local program=$!
    sleep 2.5
    ip -n "$NS2" link set t1 down
    sleep 1.5
    at_flap=$(received_by 10.81.1.2)
    ip -n "$NS2" link set t1 up
    ip -n "$NS2" route add default via 10.81.1.1 dev t1 table 101
    wait $program
    stop_below proxy
    [ "$at_flap" -gt 100000 ] || echo "the link was not used before: $at_flap"
    [ "$(received_by 10.81.1.2)" -gt $((at_flap + bytes / 20)) ] ||
        echo "the link was not used again: $at_flap, then $(received_by 10.81.1.2)"
    last_stat '"%.1f s" % c["age_s"]' >"$WORK/note"
}

# The first one that is free.
free_descriptor()
{
    local fd=0
    while [ -e "/proc/$(proxy_pid)/fd/$fd" ]; do
        fd=$((fd + 1))
    done
    echo $fd
}

served()
{
    [ "$(wc -l <"$WORK/served")" = "$1" ]
}

# A connection, which has a line in $WORK/served when an octet has come back, and is reset when the last
# one of PIDS is killed.
hold_one()
{
    ip netns exec "$NS" "$CROWD" resets 10.81.1.2 $PORT $LIMIT >>"$WORK/served" 2>>"$WORK/crowd.log" &
    PIDS+=($!)
}

# No descriptor is free for a second connection: it is accepted when the first one is reset, though
# nothing else comes.
case_descriptors()
{
    local first
    topology_below || return
    : >"$WORK/served"
    server_in "$NS2" --tcp echo $PLAIN
    start_below proxy "$NS2" --path p1=10.81.1.2/24 -l $PORT:127.0.0.1:$PLAIN || return
    hold_one
    first=${PIDS[-1]}
    until_true 5 served 1 || { echo "the first one is not served"; return; }
    prlimit --pid "$(proxy_pid)" --nofile="$(free_descriptor):"
    hold_one
    sleep 2
    served 1 || echo "there were descriptors left"
    kill "$first"
    until_true 6 served 2 || echo "the second one is not served"
    stop_below proxy || echo "it ended with $?"
}

# With -l the plain side finds none, with -L the first subflow: which is what is said.
case_no_descriptor_behind()
{
    topology_below || return
    : >"$WORK/served"
    server echo $PORT
    server_in "$NS2" --tcp echo $PLAIN
    start_below proxy "$NS2" --path p1=10.81.1.2/24 -l $PORT:127.0.0.1:$PLAIN -L 8001:10.81.1.1:$PORT || return
    hold_one
    until_true 5 served 1 || { echo "the first one is not served"; return; }
    prlimit --pid "$(proxy_pid)" --nofile="$(($(free_descriptor) + 1)):"
    hold_one
    says "^mptcp-below: 2: 127.0.0.1:$PLAIN: Too many open files, after 0"
    in_router timeout 5 "$CROWD" resets 127.0.0.1 8001 0 >/dev/null 2>&1
    says "^mptcp-below: 3: 10.81.1.1:$PORT: Too many open files, after 0"
    served 1 || echo "the second one was served"
    stop_below proxy || echo "it ended with $?"
}

# New connections that end as soon as they come, as fast as two programs can make them, and one that
# goes on meanwhile.
case_flood()
{
    local times longest flood1 flood2
    topology_below || return
    server echo $PORT
    start_below proxy "$NS2" "${BOTH[@]}" --transparent 7777 -L $PLAIN:10.81.1.1:$PORT || return
    in_router "$CROWD" flood 127.0.0.1 7777 4 >"$WORK/flood1" &
    flood1=$!
    in_router "$CROWD" flood 127.0.0.1 7777 4 >"$WORK/flood2" &
    flood2=$!
    sleep 0.5
    read -r times longest <<<"$(in_router timeout 10 "$CROWD" asks 127.0.0.1 $PLAIN 3)"
    wait $flood1 $flood2
    [ "${times:-0}" -gt 0 ] && [ "${longest:-3000}" -lt 1000 ] || echo "an octet was away for ${longest:-more than 3000} ms"
    echo "an octet came back ${times:-0} times in 3 s, after ${longest:-?} ms at most," \
        "beside $(cat "$WORK"/flood? | tr '\n' ' ')others" >"$WORK/note"
    stop_below proxy || echo "it ended with $?"
}

# Addresses, rules and routes, but for what only tells that nobody is attached to a device.
state_of_router()
{
    in_router sh -c 'ip -br addr; ip rule; ip -6 rule; ip route show table all; ip -6 route show table all' |
        sed '/^multicast/d; s/ linkdown//; s/^\(p[12]\) *[A-Z]* */\1 /'
}

# In mid-transfer: both sides are reset, the capture is whole, and nothing of the machine is changed.
case_signal()
{
    local before after
    topology_wire $SLOW $SLOW || return
    before=$(state_of_router)
    background "$NS" sh -c "'$PEER' listen $PORT </dev/null >'$WORK/out'"
    until_true 5 listens "$NS" $PORT
    start_below proxy "$NS2" "${BOTH[@]}" --pcap "$WORK/pcap" -L $PLAIN:10.81.1.1:$PORT || return
    in_router timeout 20 "$PEER" --tcp connect 127.0.0.1 $PLAIN </dev/zero >/dev/null 2>"$WORK/peer.log" &
    local program=$!
    until_true 10 grown_to "$WORK/out" 1000000 || { echo "nothing arrives"; return; }
    stop_below proxy || echo "it ended with $?"
    wait $program
    [ $? = 3 ] || echo "the program was not reset"
    counted MPFastcloseRx 1
    tshark -r "$WORK/pcap" -Y 'tcp.flags.syn == 1' >"$WORK/syns" 2>"$WORK/tshark.log"
    grep -q MPTCP "$WORK/syns" ||
        echo "nothing is in the capture"
    after=$(state_of_router)
    [ "$before" = "$after" ] || { echo "something of the machine is changed:"; diff <(echo "$before") <(echo "$after"); }
}
