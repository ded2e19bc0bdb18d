/*
 * test_limits.c - how often something is tried before it is given up, and how long each try waits:
 * to the number and to the microsecond, since nothing else shows that a limit is what it says.
 */
#include "story_test.h"

/* When the client's next call for a type of action is due, from now on; others are done. */
static mptcp_time until(struct pair *p, unsigned type, struct mptcp_action *a)
{
    mptcp_time begin = p->now;

    for (unsigned n = 0; !find_action(p, &p->client, type, a); n++) {
        assert_true(n < 50);
        next_timeout(p, &p->client);
    }
    return p->now - begin;
}

/* checks: none */
static void
given_a_host_that_cannot_do_it_now_then_it_is_asked_again_after_ten_milliseconds(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 500, p.now));
    for (unsigned n = 0; n < 3; n++) {
        assert_true(mptcp_poll(p.client.c, &a));
        assert_int_equal(MPTCP_SEND, a.type);
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_LATER, p.now));
        assert_false(wants(&p.client, MPTCP_SEND));
        assert_true(mptcp_deadline(p.client.c) == p.now + 10000);
        next_timeout(&p, &p.client);
    }
    /* An ACK that is promised, likewise. */
    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND_ACK, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_false(wants(&p.client, MPTCP_SEND_ACK));
    assert_true(mptcp_deadline(p.client.c) == p.now + 10000);
    next_timeout(&p, &p.client);
    assert_true(wants(&p.client, MPTCP_SEND_ACK));
}

/* checks: D-25 */
static void given_a_host_that_never_tells_of_room_then_it_is_asked_later_and_later(void **state)
{
    (void)state;
    static const mptcp_time waits[] = {10000,  20000,  40000,   80000,   160000,
                                       320000, 640000, 1280000, 1280000, 1280000};
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 500, p.now));
    for (unsigned n = 0; n < sizeof waits / sizeof waits[0]; n++) {
        assert_true(waits[n] == until(&p, MPTCP_SEND, &a));
        room(&p, &p.client, p.client.sf, 0); /* it has none, and does not say so in any other way */
    }
}

/* A pure ACK comes to the client on one of its subflows: TCP has taken all that was sent there, and
 * no DATA_ACK says so. */
static void tcp_alone_acks(struct several *t, unsigned k)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    o.u.dss.data_ack = (uint32_t)info_of(&t->p.client).snd_una.v;
    struct wire w = with_option(&o, ACK, 1, 0, subflow_of(&t->p.client, t->ours[k]).snd_nxt.v);
    come(&t->p, &t->p.client, t->ours[k], &w);
}

/* checks: D-28 D-4 D-22 */
static void
given_data_that_tcp_takes_and_nobody_data_acks_then_it_goes_twelve_times_again(void **state)
{
    (void)state;
    struct several t;
    struct mptcp_action a;
    unsigned resent = 0;

    several_subflows(&t, 0);
    gives(&t, 1, 100);
    mptcp_time begin = t.p.now;
    tcp_alone_acks(&t, 1);
    while (info_of(&t.p.client).error == 0) {
        next_timeout(&t.p, &t.p.client);
        room_on(&t, 1, 100);
        if (find_action(&t.p, &t.p.client, MPTCP_SEND, &a)) {
            assert_true(a.reinjected);
            assert_int_equal(100, a.len);
            assert_int_equal(MPTCP_OK, mptcp_done(t.p.client.c, &a, 100, MPTCP_DONE, t.p.now));
            tcp_alone_acks(&t, 1);
            resent++;
        }
    }
    assert_int_equal(12, resent);
    assert_int_equal(MPTCP_E_TIMED_OUT, info_of(&t.p.client).error);
    /* 1.02 s, doubled up to 64 s */
    assert_in_range(t.p.now - begin, 512260000, 512260200);
}

/* checks: D-4 D-18 D-22 */
static void given_a_data_fin_that_nobody_answers_then_twelve_leave_and_it_is_over(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    /* A keep-alive goes with it from the second repetition on. */
    assert_string_equal("ack ack ack probe ack probe ack probe ack probe ack probe ack probe "
                        "ack probe ack probe ack probe ack probe reset(TIMED_OUT) "
                        "SUBFLOW_GONE(TIMED_OUT) END(TIMED_OUT)",
                        story_of(&p, &p.client, HOUR));
}

