/*
 * subflows.c - questions of several machines about the subflows of a connection: how many live,
 * which one carries signals; and mptcp_subflow_fail, by which any machine marks one to be reset.
 */
#include "tables/block.h"
#include "tables/clock.h"

int mptcp_subflow_free_slot(const struct mptcp_conn *c)
{
    int slot = -1;
    unsigned live = 0;

    for (unsigned i = c->subflows; i-- > 0;) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        live += sf_live(s);
        slot = s->state == SF_FREE ? (int)i : slot;
    }
    return live < c->subflow_limit ? slot : -1;
}

bool mptcp_subflow_is_proven(const struct mptcp_subflow *s)
{
    return sf_live(s) && (s->state != SF_SYN_RCVD || (s->flags & SF_INITIAL) != 0);
}

unsigned mptcp_subflow_proven(const struct mptcp_conn *c)
{
    unsigned n = 0;
    for (unsigned i = 0; i < c->top; i++) {
        n += mptcp_subflow_is_proven(subflow_at(c, i));
    }
    return n;
}

struct mptcp_subflow *mptcp_half_open_first(const struct mptcp_conn *c, uint32_t from)
{
    struct mptcp_subflow *oldest = NULL;

    for (unsigned i = 0; i < c->top; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        if (!sf_live(s) || mptcp_subflow_is_proven(s)) {
            continue;
        }
        if (s->from == from) {
            return s;
        }
        oldest = oldest == NULL || s->timer < oldest->timer ? s : oldest;
    }
    return oldest;
}

int mptcp_signal_subflow(const struct mptcp_conn *c)
{
    int silent = -1;
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        if (s->state != SF_OPEN || (s->flags & SF_RESET) != 0) {
            continue;
        }
        if ((s->flags & SF_SILENT) == 0) {
            return (int)i;
        }
        if (silent < 0) {
            silent = (int)i;
        }
    }
    return silent;
}

bool mptcp_works_without(const struct mptcp_conn *c, unsigned i)
{
    for (unsigned k = 0; k < c->top; k++) {
        const struct mptcp_subflow *s = subflow_at(c, k);
        if (k != i && sf_usable(s) && (s->flags & (SF_FIN_RECEIVED | SF_SILENT)) == 0) {
            return true;
        }
    }
    return false;
}

void mptcp_subflow_fail(struct mptcp_subflow *s, int code)
{
    if (!sf_live(s) || (s->flags & SF_RESET) != 0) {
        return;
    }
    s->flags |= SF_RESET;
    s->code = code;
}

bool mptcp_subflow_unreliable(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return s->silences >= UNRELIABLE_SILENCES && us_since(c, s->silent_at) <= SILENCE_MEMORY_US;
}
