/*
 * blocking_test.h - for tests of the calls that wait: what a thread of theirs works on.
 */
#ifndef TEST_BELOW_BLOCKING_TEST_H
#define TEST_BELOW_BLOCKING_TEST_H

#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* usleep */
#endif

#include "below_polled.h"
#include "below_test.h"
#include "live.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define LIMIT (60 * (mptcp_time)SECOND) /* of a call that is to succeed */
#define SOON (2 * (mptcp_time)SECOND)   /* more than a thread takes to come to its turn */
#define PLACES 16u

static inline struct mptcp_addr server_address(void)
{
    struct mptcp_addr a = world_address(SERVER, 0, 4);

    a.port = PORT;
    return a;
}

/* A thread of a test's: what it works on, and what it found. */
struct job {
    pthread_t thread;
    struct live *live;
    struct below_blocking *k;
    below_listener listener;
    below_stream stream;
    enum side side;
    uint32_t seed;
    uint32_t octets;
    int32_t code;
    uint32_t bad;
    unsigned subflows;
    mptcp_time wait;
};

static inline void begin(struct job *j, void *(*run)(void *))
{
    assert_int_equal(0, pthread_create(&j->thread, NULL, run, j));
}

static inline void end(struct job *j)
{
    assert_int_equal(0, pthread_join(j->thread, NULL));
}

static inline unsigned subflows_of(struct below_blocking *k, below_stream s)
{
    struct mptcp_conn_report report = {0};
    struct below *b = below_blocking_enter(k, NULL);

    mptcp_conn_info(below_conn(b, s), &report);
    below_blocking_leave(k);
    return report.subflows;
}

static inline void until_subflows(struct job *j, unsigned n)
{
    mptcp_time begun = live_now();

    while (j->subflows != n && live_now() - begun < LIMIT) {
        j->subflows = subflows_of(j->k, j->stream);
        usleep(1000);
    }
}

static inline below_listener listens(struct live *l)
{
    struct mptcp_addr any = {.port = PORT};
    struct mptcp_addr second = world_address(SERVER, 1, 4);
    below_listener listener;

    assert_int_equal(
        0, below_blocking_add_address(live_streams(l, SERVER), &second, MPTCP_ADDR_ANNOUNCE));
    assert_int_equal(0, below_blocking_listen(live_streams(l, SERVER), &any, &listener));
    return listener;
}

static inline void *read_one(void *arg)
{
    struct job *j = arg;
    uint8_t octet;

    j->code = below_blocking_read(j->k, j->stream, &octet, 1, MPTCP_NEVER);
    j->wait = live_now();
    return NULL;
}

static inline void until_it_waits(const struct job *j)
{
    for (bool waits = false; !waits;) {
        below_blocking_enter(j->k, NULL);
        waits = j->k->waiters != NULL;
        below_blocking_leave(j->k);
    }
}

#endif
