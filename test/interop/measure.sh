# measure.sh - timed transfers, for bench and pairs: sourced by bash, behind lib.sh.
#
# LIMIT: seconds that one may take. PEER, NC: the programs. VERBOSE: yes shows each run.

LIMIT=120
PORT=9000

# One transfer between us and the kernel: transfer DIRECTION BYTES OPTIONS...; the receiver's figures
# are in $WORK/figures, and the CPU seconds that the program took, its own and within system calls,
# in $WORK/cpu. What the kernel's TCP does with a packet that is written to a TUN device is done
# within that system call.
transfer()
{
    local direction=$1 bytes=$2 input=/dev/null theirs=/dev/null kernel
    shift 2
    if [ "$direction" = up ]; then
        input=$WORK/data
    else
        theirs=$WORK/data
    fi
    [ "$(size_of "$WORK/data")" = "$bytes" ] || "$PEER" gen "$bytes" 1 >"$WORK/data"
    : >"$WORK/out"
    # The kernel ends its direction last: it takes no join after that.
    in_kernel timeout $LIMIT "$PEER" $([ "$direction" = down ] || echo --after-eof) --info "$WORK/info" listen $PORT <"$theirs" >"$WORK/out" &
    kernel=$!
    PIDS=("$kernel")
    until_true 5 kernel_listens $PORT || return
    timed "$WORK/cpu" in_user timeout $LIMIT "$NC" --seed 1 "$@" "$(address 4 1 1)" $PORT <"$input" |
        "$PEER" meter "$WORK/meter" >>"$WORK/out" || return
    wait "$kernel" || return
    PIDS=()
    if [ "$direction" = up ]; then
        cp "$WORK/info" "$WORK/figures"
    else
        cp "$WORK/meter" "$WORK/figures"
    fi
    [ "$(field received "$WORK/figures")" = "$bytes" ]
}

# timed FILE COMMAND...: runs it, and writes the CPU seconds that it took to the file
timed()
{
    local TIMEFORMAT=$'user_s %3U\nsystem_s %3S' file=$1
    shift
    { time "$@" 2>&3; } 3>&2 2>"$file"
}

# mbit_of FIGURES: Mbit/s from the first octet to the last
mbit_of()
{
    awk '$1 == "received" { n = $2 } $1 == "receive_s" { s = $2 }
        END { printf "%.2f\n", n * 8 / s / 1e6 }' "$1"
}

# measure FILE DIRECTION BYTES OPTIONS...: appends Mbit/s, and CPU seconds to FILE.user and FILE.system
measure()
{
    local file=$1
    shift
    transfer "$@" || die "a transfer failed: $*"
    mbit_of "$WORK/figures" >>"$file"
    field user_s "$WORK/cpu" >>"$file.user"
    field system_s "$WORK/cpu" >>"$file.system"
    [ "$VERBOSE" = no ] || printf '    %10s Mbit/s  %s\n' "$(tail -n 1 "$file")" "$*"
}

median()
{
    sort -g "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
