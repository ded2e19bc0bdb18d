#!/bin/sh
# have.sh WHAT TOOL...
#
# True if every TOOL (a command, or the path of a file) is there. Otherwise says that WHAT is
# skipped and why, and notes "skip WHAT: why" in the file named by RESULTS, if that is set.
set -u

what=$1
shift
for tool in "$@"; do
    case $tool in
    */*) [ -e "$tool" ] && continue ;;
    *) command -v "$tool" >/dev/null 2>&1 && continue ;;
    esac
    echo "  skip $what: no $tool"
    [ -z "${RESULTS:-}" ] || echo "skip $what (no $tool)" >>"$RESULTS"
    exit 1
done
