/*
 * machines.h - floor 3: the state of a connection, and the machines that
 * move it. Each machine is a file; what it may touch stands in its head.
 *
 * The block: struct mptcp_conn, then its subflows, the peer's and its own
 * addresses, and the runs of each subflow (sent, then received). Nothing in
 * it points anywhere; places are computed from the counts at its beginning.
 */
#ifndef MPTCP_MACHINES_H
#define MPTCP_MACHINES_H

#include "mptcp/conn.h"
#include "tables/tables.h"

enum mptcp_phase {
    PHASE_NEW = 0, /* not opened */
    PHASE_OPENING, /* MP_CAPABLE not decided */
    PHASE_MPTCP,
    PHASE_PLAIN,    /* one subflow, no options: as if under an infinite mapping */
    PHASE_ABORTING, /* FASTCLOSE_WAIT: one subflow, MP_FASTCLOSE not answered (s3.5) */
    PHASE_ENDED     /* nothing but EVENT_END, or nothing at all, is due */
};

/* conn.bits */
enum {
    BIT_CLIENT = 0x0001,
    BIT_CHECKSUM = 0x0002,    /* negotiated */
    BIT_FULLY = 0x0004,       /* fully established: a DSS has come (s3.1, C-17) */
    BIT_DENY_JOIN = 0x0008,   /* the peer set flag C */
    BIT_ACK64 = 0x0010,       /* the peer sends DSNs of 64 bits (D-14) */
    BIT_SHUTDOWN = 0x0020,    /* the application writes no more */
    BIT_FIN_SENT = 0x0040,    /* our DATA_FIN was on the wire */
    BIT_FIN_KNOWN = 0x0080,   /* rcv_fin holds the peer's DATA_FIN */
    BIT_FIN_REACHED = 0x0100, /* ... and RCV.NXT is past it */
    BIT_WIDE = 0x0400,        /* the rate forbids 32-bit DSNs (D-11) */
    BIT_JOINED = 0x0800,      /* there was an additional subflow: no fallback any more */
    BIT_FIN_DUE = 0x1000,     /* the DATA_FIN is to go out, again or for the first time */
    BIT_SYN_CAPABLE = 0x2000, /* client: our SYN offered it */
    BIT_HELD = 0x4000,        /* client: ADD_ADDRs wait for the server's application */
    BIT_PATHS = 0x8000,    /* addresses or subflows changed: the path manager may want something */
    BIT_FAILING = 0x10000, /* our MP_FAIL on the only subflow waits for the peer's (s3.7, B-6) */
    BIT_ASKED = 0x20000,   /* join_from and join_to: the host wants this subflow */
    BIT_FAST_OPEN = 0x40000,     /* server: data may leave before the third ACK (Appendix B) */
    BIT_STATELESS = 0x80000,     /* server: made by its third ACK (C-9) */
    BIT_FIN_ANSWERED = 0x100000, /* an ACK has come since the DATA_FIN was due last */
    BIT_PASSIVE = 0x200000,      /* the peer's DATA_FIN was there before ours left */
    BIT_PARKED = 0x400000        /* left to go on elsewhere */
};

/* conn.events: what happened and was not told yet, a bit for each event */
enum {
    HAPPENED_OPEN = 1 << MPTCP_EVENT_OPEN,
    HAPPENED_FALLBACK = 1 << MPTCP_EVENT_FALLBACK,
    HAPPENED_EOF = 1 << MPTCP_EVENT_EOF,
    HAPPENED_CLOSED = 1 << MPTCP_EVENT_CLOSED,
    HAPPENED_END = 1 << MPTCP_EVENT_END,
    EVER_OPEN = 0x100, /* told or not */
    EVER_CLOSED = 0x200
};

/* conn.due */
enum mptcp_timer {
    DUE_DATA_ACK, /* the head is not DATA_ACKed (D-28) */
    DUE_FIN,      /* the DATA_FIN is not DATA_ACKed (s3.3.3) */
    DUE_PROBE,    /* all windows are shut */
    DUE_CONNECT,  /* connects have to wait until then */
    DUE_RETRY,    /* subflows that failed may be tried again */
    DUE_NO_PATH,  /* no subflow for too long (s3.3.3) */
    DUE_CLOSE,    /* subflows that do not close */
    DUE_ADD_ADDR, /* an ADD_ADDR without echo (s3.4.1) */
    DUE_ANSWER,   /* MP_FAIL or MP_FASTCLOSE without an answer (s3.7, s3.5) */
    DUE_SIGNAL,   /* further signals may leave (G-2) */
    DUE_LATER,    /* what is hidden by conn.later is due again */
    TIMERS
};

