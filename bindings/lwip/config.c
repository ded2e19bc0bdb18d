/*
 * config.c - the settings of a connection: their defaults, whether they can work, and what they are
 * to the core.
 */
#include "binding.h"

#include "lwip/mem.h"

#include <string.h>

/* A whole window of a peer with the same settings fits into the send buffer (duty: D-26). */
void mptcpl_config_init(struct mptcpl_config *cfg)
{
    struct mptcp_config core;

    mptcp_config_init(&core);
    memset(cfg, 0, sizeof *cfg);
    cfg->max_subflows = MPTCPL_SUBFLOWS;
    cfg->addrs = MPTCPL_ADDRS;
    cfg->cc = &mptcp_lia;
    cfg->scheduler = mptcp_schedulers[core.scheduler];
    cfg->snd_buf = TCP_SND_BUF;
    cfg->rcv_buf = TCP_WND;
    cfg->silence_min_us = core.silence_min;
    cfg->answer_wait_us = core.answer_wait;
    cfg->silence_limit_us = core.silence_limit;
}

#define SND_BUF_MAX 0x40000000u

/* A window that is worth telling survives the scale, which takes its low bits away. */
#define RCV_BUF_MIN (4u << TCP_RCV_SCALE)

/* As lwIP's heap counts, which may be 16 bits. */
static bool allocatable(uint64_t n)
{
    return n <= (mem_size_t) ~(mem_size_t)0;
}

err_t mptcpl_config_check(const struct mptcpl_config *cfg)
{
    struct mptcp_config core;

    if (cfg->snd_buf == 0 || cfg->snd_buf > SND_BUF_MAX || cfg->rcv_buf < RCV_BUF_MIN ||
        cfg->max_subflows > MPTCPL_SUBFLOWS || cfg->addrs > MPTCPL_ADDRS || cfg->cc == NULL ||
        cfg->version > MPTCPL_VERSION_1_THEN_0) {
        return ERR_ARG;
    }
    mptcpl_core_config(cfg, &core);
    int64_t block = mptcp_conn_size(&core);
    if (block < 0) {
        return ERR_ARG;
    }
    return allocatable((uint64_t)block) ? ERR_OK : ERR_MEM;
}

/* Long mappings are seldom multiples of each other, and then each takes a run. */
#define RUNS_MORE_LONG 96u /* for each slot */

/* One more than may work at a time: while one that is silent or closing still has its place. */
static uint8_t slots_of(const struct mptcpl_config *cfg)
{
    return cfg->no_mptcp           ? 1
           : cfg->max_subflows > 1 ? (uint8_t)LWIP_MIN(cfg->max_subflows + 1, MPTCPL_SUBFLOWS)
                                   : cfg->max_subflows;
}

/* What waits behind a gap needs runs; on a single subflow nothing waits. */
static uint16_t runs_of(const struct mptcpl_config *cfg, unsigned slots)
{
    uint64_t octets = slots > 1 ? (uint64_t)cfg->snd_buf + cfg->rcv_buf : 0;
    uint32_t runs = mptcp_runs_for(slots, octets);

    runs += cfg->long_mappings ? slots * RUNS_MORE_LONG : 0;
    return (uint16_t)LWIP_MIN(runs, 65000u);
}

/* The core takes a scheduler by its number; one that no number has, it refuses. */
static uint8_t number_of(const struct mptcp_scheduler *scheduler)
{
    uint8_t i = 0;
    while (i < mptcp_schedulers_count && mptcp_schedulers[i] != scheduler) {
        i++;
    }
    return i;
}

void mptcpl_core_config(const struct mptcpl_config *of, struct mptcp_config *cfg)
{
    mptcp_config_init(cfg);
    cfg->subflow_limit = of->max_subflows;
    cfg->subflows = slots_of(of);
    cfg->addrs = of->no_mptcp ? 1 : of->addrs;
    cfg->runs = of->runs != 0 ? of->runs : runs_of(of, cfg->subflows);
    cfg->rcv_buf = of->rcv_buf;
    cfg->policy = of->policy;
    cfg->version = of->version == MPTCPL_VERSION_0 ? 0 : 1;
    cfg->add_addr2 = of->add_addr2;
    cfg->scheduler = number_of(of->scheduler);
    cfg->no_path_limit = of->no_path_us;
    cfg->silence_min = of->silence_min_us;
    cfg->answer_wait = of->answer_wait_us;
    cfg->silence_limit = of->silence_limit_us;
    cfg->flags = (of->checksum ? MPTCP_CFG_CHECKSUM : 0) | (of->no_mptcp ? MPTCP_CFG_NO_MPTCP : 0) |
                 (of->fail_resets ? MPTCP_CFG_FAIL_RESETS : 0) |
                 (of->deny_join ? MPTCP_CFG_DENY_JOIN : 0) |
                 (of->abort_rst ? MPTCP_CFG_ABORT_RST : 0) | (of->dsn32 ? MPTCP_CFG_DSN32 : 0);
}
