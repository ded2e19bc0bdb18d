/*
 * named.c - options whose value is a name: of something in a table of the library, or of a number.
 */
#include "nc.h"

#include <stdio.h>
#include <string.h>

bool nc_cc_option(struct nc_options *o, const char *text)
{
    char known[PROG_NAMES] = "";

    for (unsigned i = 0; mptcp_congestion_at(i) != NULL; i++) {
        if (strcmp(text, mptcp_congestion_at(i)->name) == 0) {
            o->config.cc = mptcp_congestion_at(i);
            return true;
        }
        unsigned n = mptcp_congestion_at(i + 1) == NULL ? i + 1 : i + 2;
        prog_list_name(known, i, n, mptcp_congestion_at(i)->name);
    }
    return prog_wrong("--cc", text, known);
}

/* Sets *value to the index of text among n names; complains if it is none of them. */
static bool number_of(const char *option, const char *const names[], unsigned n, const char *text,
                      uint8_t *value)
{
    char known[PROG_NAMES] = "";

    for (unsigned i = 0; i < n; i++) {
        if (strcmp(names[i], text) == 0) {
            *value = (uint8_t)i;
            return true;
        }
        prog_list_name(known, i, n, names[i]);
    }
    return prog_wrong(option, text, known);
}

bool nc_policy_option(struct nc_options *o, const char *text)
{
    /* enum mptcp_policy */
    static const char *const names[] = {"addresses", "host", "fullmesh", "ports", "backup"};
    return number_of("--policy", names, 5, text, &o->config.policy);
}

bool nc_version_option(struct nc_options *o, const char *text)
{
    /* enum mptcpl_version */
    static const char *const names[] = {"any", "1", "0", "auto"};
    return number_of("--mptcp-version", names, 4, text, &o->config.version);
}

bool nc_add_addr2_option(struct nc_options *o, const char *text)
{
    /* enum mptcp_add_addr2 */
    static const char *const names[] = {"off", "sender-key", "both-keys", "linux", "bis05"};
    text = text != NULL ? text : "sender-key";
    return number_of("--add-addr2", names, 5, text, &o->config.add_addr2);
}
