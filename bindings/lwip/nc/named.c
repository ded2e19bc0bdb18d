/*
 * named.c - options whose value is a name: of something in a table of the library, or of a number.
 */
#include "nc.h"

#include <stdio.h>
#include <string.h>

/* Appends the name of entry i of n to a list of them: "a, b or c". */
static void list_name(char list[NC_NAMES], unsigned i, unsigned n, const char *name)
{
    const char *before = i == 0 ? "" : i + 1 == n ? " or " : ", ";
    size_t used = strlen(list);
    snprintf(list + used, NC_NAMES - used, "%s%s", before, name);
}

bool nc_cc_option(struct nc_options *o, const char *text)
{
    char known[NC_NAMES] = "";

    for (unsigned i = 0; mptcp_congestion_at(i) != NULL; i++) {
        if (strcmp(text, mptcp_congestion_at(i)->name) == 0) {
            o->config.cc = mptcp_congestion_at(i);
            return true;
        }
        unsigned n = mptcp_congestion_at(i + 1) == NULL ? i + 1 : i + 2;
        list_name(known, i, n, mptcp_congestion_at(i)->name);
    }
    nc_complain("--cc %s: expected %s", text, known);
    return false;
}

bool nc_scheduler_option(struct nc_options *o, const char *text)
{
    char known[NC_NAMES] = "";

    for (unsigned i = 0; i < mptcp_schedulers_count; i++) {
        if (strcmp(text, mptcp_schedulers[i]->name) == 0) {
            o->config.scheduler = mptcp_schedulers[i];
            return true;
        }
        list_name(known, i, mptcp_schedulers_count, mptcp_schedulers[i]->name);
    }
    nc_complain("--scheduler %s: expected %s", text, known);
    return false;
}

/* Sets *value to the index of text among n names; complains if it is none of them. */
static bool number_of(const char *option, const char *const names[], unsigned n, const char *text,
                      uint8_t *value)
{
    char known[NC_NAMES] = "";

    for (unsigned i = 0; i < n; i++) {
        if (strcmp(names[i], text) == 0) {
            *value = (uint8_t)i;
            return true;
        }
        list_name(known, i, n, names[i]);
    }
    nc_complain("%s %s: expected %s", option, text, known);
    return false;
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
    return number_of("--add-addr2", names, 5, text, &o->config.add_addr2);
}
