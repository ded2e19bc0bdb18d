/*
 * schedulers.c - the schedulers that --scheduler names: all of the library's, in place of its own
 * table, which has the two that firmware is most likely to want.
 */
#include "mptcp/scheduler.h"

const struct mptcp_scheduler *const mptcp_schedulers[] = {
    &mptcp_gain, &mptcp_minrtt, &mptcp_roundrobin, &mptcp_redundant, &mptcp_blest, &mptcp_ecf};
const uint8_t mptcp_schedulers_count = sizeof mptcp_schedulers / sizeof mptcp_schedulers[0];
