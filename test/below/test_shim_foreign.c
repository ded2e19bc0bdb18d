/*
 * test_shim_foreign.c - what is not of a flow passes the shim as it is, octet for octet, and what
 * is of one may be damaged in any way: nothing is read or written beyond it.
 */
#include "below_test.h"
#include "duo.h"

#include <stdlib.h>

struct sample {
    const char *name;
    uint8_t octets[200];
    size_t len;
};

/* A packet with this protocol and 60 octets that mean nothing. */
static struct sample make(const char *name, unsigned family, uint8_t protocol)
{
    struct seg s = {.from = family == 4 ? address4(10, 0, 0, 1, 50000) : address6(0, 1, 50000)};
    struct sample out = {.name = name};
    uint8_t payload[60];
    uint8_t packet[SEG_MOST];

    for (unsigned i = 0; i < sizeof payload; i++) {
        payload[i] = (uint8_t)(17 * i + protocol);
    }
    s.to = family == 4 ? address4(10, 0, 0, 2, DUO_PORT) : address6(0, 2, DUO_PORT);
    s.flags = ACK;
    s.payload = payload;
    s.len = sizeof payload;
    out.len = seg_write(&s, packet);
    packet[family == 4 ? 9 : 6] = protocol;
    memcpy(out.octets, packet, out.len);
    return out;
}

/* The samples: `d` has a flow between the addresses and ports of `make` over IPv4. */
static unsigned samples(struct sample *out)
{
    unsigned n = 0;

    out[n++] = make("UDP", 4, 17);
    out[n++] = make("UDP over IPv6", 6, 17);
    out[n++] = make("ICMP", 4, 1);
    out[n++] = make("ICMPv6", 6, 58);
    out[n++] = make("ESP", 4, 50);
    out[n++] = make("IGMP", 4, 2);
    out[n] = make("a first fragment of TCP", 4, 6);
    out[n++].octets[6] = 0x20;
    out[n] = make("a later fragment of TCP", 4, 6);
    out[n++].octets[7] = 9;
    out[n] = make("a fragment header of IPv6", 6, 44);
    out[n++].octets[40] = 6;
    out[n] = make("a routing header with segments left", 6, 43);
    out[n].octets[40] = 6;
    out[n].octets[41] = 0;
    out[n++].octets[43] = 1;
    out[n] = make("extension headers without end", 6, 0);
    memset(out[n++].octets + 40, 0, 60);
    out[n] = make("an unknown next header", 6, 253);
    n++;
    out[n] = make("TCP to another port", 4, 6);
    put16(out[n].octets + 22, 81);
    seg_refit(out[n].octets, out[n].len);
    n++;
    out[n] = make("a SYN to another port", 4, 6);
    put16(out[n].octets + 22, 81);
    out[n].octets[33] = SYN;
    seg_refit(out[n].octets, out[n].len);
    n++;
    out[n] = make("TCP over IPv6 of nobody", 6, 6);
    n++;
    out[n] = make("IP version 5", 4, 6);
    out[n++].octets[0] = 0x55;
    out[n] = make("an IP header of 16 octets", 4, 6);
    out[n++].octets[0] = 0x44;
    out[n] = make("a length beyond the frame", 4, 6);
    put16(out[n].octets + 2, 1000);
    n++;
    out[n] = make("a length within the header", 4, 6);
    put16(out[n].octets + 2, 19);
    n++;
    out[n] = make("a TCP header of 16 octets", 4, 6);
    out[n++].octets[32] = 0x40;
    out[n] = make("a TCP header beyond the packet", 4, 6);
    out[n].len = 50;
    put16(out[n].octets + 2, 50);
    out[n++].octets[32] = 0xf0;
    out[n] = make("a jumbogram", 6, 6);
    put16(out[n].octets + 4, 0);
    n++;
    return n;
}

static struct duo *established(unsigned header)
{
    struct duo_config cfg;

    (void)header;
    duo_config_init(&cfg);
    struct duo *d = duo_new(&cfg);
    duo_establish(d);
    return d;
}

