/*
 * test_announce.c - what the two sides tell each other of their addresses: ADD_ADDR and
 * its echo. REMOVE_ADDR is in test_announce_removed.c.
 */
#include "core_test.h"

#define MANY 40u
#define MANY_BLOCK MPTCP_CONN_SIZE(CORE_SUBFLOWS, MANY, CORE_RUNS)

static _Alignas(uint64_t) uint8_t blocks[2 * MANY_BLOCK];

/* A fully established pair with room for many addresses. */
static void establish_many(struct pair *p)
{
    struct mptcp_config cfg = core_config(0);

    cfg.addrs = MANY;
    cfg.policy = MPTCP_POLICY_HOST;
    establish_as(p, &cfg, blocks, MANY_BLOCK);
}

/* --------------------------------------------------------------------------- ADD_ADDR */

static const struct {
    uint8_t family;
    uint16_t port;
    unsigned length;
    unsigned echo;
} forms[] = {{4, 0, 16, 8}, {4, 8080, 18, 10}, {6, 0, 28, 20}, {6, 8080, 30, 22}};

static struct mptcp_addr of_form(unsigned i)
{
    return forms[i].family == 4 ? address(7, 2, forms[i].port) : address6(7, 2, forms[i].port);
}

/* checks: A-1 A-3 A-4 A-5 A-6 P-1 */
static void given_an_address_of_either_family_then_it_is_announced_and_echoed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct pair p;
        struct mptcp_addr addr = of_form(i);
        struct mptcp_addr got;

        establish(&p, 0, 0);
        uint8_t id = announces(&p, addr);
        struct wire w = says(&p, &p.server, p.server.sf);
        struct mptcp_options o = options_of(&w);
        assert_int_equal(forms[i].length, w.options[1]);
        assert_int_equal(0, w.options[2] & 0x0e); /* reserved */
        assert_int_equal(id, o.add_addr.addr_id);
        assert_int_equal(forms[i].port != 0, o.add_addr.has_port);
        assert_true(o.add_addr.hmac == mptcp_add_addr_hmac(SERVER_KEY, CLIENT_KEY, id, &addr));
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, id, &got));
        assert_true(mptcp_addr_same_ip(&addr, &got));
        assert_int_equal(forms[i].port != 0 ? forms[i].port : 80, got.port);

        struct wire echo = says(&p, &p.client, p.client.sf);
        o = options_of(&echo);
        assert_int_equal(forms[i].echo, echo.options[1]);
        assert_int_equal(1, o.add_addr.echo);
        assert_int_equal(id, o.add_addr.addr_id);
        assert_true(mptcp_addr_same_ip(&addr, &o.add_addr.addr));
        assert_int_equal(forms[i].port, o.add_addr.has_port ? o.add_addr.addr.port : 0);
        echo = says(&p, &p.client, p.client.sf);
        assert_false(has_option(&echo, MPTCP_ADD_ADDR)); /* once */
    }
}

/* checks: A-4 */
static void given_any_bit_of_the_hmac_wrong_then_the_address_was_never_heard_of(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct pair p;
        struct mptcp_addr addr = of_form(i);
        struct mptcp_addr got;

        establish(&p, 0, 0);
        for (unsigned bit = 0; bit < 66; bit++) {
            struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, 3, addr);
            o.u.add_addr.hmac ^= bit < 64 ? 1ull << bit : 0;
            o.u.add_addr.addr_id ^= bit == 64;    /* right, but of another id */
            o.u.add_addr.addr.ip[3] ^= bit == 65; /* ... or of another address */
            option_comes(&p, &p.client, p.client.sf, &o);
            struct wire w = says(&p, &p.client, p.client.sf);
            assert_false(has_option(&w, MPTCP_ADD_ADDR));
            assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, true, 3, &got));
            assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, true, 2, &got));
        }
        /* What we say ourselves, sent back to us: the keys are the other way round. */
        struct mptcp_option mirror = add_addr(CLIENT_KEY, SERVER_KEY, 3, addr);
        option_comes(&p, &p.client, p.client.sf, &mirror);
        assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, true, 3, &got));
        drain(&p, &p.client);
        assert_false(wants(&p.client, MPTCP_EVENT));
    }
}

