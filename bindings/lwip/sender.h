/*
 * sender.h - private to the binding: what lwIP's sender of a subflow does otherwise than lwIP
 * alone.
 *
 *   congestion.c  the algorithm of congestion control on lwIP's cwnd, RTT in microseconds
 *   hystart.c   the end of slow start
 *   recovery.c  loss recovery by the peer's SACK blocks
 *   mtu.c       how long packets may be on a path
 *   recut.c     a segment becomes several
 *   tail.c      a probe for losses that no later segment tells of
 *   dark.c      the timer of a path that is dark
 */
#ifndef MPTCPL_SENDER_H
#define MPTCPL_SENDER_H

#include "binding.h"

/* congestion.c */
void mptcpl_cc_begin(struct subflow *s); /* gives it its initial window, once */
void mptcpl_cc_before(struct subflow *s);
void mptcpl_cc_acked(struct subflow *s);
void mptcpl_cc_dark(struct subflow *s);
void mptcpl_cc_light(struct subflow *s);
void mptcpl_rtt_sent(struct subflow *s, u32_t seqno, u32_t len);
void mptcpl_rtt_acked(struct subflow *s, u32_t ackno);

/* recovery.c */
void mptcpl_recovery_heard(struct subflow *s, const struct mptcp_segment *seg);
/* The first segment that is not acknowledged was sent again in this recovery. */
bool mptcpl_recovery_has_sent(const struct subflow *s);
void mptcpl_recover(struct subflow *s);
/* Sends the segment at *at, of what is not acknowledged, again; false: not now. */
struct tcp_seg;
bool mptcpl_send_again(struct subflow *s, struct tcp_seg **at);

/* The scoreboard is empty: everything leaves again, for another reason than a loss. */
void mptcpl_recovery_forget(struct subflow *s);

/* mtu.c */
void mptcpl_mtu_heard(struct pbuf *p); /* an IPv6 packet that came in */
void mptcpl_mtu_begin(struct subflow *s);
void mptcpl_mtu_check(struct subflow *s);

/* recut.c: the segment, of a list of lwIP's, becomes several of at most so many octets; false: no
 * memory, and nothing has changed. */
bool mptcpl_recut(struct subflow *s, struct tcp_seg *seg, u16_t size);

/* tail.c */
void mptcpl_tail_moves(struct subflow *s); /* octets were sent, or acknowledged */
void mptcpl_tail_check(struct subflow *s);

/* hystart.c */
void mptcpl_hystart_heard(struct subflow *s, const struct mptcp_segment *seg, u32_t ackno);
/* lwIP has let cwnd grow in slow start: what stays of it. */
void mptcpl_hystart_grow(struct subflow *s, uint32_t acked);

/* dark.c */
void mptcpl_dark_check(struct subflow *s); /* in s->silent: its path is dark */

#endif
