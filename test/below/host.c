/*
 * host.c - one host: its TCP, the streams of bindings/below beneath it, and the packets between
 * them and the links. What the TCP emits waits in its queue until the call that made it is over.
 */
#include "world_own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The host has released its lock within a call of below's: whatever other threads do comes in. Not
 * what the TCP emits, which waits until the call is over. */
static void let_others_in(struct host *h)
{
    if (!h->w->cfg.nests || h->nested || h->below == NULL) {
        return;
    }
    h->nested = true;
    (void)world_hurry(h->w, h->side);
    (void)apps_step(h->w, h->side);
    for (toy_sock s = 1; s < 8; s++) {
        below_readable(h->below, s, h->w->now);
        below_writable(h->below, s, h->w->now);
    }
    h->nested = false;
}

/* ---------------------------------------------------------- the five calls */

static int call_connect(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                        below_socket *s)
{
    struct host *h = context;
    toy_sock made = toy_connect(h->toy, local, remote, h->w->now);

    *s = made;
    let_others_in(h);
    return made != 0 ? 0 : MPTCP_E_SUBFLOW_FAILED;
}

static int call_listen(void *context, const struct mptcp_addr *local, below_socket *s)
{
    struct host *h = context;
    toy_sock made = toy_listen(h->toy, local);

    *s = made;
    let_others_in(h);
    return made != 0 ? 0 : MPTCP_E_SUBFLOW_FAILED;
}

static int32_t call_write(void *context, below_socket s, const void *octets, uint32_t length)
{
    struct host *h = context;
    int32_t n = toy_write(h->toy, (toy_sock)s, octets, length, h->w->now);

    return n >= 0 ? n : MPTCP_E_SUBFLOW_FAILED;
}

static int32_t call_read(void *context, below_socket s, void *octets, uint32_t length)
{
    struct host *h = context;
    int32_t n = toy_read(h->toy, (toy_sock)s, octets, length, h->w->now);

    return n >= 0           ? n
           : n == TOY_AGAIN ? MPTCP_E_AGAIN
           : n == TOY_RESET ? MPTCP_E_PEER_RESET
                            : MPTCP_E_SUBFLOW_FAILED;
}

static void call_close(void *context, below_socket s, enum below_close_how how)
{
    struct host *h = context;

    if (how == BELOW_FIN) {
        toy_shutdown(h->toy, (toy_sock)s, h->w->now);
    } else if (how == BELOW_FORGET) {
        toy_forget(h->toy, (toy_sock)s, h->w->now);
    } else {
        toy_reset(h->toy, (toy_sock)s, h->w->now);
    }
    let_others_in(h);
}

/* ------------------------------------------------------------ what it asks */

/* The octets of a link header: they differ by host and interface. */
static uint8_t header_octet(const struct host *h, unsigned nif, unsigned i)
{
    return (uint8_t)(0x40u + 0x20u * (unsigned)h->side + 16u * nif + i);
}

static void call_transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    struct host *h = context;
    unsigned header = h->w->cfg.header;

    for (unsigned i = 0; i < header; i++) {
        if (length < header || frame[i] != header_octet(h, nif, i)) {
            world_wrong(h->w, "a frame leaves with another link header");
            return;
        }
    }
    judge(h->w, h->side, nif, frame + header, length - header);
    world_leaves(h->w, h->side, nif, frame + header, length - header);
}

static void call_random(void *context, void *octets, size_t length)
{
    struct host *h = context;
    uint8_t *p = octets;

    for (size_t i = 0; i < length; i++) {
        p[i] = (uint8_t)world_random(h->w);
    }
}

static void call_changed(void *context, below_stream stream, below_listener listener)
{
    struct host *h = context;
    struct app *a = stream != BELOW_NONE ? app_of(h->w, h->side, stream) : NULL;

    (void)listener;
    if (a != NULL) {
        a->dirty = true;
    }
}

static void call_path(void *context, below_socket s, struct mptcp_path *path)
{
    struct host *h = context;
    struct toy_path p;

    if (toy_path_of(h->toy, (toy_sock)s, &p)) {
        path->room = p.room;
        path->in_flight = p.in_flight;
    }
}

