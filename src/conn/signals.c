/*
 * signals.c - the options of pure ACKs other than the DATA_ACK: one row for each kind of signal, in
 * the order of rank.
 *
 * A row has three functions: whether an ACK has to be sent for the signal on this subflow now, how
 * it is written, and what changes when it was sent. mptcp_poll calls the first (MPTCP_SEND_ACK),
 * the option writer the first two, mptcp_sent the third; so a new signal is a new row, and nothing
 * else.
 *
 * Segments with payload carry no signals: the mapping needs the room, and a retransmission would
 * have to repeat them.
 *
 * The DATA_ACK has no row. Every segment that has room for it carries it, and it has precedence
 * over signals that are not SIGNAL_ALONE if it is new to the peer. TCP acknowledges data by itself;
 * if that segment had no room for the DATA_ACK, or if RCV.NXT has moved otherwise, a further ACK is
 * sent for it (dss_out.c).
 */
#include "conn/out.h"

/* True if this SIG_ bit is set on subflow i. */
static bool is_asked(const struct mptcp_conn *c, unsigned i, unsigned signal)
{
    return (subflow_at(c, i)->signal & signal) != 0;
}

/* Clears this SIG_ bit of s. */
static void taken(struct mptcp_subflow *s, unsigned signal)
{
    s->signal &= (uint8_t)~signal;
}

/* True if signals that concern the whole connection are sent on subflow i. */
static bool is_signal_subflow(const struct mptcp_conn *c, unsigned i)
{
    return mptcp_signal_subflow(c) == (int)i;
}

/* The level of signals that never ride on other ACKs: due, or not. */
static enum mptcp_signal_level due_if(bool due)
{
    return due ? SIGNAL_DUE : SIGNAL_NONE;
}

/* ------------------------------------------------------------ MP_JOIN, third ACK */

/* Every ACK repeats it until the fourth has come (J-8). */
static enum mptcp_signal_level join_level(const struct mptcp_conn *c, unsigned i)
{
    return is_asked(c, i, SIG_JOIN_ACK) ? SIGNAL_DUE : SIGNAL_RIDES;
}

static void make_join(const struct mptcp_conn *c, unsigned i, struct mptcp_option *o,
                      struct mptcp_receipt *r)
{
    (void)r;
    mptcp_join_make(c, subflow_at(c, i), MPTCP_TCP_ACK, &o->u.join);
}

static void join_left(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r)
{
    (void)r;
    taken(subflow_at(c, i), SIG_JOIN_ACK);
    mptcp_fallback_out_of_step(c); /* the peer may have accepted the join, even if it fails here */
}

/* ------------------------------------------------------- MP_FAIL and MP_FASTCLOSE */

static enum mptcp_signal_level fastclose_level(const struct mptcp_conn *c, unsigned i)
{
    return due_if(is_asked(c, i, SIG_FASTCLOSE));
}

static void make_fastclose(const struct mptcp_conn *c, unsigned i, struct mptcp_option *o,
                           struct mptcp_receipt *r)
{
    (void)i;
    (void)r;
    o->u.fastclose.receiver_key = c->remote_key;
}

/* MP_FASTCLOSE was sent: starts the timer after which it is repeated if there is no answer. */
static void fastclose_left(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    (void)r;
    taken(s, SIG_FASTCLOSE);
    c->timer[DUE_ANSWER] = from_now(c, backoff(signal_wait(c, s), c->answer_tries));
    count_up(&c->answer_tries);
}

static enum mptcp_signal_level fail_level(const struct mptcp_conn *c, unsigned i)
{
    return due_if(c->fb.fail_due && is_signal_subflow(c, i));
}

static void make_fail(const struct mptcp_conn *c, unsigned i, struct mptcp_option *o,
                      struct mptcp_receipt *r)
{
    (void)r;
    o->u.fail.dsn = mptcp_fallback_fail_dsn(c, i);
}

static void fail_left(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r)
{
    (void)r;
    mptcp_fallback_fail_sent(c, subflow_at(c, i));
}

/* --------------------------------------------------------------------- DATA_FIN */

/* The DATA_FIN is due on one subflow (BIT_FIN_DUE), or is to be repeated on this one (SIG_FIN). */
static enum mptcp_signal_level fin_level(const struct mptcp_conn *c, unsigned i)
{
    bool again = is_asked(c, i, SIG_FIN) && !mptcp_close_fin_acked(c);

