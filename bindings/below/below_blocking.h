/*
 * below_blocking.h - the calls of below.h for threads that may wait: connect, accept, read and
 * write, each with a time limit, over the threads of any system (an RTOS, POSIX). An optional
 * companion: it calls below.h, and nothing there knows of it.
 *
 *   at the start    below_init with below_blocking_changed as its `changed`, below_blocking_init
 *   one thread      below_blocking_work, again and again, for as long as there are streams
 *   the stack       below_blocking_in and below_blocking_out, for each frame
 *   applications    below_blocking_connect, _listen, _accept, _read, _write, ...; any other call of
 *                   below.h between below_blocking_enter and below_blocking_leave
 *
 * Threads: every function may be called from any thread, several at a time, but from within a call
 * of struct below_threads, below_sockets or below_host none but below_blocking_changed. Each takes
 * the one lock around below, never keeps it while it waits, and wakes the thread of
 * below_blocking_work, which must not call what waits. Two threads may use one stream, one that
 * reads and one that writes; if one closes it, calls that wait on it return MPTCP_E_STALE.
 *
 * Times to wait are in microseconds, from the call on; 0: not at all; MPTCP_NEVER: without limit.
 * Codes are those of below.h; MPTCP_E_AGAIN: the time is over.
 *
 * Cost: a thread that waits takes no slot of a table, but some octets of its own stack. It is woken
 * by what happens to its own stream or listener alone, for which each thread that waits is looked
 * at.
 */
#ifndef BELOW_BELOW_BLOCKING_H
#define BELOW_BELOW_BLOCKING_H

#include "below.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the system offers. Each call has `context` as its first argument. */
struct below_threads {
    void *context;
    /* The one lock around all calls of below.h: a mutex, which need not be recursive. */
    void (*take)(void *context);
    void (*give)(void *context);
    /* The time for below, in microseconds: never less than before. Called with the lock. */
    mptcp_time (*now)(void *context);
    /* The calling thread, as `wake` names it: a handle, or where its semaphore is. Not NULL. */
    void *(*self)(void *context);
    /* The calling thread waits, without the lock, until `wake` was called for it (also if that was
     * before, since its last sleep), at most for `us` microseconds, rounded up (MPTCP_NEVER:
     * without limit). It may return sooner. */
    void (*sleep)(void *context, mptcp_time us);
    /* Ends the sleep of a thread, or its next one if it does not sleep; NULL: that of the thread of
     * below_blocking_work, which perhaps has not begun. Called with the lock. */
    void (*wake)(void *context, void *thread);
    /* Called with the lock before below_work is: tells below what the sockets tell. It may release
     * the lock for a while. May be NULL. */
    void (*look)(void *context);
};

struct below_waiter;

/* Its members are not for others. It stays where it is. */
struct below_blocking {
    struct below *below;
    struct below_threads threads;
    struct below_waiter *waiters; /* on the stacks of the threads that wait */
};

/* Begins; before any thread uses it. `threads` is copied. Returns 0; MPTCP_E_ARGUMENT: something is
 * NULL that must not be. */
int below_blocking_init(struct below_blocking *k, struct below *below,
                        const struct below_threads *threads);

/* below_host.changed, or to be called by it. `blocking` is the struct below_blocking; NULL:
 * ignored. */
void below_blocking_changed(void *blocking, below_stream stream, below_listener listener);

/* One round of the thread that does what is due: `look`, below_work, and a sleep until something
 * has happened or below_work is due again. */
void below_blocking_work(struct below_blocking *k);

/* As below_in and below_out, which see for the arguments. */
enum shim_pass below_blocking_in(struct below_blocking *k, unsigned nif, uint8_t *frame,
                                 uint32_t length);
int below_blocking_out(struct below_blocking *k, unsigned nif, const uint8_t *frame,
                       uint32_t length);

/*
 * For `now` and `sleep` of a system that counts ticks, in 32 bits that wrap: the time since
 * below_ticks_init, which is to be asked for at least once in each wrap (below_blocking_work asks
 * every minute); and the ticks of a sleep, rounded up, of a minute at most. rate: ticks in a
 * second, 1 to 1,000,000. Under the lock, but for below_ticks_of.
 */
struct below_ticks {
    uint64_t count;
    uint32_t last;
    uint32_t rate;
};
void below_ticks_init(struct below_ticks *t, uint32_t rate, uint32_t tick);
mptcp_time below_ticks_now(struct below_ticks *t, uint32_t tick);
uint32_t below_ticks_of(const struct below_ticks *t, mptcp_time us);

/* ----------------------------------------------------------- application */

/* For any other call of below.h: takes the lock and sets *now, its time (may be NULL), until
 * below_blocking_leave. What waits must not be called in between. */
struct below *below_blocking_enter(struct below_blocking *k, mptcp_time *now);
void below_blocking_leave(struct below_blocking *k);

/* As below_add_address and below_remove_address. */
int below_blocking_add_address(struct below_blocking *k, const struct mptcp_addr *addr,
                               unsigned flags);
int below_blocking_remove_address(struct below_blocking *k, const struct mptcp_addr *addr);
/* As below_connect, and waits until the stream is open. Otherwise it is no more, other threads that
 * wait on it are told, and *stream is BELOW_NONE: returns what below_connect says, why it has
 * ended, MPTCP_E_AGAIN, or MPTCP_E_STALE: another thread has closed or aborted it. */
int below_blocking_connect(struct below_blocking *k, const struct mptcp_addr *local,
                           const struct mptcp_addr *remote, below_stream *stream, mptcp_time wait);
/* As below_listen. */
int below_blocking_listen(struct below_blocking *k, const struct mptcp_addr *local,
                          below_listener *listener);
/* As below_accept, and waits for a client. */
int below_blocking_accept(struct below_blocking *k, below_listener listener, below_stream *stream,
                          mptcp_time wait);
/* As below_unlisten; calls that wait on the listener return MPTCP_E_STALE. */
void below_blocking_unlisten(struct below_blocking *k, below_listener listener);
/* As below_read, and waits for an octet, or the end, unless `length` is 0. Returns what there is
 * then. */
int32_t below_blocking_read(struct below_blocking *k, below_stream stream, void *octets,
                            uint32_t length, mptcp_time wait);
/* As below_write, and waits until all octets are taken. Returns how many were; less than `length`:
 * the time is over, or the stream has ended, as the next call says. */
int32_t below_blocking_write(struct below_blocking *k, below_stream stream, const void *octets,
                             uint32_t length, mptcp_time wait);
/* As below_shutdown, below_close, below_abort, none of which waits. */
int below_blocking_shutdown(struct below_blocking *k, below_stream stream);
void below_blocking_close(struct below_blocking *k, below_stream stream);
void below_blocking_abort(struct below_blocking *k, below_stream stream);

#ifdef __cplusplus
}
#endif

#endif
