/*
 * test_below_parts.c - the parts of the streams that hold octets, sockets and times, each against a
 * simple model of it.
 */
#include "below_internal.h"
#include "below_test.h"

#include <stdlib.h>

#define BUFFER 4096u
#define STREAMS 300u

static int no_connect(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                      below_socket *s)
{
    (void)context;
    (void)local;
    (void)remote;
    (void)s;
    return MPTCP_E_SUBFLOW_FAILED;
}

static below_socket listens; /* the socket that the last call gave; 0: TCP does not listen */

static int some_listen(void *context, const struct mptcp_addr *local, below_socket *s)
{
    (void)context;
    (void)local;
    *s = listens == 0 ? BELOW_NO_SOCKET : ++listens;
    return listens == 0 ? MPTCP_E_SUBFLOW_FAILED : 0;
}

static int32_t no_write(void *context, below_socket s, const void *octets, uint32_t length)
{
    (void)context;
    (void)s;
    (void)octets;
    (void)length;
    return 0;
}

static int32_t no_read(void *context, below_socket s, void *octets, uint32_t length)
{
    (void)context;
    (void)s;
    (void)octets;
    (void)length;
    return MPTCP_E_AGAIN;
}

static void no_close(void *context, below_socket s, enum below_close_how how)
{
    (void)context;
    (void)s;
    (void)how;
}

static void no_transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    (void)context;
    (void)nif;
    (void)frame;
    (void)length;
}

static void count_up(void *context, void *octets, size_t length)
{
    uint8_t *next = context;

    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)octets)[i] = (*next)++;
    }
}

static uint8_t entropy;
static uint32_t dice = 1;

static uint32_t draw(uint32_t n)
{
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) % n;
}

static struct below *make(uint32_t streams, void **memory)
{
    struct below_config cfg;
    const struct below_host host = {
        &entropy,    {no_connect, some_listen, no_write, no_read, no_close},
        no_transmit, count_up,
        NULL,        NULL,
        NULL};

    below_config_init(&cfg);
    cfg.streams = streams;
    cfg.conn.rcv_buf = BUFFER;
    size_t size = below_size(&cfg);
    *memory = malloc(size);
    assert_non_null(*memory);
    memset(*memory, 0xa5, size);
    struct below *b = below_init(*memory, size, &cfg, &host, 1);
    assert_non_null(b);
    return b;
}

/* ------------------------------------------------------------- the receive buffer */

static uint8_t octet_at(uint32_t at)
{
    return (uint8_t)(at * 31u + (at >> 8) * 7u);
}

/* Puts octets from `at` on; those from places that were filled before must not be written again, so
 * these are wrong on purpose. */
static void come(struct below *b, struct bl_stream *s, uint8_t *had, uint32_t base, uint32_t at,
                 uint32_t n)
{
    uint8_t octets[BUFFER];

    for (uint32_t i = 0; i < n; i++) {
        octets[i] = (uint8_t)(octet_at(at + i) ^ (had[(at + i) % (2 * BUFFER)] ? 0xff : 0));
    }
    bl_buffer_put(b, s, at - base, octets, n);
    for (uint32_t i = 0; i < n; i++) {
        had[(at + i) % (2 * BUFFER)] = 1;
    }
}

/* checks: D-6 */
static void given_octets_in_any_order_and_twice_then_the_first_copy_of_each_is_read(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(1, &memory);
    struct bl_stream *s = bl_stream_take(b);
    static uint8_t had[2 * BUFFER]; /* by place modulo its size */
    uint8_t out[BUFFER];
    uint32_t delivered = 0;
    uint32_t read = 0;

    s->early = UINT32_MAX; /* so that the connection, which is not open, is not told */
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t room = bl_buffer_room(b, s);
        uint32_t at = draw(4) == 0 ? 0 : draw(room + 1);
        uint32_t n = draw(3) == 0 ? draw(room - at + 1) : draw(40);
        come(b, s, had, delivered, delivered + at, n < room - at ? n : room - at);

        uint32_t front = 0;
        while (front < bl_buffer_room(b, s) && had[(delivered + front) % (2 * BUFFER)]) {
            front++;
        }
        assert_int_equal(front, s->front);
        n = draw(front + 1);
        bl_buffer_deliver(s, n);
        memset(out, 0, sizeof out);
        for (uint32_t i = 0; i < n; i++) {
            had[(delivered + i) % (2 * BUFFER)] = 0;
        }
        delivered += n;
        assert_int_equal(delivered - read, bl_buffer_waiting(s));
        n = bl_buffer_take(b, s, out, draw(BUFFER), 1);
        for (uint32_t i = 0; i < n; i++) {
            assert_int_equal(octet_at(read + i), out[i]);
        }
        read += n;
    }
    assert_true(read > 100 * BUFFER);
    free(memory);
}

