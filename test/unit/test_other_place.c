/*
 * test_other_place.c - a connection that was parked goes on in the same way whatever the clock is
 * where it is resumed, and whatever had been tried, put off or counted before: only what was
 * written, acknowledged and received is kept.
 */
#include "diary_test.h"

#define SECOND 1000000ull
#define HOUR (3600 * SECOND)
#define LIMIT 50000000u

/* What happens before it is parked: the same with trouble as without, but for the trouble. */
typedef void (*past)(struct diary *d, bool trouble);

static _Alignas(uint64_t) uint8_t blocks[2 * CORE_BLOCK];
static _Alignas(uint64_t) uint8_t moved[CORE_BLOCK];

static void begins(struct diary *d)
{
    struct mptcp_config cfg = core_config(MPTCP_CFG_DSN32);

    memset(d, 0, offsetof(struct diary, at));
    d->closed = true;
    cfg.no_path_limit = 60 * SECOND;
    establish_as(&d->t.p, &cfg, blocks, CORE_BLOCK);
    joins_several(&d->t);
    d->t.p.now = 3 * HOUR;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(d->t.p.client.c, d->t.p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(d->t.p.server.c, d->t.p.now));
}

/* The client leaves, and is resumed at this time; all that the server had is lost. The diary begins
 * here. */
static void moves(struct diary *d, mptcp_time to)
{
    struct pair *p = &d->t.p;

    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        assert_int_equal(MPTCP_OK,
                         mptcp_on_gone(p->server.c, d->t.theirs[k], MPTCP_E_PEER_RESET, p->now));
    }
    drain(p, &p->server);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p->client.c, p->now));
    memcpy(moved, p->client.c, sizeof moved);
    memset(p->client.c, 0xa5, sizeof moved);
    p->client.c = mptcp_conn_resume(moved, sizeof moved, p->now, to, LIMIT);
    assert_non_null(p->client.c);
    assert_int_equal(MPTCP_OK, mptcp_conn_rebase(p->server.c, p->now, to));
    p->now = d->origin = to;
    d->used = d->steps = 0;
    d->text[0] = 0;
    d->hinder = 0;
    d->mute = d->closed = false;
    diary_step(d);
}

/* A subflow is opened from a new address, takes octets, and hears nothing but TCP. */
static void goes_on(struct diary *d)
{
    struct pair *p = &d->t.p;
    struct mptcp_addr here = address(9, 1, 7000);
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf theirs;
    uint8_t id;

    diary_passes(d, SECOND);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p->client.c, &here, MPTCP_ADDR_JOIN, &id, p->now));
    diary_step(d);
    struct wire syn = send_from(p, &p->client, d->opened, SYN, 0, 0, 0);
    syn.seg.options = syn.options;
    assert_int_equal(MPTCP_OK,
                     mptcp_accept_join(p->server.c, &syn.seg, &local, &here, &theirs, p->now));
    struct wire synack = send_from(p, &p->server, theirs, SYN | ACK, 0, 0, 1);
    join_completes(p, &p->client, d->opened, &p->server, theirs, &synack);
    diary_step(d);
    diary_passes(d, 100000);
    tcp_tells(p, &p->client, d->opened, 60000, 1000, 10000);
    diary_step(d);
    struct mptcp_subflow_report info = subflow_of(&p->client, d->opened);
    struct wire w = with_option(NULL, ACK, info.rcv_nxt.v, 0, info.snd_nxt.v);
    come(p, &p->client, d->opened, &w);
    diary_step(d);
    diary_passes(d, 90 * SECOND);
}

static void tells(struct diary *d, past tell, bool trouble, mptcp_time to)
{
    begins(d);
    tell(d, trouble);
    moves(d, to != 0 ? to : d->t.p.now);
    goes_on(d);
}

static void goes_on_as_ever(const char *name, past tell)
{
    static const mptcp_time clocks[] = {8, 8 * HOUR, 1ull << 50};
    static struct diary first;
    static struct diary again;

    tells(&first, tell, false, 0);
    tells(&again, tell, true, 0);
    diary_same(name, &first, &again);
    for (unsigned i = 0; i < 3; i++) {
        tells(&again, tell, i % 2 != 0, clocks[i]);
        diary_same(name, &first, &again);
    }
}

/* ------------------------------------------------------------------------- pasts */

/* The host was told of octets to let go, and could not. */
static void freeing_is_put_off(struct diary *d, bool trouble)
{
    struct pair *p = &d->t.p;
    struct mptcp_action a;

    gives(&d->t, 0, 100);
    data_acks(&d->t, 0, 60000);
    assert_true(find_action(p, &p->client, MPTCP_FREE, &a));
    if (trouble) {
        assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_LATER, p->now));
        assert_false(wants(&p->client, MPTCP_FREE));
    }
}

/* Octets that TCP took were not DATA_ACKed, again and again; others are behind them. */
static void data_acks_stay_away(struct diary *d, bool trouble)
{
    gives(&d->t, 0, 100);
    tcp_acks(&d->t, 0, 60000);
    gives(&d->t, 1, 100);
    room_on(&d->t, CORE_SUBFLOWS, 0);
    d->hinder = MPTCP_WANT(MPTCP_SEND);
    diary_passes(d, trouble ? 60 * SECOND : 8);
}

