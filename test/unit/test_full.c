/*
 * test_full.c - every table of the core is full once, at its k-th use, for every k: what does not
 * fit is refused with its verdict, and no octet is lost. The tables of addresses are in
 * test_addresses.c.
 */
#include "bugs_test.h"
#include "link_test.h"

#include "tables/tables.h"

#define RUNS_MOST 24u
#define SUBFLOWS_MOST 32u
/* With the runs that the client has more. */
#define BLOCK_MAX MPTCP_CONN_SIZE(SUBFLOWS_MOST, CORE_ADDRS, 4 * SUBFLOWS_MOST + RUNS_MOST + 64)

static _Alignas(uint64_t) uint8_t blocks[2 * BLOCK_MAX];

/* A fully established pair with two subflows, of which nothing fell silent; its streams. `shared`
 * runs are no side's own. */
static void establish_with(struct pair *p, struct stream s[2], unsigned shared, uint32_t flags)
{
    struct mptcp_config cfg = core_config(flags);
    struct mptcp_addr second = address(1, 1, 0);
    mptcp_sf ours;
    mptcp_sf theirs;
    uint8_t id;

    cfg.runs = (uint16_t)(4 * CORE_SUBFLOWS + shared);
    establish_as(p, &cfg, blocks, BLOCK_MAX);
    assert_int_equal(MPTCP_OK,
                     mptcp_add_address(p->client.c, &second, MPTCP_ADDR_JOIN, &id, p->now));
    joins(p, &p->client, &p->server, &ours, &theirs);
    streams_begin(p, s);
    streams_add(s, p->client.sf, p->server.sf);
    streams_add(s, ours, theirs);
}

static unsigned tx_runs(const struct pair *p, const struct stream *s, unsigned lane)
{
    return subflow_of(&p->client, s->lanes[lane].out).tx_runs;
}

static unsigned rx_runs(const struct pair *p, const struct stream *s, unsigned lane)
{
    return subflow_of(&p->server, s->lanes[lane].in).rx_runs;
}

#define CHUNK 10u

/* The client writes a chunk, which goes on this lane; false if the lane has no place for it. */
static bool chunk_goes(struct pair *p, struct stream s[2], unsigned lane)
{
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, CHUNK, p->now));
    return lane_takes(p, s, 0, lane, CHUNK) == CHUNK;
}

/* checks: D-16 D-27 */
static void
given_any_number_of_sent_runs_then_what_does_not_fit_waits_and_nothing_is_lost(void **state)
{
    (void)state;
    for (unsigned k = 0; k <= RUNS_MOST; k++) {
        struct stream s[2];
        struct pair p;
        uint32_t written = 0;

        establish_with(&p, s, k, 0);
        /* By turns, so that each chunk is a run. The head of the stream is acknowledged by nobody.
         */
        for (unsigned i = 0; i < k + 2; i++, written += CHUNK) {
            assert_true(chunk_goes(&p, s, i % 2));
        }
        for (unsigned i = 0; i < 2; i++, written += CHUNK) {
            assert_false(chunk_goes(&p, s, i));
        }
        assert_int_equal((k + 3) / 2, tx_runs(&p, &s[0], 0));
        assert_int_equal((k + 2) / 2, tx_runs(&p, &s[0], 1));
        streams_complete(&p, s, written, 0);
        assert_int_equal(0, tx_runs(&p, &s[0], 0));
    }
}

/* checks: D-16 D-29 */
static void given_a_full_table_of_sent_runs_then_the_head_of_a_dead_subflow_still_goes(void **state)
{
    (void)state;
    for (unsigned k = 0; k <= RUNS_MOST; k++) {
        struct stream s[2];
        struct pair p;
        uint32_t written = 2 * CHUNK;

        establish_with(&p, s, k, 0);
        assert_true(chunk_goes(&p, s, 0));
        assert_true(chunk_goes(&p, s, 1));
        for (; chunk_goes(&p, s, 1); written += CHUNK) {
            assert_true(written < CHUNK * (k + 2));
        }
        written += CHUNK; /* the one that waits */
        assert_int_equal(k + 1, tx_runs(&p, &s[0], 1));
        lane_dies(&p, s, 0);
        assert_true(lane_takes(&p, s, 0, 1, CHUNK) > 0);
        assert_int_equal(k + 2, tx_runs(&p, &s[0], 1));
        streams_complete(&p, s, written, 0);
    }
}

