/*
 * tables.h - floor 2: the state of a connection, and the bounded tables that a connection and an
 * endpoint are made of. All live in the owner's flat block; nothing points anywhere.
 *
 *   runs     stretches of mappings, in SSN and in DSN order (runs.h)
 *   tokens   token -> number of a connection
 *   block    struct mptcp_conn, then its subflows, its runs, the peer's addresses and its own, and
 *            what is known of each pair of addresses;
 *            places are computed from the counts at its beginning
 */
#ifndef MPTCP_TABLES_H
#define MPTCP_TABLES_H

#include "mptcp/conn.h"
#include "tables/fallback.h"
#include "tables/runs.h"

/* A moment, as a connection remembers it: clock.h. */
typedef uint32_t mptcp_tick;

/* ---------------------------------------------------------------- tokens */

struct mptcp_token_slot {
    uint32_t token;
    uint32_t conn; /* MPTCP_TOKEN_FREE: the slot is free */
};

#define MPTCP_TOKEN_FREE UINT32_MAX
#define MPTCP_TOKEN_NONE UINT32_MAX

/*
 * Open addressing over n slots (a power of two), at most half full. Tokens are hashes of our own
 * keys, and spread evenly; but a peer sees the keys of its connections, and can keep those alone
 * whose tokens lie together. With an odd seed that it does not know it can't tell which do.
 */
struct mptcp_tokens {
    uint32_t n;
    uint32_t used;
    uint64_t seed;
};

#define MPTCP_TOKENS_UNSEEDED ((uint64_t)1 << 32) /* a token's home is in its own low bits */

static inline uint32_t mptcp_token_home(const struct mptcp_tokens *t, uint32_t token)
{
    return (uint32_t)(token * t->seed >> 32) & (t->n - 1);
}

uint32_t mptcp_tokens_find(const struct mptcp_tokens *t, const struct mptcp_token_slot *s,
                           uint32_t token);
void mptcp_tokens_put(struct mptcp_tokens *t, struct mptcp_token_slot *s, uint32_t token,
                      uint32_t conn);
void mptcp_tokens_remove(struct mptcp_tokens *t, struct mptcp_token_slot *s, uint32_t slot);

/* --------------------------------------------------- the block of a connection */

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
    BIT_CHECKSUM = 0x0002,       /* negotiated */
    BIT_FULLY = 0x0004,          /* fully established: a DSS has come (s3.1, C-17) */
    BIT_DENY_JOIN = 0x0008,      /* the peer set flag C */
    BIT_ACK64 = 0x0010,          /* the peer sends DSNs of 64 bits (D-14) */
    BIT_SHUTDOWN = 0x0020,       /* the application writes no more */
    BIT_FIN_SENT = 0x0040,       /* our DATA_FIN was on the wire */
    BIT_FIN_KNOWN = 0x0080,      /* rcv_fin holds the peer's DATA_FIN */
    BIT_FIN_REACHED = 0x0100,    /* ... and RCV.NXT is past it */
    BIT_ONLY_STREAM = 0x0200,    /* nothing but the stream can be due: mptcp_only_stream, kept */
    BIT_WIDE = 0x0400,           /* the rate forbids 32-bit DSNs (D-11) */
    BIT_RESENDS = 0x0800,        /* what subflows acknowledged before rtx_end is sent again */
    BIT_FIN_DUE = 0x1000,        /* the DATA_FIN is to go out, again or for the first time */
    BIT_SYN_CAPABLE = 0x2000,    /* client: our SYN offered it */
    BIT_ANNOUNCE_WAITS = 0x4000, /* client: ADD_ADDRs wait for the server's application */
    BIT_PATHS = 0x8000,  /* addresses or subflows changed: the path manager may want something */
    BIT_ASKED = 0x20000, /* join_from and join_to: the host wants this subflow */
    BIT_FAST_OPEN = 0x40000, /* server: data may leave before the third ACK (Appendix B) */
    BIT_STATELESS = 0x80000, /* server: made by its third ACK (C-9) */
    BIT_PASSIVE = 0x200000,  /* the peer's DATA_FIN was there before ours left */
    BIT_PARKED = 0x400000,   /* left to go on elsewhere */
    BIT_OWN_PORTS = 0x800000 /* a subflow of ours is over: what was on its way may know it still */
};

