/*
 * options.c - reads the MPTCP options of one segment. The layouts of nearly all segments are told
 * by one comparison and read in place; every other area is walked option by option (walk.c).
 */
#include "wire.h"

/* Kind, length, subtype and flags of a DSS without a DATA_FIN, as one number. */
#define DSS_HEAD(length, flags) \
    ((uint32_t)MPTCP_OPTION_KIND << 24 | (uint32_t)(length) << 16 | MPTCP_DSS << 12 | (flags))
#define NOP_NOP_TIMESTAMPS 0x0101080au

#define ACK32 MPTCP_DSS_ACK
#define ACK64 (MPTCP_DSS_ACK | MPTCP_DSS_ACK64)
#define MAP32 MPTCP_DSS_MAP
#define MAP64 (MPTCP_DSS_MAP | MPTCP_DSS_DSN64)

/* All of *d, from a DSS whose length fits its flags. */
static inline void fill(struct mptcp_dss *d, const uint8_t *p, unsigned flags, bool sum)
{
    const uint8_t *map = p + ((flags & ACK64) == ACK64 ? 12 : (flags & ACK32) != 0 ? 8 : 4);
    const uint8_t *rest = map + ((flags & MAP64) == MAP64 ? 8 : 4);
    bool mapped = (flags & MAP32) != 0;

    d->flags = (uint8_t)flags;
    d->has_checksum = sum;
    d->dll = mapped ? mptcp_wire_be16(rest + 4) : 0;
    d->checksum = sum ? mptcp_wire_be16(rest + 6) : 0;
    d->zero = 0;
    d->ssn = mapped ? mptcp_wire_be32(rest) : 0;
    d->zero2 = 0;
    d->data_ack = (flags & ACK64) == ACK64 ? mptcp_wire_be64(p + 4)
                  : (flags & ACK32) != 0   ? mptcp_wire_be32(p + 4)
                                           : 0;
    d->dsn = (flags & MAP64) == MAP64 ? mptcp_wire_be64(map) : mapped ? mptcp_wire_be32(map) : 0;
}

#define NOP_NOP 0x0101u

/* Octets to the end of the area hold no further option. */
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
 * The layouts of a common segment: a DSS that acknowledges, with or without a mapping, first or
 * behind NOP NOP timestamps, and nothing but padding after it. One comparison tells kind, length,
 * subtype and flags. False if it is none of them; then nothing was written.
 */
static bool read_common(struct wire_in in, struct mptcp_options *out)
{
    const uint8_t *p = in.p;
    size_t n = in.n;

    if (n >= 20 && mptcp_wire_be32(p) == NOP_NOP_TIMESTAMPS) {
        p += 12;
        n -= 12;
    }
    if (n < 8 || p[1] > n || (p[1] < n && !only_padding(p + p[1], n - p[1]))) {
        return false;
    }
    switch (mptcp_wire_be32(p)) {
    case DSS_HEAD(8, ACK32):
        fill(&out->dss, p, ACK32, false);
        break;
    case DSS_HEAD(12, ACK64):
        fill(&out->dss, p, ACK64, false);
        break;
    case DSS_HEAD(22, ACK32 | MAP64):
        fill(&out->dss, p, ACK32 | MAP64, false);
        break;
    case DSS_HEAD(24, ACK32 | MAP64):
        fill(&out->dss, p, ACK32 | MAP64, true);
        break;
    case DSS_HEAD(26, ACK64 | MAP64):
        fill(&out->dss, p, ACK64 | MAP64, false);
        break;
    case DSS_HEAD(28, ACK64 | MAP64):
        fill(&out->dss, p, ACK64 | MAP64, true);
        break;
    default:
        return false;
    }
    out->present = MPTCP_HAS(MPTCP_DSS);
    return true;
}

int mptcp_options_read(const uint8_t *area, size_t n, unsigned tcp_flags, struct mptcp_options *out,
                       struct mptcp_refusal *why)
{
    static const struct mptcp_refusal none = {MPTCP_OK, 0, MPTCP_WIRE_NO_SUBTYPE, 0};
    const unsigned kinds = MPTCP_TCP_SYN | MPTCP_TCP_RST | MPTCP_TCP_ACK;
    struct wire_in in = {area, n};

    if (out == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    memset(out, 0, offsetof(struct mptcp_options, dss));
    if (area == NULL || n > MPTCP_OPTION_MAX || (tcp_flags & kinds) != MPTCP_TCP_ACK ||
        !read_common(in, out)) {
        return mptcp_wire_walk(in, tcp_flags, out, why);
    }
    if (why != NULL) {
        *why = none;
    }
    return MPTCP_OK;
}
