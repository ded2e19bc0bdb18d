#!/bin/sh
# deps.sh - gets what a target of the Makefile needs from Debian.
#
# Packages are installed only as root on Debian; otherwise the command to run is printed.
# Sources are fetched without privilege and without a change to the system: apt-get works in
# a folder of its own, at the archive that this machine's apt is set up with.
set -eu

usage()
{
    cat <<'END'
usage: test/tools/deps.sh PURPOSE...       what is missing is installed (root) or named
       test/tools/deps.sh --list PURPOSE...   only name it
       test/tools/deps.sh source NAME...   fetch a source package into build/deps/NAME
       test/tools/deps.sh --help

PURPOSE  compile  a compiler, no more
         build    the library, the lwIP binding, the demo
         test     unit and pair tests, sanitizers, header checks
         lint     clang-format, clang-tidy
         cross    bare-metal and foreign compilers, qemu-user
         fuzz     AFL++
         interop  network namespaces, captures
         all      all of these
NAME     lwip (2.2.1), bearssl (0.6), cmocka (1.1.5)

Environment: DEBIAN_MIRROR   archive to fetch sources from, instead of apt's own
Exit status: 0 all there; 1 something is missing (named on stderr); 2 usage.
END
}

OUT=build/deps
ALL="build test lint cross fuzz interop"

die()
{
    echo "deps.sh: $*" >&2
    exit 1
}

# package:probe, where the probe is a command, or a header in <>.
packages_for()
{
    case $1 in
    compile) echo "gcc:gcc libc6-dev:<stdio.h>" ;;
    unpack) echo "xz-utils:xz" ;;
    build) echo "gcc:gcc libc6-dev:<stdio.h> xz-utils:xz libbearssl-dev:<bearssl.h>" ;;
    test) echo "libcmocka-dev:<cmocka.h> g++:g++ clang:clang clang:clang++ python3:python3
        pkg-config:pkg-config valgrind:valgrind" ;;
    lint) echo "clang-format:clang-format clang-tidy:clang-tidy" ;;
    cross) echo "gcc-arm-none-eabi:arm-none-eabi-gcc gcc-riscv64-unknown-elf:riscv64-unknown-elf-gcc
        gcc-arm-linux-gnueabihf:arm-linux-gnueabihf-gcc
        libc6-dev-armhf-cross:/usr/arm-linux-gnueabihf/include/stdio.h
        gcc-s390x-linux-gnu:s390x-linux-gnu-gcc
        libc6-dev-s390x-cross:/usr/s390x-linux-gnu/include/stdio.h
        qemu-user:qemu-s390x python3:python3" ;;
    fuzz) echo "afl++:afl-fuzz" ;;
    interop) echo "iproute2:ip iptables:iptables procps:sysctl tshark:tshark python3:python3 curl:curl
        iperf3:iperf3" ;;
    *) return 2 ;;
    esac
}

is_there()
{
    case $1 in
    "<cmocka.h>") echo '#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>' | ${CC:-gcc} -E - >/dev/null 2>&1 ;;
    "<"*) echo "#include $1" | ${CC:-gcc} -E - >/dev/null 2>&1 ;;
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] ;;
    esac
}

on_debian()
{
    [ -r /etc/os-release ] && grep -Eq '^ID(_LIKE)?=.*debian' /etc/os-release &&
        command -v apt-get >/dev/null 2>&1
}

missing_packages()
{
    missing=
    for purpose in "$@"; do
        for entry in $(packages_for "$purpose"); do
            package=${entry%%:*}
            case " $missing " in *" $package "*) continue ;; esac
            is_there "${entry#*:}" || missing="$missing $package"
        done
    done
    echo "${missing# }"
}

install_packages()
{
    apt="apt-get -q -o DPkg::Lock::Timeout=300"
    log=$OUT/apt.log
    mkdir -p "$OUT"
    echo "deps.sh: installing: $*"
    export DEBIAN_FRONTEND=noninteractive
    # A fresh image has no package lists, and an old one has lists of packages long gone.
    if ! $apt install -y --no-install-recommends "$@" >"$log" 2>&1; then
        $apt update >"$log" 2>&1 || die "apt-get update failed: see $log"
        $apt install -y --no-install-recommends "$@" >"$log" 2>&1 ||
            die "apt-get could not install $* : see $log"
    fi
}

