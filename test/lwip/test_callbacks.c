/*
 * test_callbacks.c - every call of mptcp_lwip.h in every callback, in every state of the
 * connection.
 *
 * Two applications write and read; in the n-th callback of one kind one of them makes a call, or
 * two. What must hold afterwards, whatever the call was: the octets that arrive are the other's, in
 * order; after close, abort and park no callback comes, after the end either; nothing of the
 * connection is left once both have closed. (Run under ASan by make sanitize.)
 */
#include "calls.h"

#include <stdlib.h>
#include <string.h>

#define AMOUNT 30000u /* octets each way */

/* Callbacks; events have their number added. */
enum where { ACCEPT, CONNECTED, RECV, RECV_EOF, SENT, POLL, ERR, EVENT };
#define WHERES (EVENT + MPTCP_EV_ADDRESS_GONE + 1)
#define OUTSIDE WHERES /* in none, `nth` milliseconds after the connect */

enum scene {
    ONE_PATH,
    TWO_PATHS,
    PLAIN,       /* TCP */
    HALF_CLOSED, /* the one that calls has ended its direction */
    PEER_CLOSED, /* the other one has */
    RESET,       /* the other one aborts after a while */
    NO_MEMORY,   /* from the call on, for 300 ms */
    SCENES
};

/* What is tried. */
static struct {
    enum scene scene;
    unsigned where;
    enum world_side side;
    unsigned first;
    unsigned second;
    unsigned nth; /* of the callbacks of that kind, from 0 */
    unsigned seen;
    bool called;
    bool under_way;
} t;

static void write_more(struct app *a)
{
    uint8_t chunk[2000];
    while (!a->gone && a->sent < a->limit && mptcpl_sndbuf(a->pcb) >= sizeof chunk) {
        for (unsigned i = 0; i < sizeof chunk; i++) {
            chunk[i] = app_octet(a->side, a->sent + i);
        }
        if (mptcpl_write(a->pcb, chunk, sizeof chunk) != ERR_OK) {
            return;
        }
        a->sent += sizeof chunk;
    }
    if (!a->gone && a->shut && a->sent >= a->limit) {
        mptcpl_shutdown(a->pcb, 0, 1);
    }
}

/* --------------------------------------------------------------------- the callbacks */

static void at(struct app *a, unsigned where)
{
    if (where != t.where || a->side != t.side || t.called || t.seen++ != t.nth) {
        return;
    }
    t.called = true;
    if (t.scene == NO_MEMORY) {
        scarce(SCARCE_ALL);
    }
    app_calls[t.first].call(a);
    app_calls[t.second].call(a);
}

static err_t on_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    struct app *a = arg;

    assert_int_equal(ERR_OK, err);
    assert_false(a->gone);
    at(a, p == NULL ? RECV_EOF : RECV);
    if (p == NULL) {
        return ERR_OK;
    }
    if (a->refuses) {
        a->refuses = false;
        return ERR_MEM;
    }
    for (const struct pbuf *q = p; q != NULL; q = q->next) {
        const uint8_t *data = q->payload;
        for (unsigned i = 0; i < q->len; i++) {
            a->wrong |= data[i] != app_octet((enum world_side)(1 - a->side), a->received++);
        }
    }
    mptcpl_recved(pcb, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static err_t on_sent(void *arg, struct mptcpl_pcb *pcb, uint32_t len)
{
    struct app *a = arg;

    (void)pcb;
    (void)len;
    assert_false(a->gone);
    at(a, SENT);
    write_more(a);
    return ERR_OK;
}

static err_t on_poll(void *arg, struct mptcpl_pcb *pcb)
{
    struct app *a = arg;

    (void)pcb;
    assert_false(a->gone);
    at(a, POLL);
    write_more(a);
    return ERR_OK;
}

static void on_err(void *arg, err_t err)
{
    struct app *a = arg;

    assert_true(err == ERR_CLSD || err == ERR_RST || err == ERR_ABRT);
    assert_false(a->gone);
    a->gone = true;
    at(a, ERR);
    a->pcb = NULL;
}

static void on_event(void *arg, struct mptcpl_pcb *pcb, const struct mptcp_action *event)
{
    struct app *a = arg;

    (void)pcb;
    assert_false(a->gone);
    at(a, EVENT + event->event);
}

static void adopt(struct app *a, struct mptcpl_pcb *pcb)
{
    a->pcb = pcb;
    mptcpl_arg(pcb, a);
    mptcpl_recv(pcb, on_recv);
    mptcpl_sent(pcb, on_sent);
    mptcpl_poll(pcb, on_poll, 1);
    mptcpl_err(pcb, on_err);
    mptcpl_event(pcb, on_event);
}

static err_t on_connected(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct app *a = arg;

    (void)pcb;
    assert_int_equal(ERR_OK, err);
    assert_false(a->gone);
    at(a, CONNECTED);
    write_more(a);
    return ERR_OK;
}

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct app *a = &ends.apps[WORLD_SERVER];

    (void)arg;
    assert_int_equal(ERR_OK, err);
    assert_null(a->pcb);
    adopt(a, pcb);
    at(a, ACCEPT);
    write_more(a);
    return ERR_OK;
}

