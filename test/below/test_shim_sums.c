/*
 * test_shim_sums.c - checksums of MPTCP (RFC 8684 s3.3.1) on segments that the shim cuts, computed
 * again by the code of the tests; and payload that is changed on the way.
 */
#include "below_test.h"
#include "duo.h"

/* RFC 8684 s3.3.1: over the payload of the mapping and a pseudo-header, by the code of the tests.
 */
static uint16_t dss_sum(const struct dss *dss, uint64_t dsn, const uint8_t *octets)
{
    uint8_t pseudo[16] = {0};

    put32(pseudo, (uint32_t)(dsn >> 32));
    put32(pseudo + 4, (uint32_t)dsn);
    put32(pseudo + 8, dss->ssn);
    put16(pseudo + 12, dss->len);
    return (uint16_t)~seg_sum(seg_sum(0, octets, dss->len), pseudo, sizeof pseudo);
}

static struct duo *with_checksums(void)
{
    struct duo_config cfg;

    duo_config_init(&cfg);
    cfg.conn.flags |= MPTCP_CFG_CHECKSUM;
    cfg.shim.flags = MPTCP_CFG_CHECKSUM;
    struct duo *d = duo_new(&cfg);
    duo_establish(d);
    return d;
}

/* Each segment that A has sent carries the checksum of its whole mapping. */
static void sums_right(struct duo *d)
{
    for (unsigned i = 0; i < d->end[A].sents; i++) {
        struct seg s = duo_sent(d, A, i);
        struct dss dss;
        assert_true(seg_dss(&s, &dss));
        assert_true(dss.has_map && dss.has_sum);
        uint64_t dsn = d->end[A].base.v + (uint32_t)(dss.dsn - d->end[A].base.v); /* of 64 bits */
        uint64_t at = dsn - d->end[A].base.v;
        assert_int_equal(dss_sum(&dss, dsn, d->stream[A] + at), dss.sum);
    }
}

/* checks: none */
static void given_checksums_then_every_cut_of_a_mapping_carries_the_sum_over_all_of_it(void **state)
{
    (void)state;
    struct duo *d = with_checksums();
    mptcp_ssn ssn = duo_give(d, A, 0, 2800, 1400);
    struct duo_segment s = {.flags = ACK, .ssn = ssn.v, .ack = 101, .len = 1000, .at = 100};

    assert_int_equal(0, duo_tcp(d, A, &s));
    s.ssn += 1000;
    s.at += 1000;
    s.len = 1300; /* over the end of the first mapping */
    assert_int_equal(0, duo_tcp(d, A, &s));
    s.ssn += 1300;
    s.at += 1300;
    s.len = 500;
    assert_int_equal(0, duo_tcp(d, A, &s));
    assert_true(d->end[A].sents >= 4);
    sums_right(d);
    (void)duo_carry(d, A);
    duo_data(d, B, 0, 2800);
    duo_act(d, B);
    assert_int_equal(2900, d->end[B].delivered);
    duo_free(d);
}

/* checks: none */
static void
given_a_whole_mapping_in_a_segment_then_its_octets_are_not_asked_of_the_host(void **state)
{
    (void)state;
    struct duo *d = with_checksums();
    unsigned asked = d->end[A].sums;
    mptcp_ssn ssn = duo_give(d, A, 0, 1400, 1400);
    struct duo_segment s = {.flags = ACK, .ssn = ssn.v, .ack = 101, .len = 1400, .at = 100};

    assert_int_equal(0, duo_tcp(d, A, &s));
    sums_right(d);
    assert_int_equal(asked, d->end[A].sums);
    duo_free(d);
}

/* 500 octets of A's come to B on a line with an octet changed; B does what is due. */
static void changed_on(struct duo *d, unsigned line)
{
    uint64_t at = d->end[A].written;
    mptcp_ssn ssn = duo_give(d, A, line, 500, 1400);
    struct duo_segment s = {.line = line, .flags = ACK, .ssn = ssn.v, .len = 500, .at = at};
    uint8_t changed[500];

    s.ack = d->line[line].next[B];
    assert_int_equal(0, duo_tcp(d, A, &s));
    struct duo_frame *f = &d->end[A].sent[0];
    f->packet[f->len - 5] ^= 0x20;
    seg_refit(f->packet, f->len);
    struct duo_frame *seen = duo_carry(d, A);
    assert_non_null(seen);
    struct seg p = duo_read(seen);
    memcpy(changed, p.payload, 500);
    struct mptcp_piece piece = {.len = 500, .data = changed};
    assert_int_equal(0, mptcp_on_data(d->end[B].conn[0], d->line[line].sf[B], &piece, d->now));
    duo_act(d, B);
}

/* Whether B has sent MP_FAIL, on a segment with this flag. */
static bool told_of_it(struct duo *d, uint8_t flag)
{
    bool said = false;

    for (unsigned i = 0; i < d->end[B].sents; i++) {
        struct seg p = duo_sent(d, B, i);
        said |= seg_mptcp(&p, SUB_FAIL) != NULL && (p.flags & flag) != 0;
    }
    return said;
}

/* With one subflow the stream is plain TCP's from then on (RFC 8684 s3.7). */
/* checks: none */
static void
given_a_payload_changed_on_the_only_path_then_mp_fail_is_sent_and_plain_tcp_goes_on(void **state)
{
    (void)state;
    struct duo *d = with_checksums();
    struct duo_segment ack = {.flags = ACK, .ssn = 101, .ack = 601};

    changed_on(d, 0);
    assert_true(duo_had(d, B, MPTCP_EV_FALLBACK));
    assert_int_equal(0, duo_tcp(d, B, &ack));
    assert_true(told_of_it(d, ACK));
    (void)duo_carry(d, B);
    duo_act(d, A);
    assert_true(duo_had(d, A, MPTCP_EV_FALLBACK));
    duo_free(d);
}

/* checks: none */
static void
given_a_payload_changed_on_one_of_two_paths_then_that_subflow_is_reset_by_mp_fail(void **state)
{
    (void)state;
    struct duo *d = with_checksums();

    duo_join(d, 1);
    changed_on(d, 1);
    assert_true(told_of_it(d, RST));
    assert_int_equal(100, d->end[B].delivered);
    assert_false(duo_had(d, B, MPTCP_EV_FALLBACK));
    duo_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_checksums_then_every_cut_of_a_mapping_carries_the_sum_over_all_of_it),
        cmocka_unit_test(
            given_a_whole_mapping_in_a_segment_then_its_octets_are_not_asked_of_the_host),
        cmocka_unit_test(
            given_a_payload_changed_on_the_only_path_then_mp_fail_is_sent_and_plain_tcp_goes_on),
        cmocka_unit_test(
            given_a_payload_changed_on_one_of_two_paths_then_that_subflow_is_reset_by_mp_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
