/*
 * test_version0_hijack.c - an attacker who is on no path announces his address to the client of a
 * connection of version 0 (RFC 7430 s2): what ADD_ADDR lets him do, and what ADD_ADDR2 prevents
 * (Z-68 to Z-70). `make hijack` plays it over lwIP.
 */
#include "version0_test.h"

static const struct mptcp_addr attacker = {.family = 4, .port = 80, .ip = {10, 9, 9, 9}};

static void victim(struct pair *p, unsigned mode)
{
    struct mptcp_config cfg = config_of(0, 0);
    cfg.add_addr2 = (uint8_t)mode;
    establish_both(p, &cfg);
}

/* The client opens a subflow to the attacker: its handles there and at the server, to which he
 * forwards all segments under his own address. */
static void rides_along(struct pair *p, mptcp_sf *ours, mptcp_sf *theirs)
{
    struct mptcp_action a;
    struct mptcp_addr server = address(0, 2, 80);
    struct mptcp_addr him = attacker;

    assert_true(find_action(p, &p->client, MPTCP_CONNECT, &a));
    assert_true(mptcp_addr_same_ip(&attacker, &a.remote));
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
    *ours = a.sf;
    struct wire syn = send_from(p, &p->client, a.sf, SYN, 0, 0, 0);
    assert_int_equal(0xe47f0142u, options0(&syn).join.token); /* now he knows the token */
    syn.seg.options = syn.options;
    him.port = 6000;
    assert_int_equal(MPTCP_OK,
                     mptcp_accept_join(p->server.c, &syn.seg, &server, &him, theirs, p->now));
    struct wire synack = send_from(p, &p->server, *theirs, SYN | ACK, 0, 0, 1);
    join_completes(p, &p->client, *ours, &p->server, *theirs, &synack);
    assert_int_equal(1, subflow_of(&p->client, *ours).established);
    assert_int_equal(1, subflow_of(&p->server, *theirs).established);
}

/* He resets the first subflow at both ends, and both streams go through his hands. */
static void takes_over(struct pair *p, mptcp_sf ours, mptcp_sf theirs)
{
    struct stream s[2];

    mptcp_on_gone(p->client.c, p->client.sf, MPTCP_E_PEER_RESET, p->now);
    mptcp_on_gone(p->server.c, p->server.sf, MPTCP_E_PEER_RESET, p->now);
    streams_begin(p, s);
    streams_add(s, ours, theirs);
    mptcp_on_written(p->client.c, 1000, p->now);
    mptcp_on_written(p->server.c, 700, p->now);
    streams_complete(p, s, 1000, 700);
}

/* checks: Z-69 Z-70 Z-78 */
static void given_announcements_without_hmac_are_taken_then_the_attacker_gets_all_data(void **state)
{
    (void)state;
    static const unsigned modes[] = {MPTCP_ADD_ADDR2_OFF,
                                     MPTCP_ADD_ADDR2_SENDER_KEY | MPTCP_ADD_ADDR2_AND_PLAIN};

    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct pair p;
        mptcp_sf ours;
        mptcp_sf theirs;
        victim(&p, modes[i]);
        raw_comes(&p, &p.client, "1e0834030a090909");
        rides_along(&p, &ours, &theirs);
        takes_over(&p, ours, theirs);
    }
}

/* checks: Z-67 Z-68 Z-70 Z-78 */
static void given_add_addr2_is_required_then_nothing_leads_to_the_attacker(void **state)
{
    (void)state;
    static const char *const forged[] = {
        "1e0834030a090909", /* without an HMAC */
        "1e0a34030a0909090050",
        "1e1084030a0909090000000000000000", /* zeros */
        "1e1084030a0909090123456789abcdef", /* guessed */
        "1e1084030a020202a37f5de361b9f749", /* the client's own, reflected to it */
        "1e1034030a0909090123456789abcdef",
        "1e1030030a0909090123456789abcdef",
    };

    for (size_t i = 0; i < COUNT_OF(forged); i++) {
        struct pair p;
        struct mptcp_action a;
        struct stream s[2];
        struct mptcp_addr got;
        victim(&p, MPTCP_ADD_ADDR2_SENDER_KEY);
        raw_comes(&p, &p.client, forged[i]);
        assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, true, 3, &got));
        assert_int_equal(1, info_of(&p.client).announcements_ignored);
        assert_int_equal(1, info_of(&p.client).subflows);
        /* The connection is unharmed. */
        streams_begin(&p, s);
        streams_add(s, p.client.sf, p.server.sf);
        mptcp_on_written(p.client.c, 1000, p.now);
        mptcp_on_written(p.server.c, 700, p.now);
        streams_complete(&p, s, 1000, 700);
    }
}

/* checks: Z-68 Z-78 */
static void given_the_servers_own_announcement_is_reflected_to_it_then_it_is_ignored(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr got;

    victim(&p, MPTCP_ADD_ADDR2_SENDER_KEY);
    raw_comes(&p, &p.server, "1e1084010a010202b8b8550cbb971caa");
    assert_int_equal(1, info_of(&p.server).announcements_ignored);
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.server.c, true, 1, &got));
    /* At the client it is right, and a replay repeats a true address only. */
    for (unsigned i = 0; i < 2; i++) {
        raw_comes(&p, &p.client, "1e1084010a010202b8b8550cbb971caa");
        assert_int_equal(0, info_of(&p.client).announcements_ignored);
        assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, 1, &got));
    }
}

/* checks: Z-68 Z-70 Z-78 */
static void
given_an_attacker_who_knows_the_servers_key_then_add_addr2_is_no_protection(void **state)
{
    (void)state;
    struct pair p;
    mptcp_sf ours;
    mptcp_sf theirs;

    victim(&p, MPTCP_ADD_ADDR2_SENDER_KEY);
    raw_comes(&p, &p.client, "1e1084030a0909092edc9f51bb70fd6f");
    rides_along(&p, &ours, &theirs);
    takes_over(&p, ours, theirs);
}

/* checks: Z-68 Z-69 */
static void given_a_forged_segment_out_of_the_window_then_it_does_not_even_count(void **state)
{
    (void)state;
    static const uint32_t numbers[][2] = {{1 + 20000, 101}, {1, 102}}; /* ssn, ack */

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct pair p;
        struct mptcp_action a;
        victim(&p, MPTCP_ADD_ADDR2_OFF);
        struct wire w = raw("1e0834030a090909", ACK, numbers[i][0], 0, numbers[i][1]);
        come(&p, &p.client, p.client.sf, &w);
        assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_int_equal(0, info_of(&p.client).announcements_ignored);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_announcements_without_hmac_are_taken_then_the_attacker_gets_all_data),
        cmocka_unit_test(given_add_addr2_is_required_then_nothing_leads_to_the_attacker),
        cmocka_unit_test(given_the_servers_own_announcement_is_reflected_to_it_then_it_is_ignored),
        cmocka_unit_test(
            given_an_attacker_who_knows_the_servers_key_then_add_addr2_is_no_protection),
        cmocka_unit_test(given_a_forged_segment_out_of_the_window_then_it_does_not_even_count),
    };
    return cmocka_run_group_tests_name("version0_hijack", tests, NULL, NULL);
}
