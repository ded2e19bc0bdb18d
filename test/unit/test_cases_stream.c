/*
 * test_cases_stream.c - octets that were delivered twice, lost or cut off, and ends of the stream
 * that were none: by a path that loses ACKs, eats options or changes a flag, and by no more than
 * that.
 */
#include "bugs_test.h"

#define LONG_TIME 120000000u /* more than all timers of the data level need */
#define BLOCK 8192

static _Alignas(8) uint8_t memory[2][BLOCK];

/* n octets of the client's are given to its TCP, at the SSN that comes next; where they begin. */
static uint32_t client_gives(struct pair *p, uint32_t n)
{
    struct mptcp_action a;

    tcp_tells(p, &p->client, p->client.sf, n, n, 10000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, n, p->now));
    assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
    assert_int_equal(n, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, n, MPTCP_DONE, p->now));
    return a.ssn.v;
}

/* Time passes at one end, whose TCP has room; true if it gave octets to TCP that it gave before. */
static bool sends_again(struct pair *p, struct side *s, mptcp_time us)
{
    mptcp_time end = p->now + us;
    struct mptcp_action a;
    bool again = false;

    while (p->now < end) {
        mptcp_time due = mptcp_deadline(s->c);
        p->now = due > p->now ? due : p->now + 1000;
        p->now = p->now < end ? p->now : end;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(s->c, p->now));
        room(p, s, s->sf, 10000);
        for (unsigned i = 0; i < 50 && mptcp_poll(s->c, &a); i++) {
            again = again || (a.type == MPTCP_SEND && a.reinjected);
            assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, p->now));
            if (a.type == MPTCP_EVENT && a.event == MPTCP_EVENT_END) {
                return again;
            }
        }
    }
    return again;
}

/* The octets that a side hands to its application now. */
static uint32_t delivers(struct pair *p, struct side *s)
{
    struct mptcp_action a;
    uint32_t n = 0;

    for (unsigned i = 0; i < 200 && mptcp_poll(s->c, &a); i++) {
        n += a.type == MPTCP_DELIVER ? a.len : 0;
        assert_int_equal(MPTCP_OK, mptcp_done(s->c, &a, a.len, MPTCP_DONE, p->now));
    }
    return n;
}

/* checks: D-28 FB-4 FB-5 */
static void
given_an_only_subflow_when_data_acks_are_lost_then_nothing_is_sent_at_new_ssns(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_gives(&p, 300);
    /* TCP acknowledges; the ACK has an option, and no DATA_ACK. */
    struct mptcp_option prio = {.subtype = MPTCP_PRIO};
    struct wire w = with_option(&prio, ACK, 1, 0, 401);
    come(&p, &p.client, p.client.sf, &w);
    assert_false(sends_again(&p, &p.client, LONG_TIME));
}

/* checks: D-28 FB-4 */
static void
given_an_only_subflow_that_is_dark_when_time_passes_then_nothing_is_sent_at_new_ssns(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    client_gives(&p, 300);
    assert_false(sends_again(&p, &p.client, LONG_TIME));
}

/*
 * The server has fallen back by evidence of its own. A slow segment of the client's arrives with a
 * mapping that says that its octets were there before: they are no new ones.
 */
/* checks: B-3 FB-10 */
static void
given_plain_tcp_when_a_mapping_off_the_line_comes_then_its_octets_are_not_taken(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;

    open_pair(&p, 0, 0);
    client_sends(&p, 1, 100);
    assert_int_equal(100, delivers(&p, &p.server));
    uint64_t first = info_of(&p.server).rcv_nxt.v - 100;
    /* The server's first octets are acknowledged without any option: plain TCP. */
    room(&p, &p.server, p.server.sf, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.server.c, 100, p.now));
    assert_true(find_action(&p, &p.server, MPTCP_SEND, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, a.len, MPTCP_DONE, p.now));
    for (unsigned i = 0; i < 40 && info_of(&p.server).version == 1; i++) {
        struct wire bare = with_option(NULL, ACK, 101, 0, 101);
        come(&p, &p.server, p.server.sf, &bare);
        p.now += 1000000;
        assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.server.c, p.now));
        drain(&p, &p.server);
    }
    assert_int_equal(255, info_of(&p.server).version);
    struct mptcp_option o = map_option(first, 101, 100);
    struct wire slow = with_option(&o, ACK, 101, 100, 101);
    come(&p, &p.server, p.server.sf, &slow);
    assert_true(p.server.verdict.drop);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(0, delivers(&p, &p.server));
}

