/*
 * congestion.c - an algorithm of congestion control (mptcpl_config.cc) on lwIP's
 * congestion windows, and RTTs in microseconds.
 *
 * lwIP grows cwnd by itself while it processes an ACK; how that is replaced in
 * congestion avoidance, and left alone in slow start and recovery, is said in
 * include/mptcp/congestion.h. At a loss and at a timeout lwIP halves by itself: the algorithm is
 * told the window that was in use, twice that, and its answer takes the place of lwIP's, when the
 * next segment comes in. What a path held when it went dark is given back by an undo. lwIP measures
 * RTTs in ticks: here one segment at a time is timed by the microsecond clock, never one that was
 * sent twice (Karn).
 */
#include "binding.h"
#include "sender.h"

#include "lwip/priv/tcp_priv.h"

/* Every path of the connection, for a hook about one of them. */
struct flows {
    struct mptcp_cc_flows f;
    struct mptcp_cc_path paths[MPTCPL_SUBFLOWS];
    struct mptcp_cc_acc *acc[MPTCPL_SUBFLOWS];
};

static struct mptcp_cc_path *flows_of(struct subflow *self, struct flows *all)
{
    unsigned n = 0;

    all->f = (struct mptcp_cc_flows){.paths = all->paths, .acc = all->acc, .now = mptcpl_now()};
    for (struct subflow *s = self->m->subs; s != NULL && n < MPTCPL_SUBFLOWS; s = s->next) {
        if (!s->used || s->tcp == NULL || s->tcp->state < ESTABLISHED) {
            continue;
        }
        if (s == self) {
            all->f.self = n;
        }
        all->acc[n] = &s->acc;
        all->paths[n].cwnd = s->tcp->cwnd;
        all->paths[n].ssthresh = s->tcp->ssthresh;
        all->paths[n].srtt_us = s->rtt.srtt_us;
        all->paths[n].mss = s->tcp->mss;
        all->paths[n].flags = (uint16_t)((s->silent ? 0 : MPTCP_CC_USABLE) |
                                         ((s->tcp->flags & TF_INFR) != 0 ? MPTCP_CC_RECOVERY : 0));
        n++;
    }
    all->f.n = n;
    return &all->paths[all->f.self];
}

/* lwIP has just halved the window that was in use: what the algorithm makes of it. */
static void reduce(struct subflow *s, uint32_t (*hook)(const struct mptcp_cc_flows *f))
{
    struct flows all;
    struct mptcp_cc_path *p = flows_of(s, &all);

    if (s->tcp->state >= ESTABLISHED) {
        p->cwnd = 2u * (uint32_t)s->tcp->ssthresh;
        p->flags &= (uint16_t)~MPTCP_CC_RECOVERY;
        s->tcp->ssthresh = mptcpl_window(hook(&all.f));
        s->has_lost = true;
    }
}

/*
 * One reduction per window, as RFC 6582 has it: lwIP leaves fast recovery at the first
 * ACK of something new, so a second loss of the same window would halve cwnd again.
 */
static void one_reduction(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;

    /* Past the window that was reduced, or after a timeout. */
    if (TCP_SEQ_GEQ(pcb->lastack, s->recover) || pcb->cwnd <= pcb->mss) {
        s->reduced = 0;
    }
    if ((pcb->flags & TF_INFR) == 0 || s->recovering) {
        return;
    }
    if (s->reduced == 0) {
        pcb->cwnd -= pcb->ssthresh;
        reduce(s, s->m->cfg.cc->on_loss);
        pcb->cwnd += pcb->ssthresh;
        s->reduced = pcb->ssthresh;
        s->recover = pcb->snd_nxt;
        return;
    }
    if (s->reduced > pcb->ssthresh) {
        pcb->cwnd = mptcpl_window((uint32_t)pcb->cwnd + s->reduced - pcb->ssthresh);
        pcb->ssthresh = s->reduced;
    }
}

/*
 * The initial window of RFC 6928; one segment if the SYN or the SYN/ACK had to be sent again (its
 * s2, RFC 5681 s3.1): the path has lost something. The first retransmission counts, since lwIP's
 * first timeout of 3 s is hardly shorter than an RTT. A SYN that is lost tells nothing of the
 * path's capacity: slow start ends where it would have ended, and not at lwIP's two segments.
 */
#define INITIAL_SEGMENTS 10u
#define INITIAL_OCTETS 14600u

static tcpwnd_size_t initial_window(const struct tcp_pcb *pcb)
{
    uint32_t mss = pcb->mss;
    return mptcpl_window(LWIP_MIN(INITIAL_SEGMENTS * mss, LWIP_MAX(2u * mss, INITIAL_OCTETS)));
}

/* Called outside lwIP's input, which sets a window of its own behind its accept callback. */
void mptcpl_cc_begin(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;

    if (s->begun || pcb == NULL || pcb->state < ESTABLISHED) {
        return;
    }
    s->begun = true;
    pcb->cwnd = initial_window(pcb);
    if (s->syn_again) {
        pcb->cwnd = pcb->mss;
        pcb->ssthresh = mptcpl_window(TCP_SND_BUF);
    }
}

void mptcpl_cc_before(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;

    if ((pcb->flags & TF_RTO) != 0 && !s->timed_out) {
        reduce(s, s->m->cfg.cc->on_rto);
    }
    s->timed_out = (pcb->flags & TF_RTO) != 0;
    one_reduction(s);
    s->cwnd = pcb->cwnd;
    s->ssthresh = pcb->ssthresh;
    s->recovering = (pcb->flags & TF_INFR) != 0;
    pcb->bytes_acked = 0;
}

