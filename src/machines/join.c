/*
 * join.c - the MP_JOIN handshake (RFC 8684 s3.2), both roles.
 *
 *   initiator  SYN (token, nonce)                   SYN_SENT
 *              SYN/ACK with a right HMAC:           PRE, third ACK due
 *              the fourth ACK, any ACK at all:      OPEN
 *   listener   SYN with our token, if we want it:   SYN_RCVD
 *              ACK with a right HMAC:               OPEN, fourth ACK due
 *
 * Anyone who has seen a SYN on the path knows the token. So a join in SYN_RCVD, which is half-open,
 * may lose its slot: to a newer join (in a flood of SYNs only to one that wins a draw), and to a
 * subflow that this end opens.
 *
 * A failing check resets the subflow, with the reason, and never the connection
 * (J-10, J-11, J-12). The third ACK is repeated until the fourth has come
 * (J-8); no data is sent before that (J-9).
 *
 * Moves: join_draws, join_failures, nonces, DUE_NO_PATH, DUE_CLOSE; one subflow's state, nonces,
 * ids, backup flags, signal, timer; MARK_CLAIMED of addresses.
 */
#include "crypto/of_version.h"
#include "machines/machines.h"
#include "wire/mem.h"

#define ACK_TRIES 6

/* True if a living subflow is silent or to be reset, so that it may soon be gone. */
static bool any_silent(const struct mptcp_conn *c)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (sf_live(s) && (s->flags & (SF_SILENT | SF_RESET)) != 0) {
            return true;
        }
    }
    return false;
}

/* MPTCP_OK, or the code with which a join is to be refused. MPTCP_E_FULL: a slot may soon be free.
 */
int mptcp_join_refusal(const struct mptcp_conn *c, const struct mptcp_options *o)
{
    if ((o->present & MPTCP_HAS(MPTCP_JOIN)) == 0 || o->join.form != MPTCP_JOIN_SYN) {
        return MPTCP_E_JOIN_MISSING;
    }
    if (o->join.token != c->local_token) {
        return MPTCP_E_JOIN_TOKEN;
    }
    /* The connection need not be fully established: a join may overtake the peer's first DSS, which
     * takes another path. Nor does TIME_WAIT forbid it: a peer that joins then has not learned yet
     * that everything is acknowledged. */
    bool alone = mptcp_subflow_proven(c) == 0 && !mptcp_may_wait(c);
    if (!is_mptcp(c) || (c->bits & BIT_PARKED) != 0 || alone) {
        return MPTCP_E_JOIN_REFUSED;
    }
    if (mptcp_subflow_proven(c) < c->subflow_limit) {
        return MPTCP_OK;
    }
    return any_silent(c) ? MPTCP_E_FULL : MPTCP_E_JOIN_REFUSED;
}

uint32_t mptcp_join_nonce(struct mptcp_conn *c)
{
    return mptcp_nonce(c->seed, c->nonces++);
}

/*
 * True if a new join gets the slot of `oldest`, a half-open one. A real join of the peer's sends
 * its third ACK within an RTT of the slowest path, so one older than that loses its slot. If
 * `oldest` is younger, SYNs come so fast that each would remove a real join before its third ACK:
 * then the new one must win a draw. The odds fall with each draw, until joins that win keep their
 * slot for that RTT.
 */
static bool wins(struct mptcp_conn *c, const struct mptcp_subflow *oldest)
{
    uint32_t age = us_since(c, oldest->progress);
    unsigned few = c->subflow_limit;

    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (mptcp_subflow_is_proven(s) && age < s->srtt_us) {
            count_up(&c->join_draws);
            return mptcp_join_nonce(c) % (few + c->join_draws) < few;
        }
    }
    c->join_draws = (uint8_t)(c->join_draws * 7u / 8);
    return true;
}

bool mptcp_join_makes_room(struct mptcp_conn *c, uint32_t from, mptcp_time now)
{
    struct mptcp_subflow *first = mptcp_half_open_first(c, from);

    if (first == NULL) {
        return false;
    }
    mptcp_clock_set(c, now);
    if (first->from != from && !wins(c, first)) {
        return false;
    }
    mptcp_subflow_fail(first, MPTCP_E_FULL);
    return true;
}

void mptcp_join_on_syn(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_join *j)
{
    s->remote_id = j->addr_id;
    s->remote_nonce = j->nonce;
    s->local_nonce = mptcp_join_nonce(c);
    if (j->backup) {
        s->flags |= SF_PEER_BACKUP;
    }
    s->timer = from_now(c, backoff(c->signal_rto, ACK_TRIES));
}

/* True if the segment has an MP_JOIN of this form and its HMAC, the first n octets of it, is right;
 * else s is marked for a reset. A SYN/ACK brings the peer's nonce. */
