/*
 * test_version0_addresses.c - ADD_ADDR without HMAC and echo, REMOVE_ADDR and MP_PRIO of version 0
 * (Z-7 to Z-9, Z-56 to Z-59).
 */
#include "version0_test.h"

#include "tables/block.h"

static const uint8_t zeros[100];

/* What the client knows as an address of the server's; port 0 if it is unknown. */
static struct mptcp_addr known(const struct pair *p, uint8_t id)
{
    struct mptcp_addr a;
    memset(&a, 0, sizeof a);
    if (mptcp_address(p->client.c, true, id, &a) != MPTCP_OK) {
        a.port = 0;
    }
    return a;
}

static bool is_at(const struct pair *p, uint8_t id, uint8_t last, uint16_t port)
{
    struct mptcp_addr a = known(p, id);
    return a.port == port && a.family == 4 && a.ip[3] == last;
}

/* checks: Z-7 Z-56 Z-75 */
static void given_an_address_of_ours_then_it_is_announced_three_times_without_an_echo(void **state)
{
    (void)state;
    static const struct {
        struct mptcp_addr addr;
        const char *hex;
    } all[] = {
        {{.family = 4, .port = 80, .ip = {10, 1, 2, 2}}, "1e0834010a010202"},
        {{.family = 4, .port = 22, .ip = {10, 1, 2, 2}}, "1e0a34010a0102020016"},
        {{.family = 6, .port = 80, .ip = {0x20, 1, 0x0d, 0xb8, [15] = 1}},
         "1e14360120010db8000000000000000000000001"},
        {{.family = 6, .port = 443, .ip = {0x20, 1, 0x0d, 0xb8, [15] = 1}},
         "1e16360120010db800000000000000000000000101bb"},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct pair p;
        uint8_t octets[MPTCP_OPTION_MAX];
        size_t n = from_hex(all[i].hex, octets, sizeof octets);
        unsigned times = 0;
        mptcp_time last = 0;
        establish0(&p, 0, 0);
        assert_int_equal(1, announces(&p, all[i].addr));
        for (unsigned k = 0; k < 20; k++) {
            if (wants(&p.server, MPTCP_SEND_ACK)) {
                struct wire w = says(&p, &p.server, p.server.sf);
                assert_memory_equal(octets, w.options, n);
                assert_true(times == 0 || p.now - last >= 1000000); /* add_addr_rto apart */
                last = p.now;
                times++;
            } else if (mptcp_deadline(p.server.c) != MPTCP_NEVER) {
                next_timeout(&p, &p.server);
            }
        }
        assert_int_equal(3, times);
        assert_true(mptcp_deadline(p.server.c) == MPTCP_NEVER);
    }
}

/* checks: Z-7 Z-56 Z-57 Z-75 */
static void given_each_form_of_add_addr_then_it_is_kept_and_never_echoed(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint8_t id;
        uint8_t family;
        uint16_t port;
    } all[] = {
        {"1e0834010a010202", 1, 4, 80}, /* without a port: that of the subflow */
        {"1e0a34010a0102020016", 1, 4, 22},
        {"1e14360220010db8000000000000000000000001", 2, 6, 80},
        {"1e16360220010db800000000000000000000000101bb", 2, 6, 443},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct pair p;
        establish0(&p, 0, 0);
        raw_comes(&p, &p.client, all[i].hex);
        assert_int_equal(all[i].family, known(&p, all[i].id).family);
        assert_int_equal(all[i].port, known(&p, all[i].id).port);
        assert_true(told(&p, &p.client, MPTCP_EV_ADDRESS));
        assert_int_equal(0, info_of(&p.client).announcements_ignored);
        for (unsigned k = 0; k < 3; k++) {
            struct wire w = says(&p, &p.client, p.client.sf);
            assert_false(has0(&w, MPTCP_ADD_ADDR));
        }
    }
}

/* checks: Z-56 Z-73 */
static void given_add_addr_on_first_data_then_mapping_and_address_are_taken(void **state)
{
    (void)state;
    struct pair p;
    uint8_t octets[41];

    /* CAP 4 without its checksum: a DSS, and an ADD_ADDR behind it. */
    memset(octets, 'x', sizeof octets);
    open0(&p, 0, 0);
    assert_true(raw_data_comes(&p, &p.client,
                               "1e122005d52abecad1b97490000000010029"
                               "1e0834010a010202",
                               octets, sizeof octets));
    assert_true(info_of(&p.client).rcv_nxt.v == FIRST_B + 41);
    assert_true(is_at(&p, 1, 2, 80));
    assert_int_equal(1, info_of(&p.client).fully_established);
}

