/*
 * options.c - the command line of mptcp-below.
 */
#include "proxy.h"

#include <getopt.h>
#include <string.h>

enum {
    OPT_PATH = 256,
    OPT_TRANSPARENT,
    OPT_ANNOUNCE,
    OPT_BACKUP,
    OPT_METERED,
    OPT_COST,
    OPT_CHECKSUM,
    OPT_MAX_SUBFLOWS,
    OPT_NO_MPTCP,
    OPT_CC,
    OPT_SCHEDULER,
    OPT_POLICY,
    OPT_DENY_JOIN,
    OPT_NO_FALLBACK,
    OPT_ABORT_RST,
    OPT_DSN32,
    OPT_SURVIVE,
    OPT_SILENCE_MIN,
    OPT_ANSWER_WAIT,
    OPT_SILENCE_LIMIT,
    OPT_CONNECTIONS,
    OPT_SND_BUF,
    OPT_RCV_BUF,
    OPT_PCAP,
    OPT_STATS,
    OPT_HELP
};

static const struct option list[] = {
    {"path", required_argument, NULL, OPT_PATH},
    {"forward", required_argument, NULL, 'L'},
    {"socks", required_argument, NULL, 'D'},
    {"transparent", required_argument, NULL, OPT_TRANSPARENT},
    {"listen", required_argument, NULL, 'l'},
    {"announce", no_argument, NULL, OPT_ANNOUNCE},
    {"backup", required_argument, NULL, OPT_BACKUP},
    {"metered", required_argument, NULL, OPT_METERED},
    {"cost", required_argument, NULL, OPT_COST},
    {"checksum", no_argument, NULL, OPT_CHECKSUM},
    {"max-subflows", required_argument, NULL, OPT_MAX_SUBFLOWS},
    {"no-mptcp", no_argument, NULL, OPT_NO_MPTCP},
    {"cc", required_argument, NULL, OPT_CC},
    {"scheduler", required_argument, NULL, OPT_SCHEDULER},
    {"policy", required_argument, NULL, OPT_POLICY},
    {"deny-join", no_argument, NULL, OPT_DENY_JOIN},
    {"no-fallback", no_argument, NULL, OPT_NO_FALLBACK},
    {"abort-rst", no_argument, NULL, OPT_ABORT_RST},
    {"dsn32", no_argument, NULL, OPT_DSN32},
    {"survive", required_argument, NULL, OPT_SURVIVE},
    {"silence-min", required_argument, NULL, OPT_SILENCE_MIN},
    {"answer-wait", required_argument, NULL, OPT_ANSWER_WAIT},
    {"silence-limit", required_argument, NULL, OPT_SILENCE_LIMIT},
    {"connections", required_argument, NULL, OPT_CONNECTIONS},
    {"snd-buf", required_argument, NULL, OPT_SND_BUF},
    {"rcv-buf", required_argument, NULL, OPT_RCV_BUF},
    {"pcap", required_argument, NULL, OPT_PCAP},
    {"stats", required_argument, NULL, OPT_STATS},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

/* ------------------------------------------------------------------ single options */

static bool connections_option(struct px_options *o, const char *text)
{
    uint64_t n;

    if (!prog_number(text, 1, 32768, &n)) {
        return prog_wrong("--connections", text, "a number from 1 to 32768");
    }
    o->connections = (uint32_t)n;
    return true;
}

#define BUFFER_MIN 16384u
#define BUFFER_MAX 0x4000000u

/* Octets, with k or m behind them for their multiples; rounded up to a power of two. */
static bool buffer_option(uint32_t *size, const char *option, const char *text)
{
    char digits[16];
    size_t n = strlen(text);
    unsigned shift = n > 1 && text[n - 1] == 'k' ? 10 : n > 1 && text[n - 1] == 'm' ? 20 : 0;
    uint64_t octets;

    snprintf(digits, sizeof digits, "%.*s", (int)(n - (shift != 0)), text);
    if (n >= sizeof digits || !prog_number(digits, 1, BUFFER_MAX, &octets) ||
        octets << shift > BUFFER_MAX) {
        return prog_wrong(option, text, "octets up to 64m, as in 512k");
    }
    *size = BUFFER_MIN;
    while (*size < octets << shift) {
        *size *= 2;
    }
    return true;
}

/* Options without an argument. False: c is none. */
static bool switch_option(struct px_options *o, int c)
{
    static const struct {
        int c;
        uint32_t flag;
    } flags[] = {{OPT_CHECKSUM, MPTCP_CFG_CHECKSUM},       {OPT_NO_MPTCP, MPTCP_CFG_NO_MPTCP},
                 {OPT_DENY_JOIN, MPTCP_CFG_DENY_JOIN},     {OPT_ABORT_RST, MPTCP_CFG_ABORT_RST},
                 {OPT_NO_FALLBACK, MPTCP_CFG_FAIL_RESETS}, {OPT_DSN32, MPTCP_CFG_DSN32}};

    for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (flags[i].c == c) {
            o->config.conn.flags |= flags[i].flag;
            return true;
        }
    }
    o->announce |= c == OPT_ANNOUNCE;
    prog_verbose |= c == 'v';
    return c == OPT_ANNOUNCE || c == 'v';
}

