/*
 * test_version0.c - connections of version 0 (RFC 6824) between two ends of the library, and beside
 * ends of version 1.
 */
#include "link_test.h"

#include "tables/block.h"

static uint8_t mem[2 * CORE_BLOCK];

static struct mptcp_config config_of(unsigned version, uint32_t flags)
{
    struct mptcp_config cfg = core_config(flags);
    cfg.version = (uint8_t)version;
    return cfg;
}

static struct mptcp_options options0(const struct wire *w)
{
    struct mptcp_options o;
    memset(&o, 0, sizeof o);
    mptcp_options_read_of(0, w->options, w->seg.options_len, w->seg.tcp_flags, &o, NULL);
    return o;
}

/* A pair of version 0 whose client's SYN is under way. */
static struct wire begin0(struct pair *p, uint32_t flags)
{
    struct mptcp_config cfg = config_of(0, flags);
    make_pair(p, &cfg, mem, CORE_BLOCK);
    return connects_first(p);
}

/* checks: Z-2 Z-3 Z-22 Z-26 */
static void given_version_0_when_it_opens_then_keys_are_in_syn_synack_and_third_ack(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin0(&p, 0);
    static const uint8_t sent[] = {0x1e, 12,   0x00, 0x01, 0x11, 0x22,
                                   0x33, 0x44, 0x55, 0x66, 0x77, 0x88};

    assert_int_equal(12, syn.seg.options_len);
    assert_memory_equal(sent, syn.options, sizeof sent);
    accept_syn(&p, &syn);
    struct wire synack = send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    assert_int_equal(12, synack.seg.options_len);
    assert_int_equal(MPTCP_CAPABLE_SYNACK, options0(&synack).capable.form);
    come(&p, &p.client, p.client.sf, &synack);
    struct wire ack = send_from(&p, &p.client, p.client.sf, ACK, 1, 0, 1);
    assert_int_equal(20, ack.seg.options_len);
    assert_int_equal(MPTCP_HAS(MPTCP_CAPABLE), options0(&ack).present);
    come(&p, &p.server, p.server.sf, &ack);
    assert_true(told(&p, &p.server, MPTCP_EVENT_OPEN));
    assert_int_equal(0, info_of(&p.client).version);
    assert_int_equal(0, info_of(&p.server).version);
    assert_int_equal(info_of(&p.client).local_token, info_of(&p.server).remote_token);
}

/* checks: Z-23 Z-39 */
static void
given_version_0_when_data_goes_then_its_mapping_has_32_bits_and_is_acknowledged(void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin0(&p, MPTCP_CFG_CHECKSUM);
    answers(&p, &syn);
    client_sends(&p, 1, 100);
    server_acks(&p, 101);
    assert_int_equal(0, mptcp_dsn_diff(info_of(&p.client).snd_una, info_of(&p.client).snd_end));
    assert_int_equal(1, info_of(&p.client).fully_established);
    assert_int_equal(1, info_of(&p.server).fully_established);
    assert_int_equal(0, info_of(&p.server).version);
}

/* checks: Z-5 Z-12 Z-30 */
static void given_version_0_when_it_joins_then_hmacs_of_sha1_open_the_subflow(void **state)
{
    (void)state;
    struct pair p;
    struct stream s[2];
    struct mptcp_config cfg = config_of(0, 0);
    struct mptcp_addr local = address(0, 2, 80);
    mptcp_sf ours;
    mptcp_sf theirs;

    establish_as(&p, &cfg, mem, CORE_BLOCK);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    join_completes(&p, &p.client, ours, &p.server, theirs, &synack);
    assert_int_equal(1, subflow_of(&p.client, ours).established);
    assert_int_equal(1, subflow_of(&p.server, theirs).established);
    streams_begin(&p, s);
    streams_add(s, p.client.sf, p.server.sf);
    streams_add(s, ours, theirs);
    mptcp_on_written(p.client.c, 3000, p.now);
    mptcp_on_written(p.server.c, 2000, p.now);
    streams_complete(&p, s, 3000, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_version_0_when_it_opens_then_keys_are_in_syn_synack_and_third_ack),
        cmocka_unit_test(
            given_version_0_when_data_goes_then_its_mapping_has_32_bits_and_is_acknowledged),
        cmocka_unit_test(given_version_0_when_it_joins_then_hmacs_of_sha1_open_the_subflow),
    };
    return cmocka_run_group_tests_name("version0", tests, NULL, NULL);
}
