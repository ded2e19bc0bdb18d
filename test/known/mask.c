/*
 * mask.c - the simulator with a check of what is due. It takes the place of src/conn/output.c in
 * build/test/pair-mask: after each step the simulator asks for what is due, and here every
 * predicate is asked apart, without the short cut for connections in mid-transfer. Both have to say
 * the same.
 */
#define mptcp_want want_of_the_library
#define mptcp_poll poll_of_the_library
#include "conn/output.c"
#undef mptcp_want
#undef mptcp_poll

#include <stdio.h>
#include <stdlib.h>

unsigned mptcp_want(const struct mptcp_conn *c);
int mptcp_poll(const struct mptcp_conn *c, struct mptcp_action *a);

/* What is due by each predicate alone. */
static unsigned recomputed(const struct mptcp_conn *c)
{
    struct mptcp_action a;
    unsigned mask = 0;

    for (unsigned type = MPTCP_RESET_SUBFLOW; type <= MPTCP_EVENT; type++) {
        memset(&a, 0, sizeof a);
        mask |= due(c, type, &a) ? MPTCP_WANT(type) : 0;
    }
    return mask & ~(unsigned)c->later;
}

static void check(const struct mptcp_conn *c, unsigned mask)
{
    unsigned all = recomputed(c);

    if (mask != all) {
        printf("due, says the library: %03x; each predicate alone: %03x\n", mask, all);
        fflush(stdout);
        exit(EXIT_FAILURE);
    }
}

unsigned mptcp_want(const struct mptcp_conn *c)
{
    unsigned mask = want_of_the_library(c);
    check(c, mask);
    return mask;
}

/* The first of what is due. */
int mptcp_poll(const struct mptcp_conn *c, struct mptcp_action *a)
{
    int any = poll_of_the_library(c, a);
    unsigned first = recomputed(c) & (0u - recomputed(c));
    if (first != (any ? MPTCP_WANT(a->type) : 0)) {
        printf("first due, says the library: type %u; each predicate alone: %03x\n",
               any ? a->type : 0u, first);
        fflush(stdout);
        exit(EXIT_FAILURE);
    }
    return any;
}
