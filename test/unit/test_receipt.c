/*
 * test_receipt.c - what leaves on an ACK that has room for this much and no more (RFC 8684 s3.3.2,
 * s3.4, Appendix A): every signal, beside every reason for a DATA_ACK, in 0 to 40 octets. No signal
 * uses up the ACK of data, of a DATA_FIN or of a window; what did not fit leaves on a further ACK
 * at once; and nothing is due again and again to a TCP that never has the room.
 */
#include "core_test.h"

#define FULL_WINDOW 10000u

enum signal_kind {
    SAYS_NOTHING,
    SAYS_ADD_ADDR,
    SAYS_ECHO,
    SAYS_REMOVAL,
    SAYS_PRIO,
    SAYS_FIN,
    SIGNALS
};
enum ack_kind { ACKS_NOTHING, ACKS_DATA, ACKS_FIN, ACKS_WINDOW, ACKS };

static const unsigned bit_of[SIGNALS] = {0,
                                         MPTCP_OUT_ADD_ADDR,
                                         MPTCP_OUT_ECHO,
                                         MPTCP_OUT_REMOVE_ADDR,
                                         MPTCP_OUT_PRIO,
                                         MPTCP_OUT_DATA_FIN};

/* A pure ACK of the server's with so much room leaves. */
static struct mptcp_options leaves(struct pair *p, size_t octets, struct mptcp_receipt *r)
{
    struct mptcp_txseg seg = {.tcp_flags = ACK,
                              .ssn = subflow_of(&p->server, p->server.sf).snd_nxt};
    uint8_t area[MPTCP_OPTION_MAX];
    struct mptcp_options o;

    int n = mptcp_tx_options(p->server.c, p->server.sf, &seg, area, octets, r);
    assert_in_range(n, 0, octets);
    assert_int_equal(n, r->length);
    assert_int_equal(0, r->wrote & r->no_room);
    assert_int_equal(MPTCP_OK, mptcp_options_read(area, (size_t)n, ACK, &o, NULL));
    assert_int_equal(MPTCP_OK, mptcp_sent(p->server.c, p->server.sf, r, p->now));
    return o;
}

/* The bits of what these options are. */
static unsigned bits_of(const struct mptcp_options *o)
{
    bool dss = (o->present & MPTCP_HAS(MPTCP_DSS)) != 0;
    unsigned bits = 0;

    bits |= dss && (o->dss.flags & MPTCP_DSS_ACK) != 0 ? MPTCP_OUT_DATA_ACK : 0;
    bits |= dss && (o->dss.flags & MPTCP_DSS_FIN) != 0 ? MPTCP_OUT_DATA_FIN : 0;
    bits |= (o->present & MPTCP_HAS(MPTCP_REMOVE_ADDR)) != 0 ? MPTCP_OUT_REMOVE_ADDR : 0;
    bits |= (o->present & MPTCP_HAS(MPTCP_PRIO)) != 0 ? MPTCP_OUT_PRIO : 0;
    if ((o->present & MPTCP_HAS(MPTCP_ADD_ADDR)) != 0) {
        bits |= o->add_addr.echo ? MPTCP_OUT_ECHO : MPTCP_OUT_ADD_ADDR;
    }
    return bits;
}

/* What is due leaves with all the room there is. */
static void all_leaves(struct pair *p)
{
    struct mptcp_action a;
    struct mptcp_receipt r;

    for (unsigned i = 0; i < 50 && mptcp_poll(p->server.c, &a); i++) {
        assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, a.len, MPTCP_DONE, p->now));
        if (a.type == MPTCP_SEND_ACK) {
            leaves(p, MPTCP_OPTION_MAX, &r);
        }
    }
    leaves(p, MPTCP_OPTION_MAX, &r);
}

static uint32_t next_ssn(const struct pair *p)
{
    return subflow_of(&p->client, p->client.sf).snd_nxt.v;
}