/* A server with checksums has data whose checksum is wrong; its ACK, with MP_FAIL. */
static struct wire server_finds_a_wrong_checksum(struct pair *p)
{
    static const uint8_t changed[300] = {1};
    struct mptcp_piece piece = {.data = changed, .len = 300};

    establish(p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    uint32_t ssn = client_gives(p, 300);
    struct wire w = send_from(p, &p->client, p->client.sf, ACK, ssn, 300, 1);
    come(p, &p->server, p->server.sf, &w);
    assert_false(p->server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, p->server.sf, &piece, p->now));
    struct wire fail = says(p, &p->server, p->server.sf);
    assert_true(has_option(&fail, MPTCP_FAIL));
    return fail;
}

/* An ACK comes to the client whose DATA_ACK is the one of before. */
static void tcp_acknowledges(struct pair *p, uint32_t ssn)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = info_of(&p->client).snd_una.v;
    struct wire w = with_option(&o, ACK, 1, 0, ssn);
    come(p, &p->client, p->client.sf, &w);
}

/* checks: B-6 FB-4 */
static void
given_a_lost_mp_fail_when_the_data_timer_fires_then_nothing_is_sent_at_new_ssns(void **state)
{
    (void)state;
    struct pair p;

    server_finds_a_wrong_checksum(&p); /* lost */
    tcp_acknowledges(&p, 401);
    assert_false(sends_again(&p, &p.client, 20000000));
}

/* checks: B-6 FB-4 FB-7 */
static void
given_octets_that_wait_to_be_sent_again_when_mp_fail_comes_then_they_do_not_leave(void **state)
{
    (void)state;
    struct pair p;

    struct wire fail = server_finds_a_wrong_checksum(&p);
    room(&p, &p.client, p.client.sf, 0);
    tcp_acknowledges(&p, 401);
    p.now += 1100000; /* the data timer fires, and TCP has no room */
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    come(&p, &p.client, p.client.sf, &fail);
    assert_false(sends_again(&p, &p.client, 20000000));
}

/* checks: B-6 FB-2 FB-14 */
static void given_a_wrong_checksum_on_the_line_then_octets_are_delivered_once(void **state)
{
    (void)state;
    struct pair p;

    struct wire fail = server_finds_a_wrong_checksum(&p);
    assert_int_equal(255, info_of(&p.server).version);
    assert_int_equal(300, delivers(&p, &p.server));
    come(&p, &p.client, p.client.sf, &fail);
    assert_int_equal(255, info_of(&p.client).version);
    assert_false(sends_again(&p, &p.client, 20000000));
}

static const uint8_t hundred[100] = {1, [59] = 6, [99] = 9};

/* A mapping, with its checksum over those octets. */
static struct mptcp_option checked_map(uint64_t dsn, uint32_t ssn, uint16_t n, unsigned flags)
{
    struct mptcp_option o = map_option(dsn, ssn, n);
    uint32_t octets = n < sizeof hundred ? 0 : sizeof hundred;

    o.u.dss.flags |= (uint8_t)flags;
    o.u.dss.has_checksum = 1;
    o.u.dss.checksum = mptcp_dss_checksum(mptcp_dsn_of(dsn), mptcp_ssn_of(ssn), n,
                                          mptcp_sum(0, hundred, octets, false));
    return o;
}

/* The first n of them come to the server on a subflow under this mapping. */
static void hundred_come(struct pair *p, mptcp_sf sf, const struct mptcp_option *o, uint32_t n)
{
    struct mptcp_piece piece = {.data = hundred, .len = n};
    struct wire w = with_option(o, ACK, subflow_of(&p->server, sf).rcv_nxt.v, n, 1);

    come(p, &p->server, sf, &w);
    assert_false(p->server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, sf, &piece, p->now));
}

