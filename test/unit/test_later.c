/*
 * test_later.c - what the host can't do now, or at all: of every type of action, by every policy.
 * It is not due again at once, whatever the host's loop does, and it comes back by itself.
 */
#include "core_test.h"

#define SOON 1000000u

/* The next hundred octets of the client's come to the server, on this subflow. */
static void octets_come(struct pair *p, mptcp_sf sf, uint64_t dsn)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};
    struct mptcp_piece piece = {.len = 100};
    uint32_t ssn = subflow_of(&p->server, sf).rcv_nxt.v;

    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = dsn;
    o.u.dss.ssn = ssn;
    o.u.dss.dll = 100;
    struct wire w = with_option(&o, ACK, ssn, 100, 1);
    come(p, &p->server, sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, sf, &piece, p->now));
}

static struct side *release_due(struct pair *p)
{
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(p, &ours, &theirs);
    uint64_t dsn = info_of(&p->server).rcv_nxt.v;
    octets_come(p, p->server.sf, dsn);
    drain(p, &p->server);
    octets_come(p, theirs, dsn); /* again, another way */
    return &p->server;
}

static struct side *free_due(struct pair *p)
{
    establish(p, 0, 0);
    client_sends(p, 101, 100);
    server_acks(p, 201);
    return &p->client;
}

static struct side *send_due(struct pair *p)
{
    establish(p, 0, 0);
    room(p, &p->client, p->client.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 300, p->now));
    return &p->client;
}

static struct side *close_due(struct pair *p)
{
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(p, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p->client.c, ours, p->now)); /* the peer closed it */
    return &p->client;
}

static struct side *listen_due(struct pair *p)
{
    struct mptcp_addr addr = address(7, 2, 80);
    uint8_t id;

    establish(p, 0, 0);
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p->server.c, &addr, MPTCP_ADDR_ANNOUNCE, &id, p->now));
    return &p->server;
}

static struct side *unlisten_due(struct pair *p)
{
    establish(p, 0, 0);
    uint8_t id = announces(p, address(7, 2, 80));
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p->server.c, id, p->now));
    return &p->server;
}

/* An action of this type is due, at this side. */
static struct side *make_due(struct pair *p, unsigned type)
{
    static const uint8_t first = 0;

    switch (type) {
    case MPTCP_RESET_SUBFLOW:
        establish(p, MPTCP_CFG_ABORT_RST, 0);
        assert_int_equal(MPTCP_OK, mptcp_on_abort(p->client.c, p->now));
        return &p->client;
    case MPTCP_DELIVER:
        establish(p, 0, 0);
        client_sends(p, 101, 100);
        return &p->server;
    case MPTCP_RELEASE:
        return release_due(p);
    case MPTCP_FREE:
        return free_due(p);
    case MPTCP_SEND:
        return send_due(p);
    case MPTCP_SEND_ACK:
        establish(p, 0, 0);
        assert_int_equal(MPTCP_OK, mptcp_set_backup(p->client.c, p->client.sf, true, p->now));
        return &p->client;
    case MPTCP_PROBE:
        establish(p, 0, 0);
        removal_comes(p, &p->client, &first, 1);
        return &p->client;
    case MPTCP_CLOSE_SUBFLOW:
        return close_due(p);
    case MPTCP_LISTEN:
        return listen_due(p);
    case MPTCP_UNLISTEN:
        return unlisten_due(p);
    default: /* EVENT_OPEN */
        open_pair(p, 0, 0);
        return &p->client;
    }
}

/* The host's loop, which can do everything but this; how often it could not. */
static unsigned loop(struct pair *p, struct side *s, unsigned type, uint32_t n,
                     enum mptcp_result result)
{
    struct mptcp_action a;
    unsigned times = 0;

    for (unsigned i = 0; mptcp_poll(s->c, &a); i++) {
        assert_true(i < 100);
        bool it = a.type == type;
        assert_int_equal(MPTCP_OK,
                         mptcp_done(s->c, &a, it ? n : a.len, it ? result : MPTCP_DONE, p->now));
        times += it;
    }
    return times;
}

