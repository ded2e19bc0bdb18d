/*
 * runs.c - a ring of runs in SSN order.
 *
 * Runs come in at the end (what is sent, what arrives in order) or, when
 * segments overtake each other, somewhere before it; they leave at the front,
 * or from anywhere when the table is compacted. The ring never reorders and
 * never merges: those are rules of the machines.
 */
#include "tables/tables.h"

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
