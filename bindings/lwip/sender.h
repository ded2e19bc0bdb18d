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
void mptcpl_cc_begin(struct subflow *s); /* sets the initial window, once */
/* A segment has come, and lwIP has not seen it yet: keeps cwnd and ssthresh as they are. */
void mptcpl_cc_before(struct subflow *s);
/* lwIP has taken an ACK of new octets: sets cwnd to what the algorithm makes of it. */
void mptcpl_cc_acked(struct subflow *s);
/* The subflow has become dark (dark.c): keeps its window. It works again: gives that back. */
void mptcpl_cc_dark(struct subflow *s);
void mptcpl_cc_light(struct subflow *s);
/* len octets from seqno on leave, for the first time or again: may begin to measure an RTT. */
void mptcpl_rtt_sent(struct subflow *s, u32_t seqno, u32_t len);
/* An ACK has come: ends the measurement if its octet is acknowledged. */
void mptcpl_rtt_acked(struct subflow *s, u32_t ackno);

/* recovery.c */
/* A segment has come, and lwIP has not seen it yet: takes its SACK blocks. */
void mptcpl_recovery_heard(struct subflow *s, const struct mptcp_segment *seg);
/* The first segment that is not acknowledged was sent again in this recovery. */
bool mptcpl_recovery_has_sent(const struct subflow *s);
void mptcpl_recover(struct subflow *s); /* sends again what is lost, as far as cwnd allows */
/* Sends the segment at *at, of what is not acknowledged, again; false: not now. */
struct tcp_seg;
bool mptcpl_send_again(struct subflow *s, struct tcp_seg **at);

/* Empties the scoreboard: everything is to be sent again, for another reason than a loss. */
void mptcpl_recovery_forget(struct subflow *s);

/* mtu.c */
void mptcpl_mtu_heard(struct pbuf *p);    /* an IPv6 packet that came in */
void mptcpl_mtu_begin(struct subflow *s); /* takes what is known of the path to its peer */
void mptcpl_mtu_check(struct subflow *s); /* cuts segments to what was heard since */

/* recut.c: cuts a segment of one of lwIP's lists into several of at most `size` octets. False:
 * there is no memory, and nothing has changed. */
bool mptcpl_recut(struct subflow *s, struct tcp_seg *seg, u16_t size);

/* tail.c */
void mptcpl_tail_moves(struct subflow *s); /* octets were sent, or acknowledged */
void mptcpl_tail_check(struct subflow *s); /* sends a probe if one is due */

/* hystart.c */
/* An ACK has come: takes the RTT of its timestamp, which may end slow start. */
void mptcpl_hystart_heard(struct subflow *s, const struct mptcp_segment *seg, u32_t ackno);
/* lwIP has let cwnd grow by an ACK in slow start: sets how much of that stays. */
void mptcpl_hystart_grow(struct subflow *s, uint32_t acked);

/* dark.c */
void mptcpl_dark_check(struct subflow *s); /* sets s->silent, and the timer of a dark subflow */

#endif
