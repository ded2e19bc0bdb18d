/*
 * init.c - making, wiping and rebasing the block of a connection.
 */
#include "machines/machines.h"
#include "mptcp/crypto.h"
#include "wire/mem.h"

#define SUBFLOWS_MAX 32
#define ADDRS_MAX 64
#define RUNS_MAX 4096
#define BUF_MAX 0x3fffffffu /* TCP's largest scaled window */

/* The members that every caller of this API version knows. */
#define CONFIG_MIN offsetof(struct mptcp_config, close_limit)

void mptcp_config_init(struct mptcp_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    cfg->size = (uint32_t)sizeof *cfg;
    cfg->subflows = 2;
    cfg->addrs = 4;
    cfg->subflow_limit = 2;
    cfg->tx_runs = 16;
    cfg->rx_runs = 16;
    cfg->rcv_buf = 65536;
    cfg->stall_min = 300000;
    cfg->stall_max = 1000000;
    cfg->signal_rto = 500000;
    cfg->add_addr_rto = 1000000;
    cfg->no_path_limit = 0;
    cfg->close_limit = 30000000;
}

static bool in_range(uint32_t v, uint32_t low, uint32_t high)
{
    return v >= low && v <= high;
}

int64_t mptcp_conn_size(const struct mptcp_config *cfg)
{
    if (cfg == NULL || cfg->size < CONFIG_MIN || !in_range(cfg->subflows, 1, SUBFLOWS_MAX) ||
        !in_range(cfg->addrs, 1, ADDRS_MAX) || !in_range(cfg->tx_runs, 2, RUNS_MAX) ||
        !in_range(cfg->rx_runs, 2, RUNS_MAX) || !in_range(cfg->rcv_buf, 1, BUF_MAX) ||
        cfg->subflow_limit == 0) {
        return MPTCP_E_ARGUMENT;
    }
    return (int64_t)MPTCP_CONN_SIZE((uint32_t)cfg->subflows, (uint32_t)cfg->addrs,
                                    (uint32_t)cfg->tx_runs, (uint32_t)cfg->rx_runs);
}

static void set_shape(struct mptcp_conn *c, const struct mptcp_config *cfg)
{
    c->subflows = cfg->subflows;
    c->addrs = cfg->addrs;
    c->subflow_limit = cfg->subflow_limit;
    c->tx_runs = cfg->tx_runs;
    c->rx_runs = cfg->rx_runs;
    c->flags = cfg->flags;
    c->rcv_buf = cfg->rcv_buf;
    c->stall_min = cfg->stall_min;
    c->stall_max = cfg->stall_max;
    c->signal_rto = cfg->signal_rto;
    c->add_addr_rto = cfg->add_addr_rto;
    c->no_path_limit = cfg->no_path_limit;
    c->close_limit = cfg->close_limit;
}

struct mptcp_conn *mptcp_conn_init(void *mem, size_t size, const struct mptcp_config *cfg,
                                   const struct mptcp_secret *secret)
{
    int64_t need = mptcp_conn_size(cfg);

    if (mem == NULL || secret == NULL || need < 0 || size < (uint64_t)need ||
        (uintptr_t)mem % _Alignof(uint64_t) != 0) {
        return NULL;
    }
    struct mptcp_conn *c = mem;
    memset(mem, 0, (size_t)need);
    set_shape(c, cfg);
    c->local_key = secret->key;
    memcpy(c->seed, secret->seed, sizeof c->seed);
    struct mptcp_key_id id = mptcp_key_id(secret->key);
    c->local_token = id.token;
    c->snd_first = mptcp_dsn_add(id.idsn, 1);
    c->snd_una = c->snd_nxt = c->snd_end = c->snd_edge = c->snd_first;
    c->free_to = c->freed = c->wide_mark = c->snd_first;
    c->rtx_nxt = c->rtx_end = c->rtx_forced = c->snd_first;
    memset(c->due, 0xff, sizeof c->due); /* MPTCP_NEVER */
    c->next_id = 1;
    return c;
}

static size_t block_size(const struct mptcp_conn *c)
{
    return MPTCP_CONN_SIZE((uint32_t)c->subflows, (uint32_t)c->addrs, (uint32_t)c->tx_runs,
                           (uint32_t)c->rx_runs);
}

void mptcp_conn_wipe(struct mptcp_conn *c)
{
    mptcp_wipe(c, block_size(c));
}

static void shift(mptcp_time *t, mptcp_time from, mptcp_time to)
{
    if (*t == MPTCP_NEVER) {
        return;
    }
    if (*t < from) {
        mptcp_time since = from - *t;
        *t = to > since ? to - since : 0;
        return;
    }
    mptcp_time wait = *t - from;
    *t = wait < MPTCP_NEVER - 1 - to ? to + wait : MPTCP_NEVER - 1;
}

int mptcp_conn_rebase(struct mptcp_conn *c, mptcp_time from, mptcp_time to)
{
    shift(&c->now, from, to);
    shift(&c->wide_since, from, to);
    for (unsigned i = 0; i < TIMERS; i++) {
        shift(&c->due[i], from, to);
    }
    for (unsigned i = 0; i < c->subflows; i++) {
        struct mptcp_subflow *s = subflow_at(c, i);
        shift(&s->progress, from, to);
        shift(&s->due, from, to);
        shift(&s->hold, from, to);
    }
    for (unsigned i = 0; i < 2u * c->addrs; i++) {
        shift(&remote_at(c, i)->due, from, to);
    }
    return MPTCP_OK;
}