struct mptcp_conn {
    /* What is looked at most stands first, where short instructions reach it. */
    uint8_t phase; /* enum mptcp_phase */
    uint8_t top;   /* slots of subflows from here on are free */
    uint16_t events;
    uint32_t bits;
    uint16_t later; /* MPTCP_WANT bits of actions that the host can't do now */
    uint8_t rto_tries;
    uint8_t fin_tries;
    uint8_t probe_tries;
    uint8_t answer_tries; /* of MP_FAIL or MP_FASTCLOSE */
    uint8_t join_tries;   /* subflows opened again since one last came up */
    uint8_t next_id;      /* next local address id */
    uint8_t join_from;    /* BIT_ASKED */
    uint8_t join_to;
    uint8_t fin_unheard;   /* DATA_FINs, one after the other, that only the peer's TCP answered */
    uint8_t join_failures; /* joins of ours that did not come up, one after the other */
    uint8_t row;           /* signals on pure ACKs, one after the other (G-2) */
    uint8_t zero2;
    uint16_t first_port; /* of the peer's initial address */
    /* configuration, in the order of struct mptcp_config */
    uint32_t flags; /* MPTCP_CFG_ */
    uint8_t subflows;
    uint8_t addrs;
    uint8_t subflow_limit;
    uint8_t zero;
    uint16_t tx_runs;
    uint16_t rx_runs;
    uint32_t rcv_buf;
    uint32_t stall_min;
    uint32_t stall_max;
    uint32_t signal_rto;
    uint32_t add_addr_rto;
    uint32_t no_path_limit;
    uint32_t close_limit;
    uint8_t policy;
    uint8_t zero3[3];
    /* identity */
    uint32_t nonces; /* drawn from seed so far */
    uint64_t local_key;
    uint64_t remote_key;
    uint8_t seed[16];
    uint32_t local_token;
    uint32_t remote_token;
    int32_t error;    /* sticky */
    int32_t fallback; /* why PHASE_PLAIN */
    mptcp_time now;   /* the latest ever given */
    /* sending */
    mptcp_dsn snd_first; /* IDSN + 1 */
    mptcp_dsn snd_una;
    mptcp_dsn snd_nxt;  /* first octet never given to a subflow */
    mptcp_dsn snd_end;  /* end of what was written; the DATA_FIN's place after shutdown */
    mptcp_dsn snd_edge; /* right edge of the shared window */
    mptcp_dsn free_to;  /* D-16 lets octets below it go */
    mptcp_dsn freed;    /* the host was told up to here */
    mptcp_dsn rtx_nxt;  /* octets from here to rtx_end may need reinjection */
    mptcp_dsn rtx_end;
    mptcp_dsn rtx_forced; /* below it, what a subflow acknowledged counts as lost all the same; in
                             plain TCP: where the infinite mapping begins */
    mptcp_dsn wide_mark;  /* snd_nxt at wide_since */
    mptcp_time wide_since;
    /* receiving */
    mptcp_dsn rcv_first;
    mptcp_dsn rcv_nxt;
    mptcp_dsn rcv_delivered;
    mptcp_dsn rcv_consumed;
    mptcp_dsn rcv_edge; /* right edge ever advertised */
    mptcp_dsn rcv_fin;
    mptcp_time row_end;     /* of the signals in a row */
    mptcp_time due[TIMERS]; /* MPTCP_NEVER when idle */
};

enum mptcp_subflow_state {
    SF_FREE = 0,
    SF_SYN_SENT,
    SF_SYN_RCVD,
    SF_PRE, /* join, initiator: third ACK sent, fourth not received (J-9) */
    SF_OPEN,
    SF_GONE /* TCP has ended it; its receive queue still holds something */
};

