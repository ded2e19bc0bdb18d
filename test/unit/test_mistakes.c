/*
 * test_mistakes.c - mistakes that an embedder makes, each in an embedding that is right otherwise
 * (world_test.h): what the host can read of it, at the call or within a second.
 */
#include "world_test.h"

#define MIB 1048576u

static int neglects(const struct world *w, const struct host *h)
{
    return mptcp_neglected(h->c, w->now, NULL);
}

static int why_not_joining(const struct host *h, struct mptcp_where *where)
{
    return mptcp_why_not_joining(h->c, MPTCP_ANY_ID, MPTCP_ANY_ID, where);
}

/* Begins a world whose hosts make these mistakes, and runs it for a second in which the client
 * sends a mebibyte. */
static struct world *world_with(unsigned client, unsigned server)
{
    static struct world w;
    struct mptcp_config cfg = world_config();

    memset(&w, 0, sizeof w);
    w.client.wrong = client;
    w.server.wrong = server;
    begins(&w, &cfg, &cfg);
    passes(&w, 10000);
    writes(&w, MIB);
    passes(&w, 990000);
    return &w;
}

/* checks: none */
static void given_no_mistake_then_all_arrives_on_two_subflows_and_nothing_is_to_say(void **state)
{
    (void)state;
    struct world *w = world_with(0, 0);

    assert_int_equal(MIB, w->server.taken);
    assert_int_equal(MPTCP_E_NOTHING, mptcp_why_not_sending(w->client.c, MPTCP_SF_NONE, NULL));
    assert_int_equal(MPTCP_OK, neglects(w, &w->client));
    assert_int_equal(MPTCP_OK, neglects(w, &w->server));
    second_address(w, MPTCP_ADDR_JOIN);
    writes(w, MIB);
    passes(w, 1000000);
    assert_int_equal(2 * MIB, w->server.taken);
    struct mptcp_conn_report info;
    mptcp_conn_info(w->client.c, &info);
    assert_int_equal(2, info.subflows);
    assert_int_equal(MPTCP_E_JOINED, why_not_joining(&w->client, NULL));
    assert_int_equal(MPTCP_OK, neglects(w, &w->client));
    assert_int_equal(MPTCP_OK, neglects(w, &w->server));
    assert_int_equal(0, w->server.in);
    assert_int_equal(0, w->client.out);
}

/* checks: none */
static void given_no_on_path_then_the_host_reads_no_path(void **state)
{
    (void)state;
    static struct world w;
    struct mptcp_config cfg = world_config();
    struct mptcp_where where;

    memset(&w, 0, sizeof w);
    w.client.wrong = NO_ON_PATH;
    begins(&w, &cfg, &cfg);
    passes(&w, 10000);
    writes(&w, 1000);
    assert_int_equal(0, mptcp_want(w.client.c) & MPTCP_WANT(MPTCP_SEND));
    assert_int_equal(MPTCP_E_NO_PATH, mptcp_why_not_sending(w.client.c, MPTCP_SF_NONE, &where));
    assert_int_equal(w.client.flow[0].sf, where.sf);
    passes(&w, 990000);
    assert_int_equal(MPTCP_E_NO_PATH, neglects(&w, &w.client));
}

/* checks: none */
static void given_no_mptcp_sent_then_both_ends_of_it_read_not_sent(void **state)
{
    (void)state;
    struct world *w = world_with(0, NO_SENT);

    assert_true(w->server.taken < MIB);
    assert_int_equal(MPTCP_E_NOT_SENT, neglects(w, &w->server));
    w = world_with(NO_SENT, 0);
    assert_int_equal(MPTCP_E_NOT_SENT, neglects(w, &w->client));
}

/* checks: none */
static void given_an_address_without_flags_then_no_source_and_which(void **state)
{
    (void)state;
    struct world *w = world_with(0, 0);
    struct mptcp_where where;
    uint8_t id = second_address(w, 0);

    passes(w, 100000);
    assert_int_equal(MPTCP_E_NO_SOURCE, why_not_joining(&w->client, &where));
    assert_int_equal(1, where.pair);
    assert_int_equal(id, where.local_id);
}

/* checks: none */
static void given_no_address_to_join_from_or_to_then_the_host_reads_it(void **state)
{
    (void)state;
    struct world *w = world_with(0, 0);
    struct mptcp_where where;

    assert_int_equal(MPTCP_E_NO_SOURCE, why_not_joining(&w->client, &where));
    assert_int_equal(0, where.pair);
    assert_int_equal(MPTCP_E_NO_TARGET, why_not_joining(&w->server, NULL));
}

