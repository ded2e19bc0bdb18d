/*
 * below_work.c - what is due: for each stream that something happened to, first what its sockets
 * and flows say (below_subflow.c), then the actions of its connection, until none is due.
 */
#include "below_internal.h"

static void opened(struct below *b, struct bl_stream *s, int code, mptcp_time now)
{
    struct mptcp_conn_report info;
    struct mptcp_addr remote;

    mptcp_conn_info(s->conn, &info);
    s->state = BL_OPEN;
    s->checksum = info.checksum;
    if (info.client && !s->spared &&
        mptcp_address(s->conn, true, MPTCP_ADDR_ID_INITIAL, &remote) == MPTCP_OK) {
        mptcp_blackhole_opened(&b->blackhole, &remote, code, now);
        if (b->cfg.one_then_zero) {
            mptcp_versions_opened(&b->versions, &remote, s->version, code, now);
        }
    }
    bl_addresses_tell(b, s, now);
}

static void ended(struct below *b, struct bl_stream *s, int code)
{
    bl_stream_end(b, s, code);
    for (unsigned i = 0; i < bl_places(b); i++) {
        if (s->places[i].state == BL_PLACE_LIVE) {
            bl_place_end(b, &s->places[i], BELOW_RESET);
        }
    }
    bl_unlisten_all(b, s);
}

static void do_event(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now)
{
    bl_stream_event(b, s, a);
    (void)mptcp_done(s->conn, a, 0, MPTCP_DONE, now);
    s->news = 1;
    switch (a->event) {
    case MPTCP_EV_OPEN:
        opened(b, s, a->code, now);
        break;
    case MPTCP_EV_EOF:
        s->eof = 1;
        break;
    case MPTCP_EV_END:
        ended(b, s, a->code);
        break;
    default:
        break;
    }
}

/* The RST of the shim's making has the reason; that of TCP, which drops its socket then, leaves
 * without options. */
static void do_reset(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now)
{
    struct bl_place *p = bl_place_of(b, s, a->sf);

    if (p != NULL) {
        (void)shim_reset(b->shim, p->flow, a->code, now);
    }
    bl_stream_no_join(b, s, a->sf, a->code);
    (void)mptcp_done(s->conn, a, 0, MPTCP_DONE, now);
    if (p != NULL) {
        bl_place_end(b, p, BELOW_RESET);
    }
}

/* A segment of the shim's making. */
static void do_forge(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now)
{
    struct bl_place *p = bl_place_of(b, s, a->sf);
    int why = MPTCP_E_LATER;

    if (p != NULL) {
        why = a->type == MPTCP_PROBE ? shim_probe(b->shim, p->flow, now)
                                     : shim_ack(b->shim, p->flow, now);
    }
    (void)mptcp_done(s->conn, a, 0, why == MPTCP_OK ? MPTCP_DONE : MPTCP_LATER, now);
}

static void do_close(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now)
{
    struct bl_place *p = bl_place_of(b, s, a->sf);

    if (p == NULL || p->socket == BELOW_NO_SOCKET) {
        (void)mptcp_done(s->conn, a, 0, MPTCP_LATER, now);
    } else if (mptcp_done(s->conn, a, 0, MPTCP_DONE, now) == MPTCP_OK) {
        b->host.sockets.close(b->host.context, p->socket, BELOW_FIN);
    }
}

static void act(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now)
{
    switch (a->type) {
    case MPTCP_RESET_SUBFLOW:
        do_reset(b, s, a, now);
        break;
    case MPTCP_DELIVER:
        bl_deliver(b, s, a, now);
        break;
    case MPTCP_RELEASE:
        bl_release(b, s, a, now);
        break;
    case MPTCP_FREE:
        bl_freed(b, s, a, now);
        break;
    case MPTCP_SEND:
        bl_send(b, s, a, now);
        break;
    case MPTCP_SEND_ACK:
    case MPTCP_PROBE:
        do_forge(b, s, a, now);
        break;
    case MPTCP_CLOSE_SUBFLOW:
        do_close(b, s, a, now);
        break;
    case MPTCP_LISTEN:
        bl_listen(b, s, a, now);
        break;
    case MPTCP_UNLISTEN:
        bl_unlisten(b, s, a, now);
        break;
    case MPTCP_CONNECT:
        bl_connect(b, s, a, now);
        break;
    default:
        do_event(b, s, a, now);
        break;
    }
}

/* True if nobody will ask for s any more. */
static bool is_over(const struct bl_stream *s)
{
    return s->state == BL_ENDED && (s->owner == BL_NOBODY || s->owner == BL_LISTENER);
}

static void work_on(struct below *b, struct bl_stream *s, mptcp_time now)
{
    struct mptcp_action a;

    s->busy = 1;
    do {
        s->again = 0;
        bl_look(b, s, now);
        while (s->state != BL_ENDED && mptcp_poll(s->conn, &a)) {
            act(b, s, &a, now);
        }
    } while (s->again);
    s->busy = 0;
    if (is_over(s)) {
        bl_stream_free(b, s);
        return;
    }
    bl_places_sweep(b, s);
    mptcp_time due = mptcp_deadline(s->conn);
    bl_set_due(b, s, due < s->limit ? due : s->limit);
    bl_stream_tell(b, s);
}

/* Runs the timers that have expired. */
static void expire(struct below *b, mptcp_time now)
{
    struct bl_stream *s;

    while ((s = bl_first_due(b)) != NULL && s->due <= now) {
        bl_set_due(b, s, MPTCP_NEVER);
        if (s->limit <= now) {
            s->limit = MPTCP_NEVER;
            (void)mptcp_on_abort(s->conn, now);
        }
        (void)mptcp_on_timeout(s->conn, now);
        bl_touch(b, s);
    }
}

mptcp_time below_work(struct below *b, mptcp_time now)
{
    struct bl_stream *s;

    if (b == NULL || now == MPTCP_NEVER) {
        return MPTCP_NEVER;
    }
    b->now = now;
    expire(b, now);
    while ((s = bl_take_touched(b)) != NULL) {
        work_on(b, s, now);
    }
    s = bl_first_due(b);
    return s == NULL ? MPTCP_NEVER : s->due;
}
