/*
 * tables.h - floor 2: the state of a connection, and the bounded tables that a connection and an
 * endpoint are made of. All stand in one block of the caller's memory, which holds no pointers.
 *
 *   runs     stretches of mappings, in SSN and in DSN order (runs.h)
 *   tokens   token -> number of a connection
 *   block    struct mptcp_conn, then its subflows, its runs, the peer's addresses, its own
 *            addresses, and two bits for each pair of addresses; block.h computes where each
 *            begins from the counts in struct mptcp_conn
 */
#ifndef MPTCP_TABLES_H
#define MPTCP_TABLES_H

#include "mptcp/conn.h"
#include "tables/fallback.h"
#include "tables/runs.h"

/* A moment: ticks of 8 us since the connection's epoch (clock.h). */
typedef uint32_t mptcp_tick;

/* ---------------------------------------------------------------- tokens */

struct mptcp_token_slot {
    uint32_t token;
    uint32_t conn; /* the connection's number; MPTCP_TOKEN_FREE: the slot is free */
};

#define MPTCP_TOKEN_FREE UINT32_MAX
#define MPTCP_TOKEN_NONE UINT32_MAX /* mptcp_tokens_find: no slot has the token */

/*
 * A hash table with open addressing: n slots (a power of two), at most half of them used. Tokens
 * are hashes of our own keys and spread evenly. But a peer knows the tokens of its connections, and
 * could keep only connections whose tokens fall into neighbouring slots. `seed`, an odd secret
 * number, decides the slot of a token, so a peer cannot tell which do.
 */
struct mptcp_tokens {
    uint32_t n;
    uint32_t used;
    uint64_t seed;
};

#define MPTCP_TOKENS_UNSEEDED ((uint64_t)1 << 32) /* the home slot is the token's low bits */

/* Returns the slot at which the search for a token begins. */
static inline uint32_t mptcp_token_home(const struct mptcp_tokens *t, uint32_t token)
{
    return (uint32_t)(token * t->seed >> 32) & (t->n - 1);
}

/* Returns the slot in s that holds the token, or MPTCP_TOKEN_NONE. */
uint32_t mptcp_tokens_find(const struct mptcp_tokens *t, const struct mptcp_token_slot *s,
                           uint32_t token);
/* Enters the token of connection `conn`. The token must not be in the table, and the table must
 * have a free slot. */
void mptcp_tokens_put(struct mptcp_tokens *t, struct mptcp_token_slot *s, uint32_t token,
                      uint32_t conn);
/* Frees slot `slot`, which is in use, and moves later entries back to fill the gap. */
void mptcp_tokens_remove(struct mptcp_tokens *t, struct mptcp_token_slot *s, uint32_t slot);

/* --------------------------------------------------- the block of a connection */

enum mptcp_phase {
    PHASE_NEW = 0, /* neither connect nor accept was called */
    PHASE_OPENING, /* the handshake has not settled yet whether MPTCP is used */
    PHASE_MPTCP,
    PHASE_PLAIN,    /* plain TCP on one subflow: as if under an infinite mapping (s3.7) */
    PHASE_ABORTING, /* FASTCLOSE_WAIT: MP_FASTCLOSE was sent, the peer's RST is awaited (s3.5) */
    PHASE_ENDED     /* over: at most what reports the end and frees the rest is due */
};

