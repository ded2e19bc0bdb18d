/*
 * growth.h - what all algorithms of congestion control share: a rate of growth
 * that is computed (planned) once per window of octets; each ACK only
 * multiplies by it.
 *
 * The state is the caller's struct mptcp_cc_acc. An increase has three steps:
 *   due:  checks if the plan has run out, or the window was moved otherwise
 *   plan: sets the growth per acknowledged octet, for one window of octets
 *   take: returns the octets that this ACK adds; the fraction is carried over
 *
 * With a plan per window an ACK needs no division, and the growth is exactly
 * one mss per window of octets. A rate computed anew at each ACK would give
 * less, since the window grows meanwhile.
 */
#ifndef MPTCP_GROWTH_H
#define MPTCP_GROWTH_H

#include "mptcp/congestion.h"

/* True if an ACK can add octets now: in congestion avoidance, and not limited by the application.
 */
bool mptcp_growth_possible(const struct mptcp_cc_path *self);

/*
 * True if a new plan is needed: the plan does not cover `acked` more octets, or cwnd was moved by
 * something else. During a plan growth alone adds at most one mss to cwnd; a cwnd that fell (loss)
 * or rose by more (undo) needs a new plan.
 */
bool mptcp_growth_due(const struct mptcp_cc_path *self, uint32_t acked,
                      const struct mptcp_cc_acc *acc);

/* Plans growth by one mss per `window` octets, or per cwnd octets if cwnd is larger. */
void mptcp_growth_plan(const struct mptcp_cc_path *self, uint32_t window, struct mptcp_cc_acc *acc);

/* Returns the octets to add to cwnd for an ACK of `acked` octets, and updates *acc. */
uint32_t mptcp_growth_take(const struct mptcp_cc_path *self, uint32_t acked,
                           struct mptcp_cc_acc *acc);

/* Hooks of struct mptcp_congestion for algorithms whose only state is the plan. _half returns the
 * ssthresh after a loss or a timeout: half of the window (RFC 5681 s3.1, equation 4). _undone and
 * _paused do nothing: a plan ends by itself when the window is moved. */
uint32_t mptcp_growth_half(const struct mptcp_cc_flows *f);
void mptcp_growth_undone(const struct mptcp_cc_flows *f);
void mptcp_growth_paused(const struct mptcp_cc_flows *f, uint32_t us);

#endif
