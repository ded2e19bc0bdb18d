/*
 * live.c - live.h.
 */
#define _GNU_SOURCE

#include "live.h"

#include "below_polled.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct letter {
    struct letter *next;
    size_t len;
    uint8_t packet[SEG_MOST];
};

struct live_host {
    struct live *live;
    enum side side;
    struct below_blocking streams;
    struct below_polled polled;
    struct below_polled_place *places;
    void *memory;
    pthread_mutex_t lock; /* of the streams */
    pthread_mutex_t tcp;  /* of the toy */
    struct toy *toy;
    pthread_mutex_t box; /* of what has arrived */
    struct letter *first;
    struct letter **last;
    sem_t stack; /* there is something for the stack's thread */
    sem_t work;  /* ... for that of below_blocking_work */
    uint64_t random;
    pthread_t thread[2];
};

struct live {
    struct live_host host[2];
    atomic_bool over;
    atomic_uint lost_percent;
};

mptcp_time live_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (mptcp_time)t.tv_sec * 1000000u + (mptcp_time)t.tv_nsec / 1000u;
}

/* Until the semaphore is posted, or the time is over. */
static void wait_on(sem_t *s, mptcp_time us)
{
    mptcp_time until = live_now() + us;
    struct timespec t = {(time_t)(until / 1000000u), (long)(until % 1000000u * 1000u)};

    if (us == MPTCP_NEVER) {
        sem_wait(s);
    } else {
        sem_clockwait(s, CLOCK_MONOTONIC, &t);
    }
}

/* ------------------------------------------------------------------ threads */

static _Thread_local sem_t own;
static _Thread_local bool own_made;
static _Thread_local struct live_host *worker_of; /* NULL: this is another thread */

static void take(void *context)
{
    struct live_host *h = context;
    pthread_mutex_lock(&h->lock);
}

static void give(void *context)
{
    struct live_host *h = context;
    pthread_mutex_unlock(&h->lock);
}

static mptcp_time now(void *context)
{
    (void)context;
    return live_now();
}

static void *self(void *context)
{
    (void)context;
    if (!own_made) {
        sem_init(&own, 0, 0);
        own_made = true;
    }
    return &own;
}

static void sleep_for(void *context, mptcp_time us)
{
    struct live_host *h = context;

    wait_on(worker_of == h ? &h->work : self(h), us);
}

static void wake(void *context, void *thread)
{
    struct live_host *h = context;

    sem_post(thread != NULL ? thread : &h->work);
}

static void look(void *context)
{
    struct live_host *h = context;

    below_polled_look(&h->polled, h->streams.below);
}

/* ------------------------------------------------------------------ sockets */

/* Something is to leave. */
static void stack_wakes(struct live_host *h)
{
    sem_post(&h->stack);
}

static int call_open(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                     uintptr_t *socket)
{
    struct live_host *h = context;

    pthread_mutex_lock(&h->tcp);
    *socket =
        remote != NULL ? toy_connect(h->toy, local, remote, live_now()) : toy_listen(h->toy, local);
    pthread_mutex_unlock(&h->tcp);
    stack_wakes(h);
    return *socket != 0 ? MPTCP_OK : MPTCP_E_SUBFLOW_FAILED;
}

/* As of a stack that takes its time: the lock is free meanwhile. */
static bool call_accept(void *context, uintptr_t listener, uintptr_t *socket,
                        struct mptcp_addr *local, struct mptcp_addr *remote)
{
    struct live_host *h = context;

    give(h);
    pthread_mutex_lock(&h->tcp);
    *socket = toy_accept(h->toy, (toy_sock)listener, local, remote);
    pthread_mutex_unlock(&h->tcp);
    take(h);
    return *socket != 0;
}

static int32_t call_write(void *context, uintptr_t s, const void *octets, uint32_t length)
{
    struct live_host *h = context;

    pthread_mutex_lock(&h->tcp);
    int32_t n = toy_write(h->toy, (toy_sock)s, octets, length, live_now());
    pthread_mutex_unlock(&h->tcp);
    stack_wakes(h);
    return n >= 0 ? n : MPTCP_E_SUBFLOW_FAILED;
}

