/*
 * numbers.c - sequence numbers: 32 bits on the wire, beginning anywhere, and rewritten on the way.
 *
 *   a host   knows its own ISN, and the peer's from the SYN that came; the core is told what is
 *            left of a number when they are taken away (SYN 0, data from 1)
 *   a box    has seen the SYNs pass, too, and knows what it adds to the numbers of either side;
 *            its faults mean the SSNs of the sender, before any box
 *
 * Octets in a SYN that the peer took lie between the SYN and SSN 1 (Appendix B): both know how many
 * by the SYN/ACK.
 */
#include "sim.h"

/* Half of them pass 2^32 within the first octets. */
uint32_t isn_of(const struct sim *s, uint32_t salt)
{
    uint64_t r = s->sc.seed * 0xd1342543de82ef95ull + salt;
    uint64_t drawn = draw(&r);

    return (drawn & 1) != 0 ? 0u - (uint32_t)(drawn >> 8) % 3000u : (uint32_t)(drawn >> 32);
}

void wire_number(struct sim *s, const struct tcp *t, struct segment *p)
{
    bool syn = (p->seg.tcp_flags & MPTCP_TCP_SYN) != 0;
    bool ack = (p->seg.tcp_flags & MPTCP_TCP_ACK) != 0;

    p->wire_ssn = t->iss + (syn ? 0 : t->tx_base + p->seg.ssn.v);
    p->wire_ack = ack ? t->irs + t->rx_base + p->seg.ack.v : 0;
    s->met[MET_WRAP_ISN] += p->wire_ssn + p->seg.len < p->wire_ssn;
}

/* RFC 9293 s3.10.7.3: only what answers our SYN, and only that tells the peer's number. */
static bool in_syn_sent(struct tcp *t, struct segment *p)
{
    uint32_t beyond = p->wire_ack - t->iss - 1;
    unsigned flags = p->seg.tcp_flags;

    if ((flags & MPTCP_TCP_ACK) == 0 || beyond > t->offered) {
        return false;
    }
    p->seg.ssn.v = 0;
    p->seg.ack.v = 1;
    if ((flags & MPTCP_TCP_SYN) != 0) {
        t->irs = p->wire_ssn;
        t->irs_known = true;
        t->tx_base = beyond;
    }
    return (flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) != 0;
}

bool tcp_number(struct tcp *t, struct segment *p)
{
    bool syn = (p->seg.tcp_flags & MPTCP_TCP_SYN) != 0;
    bool ack = (p->seg.tcp_flags & MPTCP_TCP_ACK) != 0;

    if (!t->irs_known) {
        return t->syn_sent && in_syn_sent(t, p);
    }
    p->seg.ssn.v = p->wire_ssn - t->irs - (syn ? 0 : t->rx_base);
    p->seg.ack.v = ack ? p->wire_ack - t->iss - t->tx_base : 0;
    return true;
}

/* A segment of an end, before the boxes: numbers as its peer would have them without any. */
void box_sees(struct sim *s, struct segment *p)
{
    struct track *t = &s->track[p->tcp][!p->to];
    struct track *back = &s->track[p->tcp][p->to];
    uint32_t shift = s->sc.fault[p->path][p->to].shift;
    bool syn = (p->seg.tcp_flags & MPTCP_TCP_SYN) != 0;
    bool ack = (p->seg.tcp_flags & MPTCP_TCP_ACK) != 0;

    if (syn) {
        t->iss = p->wire_ssn;
        t->known = true;
    }
    if (syn && ack && back->known) {
        back->base = p->wire_ack - back->iss - shift - 1;
    }
    if (t->known) {
        p->seg.ssn.v = syn ? 0 : p->wire_ssn - t->iss - t->base;
    }
    if (ack && back->known) {
        p->seg.ack.v = p->wire_ack - back->iss - shift - back->base;
    }
}

/* As it goes on from the boxes to whom it is for. */
void box_number(struct sim *s, struct segment *p)
{
    const struct track *t = &s->track[p->tcp][!p->to];
    const struct track *back = &s->track[p->tcp][p->to];
    uint32_t shift = s->sc.fault[p->path][!p->to].shift;
    bool syn = (p->seg.tcp_flags & MPTCP_TCP_SYN) != 0;

    if (t->known) {
        p->wire_ssn = t->iss + shift + (syn ? 0 : t->base + p->seg.ssn.v);
        s->met[MET_REWRITE] += shift != 0;
    }
    if ((p->seg.tcp_flags & MPTCP_TCP_ACK) != 0 && back->known) {
        p->wire_ack = back->iss + back->base + p->seg.ack.v;
    }
}
