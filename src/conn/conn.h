/*
 * conn.h - private to src/conn: what the inputs, outputs and commits share.
 */
#ifndef MPTCP_CONN_PRIVATE_H
#define MPTCP_CONN_PRIVATE_H

#include "machines/machines.h"

/*
 * Begins a call about a subflow, after its other arguments were checked: sets *s to the subflow,
 * and the clock to `now`. Returns MPTCP_OK; ARGUMENT if c is NULL or `now` is MPTCP_NEVER; STALE if
 * the handle is. An error changes nothing.
 */
int mptcp_enter(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now, struct mptcp_subflow **s);

/* Ends an input or commit: derives from the new state that our DATA_FIN is due, what is to be
 * reinjected, the timers, and BIT_ONLY_STREAM. Returns MPTCP_OK. */
int mptcp_end_call(struct mptcp_conn *c);

/* Ends an input or commit that has moved nothing but the stream, on subflow s (NULL: on none): as
 * mptcp_end_call, but cheaper if BIT_ONLY_STREAM stays set. `out`: the sending side has moved, on
 * which timers depend. */
int mptcp_end_stream_call(struct mptcp_conn *c, const struct mptcp_subflow *s, bool out);

/* The actions that move data; in mid-transfer no others are due. */
#define ACTIONS_OF_STREAM                                                             \
    (MPTCP_WANT(MPTCP_DELIVER) | MPTCP_WANT(MPTCP_RELEASE) | MPTCP_WANT(MPTCP_FREE) | \
     MPTCP_WANT(MPTCP_SEND))

/* True if only ACTIONS_OF_STREAM can be due. */
bool mptcp_only_stream(const struct mptcp_conn *c);

/* If one of these bits or events is set, other actions may be due. */
#define OTHER_DUE_BITS (BIT_FIN_KNOWN | BIT_FIN_DUE | BIT_PATHS)
#define OTHER_DUE_EVENTS \
    (HAPPENED_OPEN | HAPPENED_FALLBACK | HAPPENED_CLOSED | HAPPENED_END | EVER_CLOSED)

/* True if the last DATA_ACK is the present one, or the ACK that TCP will send on s carries it. */
static inline bool ack_is_told(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return mptcp_dsn_eq(c->rcv_told, c->rcv_nxt) || mptcp_ssn_before(s->ack_sent, s->rcv_nxt);
}

/* The code with which a living subflow is to be reset; MPTCP_OK: it is not to be reset. */
int mptcp_reset_code(const struct mptcp_conn *c, unsigned i);

/* Returns which of these types of action are due; both are MPTCP_WANT bits. Ignores conn.later and
 * BIT_ONLY_STREAM. */
unsigned mptcp_due_of(const struct mptcp_conn *c, unsigned types);

/* True if a pure ACK is due on subflow i. */
bool mptcp_ack_due(const struct mptcp_conn *c, unsigned i);

/* True if the action a is still due. Sets *now, which the caller has zeroed, to the action as it
 * would be polled now. */
bool mptcp_still_due(const struct mptcp_conn *c, const struct mptcp_action *a,
                     struct mptcp_action *now);

/* True if the path manager has nothing to do until an address or a subflow changes: BIT_PATHS can
 * be cleared. */
bool mptcp_paths_quiet(const struct mptcp_conn *c);

/* The first function returns true if an event is due, and sets *a to it; the second one commits
 * that the application was told of it. */
bool mptcp_event_due(const struct mptcp_conn *c, struct mptcp_action *a);
void mptcp_event_taken(struct mptcp_conn *c, const struct mptcp_action *a);

/* SND.UNA, or the snd_una of a subflow, has moved: removes runs, and moves free_to. */
void mptcp_una_moved(struct mptcp_conn *c);
/* The host's TCP has ended subflow i, `why` says why: its octets are reinjected on others, it may
 * be opened again, or the connection has no path any more. */
void mptcp_subflow_end(struct mptcp_conn *c, unsigned i, int why);

/* ------------------------------------------------------ a segment that comes in */

struct inbound {
    struct mptcp_conn *c;
    struct mptcp_subflow *s;
    const struct mptcp_segment *seg;
    const struct mptcp_options *o;
    struct mptcp_verdict *verdict;
    uint32_t slot;  /* of the subflow */
    uint16_t opens; /* 1: it came in SYN_RCVD, so it may complete the subflow's handshake */
    uint16_t usual; /* 1: mid-transfer, and a DSS is its only MPTCP option */
};

/* True if the segment has an option of this subtype. */
static inline bool has(const struct inbound *in, unsigned subtype)
{
    return (in->o->present & MPTCP_HAS(subtype)) != 0;
}

/*
 * What static functions of segment*.c return: MPTCP_OK, STOP if nothing further may be done with
 * the segment, or the code with which it is to be dropped.
 */
#define STOP 1

