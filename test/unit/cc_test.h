/*
 * cc_test.h - what the tests of congestion control share: paths with the algorithm's state of each,
 * a call of each hook, and windows that grow by acknowledgements.
 */
#ifndef CC_TEST_H
#define CC_TEST_H

#include "wire_test.h"

#include "mptcp/congestion.h"

#define MSS 1460u
#define MANY 32u

struct scene {
    const struct mptcp_congestion *cc;
    unsigned n;
    uint64_t now;
    uint32_t rtt_us; /* of the ACKs to come; 0: the path's srtt_us */
    struct mptcp_cc_path path[MANY];
    struct mptcp_cc_acc acc[MANY];
    struct mptcp_cc_acc *at[MANY];
    struct mptcp_cc_flows f;
};

/* A path in congestion avoidance. */
static inline struct mptcp_cc_path path_of(uint32_t cwnd, uint32_t srtt_us)
{
    struct mptcp_cc_path p = {.cwnd = cwnd, .srtt_us = srtt_us, .mss = MSS};
    p.flags = MPTCP_CC_USABLE;
    return p;
}

static inline void scene_begin(struct scene *s, const struct mptcp_congestion *cc,
                               const struct mptcp_cc_path *paths, unsigned n)
{
    memset(s, 0, sizeof *s);
    s->cc = cc;
    s->n = n;
    s->now = 1000000;
    memcpy(s->path, paths, n * sizeof *paths);
}

static inline const struct mptcp_cc_flows *flows_at(struct scene *s, unsigned self)
{
    for (unsigned i = 0; i < s->n; i++) {
        s->at[i] = &s->acc[i];
    }
    s->f = (struct mptcp_cc_flows){
        .paths = s->path, .acc = s->at, .n = s->n, .self = self, .now = s->now};
    s->f.rtt_us = s->rtt_us != 0 ? s->rtt_us : s->path[self].srtt_us;
    return &s->f;
}

/* What a host does with an ACK, slow start left out. */
static inline void ack(struct scene *s, unsigned self, uint32_t octets)
{
    struct mptcp_cc_path *p = &s->path[self];
    uint32_t cwnd = s->cc->on_ack(flows_at(s, self), octets);
    p->ssthresh = mptcp_cc_ssthresh(p, cwnd);
    p->cwnd = cwnd;
}

/* ACKs for `octets`, each of `piece` octets or what is left. */
static inline void ack_all(struct scene *s, unsigned self, uint64_t octets, uint32_t piece)
{
    while (octets > 0) {
        uint32_t now = octets < piece ? (uint32_t)octets : piece;
        ack(s, self, now);
        octets -= now;
    }
}

/* A loss, and the recovery from it at once. */
static inline void lose(struct scene *s, unsigned self)
{
    struct mptcp_cc_path *p = &s->path[self];
    p->ssthresh = s->cc->on_loss(flows_at(s, self));
    p->cwnd = p->ssthresh;
    for (unsigned i = 0; i < s->n; i++) {
        mptcp_cc_refresh(&s->acc[i]);
    }
}

/* A number whose size in bits is as random as its bits: 0, small ones, powers of two, large ones.
 */
static inline uint32_t any_number(uint64_t *seed)
{
    unsigned bits = random_below(seed, 33);
    uint32_t n = bits == 0 ? 0 : (uint32_t)(random64(seed) >> 32) >> (32 - bits);
    if (random_below(seed, 4) == 0) {
        n &= 0xffff0000u;
    }
    return n;
}

/* Paths as they are met: windows up to 4 MB, RTTs up to 0.9 s. */
static inline void usual_paths(struct mptcp_cc_path *p, unsigned n, uint64_t *seed)
{
    for (unsigned i = 0; i < n; i++) {
        p[i] = path_of(2 * MSS + random_below(seed, 4000000), 500 + random_below(seed, 900000));
    }
}

static inline void any_paths(struct scene *s, uint64_t *seed)
{
    for (unsigned i = 0; i < s->n; i++) {
        struct mptcp_cc_path *p = &s->path[i];
        *p = path_of(any_number(seed), any_number(seed));
        p->ssthresh = any_number(seed);
        p->mss = (uint16_t)any_number(seed);
        p->flags = (uint16_t)(random_below(seed, 4) == 0 ? random64(seed) : MPTCP_CC_USABLE);
        s->acc[i] = (struct mptcp_cc_acc){0};
        if (random_below(seed, 4) == 0) {
            for (unsigned k = 0; k < sizeof s->acc[i] / 4; k++) {
                uint32_t word = any_number(seed);
                memcpy((char *)&s->acc[i] + (size_t)4 * k, &word, 4);
            }
        }
    }
}

#endif
