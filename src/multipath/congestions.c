/*
 * congestions.c - the algorithms of congestion control that the library has, by their numbers
 * (mptcp/congestion.h). Alone in its object file: a program that does not ask for a name links only
 * the algorithms that it refers to. It is a function, since a program that is linked with a table
 * of a shared library has that table's size in it.
 */
#include "mptcp/congestion.h"

static const struct mptcp_congestion *const all[] = {
    &mptcp_lia, &mptcp_olia, &mptcp_balia, &mptcp_wvegas, &mptcp_reno, &mptcp_cubic,
};

const struct mptcp_congestion *mptcp_congestion_at(unsigned i)
{
    return i < sizeof all / sizeof all[0] ? all[i] : NULL;
}
