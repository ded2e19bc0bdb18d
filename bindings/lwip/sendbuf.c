/*
 * sendbuf.c - the send buffer of a connection: octets by DSN, in pieces of memory that are taken as
 * the application writes and given back as the connection lets go of the octets.
 *
 *   start      DSN of the first octet that is still needed, in the first piece
 *   end        DSN after the last octet that was written
 *   filling    the piece that the next octet goes to, if it has room; after it there are only
 *              pieces that the write under way has reserved
 *
 * lwIP refers to octets in a piece (transmit.c), so a piece never moves. A small write goes into
 * what room there is; a new piece is as large as what waits already, within limits, so that a
 * transfer has few of them, and a connection that says little a small one.
 */
#include "binding.h"

#include "lwip/mem.h"

#include <string.h>

#define PIECE_MIN 512u
#define PIECE_MAX 32512u /* an lwIP heap that counts 16 bits may have it */

struct mptcpl_piece {
    struct mptcpl_piece *next;
    mptcp_dsn start; /* of its first octet */
    uint32_t size;
    uint32_t used;
};

static uint8_t *octets_of(struct mptcpl_piece *p)
{
    return (uint8_t *)(p + 1);
}

/* The DSN after the octets that the piece has room for. */
static mptcp_dsn end_of(const struct mptcpl_piece *p)
{
    return mptcp_dsn_add(p->start, p->size);
}

/* Where the octet `dsn`, which is in the piece, lies in it. */
static uint32_t offset_in(const struct mptcpl_piece *p, mptcp_dsn dsn)
{
    return (uint32_t)mptcp_dsn_diff(dsn, p->start);
}

void mptcpl_sendbuf_begin(struct mptcpl_sendbuf *b, mptcp_dsn dsn)
{
    *b = (struct mptcpl_sendbuf){.start = dsn, .end = dsn};
}

uint32_t mptcpl_sendbuf_held(const struct mptcpl_sendbuf *b)
{
    return (uint32_t)mptcp_dsn_diff(b->end, b->start);
}

static void append(struct mptcpl_sendbuf *b, struct mptcpl_piece *p)
{
    p->start = b->last == NULL ? b->end : end_of(b->last);
    *(b->last == NULL ? &b->first : &b->last->next) = p;
    b->last = p;
    b->filling = b->filling == NULL ? p : b->filling;
}

/* The pieces behind this one, or all if it is NULL: there is nothing in them. */
static void cut(struct mptcpl_sendbuf *b, struct mptcpl_piece *last)
{
    struct mptcpl_piece **end = last == NULL ? &b->first : &last->next;
    struct mptcpl_piece *p = *end;

    *end = NULL;
    b->last = last;
    b->filling = last;
    while (p != NULL) {
        struct mptcpl_piece *next = p->next;
        mem_free(p);
        p = next;
    }
}

bool mptcpl_sendbuf_reserve(struct mptcpl_sendbuf *b, uint32_t len, uint32_t limit)
{
    struct mptcpl_piece *last = b->last;
    uint32_t held = mptcpl_sendbuf_held(b);
    uint32_t room = last == NULL ? 0 : (uint32_t)mptcp_dsn_diff(end_of(last), b->end);

    while (room < len) {
        uint32_t size = LWIP_MAX(LWIP_MAX(held, len - room), PIECE_MIN);
        size = LWIP_MIN(LWIP_MIN(size, limit - held - room), PIECE_MAX);
        struct mptcpl_piece *p = mem_malloc((mem_size_t)(sizeof *p + size));
        if (p == NULL) {
            cut(b, last);
            return false;
        }
        *p = (struct mptcpl_piece){.size = size};
        append(b, p);
        room += size;
    }
    return true;
}

void mptcpl_sendbuf_write(struct mptcpl_sendbuf *b, const void *data, uint32_t len)
{
    const uint8_t *from = data;

    while (len > 0) {
        struct mptcpl_piece *p = b->filling;
        uint32_t n = LWIP_MIN(len, p->size - p->used);
        memcpy(octets_of(p) + p->used, from, n);
        p->used += n;
        b->end = mptcp_dsn_add(b->end, n);
        from += n;
        len -= n;
        if (p->used == p->size && p->next != NULL) {
            b->filling = p->next;
        }
    }
}

/* Most questions are about what comes next behind the octets of the last one. */
const uint8_t *mptcpl_sendbuf_at(struct mptcpl_sendbuf *b, mptcp_dsn dsn, uint32_t *contiguous)
{
    struct mptcpl_piece *p = b->asked;

    if (p == NULL || mptcp_dsn_before(dsn, p->start)) {
        p = b->first;
    }
    while (!mptcp_dsn_before(dsn, end_of(p))) {
        p = p->next;
    }
    b->asked = p;
    uint32_t offset = offset_in(p, dsn);
    *contiguous = p->used - offset;
    return octets_of(p) + offset;
}

void mptcpl_sendbuf_free(struct mptcpl_sendbuf *b, mptcp_dsn upto)
{
    bool all = mptcp_dsn_eq(upto, b->end);

    b->start = upto;
    while (b->first != NULL && (all || !mptcp_dsn_before(upto, end_of(b->first)))) {
        struct mptcpl_piece *p = b->first;
        b->first = p->next;
        b->asked = b->asked == p ? NULL : b->asked;
        mem_free(p);
    }
    if (b->first == NULL) {
        b->last = b->filling = NULL;
    }
}

void mptcpl_sendbuf_copy(const struct mptcpl_sendbuf *b, uint8_t *out)
{
    mptcp_dsn dsn = b->start;

    for (struct mptcpl_piece *p = b->first; p != NULL && !mptcp_dsn_eq(dsn, b->end); p = p->next) {
        uint32_t offset = offset_in(p, dsn);
        uint32_t n = p->used - offset;
        memcpy(out, octets_of(p) + offset, n);
        out += n;
        dsn = mptcp_dsn_add(dsn, n);
    }
}
