/*
 * test_other_clock.c - a connection does the same at the same moments, whatever the clock says:
 * when the clock is exchanged after every step (mptcp_conn_rebase), and when the epoch of its ticks
 * (tables/clock.h) moves up at any one of them. Every moment that a connection remembers decides
 * something in one of these stories, on the first subflow and on the others.
 */
#include "diary_test.h"

#define SECOND 1000000ull
#define HOUR (3600 * SECOND)
#define EPOCH_MOVES (0x80000000ull << 3) /* us after the epoch */

typedef void (*story)(struct diary *d);

static _Alignas(uint64_t) uint8_t blocks[2 * CORE_BLOCK];

/* Several subflows, long after anything happened; the story begins at this moment. */
static void begins(struct diary *d, uint32_t flags, mptcp_time at, bool exchange)
{
    struct mptcp_config cfg = core_config(flags);

    memset(d, 0, offsetof(struct diary, at));
    d->used = 0;
    d->text[0] = 0;
    cfg.no_path_limit = 60 * SECOND;
    establish_as(&d->t.p, &cfg, blocks, CORE_BLOCK);
    joins_several(&d->t);
    assert_true(mptcp_deadline(d->t.p.client.c) == MPTCP_NEVER);
    d->t.p.now = at;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(d->t.p.client.c, d->t.p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(d->t.p.server.c, d->t.p.now));
    d->origin = at;
    d->exchange = exchange;
    diary_step(d);
}

/* The story is the same under all clocks. */
static void under_all_clocks(const char *name, story tell, uint32_t flags)
{
    static struct diary first;
    static struct diary again;

    begins(&first, flags, 3 * HOUR, false);
    tell(&first);
    begins(&again, flags, 3 * HOUR, true);
    tell(&again);
    diary_same(name, &first, &again);
    for (unsigned i = 1; i < first.steps; i++) {
        if (first.at[i] != first.at[i - 1]) {
            begins(&again, flags, EPOCH_MOVES - first.at[i], false);
            tell(&again);
            diary_same(name, &first, &again);
        }
    }
}

/* All that the client has sent is acknowledged on both levels, on every subflow. */
static void all_acked(struct diary *d)
{
    for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
        data_acks(&d->t, i, 60000);
    }
    diary_step(d);
}

static void octets_are_written(struct diary *d, uint32_t n)
{
    assert_int_equal(MPTCP_OK, mptcp_on_written(d->t.p.client.c, n, d->t.p.now));
    diary_step(d);
}

/* ------------------------------------------------------------------------ stories */

/* Each subflow falls silent: progress, silent_at. */
static void each_falls_silent(struct diary *d)
{
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        for (unsigned n = 0; n < 3; n++) {
            gives(&d->t, k, 100);
            diary_step(d);
            diary_passes(d, 5 * SECOND);
            all_acked(d);
            diary_passes(d, n < 2 ? SECOND : 0);
        }
        /* It was silent three times within a minute each: data go elsewhere, for a minute. */
        for (unsigned n = 0; n < 3; n++) {
            for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
                tcp_tells(&d->t.p, &d->t.p.client, d->t.ours[i], 100, 100, i == k ? 5000 : 10000);
            }
            octets_are_written(d, 100);
            all_acked(d);
            diary_passes(d, 28 * SECOND);
        }
    }
}

/* ... and is given up in the end: progress. */
static void each_is_given_up(struct diary *d)
{
    for (unsigned k = CORE_SUBFLOWS; k-- > 0;) {
        gives(&d->t, k, 100);
        diary_step(d);
        diary_passes(d, 40 * SECOND);
    }
    diary_passes(d, 400 * SECOND);
}

/* The server's octets leave on each, and it is not told any RTT: rtt_at. */
static void each_is_measured(struct diary *d)
{
    struct pair *p = &d->t.p;

    for (unsigned n = 0; n < 2 * CORE_SUBFLOWS; n++) {
        unsigned k = n % CORE_SUBFLOWS;
        for (unsigned i = 0; i < CORE_SUBFLOWS; i++) {
            tcp_tells(p, &p->server, d->t.theirs[i], i == k ? 100 : 0, 100, 0);
        }
        struct mptcp_subflow_report before = subflow_of(&p->server, d->t.theirs[k]);
        assert_int_equal(MPTCP_OK, mptcp_on_written(p->server.c, 100, p->now));
        diary_step(d);
        send_from(p, &p->server, d->t.theirs[k], ACK, before.snd_nxt.v, 100, before.rcv_nxt.v);
        diary_passes(d, 8 * (2000 + 500 * n));
        struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
        o.u.dss.data_ack = (uint32_t)info_of(&p->server).snd_nxt.v;
        struct wire w = with_option(&o, ACK, before.rcv_nxt.v, 0, before.snd_nxt.v + 100);
        come(p, &p->server, d->t.theirs[k], &w);
        assert_false(p->server.verdict.drop);
        diary_step(d);
        assert_true(subflow_of(&p->server, d->t.theirs[k]).srtt_us > 1);
    }
}

