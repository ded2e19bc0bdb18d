/*
 * test_sums.c - the sums of mappings that a host keeps whose TCP copies: what it finds in the
 * table, and that a mapping is sent again bit for bit after its octets were let go.
 */
#include "core_test.h"
#include "mptcp/sums.h"
#include "rounds.h"

#define PLACES 5u

struct memory {
    _Alignas(uint64_t) uint8_t octets[MPTCP_SUMS_SIZE(PLACES) + 8];
};

static struct mptcp_sums *table(struct memory *mem)
{
    memset(mem, 0xa5, sizeof *mem);
    return mptcp_sums_init(mem->octets, sizeof mem->octets, PLACES);
}

static struct mptcp_tx_map map_at(uint32_t ssn, uint32_t len)
{
    struct mptcp_tx_map map = {.dsn = {7000 + ssn}, .ssn = {ssn}, .len = len};
    return map;
}

/* checks: D-6 */
static void given_mappings_were_added_then_each_octet_finds_the_sum_of_its_own(void **state)
{
    (void)state;
    struct memory mem;
    struct mptcp_sums *t = table(&mem);
    struct mptcp_tx_map one = map_at(1, 100);
    struct mptcp_tx_map two = map_at(101, 30);
    uint32_t sum;

    assert_int_equal(1, mptcp_sums_next(t).v);
    assert_int_equal(MPTCP_OK, mptcp_sums_add(t, &one, 0x1234));
    assert_int_equal(MPTCP_OK, mptcp_sums_add(t, &two, 0x10001)); /* folded: 2 */
    assert_int_equal(131, mptcp_sums_next(t).v);
    for (uint32_t ssn = 1; ssn < 131; ssn++) {
        assert_int_equal(MPTCP_OK, mptcp_sums_find(t, mptcp_ssn_of(ssn), &sum));
        assert_int_equal(ssn < 101 ? 0x1234 : 2, sum);
    }
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_sums_find(t, mptcp_ssn_of(0), &sum));
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_sums_find(t, mptcp_ssn_of(131), &sum));
}

/* checks: D-6 */
static void given_a_part_of_a_mapping_is_acknowledged_then_its_sum_is_kept(void **state)
{
    (void)state;
    struct memory mem;
    struct mptcp_sums *t = table(&mem);
    struct mptcp_tx_map one = map_at(1, 100);
    uint32_t sum;

    assert_int_equal(MPTCP_OK, mptcp_sums_add(t, &one, 9));
    mptcp_sums_acked(t, mptcp_ssn_of(100));
    assert_int_equal(MPTCP_OK, mptcp_sums_find(t, mptcp_ssn_of(100), &sum));
    mptcp_sums_acked(t, mptcp_ssn_of(101));
    assert_int_equal(MPTCP_E_NOT_FOUND, mptcp_sums_find(t, mptcp_ssn_of(100), &sum));
    mptcp_sums_acked(t, mptcp_ssn_of(50));
    assert_int_equal(101, mptcp_sums_next(t).v);
}

/* checks: D-6 */
static void given_a_full_table_then_it_goes_on_where_acknowledgements_have_come_to(void **state)
{
    (void)state;
    struct memory mem;
    struct mptcp_sums *t = table(&mem);
    struct mptcp_tx_map map;

    for (uint32_t i = 0; i < PLACES; i++) {
        map = map_at(1 + 10 * i, 10);
        assert_int_equal(MPTCP_OK, mptcp_sums_add(t, &map, i));
    }
    map = map_at(51, 10);
    assert_int_equal(MPTCP_E_FULL, mptcp_sums_add(t, &map, 5));
    mptcp_sums_acked(t, mptcp_ssn_of(95)); /* in a mapping that was never added: 91 to 100 */
    assert_int_equal(95, mptcp_sums_next(t).v);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_sums_add(t, &map, 5));
    map = map_at(91, 10);
    assert_int_equal(MPTCP_OK, mptcp_sums_add(t, &map, 9));
    assert_int_equal(101, mptcp_sums_next(t).v);
}

