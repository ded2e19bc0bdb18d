/*
 * machines.h - floor 3: the machines that move the state of a connection (tables.h). Each is a
 * file; what it may touch stands in its head.
 */
#ifndef MPTCP_MACHINES_H
#define MPTCP_MACHINES_H

#include "mptcp/conn.h"
#include "tables/block.h"
#include "tables/clock.h"

/* ---------------------------------------------------------------- subflow.c */

/* Takes slot i for a new subflow; its generation grows. */
struct mptcp_subflow *mptcp_subflow_open(struct mptcp_conn *c, unsigned i, unsigned state);
void mptcp_subflow_fail(struct mptcp_subflow *s, int code); /* to be reset */
void mptcp_subflow_end(struct mptcp_conn *c, unsigned i, int why);
/* Frees a GONE slot once it holds nothing. */
void mptcp_subflow_drain(struct mptcp_conn *c, struct mptcp_subflow *s);

/* ---------------------------------------------------------------- capable.c */

void mptcp_capable_on_syn(struct mptcp_conn *c, struct mptcp_subflow *s,
                          const struct mptcp_options *o);
void mptcp_capable_on_synack(struct mptcp_conn *c, struct mptcp_subflow *s,
                             const struct mptcp_segment *seg, const struct mptcp_options *o);
/* MPTCP_OK: a SYN with these options asks for a connection that we can speak; JOIN_MISSING: it
 * wants to join one, and cannot be read; another code: it is for plain TCP, and why. */
int mptcp_capable_judge_syn(const struct mptcp_options *syn);
/* An MP_CAPABLE on an ACK that does not belong there, or does not repeat what the handshake
 * settled, is taken out of *o: it is as if it were not there. */
void mptcp_capable_screen(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, struct mptcp_options *o);
/* The first ACK to a server. Returns false if the segment is to be dropped. */
bool mptcp_capable_on_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, const struct mptcp_options *o);
void mptcp_capable_fully(struct mptcp_conn *c);
/* Options out, zeroed by the caller. */
void mptcp_capable_make(const struct mptcp_conn *c, unsigned form, struct mptcp_capable *o);
unsigned mptcp_capable_syn_form(const struct mptcp_conn *c,
                                const struct mptcp_subflow *s); /* 0: none */

/* The answer to a SYN, zeroed by the caller, without a connection; or why there is none. */
int mptcp_capable_answer(const struct mptcp_options *syn, uint32_t config, uint64_t key,
                         struct mptcp_capable *o);

/* ------------------------------------------------------------------- join.c */

int mptcp_join_refusal(const struct mptcp_conn *c, const struct mptcp_options *o);
void mptcp_join_on_syn(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_join *j);
void mptcp_join_on_synack(struct mptcp_conn *c, struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, const struct mptcp_options *o);
bool mptcp_join_on_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                       const struct mptcp_options *o);
void mptcp_join_on_fourth_ack(struct mptcp_conn *c, struct mptcp_subflow *s);
void mptcp_join_on_timeout(struct mptcp_subflow *s);
uint32_t mptcp_join_nonce(struct mptcp_conn *c);
void mptcp_join_make(const struct mptcp_conn *c, const struct mptcp_subflow *s, unsigned tcp_flags,
                     struct mptcp_join *j); /* zeroed by the caller */

/* --------------------------------------------------------------- mapping_in.c */

/*
 * A mapping has come with a segment: remembers it. 0; MPTCP_E_FULL: no slot
 * for it now; another code: the subflow must be reset with it.
 */
int mptcp_map_in(struct mptcp_conn *c, unsigned i, const struct mptcp_run *map);
bool mptcp_map_covers(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn, uint32_t len);

/* --------------------------------------------------------------- arrival.c */

void mptcp_arrive(struct mptcp_conn *c, unsigned i, const struct mptcp_piece *piece);
void mptcp_arrive_advance(struct mptcp_conn *c);
bool mptcp_deliver_due(const struct mptcp_conn *c, struct mptcp_action *a);
void mptcp_delivered(struct mptcp_conn *c, uint32_t n);
void mptcp_settle(struct mptcp_conn *c, unsigned i);

/* ----------------------------------------------------------------- window.c */

void mptcp_window_open(struct mptcp_conn *c, mptcp_dsn first);
uint32_t mptcp_window(const struct mptcp_conn *c); /* octets to advertise */
void mptcp_window_consumed(struct mptcp_conn *c, uint32_t n);
/* A segment has left: what it told of the window, and whether it carried the DATA_ACK. */
void mptcp_window_told(struct mptcp_conn *c, struct mptcp_subflow *s,
                       const struct mptcp_receipt *r);
