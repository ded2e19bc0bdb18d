/*
 * machines.h - floor 3: the machines that move the state of a connection (tables.h). Each is a
 * file; what it may touch stands in its head.
 */
#ifndef MPTCP_MACHINES_H
#define MPTCP_MACHINES_H

#include "mptcp/conn.h"
#include "tables/block.h"
#include "tables/clock.h"
#include "tables/in_step.h"
#include "tables/offer.h"
#include "tables/unheld.h"

/* ---------------------------------------------------------------- subflow.c */

/* Takes slot i for a new subflow; its generation grows. */
struct mptcp_subflow *mptcp_subflow_open(struct mptcp_conn *c, unsigned i, unsigned state);
/* Notes why; reports it, unless it was a half-open join. */
void mptcp_subflow_ended(struct mptcp_subflow *s, int why);
/* ... and its slot: GONE, until the receive queue is empty. */
void mptcp_subflow_gone(struct mptcp_conn *c, unsigned i);
void mptcp_subflow_alone(struct mptcp_conn *c, unsigned i); /* it is plain TCP */
/* Frees a GONE slot once it holds nothing. */
void mptcp_subflow_drain(struct mptcp_conn *c, struct mptcp_subflow *s);

/* ---------------------------------------------------------------- capable.c */

/* MPTCP_OK: both ends may speak MPTCP (on a SYN/ACK: they do, and *first is the DSN of the peer's
 * first octet); or why it is plain TCP. */
int mptcp_capable_on_syn(struct mptcp_conn *c, struct mptcp_subflow *s,
                         const struct mptcp_options *o);
int mptcp_capable_on_synack(struct mptcp_conn *c, struct mptcp_subflow *s,
                            const struct mptcp_segment *seg, const struct mptcp_options *o,
                            mptcp_dsn *first);
/* MPTCP_OK: a SYN with these options asks for a connection that we can speak; JOIN_MISSING: it
 * wants to join one, and cannot be read; another code: it is for plain TCP, and why. */
int mptcp_capable_judge_syn(const struct mptcp_options *syn);
/* An MP_CAPABLE on an ACK that does not belong there, or does not repeat what the handshake
 * settled, is taken out of *o: it is as if it were not there. */
void mptcp_capable_screen(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, struct mptcp_options *o);
/* The first ACK to a server. Returns false if the segment is to be dropped; else *why is MPTCP_OK,
 * it is MPTCP, and *first the DSN of the peer's first octet; or why it is plain TCP. */
bool mptcp_capable_on_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, const struct mptcp_options *o, int *why,
                          mptcp_dsn *first);
/* A DSS or an ADD_ADDR of the peer's shows that it has both keys. True if that is news: announcing
 * and joining may begin. */
bool mptcp_capable_fully(struct mptcp_conn *c);
/* Options out, zeroed by the caller. */
void mptcp_capable_make(const struct mptcp_conn *c, unsigned form, struct mptcp_capable *o);
unsigned mptcp_capable_syn_form(const struct mptcp_conn *c,
                                const struct mptcp_subflow *s); /* 0: none */

/* The answer to a SYN, zeroed by the caller, without a connection; or why there is none. */
int mptcp_capable_answer(const struct mptcp_options *syn, uint32_t config, uint64_t key,
                         struct mptcp_capable *o);

/* ------------------------------------------------------------------- join.c */

int mptcp_join_refusal(const struct mptcp_conn *c, const struct mptcp_options *o);
/* No slot is free for a join from the address with this number: a half-open one is to be reset for
 * it. False: there is none, or, in a flood, it has lost the draw. */
bool mptcp_join_makes_room(struct mptcp_conn *c, uint32_t from, mptcp_time now);
void mptcp_join_on_syn(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_join *j);
void mptcp_join_on_synack(struct mptcp_conn *c, struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, const struct mptcp_options *o);
bool mptcp_join_on_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                       const struct mptcp_options *o);
void mptcp_join_on_fourth_ack(struct mptcp_conn *c, struct mptcp_subflow *s);
void mptcp_join_on_timeout(const struct mptcp_conn *c, struct mptcp_subflow *s);
uint32_t mptcp_join_nonce(struct mptcp_conn *c);
void mptcp_join_make(const struct mptcp_conn *c, const struct mptcp_subflow *s, unsigned tcp_flags,
                     struct mptcp_join *j); /* zeroed by the caller */

