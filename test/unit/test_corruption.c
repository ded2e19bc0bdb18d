/*
 * test_corruption.c - octets that were changed on the way (RFC 8684 s3.7): plain TCP on an only
 * subflow that never had another, else a reset and MP_FAIL.
 */
#include "bugs_test.h"

static const uint8_t zeros[1000];
static const uint8_t other[1000] = {1};

/* An established pair with checksums, and a second subflow. */
static void two_with_checksums(struct pair *p, mptcp_sf *ours, mptcp_sf *theirs)
{
    struct mptcp_addr local = address(0, 2, 80);

    establish(p, MPTCP_CFG_CHECKSUM, 0);
    struct wire synack = join_answered(p, &local, ours, theirs);
    come(p, &p->client, *ours, &synack);
    struct wire third = send_from(p, &p->client, *ours, ACK, 1, 0, 1);
    come(p, &p->server, *theirs, &third);
    struct wire fourth = send_from(p, &p->server, *theirs, ACK, 1, 0, 1);
    come(p, &p->client, *ours, &fourth);
    drain(p, &p->client);
    drain(p, &p->server);
    room(p, &p->client, p->client.sf, 0);
}

/* A hundred zeros of the client's leave on one of its subflows, under a checksum. */
static struct wire leaves(struct pair *p, mptcp_sf sf, uint32_t ssn)
{
    struct mptcp_action a;

    room(p, &p->client, sf, 100);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 100, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(sf, a.sf);
    assert_int_equal(100, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 100, MPTCP_DONE, p->now));
    return send_from(p, &p->client, sf, ACK, ssn, 100, 1);
}

/* They arrive at the server, as these octets. */
static void arrives(struct pair *p, mptcp_sf sf, struct wire *w, const uint8_t *octets)
{
    struct mptcp_piece piece = {.data = octets, .len = w->seg.len};

    come(p, &p->server, sf, w);
    assert_false(p->server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, sf, &piece, p->now));
}

/* checks: B-5 T-1 */
static void
given_another_subflow_then_the_broken_one_is_reset_and_its_octets_come_over_the_other(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_with_checksums(&p, &ours, &theirs);
    uint64_t start = info_of(&p.server).rcv_nxt.v;
    struct wire w = leaves(&p, ours, 1);
    arrives(&p, theirs, &w, other);

    assert_true(info_of(&p.server).rcv_nxt.v == start); /* not DATA_ACKed */
    assert_false(wants(&p.server, MPTCP_DELIVER));
    struct wire rst = send_from(&p, &p.server, theirs, RST | ACK, 1, 0, 101);
    assert_true(has_option(&rst, MPTCP_FAIL));
    assert_true(options_of(&rst).fail.dsn == start);
    assert_int_equal(MPTCP_RST_MIDDLEBOX, options_of(&rst).tcprst.reason);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(theirs, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
    assert_int_equal(1, info_of(&p.server).version);

    come(&p, &p.client, ours, &rst);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, ours, MPTCP_E_PEER_RESET, p.now));
    room(&p, &p.client, p.client.sf, 1000);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_true(a.dsn.v == start && a.reinjected);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    w = send_from(&p, &p.client, p.client.sf, ACK, 101, 100, 1);
    arrives(&p, p.server.sf, &w, zeros);
    assert_true(info_of(&p.server).rcv_nxt.v == start + 100);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(p.server.sf, a.sf);
    assert_int_equal(100, a.len);
}

/* The server, plain by now: what it has received and not delivered yet. */
static uint32_t delivers(struct pair *p, uint32_t ssn)
{
    struct mptcp_action a;

    assert_true(find_action(p, &p->server, MPTCP_DELIVER, &a));
    assert_int_equal(ssn, a.ssn.v);
    assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, a.len, MPTCP_DONE, p->now));
    return a.len;
}