/* conn.bits */
enum {
    BIT_CLIENT = 0x0001,
    BIT_CHECKSUM = 0x0002,       /* DSS checksums were negotiated */
    BIT_FULLY = 0x0004,          /* fully established: a DSS was received (s3.1, C-17) */
    BIT_DENY_JOIN = 0x0008,      /* the peer set flag C */
    BIT_ACK64 = 0x0010,          /* the peer sends DSNs of 64 bits (D-14) */
    BIT_SHUTDOWN = 0x0020,       /* the application has closed our direction */
    BIT_FIN_SENT = 0x0040,       /* our DATA_FIN was sent at least once */
    BIT_FIN_KNOWN = 0x0080,      /* rcv_fin holds the peer's DATA_FIN */
    BIT_FIN_REACHED = 0x0100,    /* RCV.NXT is past the peer's DATA_FIN */
    BIT_ONLY_STREAM = 0x0200,    /* only DELIVER, RELEASE, FREE and SEND can be due: the result of
                                    mptcp_only_stream, kept */
    BIT_WIDE = 0x0400,           /* the rate forbids 32-bit DSNs (D-11) */
    BIT_RESENDS = 0x0800,        /* octets before rtx_end that subflows acknowledged and the peer
                                    never DATA_ACKed are reinjected */
    BIT_FIN_DUE = 0x1000,        /* the DATA_FIN is to be sent, again or for the first time */
    BIT_SYN_CAPABLE = 0x2000,    /* client: our SYN carried MP_CAPABLE */
    BIT_ANNOUNCE_WAITS = 0x4000, /* client: ADD_ADDRs wait for the server's first data, for
                                  * ANNOUNCE_WAIT_US at most */
    BIT_PATHS = 0x8000,          /* addresses or subflows changed: the path manager may have work */
    BIT_DETACHED = 0x10000,      /* the application has let go of the connection */
    BIT_ASKED = 0x20000,     /* the host called mptcp_join for addresses join_from and join_to */
    BIT_FAST_OPEN = 0x40000, /* server: data may be sent before the third ACK (Appendix B) */
    BIT_STATELESS = 0x80000, /* server: the connection was created when the third ACK came (C-9) */
    BIT_ONE_WIDE = 0x100000, /* of DSN and DATA_ACK in one option at most one has 64 bits */
    BIT_PASSIVE = 0x200000,  /* the peer's DATA_FIN was received before ours was sent */
    BIT_PARKED = 0x400000,   /* the connection was suspended, to be moved to another place */
    BIT_OWN_PORTS = 0x800000 /* a subflow that we opened has ended: middleboxes may still remember
                                its ports, so new subflows take ports of their own */
};

/* The stage of closing our direction, in the bits SENDING_MASK of conn.bits. Other combinations of
 * these bits do not occur. */
enum mptcp_sending {
    SENDING_OPEN = 0,
    SENDING_SHUT = BIT_SHUTDOWN, /* closed, and some octets are not yet given to any subflow */
    SENDING_FIN_DUE = BIT_SHUTDOWN | BIT_FIN_DUE, /* to be sent for the first time */
    SENDING_FIN_SENT = BIT_SHUTDOWN | BIT_FIN_SENT,
    SENDING_FIN_AGAIN = SENDING_FIN_DUE | SENDING_FIN_SENT /* sent, and to be sent again */
};
#define SENDING_MASK (BIT_SHUTDOWN | BIT_FIN_DUE | BIT_FIN_SENT)

/* The stage of closing the peer's direction, in the bits RECEIVING_MASK of conn.bits. */
enum mptcp_receiving {
    RECEIVING_OPEN = 0,
    RECEIVING_TO_FIN = BIT_FIN_KNOWN,
    RECEIVING_ENDED = BIT_FIN_KNOWN | BIT_FIN_REACHED
};
#define RECEIVING_MASK (BIT_FIN_KNOWN | BIT_FIN_REACHED)

/* conn.events: a bit for each event that happened and is not yet reported to the host */
enum {
    HAPPENED_OPEN = 1 << MPTCP_EV_OPEN,
    HAPPENED_FALLBACK = 1 << MPTCP_EV_FALLBACK,
    HAPPENED_EOF = 1 << MPTCP_EV_EOF,
    HAPPENED_CLOSED = 1 << MPTCP_EV_CLOSED,
    HAPPENED_END = 1 << MPTCP_EV_END,
    EVER_OPEN = 0x100,  /* MPTCP_EV_OPEN has happened, reported or not */
    EVER_CLOSED = 0x200 /* MPTCP_EV_CLOSED has happened, reported or not */
};

/* Indexes of conn.timer. Timers that have run out together fire in this order. */
enum mptcp_timer {
    DUE_NO_PATH,  /* there was no subflow for too long: the connection ends (s3.3.3) */
    DUE_ADD_ADDR, /* an ADD_ADDR has no echo: it is sent again (s3.4.1) */
    DUE_DATA_ACK, /* octets at SND.UNA are not DATA_ACKed: they count as lost (D-28) */
    DUE_FIN,      /* the DATA_FIN is not DATA_ACKed: it is sent again (s3.3.3) */
    DUE_PROBE,    /* a window is closed: it is probed */
    DUE_ROOM,     /* a subflow's TCP has no room: the host is offered octets all the same */
    DUE_SIGNAL,   /* further signals may be sent on pure ACKs (G-2) */
    DUE_CONNECT,  /* MPTCP_CONNECT may be due again */
    DUE_RETRY,    /* subflows that failed may be opened again */
    DUE_CLOSE,    /* the peer does not close: subflows are reset, or the connection is aborted */
    DUE_ANSWER,   /* MP_FAIL or MP_FASTCLOSE has no answer: it is sent again (s3.7, s3.5) */
    DUE_LATER,    /* ends what conn.later and SF_LATER defer; the end of a connection stops all
                     other timers, not this one */
    TIMERS
};

