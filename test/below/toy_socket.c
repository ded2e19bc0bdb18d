/*
 * toy_socket.c - sockets of the toy TCP: made, read, written, closed; the table of them.
 */
#include "toy_own.h"

#include <stdlib.h>
#include <string.h>

void toy_config_init(struct toy_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    cfg->sndbuf = cfg->rcvbuf = 65536;
    cfg->scale = 3;
    cfg->timestamps = 1;
    cfg->sack_blocks = 3;
    cfg->nagle = 1;
    cfg->recut = 1;
    cfg->retries = 10;
    cfg->backlog = 16;
    cfg->delayed_ack_us = 40000;
    cfg->rto_us = 200000;
    cfg->time_wait_us = 1000000;
    cfg->first_port = 49152;
    cfg->ports = 1000;
}

struct toy *toy_new(const struct toy_config *cfg, uint64_t seed)
{
    struct toy *t = calloc(1, sizeof *t);

    if (t == NULL) {
        abort();
    }
    t->cfg = *cfg;
    t->random = seed * 2654435761u + 1;
    t->out_end = &t->out;
    return t;
}

void toy_free(struct toy *t)
{
    while (t->tcbs != NULL) {
        t->tcbs->forgotten = 1;
        toy_end(t, t->tcbs, 0);
    }
    while (t->out != NULL) {
        struct toy_frame *f = t->out;
        t->out = f->next;
        free(f);
    }
    free(t);
}

uint32_t toy_random(struct toy *t)
{
    t->random = t->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(t->random >> 33);
}

void toy_address(struct toy *t, unsigned nif, const struct mptcp_addr *addr, uint16_t mtu)
{
    t->nif[nif].addr[t->nif[nif].addrs++] = *addr;
    t->nif[nif].mtu = mtu;
}

unsigned toy_nif_of(const struct toy *t, const struct mptcp_addr *addr)
{
    for (unsigned i = 0; i < TOY_INTERFACES; i++) {
        for (unsigned k = 0; k < t->nif[i].addrs; k++) {
            if (mptcp_addr_same_ip(&t->nif[i].addr[k], addr)) {
                return i;
            }
        }
    }
    return TOY_INTERFACES;
}

struct toy_tcb *toy_find(const struct toy *t, toy_sock id)
{
    for (struct toy_tcb *s = t->tcbs; s != NULL; s = s->next) {
        if (s->id == id && !s->forgotten) {
            return s;
        }
    }
    return NULL;
}

struct toy_tcb *toy_between(const struct toy *t, const struct mptcp_addr *local,
                            const struct mptcp_addr *remote)
{
    for (struct toy_tcb *s = t->tcbs; s != NULL; s = s->next) {
        if (s->state > TOY_LISTEN && same_end(&s->local, local) && same_end(&s->remote, remote)) {
            return s;
        }
    }
    return NULL;
}

struct toy_tcb *toy_listener(const struct toy *t, const struct mptcp_addr *local)
{
    for (struct toy_tcb *s = t->tcbs; s != NULL; s = s->next) {
        if (s->state == TOY_LISTEN && s->local.port == local->port &&
            (s->local.family == 0 || mptcp_addr_same_ip(&s->local, local))) {
            return s;
        }
    }
    return NULL;
}

struct toy_tcb *toy_make(struct toy *t, const struct mptcp_addr *local,
                         const struct mptcp_addr *remote, unsigned nif)
{
    struct toy_tcb *s = calloc(1, sizeof *s);

    if (s == NULL || (s->snd = malloc(t->cfg.sndbuf)) == NULL ||
        (s->rcv = malloc(t->cfg.rcvbuf)) == NULL) {
        abort();
    }
    s->id = ++t->last;
    s->local = *local;
    s->remote = *remote;
    s->nif = nif;
    s->mss = (uint16_t)(t->nif[nif % TOY_INTERFACES].mtu - (local->family == 6 ? 60u : 40u));
    s->iss = toy_random(t);
    s->snd_una = s->snd_nxt = s->snd_max = s->iss;
    s->snd_first = s->iss + 1;
    s->rto = 1000000;
    s->cwnd = 10u * s->mss;
    s->ssthresh = UINT32_MAX;
    s->resend_at = s->ack_at = s->gone_at = MPTCP_NEVER;
    s->next = t->tcbs;
    t->tcbs = s;
    return s;
}

static void drop_tcb(struct toy *t, struct toy_tcb *s)
{
    struct toy_tcb **at = &t->tcbs;

    while (*at != s) {
        at = &(*at)->next;
    }
    *at = s->next;
    free(s->snd);
    free(s->rcv);
    free(s);
}

