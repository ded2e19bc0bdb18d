/*
 * test_callbacks.c - every call of mptcp_lwip.h in every callback, in every state of the
 * connection.
 *
 * Two applications write and read; in the n-th callback of one kind one of them makes a call, or
 * two. What must hold afterwards, whatever the call was: the octets that arrive are the other's, in
 * order; after close, abort and park no callback comes, after the end either; nothing of the
 * connection is left once both have closed. (Run under ASan by make sanitize.)
 */
#include "suite.h"

#include <stdlib.h>
#include <string.h>

#define AMOUNT 30000u /* octets each way */

/* Callbacks; events have their number added. */
enum where { ACCEPT, CONNECTED, RECV, RECV_EOF, SENT, POLL, ERR, EVENT };
#define WHERES (EVENT + MPTCP_EVENT_ADDRESS_GONE + 1)

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

struct app {
    struct mptcpl_pcb *pcb;
    struct mptcpl_pcb *parked; /* has to be closed */
    enum world_side side;
    uint64_t sent;
    uint64_t received;
    uint64_t limit; /* octets to write */
    bool wrong;
    bool gone;    /* no callback may come any more */
    bool shut;    /* ends its direction after the last octet */
    bool refuses; /* the rest of the callback: recv returns ERR_MEM */
};

static struct {
    struct mptcpl_pcb *listener;
    struct app apps[2];
    /* what is tried */
    enum scene scene;
    unsigned where;
    enum world_side side;
    unsigned first;
    unsigned second;
    unsigned nth; /* of the callbacks of that kind, from 0 */
    unsigned seen;
    bool called;
    bool under_way;
    uint8_t *saved;
    uint32_t saved_size;
} t;

static uint8_t octet(enum world_side side, uint64_t i)
{
    return (uint8_t)(i * 7 + i / 251 + (unsigned)side * 100);
}

