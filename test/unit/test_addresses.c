/*
 * test_addresses.c - the tables of addresses of both sides: ids, slots taken and freed again, and
 * tables that are full at each of their capacities.
 */
#include "core_test.h"

#define ADDRS_MAX 64u
#define BLOCK_MAX MPTCP_CONN_SIZE(CORE_SUBFLOWS, ADDRS_MAX, CORE_RUNS)

static _Alignas(uint64_t) uint8_t blocks[2 * BLOCK_MAX];

/* A fully established pair with this many slots for addresses on either side. */
static void establish_with(struct pair *p, unsigned addrs)
{
    struct mptcp_config cfg = core_config(0);

    cfg.addrs = (uint8_t)addrs;
    cfg.policy = MPTCP_POLICY_HOST;
    establish_as(p, &cfg, blocks, BLOCK_MAX);
}

static int add(struct pair *p, struct mptcp_addr addr, uint8_t *id)
{
    return mptcp_add_address(p->client.c, &addr, 0, id, p->now);
}

static bool known(const struct side *s, bool remote, uint8_t id)
{
    struct mptcp_addr got;
    return mptcp_address(s->c, remote, id, &got) == MPTCP_OK;
}

/* Removes an address of the client's, and the peer is told. */
static void goes(struct pair *p, uint8_t id)
{
    struct mptcp_path near = {.size = sizeof near, .segment_size = 100, .srtt_us = 1000};
    assert_int_equal(MPTCP_OK, mptcp_on_path(p->client.c, p->client.sf, &near, p->now));
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p->client.c, id, p->now));
    struct wire w = says(p, &p->client, p->client.sf);
    assert_int_equal(1, options_of(&w).remove_addr.count);
    assert_int_equal(id, options_of(&w).remove_addr.ids[0]);
    p->now += near.srtt_us; /* not too many signals in a row (G-2) */
    mptcp_on_timeout(p->client.c, p->now);
    assert_false(known(&p->client, false, id));
}

/* The server says of an address of its own that it is there; true if the client keeps it. */
static bool is_announced(struct pair *p, uint8_t id, unsigned net)
{
    struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, id, address(net, 2, 0));
    option_comes(p, &p->client, p->client.sf, &o);
    struct wire w = says(p, &p->client, p->client.sf);
    bool echoed = has_option(&w, MPTCP_ADD_ADDR) && options_of(&w).add_addr.addr_id == id;
    assert_int_equal(echoed, known(&p->client, true, id));
    return echoed;
}

static void is_removed(struct pair *p, uint8_t id)
{
    struct mptcp_option o = {.subtype = MPTCP_REMOVE_ADDR, .u.remove_addr.count = 1};
    o.u.remove_addr.ids[0] = id;
    option_comes(p, &p->client, p->client.sf, &o);
    drain(p, &p->client);
    mptcp_on_timeout(p->client.c, p->now);
    assert_false(known(&p->client, true, id));
}

/* checks: A-2 J-3 */
static void given_a_local_table_full_at_any_size_then_one_more_is_refused_unchanged(void **state)
{
    (void)state;
    static uint8_t before[BLOCK_MAX];

    for (unsigned k = 1; k <= ADDRS_MAX; k++) {
        struct pair p;
        bool given[256] = {true};
        uint8_t id = 0;

        establish_with(&p, k);
        for (unsigned i = 1; i < k; i++) {
            assert_int_equal(MPTCP_OK, add(&p, address(i, 1, 0), &id));
            assert_false(given[id]);
            given[id] = true;
        }
        memcpy(before, blocks, sizeof before);
        assert_int_equal(MPTCP_E_FULL, add(&p, address(200, 1, 0), &id));
        assert_memory_equal(before, blocks, sizeof before);
        if (k == 1) {
            continue;
        }
        /* One goes, and there is a place again, once the peer knows. */
        assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, id, p.now));
        assert_int_equal(MPTCP_E_FULL, add(&p, address(200, 1, 0), &id));
        says(&p, &p.client, p.client.sf);
        mptcp_on_timeout(p.client.c, p.now);
        assert_int_equal(MPTCP_OK, add(&p, address(200, 1, 0), &id));
        assert_int_equal(MPTCP_E_FULL, add(&p, address(201, 1, 0), &id));
        client_sends(&p, 101, 100);
        assert_int_equal(0, info_of(&p.client).error);
    }
}

