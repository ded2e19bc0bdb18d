/*
 * arrival.c - octets in: from "the subflow has them in order" to "the
 * application took them".
 *
 * Per subflow, SSNs:   released <= rcv_done <= rcv_valid <= rcv_nxt
 *   rcv_nxt    arrived without holes
 *   rcv_valid  ... in mappings that are whole and right (with checksums)
 *   rcv_done   everything below was delivered, here or from elsewhere
 *   released   the host was told so
 *
 * Per connection, DSNs: rcv_consumed <= rcv_delivered <= rcv_nxt
 *   rcv_nxt    RCV.NXT, the DATA_ACK: arrived without holes over all subflows
 *
 * The octets stay in the host's queues. A deliver action names where the next
 * ones lie; what arrived twice is released undelivered: what was in order first wins, and of two
 * copies that wait for a gap either may (RFC 8684 s3.3.1, D-6).
 *
 * Moves: those cursors, the running checksum, the front of the received runs.
 */
#include "machines/machines.h"
#include "tables/in_step.h"

/* Received runs hold a DATA_FIN's octet outside their length; its mapping's length counts it
 * (D-18). */
static bool checksum_right(const struct mptcp_run *r, uint32_t sum)
{
    uint16_t dll = (uint16_t)(r->len + r->unit);
    return mptcp_dss_checksum(mptcp_run_dsn(r), r->ssn, dll, sum) == r->check;
}

/* Adds n octets of a piece, from offset on, to the mapping that is arriving; r holds it. */
static void sum_up(struct mptcp_subflow *s, const struct mptcp_run *r,
                   const struct mptcp_piece *piece, uint32_t offset, uint32_t n)
{
    const uint8_t *data = piece->data;
    uint32_t sum = data != NULL ? mptcp_sum(0, data + offset, n, false) : piece->sum;
    uint16_t part = mptcp_sum_fold(sum);

    if ((mptcp_ssn_diff(s->rcv_nxt, r->ssn) & 1) != 0) {
        part = (uint16_t)(part << 8 | part >> 8);
    }
    s->sum = mptcp_sum_fold(s->sum + part);
}

/* The k-th mapping has just proved right and needs its bounds no more: it grows together with the
 * one before. */
static void merge_verified(struct mptcp_run *base, struct mptcp_runs *t, unsigned k)
{
    if (k == 0) {
        return;
    }
    const struct mptcp_run *r = mptcp_run_at(base, t, k);
    struct mptcp_run *before = mptcp_run_at(base, t, k - 1);
    if (mptcp_run_ends_at(before, r->ssn, mptcp_run_dsn(r))) {
        before->len += r->len;
        mptcp_runs_remove(base, t, k);
    }
}

/* Sums the piece over the mappings it belongs to; a DATA_FIN counts when its mapping is right. */
static void verify(struct mptcp_conn *c, unsigned i, const struct mptcp_piece *piece,
                   struct mptcp_arrival *arrival)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *base = rx_base(c, i);
    mptcp_ssn end = mptcp_ssn_add(s->rcv_nxt, piece->len);

    for (uint32_t left = piece->len; left > 0; left = (uint32_t)mptcp_ssn_diff(end, s->rcv_nxt)) {
        unsigned k = mptcp_runs_upto(base, &s->rx, s->rcv_nxt);
        const struct mptcp_run *r = mptcp_runs_find(base, &s->rx, s->rcv_nxt);
        /* Octets without a mapping are not usable, and not in the way of others (D-10). */
        mptcp_ssn stop = r != NULL         ? mptcp_run_end(r)
                         : k < s->rx.count ? mptcp_run_at(base, &s->rx, k)->ssn
                                           : end;
        uint32_t gap = (uint32_t)mptcp_ssn_diff(stop, s->rcv_nxt);
        uint32_t n = gap < left ? gap : left;
        if (r != NULL) {
            sum_up(s, r, piece, piece->len - left, n);
        }
        s->rcv_nxt = mptcp_ssn_add(s->rcv_nxt, n);
        if (r != NULL && n < gap) {
            return;
        }
        if (r != NULL && !checksum_right(r, s->sum)) {
            /* Its octets stay where they are, undelivered and not DATA_ACKed (B-5). */
            s->rcv_nxt = end;
            arrival->wrong = 1;
            return;
        }
        s->sum = 0;
        s->rcv_valid = s->rcv_nxt;
        if (r != NULL) {
            arrival->end = r->unit != 0 ? mptcp_run_dsn_end(r) : arrival->end;
            arrival->fin |= r->unit != 0;
            merge_verified(base, &s->rx, k - 1);
        }
    }
}

/* The DSN after the last octet of r that is usable. */
static mptcp_dsn usable_end(const struct mptcp_subflow *s, const struct mptcp_run *r)
{
    return mptcp_dsn_add(mptcp_run_dsn(r), mptcp_run_below(r, s->rcv_valid));
}

