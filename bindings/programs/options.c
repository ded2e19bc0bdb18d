/*
 * options.c - the options that both programs have, and the loop that reads all of a program's.
 */
#include "programs.h"

#include <getopt.h>
#include <string.h>

#include "mptcp/scheduler.h"
#include "mptcp/version.h"

#define OPTIONS_MOST 64u
#define SUBFLOWS_MOST 8u
#define SURVIVE_MOST 3600u /* s */
#define WAIT_MOST 600000u  /* ms */

enum {
    OPT_PATH = PROG_OPTION_FIRST,
    OPT_ANNOUNCE,
    OPT_BACKUP,
    OPT_METERED,
    OPT_COST,
    OPT_CHECKSUM,
    OPT_NO_MPTCP,
    OPT_DENY_JOIN,
    OPT_NO_FALLBACK,
    OPT_ABORT_RST,
    OPT_DSN32,
    OPT_MAX_SUBFLOWS,
    OPT_SCHEDULER,
    OPT_SURVIVE,
    OPT_SILENCE_MIN,
    OPT_ANSWER_WAIT,
    OPT_SILENCE_LIMIT,
    OPT_PCAP,
    OPT_STATS,
    OPT_HELP,
    OPT_VERSION
};

static const struct option shared[] = {
    {"path", required_argument, NULL, OPT_PATH},
    {"announce", no_argument, NULL, OPT_ANNOUNCE},
    {"backup", required_argument, NULL, OPT_BACKUP},
    {"metered", required_argument, NULL, OPT_METERED},
    {"cost", required_argument, NULL, OPT_COST},
    {"checksum", no_argument, NULL, OPT_CHECKSUM},
    {"no-mptcp", no_argument, NULL, OPT_NO_MPTCP},
    {"deny-join", no_argument, NULL, OPT_DENY_JOIN},
    {"no-fallback", no_argument, NULL, OPT_NO_FALLBACK},
    {"abort-rst", no_argument, NULL, OPT_ABORT_RST},
    {"dsn32", no_argument, NULL, OPT_DSN32},
    {"max-subflows", required_argument, NULL, OPT_MAX_SUBFLOWS},
    {"scheduler", required_argument, NULL, OPT_SCHEDULER},
    {"survive", required_argument, NULL, OPT_SURVIVE},
    {"silence-min", required_argument, NULL, OPT_SILENCE_MIN},
    {"answer-wait", required_argument, NULL, OPT_ANSWER_WAIT},
    {"silence-limit", required_argument, NULL, OPT_SILENCE_LIMIT},
    {"pcap", required_argument, NULL, OPT_PCAP},
    {"stats", required_argument, NULL, OPT_STATS},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
};
#define SHARED (sizeof shared / sizeof shared[0])

/* ------------------------------------------------------------------ single options */

static bool max_subflows(struct mptcp_config *conn, const char *text)
{
    uint64_t n;

    if (!prog_number(text, 1, SUBFLOWS_MOST, &n)) {
        return prog_wrong("--max-subflows", text, "a number from 1 to 8");
    }
    conn->subflow_limit = (uint8_t)n;
    return true;
}

static bool scheduler(struct mptcp_config *conn, const char *text)
{
    char known[PROG_NAMES] = "";

    for (unsigned i = 0; i < mptcp_schedulers_count; i++) {
        if (strcmp(text, mptcp_schedulers[i]->name) == 0) {
            conn->scheduler = (uint8_t)i;
            return true;
        }
        prog_list_name(known, i, mptcp_schedulers_count, mptcp_schedulers[i]->name);
    }
    return prog_wrong("--scheduler", text, known);
}

static bool survive(struct mptcp_config *conn, const char *text)
{
    uint64_t n;

    if (!prog_number(text, 0, SURVIVE_MOST, &n)) {
        return prog_wrong("--survive", text, "0 to 3600 seconds");
    }
    conn->no_path_limit = (uint32_t)n * 1000000u;
    return true;
}

/* At least `low` ms. Whether they fit each other is seen at the end. */
static bool wait_ms(uint32_t *us, const char *option, uint64_t low, const char *text)
{
    uint64_t n;

    if (!prog_number(text, low, WAIT_MOST, &n)) {
        return prog_wrong(option, text, low == 0 ? "0 to 600000 ms" : "1 to 600000 ms");
    }
    *us = (uint32_t)n * 1000u;
    return true;
}

