/*
 * arrival.c - octets in: from "the subflow has them in order" to "the
 * application took them".
 *
 * Per subflow, SSNs:   released <= rcv_done <= rcv_valid <= rcv_nxt
 *   rcv_nxt    arrived without holes
 *   rcv_valid  ... in mappings that are whole and right (with checksums)
 *   rcv_done   everything below was delivered, from this subflow or as another one's copy
 *   released   the host has dropped everything below from the subflow's receive queue
 *
 * Per connection, DSNs: rcv_consumed <= rcv_delivered <= rcv_nxt
 *   rcv_nxt    RCV.NXT, the DATA_ACK: arrived without holes over all subflows
 *
 * The octets stay in the host's queues. MPTCP_DELIVER names where the next ones lie; the second
 * copy of an octet is released undelivered (RFC 8684 s3.3.1, D-6).
 *
 * Moves: those cursors, the running checksum, the runs that were received.
 */
#include "machines/machines.h"
#include "tables/in_step.h"
#include "tables/received.h"
#include "wire/apart.h"

/* True if the checksum of the mapping in run r is right; `sum` is that of its octets. The length in
 * the pseudo-header counts a DATA_FIN, r->len does not (D-18). */
static bool checksum_right(const struct mptcp_conn *c, const struct mptcp_run *r, uint32_t sum)
{
    uint16_t dll = (uint16_t)(r->len + r->fin);
    return mptcp_dss_checksum(mptcp_run_dsn(r, c->rcv_nxt), mptcp_run_ssn(r), dll, sum) == r->check;
}

/* Adds n octets of a piece, from `offset` on, to s->sum, the sum of the mapping in run r, of which
 * octets are arriving. */
static void sum_up(struct mptcp_subflow *s, const struct mptcp_run *r,
                   const struct mptcp_piece *piece, uint32_t offset, uint32_t n)
{
    const uint8_t *data = piece->data;
    uint32_t sum = data != NULL ? mptcp_sum(0, data + offset, n, false) : piece->sum;
    uint16_t part = mptcp_sum_fold(sum);

    /* At an odd place of the mapping the two octets of each 16-bit word are exchanged. */
    if ((mptcp_ssn_diff(s->rcv_nxt, mptcp_run_ssn(r)) & 1) != 0) {
        part = (uint16_t)(part << 8 | part >> 8);
    }
    s->sum = mptcp_sum_fold(s->sum + part);
}

/* All octets of the mapping in run r have arrived: verifies its checksum. If it is right, takes the
 * run as verified, and its DATA_FIN, if any, as *fin. Returns false if it is wrong: the octets are
 * neither delivered nor DATA_ACKed (B-5). *what gains ARRIVED_ bits. */
static bool whole(struct mptcp_conn *c, unsigned i, const struct mptcp_run *r, unsigned *what,
                  mptcp_dsn *fin)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    if (!checksum_right(c, r, s->sum)) {
        *what |= ARRIVED_WRONG;
        return false;
    }
    if (r->fin != 0) {
        *what |= ARRIVED_FIN;
        *fin = mptcp_dsn_add(mptcp_run_dsn(r, c->rcv_nxt), r->len);
    }
    mptcp_received_verified(c, i);
    return true;
}

/* With checksums: adds the octets of the piece to the sums of their mappings, verifies each mapping
 * that they complete, and moves rcv_nxt past the piece. Returns ARRIVED_ bits. */
static MPTCP_APART unsigned verify(struct mptcp_conn *c, unsigned i,
                                   const struct mptcp_piece *piece, mptcp_dsn *fin)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    mptcp_ssn end = mptcp_ssn_add(s->rcv_nxt, piece->len);
    unsigned what = 0;

    for (uint32_t left = piece->len; left > 0; left = (uint32_t)mptcp_ssn_diff(end, s->rcv_nxt)) {
        const struct mptcp_run *r = mptcp_received_next(c, i);
        /* Octets without a mapping are skipped: they do not keep later ones from use (D-10). */
        bool mapped = r != NULL && !mptcp_ssn_before(s->rcv_nxt, mptcp_run_ssn(r));
        mptcp_ssn stop = r == NULL ? end : mapped ? mptcp_run_end(r) : mptcp_run_ssn(r);
        uint32_t gap = (uint32_t)mptcp_ssn_diff(stop, s->rcv_nxt);
        uint32_t n = gap < left ? gap : left;
        if (mapped) {
            sum_up(s, r, piece, piece->len - left, n);
        }
        s->rcv_nxt = mptcp_ssn_add(s->rcv_nxt, n);
        if (!mapped) {
            mptcp_received_unmapped(c, i, s->rcv_nxt);
            what |= ARRIVED_UNMAPPED;
        } else if (n < gap) {
            break;
        } else if (!whole(c, i, r, &what, fin)) {
            s->rcv_nxt = end;
            break;
        }
        s->sum = 0;
    }
    return what;
}

/* True if the connection has ended and all its data is delivered. */
static bool is_over(const struct mptcp_conn *c)
{
    return c->phase == PHASE_ENDED && !mptcp_dsn_before(c->rcv_delivered, data_end(c));
}

unsigned mptcp_arrive(struct mptcp_conn *c, unsigned i, const struct mptcp_piece *piece,
                      mptcp_dsn *end)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    unsigned what = 0;

    if ((s->flags & SF_RESET) != 0) {
        s->rcv_nxt = mptcp_ssn_add(s->rcv_nxt, piece->len); /* to be reset: data is ignored */
    } else if ((c->bits & BIT_CHECKSUM) != 0) {
        what = verify(c, i, piece, end);
        mptcp_received_advance(c);
    } else {
        s->rcv_nxt = mptcp_ssn_add(s->rcv_nxt, piece->len);
        what = mptcp_received_arrived(c, i, s->rcv_nxt) ? 0 : ARRIVED_UNMAPPED;
    }
    if (is_over(c)) {
        mptcp_received_forget(c);
    }
    return what;
}

bool mptcp_arrive_and_pass(struct mptcp_conn *c, struct mptcp_subflow *s, uint32_t n)
{
    if (!mptcp_ssn_eq(s->rcv_valid, s->rcv_nxt) || !mptcp_received_pass(c, s, n)) {
        return false;
    }
    s->rcv_nxt = s->rcv_valid;
    return true;
}

bool mptcp_deliver_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    /* MPTCP_EV_OPEN is reported before the first data, and MPTCP_EV_FALLBACK before data that
     * came in plain TCP. */
    return (c->events & (HAPPENED_OPEN | HAPPENED_FALLBACK)) == 0 &&
           mptcp_received_deliverable(c, a);
}

void mptcp_delivered(struct mptcp_conn *c, uint32_t n)
{
    if (is_plain(c)) {
        c->rcv_delivered = mptcp_dsn_add(c->rcv_delivered, n);
        mptcp_received_done(c, 0);
        return;
    }
    mptcp_received_delivered(c, n);
    if (is_over(c)) {
        mptcp_received_forget(c);
    }
}