static void signal_is_due(struct diary *d, bool backup)
{
    assert_int_equal(MPTCP_OK, mptcp_set_backup(d->t.p.client.c, d->t.ours[0], backup, d->t.p.now));
    diary_step(d);
}

/* Two signals in a row, the third within an RTT of the second or later: burst_end, DUE_SIGNAL. */
static void signals_wait_for_each_other(struct diary *d)
{
    static const mptcp_time after[] = {0, 9992, 10000, 10008, 20000};

    for (unsigned n = 0; n < 5; n++) {
        signal_is_due(d, true);
        diary_passes(d, after[n]);
        signal_is_due(d, false);
        signal_is_due(d, true);
        diary_passes(d, 20008);
        signal_is_due(d, false);
        diary_passes(d, SECOND);
    }
}

/* The window opens, each subflow is to say so, and what is promised does not leave: hold. */
static void each_promises_an_ack(struct diary *d)
{
    struct pair *p = &d->t.p;

    for (uint32_t n = 0; n < 5; n++) {
        struct mptcp_option o = map_option(info_of(&p->client).rcv_nxt.v, 1 + 1000 * n, 1000);
        octets_come(p, &p->client, &o, 1 + 1000 * n, 1000);
        says(p, &p->client, p->client.sf);
        diary_step(d);
    }
    d->mute = true;
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p->client.c, 5000, p->now));
    diary_step(d);
    diary_passes(d, 35000);
    d->mute = false;
    diary_passes(d, 20000);
}

/* The peer removes the address that all lead to, and none answers: timer. */
static void each_is_probed(struct diary *d)
{
    uint8_t id = 0;

    removal_comes(&d->t.p, &d->t.p.client, &id, 1);
    diary_step(d);
    diary_passes(d, 30 * SECOND);
}

/* One after the other is lost, and nobody answers at the next: DUE_RETRY, DUE_CONNECT, DUE_NO_PATH.
 */
static void each_is_lost(struct diary *d)
{
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        assert_int_equal(
            MPTCP_OK, mptcp_on_gone(d->t.p.client.c, d->t.ours[k], MPTCP_E_TIMED_OUT, d->t.p.now));
        diary_step(d);
        d->hinder = MPTCP_WANT(MPTCP_CONNECT);
        diary_passes(d, 1050000);
        d->hinder = 0;
        diary_passes(d, 20 * SECOND);
        assert_int_equal(MPTCP_OK, mptcp_on_gone(d->t.p.client.c, d->opened, MPTCP_E_SUBFLOW_FAILED,
                                                 d->t.p.now));
        diary_step(d);
    }
    diary_passes(d, 200 * SECOND);
}

/* A join in each slot but the first whose handshake does not end, at either end: timer. */
static void each_is_half_open(struct diary *d)
{
    struct pair *p = &d->t.p;
    struct mptcp_addr local = address(0, 2, 80);

    for (unsigned k = 1; k < CORE_SUBFLOWS; k++) {
        struct mptcp_addr remote = address(k, 1, 7777);
        assert_int_equal(MPTCP_OK,
                         mptcp_on_gone(p->client.c, d->t.ours[k], MPTCP_E_TIMED_OUT, p->now));
        assert_int_equal(MPTCP_OK,
                         mptcp_on_gone(p->server.c, d->t.theirs[k], MPTCP_E_TIMED_OUT, p->now));
        diary_passes(d, 2 * SECOND);
        struct wire syn = send_from(p, &p->client, d->opened, SYN, 0, 0, 0);
        syn.seg.options = syn.options;
        assert_int_equal(MPTCP_OK, mptcp_accept_join(p->server.c, &syn.seg, &local, &remote,
                                                     &d->t.theirs[k], p->now));
        struct wire synack = send_from(p, &p->server, d->t.theirs[k], SYN | ACK, 0, 0, 1);
        come(p, &p->client, d->opened, &synack);
        diary_step(d);
    }
    diary_passes(d, 200 * SECOND);
}

/* 2^29 octets in more than half a minute, and in less: wide_since. */
static void much_is_sent(struct diary *d)
{
    struct pair *p = &d->t.p;

    for (unsigned n = 0; n < 12; n++) {
        diary_passes(d, n > 9 ? 14900000 : 15104000);
        tcp_tells(p, &p->client, p->client.sf, 0x10000000, 1000, 10000);
        octets_are_written(d, 0x10000000);
        struct mptcp_subflow_report info = subflow_of(&p->client, p->client.sf);
        struct wire w = send_from(p, &p->client, p->client.sf, ACK, info.snd_nxt.v - 100, 100, 1);
        diary_note(d, "  wide %u\n", (options_of(&w).dss.flags & MPTCP_DSS_DSN64) != 0);
        assert_int_equal(n == 11, (options_of(&w).dss.flags & MPTCP_DSS_DSN64) != 0);
        data_acks(&d->t, 0, 0x3fffffff);
        diary_step(d);
    }
}