/* Each at least as long as the one before. */
static bool waits_fit(const struct mptcp_config *c)
{
    if (c->answer_wait < c->silence_min) {
        prog_complain("--answer-wait %u is less than --silence-min %u", c->answer_wait / 1000u,
                      c->silence_min / 1000u);
        return false;
    }
    if (c->silence_limit != 0 && c->silence_limit < c->answer_wait) {
        prog_complain("--silence-limit %u is less than --answer-wait %u", c->silence_limit / 1000u,
                      c->answer_wait / 1000u);
        return false;
    }
    return true;
}

/* Options without an argument. */
static void take_switch(struct prog_options *o, int c)
{
    static const struct {
        int c;
        uint32_t flag;
    } flags[] = {{OPT_CHECKSUM, MPTCP_CFG_CHECKSUM},       {OPT_NO_MPTCP, MPTCP_CFG_NO_MPTCP},
                 {OPT_DENY_JOIN, MPTCP_CFG_DENY_JOIN},     {OPT_ABORT_RST, MPTCP_CFG_ABORT_RST},
                 {OPT_NO_FALLBACK, MPTCP_CFG_FAIL_RESETS}, {OPT_DSN32, MPTCP_CFG_DSN32}};

    for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        o->conn->flags |= flags[i].c == c ? flags[i].flag : 0u;
    }
    o->announce |= c == OPT_ANNOUNCE;
    prog_verbose |= c == 'v';
}

/* Those of the connection that have a value. */
static bool take_setting(struct mptcp_config *conn, int c, const char *text)
{
    switch (c) {
    case OPT_MAX_SUBFLOWS:
        return max_subflows(conn, text);
    case OPT_SCHEDULER:
        return scheduler(conn, text);
    case OPT_SURVIVE:
        return survive(conn, text);
    case OPT_SILENCE_MIN:
        return wait_ms(&conn->silence_min, "--silence-min", 1, text);
    case OPT_ANSWER_WAIT:
        return wait_ms(&conn->answer_wait, "--answer-wait", 1, text);
    case OPT_SILENCE_LIMIT:
        return wait_ms(&conn->silence_limit, "--silence-limit", 0, text);
    default:
        return true;
    }
}

/* Those of paths and files, and the rest. */
static bool take(struct prog_options *o, int c, const char *text)
{
    switch (c) {
    case OPT_PATH:
        return prog_path_option(&o->paths, text);
    case OPT_BACKUP:
        return prog_mark_option(&o->paths, PROG_BACKUP, text);
    case OPT_METERED:
        return prog_mark_option(&o->paths, PROG_METERED, text);
    case OPT_COST:
        return prog_mark_option(&o->paths, PROG_COST, text);
    case OPT_PCAP:
        o->pcap = text;
        return true;
    case OPT_STATS:
        o->stats = text;
        return true;
    default:
        take_switch(o, c);
        return take_setting(o->conn, c, text);
    }
}

/* ------------------------------------------------------------------------ the loop */

static void tell_version(void)
{
    uint32_t v = mptcp_library_version();

    printf("%s %u.%u.%u\n", prog_name, v >> 16, v >> 8 & 0xffu, v & 0xffu);
}

enum prog_read prog_options_read(struct prog_options *o, const struct prog_reader *r, int argc,
                                 char **argv)
{
    struct option all[OPTIONS_MOST] = {{0}}; /* the last one stays zero */
    int c;

    memcpy(all, shared, sizeof shared);
    for (unsigned i = 0; r->own[i].name != NULL && SHARED + i + 1 < OPTIONS_MOST; i++) {
        all[SHARED + i] = r->own[i];
    }
    opterr = 0;
    while ((c = getopt_long(argc, argv, r->letters, all, NULL)) != -1) {
        if (c == OPT_HELP) {
            fputs(r->help, stdout);
            return PROG_HELPED;
        }
        if (c == OPT_VERSION) {
            tell_version();
            return PROG_HELPED;
        }
        if (c == '?') {
            prog_complain("%s: no such option, or its value is missing (see --help)",
                          argv[optind - 1]);
            return PROG_WRONG;
        }
        bool own = c != 'v' && c < PROG_OPTION_FIRST;
        if (own ? !r->option(r->context, c, optarg) : !take(o, c, optarg)) {
            return PROG_WRONG;
        }
    }
    return PROG_READ;
}

bool prog_options_end(struct prog_options *o)
{
    return waits_fit(o->conn) && prog_paths_end(&o->paths);
}