/* On the only subflow: the two MP_FAILs, and both ends are plain TCP. */
static uint64_t falls_back(struct pair *p)
{
    establish(p, MPTCP_CFG_CHECKSUM, 0);
    uint64_t start = info_of(&p->server).rcv_nxt.v;
    struct wire w = leaves(p, p->client.sf, 101);
    arrives(p, p->server.sf, &w, other);
    assert_int_equal(MPTCP_E_CHECKSUM, info_of(&p->server).fallback); /* at once */
    assert_false(wants(&p->server, MPTCP_RESET_SUBFLOW));

    assert_true(wants(&p->server, MPTCP_SEND_ACK));
    struct wire fail = send_from(p, &p->server, p->server.sf, ACK, 1, 0, 201);
    assert_int_equal(MPTCP_HAS(MPTCP_FAIL), options_of(&fail).present);
    assert_true(options_of(&fail).fail.dsn == start);
    come(p, &p->client, p->client.sf, &fail);
    assert_int_equal(MPTCP_E_PEER_FAIL, info_of(&p->client).fallback);

    assert_true(wants(&p->client, MPTCP_SEND_ACK));
    struct wire answer = send_from(p, &p->client, p->client.sf, ACK, 201, 0, 1);
    assert_true(has_option(&answer, MPTCP_FAIL));
    come(p, &p->server, p->server.sf, &answer);
    assert_false(wants(&p->server, MPTCP_SEND_ACK)); /* an answer is not answered */
    assert_true(mptcp_deadline(p->server.c) == MPTCP_NEVER);
    return start;
}

/* checks: B-6 D-13 */
static void
given_the_only_subflow_then_both_say_mp_fail_and_a_mapping_without_end_goes_back(void **state)
{
    (void)state;
    struct pair p;
    uint64_t start = falls_back(&p);

    assert_true(told(&p, &p.client, MPTCP_EV_FALLBACK));
    assert_true(told(&p, &p.server, MPTCP_EV_FALLBACK));
    /* What was changed is delivered, as TCP would have. */
    assert_int_equal(100, delivers(&p, 101));
    struct wire w = leaves(&p, p.client.sf, 201);
    struct mptcp_options o = options_of(&w);
    assert_int_not_equal(0, o.dss.flags & MPTCP_DSS_MAP);
    assert_int_equal(0, o.dss.dll);
    assert_int_equal(0, o.dss.checksum);
    assert_true(o.dss.dsn == start);
    assert_int_equal(101, o.dss.ssn);
    arrives(&p, p.server.sf, &w, other);
    assert_int_equal(100, delivers(&p, 201));
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
}

/* checks: B-5 */
static void
given_the_application_aborts_or_it_ends_then_octets_that_come_late_are_verified_all_the_same(
    void **state)
{
    (void)state;
    for (unsigned ends = 0; ends < 2; ends++) {
        for (unsigned wrong = 0; wrong < 2; wrong++) {
            struct pair p;
            struct mptcp_piece first = {.data = zeros, .len = 60};
            struct mptcp_piece rest = {.data = wrong ? other : zeros, .len = 40};

            establish(&p, MPTCP_CFG_CHECKSUM, 0);
            drain(&p, &p.client);
            drain(&p, &p.server);
            uint64_t start = info_of(&p.server).rcv_nxt.v;
            struct wire w = leaves(&p, p.client.sf, 101);
            come(&p, &p.server, p.server.sf, &w);
            assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &first, p.now));
            assert_int_equal(MPTCP_OK, mptcp_on_abort(p.server.c, p.now));
            if (ends != 0) { /* the subflow is gone */
                mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now);
                assert_int_equal(MPTCP_CLOSED, info_of(&p.server).state);
            }
            /* The host's report of what TCP had taken before. */
            (void)mptcp_on_data(p.server.c, p.server.sf, &rest, p.now);
            if (wrong) {
                assert_true(info_of(&p.server).rcv_nxt.v == start);
                assert_false(wants(&p.server, MPTCP_DELIVER));
            }
        }
    }
}

/* checks: B-8 */
static void given_it_is_plain_then_no_data_ack_is_sent_or_needed(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    falls_back(&p);
    struct wire w = leaves(&p, p.client.sf, 201);
    arrives(&p, p.server.sf, &w, zeros);
    struct wire ack = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 301);
    assert_int_equal(0, ack.seg.options_len);
    come(&p, &p.client, p.client.sf, &ack);
    assert_true(find_action(&p, &p.client, MPTCP_FREE, &a));
    assert_int_equal(100, a.len);
    assert_true(a.dsn.v == info_of(&p.client).snd_nxt.v);
}

