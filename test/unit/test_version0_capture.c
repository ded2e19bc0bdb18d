/*
 * test_version0_capture.c - a connection of Linux's out-of-tree kernels, with checksums and two
 * subflows (mptcp-v0.pcap), played again with the library in the place of either host.
 *
 * The peer's segments are those of the capture, and each must be accepted. For each segment that
 * the host in question sent, the library is asked for its options, which must mean the same: keys,
 * tokens, nonces, HMACs, mappings and checksums are compared octet by octet. What may differ:
 *
 *   - A DATA_ACK is RCV.NXT, as soon as octets are there; Linux's may lag, and never lead.
 *   - ADD_ADDR and REMOVE_ADDR leave on ACKs of their own, the latter when no subflow uses the
 *     address any more.
 *   - A RST has no DATA_ACK.
 */
#include "version0_test.h"

#include "tables/block.h"

#define CLIENT_PORT 35961u
#define JOIN_PORT 41221u
#define NONCE_A 0x1b665a18u
#define NONCE_B 0x33abe9d5u

static struct capture capture;
static _Alignas(uint64_t) uint8_t block[MPTCP_CONN_SIZE(3, 4, 40)];

struct replay {
    struct pair p; /* of which one side is there: */
    struct side *us;
    bool client;        /* the library is the client */
    mptcp_sf sf[2];     /* MPTCP_SF_NONE: not opened yet */
    uint32_t isn[2][2]; /* by subflow, and 1: of the server */
    unsigned mappings;  /* of the peer's */
    unsigned same;      /* of ours, checksum included */
    unsigned segments;  /* of the peer's */
    bool announced;     /* our ADD_ADDR was the captured one */
    bool removed;       /* and our REMOVE_ADDR */
    bool probed;        /* a PROBE was due */
    bool closes;        /* a FIN of the subflow was due */
};

static uint32_t net32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static struct mptcp_addr at(uint8_t net, uint8_t host, uint16_t port)
{
    struct mptcp_addr a = {.family = 4, .port = port, .ip = {10, net, host, 2}};
    return a;
}

/* The numbers of a captured segment, from the SYN on. */
struct packet {
    struct segment s;
    unsigned subflow;
    bool ours;
    uint32_t ssn;
    uint32_t ack;
};

static bool next_packet(struct replay *r, struct packet *k)
{
    if (!capture_next(&capture, &k->s)) {
        return false;
    }
    const uint8_t *tcp = k->s.options - 20;
    bool to_server = k->s.to_port == 22;
    k->subflow = (to_server ? k->s.from_port : k->s.to_port) == JOIN_PORT;
    k->ours = to_server == r->client;
    if ((k->s.tcp_flags & SYN) != 0) {
        r->isn[k->subflow][!to_server] = net32(tcp + 4);
    }
    k->ssn = net32(tcp + 4) - r->isn[k->subflow][!to_server];
    k->ack = net32(tcp + 8) - r->isn[k->subflow][to_server];
    return true;
}

static void begin_replay(struct replay *r, bool client)
{
    struct mptcp_config cfg;
    struct mptcp_addr here = at(2, 1, CLIENT_PORT);
    struct mptcp_addr there = at(1, 1, 22);

    memset(r, 0, sizeof *r);
    capture_open(&capture, "mptcp-v0.pcap");
    mptcp_config_init(&cfg);
    cfg.version = 0;
    cfg.flags = MPTCP_CFG_CHECKSUM;
    cfg.subflows = cfg.subflow_limit = 3;
    cfg.runs = 40;
    r->client = client;
    r->us = client ? &r->p.client : &r->p.server;
    r->p.now = 1000000;
    make_in(r->us, block, sizeof block, &cfg, client ? KEY_A : KEY_B);
    r->sf[0] = r->sf[1] = MPTCP_SF_NONE;
    if (client) {
        assert_int_equal(MPTCP_OK, mptcp_connect(r->us->c, &here, &there, &r->sf[0], r->p.now));
    }
}

