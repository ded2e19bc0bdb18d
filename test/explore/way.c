/*
 * way.c - the segments on the way, the oldest first, and what middleboxes do to them.
 */
#include "explore.h"

#include <string.h>

#define KIND_NOP 1

struct segment *way_at(struct world *w, int from, unsigned sf, unsigned k)
{
    return k < w->under_way[from][sf] ? &w->way[from][sf][k] : NULL;
}

/* Appends an option as it is; false if it does not fit. */
static bool append(struct segment *p, const struct mptcp_option *o)
{
    int n = mptcp_option_write(o, p->options + p->options_len,
                               (size_t)(MPTCP_OPTION_MAX - p->options_len));
    if (n < 0) {
        return false;
    }
    p->options_len = (uint8_t)(p->options_len + n);
    for (; p->options_len % 4 != 0; p->options_len++) {
        p->options[p->options_len] = KIND_NOP;
    }
    return true;
}

/* The first data with a DATA_ACK and without the keys: Linux after a Fast Open without answer. */
static bool forget_keys(struct segment *p, int from)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    if (p->len == 0 || p->ssn != 1) {
        return false;
    }
    memset(p->options, 0, sizeof p->options);
    p->options_len = 0;
    o.u.dss.flags = MPTCP_DSS_ACK;
    o.u.dss.data_ack = (uint32_t)first_dsn[!from];
    return append(p, &o);
}

static void insert(struct world *w, int from, unsigned sf, unsigned k, const struct segment *p)
{
    struct segment *way = w->way[from][sf];
    unsigned n = w->under_way[from][sf]++;

    memmove(&way[k + 1], &way[k], (n - k) * sizeof *way);
    way[k] = *p;
}

void way_put(struct world *w, int from, unsigned sf, const struct segment *p)
{
    if (w->under_way[from][sf] == FLIGHT) {
        words_segment(from, sf, p, "and it is lost, too many are on the way:");
        w->lossy = 1;
        w->reset_lost |= (p->flags & MPTCP_TCP_RST) != 0;
        return;
    }
    insert(w, from, sf, w->under_way[from][sf], p);
    struct segment *put = &w->way[from][sf][w->under_way[from][sf] - 1];
    bool stripped = w->strip[from] == STRIP_KEYS
                        ? forget_keys(put, from)
                        : w->strip[from] != STRIP_NOTHING && way_strip(put, w->strip[from]);
    words_segment(from, sf, put, stripped ? "sends, and it is stripped:" : "sends");
}

struct segment way_take(struct world *w, int from, unsigned sf, unsigned k)
{
    struct segment *way = w->way[from][sf];
    struct segment p = way[k];
    unsigned n = --w->under_way[from][sf];

    memmove(&way[k], &way[k + 1], (n - k) * sizeof *way);
    memset(&way[n], 0, sizeof way[n]);
    return p;
}

bool way_split(struct world *w, int from, unsigned sf, unsigned k, unsigned keeps)
{
    struct segment *first = way_at(w, from, sf, k);

    if (first == NULL || first->len < 2 || w->under_way[from][sf] == FLIGHT) {
        return false;
    }
    struct segment second = *first;
    uint8_t n = 1;
    first->len = n;
    first->flags &= (uint8_t)~MPTCP_TCP_FIN;
    second.len = (uint8_t)(second.len - n);
    second.ssn += n;
    memmove(second.payload, second.payload + n, second.len);
    memset(first->payload + n, 0, PAYLOAD - n);
    memset(second.payload + second.len, 0, (size_t)(PAYLOAD - second.len));
    if (keeps == 1) {
        way_strip(&second, STRIP_ALL);
    } else if (keeps == 2) {
        way_strip(first, STRIP_ALL);
    }
    words_segment(from, sf, first, "a box has cut a segment of");
    words_segment(from, sf, &second, "... and the rest of");
    insert(w, from, sf, k + 1, &second);
    return true;
}