    return due_if(is_mptcp(c) &&
                  (again || ((c->bits & BIT_FIN_DUE) != 0 && is_signal_subflow(c, i))));
}

/* D-19: the DATA_FIN is a mapping with SSN 0 and length 1; its checksum covers the pseudo-header
 * alone. */
static void make_fin(const struct mptcp_conn *c, unsigned i, struct mptcp_option *o,
                     struct mptcp_receipt *r)
{
    struct mptcp_tx_map map = {c->snd_end, mptcp_ssn_of(0), 1};

    (void)i;
    (void)r;
    o->u.dss.flags = MPTCP_DSS_FIN;
    mptcp_out_map(c, &map, 0, &o->u.dss);
}

/* The DATA_FIN was sent: starts the timer after which it is repeated if it is not DATA_ACKed. */
static void fin_left(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    (void)r;
    taken(s, SIG_FIN);
    c->bits &= ~(uint32_t)BIT_FIN_DUE;
    c->bits |= BIT_FIN_SENT;
    if (c->timer[DUE_FIN] == IDLE) { /* copies on other subflows do not start it again */
        c->timer[DUE_FIN] = from_now(c, backoff(signal_wait(c, s), c->fin_tries));
        count_up(&c->fin_tries);
    }
}

/* ------------------------------------------------------------------ MP_CAPABLE */

/*
 * Every ACK carries the keys until the server has shown that it has them (C-13). The first time
 * they have precedence over everything else; later a DATA_FIN that is due, and a DATA_ACK for which
 * an ACK has to be sent, have precedence over them.
 */
static enum mptcp_signal_level keys_level(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_subflow *s = subflow_at(c, i);

    if (!is_mptcp(c) || !mptcp_repeats_keys(c, s)) {
        return SIGNAL_NONE;
    }
    bool others = fin_level(c, i) == SIGNAL_DUE || mptcp_ack_owed(c, i);
    return (s->flags & SF_KEYS_SENT) != 0 && others ? SIGNAL_NONE : SIGNAL_RIDES;
}

static void make_keys(const struct mptcp_conn *c, unsigned i, struct mptcp_option *o,
                      struct mptcp_receipt *r)
{
    (void)i;
    (void)r;
    mptcp_capable_make(c, MPTCP_CAPABLE_ACK, &o->u.capable);
}

static void keys_left(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r)
{
    (void)r;
    subflow_at(c, i)->flags |= SF_KEYS_SENT;
}

/* -------------------------------------------------------------------- addresses */

/* True if the next address signal is of this kind (an MPTCP_OUT_ bit) and is to be sent on
 * subflow i. */
static bool address_due(const struct mptcp_conn *c, unsigned i, unsigned kind)
{
    /* Without BIT_PATHS no address signal is due. */
    unsigned signal = (c->bits & BIT_PATHS) != 0 ? mptcp_pm_signal(c) : 0;
    bool removes = signal != 0 && mptcp_pm_removes(c, signal);
    unsigned is = removes ? MPTCP_OUT_REMOVE_ADDR
                          : (signal <= c->addrs ? MPTCP_OUT_ECHO : MPTCP_OUT_ADD_ADDR);

    return signal != 0 && is == kind && is_signal_subflow(c, i);
}

static enum mptcp_signal_level echo_level(const struct mptcp_conn *c, unsigned i)
{
    return due_if(address_due(c, i, MPTCP_OUT_ECHO));
}

static enum mptcp_signal_level add_addr_level(const struct mptcp_conn *c, unsigned i)
{
    return due_if(address_due(c, i, MPTCP_OUT_ADD_ADDR));
}

static enum mptcp_signal_level remove_addr_level(const struct mptcp_conn *c, unsigned i)
{
    return due_if(address_due(c, i, MPTCP_OUT_REMOVE_ADDR));
}

/* Writes an ADD_ADDR or its echo; r->address says of which address, for address_left. */
static void make_address(const struct mptcp_conn *c, unsigned i, struct mptcp_option *o,
                         struct mptcp_receipt *r)
{
    unsigned signal = mptcp_pm_signal(c);

