/*
 * test_arguments_out.c - outputs, commits and getters with each wrong argument.
 */
#include "arguments_test.h"

#include "mptcp/endpoint.h"
#include "mptcp/print.h"
#include "mptcp/why.h"

static void commits(struct caller *w, const struct mptcp_action *due, mptcp_time now)
{
    struct mptcp_action a = *due;

    REFUSED(ARGUMENT, mptcp_done, NULL, due, 0, MPTCP_DONE, now);
    REFUSED(ARGUMENT, mptcp_done, w->c, NULL, 0, MPTCP_DONE, now);
    REFUSED(ARGUMENT, mptcp_done, w->c, due, 0, (enum mptcp_result)3, now);
    REFUSED(ARGUMENT, mptcp_done, w->c, due, 0, MPTCP_DONE, MPTCP_NEVER);
    a.type = MPTCP_NOTHING;
    REFUSED(ARGUMENT, mptcp_done, w->c, &a, 0, MPTCP_DONE, now);
    a.type = MPTCP_EVENT + 1;
    REFUSED(ARGUMENT, mptcp_done, w->c, &a, 0, MPTCP_DONE, now);
    a.type = 255;
    REFUSED(ARGUMENT, mptcp_done, w->c, &a, 0, MPTCP_DONE, now);
}

/* The action for octets is asked to be done for more of them than there are, now or at all. */
static void more_octets(struct caller *w, const struct mptcp_action *due, mptcp_time now)
{
    struct mptcp_action a = *due;

    for (unsigned result = MPTCP_DONE; result <= MPTCP_FAILED; result++) {
        enum mptcp_result r = (enum mptcp_result)result;
        REFUSED(ARGUMENT, mptcp_done, w->c, due, due->len + 1, r, now);
        REFUSED(ARGUMENT, mptcp_done, w->c, due, UINT32_MAX, r, now);
    }
    a.len = due->len + 1000;
    REFUSED(ARGUMENT, mptcp_done, w->c, &a, a.len, MPTCP_DONE, now);
    a = *due;
    a.sf += 0x100;
    REFUSED(STALE, mptcp_done, w->c, &a, a.len, MPTCP_DONE, now);
    a = *due;
    a.ssn = mptcp_ssn_add(a.ssn, 1);
    REFUSED(STALE, mptcp_done, w->c, &a, a.len, MPTCP_DONE, now);
    a = *due;
    a.dsn = mptcp_dsn_add(a.dsn, 1);
    REFUSED(STALE, mptcp_done, w->c, &a, a.len, MPTCP_DONE, now);
}

/* Each type of action while none of it is due, much later than the last call. */
static void not_due(struct caller *w, unsigned due, mptcp_sf sf, mptcp_time now)
{
    for (unsigned type = MPTCP_RESET_SUBFLOW; type <= MPTCP_EVENT; type++) {
        if ((due & MPTCP_WANT(type)) != 0 || type == MPTCP_SEND_ACK || type == MPTCP_PROBE) {
            continue;
        }
        struct mptcp_action a = {.type = (uint8_t)type, .sf = sf, .len = 10};
        for (unsigned result = MPTCP_DONE; result <= MPTCP_FAILED; result++) {
            REFUSED(STALE, mptcp_done, w->c, &a, 10, (enum mptcp_result)result,
                    now + 20000000000ull);
        }
    }
    struct mptcp_action ack = {.type = MPTCP_SEND_ACK, .sf = MPTCP_SF_NONE};
    REFUSED(STALE, mptcp_done, w->c, &ack, 0, MPTCP_DONE, now);
    ack.type = MPTCP_PROBE;
    REFUSED(STALE, mptcp_done, w->c, &ack, 0, MPTCP_DONE, now);
}

/* checks: none, law 5 */
static void given_octets_to_send_when_a_commit_is_wrong_then_nothing_changes(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct caller w;

    establish(&p, 0, 0);
    room(&p, &p.client, p.client.sf, 10000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 500, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 500, p.now));
    watch(&w, p.client.c);
    commits(&w, &a, p.now);
    more_octets(&w, &a, p.now);
    not_due(&w, mptcp_want(p.client.c), p.client.sf, p.now);
}