/* All that is due is done, but for segments, which the capture sends. */
static void works(struct replay *r)
{
    struct mptcp_action a;

    mptcp_on_timeout(r->us->c, r->p.now);
    for (unsigned i = 0; mptcp_poll(r->us->c, &a); i++) {
        assert_true(i < 100);
        assert_int_not_equal(MPTCP_RESET_SUBFLOW, a.type);
        assert_int_equal(MPTCP_OK, mptcp_done(r->us->c, &a, a.len, MPTCP_DONE, r->p.now));
        r->probed |= a.type == MPTCP_PROBE;
        r->closes |= a.type == MPTCP_CLOSE_SUBFLOW;
        if (a.type == MPTCP_DELIVER) {
            assert_int_equal(MPTCP_OK, mptcp_on_consumed(r->us->c, a.len, r->p.now));
        } else if (a.type == MPTCP_CONNECT) { /* as in CAP 8: from id 0 to id 1 */
            struct mptcp_addr other = at(1, 2, 22);
            assert_true(r->client && r->sf[1] == MPTCP_SF_NONE);
            assert_int_equal(0, a.addr_id);
            assert_int_equal(1, a.remote_id);
            assert_true(mptcp_addr_same_ip(&other, &a.remote));
            assert_int_equal(22, a.remote.port);
            r->sf[1] = a.sf;
            subflow_at(r->us->c, 1)->local_nonce = NONCE_A;
        }
    }
}

/* ------------------------------------------------------------------- what comes */

/* A SYN comes to the server. */
static void syn_comes(struct replay *r, const struct packet *k, struct wire *w)
{
    struct mptcp_addr here = at(1, k->subflow == 0 ? 1 : 2, 22);
    struct mptcp_addr there = at(2, 1, k->s.from_port);
    struct mptcp_addr other = at(1, 2, 22);
    uint8_t id;

    w->seg.options = w->options;
    if (k->subflow == 0) {
        assert_int_equal(MPTCP_OK,
                         mptcp_accept(r->us->c, &w->seg, &here, &there, &r->sf[0], r->p.now));
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(r->us->c, &other, MPTCP_ADDR_ANNOUNCE, &id, r->p.now));
        assert_int_equal(1, id);
        return;
    }
    assert_int_equal(MPTCP_OK,
                     mptcp_accept_join(r->us->c, &w->seg, &here, &there, &r->sf[1], r->p.now));
    subflow_at(r->us->c, 1)->local_nonce = NONCE_B;
}

static void comes(struct replay *r, const struct packet *k)
{
    struct wire w = with_option(NULL, k->s.tcp_flags & (SYN | ACK | FIN | RST), k->ssn,
                                (uint32_t)k->s.payload_len, k->ack);
    struct mptcp_piece piece = {.data = k->s.payload, .len = (uint32_t)k->s.payload_len};
    mptcp_sf sf = r->sf[k->subflow];

    memcpy(w.options, k->s.options, k->s.options_len);
    w.seg.options_len = (uint16_t)k->s.options_len;
    w.seg.window = 60000;
    r->segments++;
    if (w.seg.tcp_flags == SYN) {
        syn_comes(r, k, &w);
        return;
    }
    r->mappings += has0(&w, MPTCP_DSS) && options0(&w).dss.has_checksum != 0;
    come(&r->p, r->us, sf, &w);
    assert_false(r->us->verdict.drop);
    if (piece.len > 0) {
        uint64_t before = info_of(r->us).rcv_nxt.v;
        assert_int_equal(MPTCP_OK, mptcp_on_data(r->us->c, sf, &piece, r->p.now));
        assert_true(info_of(r->us).rcv_nxt.v == before + piece.len); /* verified */
    }
    if ((k->s.tcp_flags & FIN) != 0) {
        assert_int_equal(MPTCP_OK, mptcp_on_fin(r->us->c, sf, r->p.now));
    }
    if ((k->s.tcp_flags & RST) != 0) {
        assert_int_equal(MPTCP_OK, mptcp_on_gone(r->us->c, sf, MPTCP_E_PEER_RESET, r->p.now));
    }
}

/* --------------------------------------------------------------- what we would send */