/* --------------------------------------------------------------- mapping_in.c */

/*
 * A mapping has come with a segment: remembers it. 0; MPTCP_E_FULL: no slot
 * for it now; another code: the subflow must be reset with it.
 */
int mptcp_map_in(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *map);
bool mptcp_map_covers(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn, uint32_t len);

/* --------------------------------------------------------------- arrival.c */

#define ARRIVED_FIN 1u      /* a mapping that is right says where the stream ends: *end */
#define ARRIVED_WRONG 2u    /* a mapping has a wrong checksum */
#define ARRIVED_UNMAPPED 4u /* some octets came without a mapping */
/* The next octets of subflow i: what is more to say of them. */
unsigned mptcp_arrive(struct mptcp_conn *c, unsigned i, const struct mptcp_piece *piece,
                      mptcp_dsn *end);
bool mptcp_deliver_due(const struct mptcp_conn *c, struct mptcp_action *a);
void mptcp_delivered(struct mptcp_conn *c, uint32_t n);

/* ----------------------------------------------------------------- plain_data.c */

/* The first subflow from here on: what it has in order is the stream, what it acknowledged is
 * acknowledged. */
void mptcp_plain_receives(struct mptcp_conn *c, unsigned i);
void mptcp_plain_sends(struct mptcp_conn *c, unsigned i);
/* n more octets in order. */
void mptcp_plain_arrived(struct mptcp_conn *c, unsigned i, uint32_t n);
bool mptcp_plain_deliver_due(const struct mptcp_conn *c, struct mptcp_action *a);
/* As a mapping would be, of what can be sent again from ssn on. */
bool mptcp_plain_map_out(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn,
                         struct mptcp_tx_map *map);
void mptcp_plain_acked(struct mptcp_conn *c, unsigned i); /* what TCP acknowledged counts */

/* ----------------------------------------------------------------- window.c */

void mptcp_window_open(struct mptcp_conn *c, mptcp_dsn first);
/* Octets to advertise: the buffer, less what has come and was not consumed. n is -1 if a DATA_FIN
 * came after a full window. */
static inline uint32_t mptcp_window(const struct mptcp_conn *c)
{
    int64_t n = mptcp_dsn_diff(c->rcv_consumed, c->rcv_nxt) + (int64_t)c->rcv_buf;
    return n > 0 ? (uint32_t)n : 0;
}
/* The application took n octets. True: that is to be told. */
bool mptcp_window_consumed(struct mptcp_conn *c, uint32_t n);
/* A segment has left: what it told of the window, and whether it carried the DATA_ACK. */
void mptcp_window_told(struct mptcp_conn *c, struct mptcp_subflow *s,
                       const struct mptcp_receipt *r);
/* TCP would take the segment: RFC 5961's checks on SSN and ack (G-3). */
bool mptcp_window_acceptable(const struct mptcp_subflow *s, const struct mptcp_segment *seg);
/* Why data waits that no acknowledgement will bring forth. */
#define OBSTACLE_WINDOW 1u /* the peer's shared window is closed, or a subflow's own */
#define OBSTACLE_ROOM 2u   /* a subflow's TCP had no room when the host told last */
unsigned mptcp_send_obstacles(const struct mptcp_conn *c);
void mptcp_window_probe(struct mptcp_conn *c); /* its time has come */
void mptcp_room_assume(struct mptcp_conn *c);  /* likewise: for one segment, the host is asked */
/* The subflow's own edge; true if it moved. */
bool mptcp_window_peer(struct mptcp_subflow *s, const struct mptcp_segment *seg);

/* ------------------------------------------------------------ mapping_out.c */