/* The DATA_FIN was said, again and again. */
static void the_data_fin_is_not_heard(struct diary *d, bool trouble)
{
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(d->t.p.client.c, d->t.p.now));
    diary_step(d);
    diary_passes(d, trouble ? 60 * SECOND : 8);
}

/* A window that is shut was probed, again and again. */
static void the_window_is_shut(struct diary *d, bool trouble)
{
    gives(&d->t, 1, 9900);
    data_acks(&d->t, 1, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_written(d->t.p.client.c, 1000, d->t.p.now));
    diary_passes(d, trouble ? 30 * SECOND : 8);
}

/* TCP had no room, again and again. */
static void there_is_no_room(struct diary *d, bool trouble)
{
    room_on(&d->t, CORE_SUBFLOWS, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_written(d->t.p.client.c, 1000, d->t.p.now));
    d->hinder = MPTCP_WANT(MPTCP_SEND);
    diary_passes(d, trouble ? 3 * SECOND : 8);
}

/* Two signals have just left: a third one would have to wait. */
static void signals_are_in_a_row(struct diary *d, bool trouble)
{
    for (unsigned n = 0; n < 2 && trouble; n++) {
        assert_int_equal(MPTCP_OK,
                         mptcp_set_backup(d->t.p.client.c, d->t.ours[0], n == 0, d->t.p.now));
        diary_step(d);
    }
}

/* Nothing at all. */
static void it_is_quiet(struct diary *d, bool trouble)
{
    (void)trouble;
    drain(&d->t.p, &d->t.p.client);
}

/* checks: D-22 D-16 */
static void given_any_past_and_any_clock_when_it_is_resumed_then_it_goes_on_as_ever(void **state)
{
    (void)state;
#define GOES_ON_AS_EVER(tell) goes_on_as_ever(#tell, tell)
    GOES_ON_AS_EVER(it_is_quiet);
    GOES_ON_AS_EVER(freeing_is_put_off);
    GOES_ON_AS_EVER(data_acks_stay_away);
    GOES_ON_AS_EVER(the_data_fin_is_not_heard);
    GOES_ON_AS_EVER(the_window_is_shut);
    GOES_ON_AS_EVER(there_is_no_room);
    GOES_ON_AS_EVER(signals_are_in_a_row);
}

/* checks: D-22 Y-3 H-2 */
static void given_joins_that_failed_when_it_is_resumed_then_the_next_is_tried_at_once(void **state)
{
    (void)state;
    static struct diary d;
    struct pair *p = &d.t.p;
    struct mptcp_addr here = address(9, 1, 7000);
    mptcp_sf last = MPTCP_SF_NONE;
    uint8_t id;

    begins(&d);
    for (unsigned k = 1; k < CORE_SUBFLOWS; k++) {
        assert_int_equal(MPTCP_OK,
                         mptcp_on_gone(p->client.c, d.t.ours[k], MPTCP_E_TIMED_OUT, p->now));
    }
    /* As many failures as the policy takes; and each is a new place to try from. */
    for (unsigned n = 0; n < 40; n++) {
        diary_passes(&d, 130 * SECOND);
        if (d.opened != last) {
            last = d.opened;
            mptcp_on_gone(p->client.c, d.opened, MPTCP_E_TIMED_OUT, p->now);
        }
    }
    moves(&d, 8 * HOUR);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p->client.c, &here, MPTCP_ADDR_JOIN, &id, p->now));
    assert_true(wants(&p->client, MPTCP_CONNECT));
    for (unsigned n = 0; n < 2; n++) { /* lost again: a second, and two */
        struct mptcp_action a;
        assert_true(find_action(p, &p->client, MPTCP_CONNECT, &a));
        assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
        assert_int_equal(MPTCP_OK, mptcp_on_gone(p->client.c, a.sf, MPTCP_E_TIMED_OUT, p->now));
        drain(p, &p->client);
        assert_false(wants(&p->client, MPTCP_CONNECT));
        assert_true(mptcp_deadline(p->client.c) == p->now + (n + 1) * SECOND);
        next_timeout(p, &p->client);
    }
}

