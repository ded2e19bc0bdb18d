#!/bin/sh
# without-version0.sh FOLDER - what `make VERSION0=no` built has nothing of version 0: no symbol of
# SHA-1 or ADD_ADDR2, and mptcp-nc refuses the version with one line. It serves the others: clients of
# version 1, and of plain TCP.
set -eu

if nm "$1/libmptcp.a" 2>/dev/null | grep -iE 'sha1|add_addr2|profile_0'; then
    echo "without-version0: the library has these symbols" >&2
    exit 1
fi
status=0
said=$("$1/mptcp-nc" --mptcp-version 0 --path t1=10.0.0.1/24 10.0.0.2 1 2>&1) || status=$?
if [ "$status" -ne 1 ] || [ "$said" != "mptcp-nc: --mptcp-version 0: this program was built without version 0" ]; then
    echo "without-version0: mptcp-nc ended with $status and said: $said" >&2
    exit 1
fi
for test in 'given_a_client_without_mptcp*' 'given_a_second_address_of_the_client*'; do
    "$1/test/lwip" "$test" >"$1/lwip.log" 2>&1 && grep -q '\[       OK' "$1/lwip.log" || {
        echo "without-version0: these tests over lwIP fail: $test (see $1/lwip.log)" >&2
        exit 1
    }
done
echo "without version 0: nothing of it is linked; mptcp-nc says so"
