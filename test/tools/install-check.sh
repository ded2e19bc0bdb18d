#!/bin/sh
# install-check.sh FOLDER: a program finds what is installed there through pkg-config, compiles,
# links and runs, in C.
set -eu

folder=$1
export PKG_CONFIG_PATH="$folder/lib/pkgconfig"
cat >"$folder/try.c" <<'END'
#include <mptcp/conn.h>
#include <mptcp/crypto.h>

int main(void)
{
    struct mptcp_config config;
    mptcp_config_init(&config);
    return mptcp_conn_size(&config) > 0 && mptcp_key_id(1).token != 0 ? 0 : 1;
}
END
# shellcheck disable=SC2046
${CC:-gcc} $(pkg-config --cflags mptcp) "$folder/try.c" $(pkg-config --libs mptcp) ${EXTRA:-} -o "$folder/try"
"$folder/try"
