/*
 * altcp_mptcp.c - an altcp layer whose lower end is an MPTCP connection.
 *
 * Lifetimes, as lwIP has them: close and abort free the altcp_pcb at once, and so does the err
 * callback, in which calls on it do nothing; what is under it lives on until its subflows are
 * closed, and calls nobody any more. altcp_shutdown in both directions is no close: the altcp_pcb
 * stays until altcp_close or err.
 */
#include "altcp_mptcp.h"

#if LWIP_ALTCP
#include "binding.h"

#include "lwip/priv/altcp_priv.h"

static const struct altcp_functions functions;

static struct altcp_pcb *wrap(struct mptcpl_pcb *pcb);

/* ----------------------------------------------------- what the connection says */

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct altcp_pcb *listener = arg;
    struct altcp_pcb *conn =
        listener != NULL && listener->accept != NULL && pcb != NULL ? wrap(pcb) : NULL;

    if (conn == NULL) {
        return ERR_MEM;
    }
    err = listener->accept(listener->arg, conn, err);
    if (err != ERR_OK && err != ERR_ABRT) {
        altcp_abort(conn);
        return ERR_ABRT;
    }
    return err;
}

static err_t on_connected(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct altcp_pcb *conn = arg;

    (void)pcb;
    return conn->connected == NULL ? ERR_OK : conn->connected(conn->arg, conn, err);
}

static err_t on_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    struct altcp_pcb *conn = arg;

    if (conn->recv != NULL) {
        return conn->recv(conn->arg, conn, p, err);
    }
    if (p != NULL) {
        mptcpl_recved(pcb, p->tot_len);
        pbuf_free(p);
    }
    return ERR_OK;
}

/* In pieces that altcp can name. The application may close in any of the calls. */
static err_t on_sent(void *arg, struct mptcpl_pcb *pcb, uint32_t len)
{
    do {
        struct altcp_pcb *conn = arg;
        u16_t piece = (u16_t)LWIP_MIN(len, 0xffffu);
        len -= piece;
        if (conn->sent != NULL) {
            conn->sent(conn->arg, conn, piece);
        }
    } while (len > 0 && pcb->arg == arg);
    return ERR_OK;
}

static err_t on_poll(void *arg, struct mptcpl_pcb *pcb)
{
    struct altcp_pcb *conn = arg;

    (void)pcb;
    return conn->poll == NULL ? ERR_OK : conn->poll(conn->arg, conn);
}

static void on_err(void *arg, err_t err)
{
    struct altcp_pcb *conn = arg;

    conn->state = NULL;
    conn->fns = NULL; /* so that no call on it finds its way here */
    if (conn->err != NULL) {
        conn->err(conn->arg, err);
    }
    altcp_free(conn);
}

static struct altcp_pcb *wrap(struct mptcpl_pcb *pcb)
{
    struct altcp_pcb *conn = altcp_alloc();
    if (conn == NULL) {
        return NULL;
    }
    conn->state = pcb;
    conn->fns = &functions;
    mptcpl_arg(pcb, conn);
    mptcpl_accept(pcb, on_accept);
    mptcpl_recv(pcb, on_recv);
    mptcpl_sent(pcb, on_sent);
    mptcpl_err(pcb, on_err);
    return conn;
}

/* ------------------------------------------------------ what the application asks */

static void set_poll(struct altcp_pcb *conn, u8_t interval)
{
    if (conn->state != NULL) {
        mptcpl_poll(conn->state, on_poll, interval);
    }
}

static void recved(struct altcp_pcb *conn, u16_t len)
{
    if (conn->state != NULL) {
        mptcpl_recved(conn->state, len);
    }
}

static err_t bind_to(struct altcp_pcb *conn, const ip_addr_t *addr, u16_t port)
{
    return conn->state == NULL ? ERR_VAL : mptcpl_bind(conn->state, addr, port);
}

static err_t connect_to(struct altcp_pcb *conn, const ip_addr_t *addr, u16_t port,
                        altcp_connected_fn connected)
{
    if (conn->state == NULL) {
        return ERR_VAL;
    }
    conn->connected = connected;
    return mptcpl_connect(conn->state, addr, port, on_connected);
}

static struct altcp_pcb *listen_with(struct altcp_pcb *conn, u8_t backlog, err_t *err)
{
    err_t why = conn->state == NULL ? ERR_VAL : mptcpl_listen(conn->state, backlog);
    if (err != NULL) {
        *err = why;
    }
    return why == ERR_OK ? conn : NULL;
}

static err_t close_it(struct altcp_pcb *conn)
{
    struct mptcpl_pcb *pcb = conn->state;

    conn->state = NULL;
    if (pcb != NULL) {
        mptcpl_arg(pcb, NULL);
        mptcpl_close(pcb);
    }
    altcp_free(conn);
    return ERR_OK;
}

