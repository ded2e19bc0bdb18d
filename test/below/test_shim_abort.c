/*
 * test_shim_abort.c - a RST of the peer's that is not where the last acknowledgement of TCP was:
 * what its options tell, and when it means nothing.
 */
#include "below_test.h"
#include "duo.h"

/* MPTCP over line 0; who aborts says so on RSTs (RFC 8684 s3.5, option R). */
static struct duo *open_one(void)
{
    struct duo_config cfg;

    duo_config_init(&cfg);
    cfg.conn.flags |= MPTCP_CFG_ABORT_RST;
    struct duo *d = duo_new(&cfg);
    duo_establish(d);
    return d;
}

/* The SSN after what A has sent. */
static uint32_t end_of(const struct duo *d)
{
    return d->line[0].next[A];
}

/* 100 octets leave A's TCP. */
static void octets_leave(struct duo *d)
{
    struct duo_segment s = {.flags = ACK | PSH, .ack = d->line[0].next[B], .len = 100};

    s.at = d->end[A].written;
    s.ssn = duo_give(d, A, 0, 100, 100).v;
    assert_int_equal(0, duo_tcp(d, A, &s));
    d->line[0].next[A] += 100;
}

static struct shim_report look(struct duo *d, unsigned end)
{
    struct shim_report r;
    assert_int_equal(0, shim_look(d->end[end].shim, d->line[0].flow[end], &r));
    return r;
}

/* Why B's connection has ended; 0: it has not. */
static int error_at_b(struct duo *d)
{
    struct mptcp_conn_report r;
    mptcp_conn_info(d->end[B].conn[0], &r);
    return r.error;
}

/* A's application aborts; the RST leaves. */
static void aborts(struct duo *d)
{
    assert_int_equal(0, mptcp_on_abort(d->end[A].conn[0], d->now));
    duo_act(d, A);
    struct seg rst = duo_last(d, A);
    assert_int_equal(RST, rst.flags & RST);
    assert_non_null(seg_mptcp(&rst, SUB_FASTCLOSE));
}

/* The usual case of an abort: data is in flight, and TCP acknowledges it later. checks: F-5 F-2 */
static void
given_octets_that_tcp_has_not_acknowledged_when_the_peer_aborts_then_b_hears_it(void **state)
{
    (void)state;
    struct duo *d = open_one();

    octets_leave(d);
    aborts(d);
    assert_non_null(duo_carry(d, A)); /* TCP was given the RST, too */
    assert_int_equal(MPTCP_E_PEER_ABORTED, error_at_b(d));
    assert_int_equal(1, look(d, B).peer_reset);
    duo_free(d);
}

/* TCP answers the RST by an ACK (RFC 5961 s3.2), but the key is the peer's. checks: F-5 G-3 */
static void
given_octets_that_were_lost_when_the_peer_aborts_behind_them_then_b_hears_it(void **state)
{
    (void)state;
    struct duo *d = open_one();

    octets_leave(d);
    duo_clear(d); /* they are lost */
    aborts(d);
    assert_non_null(duo_carry(d, A));
    assert_int_equal(MPTCP_E_PEER_ABORTED, error_at_b(d));
    assert_int_equal(0, look(d, B).peer_reset);
    duo_act(d, B);
    assert_true(duo_had(d, B, MPTCP_EV_END));
    duo_free(d);
}

/* A RST of A's with these options comes to B at an SSN. */
static void rst_comes(struct duo *d, uint32_t ssn, const uint8_t *options, uint8_t length)
{
    struct duo_segment s = {.flags = RST, .ssn = ssn, .options = options, .options_len = length};
    uint8_t packet[SEG_MOST];

    assert_non_null(duo_comes(d, B, packet, duo_build(d, A, &s, packet)));
}

/* Its right key came with another number. checks: F-5 G-3 */
static void given_a_rst_outside_the_window_then_nothing_happens(void **state)
{
    (void)state;
    struct duo *d = open_one();

    octets_leave(d);
    uint32_t end = end_of(d);
    duo_clear(d);
    aborts(d);
    struct seg rst = duo_last(d, A);
    const uint8_t *said = seg_mptcp(&rst, SUB_FASTCLOSE);
    static const uint32_t away[] = {0x100000, 0x80000000, 0xff000000};
    for (unsigned i = 0; i < 3; i++) {
        rst_comes(d, end + away[i], said, 12);
        assert_int_equal(0, error_at_b(d));
        assert_int_equal(SHIM_LIVE, look(d, B).state);
    }
    rst_comes(d, 1, said, 12); /* behind what has come */
    assert_int_equal(0, error_at_b(d));
    duo_free(d);
}

static const uint8_t wrong_key[] = {30, 12, 0x70, 0, 1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t too_much[] = {30, 4, 0x80, 2}; /* MP_TCPRST, "lack of resources" (s3.6) */

/* A blind attacker's. checks: F-5 G-3 */
static void given_a_rst_in_the_window_with_a_wrong_key_then_nothing_happens(void **state)
{
    (void)state;
    struct duo *d = open_one();

    rst_comes(d, end_of(d) + 100, wrong_key, sizeof wrong_key);
    assert_int_equal(0, error_at_b(d));
    assert_int_equal(SHIM_LIVE, look(d, B).state);
    duo_free(d);
}

/* The reason of a RST behind octets that TCP has not acknowledged counts. checks: T-1 */
static void
given_octets_that_tcp_has_not_acknowledged_then_a_rst_behind_them_tells_its_reason(void **state)
{
    (void)state;
    struct duo *d = open_one();

    octets_leave(d);
    assert_non_null(duo_carry(d, A));
    rst_comes(d, end_of(d), too_much, sizeof too_much);
    assert_int_equal(1, look(d, B).peer_reset);
    assert_int_equal(2, duo_reset_reason(d, B, 0));
    duo_free(d);
}

/* TCP ignores a RST at the number that it acknowledged last, if it has got more since: it is old.
 */
/* checks: none */
static void
given_octets_that_tcp_has_not_acknowledged_then_a_rst_before_them_ends_nothing(void **state)
{
    (void)state;
    struct duo *d = open_one();
    uint32_t before = end_of(d);

    octets_leave(d);
    assert_non_null(duo_carry(d, A));
    rst_comes(d, before, too_much, sizeof too_much);
    assert_int_equal(SHIM_LIVE, look(d, B).state);
    assert_int_equal(0, look(d, B).peer_reset);
    duo_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_octets_that_tcp_has_not_acknowledged_when_the_peer_aborts_then_b_hears_it),
        cmocka_unit_test(
            given_octets_that_were_lost_when_the_peer_aborts_behind_them_then_b_hears_it),
        cmocka_unit_test(given_a_rst_outside_the_window_then_nothing_happens),
        cmocka_unit_test(given_a_rst_in_the_window_with_a_wrong_key_then_nothing_happens),
        cmocka_unit_test(
            given_octets_that_tcp_has_not_acknowledged_then_a_rst_behind_them_tells_its_reason),
        cmocka_unit_test(
            given_octets_that_tcp_has_not_acknowledged_then_a_rst_before_them_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
