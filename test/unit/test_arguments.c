/*
 * test_arguments.c - the promise of conn.h that an error changed nothing: each input and commit
 * with each wrong argument, in each state of a connection.
 */
#include "arguments_test.h"

#define NO_SUCH_FLAG 0x200u

static const struct mptcp_addr good = {.family = 4, .port = 80, .ip = {10, 0, 0, 9}};
static const struct mptcp_addr no_family = {.family = 5, .port = 80, .ip = {10, 0, 0, 9}};
static const struct mptcp_segment syn = {.tcp_flags = MPTCP_TCP_SYN, .window = 1000};

/* Segments that cannot have come. */
static struct mptcp_segment segment_with(const uint8_t *options, uint16_t options_len, uint32_t len)
{
    struct mptcp_segment seg = {.options = options,
                                .options_len = options_len,
                                .tcp_flags = MPTCP_TCP_ACK,
                                .ssn = {1},
                                .len = len,
                                .ack = {1},
                                .window = 1000};
    return seg;
}

static void opening_calls(struct caller *w, mptcp_time now)
{
    struct mptcp_segment not_a_syn = segment_with(NULL, 0, 0);
    struct mptcp_segment no_options = syn;
    struct mptcp_segment many_options = syn;
    static const uint8_t area[64];
    mptcp_sf sf;

    no_options.options_len = 12;
    many_options.options = area;
    many_options.options_len = MPTCP_OPTION_MAX + 1;
    REFUSED(ARGUMENT, mptcp_connect, NULL, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_connect, w->c, NULL, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_connect, w->c, &good, NULL, &sf, now);
    REFUSED(ARGUMENT, mptcp_connect, w->c, &good, &good, NULL, now);
    REFUSED(ARGUMENT, mptcp_connect, w->c, &no_family, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_connect, w->c, &good, &no_family, &sf, now);
    REFUSED(ARGUMENT, mptcp_connect, w->c, &good, &good, &sf, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_accept, NULL, &syn, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept, w->c, NULL, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept, w->c, &not_a_syn, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept, w->c, &no_options, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept, w->c, &many_options, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept, w->c, &syn, NULL, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept, w->c, &syn, &good, NULL, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept, w->c, &syn, &no_family, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept, w->c, &syn, &good, &no_family, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept, w->c, &syn, &good, &good, NULL, now);
    REFUSED(ARGUMENT, mptcp_accept, w->c, &syn, &good, &good, &sf, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_accept_ack, NULL, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_ack, w->c, NULL, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_ack, w->c, &good, NULL, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_ack, w->c, &no_family, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_ack, w->c, &good, &good, NULL, now);
    REFUSED(ARGUMENT, mptcp_accept_ack, w->c, &good, &good, &sf, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_accept_join, NULL, &syn, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_join, w->c, NULL, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_join, w->c, &no_options, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_join, w->c, &many_options, &good, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_join, w->c, &syn, NULL, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_join, w->c, &syn, &good, NULL, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_join, w->c, &syn, &no_family, &good, &sf, now);
    REFUSED(ARGUMENT, mptcp_accept_join, w->c, &syn, &good, &good, NULL, now);
    REFUSED(ARGUMENT, mptcp_accept_join, w->c, &syn, &good, &good, &sf, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_on_fast_open, NULL, 0, 1000, now);
    REFUSED(ARGUMENT, mptcp_on_fast_open, w->c, 0, UINT32_MAX, now);
    REFUSED(ARGUMENT, mptcp_on_fast_open, w->c, 0, 1000, MPTCP_NEVER);
    REFUSED(STALE, mptcp_on_fast_open, w->c, MPTCP_SF_NONE, 1000, now);
}

