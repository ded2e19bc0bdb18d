/*
 * option.c - one MPTCP option: checks kind, length and subtype, then hands over
 * to the file of that option.
 */
#include "wire.h"

static int read_known(struct wire_in in, struct mptcp_option *out, struct mptcp_refusal *why)
{
    switch (why->subtype) {
    case MPTCP_CAPABLE:
        return mptcp_wire_capable_read(in, &out->u.capable, why);
    case MPTCP_JOIN:
        return mptcp_wire_join_read(in, &out->u.join, why);
    case MPTCP_DSS:
        return mptcp_wire_dss_read(in, &out->u.dss, why);
    case MPTCP_ADD_ADDR:
        return mptcp_wire_add_addr_read(in, &out->u.add_addr, why);
    case MPTCP_REMOVE_ADDR:
        return mptcp_wire_remove_addr_read(in, &out->u.remove_addr, why);
    case MPTCP_PRIO:
        return mptcp_wire_prio_read(in, &out->u.prio, why);
    case MPTCP_FAIL:
        return mptcp_wire_fail_read(in, &out->u.fail, why);
    case MPTCP_FASTCLOSE:
        return mptcp_wire_fastclose_read(in, &out->u.fastclose, why);
    case MPTCP_TCPRST:
        return mptcp_wire_tcprst_read(in, &out->u.tcprst, why);
    case MPTCP_EXPERIMENTAL:
        return mptcp_wire_experimental_read(in, &out->u.experimental, why);
    default:
        return mptcp_wire_refuse(why, MPTCP_E_OPT_SUBTYPE, 2);
    }
}

/* Kind, length and subtype octet: gives the option's length. */
static int read_head(struct wire_in in, struct mptcp_refusal *why)
{
    if (in.n < 1) {
        return mptcp_wire_refuse(why, MPTCP_E_OPT_TRUNCATED, 0);
    }
    if (in.p[0] != MPTCP_OPTION_KIND) {
        return mptcp_wire_refuse(why, MPTCP_E_OPT_KIND, 0);
    }
    if (in.n < 2) {
        return mptcp_wire_refuse(why, MPTCP_E_OPT_TRUNCATED, 1);
    }
    unsigned len = in.p[1];
    if (len < 3 || len > MPTCP_OPTION_MAX) {
        return mptcp_wire_refuse(why, MPTCP_E_OPT_LENGTH, 1);
    }
    if (in.n >= 3) {
        why->subtype = in.p[2] >> 4;
    }
    return len > in.n ? mptcp_wire_refuse(why, MPTCP_E_OPT_TRUNCATED, 1) : (int)len;
}

int mptcp_option_read(const uint8_t *p, size_t n, struct mptcp_option *out,
                      struct mptcp_refusal *why)
{
    struct wire_in in = {p, n};
    struct mptcp_refusal here = {MPTCP_OK, 0, MPTCP_WIRE_NO_SUBTYPE, 0};
    int len = p == NULL || out == NULL ? mptcp_wire_refuse(&here, MPTCP_E_ARGUMENT, 0)
                                       : read_head(in, &here);
    if (len > 0) {
        /* Read aside, since *out may be filled only when nothing is refused. */
        struct mptcp_option read;
        memset(&read, 0, sizeof read);
        in.n = (size_t)len;
        read.subtype = here.subtype;
        if (read_known(in, &read, &here) == MPTCP_OK) {
            *out = read;
        }
    }
    if (why != NULL) {
        *why = here;
    }
    return here.code == MPTCP_OK ? len : here.code;
}

int mptcp_option_write(const struct mptcp_option *opt, uint8_t *p, size_t room)
{
    if (opt == NULL || p == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    struct wire_out out = {p, room};
    switch (opt->subtype) {
    case MPTCP_CAPABLE:
        return mptcp_wire_capable_write(&opt->u.capable, out);
    case MPTCP_JOIN:
        return mptcp_wire_join_write(&opt->u.join, out);
    case MPTCP_DSS:
        return mptcp_wire_dss_write(&opt->u.dss, out);
    case MPTCP_ADD_ADDR:
        return mptcp_wire_add_addr_write(&opt->u.add_addr, out);
    case MPTCP_REMOVE_ADDR:
        return mptcp_wire_remove_addr_write(&opt->u.remove_addr, out);
    case MPTCP_PRIO:
        return mptcp_wire_prio_write(&opt->u.prio, out);
    case MPTCP_FAIL:
        return mptcp_wire_fail_write(&opt->u.fail, out);
    case MPTCP_FASTCLOSE:
        return mptcp_wire_fastclose_write(&opt->u.fastclose, out);
    case MPTCP_TCPRST:
        return mptcp_wire_tcprst_write(&opt->u.tcprst, out);
    case MPTCP_EXPERIMENTAL:
        return mptcp_wire_experimental_write(&opt->u.experimental, out);
    default:
        return MPTCP_E_OPT_SUBTYPE;
    }
}

int mptcp_option_length(const struct mptcp_option *opt)
{
    /* Written aside and thrown away: one place decides how long an option is. */
    uint8_t scratch[MPTCP_OPTION_MAX];
    return mptcp_option_write(opt, scratch, sizeof scratch);
}