static int32_t call_read(void *context, uintptr_t s, void *octets, uint32_t length)
{
    struct live_host *h = context;

    pthread_mutex_lock(&h->tcp);
    int32_t n = toy_read(h->toy, (toy_sock)s, octets, length, live_now());
    pthread_mutex_unlock(&h->tcp);
    stack_wakes(h);
    return n >= 0 ? n : n == TOY_AGAIN ? MPTCP_E_AGAIN : MPTCP_E_SUBFLOW_FAILED;
}

static unsigned call_state(void *context, uintptr_t s)
{
    struct live_host *h = context;
    struct toy_path path;

    pthread_mutex_lock(&h->tcp);
    bool there = toy_path_of(h->toy, (toy_sock)s, &path);
    pthread_mutex_unlock(&h->tcp);
    if (!there) {
        return BELOW_POLLED_RESET;
    }
    bool ended = path.state > TOY_FIN_WAIT_2;
    return (path.state >= TOY_ESTABLISHED ? BELOW_POLLED_CONNECTED : 0) |
           (path.readable > 0 || ended ? BELOW_POLLED_READABLE : 0) |
           (path.room > 0 ? BELOW_POLLED_WRITABLE : 0);
}

static void call_close(void *context, uintptr_t s, enum below_close_how how)
{
    struct live_host *h = context;

    pthread_mutex_lock(&h->tcp);
    if (how == BELOW_FIN) {
        toy_shutdown(h->toy, (toy_sock)s, live_now());
    } else if (how == BELOW_FORGET) {
        toy_forget(h->toy, (toy_sock)s, live_now());
    } else {
        toy_reset(h->toy, (toy_sock)s, live_now());
    }
    pthread_mutex_unlock(&h->tcp);
    stack_wakes(h);
}

/* ------------------------------------------------------------------ packets */

static void transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    struct below_polled *polled = context;
    struct live_host *h = polled->calls.context;
    struct live_host *other = &h->live->host[1 - h->side];
    struct letter *m;

    (void)nif;
    h->random = h->random * 6364136223846793005u + 1442695040888963407u;
    if ((h->random >> 33) % 100 < atomic_load(&h->live->lost_percent)) {
        return;
    }
    m = malloc(sizeof *m);
    assert_true(m != NULL && length <= sizeof m->packet);
    m->next = NULL;
    m->len = length;
    memcpy(m->packet, frame, length);
    pthread_mutex_lock(&other->box);
    *other->last = m;
    other->last = &m->next;
    pthread_mutex_unlock(&other->box);
    stack_wakes(other);
}

static bool take_in(struct live_host *h)
{
    pthread_mutex_lock(&h->box);
    struct letter *m = h->first;
    if (m != NULL && (h->first = m->next) == NULL) {
        h->last = &h->first;
    }
    pthread_mutex_unlock(&h->box);
    if (m == NULL) {
        return false;
    }
    unsigned nif = m->packet[18]; /* the destination is 10.0.nif.x */
    if (below_blocking_in(&h->streams, nif, m->packet, (uint32_t)m->len) == SHIM_PASS) {
        pthread_mutex_lock(&h->tcp);
        toy_in(h->toy, nif, m->packet, m->len, live_now());
        pthread_mutex_unlock(&h->tcp);
        wake(h, NULL);
    }
    free(m);
    return true;
}

static bool send_out(struct live_host *h)
{
    uint8_t packet[SEG_MOST];
    unsigned nif;

    pthread_mutex_lock(&h->tcp);
    size_t len = toy_out(h->toy, &nif, packet);
    pthread_mutex_unlock(&h->tcp);
    return len != 0 && below_blocking_out(&h->streams, nif, packet, (uint32_t)len) <= 0;
}

static void *stack(void *context)
{
    struct live_host *h = context;

    while (!atomic_load(&h->live->over)) {
        while (take_in(h) || send_out(h)) {
        }
        pthread_mutex_lock(&h->tcp);
        mptcp_time due = toy_deadline(h->toy);
        mptcp_time t = live_now();
        if (due <= t) {
            toy_timeout(h->toy, t);
        }
        pthread_mutex_unlock(&h->tcp);
        wait_on(&h->stack, due == MPTCP_NEVER ? MPTCP_NEVER : due > t ? due - t : 0);
    }
    return NULL;
}

