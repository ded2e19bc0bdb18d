/*
 * receive.c - received octets: a queue of pbufs per subflow, by SSN, and their
 * delivery to the application in the connection's order.
 *
 * A pbuf that can be delivered at once is handed over as it is, without the queue if nothing is in
 * it (ready). One that has to wait, for a gap on another subflow or for the application, leaves the
 * pool that packets are received into: it is copied, so that the packet which fills the gap
 * always finds a buffer. So does one that the application refuses. Small ones are put together, so
 * that what waits takes little more than its octets. It is never more than the receive window,
 * which the heap has to have room for.
 */
#include "binding.h"

#include "lwip/mem.h"

#include <string.h>

#define SPARE_NODES 64
#define SMALL 512u              /* octets: shorter ones get room for those that follow, */
#define SMALL_BUFFER 1024u      /* up to so many */
#define BLOCK PBUF_POOL_BUFSIZE /* octets that are taken from the heap at once */
#define REFUSED_RETRY_US 50000

static struct rx_node *take_node(void)
{
    struct rx_node *n = mptcpl.spare;
    if (n == NULL) {
        return mem_malloc(sizeof *n);
    }
    mptcpl.spare = n->next;
    mptcpl.spares--;
    return n;
}

static void give_node(struct rx_node *n)
{
    if (mptcpl.spares == SPARE_NODES) {
        mem_free(n);
        return;
    }
    n->next = mptcpl.spare;
    mptcpl.spare = n;
    mptcpl.spares++;
}

/* True if take_node finds one. */
static bool has_node(void)
{
    if (mptcpl.spare == NULL) {
        struct rx_node *n = take_node();
        if (n == NULL) {
            return false;
        }
        give_node(n);
    }
    return true;
}

static void enqueue(struct subflow *s, struct pbuf *p)
{
    struct rx_node *n = take_node();

    n->next = NULL;
    n->room = 0;
    n->p = p;
    n->ssn = s->rcv_ssn;
    n->len = p->tot_len;
    if (s->rx_tail == NULL) {
        s->rx_head = n;
    } else {
        s->rx_tail->next = n;
    }
    s->rx_tail = n;
}

static void report_data(struct subflow *s, const struct pbuf *p)
{
    for (const struct pbuf *q = p; q != NULL; q = q->next) {
        struct mptcp_piece piece = {.len = q->len, .data = q->payload};
        if (q->len > 0) {
            mptcp_on_data(s->m->conn, s->sf, &piece, mptcpl_now());
        }
    }
}

/* A copy out of the pool of received packets, with room behind it if it is a small one; NULL
 * without memory. A heap that has room for the receive window may have it in small blocks. */
static struct pbuf *copy_of(const struct pbuf *p, uint32_t room)
{
    struct pbuf *copy = NULL;

    for (uint32_t at = 0; at < p->tot_len; at += BLOCK) {
        u16_t n = (u16_t)LWIP_MIN(p->tot_len - at, BLOCK);
        struct pbuf *q = pbuf_alloc(PBUF_RAW, (u16_t)(n + room), PBUF_RAM);
        if (q == NULL) {
            if (copy != NULL) {
                pbuf_free(copy);
            }
            return NULL;
        }
        pbuf_copy_partial(p, q->payload, n, (u16_t)at);
        q->len = q->tot_len = n;
        if (copy == NULL) {
            copy = q;
        } else {
            pbuf_cat(copy, q);
        }
    }
    return copy;
}

static void move_out(struct rx_node *n)
{
    uint32_t room = n->len < SMALL ? SMALL_BUFFER - n->len : 0;
    struct pbuf *copy = copy_of(n->p, room);
    if (copy != NULL) {
        pbuf_free(n->p);
        n->p = copy;
        n->room = room;
    }
}

