/*
 * test_conn_check.c - which argument of mptcp_conn_init is wrong: mptcp_conn_check names it, and
 * agrees with mptcp_conn_init and mptcp_conn_size about all of them.
 */
#include <stddef.h>

#include "core_test.h"
#include "storage_test.h"

static const struct mptcp_secret secret = {.key = CLIENT_KEY};

/* One member, as it stands in the structure, and a value that it must not have. */
struct wrong {
    const char *name;
    size_t at;
    size_t size;
    uint32_t value;
};

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define WRONG(member, v)                                  \
    {                                                     \
#member, offsetof(struct mptcp_config, member),   \
            sizeof(((struct mptcp_config *)0)->member), v \
    }

static const struct wrong wrongs[] = {
    WRONG(size, 8),
    WRONG(flags, 0x200u),
    WRONG(subflows, 0),
    WRONG(subflows, 33),
    WRONG(addrs, 0),
    WRONG(addrs, 65),
    WRONG(subflow_limit, 0),
    WRONG(version, 2),
    WRONG(runs, 7),
    WRONG(runs, 65535),
    WRONG(rcv_buf, 0),
    WRONG(rcv_buf, 0x40000000),
    WRONG(silence_min, 0),
    WRONG(answer_wait, 1),
    WRONG(answer_wait, 0x40000000),
    WRONG(signal_rto, 0),
    WRONG(signal_rto, 0x40000000),
    WRONG(add_addr_rto, 0x40000000),
    WRONG(policy, MPTCP_POLICY_BACKUP + 1),
    WRONG(option_room, 19),
    WRONG(option_room, 41),
    WRONG(scheduler, 255),
    WRONG(add_addr2, 5),
    WRONG(silence_limit, 1),
};

static void set(struct mptcp_config *cfg, const struct wrong *w)
{
    uint8_t octet = (uint8_t)w->value;
    uint16_t two = (uint16_t)w->value;
    const void *from = w->size == 1 ? (void *)&octet : w->size == 2 ? (void *)&two : &w->value;
    memcpy((uint8_t *)cfg + w->at, from, w->size);
}

/* checks: none */
static void given_a_setting_out_of_range_then_its_name_is_told_and_no_connection_made(void **state)
{
    (void)state;
    static MPTCP_CONN_STORAGE(mem, 2, 4, 24);

    for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
        struct mptcp_config cfg;
        const char *what = NULL;

        mptcp_config_init(&cfg);
        assert_int_equal(MPTCP_OK, mptcp_conn_check(&mem, sizeof mem, &cfg, &secret, &what));
        assert_string_equal("", what);
        set(&cfg, &wrongs[i]);
        int code = mptcp_conn_check(&mem, sizeof mem, &cfg, &secret, &what);
        assert_string_equal(wrongs[i].name, what);
        assert_int_equal(mptcp_conn_size(&cfg), code);
        assert_null(mptcp_conn_init(&mem, sizeof mem, &cfg, &secret));
    }
}

/* checks: none */
static void given_memory_or_secret_that_will_not_do_then_it_is_told_which(void **state)
{
    (void)state;
    static MPTCP_CONN_STORAGE(mem, 2, 4, 24);
    struct mptcp_config cfg;
    const char *what = NULL;

    mptcp_config_init(&cfg);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_check(&mem, sizeof mem, NULL, &secret, &what));
    assert_string_equal("cfg", what);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_check(&mem, sizeof mem, &cfg, NULL, &what));
    assert_string_equal("secret", what);
    assert_int_equal(MPTCP_E_ARGUMENT, mptcp_conn_check(NULL, sizeof mem, &cfg, &secret, &what));
    assert_string_equal("mem", what);
    assert_int_equal(MPTCP_E_ARGUMENT,
                     mptcp_conn_check(mem.octets + 4, sizeof mem, &cfg, &secret, &what));
    assert_string_equal("mem", what);
    assert_int_equal(MPTCP_E_ROOM, mptcp_conn_check(&mem, sizeof mem - 1, &cfg, &secret, &what));
    assert_string_equal("mem_size", what);
    assert_int_equal(MPTCP_E_ROOM, mptcp_conn_check(&mem, 0, &cfg, &secret, NULL));
}

/* checks: none */
static void given_static_storage_then_a_connection_of_its_counts_fits_exactly(void **state)
{
    (void)state;
    struct mptcp_config cfg;

    mptcp_config_init(&cfg);
    assert_non_null(in_static_storage(&cfg, &secret));
    static MPTCP_CONN_STORAGE(mem, 2, 4, 24);
    assert_int_equal(mptcp_conn_size(&cfg), sizeof mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_setting_out_of_range_then_its_name_is_told_and_no_connection_made),
        cmocka_unit_test(given_memory_or_secret_that_will_not_do_then_it_is_told_which),
        cmocka_unit_test(given_static_storage_then_a_connection_of_its_counts_fits_exactly),
    };
    return cmocka_run_group_tests_name("conn_check", tests, NULL, NULL);
}