/* The peer's TCP has acknowledged all octets of the lane. */
static void lane_is_acked(struct pair *p, struct stream s[2], unsigned lane)
{
    struct mptcp_path path;

    mptcp_path_init(&path);
    path.acknowledged = subflow_of(s[0].from, s[0].lanes[lane].out).snd_nxt;
    assert_int_equal(MPTCP_OK, mptcp_on_path(s[0].from->c, s[0].lanes[lane].out, &path, p->now));
}

#define PIECES 5u

/* The client's lane 0 holds PIECES chunks in one run and is silent; the table is full. Returns what
 * was written. */
static uint32_t silent_and_full(struct pair *p, struct stream s[2])
{
    uint32_t written = PIECES * CHUNK;

    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, written, p->now));
    assert_int_equal(written, lane_takes(p, s, 0, 0, written));
    for (unsigned i = 1; chunk_goes(p, s, i % 2); i++) {
        written += CHUNK;
    }
    s[0].lanes[0].held = s[1].lanes[0].held = true;
    while (lane_carries(p, &s[0], 1) == MPTCP_OK) {
    }
    lane_acks(p, &s[0], 1);
    p->now += 3000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p->client.c, p->now));
    assert_true(mptcp_subflow_silent(p->client.c, s[0].lanes[0].out));
    return written + CHUNK; /* the one that waits */
}

/* What a subflow holds as one run goes on another one in pieces, TCP's acknowledgement of each
 * coming before its DATA_ACK. checks: D-16 D-27 D-29 */
static void
given_a_full_table_of_sent_runs_then_all_of_a_silent_subflow_goes_in_pieces(void **state)
{
    (void)state;
    for (unsigned k = 0; k <= RUNS_MOST; k++) {
        struct stream s[2];
        struct pair p;

        establish_with(&p, s, k, 0);
        uint32_t written = silent_and_full(&p, s);
        for (unsigned i = 0; i < PIECES; i++) {
            assert_int_equal(CHUNK, lane_takes(&p, s, 0, 1, CHUNK));
            assert_int_equal(MPTCP_OK, lane_carries(&p, &s[0], 1));
            lane_is_acked(&p, s, 1);
            host_works(&p, s, 1);
            lane_acks(&p, &s[0], 1);
        }
        s[0].lanes[0].held = s[1].lanes[0].held = false;
        streams_complete(&p, s, written, 0);
    }
}

/* checks: D-10 D-24 D-3 */
static void
given_any_number_of_received_runs_then_what_would_wait_is_dropped_and_sent_again(void **state)
{
    (void)state;
    for (unsigned n = 2 * 1; n <= 2 * RUNS_MOST; n++) {
        struct stream s[2];
        struct pair p;
        unsigned k = n / 2; /* without checksums and with them */
        uint32_t written = 0;

        establish_with(&p, s, k, n % 2 != 0 ? MPTCP_CFG_CHECKSUM : 0);
        for (unsigned i = 0; i < k + 2; i++, written += CHUNK) {
            assert_true(chunk_goes(&p, s, i % 2));
        }
        /* What is on the other path arrives, and waits for what comes before it. */
        unsigned there = 0;
        while (lane_carries(&p, &s[0], 1) == MPTCP_OK) {
            there++;
        }
        assert_int_equal(there, rx_runs(&p, &s[0], 1));
        assert_int_equal((k + 2) / 2, there);
        assert_int_equal(0, host_works(&p, s, 1) & MPTCP_WANT(MPTCP_DELIVER));
        streams_complete(&p, s, written, 0);
        assert_int_equal(0, info_of(&p.server).error);
        assert_int_equal(2, info_of(&p.server).subflows);
        assert_int_equal(0, rx_runs(&p, &s[0], 1));
    }
}

/* Gives octets to both paths by turns, and lets the other path's arrive until the server has no
 * place: what was written. */
static uint32_t server_is_full(struct pair *p, struct stream s[2], unsigned k)
{
    uint32_t written = 0;
    int why = MPTCP_OK;

    for (unsigned i = 0; why != MPTCP_E_FULL; i++) {
        assert_true(i < 4 * RUNS_MOST + 8);
        assert_true(chunk_goes(p, s, i % 2));
        written += CHUNK;
        why = i % 2 != 0 ? lane_carries(p, &s[0], 1) : MPTCP_OK;
    }
    assert_int_equal(k + 1, rx_runs(p, &s[0], 1));
    return written;
}

