/*
 * growth.h - what every algorithm of congestion control shares: a rate of growth
 * that is planned once per window of octets and then only multiplied.
 *
 * The state is the caller's struct mptcp_cc_acc. An increase is three steps:
 *   due:  has the plan run out, or was the window moved by something else?
 *   plan: so many octets per octet, for one window of octets
 *   take: the octets that this ACK adds; the fraction is carried over
 *
 * Planning once per window keeps division out of the path of an ACK, and makes the
 * growth exactly one mss per window of octets where a rate computed anew at each
 * ACK falls behind by its own growth.
 */
#ifndef MPTCP_GROWTH_H
#define MPTCP_GROWTH_H

#include "mptcp/congestion.h"

/* True if an ACK can add something at all. */
bool mptcp_growth_possible(const struct mptcp_cc_path *self);

/*
 * True if the plan does not cover `acked` more octets. It covers a window: growth
 * alone moves cwnd by at most one mss meanwhile, so a window that fell (loss) or
 * rose by more (undo) has no plan.
 */
bool mptcp_growth_due(const struct mptcp_cc_path *self, uint32_t acked,
                      const struct mptcp_cc_acc *acc);

/* One mss per `window` octets, but not faster than one per cwnd. */
void mptcp_growth_plan(const struct mptcp_cc_path *self, uint32_t window, struct mptcp_cc_acc *acc);

uint32_t mptcp_growth_take(const struct mptcp_cc_path *self, uint32_t acked,
                           struct mptcp_cc_acc *acc);

/* Hooks of algorithms that halve, and that keep nothing but the plan, which ends by itself when the
 * window is moved: ssthresh after a loss or a timeout (RFC 5681 s3.1, equation 4); an undo, a
 * pause. */
uint32_t mptcp_growth_half(const struct mptcp_cc_flows *f);
void mptcp_growth_undone(const struct mptcp_cc_flows *f);
void mptcp_growth_paused(const struct mptcp_cc_flows *f, uint32_t us);

#endif