/* checks: Z-7 Z-56 */
static void given_several_add_addrs_in_one_segment_then_all_are_kept(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    raw_comes(&p, &p.client, "1e0834010a0102021e0834020a0102031e0834030a0102041e082001d52abf2e");
    assert_true(is_at(&p, 1, 2, 80));
    assert_true(is_at(&p, 2, 3, 80));
    assert_true(is_at(&p, 3, 4, 80));
}

/* checks: Z-57 */
static void
given_a_known_id_then_a_refresh_does_no_harm_and_another_address_is_ignored(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_config cfg = config_of(0, 0);

    cfg.policy = MPTCP_POLICY_HOST; /* no subflow uses the address */
    establish_both(&p, &cfg);
    raw_comes(&p, &p.client, "1e0834010a010202");
    drain(&p, &p.client);
    raw_comes(&p, &p.client, "1e0834010a010202");
    assert_true(is_at(&p, 1, 2, 80));
    raw_comes(&p, &p.client, "1e0834010a010203");
    assert_true(is_at(&p, 1, 2, 80));
    raw_comes(&p, &p.client, "1e0a34010a0102020016"); /* another port */
    assert_true(is_at(&p, 1, 2, 22));
    raw_comes(&p, &p.client, "1e044001");
    raw_comes(&p, &p.client, "1e0834010a010203");
    assert_true(is_at(&p, 1, 3, 80));
}

/* checks: Z-57 */
static void given_no_port_on_another_subflow_then_it_is_that_subflows(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_addr local = address(7, 2, 8080);
    struct mptcp_subflow_report info;
    mptcp_sf ours;
    mptcp_sf theirs;

    establish0(&p, 0, 0);
    struct wire synack = join_answered(&p, &local, &ours, &theirs);
    join_completes(&p, &p.client, ours, &p.server, theirs, &synack);
    subflow_at(p.client.c, 1)->remote_port = 8080;
    info = subflow_of(&p.client, ours);
    struct wire w = raw("1e0834050a010202", ACK, info.rcv_nxt.v, 0, info.snd_una.v);
    come(&p, &p.client, ours, &w);
    assert_true(is_at(&p, 5, 2, 8080));
}

/* checks: Z-8 Z-58 Z-79 */
static void given_remove_addr_then_its_subflows_are_probed_and_unknown_ids_are_ignored(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_action a;
    mptcp_sf ours;
    mptcp_sf theirs;

    two_subflows0(&p, 0, &ours, &theirs);
    raw_comes(&p, &p.server, "1e05402122"); /* unknown ones */
    assert_false(wants(&p.server, MPTCP_PROBE));
    raw_comes(&p, &p.server, "1e044000"); /* CAP 210: the initial subflow */
    assert_true(find_action(&p, &p.server, MPTCP_PROBE, &a));
    assert_int_equal(p.server.sf, a.sf);
    /* CAP 211: its RST, with a DATA_ACK. */
    struct wire rst = raw("1e082001d1b97490", RST | ACK, 101, 0, 1);
    come(&p, &p.server, p.server.sf, &rst);
    assert_int_equal(MPTCP_OK, mptcp_on_gone(p.server.c, p.server.sf, MPTCP_E_PEER_RESET, p.now));
    assert_int_equal(1, info_of(&p.server).subflows);
    assert_true(is_version0(&p.server));
}

/* checks: Z-58 Z-79 */
static void given_an_address_of_ours_is_removed_then_remove_addr_names_it(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    uint8_t id = announces(&p, address(7, 2, 80));
    says(&p, &p.server, p.server.sf);
    drain(&p, &p.server);
    assert_int_equal(1, id);
    assert_int_equal(MPTCP_OK, mptcp_remove_address(p.server.c, id, p.now));
    struct wire w = {0};
    for (unsigned i = 0; i < 5 && !has0(&w, MPTCP_REMOVE_ADDR); i++) {
        drain(&p, &p.server);
        next_timeout(&p, &p.server);
        w = says(&p, &p.server, p.server.sf);
    }
    assert_true(has0(&w, MPTCP_REMOVE_ADDR));
    assert_int_equal(1, options0(&w).remove_addr.ids[0]);
}

