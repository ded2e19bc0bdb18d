/*
 * options.c - the command line of mptcp-below.
 */
#include "proxy.h"

#include <getopt.h>
#include <string.h>

enum {
    OPT_TRANSPARENT = 256,
    OPT_CC,
    OPT_VERSION,
    OPT_POLICY,
    OPT_CONNECTIONS,
    OPT_SND_BUF,
    OPT_RCV_BUF
};

static const struct option own[] = {
    {"forward", required_argument, NULL, 'L'},
    {"socks", required_argument, NULL, 'D'},
    {"transparent", required_argument, NULL, OPT_TRANSPARENT},
    {"listen", required_argument, NULL, 'l'},
    {"cc", required_argument, NULL, OPT_CC},
    {"mptcp-version", required_argument, NULL, OPT_VERSION},
    {"policy", required_argument, NULL, OPT_POLICY},
    {"connections", required_argument, NULL, OPT_CONNECTIONS},
    {"snd-buf", required_argument, NULL, OPT_SND_BUF},
    {"rcv-buf", required_argument, NULL, OPT_RCV_BUF},
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
        octets << shift > BUFFER_MAX || octets << shift < BUFFER_MIN) {
        return prog_wrong(option, text, "octets from 16k up to 64m, as in 512k");
    }
    *size = BUFFER_MIN;
    while (*size < octets << shift) {
        *size *= 2;
    }
    return true;
}

static bool option(void *context, int c, const char *value)
{
    struct px_options *o = context;

    switch (c) {
    case 'L':
        return px_door_option(o, PX_FORWARD, "-L", value);
    case 'D':
        return px_door_option(o, PX_SOCKS, "-D", value);
    case OPT_TRANSPARENT:
        return px_door_option(o, PX_TRANSPARENT, "--transparent", value);
    case 'l':
        return px_door_option(o, PX_SERVE, "-l", value);
    case OPT_VERSION:
        return px_version_option(o, value);
    case OPT_CC:
        return px_congestion_option(o, value);
    case OPT_POLICY:
        return px_policy_option(o, value);
    case OPT_CONNECTIONS:
        return connections_option(o, value);
    case OPT_SND_BUF:
        return buffer_option(&o->config.snd_buf, "--snd-buf", value);
    default:
        return buffer_option(&o->config.conn.rcv_buf, "--rcv-buf", value);
    }
}

/* ------------------------------------------------------------------------ the rest */

/* The prefix of a path is what the device's own end has. */
static void take_paths(struct px_options *o)
{
    for (unsigned i = 0; i < o->common.paths.n; i++) {
        const struct prog_path *given = &o->common.paths.path[i];
        struct px_path *path = &o->path[o->paths++];
        memcpy(path->tun, given->tun, sizeof path->tun);
        path->addr = given->addr;
        path->backup = given->backup;
        path->metered = given->metered;
        path->cost = given->cost;
    }
}

bool px_options(struct px_options *o, int argc, char **argv, int *status)
{
    const struct prog_reader reader = {own, "L:D:l:v", px_help, o, option};

    px_config_begin(o);
    o->common.conn = &o->config.conn;
    enum prog_read read = prog_options_read(&o->common, &reader, argc, argv);
    *status = read == PROG_HELPED ? PX_OK : PX_USAGE;
    if (read != PROG_READ) {
        return false;
    }
    if (optind != argc) {
        prog_complain("%s: not an option (see --help)", argv[optind]);
        return false;
    }
    if (!prog_options_end(&o->common)) {
        return false;
    }
    if (o->doors == 0) {
        prog_complain("nothing comes in: one of -L, -D, --transparent and -l is needed");
        return false;
    }
    take_paths(o);
    px_config_end(o);
    return true;
}
