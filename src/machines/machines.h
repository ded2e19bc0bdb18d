/*
 * machines.h - floor 3: the machines that move the state of a connection (tables.h). Each is a
 * file; what it may touch stands in its head.
 */
#ifndef MPTCP_MACHINES_H
#define MPTCP_MACHINES_H

#include "machines/paths.h"
#include "mptcp/conn.h"
#include "tables/block.h"
#include "tables/clock.h"
#include "tables/in_step.h"
#include "tables/offer.h"
#include "tables/unheld.h"

/* ---------------------------------------------------------------- subflow.c */

/* Sets up slot i for a new subflow in this state, with the next generation. Returns the subflow. */
struct mptcp_subflow *mptcp_subflow_open(struct mptcp_conn *c, unsigned i, unsigned state);
/* Stores why s has ended, and makes MPTCP_EV_SUBFLOW_GONE due unless s was a half-open join. */
void mptcp_subflow_ended(struct mptcp_subflow *s, int why);
/* TCP has ended subflow i: puts it into SF_GONE, where it stays until its receive queue is empty,
 * and removes the received mappings of which no octet has arrived. */
void mptcp_subflow_gone(struct mptcp_conn *c, unsigned i);
/* The connection is plain TCP: clears what only MPTCP needs of subflow i (signals, flags, timer).
 */
void mptcp_subflow_alone(struct mptcp_conn *c, unsigned i);
/* Frees the slot of s if s is SF_GONE, all its octets are released and its end was reported. */
void mptcp_subflow_drain(struct mptcp_conn *c, struct mptcp_subflow *s);

/* ---------------------------------------------------------------- capable.c */

/* Both take the MP_CAPABLE of a SYN or SYN/ACK, and return MPTCP_OK, or the code of the reason why
 * the connection is plain TCP. After MPTCP_OK on a SYN/ACK the connection is in PHASE_MPTCP, and
 * *first is the DSN of the peer's first octet. */
int mptcp_capable_on_syn(struct mptcp_conn *c, struct mptcp_subflow *s,
                         const struct mptcp_options *o);
int mptcp_capable_on_synack(struct mptcp_conn *c, struct mptcp_subflow *s,
                            const struct mptcp_segment *seg, const struct mptcp_options *o,
                            mptcp_dsn *first);
/* What a SYN with these options asks for. MPTCP_OK: a connection with an MP_CAPABLE that we accept,
 * in version *version. JOIN_MISSING: it has an MP_JOIN, so it is for no new connection. Another
 * code: a plain TCP connection; the code says why. */
int mptcp_capable_judge_syn(const struct mptcp_options *syn, unsigned *version);
/* Removes an MP_CAPABLE from *o if it does not belong on this segment, or does not repeat the keys,
 * version and flags of the handshake; it then counts as refused. */
void mptcp_capable_screen(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, struct mptcp_options *o);
/* Server without state of the SYN: true if this ACK decides between MPTCP and plain TCP; if not, it
 * is to be dropped (C-15, C-16). */
bool mptcp_capable_decides(const struct mptcp_segment *ack, const struct mptcp_options *o);
/* Server: takes the ACK that ends the handshake. Returns false if the segment is to be dropped.
 * Else *why is MPTCP_OK: the connection is in PHASE_MPTCP, and *first is the DSN of the peer's
 * first octet; or *why is the code of the reason why it is plain TCP. */
bool mptcp_capable_on_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, const struct mptcp_options *o, int *why,
                          mptcp_dsn *first);
/* A DSS or an ADD_ADDR has shown that the peer has both keys: the connection is fully established.
 * `ack`: what that segment acknowledges. Returns true the first time: announcing and joining may
 * begin. */
bool mptcp_capable_fully(struct mptcp_conn *c, mptcp_ssn ack);
/* Fills *o, which the caller has zeroed, with our MP_CAPABLE of this form. */
void mptcp_capable_make(const struct mptcp_conn *c, unsigned form, struct mptcp_capable *o);
/* The form of the MP_CAPABLE on our next SYN or SYN/ACK; 0: it carries none, since the
 * connection is plain TCP or too many SYNs were not answered. */
