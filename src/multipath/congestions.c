/*
 * congestions.c - the algorithms of congestion control that the library has, by their names
 * (mptcp/congestion.h). Alone in its object file: a program that does not ask for a name links only
 * the algorithms that it refers to.
 */
#include "mptcp/congestion.h"

const struct mptcp_congestion *const mptcp_congestions[] = {
    &mptcp_lia, &mptcp_olia, &mptcp_balia, &mptcp_wvegas, &mptcp_reno, &mptcp_cubic,
};
const unsigned mptcp_congestions_count = sizeof mptcp_congestions / sizeof mptcp_congestions[0];
