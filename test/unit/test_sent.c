/*
 * test_sent.c - the runs that were sent, against a model that knows every octet by itself.
 */
#include "rounds.h"
#include "tables_test.h"

#include "tables/sent.h"

#define OCTETS 3000u
#define UNIT 40u

/* Octet k of the stream has SSN ssn[k] of subflow on[k]. */
struct model {
    uint8_t on[OCTETS];
    uint32_t ssn[OCTETS];
    uint32_t start[OCTETS]; /* of its mapping: the first octet of the stream */
    unsigned given;
    unsigned data_acked;
    unsigned free; /* the first that is needed, or not DATA_ACKed: it only rises */
    bool gone[TABLES_SUBFLOWS];
};

static _Alignas(uint64_t) uint8_t block[TABLES_BLOCK];

static mptcp_dsn dsn_at(unsigned k)
{
    return mptcp_dsn_of(TABLES_FIRST + k);
}

/* The subflow's TCP may ask for the octet again. */
static bool needed(const struct mptcp_conn *c, const struct model *m, unsigned k)
{
    const struct mptcp_subflow *s = subflow_at(c, m->on[k]);
    mptcp_ssn ssn = mptcp_ssn_of(m->ssn[k]);

    return !m->gone[m->on[k]] && !mptcp_ssn_before(ssn, s->snd_una) &&
           !mptcp_ssn_before(ssn, s->copied);
}

/* n octets at the end of the stream go to subflow i. */
static void give(struct mptcp_conn *c, struct model *m, unsigned i, unsigned n)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    unsigned k = m->given;

    s->mapping = UNIT;
    if (m->gone[i] || k + n > OCTETS || !mptcp_sent_room(c, i, dsn_at(k))) {
        return;
    }
    bool goes_on = mptcp_sent_tail(c, i, dsn_at(k)) != NULL;
    assert_true(!goes_on || (k > 0 && m->on[k - 1] == i));
    for (unsigned j = 0; j < n; j++) {
        m->on[k + j] = (uint8_t)i;
        m->ssn[k + j] = s->snd_nxt.v + j;
        m->start[k + j] = k + j - j % UNIT;
    }
    struct mptcp_action a = {.type = MPTCP_SEND, .sf = handle_of(c, i), .dsn = dsn_at(k)};
    mptcp_map_append(c, &a, n);
    m->given += n;
    c->snd_nxt = dsn_at(m->given);
}

/* What is asked for again is under the mapping that it first had. */
static void find(const struct mptcp_conn *c, const struct model *m, unsigned k)
{
    const struct mptcp_subflow *s = subflow_at(c, m->on[k]);
    mptcp_ssn ssn = mptcp_ssn_of(m->ssn[k]);
    struct mptcp_tx_map map;

    if (m->gone[m->on[k]]) {
        return;
    }
    bool found = mptcp_map_out(c, m->on[k], ssn, &map);
    if (!mptcp_ssn_before(ssn, s->snd_una)) {
        assert_true(found);
        assert_true(map.dsn.v == TABLES_FIRST + m->start[k]);
        assert_int_equal(m->ssn[m->start[k]], map.ssn.v);
    }
}

static void check(struct mptcp_conn *c, struct model *m)
{
    unsigned acked = m->data_acked;

    while (m->free < m->data_acked && !needed(c, m, m->free)) {
        m->free++;
    }
    assert_true(mptcp_sent_free_limit(c, false).v == TABLES_FIRST + m->free);
    /* Of a mapping that is needed in part, all; mappings that begin later do not matter. */
    unsigned free = m->free;
    for (unsigned k = free; k < m->given && m->start[k] < m->free; k++) {
        free = needed(c, m, k) ? m->start[k] : free;
    }
    assert_true(mptcp_sent_free_limit(c, true).v == TABLES_FIRST + free);
    /* From SND.UNA on: what the one subflow has acknowledged of one run. */
    uint64_t end = mptcp_sent_acked_end(c).v - TABLES_FIRST;
    while (acked < m->given && !m->gone[m->on[acked]] && m->on[acked] == m->on[m->data_acked] &&
           mptcp_ssn_before(mptcp_ssn_of(m->ssn[acked]), subflow_at(c, m->on[acked])->snd_una)) {
        acked++;
    }
    assert_true(end >= m->data_acked && end <= acked);
    assert_int_equal(acked > m->data_acked, end > m->data_acked);
    assert_sound(c);
}

