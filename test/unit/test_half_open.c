/*
 * test_half_open.c - joins that somebody begins who knows the token, and never finishes: they keep
 * nobody out, neither the peer's joins nor our own, and nothing counts them (RFC 8684 s3.2, s5).
 */
#include "bugs_test.h"

static _Alignas(uint64_t) uint8_t memory[2 * CORE_BLOCK];

static struct mptcp_addr here(void)
{
    return address(0, 2, 80);
}

/* An MP_JOIN comes to the server from this host; its port is the nonce's. */
static int begins_from(struct pair *p, unsigned host, uint32_t nonce, mptcp_sf *sf)
{
    struct wire syn = join_of(p, (uint8_t)host, nonce);
    struct mptcp_addr remote = address(66, host, (uint16_t)(1000 + nonce));
    struct mptcp_addr local = here();

    syn.seg.options = syn.options;
    return mptcp_accept_join(p->server.c, &syn.seg, &local, &remote, sf, p->now);
}

/* As a host does it: what gives its place is reset first. The handle; NONE if it is refused. */
static mptcp_sf begins(struct pair *p, unsigned host, uint32_t nonce)
{
    struct mptcp_action a;
    mptcp_sf sf;

    int why = begins_from(p, host, nonce, &sf);
    if (why == MPTCP_OK && sf == MPTCP_SF_NONE) {
        assert_int_equal(1, mptcp_poll(p->server.c, &a));
        assert_int_equal(MPTCP_RESET_SUBFLOW, a.type);
        assert_int_equal(MPTCP_E_FULL, a.code);
        assert_int_equal(MPTCP_RST_RESOURCES, a.reason);
        assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, 0, MPTCP_DONE, p->now));
        why = begins_from(p, host, nonce, &sf);
    }
    p->now += 1000;
    return why == MPTCP_OK ? sf : MPTCP_SF_NONE;
}

static bool is_there(const struct pair *p, mptcp_sf sf)
{
    struct mptcp_subflow_report info;
    return mptcp_subflow_info(p->server.c, sf, &info) == MPTCP_OK;
}

/* An established pair; the server has these slots, and lets so many subflows work. */
static void with_slots(struct pair *p, uint8_t subflows, uint8_t limit)
{
    struct mptcp_config cfg = core_config(0);

    cfg.subflows = subflows;
    cfg.subflow_limit = limit;
    establish_as(p, &cfg, memory, CORE_BLOCK);
}

/* The client's join, and everything that belongs to it; the SYN comes again if it must. */
static bool client_joins(struct pair *p, mptcp_sf *theirs)
{
    struct mptcp_addr second = address(1, 1, 0);
    struct mptcp_addr remote = address(1, 1, 6000);
    struct mptcp_addr local = here();
    struct mptcp_action a;
    uint8_t id;

    mptcp_add_address(p->client.c, &second, MPTCP_ADDR_JOIN, &id, p->now);
    assert_true(find_action(p, &p->client, MPTCP_CONNECT, &a));
    mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now);
    struct wire syn = send_from(p, &p->client, a.sf, SYN, 0, 0, 0);
    syn.seg.options = syn.options;
    *theirs = MPTCP_SF_NONE;
    for (unsigned i = 0; i < 2 && *theirs == MPTCP_SF_NONE; i++) {
        if (mptcp_accept_join(p->server.c, &syn.seg, &local, &remote, theirs, p->now) < 0) {
            return false;
        }
        drain(p, &p->server);
    }
    struct wire synack = send_from(p, &p->server, *theirs, SYN | ACK, 0, 0, 1);
    come(p, &p->client, a.sf, &synack);
    struct wire third = send_from(p, &p->client, a.sf, ACK, 1, 0, 1);
    come(p, &p->server, *theirs, &third);
    return !p->server.verdict.drop && subflow_of(&p->server, *theirs).established;
}

/* checks: J-14 Y-1 */
static void given_joins_that_nobody_finishes_then_a_genuine_one_gets_a_place(void **state)
{
    struct pair p;
    mptcp_sf sf;

    (void)state;
    for (uint8_t slots = 2; slots <= CORE_SUBFLOWS; slots++) {
        with_slots(&p, slots, slots);
        for (uint32_t i = 0; i < 100; i++) {
            begins(&p, 1 + i % 7, i);
        }
        assert_true(client_joins(&p, &sf));
        assert_int_equal(2, info_of(&p.server).subflows);
    }
}

/* checks: J-14 Y-1 H-2 */
static void given_joins_that_nobody_finishes_then_our_own_is_opened(void **state)
{
    struct pair p;
    struct mptcp_action a;
    mptcp_sf last = MPTCP_SF_NONE;

    (void)state;
    for (uint8_t slots = 2; slots <= CORE_SUBFLOWS; slots++) {
        with_slots(&p, slots, slots);
        for (uint32_t i = 0; i < 20; i++) {
            last = begins(&p, 1 + i % 7, i);
        }
        struct mptcp_option o =
            add_addr(CLIENT_KEY, SERVER_KEY, 5, address(5, 1, 7000)); /* to be joined */
        option_comes(&p, &p.server, p.server.sf, &o);
        assert_int_equal(1, mptcp_poll(p.server.c, &a));
        assert_int_equal(MPTCP_RESET_SUBFLOW, a.type);
        assert_int_equal(MPTCP_E_FULL, a.code);
        assert_int_equal(slots == 2, a.sf == last); /* the oldest */
        assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
        assert_true(find_action(&p, &p.server, MPTCP_CONNECT, &a));
        assert_int_equal(5, a.remote_id);
    }
}

