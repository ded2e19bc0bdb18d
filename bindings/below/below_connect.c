/*
 * below_connect.c - what begins here: a client's stream, by its first subflow; and further subflows
 * (MPTCP_CONNECT). TCP begins to connect, which tells the port; the connection and the shim know
 * of the subflow before the SYN comes to below_out.
 */
#include "below_internal.h"

static bool is_address(const struct mptcp_addr *a)
{
    return a != NULL && (a->family == 4 || a->family == 6);
}

/* The calls of several threads end in any order. */
static void end_attempt(struct below *b, const struct bl_attempt *attempt)
{
    struct bl_attempt **link = &b->attempts;

    while (*link != attempt) {
        link = &(*link)->next;
    }
    *link = attempt->next;
}

static int open_socket(struct below *b, struct mptcp_addr *local, const struct mptcp_addr *remote,
                       below_socket *socket)
{
    struct bl_attempt attempt = {b->attempts, remote};

    *socket = BELOW_NO_SOCKET;
    b->attempts = &attempt;
    int why = b->host.sockets.connect(b->host.context, local, remote, socket);
    end_attempt(b, &attempt);
    return why == MPTCP_OK && *socket == BELOW_NO_SOCKET ? MPTCP_E_SUBFLOW_FAILED : why;
}

/* The subflow is this socket, and gets a flow. Otherwise returns why not, and the socket is still
 * the caller's. */
static int attach(struct below *b, struct bl_stream *s, mptcp_sf sf, const struct mptcp_addr *local,
                  const struct mptcp_addr *remote, below_socket socket, mptcp_time now)
{
    shim_flow flow = shim_open(b->shim, s->conn, sf, local, remote, now);
    if (flow == SHIM_NO_FLOW) {
        return MPTCP_E_FULL;
    }
    struct bl_place *p = bl_place_flow(b, s, sf, flow);
    if (p == NULL) {
        return MPTCP_E_STALE;
    }
    bl_place_socket(b, s, p, socket);
    return MPTCP_OK;
}

static int first_subflow(struct below *b, struct bl_stream *s, const struct mptcp_addr *local,
                         const struct mptcp_addr *remote, mptcp_time now)
{
    struct mptcp_addr from = *local; /* with the port that TCP takes */
    below_socket socket;
    mptcp_sf sf;

    int why = open_socket(b, &from, remote, &socket);
    if (why != MPTCP_OK) {
        return why;
    }
    why = mptcp_connect(s->conn, &from, remote, &sf, now);
    if (why == MPTCP_OK) {
        why = attach(b, s, sf, &from, remote, socket, now);
    }
    if (why != MPTCP_OK) {
        b->host.sockets.close(b->host.context, socket, BELOW_RESET);
    }
    return why;
}

/* Whether a client offers MPTCP, and which version (C-4, H-3). */
static void choose_offer(const struct below *b, struct bl_stream *s,
                         const struct mptcp_addr *remote, mptcp_time now)
{
    unsigned version = b->cfg.conn.version;

    if (b->cfg.one_then_zero) {
        version = mptcp_versions_offer(&b->versions, remote, now);
    }
    s->spared =
        version == MPTCP_VERSIONS_NONE || !mptcp_blackhole_may_offer(&b->blackhole, remote, now);
    s->version = version == MPTCP_VERSIONS_NONE ? 1 : (uint8_t)version;
}

int below_connect(struct below *b, const struct mptcp_addr *local, const struct mptcp_addr *remote,
                  below_stream *stream, mptcp_time now)
{
    if (b == NULL || stream == NULL || !is_address(local) || !is_address(remote) ||
        local->family != remote->family || remote->port == 0 || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    b->now = now;
    struct bl_stream *s = bl_stream_take(b);
    if (s == NULL) {
        return MPTCP_E_FULL;
    }
    choose_offer(b, s, remote, now);
    s->busy = 1;
    int why = MPTCP_E_FULL;
    if (bl_stream_make(b, s)) {
        why = first_subflow(b, s, local, remote, now);
    }
    s->busy = 0;
    if (why != MPTCP_OK) {
        bl_stream_free(b, s);
        return why;
    }
    s->owner = BL_APPLICATION;
    bl_touch(b, s);
    *stream = bl_stream_handle(b, s);
    return MPTCP_OK;
}

void bl_connect(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now)
{
    struct mptcp_addr from = a->local;
    below_socket socket;

    if (open_socket(b, &from, &a->remote, &socket) != MPTCP_OK) {
        (void)mptcp_done(s->conn, a, 0, MPTCP_FAILED, now);
        return;
    }
    a->local.port = from.port;
    int why = mptcp_done(s->conn, a, 0, MPTCP_DONE, now);
    if (why == MPTCP_OK) {
        why = attach(b, s, a->sf, &from, &a->remote, socket, now);
        if (why != MPTCP_OK) {
            (void)mptcp_on_gone(s->conn, a->sf, MPTCP_E_FULL, now);
        }
    }
    if (why != MPTCP_OK) {
        b->host.sockets.close(b->host.context, socket, BELOW_RESET);
    }
}
