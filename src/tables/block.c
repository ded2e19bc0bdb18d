/*
 * block.c - places in a connection's block that are looked up rarely.
 */
#include "tables/block.h"

struct mptcp_addr_slot *local_at(const struct mptcp_conn *c, unsigned i)
{
    return remote_at(c, c->addrs + i);
}

struct mptcp_addr_slot *remote_at(const struct mptcp_conn *c, unsigned i)
{
    return (struct mptcp_addr_slot *)(void *)subflow_at(c, c->subflows) + i;
}

struct mptcp_run *tx_base(const struct mptcp_conn *c, unsigned i)
{
    return (struct mptcp_run *)(void *)local_at(c, c->addrs) +
           i * (unsigned)(c->tx_runs + c->rx_runs);
}

struct mptcp_run *rx_base(const struct mptcp_conn *c, unsigned i)
{
    return tx_base(c, i) + c->tx_runs;
}

void count_up(uint8_t *n)
{
    *n = (uint8_t)(*n < UINT8_MAX ? *n + 1 : *n);
}