/* checks: none, law 5 */
static void given_octets_to_deliver_when_a_commit_is_wrong_then_nothing_changes(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct caller w;

    establish(&p, 0, 0);
    struct mptcp_option o = map_option(info_of(&p.server).rcv_nxt.v, 101, 100);
    octets_come(&p, &p.server, &o, 101, 100);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    o = map_option(info_of(&p.server).rcv_nxt.v, 201, 100);
    octets_come(&p, &p.server, &o, 201, 100);
    watch(&w, p.server.c);
    commits(&w, &a, p.now);
    more_octets(&w, &a, p.now);
    not_due(&w, mptcp_want(p.server.c), p.server.sf, p.now);
}

/* checks: none, law 5 */
static void given_octets_to_free_when_more_is_let_go_then_nothing_changes(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_action wrong;
    struct caller caller;
    struct caller *w = &caller;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    server_acks(&p, 201);
    assert_true(find_action(&p, &p.client, MPTCP_FREE, &a));
    watch(w, p.client.c);
    wrong = a;
    wrong.dsn = mptcp_dsn_add(a.dsn, 1);
    REFUSED(STALE, mptcp_done, w->c, &wrong, 0, MPTCP_DONE, p.now);
    wrong.dsn = mptcp_dsn_add(a.dsn, (uint64_t)0 - 1000);
    REFUSED(STALE, mptcp_done, w->c, &wrong, 0, MPTCP_DONE, p.now);
}

/* checks: none, law 5 */
static void given_octets_to_release_when_more_or_less_is_let_go_then_nothing_changes(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_action wrong;
    struct caller caller;
    struct caller *w = &caller;
    mptcp_sf ours;
    mptcp_sf theirs;

    /* The same octets on both subflows: those that came second are let go. */
    two_subflows(&p, &ours, &theirs);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option o = map_option(next, 101, 100);
    octets_come(&p, &p.server, &o, 101, 100);
    drain(&p, &p.server);
    o = map_option(next, 1, 100);
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.data = zeros, .len = 100};
    struct wire again = with_option(&o, ACK, 1, 100, 1);
    come(&p, &p.server, theirs, &again);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, theirs, &piece, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_RELEASE, &a));
    watch(w, p.server.c);
    wrong = a;
    wrong.keep = mptcp_ssn_add(a.keep, 1);
    REFUSED(STALE, mptcp_done, w->c, &wrong, 0, MPTCP_DONE, p.now);
    wrong.keep = mptcp_ssn_add(a.ssn, (uint32_t)0 - 1);
    REFUSED(STALE, mptcp_done, w->c, &wrong, 0, MPTCP_DONE, p.now);
    wrong = a;
    wrong.sf = p.server.sf;
    REFUSED(STALE, mptcp_done, w->c, &wrong, 0, MPTCP_DONE, p.now);
}