static void call_event(void *context, below_stream stream, const struct mptcp_action *event)
{
    struct host *h = context;
    struct app *a = app_of(h->w, h->side, stream);
    struct mptcp_subflow_report info;
    bool of_subflow = event->event == MPTCP_EV_SUBFLOW || event->event == MPTCP_EV_SUBFLOW_GONE;

    if (of_subflow && mptcp_subflow_info(below_conn(h->below, stream), event->sf, &info) != 0) {
        world_wrong(h->w, "an event is about a subflow that is not known");
    }
    if (a == NULL) {
        return;
    }
    a->opened += event->event == MPTCP_EV_SUBFLOW;
    if (event->event == MPTCP_EV_SUBFLOW_GONE) {
        a->gone++;
        a->why_gone = event->code;
    }
}

/* ------------------------------------------------------------------- life */

void host_begin(struct world *w, enum side side)
{
    struct host *h = &w->host[side];
    const struct below_config *cfg = &w->cfg.below[side];
    struct below_host calls = {
        h,
        {call_connect, call_listen, call_write, call_read, call_close},
        call_transmit,
        call_random,
        call_changed,
        w->cfg.tells ? call_path : NULL,
        call_event,
    };

    h->w = w;
    h->side = side;
    h->driver = w->cfg.driver[side];
    h->plain = w->cfg.plain[side] || h->driver != NULL;
    h->due = MPTCP_NEVER;
    h->listener = BELOW_NONE;
    h->toy = toy_new(&w->cfg.toy[side], w->cfg.seed * 2 + side);
    for (unsigned i = 0; i < w->cfg.links; i++) {
        for (unsigned family = 4; family <= 6; family += 2) {
            struct mptcp_addr addr = world_address(side, i, family);
            toy_address(h->toy, i, &addr, w->cfg.mtu);
        }
    }
    if (!h->plain) {
        struct below_config own = *cfg;
        own.shim.link = w->cfg.header;
        own.shim.mtu = w->cfg.mtu;
        size_t size = below_size(&own);
        assert_int_not_equal(0, size);
        h->memory = malloc(size);
        assert_non_null(h->memory);
        memset(h->memory, 0xa5, size);
        h->below = below_init(h->memory, size, &own, &calls, w->now);
        assert_non_null(h->below);
    }
}

void host_end(struct host *h)
{
    if (h->below != NULL) {
        below_end(h->below, h->w->now);
    }
    free(h->memory);
    toy_free(h->toy);
}

/* ---------------------------------------------------------------- packets */

void host_takes(struct host *h, unsigned nif, const uint8_t *packet, size_t len)
{
    toy_in(h->toy, nif, packet, len, h->w->now);
    h->touched = true;
}

static void pass(struct host *h, unsigned nif, const uint8_t *packet, size_t len)
{
    if (h->w->cfg.queued_us != 0) {
        world_queue(h->w, h->side, nif, packet, len, false);
    } else {
        host_takes(h, nif, packet, len);
    }
}

void host_arrives(struct host *h, unsigned nif, const uint8_t *packet, size_t len)
{
    if (h->driver != NULL) {
        h->driver->arrives(h->driver->context, nif, packet, len);
        return;
    }
    unsigned header = h->plain ? 0 : h->w->cfg.header;
    uint8_t *frame =
        malloc(header + len); /* of its exact size: the sanitizer sees what is beyond */

    assert_non_null(frame);
    for (unsigned i = 0; i < header; i++) {
        frame[i] = header_octet(h, nif, i);
    }
    memcpy(frame + header, packet, len);
    if (h->plain ||
        below_in(h->below, nif, frame, (uint32_t)(header + len), h->w->now) == SHIM_PASS) {
        pass(h, nif, frame + header, len);
    }
    h->touched = true;
    free(frame);
}

void host_emits(struct host *h, unsigned nif, const uint8_t *packet, size_t len)
{
    uint8_t frame[HEADER_MOST + SEG_MOST];
    unsigned header = h->plain ? 0 : h->w->cfg.header;

    if (h->plain) {
        world_leaves(h->w, h->side, nif, packet, len);
        return;
    }
    for (unsigned i = 0; i < header; i++) {
        frame[i] = header_octet(h, nif, i);
    }
    memcpy(frame + header, packet, len);
    if (below_out(h->below, nif, frame, (uint32_t)(header + len), h->w->now) == MPTCP_E_AGAIN) {
        world_wrong(h->w, "below_out says that a call of a socket is under way");
    }
    h->touched = true;
}

