/*
 * test_cases_stream.c - octets that were delivered twice, lost or cut off: by a path that loses
 * ACKs, eats options or changes an octet, and by no more than that. Ends of the stream that were
 * none are in test_cases_ends.c, octets that were let go too early in test_cases_freed.c.
 */
#include "bugs_test.h"

#define LONG_TIME 120000000u /* more than all timers of the data level need */
#define BLOCK 8192

static _Alignas(8) uint8_t memory[2 * BLOCK];

/* n octets of the client's are given to its TCP, at the SSN that comes next; where they begin. */
static uint32_t client_gives(struct pair *p, uint32_t n)
{
    struct mptcp_action a;

    tcp_tells(p, &p->client, p->client.sf, n, n, 10000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, n, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(n, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, n, MPTCP_DONE, p->now));
    return a.ssn.v;
}

/* Time passes at one end, whose TCP has room; true if it gave octets to TCP that it gave before. */
static bool sends_again(struct pair *p, struct side *s, mptcp_time us)
{
    mptcp_time end = p->now + us;
    struct mptcp_action a;
    bool again = false;

    while (p->now < end) {
        mptcp_time due = mptcp_deadline(s->c);
        p->now = due > p->now ? due : p->now + 1000;
        p->now = p->now < end ? p->now : end;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(s->c, p->now));
        room(p, s, s->sf, 10000);
        for (unsigned i = 0; i < 50 && mptcp_poll(s->c, &a); i++) {
            again = again || (a.type == MPTCP_SEND && a.reinjected);
            assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, p->now));
            if (a.type == MPTCP_EVENT && a.event == MPTCP_EV_END) {
                return again;
            }
        }
    }
    return again;
}

/* The octets that a side hands to its application now. */
static uint32_t delivers(struct pair *p, struct side *s)
{
    struct mptcp_action a;
    uint32_t n = 0;

    for (unsigned i = 0; i < 200 && mptcp_poll(s->c, &a); i++) {
        n += a.type == MPTCP_DELIVER ? a.len : 0;
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, p->now));
    }
    return n;
}

/* checks: D-28 FB-4 FB-5 */
static void
given_an_only_subflow_when_data_acks_are_lost_then_nothing_is_sent_at_new_ssns(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_gives(&p, 300);
    /* TCP acknowledges; the ACK has an option, and no DATA_ACK. */
    struct mptcp_option prio = {.subtype = MPTCP_PRIO};
    struct wire w = with_option(&prio, ACK, 1, 0, 401);
    come(&p, &p.client, p.client.sf, &w);
    assert_false(sends_again(&p, &p.client, LONG_TIME));
}

/* checks: D-28 FB-4 */
static void
given_an_only_subflow_that_is_dark_when_time_passes_then_nothing_is_sent_at_new_ssns(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_gives(&p, 300);
    assert_false(sends_again(&p, &p.client, LONG_TIME));
}

/*
 * The server has fallen back by evidence of its own. A slow segment of the client's arrives with a
 * mapping that says that its octets were there before: they are no new ones.
 */
/* checks: B-3 FB-10 */
static void
given_plain_tcp_when_a_mapping_off_the_line_comes_then_its_octets_are_not_taken(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    open_pair(&p, 0, 0);
    client_sends(&p, 1, 100);
    assert_int_equal(100, delivers(&p, &p.server));
    uint64_t first = info_of(&p.server).rcv_nxt.v - 100;
    /* The server's first octets are acknowledged without any option: plain TCP. */
    room(&p, &p.server, p.server.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.server.c, 100, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, a.len, MPTCP_DONE, p.now));
    for (unsigned i = 0; i < 40 && info_of(&p.server).version == 1; i++) {
        struct wire bare = with_option(NULL, ACK, 101, 0, 101);
        come(&p, &p.server, p.server.sf, &bare);
        p.now += 1000000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.server.c, p.now));
        drain(&p, &p.server);
    }
    assert_int_equal(255, info_of(&p.server).version);
    struct mptcp_option o = map_option(first, 101, 100);
    struct wire slow = with_option(&o, ACK, 101, 100, 101);
    come(&p, &p.server, p.server.sf, &slow);
    assert_true(p.server.verdict.drop);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(0, delivers(&p, &p.server));
}

