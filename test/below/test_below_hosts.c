/*
 * test_below_hosts.c - listeners, addresses, paths, other hosts, settings and wrong arguments.
 */
#include "streams.h"

/* -------------------------------------------------------------- listeners, addresses */

/* checks: none */
static void given_an_unlisten_then_who_waits_is_told_and_who_comes_is_refused(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);
    below_listener l = listen_at(w, PORT);
    below_stream waits = connect_to(w, PORT);

    world_run(w, SECOND);
    below_unlisten(world_below(w, SERVER), l, world_now(w));
    world_settle(w);
    below_stream comes = connect_to(w, PORT);
    world_run(w, 5 * SECOND);
    below_stream none;
    assert_int_equal(MPTCP_E_STALE, below_accept(world_below(w, SERVER), l, &none));
    assert_int_equal(0, streams(w, SERVER));
    assert_int_equal(MPTCP_E_PEER_ABORTED, below_code(world_below(w, CLIENT), waits));
    assert_int_equal(MPTCP_E_PEER_RESET, below_code(world_below(w, CLIENT), comes));
    l = listen_at(w, PORT);
    comes = connect_to(w, PORT);
    world_run(w, SECOND);
    assert_int_not_equal(BELOW_NONE, next_client(w, l));
    world_free(w);
}

/* checks: none */
static void given_an_address_that_comes_and_goes_then_subflows_follow(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 10, .stays = true};
    struct world *w = new_world(&cfg);
    struct mptcp_addr second = world_address(CLIENT, 1, 4);

    world_serve(w, &like);
    struct app *a = world_connect(w, 0, 0, 4, 10);
    a->stays = true;
    world_run(w, SECOND);
    assert_int_equal(1, subflows(w, CLIENT, 0));
    join_from(w, 1, 4);
    assert_int_equal(MPTCP_E_ARGUMENT, below_add_address(world_below(w, CLIENT), &second,
                                                         MPTCP_ADDR_JOIN, world_now(w)));
    world_settle(w);
    world_run(w, 2 * SECOND);
    assert_int_equal(2, subflows(w, CLIENT, 0));
    assert_int_equal(0, below_remove_address(world_below(w, CLIENT), &second, world_now(w)));
    assert_int_equal(MPTCP_E_NOT_FOUND,
                     below_remove_address(world_below(w, CLIENT), &second, world_now(w)));
    world_settle(w);
    world_run(w, 10 * SECOND);
    assert_int_equal(1, subflows(w, CLIENT, 0));
    assert_int_equal(1, subflows(w, SERVER, 0));
    finish(w, a);
    finish(w, world_app(w, SERVER, 0));
    assert_true(world_until(w, world_all_done, NULL, 10 * SECOND));
    world_free(w);
}

/* checks: none */
static void given_a_server_that_announces_an_address_then_it_is_joined_there(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 10, .stays = true};
    struct world *w = new_world(&cfg);
    struct mptcp_addr second = world_address(SERVER, 1, 4);

    world_serve(w, &like);
    assert_int_equal(
        0, below_add_address(world_below(w, SERVER), &second, MPTCP_ADDR_ANNOUNCE, world_now(w)));
    second.port = 6001; /* and one where nobody listens yet */
    assert_int_equal(
        0, below_add_address(world_below(w, SERVER), &second, MPTCP_ADDR_ANNOUNCE, world_now(w)));
    world_settle(w);
    struct app *a = world_connect(w, 0, 0, 4, 10);
    a->stays = true;
    world_run(w, 5 * SECOND);
    assert_int_equal(2, subflows(w, CLIENT, 0));
    /* The port of joins alone takes no clients. */
    below_stream s = connect_to(w, 6001);
    assert_true(world_until(w, has_ended, &s, 5 * SECOND));
    assert_int_equal(1, streams(w, SERVER));
    finish(w, a);
    finish(w, world_app(w, SERVER, 0));
    world_run(w, 10 * SECOND);
    world_free(w);
}

/* checks: none */
static void given_a_path_that_goes_dark_then_the_stream_goes_on(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 3000000};
    struct world *w = new_world(&cfg);

    world_serve(w, &like);
    join_from(w, 1, 4);
    world_connect(w, 0, 0, 4, 3000000);
    world_run(w, SECOND / 2);
    world_dark(w, 0, true);
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(3000000, world_app(w, CLIENT, 0)->got);
    assert_int_equal(3000000, world_app(w, SERVER, 0)->got);
    world_free(w);
}

/* checks: D-16 */
static void
given_checksums_and_a_dark_path_then_its_octets_do_not_keep_the_buffer_full(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 3000000};

    world_config_init(&cfg);
    for (unsigned i = 0; i < 2; i++) {
        cfg.below[i].conn.flags |= MPTCP_CFG_CHECKSUM;
    }
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    join_from(w, 1, 4);
    struct app *a = world_connect(w, 0, 0, 4, 3000000);
    a->stays = true;
    world_run(w, SECOND / 2);
    world_dark(w, 0, true);
    world_run(w, 5 * SECOND);
    assert_int_equal(3000000, world_app(w, SERVER, 0)->got);
    /* It is back, and TCP repeats there what came elsewhere. */
    world_dark(w, 0, false);
    world_run(w, 60 * SECOND);
    assert_int_equal(2, subflows(w, CLIENT, 0));
    assert_int_equal(1, report_of(w, CLIENT, 0).checksum);
    finish(w, a);
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(MPTCP_E_CLOSED, a->code);
    world_free(w);
}

