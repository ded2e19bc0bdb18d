# refusals.sh - what mptcp-nc --resume and --checkpoint refuse, and that a refusal costs nothing.
# Sourced by move.

REFUSALS="bad-files file-modes no-place too-early plain-tcp full-disk"

# refused FILE TEXT: --resume of that file ends with 1 and one line that says so
refused()
{
    local status said
    said=$(in_user timeout -k 2 5 "$NC" --path t1=10.81.1.2/24 --resume "$1" 2>&1 >/dev/null </dev/null)
    status=$?
    [ "$status" = 1 ] && [ "$(echo "$said" | wc -l)" = 1 ] && echo "$said" | grep -q "$2" ||
        echo "expected '$2', got $status: $said"
}

serve_zeros()
{
    in_kernel timeout -k 2 "$LIMIT" "$PEER" listen $PORT </dev/zero >/dev/null 2>&1 &
    PIDS+=($!)
    until_true 5 kernel_listens $PORT || echo "the kernel's end does not listen"
}

# Writes $WORK/file, under a mask that forbids nothing.
make_checkpoint()
{
    local pid
    rm -rf "${WORK:?}"/*
    topology_tun || { echo "set-up failed"; return; }
    serve_zeros
    (
        umask 000
        in_user timeout -k 2 "$LIMIT" "$NC" --path t1=10.81.1.2/24 --checkpoint "$WORK/file" 10.81.1.1 $PORT \
            < <(exec sleep 10 2>/dev/null) >"$WORK/sink" 2>"$WORK/first.log"
    ) &
    pid=$!
    PIDS+=($pid)
    until_true 5 grown_to "$WORK/sink" 100000 || echo "nothing arrives"
    kill -USR1 "$(moving_pid)"
    wait "$pid" || echo "the checkpoint ended with $?"
}

# overwrite OFFSET OCTET: a copy of the file with another octet there, as $WORK/bad
overwrite()
{
    cp "$WORK/file" "$WORK/bad" && printf "%b" "$2" | dd of="$WORK/bad" bs=1 seek="$1" conv=notrunc 2>/dev/null
}

refuse_bad_files()
{
    local size cut
    make_checkpoint
    size=$(size_of "$WORK/file")
    : >"$WORK/bad" && refused "$WORK/bad" "too short"
    echo "hello, this is something else" >"$WORK/bad" && refused "$WORK/bad" "not a checkpoint"
    for cut in 15 16 47 63 500 $((size - 1)); do
        head -c "$cut" "$WORK/file" >"$WORK/bad" && refused "$WORK/bad" "truncated\|too short"
    done
    cp "$WORK/file" "$WORK/bad" && printf x >>"$WORK/bad" && refused "$WORK/bad" added
    for cut in 16 24 28 600 $((size - 1)); do
        overwrite "$cut" '\0377' && cmp -s "$WORK/file" "$WORK/bad" && overwrite "$cut" '\0376'
        refused "$WORK/bad" damaged
    done
    overwrite 8 '\0011' && refused "$WORK/bad" "another version"
    overwrite 12 '\0377' && refused "$WORK/bad" truncated
    refused "$WORK/nowhere" "No such file"
    refused "$WORK" "Is a directory"
    mkfifo "$WORK/fifo" && refused "$WORK/fifo" "not a checkpoint"
    refused /dev/zero "not a checkpoint"
    # None of these has used it up; now it is, once, and no key stays in it.
    in_user timeout -k 2 10 "$NC" --path t2=10.81.2.2/24 --resume "$WORK/file" </dev/null >/dev/null 2>&1 &
    PIDS+=($!)
    until_true 5 grep -qs MPTCPUSD "$WORK/file" || echo "the file is not marked as used"
    # The mark is written under the lock, which is still held for a moment.
    until_true 5 flock -n "$WORK/file" true || echo "the file stays locked"
    refused "$WORK/file" "resumed already"
    [ "$(size_of "$WORK/file")" = 16 ] || echo "$(size_of "$WORK/file") octets are left in the file"
}

locked()
{
    ! flock -n "$1" true
}

refuse_file_modes()
{
    local mode
    make_checkpoint
    [ "$(stat -c %a "$WORK/file")" = 600 ] || echo "the file's mode is $(stat -c %a "$WORK/file")"
    for mode in 644 620 606; do
        chmod $mode "$WORK/file" && refused "$WORK/file" "others may read or change it"
    done
    chmod 600 "$WORK/file"
    chown 65534 "$WORK/file" && refused "$WORK/file" "somebody else owns it"
    chown 0 "$WORK/file"
    flock -x "$WORK/file" sleep "$LIMIT" &
    PIDS+=($!)
    until_true 5 locked "$WORK/file" || echo "the file is not locked"
    refused "$WORK/file" "another process is resuming it"
}

# no_place FILE TEXT: refused before anything is opened
no_place()
{
    local status said
    said=$(in_user timeout -k 2 5 "$NC" --path t1=10.81.1.2/24 --checkpoint "$1" 10.81.1.1 $PORT 2>&1 </dev/null)
    status=$?
    [ "$status" = 1 ] && echo "$said" | grep -q "$2" || echo "expected '$2', got $status: $said"
}

refuse_no_place()
{
    rm -rf "${WORK:?}"/*
    topology_tun || { echo "set-up failed"; return; }
    : >"$WORK/there" && no_place "$WORK/there" "already"
    ln -s "$WORK/nothing" "$WORK/dangling" && no_place "$WORK/dangling" "already"
    no_place "$WORK/no/such/folder" "No such file"
    no_place "$WORK/there/file" "Not a directory"
}

# begin COMMAND...: a transfer of which SIGUSR1 keeps nothing; $STARTED is its process
begin()
{
    "$@" <"$WORK/ours" >"$WORK/sink" 2>"$WORK/first.log" &
    STARTED=$!
    PIDS+=("$STARTED")
}

refuse_too_early()
{
    local status
    rm -rf "${WORK:?}"/*
    topology_tun || { echo "set-up failed"; return; }
    in_kernel iptables -w -A INPUT -i t1 -j DROP
    : >"$WORK/ours"
    begin in_user timeout -k 2 20 "$NC" --path t1=10.81.1.2/24 --checkpoint "$WORK/file" 10.81.1.1 $PORT
    until_true 5 syn_dropped || echo "it sends no SYN"
    kill -USR1 "$(moving_pid)"
    until_true 5 grep -q "no open connection" "$WORK/first.log" || echo "it is not refused"
    sleep 0.3
    [ -n "$(moving_pid)" ] || echo "it did not go on"
    kill -TERM "$(moving_pid)"
    wait "$STARTED"
    status=$?
    [ $status = 3 ] || echo "it ended with $status"
    [ -z "$(ls "$WORK"/file* 2>/dev/null)" ] || echo "a file is left behind"
}

syn_dropped()
{
    matched iptables INPUT
}

# goes_on TEXT COMMAND...: SIGUSR1 in mid-transfer is answered with TEXT, and the transfer completes
goes_on()
{
    local text=$1
    shift
    begin "$@"
    until_true 10 grown_to "$WORK/at-theirs" 500000 || echo "nothing arrives"
    kill -USR1 "$(moving_pid)"
    until_true 5 grep -q "$text" "$WORK/first.log" || echo "it is not refused: $(cat "$WORK/first.log")"
    wait "$STARTED" || echo "it ended with $?: $(tail -n 1 "$WORK/first.log")"
    [ -z "$(ls "$WORK"/file* "$WORK"/small/* 2>/dev/null)" ] || echo "a file is left behind"
    until_true 5 agree || echo "other octets arrived"
}

agree()
{
    [ "$(sha_of "$WORK/ours")" = "$(sha_of "$WORK/at-theirs")" ]
}

begin_upload()
{
    rm -rf "${WORK:?}"/*
    topology_tun || { echo "set-up failed"; return; }
    "$PEER" gen $((8 << 20)) 1 >"$WORK/ours"
    in_kernel timeout -k 2 "$LIMIT" "$PEER" --after-eof listen $PORT </dev/null >"$WORK/at-theirs" 2>/dev/null &
    PIDS+=($!)
    until_true 5 kernel_listens $PORT || echo "the kernel's end does not listen"
}

refuse_plain_tcp()
{
    begin_upload
    goes_on "can't be kept now" in_user timeout -k 2 20 "$NC" --no-mptcp --path t1=10.81.1.2/24 \
        --emulate t1=rate:50mbit --checkpoint "$WORK/file" 10.81.1.1 $PORT
}

# A file system with no room for the file: the mount is of the command's own mount namespace.
refuse_full_disk()
{
    begin_upload
    mkdir "$WORK/small"
    # shellcheck disable=SC2016
    goes_on "No space left" in_user sh -c 'mount -t tmpfs -o size=64k none "$1/small" && shift && exec "$@"' sh \
        "$WORK" timeout -k 2 20 "$NC" --path t1=10.81.1.2/24 --emulate t1=rate:50mbit \
        --checkpoint "$WORK/small/file" 10.81.1.1 $PORT
}