/* The last node of s is kept for a while; `before` is the one before it, or NULL. */
static void keep(struct subflow *s, struct rx_node *before)
{
    struct rx_node *n = s->rx_tail;

    if (before == NULL || before->p == NULL || before->room < n->len) {
        move_out(n);
        return;
    }
    uint8_t *end = (uint8_t *)before->p->payload + before->len;
    pbuf_copy_partial(n->p, end, (u16_t)n->len, 0);
    before->len += n->len;
    before->room -= n->len;
    before->p->len = before->p->tot_len = (u16_t)before->len;
    pbuf_free(n->p);
    give_node(n);
    before->next = NULL;
    s->rx_tail = before;
}

/* Reports octets that may be passed on at once: one buffer, or several of which no sum is needed.
 * True: they were, and are handed over next. */
static bool pass(struct subflow *s, struct pbuf *p)
{
    struct mptcpl_pcb *m = s->m;
    struct mptcp_piece piece = {.len = p->tot_len, .data = p->next == NULL ? p->payload : NULL};

    if (mptcp_on_data_passed(m->conn, s->sf, &piece, mptcpl_now()) != 1) {
        return false;
    }
    *(m->ready == NULL ? &m->ready : &m->ready_last->next) = p;
    m->ready_len += p->tot_len;
    while (p->next != NULL) {
        p = p->next;
    }
    m->ready_last = p;
    return true;
}

/* Urgent octets come in line like any others: lwIP does not look at the urgent pointer, nor sets it
 * (duty: D-9). */
err_t mptcpl_received(struct subflow *s, struct pbuf *p)
{
    const struct mptcpl_pcb *m = s->m;
    struct rx_node *last = s->rx_tail;
    mptcp_dsn before = mptcp_rcv_nxt(m->conn);
    uint32_t len = p->tot_len;

    if (!has_node()) {
        return ERR_MEM;
    }
    bool summed = m->checksum || m->state != ST_OPEN;
    bool at_once = (p->next == NULL || !summed) && m->refused == NULL && last == NULL &&
                   m->ready_len + len <= 0xffffu;
    if (!at_once || !pass(s, p)) {
        enqueue(s, p);
        if (!at_once) {
            report_data(s, p);
        }
        if (m->refused != NULL || mptcp_dsn_eq(before, mptcp_rcv_nxt(m->conn))) {
            keep(s, last);
        }
    }
    s->rcv_ssn = mptcp_ssn_add(s->rcv_ssn, len);
    s->past->s.bytes_received += len;
    tcp_recved(s->tcp, (u16_t)len);
    return ERR_OK;
}

/* The SSN after a node's octets. */
static mptcp_ssn end_of(const struct rx_node *n)
{
    return mptcp_ssn_add(n->ssn, n->len);
}

/* The node that has the octet `ssn`, or NULL. */
static struct rx_node *find(struct subflow *s, mptcp_ssn ssn)
{
    struct rx_node *n = s->rx_head;

    while (n != NULL && !mptcp_ssn_before(ssn, end_of(n))) {
        n = n->next;
    }
    return n != NULL && !mptcp_ssn_before(ssn, n->ssn) ? n : NULL;
}

/* A part of a node, from offset on, as a pbuf of its own. */
static struct pbuf *cut(const struct rx_node *n, uint32_t offset, uint32_t len)
{
    struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_RAM);
    if (p != NULL) {
        pbuf_copy_partial(n->p, p->payload, (u16_t)len, (u16_t)offset);
    }
    return p;
}

#define CHAIN 32

/* Whole nodes from n on, with at most limit octets together, as one chain; NULL if not even one. */
static struct pbuf *chain(struct rx_node *n, uint32_t limit)
{
    struct rx_node *nodes[CHAIN];
    unsigned count = 0;
    uint32_t total = 0;

    limit = LWIP_MIN(limit, 0xffffu);
    while (n != NULL && count < CHAIN && n->p != NULL && total + n->len <= limit) {
        total += n->len;
        nodes[count++] = n;
        n = n->next;
    }
    struct pbuf *rest = NULL;
    while (count-- > 0) {
        struct pbuf *p = nodes[count]->p;
        nodes[count]->p = NULL;
        if (rest != NULL) {
            pbuf_cat(p, rest);
        }
        rest = p;
    }
    return rest;
}

