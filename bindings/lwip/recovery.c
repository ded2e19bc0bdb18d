/*
 * recovery.c - loss recovery by the peer's SACK blocks, after RFC 6675. As a sender lwIP does not
 * look at them: it repairs one hole per RTT, which takes seconds where a queue has overflowed.
 *
 * The scoreboard stands on lwIP's own segments, in bits of tcp_seg.flags that lwIP does not use:
 *
 *   SACKED        the peer's TCP has it, and has not acknowledged it
 *   AGAIN_0, _1   it was sent again, in an even or an odd round of this recovery
 *
 * A SACK block sets SACKED, a retransmission sets a bit of AGAIN. The beginning of a recovery
 * clears AGAIN. A timeout, which sends everything again, clears all bits; so does an ACK after
 * which nothing is SACKed any more.
 *
 * lwIP's flag TF_INFR says that a recovery is under way. It begins when the blocks show a loss, or
 * at lwIP's third duplicate ACK, and ends when all that was in flight then is acknowledged
 * (congestion.c). A segment without any bit is lost if the peer has octets of three segments beyond
 * it. What is lost leaves again, from the first on, and cwnd is set so that lwIP lets out as much
 * as has left the path: octets are in the path if they are in flight, neither SACKed nor lost (the
 * pipe of RFC 6675). If the last segment was sent as a probe (tail.c), a single octet beyond is
 * enough.
 *
 * What is sent again may be lost again, which SACK blocks do not say. A round ends when octets are
 * SACKed that were sent after its first retransmission, by three segments. Then all that left again
 * in the round before it, and is not SACKed, is lost; and what left in the round itself, too, if
 * these octets were sent after its last retransmission.
 *
 * A peer without SACK has an empty scoreboard, and lwIP's recovery as congestion.c completes it.
 */
#include "binding.h"
#include "sender.h"

#include "lwip/priv/tcp_priv.h"

#define SACKED 0x20u
#define AGAIN_0 0x40u
#define AGAIN_1 0x80u
#define AGAIN (AGAIN_0 | AGAIN_1)

#define LOST_SEGMENTS 3u /* DupThresh of RFC 6675 */

/* What the blocks say of the segments in flight. */
struct board {
    u32_t sacked; /* octets */
    u32_t high;   /* the end of the highest SACKed segment */
};

static u32_t start_of(const struct tcp_seg *seg)
{
    return lwip_ntohl(seg->tcphdr->seqno);
}

static u32_t end_of(const struct tcp_seg *seg)
{
    return start_of(seg) + TCP_TCPLEN(seg);
}

static uint32_t number_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* ------------------------------------------------------------------ the scoreboard */

/* The blocks of a segment's first SACK option, and in *n how many; NULL if it has none. */
static const uint8_t *sack_blocks(const struct mptcp_segment *seg, unsigned *n)
{
    const uint8_t *o = seg->options;

    for (unsigned i = 0; i + 1 < seg->options_len && o[i] != 0;) {
        unsigned len = o[i] == 1 ? 1 : o[i + 1] < 2 ? 2 : o[i + 1];
        if (o[i] == 5 && i + len <= seg->options_len) {
            *n = (len - 2) / 8;
            return o + i + 2;
        }
        i += len;
    }
    return NULL;
}

void mptcpl_recovery_heard(struct subflow *s, const struct mptcp_segment *seg)
{
    unsigned n = 0;
    const uint8_t *p = sack_blocks(seg, &n);

    for (unsigned i = 0; p != NULL && i < n; i++, p += 8) {
        u32_t from = number_at(p);
        u32_t to = number_at(p + 4);
        for (struct tcp_seg *t = s->tcp->unacked; t != NULL && !TCP_SEQ_LT(to, end_of(t));
             t = t->next) {
            if (!TCP_SEQ_LT(start_of(t), from)) {
                t->flags |= SACKED;
                s->has_sacked = true;
            }
        }
    }
}

static struct board board_of(const struct tcp_pcb *pcb)
{
    struct board b = {0, pcb->lastack};

    for (const struct tcp_seg *t = pcb->unacked; t != NULL; t = t->next) {
        if ((t->flags & SACKED) != 0) {
            b.sacked += t->len;
            b.high = end_of(t);
        }
    }
    return b;
}

static void clear(struct tcp_seg *list, unsigned bits)
{
    for (; list != NULL; list = list->next) {
        list->flags = (u8_t)(list->flags & ~bits);
    }
}

static void clear_board(struct subflow *s)
{
    if (s->has_sacked) {
        clear(s->tcp->unacked, SACKED | AGAIN);
        clear(s->tcp->unsent, SACKED | AGAIN);
    }
    s->has_sacked = s->repairing = s->round_begun = false;
}

void mptcpl_recovery_forget(struct subflow *s)
{
    clear_board(s);
    tcp_clear_flags(s->tcp, TF_INFR);
}

bool mptcpl_recovery_has_sent(const struct subflow *s)
{
    const struct tcp_seg *first = s->tcp->unacked;
    return first != NULL && (first->flags & AGAIN) != 0;
}

/* ------------------------------------------------------------------- the recovery */

static unsigned bit_of_round(const struct subflow *s)
{
    return s->odd_round ? AGAIN_1 : AGAIN_0;
}

