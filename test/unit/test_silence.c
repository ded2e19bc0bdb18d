/*
 * test_silence.c - a subflow on which nothing is acknowledged: when that is silence, how it is
 * probed, when it is over.
 */
#include "core_test.h"

#define SECOND 1000000u

/* An established pair with settings of the test's own. */
static void with_settings(struct pair *p, uint8_t *mem, size_t size, uint32_t min, uint32_t wait,
                          uint32_t limit)
{
    struct mptcp_config cfg = core_config(0);

    cfg.silence_min = min;
    cfg.answer_wait = wait;
    cfg.silence_limit = limit;
    establish_as(p, &cfg, mem, size);
}

/* 200 octets of the client's leave and are not answered; what its TCP knows of the RTT. */
static void sends_into_nothing(struct pair *p, uint32_t srtt, uint32_t rttvar)
{
    struct mptcp_action a;
    struct mptcp_path path;
    uint32_t ssn = subflow_of(&p->client, p->client.sf).snd_nxt.v;

    mptcp_path_init(&path);
    path.room = 1000;
    path.segment_size = 100;
    path.srtt_us = srtt;
    path.rttvar_us = rttvar;
    assert_int_equal(MPTCP_OK, mptcp_on_path(p->client.c, p->client.sf, &path, p->now));
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 200, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 200, MPTCP_DONE, p->now));
    send_from(p, &p->client, p->client.sf, ACK, ssn, 100, 1);
    send_from(p, &p->client, p->client.sf, ACK, ssn + 100, 100, 1);
}

/* Time passes on the client's side, all that falls due is done, up to `until` us from now. Returns
 * the probes that left. */
static unsigned passes(struct pair *p, uint32_t until)
{
    struct mptcp_action a;
    mptcp_time end = p->now + until;
    unsigned probes = 0;

    while (mptcp_deadline(p->client.c) <= end) {
        next_timeout(p, &p->client);
        for (unsigned i = 0; mptcp_poll(p->client.c, &a); i++) {
            assert_true(i < 50);
            probes += a.type == MPTCP_PROBE;
            if (a.type == MPTCP_RESET_SUBFLOW || a.type == MPTCP_EVENT) {
                p->now = end;
                return probes;
            }
            /* Neither room nor a way out. */
            bool can = a.type != MPTCP_SEND;
            mptcp_done(p->client.c, &a, 0, can ? MPTCP_DONE : MPTCP_LATER, p->now);
        }
    }
    p->now = end;
    return probes;
}

static bool is_silent(const struct pair *p)
{
    return mptcp_subflow_silent(p->client.c, p->client.sf);
}

/* checks: D-29 */
static void given_an_rtt_then_silence_is_twice_it_and_the_largest_margin(void **state)
{
    (void)state;
    static const struct {
        uint32_t srtt;
        uint32_t rttvar;
        uint32_t wait;
    } cases[] = {
        {20000, 0, 340000},         /* silence_min */
        {20000, 10000, 340000},     /* ... is more than four deviations */
        {100000, 200000, 1000000},  /* four deviations */
        {900000, 0, 2250000},       /* half the RTT */
        {1200000, 100000, 3000000}, /* ... which no other setting cuts short */
        {3000000, 0, 7500000},      {1, 0, 300002},
    };

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair p;
        establish(&p, 0, 0);
        sends_into_nothing(&p, cases[i].srtt, cases[i].rttvar);
        passes(&p, cases[i].wait - 16);
        assert_false(is_silent(&p));
        passes(&p, 32);
        assert_true(is_silent(&p));
    }
}

/* checks: D-29 */
static void given_the_longest_rtt_then_nothing_overflows(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    sends_into_nothing(&p, UINT32_MAX, UINT32_MAX);
    passes(&p, 60 * SECOND);
    assert_false(is_silent(&p));
    assert_int_equal(0x3fffffff, subflow_of(&p.client, p.client.sf).srtt_us);
}

/* checks: D-29 */
static void given_settings_then_silence_follows_them(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t mem[2 * CORE_BLOCK];
    struct pair p;

    with_settings(&p, mem, CORE_BLOCK, 50000, 50000, 50000);
    sends_into_nothing(&p, 1000, 0);
    passes(&p, 52000 - 16);
    assert_false(is_silent(&p));
    assert_int_equal(0, info_of(&p.client).error);
}

/* checks: D-27 */
static void given_a_silent_subflow_then_it_is_probed_later_and_later(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    sends_into_nothing(&p, 20000, 0);
    passes(&p, 340000);
    assert_true(is_silent(&p));
    /* After 0.34, 0.68, 1.36, ... from then: nine times in a minute and a half. */
    assert_int_equal(1, passes(&p, 500000));
    assert_int_equal(1, passes(&p, 500000));
    assert_int_equal(7, passes(&p, 89 * SECOND));
}

/* checks: D-27 */
static void given_a_late_timeout_then_one_probe_is_due_and_the_deadline_lies_ahead(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    sends_into_nothing(&p, 20000, 0);
    passes(&p, 340000);
    p.now += 100 * SECOND;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    assert_true(wants(&p.client, MPTCP_PROBE));
    assert_true(mptcp_deadline(p.client.c) > p.now);
}

/* checks: D-29 */
static void given_an_acknowledgement_then_silence_is_over_and_counts_anew(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    for (unsigned i = 0; i < 5; i++) {
        sends_into_nothing(&p, 20000, 0);
        passes(&p, 299 * SECOND);
        assert_true(is_silent(&p));
        struct mptcp_subflow_report info = subflow_of(&p.client, p.client.sf);
        struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
        o.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_nxt.v;
        struct wire w = with_option(&o, ACK, 1, 0, info.snd_nxt.v);
        come(&p, &p.client, p.client.sf, &w);
        assert_false(is_silent(&p));
        assert_int_equal(0, passes(&p, 400 * SECOND));
        assert_int_equal(0, info_of(&p.client).error);
        drain(&p, &p.client);
    }
}