static bool concerns(const uint8_t *option, enum strip what)
{
    static const int subtypes[STRIPS] = {
        [STRIP_DSS] = MPTCP_DSS, [STRIP_FAIL] = MPTCP_FAIL, [STRIP_ADD_ADDR] = MPTCP_ADD_ADDR};

    return option[0] == MPTCP_OPTION_KIND &&
           (what == STRIP_ALL || option[2] >> 4 == subtypes[what]);
}

bool way_strip(struct segment *p, enum strip what)
{
    bool found = false;

    for (unsigned i = 0; i < p->options_len && p->options[i] != 0;) {
        unsigned len = p->options[i] == KIND_NOP ? 1 : p->options[i + 1];
        if (concerns(p->options + i, what)) {
            memset(p->options + i, KIND_NOP, len);
            found = true;
        }
        i += len;
    }
    return found;
}

/* The DATA_FIN flag of a DSS with a mapping. */
static bool flip_data_fin(struct segment *p)
{
    for (unsigned i = 0; i < p->options_len && p->options[i] != 0;) {
        uint8_t *o = p->options + i;
        bool dss = o[0] == MPTCP_OPTION_KIND && o[2] >> 4 == MPTCP_DSS;
        if (dss && (o[3] & MPTCP_DSS_MAP) != 0) {
            o[3] ^= MPTCP_DSS_FIN;
            return true;
        }
        i += o[0] == KIND_NOP ? 1 : o[1];
    }
    return false;
}

bool way_edit(struct segment *p, unsigned what)
{
    if (p->len == 0) {
        return false;
    }
    if (what == CHANGE_FLAG) {
        return flip_data_fin(p);
    }
    p->payload[0] ^= EDITED;
    return true;
}

/* ------------------------------------------------ what other stacks write */

/* The last option first. */
static bool turn_round(struct segment *p)
{
    uint8_t turned[MPTCP_OPTION_MAX];
    unsigned end = MPTCP_OPTION_MAX;
    unsigned options = 0;

    memset(turned, KIND_NOP, sizeof turned);
    for (unsigned i = 0; i < p->options_len;) {
        unsigned len = p->options[i] == KIND_NOP ? 1 : p->options[i + 1];
        options += p->options[i] == MPTCP_OPTION_KIND;
        end -= len;
        memcpy(turned + end, p->options + i, len);
        i += len;
    }
    if (options < 2) {
        return false;
    }
    memset(p->options, 0, sizeof p->options);
    memcpy(p->options, turned + end, p->options_len);
    return true;
}

/* A DSS whose mapping is of no octets, on a segment that has none; with its DATA_ACK. */
static bool map_nothing(struct segment *p, int from)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    struct mptcp_options all;

    mptcp_options_read(p->options, p->options_len, p->flags, &all, NULL);
    if (p->len > 0 || p->flags != MPTCP_TCP_ACK || all.present != MPTCP_HAS(MPTCP_DSS) ||
        (all.dss.flags & MPTCP_DSS_MAP) != 0) {
        return false;
    }
    o.u.dss = all.dss;
    o.u.dss.flags |= MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = first_dsn[from];
    o.u.dss.has_checksum = (scope->flags[from] & MPTCP_CFG_CHECKSUM) != 0;
    memset(p->options, 0, sizeof p->options);
    p->options_len = 0;
    return append(p, &o);
}

/* Keys that are wrong, and a mapping of no octets with a checksum, beside what is there: without
 * its DATA_ACK an ACK of data is a reason to give MPTCP up. Not on the third ACK, which brings the
 * keys. */
static bool wrong_keys(struct segment *p)
{
    struct mptcp_option o = {.subtype = MPTCP_CAPABLE};

    if (p->len > 0 || p->flags != MPTCP_TCP_ACK || p->ssn + p->ack == 2) {
        return false;
    }
    o.u.capable.version = 1;
    o.u.capable.flags = MPTCP_CAPABLE_SHA256 | MPTCP_CAPABLE_CHECKSUM;
    o.u.capable.form = MPTCP_CAPABLE_DATA_CHECKSUM; /* which nobody agreed upon */
    o.u.capable.sender_key = 1;
    o.u.capable.receiver_key = 2;
    return append(p, &o);
}

