/*
 * config_check.c - tells which argument mptcp_conn_init refuses. What is asked is told by
 * config_fault.h; here the answers have names.
 */
#include "conn/config_fault.h"

/* Names of enum config_fault: members of struct mptcp_config, then the other arguments. */
static const char *const names[] = {
    [FAULT_NONE] = "",
    [FAULT_CFG] = "cfg",
    [FAULT_SIZE] = "size",
    [FAULT_SUBFLOWS] = "subflows",
    [FAULT_ADDRS] = "addrs",
    [FAULT_RUNS] = "runs",
    [FAULT_RCV_BUF] = "rcv_buf",
    [FAULT_SILENCE_MIN] = "silence_min",
    [FAULT_SIGNAL_RTO] = "signal_rto",
    [FAULT_ADD_ADDR_RTO] = "add_addr_rto",
    [FAULT_FLAGS] = "flags",
    [FAULT_ANSWER_WAIT] = "answer_wait",
    [FAULT_SUBFLOW_LIMIT] = "subflow_limit",
    [FAULT_POLICY] = "policy",
    [FAULT_SCHEDULER] = "scheduler",
    [FAULT_OPTION_ROOM] = "option_room",
    [FAULT_VERSION] = "version",
    [FAULT_ADD_ADDR2] = "add_addr2",
    [FAULT_SILENCE_LIMIT] = "silence_limit",
    [FAULT_SECRET] = "secret",
    [FAULT_MEM] = "mem",
    [FAULT_MEM_SIZE] = "mem_size",
};

int mptcp_conn_check(const void *mem, size_t mem_size, const struct mptcp_config *cfg,
                     const struct mptcp_secret *secret, const char **what)
{
    enum config_fault fault = config_fault(cfg);
    int code = MPTCP_E_ARGUMENT;

    if (fault == FAULT_NONE && !option_room_enough(cfg)) {
        fault = FAULT_OPTION_ROOM;
        code = MPTCP_E_ROOM;
    }
    if (fault == FAULT_NONE) {
        fault = memory_fault(mem, mem_size, mptcp_conn_size(cfg), secret);
        code = fault == FAULT_MEM_SIZE ? MPTCP_E_ROOM : code;
    }
    if (what != NULL) {
        *what = names[fault];
    }
    return fault == FAULT_NONE ? MPTCP_OK : code;
}
