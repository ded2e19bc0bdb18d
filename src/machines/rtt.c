/*
 * rtt.c - the RTT of a subflow, where the host does not tell it (mptcp_path.srtt_us): RFC 6298 over
 * what leaves and what the peer's TCP acknowledges, its handshake first.
 *
 *   idle     (rtt_at is IDLE) what leaves next at rtt_ssn or after it leaves for the first time:
 *            its first octet is timed; a SYN counts as one
 *   timed    until TCP acknowledges that octet
 *   told     (SF_RTT_TOLD) the host's TCP measures by itself
 *
 * An octet that was sent again tells no RTT (Karn), only what it is at most, counted from the first
 * time. While nothing better is known that is used (SF_RTT_BOUND): where the RTT is longer than
 * TCP's first timeout all SYNs and perhaps all segments are sent again, and a healthy path must not
 * count as silent.
 *
 * Moves: srtt_us, rttvar_us, rtt_ssn, rtt_at, SF_RTT_TOLD, SF_RTT_TWICE, SF_RTT_BOUND.
 */
#include "machines/machines.h"

#define SRTT_MAX 0x3fffffffu /* 18 minutes: sums of a few fit 32 bits */

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void mptcp_rtt_told(struct mptcp_subflow *s, uint32_t srtt_us, uint32_t rttvar_us)
{
    s->srtt_us = smaller(srtt_us, SRTT_MAX);
    s->rttvar_us = smaller(rttvar_us, SRTT_MAX / 4);
    s->flags |= SF_RTT_TOLD;
    s->rtt_at = IDLE;
}

void mptcp_rtt_sent(const struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_ssn ssn)
{
    bool again = mptcp_ssn_before(ssn, s->rtt_ssn);

    if ((s->flags & SF_RTT_TOLD) != 0) {
        return;
    }
    if (s->rtt_at != IDLE) {
        s->flags |= again ? SF_RTT_TWICE : 0u;
    } else if (!again) {
        s->rtt_at = c->tick;
        s->rtt_ssn = mptcp_ssn_add(ssn, 1);
        s->flags &= ~(uint32_t)SF_RTT_TWICE;
    }
}

/* RFC 6298 s2. */
static void learn(struct mptcp_subflow *s, uint32_t us)
{
    uint32_t off = us > s->srtt_us ? us - s->srtt_us : s->srtt_us - us;

    if (s->srtt_us == 0 || (s->flags & SF_RTT_BOUND) != 0) {
        s->srtt_us = us;
        s->rttvar_us = us / 2;
    } else {
        s->rttvar_us += off / 4 - s->rttvar_us / 4;
        s->srtt_us += us / 8 - s->srtt_us / 8;
    }
    s->flags &= ~(uint32_t)SF_RTT_BOUND;
}

void mptcp_rtt_acked(const struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_ssn ack)
{
    if (s->rtt_at == IDLE || mptcp_ssn_before(ack, s->rtt_ssn)) {
        return;
    }
    uint32_t us = smaller(us_since(c, s->rtt_at), SRTT_MAX) | 1u;

    s->rtt_at = IDLE;
    s->rtt_ssn = s->snd_nxt;
    if ((s->flags & SF_RTT_TWICE) == 0) {
        learn(s, us);
    } else if (s->srtt_us == 0) {
        s->srtt_us = us;
        s->flags |= SF_RTT_BOUND;
    }
}
