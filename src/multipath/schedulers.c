/*
 * schedulers.c - the schedulers that a connection can name, unless the program has a table of its
 * own (mptcp/scheduler.h). Nothing else may stand here.
 */
#include "mptcp/scheduler.h"

const struct mptcp_scheduler *const mptcp_schedulers[] = {&mptcp_minrtt};
const uint8_t mptcp_schedulers_count = 1;