unsigned mptcp_capable_syn_form(const struct mptcp_conn *c,
                                const struct mptcp_subflow *s); /* 0: none */

/* Fills *o, which the caller has zeroed, with the MP_CAPABLE of a SYN/ACK that a server sends
 * without a connection (C-9). Returns MPTCP_OK, or the code of the reason why the SYN gets none. */
int mptcp_capable_answer(const struct mptcp_options *syn, uint32_t config, uint64_t key,
                         struct mptcp_capable *o);

/* ------------------------------------------------------------------- join.c */

/* Whether the connection takes a join by a SYN with these options: MPTCP_OK, or the code with which
 * the SYN is to be refused. */
int mptcp_join_refusal(const struct mptcp_conn *c, const struct mptcp_options *o);
/* No slot is free for a join from the address with this number: marks a half-open join for a reset,
 * which frees its slot, and returns true. Returns false, and the new join is refused, if there is
 * no half-open join, or if too many SYNs come and the new one has lost the draw. */
bool mptcp_join_makes_room(struct mptcp_conn *c, uint32_t from, mptcp_time now);
/* Listener: takes id, nonce and backup flag of the peer's SYN, and draws the nonce for our SYN/ACK.
 */
void mptcp_join_on_syn(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_join *j);
/* Initiator: checks the HMAC of the SYN/ACK. If it is right the third ACK is due (SF_PRE), else s
 * is marked for a reset. */
void mptcp_join_on_synack(struct mptcp_conn *c, struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, const struct mptcp_options *o);
/* Listener: checks the HMAC of the third ACK. If it is right, opens s, makes the fourth ACK due and
 * returns true; else marks s for a reset and returns false: the segment is to be dropped. */
bool mptcp_join_on_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                       const struct mptcp_options *o);
/* Initiator: the fourth ACK has come. Opens s. */
void mptcp_join_on_fourth_ack(struct mptcp_conn *c, struct mptcp_subflow *s);
/* The timer of a join that is not open has expired: makes the third ACK due again, or marks s for a
 * reset. */
void mptcp_join_on_timeout(const struct mptcp_conn *c, struct mptcp_subflow *s);
/* Returns a new random nonce, derived from the connection's seed. */
uint32_t mptcp_join_nonce(struct mptcp_conn *c);
/* Fills *j, which the caller has zeroed, with the MP_JOIN of a SYN, SYN/ACK or third ACK of s, as
 * tcp_flags say. */
void mptcp_join_make(const struct mptcp_conn *c, const struct mptcp_subflow *s, unsigned tcp_flags,
                     struct mptcp_join *j);

/* --------------------------------------------------------------- mapping_in.c */

/*
 * Stores a mapping that has come with a segment of subflow i. Returns MPTCP_OK; MPTCP_E_FULL if no
 * run is free for it now; or another code, with which the subflow must be reset.
 */
int mptcp_map_in(struct mptcp_conn *c, unsigned i, const struct mptcp_mapping *map);
/* True if every one of the len octets of subflow i from ssn on has a mapping. May return false if
 * they are spread over more than 8 runs. */
bool mptcp_map_covers(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn, uint32_t len);

/* --------------------------------------------------------------- arrival.c */

#define ARRIVED_FIN 1u      /* a verified mapping carries a DATA_FIN: *end is its DSN */
#define ARRIVED_WRONG 2u    /* a mapping has a wrong checksum */
#define ARRIVED_UNMAPPED 4u /* some octets came without a mapping */
/* Takes the next octets of subflow i in order: moves its rcv_nxt, verifies checksums and moves
 * RCV.NXT. Returns ARRIVED_ bits. */
unsigned mptcp_arrive(struct mptcp_conn *c, unsigned i, const struct mptcp_piece *piece,
                      mptcp_dsn *end);
