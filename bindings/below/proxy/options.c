/*
 * options.c - the command line of mptcp-below. What an option says of a path is kept until all
 * paths are known.
 */
#include "proxy.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
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

bool px_number(const char *text, uint64_t low, uint64_t high, uint64_t *n)
{
    char *rest;

    errno = 0;
    *n = strtoull(text, &rest, 10);
    return text[0] >= '0' && text[0] <= '9' && *rest == '\0' && errno == 0 && *n >= low &&
           *n <= high;
}

bool px_wrong(const char *option, const char *value, const char *expected)
{
    px_complain("%s %s: expected %s", option, value, expected);
    return false;
}

/* TUN=...: the name goes to `tun`; returns what follows, or NULL. */
static const char *split_tun(const char *text, char tun[IFNAMSIZ])
{
    const char *equals = strchr(text, '=');
    size_t n = equals == NULL ? 0 : (size_t)(equals - text);

    if (n == 0 || n >= IFNAMSIZ) {
        return NULL;
    }
    memset(tun, 0, IFNAMSIZ);
    memcpy(tun, text, n);
    return equals + 1;
}

/* ------------------------------------------------------------------ single options */

static bool is_any(const struct mptcp_addr *addr)
{
    static const uint8_t zero[16] = {0};
    return memcmp(addr->ip, zero, sizeof zero) == 0;
}

/* The prefix is what the device's own end has; here it is only looked at. */
static bool path_option(struct px_options *o, const char *text)
{
    struct px_path *path = &o->path[o->paths];
    char address[PX_ADDRESS];
    uint64_t prefix;

    if (o->paths == PX_PATHS) {
        px_complain("--path %s: at most %d", text, PX_PATHS);
        return false;
    }
    const char *rest = split_tun(text, path->tun);
    const char *slash = rest == NULL ? NULL : strchr(rest, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - rest);
    if (n == 0 || n >= sizeof address) {
        return px_wrong("--path", text, "TUN=ADDR/PREFIX");
    }
    memcpy(address, rest, n);
    address[n] = '\0';
    if (!px_literal(address, &path->addr) || is_any(&path->addr) ||
        !px_number(slash + 1, 0, path->addr.family == 6 ? 128 : 32, &prefix)) {
        return px_wrong("--path", text, "TUN=ADDR/PREFIX");
    }
    for (unsigned i = 0; i < o->paths; i++) {
        if (mptcp_addr_same_ip(&o->path[i].addr, &path->addr)) {
            px_complain("--path %s: that address has been given already", text);
            return false;
        }
    }
    o->paths++;
    return true;
}

static const char *const mark_names[] = {"--backup", "--metered", "--cost"};

/* --backup TUN, --metered TUN, --cost TUN=N: which path that is will be seen at the end. */
static bool mark_option(struct px_options *o, unsigned what, const char *text)
{
    struct px_mark *mark = &o->mark[o->marks];
    uint64_t cost = 0;

    if (o->marks == PX_MARKS) {
        px_complain("%s: too many of them", mark_names[what]);
        return false;
    }
    const char *rest = what == PX_COSTS ? split_tun(text, mark->tun) : text;
    if (what == PX_COSTS ? rest == NULL || !px_number(rest, 0, UINT8_MAX, &cost)
                         : strlen(text) >= IFNAMSIZ) {
        return px_wrong(mark_names[what], text, what == PX_COSTS ? "TUN=0 to TUN=255" : "a device");
    }
    mark->what = what;
    mark->cost = (uint8_t)cost;
    if (what != PX_COSTS) {
        snprintf(mark->tun, sizeof mark->tun, "%s", text);
    }
    o->marks++;
    return true;
}

static bool max_option(struct px_options *o, const char *text)
{
    uint64_t n;

    if (!px_number(text, 1, PX_PATHS, &n)) {
        return px_wrong("--max-subflows", text, "a number from 1 to 8");
    }
    o->config.conn.subflow_limit = (uint8_t)n;
    return true;
}

