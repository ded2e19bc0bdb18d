/*
 * test_cases_misuse.c - what an embedding stack does by mistake is answered by an error, and has
 * changed nothing.
 */
#include "bugs_test.h"

/* A copy of a block before a call that is refused, and the block after it. */
static uint8_t before[CORE_BLOCK];

static void remember(const struct side *s)
{
    memcpy(before, s->block, sizeof before);
}

static void unchanged(const struct side *s)
{
    assert_memory_equal(before, s->block, sizeof before);
}

static const struct mptcp_segment no_options = {.options = NULL,
                                                .options_len = 20,
                                                .tcp_flags = MPTCP_TCP_ACK,
                                                .ssn = {101},
                                                .len = 100,
                                                .ack = {1},
                                                .window = 60000};

/* checks: none, law 5 */
static void given_a_wiped_block_when_it_is_opened_then_an_error(void **state)
{
    (void)state;
    struct side s;
    struct mptcp_addr local = address(0, 1, 5000);
    struct mptcp_addr remote = address(0, 2, 80);
    mptcp_sf sf;

    make_side(&s, CLIENT_KEY, 0);
    mptcp_conn_wipe(s.c);
    remember(&s);
    assert_true(mptcp_connect(s.c, &local, &remote, &sf, 1000000) < 0);
    unchanged(&s);
}

/* checks: none, law 5 */
static void given_a_segment_whose_options_are_null_then_argument(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    remember(&p.server);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_on_segment(p.server.c, p.server.sf, &no_options,
                                                        &p.server.verdict, p.now));
    unchanged(&p.server);
}

/* checks: none, law 5 */
static void given_more_done_than_was_asked_for_then_argument(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 10000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 500, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 500, p.now));
    remember(&p.client);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_done(p.client.c, &a, 900, MPTCP_DONE, p.now));
    unchanged(&p.client);
}

/* checks: none, law 5 */
static void given_never_as_a_time_then_argument(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    remember(&p.client);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_on_timeout(p.client.c, MPTCP_NEVER));
    unchanged(&p.client);
}

/* checks: none, law 5 */
static void given_no_memory_for_options_then_argument(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = {101}};
    struct mptcp_receipt r;

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_E_ARGUMENT,
                     mptcp_tx_options(p.client.c, p.client.sf, &seg, NULL, 0, &r));
}

static void accept_with(uint16_t options_len)
{
    struct side s;
    struct mptcp_segment syn = {.options_len = options_len, .tcp_flags = SYN};
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr remote = address(0, 1, 5000);
    mptcp_sf sf;

    make_side(&s, SERVER_KEY, 0);
    remember(&s);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_accept(s.c, &syn, &local, &remote, &sf, 1000000));
    unchanged(&s);
}

/* checks: none, law 5 */
static void given_a_syn_whose_options_are_null_when_accepted_then_argument(void **state)
{
    (void)state;
    accept_with(12);
}

/* checks: none, law 5 */
static void given_a_syn_with_500_octets_of_options_when_accepted_then_argument(void **state)
{
    (void)state;
    accept_with(500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_wiped_block_when_it_is_opened_then_an_error),
        cmocka_unit_test(given_a_segment_whose_options_are_null_then_argument),
        cmocka_unit_test(given_more_done_than_was_asked_for_then_argument),
        cmocka_unit_test(given_never_as_a_time_then_argument),
        cmocka_unit_test(given_no_memory_for_options_then_argument),
        cmocka_unit_test(given_a_syn_whose_options_are_null_when_accepted_then_argument),
        cmocka_unit_test(given_a_syn_with_500_octets_of_options_when_accepted_then_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
