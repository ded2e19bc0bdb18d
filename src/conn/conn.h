/*
 * conn.h - private to src/conn: what the inputs, outputs and commits share.
 */
#ifndef MPTCP_CONN_PRIVATE_H
#define MPTCP_CONN_PRIVATE_H

#include "machines/machines.h"

/*
 * A call about a subflow: finds it and takes note of the time, if the call's other arguments are
 * good. ARGUMENT: no connection, or no time; STALE: the subflow is over. Nothing has changed then.
 */
int mptcp_enter(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now, struct mptcp_subflow **s);

/* What every input and commit ends with: what follows from the state, timers and BIT_ONLY_STREAM.
 */
int mptcp_end_call(struct mptcp_conn *c);

/* The same for one that moved nothing but the stream, on subflow s (NULL: on none). `out`: also
 * what was sent, on which timers depend. */
int mptcp_end_stream_call(struct mptcp_conn *c, const struct mptcp_subflow *s, bool out);

/* The actions of mid-transfer. */
#define ACTIONS_OF_STREAM                                                             \
    (MPTCP_WANT(MPTCP_DELIVER) | MPTCP_WANT(MPTCP_RELEASE) | MPTCP_WANT(MPTCP_FREE) | \
     MPTCP_WANT(MPTCP_SEND))

/* No other action can be due. */
bool mptcp_only_stream(const struct mptcp_conn *c);

/* With one of these something else may be due. */
#define OTHER_DUE_BITS (BIT_FIN_KNOWN | BIT_FIN_DUE | BIT_PATHS)
#define OTHER_DUE_EVENTS \
    (HAPPENED_OPEN | HAPPENED_FALLBACK | HAPPENED_CLOSED | HAPPENED_END | EVER_CLOSED)

/* Why a living subflow is to be reset; MPTCP_OK: it is not. */
int mptcp_reset_code(const struct mptcp_conn *c, unsigned i);

/* Of these types of action, those that are due: MPTCP_WANT bits. Ignores conn.later and
 * BIT_ONLY_STREAM. */
unsigned mptcp_due_of(const struct mptcp_conn *c, unsigned types);

/* A pure ACK of this subflow is due. */
bool mptcp_ack_due(const struct mptcp_conn *c, unsigned i);

/* The action is still due. *now, zeroed by the caller, gets what its members would be now. */
bool mptcp_still_due(const struct mptcp_conn *c, const struct mptcp_action *a,
                     struct mptcp_action *now);

/* No address or subflow gives the path manager anything to do, whatever else happens. */
bool mptcp_paths_quiet(const struct mptcp_conn *c);

/* An event is due; taking one. */
bool mptcp_event_due(const struct mptcp_conn *c, struct mptcp_action *a);
void mptcp_event_taken(struct mptcp_conn *c, const struct mptcp_action *a);

/* SND.UNA, or what a subflow acknowledged, has moved. */
void mptcp_una_moved(struct mptcp_conn *c);
/* A subflow is over: the host said so, or has reset it. */
void mptcp_subflow_end(struct mptcp_conn *c, unsigned i, int why);

/* ------------------------------------------------------ a segment that comes in */

struct inbound {
    struct mptcp_conn *c;
    struct mptcp_subflow *s;
    const struct mptcp_segment *seg;
    const struct mptcp_options *o;
    struct mptcp_verdict *verdict;
    uint32_t slot;  /* of the subflow */
    uint16_t opens; /* 1: the first ACK of a subflow that we accepted: TCP cannot lose it alone */
    uint16_t usual; /* 1: in mid-transfer, with a DSS alone */
};

static inline bool has(const struct inbound *in, unsigned subtype)
{
    return (in->o->present & MPTCP_HAS(subtype)) != 0;
}

/*
 * What static functions of segment*.c return: MPTCP_OK, STOP if nothing further may be done with
 * the segment, or the code with which it is to be dropped.
 */
#define STOP 1

/* The subflow is to be reset, and the segment as if lost. */
static inline int fail(const struct inbound *in, int code)
{
    mptcp_subflow_fail(in->s, code);
    return code;
}

/* No MPTCP option was there, though there was room for one. One that was refused is as if it were
 * not there. */
bool mptcp_lacks_options(const struct inbound *in);

/* Its mapping, DATA_FIN or lack of one; it may be plain TCP after it. MPTCP_OK, or the code to drop
 * it with. */
int mptcp_data_of_segment(const struct inbound *in);
/* The same in plain TCP, for what a peer says that does not know of it. */
int mptcp_data_of_plain_segment(const struct inbound *in);

/* ---------------------------------------------------------------- plain TCP, plain.c */

/* Evidence against MPTCP on subflow i: what follows from it is done. MPTCP_OK; or the code with
 * which the subflow is to be reset, and the segment dropped. */
int mptcp_evidence(struct mptcp_conn *c, unsigned i, enum mptcp_evidence e);
/* Both keys will not be known. */
void mptcp_plain_from_start(struct mptcp_conn *c, int code);
/* Plain TCP: what the peer's TCP acknowledged on subflow i counts as DATA_ACKed. */
void mptcp_tcp_acked(struct mptcp_conn *c, unsigned i);

/* ---------------------------------------------------- DATA_ACKs that stay away, questions.c */

void mptcp_data_timer_start(struct mptcp_conn *c);
/* It runs while something is not DATA_ACKed. */
static inline void mptcp_data_timer_arm(struct mptcp_conn *c)
{
    if (!is_mptcp(c) || !mptcp_dsn_before(c->snd_una, c->snd_nxt)) {
        c->timer[DUE_DATA_ACK] = IDLE;
    } else if (c->timer[DUE_DATA_ACK] == IDLE) {
        mptcp_data_timer_start(c);
    }
}
void mptcp_data_timer(struct mptcp_conn *c);   /* no DATA_ACK in time */
void mptcp_fin_timer(struct mptcp_conn *c);    /* of the DATA_FIN */
void mptcp_window_timer(struct mptcp_conn *c); /* of the probe of a shut window */
/* A valid segment has come, with a DATA_ACK or without: an answer of the peer's TCP. */
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