static bool proven(const struct mptcp_conn *c, struct mptcp_subflow *s,
                   const struct mptcp_options *o, unsigned form, size_t n)
{
    if ((o->present & MPTCP_HAS(MPTCP_JOIN)) == 0 || o->join.form != form) {
        mptcp_subflow_fail(s, MPTCP_E_JOIN_MISSING);
        return false;
    }
    if (form == MPTCP_JOIN_SYNACK) {
        s->remote_nonce = o->join.nonce;
    }
    struct mptcp_join_auth theirs = {c->remote_key, c->local_key, s->remote_nonce, s->local_nonce};
    if (!mptcp_join_hmac_ok_of(c->version, &theirs, o->join.hmac, n)) {
        mptcp_subflow_fail(s, MPTCP_E_JOIN_HMAC);
        return false;
    }
    return true;
}

/* Makes the third ACK due, and starts the timer after which it is due again, even if it could not
 * be sent. */
static void third_ack(const struct mptcp_conn *c, struct mptcp_subflow *s)
{
    s->signal |= SIG_JOIN_ACK;
    s->timer = from_now(c, backoff(signal_wait(c, s), s->third_acks));
    count_up(&s->third_acks);
}

void mptcp_join_on_synack(struct mptcp_conn *c, struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, const struct mptcp_options *o)
{
    if (!proven(c, s, o, MPTCP_JOIN_SYNACK, MPTCP_JOIN_HMAC_SYNACK_SIZE)) {
        return;
    }
    s->state = SF_PRE;
    s->remote_id = o->join.addr_id;
    if (o->join.backup) {
        s->flags |= SF_PEER_BACKUP;
    }
    s->snd_edge = mptcp_ssn_of(1 + seg->window);
    s->third_acks = 0;
    third_ack(c, s);
}

/* Subflow s has proved its keys: its addresses are no longer only claimed. An address that another
 * SYN claimed for the same remote id is removed. */
static void believe(struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    struct mptcp_addr_slot *l = mptcp_local_of(c, s->local_id);
    struct mptcp_addr_slot *r = mptcp_remote_of(c, s->remote_id);

    if (l != NULL) {
        l->flags &= (uint16_t)~MARK_CLAIMED;
    }
    if (r == NULL || (r->flags & MARK_CLAIMED) == 0) {
        return;
    }
    r->flags &= (uint16_t)~MARK_CLAIMED;
    if ((s->flags & SF_CLAIMS) == 0) {
        r->flags = 0;
    }
}

/* The handshake of the join s is complete: s may carry data. */
static void opened(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    s->state = SF_OPEN;
    s->timer = IDLE;
    s->progress = c->tick;
    c->join_failures = 0;
    c->timer[DUE_NO_PATH] = IDLE;
    if ((c->events & EVER_CLOSED) != 0) {
        c->timer[DUE_CLOSE] = from_now(c, c->close_limit);
    }
    s->hole_from = s->hole_to = mptcp_ssn_of(0);
    s->sum = 0;
    believe(c, s);
    mptcp_paths_changed(c);
}

/* Returns false, and marks s for a reset, if the HMAC is wrong: the segment is to be dropped. */
bool mptcp_join_on_ack(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_options *o)
{
    if (!proven(c, s, o, MPTCP_JOIN_ACK, MPTCP_JOIN_HMAC_SIZE)) {
        return false;
    }
    opened(c, s);
    want_ack(s);
    return true;
}

void mptcp_join_on_fourth_ack(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    opened(c, s);
    s->signal &= (uint8_t)~SIG_JOIN_ACK;
}

void mptcp_join_on_timeout(const struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if (s->state == SF_PRE && s->third_acks < ACK_TRIES) {
        third_ack(c, s);
        return;
    }
    s->timer = IDLE;
    mptcp_subflow_fail(s, s->state == SF_PRE ? MPTCP_E_TIMED_OUT : MPTCP_E_JOIN_MISSING);
}

/* Fills every member of *j; the option writer writes those that the form has. */
void mptcp_join_make(const struct mptcp_conn *c, const struct mptcp_subflow *s, unsigned tcp_flags,
                     struct mptcp_join *j)
{
    struct mptcp_join_auth ours = {c->local_key, c->remote_key, s->local_nonce, s->remote_nonce};
    const struct mptcp_addr_slot *l = mptcp_local_of(c, s->local_id);

    j->form = (tcp_flags & MPTCP_TCP_SYN) == 0   ? MPTCP_JOIN_ACK
              : (tcp_flags & MPTCP_TCP_ACK) == 0 ? MPTCP_JOIN_SYN
                                                 : MPTCP_JOIN_SYNACK;
    j->backup = (s->flags & SF_BACKUP) != 0;
    j->addr_id = l != NULL ? addr_wire_id(l) : s->local_id;
    j->nonce = s->local_nonce;
    j->token = c->remote_token;
    if (j->form != MPTCP_JOIN_SYN) {
        mptcp_join_hmac_of(c->version, &ours, j->hmac);
    }
}