/* checks: none */
static void given_packets_of_others_then_the_stack_gets_them_octet_for_octet(void **state)
{
    (void)state;
    struct sample s[40];
    unsigned n = samples(s);
    struct duo *d = established(DUO_HEADER);

    for (unsigned i = 0; i < n; i++) {
        for (unsigned end = 0; end < 2; end++) {
            uint32_t before = duo_counts(d, end).others;
            struct duo_frame *f = duo_comes(d, end, s[i].octets, s[i].len);
            if (f == NULL || memcmp(f->packet, s[i].octets, s[i].len) != 0) {
                fail_msg("%s does not pass, or is altered", s[i].name);
            }
            assert_int_equal(before + 1, duo_counts(d, end).others);
            assert_int_equal(0, d->end[end].sents);
        }
    }
    duo_free(d);
}

/* A frame that the stack sends; it leaves as it is. */
static void leaves(struct duo *d, unsigned end, const struct sample *s)
{
    uint8_t frame[DUO_HEADER + sizeof s->octets] = {2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 8, 0};

    frame[4] = (uint8_t)(1 - end);
    frame[10] = (uint8_t)end;
    memcpy(frame + DUO_HEADER, s->octets, s->len);
    assert_int_equal(0,
                     shim_out(d->end[end].shim, 0, frame, (uint32_t)(DUO_HEADER + s->len), d->now));
    if (d->end[end].sents != 1 || d->end[end].sent[0].len != s->len ||
        memcmp(d->end[end].sent[0].packet, s->octets, s->len) != 0) {
        fail_msg("%s does not leave as it is", s->name);
    }
    d->end[end].sents = 0;
}

/* checks: none */
static void given_packets_that_others_send_then_they_leave_octet_for_octet(void **state)
{
    (void)state;
    struct sample s[40];
    unsigned n = samples(s);
    struct duo *d = established(DUO_HEADER);

    for (unsigned i = 0; i < n; i++) {
        leaves(d, A, &s[i]);
        leaves(d, B, &s[i]);
    }
    duo_free(d);
}

/* checks: none */
static void given_a_packet_cut_off_anywhere_then_it_passes_as_it_is(void **state)
{
    (void)state;
    struct duo *d = established(DUO_HEADER);
    struct duo_segment seg = {.flags = ACK, .ssn = 101, .ack = 101, .options = duo_stamps};
    uint8_t packet[SEG_MOST];

    seg.options_len = sizeof duo_stamps;
    size_t len = duo_build(d, A, &seg, packet);
    for (size_t n = 0; n < len; n++) {
        struct duo_frame *f = duo_comes(d, B, packet, n);
        assert_non_null(f);
        assert_memory_equal(packet, f->packet, n);
    }
    assert_int_equal(0, duo_counts(d, B).dropped);
    duo_free(d);
}

/* checks: none */
static void
given_a_wrong_checksum_then_the_stack_sees_the_segment_and_the_connection_does_not(void **state)
{
    (void)state;
    struct duo *d = established(DUO_HEADER);
    struct duo_segment seg = {.flags = RST, .ssn = 101};
    uint8_t packet[SEG_MOST];
    struct shim_report r;

    size_t len = duo_build(d, A, &seg, packet);
    packet[len - 1] ^= 0x10; /* of the urgent pointer */
    struct duo_frame *f = duo_comes(d, B, packet, len);
    assert_non_null(f);
    assert_memory_equal(packet, f->packet, len);
    assert_int_equal(1, duo_counts(d, B).bad_checksum);
    assert_int_equal(0, shim_look(d->end[B].shim, d->line[0].flow[B], &r));
    assert_int_equal(SHIM_LIVE, r.state);
    duo_free(d);
}

/* A frame with padding behind its packet, as Ethernet has it. */
/* checks: none */
static void given_padding_behind_a_segment_then_it_is_no_payload(void **state)
{
    (void)state;
    struct duo *d = established(DUO_HEADER);
    struct duo_segment seg = {.flags = ACK, .ssn = 101, .ack = 101};
    uint8_t packet[SEG_MOST];

    size_t len = duo_build(d, A, &seg, packet);
    memset(packet + len, 0x77, 6);
    assert_non_null(duo_comes(d, B, packet, len + 6));
    assert_int_equal(0, duo_counts(d, B).dropped);
    assert_int_equal(0, duo_counts(d, B).bad_checksum);
    duo_free(d);
}

/* ---------------------------------------------------------------- mutations */

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