/* checks: none, law 5 */
static void given_a_segment_that_leaves_when_arguments_are_wrong_then_nothing_changes(void **state)
{
    (void)state;
    struct pair p;
    struct caller caller;
    struct caller *w = &caller;
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = {101}};
    struct mptcp_txseg too_long = {.tcp_flags = ACK, .ssn = {101}, .len = 0x40000000u};
    struct mptcp_receipt r;
    uint8_t area[64];

    establish(&p, 0, 0);
    watch(w, p.client.c);
    memset(area, 0xaa, sizeof area);
    REFUSED(ARGUMENT, mptcp_tx_options, NULL, p.client.sf, &seg, area, 40, &r);
    REFUSED(ARGUMENT, mptcp_tx_options, w->c, p.client.sf, NULL, area, 40, &r);
    REFUSED(ARGUMENT, mptcp_tx_options, w->c, p.client.sf, &seg, NULL, 40, &r);
    REFUSED(ARGUMENT, mptcp_tx_options, w->c, p.client.sf, &seg, NULL, 0, &r);
    REFUSED(ARGUMENT, mptcp_tx_options, w->c, p.client.sf, &seg, area, 40, NULL);
    REFUSED(ARGUMENT, mptcp_tx_options, w->c, p.client.sf, &too_long, area, 40, &r);
    REFUSED(STALE, mptcp_tx_options, w->c, MPTCP_SF_NONE, &seg, area, 40, &r);
    assert_int_equal(0xaa, area[0]);
    /* Whatever room is said to be there, TCP has none for more than 40. */
    assert_true(mptcp_tx_options(w->c, p.client.sf, &seg, area, SIZE_MAX, &r) <= 40);
    assert_int_equal(0xaa, area[40]);
    ANSWERS(0, mptcp_tx_options_max, NULL);
    ANSWERS(0, mptcp_tx_options_need, NULL, p.client.sf, MPTCP_TX_ACK);
    ANSWERS(0, mptcp_tx_options_need, w->c, MPTCP_SF_NONE, MPTCP_TX_ACK);
    ANSWERS(0, mptcp_tx_options_need, w->c, p.client.sf, MPTCP_TX_RST + 1);
    ANSWERS(0, mptcp_tx_options_need, w->c, p.client.sf, UINT32_MAX);
    REFUSED(ARGUMENT, mptcp_sent, NULL, p.client.sf, &r, p.now);
    REFUSED(ARGUMENT, mptcp_sent, w->c, p.client.sf, NULL, p.now);
    static const uint8_t never_filled[] = {0, 0xff, 0xaa, 0x01, 0x80};
    for (unsigned i = 0; i < sizeof never_filled; i++) {
        struct mptcp_receipt bad;
        memset(&bad, never_filled[i], sizeof bad);
        REFUSED(ARGUMENT, mptcp_sent, w->c, p.client.sf, &bad, p.now);
    }
    REFUSED(ARGUMENT, mptcp_sent, w->c, p.client.sf, &r, MPTCP_NEVER);
    REFUSED(STALE, mptcp_sent, w->c, MPTCP_SF_NONE, &r, p.now);
}

/* checks: none, law 5 */
static void given_wrong_arguments_when_asked_then_getters_answer_that_there_is_nothing(void **state)
{
    (void)state;
    struct pair p;
    struct caller caller;
    struct caller *w = &caller;
    struct mptcp_action a;
    struct mptcp_conn_report info;
    struct mptcp_conn_report zero = {0};
    struct mptcp_subflow_report subflow;
    struct mptcp_addr addr;
    struct mptcp_where where;
    struct mptcp_tx_map map;
    struct mptcp_rx_map place;

    establish(&p, 0, 0);
    watch(w, p.client.c);
    ANSWERS(0, mptcp_want, NULL);
    ANSWERS(MPTCP_NEVER, mptcp_deadline, NULL);
    memset(&a, 0xff, sizeof a);
    ANSWERS(0, mptcp_poll, NULL, &a);
    assert_int_equal(MPTCP_NOTHING, a.type);
    ANSWERS(0, mptcp_poll, w->c, NULL);
    IGNORED(mptcp_conn_info, w->c, NULL);
    memset(&info, 0xff, sizeof info);
    IGNORED(mptcp_conn_info, NULL, &info);
    assert_memory_equal(&zero, &info, sizeof info);
    ANSWERS_DSN(0, mptcp_rcv_nxt, NULL);
    ANSWERS(false, mptcp_subflow_silent, NULL, p.client.sf);
    ANSWERS(false, mptcp_subflow_silent, w->c, MPTCP_SF_NONE);
    REFUSED(ARGUMENT, mptcp_subflow_info, NULL, p.client.sf, &subflow);
    ANSWERS(false, mptcp_subflow_resets, NULL, p.client.sf);
    ANSWERS(false, mptcp_subflow_resets, w->c, MPTCP_SF_NONE);
    REFUSED(ARGUMENT, mptcp_subflow_info, w->c, p.client.sf, NULL);
    REFUSED(STALE, mptcp_subflow_info, w->c, MPTCP_SF_NONE, &subflow);
    ANSWERS(MPTCP_SF_NONE, mptcp_subflow_at, NULL, 0);
    ANSWERS(MPTCP_SF_NONE, mptcp_subflow_at, w->c, 1);
    ANSWERS(MPTCP_SF_NONE, mptcp_subflow_at, w->c, UINT32_MAX);
    REFUSED(ARGUMENT, mptcp_address, NULL, false, 0, &addr);
    REFUSED(ARGUMENT, mptcp_address, w->c, false, 0, NULL);
    REFUSED(NOT_FOUND, mptcp_address, w->c, false, 99, &addr);
    REFUSED(NOT_FOUND, mptcp_address, w->c, true, 99, &addr);
    REFUSED(ARGUMENT, mptcp_tx_mapping, NULL, p.client.sf, mptcp_ssn_of(1), &map);
    REFUSED(ARGUMENT, mptcp_tx_mapping, w->c, p.client.sf, mptcp_ssn_of(1), NULL);
    REFUSED(STALE, mptcp_tx_mapping, w->c, MPTCP_SF_NONE, mptcp_ssn_of(1), &map);
    REFUSED(NOT_FOUND, mptcp_tx_mapping, w->c, p.client.sf, mptcp_ssn_of(9000), &map);
    ANSWERS(0, mptcp_rx_mapping_left, NULL, p.client.sf);
    ANSWERS(0, mptcp_rx_mapping_left, w->c, MPTCP_SF_NONE);
    REFUSED(ARGUMENT, mptcp_rx_mapping, NULL, p.client.sf, &place);
    REFUSED(ARGUMENT, mptcp_rx_mapping, w->c, p.client.sf, NULL);
    REFUSED(STALE, mptcp_rx_mapping, w->c, MPTCP_SF_NONE, &place);
    REFUSED(ARGUMENT, mptcp_why_not_sending, NULL, p.client.sf, &where);
    REFUSED(STALE, mptcp_why_not_sending, w->c, p.client.sf + 1, &where);
    REFUSED(NOTHING, mptcp_why_not_sending, w->c, p.client.sf, NULL);
    REFUSED(ARGUMENT, mptcp_why_not_joining, NULL, 0, 0, &where);
    REFUSED(ARGUMENT, mptcp_why_not_joining, w->c, -2, 0, &where);
    REFUSED(ARGUMENT, mptcp_why_not_joining, w->c, 0, 256, &where);
    REFUSED(NOT_FOUND, mptcp_why_not_joining, w->c, 99, 0, &where);
    REFUSED(NOT_FOUND, mptcp_why_not_joining, w->c, 0, 99, NULL);
    REFUSED(ARGUMENT, mptcp_neglected, NULL, p.now, &where);
    REFUSED(ARGUMENT, mptcp_neglected, w->c, MPTCP_NEVER, &where);
    assert_int_equal(MPTCP_SF_NONE, where.sf);
}

