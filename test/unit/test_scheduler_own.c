/*
 * test_scheduler_own.c - schedulers that a program brings: a table of its own in place of the
 * library's. They are asked, shown what is, obeyed, told what has gone; and whatever they answer,
 * the stream is right.
 */
#include "check.h"
#include "core_test.h"

#include "machines/machines.h"
#include "scheduler_own_test.h"

/* Not linked, since nobody names it. */
extern const struct mptcp_scheduler mptcp_minrtt __attribute__((weak));

static void given_a_table_of_the_programs_then_the_librarys_schedulers_are_not_linked(void **state)
{
    (void)state;
    assert_null(&mptcp_minrtt);
}

static void given_a_number_beyond_the_table_then_it_is_refused(void **state)
{
    (void)state;
    struct mptcp_config cfg;

    mptcp_config_init(&cfg);
    assert_int_equal(0, cfg.scheduler);
    cfg.scheduler = 3;
    assert_true(mptcp_conn_size(&cfg) > 0);
    cfg.scheduler = 4;
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_size(&cfg));
    cfg.scheduler = 255;
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_size(&cfg));
}

struct two {
    struct pair p;
    mptcp_sf second;
    mptcp_sf theirs;
};

/* Two subflows of the client's, under one of the schedulers; the server has DATA_ACKed 100 octets.
 */
static void begin_two(struct two *t, unsigned scheduler)
{
    two_subflows(&t->p, &t->second, &t->theirs);
    t->p.client.c->scheduler = (uint8_t)scheduler;
    asked = sents = 0;
    memset(&answer, 0, sizeof answer);
}

static bool due(struct two *t, struct mptcp_action *a)
{
    return find_action(&t->p, &t->p.client, MPTCP_SEND, a);
}

static void rooms(struct two *t, uint32_t first, uint32_t second)
{
    room(&t->p, &t->p.client, t->p.client.sf, first);
    room(&t->p, &t->p.client, t->second, second);
}

static void write_octets(struct two *t, uint32_t n)
{
    assert_int_equal(MPTCP_OK, mptcp_on_written(t->p.client.c, n, t->p.now));
}

static void commit(struct two *t, const struct mptcp_action *a, uint32_t n)
{
    assert_int_equal(MPTCP_OK, mptcp_done(t->p.client.c, a, n, MPTCP_DONE, t->p.now));
    runs_are_right(&t->p.client);
}

/* checks: D-31 */
static void given_one_that_prefers_the_last_path_then_octets_go_there_first(void **state)
{
    (void)state;
    struct two t;
    struct mptcp_action a;

    begin_two(&t, LAST);
    rooms(&t, 1000, 300);
    write_octets(&t, 500);
    assert_true(due(&t, &a));
    assert_int_equal(t.second, a.sf);
    assert_int_equal(300, a.len);
    commit(&t, &a, a.len);
    assert_true(due(&t, &a));
    assert_int_equal(t.p.client.sf, a.sf);
    assert_int_equal(200, a.len);
}

/* checks: D-29 */
static void
given_a_path_ends_then_its_octets_are_offered_and_go_where_the_scheduler_says(void **state)
{
    (void)state;
    struct two t;
    struct mptcp_action a;

    begin_two(&t, LAST);
    rooms(&t, 0, 300);
    write_octets(&t, 300);
    assert_true(due(&t, &a));
    commit(&t, &a, 300);
    mptcp_dsn dsn = a.dsn;
    mptcp_on_gone(t.p.client.c, t.second, MPTCP_E_SUBFLOW_FAILED, t.p.now);
    room(&t.p, &t.p.client, t.p.client.sf, 1000);
    assert_true(due(&t, &a));
    assert_int_equal(t.p.client.sf, a.sf);
    assert_true(mptcp_dsn_eq(dsn, a.dsn));
    assert_int_equal(1, a.reinjected);
}