/* Marks the subflow for a reset. Returns the code, with which the segment is to be dropped. */
static inline int fail(const struct inbound *in, int code)
{
    mptcp_subflow_fail(in->s, code);
    return code;
}

/* True if the segment has no valid MPTCP option although there was room for one. */
bool mptcp_lacks_options(const struct inbound *in);

/* True if a TCP that does not know the options counts the segment as a duplicate ACK (RFC 5681 s2),
 * and may not (mptcp_verdict.signal). To be asked before the segment moves SND.UNA. */
bool mptcp_repeats_ack(const struct inbound *in);

/* segment_opens.c: handles a RST or SYN, and any segment while aborting or in SYN_SENT. MPTCP_OK:
 * it is none of these; else as static functions of segment*.c return. */
int mptcp_segment_other(const struct inbound *in);
/* Takes what a segment that is not usual shows: that it completes a handshake, that a probed
 * subflow works, or that the peer has both keys. Returns MPTCP_OK, or the code to drop it with. */
int mptcp_segment_opens(const struct inbound *in);
/* If the segment has an MP_FASTCLOSE with our key, ends the connection and returns true (s3.5). */
bool mptcp_segment_aborts(const struct inbound *in);
/* The peer has shown that it has both keys: the connection is fully established (C-17). */
void mptcp_segment_confirms(const struct inbound *in);

/* Takes the mapping and DATA_FIN of a segment. An infinite mapping, octets without a mapping, or
 * a FIN without an option can be evidence against MPTCP: the connection then falls back to plain
 * TCP, or the subflow is reset. Returns MPTCP_OK, or the code with which the segment is to be
 * dropped.
 */
int mptcp_data_of_segment(const struct inbound *in);
/* The same in plain TCP, where a peer that does not know of the fallback still sends MPTCP options.
 */
int mptcp_data_of_plain_segment(const struct inbound *in);

/*
 * usual.c: true if the segment, which is usual (inbound), is the next one of a transfer and says
 * nothing else; then it was taken: nothing is left to do, no timer has to change. False: nothing
 * has changed.
 */
bool mptcp_usual_segment(struct mptcp_conn *c, struct mptcp_subflow *s,
                         const struct mptcp_segment *seg, const struct mptcp_dss *d);
/* True if the next n octets of s have arrived as such a segment announced them, and the host passes
 * them on to its application at once: what is committed by MPTCP_DELIVER otherwise is done, too.
 * False: likewise. */
bool mptcp_usual_pass(struct mptcp_conn *c, struct mptcp_subflow *s, uint32_t n);

/* ---------------------------------------------------------------- plain TCP, plain.c */

/* Acts on evidence against MPTCP on subflow i: falls back to plain TCP, marks the subflow for a
 * reset, or does nothing. Returns MPTCP_OK; or the code of the reset, with which the segment is to
 * be dropped. */
int mptcp_evidence(struct mptcp_conn *c, unsigned i, enum mptcp_evidence e);
/* The connection becomes plain TCP before both keys are known; `code` says why. */
void mptcp_plain_from_start(struct mptcp_conn *c, int code);
/* Plain TCP: what the peer's TCP acknowledged on subflow i counts as DATA_ACKed. */
void mptcp_tcp_acked(struct mptcp_conn *c, unsigned i);

/* ---------------------------------------------------- DATA_ACKs that stay away, questions.c */

/* Starts DUE_DATA_ACK, the data-level retransmission timer. */
void mptcp_data_timer_start(struct mptcp_conn *c);
/* Lets it run while octets that were sent are not DATA_ACKed, and stops it otherwise. */
static inline void mptcp_data_timer_arm(struct mptcp_conn *c)
{
    if (!is_mptcp(c) || !mptcp_dsn_before(c->snd_una, c->snd_nxt)) {
        c->timer[DUE_DATA_ACK] = IDLE;
    } else if (c->timer[DUE_DATA_ACK] == IDLE) {
        mptcp_data_timer_start(c);
    }
}
/* A timer has expired: */
void mptcp_data_timer(struct mptcp_conn *c);   /* DUE_DATA_ACK: data was not DATA_ACKed in time */
void mptcp_fin_timer(struct mptcp_conn *c);    /* DUE_FIN: our DATA_FIN was not */
void mptcp_window_timer(struct mptcp_conn *c); /* DUE_PROBE: a closed window is to be probed */
/* An acceptable segment has come on s, with a DATA_ACK or without. If a probe waits for a DATA_ACK,
 * notes that the peer's TCP has answered. */
void mptcp_answered(struct mptcp_conn *c, struct mptcp_subflow *s, const struct mptcp_segment *seg,
                    bool data_ack);
static inline void mptcp_note_answer(struct mptcp_conn *c, struct mptcp_subflow *s,
                                     const struct mptcp_segment *seg, bool data_ack)
{
    if (c->fb.question != QUESTION_NONE) {
        mptcp_answered(c, s, seg, data_ack);
    }
}

#endif
