/*
 * option.c - one MPTCP option: checks kind, length and subtype, then hands over
 * to the file of that option.
 */
#include "wire.h"

static int dss_read(struct wire_in *in, struct mptcp_option *out)
{
    return mptcp_wire_dss_read(*in, &out->u.dss);
}

/* By subtype; NULL for those that are not assigned. */
static const struct codec {
    int (*read)(struct wire_in *in, struct mptcp_option *out);
    int (*write)(const struct mptcp_option *opt, struct wire_out *out);
} codecs[16] = {
    [MPTCP_CAPABLE] = {mptcp_wire_capable_read, mptcp_wire_capable_write},
    [MPTCP_JOIN] = {mptcp_wire_join_read, mptcp_wire_join_write},
    [MPTCP_DSS] = {dss_read, mptcp_wire_dss_write},
    [MPTCP_ADD_ADDR] = {mptcp_wire_add_addr_read, mptcp_wire_add_addr_write},
    [MPTCP_REMOVE_ADDR] = {mptcp_wire_remove_addr_read, mptcp_wire_remove_addr_write},
    [MPTCP_PRIO] = {mptcp_wire_prio_read, mptcp_wire_prio_write},
    [MPTCP_FAIL] = {mptcp_wire_fail_read, mptcp_wire_fail_write},
    [MPTCP_FASTCLOSE] = {mptcp_wire_fastclose_read, mptcp_wire_fastclose_write},
    [MPTCP_TCPRST] = {mptcp_wire_tcprst_read, mptcp_wire_tcprst_write},
    [MPTCP_EXPERIMENTAL] = {mptcp_wire_experimental_read, mptcp_wire_experimental_write},
};

/* Kind, length and subtype octet: gives the option's length, or a refusal. */
static int read_head(struct wire_in in, struct mptcp_refusal *why)
{
    if (in.n < 1) {
        return mptcp_wire_refuse(MPTCP_E_OPT_TRUNCATED, 0);
    }
    if (in.p[0] != MPTCP_OPTION_KIND) {
        return mptcp_wire_refuse(MPTCP_E_OPT_KIND, 0);
    }
    if (in.n < 2) {
        return mptcp_wire_refuse(MPTCP_E_OPT_TRUNCATED, 1);
    }
    unsigned len = in.p[1];
    if (len < 3 || len > MPTCP_OPTION_MAX) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    if (in.n >= 3) {
        why->subtype = in.p[2] >> 4;
    }
    return len > in.n ? mptcp_wire_refuse(MPTCP_E_OPT_TRUNCATED, 1) : (int)len;
}

/* Gives the length, or a refusal. Reads aside, since *out may be filled only when nothing is
 * refused. */
static int read_whole(struct wire_in in, struct mptcp_option *out, struct mptcp_refusal *why)
{
    int len = read_head(in, why);
    if (len < 0) {
        return len;
    }
    const struct codec *codec = &codecs[why->subtype];
    if (codec->read == NULL) {
        return mptcp_wire_refuse(MPTCP_E_OPT_SUBTYPE, 2);
    }
    struct mptcp_option read;
    memset(&read, 0, sizeof read);
    read.subtype = why->subtype;
    in.n = (size_t)len;
    int refused = codec->read(&in, &read);
    if (refused != MPTCP_OK) {
        return refused;
    }
    *out = read;
    return len;
}

int mptcp_option_read(const uint8_t *p, size_t n, struct mptcp_option *out,
                      struct mptcp_refusal *why)
{
    struct wire_in in = {p, n};
    struct mptcp_refusal here = {MPTCP_OK, 0, MPTCP_WIRE_NO_SUBTYPE, 0};
    int len = p == NULL || out == NULL ? MPTCP_E_ARGUMENT : read_whole(in, out, &here);
    if (len < 0) {
        len = mptcp_wire_note(&here, len);
    }
    if (why != NULL) {
        *why = here;
    }
    return len;
}

int mptcp_option_write(const struct mptcp_option *opt, uint8_t *p, size_t room)
{
    if (opt == NULL || p == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    if (opt->subtype >= 16 || codecs[opt->subtype].write == NULL) {
        return MPTCP_E_OPT_SUBTYPE;
    }
    struct wire_out out;
    out.p = p;
    out.n = room;
    return codecs[opt->subtype].write(opt, &out);
}

int mptcp_option_length(const struct mptcp_option *opt)
{
    /* Written aside and thrown away: one place decides how long an option is. */
    uint8_t scratch[MPTCP_OPTION_MAX];
    return mptcp_option_write(opt, scratch, sizeof scratch);
}
