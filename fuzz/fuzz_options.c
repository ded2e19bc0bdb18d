/*
 * fuzz_options.c - the option codec against itself. The first octet of an input is the
 * TCP flags, the rest an options area, which is read in both versions of the protocol. What
 * must hold, whatever the octets:
 *
 *   - each option that is read is written back to the same octets, but for
 *     reserved bits, and read again to the same contents;
 *   - the walk keeps only what the reader of single options accepts, gives
 *     the same whatever lay in the caller's memory, and says where it refused;
 *   - options read one by one are those of the area, in their order;
 *   - what it kept, written into an area of its own, is kept again, whole;
 *   - random contents are either refused by the writer, or written, within the
 *     room given, to octets that are read and written back to themselves.
 *
 * A failure aborts. The areas are copied to memory of exactly their size.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mptcp/option.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static uint8_t *exact_copy(const uint8_t *p, size_t n)
{
    uint8_t *copy = (uint8_t *)malloc(n == 0 ? 1 : n);
    check(copy != NULL);
    if (n > 0) {
        memcpy(copy, p, n);
    }
    return copy;
}

/* Clears what a writer leaves 0: reserved bits, and DSS flags that mean nothing. */
static void clear_reserved(unsigned version, uint8_t *p, size_t len)
{
    unsigned flags;
    unsigned subtype = p[2] >> 4;
    if (version == 0 && (subtype == MPTCP_ADD_ADDR || subtype == MPTCP_ADD_ADDR2)) {
        return; /* the IP version stands there */
    }
    switch (subtype) {
    case MPTCP_JOIN:
        p[2] &= len == MPTCP_JOIN_ACK ? 0xf0 : 0xf1;
        p[3] &= len == MPTCP_JOIN_ACK ? 0x00 : 0xff;
        break;
    case MPTCP_DSS:
        flags = p[3] & 0x1fu;
        flags &= (flags & MPTCP_DSS_ACK) != 0 ? 0x1fu : ~MPTCP_DSS_ACK64;
        flags &= (flags & MPTCP_DSS_MAP) != 0 ? 0x1fu : ~MPTCP_DSS_DSN64;
        p[2] &= 0xf0;
        p[3] = (uint8_t)flags;
        break;
    case MPTCP_ADD_ADDR:
    case MPTCP_PRIO:
    case MPTCP_TCPRST:
        p[2] &= 0xf1;
        break;
    case MPTCP_REMOVE_ADDR:
        p[2] &= 0xf0;
        break;
    case MPTCP_FAIL:
    case MPTCP_FASTCLOSE:
        p[2] &= 0xf0;
        p[3] = 0;
        break;
    default:
        break;
    }
}

/* One option, read from p: written back and read again. */
static void check_written_back(const struct mptcp_option *opt, const uint8_t *p, size_t len)
{
    unsigned version = opt->version0 == 0;
    uint8_t expected[MPTCP_OPTION_MAX];
    uint8_t octets[MPTCP_OPTION_MAX];
    struct mptcp_option again;
    memcpy(expected, p, len);
    clear_reserved(version, expected, len);
    check(mptcp_option_length(opt) == (int)len);
    check(mptcp_option_write(opt, octets, len - 1) == MPTCP_E_ROOM);
    check(mptcp_option_write(opt, octets, len) == (int)len);
    check(memcmp(octets, expected, len) == 0);
    check(mptcp_option_read_of(version, octets, len, &again, NULL) == (int)len);
    check(memcmp(&again, opt, sizeof again) == 0);
}

/* Copies the member of a subtype between the two structs that hold options. */
static struct mptcp_option member(unsigned version, const struct mptcp_options *o, unsigned subtype)
{
    struct mptcp_option opt;
    memset(&opt, 0, sizeof opt);
    opt.subtype = (uint8_t)subtype;
    opt.version0 = version == 0;
    if (version == 0 && subtype == MPTCP_ADD_ADDR2) {
        opt.u.add_addr = o->add_addr;
        return opt;
    }
    switch (subtype) {
    case MPTCP_CAPABLE:
        opt.u.capable = o->capable;
        break;
    case MPTCP_JOIN:
        opt.u.join = o->join;
        break;
    case MPTCP_DSS:
        opt.u.dss = o->dss;
        break;
    case MPTCP_ADD_ADDR:
        opt.u.add_addr = o->add_addr;
        break;
    case MPTCP_REMOVE_ADDR:
        opt.u.remove_addr = o->remove_addr;
        break;
    case MPTCP_PRIO:
        opt.u.prio = o->prio;
        break;
    case MPTCP_FAIL:
        opt.u.fail = o->fail;
        break;
    case MPTCP_FASTCLOSE:
        opt.u.fastclose = o->fastclose;
        break;
    case MPTCP_TCPRST:
        opt.u.tcprst = o->tcprst;
        break;
    default:
        opt.u.experimental = o->experimental;
        break;
    }
    return opt;
}

/* In version 0 ADD_ADDR and ADD_ADDR2 have one place: that of the last of them. True if it holds
 * the other one, and nothing of this. */
static bool is_hidden(unsigned version, const struct mptcp_options *o, unsigned subtype)
{
    bool second = o->add_addr.form == MPTCP_ADD_ADDR_SECOND;
    return version == 0 &&
           ((subtype == MPTCP_ADD_ADDR && second) || (subtype == MPTCP_ADD_ADDR2 && !second));
}

static bool is_kept(unsigned version, const struct mptcp_options *o, unsigned subtype)
{
    return (o->present & MPTCP_HAS(subtype)) != 0 && !is_hidden(version, o, subtype);
}

