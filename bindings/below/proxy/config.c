/*
 * config.c - the configuration of below: what it is without options, and the capacities that follow
 * from them.
 */
#include "proxy.h"

#include <string.h>

#define CONNECTIONS 1024u
#define SUBFLOWS 8u
#define BUFFER (1024u * 1024)

void px_config_begin(struct px_options *o)
{
    struct mptcp_config *conn = &o->config.conn;

    memset(o, 0, sizeof *o);
    below_config_init(&o->config);
    o->connections = CONNECTIONS;
    o->config.snd_buf = BUFFER;
    o->config.shim.versions = SHIM_VERSION_0 | SHIM_VERSION_1;
    conn->rcv_buf = BUFFER;
    conn->subflow_limit = SUBFLOWS;
}

static uint16_t at_most(uint32_t n, uint32_t limit)
{
    return (uint16_t)(n < limit ? n : limit);
}

static unsigned serving(const struct px_options *o)
{
    unsigned n = 0;

    for (unsigned i = 0; i < o->doors; i++) {
        n += o->door[i].kind == PX_SERVE;
    }
    return n;
}

/*
 * A stream that is closed still has its place until all is acknowledged, and a subflow that is
 * silent or closing has its own: so there are more of both than may be open. Clients may come all
 * at once.
 */
void px_config_end(struct px_options *o)
{
    struct below_config *cfg = &o->config;
    struct mptcp_config *conn = &cfg->conn;
    bool alone = conn->subflow_limit == 1 || (conn->flags & MPTCP_CFG_NO_MPTCP) != 0;

    cfg->streams = o->connections + o->connections / 8 + 8;
    cfg->listeners = at_most(serving(o) + o->paths + 1, UINT16_MAX);
    cfg->backlog = at_most(o->connections, UINT16_MAX / 2);
    conn->subflows = (uint8_t)(alone ? 1 : conn->subflow_limit + 1);
    conn->addrs = (uint8_t)(o->paths + 1 > SUBFLOWS ? o->paths + 1 : SUBFLOWS);
    conn->runs = mptcp_runs_for(conn->subflows, (uint64_t)cfg->snd_buf + conn->rcv_buf);
    cfg->shim.half = at_most(o->connections + 64, 8192);
    cfg->shim.listeners = at_most(cfg->listeners, UINT16_MAX);
    cfg->shim.flags = conn->flags & (MPTCP_CFG_CHECKSUM | MPTCP_CFG_DENY_JOIN);
}