static void segment_calls(struct caller *w, mptcp_sf sf, mptcp_time now)
{
    static const uint8_t area[64];
    struct mptcp_segment seg = segment_with(NULL, 0, 0);
    struct mptcp_segment no_options = segment_with(NULL, 20, 100);
    struct mptcp_segment many_options = segment_with(area, MPTCP_OPTION_MAX + 1, 100);
    struct mptcp_segment too_long = segment_with(NULL, 0, 0x40000000u);
    struct mptcp_verdict verdict;

    REFUSED(ARGUMENT, mptcp_on_segment, NULL, sf, &seg, &verdict, now);
    REFUSED(ARGUMENT, mptcp_on_segment, w->c, sf, NULL, &verdict, now);
    REFUSED(ARGUMENT, mptcp_on_segment, w->c, sf, &seg, NULL, now);
    REFUSED(ARGUMENT, mptcp_on_segment, w->c, sf, &no_options, &verdict, now);
    REFUSED(ARGUMENT, mptcp_on_segment, w->c, sf, &many_options, &verdict, now);
    REFUSED(ARGUMENT, mptcp_on_segment, w->c, sf, &too_long, &verdict, now);
    REFUSED(ARGUMENT, mptcp_on_segment, w->c, sf, &seg, &verdict, MPTCP_NEVER);
    REFUSED(STALE, mptcp_on_segment, w->c, MPTCP_SF_NONE, &seg, &verdict, now);
    REFUSED(STALE, mptcp_on_segment, w->c, sf + 0x100, &seg, &verdict, now);
    REFUSED(STALE, mptcp_on_segment, w->c, sf + 200, &seg, &verdict, now);
}

static void data_calls(struct caller *w, mptcp_sf sf, mptcp_time now)
{
    struct mptcp_piece piece = {.len = 100};
    struct mptcp_piece empty = {.len = 0};
    struct mptcp_piece too_long = {.len = 0x40000000u};

    REFUSED(ARGUMENT, mptcp_on_data, NULL, sf, &piece, now);
    REFUSED(ARGUMENT, mptcp_on_data, w->c, sf, NULL, now);
    REFUSED(ARGUMENT, mptcp_on_data, w->c, sf, &empty, now);
    REFUSED(ARGUMENT, mptcp_on_data, w->c, sf, &too_long, now);
    REFUSED(ARGUMENT, mptcp_on_data, w->c, sf, &piece, MPTCP_NEVER);
    REFUSED(STALE, mptcp_on_data, w->c, MPTCP_SF_NONE, &piece, now);
    REFUSED(ARGUMENT, mptcp_on_data_passed, NULL, sf, &piece, now);
    REFUSED(ARGUMENT, mptcp_on_data_passed, w->c, sf, NULL, now);
    REFUSED(ARGUMENT, mptcp_on_data_passed, w->c, sf, &empty, now);
    REFUSED(ARGUMENT, mptcp_on_data_passed, w->c, sf, &too_long, now);
    REFUSED(ARGUMENT, mptcp_on_data_passed, w->c, sf, &piece, MPTCP_NEVER);
    REFUSED(STALE, mptcp_on_data_passed, w->c, MPTCP_SF_NONE, &piece, now);
}

static void subflow_calls(struct caller *w, mptcp_sf sf, mptcp_time now)
{
    REFUSED(ARGUMENT, mptcp_on_established, NULL, sf, now);
    REFUSED(ARGUMENT, mptcp_on_established, w->c, sf, MPTCP_NEVER);
    REFUSED(STALE, mptcp_on_established, w->c, MPTCP_SF_NONE, now);
    REFUSED(ARGUMENT, mptcp_on_fin, NULL, sf, now);
    REFUSED(ARGUMENT, mptcp_on_fin, w->c, sf, MPTCP_NEVER);
    REFUSED(STALE, mptcp_on_fin, w->c, MPTCP_SF_NONE, now);
    REFUSED(ARGUMENT, mptcp_on_gone, NULL, sf, MPTCP_E_CLOSED, now);
    REFUSED(ARGUMENT, mptcp_on_gone, w->c, sf, MPTCP_OK, now);
    REFUSED(ARGUMENT, mptcp_on_gone, w->c, sf, 7, now);
    REFUSED(ARGUMENT, mptcp_on_gone, w->c, sf, -1000, now);
    REFUSED(ARGUMENT, mptcp_on_gone, w->c, sf, MPTCP_E_CLOSED, MPTCP_NEVER);
    REFUSED(STALE, mptcp_on_gone, w->c, MPTCP_SF_NONE, MPTCP_E_CLOSED, now);
    REFUSED(ARGUMENT, mptcp_on_copied, NULL, sf, now);
    REFUSED(ARGUMENT, mptcp_on_copied, w->c, sf, MPTCP_NEVER);
    REFUSED(STALE, mptcp_on_copied, w->c, MPTCP_SF_NONE, now);
    REFUSED(ARGUMENT, mptcp_set_cost, NULL, sf, 1, now);
    REFUSED(ARGUMENT, mptcp_set_cost, w->c, sf, 1, MPTCP_NEVER);
    REFUSED(STALE, mptcp_set_cost, w->c, MPTCP_SF_NONE, 1, now);
    REFUSED(ARGUMENT, mptcp_set_backup, NULL, sf, true, now);
    REFUSED(ARGUMENT, mptcp_set_backup, w->c, sf, true, MPTCP_NEVER);
    REFUSED(STALE, mptcp_set_backup, w->c, MPTCP_SF_NONE, true, now);
}

