/*
 * below_listen.c - listeners: an application's, whose clients become streams; and those at
 * announced addresses (MPTCP_LISTEN), for joins alone. One listener can be both, and serve several
 * streams that announce it.
 *
 * A client: its third ACK makes a stream (LISTENER), whose socket TCP gives to its listener
 * (QUEUE), from where the application takes it (APPLICATION). A stream whose socket does not come
 * within SHIM_SYN_ACK_US is aborted: TCP has dropped the ACK, and forgotten the client.
 */
#include "below_internal.h"

#include <string.h>

void bl_listeners_init(struct below *b)
{
    for (unsigned i = 0; i < b->cfg.listeners; i++) {
        b->listeners[i].socket = BELOW_NO_SOCKET;
    }
}

static bool same(const struct mptcp_addr *a, const struct mptcp_addr *b)
{
    return a->family == b->family && a->port == b->port &&
           (a->family == 0 || mptcp_addr_same_ip(a, b));
}

/* True if l gets connections to this address. */
static bool covers(const struct bl_listener *l, const struct mptcp_addr *local)
{
    return same(&l->local, local) || (l->local.family == 0 && l->local.port == local->port);
}

/* A listener that gets connections to this address: at best the one at this address alone. Of those
 * for clients, or of all. */
static struct bl_listener *find(const struct below *b, const struct mptcp_addr *local, bool clients)
{
    struct bl_listener *any = NULL;

    for (unsigned i = 0; i < b->cfg.listeners; i++) {
        struct bl_listener *l = &b->listeners[i];
        if (!l->used || (clients && !l->clients) || !covers(l, local)) {
            continue;
        }
        if (same(&l->local, local)) {
            return l;
        }
        any = l;
    }
    return any;
}

static struct bl_listener *take(struct below *b, const struct mptcp_addr *local)
{
    for (unsigned i = 0; i < b->cfg.listeners; i++) {
        struct bl_listener *l = &b->listeners[i];
        if (!l->used) {
            l->used = 1;
            l->local = *local;
            l->announced = l->waiting = 0;
            l->first = l->last = BL_NONE;
            l->clients = l->opening = 0;
            return l;
        }
    }
    return NULL;
}

static uint16_t index_of(const struct below *b, const struct bl_listener *l)
{
    return (uint16_t)(l - b->listeners);
}

/* TCP listens for it. May release the lock; the slot stays meanwhile. */
static int open_socket(struct below *b, struct bl_listener *l)
{
    below_socket socket = BELOW_NO_SOCKET;

    l->opening = 1;
    int why = b->host.sockets.listen(b->host.context, &l->local, &socket);
    l->opening = 0;
    if (why != MPTCP_OK || socket == BELOW_NO_SOCKET) {
        return why != MPTCP_OK ? why : MPTCP_E_SUBFLOW_FAILED;
    }
    l->socket = socket;
    bl_socket_enter(b, socket, BL_IS_LISTENER | index_of(b, l));
    return MPTCP_OK;
}

/* Gives the slot back if nobody uses it, or is about to. */
static void leave(struct below *b, struct bl_listener *l)
{
    if (l->used && !l->clients && l->announced == 0 && !l->opening) {
        l->used = 0;
        l->generation++;
        bl_socket_close(b, &l->socket, BELOW_FORGET);
    }
}

/* ------------------------------------------------------------ the application's */

/* One for joins at the same address becomes one for clients, too. */
static int serve(struct below *b, const struct mptcp_addr *local, struct bl_listener **out)
{
    struct bl_listener *l = find(b, local, false);

    if (l == NULL || !same(&l->local, local)) {
        l = take(b, local);
    }
    if (l == NULL) {
        return MPTCP_E_FULL;
    }
    if (l->opening) {
        return MPTCP_E_AGAIN;
    }
    /* One for joins has a socket, unless TCP has lost it. Clients that come before TCP has said
     * that it listens are those of another listener that covers the address. */
    int why = l->socket == BELOW_NO_SOCKET ? open_socket(b, l) : MPTCP_OK;
    l->clients = why == MPTCP_OK;
    leave(b, l);
    *out = l;
    return why;
}