/* What the host did of its own before this segment of the capture. */
static void host_decides(struct replay *r, const struct packet *k, const struct mptcp_options *o)
{
    uint32_t n = (uint32_t)k->s.payload_len;
    bool fin = (o->present & MPTCP_HAS(MPTCP_DSS)) != 0 && (o->dss.flags & MPTCP_DSS_FIN) != 0;

    if (n > 0) {
        struct mptcp_action a;
        for (unsigned i = 0; i < 2; i++) {
            if (r->sf[i] != MPTCP_SF_NONE &&
                mptcp_subflow_info(r->us->c, r->sf[i], &(struct mptcp_subflow_report){0}) ==
                    MPTCP_OK) {
                tcp_tells(&r->p, r->us, r->sf[i], i == k->subflow ? n : 0, 1400, 1000);
            }
        }
        assert_int_equal(MPTCP_OK, mptcp_on_written(r->us->c, n, r->p.now));
        assert_true(find_action(&r->p, r->us, MPTCP_SEND, &a));
        assert_int_equal(r->sf[k->subflow], a.sf);
        assert_int_equal(n, a.len);
        assert_int_equal(k->ssn, a.ssn.v);
        assert_int_equal(MPTCP_OK, mptcp_done(r->us->c, &a, n, MPTCP_DONE, r->p.now));
    }
    if (fin) {
        assert_int_equal(MPTCP_OK, mptcp_on_shutdown(r->us->c, r->p.now));
    }
    if ((o->present & MPTCP_HAS(MPTCP_REMOVE_ADDR)) != 0) {
        assert_int_equal(MPTCP_OK, mptcp_remove_address(r->us->c, 0, r->p.now));
    }
}

/* Two DSSs mean the same, but that our DATA_ACK may be later. */
static void same_dss(const struct replay *r, const struct mptcp_dss *ours,
                     const struct mptcp_dss *theirs)
{
    assert_int_equal(theirs->flags, ours->flags);
    assert_int_equal(theirs->has_checksum, ours->has_checksum);
    if ((theirs->flags & MPTCP_DSS_MAP) != 0) {
        assert_true(theirs->dsn == ours->dsn && theirs->ssn == ours->ssn);
        assert_int_equal(theirs->dll, ours->dll);
        assert_int_equal(theirs->checksum, ours->checksum);
    }
    assert_int_equal((uint32_t)info_of(r->us).rcv_nxt.v, (uint32_t)ours->data_ack);
    assert_true((uint32_t)ours->data_ack - (uint32_t)theirs->data_ack < 1000);
}