static void data_acked(struct mptcp_conn *c, struct model *m, unsigned upto)
{
    if (upto > m->data_acked) {
        m->data_acked = upto;
        c->snd_una = dsn_at(upto);
        mptcp_sent_data_acked(c);
    }
}

static void acked(struct mptcp_conn *c, unsigned i, uint32_t n)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    s->snd_una = mptcp_ssn_add(s->snd_una, n);
    s->copied = mptcp_ssn_max(s->copied, s->snd_una);
    mptcp_sent_acked(c, s);
}

static void step(struct mptcp_conn *c, struct model *m, uint32_t *x)
{
    unsigned i = draw(x, TABLES_SUBFLOWS);
    struct mptcp_subflow *s = subflow_at(c, i);
    uint32_t in_flight = (uint32_t)mptcp_ssn_diff(s->snd_nxt, s->snd_una);

    switch (draw(x, 8)) {
    case 0:
    case 1:
        give(c, m, i, UNIT * (1 + draw(x, 3)));
        break;
    case 2:
        give(c, m, i, 1 + draw(x, 2 * UNIT));
        break;
    case 3:
    case 4:
        if (!m->gone[i] && in_flight > 0) {
            acked(c, i, 1 + draw(x, in_flight));
        }
        break;
    case 5:
    case 6:
        data_acked(c, m, m->data_acked + draw(x, 1 + (m->given - m->data_acked)));
        break;
    default:
        if (draw(x, 4) == 0 && !m->gone[i]) {
            s->copied = s->snd_nxt;
        } else if (draw(x, 60) == 0 && i != 0) {
            m->gone[i] = true;
            mptcp_sent_drop(c, i);
        }
    }
    if (m->given > 0) {
        find(c, m, draw(x, m->given));
    }
}

/* checks: D-5 D-16 */
static void given_any_order_of_acknowledgements_then_what_tcp_may_ask_for_is_kept(void **state)
{
    (void)state;
    static struct model m;
    unsigned whole = 0;

    for (uint32_t seed = 1; seed <= rounds(150); seed++) {
        uint32_t x = seed;
        struct mptcp_conn *c =
            tables_open(block, seed, (uint16_t)(seed % 2 == 0 ? TABLES_RUNS : 14u));
        memset(&m, 0, sizeof m);
        for (unsigned n = 0; n < 900; n++) {
            step(c, &m, &x);
            check(c, &m);
        }
        whole += m.given > OCTETS - 3 * UNIT;
        /* All is acknowledged at both levels: no run is left. */
        data_acked(c, &m, m.given);
        for (unsigned i = 0; i < TABLES_SUBFLOWS; i++) {
            const struct mptcp_subflow *s = subflow_at(c, i);
            if (!m.gone[i]) {
                acked(c, i, (uint32_t)mptcp_ssn_diff(s->snd_nxt, s->snd_una));
            }
            assert_int_equal(0, s->sent.count);
        }
        assert_int_equal(c->runs, c->pool.left);
    }
    assert_true(2 * whole > rounds(150)); /* few places hold nothing up for good */
}

