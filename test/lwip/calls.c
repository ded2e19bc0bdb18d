/*
 * calls.c - the calls of calls.h.
 */
#include "calls.h"

#include <stdlib.h>
#include <string.h>

struct ends ends;

uint8_t app_octet(enum world_side side, uint64_t i)
{
    return (uint8_t)(i * 7 + i / 251 + (unsigned)side * 100);
}

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
    uint8_t o = app_octet(a->side, a->sent);
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
    free(ends.saved);
    ends.saved_size = mptcpl_saved_size(a->pcb);
    assert_true(ends.saved_size <= mptcpl_saved_max(a->pcb));
    ends.saved = malloc(ends.saved_size + 1);
    mptcpl_save(a->pcb, ends.saved);
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
    a->pcb = mptcpl_resume(ends.saved, ends.saved_size, SECOND);
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
    struct mptcp_conn_report info;
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
    assert_int_equal(ERR_OK, mptcpl_close(ends.listener));
    ends.listener = mptcpl_new(&defaults);
    if (ends.listener != NULL) {
        mptcpl_bind(ends.listener, world_address(0, WORLD_SERVER), PEERS_PORT);
        is_one_of(mptcpl_listen(ends.listener, 1), ERR_MEM, ERR_USE);
    }
}

static void call_close_the_other(struct app *a)
{
    struct app *other = &ends.apps[1 - a->side];
    if (other->pcb != NULL && !other->gone) {
        call_close(other);
    }
}

static void call_abort_the_other(struct app *a)
{
    struct app *other = &ends.apps[1 - a->side];
    if (other->pcb != NULL && !other->gone) {
        call_abort(other);
    }
}

static void call_park_the_other(struct app *a)
{
    struct app *other = &ends.apps[1 - a->side];
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

const struct named_call app_calls[] = {
    {"nothing", call_nothing},
    {"write", call_write},
    {"recved", call_recved},
    {"refuse", call_refuse},
    {"shutdown tx", call_shutdown_tx},
    {"shutdown rx", call_shutdown_rx},
    {"shutdown both", call_shutdown_both},
    {"close", call_close},
    {"abort", call_abort},
    {"park", call_park},
    {"save", call_save},
    {"move", call_move},
    {"add path", call_add_path},
    {"new path", call_new_path},
    {"remove path", call_remove_path},
    {"refresh path", call_refresh_path},
    {"join", call_join},
    {"backup", call_backup},
    {"opening", call_opening},
    {"output", call_output},
    {"getters", call_getters},
    {"no callbacks", call_no_callbacks},
    {"listen anew", call_listen_anew},
    {"close the other", call_close_the_other},
    {"abort the other", call_abort_the_other},
    {"park the other", call_park_the_other},
    {"connect another", call_connect_another},
};

const unsigned app_call_count = sizeof app_calls / sizeof app_calls[0];

unsigned app_call_named(const char *name)
{
    unsigned i = 0;
    while (strcmp(app_calls[i].name, name) != 0) {
        i++;
    }
    return i;
}
