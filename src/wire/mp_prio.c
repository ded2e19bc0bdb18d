/*
 * mp_prio.c - MP_PRIO (RFC 8684 s3.3.8), reader and writer: three octets, flag B in
 * the lowest bit. The form with an address id (4 octets) is version 0's and
 * is refused.
 */
#include "wire.h"

int mptcp_wire_prio_read(struct wire_in *in, struct mptcp_option *out)
{
    struct mptcp_prio *o = &out->u.prio;
    if (in->n != 3) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    o->backup = in->p[2] & 1u;
    return MPTCP_OK;
}

int mptcp_wire_prio_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_prio *o = &opt->u.prio;
    return mptcp_wire_open(out, 3, MPTCP_PRIO, o->backup != 0) ? 3 : MPTCP_E_ROOM;
}
