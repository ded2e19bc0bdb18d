/*
 * options.c - reads the MPTCP options of one segment. One comparison recognizes the layouts of
 * nearly all segments, which are read in place. Other areas are read option by option (walk.c).
 */
#include "wire.h"

/* Kind, length, subtype and flags of a DSS without a DATA_FIN, as one number. */
#define DSS_HEAD(length, flags) \
    ((uint32_t)MPTCP_OPTION_KIND << 24 | (uint32_t)(length) << 16 | MPTCP_DSS << 12 | (flags))
#define NOP_NOP_TIMESTAMPS 0x0101080au

#define NOP_NOP 0x0101u
#define COMMON_LEAST 8u /* the shortest of the common layouts: a DATA_ACK of 32 bits */

/* True if the n octets from p to the end of the area hold no further option. */
static bool only_padding(const uint8_t *p, size_t n)
{
    if (n == 2 && mptcp_wire_be16(p) == NOP_NOP) {
        return true;
    }
    while (n > 0 && p[0] == KIND_NOP) {
        p++;
        n--;
    }
    return n == 0 || p[0] == KIND_EOL;
}

/*
 * Reads the layouts of common segments: a DSS with a DATA_ACK, with or without a mapping, at the
 * start of the area or after NOP, NOP, timestamps, and only padding after it. One comparison checks
 * kind, length, subtype and flags. False if the layout is another; nothing is written then. The
 * area has COMMON_LEAST octets or more.
 */
static bool read_common(struct wire_in in, struct mptcp_options *out)
{
    const uint8_t *p = in.p;
    size_t n = in.n;

    if (n >= 20 && mptcp_wire_be32(p) == NOP_NOP_TIMESTAMPS) {
        p += 12;
        n -= 12;
    }
    if (p[1] > n || (p[1] < n && !only_padding(p + p[1], n - p[1]))) {
        return false;
    }
    switch (mptcp_wire_be32(p)) {
    case DSS_HEAD(8, DSS_ACK32):
        mptcp_wire_dss_fill(&out->dss, p, DSS_ACK32, false);
        break;
    case DSS_HEAD(12, DSS_ACK64):
        mptcp_wire_dss_fill(&out->dss, p, DSS_ACK64, false);
        break;
    case DSS_HEAD(18, DSS_ACK32 | DSS_MAP32):
        mptcp_wire_dss_fill(&out->dss, p, DSS_ACK32 | DSS_MAP32, false);
        break;
    case DSS_HEAD(20, DSS_ACK32 | DSS_MAP32):
        mptcp_wire_dss_fill(&out->dss, p, DSS_ACK32 | DSS_MAP32, true);
        break;
    case DSS_HEAD(22, DSS_ACK32 | DSS_MAP64):
        mptcp_wire_dss_fill(&out->dss, p, DSS_ACK32 | DSS_MAP64, false);
        break;
    case DSS_HEAD(24, DSS_ACK32 | DSS_MAP64):
        mptcp_wire_dss_fill(&out->dss, p, DSS_ACK32 | DSS_MAP64, true);
        break;
    case DSS_HEAD(26, DSS_ACK64 | DSS_MAP64):
        mptcp_wire_dss_fill(&out->dss, p, DSS_ACK64 | DSS_MAP64, false);
        break;
    case DSS_HEAD(28, DSS_ACK64 | DSS_MAP64):
        mptcp_wire_dss_fill(&out->dss, p, DSS_ACK64 | DSS_MAP64, true);
        break;
    default:
        return false;
    }
    out->present = MPTCP_HAS(MPTCP_DSS);
    return true;
}

int mptcp_wire_read(const uint8_t *area, size_t n, unsigned tcp_flags, struct mptcp_options *out,
                    struct mptcp_refusal *why, unsigned version)
{
    static const struct mptcp_refusal none = {MPTCP_OK, 0, MPTCP_WIRE_NO_SUBTYPE, 0};
    const unsigned kinds = MPTCP_TCP_SYN | MPTCP_TCP_RST | MPTCP_TCP_ACK;
    struct wire_in in = {area, n};

    if (out == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    memset(out, 0, offsetof(struct mptcp_options, dss));
    /* One comparison finds areas that are too short or too long. */
    if (area == NULL || n - COMMON_LEAST > MPTCP_OPTION_MAX - COMMON_LEAST ||
        (tcp_flags & kinds) != MPTCP_TCP_ACK || !read_common(in, out)) {
        return mptcp_wire_walk(area, n, tcp_flags, out, why, version);
    }
    if (why != NULL) {
        *why = none;
    }
    return MPTCP_OK;
}