/* What the table is to say, from an array of every mapping that there ever was. */
struct book {
    struct mptcp_tx_map map[2000];
    uint32_t last;  /* mappings that were added */
    uint32_t first; /* of them, those that are acknowledged */
};

static void same(const struct mptcp_sums *t, const struct book *b, uint32_t seed)
{
    for (uint32_t i = b->first; i < b->last; i++) {
        mptcp_ssn inside = mptcp_ssn_add(b->map[i].ssn, seed % b->map[i].len);
        uint32_t sum;
        assert_int_equal(MPTCP_OK, mptcp_sums_find(t, inside, &sum));
        assert_int_equal((b->map[i].ssn.v ^ i) & 0xffffu, sum);
    }
}

/* checks: D-6 */
static void given_adding_and_acknowledging_at_random_then_a_plain_list_says_the_same(void **state)
{
    (void)state;
    static struct book b;
    uint32_t r = 4711;

    for (unsigned round = 0; round < rounds(40); round++) {
        struct memory mem;
        struct mptcp_sums *t = table(&mem);
        uint32_t ssn = 0xffffffffu - round * 97; /* wraps on the way */
        memset(&b, 0, sizeof b);
        mptcp_sums_acked(t, mptcp_ssn_of(0x7fffffffu)); /* there by two steps: an SSN is a circle */
        mptcp_sums_acked(t, mptcp_ssn_of(ssn));
        for (unsigned step = 0; step < 3000 && b.last < 1990; step++) {
            r = r * 1103515245u + 12345u;
            struct mptcp_tx_map map = map_at(ssn, 1 + (r >> 16) % 1400);
            bool full = b.last - b.first == PLACES;
            if ((r >> 8 & 1) == 0) {
                int why = mptcp_sums_add(t, &map, (ssn ^ b.last) & 0xffffu);
                assert_int_equal(full ? MPTCP_E_FULL : MPTCP_OK, why);
                b.map[b.last] = map;
                b.last += !full;
                ssn += full ? 0 : map.len;
            } else if (b.first < b.last) {
                const struct mptcp_tx_map *m = &b.map[b.first];
                bool whole = (r >> 9 & 1) != 0;
                mptcp_sums_acked(t, mptcp_ssn_add(m->ssn, whole ? m->len : m->len - 1));
                b.first += whole;
            }
            same(t, &b, r >> 3);
        }
    }
}

/* ------------------------------------------------------------ in a connection */

#define COPIES MPTCP_CFG_TCP_COPIES

/* The client has given n octets to its subflow, in mappings of 100; they begin at SSN 101. */
static void given_copies_sent(struct pair *p, uint32_t flags, uint32_t n)
{
    struct mptcp_action a;

    establish(p, flags, 0);
    room(p, &p->client, p->client.sf, 10000);
    mptcp_on_written(p->client.c, n, p->now);
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(n, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, n, MPTCP_DONE, p->now));
}

/* All of it has come over another path: a DATA_ACK, which the subflow's TCP has no part in. */
static void data_acked(struct pair *p, uint32_t n)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = info_of(&p->client).snd_una.v + n;
    struct wire w = with_option(&o, ACK, 1, 0, 101);
    come(p, &p->client, p->client.sf, &w);
}

static uint32_t freed(struct pair *p)
{
    struct mptcp_action a;

    if (!find_action(p, &p->client, MPTCP_FREE, &a)) {
        return 0;
    }
    mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now);
    return a.len;
}

/* checks: D-16 */
static void given_copies_without_checksums_then_a_data_ack_frees(void **state)
{
    (void)state;
    struct pair p;

    given_copies_sent(&p, COPIES, 250);
    data_acked(&p, 250);
    assert_int_equal(250, freed(&p));
}