/* A run of subflow i in which octet dsn is usable, or NULL. */
static const struct mptcp_run *usable_in(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *base = rx_base(c, i);

    for (unsigned k = 0; k < s->rx.count; k++) {
        const struct mptcp_run *r = mptcp_run_at(base, &s->rx, k);
        if (mptcp_run_holds(r, dsn, mptcp_run_below(r, s->rcv_valid))) {
            return r;
        }
    }
    return NULL;
}

/* A run of any subflow in which octet dsn is usable, and which subflow's in *slot; or NULL. */
static const struct mptcp_run *find_usable(const struct mptcp_conn *c, mptcp_dsn dsn,
                                           unsigned *slot)
{
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_run *r = usable_in(c, i, dsn);
        if (r != NULL) {
            *slot = i;
            return r;
        }
    }
    return NULL;
}

/* Whether there is another run, before or behind, in which the octets that follow could be waiting.
 */
static bool others(const struct mptcp_conn *c, unsigned i)
{
    return c->top > 1 || subflow_at(c, i)->rx.count > 1;
}

void mptcp_arrive_advance(struct mptcp_conn *c)
{
    unsigned i;
    const struct mptcp_run *r = find_usable(c, c->rcv_nxt, &i);

    while (r != NULL) {
        mptcp_dsn end = usable_end(subflow_at(c, i), r);
        /* Nothing lies behind a DATA_FIN, whatever a peer maps there. */
        if ((c->bits & BIT_FIN_KNOWN) != 0 && mptcp_dsn_before(c->rcv_fin, end)) {
            end = c->rcv_fin;
        }
        if (!mptcp_dsn_before(c->rcv_nxt, end)) {
            return;
        }
        c->rcv_nxt = end;
        r = others(c, i) ? find_usable(c, end, &i) : NULL;
    }
}

void mptcp_arrive(struct mptcp_conn *c, unsigned i, const struct mptcp_piece *piece,
                  struct mptcp_arrival *arrival)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    if ((s->flags & SF_RESET) != 0) {
        s->rcv_nxt = mptcp_ssn_add(s->rcv_nxt, piece->len); /* nothing of it counts any more */
    } else if ((c->bits & BIT_CHECKSUM) != 0 && is_mptcp(c)) {
        verify(c, i, piece, arrival);
    } else {
        s->rcv_nxt = mptcp_ssn_add(s->rcv_nxt, piece->len);
        s->rcv_valid = s->rcv_nxt;
    }
    if ((c->bits & BIT_FIN_REACHED) == 0) {
        mptcp_arrive_advance(c);
    }
}

bool mptcp_deliver_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    mptcp_dsn end = data_end(c);
    /* The application hears that the connection is open before it gets anything, and that nothing
     * protects its data any more before it gets those. */
    if (!mptcp_dsn_before(c->rcv_delivered, end) ||
        (c->events & (HAPPENED_OPEN | HAPPENED_FALLBACK)) != 0) {
        return false;
    }
    unsigned i = 0;
    const struct mptcp_run *r = find_usable(c, c->rcv_delivered, &i);
    if (r == NULL) {
        return false;
    }
    const struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_dsn stop = mptcp_dsn_min(usable_end(s, r), end);
    uint32_t offset = (uint32_t)mptcp_dsn_diff(c->rcv_delivered, mptcp_run_dsn(r));

    a->sf = handle_of(c, i);
    a->dsn = c->rcv_delivered;
    a->ssn = mptcp_ssn_add(r->ssn, offset);
    a->len = (uint32_t)mptcp_dsn_diff(stop, c->rcv_delivered);
    a->keep = mptcp_ssn_eq(a->ssn, s->rcv_done) ? mptcp_ssn_add(a->ssn, a->len) : s->rcv_done;
    return true;
}

/* In plain TCP nothing but the first subflow has octets, and no mapping says where they belong. */
static void settle_plain(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    bool gone = s->state == SF_GONE || c->phase == PHASE_ENDED;
    bool over = gone && !mptcp_dsn_before(c->rcv_delivered, data_end(c));
    s->rcv_done = over ? s->rcv_nxt : ssn_received(c, c->rcv_delivered);
}

void mptcp_settle(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    if (is_plain(c) && (s->flags & SF_INITIAL) != 0) {
        settle_plain(c, s);
        return;
    }
    mptcp_runs_finish(rx_base(c, i), &s->rx, s->rcv_valid, c->rcv_delivered, &s->rcv_done);
    /* No mapping will come any more for what a dead subflow left behind. */
    bool hopeless = s->state == SF_GONE && s->rx.count == 0;
    bool over = c->phase == PHASE_ENDED && !mptcp_dsn_before(c->rcv_delivered, data_end(c));
    if (hopeless || over) {
        s->rx.count = 0;
        s->rcv_done = s->rcv_valid = s->rcv_nxt;
    }
}

void mptcp_delivered(struct mptcp_conn *c, uint32_t n)
{
    c->rcv_delivered = mptcp_dsn_add(c->rcv_delivered, n);
    for (unsigned i = 0; i < c->top; i++) {
        mptcp_settle(c, i);
    }
}