static void path_calls(struct caller *w, mptcp_sf sf, mptcp_time now)
{
    struct mptcp_path path;
    struct mptcp_path wrong;

    IGNORED(mptcp_path_init, NULL);
    mptcp_path_init(&path);
    REFUSED(ARGUMENT, mptcp_on_path, NULL, sf, &path, now);
    REFUSED(ARGUMENT, mptcp_on_path, w->c, sf, NULL, now);
    REFUSED(ARGUMENT, mptcp_on_path, w->c, sf, &path, MPTCP_NEVER);
    REFUSED(STALE, mptcp_on_path, w->c, MPTCP_SF_NONE, &path, now);
    wrong = path;
    wrong.size = 4; /* never filled by mptcp_path_init */
    REFUSED(ARGUMENT, mptcp_on_path, w->c, sf, &wrong, now);
    wrong = path;
    wrong.segment_size = 0x10000;
    REFUSED(ARGUMENT, mptcp_on_path, w->c, sf, &wrong, now);
    wrong = path;
    wrong.mapping_max = 0x10000;
    REFUSED(ARGUMENT, mptcp_on_path, w->c, sf, &wrong, now);
    wrong = path;
    wrong.acknowledged = mptcp_ssn_of(100000); /* never sent */
    REFUSED(ARGUMENT, mptcp_on_path, w->c, sf, &wrong, now);
}

static void application_calls(struct caller *w, mptcp_time now)
{
    REFUSED(ARGUMENT, mptcp_on_written, NULL, 1, now);
    REFUSED(ARGUMENT, mptcp_on_written, w->c, 1, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_on_consumed, NULL, 0, now);
    REFUSED(ARGUMENT, mptcp_on_consumed, w->c, 100000, now);
    REFUSED(ARGUMENT, mptcp_on_consumed, w->c, UINT32_MAX, now);
    REFUSED(ARGUMENT, mptcp_on_consumed, w->c, 0, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_on_shutdown, NULL, now);
    REFUSED(ARGUMENT, mptcp_on_shutdown, w->c, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_on_detached, NULL, now);
    REFUSED(ARGUMENT, mptcp_on_detached, w->c, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_on_abort, NULL, now);
    REFUSED(ARGUMENT, mptcp_on_abort, w->c, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_on_timeout, NULL, now);
    REFUSED(ARGUMENT, mptcp_on_timeout, w->c, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_conn_rebase, NULL, now, now);
    REFUSED(ARGUMENT, mptcp_conn_rebase, w->c, MPTCP_NEVER, now);
    REFUSED(ARGUMENT, mptcp_conn_rebase, w->c, now, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_conn_park, NULL, now);
    REFUSED(ARGUMENT, mptcp_conn_park, w->c, MPTCP_NEVER);
    IGNORED(mptcp_conn_wipe, NULL);
}

