/*
 * below_subflow.c - the places of a stream's subflows. A subflow has a flow of the shim's from its
 * first segment on, and a socket of TCP's from connect, or from the moment when a listener of
 * TCP's has accepted it. bl_place_state has the states.
 *
 * A subflow ends by what its flow or its socket says: octets that can still be read are taken
 * first. It was closed in order when the peer's end was read and both FINs are acknowledged.
 */
#include "below_internal.h"

#include <string.h>

struct bl_place *bl_place_of(const struct below *b, const struct bl_stream *s, mptcp_sf sf)
{
    unsigned i = sf & 0xffu;
    struct bl_place *p = i < bl_places(b) ? &s->places[i] : NULL;

    return p != NULL && p->state == BL_PLACE_LIVE && p->sf == sf ? p : NULL;
}

struct bl_place *bl_place_flow(struct below *b, struct bl_stream *s, mptcp_sf sf, shim_flow flow)
{
    struct mptcp_subflow_report info;
    struct bl_place *p = bl_place_of(b, s, sf);

    if (p == NULL) {
        if ((sf & 0xffu) >= bl_places(b) || mptcp_subflow_info(s->conn, sf, &info) != MPTCP_OK) {
            return NULL;
        }
        p = &s->places[sf & 0xffu];
        /* The connection has given the slot to another subflow: it needs the queue no more. */
        bl_queue_drop_all(b, s, &p->queue);
        memset(p, 0, sizeof *p);
        bl_queue_init(&p->queue);
        bl_sums_begin(b, s, p);
        p->state = BL_PLACE_LIVE;
        p->sf = sf;
        p->socket = BELOW_NO_SOCKET;
        p->given = p->sent = mptcp_ssn_of(1);
        p->segment = 1; /* until it is reported */
    }
    p->flow = flow;
    return p;
}

void bl_place_socket(struct below *b, struct bl_stream *s, struct bl_place *p, below_socket socket)
{
    p->socket = socket;
    bl_socket_enter(b, socket, (uint32_t)bl_index(b, s) << 8 | (uint32_t)(p - s->places));
}

void bl_place_end(struct below *b, struct bl_place *p, enum below_close_how how)
{
    p->state = p->queue.length > 0 ? BL_PLACE_GONE : BL_PLACE_FREE;
    p->flow = SHIM_NO_FLOW;
    bl_socket_close(b, &p->socket, how);
}

void bl_places_sweep(struct below *b, struct bl_stream *s)
{
    struct mptcp_subflow_report info;

    for (unsigned i = 0; i < bl_places(b); i++) {
        struct bl_place *p = &s->places[i];
        if (p->state == BL_PLACE_GONE &&
            mptcp_subflow_info(s->conn, p->sf, &info) == MPTCP_E_STALE) {
            bl_queue_drop_all(b, s, &p->queue);
            p->state = BL_PLACE_FREE;
        }
    }
}

/* TCP, or the peer, has ended the subflow. */
static void gone(struct below *b, struct bl_stream *s, struct bl_place *p, int why, mptcp_time now)
{
    if (why != MPTCP_E_CLOSED) {
        (void)shim_reset(b->shim, p->flow, 0, now); /* unless its flow has seen a RST */
    }
    bl_stream_no_join(b, s, p->sf, why);
    (void)mptcp_on_gone(s->conn, p->sf, why, now);
    bl_place_end(b, p, why == MPTCP_E_CLOSED ? BELOW_FORGET : BELOW_RESET);
}

/* Why a flow that is over has ended the subflow, once all that can be read was read; 0: that is not
 * so yet. */
static int end_of(const struct bl_place *p, const struct shim_report *r)
{
    bool read =
        (p->facts & BL_FIN_READ) != 0 || (p->socket == BELOW_NO_SOCKET && p->failed == MPTCP_OK);

    switch (r->state) {
    case SHIM_DONE:
        return read ? MPTCP_E_CLOSED : MPTCP_OK;
    case SHIM_DEAD:
        return r->peer_reset ? MPTCP_E_PEER_RESET : MPTCP_E_SUBFLOW_FAILED;
    default:
        return MPTCP_OK;
    }
}

static void look_at(struct below *b, struct bl_stream *s, struct bl_place *p, mptcp_time now)
{
    struct shim_report r;
    bool known = shim_look(b->shim, p->flow, &r) == MPTCP_OK;
    bool over = !known || r.state == SHIM_DONE || r.state == SHIM_DEAD;

    if ((p->facts & (BL_READABLE | BL_STARVED)) != 0 || over) {
        bl_drain(b, s, p, now);
    }
    int why = known ? end_of(p, &r) : MPTCP_E_SUBFLOW_FAILED;
    why = why != MPTCP_OK ? why : p->failed;
    if (why != MPTCP_OK) {
        gone(b, s, p, why, now);
    } else if (known && r.established && (p->facts & BL_CONNECTED) != 0) {
        bl_sums_acked(b, s, p, r.acknowledged, now);
        bl_report_path(b, s, p, &r, now);
    }
}

void bl_look(struct below *b, struct bl_stream *s, mptcp_time now)
{
    for (unsigned i = 0; i < bl_places(b); i++) {
        if (s->places[i].state == BL_PLACE_LIVE && s->state != BL_ENDED) {
            look_at(b, s, &s->places[i], now);
        }
    }
}
