/*
 * listen.c - SYNs at listening pcbs.
 *
 * The input hook of a SYN and passive_open of the pcb that lwIP makes for it
 * come in one call chain; between them lies mptcpl.syn, valid for that one SYN.
 *
 *   CAPABLE, PLAIN   a child of the listener, a new connection
 *   JOIN             a subflow of a living connection, which never reaches the
 *                    application's accept
 *   RESET            answered with RST and its reason, no pcb is made
 *
 * A connection that announces an address listens there itself; such a listener
 * takes joins only. Several connections, and the application's listener, can have one
 * listening pcb together; it goes with the last of them.
 */
#include "binding.h"
#include "hooks.h"

#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/tcp.h"

#include <string.h>

struct mptcpl_pcb *mptcpl_find(uint32_t number)
{
    for (struct mptcpl_pcb *m = mptcpl.all; m != NULL; m = m->next) {
        if (m->number == number && m->conn != NULL) {
            return m;
        }
    }
    return NULL;
}

/* RST for a SYN, with MP_TCPRST unless code is 0: the hooks see a listening pcb and mptcpl.refuse.
 */
static void refuse(const struct tcp_pcb *lpcb, int code)
{
    mptcpl.refuse = code;
    tcp_rst(lpcb, 0, mptcpl.syn_seqno + 1 + mptcpl.syn_seg.len, ip_current_dest_addr(),
            ip_current_src_addr(), lpcb->local_port, mptcpl.syn_port);
    mptcpl.refuse = 0;
}

/* True if the listener serves clients of this version of the protocol. */
static bool takes_version(const struct mptcpl_pcb *m, unsigned version)
{
    return m->cfg.version == MPTCPL_VERSION_0   ? version == 0
           : m->cfg.version == MPTCPL_VERSION_1 ? version == 1
                                                : true;
}