/* A packet of a flow, of another connection, or an answer to one: of every kind. */
static size_t original(struct duo *d, unsigned end, uint8_t *out)
{
    static const uint8_t flags[] = {ACK, ACK | PSH, SYN, SYN | ACK, FIN | ACK, RST, RST | ACK, 0};
    struct duo_segment s = {.line = draw(3), .flags = flags[draw(sizeof flags)]};
    uint8_t options[40];

    s.ssn = draw(300);
    s.ack = draw(300);
    s.window = (uint16_t)draw(65536);
    s.len = draw(4) == 0 ? draw(1400) : 0;
    s.options_len = (uint8_t)(draw(11) * 4);
    for (unsigned i = 0; i < sizeof options; i++) {
        options[i] = (uint8_t)draw(256);
    }
    if (s.options_len >= 12) { /* MPTCP of some subtype */
        options[0] = OPT_MPTCP;
        options[1] = (uint8_t)(4 + draw(s.options_len));
        options[2] = (uint8_t)(draw(10) << 4);
    }
    s.options = options;
    size_t len = duo_build(d, end, &s, out);
    if (draw(8) == 0) {
        uint8_t message[SEG_MOST];
        len = seg_too_big(out, len, 300 + draw(1500), message);
        memcpy(out, message, len);
    }
    return len;
}

static size_t mutate(uint8_t *p, size_t len)
{
    for (uint32_t n = draw(4); n > 0; n--) {
        p[draw((uint32_t)len)] = (uint8_t)draw(256);
    }
    if (draw(3) != 0 && len >= 40) { /* most have right checksums, or nothing else would be read */
        seg_refit(p, len);
    }
    return draw(6) == 0 ? 1 + draw((uint32_t)len) : len;
}

/* The test is that nothing is read or written beyond a packet (sanitizers), and that what leaves
 * is well-formed (duo.c and duo_read). */
static void flood(struct duo *d, unsigned rounds)
{
    uint8_t packet[SEG_MOST];

    for (unsigned i = 0; i < rounds; i++) {
        unsigned end = draw(2);
        size_t len = mutate(packet, original(d, 1 - end, packet));
        (void)duo_comes(d, end, packet, len);
        if (draw(4) == 0) {
            uint8_t *frame = malloc(DUO_HEADER + len);
            assert_non_null(frame);
            memset(frame, 0, DUO_HEADER);
            frame[0] = frame[6] = 2;
            frame[4] = (uint8_t)(1 - end);
            frame[10] = (uint8_t)end;
            frame[12] = d->family == 4 ? 0x08 : 0x86;
            frame[13] = d->family == 4 ? 0 : 0xdd;
            memcpy(frame + DUO_HEADER, packet, len);
            (void)shim_out(d->end[end].shim, 0, frame, (uint32_t)(DUO_HEADER + len), d->now);
            free(frame);
        }
        d->end[0].sents = d->end[1].sents = 0;
    }
}

/* checks: none */
static void given_random_damage_to_packets_of_every_kind_then_nothing_breaks(void **state)
{
    (void)state;
    struct duo_config cfg;

    for (unsigned family = 4; family <= 6; family += 2) {
        for (unsigned i = 0; i < 40; i++) {
            seed = i * 77 + family;
            duo_config_init(&cfg);
            cfg.family = family;
            cfg.conn.flags |= (i & 1) != 0 ? MPTCP_CFG_CHECKSUM : 0u;
            cfg.shim.flags = cfg.conn.flags & MPTCP_CFG_CHECKSUM;
            cfg.shim.flows = 4 + i;
            cfg.shim.half = (uint16_t)(1 + i % 3);
            struct duo *d = duo_new(&cfg);
            duo_establish(d);
            if (i % 3 == 0) {
                duo_join(d, 1);
            }
            flood(d, 500);
            duo_free(d);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_packets_of_others_then_the_stack_gets_them_octet_for_octet),
        cmocka_unit_test(given_packets_that_others_send_then_they_leave_octet_for_octet),
        cmocka_unit_test(given_a_packet_cut_off_anywhere_then_it_passes_as_it_is),
        cmocka_unit_test(
            given_a_wrong_checksum_then_the_stack_sees_the_segment_and_the_connection_does_not),
        cmocka_unit_test(given_padding_behind_a_segment_then_it_is_no_payload),
        cmocka_unit_test(given_random_damage_to_packets_of_every_kind_then_nothing_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
