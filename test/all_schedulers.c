/*
 * all_schedulers.c - a table of all schedulers of the library, for the programs of tests that can
 * be told which one to take, in place of the library's own (src/multipath/schedulers.c).
 */
#include "mptcp/scheduler.h"

const struct mptcp_scheduler *const mptcp_schedulers[] = {
    &mptcp_gain, &mptcp_minrtt, &mptcp_roundrobin, &mptcp_redundant, &mptcp_blest, &mptcp_ecf};
const uint8_t mptcp_schedulers_count = sizeof mptcp_schedulers / sizeof mptcp_schedulers[0];
