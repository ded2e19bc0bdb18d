/*
 * flow.c - the octets of a connection, both ways: plain TCP on one side, a stream of below on the
 * other, and a block between them for each direction.
 *
 * A direction goes on while its source has octets and its sink takes some, and stops at a bound, so
 * that others have their turn. What its sink does not take stays in the block, and when the block
 * is full nothing is read: so a slow reader slows its writer down. The end of a direction is told
 * on the other side once all before it was written. An error of either side resets the other.
 */
#include "proxy.h"

#include <errno.h>
#include <string.h>

#define LOOK_US 200000u
#define TURN (256u * 1024) /* octets of a direction at a time */

enum moved { STOPPED, MOVED, LOST };

static uint32_t held(const struct px_pipe *p)
{
    return p->to - p->from;
}

/* Room at the end of the block. */
static uint32_t room(struct px_pipe *p)
{
    if (p->from == p->to) {
        p->from = p->to = 0;
    } else if (p->to == PX_BLOCK && p->from > 0) {
        memmove(p->block, p->block + p->from, held(p));
        p->to -= p->from;
        p->from = 0;
    }
    return p->ended ? 0 : PX_BLOCK - p->to;
}

static void fill(struct px_pipe *p, uint32_t n)
{
    p->to += n;
    p->total += n;
    p->ended = n == 0;
}

/* -------------------------------------------------------------------- plain side */

static enum moved read_app(struct px_relay *r)
{
    uint32_t most = room(&r->up);

    if (most == 0 || !r->app_in) {
        return STOPPED;
    }
    ssize_t n = recv(r->app, r->up.block + r->up.to, most, MSG_DONTWAIT);
    if (n < 0) {
        r->app_in = errno == EINTR;
        return errno == EAGAIN || errno == EINTR ? STOPPED : LOST;
    }
    fill(&r->up, (uint32_t)n);
    return MOVED;
}

static enum moved write_app(struct px_relay *r)
{
    struct px_pipe *p = &r->down;

    if (held(p) == 0 || !r->app_out) {
        return STOPPED;
    }
    ssize_t n = send(r->app, p->block + p->from, held(p), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
        r->app_out = errno == EINTR;
        return errno == EAGAIN || errno == EINTR ? STOPPED : LOST;
    }
    p->from += (uint32_t)n;
    return MOVED;
}

/* ---------------------------------------------------------------------- MPTCP side */

static enum moved read_stream(struct px_relay *r)
{
    uint32_t most = room(&r->down);

    if (most == 0) {
        return STOPPED;
    }
    int32_t n = below_read(px_below, r->stream, r->down.block + r->down.to, most, px_now());
    if (n < 0) {
        r->code = n;
        return n == MPTCP_E_AGAIN ? STOPPED : LOST;
    }
    fill(&r->down, (uint32_t)n);
    return MOVED;
}

static enum moved write_stream(struct px_relay *r)
{
    struct px_pipe *p = &r->up;

    if (held(p) == 0) {
        return STOPPED;
    }
    int32_t n = below_write(px_below, r->stream, p->block + p->from, held(p), px_now());
    if (n == MPTCP_E_CLOSING) {
        return STOPPED; /* the peer aborts it: why is told at its end */
    }
    if (n < 0) {
        r->code = n;
        return n == MPTCP_E_AGAIN ? STOPPED : LOST;
    }
    p->from += (uint32_t)n;
    return n == 0 ? STOPPED : MOVED;
}

/* ------------------------------------------------------------------------------ */

/* Moves until source or sink stops, or the turn is over: then *more. False: a side is lost. */
static bool move(struct px_relay *r, enum moved (*from)(struct px_relay *),
                 enum moved (*to)(struct px_relay *), const struct px_pipe *p, bool *more)
{
    uint64_t end = p->total + TURN;

    for (;;) {
        enum moved in = from(r);
        enum moved out = in == LOST ? LOST : to(r);
        if (out == LOST) {
            return false;
        }
        if (in == STOPPED && out == STOPPED) {
            return true;
        }
        if (p->total >= end) {
            *more = true;
            return true;
        }
    }
}

static bool all_written(struct px_pipe *p)
{
    if (!p->ended || p->closed || held(p) != 0) {
        return false;
    }
    p->closed = true;
    return true;
}

/*
 * Peers accept no subflow of a connection that is half closed. So an end that comes very early
 * waits a moment for those that are being opened.
 */
static bool too_early(struct px_relay *r)
{
    bool wait = r->up.ended && !r->up.closed && !r->down.ended && px_links_opening(r);

    px_relay_wait(r, wait ? px_now() + LOOK_US : MPTCP_NEVER);
    return wait;
}

static void tell_ends(struct px_relay *r)
{
    if (!too_early(r) && all_written(&r->up)) {
        below_shutdown(px_below, r->stream, px_now());
    }
    if (all_written(&r->down)) {
        shutdown(r->app, SHUT_WR);
    }
}

void px_flow(struct px_relay *r)
{
    bool more = false;

    r->code = MPTCP_E_PEER_RESET; /* unless below says something else */
    px_links_mark(r->stream);
    if (!move(r, read_app, write_stream, &r->up, &more) ||
        !move(r, read_stream, write_app, &r->down, &more)) {
        px_relay_fail(r, r->code);
        return;
    }
    tell_ends(r);
    if (r->up.closed && r->down.closed) {
        px_relay_done(r);
    } else if (more) {
        px_relay_touch(r);
    }
}
