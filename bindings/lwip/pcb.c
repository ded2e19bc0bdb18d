/*
 * pcb.c - the API of mptcp_lwip.h: making connections and listeners, and what
 * applications call on them.
 */
#include "binding.h"

#include "lwip/mem.h"

#include "mptcp/crypto.h"

#include <string.h>

struct mptcpl_stack mptcpl;

#define KEY_TRIES 8

err_t mptcpl_init(const struct mptcpl_port *port)
{
    memset(&mptcpl, 0, sizeof mptcpl);
    mptcpl.port = *port;
    if (mptcpl_numbers_init() != ERR_OK) {
        return ERR_MEM;
    }
    mptcp_blackhole_init(&mptcpl.blackhole);
    mptcp_versions_init(&mptcpl.versions);
    mptcpl.ext_id = tcp_ext_arg_alloc_id();
    mptcpl.port.entropy(mptcpl.isn_secret, sizeof mptcpl.isn_secret);
    return ERR_OK;
}

void mptcpl_forget_blackholes(void)
{
    mptcp_blackhole_init(&mptcpl.blackhole);
}

void mptcpl_forget_versions(void)
{
    mptcp_versions_init(&mptcpl.versions);
}

struct mptcpl_pcb *mptcpl_alloc(const struct mptcpl_config *cfg)
{
    struct mptcpl_pcb *m = mem_calloc(1, sizeof *m);
    if (m == NULL) {
        return NULL;
    }
    m->cfg = *cfg;
    m->version = 1;
    m->deadline = m->again_at = m->due.at = MPTCP_NEVER;
    if (!mptcpl_take_number(&m->number)) {
        mem_free(m);
        return NULL;
    }
    mptcpl_set_number(m);
    return m;
}

struct mptcpl_pcb *mptcpl_new(const struct mptcpl_config *cfg)
{
    return mptcpl_config_check(cfg) == ERR_OK ? mptcpl_alloc(cfg) : NULL;
}

bool mptcpl_draw_key(unsigned version, struct mptcp_secret *secret, uint32_t *token)
{
    uint8_t entropy[8];
    int why = MPTCP_E_COLLISION;

    for (unsigned i = 0; i < KEY_TRIES && why != MPTCP_OK; i++) {
        mptcpl.port.entropy(entropy, sizeof entropy);
        why = mptcp_endpoint_key_of(mptcpl.endpoint, version, entropy, &secret->key, token);
    }
    mptcp_wipe(entropy, sizeof entropy);
    mptcpl.port.entropy(secret->seed, sizeof secret->seed);
    return why == MPTCP_OK;
}

static void drop_conn(struct mptcpl_pcb *m)
{
    if (m->conn != NULL) {
        mptcp_conn_wipe(m->conn);
        mem_free(m->conn);
        m->conn = NULL;
    }
    mptcpl_sendbuf_free(&m->out, m->out.end);
}

bool mptcpl_make_block(struct mptcpl_pcb *m, const struct mptcp_secret *secret)
{
    struct mptcp_config cfg;
    struct mptcp_conn_report info;

    mptcpl_core_config(&m->cfg, &cfg);
    cfg.flags |= m->spared ? MPTCP_CFG_NO_MPTCP : 0;
    cfg.version = m->version;
    size_t size = (size_t)mptcp_conn_size(&cfg);
    void *mem = mem_malloc((mem_size_t)size);
    if (mem == NULL) {
        return false;
    }
    m->conn = mptcp_conn_init(mem, size, &cfg, secret);
    mptcp_conn_info(m->conn, &info);
    mptcpl_sendbuf_begin(&m->out, info.snd_end);
    return true;
}

/* A client's: with a key, and its token in the endpoint. */
static err_t make_conn(struct mptcpl_pcb *m)
{
    struct mptcp_secret secret;
    uint32_t token;

    bool made = mptcpl_draw_key(m->version, &secret, &token) &&
                mptcpl_enter_token(m->number, token) && mptcpl_make_block(m, &secret);
    mptcp_wipe(&secret, sizeof secret);
    if (!made) {
        mptcpl_remove_token(m->number);
    }
    return made ? ERR_OK : ERR_MEM;
}

