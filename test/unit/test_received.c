/*
 * test_received.c - the runs that were received, against a model that knows every octet by itself.
 */
#include "rounds.h"
#include "tables_test.h"

#include "tables/received.h"

#define OCTETS 400u /* of the stream, and of each subflow */

/* What the peer says and sends: octet k of subflow i, at SSN k + 1, is octet dsn[k] of the stream.
 */
struct model {
    uint16_t dsn[TABLES_SUBFLOWS][OCTETS];
    bool known[TABLES_SUBFLOWS][OCTETS]; /* the mapping came */
    unsigned arrived[TABLES_SUBFLOWS];
    unsigned done[TABLES_SUBFLOWS]; /* so many of the first were found to be there */
    bool here[OCTETS + 1];          /* the octet of the stream is there, on some subflow */
    unsigned next;                  /* the first that is not */
    unsigned delivered;
};

static _Alignas(uint64_t) uint8_t block[TABLES_BLOCK];
static _Alignas(uint64_t) uint8_t other[TABLES_BLOCK];

/* Stretches of the stream on every subflow: all octets, some on several, in any order. */
static void plan(struct model *m, uint32_t *x)
{
    memset(m, 0, sizeof *m);
    for (unsigned i = 0; i < TABLES_SUBFLOWS; i++) {
        unsigned at = 0;
        unsigned part = 0; /* subflow 0 has the whole stream, the others have what they happen to */
        while (at < OCTETS) {
            unsigned n = 1 + draw(x, 30);
            unsigned from = i == 0 ? part : draw(x, OCTETS);
            for (unsigned k = 0; k < n && at < OCTETS && from + k < OCTETS; k++, at++, part++) {
                m->dsn[i][at] = (uint16_t)(from + k);
            }
        }
    }
}

/* How many octets from `at` on follow each other in both spaces, at most n. */
static unsigned stretch(const struct model *m, unsigned i, unsigned at, unsigned n)
{
    unsigned len = 1;
    while (len < n && at + len < OCTETS && m->dsn[i][at + len] == m->dsn[i][at] + len) {
        len++;
    }
    return len;
}

static struct mptcp_mapping mapping(const struct model *m, unsigned i, unsigned at, unsigned len)
{
    return mptcp_mapping_of(mptcp_dsn_of(TABLES_FIRST + m->dsn[i][at]), mptcp_ssn_of(at + 1), len);
}

/* The mapping of some octets that have not arrived comes. */
static void announce(struct mptcp_conn *c, struct model *m, uint32_t *x)
{
    unsigned i = draw(x, TABLES_SUBFLOWS);
    unsigned at = m->arrived[i] + (draw(x, 3) == 0 ? draw(x, 60) : 0);

    while (at < OCTETS && m->known[i][at] && draw(x, 4) != 0) {
        at++;
    }
    if (at >= OCTETS) {
        return;
    }
    unsigned n = stretch(m, i, at, 1 + draw(x, 20));
    struct mptcp_mapping map = mapping(m, i, at, n);
    struct mptcp_conn *copy = memcpy(other, c, sizeof other);
    bool goes_on = mptcp_received_continue(copy, subflow_at(copy, i), &map);
    bool head = at == m->arrived[i] && m->dsn[i][at] <= m->next;
    int why = mptcp_received_add(c, i, &map, head);

    assert_true(why == MPTCP_OK || why == MPTCP_E_FULL);
    if (goes_on) {
        assert_int_equal(MPTCP_OK, why);
        assert_memory_equal(copy, c, sizeof other);
    }
    for (unsigned k = 0; why == MPTCP_OK && k < n; k++) {
        m->known[i][at + k] = true;
    }
}

/* Octets arrive in order, as far as they are mapped. */
static void arrive(struct mptcp_conn *c, struct model *m, uint32_t *x)
{
    unsigned i = draw(x, TABLES_SUBFLOWS);
    unsigned n = 0;
    unsigned most = 1 + draw(x, 25);

    while (n < most && m->arrived[i] + n < OCTETS && m->known[i][m->arrived[i] + n]) {
        m->here[m->dsn[i][m->arrived[i] + n]] = true;
        n++;
    }
    if (n == 0) {
        return;
    }
    m->arrived[i] += n;
    subflow_at(c, i)->rcv_nxt = mptcp_ssn_of(m->arrived[i] + 1);
    assert_true(mptcp_received_arrived(c, i, subflow_at(c, i)->rcv_nxt));
    while (m->here[m->next]) {
        m->next++;
    }
}

