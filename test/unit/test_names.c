/*
 * test_names.c - each number of an enumeration has the name that stands in the header. The compiler
 * refuses this file when an enumeration has a value that its list here does not have.
 */
#include "wire_test.h"

#include "mptcp/endpoint.h"
#include "mptcp/names.h"
#include "mptcp/scheduler.h"

/* name_of_...: the name of a value as the header has it; NULL for other numbers. The switch has no
 * default, so that -Wswitch finds a value that is missing. */
#define CASE(value) \
    case value:     \
        return #value;
#define LIST(type, values)                        \
    static const char *name_of_##type(unsigned v) \
    {                                             \
        switch ((enum mptcp_##type)v) {           \
            values                                \
        }                                         \
        return NULL;                              \
    }

LIST(state, CASE(MPTCP_CLOSED) CASE(MPTCP_OPENING) CASE(MPTCP_ESTABLISHED) CASE(MPTCP_FIN_WAIT_1)
                CASE(MPTCP_FIN_WAIT_2) CASE(MPTCP_CLOSING) CASE(MPTCP_TIME_WAIT)
                    CASE(MPTCP_CLOSE_WAIT) CASE(MPTCP_LAST_ACK) CASE(MPTCP_FASTCLOSE_WAIT))
LIST(action_type, CASE(MPTCP_NOTHING) CASE(MPTCP_RESET_SUBFLOW) CASE(MPTCP_DELIVER)
                      CASE(MPTCP_RELEASE) CASE(MPTCP_FREE) CASE(MPTCP_SEND) CASE(MPTCP_SEND_ACK)
                          CASE(MPTCP_PROBE) CASE(MPTCP_CLOSE_SUBFLOW) CASE(MPTCP_LISTEN)
                              CASE(MPTCP_UNLISTEN) CASE(MPTCP_CONNECT) CASE(MPTCP_EVENT))
LIST(event, CASE(MPTCP_EV_NONE) CASE(MPTCP_EV_OPEN) CASE(MPTCP_EV_FALLBACK) CASE(MPTCP_EV_SUBFLOW)
                CASE(MPTCP_EV_ADDRESS) CASE(MPTCP_EV_EOF) CASE(MPTCP_EV_CLOSED) CASE(MPTCP_EV_END)
                    CASE(MPTCP_EV_SUBFLOW_GONE) CASE(MPTCP_EV_ADDRESS_GONE))
LIST(result, CASE(MPTCP_DONE) CASE(MPTCP_LATER) CASE(MPTCP_FAILED))
LIST(syn_kind,
     CASE(MPTCP_SYN_PLAIN) CASE(MPTCP_SYN_CAPABLE) CASE(MPTCP_SYN_JOIN) CASE(MPTCP_SYN_RESET))
LIST(policy, CASE(MPTCP_POLICY_ADDRESSES) CASE(MPTCP_POLICY_HOST) CASE(MPTCP_POLICY_FULLMESH)
                 CASE(MPTCP_POLICY_PORTS) CASE(MPTCP_POLICY_BACKUP))
LIST(sched_what,
     CASE(MPTCP_SCHED_NONE) CASE(MPTCP_SCHED_NEW) CASE(MPTCP_SCHED_AGAIN) CASE(MPTCP_SCHED_WAIT))
LIST(subtype, CASE(MPTCP_CAPABLE) CASE(MPTCP_JOIN) CASE(MPTCP_DSS) CASE(MPTCP_ADD_ADDR)
                  CASE(MPTCP_REMOVE_ADDR) CASE(MPTCP_PRIO) CASE(MPTCP_FAIL) CASE(MPTCP_FASTCLOSE)
                      CASE(MPTCP_TCPRST) CASE(MPTCP_EXPERIMENTAL))
LIST(reset_reason, CASE(MPTCP_RST_UNSPECIFIED) CASE(MPTCP_RST_MPTCP) CASE(MPTCP_RST_RESOURCES)
                       CASE(MPTCP_RST_PROHIBITED) CASE(MPTCP_RST_OUTSTANDING)
                           CASE(MPTCP_RST_PERFORMANCE) CASE(MPTCP_RST_MIDDLEBOX))

static const struct {
    const char *prefix;
    const char *(*expected)(unsigned v);
    const char *(*name)(unsigned v);
    unsigned least; /* number of values that have a name, at least */
} lists[] = {
    {"MPTCP_", name_of_state, mptcp_state_name, 10},
    {"MPTCP_", name_of_action_type, mptcp_action_name, 13},
    {"MPTCP_EV_", name_of_event, mptcp_event_name, 10},
    {"MPTCP_", name_of_result, mptcp_result_name, 3},
    {"MPTCP_SYN_", name_of_syn_kind, mptcp_syn_kind_name, 4},
    {"MPTCP_POLICY_", name_of_policy, mptcp_policy_name, 5},
    {"MPTCP_SCHED_", name_of_sched_what, mptcp_sched_what_name, 4},
    {"MPTCP_", name_of_subtype, mptcp_subtype_name, 10},
    {"MPTCP_RST_", name_of_reset_reason, mptcp_reset_reason_name, 7},
};

/* checks: none */
static void given_any_number_then_its_name_is_that_of_the_header_or_unknown(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT_OF(lists); k++) {
        unsigned found = 0;
        for (unsigned v = 0; v < MPTCP_NO_REASON; v++) {
            const char *expected = lists[k].expected(v);
            found += expected != NULL;
            assert_string_equal(expected != NULL ? expected + strlen(lists[k].prefix) : "UNKNOWN",
                                lists[k].name(v));
        }
        assert_true(found >= lists[k].least);
        assert_string_equal("UNKNOWN", lists[k].name(UINT32_MAX));
    }
    assert_string_equal("NO_REASON", mptcp_reset_reason_name(MPTCP_NO_REASON));
}

/* checks: none */
static void given_a_reason_of_a_reset_then_its_text_is_that_of_the_rfc(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 256; v++) {
        bool there = name_of_reset_reason(v) != NULL;
        assert_true(there == (mptcp_reset_reason_text(v)[0] != '\0'));
    }
    assert_string_equal("lack of resources", mptcp_reset_reason_text(MPTCP_RST_RESOURCES));
    assert_string_equal("middlebox interference", mptcp_reset_reason_text(MPTCP_RST_MIDDLEBOX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_any_number_then_its_name_is_that_of_the_header_or_unknown),
        cmocka_unit_test(given_a_reason_of_a_reset_then_its_text_is_that_of_the_rfc),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