static void *work(void *context)
{
    struct live_host *h = context;

    worker_of = h;
    while (!atomic_load(&h->live->over)) {
        below_blocking_work(&h->streams);
    }
    return NULL;
}

/* --------------------------------------------------------------------- life */

static void random_octets(void *context, void *octets, size_t length)
{
    struct below_polled *polled = context;
    struct live_host *h = polled->calls.context;
    uint8_t *p = octets;

    for (size_t i = 0; i < length; i++) {
        h->random = h->random * 6364136223846793005u + 1442695040888963407u;
        p[i] = (uint8_t)(h->random >> 56);
    }
}

static void changed(void *context, below_stream stream, below_listener listener)
{
    struct below_polled *polled = context;
    struct live_host *h = polled->calls.context;

    below_blocking_changed(&h->streams, stream, listener);
}

static void begin_streams(struct live_host *h, uint32_t places)
{
    const struct below_threads threads = {h, take, give, now, self, sleep_for, wake, look};
    const struct below_polled_calls calls = {h,         call_open,  call_accept, call_write,
                                             call_read, call_state, call_close,  now};
    const struct below_host host = {.context = &h->polled,
                                    .sockets = below_polled_sockets,
                                    .transmit = transmit,
                                    .random = random_octets,
                                    .changed = changed};
    struct below_config cfg;

    below_config_init(&cfg);
    cfg.streams = 4;
    cfg.snd_buf = cfg.conn.rcv_buf = 16384;
    h->memory = malloc(below_size(&cfg));
    h->places = calloc(places, sizeof *h->places);
    assert_true(h->memory != NULL && h->places != NULL);
    assert_int_equal(MPTCP_OK, below_polled_init(&h->polled, &calls, h->places, places));
    struct below *b = below_init(h->memory, below_size(&cfg), &cfg, &host, live_now());
    assert_int_equal(MPTCP_OK, below_blocking_init(&h->streams, b, &threads));
}

static void begin(struct live *l, enum side side, uint32_t places)
{
    struct live_host *h = &l->host[side];
    struct toy_config cfg;

    h->live = l;
    h->side = side;
    h->random = 99 + (uint64_t)side;
    h->last = &h->first;
    pthread_mutex_init(&h->lock, NULL);
    pthread_mutex_init(&h->tcp, NULL);
    pthread_mutex_init(&h->box, NULL);
    sem_init(&h->stack, 0, 0);
    sem_init(&h->work, 0, 0);
    toy_config_init(&cfg);
    h->toy = toy_new(&cfg, 7 + (uint64_t)side);
    for (unsigned i = 0; i < 2; i++) {
        struct mptcp_addr addr = world_address(side, i, 4);
        toy_address(h->toy, i, &addr, 1500);
    }
    begin_streams(h, places);
}

struct live *live_new(uint32_t places)
{
    struct live *l = calloc(1, sizeof *l);

    assert_non_null(l);
    begin(l, CLIENT, places);
    begin(l, SERVER, places);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(0, pthread_create(&l->host[i].thread[0], NULL, stack, &l->host[i]));
        assert_int_equal(0, pthread_create(&l->host[i].thread[1], NULL, work, &l->host[i]));
    }
    return l;
}

void live_free(struct live *l)
{
    atomic_store(&l->over, true);
    for (unsigned i = 0; i < 2; i++) {
        stack_wakes(&l->host[i]);
        sem_post(&l->host[i].work);
        pthread_join(l->host[i].thread[0], NULL);
        pthread_join(l->host[i].thread[1], NULL);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct live_host *h = &l->host[i];
        mptcp_time t;
        struct below *b = below_blocking_enter(&h->streams, &t);
        below_end(b, t);
        below_blocking_leave(&h->streams);
        toy_free(h->toy);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct live_host *h = &l->host[i];
        while (h->first != NULL) {
            struct letter *m = h->first;
            h->first = m->next;
            free(m);
        }
        free(h->memory);
        free(h->places);
    }
    free(l);
}

struct below_blocking *live_streams(struct live *l, enum side side)
{
    return &l->host[side].streams;
}

void live_lose(struct live *l, unsigned percent)
{
    atomic_store(&l->lost_percent, percent);
}