/* checks: none */
static void given_a_server_without_mptcp_then_the_stream_is_plain_tcp(void **state)
{
    (void)state;
    struct world_config cfg;
    struct app like = {.out = 300000};

    world_config_init(&cfg);
    cfg.plain[SERVER] = true;
    struct world *w = world_new(&cfg);
    world_serve(w, &like);
    join_from(w, 1, 4);
    struct app *a = world_connect(w, 0, 0, 4, 200000);
    assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
    assert_int_equal(300000, a->got);
    assert_int_equal(MPTCP_E_CLOSED, a->code);
    assert_int_equal(MPTCP_E_NO_MPTCP, report_of(w, CLIENT, 0).fallback);
    world_free(w);
}

/* checks: none */
static void
given_an_address_that_the_host_lacks_then_connecting_fails_and_costs_nothing(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);
    struct mptcp_addr local = {.family = 4, .ip = {192, 0, 2, 1}};
    struct mptcp_addr remote = world_address(SERVER, 0, 4);
    below_stream s;

    remote.port = PORT;
    for (unsigned i = 0; i < 20; i++) { /* more than there are streams */
        assert_int_equal(MPTCP_E_SUBFLOW_FAILED,
                         below_connect(world_below(w, CLIENT), &local, &remote, &s, world_now(w)));
    }
    assert_int_equal(0, streams(w, CLIENT));
    world_free(w);
}

/* Notes the server's SYN/ACK, and swallows all that it sends. */
static bool take_syn_ack(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct seg s;

    (void)link;
    if (from == SERVER && seg_read(packet, *len, &s) && (s.flags & SYN) != 0) {
        *(struct seg *)arg = s;
    }
    return from == CLIENT;
}

/* A segment of a client that is not there. */
static void from_nowhere(struct world *w, struct seg *s, const char *octets)
{
    uint8_t packet[SEG_MOST];

    s->from = address4(10, 0, 0, 1, 777);
    s->to = address4(10, 0, 0, 2, PORT);
    s->window = 1000;
    s->payload = (const uint8_t *)octets;
    s->len = (uint32_t)strlen(octets);
    world_inject(w, SERVER, 0, packet, seg_write(s, packet));
    world_settle(w);
    s->seq += s->len + ((s->flags & SYN) != 0);
    s->options_len = 0;
}

/* checks: none */
static void given_octets_on_a_syn_then_they_are_read_before_those_that_follow(void **state)
{
    (void)state;
    struct world_config cfg;
    static const uint8_t cookie[] = {OPT_FAST_OPEN, 10,   0x10, 0x32, 0x54, 0x76,
                                     0x98,          0xba, 0xdc, 0xfe, 1,    1};
    struct seg s = {.seq = 5000, .flags = SYN, .options = cookie, .options_len = sizeof cookie};
    struct seg answer = {.ack = 0};
    char octets[32] = "";

    world_config_init(&cfg);
    cfg.toy[SERVER].fast_open = 1;
    struct world *w = world_new(&cfg);
    world_box(w, take_syn_ack, &answer);
    below_listener l = listen_at(w, PORT);
    from_nowhere(w, &s, "first ");
    world_run(w, SECOND / 100);
    assert_int_equal(5007, answer.ack);
    s.flags = ACK;
    s.ack = answer.seq + 1;
    from_nowhere(w, &s, "");
    from_nowhere(w, &s, "then");
    below_stream c = next_client(w, l);
    assert_int_not_equal(BELOW_NONE, c);
    struct below *b = world_below(w, SERVER);
    assert_int_equal(10, below_read(b, c, octets, sizeof octets, world_now(w)));
    assert_string_equal("first then", octets);
    assert_int_equal(cfg.below[SERVER].conn.rcv_buf, report_of_stream(b, c).rcv_window);
    world_free(w);
}

/* ----------------------------------------------------------- settings, arguments */

/* Octets of one more stream. */
static size_t one_more(const struct below_config *cfg)
{
    struct below_config more = *cfg;

    more.streams++;
    return below_size(&more) - below_size(cfg);
}

/* What was measured, where pointers have 64 bits: the page speaks of these. */
static size_t on_64_bits(size_t page, size_t measured)
{
    return sizeof(void *) == 8 ? measured : page;
}

