/*
 * held.c - shows a scheduler which path holds which octets (mptcp/scheduler.h). Linked only if a
 * scheduler names mptcp_sched_held.
 */
#include "tables/offer.h"
#include "tables/sent.h"

bool mptcp_sched_held(const struct mptcp_sched_view *v, uint32_t *cursor,
                      struct mptcp_sched_held *held)
{
    if (v == NULL || cursor == NULL || held == NULL) {
        return false;
    }
    const struct mptcp_conn *c = ((const struct mptcp_offer *)v)->c;
    uint16_t k = (uint16_t)(*cursor + c->sent.una); /* cursor 0: the first run */
    if (k == RUN_NONE) {
        return false;
    }
    const struct mptcp_run *r = &runs_of(c)[k];
    held->at = (int32_t)mptcp_run_from(r, c->snd_una);
    held->len = r->len;
    held->acked = mptcp_sent_run_acked(c, r);
    held->path = r->owner;
    *cursor = (uint16_t)(r->link[BY_DSN][LINK_AFTER] - c->sent.una);
    return true;
}
