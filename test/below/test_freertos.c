/*
 * test_freertos.c - bindings/below/freertos over the toy TCP, whose calls are those of
 * FreeRTOS-Plus-TCP: tasks exchange data over two subflows with a host of the world.
 */
#include "below_freertos.h"
#include "below_test.h"
#include "freertos.h"

#include <stdlib.h>
#include <string.h>

#define OCTETS 400000u
#define ROUNDS (FB_SOCKETS + 8)

static struct {
    unsigned family;
    int code;
    uint32_t sent;
    uint32_t got;
    uint32_t bad;
    bool end;
} app;

static void write_all(below_stream s, enum side side)
{
    uint8_t octets[1000];

    while (app.sent < OCTETS) {
        for (unsigned i = 0; i < sizeof octets; i++) {
            octets[i] = world_pattern(side, app.sent + i);
        }
        int32_t n = below_blocking_write(&fb_streams, s, octets, sizeof octets, 30 * SECOND);
        if (n < 0) {
            app.code = n;
            return;
        }
        app.sent += (uint32_t)n;
    }
    (void)below_blocking_shutdown(&fb_streams, s);
}

static void read_all(below_stream s, enum side other)
{
    uint8_t octets[1500];
    int32_t n;

    while ((n = below_blocking_read(&fb_streams, s, octets, sizeof octets, 30 * SECOND)) > 0) {
        for (int32_t i = 0; i < n; i++) {
            app.bad += octets[i] != world_pattern(other, app.got++);
        }
    }
    app.code = n;
    app.end = n == 0;
    below_blocking_close(&fb_streams, s);
}

static void client_task(void *argument)
{
    struct mptcp_addr local = world_address(CLIENT, 0, app.family);
    struct mptcp_addr second = world_address(CLIENT, 1, app.family);
    struct mptcp_addr remote = world_address(SERVER, 0, app.family);
    below_stream s;

    (void)argument;
    remote.port = PORT;
    (void)below_blocking_add_address(&fb_streams, &second, MPTCP_ADDR_JOIN);
    app.code = below_blocking_connect(&fb_streams, &local, &remote, &s, 10 * SECOND);
    if (app.code == 0) {
        write_all(s, CLIENT);
        read_all(s, SERVER);
    }
}

static void server_task(void *argument)
{
    struct mptcp_addr any = {.port = PORT};
    below_listener listener;
    below_stream s;

    (void)argument;
    app.code = below_blocking_listen(&fb_streams, &any, &listener);
    if (app.code == 0 &&
        (app.code = below_blocking_accept(&fb_streams, listener, &s, MPTCP_NEVER)) == 0) {
        write_all(s, SERVER);
        read_all(s, CLIENT);
    }
}

struct box {
    struct world *w;
    void *memory;
    TaskHandle_t task;
};

/* The system on one side, with a task; the world's own host on the other. */
static struct box begin(enum side side, TaskFunction_t task, unsigned family, uint32_t loss)
{
    struct world_config cfg;
    struct below_config own;
    struct box box;

    world_config_init(&cfg);
    cfg.seed = family;
    cfg.way.loss = loss;
    cfg.driver[side] = freertos_begin(side, &cfg.toy[side]);
    cfg.below[1 - side].streams = 2 * ROUNDS; /* the other host's applications close none */
    box.w = world_new(&cfg);
    freertos_joins(box.w, 2);
    below_config_init(&own);
    own.shim.link = 14;
    box.memory = malloc(below_size(&own));
    assert_non_null(box.memory);
    memset(&app, 0, sizeof app);
    app.family = family;
    assert_int_equal(pdPASS, fb_init(box.memory, below_size(&own), &own, 2, 400));
    assert_int_equal(pdPASS, fb_interface(freertos_interface(0), 1500));
    assert_int_equal(pdPASS, fb_interface(freertos_interface(1), 1500));
    assert_int_equal(pdPASS, xTaskCreate(task, "application", 400, NULL, 1, &box.task));
    return box;
}

static void end(struct box *box)
{
    freertos_end();
    world_free(box->w);
    free(box->memory);
}

static bool returned(struct world *w, void *task)
{
    (void)w;
    return freertos_returned(task);
}

/* The other host's stream has two subflows. */
static bool two(struct world *w, void *side)
{
    const enum side *other = side;

    return world_app(w, *other, 0) != NULL && subflows(w, *other, 0) == 2;
}

static void exchanged(const struct box *box, const struct app *peer)
{
    assert_true(app.end);
    assert_int_equal(0, app.bad);
    assert_int_equal(OCTETS, app.sent);
    assert_int_equal(OCTETS, app.got);
    assert_non_null(peer);
    assert_int_equal(OCTETS, peer->got);
    (void)box;
}