struct mptcp_conn {
    /* The members used most stand first, where instructions with short offsets reach them. */
    uint8_t phase;   /* enum mptcp_phase */
    uint8_t top;     /* subflow slots from this index on are free */
    uint16_t events; /* HAPPENED_ and EVER_ bits */
    uint32_t bits;   /* BIT_ bits */
    uint16_t later;  /* MPTCP_WANT bits of actions deferred until DUE_LATER */
    /* Counts of repetitions in a row; each one doubles the next wait of its timer. */
    uint8_t rto_tries;     /* DUE_DATA_ACK */
    uint8_t fin_tries;     /* DUE_FIN */
    uint8_t probe_tries;   /* DUE_PROBE */
    uint8_t answer_tries;  /* DUE_ANSWER: MP_FAILs or MP_FASTCLOSEs sent */
    uint8_t join_tries;    /* DUE_RETRY: since octets last came, or were DATA_ACKed, on a subflow of
                              SF_AGAIN; JOINS_STOPPED: there are no more */
    uint8_t next_id;       /* the local address id to try next */
    uint8_t join_from;     /* BIT_ASKED: local address id */
    uint8_t join_to;       /* BIT_ASKED: remote address id */
    uint8_t join_failures; /* joins of ours in a row that were not established */
    uint8_t burst;         /* signals in a row that were sent on pure ACKs (G-2) */
    uint8_t room_tries;    /* times in a row that DUE_ROOM ran out */
    uint8_t ignored;       /* announcements of addresses without the right HMAC */
    uint16_t first_port;   /* port of the peer's initial address */
    struct mptcp_fallback fb;
    /* configuration, in the order of struct mptcp_config */
    uint32_t flags; /* MPTCP_CFG_ */
    uint8_t subflows;
    uint8_t addrs;
    uint8_t subflow_limit;
    uint8_t version; /* of the protocol: profile_of */
    uint16_t runs;
    uint16_t zero4;
    uint32_t rcv_buf;
    uint32_t silence_min;
    uint32_t answer_wait;
    uint32_t signal_rto;
    uint32_t add_addr_rto;
    uint32_t no_path_limit;
    uint32_t close_limit;
    uint8_t policy;
    uint8_t option_room;
    uint8_t scheduler; /* index of mptcp_schedulers */
    uint8_t add_addr2; /* enum mptcp_add_addr2, MPTCP_ADD_ADDR2_AND_PLAIN */
    uint32_t silence_limit;
    /* identity */
    uint64_t local_key;
    uint64_t remote_key;
    uint8_t seed[16];
    mptcp_tick tick; /* the present: clock.h */
    uint32_t remote_token;
    int32_t error;    /* why the connection ended; MPTCP_OK if it closed in order */
    int32_t fallback; /* code that says why the phase is PHASE_PLAIN */
    uint64_t epoch;   /* the caller's time at tick 0: clock.h */
    uint32_t local_token;
    mptcp_tick wide_since; /* when SND.NXT was wide_mark (D-11) */
    /* sending */
    mptcp_dsn snd_first; /* IDSN + 1 */
    mptcp_dsn snd_una;
    mptcp_dsn snd_nxt;  /* first octet never given to a subflow */
    mptcp_dsn snd_end;  /* end of what was written; the DATA_FIN's DSN after shutdown */
    mptcp_dsn snd_edge; /* right edge of the shared window */
    mptcp_dsn free_to;  /* the host may free octets below it (D-16) */
    mptcp_dsn freed;    /* MPTCP_FREE has told the host so up to here */
    mptcp_dsn rtx_nxt;  /* octets from here to rtx_end may need reinjection */
    mptcp_dsn rtx_end;
    mptcp_dsn wide_mark; /* SND.NXT at the moment wide_since */
    /* receiving */
    mptcp_dsn rcv_first;     /* the peer's IDSN + 1 */
    mptcp_dsn rcv_nxt;       /* next octet expected in order */
    mptcp_dsn rcv_delivered; /* the host has taken octets below it (MPTCP_DELIVER) */
    mptcp_dsn rcv_consumed;  /* the application has read octets below it */
    mptcp_dsn rcv_edge;      /* rightmost window edge advertised with a DATA_ACK (D-15) */
    mptcp_dsn rcv_told;      /* the highest DATA_ACK sent */
    mptcp_dsn rcv_fin;       /* BIT_FIN_KNOWN: DSN of the peer's DATA_FIN */
    /* runs */
    struct mptcp_pool pool;
    struct mptcp_sent sent;
    struct mptcp_received received;
    uint8_t join_draws;   /* counts joins that arrived while all slots were taken and the half-open
                             join to replace was younger than an RTT (join.c); decays */
    uint8_t quiet_ends;   /* subflows of SF_AGAIN in a row that quiet.c has had reset */
    uint16_t word;        /* the scheduler's own state */
    uint32_t rank_secret; /* odd; ranks of runs are hashed with it (order.h), and addresses of
                             half-open joins (opening.c) */
    mptcp_tick burst_end; /* when further signals may follow the burst (`burst`) */
    mptcp_tick timer[TIMERS]; /* when each timer runs out; IDLE: it does not run */
    uint32_t nonces;          /* number of nonces drawn from seed so far */
};

