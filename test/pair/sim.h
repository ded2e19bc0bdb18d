/*
 * sim.h - two connections back to back in virtual time.
 *
 *   main.c       options, seeds, the sum of what was met
 *   scenario.c   what a seed stands for; hostile.c: the same for hostile ones
 *   world.c      the clock, the paths, segments under way, the loop
 *   box.c        what middleboxes do to segments; liar.c: what a lying peer writes
 *   host.c       an end: follows the contract of conn.h to the letter; actions.c: what it does
 *   app.c        its application
 *   tcp.c        a small TCP per subflow, of two kinds
 *   invariants.c what must hold after every step
 *   ledger.c     the books of the wire: mappings, payload, acknowledgements, windows,
 *                and what follows from them, computed apart from the core
 *
 * After every call that may change a connection its block is copied to fresh
 * memory and the old one poisoned; peeks are made twice and compared. The stream is
 * compared octet by octet where the application takes it, and octets that a host
 * was allowed to drop are poisoned at once, so that whoever still needs them fails.
 */
#ifndef PAIR_SIM_H
#define PAIR_SIM_H

#include "mptcp/endpoint.h"

#include <stdbool.h>
#include <stdint.h>

#define PATHS 4
#define SUBFLOWS 4
#define TCPS 40 /* subflows that an end may see come and go */
#define STREAM_MAX 200000u
#define SPACE (4 * STREAM_MAX) /* SSNs of a subflow */

/* What a run met; the sum over all seeds must not have a zero. */
enum met {
    MET_JOIN,
    MET_ADD_ADDR,
    MET_LOSS,
    MET_REINJECTION,
    MET_STALL,
    MET_PROBE,
    MET_CHECKSUM,
    MET_RECUT,
    MET_SUBFLOW_DEATH,
    MET_PLAIN,
    MET_WRAP_32,
    MET_WRAP_64,
    MET_LATER,
    MET_REFUSED, /* verdict.drop for want of a slot or window */
    MET_HALF_CLOSE,
    MET_COPIES,
    MET_MISUSE,
    MET_REBASE,
    MET_IPV6,
    MET_TWICE,   /* an action committed twice */
    MET_PROMISE, /* an ACK that left some time after it was promised */
    MET_ABORT,
    MET_PRIO,
    MET_JOIN_REFUSED,
    MET_CORRUPTION,
    MET_PAIR, /* those above are met by friendly scenarios, all by hostile ones */
    MET_STRIP_SYN = MET_PAIR,
    MET_STRIP_SYNACK,
    MET_STRIP_THIRD,
    MET_STRIP_DATA,
    MET_STRIP_LATE,
    MET_STRIP_ONE,
    MET_SPLIT,
    MET_MERGE,
    MET_REWRITE,
    MET_REBIND,
    MET_EDIT,
    MET_GROW,
    MET_SHRINK,
    MET_PROXY,
    MET_CLAMP,
    MET_CLOSED,
    MET_RST_IN,
    MET_RST_OUT,
    MET_FIN_IN,
    MET_FIN_OUT,
    MET_ACK_LOSS,
    MET_ONE_WAY,
    MET_LIE_ACK,
    MET_LIE_WINDOW,
    MET_LIE_DSN,
    MET_LIE_LENGTH,
    MET_LIE_TOKEN,
    MET_LIE_KEY,
    MET_LATE,
    MET_JUMP,
    MET_FALLBACK,
    MET_FAILED, /* a wrong checksum, and both went on as plain TCP */
    MET_REMOVED,
    MET_REPAIR, /* a subflow that was lost was opened again */
    MET_FULL_RUNS,
    MET_FULL_ADDRS,
    MET_FULL_SUBFLOWS,
    MET_RESET_END, /* a connection that ended with a reason */
    MET_COUNT
};

/* fault.strip */
enum { STRIP_SYN = 1, STRIP_SYNACK = 2, STRIP_THIRD = 4, STRIP_OTHERS = 8 };

/* What happens to segments of one direction of a path. */
struct fault {
    uint8_t strip; /* options are taken off these kinds */
    uint8_t only;  /* one subtype of them, + 1; 0: all */
    mptcp_time strip_at;
    uint8_t split; /* of a hundred data segments: cut in two, options on both */
    uint8_t merge; /* ... joined with the one before, its own options lost */
    uint16_t ack_loss;
    mptcp_time dark_at; /* this direction alone; 0: never */
    mptcp_time dark_for;
    uint32_t clamp; /* no larger window is told; UINT32_MAX: not changed */
    mptcp_time clamp_until;
    uint32_t edit_at; /* SSN of the octet that is changed, or after which it is; 0: never */
    int edit_by;      /* octets put in, or taken out; 0: the octet is another */
    uint32_t shift;   /* of sequence numbers */
};

enum inject { INJECT_NONE, INJECT_RST_IN, INJECT_RST_OUT, INJECT_FIN_IN, INJECT_FIN_OUT };

enum lie { LIE_NONE, LIE_ACK, LIE_WINDOW, LIE_DSN, LIE_LENGTH, LIE_TOKEN, LIE_KEY, LIES };

