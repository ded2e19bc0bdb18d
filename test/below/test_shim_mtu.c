/*
 * test_shim_mtu.c - "packet too big" from a router: what TCP is told, and what the shim does.
 */
#include "below_test.h"
#include "duo.h"

/* A router's message about the segment that A sent last. */
static struct duo_frame *too_big(struct duo *d, uint32_t mtu, uint8_t *out, size_t *len)
{
    struct duo_frame *f = &d->end[A].sent[d->end[A].sents - 1];

    *len = seg_too_big(f->packet, f->len, mtu, out);
    return duo_comes(d, A, out, *len);
}

/* Of the message that TCP gets: the MTU, and that its checksum is right. */
static uint32_t mtu_of(const struct duo_frame *f)
{
    const uint8_t *p = f->packet;

    if (p[0] >> 4 == 4) {
        assert_int_equal(0xffff, seg_sum(0, p + 20, f->len - 20));
        return get16(p + 26);
    }
    uint8_t pseudo[4] = {0, 58, (uint8_t)((f->len - 40) >> 8), (uint8_t)(f->len - 40)};
    uint16_t sum = seg_sum(seg_sum(0, p + 8, 32), pseudo, 4);
    assert_int_equal(0xffff, seg_sum(sum, p + 40, f->len - 40));
    return get32(p + 44);
}

/* checks: none */
static void given_a_packet_too_big_then_tcp_is_told_an_mtu_with_room_for_options(void **state)
{
    (void)state;
    uint8_t message[SEG_MOST];
    size_t len;

    for (unsigned family = 4; family <= 6; family += 2) {
        struct duo *d = duo_opened(family);
        struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101, .len = 1400, .at = 100};
        (void)duo_give(d, A, 0, 1400, 1400);
        assert_int_equal(0, duo_tcp(d, A, &s));
        struct duo_frame *f = too_big(d, 1350, message, &len);
        assert_non_null(f);
        assert_int_equal(1350 - 28, mtu_of(f));
        /* All else of it is as it was. */
        unsigned icmp = family == 4 ? 20 : 40;
        assert_memory_equal(message, f->packet, icmp + 2);
        assert_memory_equal(message + icmp + 8, f->packet + icmp + 8, len - icmp - 8);
        /* Until TCP cuts smaller segments, the shim does. */
        d->end[A].sents = 0;
        assert_int_equal(0, duo_tcp(d, A, &s));
        assert_int_equal(2, d->end[A].sents);
        assert_in_range(d->end[A].sent[0].len, 1250, 1350);
        duo_free(d);
    }
}

/* Hosts ignore less than IPv6's minimum. */
/* checks: none */
static void given_a_packet_too_big_at_ipv6s_minimum_then_tcp_is_told_the_minimum(void **state)
{
    (void)state;
    uint8_t message[SEG_MOST];
    size_t len;
    struct duo *d = duo_opened(6);
    struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101, .len = 1400, .at = 100};

    (void)duo_give(d, A, 0, 1400, 1400);
    assert_int_equal(0, duo_tcp(d, A, &s));
    assert_int_equal(1280, mtu_of(too_big(d, 1280, message, &len)));
    d->end[A].sents = 0;
    assert_int_equal(0, duo_tcp(d, A, &s));
    assert_in_range(d->end[A].sent[0].len, 1200, 1280);
    duo_free(d);
}

/* checks: none */
static void
given_a_forged_or_damaged_packet_too_big_then_it_passes_as_it_is_and_changes_nothing(void **state)
{
    (void)state;
    uint8_t message[SEG_MOST];
    size_t len;
    struct duo *d = duo_opened(4);
    struct duo_segment s = {.flags = ACK, .ssn = 101, .ack = 101, .len = 1400, .at = 100};

    (void)duo_give(d, A, 0, 1400, 1400);
    assert_int_equal(0, duo_tcp(d, A, &s));
    for (unsigned i = 0; i < 4; i++) {
        struct duo_frame forged = d->end[A].sent[0];
        if (i == 0) {
            put32(forged.packet + 24, d->line[0].isn[A] + 90000); /* a guessed sequence number */
        } else if (i == 1) {
            put16(forged.packet + 20, 999); /* of another connection */
        }
        len = seg_too_big(forged.packet, forged.len, i == 2 ? 68 : 1300, message);
        message[23] ^= i == 3 ? 1 : 0; /* a wrong checksum */
        struct duo_frame *f = duo_comes(d, A, message, len);
        assert_non_null(f);
        assert_memory_equal(message, f->packet, len);
    }
    d->end[A].sents = 0;
    assert_int_equal(0, duo_tcp(d, A, &s));
    assert_int_equal(1, d->end[A].sents);
    duo_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_packet_too_big_then_tcp_is_told_an_mtu_with_room_for_options),
        cmocka_unit_test(given_a_packet_too_big_at_ipv6s_minimum_then_tcp_is_told_the_minimum),
        cmocka_unit_test(
            given_a_forged_or_damaged_packet_too_big_then_it_passes_as_it_is_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
