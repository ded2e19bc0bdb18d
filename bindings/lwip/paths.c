/*
 * paths.c - the local addresses of a connection as applications name them: added before and
 * after it is open, removed, turned to backups.
 */
#include "binding.h"

/* As the connection takes it: with the port to listen on, if it is announced. */
static void named(const struct mptcpl_pcb *m, const ip_addr_t *addr, unsigned flags,
                  struct mptcp_addr *a)
{
    mptcpl_to_addr(addr, (flags & MPTCP_ADDR_ANNOUNCE) != 0 ? m->cfg.announce_port : 0, a);
}

void mptcpl_add_addresses(struct mptcpl_pcb *m)
{
    struct mptcp_addr a;
    uint8_t id;

    for (unsigned i = 0; i < m->npaths; i++) {
        named(m, &m->paths[i].addr, m->paths[i].flags, &a);
        mptcp_add_address(m->conn, &a, m->paths[i].flags, &id, mptcpl_now());
    }
}

err_t mptcpl_add_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr, struct netif *netif,
                      unsigned flags)
{
    if (pcb->npaths == MPTCPL_ADDRS) {
        return ERR_MEM;
    }
    if (pcb->conn != NULL || pcb->state == ST_OVER || ip_addr_isany(addr)) {
        return ERR_ARG;
    }
    struct mptcpl_path *path = &pcb->paths[pcb->npaths++];
    ip_addr_copy(path->addr, *addr);
    path->netif = netif;
    path->flags = (uint8_t)flags;
    return ERR_OK;
}

err_t mptcpl_new_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr, struct netif *netif,
                      unsigned flags)
{
    struct mptcp_addr a;
    uint8_t id;

    if (!mptcpl_answers(pcb)) {
        return ERR_CONN;
    }
    if (pcb->npaths == MPTCPL_ADDRS) {
        return ERR_MEM;
    }
    named(pcb, addr, flags, &a);
    if (mptcp_add_address(pcb->conn, &a, flags, &id, mptcpl_now()) < 0) {
        return ERR_ARG;
    }
    struct mptcpl_path *path = &pcb->paths[pcb->npaths++];
    ip_addr_copy(path->addr, *addr);
    path->netif = netif;
    path->flags = (uint8_t)flags;
    mptcpl_touch(pcb);
    return ERR_OK;
}

/* It is bound to nothing any more, and there is place for another. */
static void forget_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr)
{
    for (unsigned i = 0; i < pcb->npaths; i++) {
        if (ip_addr_eq(&pcb->paths[i].addr, addr)) {
            pcb->paths[i] = pcb->paths[--pcb->npaths];
            return;
        }
    }
}

/* The next id, from `id` on, that an address has on our side or the peer's; -1 if none has it. */
static int next_id(const struct mptcpl_pcb *pcb, bool remote, const ip_addr_t *addr, int id)
{
    struct mptcp_addr known;
    struct mptcp_addr a;

    mptcpl_to_addr(addr, 0, &a);
    for (; id <= UINT8_MAX; id++) {
        if (mptcp_address(pcb->conn, remote, (uint8_t)id, &known) == MPTCP_OK &&
            mptcp_addr_same_ip(&known, &a)) {
            return id;
        }
    }
    return -1;
}

/* An address that just went may still be there under its old id: `call` knows which one counts. */
static err_t on_local(struct mptcpl_pcb *pcb, const ip_addr_t *addr,
                      int (*call)(struct mptcp_conn *c, uint8_t id, mptcp_time now))
{
    if (!mptcpl_answers(pcb)) {
        return ERR_CONN;
    }
    for (int id = 0; (id = next_id(pcb, false, addr, id)) >= 0; id++) {
        if (call(pcb->conn, (uint8_t)id, mptcpl_now()) == MPTCP_OK) {
            mptcpl_touch(pcb);
            return ERR_OK;
        }
    }
    return ERR_VAL;
}

err_t mptcpl_remove_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr)
{
    err_t err = on_local(pcb, addr, mptcp_remove_address);
    if (err == ERR_OK) {
        forget_path(pcb, addr);
    }
    return err;
}

err_t mptcpl_refresh_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr)
{
    return on_local(pcb, addr, mptcp_refresh_address);
}

err_t mptcpl_join(struct mptcpl_pcb *pcb, const ip_addr_t *local, const ip_addr_t *remote)
{
    if (!mptcpl_answers(pcb)) {
        return ERR_CONN;
    }
    int from = next_id(pcb, false, local, 0);
    int to = remote == NULL ? 0 : next_id(pcb, true, remote, 0);
    if (from < 0 || to < 0) {
        return ERR_VAL;
    }
    int why = mptcp_join(pcb->conn, (uint8_t)from, (uint8_t)to, mptcpl_now());
    mptcpl_touch(pcb);
    return why == MPTCP_OK            ? ERR_OK
           : why == MPTCP_E_NOT_FOUND ? ERR_VAL
           : why == MPTCP_E_AGAIN     ? ERR_INPROGRESS
                                      : ERR_CONN;
}

err_t mptcpl_set_cost(struct mptcpl_pcb *pcb, mptcp_sf sf, uint8_t cost)
{
    if (!mptcpl_answers(pcb)) {
        return ERR_CONN;
    }
    if (mptcp_set_cost(pcb->conn, sf, cost, mptcpl_now()) != MPTCP_OK) {
        return ERR_VAL;
    }
    mptcpl_touch(pcb);
    return ERR_OK;
}

err_t mptcpl_set_backup(struct mptcpl_pcb *pcb, mptcp_sf sf, bool backup)
{
    if (!mptcpl_answers(pcb)) {
        return ERR_CONN;
    }
    if (mptcp_set_backup(pcb->conn, sf, backup, mptcpl_now()) != MPTCP_OK) {
        return ERR_VAL;
    }
    mptcpl_touch(pcb);
    return ERR_OK;
}
