/*
 * announced.c - the announced runs (received.h): their mapping was received, of their octets
 * nothing has arrived. Each subflow has a tree of them by SSN; they lie after its current run.
 *
 * Mappings that touch both in SSNs and in DSNs become one run, however the peer cut them. Under
 * checksums each mapping is a run of its own until it is verified.
 */
#include "tables/order.h"
#include "tables/received.h"

extern MPTCP_INLINE bool mptcp_received_continue(struct mptcp_conn *c,
                                                 const struct mptcp_subflow *s,
                                                 const struct mptcp_mapping *m);

/* Returns the last run of subflow i, current or announced, that does not begin after ssn; NULL if
 * there is none. */
static struct mptcp_run *run_before(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn)
{
    const struct mptcp_received_on *on = &subflow_at(c, i)->received;
    uint16_t k = mptcp_order_upto(c, BY_SSN, on->announced, ssn.v);
    k = k != RUN_NONE ? k : on->current;
    return k != RUN_NONE ? &runs_of(c)[k] : NULL;
}

/*
 * Removes the announced runs that m overlaps, or that begin where it ends, and lengthens m to
 * cover them. A run too long to grow stays, and m is cut where it begins. Returns MPTCP_OK;
 * MPTCP_E_MAPPING if a run contradicts m: the runs are removed then too, since the subflow will be
 * reset.
 */
static int swallow(struct mptcp_conn *c, struct mptcp_subflow *s, struct mptcp_mapping *m)
{
    const struct mptcp_run *t = runs_of(c);
    uint16_t rest = mptcp_order_split(c, BY_SSN, &s->received.announced, m->ssn.v);
    uint16_t k = mptcp_order_open(c, BY_SSN, rest);
    unsigned gone = 0;
    int why = MPTCP_OK;

    while (k != RUN_NONE) {
        int32_t past = mptcp_ssn_diff(mptcp_run_ssn(&t[k]), mptcp_mapping_end(m));
        bool same = mptcp_run_agrees(&t[k], m);
        bool joins = same && t[k].len < RUN_LONG;
        if (past > 0 || (past == 0 && !joins)) {
            break;
        }
        if (same && !joins) {
            m->len -= (uint32_t)-past;
            break;
        }
        uint16_t next = mptcp_order_next(c, BY_SSN, k);
        why = same ? why : MPTCP_E_MAPPING;
        if (mptcp_ssn_before(mptcp_mapping_end(m), mptcp_run_end(&t[k]))) {
            m->len = (uint32_t)mptcp_ssn_diff(mptcp_run_end(&t[k]), m->ssn);
        }
        mptcp_received_leave(c, k);
        gone++;
        k = next;
    }
    rest = mptcp_order_close(c, BY_SSN, k);
    s->received.announced = mptcp_order_join(c, BY_SSN, s->received.announced, rest);
    mptcp_pool_count_off(c, s, SIDE_RECEIVED, gone);
    return why;
}

int mptcp_received_add_whole(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m,
                             bool head)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    mptcp_received_drop_empty(c, s);
    uint16_t k = mptcp_received_make(c, i, m, head);
    if (k == RUN_NONE) {
        return MPTCP_E_FULL;
    }
    mptcp_order_insert(c, BY_SSN, &s->received.announced, k);
    return MPTCP_OK;
}

int mptcp_received_add(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *m, bool head)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    struct mptcp_run *r = run_before(c, i, m->ssn);
    struct mptcp_mapping rest = *m; /* the part of m that is not known yet */

    if (r != NULL && mptcp_ssn_before(m->ssn, mptcp_run_end(r))) {
        uint32_t known = mptcp_run_end(r).v - m->ssn.v;
        if (!mptcp_run_agrees(r, m)) {
            return MPTCP_E_MAPPING;
        }
        if (known >= m->len) {
            return MPTCP_OK;
        }
        rest.ssn = mptcp_run_end(r);
        rest.dsn = mptcp_dsn_add(m->dsn, known);
        rest.len -= known;
    }
    bool touches = r != NULL && mptcp_run_continues(r, &rest);
    if (!touches) {
        mptcp_received_drop_empty(c, s);
        if (!mptcp_pool_room(c, i, SIDE_RECEIVED, head)) {
            return MPTCP_E_FULL;
        }
    }
    int why = s->received.announced == RUN_NONE ? MPTCP_OK : swallow(c, s, &rest);
    if (why != MPTCP_OK || rest.len == 0) {
        return why;
    }
    if (touches) {
        mptcp_run_lengthen(r, rest.len);
        return MPTCP_OK;
    }
    return mptcp_received_add_whole(c, i, &rest, head);
}

/* ----------------------------------------------------------------- look-ups */

const struct mptcp_run *mptcp_received_next(const struct mptcp_conn *c, unsigned i)
{
    uint16_t k = mptcp_order_first(c, BY_SSN, subflow_at(c, i)->received.announced);
    return k != RUN_NONE ? &runs_of(c)[k] : NULL;
}

/* Returns the last run of subflow i, current or announced, that holds an octet from ssn to `last`
 * (an SSN); NULL if there is none. */
static struct mptcp_run *run_among(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn,
                                   uint32_t last)
{
    struct mptcp_run *r = run_before(c, i, mptcp_ssn_of(last));
    return r != NULL && mptcp_ssn_before(ssn, mptcp_run_end(r)) ? r : NULL;
}

const struct mptcp_run *mptcp_received_find(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn)
{
    const struct mptcp_run *r = run_among(c, i, ssn, ssn.v);
    return r != NULL && !mptcp_ssn_before(ssn, mptcp_run_ssn(r)) ? r : NULL;
}

struct mptcp_run *mptcp_received_overlap(const struct mptcp_conn *c, unsigned i,
                                         const struct mptcp_mapping *m)
{
    return run_among(c, i, m->ssn, mptcp_mapping_end(m).v - 1);
}

unsigned mptcp_received_count(const struct mptcp_conn *c, unsigned i)
{
    const struct mptcp_received_on *on = &subflow_at(c, i)->received;
    bool empty = on->current != RUN_NONE && runs_of(c)[on->current].len == 0;
    return on->count - (unsigned)empty;
}