/* checks: D-20 B-6 FB-14 */
static void
given_a_data_fin_flag_that_fails_its_checksum_when_another_subflow_goes_on_then_no_eof(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(0, 2, 80);
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    join_completes(&p, &p.client, ours, &p.server, theirs, &synack);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    /* The checksum was made over a length without DATA_FIN. */
    struct mptcp_option bad =
        checked_map(next, subflow_of(&p.server, p.server.sf).rcv_nxt.v, 100, 0);
    bad.u.dss.flags |= MPTCP_DSS_FIN;
    hundred_come(&p, p.server.sf, &bad, 100);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(MPTCP_E_CHECKSUM, a.code);
    assert_int_equal(MPTCP_OK, mptcp_done(p.server.c, &a, 0, MPTCP_DONE, p.now));
    struct mptcp_option good = checked_map(next, subflow_of(&p.server, theirs).rcv_nxt.v, 100, 0);
    hundred_come(&p, theirs, &good, 100);
    assert_int_equal(next + 100, info_of(&p.server).rcv_nxt.v);
    assert_int_equal(100, delivers(&p, &p.server));
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
}

/* checks: D-20 B-6 FB-14 */
static void
given_a_data_fin_flag_that_fails_its_checksum_on_the_only_subflow_then_no_eof(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    struct mptcp_option bad = checked_map(info_of(&p.server).rcv_nxt.v, 101, 100, 0);
    bad.u.dss.flags |= MPTCP_DSS_FIN;
    hundred_come(&p, p.server.sf, &bad, 100);
    assert_false(told(&p, &p.server, MPTCP_EVENT_EOF));
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
}

/* checks: D-20 FB-14 */
static void given_a_mapping_with_data_fin_of_which_a_part_has_come_then_no_eof(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    struct mptcp_option o = checked_map(info_of(&p.server).rcv_nxt.v, 101, 101, MPTCP_DSS_FIN);
    hundred_come(&p, p.server.sf, &o, 60);
    assert_false(told(&p, &p.server, MPTCP_EVENT_EOF));
    assert_int_equal(MPTCP_ESTABLISHED, info_of(&p.server).state);
}

/* checks: D-20 FB-14 */
static void
given_a_bare_data_fin_with_a_wrong_checksum_then_it_does_not_end_the_stream(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, MPTCP_CFG_CHECKSUM, MPTCP_CFG_CHECKSUM);
    struct mptcp_option o = checked_map(info_of(&p.server).rcv_nxt.v, 0, 1, MPTCP_DSS_FIN);
    o.u.dss.checksum ^= 0x5555;
    option_comes(&p, &p.server, p.server.sf, &o);
    assert_false(told(&p, &p.server, MPTCP_EVENT_EOF));
}

/* What fits these tests: few runs. */
static struct mptcp_config few_runs(unsigned runs)
{
    struct mptcp_config cfg = core_config(0);

    cfg.runs = (uint16_t)(4 * CORE_SUBFLOWS + runs);
    return cfg;
}

/* n octets at SSN `ssn` of the server's first subflow, out of order: mapped on the line. */
static void waits(struct pair *p, uint64_t line, uint32_t ssn, uint16_t n)
{
    struct mptcp_option o = map_option(line + ssn, ssn, n);
    struct wire w = with_option(&o, ACK, ssn, n, 1);

    come(p, &p->server, p->server.sf, &w);
}

static void fall_back_with_runs_waiting(unsigned runs)
{
    struct pair p;
    struct mptcp_config cfg = few_runs(runs);
    static const uint8_t zeros[1000];
    struct mptcp_piece piece = {.data = zeros, .len = 100};

    establish_as(&p, &cfg, memory[0], BLOCK);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    uint64_t line = next - 101;
    for (uint32_t i = 0; i < runs + 2; i++) {
        waits(&p, line, 301 + 20 * i, 10);
    }
    /* The octets in front of them, under an infinite mapping. */
    struct mptcp_option infinite = map_option(next, 101, 0);
    struct wire w = with_option(&infinite, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_false(p.server.verdict.drop);
    assert_int_equal(255, info_of(&p.server).version);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &piece, p.now));
        assert_int_equal(next + 100 * (i + 1), info_of(&p.server).rcv_nxt.v);
        struct wire more = with_option(NULL, ACK, 201 + 100 * i, 100, 1);
        come(&p, &p.server, p.server.sf, &more);
        assert_false(p.server.verdict.drop);
    }
    assert_int_equal(1000, delivers(&p, &p.server));
}

