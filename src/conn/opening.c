/*
 * opening.c - calls that open a subflow: connect, accept, accept_ack, fast_open, accept_join.
 */
#include "conn/conn.h"

#define PRIME 0x7fffffffu /* 2^31 - 1 */

/* Checks the arguments that all calls which open a subflow have. MPTCP_OK, ARGUMENT or STATE. */
static int opening_refused(const struct mptcp_conn *c, const struct mptcp_addr *local,
                           const struct mptcp_addr *remote, const mptcp_sf *sf, mptcp_time now)
{
    bool possible = addr_possible(local) && addr_possible(remote) && sf != NULL;
    return possible ? call_refused(c, now) : MPTCP_E_ARGUMENT;
}

/* Opens the initial subflow, in slot 0, in this state, and stores both addresses with id 0. Sets
 * *sf. Returns MPTCP_OK; STATE if the connection was opened before; or as opening_refused. */
static int open_initial(struct mptcp_conn *c, unsigned state, const struct mptcp_addr *local,
                        const struct mptcp_addr *remote, mptcp_sf *sf, mptcp_time now)
{
    int why = opening_refused(c, local, remote, sf, now);

    if (why != MPTCP_OK) {
        return why;
    }
    if (c->phase != PHASE_NEW) {
        return MPTCP_E_STATE;
    }
    mptcp_clock_set(c, now);
    struct mptcp_subflow *s = mptcp_subflow_open(c, 0, state);
    s->flags |= SF_INITIAL;
    s->local_port = local->port;
    s->remote_port = remote->port;
    mptcp_addr_learn(c, local_at(c, 0), local, MPTCP_ADDR_ID_INITIAL);
    mptcp_addr_learn(c, remote_at(c, 0), remote, MPTCP_ADDR_ID_INITIAL)->flags |= MARK_TOLD;
    c->first_port = remote->port;
    c->phase = PHASE_OPENING;
    c->wide_since = c->tick;
    *sf = handle_of(c, 0);
    return MPTCP_OK;
}

int mptcp_connect(struct mptcp_conn *c, const struct mptcp_addr *local,
                  const struct mptcp_addr *remote, mptcp_sf *sf, mptcp_time now)
{
    int why = open_initial(c, SF_SYN_SENT, local, remote, sf, now);
    if (why != MPTCP_OK) {
        return why;
    }
    subflow_at(c, 0)->flags |= SF_OURS;
    mptcp_pair_set(c, local_at(c, 0), remote_at(c, 0), PAIR_TRIED);
    c->bits |= BIT_CLIENT;
    if ((c->flags & MPTCP_CFG_NO_MPTCP) != 0) {
        mptcp_plain_from_start(c, MPTCP_E_NO_MPTCP);
    } else {
        c->bits |= BIT_SYN_CAPABLE;
    }
    return mptcp_end_call(c);
}

int mptcp_accept(struct mptcp_conn *c, const struct mptcp_segment *syn,
                 const struct mptcp_addr *local, const struct mptcp_addr *remote, mptcp_sf *sf,
                 mptcp_time now)
{
    struct mptcp_options o;

    if (!segment_possible(syn) ||
        (syn->tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK | MPTCP_TCP_RST)) != MPTCP_TCP_SYN) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_options_read(syn->options, syn->options_len, syn->tcp_flags, &o, NULL);
    unsigned version;
    if (mptcp_capable_judge_syn(&o, &version) == MPTCP_E_JOIN_MISSING) {
        return MPTCP_E_JOIN_MISSING;
    }
    int why = open_initial(c, SF_SYN_RCVD, local, remote, sf, now);
    if (why != MPTCP_OK) {
        return why;
    }
    why = mptcp_capable_on_syn(c, subflow_at(c, 0), &o);
    if (why != MPTCP_OK) {
        mptcp_plain_from_start(c, why);
    }
    return mptcp_end_call(c);
}

/*
 * Puts the connection into the state after the SYN and SYN/ACK. The contents of the SYN are not
 * needed: the peer repeats its key and flags in the third ACK (C-11), which comes next.
 */
int mptcp_accept_ack(struct mptcp_conn *c, const struct mptcp_addr *local,
                     const struct mptcp_addr *remote, mptcp_sf *sf, mptcp_time now)
{
    int why = open_initial(c, SF_SYN_RCVD, local, remote, sf, now);
    if (why != MPTCP_OK) {
        return why;
    }
    c->bits |= BIT_STATELESS;
    c->bits |= (c->flags & MPTCP_CFG_CHECKSUM) != 0 ? (uint32_t)BIT_CHECKSUM : 0u;
    if ((c->flags & MPTCP_CFG_NO_MPTCP) != 0) {
        mptcp_plain_from_start(c, MPTCP_E_NO_MPTCP);
    }
    return mptcp_end_call(c);
}

int mptcp_on_fast_open(struct mptcp_conn *c, mptcp_sf sf, uint32_t window, mptcp_time now)
{
    struct mptcp_subflow *s;
    int why = window > LENGTH_MAX ? MPTCP_E_ARGUMENT : subflow_refused(c, sf, now, &s);

    if (why != MPTCP_OK) {
        return why;
    }
    if (s->state != SF_SYN_RCVD || (s->flags & SF_INITIAL) == 0 || !profile_of(c)->syn_data) {
        return MPTCP_E_STATE;
    }
    mptcp_clock_set(c, now);
    c->bits |= BIT_FAST_OPEN;
    c->snd_edge = mptcp_dsn_add(c->snd_first, window);
    s->snd_edge = mptcp_ssn_of(1 + window);
    return mptcp_end_call(c);
}

