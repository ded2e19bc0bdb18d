/*
 * test_each_address.c - full tables of addresses: what is due for one of them is due for the last
 * as for the first; and which pairs of addresses have a subflow already, whichever that is.
 */
#include "bugs_test.h"

#define SUBFLOWS 4
#define LAST (CORE_ADDRS - 1) /* the last slot: its id, too, where ids are given in order */
#define BLOCK MPTCP_CONN_SIZE(SUBFLOWS, CORE_ADDRS, 4 * SUBFLOWS + 2)

static _Alignas(uint64_t) uint8_t blocks[2 * BLOCK];

static struct mptcp_config config(unsigned policy)
{
    struct mptcp_config cfg = core_config(0);
    cfg.subflows = cfg.subflow_limit = SUBFLOWS;
    cfg.runs = 4 * SUBFLOWS + 2;
    cfg.policy = (uint8_t)policy;
    return cfg;
}

static void begins(struct pair *p, unsigned policy, uint32_t no_path_limit)
{
    struct mptcp_config cfg = config(policy);
    cfg.no_path_limit = no_path_limit;
    establish_as(p, &cfg, blocks, BLOCK);
}

static int adds(struct pair *p, struct side *s, unsigned net, unsigned flags, uint8_t *id)
{
    struct mptcp_addr addr = address(net, s == &p->client ? 1 : 2, 0);
    return mptcp_add_address(s->c, &addr, flags, id, p->now);
}

/* Further addresses of a side's, as many as there are slots, with ids from 1 on. */
static void adds_all(struct pair *p, struct side *s, unsigned flags)
{
    for (unsigned id = 1; id <= LAST; id++) {
        uint8_t given;
        assert_int_equal(MPTCP_OK, adds(p, s, id, flags, &given));
        assert_int_equal(id, given);
    }
}

/* Every action of a type is done; a bit for each address id that it named. */
static unsigned ids_named(struct pair *p, struct side *s, unsigned type)
{
    struct mptcp_action a;
    unsigned ids = 0;

    for (unsigned n = 0; mptcp_poll(s->c, &a); n++) {
        assert_true(n < 100);
        ids |= a.type == type ? 1u << a.addr_id : 0;
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, p->now));
    }
    return ids;
}

#define FURTHER (((1u << CORE_ADDRS) - 1) & ~1u) /* ids 1 to LAST */

/* All ADD_ADDRs that leave from a side on ACKs within this time, a bit for each id. */
static unsigned ids_announced(struct pair *p, struct side *s, mptcp_time us)
{
    mptcp_time end = p->now + us;
    unsigned ids = 0;

    for (unsigned n = 0; n < 1000; n++) {
        while (wants(s, MPTCP_SEND_ACK)) {
            struct wire w = says(p, s, s->sf);
            ids |= has_option(&w, MPTCP_ADD_ADDR) ? 1u << options_of(&w).add_addr.addr_id : 0;
        }
        mptcp_time due = mptcp_deadline(s->c);
        if (due > end) {
            break;
        }
        p->now = due > p->now ? due : p->now;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(s->c, p->now));
    }
    p->now = end;
    return ids;
}

/* checks: A-1 A-6 */
static void
given_announced_addresses_in_all_slots_then_each_is_announced_until_its_echo(void **state)
{
    (void)state;
    struct pair p;

    begins(&p, MPTCP_POLICY_HOST, 0);
    adds_all(&p, &p.server, MPTCP_ADDR_ANNOUNCE);
    assert_int_equal(FURTHER, ids_named(&p, &p.server, MPTCP_LISTEN));
    assert_int_equal(FURTHER, ids_announced(&p, &p.server, 900000));
    assert_int_equal(FURTHER, ids_announced(&p, &p.server, 1600000));
    for (unsigned id = 1; id <= LAST; id++) {
        struct mptcp_option o = {.subtype = MPTCP_ADD_ADDR};
        o.u.add_addr.echo = 1;
        o.u.add_addr.addr_id = (uint8_t)id;
        o.u.add_addr.addr = address(id, 2, 0);
        option_comes(&p, &p.server, p.server.sf, &o);
        unsigned others = FURTHER & ~((2u << id) - 1);
        assert_int_equal(others, ids_announced(&p, &p.server, 4500000 * id));
    }
}

