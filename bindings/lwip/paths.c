/*
 * paths.c - the local addresses of a connection as applications name them: added before and
 * after it is open, removed, turned to backups.
 */
#include "binding.h"

#include "lwip/mem.h"

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

    for (const struct mptcpl_path *p = m->paths; p != NULL; p = p->next) {
        named(m, &p->addr, p->flags, &a);
        mptcp_add_address(m->conn, &a, p->flags, &id, mptcpl_now());
    }
}

/* Behind those there are. */
static void append(struct mptcpl_pcb *m, struct mptcpl_path *path)
{
    struct mptcpl_path **last = &m->paths;

    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = path;
    m->npaths++;
}

static struct mptcpl_path *make_path(const ip_addr_t *addr, struct netif *netif, unsigned flags)
{
    struct mptcpl_path *path = mem_calloc(1, sizeof *path);

    if (path != NULL) {
        ip_addr_copy(path->addr, *addr);
        path->netif = netif;
        path->flags = (uint8_t)flags;
    }
    return path;
}

bool mptcpl_copy_paths(struct mptcpl_pcb *m, const struct mptcpl_pcb *of)
{
    for (const struct mptcpl_path *p = of->paths; p != NULL; p = p->next) {
        struct mptcpl_path *path = make_path(&p->addr, p->netif, p->flags);
        if (path == NULL) {
            return false;
        }
        append(m, path);
    }
    return true;
}

void mptcpl_drop_paths(struct mptcpl_pcb *m)
{
    while (m->paths != NULL) {
        struct mptcpl_path *path = m->paths;
        m->paths = path->next;
        mem_free(path);
    }
    m->npaths = 0;
}

err_t mptcpl_add_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr, struct netif *netif,
                      unsigned flags)
{
    if (pcb->npaths == pcb->cfg.addrs) {
        return ERR_MEM;
    }
    if (pcb->conn != NULL || pcb->state == ST_OVER || ip_addr_isany(addr)) {
        return ERR_ARG;
    }
    struct mptcpl_path *path = make_path(addr, netif, flags);
    if (path == NULL) {
        return ERR_MEM;
    }
    append(pcb, path);
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
    struct mptcpl_path *path = pcb->npaths == pcb->cfg.addrs ? NULL : make_path(addr, netif, flags);
    if (path == NULL) {
        return ERR_MEM;
    }
    named(pcb, addr, flags, &a);
    if (mptcp_add_address(pcb->conn, &a, flags, &id, mptcpl_now()) < 0) {
        mem_free(path);
        return ERR_ARG;
    }
    append(pcb, path);
    mptcpl_touch(pcb);
    return ERR_OK;
}

/* It is bound to nothing any more, and there is place for another. */
static void forget_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr)
{
    for (struct mptcpl_path **p = &pcb->paths; *p != NULL; p = &(*p)->next) {
        struct mptcpl_path *path = *p;
        if (ip_addr_eq(&path->addr, addr)) {
            *p = path->next;
            pcb->npaths--;
            mem_free(path);
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