static bool tuning_option(struct px_options *o, int c)
{
    struct mptcp_config *conn = &o->config.conn;

    switch (c) {
    case OPT_SURVIVE:
        return prog_survive(&conn->no_path_limit, optarg);
    case OPT_SILENCE_MIN:
        return prog_wait(&conn->silence_min, "--silence-min", 1, optarg);
    case OPT_ANSWER_WAIT:
        return prog_wait(&conn->answer_wait, "--answer-wait", 1, optarg);
    case OPT_SILENCE_LIMIT:
        return prog_wait(&conn->silence_limit, "--silence-limit", 0, optarg);
    case OPT_MAX_SUBFLOWS:
        return prog_max_subflows(&conn->subflow_limit, optarg);
    case OPT_CC:
        return px_congestion_option(o, optarg);
    case OPT_SCHEDULER:
        return px_scheduler_option(o, optarg);
    case OPT_POLICY:
        return px_policy_option(o, optarg);
    case OPT_CONNECTIONS:
        return connections_option(o, optarg);
    case OPT_SND_BUF:
        return buffer_option(&o->config.snd_buf, "--snd-buf", optarg);
    case OPT_RCV_BUF:
        return buffer_option(&conn->rcv_buf, "--rcv-buf", optarg);
    default:
        return switch_option(o, c);
    }
}

static bool option(struct px_options *o, int c)
{
    switch (c) {
    case OPT_PATH:
        return prog_path_option(&o->given, optarg);
    case OPT_BACKUP:
        return prog_mark_option(&o->given, PROG_BACKUP, optarg);
    case OPT_METERED:
        return prog_mark_option(&o->given, PROG_METERED, optarg);
    case OPT_COST:
        return prog_mark_option(&o->given, PROG_COST, optarg);
    case 'L':
        return px_door_option(o, PX_FORWARD, "-L", optarg);
    case 'D':
        return px_door_option(o, PX_SOCKS, "-D", optarg);
    case OPT_TRANSPARENT:
        return px_door_option(o, PX_TRANSPARENT, "--transparent", optarg);
    case 'l':
        return px_door_option(o, PX_SERVE, "-l", optarg);
    case OPT_PCAP:
        o->pcap = optarg;
        return true;
    case OPT_STATS:
        o->stats = optarg;
        return true;
    default:
        return tuning_option(o, c);
    }
}

/* ------------------------------------------------------------------------ the rest */

/* The paths, with what was said of them. The prefix is what the device's own end has. */
static bool take_paths(struct px_options *o)
{
    if (!prog_paths_end(&o->given)) {
        return false;
    }
    for (unsigned i = 0; i < o->given.n; i++) {
        const struct prog_path *given = &o->given.path[i];
        struct px_path *path = &o->path[o->paths++];
        memcpy(path->tun, given->tun, sizeof path->tun);
        path->addr = given->addr;
        path->backup = given->backup;
        path->metered = given->metered;
        path->cost = given->cost;
    }
    return true;
}

static bool consistent(struct px_options *o)
{
    const struct mptcp_config *c = &o->config.conn;

    if (!prog_waits_fit(c->silence_min, c->answer_wait, c->silence_limit) || !take_paths(o)) {
        return false;
    }
    if (o->doors == 0) {
        prog_complain("nothing comes in: one of -L, -D, --transparent and -l is needed");
        return false;
    }
    return true;
}

bool px_options(struct px_options *o, int argc, char **argv, int *status)
{
    int c;

    px_config_begin(o);
    *status = PX_USAGE;
    opterr = 0;
    while ((c = getopt_long(argc, argv, "L:D:l:v", list, NULL)) != -1) {
        if (c == OPT_HELP) {
            fputs(px_help, stdout);
            *status = PX_OK;
            return false;
        }
        if (c == '?') {
            prog_complain("%s: no such option, or its value is missing (see --help)",
                          argv[optind - 1]);
            return false;
        }
        if (!option(o, c)) {
            return false;
        }
    }
    if (optind != argc) {
        prog_complain("%s: not an option (see --help)", argv[optind]);
        return false;
    }
    if (!consistent(o)) {
        return false;
    }
    px_config_end(o);
    return true;
}