/* checks: A-1 */
static void
given_a_client_with_addresses_to_announce_then_all_wait_for_the_servers_application(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_config cfg = config(MPTCP_POLICY_HOST);

    make_pair(&p, &cfg, blocks, BLOCK);
    struct wire syn = connects_first(&p);
    answers(&p, &syn);
    adds_all(&p, &p.client, MPTCP_ADDR_ANNOUNCE);
    assert_int_equal(FURTHER, ids_named(&p, &p.client, MPTCP_LISTEN));
    client_sends(&p, 1, 100);
    server_acks(&p, 101);
    assert_int_equal(1, info_of(&p.client).fully_established);
    assert_int_equal(0, ids_announced(&p, &p.client, 19000));
    assert_int_not_equal(0, ids_announced(&p, &p.client, 1000)); /* so long, and no longer */
    assert_int_equal(FURTHER & ~6u, ids_announced(&p, &p.client, 900000));
}

/* checks: R-1 A-2 */
static void
given_any_announced_address_that_is_removed_then_nobody_listens_there_any_more(void **state)
{
    (void)state;
    for (unsigned id = 1; id <= LAST; id++) {
        struct pair p;

        begins(&p, MPTCP_POLICY_HOST, 0);
        adds_all(&p, &p.server, MPTCP_ADDR_ANNOUNCE);
        assert_int_equal(FURTHER, ids_named(&p, &p.server, MPTCP_LISTEN));
        assert_int_equal(MPTCP_OK, mptcp_remove_address(p.server.c, (uint8_t)id, p.now));
        assert_int_equal(1u << id, ids_named(&p, &p.server, MPTCP_UNLISTEN));
    }
}

/* The peer's ADD_ADDR with a right HMAC comes to the client. */
static void hears(struct pair *p, uint8_t id, unsigned net)
{
    struct mptcp_option o = add_addr(SERVER_KEY, CLIENT_KEY, id, address(net, 2, 0));
    option_comes(p, &p->client, p->client.sf, &o);
}

/* checks: A-2 S-3 */
static void
given_as_many_addresses_of_the_peers_as_there_are_slots_then_each_is_told_and_joined(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    unsigned told_ids = 0;
    unsigned joined = 0;

    begins(&p, MPTCP_POLICY_ADDRESSES, 0);
    for (unsigned id = 1; id <= LAST; id++) {
        hears(&p, (uint8_t)id, id);
    }
    while (mptcp_poll(p.client.c, &a)) {
        told_ids |= a.type == MPTCP_EVENT && a.event == MPTCP_EV_ADDRESS ? 1u << a.addr_id : 0;
        joined |= a.type == MPTCP_CONNECT ? 1u << a.remote_id : 0;
        assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now));
    }
    assert_int_equal(FURTHER, told_ids);
    assert_int_equal(FURTHER, joined);
}

/* The client's next CONNECT: from which address and to which; it fails, as nobody is there. */
static bool tries_in_vain(struct pair *p, unsigned from, unsigned to)
{
    struct mptcp_action a;

    if (!find_action(p, &p->client, MPTCP_CONNECT, &a)) {
        return false;
    }
    assert_int_equal(from, a.addr_id);
    assert_int_equal(to, a.remote_id);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
    send_from(p, &p->client, a.sf, SYN, 0, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p->client.c, a.sf, MPTCP_E_SUBFLOW_FAILED, p->now));
    return true;
}

/* checks: A-8 A-9 H-4 */
static void
given_a_place_tried_from_the_last_address_then_not_again_until_another_one_has_its_id(void **state)
{
    (void)state;
    struct pair p;
    uint8_t id = 9;

    begins(&p, MPTCP_POLICY_ADDRESSES, 0);
    for (unsigned n = 1; n <= LAST; n++) {
        uint8_t given;
        unsigned flags =
            n == LAST ? MPTCP_ADDR_JOIN : MPTCP_ADDR_BACKUP; /* not a place to join from */
        assert_int_equal(MPTCP_OK, adds(&p, &p.client, n, flags, &given));
    }
    assert_true(tries_in_vain(&p, LAST, 0));
    hears(&p, id, 9);
    assert_true(tries_in_vain(&p, LAST, id));
    assert_false(tries_in_vain(&p, LAST, id));
    p.now += 100000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    assert_false(tries_in_vain(&p, LAST, id));
    /* It is removed, and another address comes into its slot. */
    removal_comes(&p, &p.client, &id, 1);
    drain(&p, &p.client);
    hears(&p, 10, 10);
    assert_true(tries_in_vain(&p, LAST, 10));
}

