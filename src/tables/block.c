/*
 * block.c - where the address slots stand in a connection's block, and the one external copy of
 * inline functions of block.h, for builds that call them instead of inlining them.
 */
#include "tables/block.h"

extern MPTCP_INLINE uint32_t signal_wait(const struct mptcp_conn *c, const struct mptcp_subflow *s);

extern MPTCP_INLINE int slot_of(const struct mptcp_conn *c, mptcp_sf sf);
extern MPTCP_INLINE bool sf_usable(const struct mptcp_subflow *s);

extern inline struct mptcp_subflow *subflow_at(const struct mptcp_conn *c, unsigned i);
extern inline struct mptcp_run *runs_of(const struct mptcp_conn *c);

struct mptcp_addr_slot *local_at(const struct mptcp_conn *c, unsigned i)
{
    return remote_at(c, c->addrs + i);
}

struct mptcp_addr_slot *remote_at(const struct mptcp_conn *c, unsigned i)
{
    return (struct mptcp_addr_slot *)(void *)(runs_of(c) + c->runs) + i;
}

void count_up(uint8_t *n)
{
    *n = (uint8_t)(*n < UINT8_MAX ? *n + 1 : *n);
}
