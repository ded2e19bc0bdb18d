/*
 * wire.h - private to src/wire: the bounds-checked cursors and the reader and
 * writer of each option.
 *
 * A cursor is a pointer and the number of octets from it on that may be read
 * or written. Every get and put checks that number. If the octets do not
 * suffice, the cursor stays where it was; a get returns 0, a put does nothing.
 * So a reader may read all fields first and check the length afterwards: when
 * it refuses an option, what it has filled is not used.
 *
 * option.c reads and writes kind, length and subtype. A reader gets the octets
 * after these three, and the low nibble of the subtype octet. A writer writes
 * the octets after these three into a separate buffer, and returns that
 * nibble. Only a DSS, which is on nearly every segment, is read and written
 * in place, as a whole.
 *
 * The small functions are inline and have one external copy, in wire.c, which
 * a build for size calls.
 */
#ifndef MPTCP_WIRE_H
#define MPTCP_WIRE_H

#include "inline.h"
#include "mem.h"
#include "mptcp/option.h"
#include "profile.h"

#define MPTCP_WIRE_NO_SUBTYPE 255u

/* The two TCP options that are one octet long. */
#define KIND_EOL 0
#define KIND_NOP 1

/* Cursors for reading and for writing: n octets from p on. */
struct wire_in {
    const uint8_t *p;
    size_t n;
};

struct wire_out {
    uint8_t *p;
    size_t n;
};

/* Moves the cursor n octets on; false, and no change, if there are fewer. */
inline bool mptcp_wire_skip(struct wire_in *c, size_t n)
{
    if (n > c->n) {
        return false;
    }
    c->p += n;
    c->n -= n;
    return true;
}

/* Returns the number that 2 octets at p are in network order; be32 and be64, of 4 and 8 octets. */
inline uint16_t mptcp_wire_be16(const uint8_t *p)
{
    return (uint16_t)((p[0] << 8) | p[1]);
}

inline uint32_t mptcp_wire_be32(const uint8_t *p)
{
    return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) | ((uint32_t)p[2] << 8) | p[3];
}