int below_listen(struct below *b, const struct mptcp_addr *local, below_listener *listener,
                 mptcp_time now)
{
    struct bl_listener *l;

    if (b == NULL || local == NULL || listener == NULL || local->port == 0 || now == MPTCP_NEVER ||
        (local->family != 0 && local->family != 4 && local->family != 6)) {
        return MPTCP_E_ARGUMENT;
    }
    b->now = now;
    /* First the shim: a client that TCP accepts before is none of MPTCP. */
    int why = shim_listen(b->shim, local);
    if (why != MPTCP_OK) {
        return why;
    }
    why = serve(b, local, &l);
    if (why != MPTCP_OK) {
        (void)shim_unlisten(b->shim, local);
        return why;
    }
    *listener = bl_handle(index_of(b, l), l->generation);
    return MPTCP_OK;
}

static struct bl_listener *listener_of(const struct below *b, below_listener handle)
{
    uint32_t i = handle & 0xffffu;

    if (b == NULL || i >= b->cfg.listeners || !b->listeners[i].clients ||
        b->listeners[i].generation != handle >> 16) {
        return NULL;
    }
    return &b->listeners[i];
}

/* Takes the first stream out of the queue; NULL: there is none. */
static struct bl_stream *dequeue(struct below *b, struct bl_listener *l)
{
    if (l->first == BL_NONE) {
        return NULL;
    }
    struct bl_stream *s = &b->streams[l->first];
    l->first = s->next;
    l->last = l->first == BL_NONE ? BL_NONE : l->last;
    l->waiting--;
    s->next = s->listener = BL_NONE;
    s->owner = BL_NOBODY;
    return s;
}

int below_accept(struct below *b, below_listener listener, below_stream *stream)
{
    struct bl_listener *l = listener_of(b, listener);

    if (l == NULL || stream == NULL) {
        return b == NULL || stream == NULL ? MPTCP_E_ARGUMENT : MPTCP_E_STALE;
    }
    struct bl_stream *s = dequeue(b, l);
    if (s == NULL) {
        return MPTCP_E_AGAIN;
    }
    s->owner = BL_APPLICATION;
    *stream = bl_stream_handle(b, s);
    return MPTCP_OK;
}

/* A stream that nobody will accept. */
static void refuse(struct below *b, struct bl_stream *s, mptcp_time now)
{
    s->owner = BL_NOBODY;
    s->listener = BL_NONE;
    (void)mptcp_on_abort(s->conn, now);
    bl_touch(b, s);
}

void below_unlisten(struct below *b, below_listener listener, mptcp_time now)
{
    struct bl_listener *l = listener_of(b, listener);
    struct bl_stream *s;

    if (l == NULL || now == MPTCP_NEVER) {
        return;
    }
    b->now = now;
    l->clients = 0;
    (void)shim_unlisten(b->shim, &l->local);
    while ((s = dequeue(b, l)) != NULL) {
        refuse(b, s, now);
    }
    for (uint32_t i = 0; i < b->cfg.streams && l->waiting > 0; i++) {
        s = &b->streams[i];
        if (s->state != BL_FREE && s->owner == BL_LISTENER && s->listener == index_of(b, l)) {
            l->waiting--;
            refuse(b, s, now);
        }
    }
    leave(b, l);
}

/* ----------------------------------------------------------------- clients */

struct mptcp_conn *bl_open(void *context, const struct shim_opening *o)
{
    struct below *b = context;
    struct bl_listener *l = find(b, &o->local, true);
    struct bl_stream *s = NULL;

    if (l != NULL && l->waiting < b->cfg.backlog) {
        s = bl_stream_take(b);
    }
    if (s == NULL) {
        return NULL;
    }
    bl_stream_make_with(b, s, o);
    s->owner = BL_LISTENER;
    s->listener = index_of(b, l);
    s->limit = b->now + SHIM_SYN_ACK_US;
    l->waiting++;
    bl_touch(b, s);
    return s->conn;
}

/* Those that wait in the queue stay there until they are accepted. */
void bl_listener_leave(struct below *b, struct bl_stream *s)
{
    if (s->owner == BL_LISTENER && s->listener != BL_NONE) {
        b->listeners[s->listener].waiting--;
    }
    s->listener = BL_NONE;
}

static void enqueue(struct below *b, struct bl_stream *s)
{
    struct bl_listener *l = &b->listeners[s->listener];
    uint16_t i = bl_index(b, s);

    s->owner = BL_QUEUE;
    s->limit = MPTCP_NEVER;
    s->next = BL_NONE;
    if (l->first == BL_NONE) {
        l->first = i;
    } else {
        b->streams[l->last].next = i;
    }
    l->last = i;
    if (b->host.changed != NULL) {
        b->host.changed(b->host.context, BELOW_NONE,
                        bl_handle(s->listener, b->listeners[s->listener].generation));
    }
}

/* The place of a subflow that TCP has accepted a socket for, which is there since its first segment
 * came. */