/* checks: A-1 R-3 G-3 */
static void given_a_segment_that_tcp_refuses_then_its_addresses_mean_nothing(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr got;
    struct mptcp_option add = add_addr(SERVER_KEY, CLIENT_KEY, 3, address(7, 2, 0));
    struct mptcp_option gone = {.subtype = MPTCP_REMOVE_ADDR, .u.remove_addr.count = 1};
    const uint32_t numbers[3][2] = {
        {1 + 20000, 101}, /* beyond the window */
        {0, 101},         /* old */
        {1, 102},         /* acknowledges what we never sent */
    };

    establish(&p, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        struct wire w = with_option(&add, ACK, numbers[i][0], 0, numbers[i][1]);
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_address(p.client.c, true, 3, &got));
        w = with_option(&gone, ACK, numbers[i][0], 0, numbers[i][1]);
        come(&p, &p.client, p.client.sf, &w);
        assert_false(wants(&p.client, MPTCP_PROBE));
    }
}

/* checks: A-6, bug class 32 */
static void given_no_echo_then_each_wait_is_twice_as_long_and_the_sixth_is_the_last(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    announces(&p, address(7, 2, 0));
    for (unsigned i = 0; i < 6; i++) {
        struct wire w = says(&p, &p.server, p.server.sf);
        assert_true(has_option(&w, MPTCP_ADD_ADDR));
        drain(&p, &p.server);
        w = says(&p, &p.server, p.server.sf);
        assert_false(has_option(&w, MPTCP_ADD_ADDR));
        drain(&p, &p.server);
        if (i < 5) {
            mptcp_time due = mptcp_deadline(p.server.c);
            assert_true(due == p.now + (1000000ull << i));
            p.now = due - 1;
            mptcp_on_timeout(p.server.c, p.now);
            assert_false(wants(&p.server, MPTCP_SEND_ACK));
            next_timeout(&p, &p.server);
        }
    }
    assert_true(mptcp_deadline(p.server.c) == MPTCP_NEVER);
}

/* checks: A-6 */
static void given_an_echo_of_something_else_then_it_is_announced_again_all_the_same(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    uint8_t id = announces(&p, address(7, 2, 0));
    for (unsigned i = 0; i < 3; i++) {
        struct mptcp_option o = {.subtype = MPTCP_ADD_ADDR, .u.add_addr.echo = 1};
        o.u.add_addr.addr_id = (uint8_t)(id + (i == 0));
        o.u.add_addr.addr = address(i == 1 ? 8 : 7, 2, 0);
        struct wire w = says(&p, &p.server, p.server.sf);
        assert_true(has_option(&w, MPTCP_ADD_ADDR));
        option_comes(&p, &p.server, p.server.sf, &o);
        drain(&p, &p.server);
        says(&p, &p.server, p.server.sf);
        drain(&p, &p.server);
        /* The last one is right. */
        if (i < 2) {
            next_timeout(&p, &p.server);
        }
    }
    assert_true(mptcp_deadline(p.server.c) == MPTCP_NEVER);
}

/* checks: A-8 */
static void
given_an_address_that_did_not_answer_then_only_a_refresh_has_it_tried_again(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    hears_of(&p, 3, address(7, 2, 8000));
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    for (unsigned times = 0; times < 3; times++) {
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        mptcp_on_gone(p.client.c, a.sf, MPTCP_E_SUBFLOW_FAILED, p.now);
        drain(&p, &p.client);
        p.now += 100000000;
        mptcp_on_timeout(p.client.c, p.now);
        assert_false(wants(&p.client, MPTCP_CONNECT));
        struct wire echo = hears_of(&p, 3, address(7, 2, 8000));
        assert_true(has_option(&echo, MPTCP_ADD_ADDR));
        assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_int_equal(3, a.remote_id);
    }
}

/* checks: A-9 */
static void given_an_id_for_another_address_then_only_its_removal_makes_way(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr got;
    static const uint8_t id = 3;

    establish_many(&p);
    hears_of(&p, id, address(7, 2, 0));
    drain(&p, &p.client);
    struct wire w = hears_of(&p, id, address(8, 2, 0));
    assert_false(has_option(&w, MPTCP_ADD_ADDR));
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, id, &got));
    assert_int_equal(7, got.ip[1]);
    /* At once, before the application or a timer had its turn. */
    removal_comes(&p, &p.client, &id, 1);
    w = hears_of(&p, id, address(8, 2, 0));
    assert_true(has_option(&w, MPTCP_ADD_ADDR));
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, id, &got));
    assert_int_equal(8, got.ip[1]);
}

