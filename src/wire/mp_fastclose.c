/*
 * mp_fastclose.c - MP_FASTCLOSE (RFC 8684 s3.5), reader and writer: 12 octets, 12
 * reserved bits and the key of the host that it is sent to. The layout is
 * MP_FAIL's.
 */
#include "wire.h"

int mptcp_wire_fastclose_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    (void)nibble;
    return mptcp_wire_number_read(in, &out->u.fastclose.receiver_key);
}

int mptcp_wire_fastclose_write(const struct mptcp_option *opt, struct wire_out *out)
{
    return mptcp_wire_number_write(opt->u.fastclose.receiver_key, out);
}
