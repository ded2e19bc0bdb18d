/*
 * test_freertos.c - bindings/below/freertos over the toy TCP, whose calls are those of
 * FreeRTOS-Plus-TCP: tasks exchange data over two subflows with a host of the world.
 */
#include "below_freertos.h"
#include "below_test.h"
#include "freertos.h"

#include <stdlib.h>

#define OCTETS 400000u

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
        int32_t n = fb_write(s, octets, sizeof octets, 30000);
        if (n < 0) {
            app.code = n;
            return;
        }
        app.sent += (uint32_t)n;
    }
    (void)fb_shutdown(s);
}

static void read_all(below_stream s, enum side other)
{
    uint8_t octets[1500];
    int32_t n;

    while ((n = fb_read(s, octets, sizeof octets, 30000)) > 0) {
        for (int32_t i = 0; i < n; i++) {
            app.bad += octets[i] != world_pattern(other, app.got++);
        }
    }
    app.code = n;
    app.end = n == 0;
    fb_close(s);
}

static void client_task(void *argument)
{
    struct mptcp_addr local = world_address(CLIENT, 0, app.family);
    struct mptcp_addr second = world_address(CLIENT, 1, app.family);
    struct mptcp_addr remote = world_address(SERVER, 0, app.family);
    below_stream s;

    (void)argument;
    remote.port = PORT;
    (void)fb_add_address(&second, MPTCP_ADDR_JOIN);
    app.code = fb_connect(&local, &remote, &s, 10000);
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
    app.code = fb_listen(&any, &listener);
    if (app.code == 0 && (app.code = fb_accept(listener, &s, portMAX_DELAY)) == 0) {
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_client_task_then_it_exchanges_octets_over_two_subflows),
        cmocka_unit_test(given_a_server_task_then_it_exchanges_octets_over_two_subflows),
        cmocka_unit_test(given_nobody_who_listens_then_the_task_is_told_and_goes_on),
        cmocka_unit_test(given_a_peer_that_is_silent_then_connect_returns_when_its_time_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