/* checks: FB-5 */
static void given_questions_that_tcp_answers_then_they_follow_each_other_by_the_clock(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 100);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 100, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    struct wire w = with_option(NULL, ACK, 1, 0, 201);
    come(&p, &p.client, p.client.sf, &w);
    for (unsigned n = 0; n < 6; n++) {
        /* Two RTTs and answer_wait; then what a signal waits, and what Linux needs. */
        assert_true((n == 0 ? 1020000u : 620000u) == until(&p, MPTCP_PROBE, &a));
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        w = with_option(NULL, ACK, 1, 0, 201);
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(0, info_of(&p.client).fallback);
    }
    next_timeout(&p, &p.client);
    assert_int_equal(MPTCP_E_NO_MPTCP, info_of(&p.client).fallback);
}

/* checks: M-1 FB-2 FB-6 */
static void given_octets_that_are_mapped_in_part_then_the_third_copy_is_believed(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    struct mptcp_option o = map_option(info_of(&p.server).rcv_nxt.v, 101, 50);
    for (unsigned n = 1; n <= 3; n++) {
        struct wire w = with_option(&o, ACK, 101, 100, 1);
        assert_int_equal(0, info_of(&p.server).fallback);
        come(&p, &p.server, p.server.sf, &w);
        assert_int_equal(n < 3, p.server.verdict.drop);
    }
    assert_int_equal(MPTCP_E_UNMAPPED, info_of(&p.server).fallback);
}

/* An ACK of the client's first data: without any MPTCP option, with so many NOPs before SACK blocks
 * of n octets. */
static struct wire ack_with_nops(unsigned nops, uint8_t n)
{
    struct wire w = with_option(NULL, ACK, 1, 0, 101);

    memset(w.options, 1, nops);
    w.options[nops] = 5;
    w.options[nops + 1] = n;
    w.seg.options_len = (uint16_t)(nops + n);
    return w;
}

/* checks: FB-6 B-2 */
static void
given_other_options_on_an_ack_then_three_nops_align_them_and_four_are_free_room(void **state)
{
    (void)state;
    /* With 26 octets and the NOPs, or 26: a DATA_ACK of 12 had no room if more than 28 were used.
     */
    static const struct {
        uint8_t nops;
        uint8_t others;
        bool had_room;
    } cases[] = {{2, 26, true},  {3, 26, false}, {4, 26, true},  {5, 26, true},
                 {0, 28, true},  {1, 28, false}, {4, 28, true},  {12, 28, true},
                 {0, 29, false}, {4, 29, false}, {11, 29, false}};

    for (unsigned k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct pair p;

        open_pair(&p, 0, 0);
        client_sends(&p, 1, 100);
        struct wire w = ack_with_nops(cases[k].nops, cases[k].others);
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(cases[k].had_room ? MPTCP_E_NO_MPTCP : 0, info_of(&p.client).fallback);
    }
}

/* The server's first DSS comes, when the client has another address and its TCP tells this RTT (0:
 * none). The first join is due after `wait` us. */
static void first_join_after(struct pair *p, uint32_t told_us, uint32_t wait)
{
    struct mptcp_action a;
    struct mptcp_addr from = address(1, 1, 0);
    uint8_t id;

    assert_int_equal(MPTCP_OK, mptcp_add_address(p->client.c, &from, MPTCP_ADDR_JOIN, &id, p->now));
    tcp_tells(p, &p->client, p->client.sf, 1000, 100, told_us);
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    o.u.dss.data_ack = (uint32_t)info_of(&p->client).snd_una.v;
    option_comes(p, &p->client, p->client.sf, &o);
    assert_int_equal(1, info_of(&p->client).fully_established);
    mptcp_time begin = p->now;
    for (unsigned i = 0; !find_action(p, &p->client, MPTCP_CONNECT, &a); i++) {
        assert_true(i < 10 && p->now - begin < wait);
        says(p, &p->client, p->client.sf);
        next_timeout(p, &p->client);
    }
    assert_in_range(p->now - begin, wait, wait + 8); /* a tick */
}

/* checks: C-17 H-2 */
static void given_an_rtt_that_was_measured_or_told_then_the_first_join_waits_as_long(void **state)
{
    (void)state;
    static const uint32_t told_us[] = {0, 50000};

    for (unsigned n = 0; n < 2; n++) {
        struct pair p;
        struct wire syn = begin(&p, 0, 0);

        p.now += 30000; /* which the handshake took */
        answers(&p, &syn);
        first_join_after(&p, told_us[n], told_us[n] != 0 ? told_us[n] : 30000);
    }
}