/* checks: none, law 5 */
static void given_no_connection_or_no_memory_when_printed_then_nothing_is_written(void **state)
{
    (void)state;
    struct pair p;
    struct caller caller;
    struct caller *w = &caller;
    char text[8];

    establish(&p, 0, 0);
    watch(w, p.client.c);
    memset(text, 'x', sizeof text);
    ANSWERS(0, mptcp_conn_print, NULL, text, sizeof text, p.now);
    assert_true(mptcp_conn_print(w->c, NULL, sizeof text, MPTCP_NEVER) > sizeof text);
    assert_true(mptcp_conn_print(w->c, text, 0, p.now) > sizeof text);
    assert_int_equal('x', text[0]);
    assert_true(mptcp_conn_print(w->c, text, 4, p.now) > sizeof text);
    assert_int_equal(0, text[3]);
    assert_int_equal('x', text[4]);
    assert_string_equal("UNKNOWN", mptcp_state_name(99));
    assert_string_equal("UNKNOWN", mptcp_action_name(UINT32_MAX));
    assert_string_equal("UNKNOWN", mptcp_event_name(99));
    assert_string_equal("UNKNOWN", mptcp_result_name(99));
    assert_string_equal("UNKNOWN", mptcp_syn_kind_name(99));
    assert_string_equal("UNKNOWN", mptcp_policy_name(99));
    assert_string_equal("UNKNOWN", mptcp_sched_what_name(99));
    assert_string_equal("UNKNOWN", mptcp_subtype_name(99));
    assert_string_equal("UNKNOWN", mptcp_reset_reason_name(99));
    assert_string_equal("", mptcp_reset_reason_text(99));
}

