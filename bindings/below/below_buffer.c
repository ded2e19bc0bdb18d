/*
 * below_buffer.c - the receive buffer of a stream, in the order of DSNs:
 *
 *   rcv_out          rcv_in           rcv_in + front
 *      | the application's |  in order   |  some octets, and gaps between them  ...
 *
 * Octets are put where they belong as they come, from whatever subflow; the first copy of an octet
 * stays (RFC 8684 s3.3.1). Those behind the front are marked, a bit for each. The connection's
 * window is no larger than the buffer, so that every octet that it takes has its place.
 */
#include "below_internal.h"

#include <string.h>

#define WORD 64u

static uint32_t mask(const struct below *b)
{
    return b->cfg.conn.rcv_buf - 1;
}

/* Returns how many marks from `at` on, at most `most`, are set like the first of them. They do not
 * wrap. */
static uint32_t alike(const uint8_t *marks, uint32_t at, uint32_t most)
{
    const bool set = ((unsigned)marks[at / 8] >> (at % 8) & 1u) != 0;
    const uint64_t whole = set ? UINT64_MAX : 0;
    uint32_t n = 0;

    while (n < most) {
        uint64_t word;
        if ((at + n) % WORD == 0 && most - n >= WORD) {
            memcpy(&word, marks + (at + n) / 8, sizeof word);
            if (word == whole) {
                n += WORD;
                continue;
            }
        }
        if ((((unsigned)marks[(at + n) / 8] >> ((at + n) % 8) & 1u) != 0) != set) {
            break;
        }
        n++;
    }
    return n;
}

static bool is_marked(const struct bl_stream *s, uint32_t at)
{
    return ((unsigned)s->marks[at / 8] >> (at % 8) & 1u) != 0;
}

/* Sets or clears n marks, all in one octet, from `at` on. */
static void mark_few(struct bl_stream *s, uint32_t at, uint32_t n, bool set)
{
    unsigned bits = ((1u << n) - 1u) << (at % 8);
    unsigned octet = s->marks[at / 8];

    s->marks[at / 8] = (uint8_t)(set ? octet | bits : octet & ~bits);
}

/* Sets or clears n marks from `at` on. They do not wrap. */
static void mark(struct bl_stream *s, uint32_t at, uint32_t n, bool set)
{
    uint32_t head = (8 - at % 8) % 8;

    head = head < n ? head : n;
    mark_few(s, at, head, set);
    at += head;
    n -= head;
    memset(s->marks + at / 8, set ? 0xff : 0, n / 8);
    if (n % 8 != 0) {
        mark_few(s, at + n / 8 * 8, n % 8, set);
    }
}

void bl_buffer_init(const struct below *b, struct bl_stream *s)
{
    s->rcv_in = s->rcv_out = s->front = s->ahead = s->early = 0;
    memset(s->marks, 0, b->cfg.conn.rcv_buf / 8);
}

uint32_t bl_buffer_waiting(const struct bl_stream *s)
{
    return s->rcv_in - s->rcv_out;
}

uint32_t bl_buffer_room(const struct below *b, const struct bl_stream *s)
{
    return b->cfg.conn.rcv_buf - bl_buffer_waiting(s);
}

uint8_t *bl_buffer_gap(const struct below *b, const struct bl_stream *s, uint32_t offset,
                       uint32_t *n)
{
    uint32_t at = (s->rcv_in + offset) & mask(b);
    uint32_t most = *n < mask(b) + 1 - at ? *n : mask(b) + 1 - at;

    if (offset < s->front) {
        *n = most < s->front - offset ? most : s->front - offset;
        return NULL;
    }
    *n = s->ahead == 0 ? most : alike(s->marks, at, most);
    return s->ahead > 0 && is_marked(s, at) ? NULL : s->rcv + at;
}

/* The front has reached marked octets: they are in order now. */
static void advance(const struct below *b, struct bl_stream *s)
{
    while (s->ahead > 0) {
        uint32_t at = (s->rcv_in + s->front) & mask(b);
        if (!is_marked(s, at)) {
            return;
        }
        uint32_t n = alike(s->marks, at, mask(b) + 1 - at);
        mark(s, at, n, false);
        s->front += n;
        s->ahead -= n;
    }
}

void bl_buffer_placed(const struct below *b, struct bl_stream *s, uint32_t offset, uint32_t n)
{
    if (offset == s->front) {
        s->front += n;
        advance(b, s);
    } else {
        mark(s, (s->rcv_in + offset) & mask(b), n, true);
        s->ahead += n;
    }
}

void bl_buffer_put(const struct below *b, struct bl_stream *s, uint32_t offset,
                   const uint8_t *octets, uint32_t n)
{
    for (uint32_t done = 0; done < n;) {
        uint32_t part = n - done;
        uint8_t *to = bl_buffer_gap(b, s, offset + done, &part);
        if (to != NULL) {
            memcpy(to, octets + done, part);
            bl_buffer_placed(b, s, offset + done, part);
        }
        done += part;
    }
}

void bl_buffer_deliver(struct bl_stream *s, uint32_t n)
{
    s->rcv_in += n;
    s->front -= n;
}

uint32_t bl_buffer_take(struct below *b, struct bl_stream *s, void *octets, uint32_t length,
                        mptcp_time now)
{
    uint32_t n = length < bl_buffer_waiting(s) ? length : bl_buffer_waiting(s);
    uint32_t at = s->rcv_out & mask(b);
    uint32_t part = n < mask(b) + 1 - at ? n : mask(b) + 1 - at;
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
