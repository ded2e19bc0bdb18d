/*
 * sums.c - the sum over a mapping, for the checksum of a segment that leaves.
 *
 * A TCP that keeps segments sums the octets that it refers to. One that copies has them only until
 * they are acknowledged, and a mapping of which a part is acknowledged has to be summed as a whole:
 * so the host sums the octets of the send buffer, which is poisoned where MPTCP_FREE has let it go.
 * A host that says that TCP has copies (manner.copied) lets it go earlier, and keeps the sums.
 */
#include "mptcp/sums.h"
#include "sim.h"

#include <stdlib.h>

#define KEPT_MAX 40u

static uint32_t over(const struct end *e, const struct mptcp_tx_map *map)
{
    return mptcp_sum(0, e->buffer + (map->dsn.v - e->first), map->len, false);
}

bool sums_needed(const struct end *e)
{
    struct mptcp_conn_report info;

    mptcp_conn_info(e->conn, &info);
    return info.checksum != 0 && !e->plain;
}

uint32_t sums_of(struct end *e, struct tcp *t, uint32_t ssn)
{
    struct mptcp_tx_map map;
    uint32_t sum;

    if (mptcp_tx_mapping(e->conn, t->sf, mptcp_ssn_of(ssn), &map) < 0) {
        return 0;
    }
    if (t->sums != NULL && mptcp_sums_find(t->sums, mptcp_ssn_of(ssn), &sum) == MPTCP_OK) {
        e->sim->met[MET_SUM_KEPT] += map.dsn.v - e->first < e->freed;
        return sum;
    }
    return over(e, &map);
}

/* Keeps the sums of what the subflow was given. True if none is missing. */
bool sums_kept(struct end *e, struct tcp *t)
{
    struct mptcp_tx_map map;

    if (t->sums == NULL) {
        unsigned n = 1 + random_below(e->sim, KEPT_MAX);
        size_t size = MPTCP_SUMS_SIZE(n);
        t->sums = mptcp_sums_init(malloc(size), size, n);
    }
    while (mptcp_tx_mapping(e->conn, t->sf, mptcp_sums_next(t->sums), &map) == MPTCP_OK) {
        if (mptcp_sums_add(t->sums, &map, over(e, &map)) != MPTCP_OK) {
            e->sim->met[MET_SUMS_FULL]++;
            return false;
        }
    }
    return true;
}

void sums_acked(struct tcp *t)
{
    mptcp_sums_acked(t->sums, mptcp_ssn_of(t->una));
}