/* checks: none */
static void given_no_endpoint_add_then_the_syn_says_join_token_and_the_other_end_tried(void **state)
{
    (void)state;
    struct world *w = world_with(0, NO_ENDPOINT_ADD);
    uint32_t conn;
    struct mptcp_conn_report info;

    second_address(w, MPTCP_ADDR_JOIN);
    passes(w, 100000);
    assert_int_equal(MPTCP_E_JOIN_TOKEN, w->server.syn);
    mptcp_conn_info(w->server.c, &info);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_endpoint_find(w->server.e, info.local_token, &conn));
    assert_int_equal(MPTCP_E_PEER_RESET, w->client.gone.code);
    assert_int_equal(MPTCP_RST_MPTCP, w->client.gone.reason);
    assert_int_equal(MPTCP_E_TRIED, why_not_joining(&w->client, NULL));
}

/* checks: none */
static void given_raw_ssns_in_then_every_segment_is_outside(void **state)
{
    (void)state;
    struct world *w = world_with(0, RAW_SSN_IN);

    assert_int_equal(0, w->server.taken);
    assert_int_equal(MPTCP_E_OUTSIDE, w->server.in);
}

/* checks: none */
static void given_raw_ssns_out_then_the_options_of_data_are_not_found(void **state)
{
    (void)state;
    struct world *w = world_with(RAW_SSN_OUT, 0);

    assert_int_equal(0, w->server.taken);
    assert_int_equal(MPTCP_E_NOT_FOUND, w->client.out);
}

/* checks: none */
static void given_no_on_consumed_then_this_end_reads_it_and_the_other_a_closed_window(void **state)
{
    (void)state;
    struct world *w = world_with(0, NO_ON_CONSUMED);

    assert_true(w->server.taken < MIB);
    assert_int_equal(MPTCP_E_NOT_CONSUMED, neglects(w, &w->server));
    assert_int_equal(MPTCP_E_WINDOW, mptcp_why_not_sending(w->client.c, MPTCP_SF_NONE, NULL));
}

/* checks: none */
static void given_no_on_established_then_the_host_reads_it_although_all_arrives(void **state)
{
    (void)state;
    struct world *w = world_with(NO_ON_ESTABLISHED, NO_ON_ESTABLISHED);

    assert_int_equal(MIB, w->server.taken);
    assert_int_equal(MPTCP_E_NOT_ESTABLISHED, neglects(w, &w->client));
    assert_int_equal(MPTCP_E_NOT_ESTABLISHED, neglects(w, &w->server));
}

/* checks: none */
static void given_no_on_timeout_then_the_host_reads_it_as_soon_as_a_timer_is_overdue(void **state)
{
    (void)state;
    struct world *w = world_with(NO_ON_TIMEOUT, 0);

    assert_int_equal(MIB, w->server.taken);
    w->dark = true;
    writes(w, 1000);
    passes(w, 1000000);
    assert_int_equal(MPTCP_E_NO_TIMEOUT, neglects(w, &w->client));
}

/* checks: none */
static void
given_segments_are_never_cut_then_covers_says_so_and_the_other_end_unmapped(void **state)
{
    (void)state;
    struct world *w = world_with(NEVER_CUT, 0);

    assert_true(w->client.too_long > 0);
    assert_true(w->server.taken < MIB);
    assert_int_equal(MPTCP_E_UNMAPPED, w->server.in);
}

/* checks: none */
static void given_windows_are_not_scaled_then_the_host_waits_for_windows_that_are_tiny(void **state)
{
    (void)state;
    struct world *w = world_with(UNSCALED_WINDOW, 0);
    struct world *right;
    bool waited = w->client.waited[-MPTCP_E_WINDOW] || w->client.waited[-MPTCP_E_SUBFLOW_WINDOW];
    struct mptcp_conn_report info;

    mptcp_conn_info(w->client.c, &info);
    assert_true(waited);
    assert_true(info.snd_window <= 262144 >> SCALE);
    right = world_with(0, 0);
    waited = right->client.waited[-MPTCP_E_WINDOW] || right->client.waited[-MPTCP_E_SUBFLOW_WINDOW];
    assert_false(waited);
}

