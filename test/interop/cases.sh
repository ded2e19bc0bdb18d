# cases.sh - which cases there are, and what the kernel's counters must show after each. Sourced by
# bash.
#
# A case is a line of words:
#   NAME ROLE FAMILY PATHS FLOW BYTES CHECKSUM EVENT QUICK
#
#   ROLE      connect   we connect               accept    Linux connects
#   FAMILY    4, 6
#   PATHS     one
#             join      a second one that we join
#             announce  a second one that Linux joins after our ADD_ADDR
#             heed      a second one that we join after Linux's ADD_ADDR
#   FLOW      up (we send), down, both
#   CHECKSUM  no, ours (--checksum), theirs (net.mptcp.checksum_enabled)
#   EVENT     none
#             half-ours     we end our direction first; Linux sends after that
#             half-theirs   Linux ends its direction first; we send after that
#             dark          the first path goes silently dark in mid-transfer
#             down          the first link is taken down in mid-transfer
#             auto          nothing, but we offer version 1, then 0 (--mptcp-version auto): Linux
#                           speaks 1, and sees one connection only
#             merged        nothing; few packets with data pass the devices, each of many segments;
#                           up or down
#             alone         nothing, but each segment is a packet (--no-offload); up or down
#   QUICK     yes: part of --quick
#
# A Linux client listens nowhere, so with "accept" both join and heed go to an address that it
# announces with a port: its initial address for join, its second one for heed.

MIB=1048576

list_matrix()
{
    local role family paths flow n=0 checksum quick
    for role in connect accept; do
        for family in 4 6; do
            for paths in one join announce heed; do
                for flow in up down both; do
                    # A quarter: one of the first three of a group and each other group's middle.
                    case $((n % 8)) in
                    2) checksum=ours ;;
                    5) checksum=theirs ;;
                    *) checksum=no ;;
                    esac
                    quick=no
                    [ $((n % 3)) -ne $((n / 3 % 3)) ] || quick=yes
                    echo "$role-v$family-$paths-$flow $role $family $paths $flow $MIB $checksum none $quick"
                    n=$((n + 1))
                done
            done
        done
    done
}

list_small()
{
    local role family checksum=no
    for role in connect accept; do
        for family in 4 6; do
            echo "$role-v$family-0-bytes $role $family one both 0 no none yes"
            echo "$role-v$family-1-byte $role $family one both 1 $checksum none yes"
            echo "$role-v$family-half-ours $role $family one both $MIB no half-ours yes"
            echo "$role-v$family-half-theirs $role $family one both $MIB $checksum half-theirs yes"
            [ $checksum = no ] && checksum=ours || checksum=no
        done
    done
}

list_large()
{
    local size=$((100 * MIB))
    echo "large-1-connect-v4-join-up connect 4 join up $size no none no"
    echo "large-2-connect-v6-join-down connect 6 join down $size no none no"
    echo "large-3-connect-v4-announce-both connect 4 announce both $size no none no"
    echo "large-4-connect-v6-heed-up connect 6 heed up $size ours none no"
    echo "large-5-accept-v4-announce-down accept 4 announce down $size no none no"
    echo "large-6-accept-v6-join-up accept 6 join up $size no none no"
    echo "large-7-accept-v4-heed-both accept 4 heed both $size theirs none no"
    echo "large-8-accept-v6-announce-up accept 6 announce up $size no none no"
}

list_dark()
{
    local size=$((6 * MIB))
    echo "dark-connect-v4-up connect 4 join up $size no dark yes"
    echo "dark-connect-v4-down connect 4 join down $size no dark yes"
    echo "dark-connect-v6-both connect 6 join both $size no dark no"
    echo "dark-accept-v4-up accept 4 announce up $size no dark no"
    echo "dark-accept-v6-down accept 6 announce down $size theirs dark no"
    echo "dark-accept-v4-both accept 4 heed both $size ours dark no"
    echo "down-connect-v4-up connect 4 join up $size no down yes"
    echo "down-accept-v4-down accept 4 announce down $size no down no"
}

list_auto()
{
    echo "auto-connect-v4-up connect 4 join up $MIB no auto yes"
    echo "auto-connect-v6-down connect 6 join down $MIB ours auto no"
    echo "auto-accept-v4-both accept 4 announce both $MIB no auto yes"
}

list_offload()
{
    local size=$((8 * MIB))
    echo "merged-connect-v4-up connect 4 one up $size no merged yes"
    echo "merged-connect-v6-down connect 6 one down $size no merged yes"
    echo "merged-accept-v6-up accept 6 one up $size no merged no"
    echo "merged-accept-v4-down accept 4 one down $size no merged no"
    echo "alone-connect-v6-up connect 6 join up $size no alone yes"
    echo "alone-connect-v4-down connect 4 one down $size ours alone no"
    echo "alone-accept-v4-up accept 4 announce up $size no alone no"
}

list_cases()
{
    list_matrix
    list_small
    list_auto
    list_large
    list_dark
    list_offload
}

# ----------------------------------------------------------------- the oracle

# What must have its value exactly once: the handshakes of the case.
expected_counters()
{
    case $ROLE in
    connect) echo "MPCapableSYNRX MPCapableACKRX" ;;
    accept) echo "MPCapableSYNTX MPCapableSYNACKRX" ;;
    esac
    case $ROLE-$PATHS in
    *-announce) echo "AddAddr EchoAddTx MPJoinSynTx MPJoinSynAckRx" ;;
    connect-join) echo "MPJoinSynRx MPJoinAckRx" ;;
    connect-heed) echo "AddAddrTx EchoAdd MPJoinSynRx MPJoinAckRx" ;;
    accept-join | accept-heed)
        echo "AddAddrTx EchoAdd PortAdd MPJoinSynRx MPJoinAckRx MPJoinPortSynRx MPJoinPortAckRx" ;;
    esac
}

# What may be there besides: how data of several paths meets, windows, one gauge.
harmless_counters()
{
    echo "MPCurrEstab SndWndShared RcvWndShared RcvWndConflict RcvWndConflictUpdate WinProbe"
    [ "$PATHS" = one ] || echo "OFOQueue OFOQueueTail OFOMerge DuplicateData"
    # The kernel's own data-level timer runs whatever the other end is.
    echo "MPTCPRetrans"
    case $EVENT in
    dark | down) echo "SubflowStale SubflowRecover MPRstTx MPRstRx RmSubflow" ;;
    esac
}

# judge_counters FILE: prints what is wrong with the kernel's counters. An ADD_ADDR is repeated after a second
# without an echo; a kernel that is busy for longer drops it (AddAddrDrop), and heeds the first one.
judge_counters()
{
    awk -v expected="$(expected_counters | tr '\n' ' ')" \
        -v harmless="$(harmless_counters | tr '\n' ' ')" '
        BEGIN {
            n = split(expected, e, " ")
            m = split(harmless, h, " ")
            for (i = 1; i <= m; i++) fine[h[i]] = 1
        }
        { value[$1] = $2 }
        END {
            if (value["AddAddrDrop"] < value["AddAddr"]) {
                value["AddAddr"] -= value["AddAddrDrop"]
                value["AddAddrDrop"] = 0
            }
            for (i = 1; i <= n; i++) {
                fine[e[i]] = 1
                if (value[e[i]] != 1) printf "%s is %d, not 1\n", e[i], value[e[i]]
            }
            for (name in value) if (value[name] && !fine[name]) printf "%s is %d, not 0\n", name, value[name]
        }' "$1" | sort
}