/* The same for the next n octets of s without checksums, which are delivered at once where
 * mptcp_received_pass says so. False: it is another case, and nothing has changed. */
bool mptcp_arrive_and_pass(struct mptcp_conn *c, struct mptcp_subflow *s, uint32_t n);
/* True if octets are to be delivered; *a then names them. */
bool mptcp_deliver_due(const struct mptcp_conn *c, struct mptcp_action *a);
/* The host has delivered n octets to the application: moves rcv_delivered. */
void mptcp_delivered(struct mptcp_conn *c, uint32_t n);

/* ----------------------------------------------------------------- plain_data.c */

/* Subflow i, the first one, becomes plain TCP. The first function sets RCV.NXT to what it has
 * received in order; the second removes all runs, and sets SND.UNA and the window to those of the
 * subflow's TCP. */
void mptcp_plain_receives(struct mptcp_conn *c, unsigned i);
void mptcp_plain_sends(struct mptcp_conn *c, unsigned i);
/* Plain TCP: n more octets of subflow i have arrived in order. Moves RCV.NXT. */
void mptcp_plain_arrived(struct mptcp_conn *c, unsigned i, uint32_t n);
/* Plain TCP: true if octets are to be delivered; *a then names them. */
bool mptcp_plain_deliver_due(const struct mptcp_conn *c, struct mptcp_action *a);
/* Plain TCP: fills *map with DSN and SSN of the octet at ssn and the length up to snd_nxt, but no
 * more than a mapping. False if it is acknowledged, or was never given to the subflow. */
bool mptcp_plain_map_out(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn,
                         struct mptcp_tx_map *map);
/* Plain TCP: sets SND.UNA and the window to those of the subflow's TCP. */
void mptcp_plain_acked(struct mptcp_conn *c, unsigned i);

/* ----------------------------------------------------------------- window.c */

/* `first` is the DSN of the peer's first octet: all receive cursors begin there. */
void mptcp_window_open(struct mptcp_conn *c, mptcp_dsn first);
/* Octets to advertise: the receive buffer less what has arrived and was not consumed. (Less than
 * nothing is left if a DATA_FIN came after a full window: that is 0.) */
static inline uint32_t mptcp_window(const struct mptcp_conn *c)
{
    int64_t n = mptcp_dsn_diff(c->rcv_consumed, c->rcv_nxt) + (int64_t)c->rcv_buf;
    return n > 0 ? (uint32_t)n : 0;
}
/* The application took n octets. Returns true if the window has opened so far that ACKs have to
 * advertise it: they are due then (SIG_ACK). */
bool mptcp_window_consumed(struct mptcp_conn *c, uint32_t n);
/* A segment was sent on s: stores the window and the acknowledgements that it carried. */
void mptcp_window_told(struct mptcp_conn *c, struct mptcp_subflow *s,
                       const struct mptcp_receipt *r);
/* True if the SSN is within the window that was advertised on s. */
bool mptcp_window_holds(const struct mptcp_subflow *s, mptcp_ssn ssn);
/* True if TCP accepts the segment: RFC 5961's checks of SSN and acknowledgement number (G-3). */
bool mptcp_window_acceptable(const struct mptcp_subflow *s, const struct mptcp_segment *seg);
/* Returns OBSTACLE_ bits: why data can't be sent although nothing is in flight, so that no
 * acknowledgement will change it. 0: there is no such reason, or no data. */
#define OBSTACLE_WINDOW 1u /* the peer's shared window is closed, or a subflow's own */
#define OBSTACLE_ROOM 2u   /* a subflow's TCP had no room at the host's last report */
unsigned mptcp_send_obstacles(const struct mptcp_conn *c);
/* The timer of OBSTACLE_WINDOW has expired: makes probes due. */
void mptcp_window_probe(struct mptcp_conn *c);
/* A subflow has come up: probes start again with the shortest wait, since for how long others were
 * shut says nothing of it. If it is the only one, the window is advertised on it. */
