/*
 * check.c - what the block keeps, computed from scratch. A file of its own: the private headers of
 * src/ have other meanings for some names of sim.h.
 */
#include "check.h"

const char *block_wrong(const struct mptcp_conn *c); /* as in sim.h */

const char *block_wrong(const struct mptcp_conn *c)
{
    return check_block(c);
}