/* One seed's shape. */
struct scenario {
    uint64_t seed;
    uint32_t bytes[2]; /* client to server, server to client */
    unsigned paths;
    bool announce; /* the server announces its second address; else the client joins from its own */
    bool plain_peer;
    bool ring_host[2]; /* byte rings, cut anew; else segments kept */
    uint32_t flags[2]; /* MPTCP_CFG_ */
    uint16_t runs;
    uint32_t rcv_buf;
    uint32_t mss;
    uint32_t window_segments; /* the toy TCP's cwnd */
    uint32_t loss;            /* of a thousand */
    uint32_t jitter_us;
    mptcp_time delay[PATHS];
    mptcp_time dark_at; /* path 0 or 1 goes dark; 0: never */
    mptcp_time dark_for;
    mptcp_time kill_at; /* a subflow is reset; 0: never */
    bool calm;          /* nothing is lost, late or cut */
    uint32_t corrupt;   /* of a thousand data segments on path 1; only under checksums */
    bool slow_reader;
    bool later;   /* hosts answer LATER now and then */
    uint8_t wrap; /* DSNs pass 2^32 or 2^64 in the first octets; 0: they need not */
    bool misuse;
    bool rebase;         /* the ends' clocks differ, and jump */
    bool ipv6;           /* further addresses are IPv6, announced ones with a port of their own */
    uint8_t limit;       /* subflows that the server accepts */
    bool prio;           /* ends turn subflows to backups and back */
    mptcp_time abort_at; /* one of the applications gives up; 0: never */
    uint8_t room;        /* octets for options on a segment: 28 beside timestamps, 40 without */
    bool lazy_acks;      /* a promised ACK leaves up to 10 ms later */
    uint8_t addrs;
    uint8_t subflows;
    uint8_t policy;
    /* hostile ones */
    bool hostile;
    bool may_fail;                /* the path that the connection began on may be lost for good */
    bool remove;                  /* an address is removed on the way */
    struct fault fault[PATHS][2]; /* by who sends */
    bool proxy[PATHS]; /* acknowledges data itself, and repeats what gets lost behind it */
    mptcp_time rebind_at[PATHS];
    enum inject inject;
    mptcp_time inject_at;
    unsigned inject_path;
    int inject_to;
    int liar; /* -1: nobody */
    enum lie lie;
    uint32_t late;      /* timers come up to so many us late */
    mptcp_time jump_at; /* the clocks jump; 0: never */
    int64_t jump_by;
};

struct segment {
    struct segment *next;
    mptcp_time at;
    int to; /* end */
    unsigned path;
    unsigned tcp; /* index at both ends */
    struct mptcp_segment seg;
    uint8_t options[MPTCP_OPTION_MAX];
    uint8_t *payload;
    bool numbered;
    uint32_t wire_ssn; /* as the path's numbers have it */
};

/* What a proxy has acknowledged for a receiver. */
struct kept {
    struct kept *next;
    struct segment *segment;
};

/* What the boxes know of one direction of a subflow. */
struct track {
    uint32_t next; /* SSN after the newest octet in order */
    struct kept *kept;
    bool cut_seen; /* the octets to be changed have passed */
    bool numbered; /* the receiver has seen the SYN: */
    uint32_t irs;  /* its number on the wire, behind the boxes */
};

/* What a segment-keeping TCP keeps. */
struct piece {
    uint32_t ssn;
    uint32_t len;
    mptcp_dsn dsn;
};

struct tcp {
    bool used;
    bool up; /* handshake done */
    bool syn_sent;
    bool fin_sent;
    bool fin_acked;
    bool fin_received;
    bool dead;
    bool time_wait; /* closed in order: a FIN that comes again is acknowledged */
    mptcp_sf sf;
    unsigned path;
    unsigned index;
    uint32_t una;
    uint32_t nxt; /* given by the connection; the FIN's place afterwards */
    uint32_t sent;
    uint32_t rcv_nxt;
    uint32_t peer_fin; /* its SSN, 0: not seen */
    uint32_t last;     /* SSN after our FIN, in TIME_WAIT */
    mptcp_time rto_at;
    unsigned backoff;
    struct piece *pieces;
    unsigned npieces;
    uint8_t *tx;   /* ring host: what it was given, by SSN */
    uint8_t *rx;   /* received, by SSN */
    uint8_t *have; /* 1: arrived */
    /* Mappings seen on the wire, by SSN: each octet's DSN; the length where one begins. */
    uint64_t *map_dsn;
    uint32_t *map_len;
    uint32_t released;
    uint32_t marked;   /* SSNs below it are in the receiver's book */
    uint32_t edge;     /* right edge of the subflow's own window, as the peer told */
    uint32_t told;     /* ... of ours, as we told the peer */
    mptcp_time ack_at; /* a promised ACK leaves then; 0: none */
    bool forged_fin;   /* its peer sent none */
    bool rebound;      /* the translator has forgotten it */
    mptcp_time opened_at;
};

