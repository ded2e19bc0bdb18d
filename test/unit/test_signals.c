/*
 * test_signals.c - signals beside data and beside each other (RFC 8684 s3, s3.4.1, Appendix A):
 * what shares a segment, what waits for one of its own, what an echo says.
 */
#include "bugs_test.h"

/* checks: A-6 A-7 A-9 */
static void given_an_announcement_then_its_echo_says_the_same_without_the_hmac(void **state)
{
    (void)state;
    struct mptcp_addr addrs[] = {{.family = 4, .ip = {192, 168, 7, 2}, .port = 80},
                                 {.family = 4, .ip = {192, 168, 7, 2}, .port = 8000},
                                 {.family = 6, .ip = {0xfd, 0, 7}, .port = 80},
                                 {.family = 6, .ip = {0xfd, 0, 7}, .port = 8000}};
    for (unsigned i = 0; i < sizeof addrs / sizeof addrs[0]; i++) {
        struct pair p;

        establish(&p, 0, 0);
        announces(&p, addrs[i]);
        struct wire w = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
        struct mptcp_options said = options_of(&w);
        assert_true(has_option(&w, MPTCP_ADD_ADDR));
        assert_int_equal(0, said.add_addr.echo);
        assert_int_equal(i % 2, said.add_addr.has_port); /* where it is not the initial one */
        come(&p, &p.client, p.client.sf, &w);
        struct wire echo = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
        struct mptcp_options back = options_of(&echo);
        assert_int_equal(1, back.add_addr.echo);
        assert_int_equal(said.add_addr.addr_id, back.add_addr.addr_id);
        assert_memory_equal(&said.add_addr.addr, &back.add_addr.addr, sizeof addrs[0]);
        assert_int_equal(said.add_addr.has_port, back.add_addr.has_port);
        assert_true(back.add_addr.hmac == 0);
        drain(&p, &p.client);
        echo = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
        assert_false(has_option(&echo, MPTCP_ADD_ADDR)); /* once */
    }
}

/* checks: P-1 */
static void given_an_announcement_and_data_then_it_waits_for_an_ack_of_its_own(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr addr = address(7, 2, 8000);

    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    announces(&p, addr);
    room(&p, &p.server, p.server.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.server.c, 100, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 100, MPTCP_DONE, p.now));
    struct wire data = send_from(&p, &p.server, p.server.sf, ACK, 1, 100, 101);
    assert_int_equal(MPTCP_HAS(MPTCP_DSS), options_of(&data).present);
    assert_in_range(data.seg.options_len, 20, 28); /* beside 12 of timestamps: 40 */
    assert_true(wants(&p.server, MPTCP_SEND_ACK));
    struct wire ack = send_from(&p, &p.server, p.server.sf, ACK, 101, 0, 101);
    assert_true(has_option(&ack, MPTCP_ADD_ADDR));
    assert_in_range(ack.seg.options_len, 18, 40 - 12);
}

/* checks: P-1 D-17 */
static void given_less_and_less_room_then_what_is_needed_most_stays(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_txseg data = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(101), .len = 100};
    struct mptcp_receipt r;
    uint8_t octets[MPTCP_OPTION_MAX];
    struct mptcp_options o;

    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    room(&p, &p.client, p.client.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 100, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    for (size_t left = 0; left <= MPTCP_OPTION_MAX; left++) {
        int n = mptcp_tx_options(p.client.c, p.client.sf, &data, octets, left, &r);
        if (n < 0) {
            assert_int_equal(MPTCP_E_ROOM, n);
            assert_true(left < 20);
            continue;
        }
        assert_in_range(n, 20, left);
        mptcp_options_read(octets, (size_t)n, ACK, &o, NULL);
        assert_int_not_equal(0, o.dss.flags & MPTCP_DSS_MAP);
        assert_true(o.dss.has_checksum);
        assert_int_equal(left >= 24, (o.dss.flags & MPTCP_DSS_ACK) != 0);
    }
}

/* No eight octets of these options are one of the two keys. */
static void tells_no_key(const struct wire *w)
{
    for (unsigned i = 0; i + 8 <= w->seg.options_len; i++) {
        uint64_t v = 0;
        for (unsigned k = 0; k < 8; k++) {
            v = v << 8 | w->options[i + k];
        }
        assert_true(v != CLIENT_KEY && v != SERVER_KEY);
    }
}

/* checks: Y-2 */
static void given_everything_but_mp_capable_and_mp_fastclose_then_no_key_is_in_it(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr addr = address(7, 2, 8000);
    mptcp_sf ours;
    mptcp_sf theirs;
    struct wire w[9];

    establish(&p, MPTCP_CFG_CHECKSUM, 0);
    w[0] = join_answered(&p, &local, &ours, &theirs);
    w[1] = send_from(&p, &p.client, ours, SYN, 0, 0, 0);
    come(&p, &p.client, ours, &w[0]);
    w[2] = send_from(&p, &p.client, ours, ACK, 1, 0, 1);
    announces(&p, addr);
    w[3] = send_from(&p, &p.server, p.server.sf, ACK, 1, 0, 101);
    come(&p, &p.client, p.client.sf, &w[3]);
    w[4] = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1); /* the echo */
    assert_true(has_option(&w[4], MPTCP_ADD_ADDR));
    assert_int_equal(MPTCP_OK, mptcp_set_backup(p.client.c, p.client.sf, true, p.now));
    w[5] = send_from(&p, &p.client, p.client.sf, ACK, 101, 0, 1);
    assert_true(has_option(&w[5], MPTCP_PRIO));
    room(&p, &p.client, p.client.sf, 100);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 100, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    w[6] = send_from(&p, &p.client, p.client.sf, ACK, 101, 100, 1);
    assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p.client.c, p.now));
    w[7] = send_from(&p, &p.client, p.client.sf, ACK, 201, 0, 1);
    assert_true(has_option(&w[7], MPTCP_DSS));
    w[8] = send_from(&p, &p.client, ours, RST | ACK, 1, 0, 1);
    assert_true(has_option(&w[8], MPTCP_TCPRST));
    for (unsigned i = 0; i < 9; i++) {
        assert_true(w[i].seg.options_len > 0);
        tells_no_key(&w[i]);
    }
}

/* checks: G-2 */
static void given_two_signals_in_a_row_when_data_leave_then_the_third_need_not_wait(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    for (unsigned n = 0; n < 3; n++) {
        assert_int_equal(MPTCP_OK, mptcp_set_backup(p.client.c, p.client.sf, n % 2 == 0, p.now));
        assert_int_equal(n < 2, wants(&p.client, MPTCP_SEND_ACK));
        if (n < 2) {
            says(&p, &p.client, p.client.sf);
        }
    }
    client_sends(&p, 101, 100);
    assert_true(wants(&p.client, MPTCP_SEND_ACK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_announcement_then_its_echo_says_the_same_without_the_hmac),
        cmocka_unit_test(given_an_announcement_and_data_then_it_waits_for_an_ack_of_its_own),
        cmocka_unit_test(given_less_and_less_room_then_what_is_needed_most_stays),
        cmocka_unit_test(given_everything_but_mp_capable_and_mp_fastclose_then_no_key_is_in_it),
        cmocka_unit_test(given_two_signals_in_a_row_when_data_leave_then_the_third_need_not_wait),
    };
    return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
