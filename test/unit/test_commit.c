/*
 * test_commit.c - what the host did: an action is committed once, as far as it was
 * done, and one that is not due any more changes nothing.
 */
#include "core_test.h"

/* The same call must fail with code and leave every octet of the block alone. */
static void refused(struct pair *p, struct side *s, const struct mptcp_action *a, uint32_t n,
                    int code)
{
    uint8_t before[CORE_BLOCK];
    memcpy(before, s->block, sizeof before);
    assert_int_equal(code, mptcp_done(s->c, a, n, MPTCP_DONE, p->now + 1000));
    assert_memory_equal(before, s->block, sizeof before);
}

static struct mptcp_action send_of(struct pair *p, uint32_t n)
{
    struct mptcp_action a;
    establish(p, 0, 0);
    room(p, &p->client, p->client.sf, 1000);
    mptcp_on_written(p->client.c, n, p->now);
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    return a;
}

/* checks: none */
static void given_an_action_when_committed_twice_then_the_second_is_stale(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a = send_of(&p, 200);

    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 200, MPTCP_DONE, p.now));
    refused(&p, &p.client, &a, 200, MPTCP_E_STALE);
}

/* checks: none */
static void given_more_than_was_due_then_it_is_refused(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a = send_of(&p, 200);
    refused(&p, &p.client, &a, 201, MPTCP_E_ARGUMENT);
}

/* checks: none */
static void given_no_action_or_no_such_type_then_it_is_refused(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a = send_of(&p, 200);

    refused(&p, &p.client, NULL, 0, MPTCP_E_ARGUMENT);
    a.type = MPTCP_EVENT + 1;
    refused(&p, &p.client, &a, 0, MPTCP_E_ARGUMENT);
    a.type = MPTCP_NOTHING;
    refused(&p, &p.client, &a, 0, MPTCP_E_ARGUMENT);
}

/* checks: none */
static void given_a_handle_of_another_generation_then_the_action_is_stale(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a = send_of(&p, 200);
    a.sf += 0x100;
    refused(&p, &p.client, &a, 200, MPTCP_E_STALE);
}

/* checks: none */
static void given_a_part_of_it_was_done_then_the_rest_is_due(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a = send_of(&p, 300);
    struct mptcp_action rest;

    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &rest));
    assert_true(mptcp_dsn_eq(rest.dsn, mptcp_dsn_add(a.dsn, 100)));
    assert_int_equal(200, rest.len);
}

/* checks: none */
static void given_later_for_a_send_then_it_is_due_again_when_there_is_room(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a = send_of(&p, 200);

    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_LATER, p.now));
    assert_int_equal(0, mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_SEND));
    room(&p, &p.client, p.client.sf, 1001);
    assert_true((mptcp_want(p.client.c) & MPTCP_WANT(MPTCP_SEND)) != 0);
}

/* checks: none */
static void given_later_for_a_delivery_then_it_is_hidden_until_its_deadline(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    assert_true(find_action(&p, &p.server, MPTCP_DELIVER, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_LATER, p.now));
    assert_int_equal(0, mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_DELIVER));
    mptcp_time at = mptcp_deadline(p.server.c);
    assert_true(at > p.now && at < p.now + 1000000);
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.server.c, at));
    assert_true((mptcp_want(p.server.c) & MPTCP_WANT(MPTCP_DELIVER)) != 0);
}

/* checks: D-16 */
static void given_more_became_free_meanwhile_then_what_was_polled_can_still_go(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    struct mptcp_action next;
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};

    establish(&p, 0, 0);
    client_sends(&p, 101, 100);
    client_sends(&p, 201, 100);
    uint32_t una = (uint32_t)info_of(&p.client).snd_una.v;
    for (uint32_t n = 100; n <= 200; n += 100) {
        o.u.dss.data_ack = (uint32_t)(una + n);
        struct wire w = with_option(&o, ACK, 1, 0, 101 + n);
        come(&p, &p.client, p.client.sf, &w);
        if (n == 100) {
            assert_true(find_action(&p, &p.client, MPTCP_FREE, &a));
        }
    }
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 0, MPTCP_DONE, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_FREE, &next));
    assert_true(mptcp_dsn_eq(next.dsn, mptcp_dsn_add(a.dsn, 100)));
    assert_int_equal(100, next.len);
}

/* checks: none */
static void given_an_ack_or_a_probe_on_a_subflow_that_is_over_then_it_is_stale(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a = {.type = MPTCP_SEND_ACK};

    establish(&p, 0, 0);
    for (unsigned n = 0; n < 4; n++) {
        a.type = n % 2 == 0 ? MPTCP_SEND_ACK : MPTCP_PROBE;
        a.sf = n < 2 ? p.client.sf + 0x100 : MPTCP_SF_NONE;
        refused(&p, &p.client, &a, 0, MPTCP_E_STALE);
    }
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.client.c, p.client.sf, MPTCP_E_CLOSED, p.now));
    for (unsigned n = 0; n < 2; n++) {
        a.type = n % 2 == 0 ? MPTCP_SEND_ACK : MPTCP_PROBE;
        a.sf = p.client.sf;
        refused(&p, &p.client, &a, 0, MPTCP_E_STALE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_action_when_committed_twice_then_the_second_is_stale),
        cmocka_unit_test(given_more_than_was_due_then_it_is_refused),
        cmocka_unit_test(given_no_action_or_no_such_type_then_it_is_refused),
        cmocka_unit_test(given_a_handle_of_another_generation_then_the_action_is_stale),
        cmocka_unit_test(given_a_part_of_it_was_done_then_the_rest_is_due),
        cmocka_unit_test(given_later_for_a_send_then_it_is_due_again_when_there_is_room),
        cmocka_unit_test(given_later_for_a_delivery_then_it_is_hidden_until_its_deadline),
        cmocka_unit_test(given_more_became_free_meanwhile_then_what_was_polled_can_still_go),
        cmocka_unit_test(given_an_ack_or_a_probe_on_a_subflow_that_is_over_then_it_is_stale),
    };
    return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
