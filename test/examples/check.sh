#!/bin/sh
# check.sh EXAMPLE... - each example ends with 0, and says what bindings/lwip/README.md says of it:
# all octets came, and over MPTCP both subflows carried some, the second more of them, since the
# path of the first was cut. Notes the counts in $RESULTS if set.
set -u
passed=0
failed=0

# judge TEXT: what is wrong; nothing if all is well
judge()
{
    printf '%s\n' "$1" | awk '
        !/: 4194304 octets/ { print "not all octets: " $0 }
        / subflow from / {
            mptcp++
            if (match($0, /10\.0\.1\.1 [a-z]+: [0-9]+/)) { split(substr($0, RSTART, RLENGTH), a, ": ") }
            if (match($0, /10\.0\.2\.1 [a-z]+: [0-9]+/)) { split(substr($0, RSTART, RLENGTH), b, ": ") }
            if (a[2] == 0 || b[2] <= a[2]) { print "not both subflows: " $0 }
        }
        END { if (mptcp != 1) print mptcp + 0 " conversations over MPTCP" }'
}

for example in "$@"; do
    status=0
    text=$(timeout 90 "$example" 2>&1) || status=$?
    wrong=$(judge "$text")
    if [ "$status" = 0 ] && [ -z "$wrong" ]; then
        passed=$((passed + 1))
        echo "  $(basename "$example"):"
        printf '%s\n' "$text" | sed 's/^/    /'
    else
        failed=$((failed + 1))
        echo "$example ended with $status: $text"
        [ -z "$wrong" ] || printf '%s\n' "$wrong"
    fi
done
[ -z "${RESULTS:-}" ] || echo "examples $passed $failed 0" >>"$RESULTS"
[ "$failed" = 0 ]