/* checks: none */
static void given_a_gap_then_what_is_asked_for_ends_where_octets_are_there(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(1, &memory);
    struct bl_stream *s = bl_stream_take(b);
    uint8_t octets[300] = {0};
    uint32_t n = 1000;

    assert_ptr_equal(s->rcv, bl_buffer_gap(b, s, 0, &n));
    assert_int_equal(1000, n);
    bl_buffer_put(b, s, 100, octets, 200);
    assert_ptr_equal(s->rcv, bl_buffer_gap(b, s, 0, &n));
    assert_int_equal(100, n);
    n = 1000;
    assert_null(bl_buffer_gap(b, s, 150, &n));
    assert_int_equal(150, n);
    n = BUFFER - 300;
    assert_ptr_equal(s->rcv + 300, bl_buffer_gap(b, s, 300, &n));
    assert_int_equal(BUFFER - 300, n);
    bl_buffer_put(b, s, 0, octets, 100);
    assert_int_equal(300, s->front);
    assert_int_equal(0, s->ahead);
    free(memory);
}

/* ------------------------------------------------------------ queues of subflows */

/* Reads n octets of the queue's subflow into it; returns how many fitted. */
static uint32_t fill(struct below *b, struct bl_stream *s, struct bl_queue *q, uint32_t n)
{
    uint32_t done = 0;

    while (done < n) {
        uint32_t space;
        uint8_t *to = bl_queue_end(b, s, q, &space);
        if (to == NULL) {
            break;
        }
        uint32_t part = n - done < space ? n - done : space;
        for (uint32_t i = 0; i < part; i++) {
            to[i] = octet_at(q->base.v + q->length + i);
        }
        bl_queue_added(b, s, q, part);
        done += part;
    }
    return done;
}

static void compare(struct below *b, struct bl_stream *s, const struct bl_queue *q)
{
    uint32_t run;

    for (uint32_t at = 0; at < q->length; at += run) {
        const uint8_t *octets = bl_queue_at(b, s, q, mptcp_ssn_add(q->base, at), &run);
        assert_non_null(octets);
        for (uint32_t i = 0; i < run; i++) {
            assert_int_equal(octet_at(q->base.v + at + i), octets[i]);
        }
    }
    assert_null(bl_queue_at(b, s, q, mptcp_ssn_add(q->base, q->length), &run));
    assert_null(bl_queue_at(b, s, q, mptcp_ssn_of(q->base.v - 1), &run));
}

/* checks: none */
static void
given_queues_that_grow_and_shrink_then_their_octets_stay_and_no_chunk_is_lost(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(1, &memory);
    struct bl_stream *s = bl_stream_take(b);

    for (unsigned round = 0; round < 5000; round++) {
        struct bl_queue *q = &s->places[draw(bl_places(b))].queue;
        (void)fill(b, s, q, draw(1500));
        compare(b, s, q);
        bl_queue_drop(b, s, q, mptcp_ssn_add(q->base, draw(1600)));
        compare(b, s, q);
    }
    for (unsigned i = 0; i < bl_places(b); i++) {
        bl_queue_drop_all(b, s, &s->places[i].queue);
        assert_int_equal(0, s->places[i].queue.chunks);
    }
    assert_int_equal(b->chunks, s->free_chunks);
    free(memory);
}

/* checks: none, law 4 */
static void given_one_subflow_that_took_all_it_can_then_another_can_have_a_mapping(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(1, &memory);
    struct bl_stream *s = bl_stream_take(b);

    uint32_t most = fill(b, s, &s->places[0].queue, UINT32_MAX);
    assert_true(most >= BUFFER);
    for (unsigned i = 1; i < bl_places(b); i++) {
        assert_true(fill(b, s, &s->places[i].queue, UINT32_MAX) >= BUFFER + b->chunk);
    }
    free(memory);
}

