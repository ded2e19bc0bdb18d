/*
 * config_fault.h - what may be wrong with the arguments of mptcp_conn_init: the ranges of all
 * settings, and what the memory of a connection must be.
 *
 * mptcp_conn_size and mptcp_conn_init only ask whether anything is wrong; mptcp_conn_check
 * (config_check.c), which a program need not link, tells what. The functions are inline, so that
 * the former do not pay for the latter.
 */
#ifndef MPTCP_CONFIG_FAULT_H
#define MPTCP_CONFIG_FAULT_H

#include "mptcp/crypto.h"
#include "mptcp/scheduler.h"
#include "tables/block.h"
#include "tables/sized.h"

enum config_fault {
    FAULT_NONE,
    FAULT_CFG,
    FAULT_SIZE,
    FAULT_SUBFLOWS,
    FAULT_ADDRS,
    FAULT_RUNS,
    FAULT_RCV_BUF,
    FAULT_SILENCE_MIN,
    FAULT_SIGNAL_RTO,
    FAULT_ADD_ADDR_RTO,
    FAULT_FLAGS,
    FAULT_ANSWER_WAIT,
    FAULT_SUBFLOW_LIMIT,
    FAULT_POLICY,
    FAULT_SCHEDULER,
    FAULT_OPTION_ROOM,
    FAULT_VERSION,
    FAULT_ADD_ADDR2,
    FAULT_SILENCE_LIMIT,
    FAULT_SECRET,
    FAULT_MEM,
    FAULT_MEM_SIZE
};

#define SUBFLOWS_MAX 32
#define ADDRS_MAX 64
#define FLAGS_KNOWN (2u * MPTCP_CFG_PRIO_WITHOUT_ID - 1) /* up to MPTCP_CFG_PRIO_WITHOUT_ID */
#define BUF_MAX 0x3fffffffu                              /* TCP's largest scaled window */
#define OPTION_ROOM_MIN 20 /* a mapping with its checksum, without a DATA_ACK */

/* The configuration of version 1.0. Members after it are read only if cfg->size holds them. */
#define CONFIG_LEAST SIZED_UPTO(struct mptcp_config, silence_limit)

static inline bool in_range(uint32_t v, uint32_t low, uint32_t high)
{
    return v >= low && v <= high;
}

/* Returns the first capacity that is out of range. */
static inline enum config_fault capacity_fault(const struct mptcp_config *cfg)
{
    if (!in_range(cfg->subflows, 1, SUBFLOWS_MAX)) {
        return FAULT_SUBFLOWS;
    }
    if (!in_range(cfg->addrs, 1, ADDRS_MAX)) {
        return FAULT_ADDRS;
    }
    if (!in_range(cfg->runs, 4u * cfg->subflows, RUNS_MAX)) {
        return FAULT_RUNS;
    }
    return in_range(cfg->rcv_buf, 1, BUF_MAX) ? FAULT_NONE : FAULT_RCV_BUF;
}

/* Returns the first time that is out of range, or does not fit another one. */
static inline enum config_fault time_fault(const struct mptcp_config *cfg)
{
    if (cfg->silence_min == 0) {
        return FAULT_SILENCE_MIN;
    }
    if (!in_range(cfg->signal_rto, 1, BUF_MAX)) {
        return FAULT_SIGNAL_RTO;
    }
    if (cfg->add_addr_rto > BUF_MAX) {
        return FAULT_ADD_ADDR_RTO;
    }
    if (!in_range(cfg->answer_wait, cfg->silence_min, BUF_MAX)) {
        return FAULT_ANSWER_WAIT;
    }
    bool limit = cfg->silence_limit == 0 || cfg->silence_limit >= cfg->answer_wait;
    return limit ? FAULT_NONE : FAULT_SILENCE_LIMIT;
}

/* Returns the first other setting that is out of range. */
static inline enum config_fault choice_fault(const struct mptcp_config *cfg)
{
    if ((cfg->flags & ~FLAGS_KNOWN) != 0) {
        return FAULT_FLAGS;
    }
    if (cfg->subflow_limit == 0) {
        return FAULT_SUBFLOW_LIMIT;
    }
    if (cfg->policy > MPTCP_POLICY_BACKUP) {
        return FAULT_POLICY;
    }
    if (cfg->scheduler >= mptcp_schedulers_count) {
        return FAULT_SCHEDULER;
    }
    if (cfg->option_room > MPTCP_OPTION_MAX) {
        return FAULT_OPTION_ROOM;
    }
    if (!mptcp_version_known(cfg->version)) {
        return FAULT_VERSION;
    }
    bool known = (cfg->add_addr2 & ~MPTCP_ADD_ADDR2_AND_PLAIN) <= MPTCP_ADD_ADDR2_BIS05;
    return known ? FAULT_NONE : FAULT_ADD_ADDR2;
}

/* Returns what is wrong with a configuration, option_room_enough left out. */
static inline enum config_fault config_fault(const struct mptcp_config *cfg)
{
    if (cfg == NULL) {
        return FAULT_CFG;
    }
    if (!sized_right(cfg, CONFIG_LEAST, sizeof *cfg)) {
        return FAULT_SIZE;
    }
    enum config_fault fault = capacity_fault(cfg);
    fault = fault == FAULT_NONE ? time_fault(cfg) : fault;
    return fault == FAULT_NONE ? choice_fault(cfg) : fault;
}

/* True if a mapping fits the options area. */
static inline bool option_room_enough(const struct mptcp_config *cfg)
{
    return cfg->option_room >= OPTION_ROOM_MIN;
}

/* Returns what is wrong with the memory of a connection that takes `need` octets, or that there is
 * no secret. */
static inline enum config_fault memory_fault(const void *mem, size_t size, int64_t need,
                                             const struct mptcp_secret *secret)
{
    if (secret == NULL) {
        return FAULT_SECRET;
    }
    if (mem == NULL || (uintptr_t)mem % _Alignof(uint64_t) != 0) {
        return FAULT_MEM;
    }
    return size < (uint64_t)need ? FAULT_MEM_SIZE : FAULT_NONE;
}

#endif