/* checks: A-9 R-2 J-4 */
static void given_a_subflow_at_an_id_then_no_other_address_gets_it_before_it_is_over(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr got;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, 0, 0);
    uint8_t id = announces(&p, address(7, 2, 0));
    struct wire w = says(&p, &p.server, p.server.sf);
    come(&p, &p.client, p.client.sf, &w);
    joins(&p, &p.client, &p.server, &ours, &theirs);
    assert_int_equal(id, subflow_of(&p.client, ours).remote_id);
    removal_comes(&p, &p.client, &id, 1);
    w = hears_of(&p, id, address(8, 2, 0));
    assert_false(has_option(&w, MPTCP_ADD_ADDR));
    mptcp_on_gone(p.client.c, ours, MPTCP_E_PEER_RESET, p.now);
    drain(&p, &p.client);
    w = hears_of(&p, id, address(8, 2, 0));
    assert_true(has_option(&w, MPTCP_ADD_ADDR));
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, true, id, &got));
    assert_int_equal(8, got.ip[1]);
}

/* checks: A-2 H-2 Y-3 */
static void given_many_addresses_then_no_more_subflows_are_opened_than_allowed(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    unsigned opened = 0;

    establish(&p, 0, 0);
    for (uint8_t id = 1; id < 10; id++) {
        hears_of(&p, id, address(10u + id, 2, 0));
    }
    while (find_action(&p, &p.client, MPTCP_CONNECT, &a)) {
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
        opened++;
    }
    assert_int_equal(CORE_SUBFLOWS - 1, opened);
}

/* checks: A-4 J-3 S-3 */
static void given_an_address_of_the_other_family_then_it_is_joined_from_one_of_its_own(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_addr six = address6(1, 1, 0);
    uint8_t id;

    establish(&p, 0, 0);
    hears_of(&p, 3, address6(7, 2, 8000));
    assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &six, MPTCP_ADDR_JOIN, &id, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(id, a.addr_id);
    assert_int_equal(3, a.remote_id);
    assert_int_equal(6, a.local.family);
    assert_int_equal(6, a.remote.family);
    assert_int_equal(8000, a.remote.port);
}

/* checks: A-3 J-4 */
static void
given_a_join_that_came_to_the_usual_port_then_an_announcement_on_it_leaves_it_out(void **state)
{
    (void)state;
    static const uint16_t ports[] = {80, 8080};

    for (unsigned k = 0; k < 2; k++) {
        struct pair p;
        mptcp_sf ours;
        mptcp_sf theirs;

        two_subflows(&p, &ours, &theirs);
        assert_int_equal(MPTCP_OK,
                         mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_SUBFLOW_FAILED, p.now));
        announces(&p, address(7, 2, ports[k]));
        drain(&p, &p.server);
        struct wire w = says(&p, &p.server, theirs);
        assert_true(has_option(&w, MPTCP_ADD_ADDR));
        assert_int_equal(ports[k] != 80, options_of(&w).add_addr.has_port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_address_of_either_family_then_it_is_announced_and_echoed),
        cmocka_unit_test(given_any_bit_of_the_hmac_wrong_then_the_address_was_never_heard_of),
        cmocka_unit_test(given_a_segment_that_tcp_refuses_then_its_addresses_mean_nothing),
        cmocka_unit_test(given_no_echo_then_each_wait_is_twice_as_long_and_the_sixth_is_the_last),
        cmocka_unit_test(given_an_echo_of_something_else_then_it_is_announced_again_all_the_same),
        cmocka_unit_test(
            given_an_address_that_did_not_answer_then_only_a_refresh_has_it_tried_again),
        cmocka_unit_test(given_an_id_for_another_address_then_only_its_removal_makes_way),
        cmocka_unit_test(given_a_subflow_at_an_id_then_no_other_address_gets_it_before_it_is_over),
        cmocka_unit_test(given_many_addresses_then_no_more_subflows_are_opened_than_allowed),
        cmocka_unit_test(
            given_an_address_of_the_other_family_then_it_is_joined_from_one_of_its_own),
        cmocka_unit_test(
            given_a_join_that_came_to_the_usual_port_then_an_announcement_on_it_leaves_it_out),
    };
    return cmocka_run_group_tests_name("announce", tests, NULL, NULL);
}
