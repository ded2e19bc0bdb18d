/*
 * below_send.c - the send buffer, addressed by DSN, and what goes from it to sockets.
 *
 * TCP copies what it is given, so an octet stays until the peer has DATA_ACKed it. How many octets
 * a subflow's TCP takes is not known: from its packets follow those that it was given and has not
 * sent, its backlog. A backlog of half of what is in flight, and of some segments at least, is
 * enough for TCP to send whenever its congestion window lets it, and little for what another
 * subflow could send sooner.
 */
#include "below_internal.h"

#include "mptcp/crypto.h"

#include <string.h>

#define SEGMENTS_LEAST 4u /* of a backlog */
#define BACKLOG_MOST 65536u
#define SEGMENT_UNKNOWN 496u /* what the connection assumes, too */
#define MAPPING_MOST 65535u
#define SUMMED_SEGMENTS 4u /* a receiver can use a mapping with a checksum only as a whole */

static uint32_t held(const struct bl_stream *s)
{
    return (uint32_t)mptcp_dsn_diff(s->snd_end, s->snd_start);
}

/* Where an octet stands; sets *run to how many stand behind each other from it on. */
static uint8_t *at(const struct below *b, const struct bl_stream *s, mptcp_dsn dsn, uint32_t *run)
{
    uint32_t offset = (uint32_t)dsn.v & (b->cfg.snd_buf - 1);

    *run = b->cfg.snd_buf - offset;
    return s->snd + offset;
}

uint32_t bl_send_room(const struct below *b, const struct bl_stream *s)
{
    return b->cfg.snd_buf - held(s);
}

void bl_write(const struct below *b, struct bl_stream *s, const void *octets, uint32_t length)
{
    uint32_t run;
    uint8_t *to = at(b, s, s->snd_end, &run);
    uint32_t part = length < run ? length : run;

    memcpy(to, octets, part);
    memcpy(s->snd, (const uint8_t *)octets + part, length - part);
    s->snd_end = mptcp_dsn_add(s->snd_end, length);
}

bool bl_send_sum(const struct below *b, const struct bl_stream *s, mptcp_dsn dsn, uint32_t length,
                 uint32_t *sum)
{
    uint32_t run;
    const uint8_t *from = at(b, s, dsn, &run);
    uint32_t part = length < run ? length : run;

    if (mptcp_dsn_before(dsn, s->snd_start) ||
        mptcp_dsn_before(s->snd_end, mptcp_dsn_add(dsn, length))) {
        return false;
    }
    *sum = mptcp_sum(0, from, part, false);
    *sum = mptcp_sum(mptcp_sum_fold(*sum), s->snd, length - part, (part & 1u) != 0);
    return true;
}

static int32_t write_socket(struct below *b, const struct bl_place *p, const uint8_t *from,
                            uint32_t n)
{
    b->in_socket = 1;
    int32_t taken = b->host.sockets.write(b->host.context, p->socket, from, n);
    b->in_socket = 0;
    return taken > 0 && (uint32_t)taken > n ? MPTCP_E_SUBFLOW_FAILED : taken;
}

/* What TCP was given and has not sent. */
static uint32_t backlog(const struct bl_place *p)
{
    int32_t n = mptcp_ssn_diff(p->given, p->sent);
    return n > 0 ? (uint32_t)n : 0;
}

/*
 * TCP cuts what waits in it into full segments, and a segment in which a mapping ends leaves as two
 * packets. So while octets wait in it, it gets more only up to the end of a segment. What is left
 * over waits for more octets, or until TCP has sent those. It also waits while octets are in flight
 * if the application has more to write than the buffer takes: the next acknowledgement brings it.
 * Returns how many of len TCP gets.
 */
static uint32_t whole_segments(const struct bl_stream *s, const struct bl_place *p, uint32_t len)
{
    uint32_t waits = backlog(p);
    bool more = s->wants && !s->shut && p->in_flight > 0;

    if (waits == 0 && !more) {
        return len;
    }
    uint32_t over = (waits + len) % p->segment;
    return len > over ? len - over : 0;
}