# each FUNCTION NAME...: every NAME must be one that FUNCTION knows
each()
{
    function=$1
    shift
    [ $# -gt 0 ] || { usage >&2; exit 2; }
    for name in "$@"; do
        "$function" "$name" >/dev/null || {
            echo "deps.sh: what is '$name'? (--help lists the names)" >&2
            exit 2
        }
    done
}

want()
{
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    on_debian || die "missing: $missing (Debian's package names; this is not Debian: install them)"
    [ "$(id -u)" = 0 ] || die "missing: $missing (not root; run: apt-get install $missing)"
    install_packages $missing
    missing=$(missing_packages "$@")
    [ -z "$missing" ] || die "installed, and still missing: $missing"
}

# --------------------------------------------------------------------- sources

# NAME -> suite, file, SHA-256
source_of()
{
    case $1 in
    lwip) echo "trixie lwip_2.2.1+dfsg1.orig.tar.xz \
83729c274c499d3348e9fbbe043a3113f3fa8953e7efddc7c21c7fcbb1f2b7b1" ;;
    bearssl) echo "bookworm bearssl_0.6+dfsg.1.orig.tar.xz \
102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004" ;;
    cmocka) echo "bookworm cmocka_1.1.5.orig.tar.xz \
f0ccd8242d55e2fd74b16ba518359151f6f8383ff8aef4976e48393f77bba8b6" ;;
    *) return 2 ;;
    esac
}

# The archive that apt uses for this release, else the first one it knows.
mirror()
{
    if [ -n "${DEBIAN_MIRROR:-}" ]; then
        echo "$DEBIAN_MIRROR"
        return
    fi
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    apt-get indextargets --no-release-info --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
        awk -v release="$codename" 'NR == 1 { first = $1 } $2 == release { print $1; exit found = 1 }
            END { if (!found) print first }' | head -n 1
}

# download NAME SUITE: the source package's upstream part, into $OUT/download
download()
{
    on_debian || die "the source of $1 can't be fetched: this is not Debian.
    Put $file (Debian's source package $1, suite $2) into $OUT/download and try again."
    site=$(mirror)
    [ -n "$site" ] || die "the source of $1 can't be fetched: apt knows no archive (set DEBIAN_MIRROR)"
    root=$PWD/$OUT/apt/$2
    mkdir -p "$root/sources" "$root/lists/partial" "$root/cache/archives/partial"
    printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$site" "$2" \
        /usr/share/keyrings/debian-archive-keyring.gpg >"$root/sources/debian.sources"
    apt="apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=$root/sources
        -o Dir::State::Lists=$root/lists -o Dir::Cache=$root/cache -o APT::Sandbox::User=root"
    log=$PWD/$OUT/$1.log
    $apt update >"$log" 2>&1 || die "the source of $1 can't be fetched: apt-get update failed: see $log"
    (cd "$OUT/download" && $apt source --download-only --tar-only "$1" >>"$log" 2>&1) ||
        die "the source of $1 (suite $2) can't be fetched: see $log"
}

fetch()
{
    name=$1
    read -r suite file sum <<END
$(source_of "$name")
END
    mkdir -p "$OUT/download"
    [ -f "$OUT/download/$file" ] || download "$name" "$suite"
    [ -f "$OUT/download/$file" ] || die "the source of $name: suite $suite no longer has $file"
    echo "$sum  $OUT/download/$file" | sha256sum -c --status - || {
        mv "$OUT/download/$file" "$OUT/download/$file.refused"
        die "the source of $name: $file has another SHA-256 than $sum (kept as $file.refused)"
    }
    want unpack
    rm -rf "${OUT:?}/$name"
    mkdir -p "$OUT/$name"
    tar -xf "$OUT/download/$file" -C "$OUT/$name" --strip-components=1
    touch "$OUT/$name/.fetched"
}

case ${1:-} in
-h | --help) usage; exit 0 ;;
esac
[ -d include/mptcp ] || die "run it from the top of the source tree"
case "$*" in
all) set -- $ALL ;;
"--list all") set -- --list $ALL ;;
esac

case ${1:-} in
source)
    shift
    each source_of "$@"
    mkdir -p "$OUT"
    # One at a time: two makes may want the same source.
    exec 9>"$OUT/.lock"
    flock 9
    for name in "$@"; do
        [ -e "$OUT/$name/.fetched" ] || fetch "$name"
    done
    ;;
--list)
    shift
    each packages_for "$@"
    missing_packages "$@"
    ;;
*)
    each packages_for "$@"
    want "$@"
    ;;
esac