err_t mptcpl_listen_segment(struct tcp_pcb *lpcb, const struct mptcp_segment *seg,
                            const struct tcp_hdr *hdr)
{
    const struct mptcpl_pcb *m = tcp_ext_arg_get(lpcb, mptcpl.ext_id);

    mptcpl.syn_valid = false;
    if (m == NULL || (seg->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN) {
        return ERR_OK;
    }
    mptcpl.syn_seg = *seg;
    memcpy(mptcpl.syn_options, seg->options, seg->options_len);
    mptcpl.syn_seg.options = mptcpl.syn_options;
    mptcpl.syn_seqno = hdr->seqno;
    mptcpl.syn_port = hdr->src;
    if (mptcp_endpoint_on_syn(mptcpl.endpoint, &mptcpl.syn_seg, &mptcpl.syn) < 0) {
        return ERR_OK;
    }
    if ((m->cfg.no_mptcp || !takes_version(m, mptcpl.syn.version)) &&
        mptcpl.syn.kind == MPTCP_SYN_CAPABLE) {
        mptcpl.syn.kind = MPTCP_SYN_PLAIN;
    }
    if (mptcpl.syn.kind == MPTCP_SYN_RESET) {
        refuse(lpcb, mptcpl.syn.code);
        return ERR_BUF;
    }
    /* Where only joins are wanted, anything else meets a closed port. */
    if (mptcpl.syn.kind != MPTCP_SYN_JOIN && m->state != ST_LISTEN) {
        refuse(lpcb, MPTCP_E_JOIN_MISSING);
        return ERR_BUF;
    }
    if (mptcpl.syn.kind != MPTCP_SYN_JOIN && m->pending >= m->backlog) {
        return ERR_BUF;
    }
    mptcpl.syn_valid = true;
    return ERR_OK;
}

static void addresses(const struct tcp_pcb *pcb, struct mptcp_addr *local,
                      struct mptcp_addr *remote)
{
    mptcpl_to_addr(&pcb->local_ip, pcb->local_port, local);
    mptcpl_to_addr(&pcb->remote_ip, pcb->remote_port, remote);
}

/* A subflow that lwIP is accepting. */
static void attach_passive(struct mptcpl_pcb *m, struct tcp_pcb *pcb, mptcp_sf sf)
{
    struct subflow *s = mptcpl_attach(m, pcb, sf);
    s->iss = pcb->snd_lbb;
    s->irs = pcb->rcv_nxt - 1;
}

/* An older half-open join may have to go first: once, for this one. */
static int accept_join(struct mptcpl_pcb *m, const struct mptcp_addr *local,
                       const struct mptcp_addr *remote, mptcp_sf *sf)
{
    int why = mptcp_accept_join(m->conn, &mptcpl.syn_seg, local, remote, sf, mptcpl_now());

    if (why == MPTCP_OK && *sf == MPTCP_SF_NONE) {
        mptcpl_reset_due(m);
        why = mptcp_accept_join(m->conn, &mptcpl.syn_seg, local, remote, sf, mptcpl_now());
    }
    bool place = *sf != MPTCP_SF_NONE && mptcpl_has_place(m);
    if (why == MPTCP_OK && !place) {
        mptcp_on_gone(m->conn, *sf, MPTCP_E_FULL, mptcpl_now());
        return MPTCP_E_FULL;
    }
    return why;
}

static err_t join(struct tcp_pcb *lpcb, struct tcp_pcb *pcb)
{
    struct mptcpl_pcb *m = mptcpl_find(mptcpl.syn.conn);
    struct mptcp_addr local;
    struct mptcp_addr remote;
    mptcp_sf sf;

    addresses(pcb, &local, &remote);
    int why = m == NULL ? MPTCP_E_JOIN_TOKEN : accept_join(m, &local, &remote, &sf);
    if (why < 0) {
        bool told = m == NULL || m->version != 0; /* version 0 has no MP_TCPRST */
        refuse(lpcb, told ? why : 0);
        return ERR_VAL;
    }
    attach_passive(m, pcb, sf);
    return ERR_OK;
}

static err_t child(struct mptcpl_pcb *parent, struct tcp_pcb *pcb)
{
    struct mptcp_addr local;
    struct mptcp_addr remote;
    mptcp_sf sf;
    struct mptcpl_pcb *m = mptcpl_alloc(&parent->cfg);

    if (m == NULL) {
        return ERR_MEM;
    }
    memcpy(m->paths, parent->paths, sizeof m->paths);
    m->npaths = parent->npaths;
    m->passive = true;
    /* A connection takes only a SYN of its own version. One that the listener does not serve gets
     * a connection of the other version, to which it is plain TCP. */
    uint8_t version = mptcpl.syn.version;
    m->version = takes_version(parent, version) ? version : (uint8_t)(1 - version);
    addresses(pcb, &local, &remote);
    if (mptcpl_make_conn(m) != ERR_OK ||
        mptcp_accept(m->conn, &mptcpl.syn_seg, &local, &remote, &sf, mptcpl_now()) < 0) {
        mptcpl_free(m);
        return ERR_MEM;
    }
    parent->pending++;
    m->parent = parent;
    m->state = ST_OPENING;
    attach_passive(m, pcb, sf);
    mptcpl_add_addresses(m);
    return ERR_OK;
}

void mptcpl_no_longer_pending(struct mptcpl_pcb *child)
{
    if (child->parent != NULL) {
        child->parent->pending--;
        child->parent = NULL;
    }
}

static err_t passive_open(u8_t id, struct tcp_pcb_listen *lpcb, struct tcp_pcb *pcb)
{
    struct tcp_pcb *listener = (struct tcp_pcb *)(void *)lpcb;
    struct mptcpl_pcb *m = tcp_ext_arg_get(listener, id);

    if (m == NULL || !mptcpl.syn_valid) {
        return ERR_VAL;
    }
    mptcpl.syn_valid = false;
    return mptcpl.syn.kind == MPTCP_SYN_JOIN ? join(listener, pcb) : child(m, pcb);
}

static const struct tcp_ext_arg_callbacks listener_callbacks = {NULL, passive_open};

/* lwIP's own accept: the handshake of TCP is complete, no more than that. */
static err_t accepted(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct subflow *s = pcb == NULL ? NULL : subflow_of(pcb);

    (void)arg;
    if (s == NULL || err != ERR_OK) {
        return ERR_VAL;
    }
    mptcp_on_established(s->m->conn, s->sf, mptcpl_now());
    mptcpl_path_report(s);
    return ERR_OK;
}

static struct tcp_pcb **free_place(struct mptcpl_pcb *m)
{
    for (unsigned i = 0; i < MPTCPL_LISTENS; i++) {
        if (m->listeners[i] == NULL) {
            return &m->listeners[i];
        }
    }
    return NULL;
}

err_t mptcpl_listen_at(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port, u8_t netif_idx)
{
    struct tcp_pcb **place = free_place(m);
    struct tcp_pcb *pcb = place == NULL ? NULL : tcp_new_ip_type(IP_GET_TYPE(addr));
    err_t err;

    if (pcb == NULL) {
        return ERR_MEM;
    }
    if (netif_idx != 0) {
        tcp_bind_netif(pcb, netif_get_by_index(netif_idx));
    }
    err = tcp_bind(pcb, addr, port);
    struct tcp_pcb *lpcb = err == ERR_OK ? tcp_listen_with_backlog_and_err(pcb, 255, &err) : NULL;
    if (lpcb == NULL) {
        tcp_abort(pcb);
        return err;
    }
    /* Set on the new pcb: tcp_listen copies what the old one had, and then ends it. */
    tcp_ext_arg_set(lpcb, mptcpl.ext_id, m);
    tcp_ext_arg_set_callbacks(lpcb, mptcpl.ext_id, &listener_callbacks);
    tcp_accept(lpcb, accepted);
    *place = lpcb;
    return ERR_OK;
}

static bool hears(const struct tcp_pcb *lpcb, const ip_addr_t *addr, u16_t port)
{
    return lpcb != NULL && lpcb->local_port == port &&
           (ip_addr_isany(&lpcb->local_ip) || ip_addr_eq(&lpcb->local_ip, addr));
}

/* Somebody else's: joins to whatever connection arrive there. */
static struct tcp_pcb *listening_at(const ip_addr_t *addr, u16_t port)
{
    for (const struct mptcpl_pcb *m = mptcpl.all; m != NULL; m = m->next) {
        for (unsigned i = 0; i < MPTCPL_LISTENS; i++) {
            if (hears(m->listeners[i], addr, port)) {
                return m->listeners[i];
            }
        }
    }
    return NULL;
}

err_t mptcpl_listen_too(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port)
{
    struct tcp_pcb **place = free_place(m);
    err_t err = mptcpl_listen_at(m, addr, port, 0);

    if (err == ERR_USE) {
        *place = listening_at(addr, port);
        err = *place == NULL ? ERR_USE : ERR_OK;
    }
    return err;
}

/* Who else has it. */
static struct mptcpl_pcb *sharer_of(const struct tcp_pcb *lpcb)
{
    for (struct mptcpl_pcb *m = mptcpl.all; m != NULL; m = m->next) {
        for (unsigned i = 0; i < MPTCPL_LISTENS; i++) {
            if (m->listeners[i] == lpcb) {
                return m;
            }
        }
    }
    return NULL;
}

/* The pcb stays as long as somebody has it; while the application listens there, it is its own. */
static void stop(struct tcp_pcb **place)
{
    struct tcp_pcb *lpcb = *place;
    const struct mptcpl_pcb *owner = tcp_ext_arg_get(lpcb, mptcpl.ext_id);

    *place = NULL;
    struct mptcpl_pcb *other = sharer_of(lpcb);
    if (other == NULL) {
        tcp_ext_arg_set(lpcb, mptcpl.ext_id, NULL);
        tcp_close(lpcb);
        return;
    }
    for (unsigned i = 0; i < MPTCPL_LISTENS; i++) {
        if (owner->listeners[i] == lpcb) {
            return;
        }
    }
    tcp_ext_arg_set(lpcb, mptcpl.ext_id, other);
}

void mptcpl_unlisten_at(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port)
{
    for (unsigned i = 0; i < MPTCPL_LISTENS; i++) {
        if (hears(m->listeners[i], addr, port)) {
            stop(&m->listeners[i]);
        }
    }
}

void mptcpl_unlisten(struct mptcpl_pcb *m)
{
    for (unsigned i = 0; i < MPTCPL_LISTENS; i++) {
        if (m->listeners[i] != NULL) {
            stop(&m->listeners[i]);
        }
    }
}