/* checks: B-2 FB-7 */
static void given_a_full_receive_table_when_plain_tcp_begins_then_no_octet_is_lost(void **state)
{
    (void)state;
    fall_back_with_runs_waiting(2);
    fall_back_with_runs_waiting(4);
}

/*
 * With a second subflow the line is no longer certain: an infinite mapping is not believed, and its
 * octets are not acknowledged.
 */
/* checks: B-2 FB-3 FB-15 */
static void
given_a_join_was_accepted_when_an_infinite_mapping_comes_then_the_subflow_is_reset(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows(&p, &ours, &theirs);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, theirs, MPTCP_E_CLOSED, p.now));
    drain(&p, &p.server);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option infinite = map_option(next, 101, 0);
    struct wire w = with_option(&infinite, ACK, 101, 100, 1);
    come(&p, &p.server, p.server.sf, &w);
    assert_true(p.server.verdict.drop);
    assert_int_equal(next, info_of(&p.server).rcv_nxt.v);
    assert_true(find_action(&p, &p.server, MPTCP_RESET_SUBFLOW, &a));
    assert_int_equal(p.server.sf, a.sf);
}

/* A segment comes to the server until it is taken. */
static void comes_until_taken(struct pair *p, struct wire *w)
{
    for (unsigned i = 0; i < 2; i++) {
        come(p, &p->server, p->server.sf, w);
        if (!p->server.verdict.drop) {
            return;
        }
    }
}

/*
 * One mapping over two segments, of which the second has no option. Much later a FIN with a DSS
 * ends the subflow alone.
 */
static void split_mapping_and_a_later_fin(bool overtaken)
{
    struct pair p;
    struct mptcp_config cfg = core_config(0);
    static const uint8_t zeros[200];
    struct mptcp_piece half = {.data = zeros, .len = 100};
    struct mptcp_option ack = {.subtype = MPTCP_DSS};

    cfg.no_path_limit = 60000000;
    establish_as(&p, &cfg, memory[0], BLOCK);
    uint64_t next = info_of(&p.server).rcv_nxt.v;
    struct mptcp_option o = map_option(next, 101, 200);
    struct wire first = with_option(&o, ACK, 101, 100, 1);
    struct wire second = with_option(NULL, ACK, 201, 100, 1);
    if (overtaken) {
        come(&p, &p.server, p.server.sf, &second);
    }
    come(&p, &p.server, p.server.sf, &first);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &half, p.now));
    comes_until_taken(&p, &second);
    assert_false(p.server.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p.server.c, p.server.sf, &half, p.now));
    drain(&p, &p.server);
    for (uint32_t i = 0; i < 3; i++) {
        struct mptcp_option m = map_option(next + 200 + i * 100, 301 + i * 100, 100);
        octets_come(&p, &p.server, &m, 301 + i * 100, 100);
        drain(&p, &p.server);
    }
    ack.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    ack.u.dss.data_ack = info_of(&p.server).snd_una.v;
    struct wire fin = with_option(&ack, ACK | FIN, 601, 0, 1);
    come(&p, &p.server, p.server.sf, &fin);
    assert_int_equal(MPTCP_OK, mptcp_on_fin(p.server.c, p.server.sf, p.now));
    assert_int_equal(1, info_of(&p.server).version);
    assert_false(told(&p, &p.server, MPTCP_EVENT_EOF));
}

/* checks: D-22 FB-6 FB-12 */
static void given_a_split_mapping_when_a_fin_with_a_dss_comes_then_no_eof(void **state)
{
    (void)state;
    split_mapping_and_a_later_fin(false);
}

/* checks: D-22 FB-6 FB-12 */
static void given_a_split_mapping_out_of_order_when_a_fin_with_a_dss_comes_then_no_eof(void **state)
{
    (void)state;
    split_mapping_and_a_later_fin(true);
}

