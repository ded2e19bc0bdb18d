/*
 * test_error.c - every code has a name, a text and a section of its own.
 */
#include "wire_test.h"

struct entry {
    const char *name;
    int code;
    const char *text;
    const char *section;
};

#define ENTRY(name, value, text, section) {#name, MPTCP_E_##name, text, section},
static const struct entry entries[] = {MPTCP_ERROR_LIST(ENTRY)};

/* checks: none */
static void given_each_code_then_name_text_and_section_are_those_of_the_list(void **state)
{
    (void)state;
    assert_true(COUNT_OF(entries) > 30);
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        assert_true(entries[i].code < 0);
        assert_string_equal(mptcp_error_name(entries[i].code), entries[i].name);
        assert_string_equal(mptcp_error_text(entries[i].code), entries[i].text);
        assert_string_equal(mptcp_error_section(entries[i].code), entries[i].section);
        assert_true(strlen(entries[i].text) > 0);
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(entries[i].code, entries[k].code);
        }
    }
}

/* checks: none */
static void given_success_or_a_number_that_is_no_code_then_there_is_still_a_string(void **state)
{
    (void)state;
    static const int unknown[] = {1, -1000, -40, INT32_MAX, INT32_MIN, -256, 255};
    assert_string_equal(mptcp_error_name(MPTCP_OK), "OK");
    assert_string_equal(mptcp_error_section(MPTCP_OK), "");
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        assert_string_equal(mptcp_error_name(unknown[i]), "UNKNOWN");
        assert_string_equal(mptcp_error_text(unknown[i]), "no such code");
        assert_string_equal(mptcp_error_section(unknown[i]), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_each_code_then_name_text_and_section_are_those_of_the_list),
        cmocka_unit_test(given_success_or_a_number_that_is_no_code_then_there_is_still_a_string),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