/* -------------------------------------------------------------------------- the runs */

static void make_ends(void)
{
    struct app *client = &ends.apps[WORLD_CLIENT];

    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    defaults.no_mptcp = t.scene == PLAIN;
    ends.listener = mptcpl_new(&defaults);
    mptcpl_bind(ends.listener, world_address(0, WORLD_SERVER), PEERS_PORT);
    mptcpl_accept(ends.listener, on_accept);
    assert_int_equal(ERR_OK, mptcpl_listen(ends.listener, 4));
    adopt(client, mptcpl_new(&defaults));
    mptcpl_bind(client->pcb, world_address(0, WORLD_CLIENT), 0);
    if (t.scene == TWO_PATHS) {
        mptcpl_add_path(client->pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                        MPTCP_ADDR_JOIN);
    }
    assert_int_equal(ERR_OK, mptcpl_connect(client->pcb, world_address(0, WORLD_SERVER), PEERS_PORT,
                                            on_connected));
}

static void set_the_scene(void)
{
    for (unsigned i = 0; i < 2; i++) {
        ends.apps[i].side = (enum world_side)i;
        ends.apps[i].limit = AMOUNT;
        ends.apps[i].shut = true;
    }
    struct app *caller = &ends.apps[t.side];
    struct app *other = &ends.apps[1 - t.side];
    if (t.scene == HALF_CLOSED) {
        caller->limit = 0;
    } else if (t.scene == PEER_CLOSED) {
        other->limit = 0;
        caller->shut = false;
    }
}

static bool all_gone(void *arg)
{
    (void)arg;
    return !mptcpl_lingering();
}

static void close_what_is_left(void)
{
    for (unsigned i = 0; i < 2; i++) {
        if (ends.apps[i].pcb != NULL && !ends.apps[i].gone) {
            mptcpl_close(ends.apps[i].pcb);
        }
    }
    /* Parked ones do not answer. */
    assert_true(world_run_until(all_gone, NULL, 60 * SECOND));
    world_run_for(3 * SECOND);
}

static void give_up(void)
{
    for (unsigned i = 0; i < 2; i++) {
        assert_false(ends.apps[i].wrong);
        if (ends.apps[i].parked != NULL) {
            mptcpl_close(ends.apps[i].parked);
        }
    }

    if (ends.listener != NULL) {
        mptcpl_close(ends.listener);
    }
    free(ends.saved);
}

/* At some time, if the application has its pcb then. */
static void call_from_outside(void)
{
    struct app *a = &ends.apps[t.side];

    world_run_for(t.nth * MILLISECOND);
    if (a->pcb != NULL && !a->gone) {
        t.called = true;
        app_calls[t.first].call(a);
    }
}

/* True if the callback was called at all. */
static bool run(void)
{
    struct app *other = &ends.apps[1 - t.side];

    set_the_scene();
    make_ends();
    if (t.where == OUTSIDE) {
        call_from_outside();
    }
    world_run_for(300 * MILLISECOND);
    if (t.scene == RESET && other->pcb != NULL && !other->gone) {
        mptcpl_abort(other->pcb);
        other->gone = true;
    }
    world_run_for(SECOND);
    scarce(0);
    world_run_for(2 * SECOND);
    close_what_is_left();
    bool called = t.called;
    give_up();
    world_end();
    return called;
}

static bool try(enum scene scene, unsigned where, unsigned nth, enum world_side side,
                unsigned first, unsigned second)
{
    suite_begin(NULL);
    memset(&t, 0, sizeof t);
    memset(&ends, 0, sizeof ends);
    t.scene = scene;
    t.where = where;
    t.nth = nth;
    t.side = side;
    t.first = first;
    t.second = second;
    t.under_way = true;
    bool called = run();
    t.under_way = false;
    return called;
}

/* After a failure: which run it was. */
static int end(void **state)
{
    if (t.under_way) {
        print_message("scene %u, callback %u, time %u, of side %u: %s, %s\n", t.scene, t.where,
                      t.nth, t.side, app_calls[t.first].name, app_calls[t.second].name);
    }
    return suite_end(state);
}

