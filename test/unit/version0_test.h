/*
 * version0_test.h - for tests of version 0: pairs of that version whose keys are those of the
 * capture mptcp-v0.pcap, and segments whose options are written as hex.
 */
#ifndef VERSION0_TEST_H
#define VERSION0_TEST_H

#include "link_test.h"
#include "wire_test.h"

/* Keys of the capture, and the DSNs of the first octets of either side (Z-71). */
#define KEY_A 0x9c9eabd1e46a33b2ull
#define KEY_B 0x967d2770b6960552ull
#define FIRST_A 0x9851b565d52abecaull
#define FIRST_B 0xe47ef57dd1b97490ull

#define SYN_A "1e0c00019c9eabd1e46a33b2"
#define SYNACK_B "1e0c0001967d2770b6960552"
#define ACK_A "1e1400019c9eabd1e46a33b2967d2770b6960552"

static inline struct mptcp_config config_of(unsigned version, uint32_t flags)
{
    struct mptcp_config cfg = core_config(flags);
    cfg.version = (uint8_t)version;
    return cfg;
}

/* A pair of which each end has a configuration of its own; the client's SYN is under way. */
static inline struct wire begin_as(struct pair *p, const struct mptcp_config *client,
                                   const struct mptcp_config *server)
{
    memset(p, 0, sizeof *p);
    p->now = 1000000;
    make_in(&p->client, p->client.block, sizeof p->client.block, client, KEY_A);
    make_in(&p->server, p->server.block, sizeof p->server.block, server, KEY_B);
    return connects_first(p);
}

static inline struct wire begin0(struct pair *p, uint32_t client_flags, uint32_t server_flags)
{
    struct mptcp_config client = config_of(0, client_flags);
    struct mptcp_config server = config_of(0, server_flags);
    return begin_as(p, &client, &server);
}

/* ... and the server has answered it: its SYN/ACK. */
static inline struct wire answered0(struct pair *p, uint32_t client_flags, uint32_t server_flags)
{
    struct wire syn = begin0(p, client_flags, server_flags);
    accept_syn(p, &syn);
    return send_from(p, &p->server, p->server.sf, SYN | ACK, 0, 0, 1);
}

static inline void open0(struct pair *p, uint32_t client_flags, uint32_t server_flags)
{
    struct wire syn = begin0(p, client_flags, server_flags);
    answers(p, &syn);
}

static inline void establish0(struct pair *p, uint32_t client_flags, uint32_t server_flags)
{
    open0(p, client_flags, server_flags);
    first_data(p);
}

static inline void establish_both(struct pair *p, const struct mptcp_config *cfg)
{
    struct wire syn = begin_as(p, cfg, cfg);
    answers(p, &syn);
    first_data(p);
}

static inline void two_subflows0(struct pair *p, uint32_t flags, mptcp_sf *ours, mptcp_sf *theirs)
{
    struct mptcp_addr local = address(0, 2, 80);

    establish0(p, flags, flags);
    struct wire synack = join_answered(p, &local, ours, theirs);
    join_completes(p, &p->client, *ours, &p->server, *theirs, &synack);
}

static inline struct mptcp_options options0(const struct wire *w)
{
    struct mptcp_options o;
    memset(&o, 0, sizeof o);
    mptcp_options_read_of(0, w->options, w->seg.options_len, w->seg.tcp_flags, &o, NULL);
    return o;
}

static inline bool has0(const struct wire *w, unsigned subtype)
{
    return (options0(w).present & MPTCP_HAS(subtype)) != 0;
}

/* A segment with these options. */
static inline struct wire raw(const char *hex, unsigned flags, uint32_t ssn, uint32_t len,
                              uint32_t ack)
{
    struct wire w = with_option(NULL, flags, ssn, len, ack);
    w.seg.options_len = (uint16_t)from_hex(hex, w.options, sizeof w.options);
    return w;
}

/* A pure ACK with these options comes to a side, on its first subflow. */
static inline void raw_comes(struct pair *p, struct side *s, const char *hex)
{
    struct mptcp_subflow_report info = subflow_of(s, s->sf);
    struct wire w = raw(hex, ACK, info.rcv_nxt.v, 0, info.snd_una.v);
    come(p, s, s->sf, &w);
}

/* Data of these options come to a side, at its next SSN; true if TCP may take them, as it does. */
static inline bool raw_data_comes(struct pair *p, struct side *s, const char *hex,
                                  const void *octets, uint32_t len)
{
    struct mptcp_subflow_report info = subflow_of(s, s->sf);
    struct mptcp_piece piece = {.data = octets, .len = len};
    struct wire w = raw(hex, ACK, info.rcv_nxt.v, len, info.snd_una.v);

    come(p, s, s->sf, &w);
    if (s->verdict.drop) {
        return false;
    }
    if (len > 0) {
        assert_int_equal(MPTCP_OK, mptcp_on_data(s->c, s->sf, &piece, p->now));
    }
    return true;
}

/* The segment has these options, and NOPs up to a multiple of four octets. */

static inline void assert_options(const struct wire *w, const char *hex)
{
    uint8_t octets[MPTCP_OPTION_MAX];
    size_t n = from_hex(hex, octets, sizeof octets);
    while (n % 4 != 0) {
        octets[n++] = 1;
    }
    assert_int_equal(n, w->seg.options_len);
    assert_memory_equal(octets, w->options, n);
}

/* n octets that a side has written leave on its first subflow as one segment. */
static inline struct wire sends(struct pair *p, struct side *s, uint32_t n)
{
    struct mptcp_action a;

    room(p, s, s->sf, 10000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(s->c, n, p->now));
    assert_true(find_action(p, s, MPTCP_SEND, &a));
    assert_int_equal(n, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, n, MPTCP_DONE, p->now));
    return send_from(p, s, s->sf, ACK, a.ssn.v, n, subflow_of(s, s->sf).rcv_nxt.v);
}

/* Data of zeros that a side has sent come to the other one. */
static inline void arrives(struct pair *p, struct side *to, struct wire *w)
{
    static const uint8_t zeros[1000];
    struct mptcp_piece piece = {.data = zeros, .len = w->seg.len};

    come(p, to, to->sf, w);
    assert_false(to->verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(to->c, to->sf, &piece, p->now));
}

/* A side is plain TCP, and stays it: it says no option any more on any segment. */
static inline void is_plain_for_good(struct pair *p, struct side *s)
{
    assert_int_equal(255, info_of(s).version);
    struct wire ack = says(p, s, s->sf);
    assert_int_equal(0, ack.seg.options_len);
    struct wire data = sends(p, s, 10);
    assert_int_equal(0, data.seg.options_len);
    struct mptcp_txseg fin = {.tcp_flags = FIN | ACK, .ssn = subflow_of(s, s->sf).snd_nxt};
    struct mptcp_receipt r;
    uint8_t options[MPTCP_OPTION_MAX];
    assert_int_equal(0, mptcp_tx_options(s->c, s->sf, &fin, options, sizeof options, &r));
}

static inline bool is_version0(const struct side *s)
{
    return info_of(s).version == 0;
}

#endif