/* Nobody answers the abort: DUE_ANSWER. */
static void it_is_aborted(struct diary *d)
{
    assert_int_equal(MPTCP_OK, mptcp_on_abort(d->t.p.client.c, d->t.p.now));
    diary_step(d);
    diary_passes(d, 60 * SECOND);
}

/* Nobody answers the DATA_FIN: DUE_FIN. */
static void it_is_closed_alone(struct diary *d)
{
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(d->t.p.client.c, d->t.p.now));
    diary_step(d);
    diary_passes(d, 800 * SECOND);
}

/* Both directions are closed, and the subflows do not close: DUE_CLOSE. */
static void it_is_closed(struct diary *d)
{
    struct pair *p = &d->t.p;
    struct mptcp_option o = map_option(info_of(&p->client).rcv_nxt.v, 0, 1);

    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->client.c, p->now));
    diary_step(d);
    o.u.dss.flags |= MPTCP_DSS_FIN | MPTCP_DSS_ACK;
    o.u.dss.data_ack = (uint32_t)(info_of(&p->client).snd_nxt.v + 1);
    option_comes(p, &p->client, p->client.sf, &o);
    diary_step(d);
    diary_passes(d, 60 * SECOND);
}

/* The window is shut, the peer's TCP says so now and then: DUE_PROBE. */
static void the_window_is_shut(struct diary *d)
{
    gives(&d->t, 1, 9000);
    data_acks(&d->t, 1, 0);
    octets_are_written(d, 1000);
    for (unsigned n = 0; n < 3; n++) {
        diary_passes(d, 10 * SECOND);
        tcp_acks(&d->t, 1, 0);
        diary_step(d);
    }
    all_acked(d);
    diary_passes(d, SECOND);
}

/* TCP has no room, and then no memory: DUE_ROOM, DUE_LATER. */
static void there_is_no_room(struct diary *d)
{
    room_on(&d->t, CORE_SUBFLOWS, 0);
    octets_are_written(d, 5000);
    d->hinder = MPTCP_WANT(MPTCP_SEND);
    diary_passes(d, 300000);
    d->hinder = 0;
    diary_passes(d, SECOND);
}

/* TCP takes octets that are never DATA_ACKed: DUE_DATA_ACK. */
static void nothing_is_data_acked(struct diary *d)
{
    for (unsigned k = 0; k < CORE_SUBFLOWS; k++) {
        gives(&d->t, k, 100);
        tcp_acks(&d->t, k, 60000);
        diary_step(d);
        diary_passes(d, 10 * SECOND);
        all_acked(d);
    }
}

/* Nobody echoes what the server announces: DUE_ADD_ADDR. */
static void nothing_is_echoed(struct diary *d)
{
    struct mptcp_addr addr = address(7, 2, 8080);
    uint8_t id;

    assert_int_equal(
        MPTCP_OK, mptcp_add_address(d->t.p.server.c, &addr, MPTCP_ADDR_ANNOUNCE, &id, d->t.p.now));
    diary_step(d);
    diary_passes(d, 200 * SECOND);
}

/* checks: none */
static void
given_any_story_when_its_clock_is_exchanged_then_it_goes_on_as_it_would_have(void **state)
{
    (void)state;
#define UNDER_ALL_CLOCKS(tell, flags) under_all_clocks(#tell, tell, flags)
    UNDER_ALL_CLOCKS(each_falls_silent, 0);
    UNDER_ALL_CLOCKS(each_is_given_up, 0);
    UNDER_ALL_CLOCKS(each_is_measured, 0);
    UNDER_ALL_CLOCKS(signals_wait_for_each_other, 0);
    UNDER_ALL_CLOCKS(each_promises_an_ack, 0);
    UNDER_ALL_CLOCKS(each_is_probed, 0);
    UNDER_ALL_CLOCKS(each_is_lost, 0);
    UNDER_ALL_CLOCKS(each_is_half_open, 0);
    UNDER_ALL_CLOCKS(much_is_sent, MPTCP_CFG_DSN32);
    UNDER_ALL_CLOCKS(it_is_aborted, 0);
    UNDER_ALL_CLOCKS(it_is_closed_alone, 0);
    UNDER_ALL_CLOCKS(it_is_closed, 0);
    UNDER_ALL_CLOCKS(the_window_is_shut, 0);
    UNDER_ALL_CLOCKS(there_is_no_room, 0);
    UNDER_ALL_CLOCKS(nothing_is_data_acked, 0);
    UNDER_ALL_CLOCKS(nothing_is_echoed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_any_story_when_its_clock_is_exchanged_then_it_goes_on_as_it_would_have),
    };
    return cmocka_run_group_tests_name("other_clock", tests, NULL, NULL);
}