static bool connections_option(struct px_options *o, const char *text)
{
    uint64_t n;

    if (!px_number(text, 1, 32768, &n)) {
        return px_wrong("--connections", text, "a number from 1 to 32768");
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
    if (n >= sizeof digits || !px_number(digits, 1, BUFFER_MAX, &octets) ||
        octets << shift > BUFFER_MAX) {
        return px_wrong(option, text, "octets up to 64m, as in 512k");
    }
    *size = BUFFER_MIN;
    while (*size < octets << shift) {
        *size *= 2;
    }
    return true;
}

static bool seconds_option(uint32_t *us, const char *option, const char *text)
{
    uint64_t n;

    if (!px_number(text, 0, 3600, &n)) {
        return px_wrong(option, text, "0 to 3600 seconds");
    }
    *us = (uint32_t)n * 1000000u;
    return true;
}

/* Milliseconds, kept as microseconds. Whether they fit each other is seen at the end. */
static bool wait_option(uint32_t *us, const char *option, uint64_t low, const char *text)
{
    uint64_t n;

    if (!px_number(text, low, 600000u, &n)) {
        return px_wrong(option, text, low == 0 ? "0 to 600000 ms" : "1 to 600000 ms");
    }
    *us = (uint32_t)n * 1000u;
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
    o->verbose |= c == 'v';
    return c == OPT_ANNOUNCE || c == 'v';
}

static bool tuning_option(struct px_options *o, int c)
{
    struct mptcp_config *conn = &o->config.conn;

    switch (c) {
    case OPT_SURVIVE:
        return seconds_option(&conn->no_path_limit, "--survive", optarg);
    case OPT_SILENCE_MIN:
        return wait_option(&conn->silence_min, "--silence-min", 1, optarg);
    case OPT_ANSWER_WAIT:
        return wait_option(&conn->answer_wait, "--answer-wait", 1, optarg);
    case OPT_SILENCE_LIMIT:
        return wait_option(&conn->silence_limit, "--silence-limit", 0, optarg);
    case OPT_MAX_SUBFLOWS:
        return max_option(o, optarg);
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
        return path_option(o, optarg);
    case OPT_BACKUP:
        return mark_option(o, PX_IS_BACKUP, optarg);
    case OPT_METERED:
        return mark_option(o, PX_IS_METERED, optarg);
    case OPT_COST:
        return mark_option(o, PX_COSTS, optarg);
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

static bool mark_paths(struct px_options *o, const struct px_mark *mark)
{
    bool known = false;

    for (unsigned i = 0; i < o->paths; i++) {
        struct px_path *path = &o->path[i];
        if (strcmp(path->tun, mark->tun) == 0) {
            known = true;
            path->backup |= mark->what == PX_IS_BACKUP;
            path->metered |= mark->what == PX_IS_METERED;
            path->cost = mark->what == PX_COSTS ? mark->cost : path->cost;
        }
    }
    if (!known) {
        px_complain("%s: no --path has the device %s", mark_names[mark->what], mark->tun);
    }
    return known;
}

/* Each at least as long as the one before. */
static bool waits_fit(const struct mptcp_config *c)
{
    if (c->answer_wait < c->silence_min) {
        px_complain("--answer-wait %u is less than --silence-min %u", c->answer_wait / 1000u,
                    c->silence_min / 1000u);
        return false;
    }
    if (c->silence_limit != 0 && c->silence_limit < c->answer_wait) {
        px_complain("--silence-limit %u is less than --answer-wait %u", c->silence_limit / 1000u,
                    c->answer_wait / 1000u);
        return false;
    }
    return true;
}

static bool consistent(struct px_options *o)
{
    if (!waits_fit(&o->config.conn)) {
        return false;
    }
    if (o->paths == 0) {
        px_complain("at least one --path is needed");
        return false;
    }
    if (o->doors == 0) {
        px_complain("nothing comes in: one of -L, -D, --transparent and -l is needed");
        return false;
    }
    for (unsigned i = 0; i < o->marks; i++) {
        if (!mark_paths(o, &o->mark[i])) {
            return false;
        }
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
            px_complain("%s: no such option, or its value is missing (see --help)",
                        argv[optind - 1]);
            return false;
        }
        if (!option(o, c)) {
            return false;
        }
    }
    if (optind != argc) {
        px_complain("%s: not an option (see --help)", argv[optind]);
        return false;
    }
    if (!consistent(o)) {
        return false;
    }
    px_config_end(o);
    return true;
}
