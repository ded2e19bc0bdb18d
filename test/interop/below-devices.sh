# below-devices.sh - the cases of test/interop/below in which TUN devices are deleted and made again.
# Sourced by it, behind below-links.sh.

# The device of the first link is deleted: its address is removed, and the peer hears of it.
case_device_gone()
{
    local bytes=8000000
    topology_wire $SLOW $SLOW || return
    "$PEER" gen $bytes 1 >"$WORK/data"
    background "$NS" sh -c "'$PEER' --after-eof --info '$WORK/info' listen $PORT </dev/null >'$WORK/out'"
    until_true 5 listens "$NS" $PORT
    start_below proxy "$NS2" "${BOTH[@]}" -L $PLAIN:10.81.1.1:$PORT || return
    in_router timeout 40 "$PEER" --tcp connect 127.0.0.1 $PLAIN <"$WORK/data" >/dev/null &
    local program=$!
    until_true 10 grown_to "$WORK/out" $((bytes / 4)) || { echo "nothing arrives"; return; }
    ip -n "$NS2" link del p1
    wait $program || echo "the program ended with $?"
    until_true 5 grep -q received "$WORK/info"
    [ "$(sha_of "$WORK/out")" = "$(sha_of "$WORK/data")" ] || echo "other octets arrived"
    grep -q '^mptcp-below: p1: the device is gone$' "$WORK/proxy.log" || echo "nothing is said of it"
    counted RmAddr 1
}

joined_once()
{
    [ -z "$(counted MPJoinAckRx 1)" ]
}

# It is made again a second later: a download that goes on meanwhile uses the link again.
case_device_back()
{
    local bytes=40000000
    topology_wire $SLOW $SLOW || return
    server http 8000 $bytes
    start_below proxy "$NS2" "${BOTH[@]}" --stats "$WORK/stats" -L 8001:10.81.2.1:8000 || return
    fetch $bytes http://127.0.0.1:8001/ &
    local program=$!
    until_true 10 joined_once || echo "the second link was not used at all"
    sleep 1
    ip -n "$NS2" link del p1
    until_true 5 grep -q '^mptcp-below: p1: the device is gone$' "$WORK/proxy.log" ||
        echo "nothing is said of it"
    sleep 1
    make_device 1
    until_true 5 grep -q '^mptcp-below: p1: the device is back$' "$WORK/proxy.log" ||
        echo "nothing is said of its return"
    wait $program || echo "the program ended with $?"
    stop_below proxy
    counted RmAddr 1
    counted MPJoinAckRx 2
    [ "$(last_stat "max(x['bytes_received'] for x in s if x['local'].startswith('10.81.1.2:') and not x['ended'])")" -gt $((bytes / 20)) ] ||
        echo "the link was not used again: $(last_stat s)"
}

# An idle connection over both links, and what the first one's device is deleted under.
idle_then_gone()
{
    topology_below || return
    server echo $PORT
    start_below proxy "$NS2" "${BOTH[@]}" -L $PLAIN:10.81.2.1:$PORT || return
    background "$NS2" sh -c "(echo; sleep $LIMIT) | '$PEER' --tcp connect 127.0.0.1 $PLAIN >'$WORK/out'"
    until_true 5 joined_once || { echo "the second link was not used at all"; return 1; }
    ip -n "$NS2" link del p1
    until_true 5 grep -q '^mptcp-below: p1: the device is gone$' "$WORK/proxy.log" ||
        echo "nothing is said of it"
}

joined_again()
{
    [ -z "$(counted MPJoinAckRx 2)" ]
}

# Nothing happens on the connection: while the device is gone the program takes no processor, and
# when it is back a subflow is opened. The device is looked for once a second, and a SYN that came
# before the route to it is sent again a second later.
case_device_back_idle()
{
    local before taken
    idle_then_gone || return
    before=$(ticks)
    sleep 2
    taken=$(($(ticks) - before))
    [ $taken -lt 10 ] || echo "$taken ticks while the device is gone"
    make_device 1
    until_true 4 joined_again || echo "the link is not used again"
    stop_below proxy || echo "it ended with $?"
}

# The device is made again by a program that holds it for a while: one line says so, and it is taken
# when that program has ended.
case_device_held()
{
    idle_then_gone || return
    in_router python3 - <<'END' &
import fcntl, os, struct, time
fd = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"p1", 0x1001))  # TUNSETIFF: IFF_TUN, IFF_NO_PI
fcntl.ioctl(fd, 0x400454cb, 1)  # TUNSETPERSIST
time.sleep(3)
END
    wait $!
    ip -n "$NS2" link set p1 up
    ip -n "$NS2" route add 10.81.1.2/32 dev p1
    until_true 4 joined_again || echo "the link is not used again"
    [ "$(grep -c '^mptcp-below: p1: Device or resource busy$' "$WORK/proxy.log")" = 1 ] ||
        echo "that it is busy is not said once"
    stop_below proxy || echo "it ended with $?"
}

# Who comes while all devices are gone is told so; one that is back serves the next.
case_nothing_left()
{
    local before taken
    topology_below || return
    server http 8000 1000
    start_below proxy "$NS2" "${BOTH[@]}" -D 1080 -L 8001:10.81.1.1:8000 || return
    ip -n "$NS2" link del p1
    ip -n "$NS2" link del p2
    says '^mptcp-below: p2: the device is gone, and no other is left: waiting for one$'
    before=$(ticks)
    sleep 2
    taken=$(($(ticks) - before))
    [ $taken -lt 10 ] || echo "$taken ticks while the devices are gone"
    in_router curl -s -m 5 http://127.0.0.1:8001/
    says '1: 10.81.1.1:8000: the devices of all paths of IPv4 are gone'
    [ "$(in_router "$CROWD" socks 1080 10.81.1.1 8000)" = 3 ] || echo "SOCKS5 has another answer"
    make_device 1
    says '^mptcp-below: p1: the device is back$'
    fetch 1000 http://127.0.0.1:8001/
    [ "$(grep -c 'no other is left' "$WORK/proxy.log")" = 1 ] || echo "that none is left is not said once"
    stop_below proxy || echo "it ended with $?"
}