/* How far the end of our stream has come, in conn.bits under SENDING_MASK: there are no other
 * combinations of these bits. */
enum mptcp_sending {
    SENDING_OPEN = 0,
    SENDING_SHUT = BIT_SHUTDOWN,                  /* some octets are not given to any subflow */
    SENDING_FIN_DUE = BIT_SHUTDOWN | BIT_FIN_DUE, /* for the first time */
    SENDING_FIN_SENT = BIT_SHUTDOWN | BIT_FIN_SENT,
    SENDING_FIN_AGAIN = SENDING_FIN_DUE | SENDING_FIN_SENT /* sent, and to be repeated */
};
#define SENDING_MASK (BIT_SHUTDOWN | BIT_FIN_DUE | BIT_FIN_SENT)

/* How far that of the peer's has, likewise. */
enum mptcp_receiving {
    RECEIVING_OPEN = 0,
    RECEIVING_TO_FIN = BIT_FIN_KNOWN,
    RECEIVING_ENDED = BIT_FIN_KNOWN | BIT_FIN_REACHED
};
#define RECEIVING_MASK (BIT_FIN_KNOWN | BIT_FIN_REACHED)

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

/* conn.timer, in the order in which those fire that have run out at once */
enum mptcp_timer {
    DUE_NO_PATH,  /* no subflow for too long (s3.3.3) */
    DUE_ADD_ADDR, /* an ADD_ADDR without echo (s3.4.1) */
    DUE_DATA_ACK, /* the head is not DATA_ACKed (D-28) */
    DUE_FIN,      /* the DATA_FIN is not DATA_ACKed (s3.3.3) */
    DUE_PROBE,    /* a window is closed */
    DUE_ROOM,     /* a subflow without room: the host is asked again */
    DUE_SIGNAL,   /* further signals may leave (G-2) */
    DUE_CONNECT,  /* connects have to wait until then */
    DUE_RETRY,    /* subflows that failed may be tried again */
    DUE_CLOSE,    /* subflows that do not close */
    DUE_ANSWER,   /* MP_FAIL or MP_FASTCLOSE without an answer (s3.7, s3.5) */
    DUE_LATER, /* what is hidden by conn.later and SF_LATER is due again; an end stops all others */
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
    uint8_t join_failures; /* joins of ours that did not come up, one after the other */
    uint8_t burst;         /* signals on pure ACKs, one after the other (G-2) */
    uint8_t room_tries;    /* times that room was assumed, one after the other */
    uint8_t version;       /* of the protocol: profile_of */
    uint16_t first_port;   /* of the peer's initial address */
    struct mptcp_fallback fb;
    /* configuration, in the order of struct mptcp_config */
    uint32_t flags; /* MPTCP_CFG_ */
    uint8_t subflows;
    uint8_t addrs;
    uint8_t subflow_limit;
    uint8_t zero;
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
    uint8_t scheduler; /* of mptcp_schedulers */
    uint8_t zero3;
    uint32_t silence_limit;
    /* identity */
    uint64_t local_key;
    uint64_t remote_key;
    uint8_t seed[16];
    mptcp_tick tick; /* the present: clock.h */
    uint32_t remote_token;
    int32_t error;    /* sticky */
    int32_t fallback; /* why PHASE_PLAIN */
    uint64_t epoch;   /* the clock: clock.h */
    uint32_t local_token;
    mptcp_tick wide_since;
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
    mptcp_dsn wide_mark; /* snd_nxt at wide_since */
    /* receiving */
    mptcp_dsn rcv_first;
    mptcp_dsn rcv_nxt;
    mptcp_dsn rcv_delivered;
    mptcp_dsn rcv_consumed;
    mptcp_dsn rcv_edge; /* rightmost edge advertised beside a DATA_ACK (D-15) */
    mptcp_dsn rcv_told; /* the DATA_ACK that left last */
    mptcp_dsn rcv_fin;
    /* runs */
    struct mptcp_pool pool;
    struct mptcp_sent sent;
    struct mptcp_received received;
    uint8_t join_draws; /* joins that came while none of those half-open was an RTT old */
    uint8_t zero5;
    uint16_t word;            /* the scheduler's own */
    uint32_t rank_secret;     /* odd */
    mptcp_tick burst_end;     /* of that burst of signals */
    mptcp_tick timer[TIMERS]; /* IDLE: it does not run */
    uint32_t nonces;          /* drawn from seed so far */
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
    SF_SILENT = 0x0008,       /* no acknowledgement for too long: silence.c */
    SF_FIN_RECEIVED = 0x0010, /* nothing more comes */
    SF_FIN_GIVEN = 0x0020,    /* the host was told to close it */
    SF_RESET = 0x0040,        /* to be reset, with code */
    SF_TOLD = 0x0080,         /* EVENT_SUBFLOW was taken */
    SF_DATA_ACKED = 0x0100,   /* a DATA_ACK came on it: the path lets options through (B-2) */
    SF_CHECK_FAILED = 0x0200, /* MP_FAIL goes with its RST */
    SF_RTT_TOLD = 0x0400,     /* by the host: nothing is measured */
    SF_TAIL_SHORT =
        0x0800, /* the last mapping sent is shorter than a segment: nothing is appended */
    SF_KEYS_SENT = 0x1000, /* the third ACK of MP_CAPABLE left */
    SF_FIN_MPTCP = 0x2000, /* a copy of its FIN, at SSN `fin`, carried an MPTCP option */
    SF_ANSWERED = 0x4000,  /* its TCP has answered the last question */
    SF_RTT_TWICE = 0x8000, /* the octet that is timed was sent again */
    SF_ASKED = 0x10000,    /* a probe left, and nothing has come since: silence.c */
    SF_NEWS = 0x20000,     /* it has ended, and the application was not told */
    SF_OURS = 0x40000,     /* we opened it */
    SF_PROBING = 0x80000,  /* the peer removed its address: does it still answer? */
    SF_PROBE_DUE = 0x100000,
    SF_LEAVING = 0x200000,       /* our address is going: to be closed */
    SF_TRANSIENT = 0x400000,     /* the peer's MP_TCPRST says that it may be opened again */
    SF_WINDOW_CLOSED = 0x800000, /* its own window is, and a probe was needed */
    SF_RTT_BOUND = 0x1000000,    /* srtt_us is what the RTT is at most: rtt.c */
    SF_CLAIMS = 0x4000000,       /* its MP_JOIN claimed the address of its remote id */
    SF_LATER = 0x8000000 /* the host could give it no octets: not before DUE_LATER, or a report */
};