void toy_end(struct toy *t, struct toy_tcb *s, int why)
{
    s->state = TOY_CLOSED;
    s->resend_at = s->ack_at = s->gone_at = MPTCP_NEVER;
    if (s->forgotten || s->listener != 0) {
        drop_tcb(t, s);
    } else if (why != 0) {
        s->why = why;
        s->events |= TOY_EV_FAILED;
    }
}

bool toy_fin_acked(const struct toy_tcb *s)
{
    return s->fin_queued && s->snd_una == s->snd_first + s->snd_len + 1;
}

uint32_t toy_waiting(const struct toy *t, toy_sock listener)
{
    uint32_t n = 0;

    for (struct toy_tcb *s = t->tcbs; s != NULL; s = s->next) {
        n += s->listener == listener;
    }
    return n;
}

static bool port_taken(const struct toy *t, const struct mptcp_addr *local,
                       const struct mptcp_addr *remote)
{
    struct toy_tcb *s = toy_between(t, local, remote);

    return toy_listener(t, local) != NULL || (s != NULL && s->state != TOY_TIME_WAIT);
}

static bool pick_port(struct toy *t, struct mptcp_addr *local, const struct mptcp_addr *remote)
{
    for (unsigned i = 0; i < t->cfg.ports; i++) {
        local->port = (uint16_t)(t->cfg.first_port + t->next_port % t->cfg.ports);
        t->next_port++;
        if (!port_taken(t, local, remote)) {
            return true;
        }
    }
    return false;
}

toy_sock toy_connect(struct toy *t, struct mptcp_addr *local, const struct mptcp_addr *remote,
                     mptcp_time now)
{
    unsigned nif = toy_nif_of(t, local);

    t->now = now;
    if (nif == TOY_INTERFACES || local->family != remote->family ||
        (local->port == 0 ? !pick_port(t, local, remote) : port_taken(t, local, remote))) {
        return 0;
    }
    /* A port in TIME_WAIT is taken again, with a later sequence number (RFC 6191). */
    struct toy_tcb *old = toy_between(t, local, remote);
    uint32_t later = old != NULL ? old->snd_nxt + 100000 : 0;
    if (old != NULL) {
        toy_end(t, old, 0);
    }
    struct toy_tcb *s = toy_make(t, local, remote, nif);
    if (later != 0) {
        s->iss = s->snd_una = s->snd_nxt = s->snd_max = later;
        s->snd_first = later + 1;
    }
    s->state = TOY_SYN_SENT;
    toy_send_syn(t, s);
    toy_arm(t, s);
    return s->id;
}

toy_sock toy_listen(struct toy *t, const struct mptcp_addr *local)
{
    struct mptcp_addr none = {.family = 0};

    if (toy_listener(t, local) != NULL ||
        (local->family != 0 && toy_nif_of(t, local) == TOY_INTERFACES)) {
        return 0;
    }
    struct toy_tcb *s = toy_make(t, local, &none, 0);
    s->state = TOY_LISTEN;
    return s->id;
}

toy_sock toy_accept(struct toy *t, toy_sock listener, struct mptcp_addr *local,
                    struct mptcp_addr *remote)
{
    struct toy_tcb *oldest = NULL;

    for (struct toy_tcb *s = t->tcbs; s != NULL; s = s->next) {
        if (s->listener == listener && listener != 0 && s->state > TOY_SYN_RCVD) {
            oldest = s;
        }
    }
    if (oldest == NULL) {
        return 0;
    }
    oldest->listener = 0;
    *local = oldest->local;
    *remote = oldest->remote;
    return oldest->id;
}

int32_t toy_write(struct toy *t, toy_sock id, const void *octets, uint32_t len, mptcp_time now)
{
    struct toy_tcb *s = toy_find(t, id);

    t->now = now;
    if (s == NULL || s->state < TOY_SYN_SENT || s->fin_queued) {
        return s != NULL && s->why != 0 ? s->why : TOY_FAILED;
    }
    uint32_t n = least(len, t->cfg.sndbuf - s->snd_len);
    memcpy(s->snd + s->snd_len, octets, n);
    s->snd_len += n;
    if (s->state >= TOY_ESTABLISHED) {
        toy_push(t, s);
    }
    return (int32_t)n;
}

