/*
 * ending.c - questions of several machines about the end of our stream and of the connection.
 * Nothing here changes any state.
 */
#include "tables/block.h"
#include "tables/clock.h"

extern MPTCP_INLINE mptcp_dsn mptcp_snd_max(const struct mptcp_conn *c);

bool mptcp_close_fin_acked(const struct mptcp_conn *c)
{
    return (c->bits & BIT_FIN_SENT) != 0 && mptcp_dsn_before(c->snd_end, c->snd_una);
}

bool mptcp_may_wait(const struct mptcp_conn *c)
{
    return is_mptcp(c) && (c->no_path_limit > 0 || c->timer[DUE_NO_PATH] != IDLE);
}

/* True if a subflow is open. One that is marked for a reset counts until it is gone, which is when
 * the path manager hears of it. */
static bool any_open(const struct mptcp_conn *c)
{
    const struct mptcp_subflow *s = subflow_at(c, 0);

    for (unsigned n = c->top; n > 0; n--, s++) {
        if (s->state == SF_OPEN) {
            return true;
        }
    }
    return false;
}

bool mptcp_pm_closing(const struct mptcp_conn *c)
{
    /* Our direction is closed and acknowledged: the subflows that are left suffice for receiving; a
     * join under way may never come up. */
    return (c->events & EVER_CLOSED) != 0 || (mptcp_close_fin_acked(c) && any_open(c));
}
