/*
 * mask.c - lwIP at both ends, and a check of what is due whenever the binding asks for it. It takes
 * the place of src/conn/due.c in build/test/lwip-mask: what the block keeps although it could be
 * computed is computed from scratch (test/check.h). The other simulator does the same by itself.
 */
#define mptcp_want want_of_the_library
#define mptcp_poll poll_of_the_library
#include "check.h"
#include "conn/due.c"
#undef mptcp_want
#undef mptcp_poll

#include <stdio.h>
#include <stdlib.h>

unsigned mptcp_want(const struct mptcp_conn *c);
int mptcp_poll(const struct mptcp_conn *c, struct mptcp_action *a);

static void check(const struct mptcp_conn *c)
{
    const char *wrong = check_block(c);

    if (wrong != NULL) {
        printf("%s\n", wrong);
        fflush(stdout);
        exit(EXIT_FAILURE);
    }
}

unsigned mptcp_want(const struct mptcp_conn *c)
{
    check(c);
    return want_of_the_library(c);
}

int mptcp_poll(const struct mptcp_conn *c, struct mptcp_action *a)
{
    check(c);
    return poll_of_the_library(c, a);
}