/* TCP would take the segment: RFC 5961's checks on SSN and ack (G-3). */
bool mptcp_window_acceptable(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                             const struct mptcp_segment *seg);
/* Data waits, nothing is in flight, no window; or a subflow's own is shut. */
bool mptcp_window_shut(const struct mptcp_conn *c);
void mptcp_window_probe(struct mptcp_conn *c); /* its time has come */
/* It takes data only if there is nothing better: dark, or shut. */
static inline bool sf_dark(const struct mptcp_subflow *s)
{
    return (s->flags & (SF_STALLED | SF_SHUT)) != 0;
}
bool mptcp_window_peer(struct mptcp_conn *c, struct mptcp_subflow *s,
                       const struct mptcp_segment *seg); /* subflow's own edge; true if it moved */

/* ------------------------------------------------------------ mapping_out.c */

/* The mapping that ssn is under. */
bool mptcp_map_out(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn, struct mptcp_tx_map *map);
/* May [dsn, dsn + len) be appended? `head` lets it use the reserved slot. */
bool mptcp_map_room(const struct mptcp_conn *c, unsigned i, mptcp_dsn dsn, bool head);
void mptcp_map_append(struct mptcp_conn *c, unsigned i, mptcp_dsn dsn, uint32_t len);
/* Forgets what is acknowledged at both levels. */
void mptcp_map_trim(struct mptcp_conn *c, unsigned i);
void mptcp_map_free_limit(struct mptcp_conn *c);

/* ---------------------------------------------------------------- data_ack.c */

bool mptcp_on_data_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                       const struct mptcp_segment *seg, const struct mptcp_dss *dss);
bool mptcp_on_subflow_ack(struct mptcp_conn *c, unsigned i, const struct mptcp_segment *seg);
/* The subflow's peer expects this SSN next; true if it acknowledges something for the first time.
 */
bool mptcp_subflow_acked(struct mptcp_conn *c, unsigned i, mptcp_ssn ack);
void mptcp_una_moved(struct mptcp_conn *c);
void mptcp_plain_una(struct mptcp_conn *c, unsigned i); /* plain: what TCP acknowledged counts */
mptcp_dsn mptcp_snd_max(const struct mptcp_conn *c); /* snd_nxt, and the DATA_FIN if it was sent */

/* ------------------------------------------------------------------ send.c */

bool mptcp_send_due(const struct mptcp_conn *c, struct mptcp_action *a);
/* n octets of a, which is due, were taken. */
int mptcp_send_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n);

/* --------------------------------------------------------------- reinject.c */

/* The first octets that no healthy subflow holds; false if there are none. */
static inline bool mptcp_reinject_pending(const struct mptcp_conn *c)
{
    return mptcp_dsn_before(c->rtx_nxt, c->rtx_end);
}
bool mptcp_reinject_next(const struct mptcp_conn *c, mptcp_dsn *dsn, uint32_t *len);
/* Where the octets end that begin at SND.UNA and that a subflow has acknowledged; SND.UNA if none.
 */
mptcp_dsn mptcp_acked_end(const struct mptcp_conn *c);
void mptcp_reinject_all(struct mptcp_conn *c);
void mptcp_reinject_done(struct mptcp_conn *c, mptcp_dsn upto);
void mptcp_reinject_trim(struct mptcp_conn *c);
mptcp_tick mptcp_stall_due(const struct mptcp_conn *c, const struct mptcp_subflow *s);
void mptcp_stall(struct mptcp_conn *c, struct mptcp_subflow *s);
bool mptcp_is_bad(const struct mptcp_conn *c, const struct mptcp_subflow *s);
void mptcp_data_rto_arm(struct mptcp_conn *c);
void mptcp_data_rto_fire(struct mptcp_conn *c);

/* ------------------------------------------------------------------ close.c */

void mptcp_close_on_fin(struct mptcp_conn *c, mptcp_dsn fin);
void mptcp_close_reached(struct mptcp_conn *c); /* RCV.NXT may have come to the peer's DATA_FIN */
void mptcp_close_arm(struct mptcp_conn *c);
bool mptcp_close_fin_acked(const struct mptcp_conn *c);
bool mptcp_close_due(const struct mptcp_conn *c, unsigned i);
void mptcp_close_check(struct mptcp_conn *c);
void mptcp_close_end(struct mptcp_conn *c, int code); /* sticky error; all subflows to be reset */
/* It may go on without any subflow for a time (D-22). */
bool mptcp_may_wait(const struct mptcp_conn *c);
void mptcp_close_no_path(struct mptcp_conn *c, int why);
void mptcp_close_no_path_any_more(struct mptcp_conn *c); /* no_path_limit has passed */
void mptcp_close_abort(struct mptcp_conn *c);
void mptcp_close_aborted(struct mptcp_conn *c); /* by the peer */
void mptcp_close_on_abort_timeout(struct mptcp_conn *c);
enum mptcp_state mptcp_close_state(const struct mptcp_conn *c);

