/*
 * net.c - the simulator of net.h: a heap of events, links, senders.
 */
#include "bench/cc/net.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double net_chance(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)(*seed * 0x2545f4914f6cdd1du >> 11) / 9007199254740992.0;
}

/* ---------------------------------------------------------------- events */

static bool before(const struct event *a, const struct event *b)
{
    return a->at != b->at       ? a->at < b->at
           : a->lane != b->lane ? a->lane < b->lane
                                : a->number < b->number;
}

static void push(struct net *n, struct event e)
{
    if (n->events == n->room) {
        n->room = n->room == 0 ? 1024 : 2 * n->room;
        n->heap = realloc(n->heap, n->room * sizeof *n->heap);
        if (n->heap == NULL) {
            perror("bench-cc");
            exit(2);
        }
    }
    unsigned i = n->events++;
    while (i > 0 && before(&e, &n->heap[(i - 1) / 2])) {
        n->heap[i] = n->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    n->heap[i] = e;
}

static struct event pop(struct net *n)
{
    struct event top = n->heap[0];
    struct event last = n->heap[--n->events];
    unsigned i = 0;

    for (unsigned k = 1; k < n->events; k = 2 * i + 1) {
        k += k + 1 < n->events && before(&n->heap[k + 1], &n->heap[k]);
        if (!before(&n->heap[k], &last)) {
            break;
        }
        n->heap[i] = n->heap[k];
        i = k;
    }
    n->heap[i] = last;
    return top;
}

/* ----------------------------------------------------------------- links */

/* By how much the price moves in a second, by the load less one: slower than windows move. */
#define PRICE_MOVES 0.3

static bool dropped(struct net *n, struct link *l, double seconds)
{
    if (l->ideal) {
        l->price *= exp(PRICE_MOVES * (1 / l->rate - seconds));
        l->price = l->price < 1e-6 ? 1e-6 : l->price > 0.5 ? 0.5 : l->price;
        return net_chance(&n->seed) < l->price;
    }
    if (l->backlog >= l->high) {
        return true;
    }
    if (l->top == 0 || l->backlog <= l->low) {
        return false;
    }
    return net_chance(&n->seed) < l->top * (l->backlog - l->low) / (l->high - l->low);
}

/* Packet e arrives at a link: it goes on when it has left it, or its loss is heard of. */
static void arrive(struct net *n, struct event e)
{
    const struct lane *s = &n->lane[e.lane];
    struct link *l = &n->link[s->link[e.hop]];
    double seconds = (double)(n->now - l->since) / 1e6;
    double gone = seconds * l->rate;

    l->backlog = l->backlog > gone ? l->backlog - gone : 0;
    l->since = n->now;
    l->offered++;
    e.lost = e.lost || dropped(n, l, seconds);
    l->dropped += e.lost;
    l->backlog += !e.lost;
    e.at = l->ideal ? n->now : n->now + (uint64_t)(l->backlog / l->rate * 1e6);
    e.hop++;
    if (e.lost || e.hop == s->hops) {
        e.hop = HOPS;
        e.at += s->rtt_us;
    }
    push(n, e);
}

/* --------------------------------------------------------------- senders */

/* What formula.c's OLIA keeps in the first two words of its own. */
static void tell(struct net *n, unsigned i)
{
    const struct lane *s = &n->lane[i];
    double loss = s->loss;

    for (unsigned k = 0; k < s->hops; k++) {
        loss += n->link[s->link[k]].price;
    }
    n->acc[i].own[0] = n->acc[i].own[1] = (uint32_t)(MSS / loss);
}

static const struct mptcp_cc_flows *flows(struct net *n, unsigned i, uint32_t rtt_us,
                                          struct mptcp_cc_flows *f)
{
    const struct lane *s = &n->lane[i];

    for (unsigned k = s->first; s->told && k < s->first + s->members; k++) {
        tell(n, k);
    }
    *f = (struct mptcp_cc_flows){.paths = &n->path[s->first],
                                 .acc = &n->at[s->first],
                                 .n = s->members,
                                 .self = i - s->first,
                                 .now = n->now,
                                 .rtt_us = rtt_us};
    return f;
}

/* Adds up the window until now. */
static void weigh(struct net *n, unsigned i)
{
    struct lane *s = &n->lane[i];
    s->area += (double)(n->now - s->since) * n->path[i].cwnd / MSS;
    s->since = n->now;
}

static void send_what_fits(struct net *n, unsigned i)
{
    struct lane *s = &n->lane[i];

    while (s->flight == 0 || (s->flight + 1) * (uint64_t)MSS <= n->path[i].cwnd) {
        struct event e = {.sent = n->now, .number = s->next++, .lane = (uint16_t)i};
        e.lost = s->loss > 0 && net_chance(&s->seed) < s->loss;
        /* A host is not quicker than this; and packets do not march in step. */
        uint64_t late = (uint64_t)(net_chance(&n->seed) * 500);
        e.hop = s->hops == 0 || e.lost ? HOPS : 0;
        e.at = n->now + late + (e.hop == HOPS ? s->rtt_us : 0);
        s->flight++;
        push(n, e);
    }
}

static void lose(struct net *n, unsigned i, uint32_t number)
{
    struct lane *s = &n->lane[i];
    struct mptcp_cc_path *p = &n->path[i];
    struct mptcp_cc_flows f;

    if ((int32_t)(number - s->recover) < 0) {
        return;
    }
    p->flags = MPTCP_CC_USABLE;
    p->ssthresh = s->cc->on_loss(flows(n, i, 0, &f));
    p->cwnd = p->ssthresh;
    p->flags |= MPTCP_CC_RECOVERY;
    s->recover = s->next;
    s->losses++;
    for (unsigned k = 0; k < s->members; k++) {
        mptcp_cc_refresh(&n->acc[s->first + k]);
    }
}

static void acknowledge(struct net *n, unsigned i, const struct event *e)
{
    struct lane *s = &n->lane[i];
    struct mptcp_cc_path *p = &n->path[i];
    struct mptcp_cc_flows f;
    uint32_t rtt = (uint32_t)(n->now - e->sent);

    s->acked++;
    s->delay += rtt;
    p->srtt_us = p->srtt_us == 0 ? rtt : (7 * p->srtt_us + rtt) / 8;
    if ((int32_t)(e->number - s->recover) >= 0) {
        p->flags = MPTCP_CC_USABLE;
    }
    uint32_t cwnd = s->cc->on_ack(flows(n, i, rtt, &f), MSS);
    if (cwnd == p->cwnd && p->cwnd < p->ssthresh && (p->flags & MPTCP_CC_RECOVERY) == 0) {
        p->cwnd += MSS;
        return;
    }
    p->ssthresh = mptcp_cc_ssthresh(p, cwnd);
    p->cwnd = cwnd;
}

static void hear(struct net *n, const struct event *e)
{
    unsigned i = e->lane;

    weigh(n, i);
    n->lane[i].flight--;
    if (e->lost) {
        lose(n, i, e->number);
    } else {
        acknowledge(n, i, e);
    }
    send_what_fits(n, i);
}

/* --------------------------------------------------------------- set-up */

void net_begin(struct net *n, uint64_t seed)
{
    memset(n, 0, sizeof *n);
    n->seed = seed * 0x9e3779b97f4a7c15u + 1;
    for (unsigned i = 0; i < LANES; i++) {
        n->at[i] = &n->acc[i];
    }
}

void net_end(struct net *n)
{
    free(n->heap);
    n->heap = NULL;
}

static unsigned add_link(struct net *n, struct link l)
{
    n->link[n->links] = l;
    return n->links++;
}

unsigned net_ideal(struct net *n, double packets_per_s)
{
    return add_link(n, (struct link){.rate = packets_per_s, .price = 0.01, .ideal = true});
}

unsigned net_red(struct net *n, double packets_per_s, double low, double high)
{
    return add_link(n, (struct link){.rate = packets_per_s, .low = low, .high = high, .top = 0.1});
}

unsigned net_tail(struct net *n, double packets_per_s, double packets)
{
    return add_link(n, (struct link){.rate = packets_per_s, .high = packets});
}

void net_connection(struct net *n, const struct mptcp_congestion *cc, unsigned members)
{
    for (unsigned k = 0; k < members; k++) {
        struct lane *s = &n->lane[n->lanes + k];
        s->cc = cc;
        s->first = n->lanes;
        s->members = members;
    }
}

unsigned net_lane(struct net *n, uint32_t rtt_us, double loss, unsigned hops, const unsigned *links)
{
    unsigned i = n->lanes++;
    struct lane *s = &n->lane[i];

    s->rtt_us = rtt_us;
    s->loss = loss;
    s->hops = hops;
    s->seed = n->seed + 0x1234567u * (i + 1);
    for (unsigned k = 0; k < hops; k++) {
        s->link[k] = links[k];
    }
    n->path[i] = (struct mptcp_cc_path){.cwnd = 4 * MSS, .ssthresh = 64 * MSS, .mss = MSS};
    n->path[i].flags = MPTCP_CC_USABLE;
    return i;
}

void net_tell(struct net *n)
{
    for (unsigned i = 0; i < n->lanes; i++) {
        n->lane[i].told = n->lane[i].members > 1;
    }
}

/* ------------------------------------------------------------------- run */

void net_run(struct net *n, double seconds)
{
    uint64_t end = n->now + (uint64_t)(seconds * 1e6);
    uint64_t look_at = n->now;

    for (unsigned i = 0; i < n->lanes; i++) {
        send_what_fits(n, i);
    }
    while (n->events > 0 && n->heap[0].at < end) {
        struct event e = pop(n);
        for (; n->look != NULL && look_at <= e.at; look_at += n->every) {
            n->look(n, n->arg);
        }
        n->now = e.at;
        if (e.hop == HOPS) {
            hear(n, &e);
        } else {
            arrive(n, e);
        }
    }
    n->now = end;
}

void net_measure(struct net *n)
{
    n->begun = n->now;
    for (unsigned i = 0; i < n->lanes; i++) {
        struct lane *s = &n->lane[i];
        s->acked = s->losses = s->area = s->delay = 0;
        s->since = n->now;
    }
    for (unsigned i = 0; i < n->links; i++) {
        n->link[i].offered = n->link[i].dropped = 0;
    }
}

static double measured_us(const struct net *n)
{
    return n->now > n->begun ? (double)(n->now - n->begun) : 1;
}

double net_rate(const struct net *n, unsigned i)
{
    return n->lane[i].acked * 1e6 / measured_us(n);
}

double net_window(const struct net *n, unsigned i)
{
    return n->lane[i].area / measured_us(n);
}

double net_delay(const struct net *n, unsigned i)
{
    const struct lane *s = &n->lane[i];
    return s->acked > 0 ? s->delay / s->acked / 1e6 : 0;
}

double net_drops(const struct net *n, unsigned link)
{
    const struct link *l = &n->link[link];
    return l->offered > 0 ? l->dropped / l->offered : 0;
}
