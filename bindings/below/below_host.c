/*
 * below_host.c - the calls of the host: packets, and what its sockets tell. What a socket tells is
 * noted; below_work looks at it. (below_accepted is in below_listen.c.)
 */
#include "below_internal.h"

#include "packet.h"

enum shim_pass below_in(struct below *b, unsigned nif, uint8_t *frame, uint32_t length,
                        mptcp_time now)
{
    if (b == NULL || frame == NULL || now == MPTCP_NEVER) {
        return SHIM_DROP;
    }
    b->now = now;
    return shim_in(b->shim, nif, frame, length, now);
}

static bool is_attempt(const struct below *b, const struct mptcp_addr *remote)
{
    for (const struct bl_attempt *a = b->attempts; a != NULL; a = a->next) {
        if (a->remote->port == remote->port && mptcp_addr_same_ip(a->remote, remote)) {
            return true;
        }
    }
    return false;
}

/* True if the frame is a SYN of a connection that the shim does not know, to where a call of
 * connect that has not returned is connecting: it would leave as that of a connection of plain TCP.
 */
static bool is_early(const struct below *b, const uint8_t *frame, uint32_t length)
{
    struct packet p;
    struct segment t;

    return b->attempts != NULL && packet_read(frame, length, b->cfg.shim.link, &p) &&
           p.protocol == PROTOCOL_TCP && packet_segment(frame, &p, &t) &&
           (t.flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK)) == MPTCP_TCP_SYN &&
           is_attempt(b, &t.destination) &&
           shim_find(b->shim, &t.source, &t.destination) == SHIM_NO_FLOW;
}

int below_out(struct below *b, unsigned nif, const uint8_t *frame, uint32_t length, mptcp_time now)
{
    if (b == NULL || frame == NULL || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    if (b->in_socket || is_early(b, frame, length)) {
        return MPTCP_E_AGAIN;
    }
    b->now = now;
    return shim_out(b->shim, nif, frame, length, now);
}

int below_set_mtu(struct below *b, unsigned nif, uint16_t mtu)
{
    return b == NULL ? MPTCP_E_ARGUMENT : shim_set_mtu(b->shim, nif, mtu);
}

void below_shim_counts(const struct below *b, struct shim_counts *counts)
{
    if (b != NULL && counts != NULL) {
        shim_read_counts(b->shim, counts);
    }
}

uint32_t below_joins_refused(const struct below *b, int code)
{
    return b != NULL ? shim_joins_refused(b->shim, code) : 0;
}

/* The place of a subflow's socket, and its stream; NULL: it is none. */
static struct bl_place *place_of(struct below *b, below_socket socket, mptcp_time now,
                                 struct bl_stream **s)
{
    uint32_t what;

    if (b == NULL || now == MPTCP_NEVER || !bl_socket_find(b, socket, &what) ||
        (what & BL_IS_LISTENER) != 0) {
        return NULL;
    }
    b->now = now;
    *s = &b->streams[what >> 8];
    return &(*s)->places[what & 0xffu];
}

static void note(struct below *b, below_socket socket, unsigned set, unsigned clear, mptcp_time now)
{
    struct bl_stream *s;
    struct bl_place *p = place_of(b, socket, now, &s);

    if (p != NULL) {
        p->facts = (uint8_t)((p->facts & ~clear) | set);
        bl_touch(b, s);
    }
}

void below_connected(struct below *b, below_socket socket, mptcp_time now)
{
    note(b, socket, BL_CONNECTED, 0, now);
}

void below_readable(struct below *b, below_socket socket, mptcp_time now)
{
    note(b, socket, BL_READABLE, 0, now);
}

void below_writable(struct below *b, below_socket socket, mptcp_time now)
{
    note(b, socket, 0, BL_FULL, now);
}

void below_socket_failed(struct below *b, below_socket socket, int why, mptcp_time now)
{
    struct bl_stream *s;
    struct bl_place *p = place_of(b, socket, now, &s);
    uint32_t what;

    if (p != NULL) {
        p->failed = why == MPTCP_E_PEER_RESET ? MPTCP_E_PEER_RESET : MPTCP_E_SUBFLOW_FAILED;
        p->socket = BELOW_NO_SOCKET;
        bl_touch(b, s);
    } else if (b != NULL && bl_socket_find(b, socket, &what)) {
        b->listeners[what & ~BL_IS_LISTENER].socket = BELOW_NO_SOCKET;
    } else {
        return;
    }
    bl_socket_forget(b, socket);
}
