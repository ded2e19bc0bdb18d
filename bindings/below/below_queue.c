/*
 * below_queue.c - octets that were read from a subflow's socket and have no place in the stream's
 * buffer yet (below_receive.c): a queue by SSN, in chunks of the stream's pool.
 *
 * Each subflow can always have the chunks that the longest mapping needs, whatever the others hold:
 * octets with a checksum wait until their mapping is whole, and those that the stream needs next
 * may come on a subflow that has none yet, while the other ones wait for them.
 */
#include "below_internal.h"

void bl_queue_init(struct bl_queue *q)
{
    q->base = mptcp_ssn_of(1);
    q->length = q->skip = 0;
    q->first = q->last = BL_NONE;
    q->chunks = 0;
}

void bl_chunks_init(const struct below *b, struct bl_stream *s)
{
    for (unsigned i = 0; i < b->chunks; i++) {
        s->links[i] = (uint16_t)(i + 1u < b->chunks ? i + 1u : BL_NONE);
    }
    s->free_chunk = 0;
    s->free_chunks = b->chunks;
}

/* True if q may have one more chunk: those that the others can always have stay free. */
static bool may_grow(const struct below *b, const struct bl_stream *s, const struct bl_queue *q)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < bl_places(b); i++) {
        const struct bl_queue *other = &s->places[i].queue;
        if (other != q && other->chunks < b->reserve) {
            kept += b->reserve - other->chunks;
        }
    }
    return s->free_chunks > kept || (s->free_chunks > 0 && q->chunks < b->reserve);
}

static uint8_t *chunk(const struct below *b, const struct bl_stream *s, uint16_t k)
{
    return s->chunks + (size_t)b->chunk * k;
}

uint8_t *bl_queue_end(const struct below *b, const struct bl_stream *s, const struct bl_queue *q,
                      uint32_t *space)
{
    uint32_t used = (q->skip + q->length) % b->chunk; /* of the last chunk; 0: it is full */

    *space = b->chunk - used;
    if (used > 0) {
        return chunk(b, s, q->last) + used;
    }
    return may_grow(b, s, q) ? chunk(b, s, s->free_chunk) : NULL;
}

void bl_queue_added(const struct below *b, struct bl_stream *s, struct bl_queue *q, uint32_t n)
{
    if ((q->skip + q->length) % b->chunk == 0) {
        uint16_t k = s->free_chunk;
        s->free_chunk = s->links[k];
        s->free_chunks--;
        s->links[k] = BL_NONE;
        if (q->first == BL_NONE) {
            q->first = k;
        } else {
            s->links[q->last] = k;
        }
        q->last = k;
        q->chunks++;
    }
    q->length += n;
}

const uint8_t *bl_queue_at(const struct below *b, const struct bl_stream *s,
                           const struct bl_queue *q, mptcp_ssn ssn, uint32_t *run)
{
    uint32_t at = ssn.v - q->base.v;
    uint16_t k = q->first;

    if (at >= q->length) {
        return NULL;
    }
    *run = q->length - at;
    for (at += q->skip; at >= b->chunk; at -= b->chunk) {
        k = s->links[k];
    }
    *run = *run < b->chunk - at ? *run : b->chunk - at;
    return chunk(b, s, k) + at;
}

static void drop_first(struct bl_stream *s, struct bl_queue *q)
{
    uint16_t k = q->first;

    q->first = s->links[k];
    q->chunks--;
    s->links[k] = s->free_chunk;
    s->free_chunk = k;
    s->free_chunks++;
    if (q->first == BL_NONE) {
        q->last = BL_NONE;
    }
}

void bl_queue_drop(const struct below *b, struct bl_stream *s, struct bl_queue *q, mptcp_ssn keep)
{
    int32_t n = mptcp_ssn_diff(keep, q->base);

    if (n <= 0 || q->length == 0) {
        return;
    }
    uint32_t dropped = (uint32_t)n < q->length ? (uint32_t)n : q->length;
    q->base = mptcp_ssn_add(q->base, dropped);
    q->length -= dropped;
    q->skip += dropped;
    while (q->first != BL_NONE && (q->skip >= b->chunk || q->length == 0)) {
        drop_first(s, q);
        q->skip = q->length == 0 ? 0 : q->skip - b->chunk;
    }
}

void bl_queue_drop_all(const struct below *b, struct bl_stream *s, struct bl_queue *q)
{
    bl_queue_drop(b, s, q, mptcp_ssn_add(q->base, q->length));
}
