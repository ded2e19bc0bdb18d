/*
 * mp_fail.c - MP_FAIL (RFC 8684 s3.7), reader and writer: 12 octets, 12 reserved
 * bits and a DSN that always has 64 bits. MP_FASTCLOSE has the same layout and
 * shares it.
 */
#include "wire.h"

#define RESERVED 1 /* reserved octets before the number; the nibble is reserved, too */

int mptcp_wire_number_read(struct wire_in *in, uint64_t *number)
{
    mptcp_wire_skip(in, RESERVED);
    *number = mptcp_wire_get_number(in, true);
    return MPTCP_OK;
}

int mptcp_wire_number_write(uint64_t number, struct wire_out *out)
{
    mptcp_wire_put8(out, 0);
    mptcp_wire_put64(out, number);
    return 0;
}

int mptcp_wire_fail_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    (void)nibble;
    return mptcp_wire_number_read(in, &out->u.fail.dsn);
}

int mptcp_wire_fail_write(const struct mptcp_option *opt, struct wire_out *out)
{
    return mptcp_wire_number_write(opt->u.fail.dsn, out);
}