/* checks: D-22 H-2 */
static void given_all_subflows_are_lost_then_the_last_address_is_tried_again_too(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf sf[CORE_ADDRS];
    mptcp_sf theirs;

    begins(&p, MPTCP_POLICY_ADDRESSES, 60000000);
    sf[0] = p.client.sf;
    for (unsigned id = 1; id <= LAST; id++) {
        uint8_t given;
        assert_int_equal(MPTCP_OK, adds(&p, &p.client, id, MPTCP_ADDR_JOIN, &given));
        joins(&p, &p.client, &p.server, &sf[id], &theirs);
    }
    for (unsigned id = 0; id <= LAST; id++) {
        assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, sf[id], MPTCP_E_ADDRESS_GONE, p.now));
    }
    assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
    p.now += 2000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    assert_int_equal(FURTHER | 1, ids_named(&p, &p.client, MPTCP_CONNECT));
}

/* checks: A-2 R-1 */
static void
given_a_full_table_and_no_subflow_then_a_removed_address_in_any_slot_makes_room(void **state)
{
    (void)state;
    for (unsigned id = 1; id <= LAST; id++) {
        struct pair p;
        uint8_t given;

        begins(&p, MPTCP_POLICY_HOST, 60000000);
        adds_all(&p, &p.client, MPTCP_ADDR_JOIN);
        assert_int_equal(MPTCP_E_FULL, adds(&p, &p.client, 9, MPTCP_ADDR_JOIN, &given));
        assert_int_equal(MPTCP_OK,
                         mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_SUBFLOW_FAILED, p.now));
        drain(&p, &p.client);
        assert_int_equal(MPTCP_E_FULL, adds(&p, &p.client, 9, MPTCP_ADDR_JOIN, &given));
        assert_int_equal(MPTCP_OK, mptcp_remove_address(p.client.c, (uint8_t)id, p.now));
        assert_int_equal(MPTCP_OK, adds(&p, &p.client, 9, MPTCP_ADDR_JOIN, &given));
    }
}

/* checks: A-2 A-9 Y-1 */
static void
given_a_full_table_then_an_announcement_takes_the_place_of_a_claim_in_any_slot(void **state)
{
    (void)state;
    struct mptcp_addr local = address(0, 2, 80);

    for (unsigned slot = 1; slot <= LAST; slot++) {
        struct pair p;
        struct mptcp_addr got;
        mptcp_sf sf;

        begins(&p, MPTCP_POLICY_HOST, 0);
        for (unsigned k = 1; k <= LAST; k++) {
            uint8_t id = (uint8_t)(20 + k);
            if (k == slot) {
                struct wire syn = join_of(&p, id, 5);
                assert_int_equal(MPTCP_OK, join_comes(&p, &syn, &local, &sf));
                continue;
            }
            struct mptcp_option o = add_addr(CLIENT_KEY, SERVER_KEY, id, address(k, 1, 0));
            option_comes(&p, &p.server, p.server.sf, &o);
        }
        struct mptcp_option o = add_addr(CLIENT_KEY, SERVER_KEY, 30, address(9, 1, 0));
        option_comes(&p, &p.server, p.server.sf, &o);
        for (unsigned k = 1; k <= LAST; k++) {
            uint8_t id = (uint8_t)(20 + k);
            assert_int_equal(k == slot ? MPTCP_E_NOT_FOUND : MPTCP_OK,
                             mptcp_address(p.server.c, true, id, &got));
        }
        assert_int_equal(MPTCP_OK, mptcp_address(p.server.c, true, 30, &got));
    }
}

/* checks: R-1 R-7 */
static void
given_it_is_parked_with_a_full_table_then_the_peer_hears_that_each_address_is_gone(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf theirs;
    unsigned ids = 0;

    begins(&p, MPTCP_POLICY_ADDRESSES, 0);
    adds_all(&p, &p.client, 0);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(p.client.c, p.now));
    assert_non_null(mptcp_conn_resume(p.client.c, BLOCK, p.now, p.now, 60000000));
    uint8_t given;
    assert_int_equal(MPTCP_OK, adds(&p, &p.client, 9, MPTCP_ADDR_JOIN, &given));
    joins(&p, &p.client, &p.server, &p.client.sf, &theirs);
    p.now += 3000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    struct wire w = says(&p, &p.client, p.client.sf);
    struct mptcp_remove_addr removed = options_of(&w).remove_addr;
    assert_true(has_option(&w, MPTCP_REMOVE_ADDR));
    for (unsigned i = 0; i < removed.count; i++) {
        ids |= 1u << removed.ids[i];
    }
    /* The one that gave its slot to the new address cannot be named any more. */
    assert_int_equal(CORE_ADDRS - 1, removed.count);
    assert_true((ids & 1u << LAST) != 0);
    assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
}