/* subflow.flags */
enum {
    SF_INITIAL = 0x0001,
    SF_BACKUP = 0x0002,       /* we asked the peer not to use it */
    SF_PEER_BACKUP = 0x0004,  /* the peer asked us */
    SF_STALLED = 0x0008,      /* no acknowledgement for too long: taken for dark */
    SF_FIN_RECEIVED = 0x0010, /* nothing more comes */
    SF_FIN_GIVEN = 0x0020,    /* the host was told to close it */
    SF_RESET = 0x0040,        /* to be reset, with code */
    SF_TOLD = 0x0080,         /* EVENT_SUBFLOW was taken */
    SF_DATA_ACKED = 0x0100,   /* a DATA_ACK came on it: the path lets options through (B-2) */
    SF_CHECK_FAILED = 0x0200, /* MP_FAIL goes with its RST */
    SF_MAPPED = 0x0400,       /* a mapping came on it */
    SF_TAIL_SHORT =
        0x0800, /* the last mapping sent is shorter than a segment: nothing is appended */
    SF_KEYS_SENT = 0x1000, /* the third ACK of MP_CAPABLE left */
    SF_INFINITE =
        0x2000, /* plain, and the peer may not know it: data carries an infinite mapping */
    SF_INFINITE_SUM = 0x4000, /* ... with a checksum of 0, as it expects one */
    SF_BARE = 0x8000,         /* data came without any option and without a mapping */
    SF_BENT = 0x10000,        /* received SSNs and DSNs have not run in step all the time */
    SF_NEWS = 0x20000,        /* it has ended, and the application was not told */
    SF_OURS = 0x40000,        /* we opened it */
    SF_PROBING = 0x80000,     /* the peer removed its address: does it still answer? */
    SF_PROBE_DUE = 0x100000,
    SF_LEAVING = 0x200000,   /* our address is going: to be closed */
    SF_TRANSIENT = 0x400000, /* the peer's MP_TCPRST says that it may be opened again */
    SF_SHUT = 0x800000,      /* its own window is shut, and a probe was needed */
    SF_LET_IN = 0x1000000,   /* octets were let in whose mapping had no slot */
    SF_REFUSED = 0x2000000   /* the next octets of all were, and will be let in */
};

/* subflow.signal: what a pure ACK has to carry, beside the DATA_ACK */
enum {
    SIG_ACK = 0x01,      /* nothing: the ACK itself */
    SIG_JOIN_ACK = 0x02, /* MP_JOIN's third ACK (J-8) */
    SIG_PRIO = 0x04,
    SIG_FAIL = 0x08,      /* MP_FAIL, or the answer to one */
    SIG_FASTCLOSE = 0x10, /* MP_FASTCLOSE */
    SIG_FIN = 0x20        /* the DATA_FIN, again */
};

struct mptcp_subflow {
    uint8_t state; /* enum mptcp_subflow_state */
    uint8_t local_id;
    uint8_t remote_id;
    uint8_t tries; /* SYNs, third ACKs or probes sent */
    uint8_t signal;
    uint8_t bare; /* acknowledgements of data without any option, one after the other */
    uint8_t cost;
    uint8_t darks;  /* times it went dark, one soon after the other */
    uint8_t reason; /* of the peer's MP_TCPRST; 255: none */
    uint8_t probes; /* of its window that were not answered */
    uint16_t
        astray; /* octets by which a segment went on behind the mapping that it belied; 0: none */
    uint32_t flags;
    uint32_t generation;
    int32_t code; /* why it is to be reset, or has ended */
    struct mptcp_runs tx;
    struct mptcp_runs rx;
    uint32_t local_nonce;
    uint32_t remote_nonce;
    /* sending */
    mptcp_ssn snd_una;
    mptcp_ssn snd_nxt;
    mptcp_ssn snd_edge; /* right edge of its own window (D-25) */
    mptcp_ssn copied;   /* below it TCP does not need the send buffer */
    mptcp_ssn infinite; /* first octet under the infinite mapping */
    uint32_t room;
    uint32_t unit;
    uint32_t srtt_us;
    /* receiving */
    mptcp_ssn rcv_nxt;   /* arrived without holes */
    mptcp_ssn rcv_valid; /* ... and, with checksums, in mappings that are whole and right */
    mptcp_ssn rcv_done;  /* below it all was delivered, or is a duplicate */
    mptcp_ssn released;  /* the host was told up to here */
    mptcp_ssn mapped;    /* rcv_nxt when a mapping last came */
    mptcp_ssn rcv_edge;  /* right edge ever advertised on it */
    uint32_t sum;        /* of the mapping that is arriving */
    uint16_t local_port; /* of SYN and SYN/ACK, host order; 0: unknown */
    uint16_t remote_port;
    /* timers */
    mptcp_time progress; /* acknowledged something, or began to wait for it */
    mptcp_time due;      /* third ACK again, a handshake, a probe or a FIN given up; MPTCP_NEVER */
    mptcp_time hold;     /* SEND_ACK is hidden until then; 0: not */
    mptcp_time dark;     /* it last went dark */
};

#define SIGNALS_IN_ROW 2