/* checks: none */
static void given_a_client_task_then_it_exchanges_octets_over_two_subflows(void **state)
{
    (void)state;
    struct app like = {.out = OCTETS};

    for (unsigned i = 0; i < 4; i++) {
        unsigned family = i % 2 == 0 ? 4 : 6;
        struct box box = begin(CLIENT, client_task, family, i / 2 * 10000);
        struct mptcp_addr second = world_address(SERVER, 1, family);
        assert_int_equal(0, below_add_address(world_below(box.w, SERVER), &second,
                                              MPTCP_ADDR_ANNOUNCE, world_now(box.w)));
        world_serve(box.w, &like);
        enum side other = SERVER;
        assert_true(world_until(box.w, two, &other, 20 * SECOND));
        assert_true(world_until(box.w, returned, box.task, 120 * SECOND));
        exchanged(&box, world_app(box.w, SERVER, 0));
        end(&box);
    }
}

/* checks: none */
static void given_a_server_task_then_it_exchanges_octets_over_two_subflows(void **state)
{
    (void)state;

    for (unsigned i = 0; i < 4; i++) {
        unsigned family = i % 2 == 0 ? 4 : 6;
        struct box box = begin(SERVER, server_task, family, i / 2 * 10000);
        world_run(box.w, 10000);
        join_from(box.w, 1, family);
        world_connect(box.w, 0, 0, family, OCTETS);
        enum side other = CLIENT;
        assert_true(world_until(box.w, two, &other, 20 * SECOND));
        assert_true(world_until(box.w, returned, box.task, 120 * SECOND));
        world_run(box.w, 2 * SECOND);
        exchanged(&box, world_app(box.w, CLIENT, 0));
        end(&box);
    }
}

/* checks: none */
static void given_nobody_who_listens_then_the_task_is_told_and_goes_on(void **state)
{
    (void)state;
    struct box box = begin(CLIENT, client_task, 4, 0);

    assert_true(world_until(box.w, returned, box.task, 60 * SECOND));
    assert_int_equal(MPTCP_E_PEER_RESET, app.code);
    end(&box);
}

/* checks: none */
static void given_a_peer_that_is_silent_then_connect_returns_when_its_time_is_over(void **state)
{
    (void)state;
    struct box box = begin(CLIENT, client_task, 4, 0);
    mptcp_time begun = world_now(box.w);

    world_dark(box.w, 0, true);
    assert_true(world_until(box.w, returned, box.task, 60 * SECOND));
    assert_int_equal(MPTCP_E_AGAIN, app.code);
    assert_in_range(world_now(box.w) - begun, 9999000, 10100000);
    end(&box);
}

/* checks: none */
static void given_a_server_behind_a_gateway_then_the_task_reaches_it(void **state)
{
    (void)state;
    struct app like = {.out = OCTETS};

    for (unsigned family = 4; family <= 6; family += 2) {
        struct box box = begin(CLIENT, client_task, family, 0);
        freertos_far(0);
        world_serve(box.w, &like);
        assert_true(world_until(box.w, returned, box.task, 120 * SECOND));
        exchanged(&box, world_app(box.w, SERVER, 0));
        end(&box);
    }
}

/* checks: none */
static void given_an_address_from_which_tcp_would_not_send_then_connect_fails_at_once(void **state)
{
    (void)state;
    struct box box = begin(CLIENT, client_task, 4, 0);

    freertos_far(1); /* the task connects from the address of link 0 */
    assert_true(world_until(box.w, returned, box.task, SECOND));
    assert_int_equal(MPTCP_E_SUBFLOW_FAILED, app.code);
    end(&box);
}

/* A world where the page's system, with a task of its own, is on one side. */
static struct box begin_page(enum side side, TaskFunction_t task)
{
    struct world_config cfg;
    struct box box = {.memory = NULL};

    world_config_init(&cfg);
    cfg.driver[side] = freertos_begin(side, &cfg.toy[side]);
    box.w = world_new(&cfg);
    freertos_joins(box.w, 2);
    freertos_page_start();
    assert_int_equal(pdPASS, xTaskCreate(task, "page", 400, NULL, 1, &box.task));
    return box;
}

static below_stream first_stream(void)
{
    below_stream s = below_next(below_blocking_enter(&fb_streams, NULL), BELOW_NONE);

    below_blocking_leave(&fb_streams);
    return s;
}

/* checks: none */
static void given_the_client_of_the_page_then_it_reads_to_the_end_of_an_answer(void **state)
{
    (void)state;
    struct box box = begin_page(CLIENT, freertos_page_client);
    struct app like = {.out = 1000, .deaf = true}; /* a greeting is no pattern of the world's */

    world_serve(box.w, &like);
    assert_true(world_until(box.w, returned, box.task, 20 * SECOND));
    assert_non_null(world_app(box.w, SERVER, 0));
    assert_int_equal(1000, world_app(box.w, SERVER, 0)->written);
    end(&box);
}