static bool send_out(struct host *h)
{
    uint8_t packet[SEG_MOST];
    unsigned nif;
    size_t len = toy_out(h->toy, &nif, packet);

    if (len == 0) {
        return false;
    }
    if (h->w->cfg.emits_us != 0) {
        world_queue(h->w, h->side, nif, packet, len, true);
    } else {
        host_emits(h, nif, packet, len);
    }
    return true;
}

/* ----------------------------------------------------------------- sockets */

static void accept_all(struct host *h, toy_sock listener)
{
    struct mptcp_addr local;
    struct mptcp_addr remote;
    toy_sock s;

    while ((s = toy_accept(h->toy, listener, &local, &remote)) != 0) {
        if (h->plain) {
            app_new(h->w, h->side, s);
        } else if (below_accepted(h->below, listener, s, &local, &remote, h->w->now) != 0) {
            toy_reset(h->toy, s, h->w->now);
        }
    }
}

static void tell(struct host *h, toy_sock s, unsigned events, int why)
{
    mptcp_time now = h->w->now;

    if ((events & TOY_EV_FAILED) != 0) {
        int code = why == TOY_RESET ? MPTCP_E_PEER_RESET : MPTCP_E_SUBFLOW_FAILED;
        below_socket_failed(h->below, s, code, now);
        return;
    }
    if ((events & TOY_EV_CONNECTED) != 0) {
        below_connected(h->below, s, now);
    }
    if ((events & TOY_EV_READABLE) != 0) {
        below_readable(h->below, s, now);
    }
    if ((events & TOY_EV_WRITABLE) != 0) {
        below_writable(h->below, s, now);
    }
}

static void tell_app(struct host *h, toy_sock s, unsigned events, int why)
{
    struct app *a = app_of(h->w, h->side, s);

    if (a == NULL) {
        return;
    }
    a->dirty = true;
    if ((events & TOY_EV_FAILED) != 0) {
        a->ended = true;
        a->code = why == TOY_RESET ? MPTCP_E_PEER_RESET : MPTCP_E_SUBFLOW_FAILED;
    }
}

static bool take_event(struct host *h)
{
    toy_sock s;
    int why;
    unsigned events = toy_event(h->toy, &s, &why);

    if (events == 0) {
        return false;
    }
    if ((events & TOY_EV_ACCEPT) != 0) {
        accept_all(h, s);
    } else if (h->plain) {
        tell_app(h, s, events, why);
    } else {
        tell(h, s, events, why);
    }
    h->touched = true;
    return true;
}

static bool accept_streams(struct host *h)
{
    below_stream stream;
    bool any = false;

    while (!h->plain && h->listener != BELOW_NONE &&
           below_accept(h->below, h->listener, &stream) == 0) {
        app_new(h->w, h->side, stream);
        any = true;
    }
    return any;
}

/* What the TCP does by itself. */
static bool pump_tcp(struct host *h)
{
    bool any = false;

    if (toy_deadline(h->toy) <= h->w->now) {
        toy_timeout(h->toy, h->w->now);
        h->touched = any = true;
    }
    while (send_out(h)) {
        any = true;
    }
    return any;
}

/* What the host's task does: sockets, streams, applications. */
static bool pump_task(struct host *h)
{
    bool any = false;

    while (take_event(h)) {
        any = true;
    }
    if (h->touched || h->due <= h->w->now) {
        h->touched = false;
        h->due = h->plain ? MPTCP_NEVER : below_work(h->below, h->w->now);
        any = true;
    }
    any |= accept_streams(h);
    any |= apps_step(h->w, h->side);
    return any;
}

bool host_pump(struct host *h)
{
    uint32_t lazy = h->w->cfg.lazy_us;
    if (h->driver != NULL) {
        return h->driver->pump(h->driver->context);
    }
    bool any = pump_tcp(h);

    if (h->wake > h->w->now) {
        return any;
    }
    while (pump_task(h)) {
        (void)pump_tcp(h);
        any = true;
    }
    if (any && lazy != 0) {
        h->wake = h->w->now + lazy - h->w->now % lazy;
    }
    return any;
}

mptcp_time host_deadline(const struct host *h)
{
    if (h->driver != NULL) {
        return h->driver->deadline(h->driver->context);
    }
    mptcp_time at = toy_deadline(h->toy);
    mptcp_time task = h->touched ? 0 : h->due;

    task = task < h->wake ? h->wake : task;
    return task < at ? task : at;
}