/* Both parts of the octets where the buffer wraps. Returns how many were taken, or a code. */
static int32_t write_octets(struct below *b, struct bl_stream *s, struct bl_place *p, mptcp_dsn dsn,
                            uint32_t len)
{
    uint32_t run;
    const uint8_t *from = at(b, s, dsn, &run);
    uint32_t part = len < run ? len : run;

    int32_t n = write_socket(b, p, from, part);
    if (n < 0 || (uint32_t)n < part || part == len) {
        return n;
    }
    int32_t more = write_socket(b, p, s->snd, len - part);
    return more < 0 ? more : n + more;
}

/* No more fits for now: what TCP has left brings the next look. */
static void hold(struct bl_stream *s, const struct mptcp_action *a, mptcp_time now)
{
    struct mptcp_path path;

    mptcp_path_init(&path);
    (void)mptcp_done(s->conn, a, 0, MPTCP_LATER, now);
    (void)mptcp_on_path(s->conn, a->sf, &path, now);
}

void bl_send(struct below *b, struct bl_stream *s, const struct mptcp_action *a, mptcp_time now)
{
    struct bl_place *p = bl_place_of(b, s, a->sf);
    bool can = p != NULL && p->socket != BELOW_NO_SOCKET && p->failed == 0;
    uint32_t len = can ? whole_segments(s, p, a->len) : 0;
    int32_t n = len > 0 ? write_octets(b, s, p, a->dsn, len) : 0;

    if (can && len > 0 && n == 0) {
        p->facts |= BL_FULL;
    }
    if (n <= 0) {
        hold(s, a, now);
    } else if (mptcp_done(s->conn, a, (uint32_t)n, MPTCP_DONE, now) != MPTCP_OK) {
        n = MPTCP_E_SUBFLOW_FAILED; /* TCP has octets at SSNs that others may get */
    } else {
        p->given = mptcp_ssn_add(a->ssn, (uint32_t)n);
        bl_sums_add(b, s, p, now);
    }
    if (n < 0) {
        p->failed = n == MPTCP_E_PEER_RESET ? n : MPTCP_E_SUBFLOW_FAILED;
        s->again = 1;
    }
}

void bl_freed(struct below *b, struct bl_stream *s, const struct mptcp_action *a, mptcp_time now)
{
    (void)b;
    if (mptcp_done(s->conn, a, 0, MPTCP_DONE, now) == MPTCP_OK) {
        s->snd_start = a->dsn;
        s->news |= s->wants;
    }
}

/* How many octets TCP is to get now: up to where a segment ends. */
static uint32_t room(const struct bl_place *p, const struct shim_report *r)
{
    uint32_t limit = r->in_flight / 2;

    limit = limit < BACKLOG_MOST ? limit : BACKLOG_MOST;
    limit = limit > SEGMENTS_LEAST * p->segment ? limit : SEGMENTS_LEAST * p->segment;
    limit -= limit % p->segment;
    if ((p->facts & BL_FULL) != 0 || backlog(p) >= limit) {
        return 0;
    }
    return limit - backlog(p);
}

void bl_report_path(struct below *b, struct bl_stream *s, struct bl_place *p,
                    const struct shim_report *r, mptcp_time now)
{
    struct mptcp_path path;

    mptcp_path_init(&path);
    path.room = UINT32_MAX;
    path.sent = r->sent;
    path.in_flight = r->in_flight;
    path.segment_size = r->segment_size;
    if (b->host.path != NULL) {
        b->host.path(b->host.context, p->socket, &path);
    }
    path.segment_size = path.segment_size != 0 ? path.segment_size : SEGMENT_UNKNOWN;
    p->sent = r->sent.v != 0 ? r->sent : mptcp_ssn_of(1); /* 0: the SYN has not left */
    p->segment = path.segment_size;
    p->in_flight = r->in_flight;
    uint32_t most = room(p, r);
    path.room = path.room < most ? path.room : most;
    path.mapping_max = s->checksum ? SUMMED_SEGMENTS * path.segment_size : MAPPING_MOST;
    path.mapping_max = path.mapping_max < MAPPING_MOST ? path.mapping_max : MAPPING_MOST;
    (void)mptcp_on_path(s->conn, p->sf, &path, now);
}
