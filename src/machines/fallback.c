/*
 * fallback.c - giving MPTCP up for plain TCP (RFC 8684 s3.7).
 *
 * Plain TCP is the same connection with one subflow and without options: SSN
 * and DSN run in step from here on, the subflow's acknowledgements are the
 * connection's. It never goes back (B-9), and it is possible only while no
 * additional subflow has ever been there and everything that was mapped lies
 * in one piece; otherwise the subflow is reset.
 *
 * A peer that loses only what we say need not notice: data that is sent
 * for the first time carries an infinite mapping until some of it has been
 * acknowledged (B-3).
 *
 * Moves: phase, fallback; received runs of the initial subflow, SF_INFINITE.
 */
#include "machines/machines.h"

#define INITIAL_SLOT 0u

bool mptcp_fallback_possible(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return (s->flags & SF_INITIAL) != 0 && (c->bits & BIT_JOINED) == 0 &&
           mptcp_subflow_count(c) == 1;
}

/* What has arrived without a mapping follows what had one. */
static void map_the_rest(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    struct mptcp_run *base = rx_base(c, INITIAL_SLOT);
    mptcp_ssn mapped = s->rcv_done;

    mptcp_runs_cut(base, &s->rx, s->rcv_nxt);
    if (s->rx.count > 0) {
        mapped = mptcp_run_end(mptcp_run_at(base, &s->rx, s->rx.count - 1u));
    }
    uint32_t rest = (uint32_t)mptcp_ssn_diff(s->rcv_nxt, mapped);
    if (rest > 0) {
        struct mptcp_run run = mptcp_run_of(c->rcv_nxt, mapped, rest, 0, 0);
        mptcp_map_in(c, INITIAL_SLOT, &run);
        s->rcv_valid = s->rcv_nxt;
        mptcp_arrive_advance(c);
    }
}

static void announce(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    s->flags |= SF_INFINITE;
    s->flags |= (c->bits & BIT_CHECKSUM) != 0 ? SF_INFINITE_SUM : 0u;
    s->infinite = s->snd_nxt;
}

void mptcp_fallback(struct mptcp_conn *c, int code)
{
    /* Nothing falls back but the initial subflow alone. */
    struct mptcp_subflow *s = subflow_at(c, INITIAL_SLOT);

    if (c->phase == PHASE_OPENING) {
        /* No IDSN of the peer's: its first octet may have any number. */
        mptcp_window_open(c, mptcp_dsn_of(1));
    }
    if (c->phase == PHASE_MPTCP) {
        announce(c, s);
    }
    c->phase = PHASE_PLAIN;
    c->fallback = code;
    c->bits &= (uint16_t) ~(BIT_FIN_DUE | BIT_FIN_SENT | BIT_CHECKSUM);
    c->due[DUE_FIN] = c->due[DUE_DATA_ACK] = MPTCP_NEVER;
    c->rtx_end = c->rtx_nxt = c->rtx_forced = c->snd_una;
    if ((c->events & EVER_OPEN) != 0) {
        c->events |= HAPPENED_FALLBACK;
    }
    s->signal = 0;
    s->flags &= (uint16_t) ~(SF_STALLED | SF_BACKUP | SF_PEER_BACKUP);
    map_the_rest(c, s);
    if ((s->flags & SF_FIN_RECEIVED) != 0) {
        mptcp_close_on_fin(c, c->rcv_nxt);
    }
}
