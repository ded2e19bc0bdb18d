/*
 * hystart.c - the first slow start ends when a queue begins to fill, and not at the loss of a whole
 * window, after HyStart++ (RFC 9406).
 *
 *   round   from a segment's departure to its acknowledgement. The RTTs are those of timestamp
 *           echoes, one per ACK.
 *   over    at the first loss or timeout, or when the RTTs have grown: cwnd becomes ssthresh.
 *
 * RTTs have grown when the smallest of eight in a row, in one round, is above that of the rounds
 * before by an eighth of it, 4 ms at least and 16 at most: the RFC's numbers. What differs:
 *
 *   - Slow start ends there. The RFC goes on for five rounds with a quarter of the growth
 *     (Conservative Slow Start), in which the window triples. Over two paths that overflows the
 *     queues, and the window of the connection waits for the repair, which costs more than an end
 *     too soon, by jitter. Five rounds protect from that; here the next two points do.
 *   - It compares with the smallest RTT of all rounds before, not of the last one: a queue that
 *     grows by less than the threshold in each round is seen, and jitter is not taken for the base.
 *   - From 16 segments on the window grows half as fast as usual from the beginning: a round's
 *     overshoot then fits the queues that paths have.
 *   - A round of four to seven ACKs counts at its end. They acknowledge two segments each, and
 *     slow paths never get to eight.
 *   - There is no limit L of its own on what an ACK adds: lwIP's is two segments, the RFC's eight.
 */
#include "binding.h"
#include "sender.h"

#include "lwip/priv/tcp_priv.h"
#include "lwip/sys.h"

#define SAMPLES 8u
#define SAMPLES_MIN 4u
#define THRESH_MIN 4u /* ms */
#define THRESH_MAX 16u
#define DIVISOR 8u
#define FAST_SEGMENTS 16u
#define UNKNOWN UINT32_MAX

/* A timestamp's echo where Linux and lwIP put it: behind two NOPs. */
static bool echo_of(const struct mptcp_segment *seg, uint32_t *ms)
{
    const uint8_t *o = seg->options;
    if (seg->options_len < 12 || o[0] != 1 || o[1] != 1 || o[2] != 8 || o[3] != 10) {
        return false;
    }
    uint32_t sent = (uint32_t)o[8] << 24 | (uint32_t)o[9] << 16 | (uint32_t)o[10] << 8 | o[11];
    *ms = sys_now() - sent;
    return *ms < 60000;
}

/* A smallest RTT: slow start ends if it is above those of the rounds before. */
static void judge(struct subflow *s, uint32_t ms)
{
    uint32_t more = LWIP_MIN(LWIP_MAX(s->base_ms / DIVISOR, THRESH_MIN), THRESH_MAX);

    if (s->base_ms != UNKNOWN && ms >= s->base_ms + more) {
        s->tcp->ssthresh = s->tcp->cwnd;
    }
}

static void begin_round(struct subflow *s)
{
    if (!s->in_round) {
        s->in_round = true;
        s->base_ms = s->round_ms = UNKNOWN;
    } else if (s->round_samples >= SAMPLES_MIN && s->round_samples < SAMPLES) {
        judge(s, s->round_ms);
    }
    s->base_ms = LWIP_MIN(s->base_ms, s->round_ms);
    s->round_ms = UNKNOWN;
    s->round_samples = 0;
    s->delay_end = s->tcp->snd_nxt;
}

void mptcpl_hystart_heard(struct subflow *s, const struct mptcp_segment *seg, u32_t ackno)
{
    const struct tcp_pcb *pcb = s->tcp;
    uint32_t ms;

    if (s->has_lost || pcb->cwnd >= pcb->ssthresh || pcb->lastack == pcb->snd_lbb) {
        return;
    }
    if (!s->in_round || TCP_SEQ_GEQ(ackno, s->delay_end)) {
        begin_round(s);
    }
    if (!echo_of(seg, &ms)) {
        return;
    }
    s->round_ms = LWIP_MIN(s->round_ms, ms);
    s->batch_ms = s->round_samples % SAMPLES == 0 ? ms : LWIP_MIN(s->batch_ms, ms);
    if (++s->round_samples % SAMPLES == 0) {
        judge(s, s->batch_ms);
    }
}

void mptcpl_hystart_grow(struct subflow *s, uint32_t acked)
{
    struct tcp_pcb *pcb = s->tcp;

    if (s->cwnd >= FAST_SEGMENTS * pcb->mss && pcb->cwnd > s->cwnd) {
        pcb->cwnd = mptcpl_window(s->cwnd + LWIP_MIN((uint32_t)pcb->cwnd - s->cwnd, acked / 2));
    }
}