/* The simulators look at every wait by the same function. */
static void given_a_wait_without_a_witness_then_the_simulators_notice(void **state)
{
    (void)state;
    struct two t;
    struct mptcp_action a;

    begin_two(&t, TOLD);
    rooms(&t, 100, 1000);
    write_octets(&t, 500);
    answer = (struct mptcp_sched_choice){.what = MPTCP_SCHED_NEW, .path = 0, .len = 100};
    assert_true(due(&t, &a));
    commit(&t, &a, 100);
    assert_true(check_waits(t.p.client.c));
    answer = (struct mptcp_sched_choice){.what = MPTCP_SCHED_WAIT, .other = 0};
    assert_true(check_waits(t.p.client.c));
    answer.other = 1; /* nothing is in flight there */
    assert_false(check_waits(t.p.client.c));
    answer.other = 2;
    assert_false(check_waits(t.p.client.c));
    answer.other = 0;
    subflow_at(t.p.client.c, 0)->flags |= SF_SILENT;
    assert_false(check_waits(t.p.client.c));
    subflow_at(t.p.client.c, 0)->flags &= ~(uint32_t)SF_SILENT;
    assert_true(check_waits(t.p.client.c));
    answer.what = MPTCP_SCHED_NONE;
    answer.other = 9;
    assert_true(check_waits(t.p.client.c));
}

/* checks: none */
static void given_one_that_waits_then_nothing_is_due_until_its_witness_has_room(void **state)
{
    (void)state;
    struct two t;
    struct mptcp_action a;

    begin_two(&t, PATIENT);
    rooms(&t, 200, 0);
    write_octets(&t, 1000);
    assert_true(due(&t, &a));
    assert_int_equal(t.p.client.sf, a.sf);
    commit(&t, &a, 200);
    rooms(&t, 0, 1000);
    assert_false(due(&t, &a));
    assert_int_equal(0, mptcp_want(t.p.client.c) & MPTCP_WANT(MPTCP_SEND));
    /* The witness's TCP has all acknowledged: it has nothing in flight, so nobody waits for it. */
    struct mptcp_path path;
    mptcp_path_init(&path);
    path.acknowledged = subflow_at(t.p.client.c, 0)->snd_nxt;
    path.segment_size = 100;
    assert_int_equal(MPTCP_OK, mptcp_on_path(t.p.client.c, t.p.client.sf, &path, t.p.now));
    assert_true(due(&t, &a));
    assert_int_equal(t.second, a.sf);
}

static void given_a_view_then_it_shows_the_stream_and_every_path(void **state)
{
    (void)state;
    struct two t;
    struct mptcp_action a;

    begin_two(&t, TOLD);
    uint32_t una = (uint32_t)t.p.client.c->snd_una.v;
    uint32_t flight = (uint32_t)(t.p.client.c->snd_nxt.v - t.p.client.c->snd_una.v);
    uint32_t window = (uint32_t)(t.p.client.c->snd_edge.v - t.p.client.c->snd_una.v);
    rooms(&t, 250, 5000);
    write_octets(&t, 700);
    assert_false(due(&t, &a));
    assert_true(asked > 0);
    assert_int_equal(flight, seen.at);
    assert_int_equal(flight, seen.in_flight);
    assert_int_equal(700, seen.wanted);
    assert_int_equal(700, seen.allowed);
    assert_int_equal(700, seen.unsent);
    assert_int_equal(window, seen.window);
    assert_int_equal(una, seen.una);
    assert_int_equal(0, seen.again);
    assert_int_equal(2, seen.n);
    assert_null(seen.held);
    assert_int_equal(200, paths[0].room); /* two segments of 100, more waits */
    assert_int_equal(250, paths[0].spare);
    assert_int_equal(700, paths[1].room);
    assert_int_equal(5000, paths[1].spare);
    assert_int_equal(100, paths[1].unit);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(1, paths[i].usable);
        assert_int_equal(0, paths[i].backup);
        assert_int_equal(0, paths[i].avoid);
        assert_int_equal(0, paths[i].in_flight);
        assert_int_equal(10000, paths[i].srtt_us);
    }
    answer = (struct mptcp_sched_choice){.what = MPTCP_SCHED_NEW, .path = 1, .len = 130};
    assert_true(due(&t, &a));
    assert_int_equal(130, a.len);
    assert_int_equal(t.second, a.sf);
    commit(&t, &a, 130);
    answer.what = MPTCP_SCHED_NONE;
    assert_false(due(&t, &a));
    assert_int_equal(130, paths[1].in_flight);
    assert_int_equal(flight + 130, seen.in_flight);
    assert_int_equal(570, seen.unsent);
}