/* The options of ours mean the same as those of the capture. */
static void mean_the_same(struct replay *r, const struct packet *k, const struct wire *ours)
{
    struct mptcp_options got = options0(ours);
    struct wire theirs = *ours;
    const unsigned compared =
        MPTCP_HAS(MPTCP_CAPABLE) | MPTCP_HAS(MPTCP_JOIN) | MPTCP_HAS(MPTCP_DSS);

    memcpy(theirs.options, k->s.options, k->s.options_len);
    theirs.seg.options_len = (uint16_t)k->s.options_len;
    theirs.seg.tcp_flags = (uint8_t)(k->s.tcp_flags & (SYN | ACK | FIN | RST));
    struct mptcp_options want = options0(&theirs);
    if ((got.present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0) {
        assert_int_equal(1, got.add_addr.addr_id);
        assert_int_equal(0, got.add_addr.has_port);
        assert_int_equal(2, got.add_addr.addr.ip[2]);
        r->announced = true;
    }
    if ((got.present & MPTCP_HAS(MPTCP_REMOVE_ADDR)) != 0) {
        assert_int_equal(1, got.remove_addr.count);
        assert_int_equal(0, got.remove_addr.ids[0]);
        r->removed = true;
    }
    if ((k->s.tcp_flags & RST) != 0) {
        assert_int_equal(0, ours->seg.options_len);
        return;
    }
    assert_int_equal(want.present & compared, got.present & compared);
    if ((want.present & MPTCP_HAS(MPTCP_CAPABLE)) != 0) {
        assert_memory_equal(&want.capable, &got.capable, sizeof got.capable);
    }
    if ((want.present & MPTCP_HAS(MPTCP_JOIN)) != 0) {
        assert_memory_equal(&want.join, &got.join, sizeof got.join);
    }
    if ((want.present & MPTCP_HAS(MPTCP_DSS)) != 0) {
        same_dss(r, &got.dss, &want.dss);
        r->same += want.dss.has_checksum;
    }
}

static void leaves(struct replay *r, const struct packet *k)
{
    struct wire theirs = with_option(NULL, k->s.tcp_flags & (SYN | ACK), 0, 0, 0);
    struct wire w = with_option(NULL, 0, 0, 0, 0);
    struct mptcp_receipt receipt;
    struct mptcp_txseg seg = {
        .tcp_flags = (uint8_t)(k->s.tcp_flags & (SYN | ACK | FIN | RST)),
        .ssn = mptcp_ssn_of(k->ssn),
        .len = (uint32_t)k->s.payload_len,
        .sum = mptcp_sum(0, k->s.payload, k->s.payload_len, false),
    };
    mptcp_sf sf = r->sf[k->subflow];

    memcpy(theirs.options, k->s.options, k->s.options_len);
    theirs.seg.options_len = (uint16_t)k->s.options_len;
    struct mptcp_options o = options0(&theirs);
    host_decides(r, k, &o);
    int n = mptcp_tx_options(r->us->c, sf, &seg, w.options, 28, &receipt);
    assert_true(n >= 0);
    assert_int_equal(MPTCP_OK, mptcp_sent(r->us->c, sf, &receipt, r->p.now));
    w.seg.options_len = (uint16_t)n;
    w.seg.tcp_flags = seg.tcp_flags;
    mean_the_same(r, k, &w);
    if ((k->s.tcp_flags & RST) != 0) {
        assert_int_equal(MPTCP_OK, mptcp_on_gone(r->us->c, sf, MPTCP_E_SUBFLOW_FAILED, r->p.now));
    }
}

/* --------------------------------------------------------------------- both sides */

static void play(struct replay *r, bool client)
{
    struct packet k;

    begin_replay(r, client);
    while (next_packet(r, &k)) {
        r->p.now += 1000;
        works(r);
        if (k.ours) {
            leaves(r, &k);
        } else {
            comes(r, &k);
        }
    }
    works(r);
    struct mptcp_conn_report info = info_of(r->us);
    assert_int_equal(0xaf9706ebu, client ? info.local_token : info.remote_token);
    assert_int_equal(0xe47f0142u, client ? info.remote_token : info.local_token);
    assert_int_equal(1, info.checksum);
    assert_int_equal(0, info.error);
    assert_true(r->closes);
    /* Each stream and its DATA_FIN, acknowledged both ways. */
    assert_true((client ? info.snd_una.v : info.rcv_nxt.v) == 0x9851b565d52ad2ccu);
    assert_true((client ? info.rcv_nxt.v : info.snd_una.v) == 0xe47ef57dd1b99602u);
}

/* checks: Z-2 Z-5 Z-6 Z-11 Z-12 Z-23 Z-29 Z-35 Z-45 Z-46 Z-58 Z-71 Z-72 Z-73 */
static void given_the_captured_server_then_the_library_is_its_client_to_the_end(void **state)
{
    (void)state;
    struct replay r;

    play(&r, true);
    assert_true(r.probed); /* the subflow of id 0, before it is believed to be gone */
    assert_true(r.segments > 100);
}

/* checks: Z-2 Z-5 Z-6 Z-11 Z-12 Z-26 Z-29 Z-35 Z-46 Z-56 Z-58 Z-71 Z-72 Z-73 Z-75 Z-79 */
static void given_the_captured_client_then_the_library_is_its_server_to_the_end(void **state)
{
    (void)state;
    struct replay r;

    play(&r, false);
    assert_true(r.announced);
    assert_true(r.removed);
}

/* checks: Z-35 */
static void given_both_roles_then_all_153_checksums_are_verified_and_computed(void **state)
{
    (void)state;
    struct replay a;
    struct replay b;

    play(&a, true);
    play(&b, false);
    assert_int_equal(153, a.mappings + b.mappings);
    assert_int_equal(153, a.same + b.same);
    assert_int_equal(a.mappings, b.same);
    assert_int_equal(264, a.segments + b.segments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_the_captured_server_then_the_library_is_its_client_to_the_end),
        cmocka_unit_test(given_the_captured_client_then_the_library_is_its_server_to_the_end),
        cmocka_unit_test(given_both_roles_then_all_153_checksums_are_verified_and_computed),
    };
    return cmocka_run_group_tests_name("version0_capture", tests, NULL, NULL);
}
