/*
 * below_receive.c - received octets: from sockets into the queues of subflows, reported to the
 * connection as they come; from the queues into the stream's buffer as the connection delivers
 * them; from there to the application.
 *
 * The buffer holds what the window allows, which is no more than its size. Octets of a client's
 * Fast Open come before those of the connection, which does not know of them; they go straight into
 * the buffer, and are not reported as consumed.
 */
#include "below_internal.h"

#include <string.h>

static uint32_t waiting(const struct bl_stream *s)
{
    return s->rcv_in - s->rcv_out;
}

/* Where the next octets go in the buffer; sets *space to how many fit there behind each other. */
static uint8_t *buffer_end(const struct below *b, const struct bl_stream *s, uint32_t *space)
{
    uint32_t size = b->cfg.conn.rcv_buf;
    uint32_t at = s->rcv_in & (size - 1);
    uint32_t left = size - waiting(s);

    *space = left < size - at ? left : size - at;
    return s->rcv + at;
}

static int32_t read_socket(struct below *b, const struct bl_place *p, uint8_t *to, uint32_t space)
{
    b->in_socket = 1;
    int32_t n = b->host.sockets.read(b->host.context, p->socket, to, space);
    b->in_socket = 0;
    return n > 0 && (uint32_t)n > space ? MPTCP_E_SUBFLOW_FAILED : n;
}

/* Octets of the SYN: the application's, and not of the connection. */
static int32_t drain_early(struct below *b, struct bl_stream *s, struct bl_place *p)
{
    uint32_t space;
    uint8_t *to = buffer_end(b, s, &space);

    space = space < p->early ? space : p->early;
    if (space == 0) {
        p->facts |= BL_STARVED;
        return MPTCP_E_AGAIN;
    }
    int32_t n = read_socket(b, p, to, space);
    if (n > 0) {
        p->early -= (uint32_t)n;
        s->early += (uint32_t)n;
        s->rcv_in += (uint32_t)n;
        s->news = 1;
    }
    return n;
}

static int32_t drain_octets(struct below *b, struct bl_stream *s, struct bl_place *p,
                            mptcp_time now)
{
    uint32_t space;
    uint8_t *to = bl_queue_end(b, s, &p->queue, &space);

    if (to == NULL) {
        p->facts |= BL_STARVED;
        return MPTCP_E_AGAIN;
    }
    int32_t n = read_socket(b, p, to, space);
    if (n > 0) {
        struct mptcp_piece piece = {.len = (uint32_t)n, .data = to};
        bl_queue_added(b, s, &p->queue, (uint32_t)n);
        /* The connection would take the octets after these for these ones. */
        if (mptcp_on_data(s->conn, p->sf, &piece, now) != MPTCP_OK) {
            return MPTCP_E_SUBFLOW_FAILED;
        }
    }
    return n;
}

/* What a read without octets says. */
static void no_octets(struct bl_stream *s, struct bl_place *p, int32_t n, mptcp_time now)
{
    p->facts &= (uint8_t)~BL_READABLE;
    if (n == 0) {
        p->facts |= BL_FIN_READ;
        (void)mptcp_on_fin(s->conn, p->sf, now);
    } else if (n != MPTCP_E_AGAIN) {
        p->failed = n == MPTCP_E_PEER_RESET ? MPTCP_E_PEER_RESET : MPTCP_E_SUBFLOW_FAILED;
    }
}

void bl_drain(struct below *b, struct bl_stream *s, struct bl_place *p, mptcp_time now)
{
    p->facts &= (uint8_t)~BL_STARVED;
    while ((p->facts & (BL_FIN_READ | BL_STARVED)) == 0 && p->socket != BELOW_NO_SOCKET &&
           !mptcp_subflow_resets(s->conn, p->sf)) {
        int32_t n = p->early > 0 ? drain_early(b, s, p) : drain_octets(b, s, p, now);
        if ((p->facts & BL_STARVED) != 0) {
            return;
        }
        if (n <= 0) {
            no_octets(s, p, n, now);
            return;
        }
    }
}

/* Copies up to n octets of a queue into the buffer; returns how many. */
static uint32_t copy(struct below *b, struct bl_stream *s, const struct bl_queue *q, mptcp_ssn ssn,
                     uint32_t n)
{
    uint32_t done = 0;

    while (done < n) {
        uint32_t run;
        uint32_t space;
        const uint8_t *from = bl_queue_at(b, s, q, mptcp_ssn_add(ssn, done), &run);
        uint8_t *to = buffer_end(b, s, &space);
        uint32_t part = run < space ? run : space;
        part = part < n - done ? part : n - done;
        if (from == NULL || part == 0) {
            break;
        }
        memcpy(to, from, part);
        s->rcv_in += part;
        done += part;
    }
    return done;
}

/* A queue without chunks to read into has some again. */
static void feed(struct below *b, struct bl_stream *s)
{
    for (unsigned i = 0; i < bl_places(b); i++) {
        if (s->places[i].state == BL_PLACE_LIVE && (s->places[i].facts & BL_STARVED) != 0) {
            s->again = 1;
        }
    }
}

void bl_deliver(struct below *b, struct bl_stream *s, const struct mptcp_action *a, mptcp_time now)
{
    struct bl_place *p = &s->places[a->sf & 0xffu];
    bool dropped = s->owner == BL_NOBODY;
    uint32_t n = dropped ? a->len : copy(b, s, &p->queue, a->ssn, a->len);

    if (mptcp_done(s->conn, a, n, n > 0 ? MPTCP_DONE : MPTCP_LATER, now) != MPTCP_OK) {
        s->rcv_in -= dropped ? 0 : n;
        return;
    }
    if (n == a->len) {
        bl_queue_drop(b, s, &p->queue, a->keep);
        feed(b, s);
    }
    if (dropped) {
        (void)mptcp_on_consumed(s->conn, n, now);
    }
    s->news = 1;
}

void bl_release(struct below *b, struct bl_stream *s, const struct mptcp_action *a, mptcp_time now)
{
    if (mptcp_done(s->conn, a, 0, MPTCP_DONE, now) == MPTCP_OK) {
        bl_queue_drop(b, s, &s->places[a->sf & 0xffu].queue, a->keep);
        feed(b, s);
    }
}

uint32_t bl_take(struct below *b, struct bl_stream *s, void *octets, uint32_t length,
                 mptcp_time now)
{
    uint32_t size = b->cfg.conn.rcv_buf;
    uint32_t n = length < waiting(s) ? length : waiting(s);
    uint32_t at = s->rcv_out & (size - 1);
    uint32_t part = n < size - at ? n : size - at;
    uint32_t unknown = n < s->early ? n : s->early;

    if (octets != NULL && n > 0) {
        memcpy(octets, s->rcv + at, part);
        memcpy((uint8_t *)octets + part, s->rcv, n - part);
    }
    s->rcv_out += n;
    s->early -= unknown;
    if (n > unknown) {
        (void)mptcp_on_consumed(s->conn, n - unknown, now);
    }
    return n;
}