void mptcpl_sweep(void)
{
    while (mptcpl.dead != NULL && !mptcpl.working) {
        struct mptcpl_pcb *m = mptcpl.dead;
        mptcpl.dead = m->next;
        mptcpl_drop_paths(m);
        mptcpl_drop_subflows(m);
        mem_free(m);
    }
}

void mptcpl_detached(struct mptcpl_pcb *m)
{
    mptcpl.lingering += !m->detached;
    m->detached = true;
}

void mptcpl_free(struct mptcpl_pcb *m)
{
    if (m->state == ST_OVER) {
        return;
    }
    m->state = ST_OVER;
    mptcpl_detached(m);
    mptcpl.lingering--;
    m->rx_shut = true;
    mptcpl_unlisten(m);
    mptcpl_returning(m, false);
    for (struct subflow *s = m->subs; s != NULL; s = s->next) {
        if (s->used) {
            struct tcp_pcb *tcp = s->tcp;
            mptcpl_detach(s, MPTCP_E_CLOSED);
            if (tcp != NULL) {
                tcp_abort(tcp); /* it refers to the send buffer */
            }
            mptcpl_release(s, s->rcv_ssn);
        }
    }
    if (m->refused != NULL) {
        pbuf_free(m->refused);
        m->refused = NULL;
    }
    mptcpl_drop_ready(m);
    drop_conn(m);
    mptcpl_no_longer_pending(m);
    mptcpl_nothing_due(m);
    mptcpl_give_number(m->number);
    m->next = mptcpl.dead;
    mptcpl.dead = m;
    mptcpl_sweep();
}

/* ------------------------------------------------------------------ raw style */

void mptcpl_arg(struct mptcpl_pcb *pcb, void *arg)
{
    pcb->arg = arg;
}

void mptcpl_recv(struct mptcpl_pcb *pcb, mptcpl_recv_fn fn)
{
    pcb->recv = fn;
}

void mptcpl_sent(struct mptcpl_pcb *pcb, mptcpl_sent_fn fn)
{
    pcb->sent = fn;
}

void mptcpl_err(struct mptcpl_pcb *pcb, mptcpl_err_fn fn)
{
    pcb->err = fn;
}

void mptcpl_event(struct mptcpl_pcb *pcb, mptcpl_event_fn fn)
{
    pcb->event = fn;
}

void mptcpl_accept(struct mptcpl_pcb *pcb, mptcpl_accept_fn fn)
{
    pcb->accept = fn;
}

void mptcpl_poll(struct mptcpl_pcb *pcb, mptcpl_poll_fn fn, uint8_t interval)
{
    pcb->poll = interval == 0 ? NULL : fn;
    pcb->poll_interval = interval;
    pcb->poll_at = mptcpl_now() + (mptcp_time)interval * 500000;
    mptcpl_wait(pcb);
}

err_t mptcpl_bind(struct mptcpl_pcb *pcb, const ip_addr_t *addr, uint16_t port)
{
    if (pcb->state != ST_NEW) {
        return ERR_VAL;
    }
    ip_addr_copy(pcb->bind_addr, *addr);
    pcb->bind_port = port;
    return ERR_OK;
}

err_t mptcpl_bind_netif(struct mptcpl_pcb *pcb, const struct netif *netif)
{
    pcb->bind_netif = netif == NULL ? 0 : netif_get_index(netif);
    return ERR_OK;
}

/* Without a bind, the address that lwIP would take. */
static bool choose_local(struct mptcpl_pcb *m, const ip_addr_t *remote)
{
    if (!ip_addr_isany(&m->bind_addr)) {
        return true;
    }
    ip_addr_t any = *IP_ADDR_ANY;
    IP_SET_TYPE_VAL(any, IP_GET_TYPE(remote));
    struct netif *netif =
        m->bind_netif != 0 ? netif_get_by_index(m->bind_netif) : ip_route(&any, remote);
    const ip_addr_t *local = netif == NULL ? NULL : ip_netif_get_local_ip(netif, remote);
    if (local == NULL) {
        return false;
    }
    ip_addr_copy(m->bind_addr, *local);
    return true;
}

