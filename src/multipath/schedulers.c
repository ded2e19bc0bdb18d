/*
 * schedulers.c - the library's table of schedulers (mptcp/scheduler.h). A program that defines the
 * table itself replaces this object file, so nothing else may stand here.
 */
#include "mptcp/scheduler.h"

const struct mptcp_scheduler *const mptcp_schedulers[] = {&mptcp_gain, &mptcp_minrtt};
const uint8_t mptcp_schedulers_count = 2;