static void write_more(struct app *a)
{
    uint8_t chunk[2000];
    while (!a->gone && a->sent < a->limit && mptcpl_sndbuf(a->pcb) >= sizeof chunk) {
        for (unsigned i = 0; i < sizeof chunk; i++) {
            chunk[i] = octet(a->side, a->sent + i);
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

/* ------------------------------------------------------------------------- the calls */

static void is_one_of(err_t err, err_t a, err_t b)
{
    assert_true(err == ERR_OK || err == a || err == b);
}

static void call_nothing(struct app *a)
{
    (void)a;
}

static void call_write(struct app *a)
{
    uint8_t o = octet(a->side, a->sent);
    err_t err = mptcpl_write(a->pcb, &o, 1);
    is_one_of(err, ERR_CONN, ERR_MEM);
    a->sent += err == ERR_OK;
}

static void call_recved(struct app *a)
{
    mptcpl_recved(a->pcb, 1);
    mptcpl_recved(a->pcb, 1u << 30);
}

static void call_refuse(struct app *a)
{
    a->refuses = true;
}

static void call_shutdown_tx(struct app *a)
{
    is_one_of(mptcpl_shutdown(a->pcb, 0, 1), ERR_CONN, ERR_CONN);
}

static void call_shutdown_rx(struct app *a)
{
    is_one_of(mptcpl_shutdown(a->pcb, 1, 0), ERR_CONN, ERR_CONN);
}

static void call_shutdown_both(struct app *a)
{
    err_t err = mptcpl_shutdown(a->pcb, 1, 1);
    is_one_of(err, ERR_CONN, ERR_CONN);
    a->gone |= err == ERR_OK;
}

static void call_close(struct app *a)
{
    assert_int_equal(ERR_OK, mptcpl_close(a->pcb));
    a->parked = NULL;
    a->gone = true;
}

static void call_abort(struct app *a)
{
    mptcpl_abort(a->pcb);
    a->parked = NULL;
    a->gone = true;
}

static void call_park(struct app *a)
{
    err_t err = mptcpl_park(a->pcb);
    is_one_of(err, ERR_CONN, ERR_INPROGRESS);
    if (err == ERR_OK) {
        a->parked = a->pcb;
        a->gone = true;
    }
}

/* Not parked: nothing is written. */
static void call_save(struct app *a)
{
    free(t.saved);
    t.saved_size = mptcpl_saved_size(a->pcb);
    assert_true(t.saved_size <= mptcpl_saved_max(a->pcb));
    t.saved = malloc(t.saved_size + 1);
    mptcpl_save(a->pcb, t.saved);
}

/* Moved in the callback: what it was is gone, what it is now has no callbacks. */
static void call_move(struct app *a)
{
    err_t err = mptcpl_park(a->pcb);
    is_one_of(err, ERR_CONN, ERR_INPROGRESS);
    if (err != ERR_OK) {
        return;
    }
    call_save(a);
    call_close(a);
    a->pcb = mptcpl_resume(t.saved, t.saved_size, SECOND);
    if (a->pcb != NULL) {
        mptcpl_new_path(a->pcb, world_address(0, a->side), world_netif(0, a->side),
                        MPTCP_ADDR_JOIN);
        call_close(a);
    }
}

static void call_add_path(struct app *a)
{
    err_t err = mptcpl_add_path(a->pcb, world_address(1, a->side), NULL, MPTCP_ADDR_JOIN);
    is_one_of(err, ERR_ARG, ERR_MEM);
}

static void call_new_path(struct app *a)
{
    err_t err = mptcpl_new_path(a->pcb, world_address(1, a->side), world_netif(1, a->side),
                                MPTCP_ADDR_JOIN | MPTCP_ADDR_ANNOUNCE);
    assert_true(err == ERR_OK || err == ERR_CONN || err == ERR_ARG || err == ERR_MEM);
}

static void call_remove_path(struct app *a)
{
    is_one_of(mptcpl_remove_path(a->pcb, world_address(0, a->side)), ERR_CONN, ERR_VAL);
}

static void call_refresh_path(struct app *a)
{
    is_one_of(mptcpl_refresh_path(a->pcb, world_address(0, a->side)), ERR_CONN, ERR_VAL);
}

static void call_join(struct app *a)
{
    err_t err = mptcpl_join(a->pcb, world_address(0, a->side), NULL);
    assert_true(err == ERR_OK || err == ERR_CONN || err == ERR_VAL || err == ERR_INPROGRESS);
}

static void call_backup(struct app *a)
{
    struct mptcpl_subflow_stats s = {0};
    mptcpl_subflow_stats(a->pcb, 0, &s);
    is_one_of(mptcpl_set_backup(a->pcb, s.sf, true), ERR_CONN, ERR_VAL);
    is_one_of(mptcpl_set_cost(a->pcb, s.sf, 7), ERR_CONN, ERR_VAL);
}

static void call_opening(struct app *a)
{
    assert_int_equal(ERR_VAL, mptcpl_bind(a->pcb, world_address(0, a->side), 99));
    assert_int_equal(ERR_VAL, mptcpl_listen(a->pcb, 1));
    assert_int_equal(ERR_VAL, mptcpl_connect(a->pcb, world_address(0, a->side), 99, NULL));
}

static void call_output(struct app *a)
{
    is_one_of(mptcpl_output(a->pcb), ERR_CONN, ERR_CONN);
    mptcpl_work();
}

static void call_getters(struct app *a)
{
    struct mptcp_info info;
    struct mptcpl_subflow_stats s;

    mptcpl_info(a->pcb, &info);
    for (unsigned i = 0; i < mptcpl_subflow_count(a->pcb); i++) {
        assert_true(mptcpl_subflow_stats(a->pcb, i, &s));
    }
    assert_false(mptcpl_subflow_stats(a->pcb, MPTCPL_HISTORY, &s));
    assert_true(!a->gone || mptcpl_sndbuf(a->pcb) == 0);
    mptcpl_sleep_us();
    mptcpl_lingering();
    mptcpl_forget_blackholes();
}

static void call_no_callbacks(struct app *a)
{
    mptcpl_recv(a->pcb, NULL);
    mptcpl_sent(a->pcb, NULL);
    mptcpl_poll(a->pcb, NULL, 1);
    mptcpl_accept(a->pcb, NULL);
}

/* The listener goes, and another one is there at once. */
static void call_listen_anew(struct app *a)
{
    (void)a;
    assert_int_equal(ERR_OK, mptcpl_close(t.listener));
    t.listener = mptcpl_new(&defaults);
    if (t.listener != NULL) {
        mptcpl_bind(t.listener, world_address(0, WORLD_SERVER), PEERS_PORT);
        is_one_of(mptcpl_listen(t.listener, 1), ERR_MEM, ERR_USE);
    }
}

static void call_close_the_other(struct app *a)
{
    struct app *other = &t.apps[1 - a->side];
    if (other->pcb != NULL && !other->gone) {
        call_close(other);
    }
}

static void call_abort_the_other(struct app *a)
{
    struct app *other = &t.apps[1 - a->side];
    if (other->pcb != NULL && !other->gone) {
        call_abort(other);
    }
}

static void call_park_the_other(struct app *a)
{
    struct app *other = &t.apps[1 - a->side];
    if (other->pcb != NULL && !other->gone) {
        call_park(other);
    }
}

static void call_connect_another(struct app *a)
{
    struct mptcpl_pcb *pcb = mptcpl_new(&defaults);

    (void)a;
    if (pcb == NULL) {
        return;
    }
    is_one_of(mptcpl_connect(pcb, world_address(0, WORLD_SERVER), 9, NULL), ERR_MEM, ERR_MEM);
    mptcpl_close(pcb);
}

static void (*const calls[])(struct app *) = {
    call_nothing,
    call_write,
    call_recved,
    call_refuse,
    call_shutdown_tx,
    call_shutdown_rx,
    call_shutdown_both,
    call_close,
    call_abort,
    call_park,
    call_save,
    call_move,
    call_add_path,
    call_new_path,
    call_remove_path,
    call_refresh_path,
    call_join,
    call_backup,
    call_opening,
    call_output,
    call_getters,
    call_no_callbacks,
    call_listen_anew,
    call_close_the_other,
    call_abort_the_other,
    call_park_the_other,
    call_connect_another,
};
#define CALLS (sizeof calls / sizeof calls[0])

static unsigned index_of(void (*call)(struct app *))
{
    unsigned i = 0;
    while (calls[i] != call) {
        i++;
    }
    return i;
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
    calls[t.first](a);
    calls[t.second](a);
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
            a->wrong |= data[i] != octet((enum world_side)(1 - a->side), a->received++);
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
    struct app *a = &t.apps[WORLD_SERVER];

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
    struct app *client = &t.apps[WORLD_CLIENT];

    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    defaults.no_mptcp = t.scene == PLAIN;
    t.listener = mptcpl_new(&defaults);
    mptcpl_bind(t.listener, world_address(0, WORLD_SERVER), PEERS_PORT);
    mptcpl_accept(t.listener, on_accept);
    assert_int_equal(ERR_OK, mptcpl_listen(t.listener, 4));
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
        t.apps[i].side = (enum world_side)i;
        t.apps[i].limit = AMOUNT;
        t.apps[i].shut = true;
    }
    struct app *caller = &t.apps[t.side];
    struct app *other = &t.apps[1 - t.side];
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
        if (t.apps[i].pcb != NULL && !t.apps[i].gone) {
            call_close(&t.apps[i]);
        }
    }
    /* Parked ones do not answer. */
    assert_true(world_run_until(all_gone, NULL, 60 * SECOND));
    world_run_for(3 * SECOND);
}

static void give_up(void)
{
    for (unsigned i = 0; i < 2; i++) {
        assert_false(t.apps[i].wrong);
        if (t.apps[i].parked != NULL) {
            mptcpl_close(t.apps[i].parked);
        }
    }

    if (t.listener != NULL) {
        mptcpl_close(t.listener);
    }
    free(t.saved);
}

/* True if the callback was called at all. */
static bool run(void)
{
    struct app *other = &t.apps[1 - t.side];

    set_the_scene();
    make_ends();
    world_run_for(300 * MILLISECOND);
    if (t.scene == RESET && other->pcb != NULL && !other->gone) {
        call_abort(other);
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

static bool try(enum scene scene, unsigned where, enum world_side side, unsigned first,
                unsigned second)
{
    suite_begin(NULL);
    memset(&t, 0, sizeof t);
    t.scene = scene;
    t.where = where;
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
        print_message("scene %u, callback %u of side %u, calls %u and %u\n", t.scene, t.where,
                      t.side, t.first, t.second);
    }
    return suite_end(state);
}

/* What both ends see: each callback of the table is reached in one of the scenes at least. */
static void all_of(unsigned first, unsigned second, enum scene scenes, bool reached[WHERES])
{
    for (unsigned scene = 0; scene < scenes; scene++) {
        for (unsigned where = 0; where < WHERES; where++) {
            for (unsigned side = 0; side < 2; side++) {
                reached[where] |=
                    try((enum scene)scene, where, (enum world_side)side, first, second);
            }
        }
    }
}

static void
given_any_callback_in_any_state_when_any_call_is_made_in_it_then_it_does_what_it_says(void **state)
{
    bool reached[WHERES] = {false};

    (void)state;
    for (unsigned i = 0; i < CALLS; i++) {
        all_of(i, index_of(call_nothing), SCENES, reached);
    }
    for (unsigned where = 0; where < WHERES; where++) {
        bool event = where >= EVENT;
        unsigned number = where - EVENT;
        /* They need another network than this one: announced addresses, a fallback. */
        bool elsewhere =
            event && (number == MPTCP_EVENT_NONE || number == MPTCP_EVENT_FALLBACK ||
                      number == MPTCP_EVENT_ADDRESS || number == MPTCP_EVENT_ADDRESS_GONE);
        assert_true(reached[where] || elsewhere);
    }
}

/* The first ends it for the application; then calls do nothing. */
static void given_it_has_ended_in_a_callback_when_more_is_called_there_then_nothing_is(void **state)
{
    static void (*const ends[])(struct app *) = {call_close, call_abort, call_park, call_move};
    bool reached[WHERES] = {false};

    (void)state;
    for (unsigned i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        for (unsigned k = 0; k < CALLS; k++) {
            all_of(index_of(ends[i]), k, ONE_PATH + 1, reached);
        }
    }
}

#define in_callbacks(test) cmocka_unit_test_setup_teardown(test, suite_begin, end)

int test_callbacks(void)
{
    const struct CMUnitTest tests[] = {
        in_callbacks(
            given_any_callback_in_any_state_when_any_call_is_made_in_it_then_it_does_what_it_says),
        in_callbacks(given_it_has_ended_in_a_callback_when_more_is_called_there_then_nothing_is),
    };
    return cmocka_run_group_tests_name("callbacks", tests, NULL, NULL);
}
