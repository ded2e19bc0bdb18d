/*
 * mp_experimental.c - MP_EXPERIMENTAL (RFC 8684 s7.2, subtype 0xf), reader and writer:
 * reserved for private use, so nothing is known of its contents, which are
 * passed on as they are, the nibble beside the subtype first.
 */
#include "wire.h"

int mptcp_wire_experimental_read(struct wire_in *in, struct mptcp_option *out)
{
    struct mptcp_experimental *o = &out->u.experimental;
    size_t length = in->n - 2;
    if (length > sizeof o->data) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    o->length = (uint8_t)length;
    mptcp_wire_skip(in, 2);
    mptcp_wire_get(in, o->data, length);
    o->data[0] &= 0x0fu;
    return MPTCP_OK;
}

int mptcp_wire_experimental_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_experimental *o = &opt->u.experimental;
    if (o->length == 0 || o->length > sizeof o->data || o->data[0] > 0x0fu) {
        return MPTCP_E_ARGUMENT;
    }
    if (!mptcp_wire_open(out, 2u + o->length, MPTCP_EXPERIMENTAL, o->data[0])) {
        return MPTCP_E_ROOM;
    }
    mptcp_wire_put(out, o->data + 1, o->length - 1u);
    return 2 + o->length;
}
