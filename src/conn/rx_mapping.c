/*
 * rx_mapping.c - a getter, which changes nothing: where the next octets of a subflow belong in the
 * stream. It is in an object file of its own, for hosts with one receive buffer for the connection.
 */
#include "conn/conn.h"
#include "tables/in_step.h"
#include "tables/received.h"
#include "wire/mem.h"

int mptcp_rx_mapping(const struct mptcp_conn *c, mptcp_sf sf, struct mptcp_rx_map *map)
{
    if (c == NULL || map == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    int i = slot_of(c, sf);
    if (i < 0) {
        return MPTCP_E_STALE;
    }
    const struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    memset(map, 0, sizeof *map);
    map->delivered = c->rcv_delivered;
    map->ssn = s->rcv_nxt;
    map->valid = is_plain(c) ? s->rcv_nxt : s->rcv_valid;
    map->summed = !is_plain(c) && (c->bits & BIT_CHECKSUM) != 0;
    if (is_plain(c)) {
        map->dsn = received_in_step(c, s->rcv_nxt);
        map->len = LENGTH_MAX;
        return MPTCP_OK;
    }
    const struct mptcp_run *r = mptcp_received_find(c, (unsigned)i, s->rcv_nxt);
    if (r == NULL) {
        return MPTCP_E_NOT_FOUND;
    }
    map->dsn = mptcp_dsn_add(mptcp_run_dsn(r, c->rcv_nxt),
                             (uint32_t)mptcp_ssn_diff(s->rcv_nxt, mptcp_run_ssn(r)));
    map->len = (uint32_t)mptcp_ssn_diff(mptcp_run_end(r), s->rcv_nxt);
    return MPTCP_OK;
}