/* A hundred octets without keys and without a mapping are the first that come to the server. */
static void first_data_is_unmapped(struct pair *p)
{
    static const uint8_t zeros[100];
    struct mptcp_piece piece = {.data = zeros, .len = 100};
    struct mptcp_option dss = {.subtype = MPTCP_DSS,
                               .u.dss = {.flags = MPTCP_DSS_ACK, .data_ack = 1}};
    struct wire w = with_option(&dss, ACK, 1, 100, 1);

    come(p, &p->server, p->server.sf, &w);
    assert_false(p->server.verdict.drop);
    assert_int_equal(255, info_of(&p->server).version);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->server.c, p->server.sf, &piece, p->now));
    assert_int_equal(100, delivers(p, &p->server));
}

/* checks: C-27 */
static void
given_data_at_the_start_with_a_data_ack_alone_when_the_third_ack_was_lost_then_plain_tcp(
    void **state)
{
    (void)state;
    struct pair p;
    struct wire syn = begin(&p, 0, 0);

    accept_syn(&p, &syn);
    send_from(&p, &p.server, p.server.sf, SYN | ACK, 0, 0, 1);
    first_data_is_unmapped(&p);
}

/* checks: B-2 FB-2 */
static void
given_data_at_the_start_with_a_data_ack_alone_when_the_third_ack_had_the_keys_then_plain_tcp(
    void **state)
{
    (void)state;
    struct pair p;

    open_pair(&p, 0, 0);
    first_data_is_unmapped(&p);
}

#define HUGE_WINDOW 0x3fffffffu

/* A side's host has room for n octets; `unit` in one segment. */
static void room_for(struct pair *p, mptcp_sf sf, uint32_t n, uint32_t unit)
{
    tcp_tells(p, &p->client, sf, n, unit, 10000);
}

/* All that the client sent on a subflow is acknowledged, and DATA_ACKed up to here. */
static void acked_on(struct pair *p, mptcp_sf sf, uint32_t ssn, uint64_t data_ack)
{
    struct mptcp_option o = {.subtype = MPTCP_DSS};

    o.u.dss.flags = MPTCP_DSS_ACK | MPTCP_DSS_ACK64;
    o.u.dss.data_ack = data_ack;
    struct wire w = with_option(&o, ACK, 1, 0, ssn);
    w.seg.window = HUGE_WINDOW;
    come(p, &p->client, sf, &w);
}

/* The first subflow carries this many octets and more, all of them acknowledged. */
static void carries(struct pair *p, mptcp_sf first, mptcp_sf second, uint64_t octets)
{
    struct mptcp_action a;

    acked_on(p, first, subflow_of(&p->client, first).snd_nxt.v, info_of(&p->client).snd_nxt.v);
    for (uint64_t sent = 0; sent < octets;) {
        p->now += 1000000;
        room_for(p, second, 0, 60000);
        room_for(p, first, HUGE_WINDOW, 60000);
        assert_int_equal(MPTCP_OK, mptcp_on_written(p->client.c, 500000000, p->now));
        while (info_of(&p->client).snd_nxt.v != info_of(&p->client).snd_end.v) {
            assert_true(find_action(p, &p->client, MPTCP_SEND, &a));
            assert_int_equal(first, a.sf);
            assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
            sent += a.len;
            acked_on(p, first, subflow_of(&p->client, first).snd_nxt.v,
                     info_of(&p->client).snd_nxt.v);
            drain(p, &p->client);
            room_for(p, first, HUGE_WINDOW, 60000);
        }
    }
}

/*
 * A thousand octets on the first subflow are lost there, and DATA_ACKed by way of the second. The
 * first one's TCP may still want to send them again. True if the host is told to drop them.
 */