inline uint64_t mptcp_wire_be64(const uint8_t *p)
{
    /* In one expression, which compilers turn into one load and a swap of octets. */
    return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
           (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
           (uint64_t)p[6] << 8 | p[7];
}

/* Return the next 1, 2 or 4 octets as a number in host order and move on; 0 if there are fewer. */
inline uint8_t mptcp_wire_get8(struct wire_in *c)
{
    const uint8_t *p = c->p;
    return mptcp_wire_skip(c, 1) ? p[0] : 0;
}

inline uint16_t mptcp_wire_get16(struct wire_in *c)
{
    const uint8_t *p = c->p;
    return mptcp_wire_skip(c, 2) ? mptcp_wire_be16(p) : 0;
}

inline uint32_t mptcp_wire_get32(struct wire_in *c)
{
    const uint8_t *p = c->p;
    return mptcp_wire_skip(c, 4) ? mptcp_wire_be32(p) : 0;
}

/* Returns the next 8 octets as a number if `wide`, else the next 4; 0 if there are fewer. */
inline uint64_t mptcp_wire_get_number(struct wire_in *c, bool wide)
{
    const uint8_t *p = c->p;
    if (!mptcp_wire_skip(c, wide ? 8 : 4)) {
        return 0;
    }
    uint64_t first = mptcp_wire_be32(p);
    return wide ? (first << 32) | mptcp_wire_be32(p + 4) : first;
}

/* Copies the next n octets to `to`; does nothing if there are fewer. */
inline void mptcp_wire_get(struct wire_in *c, void *to, size_t n)
{
    const uint8_t *p = c->p;
    if (mptcp_wire_skip(c, n)) {
        memcpy(to, p, n);
    }
}

/* Moves the cursor n octets on and returns where they begin; NULL if there are fewer. */
inline uint8_t *mptcp_wire_claim(struct wire_out *c, size_t n)
{
    if (n > c->n) {
        return NULL;
    }
    uint8_t *p = c->p;
    c->p += n;
    c->n -= n;
    return p;
}

/* The puts write n octets, or a number in network order, if there is room for it. */
inline void mptcp_wire_put(struct wire_out *c, const void *from, size_t n)
{
    uint8_t *p = mptcp_wire_claim(c, n);
    if (p != NULL) {
        memcpy(p, from, n);
    }
}

inline void mptcp_wire_put8(struct wire_out *c, unsigned v)
{
    uint8_t *p = mptcp_wire_claim(c, 1);
    if (p != NULL) {
        p[0] = (uint8_t)v;
    }
}

inline void mptcp_wire_put16(struct wire_out *c, uint16_t v)
{
    uint8_t *p = mptcp_wire_claim(c, 2);
    if (p != NULL) {
        p[0] = (uint8_t)(v >> 8);
        p[1] = (uint8_t)v;
    }
}

inline void mptcp_wire_put32(struct wire_out *c, uint32_t v)
{
    uint8_t *p = mptcp_wire_claim(c, 4);
    if (p != NULL) {
        p[0] = (uint8_t)(v >> 24);
        p[1] = (uint8_t)(v >> 16);
        p[2] = (uint8_t)(v >> 8);
        p[3] = (uint8_t)v;
    }
}

inline void mptcp_wire_put64(struct wire_out *c, uint64_t v)
{
    if (c->n >= 8) {
        mptcp_wire_put32(c, (uint32_t)(v >> 32));
        mptcp_wire_put32(c, (uint32_t)v);
    }
}

/* Returns a negative number that says with which code an option is refused, and at which octet of
 * it. */
inline int mptcp_wire_refuse(int code, unsigned octet)
{
    return code - (int)(octet << 8);
}

/* Stores code and octet of such a number, or MPTCP_OK, in *why; returns the code. */
int mptcp_wire_note(struct mptcp_refusal *why, int refused);

/*
 * Readers: each returns MPTCP_OK, or a number of mptcp_wire_refuse. The caller has set the subtype
 * of *out and zeroed the rest, and does not use *out when the option is refused. Their caller has
 * checked that the version has an option of this length; not for MP_CAPABLE, which names its
 * version itself.
 */
int mptcp_wire_capable_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out);
int mptcp_wire_join_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out);
int mptcp_wire_add_addr_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out);
int mptcp_wire_remove_addr_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out);
int mptcp_wire_prio_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out);
int mptcp_wire_fail_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out);
int mptcp_wire_fastclose_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out);
int mptcp_wire_tcprst_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out);
int mptcp_wire_experimental_read(struct wire_in *in, unsigned nibble, struct mptcp_option *out);

/* Writers: each returns the nibble beside the subtype, or a negative error code; the caller does
 * not use what was written then. */
int mptcp_wire_capable_write(const struct mptcp_option *opt, struct wire_out *out);
int mptcp_wire_join_write(const struct mptcp_option *opt, struct wire_out *out);
int mptcp_wire_add_addr_write(const struct mptcp_option *opt, struct wire_out *out);
int mptcp_wire_remove_addr_write(const struct mptcp_option *opt, struct wire_out *out);
int mptcp_wire_prio_write(const struct mptcp_option *opt, struct wire_out *out);
int mptcp_wire_fail_write(const struct mptcp_option *opt, struct wire_out *out);
int mptcp_wire_fastclose_write(const struct mptcp_option *opt, struct wire_out *out);
int mptcp_wire_tcprst_write(const struct mptcp_option *opt, struct wire_out *out);
int mptcp_wire_experimental_write(const struct mptcp_option *opt, struct wire_out *out);

/* Does what mptcp_wire_dss_read does, as a reader. */
int mptcp_wire_dss_read_rest(struct wire_in *in, unsigned nibble, struct mptcp_option *out);

/* Read and write what follows the nibble of an option that announces an address; `hmac`: it ends
 * with an HMAC. */