/* addr.flags beyond MPTCP_ADDR_ */
enum {
    ADDR_USED = 0x10, /* the slot is taken */
    ADDR_PASSIVE =
        0x20, /* remote: no place to join, since it was not announced or is the initial one */
    ADDR_LISTENING = 0x40, /* local: the host listens there */
    ADDR_SIGNAL = 0x80     /* local: ADD_ADDR (or REMOVE_ADDR) is due; remote: the echo is */
};

/* addr.marks */
enum {
    MARK_TOLD = 0x01,     /* remote: EVENT_ADDRESS was taken */
    MARK_HAD_PORT = 0x02, /* remote: announced with a port */
    MARK_REMOVED = 0x04,  /* used for nothing new; free when nothing needs it */
    MARK_FAILED = 0x08,   /* remote: a subflow to it did not come up, or was lost */
    MARK_CLAIMED = 0x10   /* remote: named by a MP_JOIN that has proved nothing yet */
};

struct mptcp_addr_slot {
    struct mptcp_addr addr;
    uint8_t id;
    uint8_t flags;
    uint8_t tries; /* ADD_ADDRs sent; 255: echoed */
    uint8_t marks;
    uint64_t tried; /* local: remote slots that were joined from here, a bit each */
    uint64_t again; /* ... and those to be tried again after DUE_RETRY */
};

_Static_assert(sizeof(struct mptcp_run) == MPTCP_CONN_PER_RUN, "size of a run");
_Static_assert(sizeof(struct mptcp_subflow) == MPTCP_CONN_PER_SUBFLOW, "size of a subflow");
_Static_assert(sizeof(struct mptcp_addr_slot) == MPTCP_CONN_PER_ADDR, "size of an address");
_Static_assert(sizeof(struct mptcp_conn) == MPTCP_CONN_FIXED, "size of a connection");

/* ------------------------------------------------------- places in the block */

static inline struct mptcp_subflow *subflow_at(const struct mptcp_conn *c, unsigned i)
{
    return (struct mptcp_subflow *)(uintptr_t)(c + 1) + i;
}

struct mptcp_addr_slot *local_at(const struct mptcp_conn *c, unsigned i);

struct mptcp_addr_slot *remote_at(const struct mptcp_conn *c, unsigned i);

struct mptcp_run *tx_base(const struct mptcp_conn *c, unsigned i);

struct mptcp_run *rx_base(const struct mptcp_conn *c, unsigned i);

static inline mptcp_sf handle_of(const struct mptcp_conn *c, unsigned i)
{
    return subflow_at(c, i)->generation << 8 | i;
}

/* The slot of a handle, or -1 if it is stale. */
int slot_of(const struct mptcp_conn *c, mptcp_sf sf);

/* The slot of the only subflow that TCP still runs, -1 if there is none or more than one. Those
 * that are being opened, or are to be reset, do not count. */
int sole_slot(const struct mptcp_conn *c);

/* TCP still runs it. */
static inline bool sf_live(const struct mptcp_subflow *s)
{
    return s->state != SF_FREE && s->state != SF_GONE;
}

/* It may carry new data and signals. */
static inline bool sf_usable(const struct mptcp_subflow *s)
{
    return s->state == SF_OPEN && (s->flags & (SF_RESET | SF_FIN_GIVEN)) == 0;
}

static inline bool is_mptcp(const struct mptcp_conn *c)
{
    return c->phase == PHASE_MPTCP;
}

mptcp_time time_after(mptcp_time now, uint32_t us);

mptcp_time from_now(const struct mptcp_conn *c, uint32_t us);

/* The timer has run out; it is idle then. */
bool fired(struct mptcp_conn *c, enum mptcp_timer which);

/* Up to 255 and not around. */
void count_up(uint8_t *n);

/* us doubled n times, at most 64 s. */
uint32_t backoff(uint32_t us, unsigned n);

static inline mptcp_time earlier(mptcp_time a, mptcp_time b)
{
    return a < b ? a : b;
}

/* ---------------------------------------------------------------- subflow.c */

/* Takes slot i for a new subflow; its generation grows. */
struct mptcp_subflow *mptcp_subflow_open(struct mptcp_conn *c, unsigned i, unsigned state);
int mptcp_subflow_free_slot(const struct mptcp_conn *c); /* -1 if none */
unsigned mptcp_subflow_count(const struct mptcp_conn *c);
void mptcp_subflow_fail(struct mptcp_subflow *s, int code); /* to be reset */
void mptcp_subflow_end(struct mptcp_conn *c, unsigned i, int why);
/* Frees a GONE slot once it holds nothing. */
void mptcp_subflow_drain(struct mptcp_conn *c, struct mptcp_subflow *s);
/* The subflow that signals leave on: usable, not dark if possible; -1 if none. */
int mptcp_subflow_carrier(const struct mptcp_conn *c);
unsigned mptcp_reset_reason(int code);
bool mptcp_reset_transient(unsigned reason);