void mptcp_window_joined(struct mptcp_conn *c);
/* The timer of OBSTACLE_ROOM has expired: assumes room for one segment, so that MPTCP_SEND is due
 * and the host's TCP tries again. */
void mptcp_room_assume(struct mptcp_conn *c);
/* Takes the window of a segment on s as the subflow's own: moves snd_edge to the right. Returns
 * true if it moved. */
bool mptcp_window_peer(struct mptcp_subflow *s, const struct mptcp_segment *seg);

/* ------------------------------------------------------------ mapping_out.c */

/* Fills *map with our mapping that contains octet ssn of subflow i. False if no run contains it. */
bool mptcp_map_out(const struct mptcp_conn *c, unsigned i, mptcp_ssn ssn, struct mptcp_tx_map *map);
/* The first n octets of a, an MPTCP_SEND, were given to its subflow: enters their mapping and moves
 * the subflow's snd_nxt. n is at most RUN_SEND_MAX. */
void mptcp_map_append(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n);
/* Moves free_to, below which the application's send buffer need not keep octets (D-16). */
void mptcp_map_free_limit(struct mptcp_conn *c);

/* ---------------------------------------------------------------- data_ack.c */

/* The DATA_ACK of a DSS, and the DSN of its mapping, in 64 bits: the low 32 of them stand for the
 * number that is nearest to SND.UNA or RCV.NXT (RFC 8684 s3.3.1). */
static inline mptcp_dsn mptcp_dss_ack(const struct mptcp_conn *c, const struct mptcp_dss *d)
{
    return (d->flags & MPTCP_DSS_ACK64) != 0 ? mptcp_dsn_of(d->data_ack)
                                             : mptcp_dsn_widen((uint32_t)d->data_ack, c->snd_una);
}
static inline mptcp_dsn mptcp_dss_dsn(const struct mptcp_conn *c, const struct mptcp_dss *d)
{
    return (d->flags & MPTCP_DSS_DSN64) != 0 ? mptcp_dsn_of(d->dsn)
                                             : mptcp_dsn_widen((uint32_t)d->dsn, c->rcv_nxt);
}
/* Takes the DATA_ACK of a DSS, and the shared window with it: moves SND.UNA and snd_edge. IGNORED:
 * it lies outside of what was sent; OLD: neither has moved; NEWS: one of the two has. */
enum mptcp_data_ack { DATA_ACK_IGNORED, DATA_ACK_OLD, DATA_ACK_NEWS };
enum mptcp_data_ack mptcp_on_data_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                                      const struct mptcp_segment *seg, const struct mptcp_dss *dss);
/* The peer's TCP has acknowledged all octets of subflow i before `ack`: moves the subflow's
 * snd_una. Returns true if octets, or our FIN, are acknowledged for the first time. */
bool mptcp_subflow_acked(struct mptcp_conn *c, unsigned i, mptcp_ssn ack);

/* ------------------------------------------------------------------ send.c */

/* True if octets are to be given to a subflow; *a, an MPTCP_SEND, then names both. */
bool mptcp_send_due(const struct mptcp_conn *c, struct mptcp_action *a);
/* Shows the offer *o to the scheduler, which may change which octets it offers. Returns how many of
 * them to send on the subflow choice->path; 0: none now, and *choice may be a wait. */
uint32_t mptcp_send_choice(struct mptcp_offer *o, struct mptcp_sched_choice *choice);
/* The host has given the first n octets of a, which is due, to the subflow: moves SND.NXT, takes n
 * off the room, and informs the scheduler. mptcp_map_append and mptcp_reinject_done do the rest.
 * Returns true each time that another 2^29 octets have been sent. */
bool mptcp_send_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n);

/* --------------------------------------------------------------- reinject.c */

/* A subflow has ended or fallen silent: restarts the search for octets to reinject at SND.UNA. */
void mptcp_reinject_all(struct mptcp_conn *c);
/* A silent subflow has acknowledged something: octets that were to be reinjected may be held by it,
 * so their runs are checked again. */
