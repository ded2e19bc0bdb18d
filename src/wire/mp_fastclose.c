/*
 * mp_fastclose.c - MP_FASTCLOSE (RFC 8684 s3.5), reader and writer: 12 octets, 12
 * reserved bits and the key of the host that it is sent to.
 */
#include "wire.h"

int mptcp_wire_fastclose_read(struct wire_in in, struct mptcp_fastclose *out,
                              struct mptcp_refusal *why)
{
    if (in.n != 12) {
        return mptcp_wire_refuse(why, MPTCP_E_OPT_LENGTH, 1);
    }
    mptcp_wire_skip(&in, 4);
    out->receiver_key = mptcp_wire_get64(&in);
    return MPTCP_OK;
}

int mptcp_wire_fastclose_write(const struct mptcp_fastclose *o, struct wire_out out)
{
    if (!mptcp_wire_open(&out, 12, MPTCP_FASTCLOSE, 0)) {
        return MPTCP_E_ROOM;
    }
    mptcp_wire_put8(&out, 0);
    mptcp_wire_put64(&out, o->receiver_key);
    return 12;
}
