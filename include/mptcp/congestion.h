/*
 * congestion.h - how much a subflow's congestion window grows: LIA, the coupled
 * increase of RFC 6356, and Reno's increase, as pure integer functions; and, at
 * the end, struct mptcp_congestion, by which a host calls any algorithm: these two, OLIA,
 * BALIA, wVegas and CUBIC.
 *
 * The functions need no connection: any transport with several paths can use them. A
 * host keeps one struct mptcp_cc_acc per path (zero at the start, no pointers)
 * and describes its paths in an array of struct mptcp_cc_path whenever it asks.
 * Slow start, loss detection, halving and recovery stay the host's, per path,
 * as RFC 5681 says: RFC 6356 changes only the increase in congestion avoidance.
 *
 * What LIA does. With windows w_i in octets and RTTs r_i, each octet that is
 * acknowledged on path i adds
 *
 *     min(alpha / w_total, 1 / w_i) * mss_i,
 *     alpha = w_total * max(w_i / r_i^2) / (sum of w_i / r_i)^2
 *
 * octets to w_i (RFC 6356 s3). w_total / alpha is a window, too: with it a Reno
 * flow would grow as the coupled path does. The increase follows from it:
 *
 *     coupled window  W = min over i of (sum over k of w_k * r_i / r_k)^2 / w_i
 *     growth per octet acknowledged  mss_i / max(W, w_i)
 *
 * In this form no small fraction is rounded off, no alpha has to be scaled, and
 * a single path has W = w: it grows as Reno, octet for octet. With n paths W lies between
 * the best path's window and n * w_total.
 *
 * How a host applies it, at each ACK of new data in congestion avoidance:
 *
 *     if (mptcp_cc_avoiding(&paths[i])) {
 *         cwnd += mptcp_lia_increase(paths, n, i, acked, &acc[i]);
 *     }
 *
 * or, for any algorithm, by calling its hook on_ack at each ACK of new data, with
 * the window as it was before the ACK. The growth of one path is planned
 * once per window of acknowledged octets, about once per RTT, and again as soon
 * as its own window was moved by anything but this growth (loss, undo). When a
 * path is added or removed, or has a loss, call mptcp_cc_refresh for every path:
 * then the others adapt at once; without it they adapt within their RTT.
 * `acked` counts octets, not ACKs, so delayed and stretched ACKs change nothing
 * (RFC 3465 s2.1); fractions of an octet are carried over, never dropped.
 *
 * A host whose TCP grows its window by itself must undo that growth. lwIP does so in
 * tcp_receive(), before its `sent` callback: below ssthresh by min(acked, 2 mss)
 * (1 mss after a timeout), else by one mss per window of octets, counted in
 * bytes_acked. So: in the input hook keep cwnd, ssthresh, TF_INFR and lastack,
 * and set bytes_acked to 0; in the first `sent` for that ACK (there may be several)
 *   - base = ssthresh if TF_INFR was set (this ACK ended the recovery), else the
 *     cwnd that was kept;
 *   - base below ssthresh: slow start, leave cwnd as lwIP made it;
 *   - else cwnd = base + the increase for lastack's advance since it was last
 *     counted (an ACK for part of a segment raises no `sent`: the next one
 *     covers it), not more than the type of cwnd holds; bytes_acked = 0.
 *
 * Freestanding: needs only compiler headers. Stands alone, in C and C++.
 */
#ifndef MPTCP_CONGESTION_H
#define MPTCP_CONGESTION_H

#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* mptcp_cc_path.flags */
enum {
    /* The path is established and in use: its window counts in the coupling. Do not set it for a
     * silent path, nor for a backup without data: an idle window would only slow the others. */
    MPTCP_CC_USABLE = 0x01,
    /* In fast recovery: cwnd may be inflated, so ssthresh counts instead; no growth. */
    MPTCP_CC_RECOVERY = 0x02,
    /* The application or the peer's window, not cwnd, limits the path: no growth (RFC 7661). */
    MPTCP_CC_APP_LIMITED = 0x04
};

/* The present state of one path, on which the increase depends. 16 bytes, no padding. Any values
 * are safe. */
struct mptcp_cc_path {
    uint32_t cwnd;     /* octets */
    uint32_t ssthresh; /* octets */
    uint32_t srtt_us;  /* smoothed RTT; 0: no sample yet, the path is not coupled */
    uint16_t mss;      /* octets of payload in a full segment */
    uint16_t flags;    /* MPTCP_CC_ bits */
};

/*
 * What an algorithm remembers of one path. The host keeps it, all zero at the start, and does not
 * read it. The first four members are the planned growth, which most algorithms have; `own` is what
 * else an algorithm keeps, each word named in its source. It is one structure for all algorithms,
 * of words without padding: a host need not know which one it runs, and can have its own. 32 bytes.
 */
struct mptcp_cc_acc {
    uint32_t rest;   /* growth not yet added to the window, in 1/2^32 octet */
    uint32_t gain;   /* growth per acknowledged octet, in 1/2^32 octet */
    uint32_t left;   /* acknowledged octets for which `gain` still holds */
    uint32_t cwnd;   /* the window when `gain` was planned, octets */
    uint32_t own[4]; /* of the algorithm alone */
};

/* True if the path is usable and in congestion avoidance (cwnd >= ssthresh, no recovery): there the
 * increases below apply. */
static inline bool mptcp_cc_avoiding(const struct mptcp_cc_path *p)
{
    return (p->flags & (MPTCP_CC_USABLE | MPTCP_CC_RECOVERY)) == MPTCP_CC_USABLE &&
           p->cwnd >= p->ssthresh;
}