/* The backup flags of the server's two subflows, as one number. */
static unsigned backups(const struct pair *p, mptcp_sf second)
{
    return (unsigned)(subflow_of(&p->server, p->server.sf).peer_backup |
                      subflow_of(&p->server, second).peer_backup << 1);
}

/* checks: Z-9 Z-59 Z-79 */
static void given_mp_prio_with_or_without_an_id_then_the_knob_says_whom_it_concerns(void **state)
{
    (void)state;
    static const struct {
        uint32_t knob;
        unsigned own; /* whose backup flag an MP_PRIO with the subflow's own id sets */
        unsigned other;
    } cases[] = {{0, 1, 0}, {MPTCP_CFG_PRIO_BY_ID, 1, 2}, {MPTCP_CFG_PRIO_WITHOUT_ID, 0, 0}};
    for (unsigned i = 0; i < 3; i++) {
        struct pair p;
        mptcp_sf ours;
        mptcp_sf theirs;
        two_subflows0(&p, cases[i].knob, &ours, &theirs);
        raw_comes(&p, &p.server, "1e0351"); /* the subflow that carries it */
        assert_int_equal(1, backups(&p, theirs));
        raw_comes(&p, &p.server, "1e0350");
        assert_int_equal(0, backups(&p, theirs));
        raw_comes(&p, &p.server, "1e045100"); /* its own id, 0 */
        assert_int_equal(cases[i].own, backups(&p, theirs));
        raw_comes(&p, &p.server, "1e045000");
        assert_int_equal(0, backups(&p, theirs));
        raw_comes(&p, &p.server, "1e045101"); /* that of the other one */
        assert_int_equal(cases[i].other, backups(&p, theirs));
        raw_comes(&p, &p.server, "1e045109"); /* nobody's */
        assert_int_equal(cases[i].other, backups(&p, theirs));
    }
}

/* checks: Z-9 Z-59 */
static void given_a_backup_flag_of_ours_changes_then_mp_prio_has_three_octets(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    assert_int_equal(MPTCP_OK, mptcp_set_backup(p.client.c, p.client.sf, true, p.now));
    struct wire w = says(&p, &p.client, p.client.sf);
    assert_int_equal(0x1e, w.options[0]);
    assert_int_equal(0x03, w.options[1]);
    assert_int_equal(0x51, w.options[2]);
}

/* checks: Z-47 */
static void given_an_announcement_on_data_without_a_mapping_then_no_harm_is_done(void **state)
{
    (void)state;
    struct pair p;

    establish0(&p, 0, 0);
    assert_true(raw_data_comes(&p, &p.server, "1e0834010a010202", zeros, 10));
    assert_false(wants(&p.server, MPTCP_RESET_SUBFLOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_an_address_of_ours_then_it_is_announced_three_times_without_an_echo),
        cmocka_unit_test(given_each_form_of_add_addr_then_it_is_kept_and_never_echoed),
        cmocka_unit_test(given_add_addr_on_first_data_then_mapping_and_address_are_taken),
        cmocka_unit_test(given_several_add_addrs_in_one_segment_then_all_are_kept),
        cmocka_unit_test(
            given_a_known_id_then_a_refresh_does_no_harm_and_another_address_is_ignored),
        cmocka_unit_test(given_no_port_on_another_subflow_then_it_is_that_subflows),
        cmocka_unit_test(
            given_remove_addr_then_its_subflows_are_probed_and_unknown_ids_are_ignored),
        cmocka_unit_test(given_an_address_of_ours_is_removed_then_remove_addr_names_it),
        cmocka_unit_test(given_mp_prio_with_or_without_an_id_then_the_knob_says_whom_it_concerns),
        cmocka_unit_test(given_a_backup_flag_of_ours_changes_then_mp_prio_has_three_octets),
        cmocka_unit_test(given_an_announcement_on_data_without_a_mapping_then_no_harm_is_done),
    };
    return cmocka_run_group_tests_name("version0_addresses", tests, NULL, NULL);
}
