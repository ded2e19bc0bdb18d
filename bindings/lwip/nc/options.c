/*
 * options.c - the command line of mptcp-nc.
 */
#include "nc.h"

#include <getopt.h>
#include <netdb.h>
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

/* ------------------------------------------------------------------ single options */

static bool announce_port_option(struct nc_options *o, const char *text)
{
    uint64_t n;
    if (!prog_number(text, 1, UINT16_MAX, &n)) {
        return prog_wrong("--announce-port", text, "a port");
    }
    o->config.announce_port = (uint16_t)n;
    return true;
}

static bool emulate_option(struct nc_options *o, const char *text)
{
    struct nc_emulation *e = &o->emulation[o->emulations];

    if (o->emulations == NC_PATHS) {
        prog_complain("--emulate: at most %u", NC_PATHS);
        return false;
    }
    const char *rest = prog_split_tun(text, e->tun);
    const char *why = rest == NULL ? "expected TUN=rate:...,delay:...,loss:...,queue:..."
                                   : mptcpl_link_parse(rest, &e->link);
    if (why != NULL) {
        prog_complain("--emulate %s: %s", text, why);
        return false;
    }
    o->emulations++;
    return true;
}

static bool silence_option(struct nc_options *o, int c)
{
    if (c == OPT_SILENCE_MIN) {
        return prog_wait(&o->config.silence_min_us, "--silence-min", 1, optarg);
    }
    if (c == OPT_ANSWER_WAIT) {
        return prog_wait(&o->config.answer_wait_us, "--answer-wait", 1, optarg);
    }
    return prog_wait(&o->config.silence_limit_us, "--silence-limit", 0, optarg);
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
        return prog_verbose = true;
    default:
        return false;
    }
}

static bool option(struct nc_options *o, int c)
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
    case OPT_ANNOUNCE_PORT:
        return announce_port_option(o, optarg);
    case OPT_MAX_SUBFLOWS:
        return prog_max_subflows(&o->config.max_subflows, optarg);
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
        return prog_number(optarg, 0, UINT64_MAX, &o->seed) ||
               prog_wrong("--seed", optarg, "a number");
    case OPT_POLICY:
        return nc_policy_option(o, optarg);
    case OPT_VERSION:
        return nc_version_option(o, optarg);
    case OPT_ADD_ADDR2:
        return nc_add_addr2_option(o, optarg == NULL ? "sender-key" : optarg);
    case OPT_SURVIVE:
        return prog_survive(&o->config.no_path_us, optarg);
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
    if (!prog_number(text, 1, 65535, &n)) {
        prog_complain("%s: not a port", text);
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
        prog_complain("%s: %s", o->host, gai_strerror(e));
        return false;
    }
    bool ok = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, NULL, 0,
                          NI_NUMERICHOST) == 0 &&
              nc_literal(text, &o->remote);
    freeaddrinfo(found);
    if (!ok) {
        prog_complain("%s: no usable address", o->host);
    }
    return ok;
}

/* The paths, with what was said of them. */
static bool take_paths(struct nc_options *o)
{
    if (!prog_paths_end(&o->given)) {
        return false;
    }
    for (unsigned i = 0; i < o->given.n; i++) {
        const struct prog_path *given = &o->given.path[i];
        struct nc_path *path = &o->path[o->paths++];
        memcpy(path->tun, given->tun, sizeof path->tun);
        nc_from_addr(&given->addr, &path->addr);
        path->prefix = given->prefix;
        path->backup = given->backup;
        path->metered = given->metered;
        path->cost = given->cost;
    }
    return true;
}

static bool consistent(struct nc_options *o)
{
    const struct mptcpl_config *c = &o->config;

    if (!prog_waits_fit(c->silence_min_us, c->answer_wait_us, c->silence_limit_us)) {
        return false;
    }
    if (c->version == MPTCPL_VERSION_0 && mptcpl_config_check(c) == ERR_ARG) {
        prog_complain("--mptcp-version 0: this program was built without version 0");
        return false;
    }
    if (!take_paths(o)) {
        return false;
    }
    for (unsigned i = 0; i < o->commands; i++) {
        const struct nc_command *command = &o->command[i];
        if (command->tun != NULL && !prog_path_known(&o->given, "--at", command->tun)) {
            return false;
        }
        for (unsigned k = 0; k < o->paths && command->verb == NC_ADD; k++) {
            o->path[k].later |= strcmp(o->path[k].tun, command->tun) == 0;
        }
    }
    for (unsigned i = 0; i < o->emulations; i++) {
        if (!prog_path_known(&o->given, "--emulate", o->emulation[i].tun)) {
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
            prog_complain("%s: no such option, or its value is missing (see --help)",
                          argv[optind - 1]);
            return false;
        }
        if (!option(o, c)) {
            return false;
        }
    }
    if (o->resume != NULL) {
        if (argc != optind || o->listen) {
            prog_complain("--resume FILE says what the connection is: no HOST, PORT or -l");
            return false;
        }
        return consistent(o);
    }
    int expected = o->listen ? 1 : 2;
    if (argc - optind != expected) {
        prog_complain(o->listen ? "expected -l PORT (see --help)"
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