/* checks: H-1 */
static void
given_any_subflow_between_two_addresses_then_a_further_one_has_another_port(void **state)
{
    (void)state;
    for (unsigned k = 0; k < SUBFLOWS - 1; k++) {
        struct pair p;
        struct mptcp_action a;
        mptcp_sf ours;
        mptcp_sf theirs;
        uint8_t id;

        begins(&p, MPTCP_POLICY_ADDRESSES, 0);
        for (unsigned n = 1; n < SUBFLOWS - 1; n++) {
            assert_int_equal(MPTCP_OK, adds(&p, &p.client, n, MPTCP_ADDR_JOIN, &id));
            joins(&p, &p.client, &p.server, &ours, &theirs);
        }
        assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, (uint8_t)k, 0, p.now));
        assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_int_equal(k, a.addr_id);
        assert_int_equal(0, a.local.port);
    }
}

/* checks: H-2 A-8 */
static void
given_the_peer_came_from_an_address_on_any_subflow_then_that_one_is_not_joined(void **state)
{
    (void)state;
    for (unsigned k = 1; k < SUBFLOWS - 1; k++) {
        struct pair p;
        struct mptcp_action a;
        mptcp_sf ours;
        mptcp_sf theirs;
        uint8_t id;

        begins(&p, MPTCP_POLICY_ADDRESSES, 0);
        for (unsigned n = 1; n < k; n++) {
            assert_int_equal(MPTCP_OK, adds(&p, &p.client, n, MPTCP_ADDR_JOIN, &id));
            joins(&p, &p.client, &p.server, &ours, &theirs);
        }
        assert_int_equal(MPTCP_OK, adds(&p, &p.server, 8, MPTCP_ADDR_JOIN, &id));
        struct mptcp_option o = add_addr(CLIENT_KEY, SERVER_KEY, 40, address(5, 1, 7000));
        option_comes(&p, &p.server, p.server.sf, &o);
        hears(&p, id, 8);
        assert_true(wants(&p.client, MPTCP_CONNECT)); /* but the server is quicker */
        joins(&p, &p.server, &p.client, &theirs, &ours);
        assert_int_equal(k, ours & 0xffu);
        assert_int_equal(id, subflow_of(&p.client, ours).remote_id);
        assert_false(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_int_equal(k + 1, info_of(&p.client).subflows);
        hears(&p, (uint8_t)(id + 1), 9); /* from there nobody came */
        assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
        assert_int_equal(id + 1, a.remote_id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_announced_addresses_in_all_slots_then_each_is_announced_until_its_echo),
        cmocka_unit_test(
            given_a_client_with_addresses_to_announce_then_all_wait_for_the_servers_application),
        cmocka_unit_test(
            given_any_announced_address_that_is_removed_then_nobody_listens_there_any_more),
        cmocka_unit_test(
            given_as_many_addresses_of_the_peers_as_there_are_slots_then_each_is_told_and_joined),
        cmocka_unit_test(
            given_a_place_tried_from_the_last_address_then_not_again_until_another_one_has_its_id),
        cmocka_unit_test(given_all_subflows_are_lost_then_the_last_address_is_tried_again_too),
        cmocka_unit_test(
            given_a_full_table_and_no_subflow_then_a_removed_address_in_any_slot_makes_room),
        cmocka_unit_test(
            given_a_full_table_then_an_announcement_takes_the_place_of_a_claim_in_any_slot),
        cmocka_unit_test(
            given_it_is_parked_with_a_full_table_then_the_peer_hears_that_each_address_is_gone),
        cmocka_unit_test(
            given_any_subflow_between_two_addresses_then_a_further_one_has_another_port),
        cmocka_unit_test(
            given_the_peer_came_from_an_address_on_any_subflow_then_that_one_is_not_joined),
    };
    return cmocka_run_group_tests_name("each_address", tests, NULL, NULL);
}