/* What both ends see: each callback of the table is reached in one of the scenes at least. */
static void all_of(unsigned first, unsigned second, enum scene scenes, bool reached[WHERES])
{
    for (unsigned i = 0; i < scenes * WHERES * 2; i++) {
        enum scene scene = (enum scene)(i / 2 / WHERES);
        unsigned where = i / 2 % WHERES;
        enum world_side side = (enum world_side)(i % 2);
        reached[where] |= try(scene, where, 0, side, first, second);
        if (where == RECV || where == SENT) {
            try(scene, where, 5, side, first, second);
        }
    }
}

static void
given_any_callback_in_any_state_when_any_call_is_made_in_it_then_it_does_what_it_says(void **state)
{
    bool reached[WHERES] = {false};

    (void)state;
    for (unsigned i = 0; i < app_call_count; i++) {
        all_of(i, app_call_named("nothing"), SCENES, reached);
    }
    for (unsigned where = 0; where < WHERES; where++) {
        bool event = where >= EVENT;
        unsigned number = where - EVENT;
        /* They need another network than this one: announced addresses, a fallback. */
        bool elsewhere = event && (number == MPTCP_EV_NONE || number == MPTCP_EV_FALLBACK ||
                                   number == MPTCP_EV_ADDRESS || number == MPTCP_EV_ADDRESS_GONE);
        assert_true(reached[where] || elsewhere);
    }
}

/* From the SYN on, and in all that follows: the handshake, data, both ends closing, closed. */
static void given_any_moment_when_any_call_is_made_then_it_does_what_it_says(void **state)
{
    static const unsigned times[] = {0, 5, 15, 21, 25, 31, 35, 45, 60, 90, 150, 2000};
    unsigned nothing = app_call_named("nothing");

    (void)state;
    for (unsigned i = 0; i < app_call_count; i++) {
        for (unsigned k = 0; k < 2 * sizeof times / sizeof times[0]; k++) {
            enum world_side side = (enum world_side)(k % 2);
            try(ONE_PATH, OUTSIDE, times[k / 2], side, i, nothing);
            try(TWO_PATHS, OUTSIDE, times[k / 2], side, i, nothing);
            try(PLAIN, OUTSIDE, times[k / 2], side, i, nothing);
        }
    }
}

/* A pcb that is nothing yet, and a listener. */
static void given_no_connection_when_any_call_is_made_then_it_does_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * app_call_count; i++) {
        struct app *a = &ends.apps[WORLD_SERVER];
        memset(&ends, 0, sizeof ends);
        world_path("10.0.1.1", "10.0.1.2", &medium);
        world_path("10.0.2.1", "10.0.2.2", &medium);
        a->side = WORLD_SERVER;
        a->pcb = mptcpl_new(&defaults);
        mptcpl_bind(a->pcb, world_address(0, WORLD_SERVER), PEERS_PORT);
        assert_int_equal(ERR_OK, i % 2 == 0 ? ERR_OK : mptcpl_listen(a->pcb, 1));
        ends.listener = mptcpl_new(&defaults); /* for calls that close it */
        bool opens = i / 2 == app_call_named("opening") && i % 2 == 0;
        if (!opens) {
            app_calls[i / 2].call(a);
        }
        assert_true(world_run_until(all_gone, NULL, 60 * SECOND)); /* another one, just opened */
        assert_int_equal(0, a->sent);
        if (!a->gone) {
            mptcpl_close(a->pcb);
        }
        give_up();
        world_end();
    }
}

/* The first ends it for the application; then calls do nothing. */
static void given_it_has_ended_in_a_callback_when_more_is_called_there_then_nothing_is(void **state)
{
    static const char *const ways[] = {"close", "abort", "park", "move"};
    bool reached[WHERES] = {false};

    (void)state;
    for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        for (unsigned k = 0; k < app_call_count; k++) {
            all_of(app_call_named(ways[i]), k, ONE_PATH + 1, reached);
        }
    }
}

#define in_callbacks(test) cmocka_unit_test_setup_teardown(test, suite_begin, end)

int test_callbacks(void)
{
    const struct CMUnitTest tests[] = {
        in_callbacks(
            given_any_callback_in_any_state_when_any_call_is_made_in_it_then_it_does_what_it_says),
        in_callbacks(given_any_moment_when_any_call_is_made_then_it_does_what_it_says),
        in_callbacks(given_no_connection_when_any_call_is_made_then_it_does_nothing),
        in_callbacks(given_it_has_ended_in_a_callback_when_more_is_called_there_then_nothing_is),
    };
    return cmocka_run_group_tests_name("callbacks", tests, NULL, NULL);
}
