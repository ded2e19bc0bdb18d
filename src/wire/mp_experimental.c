/*
 * mp_experimental.c - MP_EXPERIMENTAL (RFC 8684 s7.2, subtype 0xf), reader and writer.
 * The subtype is reserved for private use: its contents are passed on
 * unchanged, the nibble beside the subtype as the first octet.
 */
#include "wire.h"

int mptcp_wire_experimental_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    struct mptcp_experimental *o = &out->u.experimental;
    o->length = (uint8_t)(in->n + 1);
    o->data[0] = (uint8_t)nibble;
    mptcp_wire_get(in, o->data + 1, in->n);
    return MPTCP_OK;
}

int mptcp_wire_experimental_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_experimental *o = &opt->u.experimental;
    if (o->length == 0 || o->length > sizeof o->data || o->data[0] > 0x0fu) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_wire_put(out, o->data + 1, o->length - 1u);
    return o->data[0];
}
