/*
 * judge.c - what every packet that a host with MPTCP sends must be, whatever the test is about:
 * one that fits the interface, with right lengths and checksums and whole options; and of a
 * connection in MPTCP, no octet without the mapping that it lies under; and where both SYNs had
 * timestamps, no segment but a RST without one (RFC 7323 s3.2).
 */
#include "world_own.h"

#include <stdio.h>
#include <string.h>

static void wrong(struct world *w, const struct seg *p, const char *what)
{
    char text[sizeof w->fault];

    snprintf(text, sizeof text, "%s (port %u to %u, seq %u, flags %x, %u octets)", what,
             p->from.port, p->to.port, p->seq, p->flags, p->len);
    world_wrong(w, text);
}

static struct judged *flow(struct world *w, const struct mptcp_addr *from,
                           const struct mptcp_addr *to)
{
    for (unsigned i = w->flows; i > 0; i--) {
        struct judged *j = &w->judged[i - 1];
        if (same_end(&j->from, from) && same_end(&j->to, to)) {
            return j;
        }
    }
    return NULL;
}

static void note_syn(struct world *w, const struct seg *p)
{
    struct judged *back = flow(w, &p->to, &p->from);
    struct judged *j = flow(w, &p->from, &p->to);

    if (j != NULL && j->isn == p->seq) {
        return;
    }
    if (j == NULL) {
        if (w->flows == JUDGED) {
            return;
        }
        j = &w->judged[w->flows++];
    }
    j->from = p->from;
    j->to = p->to;
    j->isn = p->seq;
    j->offered = seg_option(p, OPT_MPTCP) != NULL;
    j->stamped = seg_option(p, OPT_TIME) != NULL;
    j->mptcp = (p->flags & ACK) != 0 && j->offered && back != NULL && back->offered;
    if (back != NULL) {
        back->mptcp = j->mptcp;
    }
}

/* Whether the octets of a segment lie under the mapping that it carries. */
static bool mapped(const struct judged *j, const struct seg *p)
{
    const uint8_t *keys = seg_mptcp(p, SUB_CAPABLE);
    uint32_t ssn = p->seq - j->isn;
    struct dss d;

    if (keys != NULL && keys[1] >= 22) { /* the first mapping, from 1 on: its length stands there */
        return ssn - 1 < get16(keys + 20) && p->len <= get16(keys + 20) - (ssn - 1);
    }
    if (!seg_dss(p, &d) || !d.has_map) {
        return false;
    }
    uint32_t at = ssn - d.ssn;
    return d.len == 0 || (at < d.len && p->len <= d.len - at); /* 0: the infinite mapping */
}

/* Whether a segment lacks the timestamp that both ends agreed upon. */
static bool lacks_stamp(struct world *w, const struct judged *j, const struct seg *p)
{
    const struct judged *back = flow(w, &p->to, &p->from);

    return (p->flags & (SYN | RST)) == 0 && j->stamped && back != NULL && back->stamped &&
           seg_option(p, OPT_TIME) == NULL;
}

static void judge_tcp(struct world *w, unsigned nif, const uint8_t *packet, size_t len,
                      const struct seg *p)
{
    struct judged *j;

    (void)nif;
    if ((p->flags & SYN) != 0) {
        note_syn(w, p);
    }
    j = flow(w, &p->from, &p->to);
    if (!seg_options_whole(p)) {
        wrong(w, p, "an option is cut off");
    }
    if (j == NULL || !j->offered) {
        return;
    }
    if (lacks_stamp(w, j, p)) {
        wrong(w, p, "a timestamp is missing");
    }
    if (!seg_sums_right(packet, len)) {
        wrong(w, p, "a checksum is wrong");
    }
    if (j->mptcp && !w->cfg.loose && p->len != 0 && !mapped(j, p)) {
        wrong(w, p, "octets leave without their mapping");
    }
}

void judge(struct world *w, enum side from, unsigned nif, const uint8_t *packet, size_t len)
{
    struct seg p;
    bool four = len >= 20 && packet[0] >> 4 == 4;

    (void)from;
    if (!seg_read(packet, len, &p)) {
        return;
    }
    if (len > w->cfg.mtu) {
        wrong(w, &p, "a packet exceeds the MTU");
    }
    if (len != (four ? get16(packet + 2) : 40u + get16(packet + 4))) {
        wrong(w, &p, "the length of a frame is not that of its packet");
    }
    judge_tcp(w, nif, packet, len, &p);
}