/* Something leaves again, in this round. */
static void note_again(struct subflow *s, struct tcp_seg *seg)
{
    seg->flags = (u8_t)(seg->flags | bit_of_round(s));
    s->round_end = s->tcp->snd_nxt;
    if (!s->round_begun) {
        s->round_begun = true;
        s->round_mark = s->round_end;
    }
}

/* The segment at *at leaves again. lwIP only knows how to send the first one again: for its call,
 * the list of what is not acknowledged begins here. lwIP gives a connection up after TCP_MAXRTX
 * tries; only the tries of its timer count, so none of these does. */
bool mptcpl_send_again(struct subflow *s, struct tcp_seg **at)
{
    struct tcp_pcb *pcb = s->tcp;
    struct tcp_seg *first = pcb->unacked;
    struct tcp_seg *seg = *at;
    u8_t tries = pcb->nrtx;
    bool is_first = seg == first;

    pcb->unacked = seg;
    bool sent = tcp_rexmit(pcb) == ERR_OK;
    pcb->nrtx = tries;
    if (!is_first) {
        *at = pcb->unacked;
        pcb->unacked = first;
    }
    if (sent) {
        note_again(s, seg);
    }
    return sent;
}

/* Octets have arrived that were sent after the first retransmission of this round: the
 * retransmissions of the round before are lost, unless they are SACKed. If these octets were sent
 * after the last retransmission of this round, too, its own are lost as well. */
static void turn_round(struct subflow *s, const struct board *b)
{
    u32_t arrived = b->high - LOST_SEGMENTS * s->tcp->mss;

    if (!s->round_begun || !TCP_SEQ_LT(s->round_mark, arrived)) {
        return;
    }
    s->odd_round = !s->odd_round;
    clear(s->tcp->unacked, TCP_SEQ_LT(s->round_end, arrived) ? AGAIN : bit_of_round(s));
    s->round_mark = s->round_end = s->tcp->snd_nxt;
}

/* Octets in the path. */
static u32_t pipe_of(const struct subflow *s, const struct board *b)
{
    u32_t beyond = b->sacked; /* SACKed octets beyond the segment */
    u32_t pipe = 0;

    for (const struct tcp_seg *t = s->tcp->unacked; t != NULL; t = t->next) {
        if ((t->flags & SACKED) != 0) {
            beyond -= t->len;
        } else if ((t->flags & AGAIN) != 0 || beyond < s->lost_below) {
            pipe += t->len;
        }
    }
    return pipe;
}

/* Sends what is lost again, as far as the window allows; returns the octets in the path then. */
static u32_t repair(struct subflow *s, const struct board *b)
{
    struct tcp_pcb *pcb = s->tcp;
    u32_t beyond = b->sacked;
    u32_t pipe = pipe_of(s, b);

    for (struct tcp_seg **at = &pcb->unacked; *at != NULL && beyond >= s->lost_below;) {
        struct tcp_seg *t = *at;
        if ((t->flags & (SACKED | AGAIN)) != 0) {
            beyond -= (t->flags & SACKED) != 0 ? t->len : 0;
            at = &t->next;
            continue;
        }
        u32_t len = t->len;
        if (pipe + len > pcb->ssthresh || !mptcpl_send_again(s, at)) {
            break;
        }
        pipe += len;
    }
    return pipe;
}

/* lwIP's fast retransmit has sent the first segment again, or moved it to be sent next. */
static void note_first(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;
    struct tcp_seg *seg = pcb->unacked;

    if (pcb->unsent != NULL && (seg == NULL || TCP_SEQ_LT(start_of(pcb->unsent), start_of(seg)))) {
        seg = pcb->unsent;
    }
    if (seg != NULL) {
        note_again(s, seg);
    }
}

/* A recovery is under way, or begins, since the blocks show a loss before three duplicate ACKs. */
static bool recovers(struct subflow *s, const struct board *b)
{
    struct tcp_pcb *pcb = s->tcp;
    u32_t need = s->tail_sent ? 1 : LOST_SEGMENTS * pcb->mss;

    if ((pcb->flags & TF_INFR) == 0) {
        s->repairing = false;
        if (s->reduced != 0 || b->sacked < need) {
            return false;
        }
        tcp_rexmit_fast(pcb);
        if ((pcb->flags & TF_INFR) == 0) {
            return false;
        }
    }
    if (!s->repairing) {
        s->repairing = true;
        s->round_begun = false;
        s->lost_below = need;
        clear(pcb->unacked, AGAIN);
        note_first(s);
    }
    return true;
}

void mptcpl_recover(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;

    if (pcb == NULL || pcb->state < ESTABLISHED || !s->has_sacked) {
        return;
    }
    struct board b = board_of(pcb);
    if (b.sacked == 0 || (pcb->flags & TF_RTO) != 0) {
        clear_board(s);
        return;
    }
    if (!recovers(s, &b)) {
        return;
    }
    turn_round(s, &b);
    u32_t pipe = repair(s, &b);
    u32_t flight = pcb->snd_nxt - pcb->lastack;
    u32_t more = pcb->ssthresh > pipe ? pcb->ssthresh - pipe : 0;

    pcb->cwnd = (tcpwnd_size_t)LWIP_MIN(flight + more, (tcpwnd_size_t)-1);
    tcp_output(pcb);
}