enum mptcp_subflow_state {
    SF_FREE = 0,
    SF_SYN_SENT,
    SF_SYN_RCVD,
    SF_PRE, /* join, initiator: third ACK sent, fourth not received (J-9) */
    SF_OPEN,
    SF_GONE /* TCP has ended it; octets wait for release, or its end is not reported yet */
};

/* subflow.flags */
enum {
    SF_INITIAL = 0x0001,
    SF_BACKUP = 0x0002,       /* we declared it a backup to the peer (flag B) */
    SF_PEER_BACKUP = 0x0004,  /* the peer declared it a backup (flag B) */
    SF_SILENT = 0x0008,       /* no acknowledgement for too long: silence.c */
    SF_FIN_RECEIVED = 0x0010, /* the peer's FIN of this subflow has come */
    SF_FIN_GIVEN = 0x0020,    /* the host was told to send a FIN on it */
    SF_RESET = 0x0040,        /* to be reset; `code` says why */
    SF_TOLD = 0x0080,         /* EVENT_SUBFLOW was reported */
    SF_DATA_ACKED = 0x0100,   /* data was DATA_ACKed on it: the path lets options through (B-2) */
    SF_CHECK_FAILED = 0x0200, /* its RST carries MP_FAIL: a checksum failed */
    SF_RTT_TOLD = 0x0400,     /* the host reports the RTT: the library measures nothing */
    SF_TAIL_SHORT =
        0x0800, /* the last mapping sent is shorter than a segment: nothing is appended */
    SF_KEYS_SENT = 0x1000,   /* the third ACK of MP_CAPABLE was sent */
    SF_FIN_MPTCP = 0x2000,   /* a copy of the peer's FIN, at SSN `fin`, carried an MPTCP option */
    SF_ANSWERED = 0x4000,    /* its TCP, without a DATA_ACK, answered the probe that fb.question
                                tells of */
    SF_RTT_TWICE = 0x8000,   /* the octet whose RTT is measured was retransmitted */
    SF_ASKED = 0x10000,      /* a probe was sent, and nothing was received since: silence.c */
    SF_NEWS = 0x20000,       /* it has ended, and its end is not reported to the application yet */
    SF_OURS = 0x40000,       /* we opened it */
    SF_PROBING = 0x80000,    /* it is probed for an answer: the peer removed its address, or
                                SF_QUIET */
    SF_PROBE_DUE = 0x100000, /* MPTCP_PROBE is due on it */
    SF_LEAVING = 0x200000,   /* its local address was removed: it is to be closed */
    SF_TRANSIENT = 0x400000, /* the peer's MP_TCPRST has flag T: it may be opened again */
    SF_WINDOW_CLOSED = 0x800000, /* its own window (not the shared one) is closed and is probed */
    SF_RTT_BOUND = 0x1000000,    /* srtt_us is an upper bound of the RTT only: rtt.c */
    SF_PATH_TOLD = 0x2000000,    /* the host called mptcp_on_path */
    SF_CLAIMS = 0x4000000,       /* the peer's address of remote_id is known from its MP_JOIN */
    SF_LATER = 0x8000000,        /* the host could not pass octets to it: SEND on it is deferred to
                                    DUE_LATER, or to a report of the host's about it */
    SF_ESTABLISHED = 0x10000000, /* the host called mptcp_on_established */
    SF_QUIET = 0x20000000, /* SF_PROBING: not for a removal, but since it brings nothing: quiet.c */
    SF_AGAIN = 0x40000000  /* we opened it after another was lost, and no octets have come or were
                              DATA_ACKed on it yet */
};

