/*
 * mp_capable.c - MP_CAPABLE (RFC 8684 s3.1), reader and writer.
 *
 * Five forms, told apart by the length alone:
 *    4  SYN      version, flags
 *   12  SYN/ACK  ... sender's key
 *   20  ACK      ... receiver's key
 *   22  data     ... Data-Level Length
 *   24  data     ... checksum
 *
 * An option of an unknown version, or with flag B set, is read if its length
 * is that of a form above: the handshake decides what follows from it. With
 * any other length its fields are unknown, and it is refused with the code
 * OPT_VERSION or OPT_EXTENSION. What the RFC calls invalid is refused as well:
 * no crypto bit at all, and a data form that has a checksum without flag A, or
 * none with it.
 */
#include "wire.h"

int mptcp_wire_capable_unknown(unsigned version, unsigned flags, int code)
{
    if (!mptcp_version_known(version)) {
        return MPTCP_E_OPT_VERSION;
    }
    return (flags & MPTCP_CAPABLE_EXTENSION) != 0 ? MPTCP_E_OPT_EXTENSION : code;
}

/* True if the version has an MP_CAPABLE of this length. */
static bool is_form(const struct mptcp_capable *o)
{
    return mptcp_form_on(o->version, MPTCP_CAPABLE, o->form) != 0;
}

/* Checks flags and checksum by the rules of the known versions; returns MPTCP_OK or why they are
 * invalid. Of unknown versions, and with flag B, nothing is checked: the bits may have other
 * meanings. */
static int judge(const struct mptcp_capable *o)
{
    if (mptcp_wire_capable_unknown(o->version, o->flags, MPTCP_OK) != MPTCP_OK) {
        return MPTCP_OK;
    }
    if ((o->flags & MPTCP_CAPABLE_CRYPTO) == 0) {
        return MPTCP_E_OPT_CRYPTO;
    }
    if (o->form < MPTCP_CAPABLE_DATA) {
        return MPTCP_OK;
    }
    bool promised = (o->flags & MPTCP_CAPABLE_CHECKSUM) != 0;
    bool there = o->form == MPTCP_CAPABLE_DATA_CHECKSUM;
    return promised == there ? MPTCP_OK : MPTCP_E_OPT_CHECKSUM;
}

int mptcp_wire_capable_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    struct mptcp_capable *o = &out->u.capable;
    if (in->n == 0) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    o->form = (uint8_t)(in->n + 3);
    o->version = (uint8_t)nibble;
    o->flags = mptcp_wire_get8(in);
    if (!is_form(o)) {
        int cause = mptcp_wire_capable_unknown(o->version, o->flags, MPTCP_E_OPT_LENGTH);
        return mptcp_wire_refuse(cause, 1);
    }
    o->sender_key = mptcp_wire_get_number(in, true);
    o->receiver_key = mptcp_wire_get_number(in, true);
    o->dll = mptcp_wire_get16(in);
    o->checksum = mptcp_wire_get16(in);
    int code = judge(o);
    return code != MPTCP_OK ? mptcp_wire_refuse(code, 3) : MPTCP_OK;
}

int mptcp_wire_capable_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_capable *o = &opt->u.capable;
    if (!is_form(o) || o->version > 15) {
        return MPTCP_E_ARGUMENT;
    }
    int code = judge(o);
    if (code != MPTCP_OK) {
        return code;
    }
    /* The cursor's room ends where the form ends, so the puts skip fields that the form lacks. */
    out->n = o->form - 3u;
    mptcp_wire_put8(out, o->flags);
    mptcp_wire_put64(out, o->sender_key);
    mptcp_wire_put64(out, o->receiver_key);
    mptcp_wire_put16(out, o->dll);
    mptcp_wire_put16(out, o->checksum);
    return o->version;
}
