/*
 * below_polled.c - sockets that are asked (below_polled.h). A place:
 *
 *   FREE -> MAKING, within `open` -> LISTENS, or OPENING -> OPEN, which an accepted socket is at
 * once; each -> CLOSED, within `close` -> FREE
 *
 * `open`, `accept` and `close` may release the lock. A place that is MAKING or CLOSED is left alone
 * by all others meanwhile; a listener that is closed while it is asked, until what it accepted is
 * below's or refused, is closed afterwards.
 */
#include "below_polled.h"

enum { FREE = 0, MAKING, LISTENS, OPENING, OPEN, CLOSED };

static bool are_complete(const struct below_polled_calls *c)
{
    return c->open != NULL && c->accept != NULL && c->write != NULL && c->read != NULL &&
           c->state != NULL && c->close != NULL && c->now != NULL;
}

int below_polled_init(struct below_polled *p, const struct below_polled_calls *calls,
                      struct below_polled_place *places, uint32_t count)
{
    if (p == NULL || calls == NULL || places == NULL || count == 0 || !are_complete(calls)) {
        return MPTCP_E_ARGUMENT;
    }
    *p = (struct below_polled){.calls = *calls, .places = places, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        places[i] = (struct below_polled_place){.state = FREE};
    }
    return MPTCP_OK;
}

static struct below_polled_place *place_for(struct below_polled *p, uintptr_t socket, uint8_t state)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->places[i].state == FREE) {
            p->places[i] = (struct below_polled_place){.socket = socket, .state = state};
            return &p->places[i];
        }
    }
    return NULL;
}

static void drop(struct below_polled *p, struct below_polled_place *at, enum below_close_how how)
{
    at->state = CLOSED;
    if (!at->asked) {
        p->calls.close(p->calls.context, at->socket, how);
        at->state = FREE;
    }
}

/* ---------------------------------------------------------- the five calls */

static int make(struct below_polled *p, struct mptcp_addr *local, const struct mptcp_addr *remote,
                below_socket *s)
{
    struct below_polled_place *at = place_for(p, 0, MAKING);

    if (at == NULL) {
        return MPTCP_E_SUBFLOW_FAILED;
    }
    int code = p->calls.open(p->calls.context, local, remote, &at->socket);
    if (code != MPTCP_OK) {
        at->state = FREE;
        return code;
    }
    at->state = remote != NULL ? OPENING : LISTENS;
    *s = (below_socket)at;
    return MPTCP_OK;
}

static int call_connect(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                        below_socket *s)
{
    return make(context, local, remote, s);
}

static int call_listen(void *context, const struct mptcp_addr *local, below_socket *s)
{
    struct mptcp_addr at = *local;

    return make(context, &at, NULL, s);
}

static int32_t call_write(void *context, below_socket s, const void *octets, uint32_t length)
{
    struct below_polled *p = context;
    struct below_polled_place *at = (struct below_polled_place *)s;
    int32_t n = p->calls.write(p->calls.context, at->socket, octets, length);

    at->full = n >= 0 && (uint32_t)n < length;
    return n;
}

static int32_t call_read(void *context, below_socket s, void *octets, uint32_t length)
{
    struct below_polled *p = context;
    struct below_polled_place *at = (struct below_polled_place *)s;
    int32_t n = p->calls.read(p->calls.context, at->socket, octets, length);

    at->ended |= n <= 0 && n != MPTCP_E_AGAIN;
    return n;
}

static void call_close(void *context, below_socket s, enum below_close_how how)
{
    struct below_polled *p = context;
    struct below_polled_place *at = (struct below_polled_place *)s;

    if (how == BELOW_FIN) {
        p->calls.close(p->calls.context, at->socket, how);
    } else {
        drop(p, at, how);
    }
}

const struct below_sockets below_polled_sockets = {call_connect, call_listen, call_write, call_read,
                                                   call_close};

/* ------------------------------------------------------- what sockets tell */

/* False: the listener has no other one, or is closed. */
static bool accept_one(struct below_polled *p, struct below *below, struct below_polled_place *at)
{
    struct mptcp_addr local;
    struct mptcp_addr remote;
    uintptr_t socket;

    at->asked = 1;
    bool any = p->calls.accept(p->calls.context, at->socket, &socket, &local, &remote);
    struct below_polled_place *made = any ? place_for(p, socket, OPEN) : NULL;
    if (any && made == NULL) {
        p->calls.close(p->calls.context, socket, BELOW_RESET);
    } else if (any && below_accepted(below, (below_socket)at, (below_socket)made, &local, &remote,
                                     p->calls.now(p->calls.context)) != MPTCP_OK) {
        drop(p, made, BELOW_RESET);
    }
    at->asked = 0;
    if (at->state == CLOSED) {
        drop(p, at, BELOW_FORGET);
        return false;
    }
    return any;
}

/* Why the socket is over; 0: it is not. */
static int why_over(const struct below_polled_place *at, unsigned state)
{
    const unsigned tells = BELOW_POLLED_CONNECTED | BELOW_POLLED_READABLE;

    if ((state & BELOW_POLLED_RESET) != 0) {
        return MPTCP_E_PEER_RESET;
    }
    return (state & BELOW_POLLED_FAILED) != 0 ||
                   (at->state == OPENING && (state & tells) == BELOW_POLLED_READABLE)
               ? MPTCP_E_SUBFLOW_FAILED
               : MPTCP_OK;
}

static void look_at(struct below_polled *p, struct below *below, struct below_polled_place *at)
{
    below_socket s = (below_socket)at;
    unsigned state = p->calls.state(p->calls.context, at->socket);
    int why = why_over(at, state);
    mptcp_time now = p->calls.now(p->calls.context);

    if (why != MPTCP_OK) {
        below_socket_failed(below, s, why, now);
        drop(p, at, BELOW_RESET);
        return;
    }
    if (at->state == OPENING && (state & BELOW_POLLED_CONNECTED) != 0) {
        at->state = OPEN;
        below_connected(below, s, now);
    }
    if (at->state == OPEN && !at->ended && (state & BELOW_POLLED_READABLE) != 0) {
        below_readable(below, s, now);
    }
    if (at->state == OPEN && at->full && (state & BELOW_POLLED_WRITABLE) != 0) {
        at->full = 0;
        below_writable(below, s, now);
    }
}

void below_polled_look(struct below_polled *p, struct below *below)
{
    if (p == NULL || below == NULL) {
        return;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        struct below_polled_place *at = &p->places[i];
        while (at->state == LISTENS && accept_one(p, below, at)) {
        }
        if (at->state == OPENING || at->state == OPEN) {
            look_at(p, below, at);
        }
    }
}