/* checks: D-11 */
static void given_short_dsns_when_it_is_resumed_then_the_rate_is_measured_from_before(void **state)
{
    (void)state;
    for (unsigned quick = 0; quick < 2; quick++) {
        static struct diary d;
        struct pair *p = &d.t.p;
        struct mptcp_action a;

        begins(&d);
        data_acks(&d.t, 0, 0x3fffffff);
        for (unsigned n = 0; n < 2; n++) { /* a stretch begins behind the last one */
            p->now += 60 * SECOND;
            tcp_tells(p, &p->client, p->client.sf, 0x10000000, 1000, 10000);
            assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 0x10000000, p->now));
            assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
            assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
            data_acks(&d.t, 0, 0x3fffffff);
        }
        drain(p, &p->client);
        p->now += quick ? 14 * SECOND : 16 * SECOND;
        moves(&d, 9 * HOUR);
        struct mptcp_addr here = address(9, 1, 7000);
        mptcp_sf theirs;
        uint8_t id;
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(p->client.c, &here, MPTCP_ADDR_JOIN, &id, p->now));
        joins(p, &p->client, &p->server, &d.opened, &theirs);
        p->now += quick ? 14 * SECOND : 16 * SECOND;
        struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
        o.u.dss.data_ack = (uint32_t)info_of(&p->client).snd_nxt.v;
        struct wire wide_open = with_option(&o, ACK, 1, 0, 1);
        wide_open.seg.window = 0x3fffffff;
        come(p, &p->client, d.opened, &wide_open);
        tcp_tells(p, &p->client, d.opened, 0x20000000, 1000, 10000);
        assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 0x20000000, p->now));
        assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
        assert_int_equal(0x20000000, a.len);
        assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
        struct wire w = send_from(p, &p->client, d.opened, ACK, a.ssn.v, 100, 1);
        assert_int_equal(quick, (options_of(&w).dss.flags & MPTCP_DSS_DSN64) != 0);
    }
}

/* Parked and resumed at once, under the same clock. */
static void is_moved(struct pair *p)
{
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p->client.c, p->now));
    memcpy(moved, p->client.c, sizeof moved);
    /* What the caller says of the old clock is not needed: no timer runs. */
    p->client.c = mptcp_conn_resume(moved, sizeof moved, p->now + 5 * SECOND, p->now, LIMIT);
    assert_non_null(p->client.c);
    assert_true(mptcp_deadline(p->client.c) == p->now + LIMIT);
}

/* checks: D-22 A-8 */
static void
given_an_address_where_nobody_was_when_it_is_resumed_then_it_is_tried_first_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr here = address(9, 1, 7000);
    uint8_t id;

    establish(&p, 0, 0);
    hears_of(&p, 5, address(5, 2, 80));
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, a.sf, MPTCP_E_SUBFLOW_FAILED, p.now));
    drain(&p, &p.client);
    is_moved(&p);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &here, MPTCP_ADDR_JOIN, &id, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(5, a.remote_id);
}

/* checks: D-16 D-22 */
static void
given_data_acked_octets_that_a_tcp_held_when_it_is_parked_then_they_are_let_go(void **state)
{
    (void)state;
    static struct diary d;

    begins(&d);
    gives(&d.t, 0, 100);
    data_acks(&d.t, 1, 60000); /* by way of another; the first one's TCP has heard nothing */
    drain(&d.t.p, &d.t.p.client);
    is_moved(&d.t.p);
    assert_true(wants(&d.t.p.client, MPTCP_FREE));
}

/* checks: A-6 D-22 */
static void
given_announcements_that_waited_for_data_when_it_is_resumed_then_none_leaves_twice(void **state)
{
    (void)state;
    static struct diary d;
    struct pair *p = &d.t.p;
    struct mptcp_addr here = address(9, 1, 7000);
    mptcp_sf theirs;
    uint8_t id;
    unsigned announced = 0;

    begins(&d); /* no data of the server's has come yet */
    moves(&d, 4 * HOUR);
    assert_int_equal(
        MPTCP_OK,
        mptcp_add_address(p->client.c, &here, MPTCP_ADDR_JOIN | MPTCP_ADDR_ANNOUNCE, &id, p->now));
    joins(p, &p->client, &p->server, &d.opened, &theirs);
    for (unsigned n = 0; n < 20; n++) {
        if (n == 10) { /* the server's first data on this subflow */
            struct mptcp_option o = map_option(info_of(&p->client).rcv_nxt.v, 1, 100);
            struct wire w = with_option(&o, ACK, 1, 100, 1);
            come(p, &p->client, d.opened, &w);
            assert_false(p->client.verdict.drop);
        }
        p->now += 40000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p->client.c, p->now));
        struct wire w = says(p, &p->client, d.opened);
        announced += has_option(&w, MPTCP_ADD_ADDR);
        assert_int_equal(n < 10 ? announced : 1, announced);
    }
    assert_int_equal(1, announced);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_any_past_and_any_clock_when_it_is_resumed_then_it_goes_on_as_ever),
        cmocka_unit_test(given_joins_that_failed_when_it_is_resumed_then_the_next_is_tried_at_once),
        cmocka_unit_test(given_short_dsns_when_it_is_resumed_then_the_rate_is_measured_from_before),
        cmocka_unit_test(
            given_an_address_where_nobody_was_when_it_is_resumed_then_it_is_tried_first_again),
        cmocka_unit_test(
            given_data_acked_octets_that_a_tcp_held_when_it_is_parked_then_they_are_let_go),
        cmocka_unit_test(
            given_announcements_that_waited_for_data_when_it_is_resumed_then_none_leaves_twice),
    };
    return cmocka_run_group_tests_name("other_place", tests, NULL, NULL);
}
