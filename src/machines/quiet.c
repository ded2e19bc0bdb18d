/*
 * quiet.c - subflows of ours that bring nothing while others bring octets (RFC 8684 s3.3.6).
 *
 * An end that only receives misses nothing on a path that is lost: its TCP waits for no answer, and
 * no octets there can be late. Meanwhile the peer's end may be gone, or a box that was restarted
 * may drop whatever belongs to no flow that it knows. So the peer is asked.
 *
 *   heard   octets have come within QUIET_US, on it or on no subflow
 *   asked   (SF_QUIET) they have not, while others brought some: it is probed as one whose address
 *           was removed (announce.c): three keep-alives. Any valid segment makes it heard; but the
 *           next question comes after twice the time without octets, since the peer may leave the
 *           path alone for a reason (a backup, a slower one).
 *   over    nobody has answered, while others brought octets all the time: it is reset, and opened
 *           again (H-4). If they bring none either, nothing is known: it stays, and is not asked
 * any more.
 *
 * Only the end that opened a subflow asks, and only while it can open another one in its place: our
 * direction is open, joins are not refused, and the policy wants this pair of addresses. What is in
 * flight is a question already: silence.c.
 *
 * A box may let joins and data through and drop keep-alives. So after QUIET_ENDS_MAX subflows that
 * took the place of others, brought nothing, and were reset by this, nobody is asked until one of
 * them works.
 *
 * Moves: heard, SF_QUIET; ends SF_PROBING, SF_PROBE_DUE, SF_ASKED and the timer of a
 * question that means nothing any more.
 */
#include "machines/machines.h"
#include "tables/pairs.h"

#define QUIET_US 2000000u
#define MOST_US 60000000u /* between two questions */
#define QUIET_ENDS_MAX 2
/* Something else decides what becomes of the subflow. */
#define OTHERWISE (SF_LEAVING | SF_RESET | SF_FIN_RECEIVED | SF_FIN_GIVEN)

extern MPTCP_INLINE void mptcp_quiet_heard(const struct mptcp_conn *c, struct mptcp_subflow *s);

/* True if another subflow may be opened in the place of s (H-4). */
static bool may_be_replaced(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    /* When the DATA_FIN is acknowledged no subflow is opened any more, and that may be soon. */
    if (c->join_tries == JOINS_STOPPED || is_shut(c) || joins_refused(c) != MPTCP_OK) {
        return false;
    }
    const struct mptcp_addr_slot *l = mptcp_local_of(c, s->local_id);
    const struct mptcp_addr_slot *r = mptcp_remote_of(c, s->remote_id);
    return l != NULL && r != NULL && pair_excluded(c, l, r) == MPTCP_OK;
}

/* True if s may be asked: nothing is in flight on it, answers mean something on this connection,
 * and s can be opened again, since it is reset if nobody answers. */
static bool may_be_asked(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return s->state == SF_OPEN && (s->flags & (SF_OURS | SF_PROBING | OTHERWISE)) == SF_OURS &&
           !mptcp_ssn_before(s->snd_una, s->snd_nxt) && c->quiet_ends < QUIET_ENDS_MAX &&
           may_be_replaced(c, s);
}

/* The moment `us` microseconds before another one. */
static mptcp_tick before(mptcp_tick moment, uint32_t us)
{
    return moment > us >> TICK_SHIFT ? moment - (us >> TICK_SHIFT) : 0;
}

/* When s is asked if other subflows bring octets. `progress` is the moment of the last question; if
 * octets left since then, that of their acknowledgement, which is an answer as well. */
static mptcp_tick next_question(const struct mptcp_subflow *s)
{
    bool later = s->progress > s->heard;
    mptcp_tick ticks = later ? s->progress - s->heard : 0;
    uint32_t us = ticks < MOST_US >> TICK_SHIFT ? ticks << TICK_SHIFT : MOST_US;

    return tick_after(later ? s->progress : s->heard, us > QUIET_US ? us : QUIET_US);
}

/* True if another subflow has brought octets since a moment. */
static bool others_bring(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                         mptcp_tick since)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *other = subflow_at(c, i);
        /* Before its first octet `heard` is the moment of its SYN. SSNs wrap, so no order tells:
         * after 2^32 octets precisely this is false until the next one. */
        bool ever = !mptcp_ssn_eq(mptcp_ssn_of(1), other->rcv_nxt);
        if (other != s && other->state == SF_OPEN && ever && other->heard >= since) {
            return true;
        }
    }
    return false;
}

mptcp_tick mptcp_quiet_due(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    if (!may_be_asked(c, s)) {
        return IDLE;
    }
    mptcp_tick at = next_question(s);
    mptcp_tick then = at > c->tick ? at : c->tick;
    return others_bring(c, s, before(then, QUIET_US)) ? at : IDLE;
}

bool mptcp_quiet_on_timeout(const struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if (mptcp_quiet_due(c, s) > c->tick) {
        return false;
    }
    s->flags |= SF_QUIET;
    return true;
}

bool mptcp_quiet_over(const struct mptcp_conn *c, struct mptcp_subflow *s)
{
    mptcp_tick asked = before(s->timer, mptcp_pm_answer_time(c, s));
    bool lasts = (s->flags & OTHERWISE) == 0 && may_be_replaced(c, s) &&
                 others_bring(c, s, earlier(asked, before(c->tick, QUIET_US)));

    if ((s->flags & SF_QUIET) == 0 || lasts) {
        return false;
    }
    s->flags &= ~(uint32_t)(SF_PROBED | SF_ASKED);
    s->timer = IDLE;
    return true;
}
