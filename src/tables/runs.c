/*
 * runs.c - a ring of runs in SSN order.
 *
 * Runs come in at the end (what is sent, what arrives in order) or, when
 * segments overtake each other, somewhere before it; they leave at the front,
 * or from anywhere when the table is compacted. The ring never reorders and
 * never merges: those are rules of the machines.
 */
#include "tables/tables.h"

#define TRIM 0x1000000u /* octets */

uint32_t mptcp_span(mptcp_dsn a, mptcp_dsn b)
{
    int64_t n = mptcp_dsn_diff(b, a);
    if (n <= 0) {
        return 0;
    }
    return n < (int64_t)UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

uint32_t mptcp_run_below(const struct mptcp_run *r, mptcp_ssn ssn)
{
    int32_t n = mptcp_ssn_diff(ssn, r->ssn);
    if (n <= 0) {
        return 0;
    }
    return (uint32_t)n < r->len ? (uint32_t)n : r->len;
}

uint32_t mptcp_run_below_dsn(const struct mptcp_run *r, mptcp_dsn dsn)
{
    uint32_t n = mptcp_span(mptcp_run_dsn(r), dsn);
    return n < r->len ? n : r->len;
}

bool mptcp_run_ends_at(const struct mptcp_run *r, mptcp_ssn ssn, mptcp_dsn dsn)
{
    return mptcp_ssn_eq(mptcp_run_end(r), ssn) && mptcp_dsn_eq(mptcp_run_dsn_end(r), dsn);
}

void mptcp_run_advance(struct mptcp_run *r, uint32_t n)
{
    *r = mptcp_run_of(mptcp_dsn_add(mptcp_run_dsn(r), n), mptcp_ssn_add(r->ssn, n), r->len - n,
                      r->unit, r->check);
}

struct mptcp_run *mptcp_run_at(struct mptcp_run *base, const struct mptcp_runs *t, unsigned i)
{
    unsigned k = t->first + i;
    return &base[k >= t->capacity ? k - t->capacity : k];
}

unsigned mptcp_runs_upto(struct mptcp_run *base, const struct mptcp_runs *t, mptcp_ssn ssn)
{
    unsigned n = t->count;

    /* Nearly always asked for the end: the newest data. */
    if (n == 0 || !mptcp_ssn_before(ssn, mptcp_run_at(base, t, n - 1)->ssn)) {
        return n;
    }
    unsigned low = 0;
    unsigned high = n - 1;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (mptcp_ssn_before(ssn, mptcp_run_at(base, t, mid)->ssn)) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return low;
}

const struct mptcp_run *mptcp_runs_find(struct mptcp_run *base, const struct mptcp_runs *t,
                                        mptcp_ssn ssn)
{
    unsigned i = mptcp_runs_upto(base, t, ssn);
    if (i == 0) {
        return NULL;
    }
    const struct mptcp_run *r = mptcp_run_at(base, t, i - 1);
    return mptcp_ssn_before(ssn, mptcp_run_end(r)) ? r : NULL;
}

void mptcp_runs_insert(struct mptcp_run *base, struct mptcp_runs *t, unsigned i,
                       const struct mptcp_run *r)
{
    for (unsigned k = t->count; k > i; k--) {
        *mptcp_run_at(base, t, k) = *mptcp_run_at(base, t, k - 1);
    }
    *mptcp_run_at(base, t, i) = *r;
    t->count++;
}

void mptcp_runs_remove(struct mptcp_run *base, struct mptcp_runs *t, unsigned i)
{
    if (i == 0) {
        t->first = (uint16_t)(t->first + 1 == t->capacity ? 0 : t->first + 1);
        t->count--;
        return;
    }
    for (unsigned k = i; k + 1 < t->count; k++) {
        *mptcp_run_at(base, t, k) = *mptcp_run_at(base, t, k + 1);
    }
    t->count--;
}

static uint32_t below_both(const struct mptcp_run *r, mptcp_ssn ssn, mptcp_dsn dsn)
{
    uint32_t a = mptcp_run_below(r, ssn);
    uint32_t b = mptcp_run_below_dsn(r, dsn);
    return a < b ? a : b;
}

void mptcp_runs_finish(struct mptcp_run *base, struct mptcp_runs *t, mptcp_ssn ssn, mptcp_dsn dsn,
                       mptcp_ssn *done)
{
    while (t->count > 0) {
        struct mptcp_run *r = mptcp_run_at(base, t, 0);
        uint32_t n = below_both(r, ssn, dsn);
        if (n == 0) {
            return;
        }
        *done = mptcp_ssn_max(*done, mptcp_ssn_add(r->ssn, n));
        if (n < r->len) {
            if (n >= TRIM) {
                /* Mappings are counted from the start of a run (D-5). */
                mptcp_run_advance(r, r->unit > 1 ? n - n % r->unit : n);
            }
            return;
        }
        mptcp_runs_remove(base, t, 0);
    }
}

void mptcp_runs_compact(struct mptcp_run *base, struct mptcp_runs *t, mptcp_ssn ssn, mptcp_dsn dsn)
{
    if (t->count + 1u < t->capacity) {
        return;
    }
    for (unsigned k = t->count; k-- > 0;) {
        const struct mptcp_run *r = mptcp_run_at(base, t, k);
        if (below_both(r, ssn, dsn) == r->len) {
            mptcp_runs_remove(base, t, k);
        }
    }
}

void mptcp_runs_cut(struct mptcp_run *base, struct mptcp_runs *t, mptcp_ssn ssn)
{
    while (t->count > 0) {
        struct mptcp_run *r = mptcp_run_at(base, t, t->count - 1u);
        uint32_t n = mptcp_run_below(r, ssn);
        if (n > 0) {
            r->len = n;
            return;
        }
        t->count--;
    }
}