/* checks: C-17 H-2 */
static void given_a_syn_sent_twice_then_the_first_join_does_not_wait_for_that_time(void **state)
{
    (void)state;
    static const uint32_t told_us[] = {0, 50000};

    for (unsigned n = 0; n < 2; n++) {
        struct pair p;
        struct wire syn = begin(&p, 0, 0);

        p.now += 1000000;
        send_from(&p, &p.client, p.client.sf, SYN, 0, 0, 0);
        p.now += 30000;
        answers(&p, &syn);
        first_join_after(&p, told_us[n], told_us[n] != 0 ? told_us[n] : 20000);
    }
}

/* True if the client joins as soon as the server has acknowledged everything before SSN `ack`. */
static bool joins_at_once(uint32_t ack)
{
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr from = address(1, 1, 0);
    uint8_t id;

    open_pair(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &from, MPTCP_ADDR_JOIN, &id, p.now));
    client_sends(&p, 1, 200);
    server_acks(&p, ack);
    assert_int_equal(1, info_of(&p.client).fully_established);
    return find_action(&p, &p.client, MPTCP_CONNECT, &a);
}

/* checks: C-17 H-2 */
static void
given_a_mapping_in_a_dss_that_has_arrived_then_the_first_join_does_not_wait(void **state)
{
    (void)state;
    assert_false(joins_at_once(101)); /* the first mapping came with the keys, not in a DSS */
    assert_true(joins_at_once(201));
}

/* checks: J-8 H-4 */
static void
given_a_third_ack_that_nobody_answers_then_six_leave_and_the_join_is_given_up(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    come(&p, &p.client, ours, &synack);
    assert_string_equal("ack ack ack ack ack ack reset(TIMED_OUT) SUBFLOW_GONE(TIMED_OUT)",
                        story_of(&p, &p.client, HOUR));
    /* The listener waits as long as the peer may go on: six times doubled. */
    p.now -= HOUR;
    assert_string_equal("", story_of(&p, &p.server, 31999000));
    /* Nobody heard of it: it never was a subflow. */
    assert_string_equal("reset(JOIN_MISSING)", story_of(&p, &p.server, 2000));
}

/* checks: D-25 D-29 */
static void given_a_shut_window_and_no_answer_then_ten_probes_leave_and_it_is_reset(void **state)
{
    (void)state;
    static _Alignas(uint64_t) uint8_t blocks[2 * CORE_BLOCK];
    struct mptcp_config cfg = core_config(0);
    struct pair p;

    cfg.silence_limit = 0; /* which would end it a little earlier */
    establish_as(&p, &cfg, blocks, CORE_BLOCK);
    room(&p, &p.client, p.client.sf, 60000);
    uint32_t window = info_of(&p.client).snd_window;
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, window + 500, p.now));
    assert_string_equal("send", story_of(&p, &p.client, 0));
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    o.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_nxt.v;
    struct wire w = with_option(&o, ACK, 1, 0, 101 + window);
    w.seg.window = 0;
    come(&p, &p.client, p.client.sf, &w);
    assert_string_equal("probe probe probe probe probe probe probe probe probe probe "
                        "reset(TIMED_OUT) SUBFLOW_GONE(TIMED_OUT) END(TIMED_OUT)",
                        story_of(&p, &p.client, HOUR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_host_that_cannot_do_it_now_then_it_is_asked_again_after_ten_milliseconds),
        cmocka_unit_test(given_a_host_that_never_tells_of_room_then_it_is_asked_later_and_later),
        cmocka_unit_test(
            given_data_that_tcp_takes_and_nobody_data_acks_then_it_goes_twelve_times_again),
        cmocka_unit_test(given_a_data_fin_that_nobody_answers_then_twelve_leave_and_it_is_over),
        cmocka_unit_test(given_questions_that_tcp_answers_then_they_follow_each_other_by_the_clock),
        cmocka_unit_test(given_octets_that_are_mapped_in_part_then_the_third_copy_is_believed),
        cmocka_unit_test(
            given_other_options_on_an_ack_then_three_nops_align_them_and_four_are_free_room),
        cmocka_unit_test(given_an_rtt_that_was_measured_or_told_then_the_first_join_waits_as_long),
        cmocka_unit_test(given_a_syn_sent_twice_then_the_first_join_does_not_wait_for_that_time),
        cmocka_unit_test(
            given_a_mapping_in_a_dss_that_has_arrived_then_the_first_join_does_not_wait),
        cmocka_unit_test(
            given_a_third_ack_that_nobody_answers_then_six_leave_and_the_join_is_given_up),
        cmocka_unit_test(given_a_shut_window_and_no_answer_then_ten_probes_leave_and_it_is_reset),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