    r->address = (uint8_t)signal;
    mptcp_pm_signal_option(c, subflow_at(c, i), signal, &o->u.add_addr);
    if (o->u.add_addr.form == MPTCP_ADD_ADDR_SECOND) {
        o->subtype = MPTCP_ADD_ADDR2;
    }
}

static void address_left(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r)
{
    (void)i;
    mptcp_pm_signal_sent(c, r->address);
}

/* Writes a REMOVE_ADDR; r->said is the number of its ids, for remove_addr_left. */
static void make_remove_addr(const struct mptcp_conn *c, unsigned i, struct mptcp_option *o,
                             struct mptcp_receipt *r)
{
    (void)i;
    mptcp_pm_remove_option(c, &o->u.remove_addr);
    r->said = o->u.remove_addr.count;
}

static void remove_addr_left(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r)
{
    (void)i;
    mptcp_pm_removed_sent(c, r->said);
}

/* ---------------------------------------------------------------------- MP_PRIO */

/* MP_PRIO is due if the backup flag of this subflow has changed (SIG_PRIO). It is deferred after
 * two signals in a row, and on the initial subflow while ACKs carry the keys. */
static enum mptcp_signal_level prio_level(const struct mptcp_conn *c, unsigned i)
{
    bool waits = mptcp_pm_burst_full(c) || mptcp_repeats_keys(c, subflow_at(c, i));

    return due_if(is_asked(c, i, SIG_PRIO) && !waits && is_mptcp(c));
}

/* Writes an MP_PRIO; r->said is its backup flag, for prio_left. */
static void make_prio(const struct mptcp_conn *c, unsigned i, struct mptcp_option *o,
                      struct mptcp_receipt *r)
{
    r->said = o->u.prio.backup = (subflow_at(c, i)->flags & SF_BACKUP) != 0;
}

static void prio_left(struct mptcp_conn *c, unsigned i, const struct mptcp_receipt *r)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    if (r->said == ((s->flags & SF_BACKUP) != 0)) { /* else it changed since */
        taken(s, SIG_PRIO);
    }
}

/* ------------------------------------------------------------------------- rows */

/* The order is that of rank. Echoes come before announcements, since the peer waits for them. */
const struct mptcp_signal mptcp_signals[MPTCP_SIGNALS] = {
    {MPTCP_OUT_JOIN, MPTCP_JOIN, SIGNAL_ALONE | SIGNAL_HANDSHAKE | SIGNAL_REPEATED, join_level,
     make_join, join_left},
    {MPTCP_OUT_FASTCLOSE, MPTCP_FASTCLOSE, SIGNAL_ALONE | SIGNAL_REPEATED, fastclose_level,
     make_fastclose, fastclose_left},
    {MPTCP_OUT_KEYS, MPTCP_CAPABLE, SIGNAL_ALONE, keys_level, make_keys, keys_left},
    {MPTCP_OUT_DATA_FIN, MPTCP_DSS, SIGNAL_LAST, fin_level, make_fin, fin_left},
    {MPTCP_OUT_FAIL, MPTCP_FAIL, SIGNAL_LAST | SIGNAL_REPEATED, fail_level, make_fail, fail_left},
    {MPTCP_OUT_ECHO, MPTCP_ADD_ADDR, SIGNAL_LAST | SIGNAL_COUNTS | SIGNAL_REPEATED, echo_level,
     make_address, address_left},
    {MPTCP_OUT_ADD_ADDR, MPTCP_ADD_ADDR, SIGNAL_LAST | SIGNAL_COUNTS | SIGNAL_REPEATED,
     add_addr_level, make_address, address_left},
    {MPTCP_OUT_REMOVE_ADDR, MPTCP_REMOVE_ADDR, SIGNAL_COUNTS, remove_addr_level, make_remove_addr,
     remove_addr_left},
    {MPTCP_OUT_PRIO, MPTCP_PRIO, SIGNAL_COUNTS, prio_level, make_prio, prio_left},
};

enum mptcp_signal_level mptcp_signal_level(const struct mptcp_signal *row,
                                           const struct mptcp_conn *c, unsigned i)
{
    bool joining = subflow_at(c, i)->state == SF_PRE;

    return joining == ((row->flags & SIGNAL_HANDSHAKE) != 0) ? row->level(c, i) : SIGNAL_NONE;
}