static bool freed_while_tcp_needs_them(uint64_t octets_before)
{
    struct pair p;
    struct mptcp_action a;
    mptcp_sf second;
    mptcp_sf theirs;

    two_subflows(&p, &second, &theirs);
    mptcp_sf first = p.client.sf;
    carries(&p, first, second, octets_before);
    room_for(&p, first, 1000, 1000);
    room_for(&p, second, 0, 1000);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p.client.c, 1000, p.now));
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(first, a.sf);
    assert_int_equal(1000, a.len);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, 1000, MPTCP_DONE, p.now));
    p.now += 2000000;
    assert_int_equal(MPTCP_OK, mptcp_on_timeout(p.client.c, p.now));
    room_for(&p, second, 1000, 1000);
    acked_on(&p, second, 1, info_of(&p.client).snd_una.v);
    assert_true(find_action(&p, &p.client, MPTCP_SEND, &a));
    assert_int_equal(second, a.sf);
    assert_true(a.reinjected);
    assert_int_equal(MPTCP_OK, mptcp_done(p.client.c, &a, a.len, MPTCP_DONE, p.now));
    acked_on(&p, second, subflow_of(&p.client, second).snd_nxt.v, info_of(&p.client).snd_nxt.v);
    return wants(&p.client, MPTCP_FREE);
}

/* checks: D-16 */
static void given_a_young_subflow_when_octets_are_lost_there_then_free_waits_for_it(void **state)
{
    (void)state;
    assert_false(freed_while_tcp_needs_them(0));
    assert_false(freed_while_tcp_needs_them(0x40000000u));
}

/* checks: D-16 */
static void
given_over_2_gib_on_a_subflow_when_octets_are_lost_there_then_free_waits_for_it(void **state)
{
    (void)state;
    assert_false(freed_while_tcp_needs_them(0x90000000u));
}

/* checks: D-16 */
static void
given_over_3_gib_on_a_subflow_when_octets_are_lost_there_then_free_waits_for_it(void **state)
{
    (void)state;
    assert_false(freed_while_tcp_needs_them(0xe0000000u));
    assert_false(freed_while_tcp_needs_them(0x190000000ull));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_an_only_subflow_when_data_acks_are_lost_then_nothing_is_sent_at_new_ssns),
        cmocka_unit_test(
            given_an_only_subflow_that_is_dark_when_time_passes_then_nothing_is_sent_at_new_ssns),
        cmocka_unit_test(
            given_plain_tcp_when_a_mapping_off_the_line_comes_then_its_octets_are_not_taken),
        cmocka_unit_test(
            given_a_lost_mp_fail_when_the_data_timer_fires_then_nothing_is_sent_at_new_ssns),
        cmocka_unit_test(
            given_octets_that_wait_to_be_sent_again_when_mp_fail_comes_then_they_do_not_leave),
        cmocka_unit_test(given_a_wrong_checksum_on_the_line_then_octets_are_delivered_once),
        cmocka_unit_test(
            given_a_data_fin_flag_that_fails_its_checksum_when_another_subflow_goes_on_then_no_eof),
        cmocka_unit_test(
            given_a_data_fin_flag_that_fails_its_checksum_on_the_only_subflow_then_no_eof),
        cmocka_unit_test(given_a_mapping_with_data_fin_of_which_a_part_has_come_then_no_eof),
        cmocka_unit_test(
            given_a_bare_data_fin_with_a_wrong_checksum_then_it_does_not_end_the_stream),
        cmocka_unit_test(given_a_full_receive_table_when_plain_tcp_begins_then_no_octet_is_lost),
        cmocka_unit_test(
            given_a_join_was_accepted_when_an_infinite_mapping_comes_then_the_subflow_is_reset),
        cmocka_unit_test(given_a_split_mapping_when_a_fin_with_a_dss_comes_then_no_eof),
        cmocka_unit_test(
            given_a_split_mapping_out_of_order_when_a_fin_with_a_dss_comes_then_no_eof),
        cmocka_unit_test(
            given_data_at_the_start_with_a_data_ack_alone_when_the_third_ack_was_lost_then_plain_tcp),
        cmocka_unit_test(
            given_data_at_the_start_with_a_data_ack_alone_when_the_third_ack_had_the_keys_then_plain_tcp),
        cmocka_unit_test(given_a_young_subflow_when_octets_are_lost_there_then_free_waits_for_it),
        cmocka_unit_test(
            given_over_2_gib_on_a_subflow_when_octets_are_lost_there_then_free_waits_for_it),
        cmocka_unit_test(
            given_over_3_gib_on_a_subflow_when_octets_are_lost_there_then_free_waits_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
