/*
 * test_rtt.c - the RTT where the host does not tell it: measured from the handshake on, never from
 * what was sent twice.
 */
#include "core_test.h"

#include "mptcp/rtt.h"
#include "tables/block.h"
#include "tables/offer.h"

#define MS 1000u

static uint32_t srtt(const struct side *s, mptcp_sf sf)
{
    return subflow_of(s, sf).srtt_us;
}

static uint32_t rttvar(const struct side *s, mptcp_sf sf)
{
    return subflow_of(s, sf).rttvar_us;
}

/* Within the tick of the clock inside. */
#define assert_about(us, value) assert_in_range((us), (value)-16, (value) + 16)

/* The handshake of a pair, `client` and `server` us from each SYN to its answer. */
static void opens_in(struct pair *p, uint32_t flags, uint32_t client, uint32_t server)
{
    struct wire syn = begin(p, flags, flags);
    accept_syn(p, &syn);
    struct wire synack = send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
    p->now += client;
    come(p, &p->client, p->client.sf, &synack);
    struct wire ack = send_from(p, &p->client, p->client.sf, ACK, 1, 0, 1);
    p->now += server - client;
    come(p, &p->server, p->server.sf, &ack);
    drain(p, &p->client);
    drain(p, &p->server);
}

/* n octets more are given to the client's first subflow, whose host tells no RTT. Their SSN. */
static uint32_t given(struct pair *p, uint32_t n)
{
    struct mptcp_action a;
    uint32_t ssn = subflow_of(&p->client, p->client.sf).snd_nxt.v;

    tcp_tells(p, &p->client, p->client.sf, n, 100, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, n, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(n, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, n, MPTCP_DONE, p->now));
    return ssn;
}

static void leaves(struct pair *p, uint32_t ssn, uint32_t n)
{
    send_from(p, &p->client, p->client.sf, ACK, ssn, n, 1);
}

/* The server's TCP has everything before ack. */
static void is_acked(struct pair *p, uint32_t ack)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    o.u.dss.data_ack = (uint32_t)info_of(&p->client).snd_una.v;
    struct wire w = with_option(&o, ACK, 1, 0, ack);
    come(p, &p->client, p->client.sf, &w);
}

/* 100 octets go, and are acknowledged after this time. */
static void goes_and_comes(struct pair *p, uint32_t us)
{
    uint32_t ssn = given(p, 100);
    leaves(p, ssn, 100);
    p->now += us;
    is_acked(p, ssn + 100);
}

/* checks: D-29 */
static void given_a_handshake_then_either_end_has_measured_it(void **state)
{
    (void)state;
    struct pair p;

    opens_in(&p, 0, 900 * MS, 1100 * MS);
    assert_about(srtt(&p.client, p.client.sf), 900 * MS);
    assert_about(rttvar(&p.client, p.client.sf), 450 * MS);
    assert_about(srtt(&p.server, p.server.sf), 1100 * MS);
    opens_in(&p, MPTCP_CFG_NO_MPTCP, 700 * MS, 800 * MS);
    assert_about(srtt(&p.client, p.client.sf), 700 * MS);
    assert_about(srtt(&p.server, p.server.sf), 800 * MS);
}

static uint32_t smallest(const struct pair *p)
{
    return subflow_at(p->client.c, p->client.sf & 0xffu)->min_rtt_us;
}

static void given_rtts_then_the_smallest_is_kept_and_ages_slowly(void **state)
{
    (void)state;
    struct pair p;

    opens_in(&p, 0, 900 * MS, 1100 * MS);
    assert_about(smallest(&p), 900 * MS);
    goes_and_comes(&p, 600 * MS);
    assert_about(smallest(&p), 600 * MS);
    goes_and_comes(&p, 1624 * MS); /* 1024 ms more, of which 1 / 2048 counts */
    assert_in_range(smallest(&p), 600 * MS + 450, 600 * MS + 550);
    /* The host tells it, and then only the smoothed one. */
    struct mptcp_path path = {
        .size = sizeof path, .segment_size = 100, .srtt_us = 50 * MS, .min_rtt_us = 40 * MS};
    assert_int_equal(MPTCP_OK, mptcp_on_path(p.client.c, p.client.sf, &path, p.now));
    assert_int_equal(40 * MS, smallest(&p));
    path.min_rtt_us = 0;
    assert_int_equal(MPTCP_OK, mptcp_on_path(p.client.c, p.client.sf, &path, p.now));
    assert_int_equal(40 * MS, smallest(&p));
}