/* checks: none */
static void given_settings_then_memory_is_what_the_page_says(void **state)
{
    (void)state;
    struct below_config cfg;

    below_config_init(&cfg);
    assert_int_equal(281296, on_64_bits(281296, one_more(&cfg)));
    cfg.snd_buf = cfg.conn.rcv_buf = 4096;
    cfg.conn.runs = 16;
    assert_int_equal(21040, on_64_bits(21040, one_more(&cfg)));
    below_config_init(&cfg);
    cfg.streams = 0;
    assert_int_equal(0, below_size(&cfg));
    cfg.streams = 8;
    cfg.snd_buf = 65535;
    assert_int_equal(0, below_size(&cfg));
    cfg.snd_buf = 65536;
    cfg.conn.rcv_buf = 512;
    assert_int_equal(0, below_size(&cfg));
    cfg.conn.rcv_buf = 65536;
    cfg.conn.runs = 1;
    assert_int_equal(0, below_size(&cfg));
    cfg.conn.runs = 128;
    cfg.shim.link = 200;
    assert_int_equal(0, below_size(&cfg));
    assert_int_equal(0, below_size(NULL));
}

/* checks: none, law 5 */
static void given_wrong_arguments_then_they_are_refused(void **state)
{
    (void)state;
    struct world_config cfg;
    struct world *w = new_world(&cfg);
    struct below *b = world_below(w, CLIENT);
    struct mptcp_addr four = world_address(SERVER, 0, 4);
    struct mptcp_addr six = world_address(CLIENT, 0, 6);
    struct mptcp_addr no_port = four;
    uint32_t handle;
    mptcp_time now = world_now(w);
    four.port = PORT;

    assert_int_equal(MPTCP_E_ARGUMENT, below_connect(NULL, &four, &four, &handle, now));
    assert_int_equal(MPTCP_E_ARGUMENT, below_connect(b, NULL, &four, &handle, now));
    assert_int_equal(MPTCP_E_ARGUMENT, below_connect(b, &six, &four, &handle, now));
    assert_int_equal(MPTCP_E_ARGUMENT, below_connect(b, &four, &no_port, &handle, now));
    assert_int_equal(MPTCP_E_ARGUMENT, below_connect(b, &four, &four, NULL, now));
    assert_int_equal(MPTCP_E_ARGUMENT, below_listen(b, &no_port, &handle, now));
    assert_int_equal(0, below_listen(b, &four, &handle, now) == 0); /* not an address of ours */
    assert_int_equal(MPTCP_E_ARGUMENT, below_add_address(b, NULL, 0, now));
    assert_int_equal(MPTCP_E_ARGUMENT, below_add_address(b, &four, 0x1000, now));
    assert_int_equal(MPTCP_E_STALE, below_accept(b, 0, &handle));
    assert_int_equal(MPTCP_E_STALE, below_accept(b, BELOW_NONE, &handle));
    assert_int_equal(MPTCP_E_STALE, below_read(b, BELOW_NONE, &four, 1, now));
    assert_int_equal(MPTCP_E_STALE, below_write(b, 0, &four, 1, now));
    assert_int_equal(MPTCP_E_STALE, below_shutdown(b, 0, now));
    assert_int_equal(MPTCP_E_STALE, below_code(b, 0));
    assert_int_equal(0, below_ready(b, BELOW_NONE));
    assert_null(below_conn(b, 0));
    below_touch(b, 0);
    below_close(b, 0, now);
    below_abort(b, BELOW_NONE, now);
    below_unlisten(b, 0, now);
    below_connected(b, 1234, now);
    below_readable(b, BELOW_NO_SOCKET, now);
    below_writable(b, 1234, now);
    below_socket_failed(b, 1234, MPTCP_E_PEER_RESET, now);
    assert_int_equal(MPTCP_E_NOT_FOUND, below_accepted(b, 1234, 5, &four, &four, now));
    assert_int_equal(MPTCP_E_ARGUMENT, below_accepted(b, 1234, 5, NULL, &four, now));
    assert_int_equal(MPTCP_E_ARGUMENT, below_set_mtu(NULL, 0, 1500));
    assert_int_equal(SHIM_DROP, below_in(b, 0, NULL, 60, now));
    assert_int_equal(SHIM_DROP, below_in(NULL, 0, (uint8_t[60]){0}, 60, now));
    assert_int_equal(MPTCP_E_ARGUMENT, below_out(b, 0, NULL, 60, now));
    assert_true(below_next(b, BELOW_NONE) == BELOW_NONE);
    below_end(NULL, now);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_unlisten_then_who_waits_is_told_and_who_comes_is_refused),
        cmocka_unit_test(given_an_address_that_comes_and_goes_then_subflows_follow),
        cmocka_unit_test(given_a_server_that_announces_an_address_then_it_is_joined_there),
        cmocka_unit_test(given_a_path_that_goes_dark_then_the_stream_goes_on),
        cmocka_unit_test(
            given_checksums_and_a_dark_path_then_its_octets_do_not_keep_the_buffer_full),
        cmocka_unit_test(
            given_an_address_that_the_host_lacks_then_connecting_fails_and_costs_nothing),
        cmocka_unit_test(given_a_server_without_mptcp_then_the_stream_is_plain_tcp),
        cmocka_unit_test(given_octets_on_a_syn_then_they_are_read_before_those_that_follow),
        cmocka_unit_test(given_settings_then_memory_is_what_the_page_says),
        cmocka_unit_test(given_wrong_arguments_then_they_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
