#!/bin/sh
# program-options.sh MPTCP-NC MPTCP-BELOW - the options that both programs have: each refuses wrong values, and
# what does not fit together, with status 1 and one line that says what is wrong.
set -eu
nc=$1
below=$2
tried=0

fail()
{
    echo "options: $*" >&2
    exit 1
}

# says TEXT PROGRAM ARGUMENT...
says()
{
    text=$1
    program=$2
    shift 2
    status=0
    said=$("$program" "$@" 2>&1 </dev/null) || status=$?
    [ "$status" -eq 1 ] || fail "$program $*: ended with $status: $said"
    [ "$said" = "$(basename "$program"): $text" ] || fail "$program $*: $said"
    tried=$((tried + 1))
}

# refuses TEXT OPTION...: both programs do.
refuses()
{
    text=$1
    shift
    says "$text" "$nc" "$@" 192.0.2.1 5000
    says "$text" "$below" "$@" -D 1080
}

t1="--path t1=192.0.2.9/24"
marks=
for i in 1 2 3 4 5 6 7 8; do
    marks="$marks --cost t1=1 --backup t1 --metered t1"
done
paths=
for i in 1 2 3 4 5 6 7 8; do
    paths="$paths --path t$i=192.0.2.$i/24"
done

refuses 'at least one --path is needed'
for path in t1 t1= =192.0.2.9/24 t1=192.0.2.9 t1=192.0.2.9/33 t1=2001:db8::1/129 t1=10.1/8 \
    t1=0.0.0.0/0 a-device-with-a-long-name=192.0.2.9/24; do
    refuses "--path $path: expected TUN=ADDR/PREFIX" --path "$path"
done
refuses '--path t2=192.0.2.9/16: that address has been given already' $t1 --path t2=192.0.2.9/16
refuses '--path t9=192.0.2.9/24: at most 8' $paths --path t9=192.0.2.9/24
refuses '--backup: no --path has the device t2' $t1 --backup t2
refuses '--cost: no --path has the device t2' --cost t2=1 $t1
refuses '--cost t1=256: expected TUN=0 to TUN=255' $t1 --cost t1=256
refuses '--cost t1: expected TUN=0 to TUN=255' $t1 --cost t1
refuses '--metered a-device-with-a-long-name: expected a device' --metered a-device-with-a-long-name
for option in --cost=t1=1 --backup=t1 --metered=t1; do
    refuses "${option%%=*}: too many of them" $t1 $marks $option
done
for n in 0 9 -1 1x ''; do
    refuses "--max-subflows $n: expected a number from 1 to 8" --max-subflows "$n"
done
refuses '--survive 3601: expected 0 to 3600 seconds' --survive 3601
refuses '--silence-min 0: expected 1 to 600000 ms' --silence-min 0
refuses '--silence-limit 600001: expected 0 to 600000 ms' --silence-limit 600001
refuses '--answer-wait 20 is less than --silence-min 30' $t1 --answer-wait 20 --silence-min 30
refuses '--silence-limit 40 is less than --answer-wait 50' $t1 --silence-limit 40 --answer-wait 50 \
    --silence-min 50
refuses '--scheduler best: expected gain, minrtt, roundrobin, redundant, blest or ecf' --scheduler best
refuses '--nonsense: no such option, or its value is missing (see --help)' --nonsense
echo "options: $tried mistakes, each refused with one line"