static void fill_window(struct pair *p)
{
    struct mptcp_receipt r;

    for (uint32_t n = 100; n < FULL_WINDOW; n += 100) {
        client_sends(p, next_ssn(p), 100);
        leaves(p, MPTCP_OPTION_MAX, &r);
        server_acks(p, next_ssn(p));
        drain(p, &p->client);
    }
    all_leaves(p);
    assert_int_equal(0, info_of(&p->server).rcv_window);
}

static void removal_due(struct pair *p)
{
    struct mptcp_option o = {.subtype = MPTCP_ADD_ADDR, .u.add_addr.echo = 1};
    struct mptcp_action a;

    o.u.add_addr.addr_id = announces(p, address(7, 2, 80));
    o.u.add_addr.addr = address(7, 2, 0);
    all_leaves(p);
    option_comes(p, &p->server, p->server.sf, &o);
    p->now += 1000000;
    mptcp_on_timeout(p->server.c, p->now);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p->server.c, o.u.add_addr.addr_id, p->now));
    while (mptcp_poll(p->server.c, &a) && a.type != MPTCP_SEND_ACK) {
        assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, a.len, MPTCP_DONE, p->now));
    }
}

static void make_due(struct pair *p, enum signal_kind kind)
{
    struct mptcp_option o;

    switch (kind) {
    case SAYS_ADD_ADDR:
        announces(p, address(7, 2, 8000)); /* 18 octets: the port is not the usual one */
        break;
    case SAYS_ECHO:
        o = add_addr(CLIENT_KEY, SERVER_KEY, 9, address(7, 1, 0));
        option_comes(p, &p->server, p->server.sf, &o);
        break;
    case SAYS_REMOVAL:
        removal_due(p);
        break;
    case SAYS_PRIO:
        assert_int_equal(MPTCP_OK, mptcp_set_backup(p->server.c, p->server.sf, true, p->now));
        break;
    case SAYS_FIN:
        assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->server.c, p->now));
        break;
    default:
        break;
    }
}

static void make_owed(struct pair *p, enum ack_kind kind)
{
    struct wire w;

    switch (kind) {
    case ACKS_DATA:
        client_sends(p, next_ssn(p), 100);
        break;
    case ACKS_FIN:
        assert_int_equal(MPTCP_OK, mptcp_on_shutdown(p->client.c, p->now));
        w = says(p, &p->client, p->client.sf);
        assert_true((options_of(&w).dss.flags & MPTCP_DSS_FIN) != 0);
        come(p, &p->server, p->server.sf, &w);
        break;
    case ACKS_WINDOW:
        assert_int_equal(MPTCP_OK, mptcp_on_consumed(p->server.c, FULL_WINDOW, p->now));
        break;
    default:
        break;
    }
}

static void prepare(struct pair *p, enum signal_kind signal, enum ack_kind ack, uint32_t flags)
{
    establish(p, flags, flags);
    if (ack == ACKS_WINDOW) {
        fill_window(p);
    }
    make_due(p, signal);
    make_owed(p, ack);
}

static void copy(struct pair *to, const struct pair *from)
{
    *to = *from;
    to->client.c = (struct mptcp_conn *)(void *)to->client.block;
    to->server.c = (struct mptcp_conn *)(void *)to->server.block;
}

/* The ACKs that are asked for, as long as there are any; all that they carry. */
static unsigned asked_for(struct pair *p, size_t octets, unsigned *signals)
{
    struct mptcp_receipt r;
    unsigned seen = 0;

    for (unsigned n = 0; wants(&p->server, MPTCP_SEND_ACK); n++) {
        struct mptcp_action a = {.type = MPTCP_SEND_ACK, .sf = p->server.sf};
        assert_true(n < 4);
        assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, 0, MPTCP_DONE, p->now));
        struct mptcp_options o = leaves(p, octets, &r);
        *signals += (bits_of(&o) & ~MPTCP_OUT_DATA_ACK) != 0;
        seen |= bits_of(&o);
    }
    return seen;
}