/* What is to be delivered is where the peer put it. */
static void deliver(struct mptcp_conn *c, struct model *m, uint32_t *x)
{
    struct mptcp_action a = {0};
    bool due = mptcp_received_deliverable(c, &a);

    assert_int_equal(TABLES_FIRST + m->delivered < c->rcv_nxt.v, due);
    if (!due) {
        return;
    }
    unsigned i = a.sf & 0xffu;
    assert_true(i < TABLES_SUBFLOWS && a.len > 0);
    assert_true(a.dsn.v == TABLES_FIRST + m->delivered);
    for (unsigned k = 0; k < a.len; k++) {
        assert_true(a.ssn.v - 1 + k < m->arrived[i]);
        assert_int_equal(m->delivered + k, m->dsn[i][a.ssn.v - 1 + k]);
    }
    uint32_t n = 1 + draw(x, a.len);
    mptcp_received_delivered(c, n);
    m->delivered += n;
}

/* Below rcv_done nothing of a subflow is ever asked for; above it no octet at once that is done. */
static void check(const struct mptcp_conn *c, struct model *m)
{
    assert_sound(c);
    /* More of a run that another one has overtaken counts when what is before it was delivered. */
    assert_true(c->rcv_nxt.v <= TABLES_FIRST + m->next);
    assert_true(c->received.queue != RUN_NONE || c->rcv_nxt.v == TABLES_FIRST + m->next);
    assert_true(c->rcv_delivered.v == TABLES_FIRST + m->delivered);
    for (unsigned i = 0; i < TABLES_SUBFLOWS; i++) {
        unsigned done = subflow_at(c, i)->rcv_done.v - 1;
        assert_true(done <= m->arrived[i]);
        for (; m->done[i] < done; m->done[i]++) {
            assert_true(m->dsn[i][m->done[i]] < m->next);
        }
    }
}

/* checks: D-6 D-10 */
static void given_any_mappings_and_arrivals_then_every_octet_is_delivered_once(void **state)
{
    (void)state;
    static struct model m;
    unsigned whole = 0;

    for (uint32_t seed = 1; seed <= rounds(120); seed++) {
        uint32_t x = seed;
        struct mptcp_conn *c =
            tables_open(block, seed, (uint16_t)(seed % 2 == 0 ? TABLES_RUNS : 16u));
        plan(&m, &x);
        for (unsigned step = 0; step < 1200; step++) {
            unsigned what = draw(&x, 6);
            if (what < 3) {
                announce(c, &m, &x);
            } else if (what < 5) {
                arrive(c, &m, &x);
            } else {
                deliver(c, &m, &x);
            }
            check(c, &m);
        }
        whole += m.delivered == OCTETS;
    }
    assert_true(2 * whole > rounds(120)); /* the stream comes to its end, with few places too */
}

/* checks: D-5 */
static void given_a_mapping_that_contradicts_then_it_is_refused(void **state)
{
    (void)state;
    struct mptcp_conn *c = tables_open(block, 1, TABLES_RUNS);
    struct mptcp_mapping a = mptcp_mapping_of(mptcp_dsn_of(TABLES_FIRST), mptcp_ssn_of(1), 100);
    struct mptcp_mapping within =
        mptcp_mapping_of(mptcp_dsn_of(TABLES_FIRST + 51), mptcp_ssn_of(51), 10);
    struct mptcp_mapping over =
        mptcp_mapping_of(mptcp_dsn_of(TABLES_FIRST + 300), mptcp_ssn_of(91), 20);
    struct mptcp_mapping same =
        mptcp_mapping_of(mptcp_dsn_of(TABLES_FIRST + 50), mptcp_ssn_of(51), 10);

    assert_int_equal(MPTCP_OK, mptcp_received_add(c, 0, &a, true));
    assert_int_equal(MPTCP_E_MAPPING, mptcp_received_add(c, 0, &within, true));
    assert_int_equal(MPTCP_E_MAPPING, mptcp_received_add(c, 0, &over, true));
    assert_int_equal(MPTCP_OK, mptcp_received_add(c, 0, &same, true));
    assert_int_equal(1, mptcp_received_count(c, 0));
    assert_sound(c);
}

/* checks: D-10 */
static void given_octets_without_a_mapping_when_it_comes_then_they_count(void **state)
{
    (void)state;
    struct mptcp_conn *c = tables_open(block, 2, TABLES_RUNS);
    struct mptcp_subflow *s = subflow_at(c, 0);
    struct mptcp_mapping late = mptcp_mapping_of(mptcp_dsn_of(TABLES_FIRST), mptcp_ssn_of(1), 100);
    struct mptcp_action a = {0};

    s->rcv_nxt = mptcp_ssn_of(101);
    assert_false(mptcp_received_arrived(c, 0, s->rcv_nxt));
    assert_true(c->rcv_nxt.v == TABLES_FIRST);
    assert_int_equal(1, s->rcv_done.v);
    assert_false(mptcp_received_deliverable(c, &a));
    assert_int_equal(MPTCP_OK, mptcp_received_add_late(c, 0, &late));
    assert_true(c->rcv_nxt.v == TABLES_FIRST + 100);
    assert_true(mptcp_received_deliverable(c, &a));
    assert_int_equal(100, a.len);
    assert_sound(c);
}

