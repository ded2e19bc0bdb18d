/*
 * below_blocking.c - calls that wait, over those of below.h, which do not (below_blocking.h).
 *
 * A call tries under the lock. If that says MPTCP_E_AGAIN, it notes its thread and what it waits
 * for, gives the lock, sleeps, and tries again: `wake` counts for a thread that does not sleep yet,
 * so no change is missed between the two.
 */
#include "below_blocking.h"

struct below_waiter {
    struct below_waiter *next;
    void *thread;
    below_stream stream; /* one of the two is BELOW_NONE */
    below_listener listener;
};

int below_blocking_init(struct below_blocking *k, struct below *below,
                        const struct below_threads *threads)
{
    if (k == NULL || below == NULL || threads == NULL || threads->take == NULL ||
        threads->give == NULL || threads->now == NULL || threads->self == NULL ||
        threads->sleep == NULL || threads->wake == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    *k = (struct below_blocking){.below = below, .threads = *threads};
    return MPTCP_OK;
}

/* ------------------------------------------------------------------ waiting */

static void take(struct below_blocking *k)
{
    k->threads.take(k->threads.context);
}

static mptcp_time now_of(struct below_blocking *k)
{
    return k->threads.now(k->threads.context);
}

/* The call is over, or waits: what is due because of it is done soon. */
static void give(struct below_blocking *k)
{
    k->threads.wake(k->threads.context, NULL);
    k->threads.give(k->threads.context);
}

static int32_t over(struct below_blocking *k, int32_t n)
{
    give(k);
    return n;
}

void below_blocking_changed(void *blocking, below_stream stream, below_listener listener)
{
    struct below_blocking *k = blocking;

    for (struct below_waiter *w = k == NULL ? NULL : k->waiters; w != NULL; w = w->next) {
        if (stream != BELOW_NONE ? w->stream == stream : w->listener == listener) {
            k->threads.wake(k->threads.context, w->thread);
        }
    }
}

static void add(struct below_blocking *k, struct below_waiter *w)
{
    w->next = k->waiters;
    k->waiters = w;
}

static void drop(struct below_blocking *k, const struct below_waiter *w)
{
    struct below_waiter **at = &k->waiters;

    while (*at != w) {
        at = &(*at)->next;
    }
    *at = w->next;
}

static mptcp_time end_of(struct below_blocking *k, mptcp_time wait)
{
    mptcp_time now = now_of(k);

    return wait < MPTCP_NEVER - now ? now + wait : MPTCP_NEVER;
}

/* Until something happens to the stream, or the listener. False: the time is over. */
static bool wait_for(struct below_blocking *k, below_stream stream, below_listener listener,
                     mptcp_time end)
{
    mptcp_time now = now_of(k);
    struct below_waiter w = {NULL, k->threads.self(k->threads.context), stream, listener};

    if (now >= end) {
        return false;
    }
    add(k, &w);
    give(k);
    k->threads.sleep(k->threads.context, end == MPTCP_NEVER ? MPTCP_NEVER : end - now);
    take(k);
    drop(k, &w);
    return true;
}

/* --------------------------------------------------------------------- host */

void below_blocking_work(struct below_blocking *k)
{
    if (k == NULL) {
        return;
    }
    take(k);
    if (k->threads.look != NULL) {
        k->threads.look(k->threads.context);
    }
    mptcp_time due = below_work(k->below, now_of(k));
    mptcp_time now = now_of(k);
    k->threads.give(k->threads.context);
    mptcp_time left = due > now ? due - now : 0;
    k->threads.sleep(k->threads.context, due == MPTCP_NEVER ? MPTCP_NEVER : left);
}

enum shim_pass below_blocking_in(struct below_blocking *k, unsigned nif, uint8_t *frame,
                                 uint32_t length)
{
    if (k == NULL) {
        return SHIM_DROP;
    }
    take(k);
    enum shim_pass pass = below_in(k->below, nif, frame, length, now_of(k));
    give(k);
    return pass;
}

int below_blocking_out(struct below_blocking *k, unsigned nif, const uint8_t *frame,
                       uint32_t length)
{
    if (k == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    take(k);
    return over(k, below_out(k->below, nif, frame, length, now_of(k)));
}

/* -------------------------------------------------------------------- ticks */

#define MOST_US 60000000u

void below_ticks_init(struct below_ticks *t, uint32_t rate, uint32_t tick)
{
    if (t != NULL) {
        *t = (struct below_ticks){.last = tick, .rate = rate};
    }
}

mptcp_time below_ticks_now(struct below_ticks *t, uint32_t tick)
{
    if (t == NULL || t->rate == 0) {
        return 0;
    }
    t->count += tick - t->last;
    t->last = tick;
    return t->count / t->rate * 1000000u + t->count % t->rate * 1000000u / t->rate;
}

uint32_t below_ticks_of(const struct below_ticks *t, mptcp_time us)
{
    mptcp_time least = us < MOST_US ? us : MOST_US;

    return t == NULL ? 0 : (uint32_t)((least * t->rate + 999999u) / 1000000u);
}

/* -------------------------------------------------------------- application */

struct below *below_blocking_enter(struct below_blocking *k, mptcp_time *now)
{
    if (k == NULL) {
        return NULL;
    }
    take(k);
    if (now != NULL) {
        *now = now_of(k);
    }
    return k->below;
}

void below_blocking_leave(struct below_blocking *k)
{
    if (k != NULL) {
        give(k);
    }
}

int below_blocking_add_address(struct below_blocking *k, const struct mptcp_addr *addr,
                               unsigned flags)
{
    if (k == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    take(k);
    return over(k, below_add_address(k->below, addr, flags, now_of(k)));
}

int below_blocking_remove_address(struct below_blocking *k, const struct mptcp_addr *addr)
{
    if (k == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    take(k);
    return over(k, below_remove_address(k->below, addr, now_of(k)));
}

/* True if another thread has closed the stream, which may live on (below_code does not tell then).
 */
static bool is_closed(struct below_blocking *k, below_stream stream)
{
    return below_read(k->below, stream, NULL, 0, now_of(k)) == MPTCP_E_STALE;
}

/* Waits until the stream is open. Otherwise says why it is not. */
static int opened(struct below_blocking *k, below_stream stream, mptcp_time end)
{
    while ((below_ready(k->below, stream) & (BELOW_OPEN | BELOW_ENDED)) == 0) {
        if (is_closed(k, stream)) {
            return MPTCP_E_STALE;
        }
        if (!wait_for(k, stream, BELOW_NONE, end)) {
            return MPTCP_E_AGAIN;
        }
    }
    return below_code(k->below, stream);
}

int below_blocking_connect(struct below_blocking *k, const struct mptcp_addr *local,
                           const struct mptcp_addr *remote, below_stream *stream, mptcp_time wait)
{
    if (k == NULL || stream == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    take(k);
    mptcp_time end = end_of(k, wait);
    int code = below_connect(k->below, local, remote, stream, now_of(k));
    if (code == MPTCP_OK && (code = opened(k, *stream, end)) != MPTCP_OK) {
        below_abort(k->below, *stream, now_of(k));
        below_blocking_changed(k, *stream, BELOW_NONE);
    }
    if (code != MPTCP_OK) {
        *stream = BELOW_NONE;
    }
    return over(k, code);
}

int below_blocking_listen(struct below_blocking *k, const struct mptcp_addr *local,
                          below_listener *listener)
{
    if (k == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    take(k);
    return over(k, below_listen(k->below, local, listener, now_of(k)));
}

int below_blocking_accept(struct below_blocking *k, below_listener listener, below_stream *stream,
                          mptcp_time wait)
{
    int code;

    if (k == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    take(k);
    mptcp_time end = end_of(k, wait);
    while ((code = below_accept(k->below, listener, stream)) == MPTCP_E_AGAIN &&
           wait_for(k, BELOW_NONE, listener, end)) {
    }
    return over(k, code);
}

void below_blocking_unlisten(struct below_blocking *k, below_listener listener)
{
    if (k != NULL) {
        take(k);
        below_unlisten(k->below, listener, now_of(k));
        below_blocking_changed(k, BELOW_NONE, listener);
        give(k);
    }
}

int32_t below_blocking_read(struct below_blocking *k, below_stream stream, void *octets,
                            uint32_t length, mptcp_time wait)
{
    int32_t n;

    if (k == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    take(k);
    mptcp_time end = end_of(k, wait);
    while ((n = below_read(k->below, stream, octets, length, now_of(k))) == MPTCP_E_AGAIN &&
           wait_for(k, stream, BELOW_NONE, end)) {
    }
    return over(k, n);
}

int32_t below_blocking_write(struct below_blocking *k, below_stream stream, const void *octets,
                             uint32_t length, mptcp_time wait)
{
    const uint8_t *from = octets;
    uint32_t done = 0;
    int32_t n;

    if (k == NULL || length > INT32_MAX) {
        return MPTCP_E_ARGUMENT;
    }
    take(k);
    mptcp_time end = end_of(k, wait);
    do {
        n = below_write(k->below, stream, from == NULL ? NULL : from + done, length - done,
                        now_of(k));
        done += n > 0 ? (uint32_t)n : 0;
    } while (n != 0 && done < length && (n > 0 || n == MPTCP_E_AGAIN) &&
             wait_for(k, stream, BELOW_NONE, end));
    return over(k, done > 0 ? (int32_t)done : n);
}

int below_blocking_shutdown(struct below_blocking *k, below_stream stream)
{
    if (k == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    take(k);
    return over(k, below_shutdown(k->below, stream, now_of(k)));
}

void below_blocking_close(struct below_blocking *k, below_stream stream)
{
    if (k != NULL) {
        take(k);
        below_close(k->below, stream, now_of(k));
        below_blocking_changed(k, stream, BELOW_NONE);
        give(k);
    }
}

void below_blocking_abort(struct below_blocking *k, below_stream stream)
{
    if (k != NULL) {
        take(k);
        below_abort(k->below, stream, now_of(k));
        below_blocking_changed(k, stream, BELOW_NONE);
        give(k);
    }
}