/* checks: J-14 */
static void given_half_open_joins_then_they_do_not_count_towards_the_limit(void **state)
{
    struct pair p;
    mptcp_sf sf;

    (void)state;
    with_slots(&p, 3, 2);
    mptcp_sf one = begins(&p, 1, 1);
    mptcp_sf two = begins(&p, 2, 2);
    assert_true(one != MPTCP_SF_NONE && two != MPTCP_SF_NONE);
    assert_int_equal(1, info_of(&p.server).subflows);
    assert_true(client_joins(&p, &sf));
    assert_int_equal(2, info_of(&p.server).subflows);
    /* From here on there is none to be had. */
    assert_int_equal(MPTCP_E_JOIN_REFUSED, begins_from(&p, 3, 3, &sf));
}

/* What was pushed out is over at our end, whatever comes of it, its right HMAC included. */
/* checks: J-14 */
static void given_a_join_that_was_pushed_out_when_it_is_finished_then_it_is_stale(void **state)
{
    struct pair p;
    struct mptcp_verdict verdict;
    mptcp_sf late;
    mptcp_sf sf;

    (void)state;
    with_slots(&p, 2, 2);
    assert_int_equal(MPTCP_OK, begins_from(&p, 1, 77, &late));
    struct wire third = third_ack(&p, late, 77);
    assert_true(client_joins(&p, &sf));
    third.seg.options = third.options;
    assert_int_equal(MPTCP_E_STALE,
                     mptcp_on_segment(p.server.c, late, &third.seg, &verdict, p.now));
    assert_int_equal(2, info_of(&p.server).subflows);
}

/* checks: J-14 Y-1 */
static void given_one_host_that_begins_many_then_it_pushes_out_its_own_alone(void **state)
{
    struct pair p;

    (void)state;
    with_slots(&p, 3, 3);
    mptcp_sf first = begins(&p, 1, 1);
    mptcp_sf others = begins(&p, 2, 2);
    for (uint32_t i = 3; i < 50; i++) {
        mptcp_sf next = begins(&p, 2, i);
        assert_true(next != MPTCP_SF_NONE && next != others);
        assert_false(is_there(&p, others));
        assert_true(is_there(&p, first));
        others = next;
    }
}

/* checks: J-11 Y-1 */
static void given_a_join_that_is_not_wanted_then_none_gives_its_place(void **state)
{
    struct pair p;
    struct mptcp_addr local = here();
    struct mptcp_addr remote = address(66, 1, 99);
    mptcp_sf sf;

    (void)state;
    with_slots(&p, 2, 2);
    mptcp_sf one = begins(&p, 1, 1);
    drain(&p, &p.server);
    struct wire wrong = join_of(&p, 1, 2);
    wrong.options[4] ^= 1; /* the token */
    wrong.seg.options = wrong.options;
    assert_int_equal(MPTCP_E_JOIN_TOKEN,
                     mptcp_accept_join(p.server.c, &wrong.seg, &local, &remote, &sf, p.now));
    assert_true(is_there(&p, one));
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
    /* The same SYN once more is the same join. */
    assert_int_equal(MPTCP_OK, begins_from(&p, 1, 1, &sf));
    assert_int_equal(one, sf);
}

/* checks: T-1 */
static void given_a_join_that_ends_unproven_then_nobody_is_told(void **state)
{
    struct pair p;

    (void)state;
    with_slots(&p, 3, 3);
    mptcp_sf one = begins(&p, 1, 1);
    drain(&p, &p.server);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, one, MPTCP_E_PEER_RESET, p.now));
    assert_false(told(&p, &p.server, MPTCP_EV_SUBFLOW_GONE));
    assert_false(is_there(&p, one));
}

/* At addresses of ours that the library was not told of: the table has place for those that it is.
 */
/* checks: J-4 Y-1 */
static void given_joins_at_many_addresses_at_once_then_ours_still_have_a_place(void **state)
{
    struct pair p;
    struct mptcp_addr remote = address(66, 1, 99);
    struct mptcp_addr ours = address(30, 2, 0);
    struct mptcp_config cfg = core_config(0);
    mptcp_sf sf;
    uint8_t id;

    (void)state;
    cfg.addrs = 2;
    establish_as(&p, &cfg, memory, CORE_BLOCK);
    struct wire syn = join_of(&p, 1, 1);
    struct mptcp_addr local = address(20, 2, 80);
    syn.seg.options = syn.options;
    assert_int_equal(MPTCP_OK,
                     mptcp_accept_join(p.server.c, &syn.seg, &local, &remote, &sf, p.now));
    assert_int_equal(MPTCP_OK, mptcp_add_address(p.server.c, &ours, MPTCP_ADDR_JOIN, &id, p.now));
    drain(&p, &p.server);
    assert_int_not_equal(id, subflow_of(&p.server, sf).local_id);
    /* And those that are not claimed stay. */
    struct mptcp_addr more = address(31, 2, 0);
    assert_int_equal(MPTCP_E_FULL,
                     mptcp_add_address(p.server.c, &more, MPTCP_ADDR_JOIN, &id, p.now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_joins_that_nobody_finishes_then_a_genuine_one_gets_a_place),
        cmocka_unit_test(given_joins_that_nobody_finishes_then_our_own_is_opened),
        cmocka_unit_test(given_half_open_joins_then_they_do_not_count_towards_the_limit),
        cmocka_unit_test(given_a_join_that_was_pushed_out_when_it_is_finished_then_it_is_stale),
        cmocka_unit_test(given_one_host_that_begins_many_then_it_pushes_out_its_own_alone),
        cmocka_unit_test(given_a_join_that_is_not_wanted_then_none_gives_its_place),
        cmocka_unit_test(given_a_join_that_ends_unproven_then_nobody_is_told),
        cmocka_unit_test(given_joins_at_many_addresses_at_once_then_ours_still_have_a_place),
    };
    return cmocka_run_group_tests_name("half_open", tests, NULL, NULL);
}
