/*
 * waits.c - what the scheduler of a connection waits for. A file of its own: the private headers of
 * src/ have other meanings for some names of explore.h.
 */
#include "check.h"

bool waits_right(const struct mptcp_conn *c); /* as in explore.h */

bool waits_right(const struct mptcp_conn *c)
{
    return check_waits(c);
}