/* checks: A-2 A-6 R-5 */
static void given_a_remote_table_full_at_any_size_then_one_more_is_as_if_never_heard(void **state)
{
    (void)state;
    for (unsigned k = 1; k <= ADDRS_MAX; k++) {
        struct pair p;

        establish_with(&p, k);
        for (unsigned i = 1; i < k; i++) {
            assert_true(is_announced(&p, (uint8_t)i, i));
        }
        drain(&p, &p.client);
        assert_false(is_announced(&p, 100, 100));
        assert_false(wants(&p.client, MPTCP_EVENT));
        /* Those that are known are not touched, and its removal means nothing. */
        is_removed(&p, 100);
        for (unsigned i = 1; i < k; i++) {
            assert_true(known(&p.client, true, (uint8_t)i));
        }
        client_sends(&p, 101, 100);
        if (k > 1) {
            is_removed(&p, (uint8_t)(k - 1));
            assert_true(is_announced(&p, 100, 100));
        }
    }
}

/* checks: J-4 J-6 J-14 T-1 */
static void given_full_tables_then_a_join_to_somewhere_new_has_no_place(void **state)
{
    (void)state;
    for (unsigned k = 1; k <= ADDRS_MAX; k++) {
        struct pair p;
        struct mptcp_addr there = address(0, 2, 80);
        struct mptcp_addr elsewhere = address(200, 2, 80);
        struct mptcp_addr from = address(201, 1, 6000);
        struct mptcp_option o = {.subtype = MPTCP_JOIN};
        mptcp_sf sf;

        establish_with(&p, k);
        for (unsigned i = 1; i < k; i++) {
            struct mptcp_addr addr = address(i, 2, 0);
            uint8_t id;
            assert_int_equal(MPTCP_OK, mptcp_add_address(p.server.c, &addr, 0, &id, p.now));
        }
        o.u.join.form = MPTCP_JOIN_SYN;
        o.u.join.addr_id = 9;
        o.u.join.token = info_of(&p.server).local_token;
        struct wire syn = with_option(&o, SYN, 0, 0, 0);
        syn.seg.options = syn.options;
        assert_int_equal(MPTCP_E_FULL,
                         mptcp_accept_join(p.server.c, &syn.seg, &elsewhere, &from, &sf, p.now));
        assert_int_equal(1, info_of(&p.server).subflows);
        /* Where the peer comes from need not be kept, only where it came to. */
        assert_int_equal(MPTCP_OK,
                         mptcp_accept_join(p.server.c, &syn.seg, &there, &from, &sf, p.now));
        assert_int_equal(k > 1, known(&p.server, true, 9));
        assert_int_equal(9, subflow_of(&p.server, sf).remote_id);
    }
}

/* checks: A-2 J-3, bug class 30 */
static void given_ids_go_round_and_round_then_none_is_0_or_in_use(void **state)
{
    (void)state;
    struct pair p;
    uint8_t held[ADDRS_MAX - 2];
    uint8_t id = 0;
    uint8_t last = 0;
    unsigned wraps = 0;

    establish_with(&p, ADDRS_MAX);
    for (unsigned i = 0; i < sizeof held; i++) {
        assert_int_equal(MPTCP_OK, add(&p, address(i + 1, 1, 0), &held[i]));
    }
    for (unsigned n = 0; n < 800; n++) {
        assert_int_equal(MPTCP_OK, add(&p, address(200, 1, 0), &id));
        assert_int_not_equal(0, id);
        for (unsigned i = 0; i < sizeof held; i++) {
            assert_int_not_equal(held[i], id);
        }
        wraps += id < last;
        last = id;
        goes(&p, id);
    }
    assert_in_range(wraps, 3, 5);
}