/* A server with checksums has data whose checksum is wrong; its ACK, with MP_FAIL. */
static struct wire server_finds_a_wrong_checksum(struct pair *p)
{
    static const uint8_t changed[300] = {1};
    struct mptcp_piece piece = {.data = changed, .len = 300};

    establish(p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    uint32_t ssn = client_gives(p, 300);
    struct wire w = send_from(p, &p->client, p->client.sf, ACK, ssn, 300, 1);
    come(p, &p->server, p->server.sf, &w);
    assert_false(p->server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, p->server.sf, &piece, p->now));
    struct wire fail = says(p, &p->server, p->server.sf);
    assert_true(has_option(&fail, MPTCP_FAIL));
    return fail;
}

/* An ACK comes to the client whose DATA_ACK is the one of before. */
static void tcp_acknowledges(struct pair *p, uint32_t ssn)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = info_of(&p->client).snd_una.v;
    struct wire w = with_option(&o, ACK, 1, 0, ssn);
    come(p, &p->client, p->client.sf, &w);
}

/* checks: B-6 FB-4 */
static void
given_a_lost_mp_fail_when_the_data_timer_fires_then_nothing_is_sent_at_new_ssns(void **state)
{
    (void)state;
    struct pair p;

    server_finds_a_wrong_checksum(&p); /* lost */
    tcp_acknowledges(&p, 401);
    assert_false(sends_again(&p, &p.client, 20000000));
}

/* checks: B-6 FB-4 FB-7 */
static void
given_octets_that_wait_to_be_sent_again_when_mp_fail_comes_then_they_do_not_leave(void **state)
{
    (void)state;
    struct pair p;

    struct wire fail = server_finds_a_wrong_checksum(&p);
    room(&p, &p.client, p.client.sf, 0);
    tcp_acknowledges(&p, 401);
    p.now += 1100000; /* the data timer fires, and TCP has no room */
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    come(&p, &p.client, p.client.sf, &fail);
    assert_false(sends_again(&p, &p.client, 20000000));
}

/* checks: B-6 FB-2 FB-14 */
static void given_a_wrong_checksum_on_the_line_then_octets_are_delivered_once(void **state)
{
    (void)state;
    struct pair p;

    struct wire fail = server_finds_a_wrong_checksum(&p);
    assert_int_equal(255, info_of(&p.server).version);
    assert_int_equal(300, delivers(&p, &p.server));
    come(&p, &p.client, p.client.sf, &fail);
    assert_int_equal(255, info_of(&p.client).version);
    assert_false(sends_again(&p, &p.client, 20000000));
}

/* What fits these tests: few runs. */
static struct mptcp_config few_runs(unsigned runs)
{
    struct mptcp_config cfg = core_config(0);

    cfg.runs = (uint16_t)(4 * CORE_SUBFLOWS + runs);
    return cfg;
}

/* n octets at SSN `ssn` of the server's first subflow, out of order: mapped on the line. */
static void waits(struct pair *p, uint64_t line, uint32_t ssn, uint16_t n)
{
    struct mptcp_option o = map_option(line + ssn, ssn, n);
    struct wire w = with_option(&o, ACK, ssn, n, 1);

    come(p, &p->server, p->server.sf, &w);
}

static void fall_back_with_runs_waiting(unsigned runs)
{
    struct pair p;
    struct mptcp_config cfg = few_runs(runs);
    static const uint8_t zeros[1000];
    struct mptcp_piece piece = {.data = zeros, .len = 100};

    establish_as(&p, &cfg, memory, BLOCK);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    uint64_t line = next - 101;
    for (uint32_t i = 0; i < runs + 2; i++) {
        waits(&p, line, 301 + 20 * i, 10);
    }
    /* The octets in front of them, under an infinite mapping. */
    struct mptcp_option infinite = map_option(next, 101, 0);
    struct wire w = with_option(&infinite, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_false(p.server.verdict.drop);
    assert_int_equal(255, info_of(&p.server).version);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
        assert_int_equal(next + 100 * (i + 1), info_of(&p.server).rcv_nxt.v);
        struct wire more = with_option(NULL, ACK, 201 + 100 * i, 100, 1);
        come(&p, &p.server, p.server.sf, &more);
        assert_false(p.server.verdict.drop);
    }
    assert_int_equal(1000, delivers(&p, &p.server));
}