/* TCP sends an ACK by itself, with so much room; what did not fit leaves on ACKs that have 28. */
static void check_room(const struct pair *from, enum signal_kind signal, enum ack_kind ack,
                       size_t octets, size_t ack_length)
{
    struct pair p;
    struct mptcp_receipt r;
    uint32_t nxt = (uint32_t)info_of(&from->server).rcv_nxt.v;

    copy(&p, from);
    struct mptcp_options o = leaves(&p, octets, &r);
    unsigned seen = bits_of(&o);
    unsigned signals = (seen & ~MPTCP_OUT_DATA_ACK) != 0;
    assert_int_equal(seen, r.wrote);
    if (ack != ACKS_NOTHING) {
        /* The DATA_ACK first; if it is not there, there was no place for it. */
        assert_int_equal((octets & ~3u) >= ack_length, (seen & MPTCP_OUT_DATA_ACK) != 0);
        assert_int_equal((seen & MPTCP_OUT_DATA_ACK) == 0, (r.no_room & MPTCP_OUT_DATA_ACK) != 0);
    }
    if ((seen & MPTCP_OUT_DATA_ACK) != 0) {
        assert_int_equal(nxt, (uint32_t)o.dss.data_ack);
    }
    if (signal != SAYS_NOTHING) {
        assert_int_equal((seen & bit_of[signal]) == 0, (r.no_room & bit_of[signal]) != 0);
    }
    assert_int_equal(r.no_room != 0, wants(&p.server, MPTCP_SEND_ACK));
    seen |= asked_for(&p, 28, &signals);
    assert_int_equal(bit_of[signal], seen & ~MPTCP_OUT_DATA_ACK);
    assert_int_equal(signal != SAYS_NOTHING, signals); /* once */
    assert_true(ack == ACKS_NOTHING || (seen & MPTCP_OUT_DATA_ACK) != 0);
    assert_false(wants(&p.server, MPTCP_SEND_ACK));
}

/* checks: D-17 D-20 P-1 A-6 */
static void
given_any_room_and_any_signal_then_the_data_ack_leaves_and_so_does_the_signal(void **state)
{
    (void)state;
    for (unsigned k = 0; k < SIGNALS * ACKS * 2; k++) {
        enum signal_kind signal = (enum signal_kind)(k / 2 % SIGNALS);
        enum ack_kind ack = (enum ack_kind)(k / 2 / SIGNALS);
        uint32_t flags = k % 2 != 0 ? MPTCP_CFG_DSN32 : 0;
        struct pair p;

        prepare(&p, signal, ack, flags);
        for (size_t octets = 0; octets <= MPTCP_OPTION_MAX; octets++) {
            check_room(&p, signal, ack, octets, flags != 0 ? 8 : 12);
        }
    }
}

/* checks: P-1 */
static void given_a_tcp_that_never_has_the_room_then_nothing_is_due_without_end(void **state)
{
    (void)state;
    for (unsigned k = 0; k < SIGNALS * ACKS; k++) {
        struct pair from;
        prepare(&from, (enum signal_kind)(k % SIGNALS), (enum ack_kind)(k / SIGNALS), 0);
        for (size_t octets = 0; octets < 20; octets++) {
            struct pair p;
            unsigned signals = 0;
            unsigned acks = 0;

            copy(&p, &from);
            asked_for(&p, octets, &signals); /* ends, at one moment */
            /* In a minute: a try now and then. */
            for (mptcp_time end = p.now + 60000000; mptcp_deadline(p.server.c) < end; acks++) {
                next_timeout(&p, &p.server);
                asked_for(&p, octets, &signals);
            }
            assert_true(acks < 200);
        }
    }
}