int32_t toy_read(struct toy *t, toy_sock id, void *octets, uint32_t len, mptcp_time now)
{
    struct toy_tcb *s = toy_find(t, id);

    t->now = now;
    if (s == NULL || s->why != 0 || s->state == TOY_LISTEN) {
        return s != NULL && s->why != 0 ? s->why : TOY_FAILED;
    }
    uint32_t n = least(len, toy_readable(s));
    if (n == 0 && len != 0) {
        return s->fin_known && s->rcv_nxt == s->fin_seq + 1 ? 0 : TOY_AGAIN;
    }
    uint32_t beyond = s->rcv_edge - s->rcv_read; /* octets of s->rcv that may be in use */
    memcpy(octets, s->rcv, n);
    memmove(s->rcv, s->rcv + n, least(beyond, t->cfg.rcvbuf) - n);
    s->rcv_read += n;
    uint32_t told = s->rcv_edge - s->rcv_nxt;
    if (t->cfg.rcvbuf - toy_readable(s) >= told + least(2u * s->mss, t->cfg.rcvbuf / 2) &&
        s->state >= TOY_ESTABLISHED && !s->fin_known) {
        toy_send_ack(t, s);
    }
    return (int32_t)n;
}

static void queue_fin(struct toy *t, struct toy_tcb *s)
{
    if (s->fin_queued || s->state < TOY_ESTABLISHED) {
        return;
    }
    s->fin_queued = true;
    if (s->state == TOY_ESTABLISHED) {
        s->state = TOY_FIN_WAIT_1;
    } else if (s->state == TOY_CLOSE_WAIT) {
        s->state = TOY_LAST_ACK;
    }
    toy_push(t, s);
}

void toy_shutdown(struct toy *t, toy_sock id, mptcp_time now)
{
    struct toy_tcb *s = toy_find(t, id);

    t->now = now;
    if (s != NULL) {
        queue_fin(t, s);
    }
}

static void end_waiting(struct toy *t, toy_sock listener)
{
    for (struct toy_tcb *s = t->tcbs, *next; s != NULL; s = next) {
        next = s->next;
        if (s->listener == listener) {
            toy_send_rst(t, s);
            toy_end(t, s, 0);
        }
    }
}

void toy_forget(struct toy *t, toy_sock id, mptcp_time now)
{
    struct toy_tcb *s = toy_find(t, id);

    t->now = now;
    if (s == NULL) {
        return;
    }
    if (s->state == TOY_LISTEN) {
        end_waiting(t, id);
    }
    s->forgotten = 1;
    if (s->state <= TOY_SYN_SENT) {
        toy_end(t, s, 0);
    } else if (toy_readable(s) != 0) { /* as Linux does: the peer's octets are lost, so tell it */
        toy_send_rst(t, s);
        toy_end(t, s, 0);
    } else {
        queue_fin(t, s);
        if (s->state == TOY_FIN_WAIT_2) {
            s->gone_at = t->now + 60000000;
        }
    }
}

void toy_reset(struct toy *t, toy_sock id, mptcp_time now)
{
    struct toy_tcb *s = toy_find(t, id);

    t->now = now;
    if (s == NULL) {
        return;
    }
    s->forgotten = 1;
    if (s->state > TOY_SYN_SENT && s->state != TOY_TIME_WAIT) {
        toy_send_rst(t, s);
    }
    toy_end(t, s, 0);
}

unsigned toy_event(struct toy *t, toy_sock *id, int *why)
{
    for (struct toy_tcb *s = t->tcbs; s != NULL; s = s->next) {
        unsigned events = s->events;
        if (events == 0 || s->forgotten || s->listener != 0) {
            continue;
        }
        *id = s->id;
        *why = s->why;
        s->events = 0;
        if ((events & TOY_EV_FAILED) != 0) {
            drop_tcb(t, s);
        }
        return events;
    }
    return 0;
}

size_t toy_out(struct toy *t, unsigned *nif, uint8_t *out)
{
    struct toy_frame *f = t->out;

    if (f == NULL) {
        return 0;
    }
    size_t len = f->len;
    *nif = f->nif;
    memcpy(out, f->packet, len);
    t->out = f->next;
    if (t->out == NULL) {
        t->out_end = &t->out;
    }
    free(f);
    return len;
}

void toy_look(const struct toy *t, struct toy_report *r)
{
    *r = t->count;
    r->sockets = r->time_wait = 0;
    for (struct toy_tcb *s = t->tcbs; s != NULL; s = s->next) {
        r->sockets++;
        r->time_wait += s->state == TOY_TIME_WAIT;
    }
}

bool toy_path_of(const struct toy *t, toy_sock id, struct toy_path *out)
{
    struct toy_tcb *s = toy_find(t, id);

    memset(out, 0, sizeof *out);
    if (s == NULL) {
        return false;
    }
    out->room = t->cfg.sndbuf - s->snd_len;
    out->segment_size = toy_payload(t, s);
    out->in_flight = s->snd_max - s->snd_una;
    out->readable = s->state > TOY_SYN_SENT ? toy_readable(s) : 0;
    out->state = s->state;
    return true;
}
