/*
 * unheld.c - finds the next octets that no healthy subflow holds (unheld.h).
 */
#include "tables/unheld.h"
#include "tables/order.h"

uint32_t mptcp_unheld_part(const struct mptcp_conn *c, const struct mptcp_run *r)
{
    return (c->bits & BIT_RESENDS) != 0 ? mptcp_sent_run_acked(c, r) : 0;
}

int64_t mptcp_unheld_distance(const struct mptcp_conn *c)
{
    uint16_t k = c->sent.look;
    return k == RUN_NONE ? INT64_MAX : mptcp_run_from(&runs_of(c)[k], c->rtx_nxt);
}

int64_t mptcp_unheld_pass(const struct mptcp_conn *c, mptcp_dsn *x)
{
    int64_t most = INT64_MAX;

    for (unsigned i = 0; i < c->top && (c->bits & BIT_RESENDS) != 0; i++) {
        uint16_t k = mptcp_order_first(c, BY_SSN, subflow_at(c, i)->sent.in_flight);
        if (k == RUN_NONE || !sf_holds(subflow_at(c, i))) {
            continue;
        }
        const struct mptcp_run *r = &runs_of(c)[k];
        int64_t from = mptcp_run_from(r, *x) + mptcp_unheld_part(c, r);
        int64_t end = mptcp_run_from(r, *x) + (int64_t)r->len;
        if (from <= 0 && end > 0) {
            *x = mptcp_dsn_add(*x, (uint64_t)end);
            return 0;
        }
        most = from > 0 && from < most ? from : most;
    }
    return most;
}

bool mptcp_unheld_at(const struct mptcp_conn *c, mptcp_dsn dsn)
{
    return mptcp_dsn_eq(dsn, c->rtx_nxt) && mptcp_reinject_pending(c) &&
           mptcp_unheld_distance(c) > 0;
}

bool mptcp_unheld_next(const struct mptcp_conn *c, mptcp_dsn *dsn, uint32_t *len)
{
    mptcp_dsn x = c->rtx_nxt;
    int64_t most = mptcp_dsn_diff(c->rtx_end, x);
    int64_t next = mptcp_unheld_distance(c);

    if (!mptcp_reinject_pending(c) || next <= 0) {
        return false; /* no octet is unheld, or the search has not got far enough */
    }
    int64_t part = mptcp_unheld_pass(c, &x);
    most = next < most ? next : most;
    most = part < most ? part : most;
    *dsn = c->rtx_nxt;
    *len = most < (int64_t)UINT32_MAX ? (uint32_t)most : UINT32_MAX;
    return most > 0;
}