/* By the pace, each time a little rounded. */
#define assert_near(us, ms) assert_in_range((us), ((ms)-1) * MS, ((ms) + 1) * MS)

/* The RTT of the client's first subflow as its scheduler is shown it. */
static uint32_t shown(const struct pair *p)
{
    struct mptcp_sched_path path;
    struct mptcp_offer o;

    mptcp_offer_begin(p->client.c, &o);
    mptcp_offer_show(&o);
    o.v.path(&o.v, 0, &path);
    return path.srtt_us;
}

/* checks: D-29 D-31 */
static void given_a_queue_then_a_scheduler_is_shown_what_is_to_be_expected(void **state)
{
    (void)state;
    struct pair p;

    opens_in(&p, 0, 600 * MS, 600 * MS);
    assert_about(shown(&p), 600 * MS);
    /* No queue: nobody knows how fast the path is. */
    goes_and_comes(&p, 600 * MS);
    uint32_t ssn = given(&p, 100);
    assert_about(shown(&p), 600 * MS);
    /* 100 octets in twice the time: each takes 12 ms while octets queue. */
    leaves(&p, ssn, 100);
    p.now += 1200 * MS;
    is_acked(&p, ssn + 100);
    assert_about(srtt(&p.client, p.client.sf), 675 * MS);
    assert_about(shown(&p), 675 * MS);
    given(&p, 100); /* the path holds half of them without a queue */
    assert_near(shown(&p), 675 + 600);
    given(&p, 100);
    assert_near(shown(&p), 675 + 1800);
    /* Nothing is acknowledged: a segment may be lost, and the others wait for it, in no queue. */
    p.now += 400 * MS;
    tcp_tells(&p, &p.client, p.client.sf, 0, 100, 0);
    assert_near(shown(&p), 675);
    /* What the host tells is shown as it is. */
    struct mptcp_path path = {.size = sizeof path, .segment_size = 100, .srtt_us = 50 * MS};
    assert_int_equal(MPTCP_OK, mptcp_on_path(p.client.c, p.client.sf, &path, p.now));
    assert_about(shown(&p), 50 * MS);
}

/* checks: D-29 */
static void given_a_join_then_its_handshake_is_measured(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    assert_int_equal(0, srtt(&p.client, ours));
    p.now += 300 * MS;
    join_completes(&p, &p.client, ours, &p.server, theirs, &synack);
    assert_about(srtt(&p.client, ours), 300 * MS);
    assert_about(srtt(&p.server, theirs), 300 * MS);
}

/* checks: D-29 */
static void given_a_syn_sent_twice_then_the_rtt_is_at_most_the_time_since_the_first(void **state)
{
    (void)state;
    struct pair p;

    struct wire syn = begin(&p, 0, 0);
    p.now += 1000 * MS;
    send_from(&p, &p.client, p.client.sf, SYN, 0, 0, 0);
    p.now += 500 * MS;
    answers(&p, &syn);
    assert_about(srtt(&p.client, p.client.sf), 1500 * MS);
    assert_int_equal(0, rttvar(&p.client, p.client.sf));
    /* Sent twice again: no better. */
    uint32_t ssn = given(&p, 100);
    leaves(&p, ssn, 100);
    p.now += 1000 * MS;
    leaves(&p, ssn, 100);
    is_acked(&p, ssn + 100);
    assert_about(srtt(&p.client, p.client.sf), 1500 * MS);
    /* The first time that something is sent once it is measured, and nothing else counts. */
    goes_and_comes(&p, 600 * MS);
    assert_about(srtt(&p.client, p.client.sf), 600 * MS);
    assert_about(rttvar(&p.client, p.client.sf), 300 * MS);
}