/* In time, by timers alone, it is due again: once, in a loop. */
static void comes_back(struct pair *p, struct side *s, unsigned type, uint32_t n,
                       enum mptcp_result result)
{
    mptcp_time end = p->now + SOON;
    unsigned times = 0;

    for (unsigned i = 0; i < 3 && mptcp_deadline(s->c) < end; i++) {
        next_timeout(p, s);
        times += loop(p, s, type, n, result);
    }
    assert_in_range(times, 1, 3);
    next_timeout(p, s);
    assert_true(wants(s, type));
}

/* checks: none */
static void given_an_action_that_is_put_off_then_it_is_not_due_at_once_and_comes_back(void **state)
{
    (void)state;
    for (unsigned type = MPTCP_RESET_SUBFLOW; type <= MPTCP_EVENT; type++) {
        struct pair p;

        if (type == MPTCP_CONNECT) {
            continue;
        }
        struct side *s = make_due(&p, type);
        assert_true(wants(s, type));
        assert_in_range(loop(&p, s, type, 0, MPTCP_LATER), 1, 2);
        comes_back(&p, s, type, 0, MPTCP_LATER);
    }
}

/* checks: none */
static void given_an_action_that_fails_then_it_is_not_due_at_once(void **state)
{
    (void)state;
    for (unsigned type = MPTCP_RESET_SUBFLOW; type <= MPTCP_EVENT; type++) {
        struct pair p;

        if (type == MPTCP_CONNECT) {
            continue;
        }
        struct side *s = make_due(&p, type);
        assert_in_range(loop(&p, s, type, 0, MPTCP_FAILED), 1, 2);
        if (type != MPTCP_LISTEN) {
            comes_back(&p, s, type, 0, MPTCP_FAILED);
            continue;
        }
        /* Nobody can listen there: the address is not announced. */
        p.now += 60000000;
        mptcp_on_timeout(s->c, p.now);
        assert_false(wants(s, MPTCP_LISTEN));
        assert_false(wants(s, MPTCP_SEND_ACK));
    }
}

/* checks: none */
static void given_no_octet_was_taken_then_it_is_as_if_put_off(void **state)
{
    (void)state;
    static const unsigned types[] = {MPTCP_DELIVER, MPTCP_SEND};
    for (unsigned i = 0; i < 2; i++) {
        struct pair p;
        struct side *s = make_due(&p, types[i]);
        assert_int_equal(1, loop(&p, s, types[i], 0, MPTCP_DONE));
        comes_back(&p, s, types[i], 0, MPTCP_DONE);
    }
}

/* checks: none */
static void given_no_room_on_one_subflow_then_another_is_not_held_up(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    room(&p, &p.client, p.client.sf, 1000);
    room(&p, &p.client, ours, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 300, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    mptcp_sf first = a.sf;
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_LATER, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_not_equal(first, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_LATER, p.now));
    assert_false(wants(&p.client, MPTCP_SEND));
    /* The same report again is no news; one of more room is. */
    room(&p, &p.client, first, 1000);
    assert_false(wants(&p.client, MPTCP_SEND));
    room(&p, &p.client, first, 1001);
    assert_true(wants(&p.client, MPTCP_SEND));
}

/* checks: none */
static void given_no_room_for_octets_then_no_window_is_probed(void **state)
{
    (void)state;
    struct pair p;
    struct side *s = make_due(&p, MPTCP_SEND);

    for (unsigned i = 0; i < 300; i++) {
        loop(&p, s, MPTCP_SEND, 0, MPTCP_LATER);
        next_timeout(&p, s);
        assert_false(wants(s, MPTCP_PROBE));
    }
}

