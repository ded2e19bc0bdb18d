#!/bin/sh
# install-check.sh FOLDER: programs find what is installed there through pkg-config, compile, link
# and run, in C: with the shared library (by its soname), and with the static one. A program can put
# its own hash and its own table of schedulers in the place of the library's in both. Streams over
# another TCP's sockets (mptcp-below) are found as well, and the programs run.
set -eu

folder=$1
export PKG_CONFIG_PATH="$folder/lib/pkgconfig"
export LD_LIBRARY_PATH="$folder/lib"
cat >"$folder/try.c" <<'END'
#include <mptcp/conn.h>
#include <mptcp/crypto.h>
#include <mptcp/version.h>

int main(void)
{
    struct mptcp_config config;
    mptcp_config_init(&config);
    return mptcp_conn_size(&config) > 0 && mptcp_key_id(1).token != 0 &&
                   mptcp_library_version() == MPTCP_LIBRARY_VERSION
               ? 0
               : 1;
}
END
cat >"$folder/own.c" <<'END'
#include <mptcp/conn.h>
#include <mptcp/crypto.h>
#include <mptcp/scheduler.h>
#include <string.h>

const struct mptcp_scheduler *const mptcp_schedulers[] = {&mptcp_minrtt, &mptcp_gain, &mptcp_ecf};
const uint8_t mptcp_schedulers_count = 3;

void mptcp_crypto_sha256(uint8_t out[32], const void *data, size_t n)
{
    (void)data;
    memset(out, (int)n, 32);
}

int main(void)
{
    struct mptcp_config config;
    mptcp_config_init(&config);
    config.scheduler = 2; /* the library's own table has two */
    return mptcp_conn_size(&config) > 0 && mptcp_key_id(1).token == 0x08080808 ? 0 : 1;
}
END
cat >"$folder/streams.c" <<'END'
#include <below_blocking.h>
#include <below_polled.h>

int main(void)
{
    struct below_config config;
    struct below_host host = {0};
    struct below_polled polled;
    struct below_blocking blocking;
    below_config_init(&config);
    return below_size(&config) > 0 && below_init(&config, 0, &config, &host, 0) == 0 &&
                   below_polled_init(&polled, 0, 0, 0) < 0 && below_blocking_init(&blocking, 0, 0) < 0
               ? 0
               : 1;
}
END
# builds PROGRAM LINKER-FLAGS...: and runs it
builds()
{
    program=$1
    shift
    # shellcheck disable=SC2046
    ${CC:-gcc} $(pkg-config --cflags mptcp-below) "$folder/$program.c" "$@" -o "$folder/$program"
    "$folder/$program"
}
for program in try own; do
    # shellcheck disable=SC2046
    builds $program $(pkg-config --libs mptcp) ${EXTRA:-}
    if [ -e "$folder/lib/libmptcp.so" ]; then
        readelf -d "$folder/$program" | grep -q "NEEDED.*\[libmptcp\.so\.[0-9]*\]"
    fi
    # shellcheck disable=SC2046
    builds $program "$folder/lib/libmptcp.a" $(pkg-config --static --libs-only-l mptcp | sed 's/-lmptcp//') \
        ${EXTRA:-}
    ! readelf -d "$folder/$program" | grep -q "NEEDED.*libmptcp"
done
# shellcheck disable=SC2046
builds streams $(pkg-config --libs mptcp-below) -lbearssl ${EXTRA:-}
version=$(pkg-config --modversion mptcp)
for program in "$folder"/bin/*; do
    "$program" --version | grep -qx "${program##*/} $version"
done
[ -x "$folder/bin/mptcp-below" ]
[ ! -e "$folder/lib/libmptcp.so" ] || [ -e "$folder/lib/libmptcp.so.$version" ]