/* checks: D-12 B-2 */
static void given_data_without_room_for_the_data_ack_then_an_ack_of_its_own_carries_it(void **state)
{
    (void)state;
    for (size_t octets = 0; octets <= MPTCP_OPTION_MAX; octets++) {
        struct pair p;
        struct mptcp_receipt r;
        struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(1), .len = 100};
        uint8_t area[MPTCP_OPTION_MAX];
        struct mptcp_action a;
        unsigned signals = 0;

        establish(&p, 0, 0);
        room(&p, &p.server, p.server.sf, 1000);
        assert_int_equal(MPTCP_OK, mptcp_on_written(p.server.c, 100, p.now));
        assert_true(find_action(&p, &p.server, MPTCP_SEND, &a));
        assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 100, MPTCP_DONE, p.now));
        client_sends(&p, 101, 100);
        assert_false(wants(&p.server, MPTCP_SEND_ACK)); /* TCP acknowledges it */
        int n = mptcp_tx_options(p.server.c, p.server.sf, &seg, area, octets, &r);
        if (n < 0) {
            assert_int_equal(MPTCP_E_ROOM, n);
            assert_true(octets < 20);
            assert_int_equal(MPTCP_OUT_MAPPING, r.no_room);
            assert_int_equal(0, r.wrote);
            assert_int_equal(MPTCP_E_ARGUMENT, mptcp_sent(p.server.c, p.server.sf, &r, p.now));
            continue;
        }
        bool both = octets >= 28;
        assert_int_equal(MPTCP_OUT_MAPPING | (both ? MPTCP_OUT_DATA_ACK : 0), r.wrote);
        assert_int_equal(both ? 0 : MPTCP_OUT_DATA_ACK, r.no_room);
        assert_int_equal(MPTCP_OK, mptcp_sent(p.server.c, p.server.sf, &r, p.now));
        assert_int_equal(!both, wants(&p.server, MPTCP_SEND_ACK));
        assert_int_equal(both ? 0 : MPTCP_OUT_DATA_ACK, asked_for(&p, 28, &signals));
    }
}

/* checks: C-12 C-13 */
static void given_keys_on_the_ack_of_data_then_the_data_ack_follows(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_piece piece = {.len = 100};
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    /* The server speaks before it has the keys (Appendix B): a mapping without DATA_ACK. */
    open_pair(&p, 0, 0);
    o.u.dss.flags = MPTCP_DSS_MAP | MPTCP_DSS_DSN64;
    o.u.dss.dsn = info_of(&p.client).rcv_nxt.v;
    o.u.dss.ssn = 1;
    o.u.dss.dll = 100;
    struct wire w = with_option(&o, ACK, 1, 100, 1);
    come(&p, &p.client, p.client.sf, &w);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.client.c, p.client.sf, &piece, p.now));
    w = says(&p, &p.client, p.client.sf); /* TCP's */
    assert_true(has_option(&w, MPTCP_CAPABLE));
    assert_true(wants(&p.client, MPTCP_SEND_ACK));
    w = says(&p, &p.client, p.client.sf);
    assert_int_equal(MPTCP_DSS_ACK, options_of(&w).dss.flags & MPTCP_DSS_ACK);
    assert_false(wants(&p.client, MPTCP_SEND_ACK));
}

/* checks: G-3 D-15 */
static void given_a_keep_alive_then_nothing_that_it_carries_counts_as_said(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_txseg seg = {.tcp_flags = ACK};
    struct mptcp_receipt r;
    uint8_t area[MPTCP_OPTION_MAX];
    unsigned signals = 0;

    prepare(&p, SAYS_PRIO, ACKS_FIN, 0);
    int n = mptcp_tx_options(p.server.c, p.server.sf, &seg, area, sizeof area, &r);
    assert_true(n >= 0);
    assert_int_equal(MPTCP_OK, mptcp_sent(p.server.c, p.server.sf, &r, p.now));
    assert_int_equal(MPTCP_OUT_DATA_ACK | MPTCP_OUT_PRIO, asked_for(&p, 28, &signals));
}

/* checks: none */
static void given_a_receipt_that_was_never_filled_then_it_is_refused(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_receipt r = {0};
    uint8_t before[CORE_BLOCK];

    prepare(&p, SAYS_PRIO, ACKS_DATA, 0);
    memcpy(before, p.server.block, sizeof before);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_sent(p.server.c, p.server.sf, &r, p.now + 9));
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_sent(p.server.c, p.server.sf, NULL, p.now + 9));
    memset(&r, 0xff, sizeof r);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_sent(p.server.c, p.server.sf, &r, p.now + 9));
    assert_memory_equal(before, p.server.block, sizeof before);
}