/* A client that is to open a subflow. */
static void connect_due(struct pair *p, enum mptcp_policy policy)
{
    _Alignas(uint64_t) static uint8_t mem[2][CORE_BLOCK];
    struct mptcp_config cfg = core_config(0);
    struct mptcp_addr second = address(1, 1, 0);
    uint8_t id;

    cfg.policy = (uint8_t)policy;
    make_pair(p, &cfg, mem[0], CORE_BLOCK);
    struct wire syn = connects_first(p);
    answers(p, &syn);
    client_sends(p, 1, 100);
    server_acks(p, 101);
    p->now += SOON;
    mptcp_on_timeout(p->client.c, p->now);
    if (policy != MPTCP_POLICY_PORTS) {
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(p->client.c, &second, MPTCP_ADDR_JOIN, &id, p->now));
    }
    if (policy == MPTCP_POLICY_HOST) {
        assert_int_equal(MPTCP_OK, mptcp_join(p->client.c, id, 0, p->now));
    }
}

/* checks: H-4 */
static void given_connects_that_fail_under_any_policy_then_each_is_a_try(void **state)
{
    (void)state;
    for (unsigned policy = MPTCP_POLICY_ADDRESSES; policy <= MPTCP_POLICY_BACKUP; policy++) {
        struct pair p;
        unsigned tries;

        connect_due(&p, (enum mptcp_policy)policy);
        tries = loop(&p, &p.client, MPTCP_CONNECT, 0, MPTCP_FAILED);
        assert_in_range(tries, 1, 2);
        /* In an hour: as often as the retry clock allows. */
        for (mptcp_time end = p.now + 3600000000u; mptcp_deadline(p.client.c) < end;) {
            next_timeout(&p, &p.client);
            tries += loop(&p, &p.client, MPTCP_CONNECT, 0, MPTCP_FAILED);
        }
        assert_in_range(tries, 1, 9 + 3600 / 256);
        assert_int_equal(policy != MPTCP_POLICY_HOST, tries > 2); /* who asks himself asks again */
    }
}

/* checks: none */
static void given_connects_that_are_put_off_under_any_policy_then_they_come_back(void **state)
{
    (void)state;
    for (unsigned policy = MPTCP_POLICY_ADDRESSES; policy <= MPTCP_POLICY_BACKUP; policy++) {
        struct pair p;

        connect_due(&p, (enum mptcp_policy)policy);
        assert_int_equal(1, loop(&p, &p.client, MPTCP_CONNECT, 0, MPTCP_LATER));
        comes_back(&p, &p.client, MPTCP_CONNECT, 0, MPTCP_LATER);
    }
}

/* checks: none */
static void given_a_commit_that_is_refused_then_nothing_has_changed(void **state)
{
    (void)state;
    for (unsigned type = MPTCP_DELIVER; type <= MPTCP_SEND; type++) {
        for (unsigned result = MPTCP_DONE; result <= MPTCP_FAILED; result++) {
            struct pair p;
            struct mptcp_action a;
            uint8_t before[CORE_BLOCK];
            struct side *s = make_due(&p, type);

            assert_true(find_action(&p, s, type, &a));
            memcpy(before, s->block, sizeof before);
            a.dsn.v += 1;
            a.ssn.v += 1;
            a.keep.v += 1;
            /* However late: the clock does not move either. */
            assert_int_equal(MPTCP_E_STALE, mptcp_done(s->c, &a, a.len, (enum mptcp_result)result,
                                                       p.now + 36000000000u));
            assert_memory_equal(before, s->block, sizeof before);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_action_that_is_put_off_then_it_is_not_due_at_once_and_comes_back),
        cmocka_unit_test(given_an_action_that_fails_then_it_is_not_due_at_once),
        cmocka_unit_test(given_no_octet_was_taken_then_it_is_as_if_put_off),
        cmocka_unit_test(given_no_room_on_one_subflow_then_another_is_not_held_up),
        cmocka_unit_test(given_no_room_for_octets_then_no_window_is_probed),
        cmocka_unit_test(given_connects_that_fail_under_any_policy_then_each_is_a_try),
        cmocka_unit_test(given_connects_that_are_put_off_under_any_policy_then_they_come_back),
        cmocka_unit_test(given_a_commit_that_is_refused_then_nothing_has_changed),
    };
    return cmocka_run_group_tests_name("later", tests, NULL, NULL);
}