/*
 * Timeouts in the dark say nothing about congestion: three quarters of the window as it was is
 * where slow start ends. It begins anew with the restart window, as after any pause in which
 * nothing was known of the path (RFC 5681 s4.1): what was in flight has to leave again first.
 */
void mptcpl_cc_dark(struct subflow *s)
{
    s->bright = mptcpl_window(LWIP_MAX(s->cwnd / 4u * 3u, 2u * s->tcp->mss));
}

void mptcpl_cc_light(struct subflow *s)
{
    struct flows all;
    struct tcp_pcb *pcb = s->tcp;

    pcb->ssthresh = LWIP_MAX(pcb->ssthresh, s->bright);
    if (pcb->state >= ESTABLISHED) {
        pcb->cwnd = LWIP_MAX(pcb->cwnd, LWIP_MIN(initial_window(pcb), s->bright));
        flows_of(s, &all);
        s->m->cfg.cc->on_undo(&all.f);
        tcp_output(pcb);
    }
}

/* Out of recovery no faster than what is under way allows, or a whole window leaves at once. */
static tcpwnd_size_t after_recovery(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;
    tcpwnd_size_t flight = mptcpl_window(pcb->snd_nxt - pcb->lastack + 2u * pcb->mss);

    pcb->cwnd = LWIP_MIN(s->ssthresh, flight);
    return pcb->cwnd;
}

/*
 * Some of the window that was reduced is acknowledged, and not all: the next hole is
 * sent again at once, and recovery goes on (RFC 6582 s3.2 step 4). lwIP would wait
 * for three more duplicate ACKs, or for the timeout.
 */
static bool partial_ack(struct subflow *s, uint32_t acked)
{
    struct tcp_pcb *pcb = s->tcp;

    if (!s->recovering || s->reduced == 0 || TCP_SEQ_GEQ(pcb->lastack, s->recover)) {
        return false;
    }
    uint32_t left = s->cwnd > acked ? s->cwnd - acked : 0;
    pcb->cwnd = mptcpl_window(left + pcb->mss);
    pcb->ssthresh = s->reduced;
    tcp_set_flags(pcb, TF_INFR);
    if (!mptcpl_recovery_has_sent(s)) {
        tcp_rexmit(pcb);
    }
    return true;
}

void mptcpl_cc_acked(struct subflow *s)
{
    struct tcp_pcb *pcb = s->tcp;
    struct flows all;
    uint32_t acked = pcb->lastack - s->counted;

    if (TCP_SEQ_LEQ(pcb->lastack, s->counted)) {
        return;
    }
    s->counted = pcb->lastack;
    s->told_room += acked;
    mptcpl_tail_moves(s);
    if (pcb->state < ESTABLISHED) {
        return;
    }
    s->idle_at = pcb->lastack == s->snd_high ? mptcpl_now() : 0;
    if (partial_ack(s, acked)) {
        return;
    }
    struct mptcp_cc_path *p = flows_of(s, &all);
    p->cwnd = s->recovering ? after_recovery(s) : s->cwnd;
    p->ssthresh = s->ssthresh;
    p->flags = MPTCP_CC_USABLE;
    all.f.rtt_us = s->m->rtt_us;
    uint32_t cwnd = s->m->cfg.cc->on_ack(&all.f, acked);
    if (p->cwnd < s->ssthresh && cwnd == p->cwnd) {
        mptcpl_hystart_grow(s, acked);
        return;
    }
    if (cwnd < p->cwnd) {
        pcb->ssthresh = mptcpl_window(mptcp_cc_ssthresh(p, cwnd));
    }
    pcb->cwnd = mptcpl_window(cwnd);
    pcb->bytes_acked = 0;
}

static void begins_again(struct subflow *s)
{
    struct flows all;

    flows_of(s, &all);
    s->m->cfg.cc->on_idle(&all.f, (uint32_t)LWIP_MIN(all.f.now - s->idle_at, UINT32_MAX));
    s->idle_at = 0;
}

void mptcpl_rtt_sent(struct subflow *s, u32_t seqno, u32_t len)
{
    u32_t end = seqno + len;
    if (TCP_SEQ_LEQ(end, s->snd_high)) {
        /* Sent again: an acknowledgement would not say of which time. */
        if (TCP_SEQ_GT(s->rtt_seq, seqno)) {
            s->rtt_at = 0;
        }
        return;
    }
    s->snd_high = end;
    mptcpl_tail_moves(s);
    if (s->idle_at != 0 && s->tcp->state >= ESTABLISHED) {
        begins_again(s);
    }
    if (s->rtt_at == 0) {
        s->rtt_at = mptcpl_now();
        s->rtt_seq = end;
    }
}

void mptcpl_rtt_acked(struct subflow *s, u32_t ackno)
{
    s->m->rtt_us = 0;
    if (s->rtt_at == 0 || TCP_SEQ_LT(ackno, s->rtt_seq)) {
        return;
    }
    mptcp_time now = mptcpl_now();
    uint32_t sample = now > s->rtt_at ? (uint32_t)(now - s->rtt_at) : 1;
    s->rtt_at = 0;
    s->m->rtt_us = sample;
    s->rtt = mptcp_rtt_measured(s->rtt, sample);
}