static inline void mptcp_reinject_again(struct mptcp_conn *c)
{
    c->sent.look = c->sent.una;
}
/* The first n octets of a, an MPTCP_SEND, were given to a subflow. If they were reinjected, moves
 * rtx_nxt past them. */
void mptcp_reinject_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n);
/* Checks some more runs for octets that no healthy subflow holds; moves rtx_nxt over the others. */
void mptcp_reinject_search(struct mptcp_conn *c);
/* True if there are more runs to check: mptcp_deadline then lies in the present, and
 * mptcp_on_timeout continues the search. */
bool mptcp_reinject_searching(const struct mptcp_conn *c);
/* No DATA_ACK came in time. If subflows have acknowledged octets from SND.UNA on, these count as
 * lost and are reinjected: returns true. Else only restarts the search, and returns false. */
bool mptcp_reinject_lost(struct mptcp_conn *c);

/* ---------------------------------------------------------------- silence.c */

enum mptcp_silence {
    SILENCE_NOTHING, /* nothing has changed */
    SILENCE_BEGINS,  /* the subflow is silent now: its octets are to be reinjected on others */
    SILENCE_ENDS     /* it has lasted too long: the subflow is to be reset */
};
/* The moment at which mptcp_silence_on_timeout has to be called for s; IDLE: never. */
mptcp_tick mptcp_silence_due(const struct mptcp_conn *c, const struct mptcp_subflow *s);
/* A probe was sent on s: sets SF_ASKED. The next acceptable segment of the peer's clears it. */
void mptcp_silence_asked(const struct mptcp_conn *c, struct mptcp_subflow *s);
/* Checks whether s has fallen silent, needs a probe (SF_PROBE_DUE), or was silent for too long. */
enum mptcp_silence mptcp_silence_on_timeout(struct mptcp_conn *c, struct mptcp_subflow *s);

/* ------------------------------------------------------------------ quiet.c */

/* Octets have come on s. */
MPTCP_INLINE void mptcp_quiet_heard(const struct mptcp_conn *c, struct mptcp_subflow *s)
{
    s->heard = c->tick;
}
/* The moment at which mptcp_quiet_on_timeout has to be called for s; IDLE: never, unless octets
 * come. */
mptcp_tick mptcp_quiet_due(const struct mptcp_conn *c, const struct mptcp_subflow *s);
/* True if s is to be probed from now on: sets SF_QUIET. */
bool mptcp_quiet_on_timeout(const struct mptcp_conn *c, struct mptcp_subflow *s);
/* The timer of s has expired. If a probe of SF_QUIET was not answered, and others bring no octets
 * either, so that this means nothing, ends the probing and returns true. */
bool mptcp_quiet_over(const struct mptcp_conn *c, struct mptcp_subflow *s);

/* -------------------------------------------------------------------- rtt.c */

/* Takes the RTT that the host reports, in us: the library measures none on s any more. */
void mptcp_rtt_told(struct mptcp_subflow *s, const struct mptcp_path *path);
/* A SYN, or octets from ssn on, were sent or retransmitted on s: may start a measurement. */
void mptcp_rtt_sent(const struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_ssn ssn);
/* The peer's TCP has acknowledged all before `ack`: ends a measurement if its octet is among them.
 */
void mptcp_rtt_acked(const struct mptcp_conn *c, struct mptcp_subflow *s, mptcp_ssn ack);

/* ------------------------------------------------------------------ close.c */

/* The peer's DATA_FIN has the DSN `fin`: stores it, unless one is known already. */
void mptcp_close_on_fin(struct mptcp_conn *c, mptcp_dsn fin);
/* The connection is plain TCP: our DATA_FIN is not sent any more. If it was not DATA_ACKed it
 * counts as never sent, and TCP's FIN takes its place. */