#define SF_PROBED (SF_PROBING | SF_QUIET | SF_PROBE_DUE)

/* subflow.signal: what is due on a pure ACK, in addition to the DATA_ACK */
enum {
    SIG_ACK = 0x01,       /* nothing more: an ACK with the DATA_ACK and the window is due */
    SIG_JOIN_ACK = 0x02,  /* MP_JOIN's third ACK (J-8) */
    SIG_PRIO = 0x04,      /* MP_PRIO */
    SIG_FASTCLOSE = 0x10, /* MP_FASTCLOSE */
    SIG_FIN = 0x20        /* the DATA_FIN, once more */
};

struct mptcp_subflow {
    uint8_t state; /* enum mptcp_subflow_state */
    uint8_t local_id;
    uint8_t remote_id;
    union {
        uint8_t syns;       /* SF_SYN_SENT, SF_SYN_RCVD: number of SYNs or SYN/ACKs sent */
        uint8_t third_acks; /* SF_PRE: number of third ACKs that were made due */
        uint8_t asked;      /* SF_PROBING: number of probes that were made due */
    };
    uint8_t signal;   /* SIG_ bits */
    uint8_t unmapped; /* times that its next octets came and no mapping of them could be entered */
    uint8_t cost;     /* set by mptcp_set_cost: of paths of the same class (mptcp/scheduler.h)
                       * the cheapest is used first */
    uint8_t silences; /* times it fell silent, each within SILENCE_MEMORY_US of the last */
    uint8_t reason;   /* reason of the peer's MP_TCPRST; 255: none */
    uint8_t probes;   /* probes of its own window that were not answered */
    uint8_t silence_probes; /* probes since it fell silent */
    uint8_t head;           /* bit `enum mptcp_side`: the side has a head run (pool.c) */
    uint32_t flags;         /* SF_ bits */
    uint32_t generation;    /* grows with each use of the slot; 24 bits, part of the handle */
    int32_t code;           /* why it ends: SF_RESET is set, or its own TCP has ended it */
    struct mptcp_sent_on sent;
    struct mptcp_received_on received;
    /* sending */
    mptcp_ssn snd_una;
    mptcp_ssn snd_nxt;
    mptcp_ssn snd_edge;  /* right edge of its own window (D-25) */
    mptcp_ssn copied;    /* TCP needs no octet below it from the application's send buffer */
    uint32_t room;       /* octets that its TCP can take now */
    uint16_t segment;    /* octets of payload in a full segment */
    uint16_t mapping;    /* octets of the longest mapping declared on it */
    uint32_t srtt_us;    /* smoothed RTT; 0: not known */
    uint32_t rttvar_us;  /* its deviation */
    uint32_t min_rtt_us; /* smallest RTT lately; 0: not known */
    mptcp_ssn rtt_ssn;   /* while an octet is timed: the SSN after it; else: no octet from here on
                            was sent before */
    mptcp_tick rtt_at;   /* when the octet that is timed was sent; IDLE: none is timed */
    mptcp_ssn rtt_una;   /* snd_una at that time */
    uint32_t
        rtt_flight; /* octets in flight with the octets that were timed, smoothed as srtt_us is */
    uint32_t pace;  /* us that each octet takes when octets queue, in 1/65536; 0: not known */
    /* receiving */
    mptcp_ssn rcv_nxt;   /* all octets below it have arrived */
    mptcp_ssn rcv_valid; /* ... and, with checksums, their mappings are whole and verified */
    mptcp_ssn rcv_done;  /* all octets below it were delivered, or will never be */
    mptcp_ssn released;  /* MPTCP_RELEASE has told the host so up to here */
    union {
        struct { /* of a join, before state SF_OPEN */
            uint32_t local_nonce;
            uint32_t remote_nonce;
            uint32_t from; /* the address that its SYN came from, as a number */
        };
        struct {                 /* in state SF_OPEN and after */
            mptcp_ssn hole_from; /* first octet that arrived without a mapping; the mapping may
                                    still come */
            mptcp_ssn hole_to;   /* end of these octets; there are none unless it is after
                                  * hole_from */
            uint32_t sum;        /* checksum so far of the mapping that is arriving */
        };
    };
    mptcp_ssn mapped;    /* rcv_nxt when a mapping was last received */
    mptcp_ssn fin;       /* see SF_FIN_MPTCP */
    mptcp_ssn rcv_edge;  /* rightmost window edge advertised on it */
    mptcp_ssn ack_sent;  /* the highest acknowledgement that its TCP has sent */
    mptcp_ssn ack_told;  /* ... that it has sent together with a DATA_ACK */
    uint16_t local_port; /* port of its SYN or SYN/ACK, host order; 0: unknown */
    uint16_t remote_port;
    /* timers */
    mptcp_tick progress;  /* when the peer's TCP last acknowledged octets, or when octets or a probe
                             were sent with none in flight before */
    mptcp_tick timer;     /* when the third ACK is sent again, or a handshake, a removal probe or a
                             FIN is given up; IDLE */
    mptcp_tick hold;      /* SEND_ACK is deferred until then; 0: it is not */
    mptcp_tick silent_at; /* when it last fell silent */
    mptcp_tick heard;     /* when octets last came, or its SYN was sent */
    uint32_t word;        /* the scheduler's own state */
};

