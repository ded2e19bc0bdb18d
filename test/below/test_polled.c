/*
 * test_polled.c - below_polled.h while one of its host's calls has released the lock, in which
 * another thread closes the socket that is asked.
 */
#include "below_polled.h"
#include "parts_test.h"

#include <pthread.h>
#include <semaphore.h>

enum { LISTENER = 1, CLIENTS };

/* A host whose `close` releases the lock: that of the client's socket until the other thread is
 * within `close` of the listener, or through; that of the listener until the first thread has come
 * as far as it can. */
struct two {
    struct below_polled polled;
    struct below_polled_place places[2];
    below_socket listener;
    pthread_mutex_t lock;
    pthread_t first;
    sem_t refuses;
    sem_t closes;
    sem_t looked;
    unsigned accepted;
    unsigned closed; /* how often the listener was */
};

static int two_open(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                    uintptr_t *socket)
{
    (void)context;
    (void)local;
    (void)remote;
    *socket = LISTENER;
    return MPTCP_OK;
}

static bool two_accept(void *context, uintptr_t listener, uintptr_t *socket,
                       struct mptcp_addr *local, struct mptcp_addr *remote)
{
    struct two *t = context;

    (void)listener;
    *socket = CLIENTS;
    *local = world_address(SERVER, 0, 4);
    *remote = world_address(CLIENT, 0, 4);
    return t->accepted++ == 0;
}

static unsigned two_state(void *context, uintptr_t socket)
{
    (void)context;
    (void)socket;
    return 0;
}

static void two_close(void *context, uintptr_t socket, enum below_close_how how)
{
    struct two *t = context;

    (void)how;
    t->closed += socket == LISTENER;
    pthread_mutex_unlock(&t->lock);
    if (socket == CLIENTS) {
        sem_post(&t->refuses);
        sem_wait(&t->closes);
    } else if (!pthread_equal(t->first, pthread_self())) {
        sem_post(&t->closes);
        sem_wait(&t->looked);
    }
    pthread_mutex_lock(&t->lock);
}

static mptcp_time two_now(void *context)
{
    (void)context;
    return 1;
}

/* As below_unlisten does. */
static void *unlisten(void *arg)
{
    struct two *t = arg;

    sem_wait(&t->refuses);
    pthread_mutex_lock(&t->lock);
    below_polled_sockets.close(&t->polled, t->listener, BELOW_FORGET);
    pthread_mutex_unlock(&t->lock);
    sem_post(&t->closes);
    return NULL;
}

/* A listener of a TCP that accepts one socket, with room for so many. */
static void begin(struct two *t, uint32_t places)
{
    const struct below_polled_calls calls = {t,       two_open,  two_accept, no_write,
                                             no_read, two_state, two_close,  two_now};
    const struct mptcp_addr any = {.port = PORT};

    *t = (struct two){.first = pthread_self()};
    assert_int_equal(0, pthread_mutex_init(&t->lock, NULL));
    assert_int_equal(0, sem_init(&t->refuses, 0, 0));
    assert_int_equal(0, sem_init(&t->closes, 0, 0));
    assert_int_equal(0, sem_init(&t->looked, 0, 0));
    assert_int_equal(0, below_polled_init(&t->polled, &calls, t->places, places));
    assert_int_equal(0, below_polled_sockets.listen(&t->polled, &any, &t->listener));
}

/* The socket is refused: there is no place for it, or no stream.
 * checks: none */
static void
given_a_socket_that_is_refused_when_its_listener_ends_then_that_is_closed_once(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(1, &memory);

    for (uint32_t places = 1; places <= 2; places++) {
        struct two t;
        pthread_t other;

        begin(&t, places);
        assert_int_equal(0, pthread_create(&other, NULL, unlisten, &t));
        pthread_mutex_lock(&t.lock);
        below_polled_look(&t.polled, b);
        pthread_mutex_unlock(&t.lock);
        sem_post(&t.looked);
        assert_int_equal(0, pthread_join(other, NULL));
        assert_int_equal(1, t.closed);
        assert_int_equal(1, t.accepted);
        /* Its place is free. */
        assert_int_equal(
            0, below_polled_sockets.listen(&t.polled, &(struct mptcp_addr){0}, &t.listener));
    }
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_socket_that_is_refused_when_its_listener_ends_then_that_is_closed_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