/* checks: D-5 */
static void given_a_mapping_that_is_not_full_then_no_run_goes_on_behind_it(void **state)
{
    (void)state;
    static struct model m;
    struct mptcp_conn *c = tables_open(block, 1, TABLES_RUNS);

    memset(&m, 0, sizeof m);
    give(c, &m, 0, 2 * UNIT);
    give(c, &m, 0, UNIT); /* goes on */
    assert_int_equal(1, subflow_at(c, 0)->sent.count);
    give(c, &m, 0, UNIT / 2);
    assert_int_equal(1, subflow_at(c, 0)->sent.count);
    give(c, &m, 0, UNIT); /* behind half a mapping */
    assert_int_equal(2, subflow_at(c, 0)->sent.count);
    subflow_at(c, 0)->mapping = UNIT + 1; /* another size */
    assert_null(mptcp_sent_tail(c, 0, dsn_at(m.given)));
    for (unsigned k = 0; k < m.given; k++) {
        find(c, &m, k);
    }
}

/* checks: D-28 */
static void given_acknowledged_runs_that_count_as_lost_then_they_give_their_places(void **state)
{
    (void)state;
    static struct model m;
    struct mptcp_conn *c = tables_open(block, 2, TABLES_RUNS);
    unsigned left = c->pool.left;

    memset(&m, 0, sizeof m);
    give(c, &m, 0, UNIT);
    give(c, &m, 1, UNIT);
    give(c, &m, 0, UNIT);
    give(c, &m, 1, UNIT);
    acked(c, 0, 2 * UNIT);
    acked(c, 1, UNIT / 2);
    assert_int_equal(left - 4, c->pool.left);
    assert_true(mptcp_sent_acked_end(c).v == TABLES_FIRST + UNIT);
    mptcp_sent_lost(c, dsn_at(UNIT));
    assert_int_equal(left - 3, c->pool.left); /* the first of them alone */
    assert_true(mptcp_sent_acked_end(c).v == TABLES_FIRST);
    mptcp_sent_lost(c, dsn_at(4 * UNIT));
    assert_int_equal(left - 2, c->pool.left); /* those of subflow 1 still fly */
    assert_sound(c);
}

/* checks: D-16 */
static void
given_a_longer_run_before_it_then_a_run_that_is_acked_and_data_acked_is_freed(void **state)
{
    (void)state;
    struct mptcp_conn *c = tables_open(block, 3, TABLES_RUNS);
    struct mptcp_mapping a = mptcp_mapping_of(dsn_at(0), mptcp_ssn_of(1), 100);
    struct mptcp_mapping again = mptcp_mapping_of(dsn_at(20), mptcp_ssn_of(1), 30);
    unsigned left = c->pool.left;

    mptcp_sent_add(c, 0, &a, 100, false);
    subflow_at(c, 0)->snd_nxt = mptcp_ssn_of(101);
    c->snd_nxt = dsn_at(100);
    c->sent.look = RUN_NONE; /* looked at */
    mptcp_sent_add(c, 1, &again, 100, true);
    subflow_at(c, 1)->snd_nxt = mptcp_ssn_of(31);
    acked(c, 1, 30);
    c->snd_una = dsn_at(60);
    mptcp_sent_data_acked(c);
    assert_int_equal(left - 1, c->pool.left);
    assert_true(mptcp_sent_free_limit(c, false).v == TABLES_FIRST);
    acked(c, 0, 10);
    assert_true(mptcp_sent_free_limit(c, false).v == TABLES_FIRST + 10);
    acked(c, 0, 50);
    assert_true(mptcp_sent_free_limit(c, false).v == TABLES_FIRST + 60);
    assert_int_equal(left - 1, c->pool.left);
    assert_sound(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_any_order_of_acknowledgements_then_what_tcp_may_ask_for_is_kept),
        cmocka_unit_test(given_a_mapping_that_is_not_full_then_no_run_goes_on_behind_it),
        cmocka_unit_test(given_acknowledged_runs_that_count_as_lost_then_they_give_their_places),
        cmocka_unit_test(
            given_a_longer_run_before_it_then_a_run_that_is_acked_and_data_acked_is_freed),
    };
    return cmocka_run_group_tests_name("sent", tests, NULL, NULL);
}