/* checks: D-29 D-4 */
static void
given_five_minutes_of_silence_then_the_subflow_is_reset_and_the_connection_ends(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    sends_into_nothing(&p, 20000, 0);
    passes(&p, 300 * SECOND - 16);
    assert_int_equal(0, info_of(&p.client).error);
    passes(&p, 32);
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_E_TIMED_OUT, a.code);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_true(told(&p, &p.client, MPTCP_EV_END));
    assert_int_equal(MPTCP_E_TIMED_OUT, info_of(&p.client).error);
}

/* checks: D-29 D-4 */
static void
given_probes_without_answer_and_nothing_in_flight_then_the_limit_ends_the_connection(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    server_acks(&p, 201);
    client_sends(&p, 201, 100);
    /* TCP has it all; the DATA_ACK is lost, and nothing comes any more. */
    struct wire w = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 301);
    w.seg.options_len = 0;
    come(&p, &p.client, p.client.sf, &w);
    assert_int_equal(301, subflow_of(&p.client, p.client.sf).snd_una.v);
    assert_true(passes(&p, 290 * SECOND) > 0);
    assert_int_equal(1, info_of(&p.client).subflows);
    passes(&p, 30 * SECOND);
    struct mptcp_action a;
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_E_TIMED_OUT, a.code);
}

/* checks: D-29 */
static void given_the_limit_of_one_of_two_subflows_then_the_other_goes_on(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    sends_into_nothing(&p, 20000, 0);
    while (!find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a)) {
        room(&p, &p.client, ours, 1000);
        if (find_action(&p, &p.client, MPTCP_SEND, &a)) {
            assert_int_equal(ours, a.sf);
            assert_int_equal(1, a.reinjected);
            assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now));
        }
        /* What went elsewhere is acknowledged there. */
        struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
        o.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_una.v;
        struct wire w = with_option(&o, ACK, 1, 0, subflow_of(&p.client, ours).snd_nxt.v);
        come(&p, &p.client, ours, &w);
        next_timeout(&p, &p.client);
    }
    assert_int_equal(p.client.sf, a.sf);
    assert_int_equal(MPTCP_E_TIMED_OUT, a.code);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_int_equal(0, info_of(&p.client).error);
    assert_int_equal(1, info_of(&p.client).subflows);
}

/* checks: D-29 */
static void given_no_limit_then_only_tcp_ends_a_silent_subflow(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t mem[2 * CORE_BLOCK];
    struct pair p;

    with_settings(&p, mem, CORE_BLOCK, 300000, 1000000, 0);
    sends_into_nothing(&p, 20000, 0);
    for (unsigned i = 0; i < 48; i++) {
        passes(&p, 3600 * SECOND);
    }
    assert_true(is_silent(&p));
    assert_int_equal(0, info_of(&p.client).error);
}

/* checks: none */
static void given_plain_tcp_then_the_limit_holds_and_nothing_is_silent_before(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    open_pair(&p, MPTCP_CFG_NO_MPTCP, 0);
    drain(&p, &p.client);
    room(&p, &p.client, p.client.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 200, p.now));
    drain(&p, &p.client);
    assert_int_equal(0, passes(&p, 300 * SECOND - 16));
    assert_false(is_silent(&p));
    passes(&p, 32);
    assert_true(find_action(&p, &p.client, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_E_TIMED_OUT, a.code);
}

/* checks: none */
static void given_limits_that_could_never_work_then_they_are_refused(void **state)
{
    (void)state;
    struct mptcp_config cfg;

    mptcp_config_init(&cfg);
    cfg.silence_limit = cfg.answer_wait - 1;
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_size(&cfg));
    cfg.silence_limit++;
    assert_true(mptcp_conn_size(&cfg) > 0);
    cfg.silence_limit = 0;
    assert_true(mptcp_conn_size(&cfg) > 0);
    cfg.silence_min = 0;
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_size(&cfg));
    cfg.silence_min = cfg.answer_wait + 1;
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_size(&cfg));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_rtt_then_silence_is_twice_it_and_the_largest_margin),
        cmocka_unit_test(given_the_longest_rtt_then_nothing_overflows),
        cmocka_unit_test(given_settings_then_silence_follows_them),
        cmocka_unit_test(given_a_silent_subflow_then_it_is_probed_later_and_later),
        cmocka_unit_test(given_a_late_timeout_then_one_probe_is_due_and_the_deadline_lies_ahead),
        cmocka_unit_test(given_an_acknowledgement_then_silence_is_over_and_counts_anew),
        cmocka_unit_test(
            given_five_minutes_of_silence_then_the_subflow_is_reset_and_the_connection_ends),
        cmocka_unit_test(
            given_probes_without_answer_and_nothing_in_flight_then_the_limit_ends_the_connection),
        cmocka_unit_test(given_the_limit_of_one_of_two_subflows_then_the_other_goes_on),
        cmocka_unit_test(given_no_limit_then_only_tcp_ends_a_silent_subflow),
        cmocka_unit_test(given_plain_tcp_then_the_limit_holds_and_nothing_is_silent_before),
        cmocka_unit_test(given_limits_that_could_never_work_then_they_are_refused),
    };
    return cmocka_run_group_tests_name("silence", tests, NULL, NULL);
}
