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
 * An option of another version, or with flag B set, is read if its length is
 * that of a form above: the handshake decides what becomes of it. With any
 * other length nobody can know its fields, and the code says so. What the
 * RFC calls invalid in version 1 is refused here: no crypto bit at all, and
 * a data form whose checksum field contradicts flag A.
 */
#include "wire.h"

static bool known(unsigned version, unsigned flags)
{
    return version == 1 && (flags & MPTCP_CAPABLE_EXTENSION) == 0;
}

int mptcp_wire_capable_unknown(unsigned version, unsigned flags, int code)
{
    if (known(version, flags)) {
        return code;
    }
    return version != 1 ? MPTCP_E_OPT_VERSION : MPTCP_E_OPT_EXTENSION;
}

static bool is_form(size_t len)
{
    return len == MPTCP_CAPABLE_SYN || len == MPTCP_CAPABLE_SYNACK || len == MPTCP_CAPABLE_ACK ||
           len == MPTCP_CAPABLE_DATA || len == MPTCP_CAPABLE_DATA_CHECKSUM;
}

/* Rules of version 1 alone: in others, and under flag B, the bits may mean something else. */
static int judge(unsigned version, unsigned flags, size_t form)
{
    if (!known(version, flags)) {
        return MPTCP_OK;
    }
    if ((flags & MPTCP_CAPABLE_CRYPTO) == 0) {
        return MPTCP_E_OPT_CRYPTO;
    }
    if (form < MPTCP_CAPABLE_DATA) {
        return MPTCP_OK;
    }
    bool promised = (flags & MPTCP_CAPABLE_CHECKSUM) != 0;
    bool there = form == MPTCP_CAPABLE_DATA_CHECKSUM;
    return promised == there ? MPTCP_OK : MPTCP_E_OPT_CHECKSUM;
}

int mptcp_wire_capable_read(struct wire_in *in, struct mptcp_option *out)
{
    struct mptcp_capable *o = &out->u.capable;
    size_t len = in->n;
    if (len < MPTCP_CAPABLE_SYN) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    unsigned version = in->p[2] & 0x0fu;
    unsigned flags = in->p[3];
    if (!is_form(len)) {
        int cause = mptcp_wire_capable_unknown(version, flags, MPTCP_E_OPT_LENGTH);
        return mptcp_wire_refuse(cause, 1);
    }
    int code = judge(version, flags, len);
    if (code != MPTCP_OK) {
        return mptcp_wire_refuse(code, 3);
    }
    mptcp_wire_skip(in, 4);
    o->version = (uint8_t)version;
    o->flags = (uint8_t)flags;
    o->form = (uint8_t)len;
    o->sender_key = mptcp_wire_get64(in);
    o->receiver_key = mptcp_wire_get64(in);
    o->dll = mptcp_wire_get16(in);
    o->checksum = mptcp_wire_get16(in);
    return MPTCP_OK;
}

int mptcp_wire_capable_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_capable *o = &opt->u.capable;
    if (!is_form(o->form) || o->version > 15) {
        return MPTCP_E_ARGUMENT;
    }
    int code = judge(o->version, o->flags, o->form);
    if (code != MPTCP_OK) {
        return code;
    }
    if (!mptcp_wire_open(out, o->form, MPTCP_CAPABLE, o->version)) {
        return MPTCP_E_ROOM;
    }
    /* The cursor ends where the form ends, so fields that the form lacks are not put. */
    mptcp_wire_put8(out, o->flags);
    mptcp_wire_put64(out, o->sender_key);
    mptcp_wire_put64(out, o->receiver_key);
    mptcp_wire_put16(out, o->dll);
    mptcp_wire_put16(out, o->checksum);
    return o->form;
}