/* checks: D-16 D-6 */
static void
given_copies_and_checksums_then_a_mapping_stays_until_tcp_has_it_acknowledged(void **state)
{
    (void)state;
    struct pair p;

    given_copies_sent(&p, COPIES | MPTCP_CFG_CHECKSUM, 250);
    data_acked(&p, 250);
    assert_int_equal(0, freed(&p));
    struct wire half = with_option(NULL, ACK, 1, 0, 251); /* the middle of the second mapping */
    come(&p, &p.client, p.client.sf, &half);
    assert_int_equal(100, freed(&p));
    struct wire all = with_option(NULL, ACK, 1, 0, 351);
    come(&p, &p.client, p.client.sf, &all);
    assert_int_equal(150, freed(&p));
}

/* The options of a segment as TCP would send it now, with the sum that the table has. */
static struct wire repeated(struct pair *p, const struct mptcp_sums *t, uint32_t ssn, uint32_t len)
{
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(ssn), .len = len};
    struct mptcp_receipt r;
    struct wire w;

    memset(&w, 0, sizeof w);
    assert_int_equal(MPTCP_OK, mptcp_sums_find(t, seg.ssn, &seg.sum));
    int n = mptcp_tx_options(p->client.c, p->client.sf, &seg, w.options, sizeof w.options, &r);
    assert_true(n > 0);
    w.seg.options_len = (uint16_t)n;
    w.seg.tcp_flags = ACK;
    return w;
}

/* checks: D-16 D-5 D-6 */
static void given_sums_are_kept_then_it_is_freed_and_any_cut_repeats_the_checksum(void **state)
{
    (void)state;
    struct pair p;
    struct memory mem;
    struct mptcp_sums *t = table(&mem);
    struct mptcp_tx_map map;
    uint16_t sum[3];

    given_copies_sent(&p, COPIES | MPTCP_CFG_CHECKSUM, 250);
    mptcp_sums_acked(t, mptcp_ssn_of(101));
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(MPTCP_OK,
                         mptcp_tx_mapping(p.client.c, p.client.sf, mptcp_sums_next(t), &map));
        assert_int_equal(MPTCP_OK, mptcp_sums_add(t, &map, 0x1111 * (i + 1)));
        sum[i] = mptcp_dss_checksum(map.dsn, map.ssn, (uint16_t)map.len, 0x1111 * (i + 1));
    }
    assert_int_equal(MPTCP_E_NOT_FOUND,
                     mptcp_tx_mapping(p.client.c, p.client.sf, mptcp_sums_next(t), &map));
    assert_int_equal(MPTCP_OK, mptcp_on_copied(p.client.c, p.client.sf, p.now));
    data_acked(&p, 250);
    assert_int_equal(250, freed(&p));
    for (uint32_t ssn = 101; ssn < 351; ssn += 7) {
        struct wire w = repeated(&p, t, ssn, 5);
        struct mptcp_options o = options_of(&w);
        assert_int_equal(101 + (ssn - 101) / 100 * 100, o.dss.ssn);
        assert_int_equal(sum[(ssn - 101) / 100], o.dss.checksum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_mappings_were_added_then_each_octet_finds_the_sum_of_its_own),
        cmocka_unit_test(given_a_part_of_a_mapping_is_acknowledged_then_its_sum_is_kept),
        cmocka_unit_test(given_a_full_table_then_it_goes_on_where_acknowledgements_have_come_to),
        cmocka_unit_test(given_adding_and_acknowledging_at_random_then_a_plain_list_says_the_same),
        cmocka_unit_test(given_copies_without_checksums_then_a_data_ack_frees),
        cmocka_unit_test(
            given_copies_and_checksums_then_a_mapping_stays_until_tcp_has_it_acknowledged),
        cmocka_unit_test(given_sums_are_kept_then_it_is_freed_and_any_cut_repeats_the_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
