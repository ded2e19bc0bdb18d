#!/bin/sh
# netstack-go.sh LIBRARY... -- COMMAND ARGUMENT...
# netstack-go.sh --text FOLDER
#
# Runs the go command for bindings/below/netstack, with these libraries (archives, or -lNAME), without
# network. Go finds the package as libmptcp/netstack, in a GOPATH under build/go: links to its files,
# and one that names the libraries and a digest of them, without which Go would take an older program
# for up to date. --text: says what gofmt would change, and whether the program in README.md is that of
# example_test.go.
#
# Of `test` one line of output per package, and "go NAME passed failed skipped" in the file named by
# RESULTS, if that is set; everything goes to the file named by LOG, which is shown if a test fails.
set -eu

[ "${1:-}" != --help ] || { sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0; }

if [ "${1:-}" = --text ]; then
    wrong=$(gofmt -l "$2")
    [ -z "$wrong" ] || { echo "netstack-go.sh: gofmt would change: $wrong" >&2; exit 1; }
    example=$(awk '/^```/ { if (inside) exit; inside = $0 == "```go"; next } inside' "$2/README.md")
    sed -n '/^\/\/ machine /,$p' "$2/example_test.go" | [ "$(cat)" = "$example" ] ||
        { echo "netstack-go.sh: the program in $2/README.md is not that of example_test.go" >&2; exit 1; }
    exit 0
fi

top=$PWD
tree=$top/build/go
libraries=
files=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case $1 in
    -l*) libraries="$libraries $1" ;;
    *) libraries="$libraries $top/$1" files="$files $1" ;;
    esac
    shift
done
[ $# -ge 2 ] || { echo "usage: netstack-go.sh LIBRARY... -- COMMAND ARGUMENT..." >&2; exit 2; }
shift

package=$tree/src/libmptcp/netstack
mkdir -p "$package"
find "$package" -type l -delete
ln -s "$top"/bindings/below/netstack/*.go "$top"/bindings/below/netstack/*.[ch] "$package"
ln -s "$top/bindings/below/netstack/nc" "$package/nc"
# shellcheck disable=SC2086
digest=$(cat $files include/mptcp/*.h bindings/below/*.h | sha256sum | cut -d ' ' -f 1)
cat >"$package/libraries.go.new" <<END
package netstack

// #cgo CFLAGS: -std=c11 -O2 -Wall -Wextra -Wno-unused-parameter -Werror
// #cgo CFLAGS: -I$top/include -I$top/bindings/below
// #cgo LDFLAGS:$libraries
import "C"

var libraries = "$digest"
END
cmp -s "$package/libraries.go.new" "$package/libraries.go" || mv "$package/libraries.go.new" "$package/libraries.go"
rm -f "$package/libraries.go.new"

unset CGO_CFLAGS CGO_LDFLAGS
export GO111MODULE=off GOPATH="$tree:/usr/share/gocode" GOCACHE="$top/build/go-cache" GOFLAGS=-p=2 CGO_ENABLED=1

if [ "$1" != test ]; then
    exec go "$@"
fi
shift
status=0
go test -count=1 -v "$@" >"$LOG" 2>&1 || status=$?
passed=$(grep -c '^--- PASS' "$LOG" || true)
failed=$(grep -c '^--- FAIL' "$LOG" || true)
skipped=$(grep -c '^--- SKIP' "$LOG" || true)
if [ "$status" != 0 ]; then
    [ "$failed" != 0 ] || failed=1
    grep -v '^=== ' "$LOG"
elif [ "$passed" = 0 ]; then
    failed=1
    echo "netstack-go.sh: no test ran"
fi
echo "  TEST $(basename "$LOG" .log): $passed passed, $failed failed, $skipped skipped"
[ -z "${RESULTS:-}" ] || echo "$(basename "$LOG" .log) $passed $failed $skipped" >>"$RESULTS"
[ "$failed" = 0 ]
