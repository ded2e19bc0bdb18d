/*
 * test_many.c - many connections at once: each is worked on when something happens to it, or when
 * its time has come, to the microsecond, and whoever asks for one by its token finds that one.
 */
#include "suite.h"

#include <string.h>

#define MANY 15u
#define HALF_SECOND 500000u
#define GREETING 10u /* octets: then both ends are fully established */

static struct one {
    struct mptcpl_pcb *client;
    struct mptcpl_pcb *server;
    mptcp_time due; /* when it is to be polled next; 0: never */
    unsigned polls;
    uint64_t received;
    bool over;
} ones[MANY];

static struct mptcpl_pcb *listener;
static unsigned accepted;
static unsigned late; /* polls that came when they should not */

static void begin_interval(struct one *o, mptcpl_poll_fn fn)
{
    uint8_t interval = (uint8_t)(world_random() % 20 + 1);

    o->due = world_now() + (mptcp_time)interval * HALF_SECOND;
    mptcpl_poll(o->client, fn, interval);
}

static err_t on_poll(void *arg, struct mptcpl_pcb *pcb)
{
    struct one *o = arg;

    (void)pcb;
    late += world_now() != o->due;
    o->polls++;
    begin_interval(o, on_poll);
    return ERR_OK;
}

static err_t on_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    struct one *o = arg;

    (void)err;
    if (p != NULL) {
        o->received += p->tot_len;
        mptcpl_recved(pcb, p->tot_len);
        pbuf_free(p);
    }
    return ERR_OK;
}

static void on_err(void *arg, err_t err)
{
    struct one *o = arg;

    (void)err;
    o->over = true;
}

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    (void)arg;
    (void)err;
    ones[accepted].server = pcb;
    mptcpl_arg(pcb, &ones[accepted++]);
    mptcpl_recv(pcb, on_recv);
    return ERR_OK;
}

/* One after the other, so that the n-th client is the n-th server's. */
static void open_all(void)
{
    memset(ones, 0, sizeof ones);
    accepted = late = 0;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    listener = mptcpl_new(&defaults);
    mptcpl_bind(listener, world_address(0, WORLD_SERVER), PEERS_PORT);
    mptcpl_listen(listener, 5);
    mptcpl_accept(listener, on_accept);
    for (unsigned i = 0; i < MANY; i++) {
        ones[i].client = mptcpl_new(&defaults);
        mptcpl_bind(ones[i].client, world_address(0, WORLD_CLIENT), 0);
        mptcpl_arg(ones[i].client, &ones[i]);
        mptcpl_err(ones[i].client, on_err);
        assert_int_equal(ERR_OK, mptcpl_connect(ones[i].client, world_address(0, WORLD_SERVER),
                                                PEERS_PORT, NULL));
        world_run_for(200 * MILLISECOND);
        assert_int_equal(i + 1, accepted);
        assert_int_equal(ERR_OK, mptcpl_write(ones[i].client, "0123456789", GREETING));
    }
    world_run_for(5 * SECOND);
}

static void end_all(void)
{
    for (unsigned i = 0; i < MANY; i++) {
        mptcpl_abort(ones[i].client);
    }
    mptcpl_close(listener);
    world_run_for(10 * SECOND);
    assert_false(mptcpl_lingering());
}

static void given_many_idle_connections_when_time_passes_then_nothing_is_to_be_done(void **state)
{
    (void)state;
    open_all();
    assert_int_equal(UINT32_MAX, mptcpl_sleep_us());
    end_all();
}

static void given_many_intervals_when_time_passes_then_each_is_polled_at_its_time(void **state)
{
    (void)state;
    open_all();
    for (unsigned i = 0; i < MANY; i++) {
        begin_interval(&ones[i], on_poll);
    }
    for (unsigned n = 0; n < 200; n++) {
        mptcp_time first = MPTCP_NEVER;
        for (unsigned i = 0; i < MANY; i++) {
            first = ones[i].due != 0 && ones[i].due < first ? ones[i].due : first;
        }
        assert_int_equal(first - world_now(), mptcpl_sleep_us());
        world_run_for(1 + world_random() % SECOND);
        /* A moment that moves to and fro, and one that goes. */
        struct one *o = &ones[world_random() % MANY];
        begin_interval(o, on_poll);
        if (n % 20 == 0) {
            mptcpl_poll(o->client, NULL, 0);
            o->due = 0;
        }
    }
    assert_int_equal(0, late);
    for (unsigned i = 0; i < MANY; i++) {
        assert_true(ones[i].polls > 0);
    }
    end_all();
}

static void given_many_connections_when_each_is_joined_then_each_gets_its_own_subflow(void **state)
{
    (void)state;
    open_all();
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(ERR_OK, mptcpl_new_path(ones[i].client, world_address(1, WORLD_CLIENT),
                                                 world_netif(1, WORLD_CLIENT), MPTCP_ADDR_JOIN));
    }
    world_run_for(SECOND);
    for (unsigned i = 0; i < MANY; i++) {
        struct mptcp_conn_report client;
        struct mptcp_conn_report server;
        mptcpl_info(ones[i].client, &client);
        mptcpl_info(ones[i].server, &server);
        assert_int_equal(2, client.subflows);
        assert_int_equal(2, server.subflows);
        assert_int_equal(client.local_token, server.remote_token);
    }
    end_all();
}

static void given_many_connections_when_some_end_then_the_others_go_on(void **state)
{
    static uint8_t octets[10000];

    (void)state;
    open_all();
    for (unsigned i = 0; i < MANY; i++) {
        begin_interval(&ones[i], on_poll);
        assert_int_equal(ERR_OK, mptcpl_write(ones[i].client, octets, sizeof octets));
        if (i % 3 == 0) {
            mptcpl_abort(ones[i].server);
        }
    }
    world_run_for(30 * SECOND);
    assert_int_equal(0, late);
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(i % 3 == 0, ones[i].over);
        assert_int_equal(GREETING + (i % 3 == 0 ? 0 : sizeof octets), ones[i].received);
        if (ones[i].over) {
            ones[i].client = mptcpl_new(&defaults); /* so that there is something to abort */
        }
    }
    end_all();
}

int test_many(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_many_idle_connections_when_time_passes_then_nothing_is_to_be_done),
        in_world(given_many_intervals_when_time_passes_then_each_is_polled_at_its_time),
        in_world(given_many_connections_when_each_is_joined_then_each_gets_its_own_subflow),
        in_world(given_many_connections_when_some_end_then_the_others_go_on),
    };
    return cmocka_run_group_tests_name("many", tests, NULL, NULL);
}
