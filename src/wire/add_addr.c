/*
 * add_addr.c - ADD_ADDR and its echo (RFC 8684 s3.4.1), reader and writer.
 *
 * Flag E and the length tell the form: 4 octets, an address of 4 or 16, a port
 * of 2 or none, and an HMAC of 8 that an echo (E=1) leaves out. So an
 * announcement has 16, 18, 28 or 30 octets, an echo 8, 10, 20 or 22. Port 0
 * is refused, since nobody can connect to it.
 */
#include "wire.h"

int mptcp_wire_announced_read(struct wire_in *in, bool hmac, struct mptcp_add_addr *o)
{
    o->addr_id = mptcp_wire_get8(in);
    /* IP addresses have 4 or 16 octets, multiples of 4: bit 1 of the rest shows a port. */
    size_t rest = in->n - (hmac ? 8 : 0);
    o->has_port = (rest & 2u) != 0;
    size_t ip = rest - (rest & 2u);
    if (ip != 4 && ip != 16) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    o->addr.family = ip == 4 ? 4 : 6;
    mptcp_wire_get(in, o->addr.ip, ip);
    if (o->has_port != 0) {
        o->addr.port = mptcp_wire_get16(in);
    }
    o->hmac = mptcp_wire_get_number(in, true);
    return o->has_port != 0 && o->addr.port == 0
               ? mptcp_wire_refuse(MPTCP_E_OPT_PORT, 4 + (unsigned)ip)
               : MPTCP_OK;
}

int mptcp_wire_announced_write(const struct mptcp_add_addr *o, bool hmac, struct wire_out *out)
{
    if (o->addr.family != 4 && o->addr.family != 6) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_wire_put8(out, o->addr_id);
    mptcp_wire_put(out, o->addr.ip, o->addr.family == 4 ? 4 : 16);
    if (o->has_port != 0) {
        if (o->addr.port == 0) {
            return MPTCP_E_OPT_PORT;
        }
        mptcp_wire_put16(out, o->addr.port);
    }
    if (hmac) {
        mptcp_wire_put64(out, o->hmac);
    }
    return MPTCP_OK;
}

int mptcp_wire_add_addr_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    struct mptcp_add_addr *o = &out->u.add_addr;
    o->echo = nibble & 1u;
    return mptcp_wire_announced_read(in, o->echo == 0, o);
}

int mptcp_wire_add_addr_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_add_addr *o = &opt->u.add_addr;
    int code = mptcp_wire_announced_write(o, o->echo == 0, out);
    return code != MPTCP_OK ? code : o->echo != 0;
}
