/*
 * add_addr.c - ADD_ADDR and its echo (RFC 8684 s3.4.1), reader and writer.
 *
 * Flag E and the length tell the form: 4 octets, an address of 4 or 16, a port
 * of 2 or none, and an HMAC of 8 that an echo (E=1) leaves out. So an
 * announcement has 16, 18, 28 or 30 octets, an echo 8, 10, 20 or 22. A port
 * of 0 would be one that nobody can connect to: it is refused.
 */
#include "wire.h"

int mptcp_wire_add_addr_read(struct wire_in *in, struct mptcp_option *out)
{
    struct mptcp_add_addr *o = &out->u.add_addr;
    bool echo = (in->p[2] & 1u) != 0;
    size_t len = in->n + (echo ? 8 : 0);
    bool port = len == 18 || len == 30;
    if (!port && len != 16 && len != 28) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    size_t ip = len < 28 ? 4 : 16;
    if (port && mptcp_wire_be16(in->p + 4 + ip) == 0) {
        return mptcp_wire_refuse(MPTCP_E_OPT_PORT, 4 + (unsigned)ip);
    }
    o->echo = echo;
    o->addr_id = in->p[3];
    o->has_port = port;
    o->addr.family = ip == 4 ? 4 : 6;
    mptcp_wire_skip(in, 4);
    mptcp_wire_get(in, o->addr.ip, ip);
    if (port) {
        o->addr.port = mptcp_wire_get16(in);
    }
    o->hmac = mptcp_wire_get64(in);
    return MPTCP_OK;
}

int mptcp_wire_add_addr_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_add_addr *o = &opt->u.add_addr;
    bool echo = o->echo != 0;
    bool port = o->has_port != 0;
    if (o->addr.family != 4 && o->addr.family != 6) {
        return MPTCP_E_ARGUMENT;
    }
    if (port && o->addr.port == 0) {
        return MPTCP_E_OPT_PORT;
    }
    size_t ip = o->addr.family == 4 ? 4 : 16;
    size_t len = 4 + ip + (port ? 2 : 0) + (echo ? 0 : 8);
    if (!mptcp_wire_open(out, len, MPTCP_ADD_ADDR, echo)) {
        return MPTCP_E_ROOM;
    }
    mptcp_wire_put8(out, o->addr_id);
    mptcp_wire_put(out, o->addr.ip, ip);
    if (port) {
        mptcp_wire_put16(out, o->addr.port);
    }
    mptcp_wire_put64(out, o->hmac);
    return (int)len;
}
