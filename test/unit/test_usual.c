/*
 * test_usual.c - the usual segments of a transfer: what a host that passes octets on at once gets,
 * and when it has to queue them. Octet by octet the block is what the general functions make of it
 * (test/known/usual.c, in the simulators).
 */
#include "core_test.h"

static const uint8_t zeros[2000];

/* A segment of the client's for the server, at this SSN, whose octets follow RCV.NXT at `offset`.
 */
static struct wire data_at(const struct pair *p, uint32_t ssn, int64_t offset, uint16_t len)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    struct mptcp_conn_report info = info_of(&p->server);

    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64 | MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.data_ack = info.snd_una.v;
    o.u.dss.dsn = info.rcv_nxt.v + (uint64_t)offset;
    o.u.dss.ssn = ssn;
    o.u.dss.dll = len;
    return with_option(&o, ACK, ssn, len, 1);
}

static int passes(struct pair *p, uint32_t ssn, int64_t offset, uint16_t len)
{
    struct wire w = data_at(p, ssn, offset, len);
    struct mptcp_piece piece = {.data = zeros, .len = len};

    come(p, &p->server, p->server.sf, &w);
    assert_false(p->server.verdict.drop);
    return mptcp_on_data_passed(p->server.c, p->server.sf, &piece, p->now);
}

/* TCP acknowledges what has come. */
static void acks(struct pair *p, uint32_t ack)
{
    struct wire w = send_from(p, &p->server, p->server.sf, ACK, 1, 0, ack);
    struct mptcp_options o = options_of(&w);
    uint64_t nxt = info_of(&p->server).rcv_nxt.v;

    assert_true((o.dss.flags & MPTCP_DSS_ACK64) != 0 ? o.dss.data_ack == nxt
                                                     : (uint32_t)o.dss.data_ack == (uint32_t)nxt);
}

/* The transfer is under way: all that came was delivered and acknowledged. */
static void transfer(struct pair *p)
{
    establish(p, 0, 0);
    passes(p, 101, 0, 100);
    drain(p, &p->server);
    acks(p, 201);
    drain(p, &p->server);
}

/* checks: D-14 D-20 */
static void given_octets_in_order_when_they_are_passed_on_then_nothing_is_left_to_do(void **state)
{
    struct pair p;
    struct mptcp_action a;

    (void)state;
    transfer(&p);
    uint64_t before = info_of(&p.server).rcv_nxt.v;
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(1, passes(&p, 201 + 100 * i, 0, 100));
        assert_int_equal(0, mptcp_poll(p.server.c, &a));
        assert_true(info_of(&p.server).rcv_nxt.v == before + 100 * (i + 1));
        assert_true(info_of(&p.server).delivered.v == before + 100 * (i + 1));
        assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 100, p.now));
        if (i % 2 == 1) {
            acks(&p, 301 + 100 * i);
        }
    }
    runs_are_right(&p.server);
}

/* checks: D-23 */
static void given_octets_that_were_passed_on_when_not_consumed_then_the_window_closes(void **state)
{
    struct pair p;

    (void)state;
    transfer(&p);
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 200, p.now));
    uint32_t before = info_of(&p.server).rcv_window;
    assert_int_equal(1, passes(&p, 201, 0, 1000));
    assert_int_equal(before - 1000, info_of(&p.server).rcv_window);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_on_consumed(p.server.c, 1001, p.now));
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p.server.c, 1000, p.now));
    assert_int_equal(before, info_of(&p.server).rcv_window);
}

/* checks: D-20 */
static void given_a_gap_before_them_when_octets_come_then_they_are_queued(void **state)
{
    struct pair p;
    struct mptcp_action a;

    (void)state;
    transfer(&p);
    assert_int_equal(0, passes(&p, 201, 100, 100)); /* the second hundred first */
    assert_int_equal(0, passes(&p, 301, 0, 100));
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(301, a.ssn.v);
    drain(&p, &p.server);
    acks(&p, 401);
    drain(&p, &p.server);
    assert_int_equal(0, passes(&p, 401, 0, 100)); /* its mapping continues none that is known */
    drain(&p, &p.server);
    acks(&p, 501);
    drain(&p, &p.server);
    assert_int_equal(1, passes(&p, 501, 0, 100)); /* and all is as before */
}