/* checks: none */
static void given_the_server_of_the_page_then_octets_come_back_over_two_subflows(void **state)
{
    (void)state;
    struct box box = begin_page(SERVER, freertos_page_server);
    struct below *b = world_below(box.w, CLIENT);
    struct mptcp_addr local = world_address(CLIENT, 0, 4);
    struct mptcp_addr remote = world_address(SERVER, 0, 4);
    uint8_t octets[3000];
    uint8_t back[sizeof octets + 1];
    below_stream s;
    unsigned seen;

    remote.port = PORT;
    for (unsigned i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(i / 7);
    }
    world_run(box.w, 10000);
    assert_int_equal(0, below_connect(b, &local, &remote, &s, world_now(box.w)));
    assert_int_equal(sizeof octets, below_write(b, s, octets, sizeof octets, world_now(box.w)));
    world_settle(box.w);
    world_run(box.w, SECOND);
    assert_int_equal(MPTCP_OK, freertos_page_why_plain(first_stream(), &seen));
    assert_int_equal(2, seen);
    assert_int_equal(sizeof octets, below_read(b, s, back, sizeof back, world_now(box.w)));
    assert_memory_equal(octets, back, sizeof octets);
    end(&box);
}

/* A join of no connection, to the port where the task listens: the shim answers it. */
static size_t make_join(uint8_t *frame)
{
    static const uint8_t mp_join[12] = {OPT_MPTCP, 12, SUB_JOIN << 4, 2, 1, 2, 3, 4};
    struct seg syn = {.from = world_address(CLIENT, 0, 4),
                      .to = world_address(SERVER, 0, 4),
                      .flags = SYN,
                      .window = 1000,
                      .options = mp_join,
                      .options_len = sizeof mp_join};

    syn.from.port = PORT;
    syn.to.port = PORT;
    memset(frame, 0, 14);
    frame[12] = 0x08;
    return 14 + seg_write(&syn, frame + 14);
}

/* checks: none */
static void given_a_frame_of_an_interface_without_the_shim_then_it_passes_untouched(void **state)
{
    (void)state;
    struct box box = begin(SERVER, server_task, 4, 0);
    NetworkInterface_t other = {0};
    uint8_t join[14 + SEG_MOST];
    uint8_t same[sizeof join];
    NetworkBufferDescriptor_t frame = {join, make_join(join), freertos_interface(0), NULL};

    world_run(box.w, 10000);
    assert_int_equal(pdFALSE, fb_receive(&frame));
    (void)make_join(join);
    (void)make_join(same);
    frame.pxInterface = &other;
    assert_int_equal(pdTRUE, fb_receive(&frame));
    assert_memory_equal(same, join, frame.xDataLength);
    end(&box);
}

static void many_task(void *argument)
{
    struct mptcp_addr local = world_address(CLIENT, 0, 4);
    struct mptcp_addr remote = world_address(SERVER, 0, 4);
    uint8_t octet;
    below_stream s;

    (void)argument;
    remote.port = PORT;
    while (app.got < ROUNDS && (app.code = below_blocking_connect(&fb_streams, &local, &remote, &s,
                                                                  10 * SECOND)) == 0) {
        app.got++;
        (void)below_blocking_shutdown(&fb_streams, s);
        app.code = below_blocking_read(&fb_streams, s, &octet, 1, 10 * SECOND);
        below_blocking_close(&fb_streams, s);
    }
}

/* checks: none */
static void given_more_connections_in_turn_than_sockets_then_each_one_opens(void **state)
{
    (void)state;
    struct app like = {.out = 0};
    struct box box = begin(CLIENT, many_task, 4, 0);

    world_serve(box.w, &like);
    assert_true(world_until(box.w, returned, box.task, 100 * SECOND));
    assert_int_equal(0, app.code);
    assert_int_equal(ROUNDS, app.got);
    end(&box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_client_task_then_it_exchanges_octets_over_two_subflows),
        cmocka_unit_test(given_a_server_task_then_it_exchanges_octets_over_two_subflows),
        cmocka_unit_test(given_a_server_behind_a_gateway_then_the_task_reaches_it),
        cmocka_unit_test(given_an_address_from_which_tcp_would_not_send_then_connect_fails_at_once),
        cmocka_unit_test(given_the_client_of_the_page_then_it_reads_to_the_end_of_an_answer),
        cmocka_unit_test(given_the_server_of_the_page_then_octets_come_back_over_two_subflows),
        cmocka_unit_test(given_a_frame_of_an_interface_without_the_shim_then_it_passes_untouched),
        cmocka_unit_test(given_more_connections_in_turn_than_sockets_then_each_one_opens),
        cmocka_unit_test(given_nobody_who_listens_then_the_task_is_told_and_goes_on),
        cmocka_unit_test(given_a_peer_that_is_silent_then_connect_returns_when_its_time_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
