/*
 * block.c - places in a connection's block that are looked up rarely, and the
 * arithmetic of its times.
 */
#include "tables/block.h"

#define BACKOFF_MAX 64000000u

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

mptcp_time time_after(mptcp_time now, uint32_t us)
{
    return now > MPTCP_NEVER - 1 - us ? MPTCP_NEVER - 1 : now + us;
}

mptcp_time from_now(const struct mptcp_conn *c, uint32_t us)
{
    return time_after(c->now, us);
}

bool fired(struct mptcp_conn *c, enum mptcp_timer which)
{
    if (c->due[which] > c->now) {
        return false;
    }
    c->due[which] = MPTCP_NEVER;
    return true;
}

void count_up(uint8_t *n)
{
    *n = (uint8_t)(*n < UINT8_MAX ? *n + 1 : *n);
}

uint32_t backoff(uint32_t us, unsigned n)
{
    while (n > 0 && us < BACKOFF_MAX) {
        us *= 2;
        n--;
    }
    return us < BACKOFF_MAX ? us : BACKOFF_MAX;
}
