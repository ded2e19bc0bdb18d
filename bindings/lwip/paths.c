/*
 * paths.c - the local addresses of a connection as applications name them: added before and
 * after it is open, removed, turned to backups.
 */
#include "binding.h"

void mptcpl_add_addresses(struct mptcpl_pcb *m)
{
    struct mptcp_addr a;
    uint8_t id;

    for (unsigned i = 0; i < m->npaths; i++) {
        mptcpl_to_addr(&m->paths[i].addr, 0, &a);
        mptcp_add_address(m->conn, &a, m->paths[i].flags, &id, mptcpl_now());
    }
}

err_t mptcpl_add_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr, struct netif *netif,
                      unsigned flags)
{
    if (pcb->npaths == MPTCPL_ADDRS) {
        return ERR_MEM;
    }
    if (pcb->conn != NULL || ip_addr_isany(addr)) {
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

    if (pcb->conn == NULL) {
        return ERR_CONN;
    }
    if (pcb->npaths == MPTCPL_ADDRS) {
        return ERR_MEM;
    }
    mptcpl_to_addr(addr, 0, &a);
    if (mptcp_add_address(pcb->conn, &a, flags, &id, mptcpl_now()) < 0) {
        return ERR_ARG;
    }
    struct mptcpl_path *path = &pcb->paths[pcb->npaths++];
    ip_addr_copy(path->addr, *addr);
    path->netif = netif;
    path->flags = (uint8_t)flags;
    pcb->touched = true;
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

err_t mptcpl_remove_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr)
{
    struct mptcp_addr known;
    struct mptcp_addr a;

    if (pcb->conn == NULL) {
        return ERR_CONN;
    }
    mptcpl_to_addr(addr, 0, &a);
    for (unsigned id = 0; id <= UINT8_MAX; id++) {
        if (mptcp_address(pcb->conn, false, (uint8_t)id, &known) == MPTCP_OK &&
            mptcp_addr_same_ip(&known, &a) &&
            mptcp_remove_address(pcb->conn, (uint8_t)id, mptcpl_now()) == MPTCP_OK) {
            forget_path(pcb, addr);
            pcb->touched = true;
            return ERR_OK;
        }
    }
    return ERR_VAL;
}

err_t mptcpl_set_backup(struct mptcpl_pcb *pcb, mptcp_sf sf, bool backup)
{
    if (pcb->conn == NULL) {
        return ERR_CONN;
    }
    if (mptcp_set_backup(pcb->conn, sf, backup, mptcpl_now()) != MPTCP_OK) {
        return ERR_VAL;
    }
    pcb->touched = true;
    return ERR_OK;
}
