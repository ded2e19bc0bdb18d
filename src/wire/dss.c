/*
 * dss.c - the Data Sequence Signal (RFC 8684 s3.3), reader and writer.
 *
 * The flags say which fields are there and how wide, and so how long the
 * option is: 4 octets, a DATA_ACK of 4 or 8, and a mapping of a DSN of 4 or 8,
 * an SSN of 4 and a length of 2. A mapping may have a checksum of 2 after it;
 * only the option's length tells, no flag does. Flags a and m mean nothing
 * without A and M, and are dropped.
 *
 * A DATA_FIN takes the last DSN of a mapping (s3.3.3): without a mapping, or
 * with an infinite one (length 0), it has no DSN and is refused.
 */
#include "wire.h"

extern MPTCP_INLINE void mptcp_wire_dss_fill(struct mptcp_dss *d, const uint8_t *p, unsigned flags,
                                             bool sum);

#define FLAGS (MPTCP_DSS_ACK | MPTCP_DSS_ACK64 | MPTCP_DSS_MAP | MPTCP_DSS_DSN64 | MPTCP_DSS_FIN)

/* The option's length without a checksum. The index is the sum of the flags: A 1, a 2, M 4, m 8. */
static const uint8_t plain_length[16] = {4, 8, 4, 12, 14, 18, 14, 22, 4, 8, 4, 12, 18, 22, 18, 26};

/* Returns the flags A, M and F, and a and m where A and M are set; others have no meaning. */
static unsigned meaningful(unsigned flags)
{
    /* A and M stand one bit below a and m: shifted by 1 they are the mask for a and m. */
    unsigned present = flags & (MPTCP_DSS_ACK | MPTCP_DSS_MAP);
    return flags & (present | (present << 1) | MPTCP_DSS_FIN);
}

int mptcp_wire_dss_read(struct wire_in in, struct mptcp_dss *out)
{
    size_t len = in.n;
    if (len < 4) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    const uint8_t *p = in.p;
    unsigned flags = meaningful(p[3]);
    size_t plain = plain_length[flags & 15u];
    bool map = (flags & MPTCP_DSS_MAP) != 0;
    bool sum = map && len == plain + 2;
    if (len != plain && !sum) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    if ((flags & MPTCP_DSS_FIN) != 0 && (!map || mptcp_wire_be16(p + plain - 2) == 0)) {
        return mptcp_wire_refuse(MPTCP_E_OPT_FIN, map ? (unsigned)plain - 2 : 3);
    }
    mptcp_wire_dss_fill(out, p, flags, sum);
    return MPTCP_OK;
}

/* Writes v as 4 octets in network order; returns the place after them. */
static uint8_t *put32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
    return p + 4;
}

/* Writes v as 2 octets in network order; returns the place after them. */
static uint8_t *put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
    return p + 2;
}

/* Writes v as 8 octets if `wide`, else its low 32 bits as 4; returns the place after them. */
static inline uint8_t *put_number(uint8_t *p, uint64_t v, unsigned wide)
{
    if (wide == 0) {
        return put32(p, (uint32_t)v);
    }
    /* All octets in one place, so that compilers merge the stores into one. */
    p[0] = (uint8_t)(v >> 56);
    p[1] = (uint8_t)(v >> 48);
    p[2] = (uint8_t)(v >> 40);
    p[3] = (uint8_t)(v >> 32);
    p[4] = (uint8_t)(v >> 24);
    p[5] = (uint8_t)(v >> 16);
    p[6] = (uint8_t)(v >> 8);
    p[7] = (uint8_t)v;
    return p + 8;
}

/* The length is checked once for the whole option, so no field is checked. */
int mptcp_wire_dss_write(const struct mptcp_dss *dss, struct wire_out out)
{
    unsigned flags = meaningful(dss->flags);
    bool map = (flags & MPTCP_DSS_MAP) != 0;
    bool sum = dss->has_checksum != 0;
    unsigned len = plain_length[flags & 15u] + (sum ? 2u : 0u);
    if ((dss->flags & ~FLAGS) != 0) {
        return MPTCP_E_ARGUMENT;
    }
    if (sum && !map) {
        return MPTCP_E_OPT_LENGTH;
    }
    if ((flags & MPTCP_DSS_FIN) != 0 && (!map || dss->dll == 0)) {
        return MPTCP_E_OPT_FIN;
    }
    if (len > out.n) {
        return MPTCP_E_ROOM;
    }
    uint8_t *p = out.p;
    p[0] = MPTCP_OPTION_KIND;
    p[1] = (uint8_t)len;
    p[2] = MPTCP_DSS << 4;
    p[3] = (uint8_t)flags;
    p += 4;
    if ((flags & MPTCP_DSS_ACK) != 0) {
        p = put_number(p, dss->data_ack, flags & MPTCP_DSS_ACK64);
    }
    if (map) {
        p = put_number(p, dss->dsn, flags & MPTCP_DSS_DSN64);
        p = put16(put32(p, dss->ssn), dss->dll);
        if (sum) {
            put16(p, dss->checksum);
        }
    }
    return (int)len;
}