/* subflow.signal: what a pure ACK has to carry, beside the DATA_ACK */
enum {
    SIG_ACK = 0x01,      /* nothing: the ACK itself, with the DATA_ACK and the window */
    SIG_JOIN_ACK = 0x02, /* MP_JOIN's third ACK (J-8) */
    SIG_PRIO = 0x04,
    SIG_FASTCLOSE = 0x10, /* MP_FASTCLOSE */
    SIG_FIN = 0x20        /* the DATA_FIN, again */
};

struct mptcp_subflow {
    uint8_t state; /* enum mptcp_subflow_state */
    uint8_t local_id;
    uint8_t remote_id;
    union {
        uint8_t syns;           /* SYN_SENT, SYN_RCVD: SYNs or SYN/ACKs sent */
        uint8_t third_acks;     /* PRE: due so far */
        uint8_t removal_probes; /* SF_PROBING: due so far */
    };
    uint8_t signal;
    uint8_t unmapped; /* times that its next octets came, and could not be mapped */
    uint8_t cost;
    uint8_t silences;       /* times it fell silent, one soon after the other */
    uint8_t reason;         /* of the peer's MP_TCPRST; 255: none */
    uint8_t probes;         /* of its window that were not answered */
    uint8_t silence_probes; /* since it fell silent */
    uint8_t head;           /* sides with an head run, a bit each (pool.c) */
    uint32_t flags;
    uint32_t generation;
    int32_t code; /* why it ends: SF_RESET, or by its own TCP */
    struct mptcp_sent_on sent;
    struct mptcp_received_on received;
    /* sending */
    mptcp_ssn snd_una;
    mptcp_ssn snd_nxt;
    mptcp_ssn snd_edge; /* right edge of its own window (D-25) */
    mptcp_ssn copied;   /* below it TCP does not need the send buffer */
    uint32_t room;      /* octets that its TCP takes now */
    uint16_t segment;   /* payload of a full segment */
    uint16_t mapping;   /* the longest one that is declared on it */
    uint32_t srtt_us;   /* 0: not known */
    uint32_t rttvar_us;
    mptcp_ssn rtt_ssn; /* after the octet that is timed, or: none from here on has left */
    mptcp_tick rtt_at; /* when it left; IDLE: none is timed */
    /* receiving */
    mptcp_ssn rcv_nxt;   /* arrived without holes */
    mptcp_ssn rcv_valid; /* ... and, with checksums, in mappings that are whole and right */
    mptcp_ssn rcv_done;  /* below it all was delivered, or is a duplicate */
    mptcp_ssn released;  /* the host was told up to here */
    union {
        struct { /* of a join, until it is open */
            uint32_t local_nonce;
            uint32_t remote_nonce;
            uint32_t from; /* whose SYN it was: the address as a number */
        };
        struct {                 /* from then on */
            mptcp_ssn hole_from; /* octets that arrived without a mapping, which may come yet ... */
            mptcp_ssn hole_to;   /* ... up to here */
            uint32_t sum;        /* of the mapping that is arriving */
        };
    };
    mptcp_ssn mapped;    /* rcv_nxt when a mapping last came */
    mptcp_ssn fin;       /* see SF_FIN_MPTCP */
    mptcp_ssn rcv_edge;  /* rightmost edge advertised on it */
    mptcp_ssn ack_sent;  /* rcv_nxt when TCP acknowledged last: when a segment left */
    mptcp_ssn ack_told;  /* ... when one left that carried a DATA_ACK */
    uint16_t local_port; /* of SYN and SYN/ACK, host order; 0: unknown */
    uint16_t remote_port;
    /* timers */
    mptcp_tick progress;  /* acknowledged something, or began to wait for it */
    mptcp_tick timer;     /* third ACK again, a handshake, a probe or a FIN given up; IDLE */
    mptcp_tick hold;      /* SEND_ACK is hidden until then; 0: not */
    mptcp_tick silent_at; /* it last fell silent */
    uint32_t word;        /* the scheduler's own */
};

