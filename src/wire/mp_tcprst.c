/*
 * mp_tcprst.c - MP_TCPRST (RFC 8684 s3.6), reader and writer: four octets, flag T in
 * the lowest bit of the nibble (U, V and W are reserved), then the reason.
 * The registry of reasons is open, so that every octet is one.
 */
#include "wire.h"

int mptcp_wire_tcprst_read(struct wire_in *in, struct mptcp_option *out)
{
    struct mptcp_tcprst *o = &out->u.tcprst;
    if (in->n != 4) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    o->transient = in->p[2] & 1u;
    o->reason = in->p[3];
    return MPTCP_OK;
}

int mptcp_wire_tcprst_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_tcprst *o = &opt->u.tcprst;
    if (!mptcp_wire_open(out, 4, MPTCP_TCPRST, o->transient != 0)) {
        return MPTCP_E_ROOM;
    }
    mptcp_wire_put8(out, o->reason);
    return 4;
}