/* The server has fewer runs than the client. */
static void establish_unlike(struct pair *p, struct stream s[2], unsigned k, uint32_t flags)
{
    establish_with(p, s, RUNS_MOST + 64, flags);
    p->server.c->pool.left = (uint16_t)(p->server.c->pool.left - (RUNS_MOST + 64 - k));
}

/* checks: D-10 D-24 D-3 */
static void
given_a_full_table_of_received_runs_then_the_gap_closes_on_the_lane_that_is_full(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 2 * RUNS_MOST; n++) {
        struct stream s[2];
        struct pair p;

        establish_unlike(&p, s, n / 2, n % 2 != 0 ? MPTCP_CFG_CHECKSUM : 0);
        uint32_t written = server_is_full(&p, s, n / 2);
        assert_int_equal(0, host_works(&p, s, 1) & MPTCP_WANT(MPTCP_DELIVER));
        streams_complete(&p, s, written, 0);
        assert_int_equal(0, info_of(&p.server).error);
        assert_int_equal(2, info_of(&p.server).subflows);
    }
}

/* checks: D-10 D-27 D-28 */
static void
given_a_full_table_of_received_runs_when_the_gaps_subflow_dies_then_nothing_is_lost(void **state)
{
    (void)state;
    for (unsigned k = 0; k < RUNS_MOST; k++) {
        struct stream s[2];
        struct pair p;

        establish_unlike(&p, s, k, 0);
        /* What is behind the gap is on the lane that lives, and in front of what fills it. */
        uint32_t written = server_is_full(&p, s, k);
        lane_dies(&p, s, 0);
        streams_complete(&p, s, written, 0);
    }
}

/* A join of the client's, from another port each time. */
static int join_number(struct pair *p, unsigned n, mptcp_sf *sf)
{
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_addr from = address(1, 1, (uint16_t)(6000 + n));
    struct mptcp_option o = {.subtype = MPTCP_JOIN};

    o.u.join.form = MPTCP_JOIN_SYN;
    o.u.join.addr_id = 1;
    o.u.join.nonce = n;
    o.u.join.token = info_of(&p->server).local_token;
    struct wire syn = with_option(&o, SYN, 0, 0, 0);
    syn.seg.options = syn.options;
    return mptcp_accept_join(p->server.c, &syn.seg, &local, &from, sf, p->now);
}

/* checks: J-6 J-14 T-1 */
static void given_any_number_of_subflows_then_one_more_is_refused_until_one_is_over(void **state)
{
    (void)state;
    static uint8_t before[sizeof blocks];

    for (unsigned n = 0; n < 2 * SUBFLOWS_MOST; n++) {
        struct pair p;
        unsigned k = n / 2 + 1;
        bool limit = n % 2 != 0; /* what is full: the configured limit, or the slots */
        struct mptcp_config cfg = core_config(0);
        mptcp_sf sf = 0;
        mptcp_sf next;

        cfg.subflows = (uint8_t)(limit ? SUBFLOWS_MOST : k);
        cfg.subflow_limit = (uint8_t)(limit ? k : UINT8_MAX);
        cfg.runs = (uint16_t)(4 * cfg.subflows);
        establish_as(&p, &cfg, blocks, BLOCK_MAX);
        for (unsigned i = 1; i < k; i++) {
            assert_int_equal(MPTCP_OK, join_number(&p, i, &sf));
            struct wire third = third_ack(&p, sf, i);
            come(&p, &p.server, sf, &third);
            drain(&p, &p.server);
        }
        memcpy(before, blocks, sizeof before);
        assert_int_equal(limit ? MPTCP_E_JOIN_REFUSED : MPTCP_E_FULL, join_number(&p, k, &next));
        assert_memory_equal(before, blocks, sizeof before);
        if (k > 1) {
            mptcp_on_gone(p.server.c, sf, MPTCP_E_PEER_RESET, p.now);
            drain(&p, &p.server);
            assert_int_equal(MPTCP_OK, join_number(&p, k, &next));
            assert_int_not_equal(sf, next);
        }
        client_sends(&p, 101, 100);
        server_acks(&p, 201);
        assert_true(mptcp_dsn_eq(info_of(&p.client).snd_una, info_of(&p.client).snd_end));
    }
}

