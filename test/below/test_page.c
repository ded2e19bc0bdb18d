/*
 * test_page.c - the example of bindings/below/README.md over the toy TCP: a client and a server
 * whose other end is a host of the world.
 */
#include "below_test.h"
#include "page_test.h"

#include <string.h>

#define OCTETS 200000u

static struct {
    struct world *w;
    enum side side;
    below_listener listener;
    below_stream stream;
    uint32_t sent;
    uint32_t got;
    uint32_t bad;
    int32_t code;
    bool begun;
} app;

static void begin_client(void)
{
    struct mptcp_addr local = world_address(CLIENT, 0, 4);
    struct mptcp_addr second = world_address(CLIENT, 1, 4);
    struct mptcp_addr remote = world_address(SERVER, 0, 4);

    remote.port = PORT;
    assert_int_equal(0, below_add_address(below, &second, MPTCP_ADDR_JOIN, clock_us()));
    assert_int_equal(0, below_connect(below, &local, &remote, &app.stream, clock_us()));
}

static void begin_server(void)
{
    struct mptcp_addr any = {.port = PORT};

    assert_int_equal(0, below_listen(below, &any, &app.listener, clock_us()));
}

static void write_some(void)
{
    uint8_t octets[1000];
    int32_t n = 1;

    while (app.sent < OCTETS && n > 0) {
        uint32_t left = OCTETS - app.sent;
        uint32_t length = left < sizeof octets ? left : (uint32_t)sizeof octets;
        for (uint32_t i = 0; i < length; i++) {
            octets[i] = world_pattern(app.side, app.sent + i);
        }
        n = below_write(below, app.stream, octets, length, clock_us());
        app.sent += n > 0 ? (uint32_t)n : 0;
        if (app.sent == OCTETS) {
            assert_int_equal(0, below_shutdown(below, app.stream, clock_us()));
        }
    }
}

static void read_some(void)
{
    uint8_t octets[1000];

    while ((app.code = below_read(below, app.stream, octets, sizeof octets, clock_us())) > 0) {
        for (int32_t i = 0; i < app.code; i++) {
            app.bad += octets[i] != world_pattern(1 - app.side, app.got++);
        }
    }
}

void application(void)
{
    if (!app.begun) {
        app.begun = true;
        if (app.side == CLIENT) {
            begin_client();
        } else {
            begin_server();
        }
    }
    if (app.stream == BELOW_NONE) {
        (void)below_accept(below, app.listener, &app.stream);
    }
    if (app.stream != BELOW_NONE) {
        write_some();
        read_some();
    }
}

static bool both_through(struct world *w, void *other)
{
    const struct app *a = world_app(w, *(enum side *)other, 0);

    return app.code == 0 && app.got == OCTETS && a != NULL && a->got == OCTETS;
}

static bool two(struct world *w, void *other)
{
    enum side side = *(enum side *)other;

    return world_app(w, side, 0) != NULL && subflows(w, side, 0) == 2;
}

static struct world *begin(enum side side)
{
    struct world_config cfg;

    world_config_init(&cfg);
    cfg.way.loss = 5000;
    memset(&app, 0, sizeof app);
    app.side = side;
    app.code = MPTCP_E_AGAIN;
    app.stream = BELOW_NONE;
    cfg.driver[side] = stack_begin(side, &cfg.toy[side]);
    streams_begin();
    assert_non_null(below);
    app.w = world_new(&cfg);
    stack_joins(app.w);
    return app.w;
}

static void end(struct world *w)
{
    assert_int_equal(0, app.bad);
    world_free(w);
    stack_end();
}

/* checks: none */
static void given_the_page_as_a_client_then_it_exchanges_octets_over_two_subflows(void **state)
{
    (void)state;
    struct world *w = begin(CLIENT);
    struct app like = {.out = OCTETS};
    struct mptcp_addr second = world_address(SERVER, 1, 4);
    enum side other = SERVER;

    assert_int_equal(
        0, below_add_address(world_below(w, SERVER), &second, MPTCP_ADDR_ANNOUNCE, world_now(w)));
    world_serve(w, &like);
    assert_true(world_until(w, two, &other, 20 * SECOND));
    assert_true(world_until(w, both_through, &other, 100 * SECOND));
    end(w);
}

/* checks: none */
static void given_the_page_as_a_server_then_it_exchanges_octets_over_two_subflows(void **state)
{
    (void)state;
    struct world *w = begin(SERVER);
    enum side other = CLIENT;

    world_run(w, 10000);
    join_from(w, 1, 4);
    world_connect(w, 0, 0, 4, OCTETS);
    assert_true(world_until(w, two, &other, 20 * SECOND));
    assert_true(world_until(w, both_through, &other, 100 * SECOND));
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_page_as_a_client_then_it_exchanges_octets_over_two_subflows),
        cmocka_unit_test(given_the_page_as_a_server_then_it_exchanges_octets_over_two_subflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