static void address_calls(struct caller *w, mptcp_time now)
{
    uint8_t id;

    REFUSED(ARGUMENT, mptcp_add_address, NULL, &good, MPTCP_ADDR_JOIN, &id, now);
    REFUSED(ARGUMENT, mptcp_add_address, w->c, NULL, MPTCP_ADDR_JOIN, &id, now);
    REFUSED(ARGUMENT, mptcp_add_address, w->c, &no_family, MPTCP_ADDR_JOIN, &id, now);
    REFUSED(ARGUMENT, mptcp_add_address, w->c, &good, NO_SUCH_FLAG, &id, now);
    REFUSED(ARGUMENT, mptcp_add_address, w->c, &good, MPTCP_ADDR_JOIN | 0x10, &id, now);
    REFUSED(ARGUMENT, mptcp_add_address, w->c, &good, MPTCP_ADDR_JOIN, NULL, now);
    REFUSED(ARGUMENT, mptcp_add_address, w->c, &good, MPTCP_ADDR_JOIN, &id, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_remove_address, NULL, 0, now);
    REFUSED(NOT_FOUND, mptcp_remove_address, w->c, 99, now);
    REFUSED(ARGUMENT, mptcp_remove_address, w->c, 0, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_refresh_address, NULL, 0, now);
    REFUSED(NOT_FOUND, mptcp_refresh_address, w->c, 99, now);
    REFUSED(ARGUMENT, mptcp_refresh_address, w->c, 0, MPTCP_NEVER);
    REFUSED(ARGUMENT, mptcp_join, NULL, 0, 0, now);
    REFUSED(NOT_FOUND, mptcp_join, w->c, 99, 0, now);
    REFUSED(NOT_FOUND, mptcp_join, w->c, 0, 99, now);
    REFUSED(ARGUMENT, mptcp_join, w->c, 0, 0, MPTCP_NEVER);
}

/* Every input of an open connection with every wrong argument. */
static void all_calls(struct caller *w, mptcp_sf sf, mptcp_time now)
{
    segment_calls(w, sf, now);
    data_calls(w, sf, now);
    subflow_calls(w, sf, now);
    path_calls(w, sf, now);
    application_calls(w, now);
    address_calls(w, now);
}

/* checks: none, law 5 */
static void given_a_new_connection_when_arguments_are_wrong_then_nothing_changes(void **state)
{
    (void)state;
    struct side s;
    struct caller w;

    make_side(&s, SERVER_KEY, 0);
    watch(&w, s.c);
    opening_calls(&w, 1000000);
}

/* checks: none, law 5 */
static void
given_an_established_connection_when_arguments_are_wrong_then_nothing_changes(void **state)
{
    (void)state;
    struct pair p;
    struct caller w;

    establish(&p, 0, 0);
    watch(&w, p.server.c);
    all_calls(&w, p.server.sf, p.now);
    watch(&w, p.client.c);
    all_calls(&w, p.client.sf, p.now + 1000);
}

/* A connection in a state where other codes may come first. */
static void in_another_state(struct side *s, mptcp_time now)
{
    struct caller w;

    watch(&w, s->c);
    w.other = true;
    opening_calls(&w, now);
    all_calls(&w, s->sf, now);
}

/* checks: none, law 5 */
static void given_any_other_state_when_arguments_are_wrong_then_nothing_changes(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    memset(&p, 0, sizeof p);
    make_side(&p.client, CLIENT_KEY, 0);
    in_another_state(&p.client, 1000000);
    begin(&p, 0, 0);
    in_another_state(&p.client, p.now);
    open_pair(&p, 0, 0);
    in_another_state(&p.server, p.now);
    two_subflows(&p, &ours, &theirs);
    in_another_state(&p.server, p.now);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    in_another_state(&p.client, p.now);
    in_another_state(&p.server, p.now);
    establish(&p, 0, MPTCP_CFG_NO_MPTCP);
    in_another_state(&p.server, p.now);
    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_abort(p.client.c, p.now));
    in_another_state(&p.client, p.now);
    establish(&p, 0, 0);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
    in_another_state(&p.client, p.now);
}

