/*
 * deliverable.c - a question about received runs (received.h): which octets are to be delivered
 * next. It changes nothing.
 *
 * They are of the first run in the queue, up to where the next run of the queue begins.
 */
#include "tables/in_step.h"
#include "tables/received.h"

bool mptcp_received_deliverable(const struct mptcp_conn *c, struct mptcp_action *a)
{
    const struct mptcp_run *t = runs_of(c);
    uint16_t k = c->received.queue;
    uint32_t n = (uint32_t)mptcp_dsn_diff(data_end(c), c->rcv_delivered); /* at most a window */

    if (k == RUN_NONE || n == 0) {
        return false;
    }
    const struct mptcp_run *r = &t[k];
    const struct mptcp_subflow *s = subflow_at(c, r->owner);
    uint16_t next = r->link[BY_DSN][LINK_AFTER];
    if (next != RUN_NONE) {
        uint32_t most = t[next].key[BY_DSN] - r->key[BY_DSN];
        n = r->len;
        n = most < n ? most : n;
    }
    a->sf = s->generation << 8 | r->owner;
    a->dsn = c->rcv_delivered;
    a->ssn = mptcp_run_ssn(r);
    a->len = n;
    a->keep = mptcp_ssn_eq(a->ssn, s->rcv_done) ? mptcp_ssn_add(a->ssn, n) : s->rcv_done;
    return true;
}