/* The mapping that ssn is under. */
bool mptcp_map_out(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn, struct mptcp_tx_map *map);
/* n octets of a, a SEND, are given to its subflow: at most RUN_SEND_MAX and a mapping. */
void mptcp_map_append(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n);
void mptcp_map_free_limit(struct mptcp_conn *c);

/* ---------------------------------------------------------------- data_ack.c */

enum mptcp_data_ack { DATA_ACK_IGNORED, DATA_ACK_OLD, DATA_ACK_NEWS /* or of the window */ };
enum mptcp_data_ack mptcp_on_data_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                                      const struct mptcp_segment *seg, const struct mptcp_dss *dss);
/* The subflow's peer expects this SSN next; true if it acknowledges something for the first time.
 */
bool mptcp_subflow_acked(struct mptcp_conn *c, unsigned i, mptcp_ssn ack);

/* ------------------------------------------------------------------ send.c */

bool mptcp_send_due(const struct mptcp_conn *c, struct mptcp_action *a);
/* What becomes of an offer: so many octets of what *o is then; 0: none, or *choice is a wait. */
uint32_t mptcp_send_choice(struct mptcp_offer *o, struct mptcp_sched_choice *choice);
/* n octets of a, which is due, were taken; n is at most a->len. Their mapping, and that they are
 * not due again, is for others. True: 2^29 and more since that was last said. */
bool mptcp_send_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n);

/* --------------------------------------------------------------- reinject.c */

void mptcp_reinject_all(struct mptcp_conn *c);
/* What was found missing may be safe again. */
static inline void mptcp_reinject_again(struct mptcp_conn *c)
{
    c->sent.look = c->sent.una;
}
/* n octets of a, a SEND, have gone: they are not due again. */
void mptcp_reinject_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n);
/* Looks at some more runs for octets that no healthy subflow holds. */
void mptcp_reinject_search(struct mptcp_conn *c);
/* There are more runs to look at: mptcp_on_timeout goes on. */
bool mptcp_reinject_searching(const struct mptcp_conn *c);
/* No DATA_ACK came in time: what a subflow acknowledged at the head of the stream counts as lost,
 * or, false, nothing is and all is looked at anew. */
bool mptcp_reinject_lost(struct mptcp_conn *c);

/* ---------------------------------------------------------------- silence.c */

enum mptcp_silence {
    SILENCE_NOTHING, /* nothing has changed */
    SILENCE_BEGINS,  /* what it holds is to be sent again elsewhere */
    SILENCE_ENDS     /* it has lasted too long: the subflow is to be reset */
};
/* When mptcp_silence_on_timeout wants to be called. */
mptcp_tick mptcp_silence_due(const struct mptcp_conn *c, const struct mptcp_subflow *s);
/* A probe has left; whatever TCP takes from the peer answers it, and clears SF_ASKED. */
void mptcp_silence_asked(const struct mptcp_conn *c, struct mptcp_subflow *s);
enum mptcp_silence mptcp_silence_on_timeout(struct mptcp_conn *c, struct mptcp_subflow *s);

/* -------------------------------------------------------------------- rtt.c */

/* The host's TCP knows better. */
void mptcp_rtt_told(struct mptcp_subflow *s, uint32_t srtt_us, uint32_t rttvar_us);
/* A SYN, or octets from ssn on, have left, for the first time or again. */
void mptcp_rtt_sent(const struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_ssn ssn);
/* The peer's TCP expects this SSN next. */
void mptcp_rtt_acked(const struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_ssn ack);

/* ------------------------------------------------------------------ close.c */

void mptcp_close_on_fin(struct mptcp_conn *c, mptcp_dsn fin);
void mptcp_close_plain(struct mptcp_conn *c); /* our DATA_FIN ends, if it is not DATA_ACKed */
void mptcp_close_on_plain_fin(struct mptcp_conn *c); /* TCP's FIN: the end of the stream is here */
/* Why a subflow is to be left by RST, since a FIN might be taken for the end of the stream;
 * MPTCP_OK: it is not. */
