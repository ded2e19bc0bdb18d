/*
 * remove_addr.c - REMOVE_ADDR (RFC 8684 s3.4.2), reader and writer: three octets
 * and one for each address id, at least one. The low nibble is reserved.
 */
#include "wire.h"

int mptcp_wire_remove_addr_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    (void)nibble;
    struct mptcp_remove_addr *o = &out->u.remove_addr;
    o->count = (uint8_t)in->n;
    mptcp_wire_get(in, o->ids, in->n);
    return MPTCP_OK;
}

int mptcp_wire_remove_addr_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_remove_addr *o = &opt->u.remove_addr;
    if (o->count == 0 || o->count > sizeof o->ids) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_wire_put(out, o->ids, o->count);
    return 0;
}
