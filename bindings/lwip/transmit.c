/*
 * transmit.c - what goes from the send buffer to lwIP.
 *
 * tcp_write gets references into the send buffer, not copies: the octets stay until
 * the connection says that no subflow needs them any more. What an action says is written at once,
 * over the ends of pieces of the buffer, and leaves at once: segments then are exactly the mappings
 * that the connection has in mind, and nothing is ever appended to one.
 */
#include "binding.h"

#include "lwip/priv/tcp_priv.h"

#include <string.h>

/* Octets that lwIP has taken. Where a piece of the send buffer ends, the next write continues the
 * last segment. */
static uint32_t write_octets(struct subflow *s, mptcp_dsn dsn, uint32_t len)
{
    uint32_t done = 0;

    s->sizing = true;
    s->most = (uint8_t)mptcp_tx_options_max(s->m->conn);
    while (done < len) {
        uint32_t n;
        const uint8_t *p = mptcpl_sendbuf_at(&s->m->out, mptcp_dsn_add(dsn, done), &n);
        n = LWIP_MIN(n, len - done);
        u8_t more = done + n < len ? TCP_WRITE_FLAG_MORE : 0; /* no PSH within a mapping */
        if (tcp_write(s->tcp, p, (u16_t)n, more) != ERR_OK) {
            break;
        }
        done += n;
    }
    s->sizing = false;
    return done;
}

/*
 * Octets of whole segments that are given to lwIP at a time, and that a mapping has at most: they
 * fit one IP packet, if they are merged, with the longest header of IPv4 or that of IPv6, and
 * TCP's.
 */
#define SEND_MOST (0xffffu - 80)

uint32_t mptcpl_most_of(uint32_t segment_size)
{
    return segment_size == 0 ? SEND_MOST : SEND_MOST - SEND_MOST % segment_size;
}

uint32_t mptcpl_send(struct mptcpl_pcb *m, const struct mptcp_action *a)
{
    struct subflow *s = mptcpl_subflow(m, a->sf);

    if (s->tcp == NULL || s->tcp->unsent != NULL) {
        return 0;
    }
    uint32_t n = write_octets(s, a->dsn, LWIP_MIN(a->len, mptcpl_most_of(s->segment_size)));
    if (n == 0) {
        return 0;
    }
    s->lent = true;
    s->told_room -= LWIP_MIN(n, s->told_room);
    struct mptcpl_subflow_stats *h = &s->past->s;
    h->bytes_sent += n;
    h->bytes_reinjected += a->reinjected ? n : 0;
    return n;
}

/* Segments are whole mappings: the sum over one is the sum over its payload. */
uint32_t mptcpl_payload_sum(const struct pbuf *p, u16_t header)
{
    uint32_t sum = 0;
    bool odd = false;

    for (const struct pbuf *q = p; q != NULL; q = q->next) {
        u16_t skip = LWIP_MIN(header, q->len);
        u16_t n = (u16_t)(q->len - skip);
        header = (u16_t)(header - skip);
        sum = mptcp_sum(mptcp_sum_fold(sum), (const uint8_t *)q->payload + skip, n, odd);
        odd ^= (n & 1) != 0;
    }
    return sum;
}

/* The octets are in the send buffer, in one piece of it or more. */
uint32_t mptcpl_mapping_sum(struct mptcpl_pcb *m, const struct mptcp_tx_map *map)
{
    uint32_t sum = 0;
    uint32_t n;

    for (uint32_t done = 0; done < map->len; done += n) {
        const uint8_t *p = mptcpl_sendbuf_at(&m->out, mptcp_dsn_add(map->dsn, done), &n);
        n = LWIP_MIN(n, map->len - done);
        sum = mptcp_sum(mptcp_sum_fold(sum), p, n, (done & 1) != 0);
    }
    return sum;
}

/* A reference into the send buffer becomes a copy; false without memory. */
static bool own(struct pbuf *before)
{
    struct pbuf *lent = before->next;
    struct pbuf *copy = pbuf_alloc(PBUF_RAW, lent->len, PBUF_RAM);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy->payload, lent->payload, lent->len);
    copy->tot_len = lent->tot_len;
    copy->next = lent->next;
    before->next = copy;
    lent->next = NULL;
    lent->tot_len = lent->len;
    pbuf_free(lent);
    return true;
}

static bool own_all(struct tcp_seg *seg)
{
    for (; seg != NULL; seg = seg->next) {
        for (struct pbuf *q = seg->p; q->next != NULL; q = q->next) {
            if (!pbuf_match_type(q->next, PBUF_RAM) && !own(q)) {
                return false;
            }
        }
    }
    return true;
}

/*
 * The subflow's TCP gets copies of the octets that it refers to in the send buffer, so that they
 * can go from there while the subflow's path is gone (D-16 holds: lwIP keeps the octets). lwIP goes
 * on repeating them, whatever was sent elsewhere (duty: D-27).
 */
bool mptcpl_unborrow(struct subflow *s)
{
    if (!s->lent || (s->cut && s->m->checksum)) {
        return true; /* the sum over a mapping is asked of the send buffer, where its segment was
                        cut */
    }
    if (!own_all(s->tcp->unacked) || !own_all(s->tcp->unsent)) {
        return false;
    }
    s->lent = false;
    mptcp_on_copied(s->m->conn, s->sf, mptcpl_now());
    return true;
}

/* True if the subflow's TCP has octets in flight that the peer has DATA_ACKed: they came elsewhere.
 */
static bool holds_acked(const struct subflow *s, mptcp_dsn una)
{
    mptcp_ssn first = mptcp_ssn_of(s->tcp->lastack - s->iss);
    struct mptcp_tx_map map;

    return mptcp_tx_mapping(s->m->conn, s->sf, first, &map) == MPTCP_OK &&
           mptcp_dsn_before(map.dsn, una);
}

/*
 * The application cannot write while the send buffer is full of octets that the peer has, since the
 * TCP of a slow path still refers to the first of them. Where they take a quarter of it, that TCP
 * gets copies, and they go (D-16 holds).
 */
bool mptcpl_return_octets(struct mptcpl_pcb *m)
{
    struct mptcp_conn_report info;
    bool done = true;

    if (m->subs == NULL || m->subs->next == NULL ||
        mptcpl_sendbuf_held(&m->out) < m->cfg.snd_buf / 4 * 3) {
        return true;
    }
    mptcp_conn_info(m->conn, &info);
    if (mptcp_dsn_diff(info.snd_una, m->out.start) < (int64_t)(m->cfg.snd_buf / 4)) {
        return true;
    }
    for (struct subflow *s = m->subs; s != NULL; s = s->next) {
        if (s->used && s->tcp != NULL && s->lent && holds_acked(s, info.snd_una)) {
            done &= mptcpl_unborrow(s);
        }
    }
    return done;
}

void mptcpl_freed(struct mptcpl_pcb *m, mptcp_dsn upto)
{
    int64_t n = mptcp_dsn_diff(upto, m->out.start);

    mptcpl_sendbuf_free(&m->out, upto);
    if (m->sent != NULL && !m->detached && n > 0) {
        m->sent(m->arg, m, (uint32_t)n);
        mptcpl_called();
    }
}
