#!/bin/sh
# run-tests.sh NAME PROGRAM... [-- ARGUMENT...]
#
# Runs CMocka programs, one line of output each; what a failing one said is shown whole.
# Appends "NAME passed failed skipped" to the file named by RESULTS, if that is set. RUN is put
# before each program (an emulator); LIMIT is how many seconds one may take. Exit status 1 if a test failed.
set -u

name=$1
shift
programs=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    programs="$programs $1"
    shift
done
[ $# -eq 0 ] || shift

passed=0
failed=0
skipped=0

# count LOG WORD: the number in CMocka's line "[  WORD  ] n test(s)"
count()
{
    awk -v word="$2" '$1 == "[" && $2 == word && $3 == "]" && $5 ~ /^test/ { n += $4 }
        END { print n + 0 }' "$1"
}

for program in $programs; do
    log=$program.log
    # shellcheck disable=SC2086
    timeout "${LIMIT:-300}" ${RUN:-} "$program" "$@" >"$log" 2>&1
    status=$?
    p=$(count "$log" PASSED)
    f=$(count "$log" FAILED)
    s=$(count "$log" SKIPPED)
    # A program that ended badly without naming a test is a failure of its own.
    [ "$status" = 0 ] || [ "$f" != 0 ] || f=1
    # And so is one that ran nothing, unless test/known-failing.txt lists all that it has.
    [ "$p$f$s" != 000 ] || grep -q '^\[ KNOWN TO FAIL \]' "$log" || f=1
    passed=$((passed + p))
    failed=$((failed + f))
    skipped=$((skipped + s))
    note=
    [ "$s" = 0 ] || note=", $s skipped"
    [ "$f" = 0 ] || note="$note, $f FAILED"
    printf '  %-4s %s: %d passed%s\n' TEST "$(basename "$program")" "$p" "$note"
    if [ "$f" != 0 ]; then
        cat "$log"
        case $status in
        124) echo "$program took more than ${LIMIT:-300} seconds" ;;
        1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9) ;;
        *) echo "$program ended with status $status" ;;
        esac
    fi
done

[ -z "${RESULTS:-}" ] || echo "$name $passed $failed $skipped" >>"$RESULTS"
[ "$failed" = 0 ]