/* Calls whose arguments are good, of a block that was wiped or never made: all octets are 0. */
static void good_calls(struct caller *w, mptcp_time now)
{
    struct mptcp_segment seg = segment_with(NULL, 0, 0);
    struct mptcp_piece piece = {.len = 100};
    struct mptcp_path path;
    struct mptcp_verdict verdict;
    uint8_t id;
    mptcp_sf sf;

    mptcp_path_init(&path);
    REFUSED(STATE, mptcp_connect, w->c, &good, &good, &sf, now);
    REFUSED(STATE, mptcp_accept, w->c, &syn, &good, &good, &sf, now);
    REFUSED(STATE, mptcp_accept_ack, w->c, &good, &good, &sf, now);
    REFUSED(STALE, mptcp_on_fast_open, w->c, 0, 1000, now);
    REFUSED(STALE, mptcp_on_segment, w->c, 0, &seg, &verdict, now);
    REFUSED(STALE, mptcp_on_data, w->c, 0, &piece, now);
    REFUSED(STALE, mptcp_on_data_passed, w->c, 0, &piece, now);
    REFUSED(STALE, mptcp_on_established, w->c, 0, now);
    REFUSED(STALE, mptcp_on_fin, w->c, 0, now);
    REFUSED(STALE, mptcp_on_gone, w->c, 0, MPTCP_E_CLOSED, now);
    REFUSED(STALE, mptcp_on_copied, w->c, 0, now);
    REFUSED(STALE, mptcp_on_path, w->c, 0, &path, now);
    REFUSED(STALE, mptcp_set_cost, w->c, 0, 1, now);
    REFUSED(STALE, mptcp_set_backup, w->c, 0, true, now);
    REFUSED(STATE, mptcp_on_written, w->c, 1, now);
    REFUSED(STATE, mptcp_on_consumed, w->c, 0, now);
    REFUSED(STATE, mptcp_on_shutdown, w->c, now);
    REFUSED(STATE, mptcp_on_detached, w->c, now);
    REFUSED(STATE, mptcp_on_abort, w->c, now);
    REFUSED(STATE, mptcp_on_timeout, w->c, now);
    REFUSED(STATE, mptcp_conn_rebase, w->c, now, now + 1);
    REFUSED(STATE, mptcp_conn_park, w->c, now);
    REFUSED(STATE, mptcp_add_address, w->c, &good, MPTCP_ADDR_JOIN, &id, now);
    REFUSED(STATE, mptcp_remove_address, w->c, 0, now);
    REFUSED(STATE, mptcp_refresh_address, w->c, 0, now);
    REFUSED(STATE, mptcp_join, w->c, 0, 0, now);
    assert_true(mptcp_accept_join(w->c, &syn, &good, &good, &sf, now) < 0);
    ANSWERS(MPTCP_NEVER, mptcp_deadline, w->c);
    ANSWERS(0, mptcp_want, w->c);
    ANSWERS(MPTCP_SF_NONE, mptcp_subflow_at, w->c, 0);
    ANSWERS(NULL, mptcp_conn_resume, w->c, w->size, now, now, 1000000);
}

/* checks: none, law 5 */
static void given_a_wiped_block_then_every_call_is_refused(void **state)
{
    (void)state;
    struct pair p;
    struct caller w;

    establish(&p, 0, 0);
    mptcp_conn_wipe(p.server.c);
    for (size_t i = 0; i < sizeof p.server.block; i++) {
        assert_int_equal(0, p.server.block[i]);
    }
    watch(&w, p.server.c);
    good_calls(&w, p.now);
    assert_int_equal(MPTCP_CLOSED, info_of(&p.server).state);
    mptcp_conn_wipe(p.server.c); /* twice is no harm */
    in_another_state(&p.server, p.now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_new_connection_when_arguments_are_wrong_then_nothing_changes),
        cmocka_unit_test(
            given_an_established_connection_when_arguments_are_wrong_then_nothing_changes),
        cmocka_unit_test(given_any_other_state_when_arguments_are_wrong_then_nothing_changes),
        cmocka_unit_test(given_a_wiped_block_then_every_call_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
