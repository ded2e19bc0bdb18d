/*
 * mp_fail.c - MP_FAIL (RFC 8684 s3.7), reader and writer: 12 octets, 12 reserved
 * bits and a DSN that always has 64 bits.
 */
#include "wire.h"

int mptcp_wire_fail_read(struct wire_in in, struct mptcp_fail *out, struct mptcp_refusal *why)
{
    if (in.n != 12) {
        return mptcp_wire_refuse(why, MPTCP_E_OPT_LENGTH, 1);
    }
    mptcp_wire_skip(&in, 4);
    out->dsn = mptcp_wire_get64(&in);
    return MPTCP_OK;
}

int mptcp_wire_fail_write(const struct mptcp_fail *o, struct wire_out out)
{
    if (!mptcp_wire_open(&out, 12, MPTCP_FAIL, 0)) {
        return MPTCP_E_ROOM;
    }
    mptcp_wire_put8(&out, 0);
    mptcp_wire_put64(&out, o->dsn);
    return 12;
}
