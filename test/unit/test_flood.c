/*
 * test_flood.c - a flood of joins: somebody who has seen a token sends SYNs from many addresses
 * and ports, each as good as one of the peer's, and finishes none. Given rates, as SYNs in the
 * time that a join of the peer's takes (an RTT), and tables of 2 and of 8 subflows: the peer's own
 * joins get through within tries whose number is bounded by that rate (RFC 8684 s3.2, s5).
 */
#include "bugs_test.h"
#include "rounds.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#define RTT_US 20000u
#define SLOTS_MAX 8

static _Alignas(uint64_t) uint8_t memory[2 * MPTCP_CONN_SIZE(SLOTS_MAX, CORE_ADDRS, 64)];

struct flood {
    struct pair p;
    struct mptcp_addr here;
    uint32_t n;      /* SYNs so far */
    unsigned in_rtt; /* of them in an RTT */
};

/* A SYN with an MP_JOIN comes to the server; the host resets what is to give its slot, and asks
 * again. The handle; NONE if it is refused. */
static mptcp_sf begins(struct flood *f, const struct mptcp_addr *from, uint8_t id, uint32_t nonce)
{
    struct pair *p = &f->p;
    struct wire syn = join_of(p, id, nonce);
    mptcp_sf sf = MPTCP_SF_NONE;
    struct mptcp_action a;

    syn.seg.options = syn.options;
    int why = mptcp_accept_join(p->server.c, &syn.seg, &f->here, from, &sf, p->now);
    if (why == MPTCP_OK && sf == MPTCP_SF_NONE) {
        assert_true(find_action(p, &p->server, MPTCP_RESET_SUBFLOW, &a));
        assert_int_equal(MPTCP_E_FULL, a.code);
        assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, 0, MPTCP_DONE, p->now));
        assert_int_equal(MPTCP_OK,
                         mptcp_accept_join(p->server.c, &syn.seg, &f->here, from, &sf, p->now));
        assert_true(sf != MPTCP_SF_NONE);
    }
    return why == MPTCP_OK ? sf : MPTCP_SF_NONE;
}

/* n of its SYNs, each from another address than the ones before. */
static void attacks(struct flood *f, unsigned n)
{
    for (; n > 0; n--) {
        f->n++;
        struct mptcp_addr from =
            address(100 + f->n / 250 % 100, 1 + f->n % 250, (uint16_t)(2000 + f->n % 50000));
        begins(f, &from, (uint8_t)(1 + f->n % 200), f->n);
        f->p.now += RTT_US / (f->in_rtt + 1);
    }
}

/* An established pair whose server has these slots, and knows the RTT. */
static void with_slots(struct flood *f, uint8_t slots, unsigned in_rtt)
{
    struct mptcp_config cfg = core_config(0);
    struct mptcp_path path = {.size = sizeof path};

    cfg.subflows = cfg.subflow_limit = slots;
    cfg.runs = 64;
    memset(f, 0, sizeof *f);
    f->in_rtt = in_rtt;
    f->here = address(0, 2, 80);
    establish_as(&f->p, &cfg, memory, sizeof memory / 2);
    path.srtt_us = RTT_US;
    path.rttvar_us = RTT_US / 4;
    path.segment_size = 1000;
    assert_int_equal(MPTCP_OK, mptcp_on_path(f->p.server.c, f->p.server.sf, &path, f->p.now));
}

/* One try of the peer's: its SYN, and an RTT later its third ACK. */
static bool tries_once(struct flood *f, const struct mptcp_addr *from, uint32_t nonce, mptcp_sf *sf)
{
    struct pair *p = &f->p;
    struct mptcp_verdict verdict;

    *sf = begins(f, from, 9, nonce);
    if (*sf == MPTCP_SF_NONE) {
        attacks(f, f->in_rtt); /* which hears of it, too */
        return false;
    }
    struct wire third = third_ack(p, *sf, nonce);
    attacks(f, f->in_rtt);
    third.seg.options = third.options;
    return mptcp_on_segment(p->server.c, *sf, &third.seg, &verdict, p->now) == MPTCP_OK &&
           !verdict.drop;
}

/* Tries until the peer has joined; 0: not in `most`. */
static unsigned tries_until(struct flood *f, const struct mptcp_addr *from, unsigned most,
                            mptcp_sf *sf)
{
    static uint32_t nonce = 0x80000000u;

    for (unsigned n = 1; n <= most; n++) {
        attacks(f, f->in_rtt * 3 + n % 3);
        if (tries_once(f, from, nonce++, sf)) {
            return n;
        }
    }
    return 0;
}

#define RUNS rounds(100)

/* The peer joins, loses the subflow, and joins anew, again and again: the most tries that one of
 * them took, and *sum of all. */