/* To the application; what it refuses is offered again. */
static void hand_over(struct mptcpl_pcb *m, struct pbuf *p)
{
    uint32_t len = p->tot_len;
    if (m->rx_shut || m->recv == NULL) {
        pbuf_free(p);
        mptcp_on_consumed(m->conn, len, mptcpl_now());
        if (m->detached) {
            /* Nobody reads it, and the peer should know: as TCP does, by a reset. */
            mptcp_on_abort(m->conn, mptcpl_now());
        }
        return;
    }
    m->unread += len;
    err_t err = m->recv(m->arg, m, p, ERR_OK);
    mptcpl_called();
    if (err == ERR_OK || err == ERR_ABRT) {
        return;
    }
    if (!mptcpl_answers(m)) {
        pbuf_free(p); /* closed or parked in the callback: it is not offered again */
        return;
    }
    m->unread -= len;
    m->refused = p;
    mptcpl_put_off(m, REFUSED_RETRY_US);
}

void mptcpl_hand_ready(struct mptcpl_pcb *m)
{
    struct pbuf *p = m->ready;
    uint32_t left = m->ready_len;

    if (p == NULL) {
        return;
    }
    for (struct pbuf *q = p; q != NULL; q = q->next) {
        q->tot_len = (u16_t)left;
        left -= q->len;
    }
    m->ready = NULL;
    m->ready_len = 0;
    hand_over(m, p);
    struct pbuf *copy = m->refused == p ? copy_of(p, 0) : NULL;
    if (copy != NULL) {
        pbuf_free(p);
        m->refused = copy;
    }
}

void mptcpl_drop_ready(struct mptcpl_pcb *m)
{
    if (m->ready != NULL) {
        pbuf_free(m->ready);
        m->ready = NULL;
    }
}

uint32_t mptcpl_deliver(struct mptcpl_pcb *m, const struct mptcp_action *a)
{
    struct subflow *s = mptcpl_subflow(m, a->sf);
    struct rx_node *n = s == NULL ? NULL : find(s, a->ssn);

    if (n == NULL || m->refused != NULL) {
        return 0;
    }
    uint32_t offset = (uint32_t)mptcp_ssn_diff(a->ssn, n->ssn);
    struct pbuf *p = offset == 0 ? chain(n, a->len) : NULL;
    if (p == NULL) {
        p = cut(n, offset, LWIP_MIN(LWIP_MIN(a->len, n->len - offset), BLOCK));
    }
    if (p == NULL) {
        return 0;
    }
    uint32_t len = p->tot_len;
    struct mptcp_action done = *a;
    mptcp_done(m->conn, &done, len, MPTCP_DONE, mptcpl_now());
    mptcp_ssn rest = mptcp_ssn_add(a->ssn, len);
    mptcpl_release(s, len == a->len ? a->keep : mptcp_ssn_min(a->keep, rest));
    hand_over(m, p);
    return len;
}

void mptcpl_release(struct subflow *s, mptcp_ssn keep)
{
    while (s->rx_head != NULL && !mptcp_ssn_before(keep, end_of(s->rx_head))) {
        struct rx_node *n = s->rx_head;
        s->rx_head = n->next;
        if (n->p != NULL) {
            pbuf_free(n->p);
        }
        give_node(n);
    }
    if (s->rx_head == NULL) {
        s->rx_tail = NULL;
    }
    if (s->tcp == NULL && s->rx_head == NULL) {
        s->used = false;
    }
}

void mptcpl_retry_refused(struct mptcpl_pcb *m)
{
    struct pbuf *p = m->refused;

    m->refused = NULL;
    if (p != NULL) {
        hand_over(m, p);
    }
}

void mptcpl_hand_eof(struct mptcpl_pcb *m)
{
    m->eof = true;
    if (!m->rx_shut && m->recv != NULL) {
        m->recv(m->arg, m, NULL, ERR_OK);
        mptcpl_called();
    }
}