/* checks: B-2 FB-7 */
static void given_a_full_receive_table_when_plain_tcp_begins_then_no_octet_is_lost(void **state)
{
    (void)state;
    fall_back_with_runs_waiting(2);
    fall_back_with_runs_waiting(4);
}

/*
 * With a second subflow the line is no longer certain: an infinite mapping is not believed, and its
 * octets are not acknowledged.
 */
/* checks: B-2 FB-3 FB-15 */
static void
given_a_join_was_accepted_when_an_infinite_mapping_comes_then_the_subflow_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, theirs, MPTCP_E_CLOSED, p.now));
    drain(&p, &p.server);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option infinite = map_option(next, 101, 0);
    struct wire w = with_option(&infinite, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_true(p.server.verdict.drop);
    assert_int_equal(next, info_of(&p.server).rcv_nxt.v);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(p.server.sf, a.sf);
}

/* A hundred octets without keys and without a mapping are the first that come to the server. */
static void first_data_is_unmapped(struct pair *p)
{
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.data = zeros, .len = 100};
    struct mptcp_option dss = {.subtype = MPTCP_DSS,
                               .u.dss = {.flags = MPTCP_DSS_ACK, .data_ack = 1}};
    struct wire w = with_option(&dss, ACK, 1, 100, 1);

    come(p, &p->server, p->server.sf, &w);
    assert_false(p->server.verdict.drop);
    assert_int_equal(255, info_of(&p->server).version);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, p->server.sf, &piece, p->now));
    assert_int_equal(100, delivers(p, &p->server));
}

/* checks: C-27 */
static void
given_data_at_the_start_with_a_data_ack_alone_when_the_third_ack_was_lost_then_plain_tcp(
    void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin(&p, 0, 0);

    accept_syn(&p, &syn);
    send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    first_data_is_unmapped(&p);
}

/* checks: B-2 FB-2 */
static void
given_data_at_the_start_with_a_data_ack_alone_when_the_third_ack_had_the_keys_then_plain_tcp(
    void **state)
{
    (void)state;
    struct pair p;

    open_pair(&p, 0, 0);
    first_data_is_unmapped(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_an_only_subflow_when_data_acks_are_lost_then_nothing_is_sent_at_new_ssns),
        cmocka_unit_test(
            given_an_only_subflow_that_is_dark_when_time_passes_then_nothing_is_sent_at_new_ssns),
        cmocka_unit_test(
            given_plain_tcp_when_a_mapping_off_the_line_comes_then_its_octets_are_not_taken),
        cmocka_unit_test(
            given_a_lost_mp_fail_when_the_data_timer_fires_then_nothing_is_sent_at_new_ssns),
        cmocka_unit_test(
            given_octets_that_wait_to_be_sent_again_when_mp_fail_comes_then_they_do_not_leave),
        cmocka_unit_test(given_a_wrong_checksum_on_the_line_then_octets_are_delivered_once),
        cmocka_unit_test(given_a_full_receive_table_when_plain_tcp_begins_then_no_octet_is_lost),
        cmocka_unit_test(
            given_a_join_was_accepted_when_an_infinite_mapping_comes_then_the_subflow_is_reset),
        cmocka_unit_test(
            given_data_at_the_start_with_a_data_ack_alone_when_the_third_ack_was_lost_then_plain_tcp),
        cmocka_unit_test(
            given_data_at_the_start_with_a_data_ack_alone_when_the_third_ack_had_the_keys_then_plain_tcp),
    };
    return cmocka_run_group_tests_name("cases_stream", tests, NULL, NULL);
}