/* So many silences of a subflow, each within this time of the one before, make it unreliable. */
#define UNRELIABLE_SILENCES 3
#define SILENCE_MEMORY_US 60000000u

#define SIGNALS_IN_BURST 2

/* addr.flags beyond MPTCP_ADDR_ */
enum {
    ADDR_USED = 0x10, /* the slot is taken */
    ADDR_PASSIVE =
        0x20, /* remote: no place to join, since it was not announced or is the initial one */
    ADDR_LISTENING = 0x40,  /* local: the host listens there */
    ADDR_SIGNAL = 0x80,     /* local: ADD_ADDR (or REMOVE_ADDR) is due; remote: the echo is */
    MARK_TOLD = 0x0100,     /* remote: EVENT_ADDRESS was taken */
    MARK_HAD_PORT = 0x0200, /* remote: announced with a port */
    MARK_REMOVED = 0x0400,  /* used for nothing new; free when nothing needs it */
    MARK_FAILED = 0x0800,   /* remote: a subflow to it did not come up, or was lost */
    MARK_CLAIMED = 0x1000,  /* known only from a MP_JOIN that has proved nothing yet */
    MARK_ECHOED = 0x2000,   /* local: the peer has heard of it */
    MARKS = 0xff00          /* what is known of it beyond what it is used for */
};

/* What is known of joins from a local to a remote slot, two bits for each pair of them. */
enum {
    PAIR_TRIED = 1, /* joined */
    PAIR_AGAIN = 2  /* to be tried again after DUE_RETRY */
};

struct mptcp_addr_slot {
    struct mptcp_addr addr;
    uint8_t id;
    uint8_t tries; /* ADD_ADDRs sent */
    uint16_t flags;
};

_Static_assert(sizeof(struct mptcp_run) == MPTCP_CONN_PER_RUN, "size of a run");
_Static_assert(sizeof(struct mptcp_subflow) == MPTCP_CONN_PER_SUBFLOW, "size of a subflow");
_Static_assert(sizeof(struct mptcp_addr_slot) == MPTCP_CONN_PER_ADDR, "size of an address");
_Static_assert(sizeof(struct mptcp_conn) == MPTCP_CONN_FIXED, "size of a connection");

#endif