/* -------------------------------------------------------------- sockets, and times */

/* checks: none */
static void given_sockets_that_come_and_go_then_each_is_found_and_no_other(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(STREAMS, &memory);
    static uint32_t of[2 * STREAMS]; /* by socket / 16; 0: not entered */
    unsigned entered = 0;

    for (unsigned round = 0; round < 50000; round++) {
        uint32_t i = draw(2 * STREAMS);
        below_socket socket = (below_socket)i * 16; /* as addresses are */
        uint32_t what = 0;
        bool found = bl_socket_find(b, socket, &what);
        assert_int_equal(of[i] != 0, found);
        if (found) {
            assert_int_equal(of[i], what);
            bl_socket_forget(b, socket);
            of[i] = 0;
            entered--;
        } else if (entered < 2 * STREAMS - 10) {
            of[i] = round + 1;
            bl_socket_enter(b, socket, of[i]);
            entered++;
        }
    }
    assert_false(bl_socket_find(b, BELOW_NO_SOCKET, &of[0]));
    free(memory);
}

static mptcp_time first_of(const struct below *b)
{
    mptcp_time first = MPTCP_NEVER;

    for (unsigned i = 0; i < STREAMS; i++) {
        first = b->streams[i].due < first ? b->streams[i].due : first;
    }
    return first;
}

/* checks: none */
static void given_streams_that_are_due_then_the_first_one_is_found(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(STREAMS, &memory);

    for (unsigned round = 0; round < 20000; round++) {
        struct bl_stream *s = &b->streams[draw(STREAMS)];
        bl_set_due(b, s, draw(3) == 0 ? MPTCP_NEVER : draw(1000));
        const struct bl_stream *first = bl_first_due(b);
        assert_int_equal(first_of(b), first == NULL ? MPTCP_NEVER : first->due);
    }
    free(memory);
}

/* checks: none */
static void given_touched_streams_then_each_is_taken_once_and_no_other(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(STREAMS, &memory);

    assert_null(bl_take_touched(b));
    bl_touch(b, &b->streams[7]);
    bl_touch(b, &b->streams[3]);
    bl_touch(b, &b->streams[7]);
    assert_ptr_equal(&b->streams[7], bl_take_touched(b));
    b->streams[3].busy = 1;
    bl_touch(b, &b->streams[7]);
    assert_ptr_equal(&b->streams[3], bl_take_touched(b));
    bl_touch(b, &b->streams[3]); /* whoever works on it will see */
    assert_int_equal(1, b->streams[3].again);
    assert_ptr_equal(&b->streams[7], bl_take_touched(b));
    assert_null(bl_take_touched(b));
    free(memory);
}

/* ---------------------------------------------------- a host whose calls come back */

/* A TCP that emits within its calls, or whose other threads come meanwhile. */
struct comes_back {
    struct below *b;
    void *memory;
    int out;         /* what below_out said within connect */
    unsigned closed; /* calls of close */
    unsigned sent;   /* frames */
    uint32_t length; /* of the last one */
};

static const uint8_t syn[40] = {0x45, 0, 0, 40, 0,  0, 0, 0, 64,   6,    0,    0,
                                10,   0, 0, 1,  10, 0, 0, 2, 0x03, 0xe8, 0,    80,
                                0,    0, 0, 1,  0,  0, 0, 0, 0x50, 0x02, 0xff, 0xff};

static int connect_emits(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                         below_socket *s)
{
    struct comes_back *h = context;

    (void)remote;
    h->out = below_out(h->b, 0, syn, sizeof syn, 1);
    (void)below_work(h->b, 1);
    local->port = 1000;
    *s = 7;
    return 0;
}

static void close_works(void *context, below_socket s, enum below_close_how how)
{
    struct comes_back *h = context;

    assert_int_equal(7, s);
    assert_int_equal(BELOW_RESET, how);
    h->closed++;
    below_readable(h->b, s, 1); /* too late */
    (void)below_work(h->b, 1);
}

static void transmit_counts(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    struct comes_back *h = context;

    (void)nif;
    (void)frame;
    h->sent++;
    h->length = length;
}

static void random_of(void *context, void *octets, size_t length)
{
    (void)context;
    count_up(&entropy, octets, length);
}