/* checks: none, law 5 */
static void given_a_configuration_that_could_never_work_then_it_is_refused(void **state)
{
    (void)state;
    static _Alignas(8) uint8_t mem[CORE_BLOCK + 8];
    struct caller caller = {0};
    struct caller *w = &caller;
    struct mptcp_config cfg = core_config(0);
    struct mptcp_secret secret = {.key = 1};
    size_t size = (size_t)mptcp_conn_size(&cfg);

    IGNORED(mptcp_config_init, NULL);
    REFUSED(ARGUMENT, mptcp_conn_size, NULL);
    ANSWERS(NULL, mptcp_conn_init, NULL, size, &cfg, &secret);
    ANSWERS(NULL, mptcp_conn_init, mem, size - 1, &cfg, &secret);
    ANSWERS(NULL, mptcp_conn_init, mem + 4, size, &cfg, &secret);
    ANSWERS(NULL, mptcp_conn_init, mem, size, NULL, &secret);
    ANSWERS(NULL, mptcp_conn_init, mem, size, &cfg, NULL);
    REFUSED(ARGUMENT, mptcp_conn_check, NULL, size, &cfg, &secret, NULL);
    REFUSED(ARGUMENT, mptcp_conn_check, mem + 4, size, &cfg, &secret, NULL);
    REFUSED(ROOM, mptcp_conn_check, mem, size - 1, &cfg, &secret, NULL);
    REFUSED(ARGUMENT, mptcp_conn_check, mem, size, NULL, &secret, NULL);
    REFUSED(ARGUMENT, mptcp_conn_check, mem, size, &cfg, NULL, NULL);
    ANSWERS(NULL, mptcp_conn_resume, NULL, size, 0, 0, 1);
    ANSWERS(NULL, mptcp_conn_resume, mem + 4, size, 0, 0, 1);
    ANSWERS(NULL, mptcp_conn_resume, mem, 8, 0, 0, 1);
    ANSWERS(NULL, mptcp_conn_resume, mem, size, MPTCP_NEVER, 0, 1);
    ANSWERS(NULL, mptcp_conn_resume, mem, size, 0, MPTCP_NEVER, 1);
    assert_true(mptcp_conn_layout() != 0);
#define NEVER_WORKS(member, value)                                      \
    do {                                                                \
        cfg = core_config(0);                                           \
        cfg.member = (value);                                           \
        REFUSED(ARGUMENT, mptcp_conn_size, &cfg);                       \
        ANSWERS(NULL, mptcp_conn_init, mem, sizeof mem, &cfg, &secret); \
    } while (0)
    NEVER_WORKS(size, 0);
    NEVER_WORKS(size, sizeof cfg - 1);
    NEVER_WORKS(flags, 0x80000000u);
    NEVER_WORKS(subflows, 0);
    NEVER_WORKS(subflows, 33);
    NEVER_WORKS(addrs, 0);
    NEVER_WORKS(addrs, 65);
    NEVER_WORKS(subflow_limit, 0);
    NEVER_WORKS(rcv_buf, 0);
    NEVER_WORKS(rcv_buf, 0x40000000u);
    NEVER_WORKS(signal_rto, 0);
    NEVER_WORKS(signal_rto, UINT32_MAX);
    NEVER_WORKS(add_addr_rto, UINT32_MAX);
    NEVER_WORKS(option_room, MPTCP_OPTION_MAX + 1);
    NEVER_WORKS(policy, MPTCP_POLICY_BACKUP + 1);
#undef NEVER_WORKS
    cfg = core_config(0);
    cfg.option_room = 19;
    REFUSED(ROOM, mptcp_conn_size, &cfg);
    for (size_t i = 0; i < sizeof mem; i++) {
        assert_int_equal(0, mem[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_no_connection_or_no_memory_when_printed_then_nothing_is_written),
        cmocka_unit_test(given_a_segment_that_leaves_when_arguments_are_wrong_then_nothing_changes),
        cmocka_unit_test(given_octets_to_send_when_a_commit_is_wrong_then_nothing_changes),
        cmocka_unit_test(given_octets_to_deliver_when_a_commit_is_wrong_then_nothing_changes),
        cmocka_unit_test(given_octets_to_free_when_more_is_let_go_then_nothing_changes),
        cmocka_unit_test(given_octets_to_release_when_more_or_less_is_let_go_then_nothing_changes),
        cmocka_unit_test(
            given_wrong_arguments_when_asked_then_getters_answer_that_there_is_nothing),
        cmocka_unit_test(given_a_configuration_that_could_never_work_then_it_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