/* Makes the next increase of this path plan anew: to be called when another path had a loss, was
 * added or removed, or when mss has changed. */
static inline void mptcp_cc_refresh(struct mptcp_cc_acc *acc)
{
    acc->left = 0;
}

/*
 * Returns the octets to add to cwnd for an ACK of `acked` new octets: one mss per
 * window of octets (RFC 5681 s3.1, RFC 3465 s2.1). 0 outside of congestion
 * avoidance, or if cwnd or mss is 0. At most one mss, even if the ACK is for more
 * than a window; cwnd plus the result never wraps.
 */
uint32_t mptcp_reno_increase(const struct mptcp_cc_path *self, uint32_t acked,
                             struct mptcp_cc_acc *acc);

/*
 * Returns the coupled increase of path `self` of n (RFC 6356): never more than
 * Reno's, and equal to it if no other path is usable and has an RTT sample. 0 if
 * self is not below n. When it plans anew (see above) it needs at most 2n + 1
 * divisions, else none.
 */
uint32_t mptcp_lia_increase(const struct mptcp_cc_path *paths, unsigned n, unsigned self,
                            uint32_t acked, struct mptcp_cc_acc *acc);

/*
 * Returns the coupled window W = w_total / alpha in octets, by which
 * mptcp_lia_increase plans: for tests and statistics. 0 if no path is usable with
 * an RTT sample. Larger values count as UINT32_MAX.
 */
uint32_t mptcp_lia_window(const struct mptcp_cc_path *paths, unsigned n);

/* ------------------------------------------------------- an algorithm as a whole */

/* The argument of all hooks: the path to which something happened, and when. No hook keeps it. */
struct mptcp_cc_flows {
    const struct mptcp_cc_path *paths; /* all paths of a connection, as they were before */
    struct mptcp_cc_acc *const *acc;   /* the algorithm's state of each path, in the same order */
    unsigned n;                        /* number of paths */
    unsigned self;                     /* index of the path to which it happened; below n */
    uint64_t now;                      /* us, on a clock that never goes back */
    uint32_t rtt_us; /* on_ack: the RTT that this ACK measured, never one of octets
                      * sent twice (Karn); 0: none */
};

/*
 * An algorithm: a constant without state of its own. A host refers to one by a pointer, and calls
 * all hooks the same way whichever it is. Algorithms that a program does not name are not linked.
 * No hook is NULL. The host itself detects loss, retransmits, and inflates and deflates its window
 * in recovery.
 */
struct mptcp_congestion {
    const char *name; /* as users write it: lower case */
    /*
     * `acked` octets were acknowledged for the first time. Returns the new cwnd. Also called in
     * slow start and recovery, for algorithms that count octets. If it returns cwnd unchanged below
     * ssthresh, the host's own slow start (RFC 5681 s3.1) applies. If it returns less than cwnd,
     * the host lowers ssthresh to that, too (mptcp_cc_ssthresh): slow start must not undo it.
     */
    uint32_t (*on_ack)(const struct mptcp_cc_flows *f, uint32_t acked);
    /*
     * Duplicate ACKs or SACK blocks have shown a loss; called once per window of octets.
     * paths[self].cwnd is the window that was in use, which may be less than the host's cwnd (RFC
     * 5681's FlightSize); MPTCP_CC_RECOVERY is not set yet. Returns the new ssthresh, to which
     * recovery sets cwnd; at least two mss, with OLIA on several paths one.
     */
    uint32_t (*on_loss)(const struct mptcp_cc_flows *f);
    /* The retransmission timer has run out. Returns the new ssthresh, as on_loss; the host sets its
     * cwnd to one mss. */
    uint32_t (*on_rto)(const struct mptcp_cc_flows *f);
    /* The last loss or timeout was spurious (Eifel, F-RTO, a path that was interrupted): the host
     * has restored cwnd and ssthresh; paths[self] holds the restored values. */
    void (*on_undo)(const struct mptcp_cc_flows *f);
    /* Octets are sent after `us` microseconds with nothing in flight. */
    void (*on_idle)(const struct mptcp_cc_flows *f, uint32_t us);
};

/* Returns the ssthresh of a path after on_ack has returned `cwnd`. */
static inline uint32_t mptcp_cc_ssthresh(const struct mptcp_cc_path *p, uint32_t cwnd)
{
    return cwnd < p->cwnd && cwnd < p->ssthresh ? cwnd : p->ssthresh;
}

extern const struct mptcp_congestion mptcp_lia;  /* "lia": coupled; halves the window at a loss */
extern const struct mptcp_congestion mptcp_reno; /* "reno": each path by itself; halves, too */
/* "olia": draft-khalili-mptcp-congestion-control-05; coupled, with a shift to the best path */
extern const struct mptcp_congestion mptcp_olia;
/* "balia": draft-walid-mptcp-congestion-control-04; coupled, between the two */
extern const struct mptcp_congestion mptcp_balia;
/* "wvegas": draft-xu-mptcp-congestion-control-05; coupled, by delay: it needs rtt_us */
extern const struct mptcp_congestion mptcp_wvegas;
/* "cubic": RFC 9438, each path by itself; what is left at a loss is 0.7 of the window */
extern const struct mptcp_congestion mptcp_cubic;

/* Returns the i-th of these, counted from 0, for programs whose users name one; NULL if there are
 * fewer. It links all of them. */
const struct mptcp_congestion *mptcp_congestion_at(unsigned i);

#ifdef __cplusplus
}
#endif

#endif