/* Each of them, asked for with octets waiting and 100 of them given to the first path. */
static void given_answers_that_cannot_be_done_then_they_count_as_none(void **state)
{
    (void)state;
    struct two t;
    struct mptcp_action a;

    for (unsigned scheduler = TOLD; scheduler <= TOLD_AGAIN; scheduler++) {
        begin_two(&t, scheduler);
        rooms(&t, 1000, 300);
        write_octets(&t, 500);
        answer = (struct mptcp_sched_choice){.what = MPTCP_SCHED_NEW, .path = 0, .len = 100};
        assert_true(due(&t, &a));
        commit(&t, &a, 100);
        const struct mptcp_sched_choice silly[] = {
            {.what = MPTCP_SCHED_NONE, .path = 0, .len = 100},
            {.what = MPTCP_SCHED_WAIT, .path = 0, .len = 100},
            {.what = 4, .path = 0, .len = 100},
            {.what = 255, .path = 0, .len = 100},
            {.what = MPTCP_SCHED_NEW, .path = 2, .len = 100},
            {.what = MPTCP_SCHED_NEW, .path = 255, .len = 100},
            {.what = MPTCP_SCHED_NEW, .path = 0, .other = 2, .len = 100},
            {.what = MPTCP_SCHED_NEW, .path = 0, .other = 255, .len = 100},
            {.what = MPTCP_SCHED_NEW, .path = 0, .len = 0},
            {.what = MPTCP_SCHED_NEW, .path = 0, .len = 401},
            {.what = MPTCP_SCHED_NEW, .path = 1, .len = 301},
            {.what = MPTCP_SCHED_NEW, .path = 0, .len = UINT32_MAX},
            {.what = MPTCP_SCHED_AGAIN, .path = 1, .at = 0, .len = 0},
            {.what = MPTCP_SCHED_AGAIN, .path = 1, .at = 0, .len = 101},
            {.what = MPTCP_SCHED_AGAIN, .path = 1, .at = 99, .len = 2},
            {.what = MPTCP_SCHED_AGAIN, .path = 1, .at = 100, .len = 1},
            {.what = MPTCP_SCHED_AGAIN, .path = 1, .at = 50, .len = UINT32_MAX - 20},
            {.what = MPTCP_SCHED_AGAIN, .path = 1, .at = UINT32_MAX, .len = 2},
            {.what = MPTCP_SCHED_AGAIN, .path = 2, .at = 0, .len = 100},
        };
        for (unsigned i = 0; i < sizeof silly / sizeof silly[0]; i++) {
            answer = silly[i];
            assert_false(due(&t, &a));
            assert_int_equal(0, mptcp_want(t.p.client.c) & MPTCP_WANT(MPTCP_SEND));
        }
        mptcp_subflow_fail(subflow_at(t.p.client.c, 1), MPTCP_E_SUBFLOW_FAILED);
        answer = (struct mptcp_sched_choice){.what = MPTCP_SCHED_NEW, .path = 1, .len = 100};
        uint32_t before = asked;
        assert_true(due(&t, &a)); /* one path alone takes what it can, and nobody is asked */
        assert_int_equal(before, asked);
        assert_int_equal(t.p.client.sf, a.sf);
        assert_int_equal(400, a.len);
        commit(&t, &a, 400);
        assert_int_equal(0, info_of(&t.p.client).error);
    }
}