int mptcp_wire_announced_read(struct wire_in *in, bool hmac, struct mptcp_add_addr *o);
int mptcp_wire_announced_write(const struct mptcp_add_addr *o, bool hmac, struct wire_out *out);

/* Reads the DSS at in.p. Returns MPTCP_OK with all of *out filled, or a number of mptcp_wire_refuse
 * with *out untouched. */
int mptcp_wire_dss_read(struct wire_in in, struct mptcp_dss *out);

#define DSS_ACK32 MPTCP_DSS_ACK
#define DSS_ACK64 (MPTCP_DSS_ACK | MPTCP_DSS_ACK64)
#define DSS_MAP32 MPTCP_DSS_MAP
#define DSS_MAP64 (MPTCP_DSS_MAP | MPTCP_DSS_DSN64)

/* Fills all of *d from the DSS at p, whose length must fit `flags`; `sum`: it has a checksum. */
MPTCP_INLINE void mptcp_wire_dss_fill(struct mptcp_dss *d, const uint8_t *p, unsigned flags,
                                      bool sum)
{
    const uint8_t *map = p + ((flags & DSS_ACK64) == DSS_ACK64 ? 12
                              : (flags & DSS_ACK32) != 0       ? 8
                                                               : 4);
    const uint8_t *rest = map + ((flags & DSS_MAP64) == DSS_MAP64 ? 8 : 4);
    bool mapped = (flags & DSS_MAP32) != 0;

    d->flags = (uint8_t)flags;
    d->has_checksum = sum;
    d->dll = mapped ? mptcp_wire_be16(rest + 4) : 0;
    d->checksum = sum ? mptcp_wire_be16(rest + 6) : 0;
    d->zero = 0;
    d->ssn = mapped ? mptcp_wire_be32(rest) : 0;
    d->zero2 = 0;
    d->data_ack = (flags & DSS_ACK64) == DSS_ACK64 ? mptcp_wire_be64(p + 4)
                  : (flags & DSS_ACK32) != 0       ? mptcp_wire_be32(p + 4)
                                                   : 0;
    d->dsn = (flags & DSS_MAP64) == DSS_MAP64 ? mptcp_wire_be64(map)
             : mapped                         ? mptcp_wire_be32(map)
                                              : 0;
}

/* Writes a DSS. Returns its length in octets, or an error code with nothing written. */
int mptcp_wire_dss_write(const struct mptcp_dss *dss, struct wire_out out);

/* Does what mptcp_option_read does, for this version of the protocol. */
int mptcp_wire_read_one(unsigned version, struct wire_in in, struct mptcp_option *out,
                        struct mptcp_refusal *why);

/* Does what mptcp_options_read does, for this version of the protocol: the last argument, so that
 * mptcp_options_read, which adds it, need not move the others. */
int mptcp_wire_read(const uint8_t *area, size_t n, unsigned tcp_flags, struct mptcp_options *out,
                    struct mptcp_refusal *why, unsigned version);

/* The same, option by option. Returns MPTCP_E_ARGUMENT for an area that is too long or NULL. The
 * caller must have set the members of *out before `dss` to 0. */
int mptcp_wire_walk(const uint8_t *area, size_t n, unsigned tcp_flags, struct mptcp_options *out,
                    struct mptcp_refusal *why, unsigned version);

/* Read and write what MP_FAIL and MP_FASTCLOSE consist of: 12 reserved bits and a 64-bit number. */
int mptcp_wire_number_read(struct wire_in *in, uint64_t *number);
int mptcp_wire_number_write(uint64_t number, struct wire_out *out);

/* Returns why an MP_CAPABLE of unknown form can't be read: MPTCP_E_OPT_VERSION if its version is
 * not known, MPTCP_E_OPT_EXTENSION if it has flag B, else `code`. */
int mptcp_wire_capable_unknown(unsigned version, unsigned flags, int code);

#endif