int mptcp_close_by_reset(const struct mptcp_conn *c, unsigned i);
void mptcp_close_reached(struct mptcp_conn *c); /* RCV.NXT may have come to the peer's DATA_FIN */
void mptcp_close_arm(struct mptcp_conn *c);
bool mptcp_close_due(const struct mptcp_conn *c, unsigned i);
void mptcp_close_check(struct mptcp_conn *c);
void mptcp_close_end(struct mptcp_conn *c, int code); /* sticky error; all subflows to be reset */
/* It may go on without any subflow for a time (D-22). */
void mptcp_close_no_path(struct mptcp_conn *c, int why);
void mptcp_close_no_path_any_more(struct mptcp_conn *c); /* no_path_limit has passed */
void mptcp_close_abort(struct mptcp_conn *c);
void mptcp_close_aborted(struct mptcp_conn *c); /* by the peer */
void mptcp_close_on_abort_timeout(struct mptcp_conn *c);
enum mptcp_state mptcp_close_state(const struct mptcp_conn *c);

/* --------------------------------------------------------------- fallback.c */

/* What speaks for plain TCP, or for the end of a subflow; fallback.c has the table. */
enum mptcp_evidence {
    EVIDENCE_DATA,     /* the next octets came without any MPTCP option, and are not mapped */
    EVIDENCE_FIN,      /* a FIN without any MPTCP option, before the end of the stream is known */
    EVIDENCE_ACK,      /* data acknowledged without any, before a DATA_ACK of data */
    EVIDENCE_SILENCE,  /* questions that TCP answered, and no DATA_ACK */
    EVIDENCE_CHECKSUM, /* the mapping at rcv_valid has a wrong checksum */
    EVIDENCE_MP_FAIL,
    EVIDENCE_INFINITE, /* an infinite mapping in step */
    EVIDENCE_INFINITE_OUT_OF_STEP,
    EVIDENCE_CONTRADICTION /* plain TCP: what the peer says of DSNs can't be true */
};

enum mptcp_judgement {
    JUDGED_NOTHING,
    JUDGED_PLAIN, /* it is plain TCP now: src/conn/plain.c does the rest */
    JUDGED_RESET  /* this subflow, with *code */
};

enum mptcp_judgement mptcp_fallback_judge(struct mptcp_conn *c, unsigned i, enum mptcp_evidence e,
                                          int *code);
/* MPTCP ends before both keys are known. */
void mptcp_fallback_from_start(struct mptcp_conn *c, int code);
/* A third ACK has left, or octets that TCP acknowledged have no mapping. */
void mptcp_fallback_out_of_step(struct mptcp_conn *c);
/* A join succeeded: octets may use new SSNs. */
void mptcp_fallback_joined(struct mptcp_conn *c);
/* A mapping of the peer's came on a subflow. */
static inline void mptcp_fallback_mapping(struct mptcp_conn *c, const struct mptcp_subflow *s,
                                          const struct mptcp_mapping *map)
{
    if ((s->flags & SF_INITIAL) != 0 && !is_in_step(c, map)) {
        mptcp_fallback_out_of_step(c);
    }
}
/* A DATA_ACK came on s; news: it, or the window, was new. */
void mptcp_fallback_on_data_ack(struct mptcp_conn *c, struct mptcp_subflow *s, bool news);
/* A question is to be asked; true: so many were answered by TCP alone that it is evidence. */
bool mptcp_fallback_asks(struct mptcp_conn *c);
/* TCP has answered on this subflow; true: that is news. */
bool mptcp_fallback_answered(struct mptcp_conn *c, struct mptcp_subflow *s);
/* A FIN at this SSN carries an MPTCP option; one that did was seen. */
void mptcp_fallback_fin_marked(struct mptcp_subflow *s, mptcp_ssn fin);
bool mptcp_fallback_fin_is_marked(const struct mptcp_subflow *s, mptcp_ssn fin);
/* Plain TCP: a DATA_FIN has come, so the peer does not know of it. */
void mptcp_fallback_data_fin(struct mptcp_conn *c);
/* Plain TCP: octets are still DATA_ACKed, since the peer may not know. More of them have come. */
bool mptcp_fallback_acks_data(const struct mptcp_conn *c);
void mptcp_fallback_data(struct mptcp_conn *c, const struct mptcp_subflow *s);
/* Plain TCP: the peer's TCP may have acknowledged something. */
void mptcp_fallback_acked(struct mptcp_conn *c, const struct mptcp_subflow *s);
/* Plain TCP: an MP_FAIL has left. It is time for the next, since nothing has shown that the peer
 * knows. */