/* checks: D-29 */
static void given_octets_then_each_rtt_counts_an_eighth(void **state)
{
    (void)state;
    struct pair p;

    opens_in(&p, 0, 800 * MS, 800 * MS);
    goes_and_comes(&p, 1600 * MS);
    assert_about(srtt(&p.client, p.client.sf), 900 * MS);
    assert_about(rttvar(&p.client, p.client.sf), 500 * MS);
    goes_and_comes(&p, 100 * MS);
    assert_about(srtt(&p.client, p.client.sf), 800 * MS);
    assert_about(rttvar(&p.client, p.client.sf), 575 * MS);
}

/* checks: D-29 */
static void given_octets_sent_again_then_they_tell_no_rtt(void **state)
{
    (void)state;
    struct pair p;

    opens_in(&p, 0, 800 * MS, 800 * MS);
    uint32_t ssn = given(&p, 200);
    leaves(&p, ssn, 100);
    leaves(&p, ssn + 100, 100);
    p.now += 5000 * MS;
    leaves(&p, ssn, 100);
    p.now += 10 * MS;
    is_acked(&p, ssn + 200);
    assert_about(srtt(&p.client, p.client.sf), 800 * MS);
    /* What was timed is over: of the next what had been given before is not timed if it leaves
     * again. */
    ssn = given(&p, 300);
    leaves(&p, ssn, 100);
    leaves(&p, ssn + 100, 100);
    is_acked(&p, ssn + 100);
    uint32_t now = srtt(&p.client, p.client.sf);
    leaves(&p, ssn + 100, 100);
    p.now += 5000 * MS;
    is_acked(&p, ssn + 200);
    assert_int_equal(now, srtt(&p.client, p.client.sf));
}

/* checks: D-29 */
static void given_a_later_octet_then_an_earlier_acknowledgement_says_nothing(void **state)
{
    (void)state;
    struct pair p;

    opens_in(&p, 0, 800 * MS, 800 * MS);
    uint32_t ssn = given(&p, 100);
    leaves(&p, ssn, 100);
    p.now += 400 * MS;
    is_acked(&p, ssn);
    assert_about(srtt(&p.client, p.client.sf), 800 * MS);
    p.now += 1200 * MS;
    is_acked(&p, ssn + 100);
    assert_about(srtt(&p.client, p.client.sf), 900 * MS);
}

/* checks: D-29 */
static void given_a_snapshot_then_what_it_acknowledges_is_measured(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_path path;

    opens_in(&p, 0, 800 * MS, 800 * MS);
    uint32_t ssn = given(&p, 100);
    leaves(&p, ssn, 100);
    p.now += 1600 * MS;
    mptcp_path_init(&path);
    path.acknowledged = mptcp_ssn_of(ssn + 100);
    assert_int_equal(MPTCP_OK, mptcp_on_path(p.client.c, p.client.sf, &path, p.now));
    assert_about(srtt(&p.client, p.client.sf), 900 * MS);
}

/* checks: none */
static void given_a_host_that_tells_then_nothing_is_measured(void **state)
{
    (void)state;
    struct pair p;

    opens_in(&p, 0, 800 * MS, 800 * MS);
    uint32_t ssn = given(&p, 100);
    leaves(&p, ssn, 100);
    tcp_tells(&p, &p.client, p.client.sf, 0, 100, 30 * MS);
    p.now += 1600 * MS;
    is_acked(&p, ssn + 100);
    assert_int_equal(30 * MS, srtt(&p.client, p.client.sf));
    goes_and_comes(&p, 900 * MS);
    assert_int_equal(30 * MS, srtt(&p.client, p.client.sf));
}

