/*
 * usual.c - the shorter way that src/conn/usual.c takes, against the long one, octet by octet:
 * linked into a simulator in front of it (--wrap). Whatever it has done to a block, the general
 * functions do to a copy of it; what it has refused, it must not have changed.
 */
#include "conn/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool __real_mptcp_usual_segment(struct mptcp_conn *c, struct mptcp_subflow *s,
                                const struct mptcp_segment *seg, const struct mptcp_dss *d);
bool __wrap_mptcp_usual_segment(struct mptcp_conn *c, struct mptcp_subflow *s,
                                const struct mptcp_segment *seg, const struct mptcp_dss *d);
bool __real_mptcp_usual_pass(struct mptcp_conn *c, struct mptcp_subflow *s, uint32_t n);
bool __wrap_mptcp_usual_pass(struct mptcp_conn *c, struct mptcp_subflow *s, uint32_t n);

static bool long_way; /* a copy is going it */

static size_t size_of(const struct mptcp_conn *c)
{
    return MPTCP_CONN_SIZE((size_t)c->subflows, (size_t)c->addrs, (size_t)c->runs);
}

static struct mptcp_conn *copy_of(const struct mptcp_conn *c)
{
    struct mptcp_conn *copy = malloc(size_of(c));

    if (copy == NULL) {
        abort();
    }
    memcpy(copy, c, size_of(c));
    return copy;
}

/* Ends the program if the two are not the same. */
static void compare(const char *what, const struct mptcp_conn *c, struct mptcp_conn *copy,
                    bool fine)
{
    if (!fine || memcmp(c, copy, size_of(c)) != 0) {
        printf("usual.c: %s is not what the general functions make of it\n", what);
        fflush(stdout);
        abort();
    }
    free(copy);
}

static mptcp_sf handle(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return handle_of(c, (unsigned)(s - subflow_at(c, 0)));
}

static mptcp_time present(const struct mptcp_conn *c)
{
    return mptcp_clock_time(c, c->tick);
}

bool __wrap_mptcp_usual_segment(struct mptcp_conn *c, struct mptcp_subflow *s,
                                const struct mptcp_segment *seg, const struct mptcp_dss *d)
{
    static const struct mptcp_verdict none;
    struct mptcp_verdict v = none;

    if (long_way) {
        return false;
    }
    struct mptcp_conn *copy = copy_of(c);
    bool took = __real_mptcp_usual_segment(c, s, seg, d);
    if (took) {
        long_way = true;
        mptcp_on_segment(copy, handle(c, s), seg, &v, present(copy));
        long_way = false;
    }
    compare("a segment", c, copy, memcmp(&v, &none, sizeof v) == 0);
    return took;
}

bool __wrap_mptcp_usual_pass(struct mptcp_conn *c, struct mptcp_subflow *s, uint32_t n)
{
    struct mptcp_piece piece = {.len = n};
    struct mptcp_action a = {.type = MPTCP_DELIVER, .len = n, .ssn = s->rcv_nxt};
    mptcp_ssn first = s->rcv_nxt;

    if (long_way) {
        return false;
    }
    struct mptcp_conn *copy = copy_of(c);
    bool took = __real_mptcp_usual_pass(c, s, n);
    if (took) {
        long_way = true;
        mptcp_on_data(copy, handle(c, s), &piece, present(copy));
        mptcp_poll(copy, &a);
        mptcp_done(copy, &a, n, MPTCP_DONE, present(copy));
        long_way = false;
    }
    compare("octets that are passed on", c, copy,
            a.type == MPTCP_DELIVER && a.len == n && mptcp_ssn_eq(a.ssn, first));
    return took;
}