void mptcp_fallback_fail_sent(struct mptcp_conn *c, const struct mptcp_subflow *s);
void mptcp_fallback_no_answer(struct mptcp_conn *c);
/* The DSN of an MP_FAIL: where the mapping begins that failed, else RCV.NXT. */
uint64_t mptcp_fallback_fail_dsn(const struct mptcp_conn *c, unsigned i);

/* ------------------------------------------------------------ path_manager.c */

/* Removed addresses that nothing needs any more become free; a half-open join gives its slot to a
 * subflow that is to be opened. */
void mptcp_pm_free_slots(struct mptcp_conn *c);

/* ---------------------------------------------------------------- announce.c */

/* True: it is an announcement, and its HMAC shows that the peer has both keys. */
bool mptcp_pm_on_add_addr(struct mptcp_conn *c, const struct mptcp_subflow *s,
                          const struct mptcp_add_addr *o);
void mptcp_pm_on_remove_addr(struct mptcp_conn *c, const struct mptcp_remove_addr *o);
bool mptcp_pm_listen_due(const struct mptcp_conn *c, struct mptcp_action *a);
bool mptcp_pm_unlisten_due(const struct mptcp_conn *c, struct mptcp_action *a);
/* The next address signal for a pure ACK, 0 if none: its slot + 1, the peer's first. */
unsigned mptcp_pm_signal(const struct mptcp_conn *c);
/* Two signals have left in a row: the next one waits (G-2). */
static inline bool mptcp_pm_burst_full(const struct mptcp_conn *c)
{
    return c->burst >= SIGNALS_IN_BURST;
}
void mptcp_pm_burst_on(struct mptcp_conn *c, const struct mptcp_subflow *s); /* one more has left */
void mptcp_pm_burst_ends(struct mptcp_conn *c);
/* Something else has left, or it is long ago. */
static inline void mptcp_pm_burst_over(struct mptcp_conn *c)
{
    if (c->burst != 0) {
        mptcp_pm_burst_ends(c);
    }
}
bool mptcp_pm_removes(const struct mptcp_conn *c, unsigned signal);
void mptcp_pm_signal_option(const struct mptcp_conn *c, const struct mptcp_subflow *on,
                            unsigned signal, struct mptcp_add_addr *add); /* zeroed by the caller */
void mptcp_pm_signal_sent(struct mptcp_conn *c, unsigned signal);
void mptcp_pm_remove_option(const struct mptcp_conn *c, struct mptcp_remove_addr *o);
/* A REMOVE_ADDR with so many ids has left. If there are more by now, all are said again. */
void mptcp_pm_removed_sent(struct mptcp_conn *c, unsigned ids);
void mptcp_pm_start(struct mptcp_conn *c); /* fully established: announcing and joining may begin */
void mptcp_pm_announce_now(
    struct mptcp_conn *c); /* the peer's application is there: announce now */
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
/* The host could not open it: that counts as a try. */
void mptcp_pm_connect_failed(struct mptcp_conn *c, const struct mptcp_action *a);
bool mptcp_pm_may_join(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                       const struct mptcp_addr_slot *r);
void mptcp_pm_on_end(struct mptcp_conn *c, const struct mptcp_subflow *s); /* code says why */
void mptcp_pm_retry(struct mptcp_conn *c);

#endif
