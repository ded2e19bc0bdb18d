/*
 * test_sized.c - structures that begin with their size: programs that were compiled with older or
 * newer headers than the library, as octets on either side of what both know.
 */
#include "core_test.h"
#include "mptcp/version.h"
#include "tables/sized.h"

#define GUARD 0xa5

/* As much of a structure as a program has, and what lies behind it in its memory. */
union program {
    struct mptcp_config cfg;
    struct mptcp_path path;
    uint8_t octets[256];
};

static bool all_are(const uint8_t *p, size_t n, uint8_t octet)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != octet) {
            return false;
        }
    }
    return true;
}

static int refused_for(const union program *p, const char **what)
{
    static MPTCP_CONN_STORAGE(mem, 2, 4, 24);
    static const struct mptcp_secret secret = {.key = 1};
    bool made = mptcp_conn_init(&mem, sizeof mem, &p->cfg, &secret) != NULL;

    assert_true(made == (mptcp_conn_size(&p->cfg) > 0));
    int why = mptcp_conn_check(&mem, sizeof mem, &p->cfg, &secret, what);
    assert_true(made == (why == MPTCP_OK));
    return why;
}

/* checks: none */
static void given_a_program_with_a_smaller_structure_then_nothing_behind_it_is_written(void **state)
{
    (void)state;
    for (size_t size = 0; size < 200; size++) {
        union program p;
        memset(&p, GUARD, sizeof p);
        mptcp_config_fill(&p.cfg, size);
        assert_true(all_are(p.octets + size, sizeof p - size, GUARD));
        assert_true(size < 4 || p.cfg.size == size);
        memset(&p, GUARD, sizeof p);
        mptcp_path_fill(&p.path, size);
        assert_true(all_are(p.octets + size, sizeof p - size, GUARD));
        assert_true(size < 4 || (p.path.size == size && all_are(p.octets + 4, size - 4, 0)));
    }
}

/* checks: none */
static void
given_a_configuration_of_another_version_then_it_is_taken_from_that_of_1_0_on(void **state)
{
    (void)state;
    const char *what;

    assert_int_equal(52, sizeof(struct mptcp_config)); /* that of 1.0 */
    for (size_t size = 0; size < 200; size++) {
        union program p;
        memset(&p, GUARD, sizeof p);
        mptcp_config_fill(&p.cfg, size);
        bool right = size >= 52;
        assert_int_equal(right ? MPTCP_OK : MPTCP_E_ARGUMENT, refused_for(&p, &what));
        assert_string_equal(right ? "" : "size", what);
    }
}

/* checks: none */
static void given_a_newer_program_sets_what_is_not_known_here_then_it_is_refused(void **state)
{
    (void)state;
    const char *what;

    for (size_t at = 52; at < 80; at++) {
        union program p;
        mptcp_config_fill(&p.cfg, 80);
        assert_int_equal(MPTCP_OK, refused_for(&p, &what));
        p.octets[at] = 1;
        assert_int_equal(MPTCP_E_ARGUMENT, refused_for(&p, &what));
        assert_string_equal("size", what);
    }
}

/* checks: none */
static void given_a_size_that_nobody_has_set_then_the_memory_behind_is_not_read(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 51, SIZED_MOST + 1, 0x10000, INT32_MAX, UINT32_MAX};
    const char *what;

    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        union program p;
        mptcp_config_init(&p.cfg);
        p.cfg.size = sizes[i];
        assert_int_equal(MPTCP_E_ARGUMENT, refused_for(&p, &what));
        assert_string_equal("size", what);
    }
}

/* checks: none */
static void given_a_snapshot_of_another_version_then_it_is_taken_from_that_of_1_0_on(void **state)
{
    (void)state;
    struct pair p;

    establish(&p, 0, 0);
    assert_int_equal(40, sizeof(struct mptcp_path)); /* that of 1.0 */
    for (size_t size = 4; size < 120; size++) {
        union program t;
        memset(&t, GUARD, sizeof t);
        mptcp_path_fill(&t.path, size);
        if (size >= 8) {
            t.path.room = (uint32_t)size;
        }
        int why = mptcp_on_path(p.client.c, p.client.sf, &t.path, p.now);
        assert_int_equal(size >= 40 ? MPTCP_OK : MPTCP_E_ARGUMENT, why);
        assert_true(size < 40 || subflow_of(&p.client, p.client.sf).room == size);
        if (size > 40) {
            t.octets[size - 1] = 1;
            assert_int_equal(MPTCP_E_ARGUMENT,
                             mptcp_on_path(p.client.c, p.client.sf, &t.path, p.now));
        }
    }
}

/* A library that knows more members than 1.0 had.
 * checks: none */
static void
given_a_library_that_has_grown_then_what_an_older_program_lacks_is_not_read(void **state)
{
    (void)state;
    static const uint8_t defaults[12];
    uint8_t mem[16];

    for (uint32_t size = 4; size <= 16; size++) {
        memset(mem, GUARD, sizeof mem);
        sized_fill(mem, size, defaults, sizeof defaults);
        assert_true(sized_right(mem, 8, 12) == (size >= 8));
    }
}

/* checks: none */
static void given_the_library_then_its_version_is_that_of_the_headers(void **state)
{
    (void)state;
    assert_int_equal(MPTCP_LIBRARY_VERSION, mptcp_library_version());
    assert_int_equal(0x010000, MPTCP_LIBRARY_VERSION_OF(1, 0, 0));
    assert_true(mptcp_library_version() >> 16 == MPTCP_LIBRARY_MAJOR);
}

/* checks: none */
static void given_what_the_library_fills_then_members_without_a_meaning_are_0(void **state)
{
    (void)state;
    struct pair p;
    struct mptcp_conn_report conn;
    struct mptcp_subflow_report subflow;
    struct mptcp_action a;

    establish(&p, 0, 0);
    memset(&conn, GUARD, sizeof conn);
    mptcp_conn_info(p.client.c, &conn);
    assert_true(conn.zero == 0 && all_are((uint8_t *)conn.zero2, sizeof conn.zero2, 0));
    memset(&subflow, GUARD, sizeof subflow);
    mptcp_subflow_info(p.client.c, p.client.sf, &subflow);
    assert_true(all_are(subflow.zero, sizeof subflow.zero, 0));
    assert_true(all_are((uint8_t *)subflow.zero2, sizeof subflow.zero2, 0));
    memset(&p.server.verdict, GUARD, sizeof p.server.verdict);
    client_sends(&p, 101, 50);
    assert_true(all_are((uint8_t *)p.server.verdict.zero, sizeof p.server.verdict.zero, 0));
    memset(&a, GUARD, sizeof a);
    assert_int_equal(1, mptcp_poll(p.server.c, &a));
    assert_int_equal(0, a.zero2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_program_with_a_smaller_structure_then_nothing_behind_it_is_written),
        cmocka_unit_test(
            given_a_configuration_of_another_version_then_it_is_taken_from_that_of_1_0_on),
        cmocka_unit_test(given_a_newer_program_sets_what_is_not_known_here_then_it_is_refused),
        cmocka_unit_test(given_a_size_that_nobody_has_set_then_the_memory_behind_is_not_read),
        cmocka_unit_test(given_a_snapshot_of_another_version_then_it_is_taken_from_that_of_1_0_on),
        cmocka_unit_test(
            given_a_library_that_has_grown_then_what_an_older_program_lacks_is_not_read),
        cmocka_unit_test(given_the_library_then_its_version_is_that_of_the_headers),
        cmocka_unit_test(given_what_the_library_fills_then_members_without_a_meaning_are_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