void mptcp_close_plain(struct mptcp_conn *c);
/* Plain TCP: the peer's FIN has arrived in order; its stream ends at RCV.NXT. */
void mptcp_close_on_plain_fin(struct mptcp_conn *c);
/* The code with which subflow i is to be reset instead of closed, since the peer might take a FIN
 * for the end of the stream; MPTCP_OK: it is not to be reset. */
int mptcp_close_by_reset(const struct mptcp_conn *c, unsigned i);
/* If RCV.NXT has come to the peer's DATA_FIN, moves it past that: the peer's stream has ended. */
void mptcp_close_reached(struct mptcp_conn *c);
/* Makes our DATA_FIN due once the application has shut down and every octet is sent. */
void mptcp_close_arm(struct mptcp_conn *c);
/* True if a FIN is due on subflow i (MPTCP_CLOSE_SUBFLOW). */
bool mptcp_close_due(const struct mptcp_conn *c, unsigned i);
/* If both directions have ended and are acknowledged, the connection is closed (EVER_CLOSED):
 * stops its timers, and starts the one that limits how long subflows may take to close. In
 * FIN_WAIT_2 without an application, starts the one that limits how long the peer may take. */
void mptcp_close_check(struct mptcp_conn *c);
/* The peer repeats a segment, and so has not heard of the end: close_limit begins anew, if it runs.
 */
void mptcp_close_asked(struct mptcp_conn *c);
/* Ends the connection (PHASE_ENDED) with this sticky error (MPTCP_E_CLOSED: none): marks all
 * subflows for a reset. */
void mptcp_close_end(struct mptcp_conn *c, int code);
/* The last subflow has ended, with the code `why`. Ends the connection, or starts the timer for how
 * long it may continue without a subflow (D-22). */
void mptcp_close_no_path(struct mptcp_conn *c, int why);
/* Ends the connection since no_path_limit has passed: TIMED_OUT, or no error if it was closed. */
void mptcp_close_no_path_any_more(struct mptcp_conn *c);
/* The application aborts: makes MP_FASTCLOSE due on one subflow, or ends the connection at once. */
void mptcp_close_abort(struct mptcp_conn *c);
/* The peer's MP_FASTCLOSE has come: ends the connection. */
void mptcp_close_aborted(struct mptcp_conn *c);
/* Our MP_FASTCLOSE was not answered in time: makes it due again, or ends the connection. */
void mptcp_close_on_abort_timeout(struct mptcp_conn *c);
/* The state that mptcp_conn_report.state reports (RFC 8684 Appendix D). */
enum mptcp_state mptcp_close_state(const struct mptcp_conn *c);

/* --------------------------------------------------------------- fallback.c */

/* What shows that the peer, or the path, does not speak MPTCP. fallback.c has the table that says
 * what follows: plain TCP, or a reset of the subflow. */
enum mptcp_evidence {
    EVIDENCE_DATA,     /* the next octets came without any MPTCP option, and are not mapped */
    EVIDENCE_FIN,      /* a FIN without any MPTCP option, before the end of the stream is known */
    EVIDENCE_ACK,      /* an ACK of data without any MPTCP option, before a DATA_ACK of data */
    EVIDENCE_SILENCE,  /* the peer's TCP answered QUESTIONS probes, always without a DATA_ACK */
    EVIDENCE_CHECKSUM, /* the mapping at rcv_valid has a wrong checksum */
    EVIDENCE_MP_FAIL,  /* the peer has sent MP_FAIL */
    EVIDENCE_INFINITE, /* an infinite mapping whose SSN and DSN are in step */
    EVIDENCE_INFINITE_OUT_OF_STEP, /* one whose SSN and DSN are not */
    EVIDENCE_CONTRADICTION /* plain TCP: a mapping, DATA_FIN or FIN contradicts the stream */
};

enum mptcp_judgement {
    JUDGED_NOTHING, /* nothing follows */
    JUDGED_PLAIN,   /* the connection is in PHASE_PLAIN now: src/conn/plain.c does the rest */
    JUDGED_RESET    /* the subflow is to be reset, with *code */
};