/* checks: none */
static void given_too_few_slots_then_full_or_the_limit_at_the_end_that_lacks_them(void **state)
{
    (void)state;
    static struct world w;

    for (unsigned k = 0; k < 3; k++) {
        struct mptcp_where where;
        struct mptcp_config client = world_config();
        struct mptcp_config server = world_config();
        static const int expected[] = {MPTCP_E_FULL, MPTCP_E_LIMIT, MPTCP_E_LATER};

        memset(&w, 0, sizeof w);
        client.subflows = k == 0 ? 1 : client.subflows;
        client.subflow_limit = k == 1 ? 1 : client.subflow_limit;
        server.subflows = k == 2 ? 1 : server.subflows;
        begins(&w, &client, &server);
        passes(&w, 10000);
        second_address(&w, MPTCP_ADDR_JOIN);
        writes(&w, 1000);
        passes(&w, 200000);
        assert_int_equal(expected[k], why_not_joining(&w.client, &where));
        /* The peer's lack of resources is transient, so it is tried again, and it is known when. */
        assert_true((k == 2) == (where.when != MPTCP_NEVER));
        assert_int_equal(k == 2 ? MPTCP_E_FULL : 0, w.server.syn);
    }
}

/* checks: none */
static void given_the_peer_denies_joins_then_denied_from_question_and_call(void **state)
{
    (void)state;
    static struct world w;
    struct mptcp_config client = world_config();
    struct mptcp_config server = world_config();

    memset(&w, 0, sizeof w);
    server.flags = MPTCP_CFG_DENY_JOIN;
    begins(&w, &client, &server);
    passes(&w, 10000);
    uint8_t id = second_address(&w, MPTCP_ADDR_JOIN);
    writes(&w, 1000);
    passes(&w, 200000);
    assert_int_equal(MPTCP_E_DENIED, why_not_joining(&w.client, NULL));
    assert_int_equal(MPTCP_E_DENIED, mptcp_join(w.client.c, id, 0, w.now));
}

/* checks: none */
static void given_memory_or_a_setting_that_will_not_do_then_the_check_names_it(void **state)
{
    (void)state;
    static MPTCP_CONN_STORAGE(mem, 1, 1, 4);
    struct mptcp_secret secret = {.key = 1};
    struct mptcp_config cfg = world_config();
    const char *what = NULL;

    assert_null(mptcp_conn_init(&mem, sizeof mem, &cfg, &secret));
    assert_int_equal(MPTCP_E_ROOM, mptcp_conn_check(&mem, sizeof mem, &cfg, &secret, &what));
    assert_string_equal("mem_size", what);
    cfg.silence_limit = 1000;
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_check(&mem, sizeof mem, &cfg, &secret, &what));
    assert_string_equal("silence_limit", what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_no_mistake_then_all_arrives_on_two_subflows_and_nothing_is_to_say),
        cmocka_unit_test(given_no_on_path_then_the_host_reads_no_path),
        cmocka_unit_test(given_no_mptcp_sent_then_both_ends_of_it_read_not_sent),
        cmocka_unit_test(given_an_address_without_flags_then_no_source_and_which),
        cmocka_unit_test(given_no_address_to_join_from_or_to_then_the_host_reads_it),
        cmocka_unit_test(
            given_no_endpoint_add_then_the_syn_says_join_token_and_the_other_end_tried),
        cmocka_unit_test(given_raw_ssns_in_then_every_segment_is_outside),
        cmocka_unit_test(given_raw_ssns_out_then_the_options_of_data_are_not_found),
        cmocka_unit_test(given_no_on_consumed_then_this_end_reads_it_and_the_other_a_closed_window),
        cmocka_unit_test(given_no_on_established_then_the_host_reads_it_although_all_arrives),
        cmocka_unit_test(given_no_on_timeout_then_the_host_reads_it_as_soon_as_a_timer_is_overdue),
        cmocka_unit_test(
            given_segments_are_never_cut_then_covers_says_so_and_the_other_end_unmapped),
        cmocka_unit_test(
            given_windows_are_not_scaled_then_the_host_waits_for_windows_that_are_tiny),
        cmocka_unit_test(given_too_few_slots_then_full_or_the_limit_at_the_end_that_lacks_them),
        cmocka_unit_test(given_the_peer_denies_joins_then_denied_from_question_and_call),
        cmocka_unit_test(given_memory_or_a_setting_that_will_not_do_then_the_check_names_it),
    };
    return cmocka_run_group_tests_name("mistakes", tests, NULL, NULL);
}
