/*
 * below_api.c - the calls of applications on their streams. They move octets from and to the
 * stream's buffers and tell the connection; below_work does what is due of it.
 */
#include "below_internal.h"

/* The application's stream; NULL: it has none by this handle. */
static struct bl_stream *own(const struct below *b, below_stream handle)
{
    struct bl_stream *s = bl_stream_of(b, handle);
    return s != NULL && s->owner == BL_APPLICATION ? s : NULL;
}

/* A length that the returned number can tell. */
static uint32_t sane(uint32_t length)
{
    return length < INT32_MAX ? length : INT32_MAX;
}

/* The arguments of below_read and below_write. */
static bool is_possible(const struct below *b, const void *octets, uint32_t length, mptcp_time now)
{
    return b != NULL && (octets != NULL || length == 0) && now != MPTCP_NEVER;
}

int32_t below_read(struct below *b, below_stream stream, void *octets, uint32_t length,
                   mptcp_time now)
{
    struct bl_stream *s = own(b, stream);

    if (!is_possible(b, octets, length, now)) {
        return MPTCP_E_ARGUMENT;
    }
    if (s == NULL) {
        return MPTCP_E_STALE;
    }
    if (length > 0 && bl_buffer_waiting(s) > 0) {
        b->now = now;
        uint32_t n = bl_buffer_take(b, s, octets, sane(length), now);
        bl_touch(b, s);
        return (int32_t)n;
    }
    if (bl_buffer_waiting(s) == 0 && s->eof) {
        return 0;
    }
    if (bl_buffer_waiting(s) == 0 && s->state == BL_ENDED) {
        return s->code == MPTCP_E_CLOSED ? 0 : s->code;
    }
    return length == 0 ? 0 : MPTCP_E_AGAIN;
}

int32_t below_write(struct below *b, below_stream stream, const void *octets, uint32_t length,
                    mptcp_time now)
{
    struct bl_stream *s = own(b, stream);

    if (!is_possible(b, octets, length, now)) {
        return MPTCP_E_ARGUMENT;
    }
    if (s == NULL) {
        return MPTCP_E_STALE;
    }
    if (s->state == BL_ENDED) {
        return s->code;
    }
    if (s->shut) {
        return MPTCP_E_CLOSING;
    }
    if (length == 0) {
        return 0;
    }
    uint32_t room = bl_send_room(b, s);
    uint32_t n = length < room ? length : room;
    s->wants = n < length;
    if (n == 0) {
        return MPTCP_E_AGAIN;
    }
    int why = mptcp_on_written(s->conn, n, now);
    if (why != MPTCP_OK) {
        return MPTCP_E_CLOSING; /* the end of the connection is about to be told */
    }
    b->now = now;
    bl_write(b, s, octets, n);
    bl_touch(b, s);
    return (int32_t)n;
}

static int shut(struct below *b, struct bl_stream *s, mptcp_time now)
{
    if (s->state == BL_ENDED) {
        return s->code;
    }
    s->shut = 1;
    bl_touch(b, s);
    return mptcp_on_shutdown(s->conn, now) == MPTCP_OK ? MPTCP_OK : MPTCP_E_CLOSING;
}

int below_shutdown(struct below *b, below_stream stream, mptcp_time now)
{
    struct bl_stream *s = own(b, stream);

    if (b == NULL || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    return s == NULL ? MPTCP_E_STALE : shut(b, s, now);
}

void below_close(struct below *b, below_stream stream, mptcp_time now)
{
    struct bl_stream *s = own(b, stream);

    if (s == NULL || now == MPTCP_NEVER) {
        return;
    }
    b->now = now;
    (void)bl_buffer_take(b, s, NULL, UINT32_MAX, now);
    (void)shut(b, s, now);
    (void)mptcp_on_detached(s->conn, now);
    s->owner = BL_NOBODY;
    bl_touch(b, s);
}

void below_abort(struct below *b, below_stream stream, mptcp_time now)
{
    struct bl_stream *s = own(b, stream);

    if (s == NULL || now == MPTCP_NEVER) {
        return;
    }
    b->now = now;
    (void)mptcp_on_abort(s->conn, now);
    s->shut = 1;
    s->owner = BL_NOBODY;
    bl_touch(b, s);
}

unsigned below_ready(const struct below *b, below_stream stream)
{
    const struct bl_stream *s = own(b, stream);
    unsigned ready = 0;

    if (s == NULL) {
        return 0;
    }
    bool over = s->state == BL_ENDED;
    ready |= s->state == BL_OPEN ? BELOW_OPEN : 0;
    ready |= over ? BELOW_ENDED : 0;
    ready |= bl_buffer_waiting(s) > 0 || s->eof || over ? BELOW_READABLE : 0;
    ready |= over || (!s->shut && bl_send_room(b, s) > 0) ? BELOW_WRITABLE : 0;
    return ready;
}

int below_code(const struct below *b, below_stream stream)
{
    const struct bl_stream *s = bl_stream_of(b, stream);
    return s == NULL ? MPTCP_E_STALE : s->code;
}

struct mptcp_conn *below_conn(struct below *b, below_stream stream)
{
    const struct bl_stream *s = bl_stream_of(b, stream);
    return s == NULL ? NULL : s->conn;
}

void below_touch(struct below *b, below_stream stream)
{
    struct bl_stream *s = bl_stream_of(b, stream);

    if (s != NULL) {
        bl_touch(b, s);
    }
}

below_stream below_next(const struct below *b, below_stream stream)
{
    uint32_t i = stream == BELOW_NONE ? 0 : (stream & 0xffffu) + 1;

    for (; b != NULL && i < b->cfg.streams; i++) {
        if (b->streams[i].state != BL_FREE) {
            return bl_stream_handle(b, &b->streams[i]);
        }
    }
    return BELOW_NONE;
}