struct end {
    struct sim *sim;
    int id;
    struct mptcp_conn *conn;
    size_t size;
    struct mptcp_endpoint *endpoint;
    struct mptcp_secret secret;
    struct tcp tcp[TCPS];
    unsigned next_tcp;
    uint8_t *buffer; /* the send buffer, whole stream, by offset */
    uint64_t first;  /* DSN of offset 0 */
    uint32_t written;
    uint32_t freed;
    uint32_t taken;
    uint32_t consumed;
    uint64_t edge; /* right edge ever advertised */
    bool edge_known;
    mptcp_time skew;   /* this end's clock is ahead of the world's by so much */
    uint64_t acked;    /* offset up to which DATA_ACKs have come */
    uint64_t shared;   /* offset of the shared window's right edge, as the peer told */
    uint8_t *arrived;  /* 1: the octet of the peer's stream is here, by offset */
    uint32_t expected; /* offset of the first that is not */
    unsigned refused;  /* segments that the core had dropped */
    bool shut;
    bool open;
    bool eof;
    bool closed;
    bool ended;
    int end_code;
    mptcp_time read_at;
    mptcp_time late;    /* of the next timer */
    bool plain;         /* it fell back after it was open */
    bool plain_seen;    /* and has delivered since then: */
    uint32_t plain_ssn; /* up to here */
    uint8_t removed_id;
    bool removed;
};

struct sim {
    struct scenario sc;
    mptcp_time now;
    uint64_t random;
    struct end end[2];
    struct segment *queue;
    bool dark[PATHS];
    bool killed;
    bool aborted;
    unsigned steps;
    bool verbose;
    unsigned met[MET_COUNT];
    bool reset_lost;
    bool injected;
    bool jumped;
    bool edited[2]; /* by who sent it */
    bool cut_short; /* a forged FIN was taken for the peer's */
    struct track track[TCPS][2];
    mptcp_time proxy_at;
    char failure[200]; /* "": none */
};

/* main.c */
extern const char *const met_names[MET_COUNT];

/* crypto.c */
uint64_t wrapping_key(uint64_t drawn, unsigned bits); /* bits: 32 or 64 */

/* scenario.c */
void scenario_make(struct scenario *sc, uint64_t seed);
uint32_t random_below(struct sim *s, uint32_t n);
uint64_t random_key(struct sim *s);

/* hostile.c */
void scenario_hostile(struct scenario *sc, uint64_t seed);
uint64_t draw(uint64_t *state);
bool one_in(uint64_t *state, unsigned n);

/* box.c */
/* Takes p over: it, what became of it, or nothing goes on its way. */
void box_pass(struct sim *s, struct end *from, struct segment *p);
/* p arrives: its number is taken relative to the SYN's, as a TCP does. */
void box_arrive(struct sim *s, struct segment *p);
void box_disturb(struct sim *s);
mptcp_time box_next(const struct sim *s);
void box_timers(struct sim *s);
void box_free(struct sim *s);

/* liar.c */
void liar_speak(struct end *e, struct mptcp_segment *seg, uint8_t *options);

/* world.c */
void world_run(struct sim *s);
void world_enqueue(struct sim *s, struct segment *p, mptcp_time after);
void world_drop(struct segment *p);
struct segment *world_copy(const struct segment *p);
void world_send(struct sim *s, struct end *from, struct tcp *t, const struct mptcp_segment *seg,
                const uint8_t *options, const uint8_t *payload);
void fail(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void trace(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* host.c */
void host_make(struct sim *s, int id);
void host_free(struct end *e);
void host_open(struct end *e);
void host_segment(struct end *e, struct segment *p);
void host_report_path(struct end *e, struct tcp *t);
uint8_t pattern(int from, uint32_t offset);
mptcp_time clock_of(const struct end *e);

/* actions.c */
void host_work(struct end *e);

/* app.c */
void host_application(struct end *e);

/* tcp.c */
struct tcp *tcp_open(struct end *e, unsigned path, unsigned index, mptcp_sf sf);
struct tcp *tcp_find(struct end *e, mptcp_sf sf);
void tcp_free(struct tcp *t);
void tcp_emit(struct end *e, struct tcp *t, unsigned flags, uint32_t ssn, uint32_t len);
void tcp_push(struct end *e, struct tcp *t);
void tcp_receive(struct end *e, struct tcp *t, const struct segment *p);
void tcp_timer(struct end *e, struct tcp *t);
uint32_t tcp_room(const struct end *e, const struct tcp *t);
void tcp_gone(struct end *e, struct tcp *t, int why);

/* invariants.c */
void moved(struct end *e); /* the block goes to fresh memory; peeks are compared */
void commit(struct end *e, const struct mptcp_action *a, uint32_t n, enum mptcp_result result);
void try_misuse(struct end *e);

/* ledger.c */
void ledger_sent(struct end *e, struct tcp *t, const struct mptcp_segment *seg,
                 const uint8_t *payload);
void ledger_received(struct end *e, struct tcp *t, const struct mptcp_segment *seg);
void ledger_arrived(struct end *e, struct tcp *t);
void ledger_given(struct end *e, struct tcp *t, const struct mptcp_action *a, uint32_t n);
void ledger_freed(struct end *e, uint64_t upto);
void ledger_check(struct end *e, const struct mptcp_info *info);

#endif