/* checks: P-1 J-8 */
static void given_a_stack_with_little_room_then_it_is_refused_or_opens_no_subflow(void **state)
{
    (void)state;
    for (unsigned octets = 0; octets <= MPTCP_OPTION_MAX + 1; octets++) {
        _Alignas(uint64_t) static uint8_t mem[2][CORE_BLOCK];
        struct mptcp_config cfg = core_config(0);
        struct mptcp_secret secret = {.key = CLIENT_KEY};
        struct mptcp_addr second = address(1, 1, 0);
        struct pair p;
        uint8_t id;

        cfg.option_room = (uint8_t)octets;
        if (octets < 20 || octets > MPTCP_OPTION_MAX) {
            assert_int_equal(octets < 20 ? MPTCP_E_ROOM : MPTCP_E_ARGUMENT, mptcp_conn_size(&cfg));
            assert_null(mptcp_conn_init(mem, sizeof mem, &cfg, &secret));
            continue;
        }
        establish_as(&p, &cfg, mem[0], CORE_BLOCK);
        assert_int_equal(octets < 24 ? octets : 24, mptcp_tx_options_max(p.client.c));
        assert_int_equal(MPTCP_OK,
                         mptcp_add_address(p.client.c, &second, MPTCP_ADDR_JOIN, &id, p.now));
        assert_int_equal(octets >= 24, wants(&p.client, MPTCP_CONNECT));
        assert_int_equal(octets >= 24 ? MPTCP_OK : MPTCP_E_ROOM,
                         mptcp_join(p.client.c, id, 0, p.now));
    }
}

/* checks: C-13 D-12 */
static void given_20_octets_for_options_then_the_first_data_leave_with_a_mapping(void **state)
{
    (void)state;
    _Alignas(uint64_t) static uint8_t mem[2][CORE_BLOCK];
    struct mptcp_config cfg = core_config(MPTCP_CFG_CHECKSUM);
    struct pair p;
    struct mptcp_action a;
    struct mptcp_txseg seg = {.tcp_flags = ACK, .ssn = mptcp_ssn_of(1), .len = 100};
    struct mptcp_receipt r;
    uint8_t area[MPTCP_OPTION_MAX];

    cfg.option_room = 20;
    make_pair(&p, &cfg, mem[0], CORE_BLOCK);
    struct wire syn = connects_first(&p);
    answers(&p, &syn);
    room(&p, &p.client, p.client.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 100, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 100, MPTCP_DONE, p.now));
    assert_int_equal(20, mptcp_tx_options(p.client.c, p.client.sf, &seg, area, 20, &r));
    assert_int_equal(MPTCP_OUT_MAPPING, r.wrote);
    assert_int_equal(24, mptcp_tx_options(p.client.c, p.client.sf, &seg, area, 24, &r));
    assert_int_equal(MPTCP_OUT_MAPPING | MPTCP_OUT_KEYS, r.wrote);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_any_room_and_any_signal_then_the_data_ack_leaves_and_so_does_the_signal),
        cmocka_unit_test(given_a_tcp_that_never_has_the_room_then_nothing_is_due_without_end),
        cmocka_unit_test(
            given_data_without_room_for_the_data_ack_then_an_ack_of_its_own_carries_it),
        cmocka_unit_test(given_keys_on_the_ack_of_data_then_the_data_ack_follows),
        cmocka_unit_test(given_a_keep_alive_then_nothing_that_it_carries_counts_as_said),
        cmocka_unit_test(given_a_receipt_that_was_never_filled_then_it_is_refused),
        cmocka_unit_test(given_a_stack_with_little_room_then_it_is_refused_or_opens_no_subflow),
        cmocka_unit_test(given_20_octets_for_options_then_the_first_data_leave_with_a_mapping),
    };
    return cmocka_run_group_tests_name("receipt", tests, NULL, NULL);
}
