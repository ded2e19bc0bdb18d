/*
 * work.c - the loop: what is due on each connection, done through lwIP and
 * committed. It runs after packets came in, after timers, and after calls of the
 * application; never inside lwIP's input of a pcb, where nothing may be changed.
 */
#include "binding.h"
#include "sender.h"

#include "lwip/netif.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/timeouts.h"

#include <string.h>

#define HALF_SECOND_US 500000

void mptcpl_put_off(struct mptcpl_pcb *m, mptcp_time us)
{
    m->again_at = LWIP_MIN(m->again_at, mptcpl_now() + us);
    mptcpl_wait(m);
}

static void do_send(struct mptcpl_pcb *m, struct mptcp_action *a)
{
    struct subflow *s = mptcpl_subflow(m, a->sf);

    if (mptcpl_size_changed(s)) {
        mptcpl_path_report(s); /* other octets are to be sent now: mappings are whole segments */
        return;
    }
    uint32_t n = mptcpl_send(m, a);
    mptcp_done(m->conn, a, n, n > 0 ? MPTCP_DONE : MPTCP_LATER, mptcpl_now());
    if (n > 0) {
        tcp_output(s->tcp);
    } else {
        mptcpl_put_off(m, MPTCPL_NO_MEMORY_US); /* the next look at the subflow tells its room */
    }
}

/* The application holds back, or memory is short: the other actions go on meanwhile. */
static void do_deliver(struct mptcpl_pcb *m, struct mptcp_action *a)
{
    if (mptcpl_deliver(m, a) == 0) {
        mptcp_done(m->conn, a, 0, MPTCP_LATER, mptcpl_now());
    }
}

/* From the port of the initial subflow, or from another one where it is taken (duty: H-1). */
static void do_connect(struct mptcpl_pcb *m, struct mptcp_action *a)
{
    ip_addr_t local;
    ip_addr_t remote;
    struct tcp_pcb *pcb;

    if (!mptcpl_from_addr(&a->local, &local) || !mptcpl_from_addr(&a->remote, &remote)) {
        mptcp_done(m->conn, a, 0, MPTCP_FAILED, mptcpl_now());
        return;
    }
    struct subflow *s = mptcpl_new_subflow(m);
    pcb = s == NULL ? NULL : tcp_new_ip_type(IP_GET_TYPE(&local));
    if (pcb == NULL) {
        mptcpl_drop_subflow(s);
        mptcp_done(m->conn, a, 0, MPTCP_LATER, mptcpl_now());
        return;
    }
    for (const struct mptcpl_path *p = m->paths; p != NULL; p = p->next) {
        if (ip_addr_eq(&p->addr, &local) && p->netif != NULL) {
            tcp_bind_netif(pcb, p->netif);
        }
    }
    if (tcp_bind(pcb, &local, a->local.port) != ERR_OK && tcp_bind(pcb, &local, 0) != ERR_OK) {
        tcp_abort(pcb);
        mptcpl_drop_subflow(s);
        mptcp_done(m->conn, a, 0, MPTCP_FAILED, mptcpl_now());
        return;
    }
    if (mptcp_done(m->conn, a, 0, MPTCP_DONE, mptcpl_now()) < 0) {
        tcp_abort(pcb);
        mptcpl_drop_subflow(s);
        return;
    }
    mptcpl_attach(s, pcb, a->sf);
    err_t err = tcp_connect(pcb, &remote, a->remote.port, NULL);
    if (err != ERR_OK) {
        int why = err == ERR_MEM ? MPTCP_E_FULL : MPTCP_E_SUBFLOW_FAILED;
        mptcpl_detach(s, why);
        tcp_abort(pcb);
        mptcp_on_gone(m->conn, s->sf, why, mptcpl_now());
        s->used = false;
    }
}

static void do_listen(struct mptcpl_pcb *m, struct mptcp_action *a)
{
    ip_addr_t local;
    mptcpl_from_addr(&a->local, &local);
    err_t err = mptcpl_listen_too(m, &local, a->local.port);
    mptcp_done(m->conn, a, 0,
               err == ERR_OK    ? MPTCP_DONE
               : err == ERR_MEM ? MPTCP_LATER
                                : MPTCP_FAILED,
               mptcpl_now());
}

static void do_unlisten(struct mptcpl_pcb *m, struct mptcp_action *a)
{
    ip_addr_t local;
    mptcpl_from_addr(&a->local, &local);
    mptcpl_unlisten_at(m, &local, a->local.port);
    mptcp_done(m->conn, a, 0, MPTCP_DONE, mptcpl_now());
}

