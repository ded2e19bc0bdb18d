# between.sh - the cases of middlebox with mptcp-nc at both ends: what stalls between two kernels does
# not stall here. The kernel only forwards, and its rules are the box. Sourced by middlebox.
#
# Further words among the options, which both ends get:
#   client:V, server:V  --mptcp-version V at that end; speaks:V is the version that both must have used
#   spoil:TUN  one segment of the client's on that path is changed in its payload, TCP's checksum
#              set right again
#   cut        links as fast as they go: the client's segments leave merged, and the kernel that
#              forwards them cuts them for the server, which takes each alone
#   tiny       as many octets as one segment takes: it is the first mapping that is changed
# Expected:
#   same       both end with 0, and the files agree
#   tcp        both end with 0 and say that they fell back, and one octet is another: what TCP
#              would have delivered
#   both       both end with 3 and say why, in time, and what was delivered until then is right

SPEED="rate:50mbit,delay:2ms"

between_client_options()
{
    local spoil nth=900
    if has cut; then
        echo "--path t1=10.81.1.2/24"
        ! has two || echo "--path t2=10.81.2.2/24"
        return
    fi
    spoil=$(value spoil)
    ! has tiny || nth=1
    echo "--path t1=10.81.1.2/24 --emulate t1=$SPEED"
    ! has two || echo "--path t2=10.81.2.2/24 --emulate t2=$SPEED"
    ! has two || nth=100
    [ -z "$spoil" ] || echo "--emulate $spoil=$SPEED,corrupt:$nth"
}

# between_options client|server
between_options()
{
    local option version
    version=$(value "$1")
    [ -z "$version" ] || echo "--mptcp-version $version"
    ! has cut || [ "$1" = client ] || echo "--no-offload"
    for option in $OPTIONS; do
        case $option in
        --*) echo "$option" ;;
        esac
    done
}

between_end()
{
    local name=$1 input=$2 output=$3
    shift 3
    in_user timeout -k 2 "$LIMIT" "$NC" -v --stats "$WORK/$name.stats" "$@" <"$input" >"$output" \
        2>"$WORK/$name.log"
    echo $? >"$WORK/$name.status"
    date +%s%N >"$WORK/$name.ended"
}

server_listens()
{
    grep -q '^mptcp-nc: listening' "$WORK/server.log" 2>/dev/null
}

between_files()
{
    local up=$BYTES down=$BYTES
    ! has big || { up=$((8 * BYTES)); down=$((8 * BYTES)); }
    ! has down || up=0
    ! has up || down=0
    ! has tiny || { up=$((up < 1000 ? up : 1000)); down=$((down < 1000 ? down : 1000)); }
    "$PEER" gen "$up" 1 >"$WORK/ours" && "$PEER" gen "$down" 2 >"$WORK/theirs"
}

# All options vanish when an eighth has arrived at both ends.
between_disturb()
{
    [ "${BOX%% *}" = later ] || return
    until_true "$LIMIT" grown_to "$WORK/at-theirs" "$BYTES" &&
        until_true "$LIMIT" grown_to "$WORK/at-ours" "$BYTES" || { echo "no part arrived"; return; }
    in_kernel iptables -w -t mangle -A FORWARD -p tcp --tcp-flags SYN NONE -j TCPOPTSTRIP --strip-options 30
    date +%s%N >"$WORK/disturbed"
}

# What is wrong with an end that should have been told.
judge_told()
{
    local name=$1 sent=$2 received=$3
    [ "$(cat "$WORK/$name.status")" = 3 ] || echo "the $name ended with $(cat "$WORK/$name.status")"
    grep -q "^mptcp-nc: connection lost: " "$WORK/$name.log" || echo "the $name does not say why"
    cmp -s -n "$(size_of "$received")" "$sent" "$received" || echo "something wrong reached the $name"
    [ ! -e "$WORK/disturbed" ] ||
        [ $(($(cat "$WORK/$name.ended") - $(cat "$WORK/disturbed"))) -lt 3000000000 ] ||
        echo "the $name was told late"
}

judge_fallback()
{
    local name=$1
    [ "$(cat "$WORK/$name.status")" = 0 ] || echo "the $name: $(tail -n 1 "$WORK/$name.log")"
    grep -q "^mptcp-nc: fallen back to TCP: " "$WORK/$name.log" || echo "the $name did not fall back"
}

judge_octets()
{
    local wrong
    [ "$(size_of "$WORK/ours")" = "$(size_of "$WORK/at-theirs")" ] &&
        [ "$(size_of "$WORK/theirs")" = "$(size_of "$WORK/at-ours")" ] || echo "not all octets arrived"
    wrong=$(($(cmp -l "$WORK/ours" "$WORK/at-theirs" 2>&1 | wc -l) + $(cmp -l "$WORK/theirs" "$WORK/at-ours" 2>&1 | wc -l)))
    [ "$wrong" = 1 ] || echo "$wrong octets are wrong"
}

judge_version()
{
    local speaks
    speaks=$(value speaks)
    [ -z "$speaks" ] || grep -q "\"version\": $speaks," "$WORK/$1.stats" ||
        echo "the $1 did not speak version $speaks"
}

# packets DIRECTION DEVICE...: that the kernel has got from devices (rx), or given to them (tx)
packets()
{
    local direction=$1 dev
    shift
    for dev in "$@"; do
        in_kernel cat "/sys/class/net/$dev/statistics/${direction}_packets"
    done | awk '{ n += $1 } END { print n }'
}

judge_cut()
{
    local came left
    has cut || return
    came=$(packets rx t1 t2)
    left=$(packets tx u1)
    [ $((2 * came)) -lt "$left" ] || echo "$came packets came, and $left left"
}

judge_between()
{
    case $EXPECTED in
    both)
        judge_told client "$WORK/theirs" "$WORK/at-ours"
        judge_told server "$WORK/ours" "$WORK/at-theirs"
        ;;
    tcp)
        judge_fallback client
        judge_fallback server
        judge_octets
        ;;
    same)
        [ "$(cat "$WORK/client.status")" = 0 ] || echo "the client: $(tail -n 1 "$WORK/client.log")"
        [ "$(cat "$WORK/server.status")" = 0 ] || echo "the server: $(tail -n 1 "$WORK/server.log")"
        agree "$WORK/ours" "$WORK/at-theirs" "the client's data"
        agree "$WORK/theirs" "$WORK/at-ours" "the server's data"
        [ -z "$(value spoil)" ] || grep -q "subflow lost: DSS checksum failed" "$WORK/server.log" ||
            echo "nothing was spoilt"
        judge_version client
        judge_version server
        judge_cut
        ;;
    esac
}

run_between()
{
    { topology_between && between_files; } >"$WORK/set-up.log" 2>&1 ||
        { echo "set-up: $(tail -n 1 "$WORK/set-up.log")"; return; }
    # shellcheck disable=SC2046
    between_end server "$WORK/theirs" "$WORK/at-theirs" --path u1=10.82.1.2/24 $(between_options server) -l $PORT &
    PIDS+=($!)
    until_true 5 server_listens || echo "the server does not listen"
    # shellcheck disable=SC2046
    between_end client "$WORK/ours" "$WORK/at-ours" $(between_client_options) $(between_options client) 10.82.1.2 $PORT &
    PIDS+=($!)
    between_disturb
    wait "${PIDS[@]}"
    PIDS=()
    judge_between
}
