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
 * One octet is timed in each RTT, and the mean of the last eight RTTs says little about a path
 * whose queue has filled or drained since. So a measurement also tells with how many octets in
 * flight it was made (rtt_flight), and how fast the peer's TCP acknowledged meanwhile (pace): with
 * those the schedulers are shown what the RTT will be (tables/offer.c).
 *
 * Moves: srtt_us, rttvar_us, min_rtt_us, rtt_ssn, rtt_at, rtt_una, rtt_flight, pace, SF_RTT_TOLD,
 * SF_RTT_TWICE, SF_RTT_BOUND.
 */
#include "mptcp/rtt.h"
#include "machines/machines.h"

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
    s->flags = (s->flags | SF_RTT_TOLD) & ~(uint32_t)SF_RTT_BOUND;
    s->rtt_at = IDLE;
    s->pace = 0;
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
        s->rtt_una = s->snd_una;
        s->flags &= ~(uint32_t)SF_RTT_TWICE;
    }
}

/* Takes a measured RTT of `us`. A bound counts no more. */
static void learn(struct mptcp_subflow *s, uint32_t us)
{
    bool bound = (s->flags & SF_RTT_BOUND) != 0;
    struct mptcp_rtt rtt = {bound ? 0 : s->srtt_us, s->rttvar_us, s->min_rtt_us};

    rtt = mptcp_rtt_measured(rtt, us);
    s->srtt_us = rtt.srtt_us;
    s->rttvar_us = rtt.rttvar_us;
    s->min_rtt_us = rtt.min_rtt_us;
    s->flags &= ~(uint32_t)SF_RTT_BOUND;
}

/* `flight` octets were in flight with the octet that was timed, and `octets` were acknowledged in
 * the `us` that it took. Without a queue the path may be faster than that: such a measurement only
 * shortens the pace. To be called after learn(). */
static void learn_pace(struct mptcp_subflow *s, uint32_t us, uint32_t flight, uint32_t octets)
{
    uint64_t us_each = ((uint64_t)us << PACE_SHIFT) / (octets != 0 ? octets : 1);
    uint32_t pace = us_each < UINT32_MAX ? (uint32_t)us_each | 1u : UINT32_MAX;
    bool queued = us > s->min_rtt_us + s->min_rtt_us / 4;

    s->rtt_flight += flight / 8 - s->rtt_flight / 8;
    if (queued && s->pace == 0) {
        s->pace = pace;
    } else if (queued || pace < s->pace) {
        s->pace += pace / 4 - s->pace / 4;
    }
}

void mptcp_rtt_acked(const struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_ssn ack)
{
    if (s->rtt_at == IDLE || mptcp_ssn_before(ack, s->rtt_ssn)) {
        return;
    }
    uint32_t us = us_since(c, s->rtt_at) | 1u;
    int32_t flight = mptcp_ssn_diff(s->rtt_ssn, s->rtt_una); /* 0 for a SYN */

    s->rtt_at = IDLE;
    s->rtt_ssn = s->snd_nxt;
    if (us > SAMPLE_MAX) {
        return;
    }
    if ((s->flags & SF_RTT_TWICE) == 0) {
        learn(s, us);
        learn_pace(s, us, (uint32_t)(flight > 0 ? flight : 0),
                   (uint32_t)mptcp_ssn_diff(ack, s->rtt_una));
    } else if (s->srtt_us == 0) {
        s->srtt_us = us;
        s->flags |= SF_RTT_BOUND;
    }
}
