#!/bin/sh
# without-version0.sh FOLDER - what `make VERSION0=no` built has nothing of version 0: no symbol of
# SHA-1 or ADD_ADDR2, and mptcp-nc refuses the version with one line.
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
echo "without version 0: nothing of it is linked; mptcp-nc says so"