/* Of srtt_us, in us: about 18 minutes; small multiples of it fit 32 bits. */
#define SRTT_MAX 0x3fffffffu
#define PACE_SHIFT 16 /* of mptcp_subflow.pace */

/* A subflow is unreliable after this number of silences, each within this time (us) of the one
 * before. */
#define UNRELIABLE_SILENCES 3
#define SILENCE_MEMORY_US 60000000u

#define JOINS_STOPPED UINT8_MAX /* of mptcp_conn.join_tries */

#define SIGNALS_IN_BURST 2 /* signals on pure ACKs in a row before a pause (G-2) */

/* mptcp_addr_slot.flags, in addition to the MPTCP_ADDR_ flags */
enum {
    ADDR_USED = 0x10, /* the slot is taken */
    ADDR_PASSIVE =
        0x20, /* remote: not joined to, since it was not announced or is the initial address */
    ADDR_LISTENING = 0x40,  /* local: the host listens there */
    ADDR_SIGNAL = 0x80,     /* local: ADD_ADDR (or REMOVE_ADDR) is due; remote: the echo is due */
    MARK_TOLD = 0x0100,     /* remote: EVENT_ADDRESS was reported */
    MARK_USABLE = 0x0100,   /* local: a subflow that we opened from it worked, and was lost */
    MARK_HAD_PORT = 0x0200, /* remote: its ADD_ADDR carried a port */
    MARK_AWAY = 0x0200, /* local: the peer is told by REMOVE_ADDR that the subflow from it is gone;
                           it stays */
    MARK_REMOVED = 0x0400, /* not used for new subflows; the slot is freed when no one needs it */
    MARK_FAILED = 0x0800,  /* remote: a subflow to it was not established, or was lost */
    MARK_RENAMED = 0x0800, /* local: on the wire its id is `alias` */
    MARK_CLAIMED = 0x1000, /* known only from an MP_JOIN whose HMAC is not verified yet */
    MARK_ECHOED = 0x2000,  /* local: the peer has echoed its ADD_ADDR */
    MARK_REACHED = 0x2000, /* remote: a subflow that we opened to it worked, and was lost */
    MARK_PLAIN = 0x4000,   /* remote: its announcement had no HMAC (version 0) */
    MARK_PROVEN = 0x8000,  /* remote: its announcement had a right HMAC */
    MARKS = 0xff00         /* the mask of all MARK_ flags */
};

/* Two bits for each pair of a local and a remote address: joins from the one to the other. */
enum {
    PAIR_TRIED = 1, /* a join was tried */
    PAIR_AGAIN = 2  /* a join is to be tried again when DUE_RETRY fires */
};

struct mptcp_addr_slot {
    struct mptcp_addr addr;
    uint8_t id; /* by which the host knows it; on the wire too, without MARK_RENAMED */
    union {
        uint8_t tries; /* local, announced: number of ADD_ADDRs sent */
        uint8_t alias; /* local, not announced: MARK_RENAMED */
    };
    uint16_t flags;
};

_Static_assert(sizeof(struct mptcp_run) == MPTCP_CONN_PER_RUN, "size of a run");
_Static_assert(sizeof(struct mptcp_subflow) == MPTCP_CONN_PER_SUBFLOW, "size of a subflow");
_Static_assert(sizeof(struct mptcp_addr_slot) == MPTCP_CONN_PER_ADDR, "size of an address");
_Static_assert(sizeof(struct mptcp_conn) == MPTCP_CONN_FIXED, "size of a connection");

#endif