static void gives_again(struct two *t, unsigned path, uint32_t at, uint32_t len)
{
    struct mptcp_action a;

    answer = (struct mptcp_sched_choice){
        .what = MPTCP_SCHED_AGAIN, .path = (uint8_t)path, .other = 0, .at = at, .len = len};
    assert_true(due(t, &a));
    assert_int_equal(1, a.reinjected);
    assert_int_equal(len, a.len);
    assert_true(mptcp_dsn_eq(mptcp_dsn_add(t->p.client.c->snd_una, at), a.dsn));
    commit(t, &a, len);
    assert_int_equal(MPTCP_SCHED_AGAIN, went.what);
    assert_int_equal(at, went.at);
    assert_int_equal(len, went.len);
}

/* checks: D-29 */
static void given_one_that_sends_again_then_octets_that_paths_hold_go_once_more(void **state)
{
    (void)state;
    struct two t;
    struct mptcp_action a;

    begin_two(&t, TOLD_AGAIN);
    mptcp_dsn rtx = t.p.client.c->rtx_nxt;
    rooms(&t, 1000, 2000);
    write_octets(&t, 600);
    for (unsigned i = 0; i < 3; i++) {
        answer = (struct mptcp_sched_choice){
            .what = MPTCP_SCHED_NEW, .path = (uint8_t)(i & 1u), .len = 200};
        assert_true(due(&t, &a));
        commit(&t, &a, 200);
    }
    /* Nothing else can go: 200 octets each on the first path, the second one and the first. */
    gives_again(&t, 1, 450, 100);
    gives_again(&t, 1, 0, 100);
    gives_again(&t, 1, 100, 100); /* goes on where the last one ended */
    /* There is no place for another run. */
    answer.path = 0;
    answer.at = 200;
    assert_false(due(&t, &a));
    assert_true(mptcp_dsn_eq(rtx, t.p.client.c->rtx_nxt));
    answer.what = MPTCP_SCHED_NONE;
    assert_false(due(&t, &a));
    static const struct mptcp_sched_held expected[] = {
        {0, 200, 0, 0}, {0, 200, 0, 1}, {200, 200, 0, 1}, {400, 200, 0, 0}, {450, 100, 0, 1}};
    assert_int_equal(5, helds);
    assert_memory_equal(expected, held, sizeof expected);
    assert_int_equal(0, seen.wanted);
    assert_int_equal(600, seen.in_flight);
    /* Acknowledged at both levels by the first path alone: what it held is free, the rest stays. */
    struct mptcp_path path;
    mptcp_path_init(&path);
    path.acknowledged = subflow_at(t.p.client.c, 0)->snd_nxt;
    path.segment_size = 100;
    assert_int_equal(MPTCP_OK, mptcp_on_path(t.p.client.c, t.p.client.sf, &path, t.p.now));
    runs_are_right(&t.p.client);
    rooms(&t, 1000, 2000);
    assert_false(due(&t, &a));
    assert_int_equal(200, held[0].acked);
    assert_int_equal(0, held[1].acked);
    assert_int_equal(0, info_of(&t.p.client).error);
}

/* FB-4: no octet goes twice as long as the peer may not know of MPTCP. */
static void given_a_peer_that_may_be_plain_then_nothing_goes_again(void **state)
{
    (void)state;
    struct two t;
    struct mptcp_action a;

    begin_two(&t, TOLD_AGAIN);
    rooms(&t, 1000, 1000);
    write_octets(&t, 200);
    answer = (struct mptcp_sched_choice){.what = MPTCP_SCHED_NEW, .path = 0, .len = 200};
    assert_true(due(&t, &a));
    commit(&t, &a, 200);
    answer = (struct mptcp_sched_choice){.what = MPTCP_SCHED_AGAIN, .path = 1, .at = 0, .len = 200};
    assert_true(due(&t, &a));
    t.p.client.c->fb.may_resend = 0;
    assert_false(due(&t, &a));
}