/* --------------------------------------------------------------- fallback.c */

/* To plain TCP on the only subflow, or its reset if its data are not in line. */
void mptcp_fallback(struct mptcp_conn *c, int code);
bool mptcp_fallback_possible(const struct mptcp_conn *c, const struct mptcp_subflow *s);
/* One or the other, as it must be on this subflow; true: it is plain TCP now. Neither before it is
 * known what becomes of a join. */
bool mptcp_give_up(struct mptcp_conn *c, struct mptcp_subflow *s, int code);
/* An infinite mapping has come. MPTCP_OK: it is plain TCP now; or the code to reset it with. */
int mptcp_fallback_infinite(struct mptcp_conn *c, unsigned i, const struct mptcp_run *map);
/* The checksum of the mapping at rcv_valid is wrong. */
void mptcp_fail_found(struct mptcp_conn *c, unsigned i);
/* MP_FAIL on an ACK. */
void mptcp_fail_received(struct mptcp_conn *c, unsigned i);
void mptcp_fail_on_timeout(struct mptcp_conn *c);
/* Its MP_FAIL needs no answer any more: the subflow is gone. */
void mptcp_fail_moot(struct mptcp_conn *c);
/* A subflow has come up: what failed on the one before is sent again here. */
void mptcp_fail_overtaken(struct mptcp_conn *c, const struct mptcp_subflow *up);
uint64_t mptcp_fail_dsn(const struct mptcp_conn *c, unsigned i);

/* ------------------------------------------------------------ path_manager.c */

/* Removed ones that nothing needs any more become free. */
void mptcp_pm_tidy(struct mptcp_conn *c);
void mptcp_pm_stir(struct mptcp_conn *c); /* what it decides on has changed */
bool mptcp_pm_closing(const struct mptcp_conn *c);

/* ---------------------------------------------------------------- announce.c */

void mptcp_pm_on_add_addr(struct mptcp_conn *c, const struct mptcp_subflow *s,
                          const struct mptcp_add_addr *o);
void mptcp_pm_on_remove_addr(struct mptcp_conn *c, const struct mptcp_remove_addr *o);
bool mptcp_pm_listen_due(const struct mptcp_conn *c, struct mptcp_action *a);
bool mptcp_pm_unlisten_due(const struct mptcp_conn *c, struct mptcp_action *a);
/* The next address signal for a pure ACK, 0 if none: its slot + 1, the peer's first. */
unsigned mptcp_pm_signal(const struct mptcp_conn *c);
/* Two signals have left in a row: the next one waits (G-2). */
static inline bool mptcp_pm_row_full(const struct mptcp_conn *c)
{
    return c->row >= SIGNALS_IN_ROW;
}
void mptcp_pm_row_on(struct mptcp_conn *c, const struct mptcp_subflow *s); /* one more has left */
void mptcp_pm_row_off(struct mptcp_conn *c); /* something else has left, or it is long ago */
bool mptcp_pm_removes(const struct mptcp_conn *c, unsigned signal);
void mptcp_pm_signal_option(const struct mptcp_conn *c, const struct mptcp_subflow *carrier,
                            unsigned signal, struct mptcp_add_addr *add); /* zeroed by the caller */
void mptcp_pm_signal_sent(struct mptcp_conn *c, unsigned signal);
void mptcp_pm_remove_option(const struct mptcp_conn *c, struct mptcp_remove_addr *o);
void mptcp_pm_removed_sent(struct mptcp_conn *c);
void mptcp_pm_start(struct mptcp_conn *c); /* fully established: announcing and joining may begin */
void mptcp_pm_hurry(struct mptcp_conn *c); /* the peer's application is there: announce now */
void mptcp_pm_announce(struct mptcp_conn *c);
void mptcp_pm_remove(struct mptcp_conn *c, struct mptcp_addr_slot *l); /* one of ours */
void mptcp_pm_on_subflow_timeout(struct mptcp_conn *c, struct mptcp_subflow *s);
void mptcp_pm_alive(struct mptcp_subflow *s); /* it has spoken */
/* An address to tell the application of, NULL if there is none. */
const struct mptcp_addr_slot *mptcp_pm_news(const struct mptcp_conn *c);
void mptcp_pm_told(struct mptcp_conn *c, uint8_t id);

bool mptcp_pm_connect_due(const struct mptcp_conn *c, struct mptcp_action *a);
bool mptcp_pm_asked(const struct mptcp_conn *c); /* a request of the host waits */
void mptcp_pm_connected(struct mptcp_conn *c, const struct mptcp_action *a);
bool mptcp_pm_may_join(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                       const struct mptcp_addr_slot *r);
void mptcp_pm_on_end(struct mptcp_conn *c, const struct mptcp_subflow *s); /* code says why */
void mptcp_pm_retry(struct mptcp_conn *c);

#endif
