/*
 * relay.c - the connections: a fixed number of places, and a queue of those with something to do.
 * proxy.h has the stages of one; what there is to do at each, turns.c.
 *
 * What happens at either side only sets flags and enters the relay into the queue; the loop then
 * has its work done. So below is never called from within its own calls.
 */
#include "proxy.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#define TICK_US 100000u

static struct px_relay *relays;
static struct px_relay *free_ones;
static struct px_relay **by_stream; /* by the place in the handle of a stream */
static uint32_t place_mask;
static struct px_relay *first_dirty;
static struct px_relay **end_of_dirty = &first_dirty;
static uint32_t numbers;
static uint32_t hurried; /* relays with a time at which they give up */
static mptcp_time tick_at = MPTCP_NEVER;

/* Zeroed pages, which take memory only once they are written. */
static void *pages(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

bool px_relays_open(void)
{
    uint32_t n = px_o->connections;
    uint32_t places = 1;

    while (places < px_o->config.streams) {
        places *= 2;
    }
    place_mask = places - 1;
    relays = pages(n * sizeof *relays);
    by_stream = pages(places * sizeof(struct px_relay *));
    uint8_t *blocks = pages((size_t)n * 2 * PX_BLOCK);
    if (relays == NULL || by_stream == NULL || blocks == NULL) {
        prog_complain("no memory for %u connections", n);
        return false;
    }
    for (uint32_t i = n; i-- > 0;) {
        relays[i].up.block = blocks + (size_t)i * 2 * PX_BLOCK;
        relays[i].down.block = relays[i].up.block + PX_BLOCK;
        relays[i].place = i;
        relays[i].next_free = free_ones;
        free_ones = &relays[i];
    }
    return true;
}

bool px_relays_full(void)
{
    return free_ones == NULL;
}

struct px_relay *px_relay_at(uint32_t index)
{
    return index < px_o->connections ? &relays[index] : NULL;
}

/* ------------------------------------------------------------- coming and going */

struct px_relay *px_relay_new(const struct px_door *door)
{
    struct px_relay *r = free_ones;
    struct px_relay fresh = {.place = r->place,
                             .door = door,
                             .number = ++numbers,
                             .app = -1,
                             .stream = BELOW_NONE,
                             .give_up = MPTCP_NEVER,
                             .began = px_now(),
                             .up.block = r->up.block,
                             .down.block = r->down.block,
                             .dirty = r->dirty,
                             .next_dirty = r->next_dirty};

    free_ones = r->next_free;
    *r = fresh;
    return r;
}

bool px_relay_app(struct px_relay *r, int app)
{
    r->app = app;
    return px_watch(app, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, PX_TAG_APP, r->place);
}

void px_relay_stream(struct px_relay *r, below_stream stream)
{
    r->stream = stream;
    by_stream[stream & place_mask] = r;
    px_relay_touch(r);
}

void px_relay_leave_stream(struct px_relay *r)
{
    if (r->stream != BELOW_NONE) {
        by_stream[r->stream & place_mask] = NULL;
        r->stream = BELOW_NONE;
    }
}

void px_relay_wait(struct px_relay *r, mptcp_time give_up)
{
    hurried += give_up != MPTCP_NEVER;
    hurried -= r->give_up != MPTCP_NEVER;
    r->give_up = give_up;
    if (hurried == 0) {
        tick_at = MPTCP_NEVER;
    } else if (tick_at == MPTCP_NEVER) {
        tick_at = px_now() + TICK_US;
    }
}

static void let_go(struct px_relay *r, int code)
{
    px_stats_end(r, code);
    px_relay_leave_stream(r);
    px_relay_wait(r, MPTCP_NEVER);
    r->app = -1;
    r->stage = PX_FREE;
    r->next_free = free_ones;
    free_ones = r;
}

void px_relay_fail(struct px_relay *r, int code)
{
    below_stream stream = r->stream;

    prog_say("%u: %s, after %llu octets up, %llu down", r->number,
             r->why[0] != '\0' ? r->why : mptcp_error_text(code), (unsigned long long)r->up.total,
             (unsigned long long)r->down.total);
    px_answer_refused(r, code);
    if (r->app >= 0 && r->asked) {
        close(r->app); /* SOCKS5: the refusal is still read */
    } else if (r->app >= 0) {
        px_reset(r->app);
    }
    let_go(r, code);
    if (stream != BELOW_NONE) {
        below_abort(px_below, stream, px_now());
    }
}

void px_relay_fail_why(struct px_relay *r, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(r->why, sizeof r->why, format, args);
    va_end(args);
    px_relay_fail(r, code);
}

void px_relay_done(struct px_relay *r)
{
    below_stream stream = r->stream;

    prog_say("%u: closed after %llu octets up, %llu down", r->number,
             (unsigned long long)r->up.total, (unsigned long long)r->down.total);
    close(r->app);
    let_go(r, MPTCP_E_CLOSED);
    below_close(px_below, stream, px_now());
}

/* ------------------------------------------------------------ what there is to do */

void px_relay_touch(struct px_relay *r)
{
    if (!r->dirty) {
        r->dirty = true;
        r->next_dirty = NULL;
        *end_of_dirty = r;
        end_of_dirty = &r->next_dirty;
    }
}

struct px_relay *px_relay_of(below_stream stream)
{
    struct px_relay *r = by_stream[stream & place_mask];

    return r != NULL && r->stream == stream ? r : NULL;
}

/* Called by below: only notes it. */
void px_relay_changed(below_stream stream)
{
    struct px_relay *r = px_relay_of(stream);

    if (r != NULL) {
        px_relay_touch(r);
    }
}

/* An event may be that of an earlier owner of the place: the flags only say that it is worth a try.
 */
void px_relay_app_event(uint32_t index, uint32_t events)
{
    struct px_relay *r = &relays[index];

    if (r->stage == PX_FREE) {
        return;
    }
    r->app_in |= (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0;
    r->app_out |= (events & EPOLLOUT) != 0;
    r->app_failed |= (events & EPOLLERR) != 0;
    px_relay_touch(r);
}

struct px_relay *px_relays_take(void)
{
    struct px_relay *r = first_dirty;

    first_dirty = NULL;
    end_of_dirty = &first_dirty;
    return r;
}

bool px_relays_dirty(void)
{
    return first_dirty != NULL;
}

mptcp_time px_relays_next(void)
{
    return tick_at;
}

bool px_relays_due(void)
{
    if (px_now() < tick_at) {
        return false;
    }
    tick_at = px_now() + TICK_US;
    return true;
}
