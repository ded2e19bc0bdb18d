/*
 * test_silence.c - long RTTs are no silence: a path that works is never taken for one that does
 * not, from its first segment on. And the limits that an application sets: when a path is silent,
 * and when it is given up.
 */
#include "suite.h"

static unsigned silences;
static unsigned looked;

/* How often path 0 fell silent at this end, looked at every 10 ms. */
static void watch(struct peer *p, bool *was)
{
    struct mptcpl_subflow_stats s;

    if (p->pcb == NULL || !mptcpl_subflow_stats(p->pcb, 0, &s)) {
        return;
    }
    looked++;
    silences += s.silent && !*was;
    *was = s.silent;
}

/*
 * The first path has a steady RTT and loses nothing, the other one is a backup, which carries
 * nothing while the first works. n octets go each way.
 */
static void never_silent(unsigned rtt_ms, uint64_t rate, uint64_t n)
{
    static struct peers p;
    const struct world_link link = {
        .rate = rate, .delay_us = rtt_ms * MILLISECOND / 2, .queue = 1u << 20};
    bool client = false;
    bool server = false;

    silences = looked = 0;
    world_path("10.0.1.1", "10.0.1.2", &link);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    peers_make(&p, &defaults, &defaults);
    assert_int_equal(ERR_OK, mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT),
                                             world_netif(1, WORLD_CLIENT),
                                             MPTCP_ADDR_JOIN | MPTCP_ADDR_BACKUP));
    p.client.to_send = p.server.to_send = n;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    for (unsigned i = 0; p.client.received < n || p.server.received < n; i++) {
        assert_true(i < 60000);
        world_run_for(10 * MILLISECOND);
        watch(&p.client, &client);
        watch(&p.server, &server);
    }
    assert_int_equal(0, silences);
    assert_true(looked > 200);
    assert_int_equal(0, peer_sent_on(&p.client, 1));
    assert_int_equal(0, peer_sent_on(&p.server, 1));
    peers_end(&p);
    world_end();
}

/* checks: D-29 */
static void given_an_rtt_of_900_ms_then_the_path_is_never_silent(void **state)
{
    (void)state;
    never_silent(900, 2000000, 500000);
}

/* checks: D-29 */
static void given_an_rtt_of_1500_ms_then_the_path_is_never_silent(void **state)
{
    (void)state;
    never_silent(1500, 2000000, 500000);
}

/* TCP sends the SYN and perhaps the first data again before an answer can have come. checks: D-29
 */
static void given_an_rtt_of_3_s_and_more_then_the_path_is_never_silent(void **state)
{
    (void)state;
    never_silent(3000, 2000000, 500000);
    suite_end(NULL);
    suite_begin(NULL);
    never_silent(4500, 2000000, 200000);
}

#define LIMIT (8 * (mptcp_time)SECOND)

static bool client_is_over(void *arg)
{
    const struct peers *p = arg;
    return p->client.pcb == NULL ? !mptcpl_lingering() : p->client.over;
}

/* The peer vanishes with data in flight; the limit is what it is set to. */
static void ends_at_the_limit(bool mptcp, bool close_it)
{
    static struct peers p;

    defaults.no_mptcp = !mptcp;
    defaults.silence_limit_us = LIMIT;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = (uint64_t)1 << 40;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    world_run_for(2 * SECOND);
    world_cut(0, true);
    mptcp_time cut = world_now();
    if (close_it) {
        mptcpl_close(p.client.pcb);
        p.client.pcb = NULL;
    }
    assert_true(world_run_until(client_is_over, &p, 2 * LIMIT));
    assert_in_range(world_now() - cut, LIMIT - SECOND, LIMIT + SECOND);
    if (!close_it) {
        assert_int_equal(ERR_ABRT, p.client.error);
        assert_int_equal(MPTCP_E_TIMED_OUT, p.client.end);
    }
    suite_end(NULL);
    suite_begin(NULL);
}

/* checks: D-29 */
static void given_a_limit_when_the_peer_vanishes_then_the_connection_ends_in_time(void **state)
{
    (void)state;
    ends_at_the_limit(true, false);
    ends_at_the_limit(true, true);
    ends_at_the_limit(false, false);
    ends_at_the_limit(false, true);
}

static void is_silent_after(mptcp_time least, mptcp_time most)
{
    static struct peers p;
    bool was = false;

    silences = 0;
    world_path("10.0.1.1", "10.0.1.2", &medium);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = (uint64_t)1 << 40;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    world_run_for(2 * SECOND);
    world_cut(0, true);
    mptcp_time cut = world_now();
    while (silences == 0) {
        assert_true(world_now() - cut < 10 * SECOND);
        world_run_for(MILLISECOND);
        watch(&p.client, &was);
    }
    assert_in_range(world_now() - cut, least, most);
    suite_end(NULL);
    suite_begin(NULL);
}

/* checks: D-29 */
static void given_a_margin_then_it_is_what_silence_waits_beside_the_rtt(void **state)
{
    (void)state;
    is_silent_after(300 * MILLISECOND, 700 * MILLISECOND);
    defaults.silence_min_us = 50 * MILLISECOND;
    is_silent_after(50 * MILLISECOND, 299 * MILLISECOND);
    defaults.silence_min_us = defaults.answer_wait_us = 3 * SECOND;
    is_silent_after(3 * SECOND, 3500 * MILLISECOND);
}

int test_silence(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_an_rtt_of_900_ms_then_the_path_is_never_silent),
        in_world(given_an_rtt_of_1500_ms_then_the_path_is_never_silent),
        in_world(given_an_rtt_of_3_s_and_more_then_the_path_is_never_silent),
        in_world(given_a_limit_when_the_peer_vanishes_then_the_connection_ends_in_time),
        in_world(given_a_margin_then_it_is_what_silence_waits_beside_the_rtt),
    };
    return cmocka_run_group_tests_name("silence", tests, NULL, NULL);
}