/* The tcp_pcb of the initial subflow, bound, so that its addresses are known before the SYN. */
static struct tcp_pcb *initial_pcb(struct mptcpl_pcb *m, const ip_addr_t *remote, err_t *err)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(remote));

    (void)remote; /* where lwIP has one family only */
    if (pcb == NULL) {
        *err = ERR_MEM;
        return NULL;
    }
    if (m->bind_netif != 0) {
        tcp_bind_netif(pcb, netif_get_by_index(m->bind_netif));
    }
    *err = tcp_bind(pcb, &m->bind_addr, m->bind_port);
    if (*err != ERR_OK) {
        tcp_abort(pcb);
        return NULL;
    }
    return pcb;
}

/* Whether a client offers MPTCP, and which version: as configured, and as the destination is
 * remembered (duty: C-4, H-3). */
static void choose_offer(struct mptcpl_pcb *m, const struct mptcp_addr *remote)
{
    unsigned version = m->cfg.version == MPTCPL_VERSION_0 ? 0 : 1;

    if (m->cfg.version == MPTCPL_VERSION_1_THEN_0) {
        version = mptcp_versions_offer(&mptcpl.versions, remote, mptcpl_now());
    }
    bool none = version == MPTCP_VERSIONS_NONE;
    bool lost = !mptcp_blackhole_may_offer(&mptcpl.blackhole, remote, mptcpl_now());
    m->version = none ? 1 : (uint8_t)version;
    m->spared = !m->cfg.no_mptcp && (none || lost);
    m->spared_for = none ? MPTCP_E_NO_MPTCP : MPTCP_E_BLACKHOLE;
}

/* The connection begins, with s, of this tcp_pcb, as its subflow: what the SYN needs. */
static err_t open_conn(struct mptcpl_pcb *m, struct subflow *s, struct tcp_pcb *pcb,
                       const ip_addr_t *addr, uint16_t port)
{
    struct mptcp_addr local;
    struct mptcp_addr remote;
    mptcp_sf sf;

    mptcpl_to_addr(&pcb->local_ip, pcb->local_port, &local);
    mptcpl_to_addr(addr, port, &remote);
    choose_offer(m, &remote);
    err_t err = make_conn(m);
    if (err != ERR_OK) {
        return err;
    }
    mptcp_connect(m->conn, &local, &remote, &sf, mptcpl_now());
    m->state = ST_OPENING;
    mptcpl_attach(s, pcb, sf);
    mptcpl_add_addresses(m);
    return ERR_OK;
}

/* No SYN was sent: what open_conn did is undone. */
static void take_back(struct mptcpl_pcb *m, struct subflow *s, struct tcp_pcb *pcb)
{
    mptcpl_detach(s, MPTCP_E_SUBFLOW_FAILED);
    s->used = false;
    tcp_abort(pcb);
    mptcpl_remove_token(m->number);
    drop_conn(m);
    m->state = ST_NEW;
}

err_t mptcpl_connect(struct mptcpl_pcb *m, const ip_addr_t *addr, uint16_t port,
                     mptcpl_connected_fn connected)
{
    err_t err;

    if (m->state != ST_NEW) {
        return ERR_VAL;
    }
    if (!choose_local(m, addr)) {
        return ERR_RTE;
    }
    struct subflow *s = mptcpl_new_subflow(m);
    if (s == NULL) {
        return ERR_MEM;
    }
    struct tcp_pcb *pcb = initial_pcb(m, addr, &err);
    if (pcb == NULL) {
        mptcpl_drop_subflow(s);
        return err;
    }
    err = open_conn(m, s, pcb, addr, port);
    if (err != ERR_OK) {
        mptcpl_drop_subflow(s);
        tcp_abort(pcb);
        return err;
    }
    m->connected = connected;
    err = tcp_connect(pcb, addr, port, NULL);
    if (err != ERR_OK) {
        take_back(m, s, pcb);
    }
    return err;
}