static void do_reset(struct mptcpl_pcb *m, struct mptcp_action *a)
{
    struct subflow *s = mptcpl_subflow(m, a->sf);
    if (s != NULL && s->tcp != NULL) {
        struct tcp_pcb *pcb = s->tcp;
        mptcpl_count_reset(s, a->code);
        s->resetting = true;
        tcp_err(pcb, NULL);
        /* What is not acknowledged yet stays so: lwIP would make up for it first. */
        tcp_clear_flags(pcb, TF_ACK_DELAY | TF_ACK_NOW);
        tcp_abort(pcb); /* its RST carries what the connection has to say */
        s->freed = false;
        mptcpl_detach(s, a->code);
    }
    mptcp_done(m->conn, a, 0, MPTCP_DONE, mptcpl_now());
    if (s != NULL && s->rx_head == NULL) {
        s->used = false;
    }
}

void mptcpl_reset_due(struct mptcpl_pcb *m)
{
    struct mptcp_action a;

    while (mptcp_poll(m->conn, &a) && a.type == MPTCP_RESET_SUBFLOW) {
        do_reset(m, &a);
    }
}

/* What is in flight leaves again, since a keep-alive beyond it would not be answered. */
static void probe(struct subflow *s)
{
    if (s->tcp->unacked != NULL) {
        if (tcp_rexmit(s->tcp) == ERR_OK) {
            tcp_output(s->tcp);
        }
        return;
    }
    s->probing = true;
    tcp_keepalive(s->tcp);
    s->probing = false;
}

static void do_subflow(struct mptcpl_pcb *m, struct mptcp_action *a)
{
    struct subflow *s = mptcpl_subflow(m, a->sf);
    mptcp_done(m->conn, a, 0, MPTCP_DONE, mptcpl_now());
    if (s == NULL) {
        return;
    }
    if (a->type == MPTCP_RELEASE) {
        mptcpl_release(s, a->keep);
        return;
    }
    if (s->tcp == NULL) {
        return;
    }
    if (a->type == MPTCP_SEND_ACK) {
        tcp_ack_now(s->tcp);
        tcp_output(s->tcp);
    } else if (a->type == MPTCP_PROBE) {
        probe(s);
    } else if (a->type == MPTCP_CLOSE_SUBFLOW) {
        tcp_shutdown(s->tcp, 0, 1);
    }
}

/* A good end is told after what is before it was taken. */
static bool comes_after_data(const struct mptcpl_pcb *m, const struct mptcp_action *a)
{
    return m->refused != NULL && (a->event == MPTCP_EV_EOF || a->event == MPTCP_EV_CLOSED ||
                                  (a->event == MPTCP_EV_END && a->code == MPTCP_E_CLOSED));
}

/* Does all that is due. Any callback in it may park, close or abort this connection or another. */
static void act(struct mptcpl_pcb *m)
{
    struct mptcp_action a;

    while (mptcpl_runs(m) && mptcp_poll(m->conn, &a)) {
        switch (a.type) {
        case MPTCP_SEND:
            do_send(m, &a);
            break;
        case MPTCP_DELIVER:
            do_deliver(m, &a);
            break;
        case MPTCP_FREE:
            mptcp_done(m->conn, &a, 0, MPTCP_DONE, mptcpl_now());
            mptcpl_freed(m, a.dsn);
            break;
        case MPTCP_CONNECT:
            do_connect(m, &a);
            break;
        case MPTCP_LISTEN:
            do_listen(m, &a);
            break;
        case MPTCP_UNLISTEN:
            do_unlisten(m, &a);
            break;
        case MPTCP_RESET_SUBFLOW:
            do_reset(m, &a);
            break;
        case MPTCP_EVENT:
            if (comes_after_data(m, &a)) {
                mptcp_done(m->conn, &a, 0, MPTCP_LATER, mptcpl_now());
            } else {
                mptcpl_do_event(m, &a);
            }
            break;
        default:
            do_subflow(m, &a);
            break;
        }
    }
}

/* What s's TCP knows after anything that may have happened. */
static void look_closely(struct subflow *s)
{
    mptcpl_mtu_check(s);
    mptcpl_cc_begin(s);
    mptcpl_recover(s);
    mptcpl_tail_check(s);
    mptcpl_path_report(s);
    mptcpl_check_time_wait(s);
    if (s->tcp != NULL) {
        mptcpl_dark_check(s);
        if (s->silent && !mptcpl_unborrow(s)) {
            mptcpl_put_off(s->m, MPTCPL_NO_MEMORY_US);
        }
    } else if (s->rx_head == NULL) {
        s->used = false;
    }
}

