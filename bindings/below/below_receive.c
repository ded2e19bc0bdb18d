/*
 * below_receive.c - received octets: from sockets to where they belong in the stream, reported to
 * the connection as they come; and their delivery.
 *
 * Usually the mapping of what comes next is known, and octets are read straight into the stream's
 * buffer; second copies are read and forgotten. Two sorts of octets wait in the queue of their
 * subflow, by SSN:
 *
 *   without a mapping    until it comes late, or the connection goes on as plain TCP, or gives them
 *                        up. What comes behind them waits, too
 *   with a checksum      until their mapping is whole and was found right; then they move to the
 *                        buffer. A wrong one is of those without a mapping
 *
 * Octets of a client's Fast Open come before those of the connection, which does not know of them;
 * they go straight into the buffer, and are not reported as consumed.
 */
#include "below_internal.h"

static int32_t read_socket(struct below *b, const struct bl_place *p, uint8_t *to, uint32_t space)
{
    b->in_socket = 1;
    int32_t n = b->host.sockets.read(b->host.context, p->socket, to, space);
    b->in_socket = 0;
    return n > 0 && (uint32_t)n > space ? MPTCP_E_SUBFLOW_FAILED : n;
}

static int32_t starve(struct bl_place *p)
{
    p->facts |= BL_STARVED;
    return MPTCP_E_AGAIN;
}

/* n octets at `octets` were read. The connection would take those after them for them if it did not
 * hear of these. */
static int32_t report(const struct bl_stream *s, const struct bl_place *p, const uint8_t *octets,
                      int32_t n, mptcp_time now)
{
    struct mptcp_piece piece = {.len = (uint32_t)n, .data = octets};
    bool told = mptcp_on_data(s->conn, p->sf, &piece, now) == MPTCP_OK;
    return told ? n : MPTCP_E_SUBFLOW_FAILED;
}

/* Octets of the SYN: the application's, and not of the connection. */
static int32_t drain_early(struct below *b, struct bl_stream *s, struct bl_place *p)
{
    uint32_t n = p->early < bl_buffer_room(b, s) ? p->early : bl_buffer_room(b, s);

    if (n == 0) {
        return starve(p);
    }
    uint8_t *to = bl_buffer_gap(b, s, 0, &n);
    int32_t got = read_socket(b, p, to, n);
    if (got > 0) {
        bl_buffer_placed(b, s, 0, (uint32_t)got);
        bl_buffer_deliver(s, (uint32_t)got);
        p->early -= (uint32_t)got;
        s->early += (uint32_t)got;
        s->news = 1;
    }
    return got;
}

/* Octets that are there, or were, are read and forgotten: into a chunk that stays free. */
static int32_t drain_copies(struct below *b, struct bl_stream *s, const struct bl_place *p,
                            uint32_t n, mptcp_time now)
{
    uint32_t space;
    uint8_t *to = bl_queue_end(b, s, &p->queue, &space);

    int32_t got = read_socket(b, p, to, n < space ? n : space);
    return got > 0 ? report(s, p, to, got, now) : got;
}

/* Octets whose place is known. */
static int32_t drain_placed(struct below *b, struct bl_stream *s, struct bl_place *p,
                            const struct mptcp_rx_map *map, mptcp_time now)
{
    int64_t offset = mptcp_dsn_diff(map->dsn, map->delivered);
    int64_t room = bl_buffer_room(b, s);
    uint32_t n = map->len;

    if (offset < 0) {
        return drain_copies(b, s, p, -offset < n ? (uint32_t)-offset : n, now);
    }
    if (offset >= room) {
        return starve(p); /* plain TCP, whose window is that of the socket */
    }
    n = n < room - offset ? n : (uint32_t)(room - offset);
    uint8_t *to = bl_buffer_gap(b, s, (uint32_t)offset, &n);
    if (to == NULL) {
        return drain_copies(b, s, p, n, now);
    }
    int32_t got = read_socket(b, p, to, n);
    if (got > 0) {
        bl_buffer_placed(b, s, (uint32_t)offset, (uint32_t)got);
        got = report(s, p, to, got, now);
    }
    return got;
}