err_t mptcpl_listen(struct mptcpl_pcb *pcb, uint8_t backlog)
{
    if (pcb->state != ST_NEW) {
        return ERR_VAL;
    }
    pcb->state = ST_LISTEN;
    pcb->backlog = backlog;
    err_t err = mptcpl_listen_at(pcb, &pcb->bind_addr, pcb->bind_port, pcb->bind_netif);
    if (err != ERR_OK) {
        pcb->state = ST_NEW;
    }
    return err;
}

uint32_t mptcpl_sndbuf(const struct mptcpl_pcb *pcb)
{
    return mptcpl_answers(pcb) ? pcb->cfg.snd_buf - mptcpl_sendbuf_held(&pcb->out) : 0;
}

err_t mptcpl_write(struct mptcpl_pcb *m, const void *data, uint32_t len)
{
    if (!mptcpl_answers(m)) {
        return ERR_CONN;
    }
    if (len > mptcpl_sndbuf(m)) {
        return ERR_MEM;
    }
    if (!mptcpl_sendbuf_reserve(&m->out, len, m->cfg.snd_buf)) {
        m->unwritten = true;
        mptcpl_put_off(m, MPTCPL_NO_MEMORY_US);
        return ERR_MEM;
    }
    if (mptcp_on_written(m->conn, len, mptcpl_now()) < 0) {
        return ERR_CONN;
    }
    mptcpl_sendbuf_write(&m->out, data, len);
    mptcpl_touch_stream(m);
    return ERR_OK;
}

err_t mptcpl_output(struct mptcpl_pcb *pcb)
{
    if (!mptcpl_answers(pcb)) {
        return ERR_CONN;
    }
    mptcpl_touch(pcb);
    mptcpl_work();
    return ERR_OK;
}

/* More than was handed over counts as none. */
static void consumed(struct mptcpl_pcb *pcb, uint32_t len)
{
    if (len <= pcb->unread && mptcp_on_consumed(pcb->conn, len, mptcpl_now()) == MPTCP_OK) {
        pcb->unread -= len;
        mptcpl_touch_stream(pcb);
    }
}

void mptcpl_recved(struct mptcpl_pcb *pcb, uint32_t len)
{
    if (mptcpl_answers(pcb)) {
        consumed(pcb, len);
    }
}

static void stop(struct mptcpl_pcb *pcb, int shut_rx, int shut_tx)
{
    pcb->rx_shut |= shut_rx != 0;
    if (shut_tx) {
        mptcp_on_shutdown(pcb->conn, mptcpl_now());
    }
    mptcpl_touch(pcb);
}

err_t mptcpl_shutdown(struct mptcpl_pcb *pcb, int shut_rx, int shut_tx)
{
    if (!mptcpl_answers(pcb)) {
        return ERR_CONN;
    }
    if (shut_rx && shut_tx) {
        return mptcpl_close(pcb);
    }
    stop(pcb, shut_rx, shut_tx);
    return ERR_OK;
}

err_t mptcpl_close(struct mptcpl_pcb *pcb)
{
    if (!mptcpl_runs(pcb)) {
        mptcpl_free(pcb);
        return ERR_OK;
    }
    if (pcb->detached) {
        return ERR_OK;
    }
    if (pcb->refused != NULL) {
        /* The peer must not believe that it was read. */
        mptcpl_abort(pcb);
        return ERR_OK;
    }
    mptcpl_detached(pcb);
    consumed(pcb, pcb->unread);
    stop(pcb, 1, 1);
    mptcp_on_detached(pcb->conn, mptcpl_now());
    return ERR_OK;
}

void mptcpl_abort(struct mptcpl_pcb *pcb)
{
    if (!mptcpl_runs(pcb)) {
        mptcpl_free(pcb);
        return;
    }
    mptcpl_detached(pcb);
    pcb->rx_shut = true;
    mptcp_on_abort(pcb->conn, mptcpl_now());
    mptcpl_touch(pcb);
}