/* As tcp_abort: the application hears of it by its err callback. */
static void abort_it(struct altcp_pcb *conn)
{
    struct mptcpl_pcb *pcb = conn->state;

    if (pcb == NULL) {
        return;
    }
    mptcpl_arg(pcb, NULL);
    mptcpl_abort(pcb);
    on_err(conn, ERR_ABRT);
}

static err_t shut(struct altcp_pcb *conn, int shut_rx, int shut_tx)
{
    if (conn->state == NULL) {
        return ERR_VAL;
    }
    err_t err = shut_rx ? mptcpl_shutdown(conn->state, 1, 0) : ERR_OK;
    return err == ERR_OK && shut_tx ? mptcpl_shutdown(conn->state, 0, 1) : err;
}

/* Always a copy, whatever the flags: the octets may have to go over several paths. */
static err_t write_to(struct altcp_pcb *conn, const void *data, u16_t len, u8_t flags)
{
    (void)flags;
    return conn->state == NULL ? ERR_VAL : mptcpl_write(conn->state, data, len);
}

static err_t output(struct altcp_pcb *conn)
{
    return conn->state == NULL ? ERR_VAL : mptcpl_output(conn->state);
}

static u16_t mss(struct altcp_pcb *conn)
{
    (void)conn;
    return TCP_MSS;
}

static u16_t sndbuf(struct altcp_pcb *conn)
{
    return conn->state == NULL ? 0 : (u16_t)LWIP_MIN(mptcpl_sndbuf(conn->state), 0xffffu);
}

static u16_t sndqueuelen(struct altcp_pcb *conn)
{
    (void)conn;
    return 0;
}

static int nagle_disabled(struct altcp_pcb *conn)
{
    (void)conn;
    return 1;
}

/* The initial subflow's end, also after it is over (duty: S-4); NULL before there is one. */
static struct mptcpl_subflow_stats *first(struct mptcpl_pcb *pcb)
{
    struct mptcpl_subflow_stats now;
    return mptcpl_subflow_stats(pcb, 0, &now) ? &pcb->past->s : NULL;
}

static ip_addr_t *address(struct altcp_pcb *conn, int local)
{
    struct mptcpl_pcb *pcb = conn->state;
    struct mptcpl_subflow_stats *s = pcb == NULL ? NULL : first(pcb);

    if (s != NULL) {
        return local ? &s->local : &s->remote;
    }
    return pcb != NULL && local ? &pcb->bind_addr : NULL;
}

static u16_t port_of(struct altcp_pcb *conn, int local)
{
    struct mptcpl_pcb *pcb = conn->state;
    const struct mptcpl_subflow_stats *s = pcb == NULL ? NULL : first(pcb);

    if (s != NULL) {
        return local ? s->local_port : s->remote_port;
    }
    return pcb != NULL && local ? pcb->bind_port : 0;
}

static err_t addrinfo(struct altcp_pcb *conn, int local, ip_addr_t *addr, u16_t *port)
{
    const ip_addr_t *a = address(conn, local);

    if (a == NULL) {
        return ERR_VAL;
    }
    if (addr != NULL) {
        ip_addr_copy(*addr, *a);
    }
    if (port != NULL) {
        *port = port_of(conn, local);
    }
    return ERR_OK;
}

static const struct altcp_functions functions = {
    .set_poll = set_poll,
    .recved = recved,
    .bind = bind_to,
    .connect = connect_to,
    .listen = listen_with,
    .abort = abort_it,
    .close = close_it,
    .shutdown = shut,
    .write = write_to,
    .output = output,
    .mss = mss,
    .sndbuf = sndbuf,
    .sndqueuelen = sndqueuelen,
    .nagle_disabled = nagle_disabled,
    .addrinfo = addrinfo,
    .getip = address,
    .getport = port_of,
};

/* -------------------------------------------------------------------- allocator */

void altcp_mptcp_init(struct altcp_mptcp *mptcp)
{
    mptcpl_config_init(&mptcp->config);
    mptcp->setup = NULL;
    mptcp->arg = NULL;
}

struct altcp_pcb *altcp_mptcp_alloc(void *arg, u8_t ip_type)
{
    const struct altcp_mptcp *mptcp = arg;
    struct mptcpl_pcb *pcb = mptcpl_new(&mptcp->config);
    struct altcp_pcb *conn = pcb == NULL ? NULL : wrap(pcb);

    (void)ip_type; /* where lwIP has one family only */
    if (conn == NULL) {
        if (pcb != NULL) {
            mptcpl_close(pcb);
        }
        return NULL;
    }
    IP_SET_TYPE(&pcb->bind_addr, ip_type);
    if (mptcp->setup != NULL) {
        mptcp->setup(mptcp->arg, pcb);
    }
    return conn;
}

struct mptcpl_pcb *altcp_mptcp_pcb(const struct altcp_pcb *conn)
{
    return conn->fns == &functions ? conn->state : NULL;
}

#endif