/* An MP_CAPABLE of a version that nobody knows, beside what is there. Where it may end the
 * handshake of version 0 it leads to plain TCP (Z-26). */
static bool unknown_version(struct segment *p)
{
    static const uint8_t option[4] = {MPTCP_OPTION_KIND, 4, MPTCP_CAPABLE << 4 | 4,
                                      MPTCP_CAPABLE_SHA256};

    if ((p->flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) != 0 || p->options_len == 0 ||
        p->options_len + sizeof option > MPTCP_OPTION_MAX || (version_of() == 0 && p->ssn == 1)) {
        return false;
    }
    memcpy(p->options + p->options_len, option, sizeof option);
    p->options_len = (uint8_t)(p->options_len + sizeof option);
    return true;
}

/* An MP_PRIO in front of all that is there. */
static bool prio_first(struct segment *p)
{
    static const uint8_t option[4] = {MPTCP_OPTION_KIND, 3, MPTCP_PRIO << 4, KIND_NOP};

    if ((p->flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) != 0 || p->options_len == 0 ||
        p->options_len + sizeof option > MPTCP_OPTION_MAX) {
        return false;
    }
    memmove(p->options + sizeof option, p->options, p->options_len);
    memcpy(p->options, option, sizeof option);
    p->options_len = (uint8_t)(p->options_len + sizeof option);
    return true;
}

/* The keys of the handshake once more, beside what is there: in version 0 alone. */
static bool keys_again(struct segment *p, int from)
{
    struct mptcp_option o = {.subtype = MPTCP_CAPABLE};

    if (version_of() != 0 || from != CLIENT || (p->flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) != 0 ||
        p->options_len == 0) {
        return false;
    }
    o.u.capable.flags = MPTCP_CAPABLE_SHA1;
    o.u.capable.flags |=
        (scope->flags[CLIENT] & MPTCP_CFG_CHECKSUM) != 0 ? MPTCP_CAPABLE_CHECKSUM : 0;
    o.u.capable.form = MPTCP_CAPABLE_ACK;
    o.u.capable.sender_key = key_of[CLIENT];
    o.u.capable.receiver_key = key_of[SERVER];
    return append(p, &o);
}

/* DSNs and DATA_ACKs of 64 bits in the place of 32: version 0 sends these only by itself. */
static bool widen(struct segment *p, int from)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    struct mptcp_options all;

    mptcp_options_read_of(version_of(), p->options, p->options_len, p->flags, &all, NULL);
    if (version_of() != 0 || all.present != MPTCP_HAS(MPTCP_DSS) ||
        (all.dss.flags & (MPTCP_DSS_DSN64 | MPTCP_DSS_ACK64)) != 0) {
        return false;
    }
    o.u.dss = all.dss;
    if ((all.dss.flags & MPTCP_DSS_MAP) != 0) {
        o.u.dss.flags |= MPTCP_DSS_DSN64;
        o.u.dss.dsn = mptcp_dsn_widen((uint32_t)all.dss.dsn, mptcp_dsn_of(first_dsn[from])).v;
    }
    if ((all.dss.flags & MPTCP_DSS_ACK) != 0) {
        o.u.dss.flags |= MPTCP_DSS_ACK64;
        o.u.dss.data_ack =
            mptcp_dsn_widen((uint32_t)all.dss.data_ack, mptcp_dsn_of(first_dsn[!from])).v;
    }
    memset(p->options, 0, sizeof p->options);
    p->options_len = 0;
    return append(p, &o);
}

bool way_foreign(struct segment *p, int from, unsigned what)
{
    struct segment before = *p;
    bool done;

    switch (what) {
    case 0:
        done = turn_round(p);
        break;
    case 1:
        done = map_nothing(p, from);
        break;
    case 2:
        done = wrong_keys(p);
        break;
    case 3:
        done = unknown_version(p);
        break;
    case 4:
        done = prio_first(p);
        break;
    case 5:
        done = keys_again(p, from);
        break;
    case 6:
        done = widen(p, from);
        break;
    default:
        done = from == CLIENT && forget_keys(p, from);
        break;
    }
    if (!done) {
        *p = before;
    }
    return done;
}
