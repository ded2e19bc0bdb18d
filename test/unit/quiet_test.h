/*
 * quiet_test.h - a download on the first of two subflows of a client; what the second one, which
 * brings nothing, is asked, and how it ends. For the tests of quiet.c.
 */
#ifndef QUIET_TEST_H
#define QUIET_TEST_H

#include "core_test.h"
#include "machines/machines.h"

#define SECOND 1000000u
#define STEP 100000u /* us between two pieces of what the server sends */

struct download {
    struct pair p;
    mptcp_sf ours; /* the second subflow, which the client has opened */
    mptcp_sf theirs;
    mptcp_time since;    /* when the second one was complete */
    mptcp_time asked[8]; /* when a probe left on it */
    unsigned probes;
    bool answers; /* the peer's TCP does */
};

static inline void begins(struct download *d)
{
    memset(d, 0, sizeof *d);
    two_subflows(&d->p, &d->ours, &d->theirs);
    d->since = d->p.now;
}

/* The server sends octets on one of its subflows, and the client takes them. */
static inline void brings(struct download *d, mptcp_sf theirs, mptcp_sf ours)
{
    static const uint8_t zeros[100];
    struct pair *p = &d->p;
    struct mptcp_action a;
    struct mptcp_piece piece = {.data = zeros, .len = 100};

    room(p, &p->server, p->server.sf, theirs == p->server.sf ? 1000 : 0);
    room(p, &p->server, d->theirs, theirs == d->theirs ? 1000 : 0);
    assert_int_equal(MPTCP_OK, mptcp_on_written(p->server.c, 100, p->now));
    assert_true(find_action(p, &p->server, MPTCP_SEND, &a));
    assert_int_equal(theirs, a.sf);
    assert_int_equal(MPTCP_OK, mptcp_done(p->server.c, &a, 100, MPTCP_DONE, p->now));
    struct mptcp_subflow_report info = subflow_of(&p->server, theirs);
    struct wire w =
        send_from(p, &p->server, theirs, ACK, info.snd_nxt.v - 100, 100, info.rcv_nxt.v);
    come(p, &p->client, ours, &w);
    assert_false(p->client.verdict.drop);
    assert_int_equal(MPTCP_OK, mptcp_on_data(p->client.c, ours, &piece, p->now));
    assert_true(find_action(p, &p->client, MPTCP_DELIVER, &a));
    assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 100, MPTCP_DONE, p->now));
    assert_int_equal(MPTCP_OK, mptcp_on_consumed(p->client.c, 100, p->now));
    struct wire ack = says(p, &p->client, ours);
    come(p, &p->server, theirs, &ack);
}

/* Does what is due at the client, and notes its probes. Returns the code with which the second
 * subflow is reset; 0: it is not. */
static inline int acts(struct download *d)
{
    struct pair *p = &d->p;
    struct mptcp_action a;

    mptcp_on_timeout(p->client.c, p->now);
    for (unsigned i = 0; mptcp_poll(p->client.c, &a); i++) {
        assert_true(i < 50);
        if (a.type == MPTCP_RESET_SUBFLOW) {
            assert_int_equal(d->ours, a.sf);
            assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, 0, MPTCP_DONE, p->now));
            int why = a.code;
            acks_leave(p, &p->client);
            return why;
        }
        assert_int_equal(MPTCP_OK, mptcp_done(p->client.c, &a, a.len, MPTCP_DONE, p->now));
        if (a.type == MPTCP_PROBE) {
            assert_int_equal(d->ours, a.sf);
            assert_true(d->probes < 8);
            d->asked[d->probes++] = p->now - d->since;
        }
        if (a.type == MPTCP_PROBE && d->answers) {
            struct wire w = says(p, &p->server, d->theirs);
            come(p, &p->client, d->ours, &w);
        }
    }
    return MPTCP_OK;
}

/* So much time passes; the first subflow brings octets, or nothing does. Ends with the reset. */
static inline int passes(struct download *d, mptcp_time us, bool octets)
{
    for (mptcp_time end = d->p.now + us; d->p.now < end; d->p.now += STEP) {
        if (octets) {
            brings(d, d->p.server.sf, d->p.client.sf);
        }
        int why = acts(d);
        if (why != MPTCP_OK) {
            return why;
        }
    }
    return MPTCP_OK;
}

#endif