/* checks: A-2 A-9 R-1 J-3 */
static void
given_an_address_is_gone_and_a_subflow_still_has_its_id_then_it_is_not_reused(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    uint8_t first;
    uint8_t id;

    establish_with(&p, 4);
    assert_int_equal(MPTCP_OK, add(&p, address(1, 1, 0), &first));
    assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, first, 0, p.now));
    mptcp_sf ours;
    mptcp_sf theirs;
    joins(&p, &p.client, &p.server, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, first, p.now));
    for (unsigned n = 0; n < 300; n++) {
        assert_int_equal(MPTCP_OK, add(&p, address(2, 1, 0), &id));
        assert_int_not_equal(first, id);
        goes(&p, id);
    }
    /* The subflow closes, and only then the peer is told; the id may come again. */
    assert_true(find_action(&p, &p.client, MPTCP_CLOSE_SUBFLOW, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    struct wire w = says(&p, &p.client, p.client.sf);
    assert_false(has_option(&w, MPTCP_REMOVE_ADDR));
    mptcp_on_gone(p.client.c, ours, MPTCP_E_CLOSED, p.now);
    drain(&p, &p.client);
    w = says(&p, &p.client, p.client.sf);
    assert_int_equal(first, options_of(&w).remove_addr.ids[0]);
    mptcp_on_timeout(p.client.c, p.now);
    bool again = false;
    for (unsigned n = 0; n < 300; n++) {
        assert_int_equal(MPTCP_OK, add(&p, address(2, 1, 0), &id));
        again |= id == first;
        goes(&p, id);
    }
    assert_true(again);
}

/* checks: R-1 R-6 A-2, bug class 30 */
static void given_the_initial_address_goes_and_comes_back_then_it_has_another_id(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;
    uint8_t id;

    two_subflows(&p, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, 0, p.now));
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_remove_address(p.client.c, 0, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_CLOSE_SUBFLOW, &a));
    assert_int_equal(p.client.sf, a.sf);
    mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now);
    mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_CLOSED, p.now);
    drain(&p, &p.client);
    struct wire w = says(&p, &p.client, ours);
    assert_int_equal(1, options_of(&w).remove_addr.count);
    assert_int_equal(0, options_of(&w).remove_addr.ids[0]);
    /* S-4: what the connection was opened with stays readable. */
    assert_true(known(&p.client, false, 0));
    struct mptcp_addr back = address(0, 1, 5000);
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.client.c, &back, MPTCP_ADDR_JOIN, &id, p.now));
    assert_int_not_equal(0, id);
    assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    assert_int_equal(id, a.addr_id);
}

/* checks: A-8 A-9, bug class 36 */
static void
given_a_slot_had_another_address_then_what_was_tried_with_it_does_not_count(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    for (unsigned n = 1; n < 20; n++) {
        is_announced(&p, 3, n);
        assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_int_equal(n, a.remote.ip[1]);
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_FAILED, p.now));
        assert_false(wants(&p.client, MPTCP_CONNECT));
        is_removed(&p, 3);
    }
}

/* checks: A-4 S-3 */
static void given_two_families_then_each_address_is_told_from_the_other(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr four = address(1, 1, 0);
    struct mptcp_addr six = {.family = 6, .ip = {10, 1, 0, 1}}; /* begins like the other */
    struct mptcp_addr got;
    uint8_t a;
    uint8_t b;

    establish_with(&p, 4);
    assert_int_equal(MPTCP_OK, add(&p, four, &a));
    assert_int_equal(MPTCP_OK, add(&p, six, &b));
    assert_int_not_equal(a, b);
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, false, a, &got));
    assert_int_equal(4, got.family);
    assert_int_equal(MPTCP_OK, mptcp_address(p.client.c, false, b, &got));
    assert_int_equal(6, got.family);
    goes(&p, a);
    assert_true(known(&p.client, false, b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_local_table_full_at_any_size_then_one_more_is_refused_unchanged),
        cmocka_unit_test(given_a_remote_table_full_at_any_size_then_one_more_is_as_if_never_heard),
        cmocka_unit_test(given_full_tables_then_a_join_to_somewhere_new_has_no_place),
        cmocka_unit_test(given_ids_go_round_and_round_then_none_is_0_or_in_use),
        cmocka_unit_test(
            given_an_address_is_gone_and_a_subflow_still_has_its_id_then_it_is_not_reused),
        cmocka_unit_test(given_the_initial_address_goes_and_comes_back_then_it_has_another_id),
        cmocka_unit_test(
            given_a_slot_had_another_address_then_what_was_tried_with_it_does_not_count),
        cmocka_unit_test(given_two_families_then_each_address_is_told_from_the_other),
    };
    return cmocka_run_group_tests_name("addresses", tests, NULL, NULL);
}
