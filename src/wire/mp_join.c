/*
 * mp_join.c - MP_JOIN (RFC 8684 s3.2), reader and writer.
 *
 * Three forms, told apart by the length alone:
 *   12  SYN      B, address id, receiver's token, nonce
 *   16  SYN/ACK  B, address id, left-most 64 bits of the HMAC, nonce
 *   24  ACK      left-most 160 bits of the HMAC
 */
#include "wire.h"

int mptcp_wire_join_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    struct mptcp_join *o = &out->u.join;
    size_t len = in->n + 3;
    o->form = (uint8_t)len;
    uint8_t addr_id = mptcp_wire_get8(in);
    if (len == MPTCP_JOIN_ACK) {
        mptcp_wire_get(in, o->hmac, sizeof o->hmac);
        return MPTCP_OK;
    }
    o->backup = nibble & 1u;
    o->addr_id = addr_id;
    if (len == MPTCP_JOIN_SYN) {
        o->token = mptcp_wire_get32(in);
    } else {
        mptcp_wire_get(in, o->hmac, 8);
    }
    o->nonce = mptcp_wire_get32(in);
    return MPTCP_OK;
}

int mptcp_wire_join_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_join *o = &opt->u.join;
    if (mptcp_form_on(MPTCP_VERSION_NEWEST, MPTCP_JOIN, o->form) == 0) {
        return MPTCP_E_ARGUMENT;
    }
    if (o->form == MPTCP_JOIN_ACK) {
        mptcp_wire_put8(out, 0);
        mptcp_wire_put(out, o->hmac, sizeof o->hmac);
        return 0;
    }
    mptcp_wire_put8(out, o->addr_id);
    if (o->form == MPTCP_JOIN_SYN) {
        mptcp_wire_put32(out, o->token);
    } else {
        mptcp_wire_put(out, o->hmac, 8);
    }
    mptcp_wire_put32(out, o->nonce);
    return o->backup != 0;
}
