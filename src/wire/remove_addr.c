/*
 * remove_addr.c - REMOVE_ADDR (RFC 8684 s3.4.2), reader and writer: three octets
 * and one for each address id, at least one. The low nibble is reserved.
 */
#include "wire.h"

int mptcp_wire_remove_addr_read(struct wire_in *in, struct mptcp_option *out)
{
    struct mptcp_remove_addr *o = &out->u.remove_addr;
    size_t count = in->n - 3;
    if (count == 0 || count > sizeof o->ids) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    o->count = (uint8_t)count;
    mptcp_wire_skip(in, 3);
    mptcp_wire_get(in, o->ids, count);
    return MPTCP_OK;
}

int mptcp_wire_remove_addr_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_remove_addr *o = &opt->u.remove_addr;
    if (o->count == 0 || o->count > sizeof o->ids) {
        return MPTCP_E_ARGUMENT;
    }
    if (!mptcp_wire_open(out, 3u + o->count, MPTCP_REMOVE_ADDR, 0)) {
        return MPTCP_E_ROOM;
    }
    mptcp_wire_put(out, o->ids, o->count);
    return 3 + o->count;
}