static unsigned most_tries(uint8_t slots, unsigned in_rtt, unsigned bound, unsigned *sum)
{
    struct flood f;
    unsigned most = 0;

    with_slots(&f, slots, in_rtt);
    *sum = 0;
    for (unsigned k = 0; k < RUNS; k++) {
        struct mptcp_addr from = address(5, 1 + k % 100, 4000);
        mptcp_sf sf;
        unsigned n = tries_until(&f, &from, bound, &sf);
        if (n == 0) {
            print_message("%u slots, %u SYNs in an RTT: not in %u tries\n", slots, in_rtt, bound);
            return bound + 1;
        }
        *sum += n;
        most = n > most ? n : most;
        assert_int_equal(2, info_of(&f.p.server).subflows);
        assert_int_equal(MPTCP_OK, mptcp_on_gone(f.p.server.c, sf, MPTCP_E_TIMED_OUT, f.p.now));
        drain(&f.p, &f.p.server);
    }
    return most;
}

/* checks: J-14 Y-1 */
static void
given_a_flood_slower_than_the_slots_then_the_peers_join_gets_through_at_once(void **state)
{
    unsigned sum;

    (void)state;
    assert_int_equal(1, most_tries(2, 0, 1, &sum));
    for (unsigned in_rtt = 0; in_rtt < 6; in_rtt++) {
        assert_int_equal(1, most_tries(8, in_rtt, 1, &sum));
    }
}

/* checks: J-14 Y-1 */
static void given_a_faster_flood_then_the_peers_join_gets_through_in_time(void **state)
{
    static const uint8_t slots[] = {2, 8};

    (void)state;
    for (unsigned i = 0; i < COUNT_OF(slots); i++) {
        for (unsigned times = 1; times <= 16; times *= 2) {
            unsigned free = slots[i] - 1u;
            unsigned sum;
            unsigned most = most_tries(slots[i], times * free, 40 * (times + 1), &sum);
            print_message("%u slots, %u SYNs in an RTT: %u.%u tries, at most %u\n", slots[i],
                          times * free, sum / RUNS, sum % RUNS * 10 / RUNS, most);
            assert_true(most <= 40 * (times + 1));
            assert_true(sum <= 6 * (times + 1) * RUNS);
        }
    }
}

/* checks: J-14 Y-1 H-2 */
static void given_a_flood_when_we_open_one_ourselves_then_it_is_not_touched(void **state)
{
    static const uint8_t slots[] = {2, 8};

    (void)state;
    for (unsigned i = 0; i < COUNT_OF(slots); i++) {
        struct flood f;
        struct mptcp_action a;

        with_slots(&f, slots[i], 50);
        attacks(&f, 200);
        struct mptcp_option o = add_addr(CLIENT_KEY, SERVER_KEY, 5, address(5, 1, 7000));
        option_comes(&f.p, &f.p.server, f.p.server.sf, &o);
        attacks(&f, 50);
        while (mptcp_poll(f.p.server.c, &a) != 0 && a.type != MPTCP_CONNECT) {
            assert_int_equal(MPTCP_OK, mptcp_done(f.p.server.c, &a, a.len, MPTCP_DONE, f.p.now));
        }
        assert_int_equal(MPTCP_CONNECT, a.type);
        assert_int_equal(MPTCP_OK, mptcp_done(f.p.server.c, &a, 0, MPTCP_DONE, f.p.now));
        assert_int_equal(2, info_of(&f.p.server).subflows);
        attacks(&f, 500);
        struct mptcp_subflow_report ours;
        assert_int_equal(MPTCP_OK, mptcp_subflow_info(f.p.server.c, a.sf, &ours));
        assert_int_equal(2, info_of(&f.p.server).subflows);
    }
}

/* Parked, it takes no join, and so none takes anything; resumed, those come first that like. */
/* checks: J-14 Y-1 D-22 */
static void given_a_flood_when_it_was_parked_and_resumed_then_the_peer_joins(void **state)
{
    static const uint8_t slots[] = {2, 8};

    (void)state;
    for (unsigned i = 0; i < COUNT_OF(slots); i++) {
        struct flood f;
        struct mptcp_addr from = address(5, 1, 4000);
        mptcp_sf sf;
        uint8_t id;

        with_slots(&f, slots[i], slots[i] / 2u);
        attacks(&f, 100);
        assert_int_equal(MPTCP_OK, mptcp_conn_park(f.p.server.c, f.p.now));
        attacks(&f, 100);
        assert_int_equal(0, info_of(&f.p.server).subflows);
        assert_int_equal(MPTCP_SF_NONE, mptcp_subflow_at(f.p.server.c, 0));
        size_t size = MPTCP_CONN_SIZE((unsigned)slots[i], CORE_ADDRS, 64);
        f.p.server.c = mptcp_conn_resume(f.p.server.c, size, f.p.now, f.p.now, 60000000u);
        assert_non_null(f.p.server.c);
        f.here = address(20, 2, 80);
        assert_int_equal(MPTCP_OK, mptcp_add_address(f.p.server.c, &f.here, 0, &id, f.p.now));
        attacks(&f, 100);
        assert_int_not_equal(0, tries_until(&f, &from, 40, &sf));
        assert_int_equal(1, info_of(&f.p.server).subflows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_flood_slower_than_the_slots_then_the_peers_join_gets_through_at_once),
        cmocka_unit_test(given_a_faster_flood_then_the_peers_join_gets_through_in_time),
        cmocka_unit_test(given_a_flood_when_we_open_one_ourselves_then_it_is_not_touched),
        cmocka_unit_test(given_a_flood_when_it_was_parked_and_resumed_then_the_peer_joins),
    };
    return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
