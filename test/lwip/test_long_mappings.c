/*
 * test_long_mappings.c - mappings over several segments: each of them carries the mapping, and so
 * does what leaves again, however it is cut.
 */
#include "suite.h"

#include <string.h>

/* What the client's segments with octets carried. */
static struct {
    uint32_t segments;
    uint32_t shared;  /* ... under a mapping that is longer than they are */
    uint32_t outside; /* ... not under the mapping that they carry, or without one */
    uint32_t same;    /* ... with the options of the one before */
    uint32_t pushed;  /* ... with PSH, though their mapping goes on */
    uint8_t last[40];
    uint32_t last_len;
} seen;

static uint32_t get(const uint8_t *p, unsigned octets)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < octets; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

/* The DSS with a mapping among n octets of options; NULL: there is none. */
static const uint8_t *mapping_of(const uint8_t *o, uint32_t n)
{
    for (uint32_t i = 0; i < n && o[i] != 0; i += o[i] == 1 ? 1 : o[i + 1]) {
        if (o[i] == 30 && o[i + 2] >> 4 == 2 && (o[i + 3] & 4) != 0) {
            return o + i;
        }
    }
    return NULL;
}

static void look(void *arg, const struct world_packet *p)
{
    const uint8_t *tcp = p->data + 20;
    uint32_t header = (uint32_t)tcp[12] / 16 * 4;
    uint32_t *isn = arg;

    if (p->from != WORLD_CLIENT || p->fate != WORLD_SENT) {
        return;
    }
    if ((tcp[13] & 2) != 0) {
        isn[p->path] = get(tcp + 4, 4);
    }
    uint32_t payload = (uint32_t)p->len - 20 - header;
    if (payload == 0) {
        return;
    }
    const uint8_t *dss = mapping_of(tcp + 20, header - 20);
    seen.segments++;
    if (dss == NULL) {
        seen.outside += seen.segments != 1; /* the first has it in MP_CAPABLE */
        return;
    }
    const uint8_t *ssn = dss + 4 +
                         ((dss[3] & 1) == 0   ? 0
                          : (dss[3] & 2) != 0 ? 8
                                              : 4) +
                         ((dss[3] & 8) != 0 ? 8 : 4);
    uint32_t offset = get(tcp + 4, 4) - isn[p->path] - get(ssn, 4);
    uint32_t len = get(ssn + 4, 2);
    seen.shared += len > payload;
    seen.outside += offset + payload > len;
    seen.pushed += (tcp[13] & 8) != 0 && offset + payload < len;
    seen.same += seen.last_len == header && memcmp(seen.last, tcp + 20, header - 20) == 0;
    seen.last_len = header;
    memcpy(seen.last, tcp + 20, header - 20);
}

static void transfer(const struct mptcpl_config *cfg, const struct world_link *link, uint64_t n)
{
    static struct peers p;
    static uint32_t isn[WORLD_PATHS];

    memset(&seen, 0, sizeof seen);
    world_path("10.0.1.1", "10.0.1.2", link);
    world_path("10.0.2.1", "10.0.2.2", link);
    world_observe(look, isn);
    peers_make(&p, cfg, &defaults);
    mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_JOIN);
    p.client.to_send = n;
    peers_connect(&p);
    peers_run(&p, 60 * SECOND);
    peers_end(&p);
}

static const struct world_link fast = {.rate = 200000000, .delay_us = 5000, .queue = 1 << 20};
static const struct world_link lossy = {
    .rate = 50000000, .delay_us = 10000, .queue = 1 << 18, .loss = 5000};

/* Requirement D-7: the mapping of each octet is on the segment that carries it. */
static void
given_long_mappings_when_many_segments_leave_then_they_carry_the_same_options(void **state)
{
    struct mptcpl_config cfg = defaults;

    (void)state;
    cfg.long_mappings = 1;
    transfer(&cfg, &fast, 8 << 20);
    assert_int_equal(seen.outside, 0);
    /* The initial window of either subflow leaves at once. */
    assert_true(seen.shared >= 20);
    assert_true(seen.same >= 18);
    /* It would end what is merged. */
    assert_int_equal(seen.pushed, 0);
}

static void
given_long_mappings_when_segments_are_lost_then_all_arrives_under_its_mapping(void **state)
{
    struct mptcpl_config cfg = defaults;

    (void)state;
    cfg.long_mappings = 1;
    transfer(&cfg, &lossy, 4 << 20);
    assert_int_equal(seen.outside, 0);
    assert_true(seen.shared > 0);
}

/* A checksum is over a whole mapping: each segment is one. */
static void given_checksums_when_mappings_may_be_long_then_they_are_not(void **state)
{
    struct mptcpl_config cfg = defaults;

    (void)state;
    cfg.long_mappings = 1;
    cfg.checksum = 1;
    transfer(&cfg, &fast, 2 << 20);
    assert_int_equal(seen.outside, 0);
    assert_int_equal(seen.shared, 0);
}

static void given_nothing_said_when_many_segments_leave_then_each_is_a_mapping(void **state)
{
    (void)state;
    transfer(&defaults, &fast, 2 << 20);
    assert_int_equal(seen.outside, 0);
    assert_int_equal(seen.shared, 0);
}

int test_long_mappings(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_long_mappings_when_many_segments_leave_then_they_carry_the_same_options),
        in_world(given_long_mappings_when_segments_are_lost_then_all_arrives_under_its_mapping),
        in_world(given_checksums_when_mappings_may_be_long_then_they_are_not),
        in_world(given_nothing_said_when_many_segments_leave_then_each_is_a_mapping),
    };
    return cmocka_run_group_tests_name("long mappings", tests, NULL, NULL);
}
