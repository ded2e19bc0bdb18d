/*
 * options.c - the command line of mptcp-nc.
 */
#include "nc.h"

#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    OPT_PATH = 256,
    OPT_ANNOUNCE,
    OPT_ANNOUNCE_PORT,
    OPT_BACKUP,
    OPT_METERED,
    OPT_COST,
    OPT_CHECKSUM,
    OPT_MAX_SUBFLOWS,
    OPT_NO_MPTCP,
    OPT_EMULATE,
    OPT_CC,
    OPT_SCHEDULER,
    OPT_PCAP,
    OPT_STATS,
    OPT_SEED,
    OPT_POLICY,
    OPT_DENY_JOIN,
    OPT_NO_FALLBACK,
    OPT_ABORT_RST,
    OPT_NO_OFFLOAD,
    OPT_DSN32,
    OPT_VERSION,
    OPT_ADD_ADDR2,
    OPT_SURVIVE,
    OPT_SILENCE_MIN,
    OPT_ANSWER_WAIT,
    OPT_SILENCE_LIMIT,
    OPT_AT,
    OPT_CHECKPOINT,
    OPT_RESUME,
    OPT_HELP
};

static const struct option list[] = {
    {"path", required_argument, NULL, OPT_PATH},
    {"announce", no_argument, NULL, OPT_ANNOUNCE},
    {"announce-port", required_argument, NULL, OPT_ANNOUNCE_PORT},
    {"backup", required_argument, NULL, OPT_BACKUP},
    {"metered", required_argument, NULL, OPT_METERED},
    {"cost", required_argument, NULL, OPT_COST},
    {"checksum", no_argument, NULL, OPT_CHECKSUM},
    {"max-subflows", required_argument, NULL, OPT_MAX_SUBFLOWS},
    {"no-mptcp", no_argument, NULL, OPT_NO_MPTCP},
    {"emulate", required_argument, NULL, OPT_EMULATE},
    {"cc", required_argument, NULL, OPT_CC},
    {"scheduler", required_argument, NULL, OPT_SCHEDULER},
    {"pcap", required_argument, NULL, OPT_PCAP},
    {"stats", required_argument, NULL, OPT_STATS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"policy", required_argument, NULL, OPT_POLICY},
    {"deny-join", no_argument, NULL, OPT_DENY_JOIN},
    {"no-fallback", no_argument, NULL, OPT_NO_FALLBACK},
    {"abort-rst", no_argument, NULL, OPT_ABORT_RST},
    {"no-offload", no_argument, NULL, OPT_NO_OFFLOAD},
    {"dsn32", no_argument, NULL, OPT_DSN32},
    {"mptcp-version", required_argument, NULL, OPT_VERSION},
    {"add-addr2", optional_argument, NULL, OPT_ADD_ADDR2},
    {"survive", required_argument, NULL, OPT_SURVIVE},
    {"silence-min", required_argument, NULL, OPT_SILENCE_MIN},
    {"answer-wait", required_argument, NULL, OPT_ANSWER_WAIT},
    {"silence-limit", required_argument, NULL, OPT_SILENCE_LIMIT},
    {"at", required_argument, NULL, OPT_AT},
    {"checkpoint", required_argument, NULL, OPT_CHECKPOINT},
    {"resume", required_argument, NULL, OPT_RESUME},
    {"listen", no_argument, NULL, 'l'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static bool number(const char *text, uint64_t low, uint64_t high, uint64_t *n)
{
    char *rest;

    errno = 0;
    *n = strtoull(text, &rest, 10);
    return text[0] >= '0' && text[0] <= '9' && *rest == '\0' && errno == 0 && *n >= low &&
           *n <= high;
}

static bool wrong(const char *option, const char *value, const char *expected)
{
    nc_complain("%s %s: expected %s", option, value, expected);
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

static bool path_option(struct nc_options *o, const char *text)
{
    static const char expected[] = "TUN=ADDR/PREFIX";
    struct nc_path *path = &o->path[o->paths];
    char address[IPADDR_STRLEN_MAX];
    uint64_t prefix;

    if (o->paths == NC_PATHS) {
        nc_complain("--path: at most %u", NC_PATHS);
        return false;
    }
    const char *rest = split_tun(text, path->tun);
    const char *slash = rest == NULL ? NULL : strchr(rest, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - rest);
    if (n == 0 || n >= sizeof address) {
        return wrong("--path", text, expected);
    }
    memcpy(address, rest, n);
    address[n] = '\0';
    if (!nc_literal(address, &path->addr) || ip_addr_isany(&path->addr) ||
        !number(slash + 1, 0, IP_IS_V6(&path->addr) ? 128 : 32, &prefix)) {
        return wrong("--path", text, expected);
    }
    path->prefix = (uint8_t)prefix;
    for (unsigned i = 0; i < o->paths; i++) {
        if (ip_addr_eq(&o->path[i].addr, &path->addr)) {
            nc_complain("--path %s: that address has been given already", text);
            return false;
        }
    }
    o->paths++;
    return true;
}

static bool known_tun(const struct nc_options *o, const char *option, const char *tun)
{
    for (unsigned i = 0; i < o->paths; i++) {
        if (strcmp(o->path[i].tun, tun) == 0) {
            return true;
        }
    }
    nc_complain("%s: no --path has the device %s", option, tun);
    return false;
}

static const char *const mark_names[] = {"--backup", "--metered", "--cost"};

/* --backup TUN, --metered TUN, --cost TUN=N: which path that is will be seen at the end. */
static bool mark_option(struct nc_options *o, unsigned what, const char *text)
{
    struct nc_mark *mark = &o->mark[o->marks];
    const char *rest = what == NC_COSTS ? split_tun(text, mark->tun) : text;
    uint64_t cost = 0;

    if (o->marks == NC_MARKS) {
        nc_complain("%s: too many of them", mark_names[what]);
        return false;
    }
    if (what == NC_COSTS ? rest == NULL || !number(rest, 0, UINT8_MAX, &cost)
                         : strlen(text) >= IFNAMSIZ) {
        return wrong(mark_names[what], text, what == NC_COSTS ? "TUN=0 to TUN=255" : "a device");
    }
    mark->what = what;
    mark->cost = (uint8_t)cost;
    if (what != NC_COSTS) {
        snprintf(mark->tun, sizeof mark->tun, "%s", text);
    }
    o->marks++;
    return true;
}

static bool announce_port_option(struct nc_options *o, const char *text)
{
    uint64_t n;
    if (!number(text, 1, UINT16_MAX, &n)) {
        return wrong("--announce-port", text, "a port");
    }
    o->config.announce_port = (uint16_t)n;
    return true;
}

static bool emulate_option(struct nc_options *o, const char *text)
{
    struct nc_emulation *e = &o->emulation[o->emulations];

    if (o->emulations == NC_PATHS) {
        nc_complain("--emulate: at most %u", NC_PATHS);
        return false;
    }
    const char *rest = split_tun(text, e->tun);
    const char *why = rest == NULL ? "expected TUN=rate:...,delay:...,loss:...,queue:..."
                                   : mptcpl_link_parse(rest, &e->link);
    if (why != NULL) {
        nc_complain("--emulate %s: %s", text, why);
        return false;
    }
    o->emulations++;
    return true;
}

static bool max_option(struct nc_options *o, const char *text)
{
    uint64_t n;
    if (!number(text, 1, MPTCPL_SUBFLOWS, &n)) {
        return wrong("--max-subflows", text, "a number from 1 to 8");
    }
    o->config.max_subflows = (uint8_t)n;
    return true;
}

static bool survive_option(struct nc_options *o, const char *text)
{
    uint64_t n;
    if (!number(text, 0, 3600, &n)) {
        return wrong("--survive", text, "0 to 3600 seconds");
    }
    o->config.no_path_us = (uint32_t)n * 1000000u;
    return true;
}

#define WAIT_MAX 600000u /* ms */

/* Milliseconds, kept as microseconds. Whether they fit each other is seen at the end. */
static bool wait_option(uint32_t *us, const char *option, uint64_t low, const char *text)
{
    uint64_t n;
    if (!number(text, low, WAIT_MAX, &n)) {
        return wrong(option, text, low == 0 ? "0 to 600000 ms" : "1 to 600000 ms");
    }
    *us = (uint32_t)n * 1000u;
    return true;
}

static bool silence_option(struct nc_options *o, int c)
{
    if (c == OPT_SILENCE_MIN) {
        return wait_option(&o->config.silence_min_us, "--silence-min", 1, optarg);
    }
    if (c == OPT_ANSWER_WAIT) {
        return wait_option(&o->config.answer_wait_us, "--answer-wait", 1, optarg);
    }
    return wait_option(&o->config.silence_limit_us, "--silence-limit", 0, optarg);
}

/* Options without an argument. False: c is none. */
static bool switch_option(struct nc_options *o, int c)
{
    switch (c) {
    case OPT_ANNOUNCE:
        return o->announce = true;
    case OPT_CHECKSUM:
        o->config.checksum = 1;
        return true;
    case OPT_NO_MPTCP:
        o->config.no_mptcp = 1;
        return true;
    case OPT_DENY_JOIN:
        o->config.deny_join = 1;
        return true;
    case OPT_NO_FALLBACK:
        o->config.fail_resets = 1;
        return true;
    case OPT_ABORT_RST:
        o->config.abort_rst = 1;
        return true;
    case OPT_NO_OFFLOAD:
        return o->no_offload = true;
    case OPT_DSN32:
        o->config.dsn32 = 1;
        return true;
    case 'l':
        return o->listen = true;
    case 'v':
        return o->verbose = true;
    default:
        return false;
    }
}

static bool option(struct nc_options *o, int c)
{
    switch (c) {
    case OPT_PATH:
        return path_option(o, optarg);
    case OPT_BACKUP:
        return mark_option(o, NC_IS_BACKUP, optarg);
    case OPT_METERED:
        return mark_option(o, NC_IS_METERED, optarg);
    case OPT_COST:
        return mark_option(o, NC_COSTS, optarg);
    case OPT_ANNOUNCE_PORT:
        return announce_port_option(o, optarg);
    case OPT_MAX_SUBFLOWS:
        return max_option(o, optarg);
    case OPT_EMULATE:
        return emulate_option(o, optarg);
    case OPT_CC:
        return nc_cc_option(o, optarg);
    case OPT_SCHEDULER:
        return nc_scheduler_option(o, optarg);
    case OPT_PCAP:
        o->pcap = optarg;
        return true;
    case OPT_STATS:
        o->stats = optarg;
        return true;
    case OPT_SEED:
        return number(optarg, 0, UINT64_MAX, &o->seed) || wrong("--seed", optarg, "a number");
    case OPT_POLICY:
        return nc_policy_option(o, optarg);
    case OPT_VERSION:
        return nc_version_option(o, optarg);
    case OPT_ADD_ADDR2:
        return nc_add_addr2_option(o, optarg == NULL ? "sender-key" : optarg);
    case OPT_SURVIVE:
        return survive_option(o, optarg);
    case OPT_SILENCE_MIN:
    case OPT_ANSWER_WAIT:
    case OPT_SILENCE_LIMIT:
        return silence_option(o, c);
    case OPT_AT:
        return nc_command_option(o, optarg);
    case OPT_CHECKPOINT:
        o->checkpoint = optarg;
        return nc_checkpoint_free(optarg);
    case OPT_RESUME:
        o->resume = optarg;
        return true;
    default:
        return switch_option(o, c);
    }
}

/* ------------------------------------------------------------------------ the rest */

static bool port_of(struct nc_options *o, const char *text)
{
    uint64_t n;
    if (!number(text, 1, 65535, &n)) {
        nc_complain("%s: not a port", text);
        return false;
    }
    o->port = (uint16_t)n;
    return true;
}

/* Of several addresses of a name, the first one of the first path's family. */
static bool resolve(struct nc_options *o)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char text[NI_MAXHOST];

    if (nc_literal(o->host, &o->remote)) {
        return true;
    }
    hints.ai_family = IP_IS_V6(&o->path[0].addr) ? AF_INET6 : AF_INET;
    int e = getaddrinfo(o->host, NULL, &hints, &found);
    if (e != 0) {
        nc_complain("%s: %s", o->host, gai_strerror(e));
        return false;
    }
    bool ok = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, NULL, 0,
                          NI_NUMERICHOST) == 0 &&
              nc_literal(text, &o->remote);
    freeaddrinfo(found);
    if (!ok) {
        nc_complain("%s: no usable address", o->host);
    }
    return ok;
}

static void mark_paths(struct nc_options *o, const struct nc_mark *mark)
{
    for (unsigned i = 0; i < o->paths; i++) {
        struct nc_path *path = &o->path[i];
        if (strcmp(path->tun, mark->tun) == 0) {
            path->backup |= mark->what == NC_IS_BACKUP;
            path->metered |= mark->what == NC_IS_METERED;
            path->cost = mark->what == NC_COSTS ? mark->cost : path->cost;
        }
    }
}

/* Each at least as long as the one before. */
static bool waits_fit(const struct mptcpl_config *c)
{
    if (c->answer_wait_us < c->silence_min_us) {
        nc_complain("--answer-wait %u is less than --silence-min %u", c->answer_wait_us / 1000u,
                    c->silence_min_us / 1000u);
        return false;
    }
    if (c->silence_limit_us != 0 && c->silence_limit_us < c->answer_wait_us) {
        nc_complain("--silence-limit %u is less than --answer-wait %u", c->silence_limit_us / 1000u,
                    c->answer_wait_us / 1000u);
        return false;
    }
    return true;
}

static bool consistent(struct nc_options *o)
{
    if (!waits_fit(&o->config)) {
        return false;
    }
    if (o->config.version == MPTCPL_VERSION_0 && mptcpl_config_check(&o->config) == ERR_ARG) {
        nc_complain("--mptcp-version 0: this program was built without version 0");
        return false;
    }
    if (o->paths == 0) {
        nc_complain("at least one --path is needed");
        return false;
    }
    for (unsigned i = 0; i < o->marks; i++) {
        if (!known_tun(o, mark_names[o->mark[i].what], o->mark[i].tun)) {
            return false;
        }
        mark_paths(o, &o->mark[i]);
    }
    for (unsigned i = 0; i < o->commands; i++) {
        const struct nc_command *command = &o->command[i];
        if (command->tun != NULL && !known_tun(o, "--at", command->tun)) {
            return false;
        }
        for (unsigned k = 0; k < o->paths && command->verb == NC_ADD; k++) {
            o->path[k].later |= strcmp(o->path[k].tun, command->tun) == 0;
        }
    }
    for (unsigned i = 0; i < o->emulations; i++) {
        if (!known_tun(o, "--emulate", o->emulation[i].tun)) {
            return false;
        }
    }
    return true;
}

bool nc_options(struct nc_options *o, int argc, char **argv, int *status)
{
    int c;

    memset(o, 0, sizeof *o);
    mptcpl_config_init(&o->config);
    *status = NC_USAGE;
    opterr = 0;
    while ((c = getopt_long(argc, argv, "lv", list, NULL)) != -1) {
        if (c == OPT_HELP) {
            fputs(nc_help, stdout);
            *status = NC_OK;
            return false;
        }
        if (c == '?') {
            nc_complain("%s: no such option, or its value is missing (see --help)",
                        argv[optind - 1]);
            return false;
        }
        if (!option(o, c)) {
            return false;
        }
    }
    if (o->resume != NULL) {
        if (argc != optind || o->listen) {
            nc_complain("--resume FILE says what the connection is: no HOST, PORT or -l");
            return false;
        }
        return consistent(o);
    }
    int expected = o->listen ? 1 : 2;
    if (argc - optind != expected) {
        nc_complain(o->listen ? "expected -l PORT (see --help)"
                              : "expected HOST PORT (see --help)");
        return false;
    }
    if (!port_of(o, argv[argc - 1]) || !consistent(o)) {
        return false;
    }
    o->host = o->listen ? NULL : argv[optind];
    if (o->listen || resolve(o)) {
        return true;
    }
    *status = NC_NOT_CONNECTED;
    return false;
}
