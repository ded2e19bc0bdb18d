/*
 * listen.c - SYNs at listening pcbs.
 *
 * lwIP calls the input hook for a SYN and then, for the pcb that it makes, passive_open. Both
 * happen in one call of tcp_input: the hook keeps the SYN in mptcpl.syn, and passive_open reads it
 * there. What mptcp_endpoint_on_syn returns decides:
 *
 *   CAPABLE   a client: half_open.c keeps a record of it until its handshake is complete, which
 *             makes a connection of the listener's
 *   PLAIN     the same, without MPTCP
 *   JOIN      becomes a subflow of a living connection; the application's accept does not see it
 *   RESET     is answered by a RST with the reason; lwIP makes no pcb
 *
 * A connection that announces an address listens there itself; such a listener takes joins only.
 * Several connections, and the application's listener, can share one listening pcb; the last of
 * them closes it.
 */
#include "binding.h"
#include "hooks.h"

#include "lwip/mem.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/tcp.h"

#include <string.h>

/* RST for a SYN that is refused for this reason, with MP_TCPRST if it is to be told: the hooks see
 * a listening pcb and mptcpl.refuse. */
static void refuse(const struct tcp_pcb *lpcb, int code, bool told)
{
    mptcpl_count_refused(code);
    mptcpl.refuse = told ? code : 0;
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

/* A SYN that is no join; listener NULL: only joins are wanted, and it meets a closed port. False:
 * it is dropped, or was refused. */
static bool takes_client(const struct tcp_pcb *lpcb, const struct mptcpl_pcb *listener)
{
    if (listener == NULL) {
        refuse(lpcb, MPTCP_E_JOIN_MISSING, true);
        return false;
    }
    if (listener->cfg.no_mptcp || !takes_version(listener, mptcpl.syn.version)) {
        mptcpl.syn.kind = MPTCP_SYN_PLAIN;
    }
    return listener->pending < listener->backlog;
}

err_t mptcpl_listen_segment(struct tcp_pcb *lpcb, const struct mptcp_segment *seg,
                            const struct tcp_hdr *hdr)
{
    const struct mptcpl_listening *l = tcp_ext_arg_get(lpcb, mptcpl.ext_id);

    mptcpl.syn_valid = false;
    if (l == NULL || (seg->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN) {
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
    if (mptcpl.syn.kind == MPTCP_SYN_RESET) {
        refuse(lpcb, mptcpl.syn.code, true);
        return ERR_BUF;
    }
    if (mptcpl.syn.kind != MPTCP_SYN_JOIN && !takes_client(lpcb, l->listener)) {
        return ERR_BUF;
    }
    mptcpl.syn_valid = true;
    return ERR_OK;
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
    return why == MPTCP_OK && *sf == MPTCP_SF_NONE ? MPTCP_E_FULL : why;
}

static err_t join(struct tcp_pcb *lpcb, struct tcp_pcb *pcb)
{
    struct mptcpl_pcb *m = mptcpl_find(mptcpl.syn.conn);
    struct mptcp_addr local;
    struct mptcp_addr remote;
    mptcp_sf sf;

    mptcpl_addresses(pcb, &local, &remote);
    struct subflow *s = m == NULL ? NULL : mptcpl_new_subflow(m);
    int why = m == NULL   ? MPTCP_E_JOIN_TOKEN
              : s == NULL ? MPTCP_E_FULL
                          : accept_join(m, &local, &remote, &sf);
    if (why < 0) {
        mptcpl_drop_subflow(s);
        refuse(lpcb, why, m == NULL || m->version != 0); /* version 0 has no MP_TCPRST */
        return ERR_VAL;
    }
    mptcpl_attach_passive(s, pcb, sf);
    return ERR_OK;
}

struct mptcpl_pcb *mptcpl_no_longer_pending(struct mptcpl_pcb *child)
{
    struct mptcpl_pcb *listener = child->is_pending ? mptcpl_find(child->parent) : NULL;

    child->is_pending = false;
    if (listener != NULL) {
        listener->pending--;
    }
    return listener;
}

/* A connection takes only a SYN of its own version. One that the listener does not serve gets a
 * connection of the other version, to which it is plain TCP. */
static unsigned version_for(const struct mptcpl_pcb *listener)
{
    unsigned version = mptcpl.syn.version;
    return takes_version(listener, version) ? version : 1 - version;
}

static err_t passive_open(u8_t id, struct tcp_pcb_listen *lpcb, struct tcp_pcb *pcb)
{
    struct tcp_pcb *listener = (struct tcp_pcb *)(void *)lpcb;
    const struct mptcpl_listening *l = tcp_ext_arg_get(listener, id);

    if (l == NULL || !mptcpl.syn_valid) {
        return ERR_VAL;
    }
    mptcpl.syn_valid = false;
    return mptcpl.syn.kind == MPTCP_SYN_JOIN
               ? join(listener, pcb)
               : mptcpl_half_open(l->listener, pcb, version_for(l->listener));
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

/* A pcb that listens, for nobody yet. */
static struct tcp_pcb *open_port(const ip_addr_t *addr, u16_t port, u8_t netif_idx, err_t *err)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(addr));

    *err = ERR_MEM;
    if (pcb == NULL) {
        return NULL;
    }
    if (netif_idx != 0) {
        tcp_bind_netif(pcb, netif_get_by_index(netif_idx));
    }
    *err = tcp_bind(pcb, addr, port);
    struct tcp_pcb *lpcb = *err == ERR_OK ? tcp_listen_with_backlog_and_err(pcb, 255, err) : NULL;
    if (lpcb == NULL) {
        tcp_abort(pcb);
    }
    return lpcb;
}

/* Makes l listen. Its arguments are set on the new pcb: tcp_listen copies what the old one had, and
 * then ends it. */
static err_t begin(struct mptcpl_listening *l, const ip_addr_t *addr, u16_t port, u8_t netif_idx)
{
    err_t err;

    l->tcp = open_port(addr, port, netif_idx, &err);
    if (l->tcp != NULL) {
        tcp_ext_arg_set(l->tcp, mptcpl.ext_id, l);
        tcp_ext_arg_set_callbacks(l->tcp, mptcpl.ext_id, &listener_callbacks);
        tcp_accept(l->tcp, accepted);
        l->next = mptcpl.listening;
        mptcpl.listening = l;
    }
    return err;
}

static void use(struct mptcpl_pcb *m, struct mptcpl_listens *place, struct mptcpl_listening *l)
{
    place->at = l;
    place->next = m->listens;
    m->listens = place;
    l->users++;
    if (m->state == ST_LISTEN) {
        l->listener = m;
    }
}

static bool hears(const struct tcp_pcb *lpcb, const ip_addr_t *addr, u16_t port)
{
    return lpcb->local_port == port &&
           (ip_addr_isany(&lpcb->local_ip) || ip_addr_eq(&lpcb->local_ip, addr));
}

/* Of whomever: joins to all connections arrive there. */
static struct mptcpl_listening *listening_at(const ip_addr_t *addr, u16_t port)
{
    struct mptcpl_listening *l = mptcpl.listening;

    while (l != NULL && !hears(l->tcp, addr, port)) {
        l = l->next;
    }
    return l;
}

/* If it is shared, m may listen where others do. */
static err_t listen_at(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port, u8_t netif_idx,
                       bool shared)
{
    struct mptcpl_listens *place = mem_malloc(sizeof *place);
    struct mptcpl_listening *l = mem_calloc(1, sizeof *l);
    err_t err = place == NULL || l == NULL ? ERR_MEM : begin(l, addr, port, netif_idx);

    if (err != ERR_OK && l != NULL) {
        mem_free(l);
        l = NULL;
    }
    if (err == ERR_USE && shared) {
        l = listening_at(addr, port);
        err = l == NULL ? ERR_USE : ERR_OK;
    }
    if (err == ERR_OK) {
        use(m, place, l);
    } else if (place != NULL) {
        mem_free(place);
    }
    return err;
}

err_t mptcpl_listen_at(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port, u8_t netif_idx)
{
    return listen_at(m, addr, port, netif_idx, false);
}

err_t mptcpl_listen_too(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port)
{
    return listen_at(m, addr, port, 0, true);
}

/* The pcb stays as long as somebody uses it. */
static void stop(struct mptcpl_pcb *m, struct mptcpl_listens **place)
{
    struct mptcpl_listens *old = *place;
    struct mptcpl_listening *l = old->at;

    *place = old->next;
    mem_free(old);
    l->listener = l->listener == m ? NULL : l->listener;
    if (--l->users > 0) {
        return;
    }
    for (struct mptcpl_listening **p = &mptcpl.listening; *p != NULL; p = &(*p)->next) {
        if (*p == l) {
            *p = l->next;
            break;
        }
    }
    tcp_ext_arg_set(l->tcp, mptcpl.ext_id, NULL);
    tcp_close(l->tcp);
    mem_free(l);
}

/* One use ends, of the pcb with that address if there is one: m uses a pcb of any address once for
 * each address that it announces. */
void mptcpl_unlisten_at(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port)
{
    struct mptcpl_listens **of_any = NULL;

    for (struct mptcpl_listens **place = &m->listens; *place != NULL; place = &(*place)->next) {
        const struct tcp_pcb *lpcb = (*place)->at->tcp;
        if (hears(lpcb, addr, port)) {
            if (!ip_addr_isany(&lpcb->local_ip)) {
                stop(m, place);
                return;
            }
            of_any = place;
        }
    }
    if (of_any != NULL) {
        stop(m, of_any);
    }
}

void mptcpl_unlisten(struct mptcpl_pcb *m)
{
    while (m->listens != NULL) {
        stop(m, &m->listens);
    }
}
