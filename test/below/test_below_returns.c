/*
 * test_below_returns.c - a host whose TCP emits, gets packets, or listens no more, within the calls
 * of the streams.
 */
#include "parts_test.h"

/* ---------------------------------------------------- a host whose calls come back */

/* A TCP that emits within its calls, or whose other threads come meanwhile. */
struct comes_back {
    struct below *b;
    void *memory;
    int out;                  /* what below_out said within connect */
    int other_out;            /* ... of the SYN of a socket that is none of below's */
    unsigned closed;          /* calls of close */
    unsigned sent;            /* frames */
    uint32_t length;          /* of the last one */
    bool client;              /* a client's third ACK comes within listen, which fails */
    struct bl_stream *leaves; /* a stream whose listeners end within listen */
};

static const uint8_t syn[40] = {0x45, 0, 0, 40, 0,  0, 0, 0, 64,   6,    0,    0,
                                10,   0, 0, 1,  10, 0, 0, 2, 0x03, 0xe8, 0,    80,
                                0,    0, 0, 1,  0,  0, 0, 0, 0x50, 0x02, 0xff, 0xff};

static int connect_emits(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                         below_socket *s)
{
    struct comes_back *h = context;
    uint8_t other[sizeof syn];

    (void)remote;
    h->out = below_out(h->b, 0, syn, sizeof syn, 1);
    memcpy(other, syn, sizeof other);
    other[23] = 81; /* to another port */
    h->other_out = below_out(h->b, 0, other, sizeof other, 1);
    (void)below_work(h->b, 1);
    local->port = 1000;
    *s = 7;
    return 0;
}

static const struct mptcp_addr server_end = {.family = 4, .ip = {10, 0, 0, 1}, .port = 80};
static const struct mptcp_addr client_end = {.family = 4, .ip = {10, 0, 0, 2}, .port = 1000};

static void client_sends(struct comes_back *h, uint8_t flags, uint32_t seq, uint32_t ack)
{
    const struct seg s = {.from = client_end,
                          .to = server_end,
                          .seq = seq,
                          .ack = ack,
                          .flags = flags,
                          .window = 1000};
    uint8_t frame[SEG_MOST];

    assert_int_equal(SHIM_PASS, below_in(h->b, 0, frame, (uint32_t)seg_write(&s, frame), 1));
}

static int listen_comes(void *context, const struct mptcp_addr *local, below_socket *s)
{
    struct comes_back *h = context;

    if (h->client) {
        client_sends(h, ACK, 1001, 5001);
        return MPTCP_E_SUBFLOW_FAILED;
    }
    if (h->leaves != NULL) {
        bl_unlisten_all(h->b, h->leaves);
    }
    return some_listen(context, local, s);
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
                                    {connect_emits, listen_comes, no_write, no_read, close_works},
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
    assert_int_equal(0, h.other_out); /* that is no business of below's */
    assert_int_equal(1, h.sent);
    assert_int_equal(0, below_out(h.b, 0, syn, sizeof syn, 2)); /* TCP sends it again */
    assert_int_equal(2, h.sent);
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

/* checks: none */
static void
given_a_listener_for_clients_that_begins_when_that_for_joins_ends_then_it_is_not_lost(void **state)
{
    (void)state;
    const struct mptcp_addr other = {.port = 81};
    struct mptcp_action a = {.type = MPTCP_LISTEN, .local = server_end};
    struct comes_back h;
    below_listener l;
    below_listener second;

    begin(&h);
    listens = 100;
    struct bl_stream *announces = bl_stream_take(h.b);
    bl_listen(h.b, announces, &a, 1);
    below_socket_failed(h.b, 101, MPTCP_E_SUBFLOW_FAILED, 1);
    h.leaves = announces;
    assert_int_equal(0, below_listen(h.b, &server_end, &l, 1));
    assert_int_equal(0, below_listen(h.b, &other, &second, 1));
    assert_int_not_equal(l, second);
    assert_int_equal(MPTCP_E_AGAIN, below_accept(h.b, l, &second));
    listens = 0;
    free(h.memory);
}

/* checks: none */
static void
given_a_client_that_comes_while_tcp_refuses_to_listen_then_the_listener_that_is_left_has_it(
    void **state)
{
    (void)state;
    const struct mptcp_addr any = {.port = 80};
    const struct mptcp_addr other = {.port = 81};
    const struct seg answer = {.from = server_end,
                               .to = client_end,
                               .seq = 5000,
                               .ack = 1001,
                               .flags = SYN | ACK,
                               .window = 1000};
    uint8_t frame[SEG_MOST];
    struct comes_back h;
    below_listener left;
    below_listener l;
    below_stream s;

    begin(&h);
    listens = 100;
    assert_int_equal(0, below_listen(h.b, &any, &left, 1));
    client_sends(&h, SYN, 1000, 0);
    assert_int_equal(0, below_out(h.b, 0, frame, (uint32_t)seg_write(&answer, frame), 1));
    h.client = true;
    assert_int_equal(MPTCP_E_SUBFLOW_FAILED, below_listen(h.b, &server_end, &l, 1));
    h.client = false;
    assert_int_equal(0, below_accepted(h.b, 101, 7, &server_end, &client_end, 1));
    assert_int_equal(0, below_listen(h.b, &other, &l, 1));
    assert_int_equal(MPTCP_E_AGAIN, below_accept(h.b, l, &s));
    assert_int_equal(0, below_accept(h.b, left, &s));
    listens = 0;
    free(h.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_syn_that_is_emitted_too_early_then_it_does_not_leave_as_plain_tcp),
        cmocka_unit_test(given_work_that_comes_within_a_close_then_the_stream_ends_once),
        cmocka_unit_test(
            given_a_listener_for_joins_that_tcp_lost_then_one_for_clients_listens_anew),
        cmocka_unit_test(
            given_a_listener_for_clients_that_begins_when_that_for_joins_ends_then_it_is_not_lost),
        cmocka_unit_test(
            given_a_client_that_comes_while_tcp_refuses_to_listen_then_the_listener_that_is_left_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
