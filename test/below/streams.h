/*
 * streams.h - what the tests of streams ask and do without an application of world.h.
 */
#ifndef TEST_BELOW_STREAMS_H
#define TEST_BELOW_STREAMS_H

#include "below_test.h"

/* Streams of a host that exist, those that are closing included. */
static inline unsigned streams(struct world *w, enum side side)
{
    struct below *b = world_below(w, side);
    unsigned n = 0;

    for (below_stream s = below_next(b, BELOW_NONE); s != BELOW_NONE; s = below_next(b, s)) {
        n++;
    }
    return n;
}

static inline bool no_streams(struct world *w, void *arg)
{
    (void)arg;
    return streams(w, CLIENT) == 0 && streams(w, SERVER) == 0;
}

static inline struct mptcp_conn_report report_of_stream(struct below *b, below_stream s)
{
    struct mptcp_conn_report r;

    mptcp_conn_info(below_conn(b, s), &r);
    return r;
}

static inline bool is_open(struct world *w, void *arg)
{
    const below_stream *s = arg;
    return (below_ready(world_below(w, CLIENT), *s) & BELOW_OPEN) != 0;
}

static inline bool has_ended(struct world *w, void *arg)
{
    const below_stream *s = arg;
    return (below_ready(world_below(w, CLIENT), *s) & BELOW_ENDED) != 0;
}

static inline below_stream connect_to(struct world *w, uint16_t port)
{
    struct mptcp_addr local = world_address(CLIENT, 0, 4);
    struct mptcp_addr remote = world_address(SERVER, 0, 4);
    below_stream s;

    remote.port = port;
    assert_int_equal(0, below_connect(world_below(w, CLIENT), &local, &remote, &s, world_now(w)));
    world_settle(w);
    return s;
}

static inline below_listener listen_at(struct world *w, uint16_t port)
{
    struct mptcp_addr any = {.port = port};
    below_listener l;

    assert_int_equal(0, below_listen(world_below(w, SERVER), &any, &l, world_now(w)));
    return l;
}

/* The next client of a listener; BELOW_NONE: there is none. */
static inline below_stream next_client(struct world *w, below_listener l)
{
    below_stream s = BELOW_NONE;
    int why = below_accept(world_below(w, SERVER), l, &s);

    assert_true(why == 0 || why == MPTCP_E_AGAIN);
    return s;
}

/* An open stream, client and server. */
struct both {
    below_stream client;
    below_stream server;
    below_listener listener;
};

static inline struct both open_both(struct world *w)
{
    struct both s;

    s.listener = listen_at(w, PORT);
    s.client = connect_to(w, PORT);
    assert_true(world_until(w, is_open, &s.client, SECOND));
    world_run(w, SECOND / 10);
    s.server = next_client(w, s.listener);
    assert_int_not_equal(BELOW_NONE, s.server);
    return s;
}

static inline struct world *new_world(struct world_config *cfg)
{
    world_config_init(cfg);
    return world_new(cfg);
}

#endif