/* checks: none */
static void given_another_clock_then_what_is_timed_goes_on(void **state)
{
    (void)state;
    struct pair p;

    opens_in(&p, 0, 800 * MS, 800 * MS);
    uint32_t ssn = given(&p, 100);
    leaves(&p, ssn, 100);
    p.now += 600 * MS;
    mptcp_time there = p.now + 20000000000ull;
    assert_int_equal(MPTCP_OK, mptcp_conn_rebase(p.client.c, p.now, there));
    p.now = there + 1000 * MS;
    is_acked(&p, ssn + 100);
    assert_about(srtt(&p.client, p.client.sf), 900 * MS);
}

/* checks: none */
static void given_a_clock_that_jumps_then_so_long_a_time_is_no_rtt(void **state)
{
    (void)state;
    struct pair p;

    opens_in(&p, 0, 800 * MS, 800 * MS);
    goes_and_comes(&p, 64000 * MS - 16);
    assert_about(srtt(&p.client, p.client.sf), 8700 * MS);
    const mptcp_time jumps[] = {64000 * MS + 32, 500000 * MS, 86400000000ull};
    for (unsigned i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        opens_in(&p, 0, 800 * MS, 800 * MS);
        uint32_t ssn = given(&p, 100);
        leaves(&p, ssn, 100);
        p.now += jumps[i];
        is_acked(&p, ssn + 100);
        assert_about(srtt(&p.client, p.client.sf), 800 * MS);
        /* The next one is measured. */
        goes_and_comes(&p, 1600 * MS);
        assert_about(srtt(&p.client, p.client.sf), 900 * MS);
    }
    /* And an answer at once is an RTT. */
    opens_in(&p, 0, 0, 0);
    assert_in_range(srtt(&p.client, p.client.sf), 1, 16);
}

/* checks: none */
static void given_measurements_then_the_rtt_is_smoothed_as_rfc_6298_says(void **state)
{
    (void)state;
    struct mptcp_rtt rtt = mptcp_rtt_measured((struct mptcp_rtt){0}, 8000);

    assert_int_equal(8000, rtt.srtt_us);
    assert_int_equal(4000, rtt.rttvar_us);
    assert_int_equal(8000, rtt.min_rtt_us);
    rtt = mptcp_rtt_measured(rtt, 16000);
    assert_int_equal(9000, rtt.srtt_us);                  /* 7/8 of 8000, 1/8 of 16000 */
    assert_int_equal(5000, rtt.rttvar_us);                /* 3/4 of 4000, 1/4 of 8000 */
    assert_int_equal(8000 + 8000 / 2048, rtt.min_rtt_us); /* slowly */
    rtt = mptcp_rtt_measured(rtt, 1000);
    assert_int_equal(8000, rtt.srtt_us);
    assert_int_equal(5750, rtt.rttvar_us);
    assert_int_equal(1000, rtt.min_rtt_us); /* at once */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_measurements_then_the_rtt_is_smoothed_as_rfc_6298_says),
        cmocka_unit_test(given_a_handshake_then_either_end_has_measured_it),
        cmocka_unit_test(given_a_queue_then_a_scheduler_is_shown_what_is_to_be_expected),
        cmocka_unit_test(given_a_join_then_its_handshake_is_measured),
        cmocka_unit_test(given_a_syn_sent_twice_then_the_rtt_is_at_most_the_time_since_the_first),
        cmocka_unit_test(given_octets_then_each_rtt_counts_an_eighth),
        cmocka_unit_test(given_octets_sent_again_then_they_tell_no_rtt),
        cmocka_unit_test(given_a_later_octet_then_an_earlier_acknowledgement_says_nothing),
        cmocka_unit_test(given_a_snapshot_then_what_it_acknowledges_is_measured),
        cmocka_unit_test(given_a_host_that_tells_then_nothing_is_measured),
        cmocka_unit_test(given_rtts_then_the_smallest_is_kept_and_ages_slowly),
        cmocka_unit_test(given_another_clock_then_what_is_timed_goes_on),
        cmocka_unit_test(given_a_clock_that_jumps_then_so_long_a_time_is_no_rtt),
    };
    return cmocka_run_group_tests_name("rtt", tests, NULL, NULL);
}