static void given_octets_that_wait_when_more_come_then_they_come_after_them(void **state)
{
    struct pair p;
    struct wire w;
    struct mptcp_piece piece = {.data = zeros, .len = 100};
    struct mptcp_action a;

    (void)state;
    transfer(&p);
    w = data_at(&p, 201, 0, 100);
    come(&p, &p.server, p.server.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_int_equal(0, passes(&p, 301, 0, 100));
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(201, a.ssn.v);
    assert_int_equal(200, a.len);
}

/* checks: D-6 */
static void given_octets_that_came_before_when_passed_then_they_are_released(void **state)
{
    struct pair p;
    struct mptcp_action a;

    (void)state;
    transfer(&p);
    assert_int_equal(0, passes(&p, 201, -100, 100));
    assert_int_equal(1, mptcp_poll(p.server.c, &a));
    assert_int_equal(MPTCP_RELEASE, a.type);
    assert_int_equal(201, a.ssn.v);
}

/* The low 32 bits of the DSN are those of the next octet: it is one of long ago. */
static void given_octets_of_4_gib_ago_when_passed_then_they_are_no_news(void **state)
{
    struct pair p;

    (void)state;
    transfer(&p);
    uint64_t before = info_of(&p.server).rcv_nxt.v;
    assert_int_equal(0, passes(&p, 201, -0x100000000, 100));
    assert_true(info_of(&p.server).rcv_nxt.v == before);
}

static void given_an_event_to_come_when_octets_come_then_they_are_queued(void **state)
{
    struct pair p;

    (void)state;
    open_pair(&p, 0, 0); /* MPTCP_EV_OPEN was not reported yet */
    assert_int_equal(0, passes(&p, 1, 0, 100));
}

static void given_plain_tcp_when_octets_are_passed_on_then_nothing_is_left_to_do(void **state)
{
    struct pair p;
    struct mptcp_action a;
    struct mptcp_piece piece = {.data = zeros, .len = 100};

    (void)state;
    open_pair(&p, MPTCP_CFG_NO_MPTCP, 0);
    drain(&p, &p.server);
    uint64_t before = info_of(&p.server).rcv_nxt.v;
    for (uint32_t i = 1; i <= 3; i++) {
        struct wire w = {.seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(100 * i - 99), .len = 100}};
        w.seg.ack = mptcp_ssn_of(1);
        come(&p, &p.server, p.server.sf, &w);
        assert_int_equal(1, mptcp_on_data_passed(p.server.c, p.server.sf, &piece, p.now));
        assert_int_equal(0, mptcp_poll(p.server.c, &a));
        assert_true(info_of(&p.server).delivered.v == before + 100 * i);
    }
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
    assert_int_equal(0, mptcp_on_data_passed(p.server.c, p.server.sf, &piece, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a)); /* those that came before */
    assert_int_equal(301, a.ssn.v);
    assert_int_equal(200, a.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_octets_in_order_when_they_are_passed_on_then_nothing_is_left_to_do),
        cmocka_unit_test(given_octets_that_were_passed_on_when_not_consumed_then_the_window_closes),
        cmocka_unit_test(given_a_gap_before_them_when_octets_come_then_they_are_queued),
        cmocka_unit_test(given_octets_that_wait_when_more_come_then_they_come_after_them),
        cmocka_unit_test(given_octets_that_came_before_when_passed_then_they_are_released),
        cmocka_unit_test(given_octets_of_4_gib_ago_when_passed_then_they_are_no_news),
        cmocka_unit_test(given_an_event_to_come_when_octets_come_then_they_are_queued),
        cmocka_unit_test(given_plain_tcp_when_octets_are_passed_on_then_nothing_is_left_to_do),
    };
    return cmocka_run_group_tests_name("usual", tests, NULL, NULL);
}