static void check_same(unsigned version, const struct mptcp_options *a,
                       const struct mptcp_options *b)
{
    check(a->present == b->present && a->refused == b->refused);
    for (unsigned subtype = 0; subtype < 16; subtype++) {
        if (is_kept(version, a, subtype)) {
            struct mptcp_option x = member(version, a, subtype);
            struct mptcp_option y = member(version, b, subtype);
            check(memcmp(&x, &y, sizeof x) == 0);
        }
    }
}

/* Is `opt` one of those in the area? On the way, each that is read is written back, and compared
 * with what mptcp_options_next finds. */
static bool in_area(unsigned version, const struct mptcp_option *opt, const uint8_t *p, size_t n)
{
    struct mptcp_option next;
    bool found = false;
    size_t at = 0;
    size_t after = 0;
    while (at < n && p[at] != 0) {
        struct mptcp_option read;
        int len = mptcp_option_read_of(version, p + at, n - at, &read, NULL);
        if (len > 0) {
            check(mptcp_options_next(version, p, n, &after, &next));
            check(after == at + (size_t)len && memcmp(&next, &read, sizeof next) == 0);
            check_written_back(&read, p + at, (size_t)len);
            found = found || (opt != NULL && memcmp(&read, opt, sizeof read) == 0);
        }
        if (p[at] == 1) {
            at++;
        } else if (n - at >= 2 && p[at + 1] >= 2 && p[at + 1] <= n - at) {
            at += p[at + 1];
        } else {
            break;
        }
    }
    check(!mptcp_options_next(version, p, n, &after, &next));
    return found;
}

/* Everything kept, written one after another, is read to the same. */
static void check_kept(unsigned version, const struct mptcp_options *o, unsigned tcp_flags)
{
    unsigned kept = 0;
    uint8_t area[MPTCP_OPTION_MAX];
    struct mptcp_options again;
    size_t n = 0;
    for (unsigned subtype = 0; subtype < 16; subtype++) {
        if (is_kept(version, o, subtype)) {
            struct mptcp_option opt = member(version, o, subtype);
            kept |= MPTCP_HAS(subtype);
            int len = mptcp_option_write(&opt, area + n, sizeof area - n);
            check(len > 0);
            n += (size_t)len;
        }
    }
    memset(&again, 0x3c, sizeof again);
    check(mptcp_options_read_of(version, area, n, tcp_flags, &again, NULL) == MPTCP_OK);
    check(again.present == kept && again.refused == 0);
    again.refused = o->refused;
    again.present = o->present;
    check_same(version, &again, o);
}

static void check_area(unsigned version, const uint8_t *area, size_t n, unsigned tcp_flags)
{
    struct mptcp_options o;
    struct mptcp_options other;
    struct mptcp_refusal why;
    memset(&o, 0x00, sizeof o);
    memset(&other, 0xff, sizeof other);
    int code = mptcp_options_read_of(version, area, n, tcp_flags, &o, &why);
    check(mptcp_options_read_of(version, area, n, tcp_flags, &other, NULL) == code);
    check_same(version, &o, &other);
    check(why.code == code);
    check(code <= MPTCP_OK && (code != MPTCP_OK || o.refused == 0));
    check(code == MPTCP_OK || why.octet <= n);
    if (n > MPTCP_OPTION_MAX) {
        check(code == MPTCP_E_ARGUMENT && o.present == 0);
        return;
    }
    check(mptcp_error_section(code)[0] != '\0' || code == MPTCP_OK);
    in_area(version, NULL, area, n);
    for (unsigned subtype = 0; subtype < 16; subtype++) {
        if (is_kept(version, &o, subtype)) {
            struct mptcp_option opt = member(version, &o, subtype);
            check(in_area(version, &opt, area, n));
        }
    }
    check_kept(version, &o, tcp_flags);
}

/* The octets as contents of an option: what the writer takes, the reader takes too. */
static void check_contents(const uint8_t *p, size_t n)
{
    struct mptcp_option opt;
    struct mptcp_option read;
    struct mptcp_refusal why;
    memset(&opt, 0, sizeof opt);
    if (n > 0) {
        memcpy(&opt, p, n < sizeof opt ? n : sizeof opt);
    }
    opt.subtype &= 0x0f;
    opt.version0 &= 1;
    size_t room = n % 64;
    uint8_t *octets = exact_copy(p, room);
    int len = mptcp_option_write(&opt, octets, room);
    if (len > 0) {
        check((size_t)len <= room);
        check(mptcp_option_read_of(opt.version0 == 0, octets, room, &read, &why) == len);
        check_written_back(&read, octets, (size_t)len);
    } else {
        check(room == 0 || memcmp(octets, p, room) == 0);
    }
    free(octets);
}

const char fuzz_format[] =
    "Its first octet is the flags of a TCP header (02 SYN, 10 ACK, 12 both), "
    "the others are an area of\nTCP options, up to 64 octets.\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct mptcp_option opt;
    struct mptcp_refusal why;
    if (n == 0) {
        return 0;
    }
    size_t area_len = n - 1 < 64 ? n - 1 : 64;
    uint8_t *area = exact_copy(data + 1, area_len);
    for (unsigned version = 0; version < 2; version++) {
        check_area(version, area, area_len, data[0]);
        int len = mptcp_option_read_of(version, area, area_len, &opt, &why);
        check(len < 0 ? len == why.code : why.code == MPTCP_OK && (size_t)len <= area_len);
    }
    free(area);
    check_contents(data + 1, n - 1);
    return 0;
}
