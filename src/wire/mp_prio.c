/*
 * mp_prio.c - MP_PRIO (RFC 8684 s3.3.8), reader and writer: three octets, flag B in
 * the lowest bit. The form with an address id (4 octets) is version 0's.
 */
#include "wire.h"

int mptcp_wire_prio_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    (void)in;
    out->u.prio.backup = nibble & 1u;
    return MPTCP_OK;
}

int mptcp_wire_prio_write(const struct mptcp_option *opt, struct wire_out *out)
{
    (void)out;
    return opt->u.prio.backup != 0;
}