/* Decides what follows from evidence e on subflow i, and puts the connection into PHASE_PLAIN if
 * that follows. *code is the error code that names the evidence. */
enum mptcp_judgement mptcp_fallback_judge(struct mptcp_conn *c, unsigned i, enum mptcp_evidence e,
                                          int *code);
/* The connection becomes plain TCP before both keys are known; code says why. */
void mptcp_fallback_from_start(struct mptcp_conn *c, int code);
/* SSNs and DSNs may not run in step any more, since the third ACK of a join was sent, or octets
 * that TCP acknowledged have no mapping: from here on there is no fallback. */
void mptcp_fallback_out_of_step(struct mptcp_conn *c);
/* A join succeeded, so the peer does not rely on SSNs and DSNs being in step: octets may be
 * reinjected. */
void mptcp_fallback_joined(struct mptcp_conn *c);
/* The peer has sent a mapping on subflow s: if it is one of the first subflow, and not in step,
 * there is no fallback any more. */
static inline void mptcp_fallback_mapping(struct mptcp_conn *c, const struct mptcp_subflow *s,
                                          const struct mptcp_mapping *map)
{
    if ((s->flags & SF_INITIAL) != 0 && !is_in_step(c, map)) {
        mptcp_fallback_out_of_step(c);
    }
}
/* A DATA_ACK came on s. `news`: SND.UNA or the window has moved; the count of unanswered probes is
 * cleared then. */
void mptcp_fallback_on_data_ack(struct mptcp_conn *c, struct mptcp_subflow *s, bool news);
/* A probe that asks for a DATA_ACK is to be sent. Returns true if TCP alone has answered QUESTIONS
 * of them in a row: that is EVIDENCE_SILENCE, and no probe is to be sent. */
bool mptcp_fallback_asks(struct mptcp_conn *c);
/* The peer's TCP has answered on s, without a DATA_ACK. Returns true if this is the first answer to
 * the last probe. */
bool mptcp_fallback_answered(struct mptcp_conn *c, struct mptcp_subflow *s);
/* The first function stores that a FIN at SSN `fin` carried an MPTCP option. The second returns
 * whether that was stored. */
void mptcp_fallback_fin_marked(struct mptcp_subflow *s, mptcp_ssn fin);
bool mptcp_fallback_fin_is_marked(const struct mptcp_subflow *s, mptcp_ssn fin);
/* Plain TCP: a DATA_FIN has come, so the peer does not know of the fallback. Makes MP_FAIL due. */
void mptcp_fallback_data_fin(struct mptcp_conn *c);
/* Plain TCP: true if octets are still DATA_ACKed, since the peer may not know of the fallback. */
bool mptcp_fallback_acks_data(const struct mptcp_conn *c);
/* Plain TCP: more octets have arrived. Defers the first MP_FAIL until a pause of the data. */
void mptcp_fallback_data(struct mptcp_conn *c, const struct mptcp_subflow *s);
/* Plain TCP: the peer's TCP may have acknowledged octets. Ends the infinite mapping if the peer has
 * octets that were sent under it. */
void mptcp_fallback_acked(struct mptcp_conn *c, const struct mptcp_subflow *s);
/* Plain TCP: an MP_FAIL was sent on s. Starts the timer for the next one. */
void mptcp_fallback_fail_sent(struct mptcp_conn *c, const struct mptcp_subflow *s);
/* Plain TCP: that timer has expired, and nothing has shown that the peer knows of the fallback.
 * Makes the next MP_FAIL due. */
void mptcp_fallback_no_answer(struct mptcp_conn *c);
/* The DSN that an MP_FAIL on subflow i carries: where the mapping with the wrong checksum begins,
 * or RCV.NXT if there is none; in plain TCP, where verification ended. */
uint64_t mptcp_fallback_fail_dsn(const struct mptcp_conn *c, unsigned i);

#endif
