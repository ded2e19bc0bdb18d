/*
 * rtt.c - measures the RTT of a subflow, unless the host reports it (mptcp_path.srtt_us): RFC 6298
 * applied to the segments sent and TCP's acknowledgements of them, from the handshake on.
 *
 *   idle      (rtt_at is IDLE) a segment at or after rtt_ssn is not a retransmission: its first
 *             octet is timed when it is sent; a SYN counts as an octet
 *   timed     one octet is timed, until TCP acknowledges it
 *   reported  (SF_RTT_TOLD) the host's TCP measures the RTT by itself
 *
 * An octet that was retransmitted gives no RTT (Karn's algorithm), only an upper bound of it: the
 * time since it was sent first. The bound is used while there is no measured RTT (SF_RTT_BOUND):
 * if the RTT is longer than TCP's first timeout, all SYNs and perhaps all segments are
 * retransmitted, and such a healthy path must not count as silent.
 *
 * What took more than SAMPLE_MAX gives none: a clock that jumps ahead must not make every later
 * wait as long as it jumped.
 *
 * Moves: srtt_us, rttvar_us, min_rtt_us, rtt_ssn, rtt_at, SF_RTT_TOLD, SF_RTT_TWICE, SF_RTT_BOUND.
 */
#include "machines/machines.h"

#define SRTT_MAX 0x3fffffffu /* in us, about 18 minutes: small multiples of it fit 32 bits */
/* The smallest RTT moves so slowly towards greater ones: a path may have become longer. */
#define MIN_AGES 2048u
/* In us: TCP retransmits before (RFC 6298 s2.5), so the clock has jumped. */
#define SAMPLE_MAX 64000000u

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void mptcp_rtt_told(struct mptcp_subflow *s, const struct mptcp_path *path)
{
    s->srtt_us = smaller(path->srtt_us, SRTT_MAX);
    s->rttvar_us = smaller(path->rttvar_us, SRTT_MAX / 4);
    s->min_rtt_us = path->min_rtt_us != 0 ? path->min_rtt_us : s->min_rtt_us;
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

/* Takes a measured RTT of `us` into srtt_us and rttvar_us (RFC 6298 s2). */
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
    if (us <= s->min_rtt_us - 1u) { /* also if it is 0: not known */
        s->min_rtt_us = us;
    } else {
        s->min_rtt_us += (us - s->min_rtt_us) / MIN_AGES;
    }
}

void mptcp_rtt_acked(const struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_ssn ack)
{
    if (s->rtt_at == IDLE || mptcp_ssn_before(ack, s->rtt_ssn)) {
        return;
    }
    uint32_t us = us_since(c, s->rtt_at) | 1u;

    s->rtt_at = IDLE;
    s->rtt_ssn = s->snd_nxt;
    if (us > SAMPLE_MAX) {
        return;
    }
    if ((s->flags & SF_RTT_TWICE) == 0) {
        learn(s, us);
    } else if (s->srtt_us == 0) {
        s->srtt_us = us;
        s->flags |= SF_RTT_BOUND;
    }
}
