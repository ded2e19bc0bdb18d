/*
 * congestion.h - how much a subflow's congestion window grows: LIA, the coupled
 * increase of RFC 6356, and Reno's, as pure integer functions of values; and the
 * seat that an algorithm has in a host: struct mptcp_congestion, at the end.
 *
 * They need no connection: any transport with several paths can use them. A
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
 * octets to w_i (RFC 6356 s3). w_total / alpha is a window too, the one with
 * which a Reno flow would grow as the coupled path does, and it says all that
 * there is to say:
 *
 *     coupled window  W = min over i of (sum over k of w_k * r_i / r_k)^2 / w_i
 *     growth per octet acknowledged  mss_i / max(W, w_i)
 *
 * In this form nothing is lost to a small fraction, there is no alpha to scale,
 * and a single path has W = w: Reno, octet for octet. With n paths W lies between
 * the best path's window and n * w_total.
 *
 * How a host applies it, at each ACK of new data in congestion avoidance:
 *
 *     if (mptcp_cc_avoiding(&paths[i])) {
 *         cwnd += mptcp_lia_increase(paths, n, i, acked, &acc[i]);
 *     }
 *
 * or, for any algorithm, by its hook on_ack at each ACK of new data,
 * with the window as it was before the ACK. The growth of one path is planned
 * once per window of acknowledged octets, about once per RTT, and again as soon
 * as its own window was moved by anything but this growth (loss, undo). When a
 * path comes or goes, or one loses, mptcp_cc_refresh on every path's acc makes
 * the others follow at once; without it they do within their RTT.
 * `acked` counts octets, not ACKs, so delayed and stretched ACKs change nothing
 * (RFC 3465 s2.1); fractions of an octet are carried over, never dropped.
 *
 * A host whose TCP grows its window by itself takes that back. lwIP does so in
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
    /* Established and in use: its window counts. Not a silent path, and a backup only
     * while it carries data: an idle window would slow the others down for nothing. */
    MPTCP_CC_USABLE = 0x01,
    /* In fast recovery: cwnd may be inflated, ssthresh counts instead; no growth. */
    MPTCP_CC_RECOVERY = 0x02,
    /* The application or the peer's window, not cwnd, limits the path: no growth (RFC 7661). */
    MPTCP_CC_APP_LIMITED = 0x04
};

/* What the increase depends on: one path, now. 16 bytes, no padding. Any value is safe. */
struct mptcp_cc_path {
    uint32_t cwnd;     /* octets */
    uint32_t ssthresh; /* octets */
    uint32_t srtt_us;  /* smoothed RTT; 0: no sample yet, the path does not couple */
    uint16_t mss;      /* payload of a full segment */
    uint16_t flags;
};

/* The growth of one path. All zero at the start; the host keeps it and reads nothing in it. */
struct mptcp_cc_acc {
    uint32_t rest; /* growth not given yet, in 1/2^32 octet */
    uint32_t gain; /* growth per octet acknowledged, in 1/2^32 */
    uint32_t left; /* octets for which the gain holds */
    uint32_t cwnd; /* the window for which it was planned */
};

/* True in congestion avoidance: where the increases below apply. Equal to ssthresh is. */
static inline bool mptcp_cc_avoiding(const struct mptcp_cc_path *p)
{
    return (p->flags & (MPTCP_CC_USABLE | MPTCP_CC_RECOVERY)) == MPTCP_CC_USABLE &&
           p->cwnd >= p->ssthresh;
}

/* The next increase of this path is planned anew: another path lost, came or went; mss changed. */
static inline void mptcp_cc_refresh(struct mptcp_cc_acc *acc)
{
    acc->left = 0;
}

/*
 * Octets to add to cwnd for an ACK of `acked` new octets: one mss per window of
 * octets (RFC 5681 s3.1, RFC 3465 s2.1). 0 outside of congestion avoidance or
 * without a window or an mss. At most one mss, even if the ACK is for more than
 * a window; cwnd plus the result never wraps.
 */
uint32_t mptcp_reno_increase(const struct mptcp_cc_path *self, uint32_t acked,
                             struct mptcp_cc_acc *acc);

/*
 * The same, coupled (RFC 6356): never more than Reno's, and the same if no other
 * path is usable and has a sample. Any n; 0 if self is not below n. Where it plans
 * anew (see above) it takes 2n + 1 divisions at worst, else none.
 */
uint32_t mptcp_lia_increase(const struct mptcp_cc_path *paths, unsigned n, unsigned self,
                            uint32_t acked, struct mptcp_cc_acc *acc);

/*
 * The coupled window W = w_total / alpha in octets, by which mptcp_lia_increase
 * plans: for tests and statistics. 0: no path counts. Not above UINT32_MAX.
 */
uint32_t mptcp_lia_window(const struct mptcp_cc_path *paths, unsigned n);

/* ------------------------------------------------------- an algorithm as a whole */

/* To whom something happened, and when. Nothing of it is kept. */
struct mptcp_cc_flows {
    const struct mptcp_cc_path *paths; /* all of a connection, as they were before it happened */
    struct mptcp_cc_acc *const *acc;   /* what the algorithm keeps of each, in the same order */
    unsigned n;
    unsigned self; /* the one it happened to; below n */
    uint64_t now;  /* us, on a clock that never goes back */
};

/*
 * An algorithm: constant, and without a state of its own. A host names one by a pointer, and calls
 * the hooks whatever it is; those that the program does not name are not linked. No hook is NULL.
 * The host detects loss, retransmits, and inflates and deflates its window in recovery.
 */
struct mptcp_congestion {
    const char *name; /* as users write it: lower case */
    /*
     * `acked` octets were acknowledged for the first time: cwnd as it is to be. Also called in slow
     * start and recovery, for algorithms that count. Left as it was, the host's own slow start
     * (RFC 5681 s3.1) applies below ssthresh.
     */
    uint32_t (*on_ack)(const struct mptcp_cc_flows *f, uint32_t acked);
    /*
     * Octets were lost, which duplicate ACKs or SACK blocks have shown; once in a window of octets.
     * paths[self].cwnd: the window that was in use, which may be less than cwnd (RFC 5681's
     * FlightSize). Returns ssthresh as it is to be, where recovery ends; at least two mss.
     */
    uint32_t (*on_loss)(const struct mptcp_cc_flows *f);
    /* The retransmission timer has run out: the same; the window begins anew with one mss. */
    uint32_t (*on_rto)(const struct mptcp_cc_flows *f);
    /* The last loss or timeout was none (Eifel, F-RTO, a path that was dark): the host has put
     * cwnd and ssthresh back, paths[self] is what they are now. */
    void (*on_undo)(const struct mptcp_cc_flows *f);
    /* Octets leave after nothing was in flight for so long. */
    void (*on_idle)(const struct mptcp_cc_flows *f, uint32_t us);
};

extern const struct mptcp_congestion mptcp_lia;  /* "lia": half of the window at a loss */
extern const struct mptcp_congestion mptcp_reno; /* "reno": likewise; each path by itself */

#ifdef __cplusplus
}
#endif

#endif