/* ... after an acknowledgement in mid-transfer on a path that is not dark. */
static void look(struct subflow *s)
{
    mptcpl_recover(s);
    mptcpl_tail_check(s);
    mptcpl_path_check(s);
}

static void look_at_subflows(struct mptcpl_pcb *m)
{
    bool all = m->look;
    bool looked = all;

    if (!all && !m->look_at_some) {
        return;
    }
    m->look = m->look_at_some = false;
    if (all) {
        mptcpl_free_unused(m);
    }
    for (struct subflow *s = m->subs; s != NULL; s = s->next) {
        bool plain = !all && !s->silent && !s->cut;
        bool asked = (all || s->look) && s->used && (s->tcp != NULL || s->freed);
        if (asked) {
            s->look = false;
            looked = true;
            (plain ? look : look_closely)(s);
        }
    }
    if (looked && !mptcpl_return_octets(m)) {
        mptcpl_put_off(m, MPTCPL_NO_MEMORY_US);
    }
}

static void poll_application(struct mptcpl_pcb *m, mptcp_time now)
{
    if (!mptcpl_answers(m) || m->poll == NULL || now < m->poll_at) {
        return;
    }
    m->poll_at = now + (mptcp_time)m->poll_interval * HALF_SECOND_US;
    m->poll(m->arg, m);
    mptcpl_called();
}

/* Something happened, or a moment has come: does all that is due. */
static void work_on(struct mptcpl_pcb *m)
{
    if (!mptcpl_runs(m)) {
        return;
    }
    look_at_subflows(m);
    mptcpl.at_work = m;
    mptcpl_hand_ready(m);
    act(m);
    mptcpl.at_work = NULL;
    if (mptcpl_runs(m)) {
        mptcpl_worked(m);
    }
}

/* The application could not write for lack of memory. */
static void retry_write(struct mptcpl_pcb *m)
{
    bool unwritten = m->unwritten;

    m->unwritten = false;
    if (unwritten && m->sent != NULL && mptcpl_answers(m)) {
        m->sent(m->arg, m, 0);
        mptcpl_called();
    }
}

/* One of its moments has come. */
static void on_moment(struct mptcpl_pcb *m, mptcp_time now)
{
    if (m->deadline <= now) {
        m->deadline = MPTCP_NEVER; /* until it is worked on */
        mptcp_on_timeout(m->conn, now);
        mptcpl_touch(m);
    }
    if (m->again_at <= now) {
        m->again_at = MPTCP_NEVER;
        mptcpl_touch(m);
        mptcpl_retry_refused(m);
        retry_write(m);
    }
    poll_application(m, now);
    mptcpl_wait(m);
}

/* From here on the clock is asked once, and when the application was called. Returns what is to be
 * given to let_go. */
static mptcp_time hold_clock(void)
{
    mptcp_time before = mptcpl.held;

    mptcpl.held = mptcpl_now();
    return before;
}

static void let_go(mptcp_time before)
{
    mptcpl.held = before;
}

void mptcpl_work(void)
{
    struct mptcpl_pcb *m;

    if (mptcpl.working) {
        return;
    }
    mptcp_time before = hold_clock();
    mptcp_time now = mptcpl.held;
    if (mptcpl.holding > 0) {
        mptcpl_gathered_input();
    }
    mptcpl.working = true;
    while ((m = mptcpl_next_due(now)) != NULL) {
        on_moment(m, now);
    }
    while ((m = mptcpl_next_touched()) != NULL) {
        work_on(m);
    }
    mptcpl.working = false;
    let_go(before);
    if (mptcpl.dead != NULL) {
        mptcpl_sweep();
    }
}

uint32_t mptcpl_sleep_us(void)
{
    mptcp_time now = mptcpl_now();
    bool waits = mptcpl.queue[MPTCPL_TOUCHED].first != NULL || mptcpl.holding > 0;
    mptcp_time at = waits ? now : mptcpl_first_moment(now);

    if (at == MPTCP_NEVER) {
        return UINT32_MAX;
    }
    return at <= now ? 0 : (uint32_t)LWIP_MIN(at - now, (mptcp_time)UINT32_MAX - 1);
}

err_t mptcpl_input(struct pbuf *p, struct netif *netif)
{
    mptcp_time before = hold_clock();
    err_t err = netif_input(p, netif);
    mptcpl_work();
    let_go(before);
    return err;
}