/* checks: FB-11 B-6 */
static void given_a_longer_stream_is_plain_then_a_data_fin_is_not_its_end_but_tcps_fin(void **state)
{
    (void)state;
    struct pair p;

    /* An octet more than the client wrote: the DATA_FIN is one too early. */
    uint64_t start = falls_back(&p);
    drain(&p, &p.server);
    struct mptcp_option o = map_option(start + 200, 0, 1);
    o.u.dss.flags |= MPTCP_DSS_FIN;
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum = mptcp_dss_checksum(mptcp_dsn_of(start + 200), mptcp_ssn_of(0), 1, 0);
    struct wire fin = with_option(&o, ACK, 302, 0, 1);
    come(&p, &p.server, p.server.sf, &fin);
    octets_come(&p, &p.server, NULL, 201, 100);
    assert_false(told(&p, &p.server, MPTCP_EV_EOF));
    octets_come(&p, &p.server, NULL, 301, 1);
    drain(&p, &p.server);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.server.c, p.server.sf, p.now));
    assert_true(info_of(&p.server).delivered.v == start + 201);
    assert_true(told(&p, &p.server, MPTCP_EV_EOF));
}

/* checks: B-9 */
static void given_it_is_plain_then_nothing_leads_back_to_mptcp(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr second = address(1, 1, 0);
    mptcp_sf sf;
    uint8_t id;

    falls_back(&p);
    struct wire syn = join_of(&p, 3, 1);
    assert_int_equal(MPTCP_E_JOIN_REFUSED, join_comes(&p, &syn, &local, &sf));
    mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN | MPTCP_ADDR_ANNOUNCE, &id, p.now);
    p.now += 10000000;
    mptcp_on_timeout(p.client.c, p.now);
    assert_false(wants(&p.client, MPTCP_CONNECT));
    assert_false(wants(&p.client, MPTCP_LISTEN));
    assert_int_equal(MPTCP_E_PLAIN, mptcp_join(p.client.c, id, 0, p.now));
    assert_int_equal(MPTCP_E_STATE, mptcp_set_backup(p.client.c, p.client.sf, true, p.now));

    /* A mapping that comes all the same means nothing: the octets are the next ones. */
    delivers(&p, 101);
    struct mptcp_option o = map_option(info_of(&p.server).rcv_nxt.v, 201, 100);
    octets_come(&p, &p.server, &o, 201, 100);
    assert_int_equal(100, delivers(&p, 201));
    assert_int_equal(255, info_of(&p.server).version);
}

/* checks: B-7 B-5 */
static void
given_the_only_subflow_is_not_in_line_then_it_is_reset_and_all_is_discarded(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_with_checksums(&p, &ours, &theirs);
    uint64_t start = info_of(&p.server).rcv_nxt.v;
    leaves(&p, p.client.sf, 101); /* lost with its subflow: a hole */
    struct wire waits = leaves(&p, ours, 1);
    struct wire broken = leaves(&p, ours, 101);
    arrives(&p, theirs, &waits, zeros);
    mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now);
    drain(&p, &p.server);
    arrives(&p, theirs, &broken, other);

    assert_int_equal(1, info_of(&p.server).version);
    struct wire rst = send_from(&p, &p.server, theirs, RST | ACK, 1, 0, 201);
    assert_true(options_of(&rst).fail.dsn == start + 200);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(theirs, a.sf);
    assert_int_equal(MPTCP_E_CHECKSUM, a.code);
    assert_true(info_of(&p.server).rcv_nxt.v == start);
    assert_false(wants(&p.server, MPTCP_DELIVER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_another_subflow_then_the_broken_one_is_reset_and_its_octets_come_over_the_other),
        cmocka_unit_test(
            given_the_only_subflow_then_both_say_mp_fail_and_a_mapping_without_end_goes_back),
        cmocka_unit_test(
            given_the_application_aborts_or_it_ends_then_octets_that_come_late_are_verified_all_the_same),
        cmocka_unit_test(given_it_is_plain_then_no_data_ack_is_sent_or_needed),
        cmocka_unit_test(
            given_a_longer_stream_is_plain_then_a_data_fin_is_not_its_end_but_tcps_fin),
        cmocka_unit_test(given_it_is_plain_then_nothing_leads_back_to_mptcp),
        cmocka_unit_test(
            given_the_only_subflow_is_not_in_line_then_it_is_reset_and_all_is_discarded),
    };
    return cmocka_run_group_tests_name("corruption", tests, NULL, NULL);
}
