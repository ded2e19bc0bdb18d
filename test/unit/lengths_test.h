/*
 * lengths_test.h - for the tests of which options are read, on which segments and with which
 * lengths: a table of them for each version of the protocol, and the walk over all there could be.
 */
#ifndef LENGTHS_TEST_H
#define LENGTHS_TEST_H

#include "wire/profile.h"
#include "wire_test.h"

#define SUBTYPES 16u
#define ANY_FROM(n) (0x80u | (n)) /* this length and every longer one */
#define LENGTHS 12

/* The lengths that an option may have on a segment, ended by a 0. */
struct lengths {
    uint8_t subtype;
    uint8_t on;
    uint8_t lengths[LENGTHS];
};

static const struct {
    unsigned on;
    unsigned flags;
} segments[] = {
    {ON_SYN, MPTCP_TCP_SYN}, {ON_SYNACK, MPTCP_TCP_SYN | MPTCP_TCP_ACK}, {ON_ACK, MPTCP_TCP_ACK},
    {ON_RST, MPTCP_TCP_RST}, {ON_RST, MPTCP_TCP_RST | MPTCP_TCP_ACK},
};

static inline bool in_table(const struct lengths *table, size_t n, unsigned subtype, unsigned on,
                            unsigned length)
{
    for (size_t i = 0; i < n; i++) {
        if (table[i].subtype != subtype || table[i].on != on) {
            continue;
        }
        for (const uint8_t *l = table[i].lengths; *l != 0; l++) {
            if (*l == length || (*l >= 0x80u && length >= (*l & 0x7fu))) {
                return true;
            }
        }
    }
    return false;
}

/* An option of this length is read on such a segment, with any nibble and flags that may tell a
 * form; an MP_CAPABLE of this version or an older one. */
static inline bool is_read(unsigned version, unsigned subtype, unsigned flags, unsigned length)
{
    unsigned nibbles = subtype == MPTCP_CAPABLE ? version + 1 : 16;

    for (unsigned octet = 0; octet < 0x100; octet++) {
        for (unsigned nibble = 0; nibble < nibbles; nibble++) {
            struct mptcp_options o;
            uint8_t area[MPTCP_OPTION_MAX];
            memset(area, 0x11, sizeof area);
            area[0] = MPTCP_OPTION_KIND;
            area[1] = (uint8_t)length;
            area[2] = (uint8_t)(subtype << 4 | nibble);
            if (length > 3) {
                area[3] = (uint8_t)octet;
            }
            mptcp_options_read_of(version, area, length, flags, &o, NULL);
            if ((o.present & MPTCP_HAS(subtype)) != 0) {
                return true;
            }
        }
    }
    return false;
}

/* What is read is what stands in the table, and nothing else. */
static inline void read_as_in(const struct lengths *table, size_t n, unsigned version)
{
    for (unsigned subtype = 0; subtype < SUBTYPES; subtype++) {
        for (size_t k = 0; k < COUNT_OF(segments); k++) {
            for (unsigned length = 3; length <= MPTCP_OPTION_MAX; length++) {
                bool is = is_read(version, subtype, segments[k].flags, length);
                if (is != in_table(table, n, subtype, segments[k].on, length)) {
                    fail_msg("version %u: subtype %u with %u octets on flags %02x is %sread",
                             version, subtype, length, segments[k].flags, is ? "" : "not ");
                }
            }
        }
    }
}

#endif
