/*
 * roundrobin.c - the paths of the best rank take turns, whatever their RTTs: the next one that has
 * room gets a segment, or all that it takes of what is due again. For comparison, and for paths
 * that are alike.
 *
 * The word of the connection: 1 + the index of the path that octets went to last; 0: none did.
 */
#include "multipath/preference.h"

static void choose_roundrobin(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice)
{
    struct mptcp_sched_path best;
    struct mptcp_sched_path p = {0};

    if (!mptcp_sched_first(v, &best, choice)) {
        return;
    }
    unsigned i = v->word;
    for (unsigned n = 0; n < v->n; n++, i++) {
        i = i < v->n ? i : 0;
        v->path(v, i, &p);
        if (mptcp_sched_rank(&p) == mptcp_sched_rank(&best) && p.room != 0) {
            if (v->again == 0 && p.room > p.unit) {
                p.room = p.unit;
            }
            choice->path = (uint8_t)i;
            mptcp_sched_take(v, &p, choice);
            return;
        }
    }
}

static void sent_roundrobin(const struct mptcp_sched_view *v,
                            const struct mptcp_sched_choice *choice,
                            const struct mptcp_sched_words *words)
{
    (void)v;
    *words->conn = (uint16_t)(choice->path + 1u);
}

const struct mptcp_scheduler mptcp_roundrobin = {
    .name = "roundrobin", .choose = choose_roundrobin, .sent = sent_roundrobin};