static int accepted_place(struct below *b, const struct mptcp_addr *local,
                          const struct mptcp_addr *remote, struct bl_stream **s,
                          struct bl_place **p)
{
    struct shim_report r;
    shim_flow flow = shim_accepted(b->shim, local, remote, b->now);

    if (shim_look(b->shim, flow, &r) != MPTCP_OK || r.conn == NULL) {
        return MPTCP_E_NOT_FOUND;
    }
    *s = bl_stream_of_conn(b, r.conn);
    *p = bl_place_flow(b, *s, r.sf, flow);
    if (*p == NULL || (*p)->socket != BELOW_NO_SOCKET) {
        return MPTCP_E_NOT_FOUND;
    }
    (*p)->early = r.early;
    return MPTCP_OK;
}

static bool is_initial(const struct bl_stream *s, const struct bl_place *p)
{
    struct mptcp_subflow_report info;
    return mptcp_subflow_info(s->conn, p->sf, &info) == MPTCP_OK && info.initial;
}

int below_accepted(struct below *b, below_socket listener, below_socket socket,
                   const struct mptcp_addr *local, const struct mptcp_addr *remote, mptcp_time now)
{
    struct bl_stream *s;
    struct bl_place *p;
    uint32_t what;

    if (b == NULL || socket == BELOW_NO_SOCKET || local == NULL || remote == NULL ||
        now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    b->now = now;
    if (!bl_socket_find(b, listener, &what) || (what & BL_IS_LISTENER) == 0) {
        return MPTCP_E_NOT_FOUND;
    }
    int why = accepted_place(b, local, remote, &s, &p);
    if (why != MPTCP_OK) {
        return why;
    }
    bl_place_socket(b, s, p, socket);
    p->facts |= BL_CONNECTED | BL_READABLE;
    if (s->owner == BL_LISTENER && is_initial(s, p)) {
        enqueue(b, s);
    }
    bl_touch(b, s);
    return MPTCP_OK;
}

/* ------------------------------------------------------------ announced addresses */

/* Notes that s announces the listener; false: it has no place for that. */
static bool note(struct below *b, struct bl_stream *s, struct bl_listener *l)
{
    for (unsigned i = 0; i < b->cfg.conn.addrs; i++) {
        if (s->listens[i] == BL_NONE) {
            s->listens[i] = index_of(b, l);
            l->announced++;
            return true;
        }
    }
    return false;
}

static void forget(struct below *b, struct bl_stream *s, unsigned i)
{
    if (s->listens[i] != BL_NONE) {
        struct bl_listener *l = &b->listeners[s->listens[i]];
        s->listens[i] = BL_NONE;
        l->announced--;
        leave(b, l);
    }
}

/* Forgets one listener that gets connections to this address. */
static void forget_one(struct below *b, struct bl_stream *s, const struct mptcp_addr *local)
{
    for (unsigned i = 0; i < b->cfg.conn.addrs; i++) {
        if (s->listens[i] != BL_NONE && covers(&b->listeners[s->listens[i]], local)) {
            forget(b, s, i);
            return;
        }
    }
}

/* A listener for joins alone. */
static enum mptcp_result listen_new(struct below *b, struct bl_stream *s,
                                    const struct mptcp_addr *local)
{
    struct bl_listener *l = take(b, local);

    if (l == NULL) {
        return MPTCP_FAILED;
    }
    if (!note(b, s, l)) {
        leave(b, l);
        return MPTCP_FAILED;
    }
    if (open_socket(b, l) != MPTCP_OK) {
        forget_one(b, s, local);
        return MPTCP_FAILED;
    }
    return MPTCP_DONE;
}

void bl_listen(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now)
{
    struct bl_listener *l = find(b, &a->local, false);
    enum mptcp_result result;

    if (l == NULL) {
        result = listen_new(b, s, &a->local);
    } else if (l->opening) {
        result = MPTCP_LATER; /* another thread waits for it */
    } else {
        result = l->socket != BELOW_NO_SOCKET && note(b, s, l) ? MPTCP_DONE : MPTCP_FAILED;
    }
    (void)mptcp_done(s->conn, a, 0, result, now);
}

void bl_unlisten(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now)
{
    (void)mptcp_done(s->conn, a, 0, MPTCP_DONE, now);
    forget_one(b, s, &a->local);
}

void bl_unlisten_all(struct below *b, struct bl_stream *s)
{
    for (unsigned i = 0; i < b->cfg.conn.addrs; i++) {
        forget(b, s, i);
    }
}
