/*
 * options.c - the command line of mptcp-nc.
 */
#include "nc.h"

#include <getopt.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

enum {
    OPT_ANNOUNCE_PORT = 256,
    OPT_EMULATE,
    OPT_CC,
    OPT_SEED,
    OPT_POLICY,
    OPT_NO_OFFLOAD,
    OPT_VERSION,
    OPT_ADD_ADDR2,
    OPT_AT,
    OPT_CHECKPOINT,
    OPT_RESUME
};

static const struct option own[] = {
    {"announce-port", required_argument, NULL, OPT_ANNOUNCE_PORT},
    {"emulate", required_argument, NULL, OPT_EMULATE},
    {"cc", required_argument, NULL, OPT_CC},
    {"seed", required_argument, NULL, OPT_SEED},
    {"policy", required_argument, NULL, OPT_POLICY},
    {"no-offload", no_argument, NULL, OPT_NO_OFFLOAD},
    {"mptcp-version", required_argument, NULL, OPT_VERSION},
    {"add-addr2", optional_argument, NULL, OPT_ADD_ADDR2},
    {"at", required_argument, NULL, OPT_AT},
    {"checkpoint", required_argument, NULL, OPT_CHECKPOINT},
    {"resume", required_argument, NULL, OPT_RESUME},
    {"listen", no_argument, NULL, 'l'},
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

static bool seed_option(struct nc_options *o, const char *text)
{
    return prog_number(text, 0, UINT64_MAX, &o->seed) || prog_wrong("--seed", text, "a number");
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

static bool option(void *context, int c, const char *value)
{
    struct nc_options *o = context;

    switch (c) {
    case OPT_NO_OFFLOAD:
        return o->no_offload = true;
    case OPT_ANNOUNCE_PORT:
        return announce_port_option(o, value);
    case OPT_EMULATE:
        return emulate_option(o, value);
    case OPT_CC:
        return nc_cc_option(o, value);
    case OPT_SEED:
        return seed_option(o, value);
    case OPT_POLICY:
        return nc_policy_option(o, value);
    case OPT_VERSION:
        return nc_version_option(o, value);
    case OPT_ADD_ADDR2:
        return nc_add_addr2_option(o, value);
    case OPT_AT:
        return nc_command_option(o, value);
    case OPT_CHECKPOINT:
        o->checkpoint = value;
        return nc_checkpoint_free(value);
    case OPT_RESUME:
        o->resume = value;
        return true;
    default:
        return o->listen = true; /* -l */
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

/* What options that both programs have are kept in: with the binding's defaults. */
static void begin(struct nc_options *o)
{
    struct mptcp_config *conn = &o->conn;

    memset(o, 0, sizeof *o);
    mptcpl_config_init(&o->config);
    mptcp_config_init(conn);
    conn->subflow_limit = o->config.max_subflows;
    conn->no_path_limit = o->config.no_path_us;
    conn->silence_min = o->config.silence_min_us;
    conn->answer_wait = o->config.answer_wait_us;
    conn->silence_limit = o->config.silence_limit_us;
    o->common.conn = conn;
}

/* What those options say, for lwIP's binding. */
static void take_common(struct nc_options *o)
{
    const struct mptcp_config *conn = &o->conn;
    struct mptcpl_config *config = &o->config;

    config->checksum = (conn->flags & MPTCP_CFG_CHECKSUM) != 0;
    config->no_mptcp = (conn->flags & MPTCP_CFG_NO_MPTCP) != 0;
    config->deny_join = (conn->flags & MPTCP_CFG_DENY_JOIN) != 0;
    config->fail_resets = (conn->flags & MPTCP_CFG_FAIL_RESETS) != 0;
    config->abort_rst = (conn->flags & MPTCP_CFG_ABORT_RST) != 0;
    config->dsn32 = (conn->flags & MPTCP_CFG_DSN32) != 0;
    config->max_subflows = conn->subflow_limit;
    config->scheduler = mptcp_schedulers[conn->scheduler];
    config->no_path_us = conn->no_path_limit;
    config->silence_min_us = conn->silence_min;
    config->answer_wait_us = conn->answer_wait;
    config->silence_limit_us = conn->silence_limit;
    for (unsigned i = 0; i < o->common.paths.n; i++) {
        const struct prog_path *given = &o->common.paths.path[i];
        struct nc_path *path = &o->path[o->paths++];
        memcpy(path->tun, given->tun, sizeof path->tun);
        nc_from_addr(&given->addr, &path->addr);
        path->prefix = given->prefix;
        path->backup = given->backup;
        path->metered = given->metered;
        path->cost = given->cost;
        path->wanted = true;
    }
}

/* A path that --at adds is not used before. */
static void keep_for_later(struct nc_options *o, const struct nc_command *command)
{
    for (unsigned k = 0; k < o->paths && command->verb == NC_ADD; k++) {
        o->path[k].wanted &= strcmp(o->path[k].tun, command->tun) != 0;
    }
}

/* The devices that --at and --emulate name have paths. */
static bool devices_known(struct nc_options *o)
{
    for (unsigned i = 0; i < o->commands; i++) {
        const struct nc_command *command = &o->command[i];
        if (command->tun == NULL) {
            continue;
        }
        if (!prog_path_known(&o->common.paths, "--at", command->tun)) {
            return false;
        }
        keep_for_later(o, command);
    }
    for (unsigned i = 0; i < o->emulations; i++) {
        if (!prog_path_known(&o->common.paths, "--emulate", o->emulation[i].tun)) {
            return false;
        }
    }
    return true;
}

static bool consistent(struct nc_options *o)
{
    if (!prog_options_end(&o->common)) {
        return false;
    }
    take_common(o);
    if (o->config.version == MPTCPL_VERSION_0 && mptcpl_config_check(&o->config) == ERR_ARG) {
        prog_complain("--mptcp-version 0: this program was built without version 0");
        return false;
    }
    return devices_known(o);
}

/* What is left after the options. */
static bool arguments(struct nc_options *o, int argc, char **argv)
{
    if (o->resume != NULL) {
        if (argc != optind || o->listen) {
            prog_complain("--resume FILE says what the connection is: no HOST, PORT or -l");
            return false;
        }
        return true;
    }
    if (argc - optind != (o->listen ? 1 : 2)) {
        prog_complain(o->listen ? "expected -l PORT (see --help)"
                                : "expected HOST PORT (see --help)");
        return false;
    }
    o->host = o->listen ? NULL : argv[optind];
    return port_of(o, argv[argc - 1]);
}

bool nc_options(struct nc_options *o, int argc, char **argv, int *status)
{
    const struct prog_reader reader = {own, "lv", nc_help, o, option};

    begin(o);
    enum prog_read read = prog_options_read(&o->common, &reader, argc, argv);
    *status = read == PROG_HELPED ? NC_OK : NC_USAGE;
    if (read != PROG_READ || !arguments(o, argc, argv) || !consistent(o)) {
        return false;
    }
    *status = NC_NOT_CONNECTED;
    return o->host == NULL || resolve(o);
}
