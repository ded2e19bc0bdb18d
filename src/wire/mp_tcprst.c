/*
 * mp_tcprst.c - MP_TCPRST (RFC 8684 s3.6), reader and writer: four octets, flag T in
 * the lowest bit of the nibble (U, V and W are reserved), then the reason.
 * New reasons may be registered, so any octet is accepted as a reason.
 */
#include "wire.h"

int mptcp_wire_tcprst_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    struct mptcp_tcprst *o = &out->u.tcprst;
    o->transient = nibble & 1u;
    o->reason = mptcp_wire_get8(in);
    return MPTCP_OK;
}

int mptcp_wire_tcprst_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_tcprst *o = &opt->u.tcprst;
    mptcp_wire_put8(out, o->reason);
    return o->transient != 0;
}
