#!/bin/sh
# check.sh - every test, step by step, and one summary. Called by `make check`.
#
# A step is a target of the Makefile. What it says goes to build/check/STEP.log, and is shown when
# it fails. Test programs note their counts in the file RESULTS ("NAME passed failed skipped", or
# "skip WHAT"); a step that notes none is one test. The last line is "N passed, N failed, N skipped".
set -u

MAKE=${MAKE:-make}
LOGS=build/check
RESULTS=$PWD/$LOGS/results
export RESULTS
mkdir -p "$LOGS"
: >"$RESULTS"
table=$LOGS/table
skips=$LOGS/skips
: >"$table"
: >"$skips"

# column N OF FILE: the sum of a column over the lines with counts
column()
{
    awk -v n="$1" '$1 != "skip" { sum += $(NF - 3 + n) } END { print sum + 0 }' "$2"
}

# show_end STEP: of the log of one that failed
show_end()
{
    echo "---- $1 failed; the end of $LOGS/$1.log:"
    tail -n 40 "$LOGS/$1.log"
    echo "----"
}

# account STEP STATUS SECONDS: adds what RESULTS holds to the table
account()
{
    passed=$(column 1 "$RESULTS")
    failed=$(column 2 "$RESULTS")
    skipped=$(($(column 3 "$RESULTS") + $(grep -c '^skip ' "$RESULTS")))
    if [ "$2" != 0 ]; then
        [ "$failed" != 0 ] || failed=1
    elif [ "$passed$failed$skipped" = 000 ]; then
        passed=1
    fi
    sed -n 's/^skip //p' "$RESULTS" >>"$skips"
    awk -v step="$1" '$1 != "skip" && $NF > 0 { printf "%s (%d within its programs: see %s)\n",
        step, $NF, "build/check/" step ".log" }' "$RESULTS" >>"$skips"
    : >"$RESULTS"
    printf '%-24s %7d %7d %7d %8d\n' "$1" "$passed" "$failed" "$skipped" "$3" | tee -a "$table"
}

# step NAME TARGET...
step()
{
    name=$1
    shift
    begin=$(date +%s)
    $MAKE -k -j2 "$@" >"$LOGS/$name.log" 2>&1
    status=$?
    account "$name" "$status" $(($(date +%s) - begin))
    [ "$status" = 0 ] || show_end "$name"
}

# begin_aside NAME TARGET: a step that mostly waits, beside those up to end_aside, which take the
# processors only while it leaves them. What it needs has to be built: two makes must not build the
# same.
begin_aside()
{
    : >"$LOGS/$1.results"
    (
        begin=$(date +%s)
        RESULTS=$PWD/$LOGS/$1.results $MAKE -k "$2" >"$LOGS/$1.log" 2>&1
        echo "$? $(($(date +%s) - begin))" >"$LOGS/$1.status"
    ) &
    aside=$!
    plain_make=$MAKE
    MAKE="nice -n 10 $MAKE"
}

end_aside()
{
    wait "$aside"
    MAKE=$plain_make
    read -r status seconds <"$LOGS/$1.status"
    cat "$LOGS/$1.results" >"$RESULTS"
    account "$1" "$status" "$seconds"
    [ "$status" = 0 ] || show_end "$1"
}

skip()
{
    echo "skip $2" >"$RESULTS"
    account "$1" 0 0
}

# A purpose whose packages can't be had costs its own steps only; those say so.
if [ "$(id -u)" = 0 ]; then
    for purpose in build test lint cross interop; do
        test/tools/deps.sh "$purpose" || echo "  (what needs them is left out, or built from source)"
    done
else
    missing=$(test/tools/deps.sh --list all)
    [ -z "$missing" ] || echo "not root; for all steps to run: apt-get install $missing"
fi
test/tools/deps.sh compile || { echo "without a compiler nothing can be tested"; exit 1; }

printf '%-24s %7s %7s %7s %8s\n' step passed failed skipped seconds
step build programs interop-programs
step unit unit
step known-failing known-failing
step pair pair
step sim sim
step explore explore-quick
step lwip lwip
step mask mask
step examples examples
step threads threads tsan
step lwip-options lwip-options
step bench-paths bench-paths-quick
step bench-scale-count bench-scale-count
step bench-lwip-count bench-lwip-count
step bench-cc bench-cc-quick
step ns3 ns3-check
step below-netstack below-netstack
step demo demo-check
step hijack hijack-check
step program-options program-options
step without-version0 without-version0
step below below-test
step embed embed
step readme readme-check
step sanitize sanitize
step bugs bugs
for machine in armhf s390x; do
    step "cross-$machine" "cross-$machine"
done
# The script's own question: why the kernel's MPTCP can't be used here, or nothing.
why=$(bash -c '. test/interop/lib.sh && what_is_missing')
if [ -n "$why" ]; then
    skip interop-quick "interop ($why)"
else
    begin_aside interop-quick interop-quick
fi
step clang clang
step tidy tidy
step fuzz-replay fuzz-replay
step headers headers-check
step state state-check
step structure structure
step format format-check
step install install-check
step symbols symbols
step sizes sizes
for machine in cortex-m0plus cortex-m4 rv32; do
    step "core-$machine" "bare-$machine"
done
[ -n "$why" ] || end_aside interop-quick
# From the logs that the steps above have left.
step conformance conformance-table

echo
echo "summary"
printf '%-24s %7s %7s %7s %8s\n' step passed failed skipped seconds
cat "$table"
sed 's/^/skipped: /' "$skips"
awk '{ p += $2; f += $3; s += $4 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }' \
    "$table"