/*
 * MPTCP_OK, or the code with which a join to this local address is to be refused; l is its slot,
 * NULL if it is unknown. JOIN_REFUSED: it is being removed, or it is the initial address and port
 * and we have set flag C (C-21). FULL: there is no slot for an unknown one.
 */
static int place_refusal(struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                         const struct mptcp_addr *local)
{
    const struct mptcp_addr_slot *first = local_at(c, 0);

    if (l == NULL) {
        return mptcp_addr_free(c, local_at(c, 0)) == NULL ? MPTCP_E_FULL : MPTCP_OK;
    }
    bool initial = l == first && local->port == first->addr.port;
    bool denied = initial && (c->flags & MPTCP_CFG_DENY_JOIN) != 0;
    return denied || !addr_good(l) ? MPTCP_E_JOIN_REFUSED : MPTCP_OK;
}

/* J-4: stores the address and id of a join of the peer's, marked as only claimed, if the id is
 * unknown and a slot is free. */
static void learn_remote(struct mptcp_conn *c, struct mptcp_subflow *s,
                         const struct mptcp_addr *remote, uint8_t id)
{
    if (mptcp_remote_of(c, id) != NULL) {
        return;
    }
    struct mptcp_addr_slot *r = mptcp_addr_learn(c, remote_at(c, 0), remote, id);
    if (r != NULL) {
        r->flags |= MARK_CLAIMED;
        s->flags |= SF_CLAIMS;
    }
}

/*
 * Returns the number by which a half-open join stores the peer's address, to save memory: a
 * polynomial of the address, modulo the prime 2^31 - 1, at a point that is secret. Of two addresses
 * that were chosen without the secret the numbers differ, but for odds of one in 2^26.
 */
static uint32_t number_of(const struct mptcp_conn *c, const struct mptcp_addr *a)
{
    uint32_t point = (c->rank_secret ^ 0x9e3779b9u) & PRIME;
    uint64_t n = a->family;

    for (unsigned i = 0; i < sizeof a->ip; i++) {
        n = n * point + a->ip[i];
        n = (n & PRIME) + (n >> 31);
    }
    return (uint32_t)n;
}

/* The slot of the half-open join of which a SYN with this nonce is a retransmission: one between
 * the same addresses and ports; from is the number of the remote address. -1: there is none. */
static int half_open(const struct mptcp_conn *c, uint32_t nonce, const struct mptcp_addr *local,
                     const struct mptcp_addr *remote, uint32_t from)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        const struct mptcp_addr_slot *l = mptcp_local_of(c, s->local_id);
        if (s->state == SF_SYN_RCVD && (s->flags & (SF_INITIAL | SF_RESET)) == 0 &&
            s->remote_nonce == nonce && s->from == from && s->remote_port == remote->port &&
            s->local_port == local->port && l != NULL && mptcp_addr_at(l, local)) {
            return (int)i;
        }
    }
    return -1;
}

/* Opens a half-open join in slot i. l is the slot of the local address, NULL if that is unknown. */
static void join_begins(struct mptcp_conn *c, unsigned i, struct mptcp_addr_slot *l,
                        const struct mptcp_addr *local, const struct mptcp_addr *remote,
                        const struct mptcp_join *j)
{
    struct mptcp_subflow *s = mptcp_subflow_open(c, i, SF_SYN_RCVD);

    if (l == NULL) {
        l = mptcp_addr_learn(c, local_at(c, 0), local, mptcp_addr_new_id(c));
        l->flags |= MARK_CLAIMED;
    }
    s->local_id = l->id;
    s->local_port = local->port;
    s->remote_port = remote->port;
    s->flags |= (l->flags & MPTCP_ADDR_BACKUP) != 0 ? SF_BACKUP : 0u;
    s->cost = (l->flags & MPTCP_ADDR_METERED) != 0;
    mptcp_join_on_syn(c, s, j);
    learn_remote(c, s, remote, j->addr_id);
}

int mptcp_accept_join(struct mptcp_conn *c, const struct mptcp_segment *syn,
                      const struct mptcp_addr *local, const struct mptcp_addr *remote, mptcp_sf *sf,
                      mptcp_time now)
{
    struct mptcp_options o;

    int why = segment_possible(syn) ? opening_refused(c, local, remote, sf, now) : MPTCP_E_ARGUMENT;
    if (why != MPTCP_OK) {
        return why;
    }
    mptcp_options_read(syn->options, syn->options_len, syn->tcp_flags, &o, NULL);
    uint32_t from = number_of(c, remote);
    if ((o.present & MPTCP_HAS(MPTCP_JOIN)) != 0) {
        int known = half_open(c, o.join.nonce, local, remote, from);
        if (known >= 0) {
            *sf = handle_of(c, (unsigned)known);
            return MPTCP_OK;
        }
    }
    why = mptcp_join_refusal(c, &o);
    if (why != MPTCP_OK) {
        return why;
    }
    struct mptcp_addr_slot *l = mptcp_addr_local(c, local);
    why = place_refusal(c, l, local);
    if (why != MPTCP_OK) {
        return why;
    }
    int slot = mptcp_subflow_free_slot(c);
    if (slot < 0 && !mptcp_join_makes_room(c, from, now)) {
        return MPTCP_E_FULL;
    }
    mptcp_clock_set(c, now);
    *sf = MPTCP_SF_NONE;
    if (slot >= 0) {
        join_begins(c, (unsigned)slot, l, local, remote, &o.join);
        subflow_at(c, (unsigned)slot)->from = from;
        *sf = handle_of(c, (unsigned)slot);
    }
    return mptcp_end_call(c);
}
