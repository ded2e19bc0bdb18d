/*
 * test_path.c - what a host's TCP tells of a subflow is a snapshot: told twice, late or never it
 * harms nothing (mptcp_on_path).
 */
#include "core_test.h"

static struct mptcp_path snapshot(uint32_t octets)
{
    struct mptcp_path path;

    mptcp_path_init(&path);
    path.room = octets;
    path.segment_size = 100;
    path.srtt_us = 10000;
    return path;
}

static void tells(struct pair *p, mptcp_sf sf, const struct mptcp_path *path)
{
    assert_int_equal(MPTCP_OK, mptcp_on_path(p->client.c, sf, path, p->now));
}

/* Takes all that is due to be sent, as many octets at a time as are offered; returns how many. */
static uint32_t takes_all(struct pair *p)
{
    struct mptcp_action a;
    uint32_t n = 0;

    while (find_action(p, &p->client, MPTCP_SEND, &a)) {
        assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
        n += a.len;
    }
    return n;
}

/* checks: none */
static void given_a_path_just_made_then_nothing_is_known_and_there_is_no_room(void **state)
{
    (void)state;
    struct mptcp_path path;
    static const struct mptcp_path unknown = {.size = sizeof unknown};

    memset(&path, 0xee, sizeof path);
    mptcp_path_init(&path);
    assert_memory_equal(&unknown, &path, sizeof path);
}

/* checks: none */
static void given_the_same_snapshot_twice_then_the_second_changes_nothing(void **state)
{
    (void)state;
    struct pair p;
    uint8_t before[CORE_BLOCK];

    establish(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 1000, p.now));
    struct mptcp_path path = snapshot(500);
    path.acknowledged = mptcp_ssn_of(101);
    tells(&p, p.client.sf, &path);
    memcpy(before, p.client.block, sizeof before);
    tells(&p, p.client.sf, &path);
    assert_memory_equal(before, p.client.block, sizeof before);
    assert_int_equal(500, takes_all(&p));
}

/* checks: none */
static void given_members_that_are_0_then_what_was_known_stays(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    struct mptcp_path path = snapshot(500);
    tells(&p, p.client.sf, &path);
    mptcp_path_init(&path);
    path.room = 250;
    tells(&p, p.client.sf, &path);
    assert_int_equal(10000, subflow_of(&p.client, p.client.sf).srtt_us);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 1000, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(200, a.len); /* whole segments of 100 */
}

/* checks: none */
static void given_a_host_that_told_its_room_once_then_acknowledgements_make_room(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    struct mptcp_path path = snapshot(500);
    tells(&p, p.client.sf, &path);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 2000, p.now));
    assert_int_equal(500, takes_all(&p));
    struct mptcp_option o = {.subtype = MPTCP_DSS, .u.dss.flags = MPTCP_DSS_ACK};
    o.u.dss.data_ack = (uint32_t)info_of(&p.client).snd_una.v;
    for (uint32_t ack = 401; ack <= 1601; ack += 300) {
        struct wire w = with_option(&o, ACK, 1, 0, ack);
        come(&p, &p.client, p.client.sf, &w);
        assert_int_equal(300, takes_all(&p));
    }
}

/* checks: S-1 D-16 */
static void
given_what_is_acknowledged_is_told_then_it_counts_like_the_number_in_a_segment(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_sends(&p, 101, 300);
    mptcp_dsn una = info_of(&p.client).snd_una;
    struct mptcp_path path = snapshot(1000);
    path.acknowledged = mptcp_ssn_of(301);
    tells(&p, p.client.sf, &path);
    assert_int_equal(301, subflow_of(&p.client, p.client.sf).snd_una.v);
    /* It is no DATA_ACK. */
    assert_true(info_of(&p.client).snd_una.v == una.v);
    assert_false(wants(&p.client, MPTCP_FREE));
    /* One of before comes late. */
    path.acknowledged = mptcp_ssn_of(201);
    tells(&p, p.client.sf, &path);
    assert_int_equal(301, subflow_of(&p.client, p.client.sf).snd_una.v);
}

/* checks: D-29 */
static void given_what_is_acknowledged_is_told_then_a_silent_subflow_is_sound_again(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_sends(&p, 101, 300);
    next_timeout(&p, &p.client);
    assert_true(mptcp_subflow_silent(p.client.c, p.client.sf));
    struct mptcp_path path = snapshot(1000);
    path.acknowledged = mptcp_ssn_of(201);
    tells(&p, p.client.sf, &path);
    assert_false(mptcp_subflow_silent(p.client.c, p.client.sf));
}

/* checks: none */
static void given_plain_tcp_then_what_is_acknowledged_frees_the_send_buffer(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    open_pair(&p, MPTCP_CFG_NO_MPTCP, 0);
    drain(&p, &p.client);
    struct mptcp_path path = snapshot(1000);
    tells(&p, p.client.sf, &path);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 300, p.now));
    assert_int_equal(300, takes_all(&p));
    path.acknowledged = mptcp_ssn_of(201);
    tells(&p, p.client.sf, &path);
    assert_true(find_action(&p, &p.client, MPTCP_FREE, &a));
    assert_int_equal(200, a.len);
}

/* checks: D-5 */
static void
given_mappings_may_be_longer_than_segments_then_each_segment_repeats_its_mapping(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    struct mptcp_path path = snapshot(1000);
    path.mapping_max = 300;
    tells(&p, p.client.sf, &path);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 600, p.now));
    assert_int_equal(600, takes_all(&p));
    for (uint32_t ssn = 101; ssn < 701; ssn += 100) {
        struct wire w = send_from(&p, &p.client, p.client.sf, ACK, ssn, 100, 1);
        assert_int_equal(ssn - (ssn - 101) % 300, options_of(&w).dss.ssn);
        assert_int_equal(300, options_of(&w).dss.dll);
    }
}

/* checks: none */
static void given_room_for_less_than_a_mapping_then_whole_segments_leave(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    establish(&p, 0, 0);
    struct mptcp_path path = snapshot(250);
    path.mapping_max = 60000;
    tells(&p, p.client.sf, &path);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 600, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(200, a.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_path_just_made_then_nothing_is_known_and_there_is_no_room),
        cmocka_unit_test(given_the_same_snapshot_twice_then_the_second_changes_nothing),
        cmocka_unit_test(given_members_that_are_0_then_what_was_known_stays),
        cmocka_unit_test(given_a_host_that_told_its_room_once_then_acknowledgements_make_room),
        cmocka_unit_test(
            given_what_is_acknowledged_is_told_then_it_counts_like_the_number_in_a_segment),
        cmocka_unit_test(given_what_is_acknowledged_is_told_then_a_silent_subflow_is_sound_again),
        cmocka_unit_test(given_plain_tcp_then_what_is_acknowledged_frees_the_send_buffer),
        cmocka_unit_test(
            given_mappings_may_be_longer_than_segments_then_each_segment_repeats_its_mapping),
        cmocka_unit_test(given_room_for_less_than_a_mapping_then_whole_segments_leave),
    };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
