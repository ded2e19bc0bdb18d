/*
 * test_print.c - a connection in words (mptcp/print.h): what it says, and that it stays within the
 * memory it is given.
 */
#include <stdio.h>

#include "bugs_test.h"
#include "mptcp/print.h"

/* checks: none */
static void
given_an_established_connection_then_it_says_so_with_its_subflow_and_addresses(void **state)
{
    (void)state;
    struct pair p;
    char text[2000];

    establish(&p, 0, 0);
    size_t n = mptcp_conn_print(p.client.c, text, sizeof text, p.now);
    assert_true(n > 0 && n < sizeof text);
    assert_int_equal(n, strlen(text));
    assert_ptr_equal(text, strstr(text, "ESTABLISHED client, MPTCP version 1"));
    assert_non_null(strstr(text, "subflow 0 address ids 0 to 0 initial established"));
    assert_non_null(strstr(text, "our address id 0: 10.0.0.1 port"));
    assert_non_null(strstr(text, "the peer's address id 0: 10.0.0.2 port 80"));
}

/* checks: none */
static void given_less_memory_than_text_then_it_is_cut_and_its_length_is_told(void **state)
{
    (void)state;
    struct pair p;
    char whole[2000];
    char part[2000];

    establish(&p, 0, 0);
    size_t n = mptcp_conn_print(p.client.c, whole, sizeof whole, p.now);
    for (size_t size = 0; size <= n; size++) {
        memset(part, '#', sizeof part);
        assert_int_equal(n, mptcp_conn_print(p.client.c, part, size, p.now));
        assert_int_equal('#', part[size]);
        if (size > 0) {
            assert_int_equal(size - 1, strlen(part));
            assert_memory_equal(whole, part, size - 1);
        }
    }
    assert_int_equal(n, mptcp_conn_print(p.client.c, NULL, 0, p.now));
    assert_int_equal(0, mptcp_conn_print(NULL, part, sizeof part, p.now));
}

/* checks: none */
static void given_a_connection_then_neither_key_is_in_the_text(void **state)
{
    (void)state;
    struct pair p;
    char text[2000];
    char key[2][24];

    establish(&p, 0, 0);
    mptcp_conn_print(p.client.c, text, sizeof text, p.now);
    snprintf(key[0], sizeof key[0], "%llx", (unsigned long long)CLIENT_KEY);
    snprintf(key[1], sizeof key[1], "%llu", (unsigned long long)CLIENT_KEY);
    assert_null(strstr(text, key[0]));
    assert_null(strstr(text, key[1]));
}

/* checks: none */
static void given_our_data_fin_is_acknowledged_then_nothing_is_left_to_acknowledge(void **state)
{
    (void)state;
    struct pair p;
    char text[2000];

    establish(&p, 0, 0);
    shuts_down(&p, &p.client, &p.server, 101, 1);
    server_acks(&p, 101);
    mptcp_conn_print(p.client.c, text, sizeof text, p.now);
    assert_ptr_equal(text, strstr(text, "FIN_WAIT_2"));
    assert_non_null(strstr(text, " written 0 not yet DATA_ACKed, of those sent 0 window"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_an_established_connection_then_it_says_so_with_its_subflow_and_addresses),
        cmocka_unit_test(given_less_memory_than_text_then_it_is_cut_and_its_length_is_told),
        cmocka_unit_test(given_our_data_fin_is_acknowledged_then_nothing_is_left_to_acknowledge),
        cmocka_unit_test(given_a_connection_then_neither_key_is_in_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