static void begin(struct comes_back *h)
{
    struct below_config cfg;
    const struct below_host host = {h,
                                    {connect_emits, some_listen, no_write, no_read, close_works},
                                    transmit_counts,
                                    random_of,
                                    NULL,
                                    NULL,
                                    NULL};

    memset(h, 0, sizeof *h);
    below_config_init(&cfg);
    h->memory = malloc(below_size(&cfg));
    assert_non_null(h->memory);
    h->b = below_init(h->memory, below_size(&cfg), &cfg, &host, 1);
    assert_non_null(h->b);
}

static below_stream open_stream(struct comes_back *h)
{
    const struct mptcp_addr local = {.family = 4, .ip = {10, 0, 0, 1}};
    const struct mptcp_addr remote = {.family = 4, .ip = {10, 0, 0, 2}, .port = 80};
    below_stream s;

    assert_int_equal(0, below_connect(h->b, &local, &remote, &s, 1));
    return s;
}

/* checks: none */
static void given_a_syn_that_is_emitted_too_early_then_it_does_not_leave_as_plain_tcp(void **state)
{
    (void)state;
    struct comes_back h;

    begin(&h);
    (void)open_stream(&h);
    assert_int_equal(MPTCP_E_AGAIN, h.out);
    assert_int_equal(0, h.sent);
    assert_int_equal(0, below_out(h.b, 0, syn, sizeof syn, 2)); /* TCP sends it again */
    assert_int_equal(1, h.sent);
    assert_true(h.length > sizeof syn); /* with MP_CAPABLE */
    free(h.memory);
}

/* checks: none */
static void given_work_that_comes_within_a_close_then_the_stream_ends_once(void **state)
{
    (void)state;
    struct comes_back h;

    begin(&h);
    below_stream s = open_stream(&h);
    below_abort(h.b, s, 2);
    (void)below_work(h.b, 2);
    assert_int_equal(1, h.closed);
    assert_true(below_next(h.b, BELOW_NONE) == BELOW_NONE);
    assert_int_equal(MPTCP_E_STALE, below_code(h.b, s));
    (void)open_stream(&h);
    below_end(h.b, 3);
    assert_int_equal(2, h.closed);
    free(h.memory);
}

/* -------------------------------------------------------------------- listeners */

/* checks: none */
static void given_a_listener_for_joins_that_tcp_lost_then_one_for_clients_listens_anew(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(2, &memory);
    struct bl_stream *s = bl_stream_take(b);
    struct mptcp_action a = {.type = MPTCP_LISTEN,
                             .local = {.family = 4, .port = 80, .ip = {10, 0, 0, 1}}};
    below_listener l;

    listens = 100;
    bl_listen(b, s, &a, 1);
    assert_int_equal(101, listens);
    below_socket_failed(b, 101, MPTCP_E_SUBFLOW_FAILED, 1);
    /* TCP does not listen: so it is told, and the next time is no worse for it. */
    listens = 0;
    assert_int_equal(MPTCP_E_SUBFLOW_FAILED, below_listen(b, &a.local, &l, 1));
    listens = 200;
    assert_int_equal(0, below_listen(b, &a.local, &l, 1));
    assert_int_equal(201, listens);
    listens = 0;
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_octets_in_any_order_and_twice_then_the_first_copy_of_each_is_read),
        cmocka_unit_test(given_a_gap_then_what_is_asked_for_ends_where_octets_are_there),
        cmocka_unit_test(
            given_queues_that_grow_and_shrink_then_their_octets_stay_and_no_chunk_is_lost),
        cmocka_unit_test(given_one_subflow_that_took_all_it_can_then_another_can_have_a_mapping),
        cmocka_unit_test(given_sockets_that_come_and_go_then_each_is_found_and_no_other),
        cmocka_unit_test(
            given_a_listener_for_joins_that_tcp_lost_then_one_for_clients_listens_anew),
        cmocka_unit_test(given_streams_that_are_due_then_the_first_one_is_found),
        cmocka_unit_test(given_a_syn_that_is_emitted_too_early_then_it_does_not_leave_as_plain_tcp),
        cmocka_unit_test(given_work_that_comes_within_a_close_then_the_stream_ends_once),
        cmocka_unit_test(given_touched_streams_then_each_is_taken_once_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