/* ---------------------------------------------------------------- capable.c */

void mptcp_capable_on_syn(struct mptcp_conn *c, struct mptcp_subflow *s,
                          const struct mptcp_options *o);
void mptcp_capable_on_synack(struct mptcp_conn *c, struct mptcp_subflow *s,
                             const struct mptcp_segment *seg, const struct mptcp_options *o);
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
/* A third ACK has left, and no fourth has come: the peer may be using that subflow already. */
bool mptcp_join_pending(const struct mptcp_conn *c);
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
void mptcp_window_sent(struct mptcp_conn *c, struct mptcp_subflow *s);
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
void mptcp_una_moved(struct mptcp_conn *c);
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
mptcp_time mptcp_stall_due(const struct mptcp_conn *c, const struct mptcp_subflow *s);
void mptcp_stall(struct mptcp_conn *c, struct mptcp_subflow *s);
bool mptcp_is_bad(const struct mptcp_conn *c, const struct mptcp_subflow *s);
void mptcp_data_rto_arm(struct mptcp_conn *c);
void mptcp_data_rto_fire(struct mptcp_conn *c);

/* ------------------------------------------------------------------ close.c */

void mptcp_close_on_fin(struct mptcp_conn *c, mptcp_dsn fin);
void mptcp_close_reached(struct mptcp_conn *c); /* RCV.NXT may have come to the peer's DATA_FIN */
void mptcp_close_arm(struct mptcp_conn *c);
bool mptcp_close_fin_acked(const struct mptcp_conn *c);
/* Another subflow can take over what this one carries. */
bool mptcp_works_without(const struct mptcp_conn *c, unsigned i);
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

/* --------------------------------------------------------------- addresses.c */

/* In a list of slots, local_at(c, 0) or remote_at(c, 0): by id, one that is free; NULL if there is
 * none. */
struct mptcp_addr_slot *mptcp_addr_find(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                        uint8_t id);
struct mptcp_addr_slot *mptcp_addr_free(const struct mptcp_conn *c, struct mptcp_addr_slot *t);
/* Into a free slot, as one that is not to be joined from or to; NULL if there is none. */
struct mptcp_addr_slot *mptcp_addr_learn(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                         const struct mptcp_addr *addr, uint8_t id);
/* One of ours, with this port if possible; NULL. */
struct mptcp_addr_slot *mptcp_addr_local(const struct mptcp_conn *c, const struct mptcp_addr *addr);
/* In a full table one of the peer's that is only claimed gives way. */
void mptcp_addr_make_room(const struct mptcp_conn *c);
/* Without any subflow: a removed one of ours gives way, of which the peer can't be told now. */
bool mptcp_addr_reclaim(struct mptcp_conn *c);
bool mptcp_addr_at(const struct mptcp_addr_slot *t, const struct mptcp_addr *ip);
/* An id of our side that no slot has; 0 if none is left. */
uint8_t mptcp_addr_new_id(struct mptcp_conn *c);
/* A living subflow has the id, as its local or its remote one. */
bool mptcp_addr_in_use(const struct mptcp_conn *c, bool remote, uint8_t id);
/* Of the local slot, for this remote slot: a bit in tried and again. */
uint64_t mptcp_addr_bit(const struct mptcp_conn *c, const struct mptcp_addr_slot *remote);
/* A remote address may be joined again from all of ours. */
void mptcp_addr_untry(const struct mptcp_conn *c, const struct mptcp_addr_slot *remote);
/* It may be used for something new. */
static inline bool addr_good(const struct mptcp_addr_slot *a)
{
    return (a->flags & ADDR_USED) != 0 && (a->marks & MARK_REMOVED) == 0;
}
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

/* ----------------------------------------------------------- path_manager.c */

bool mptcp_pm_connect_due(const struct mptcp_conn *c, struct mptcp_action *a);
void mptcp_pm_connected(struct mptcp_conn *c, const struct mptcp_action *a);
bool mptcp_pm_may_join(const struct mptcp_conn *c, const struct mptcp_addr_slot *l,
                       const struct mptcp_addr_slot *r);
void mptcp_pm_on_end(struct mptcp_conn *c, const struct mptcp_subflow *s); /* code says why */
void mptcp_pm_retry(struct mptcp_conn *c);

#endif