static void given_octets_that_have_gone_then_the_words_are_what_the_hook_made_of_them(void **state)
{
    (void)state;
    struct two t;
    struct mptcp_action a;

    begin_two(&t, TOLD_AGAIN);
    assert_int_equal(0, t.p.client.c->word);
    rooms(&t, 1000, 1000);
    write_octets(&t, 500);
    answer =
        (struct mptcp_sched_choice){.what = MPTCP_SCHED_NEW, .path = 1, .other = 0, .len = 300};
    assert_true(due(&t, &a));
    assert_int_equal(0, sents);
    commit(&t, &a, 120); /* TCP took no more */
    assert_int_equal(1, sents);
    assert_int_equal(MPTCP_SCHED_NEW, went.what);
    assert_int_equal(1, went.path);
    assert_int_equal(120, went.len);
    answer.what = MPTCP_SCHED_NONE;
    assert_false(due(&t, &a));
    assert_int_equal(1, seen.word);
    assert_int_equal(1000000, paths[0].word);
    assert_int_equal(120, paths[1].word);
    /* The only path: not asked, and told all the same. */
    mptcp_on_gone(t.p.client.c, t.second, MPTCP_E_SUBFLOW_FAILED, t.p.now);
    room(&t.p, &t.p.client, t.p.client.sf, 1000);
    unsigned before = asked;
    assert_true(due(&t, &a));
    commit(&t, &a, a.len);
    assert_int_equal(before, asked);
    assert_int_equal(2, sents);
    assert_int_equal(0, went.path);
}

static void given_a_connection_that_moves_then_its_scheduler_and_word_go_along(void **state)
{
    (void)state;
    struct two t;

    begin_two(&t, TOLD_AGAIN);
    t.p.client.c->word = 77;
    t.p.client.c->bits |= BIT_FULLY;
    drain(&t.p, &t.p.client);
    assert_int_equal(MPTCP_OK, mptcp_conn_park(t.p.client.c, t.p.now));
    assert_int_equal(TOLD_AGAIN, t.p.client.c->scheduler);
    assert_int_equal(77, t.p.client.c->word);
    assert_int_equal(0, subflow_at(t.p.client.c, 0)->word);
    /* Where the table has no such entry it can't go on. */
    struct mptcp_conn *c = t.p.client.c;
    size_t size = MPTCP_CONN_SIZE((size_t)c->subflows, (size_t)c->addrs, (size_t)c->runs);
    c->scheduler = mptcp_schedulers_count;
    assert_null(mptcp_conn_resume(c, size, t.p.now, t.p.now, 1000000));
    c->scheduler = TOLD_AGAIN;
    assert_ptr_equal(c, mptcp_conn_resume(c, size, t.p.now, t.p.now, 1000000));
    assert_int_equal(TOLD_AGAIN, c->scheduler);
    assert_int_equal(77, c->word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_table_of_the_programs_then_the_librarys_schedulers_are_not_linked),
        cmocka_unit_test(given_a_number_beyond_the_table_then_it_is_refused),
        cmocka_unit_test(given_one_that_prefers_the_last_path_then_octets_go_there_first),
        cmocka_unit_test(
            given_a_path_ends_then_its_octets_are_offered_and_go_where_the_scheduler_says),
        cmocka_unit_test(given_a_wait_without_a_witness_then_the_simulators_notice),
        cmocka_unit_test(given_one_that_waits_then_nothing_is_due_until_its_witness_has_room),
        cmocka_unit_test(given_a_view_then_it_shows_the_stream_and_every_path),
        cmocka_unit_test(given_answers_that_cannot_be_done_then_they_count_as_none),
        cmocka_unit_test(given_one_that_sends_again_then_octets_that_paths_hold_go_once_more),
        cmocka_unit_test(given_a_peer_that_may_be_plain_then_nothing_goes_again),
        cmocka_unit_test(given_octets_that_have_gone_then_the_words_are_what_the_hook_made_of_them),
        cmocka_unit_test(given_a_connection_that_moves_then_its_scheduler_and_word_go_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
