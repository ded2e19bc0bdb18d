/*
 * init.c - making, wiping and rebasing the block of a connection.
 */
#include "conn/config_fault.h"
#include "crypto/of_version.h"
#include "machines/machines.h"
#include "tables/pool.h"
#include "wire/mem.h"

void mptcp_config_fill(struct mptcp_config *cfg, size_t size)
{
    static const struct mptcp_config defaults = {
        .subflows = 2,
        .addrs = 4,
        .subflow_limit = 2,
        .version = MPTCP_VERSION_NEWEST,
        .runs = 24,
        .rcv_buf = 65536,
        .silence_min = 300000,
        .answer_wait = 1000000,
        .signal_rto = 500000,
        .add_addr_rto = 1000000,
        .close_limit = 30000000,
        .option_room = 28,
        .silence_limit = 300000000,
    };
    sized_fill(cfg, size, &defaults, sizeof defaults);
}

int64_t mptcp_conn_size(const struct mptcp_config *cfg)
{
    if (config_fault(cfg) != FAULT_NONE) {
        return MPTCP_E_ARGUMENT;
    }
    if (!option_room_enough(cfg)) {
        return MPTCP_E_ROOM;
    }
    return (int64_t)MPTCP_CONN_SIZE((uint32_t)cfg->subflows, (uint32_t)cfg->addrs,
                                    (uint32_t)cfg->runs);
}

/* From this member on, struct mptcp_conn has the members of struct mptcp_config in the same order,
 * so mptcp_conn_init copies them as a whole. */
#define CONFIG_AT offsetof(struct mptcp_config, flags)

_Static_assert(offsetof(struct mptcp_conn, close_limit) - offsetof(struct mptcp_conn, flags) ==
                       offsetof(struct mptcp_config, close_limit) - CONFIG_AT &&
                   offsetof(struct mptcp_conn, silence_limit) -
                           offsetof(struct mptcp_conn, flags) ==
                       offsetof(struct mptcp_config, silence_limit) - CONFIG_AT,
               "the configuration is copied as a whole");

struct mptcp_conn *mptcp_conn_init(void *mem, size_t size, const struct mptcp_config *cfg,
                                   const struct mptcp_secret *secret)
{
    int64_t need = mptcp_conn_size(cfg);

    if (need < 0 || memory_fault(mem, size, need, secret) != FAULT_NONE) {
        return NULL;
    }
    struct mptcp_conn *c = mem;
    memset(mem, 0, (size_t)need);
    size_t told = cfg->size < sizeof *cfg ? cfg->size : sizeof *cfg;
    memcpy(&c->flags, &cfg->flags, told - CONFIG_AT);
    if (profile_of(c)->narrow) {
        c->flags |= MPTCP_CFG_DSN32;
        c->bits |= BIT_ONE_WIDE;
    }
    c->local_key = secret->key;
    memcpy(c->seed, secret->seed, sizeof c->seed);
    struct mptcp_key_id id = mptcp_key_id_of(c->version, secret->key);
    c->local_token = id.token;
    c->snd_first = mptcp_dsn_add(id.idsn, 1);
    c->snd_una = c->snd_nxt = c->snd_end = c->snd_edge = c->snd_first;
    c->free_to = c->freed = c->wide_mark = c->snd_first;
    c->rtx_nxt = c->rtx_end = c->snd_first;
    memset(c->timer, 0xff, sizeof c->timer); /* IDLE */
    c->next_id = 1;
    memcpy(&c->rank_secret, secret->seed, sizeof c->rank_secret);
    c->rank_secret |= 1;
    mptcp_pool_clear(c);
    if ((cfg->flags & MPTCP_CFG_FAIL_RESETS) != 0) {
        mptcp_fallback_out_of_step(c);
    }
    return c;
}

static size_t block_size(const struct mptcp_conn *c)
{
    return MPTCP_CONN_SIZE((uint32_t)c->subflows, (uint32_t)c->addrs, (uint32_t)c->runs);
}

void mptcp_conn_wipe(struct mptcp_conn *c)
{
    if (c != NULL) {
        mptcp_wipe(c, block_size(c));
    }
}

int mptcp_conn_rebase(struct mptcp_conn *c, mptcp_time from, mptcp_time to)
{
    int why = call_refused(c, from);
    if (why != MPTCP_OK || to == MPTCP_NEVER) {
        return why != MPTCP_OK ? why : MPTCP_E_ARGUMENT;
    }
    mptcp_clock_move(c, from, to);
    return MPTCP_OK;
}