/* checks: J-14 H-2 */
static void given_any_number_of_slots_then_no_more_subflows_are_asked_for(void **state)
{
    (void)state;
    for (unsigned k = 1; k <= SUBFLOWS_MOST; k++) {
        struct pair p;
        struct mptcp_config cfg = core_config(0);
        struct mptcp_action a;

        cfg.subflows = (uint8_t)k;
        cfg.subflow_limit = UINT8_MAX;
        cfg.policy = MPTCP_POLICY_PORTS;
        cfg.runs = (uint16_t)(4 * cfg.subflows);
        establish_as(&p, &cfg, blocks, BLOCK_MAX);
        drain(&p, &p.client);
        assert_int_equal(k, info_of(&p.client).subflows);
        assert_false(wants(&p.client, MPTCP_CONNECT));
        if (k > 1) {
            mptcp_sf last = mptcp_subflow_at(p.client.c, k - 1);
            mptcp_on_gone(p.client.c, last, MPTCP_E_SUBFLOW_FAILED, p.now);
            assert_int_equal(MPTCP_OK, mptcp_join(p.client.c, 0, 0, p.now));
            assert_true(find_action(&p, &p.client, MPTCP_CONNECT, &a));
            assert_int_not_equal(last, a.sf);
        }
    }
}

/* checks: C-7 C-8 */
static void given_any_number_of_tokens_then_one_more_is_refused_until_one_is_gone(void **state)
{
    (void)state;
    enum { MOST = 512 };
    static _Alignas(uint64_t) uint8_t mem[MPTCP_ENDPOINT_SIZE(MOST)];
    static uint8_t before[sizeof mem];

    for (uint32_t slots = 2; slots <= MOST; slots *= 2) {
        struct mptcp_endpoint *e = mptcp_endpoint_init(mem, sizeof mem, slots);
        uint32_t k = slots / 2;
        uint32_t whose;

        assert_non_null(e);
        for (uint32_t i = 0; i < k; i++) {
            assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, i * 0x9e3779b9u + 1, i));
        }
        memcpy(before, mem, sizeof before);
        assert_int_equal(MPTCP_E_FULL, mptcp_endpoint_add(e, 0x5555, k));
        assert_int_equal(MPTCP_E_COLLISION, mptcp_endpoint_add(e, 1, k));
        assert_memory_equal(before, mem, sizeof before);
        /* Each in turn makes way for one more, and comes back. */
        for (uint32_t i = 0; i < k; i++) {
            uint32_t token = i * 0x9e3779b9u + 1;
            assert_int_equal(MPTCP_OK, mptcp_endpoint_remove(e, token));
            assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, 0x5555, k));
            assert_int_equal(MPTCP_E_FULL, mptcp_endpoint_add(e, token, i));
            for (uint32_t m = 0; m < k; m++) {
                int found = mptcp_endpoint_find(e, m * 0x9e3779b9u + 1, &whose);
                assert_int_equal(m == i ? MPTCP_E_NOT_FOUND : MPTCP_OK, found);
                assert_true(m == i || whose == m);
            }
            assert_int_equal(MPTCP_OK, mptcp_endpoint_remove(e, 0x5555));
            assert_int_equal(MPTCP_OK, mptcp_endpoint_add(e, token, i));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_any_number_of_sent_runs_then_what_does_not_fit_waits_and_nothing_is_lost),
        cmocka_unit_test(
            given_a_full_table_of_sent_runs_then_the_head_of_a_dead_subflow_still_goes),
        cmocka_unit_test(
            given_a_full_table_of_sent_runs_then_all_of_a_silent_subflow_goes_in_pieces),
        cmocka_unit_test(
            given_any_number_of_received_runs_then_what_would_wait_is_dropped_and_sent_again),
        cmocka_unit_test(
            given_a_full_table_of_received_runs_then_the_gap_closes_on_the_lane_that_is_full),
        cmocka_unit_test(
            given_a_full_table_of_received_runs_when_the_gaps_subflow_dies_then_nothing_is_lost),
        cmocka_unit_test(given_any_number_of_subflows_then_one_more_is_refused_until_one_is_over),
        cmocka_unit_test(given_any_number_of_slots_then_no_more_subflows_are_asked_for),
        cmocka_unit_test(given_any_number_of_tokens_then_one_more_is_refused_until_one_is_gone),
    };
    return cmocka_run_group_tests_name("full", tests, NULL, NULL);
}
