/*
 * names.c - names of the numbers of public enumerations (mptcp/names.h).
 *
 * The names of an enumeration stand one after another in one string, each ended by a NUL, in the
 * order of their numbers; an empty one ends it. That needs no table of pointers: less flash, no
 * relocation. test_names.c compares each with its enumeration.
 */
#include "mptcp/names.h"
#include "mptcp/option.h"

/* Returns string number n of s; "" if there are fewer. */
static const char *nth(const char *s, unsigned n)
{
    while (n > 0 && *s != '\0') {
        while (*s++ != '\0') {
        }
        n--;
    }
    return s;
}

static const char *name(const char *s, unsigned n)
{
    s = nth(s, n);
    return *s != '\0' ? s : "UNKNOWN";
}

const char *mptcp_state_name(unsigned state)
{
    return name("CLOSED\0OPENING\0ESTABLISHED\0FIN_WAIT_1\0FIN_WAIT_2\0CLOSING\0TIME_WAIT\0"
                "CLOSE_WAIT\0LAST_ACK\0FASTCLOSE_WAIT\0",
                state);
}

const char *mptcp_action_name(unsigned type)
{
    return name("NOTHING\0RESET_SUBFLOW\0DELIVER\0RELEASE\0FREE\0SEND\0SEND_ACK\0PROBE\0"
                "CLOSE_SUBFLOW\0LISTEN\0UNLISTEN\0CONNECT\0EVENT\0",
                type);
}

const char *mptcp_event_name(unsigned event)
{
    return name("NONE\0OPEN\0FALLBACK\0SUBFLOW\0ADDRESS\0EOF\0CLOSED\0END\0SUBFLOW_GONE\0"
                "ADDRESS_GONE\0",
                event);
}

const char *mptcp_result_name(unsigned result)
{
    return name("DONE\0LATER\0FAILED\0", result);
}

const char *mptcp_syn_kind_name(unsigned kind)
{
    return name("PLAIN\0CAPABLE\0JOIN\0RESET\0", kind);
}

const char *mptcp_policy_name(unsigned policy)
{
    return name("ADDRESSES\0HOST\0FULLMESH\0PORTS\0BACKUP\0", policy);
}

const char *mptcp_sched_what_name(unsigned what)
{
    return name("NONE\0NEW\0AGAIN\0WAIT\0", what);
}

const char *mptcp_subtype_name(unsigned subtype)
{
    if (subtype == MPTCP_EXPERIMENTAL) {
        return "EXPERIMENTAL";
    }
    return name("CAPABLE\0JOIN\0DSS\0ADD_ADDR\0REMOVE_ADDR\0PRIO\0FAIL\0FASTCLOSE\0TCPRST\0",
                subtype);
}

const char *mptcp_reset_reason_name(unsigned reason)
{
    if (reason == MPTCP_NO_REASON) {
        return "NO_REASON";
    }
    return name("UNSPECIFIED\0MPTCP\0RESOURCES\0PROHIBITED\0OUTSTANDING\0PERFORMANCE\0MIDDLEBOX\0",
                reason);
}

const char *mptcp_reset_reason_text(unsigned reason)
{
    return nth("unspecified error\0MPTCP-specific error\0lack of resources\0"
               "administratively prohibited\0too much outstanding data\0unacceptable performance\0"
               "middlebox interference\0",
               reason);
}
