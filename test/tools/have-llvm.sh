#!/bin/sh
# have-llvm.sh WHAT TOOL VERSION: true if clang's TOOL is there in that major version. Otherwise
# says that WHAT is skipped, as have.sh does.
set -u

"$(dirname "$0")/have.sh" "$1" "$2" || exit 1
"$2" --version | grep -q "version $3\." && exit 0
echo "  skip $1: $2 is not version $3"
[ -z "${RESULTS:-}" ] || echo "skip $1 ($2 is not version $3)" >>"$RESULTS"
exit 1