/* The mapping at the start of the queue is whole and right: its octets move to the buffer. */
static void promote(struct below *b, struct bl_stream *s, struct bl_place *p)
{
    struct bl_queue *q = &p->queue;
    mptcp_ssn end = mptcp_ssn_add(p->staged.ssn, p->staged.len);
    struct mptcp_rx_map next;

    if (p->staged.len == 0 || mptcp_rx_mapping(s->conn, p->sf, &next) == MPTCP_E_STALE) {
        return;
    }
    int64_t offset = mptcp_dsn_diff(p->staged.dsn, next.delivered);
    if (mptcp_ssn_before(next.valid, end) || offset + p->staged.len > bl_buffer_room(b, s)) {
        return;
    }
    for (mptcp_ssn ssn = p->staged.ssn; mptcp_ssn_before(ssn, end);) {
        uint32_t run;
        const uint8_t *from = bl_queue_at(b, s, q, ssn, &run);
        if (from == NULL) {
            return;
        }
        int64_t at = offset + mptcp_ssn_diff(ssn, p->staged.ssn);
        uint32_t left = (uint32_t)mptcp_ssn_diff(end, ssn);
        run = run < left ? run : left;
        uint32_t old = at >= 0 ? 0 : -at < run ? (uint32_t)-at : run;
        if (old < run) {
            bl_buffer_put(b, s, (uint32_t)(at + old), from + old, run - old);
        }
        ssn = mptcp_ssn_add(ssn, run);
    }
    bl_queue_drop(b, s, q, end);
    p->staged.len = 0;
}

/* Octets that wait. `mapped`: their mapping is known. */
static int32_t drain_queued(struct below *b, struct bl_stream *s, struct bl_place *p,
                            const struct mptcp_rx_map *map, bool mapped, mptcp_time now)
{
    uint32_t space;
    uint8_t *to = bl_queue_end(b, s, &p->queue, &space);

    if (to == NULL) {
        return starve(p);
    }
    if (p->queue.length == 0) {
        p->queue.base = map->ssn;
        p->staged.dsn = map->dsn;
        p->staged.ssn = map->ssn;
        p->staged.len = mapped ? map->len : 0;
    }
    int32_t n = read_socket(b, p, to, mapped && map->len < space ? map->len : space);
    if (n > 0) {
        bl_queue_added(b, s, &p->queue, (uint32_t)n);
        n = report(s, p, to, n, now);
    }
    if (n > 0 && map->summed) {
        promote(b, s, p);
    }
    return n;
}

static int32_t drain_octets(struct below *b, struct bl_stream *s, struct bl_place *p,
                            mptcp_time now)
{
    struct mptcp_rx_map map;
    int known = mptcp_rx_mapping(s->conn, p->sf, &map);

    if (known != MPTCP_OK && known != MPTCP_E_NOT_FOUND) {
        return MPTCP_E_SUBFLOW_FAILED;
    }
    if (known == MPTCP_OK && !map.summed && p->queue.length == 0) {
        return drain_placed(b, s, p, &map, now);
    }
    return drain_queued(b, s, p, &map, known == MPTCP_OK, now);
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
    while ((p->facts & BL_FIN_READ) == 0 && p->socket != BELOW_NO_SOCKET &&
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

/* Moves octets of a delivery that wait in the queue of their subflow to the buffer. Those before
 * the queue's first are in the buffer. */
static void unqueue(struct below *b, struct bl_stream *s, const struct bl_queue *q, mptcp_ssn ssn,
                    uint32_t n)
{
    int32_t before = mptcp_ssn_diff(q->base, ssn);
    uint32_t done = before > 0 ? (uint32_t)before : 0;

    while (done < n) {
        uint32_t run;
        const uint8_t *from = bl_queue_at(b, s, q, mptcp_ssn_add(ssn, done), &run);
        if (from == NULL) {
            return;
        }
        run = run < n - done ? run : n - done;
        bl_buffer_put(b, s, done, from, run);
        done += run;
    }
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

/* Octets that are not in the buffer nor in the queue would be a fault of this file: then less is
 * delivered than was asked for, and never other octets. */
void bl_deliver(struct below *b, struct bl_stream *s, const struct mptcp_action *a, mptcp_time now)
{
    struct bl_queue *q = &s->places[a->sf & 0xffu].queue;
    uint32_t n = a->len < bl_buffer_room(b, s) ? a->len : bl_buffer_room(b, s);

    if (q->length > 0) {
        unqueue(b, s, q, a->ssn, n);
    }
    n = n < s->front ? n : s->front;
    if (mptcp_done(s->conn, a, n, n > 0 ? MPTCP_DONE : MPTCP_LATER, now) != MPTCP_OK) {
        return;
    }
    bl_buffer_deliver(s, n);
    if (n == a->len) {
        bl_queue_drop(b, s, q, a->keep);
        feed(b, s);
    }
    if (s->owner == BL_NOBODY) {
        (void)bl_buffer_take(b, s, NULL, UINT32_MAX, now);
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
