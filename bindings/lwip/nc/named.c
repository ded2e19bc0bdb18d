/*
 * named.c - options whose value is the name of something in a table of the library.
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

    for (unsigned i = 0; i < mptcp_congestions_count; i++) {
        if (strcmp(text, mptcp_congestions[i]->name) == 0) {
            o->config.cc = mptcp_congestions[i];
            return true;
        }
        list_name(known, i, mptcp_congestions_count, mptcp_congestions[i]->name);
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