/* checks: D-24 */
static void given_the_end_of_the_stream_then_what_is_mapped_behind_it_moves_nothing(void **state)
{
    (void)state;
    struct mptcp_conn *c = tables_open(block, 3, TABLES_RUNS);
    struct mptcp_subflow *s = subflow_at(c, 0);
    struct mptcp_mapping m = mptcp_mapping_of(mptcp_dsn_of(TABLES_FIRST), mptcp_ssn_of(1), 100);

    c->rcv_fin = mptcp_dsn_of(TABLES_FIRST + 40);
    c->bits |= BIT_FIN_KNOWN;
    assert_int_equal(MPTCP_OK, mptcp_received_add(c, 0, &m, true));
    s->rcv_nxt = mptcp_ssn_of(101);
    assert_true(mptcp_received_arrived(c, 0, s->rcv_nxt));
    assert_true(c->rcv_nxt.v == TABLES_FIRST + 40);
}

/* checks: D-3 */
static void given_checksums_then_only_a_verified_mapping_moves_rcv_nxt(void **state)
{
    (void)state;
    struct mptcp_conn *c = tables_open(block, 4, TABLES_RUNS);
    struct mptcp_subflow *s = subflow_at(c, 0);
    struct mptcp_mapping m[2] = {
        mptcp_mapping_of(mptcp_dsn_of(TABLES_FIRST), mptcp_ssn_of(1), 50),
        mptcp_mapping_of(mptcp_dsn_of(TABLES_FIRST + 50), mptcp_ssn_of(51), 50)};

    c->bits |= BIT_CHECKSUM;
    for (unsigned k = 0; k < 2; k++) {
        assert_int_equal(MPTCP_OK, mptcp_received_add_whole(c, 0, &m[k], k == 0));
    }
    assert_int_equal(2, mptcp_received_count(c, 0));
    s->rcv_nxt = mptcp_ssn_of(101);
    assert_true(c->rcv_nxt.v == TABLES_FIRST);
    mptcp_received_verified(c, 0);
    mptcp_received_advance(c);
    assert_true(c->rcv_nxt.v == TABLES_FIRST + 50);
    mptcp_received_verified(c, 0);
    mptcp_received_advance(c);
    assert_true(c->rcv_nxt.v == TABLES_FIRST + 100);
    assert_int_equal(1, mptcp_received_count(c, 0)); /* they are one run now */
    assert_sound(c);
}

/* checks: D-16 */
static void given_a_subflow_ends_then_what_was_only_announced_gives_its_place(void **state)
{
    (void)state;
    struct mptcp_conn *c = tables_open(block, 5, TABLES_RUNS);
    struct mptcp_subflow *s = subflow_at(c, 0);
    unsigned left = c->pool.left;

    for (unsigned k = 0; k < 5; k++) { /* with a gap before each */
        struct mptcp_mapping m = mptcp_mapping_of(mptcp_dsn_of(TABLES_FIRST + 20 * k + 10),
                                                  mptcp_ssn_of(10 * k + 1), 10);
        assert_int_equal(MPTCP_OK, mptcp_received_add(c, 0, &m, false));
    }
    s->rcv_nxt = mptcp_ssn_of(16); /* one and a half of them */
    assert_true(mptcp_received_arrived(c, 0, s->rcv_nxt));
    assert_int_equal(left - 5, c->pool.left);
    s->state = SF_GONE;
    mptcp_received_cut(c, 0);
    assert_int_equal(left - 2, c->pool.left);
    assert_sound(c);
    mptcp_received_forget(c);
    assert_int_equal(left, c->pool.left);
    assert_int_equal(16, s->rcv_done.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_any_mappings_and_arrivals_then_every_octet_is_delivered_once),
        cmocka_unit_test(given_a_mapping_that_contradicts_then_it_is_refused),
        cmocka_unit_test(given_octets_without_a_mapping_when_it_comes_then_they_count),
        cmocka_unit_test(given_the_end_of_the_stream_then_what_is_mapped_behind_it_moves_nothing),
        cmocka_unit_test(given_checksums_then_only_a_verified_mapping_moves_rcv_nxt),
        cmocka_unit_test(given_a_subflow_ends_then_what_was_only_announced_gives_its_place),
    };
    return cmocka_run_group_tests_name("received", tests, NULL, NULL);
}
