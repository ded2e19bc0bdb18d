/*
 * version0.c - the options of version 0 (RFC 6824) that differ from those of version 1, and its
 * constants. The other options are the same octets in both versions.
 *
 *   ADD_ADDR    the nibble is the IP version, 4 or 6; no HMAC, no echo. Two later forms have an
 *               HMAC: that of Linux's out-of-tree kernels (nibble 4 or 6), and that of the drafts
 *               of RFC 8684 (nibble 0)
 *   ADD_ADDR2   subtype 8: as ADD_ADDR, with an HMAC of 8 octets (draft-ietf-mptcp-rfc6824bis-01)
 *   MP_PRIO     may have an address id: 4 octets
 *
 * MP_CAPABLE has its sender's key on the SYN already, and there is no form with data (mp_capable.c
 * reads all forms). MP_TCPRST does not exist.
 */
#include "wire.h"

/* The nibble for this family: its IP version. */
static int ip_version(const struct mptcp_add_addr *o)
{
    return o->addr.family;
}

/* Reads an announcement whose nibble is the IP version, or also 0 if `unnamed`. */
static int announced_read(struct wire_in *in, unsigned nibble, bool hmac, bool unnamed,
                          struct mptcp_add_addr *o)
{
    int code = mptcp_wire_announced_read(in, hmac, o);
    if (code != MPTCP_OK) {
        return code;
    }
    bool named = nibble == o->addr.family || (unnamed && nibble == 0);
    return named ? MPTCP_OK : mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 2);
}

static int add_addr_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    struct mptcp_add_addr *o = &out->u.add_addr;
    /* The 8 octets of an HMAC: after the head, the forms with one have 13, 15, 25 or 27 octets, the
     * others 5, 7, 17 or 19. */
    bool hmac = (in->n & 8u) != 0;
    if (hmac) {
        o->form = nibble == 0 ? MPTCP_ADD_ADDR_BIS05 : MPTCP_ADD_ADDR_LINUX;
    }
    return announced_read(in, nibble, hmac, hmac, o);
}

static int add_addr_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_add_addr *o = &opt->u.add_addr;
    if (o->echo != 0 || o->form > MPTCP_ADD_ADDR_BIS05) {
        return MPTCP_E_ARGUMENT;
    }
    int code = mptcp_wire_announced_write(o, o->form != MPTCP_ADD_ADDR_USUAL, out);
    if (code != MPTCP_OK) {
        return code;
    }
    return o->form == MPTCP_ADD_ADDR_BIS05 ? 0 : ip_version(o);
}

static int add_addr2_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    out->u.add_addr.form = MPTCP_ADD_ADDR_SECOND;
    return announced_read(in, nibble, true, false, &out->u.add_addr);
}

static int add_addr2_write(const struct mptcp_option *opt, struct wire_out *out)
{
    const struct mptcp_add_addr *o = &opt->u.add_addr;
    if (o->echo != 0 || o->form != MPTCP_ADD_ADDR_SECOND) {
        return MPTCP_E_ARGUMENT;
    }
    int code = mptcp_wire_announced_write(o, true, out);
    return code != MPTCP_OK ? code : ip_version(o);
}

static int prio_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    out->u.prio.has_id = in->n > 0;
    out->u.prio.addr_id = mptcp_wire_get8(in);
    return mptcp_wire_prio_read(in, nibble, out);
}

static int prio_write(const struct mptcp_option *opt, struct wire_out *out)
{
    if (opt->u.prio.has_id != 0) {
        mptcp_wire_put8(out, opt->u.prio.addr_id);
    }
    return mptcp_wire_prio_write(opt, out);
}

static const struct mptcp_codec codecs[] = {
    [MPTCP_CAPABLE] = {mptcp_wire_capable_read, mptcp_wire_capable_write},
    [MPTCP_JOIN] = {mptcp_wire_join_read, mptcp_wire_join_write},
    [MPTCP_DSS] = {mptcp_wire_dss_read_rest, NULL},
    [MPTCP_ADD_ADDR] = {add_addr_read, add_addr_write},
    [MPTCP_REMOVE_ADDR] = {mptcp_wire_remove_addr_read, mptcp_wire_remove_addr_write},
    [MPTCP_PRIO] = {prio_read, prio_write},
    [MPTCP_FAIL] = {mptcp_wire_fail_read, mptcp_wire_fail_write},
    [MPTCP_FASTCLOSE] = {mptcp_wire_fastclose_read, mptcp_wire_fastclose_write},
    [MPTCP_ADD_ADDR2] = {add_addr2_read, add_addr2_write},
};

/* MP_FASTCLOSE is sent on ACKs only, but accepted on a RST as well. */
static const struct mptcp_form forms[] = {
    {MPTCP_CAPABLE, ON_SYN | ON_SYNACK, MPTCP_CAPABLE_SYNACK, MPTCP_CAPABLE_SYNACK},
    {MPTCP_CAPABLE, ON_ACK, MPTCP_CAPABLE_ACK, MPTCP_CAPABLE_ACK},
    {MPTCP_JOIN, ON_SYN, MPTCP_JOIN_SYN, MPTCP_JOIN_SYN},
    {MPTCP_JOIN, ON_SYNACK, MPTCP_JOIN_SYNACK, MPTCP_JOIN_SYNACK},
    {MPTCP_JOIN, ON_ACK, MPTCP_JOIN_ACK, MPTCP_JOIN_ACK},
    {MPTCP_DSS, ON_ACK, 4, 28},
    {MPTCP_ADD_ADDR, ON_ACK, 8, 30},
    {MPTCP_REMOVE_ADDR, ON_ACK, 4, MPTCP_OPTION_MAX},
    {MPTCP_PRIO, ON_ACK, 3, 4},
    {MPTCP_FAIL, ON_ACK | ON_RST, 12, 12},
    {MPTCP_FASTCLOSE, ON_ACK | ON_RST, 12, 12},
    {MPTCP_ADD_ADDR2, ON_ACK, 16, 30},
    {MPTCP_EXPERIMENTAL, ON_ALL, 3, MPTCP_OPTION_MAX},
    {0, 0, 0, 0},
};

/* The flags of MP_CAPABLE of which no meaning was defined: C to G. */
#define UNASSIGNED (MPTCP_CAPABLE_DENY_JOIN | (MPTCP_CAPABLE_CRYPTO & ~MPTCP_CAPABLE_SHA256))

const struct mptcp_profile mptcp_profile_0 = {
    .version = 0,
    .hash = MPTCP_HASH_SHA1,
    .digest = 20,
    .flags = MPTCP_CAPABLE_CHECKSUM | MPTCP_CAPABLE_EXTENSION | MPTCP_CAPABLE_SHA1,
    .synack_refused = UNASSIGNED,
    .syn_form = MPTCP_CAPABLE_SYNACK,
    .add_addr_tries = 3,
    .key_in_syn = true,
    .narrow = true,
    .lone_fin_unsummed = true,
    .spare_sum = true,
    .add_addr_several = true,
    .forms = forms,
    .codecs = codecs,
};
