/*
 * explore.h - every order of events, for small cases.
 *
 * A world is two connections of the real library, used through its public headers alone, two hosts
 * around them (an application and a TCP for each subflow), and the segments that are on the way.
 * It is one flat value: a copy of its octets is a copy of the world. From one world every move
 * that is possible makes another one; worlds that were seen before are not walked again.
 *
 *   main.c     options, the scopes one after the other, what is printed
 *   scopes.c   what is explored: named sets of limits
 *   world.c    the world at the beginning of a scope
 *   moves.c    what can happen next, by number
 *   way.c      the segments on the way, and what middleboxes do to them
 *   host.c     a host: what it hands to its connection
 *   actions.c  ... and what it does because of it
 *   tcp.c      the TCP of a subflow
 *   checks.c   what must hold when nothing is on the way, and at the end
 *   search.c   breadth-first search; the worlds seen (hashes), and those still to be walked
 *   fair.c     from each world, a network without further faults has to come to an end
 *   words.c    a path from the beginning in words
 *   crypto.c   cheap stand-ins for the crypto functions
 *
 * Time. Each end has a clock of its own, which stands still until one of its timers fires; then
 * its connection is rebased, so that the clock shows START again. So any number of other things
 * can happen between two timers, a timer may be as late as it likes, and no absolute time is part
 * of a world.
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include "mptcp/endpoint.h"

#include <stdbool.h>
#include <stdint.h>

#define CLIENT 0
#define SERVER 1
#define SUBFLOWS 2
#define STREAM 6 /* octets that an application writes, at most */
#define FLIGHT 4 /* segments on the way on one subflow in one direction */
#define RING 32  /* SSNs that a TCP holds in either direction */
#define PAYLOAD 8
#define START 1000000000000u /* what the clocks show */

/* What can go wrong, or happen of itself, a limited number of times on each path. */
enum limit {
    LOSS,     /* a segment is lost */
    OVERTAKE, /* ... delivered before an older one */
    RESEND,   /* a TCP sends again what is not acknowledged */
    SPLIT,    /* a box cuts a segment in two, its options are copied */
    HALVE,    /* ... are on one of them only */
    STRIP,    /* a box takes options off a segment, or off all that come from now on */
    EDIT,     /* a box changes an octet of payload or a flag of a DSS */
    NO_ROOM,  /* a pure ACK has no room for MPTCP options */
    MERGE,    /* a TCP does not acknowledge a segment at once */
    LAZY,     /* a host does later what is due */
    LATER,    /* a host can't do an action now, and says so */
    TIMER_A,  /* a timer of the client's fires */
    TIMER_B,
    GONE,   /* a subflow is reset by the network */
    JOIN,   /* a second subflow is asked for */
    SIGNAL, /* ADD_ADDR, REMOVE_ADDR, MP_PRIO */
    ABORT,
    PARK,    /* the client leaves all subflows, to go on later elsewhere */
    FOREIGN, /* a segment is such as another stack may write it */
    FAULTS,  /* all of the above but timers, together */
    LIMITS
};

struct scope {
    const char *name;
    const char *what;
    uint32_t flags[2]; /* MPTCP_CFG_ */
    uint8_t old[2];    /* they speak version 0, not 1 */
    uint8_t octets[2]; /* written by client and server */
    uint8_t chunk;     /* octets written at a time */
    uint8_t unit;      /* octets of a full segment */
    uint8_t subflows;  /* slots */
    uint8_t addrs;
    uint16_t runs;
    uint32_t rcv_buf;
    uint8_t room;        /* octets for options on a segment; 0: 40 */
    uint8_t ipv6;        /* addresses that are announced */
    uint8_t joined;      /* the second subflow is up when it begins */
    uint8_t handshake;   /* it begins before the SYN */
    uint8_t warm;        /* it begins when an octet has been acknowledged in both directions */
    uint8_t slow_reader; /* reading is a move of its own */
    uint8_t closing;     /* that an application has written everything is a move of its own */
    uint8_t bite;        /* hosts send and take one octet at a time */
    uint8_t old_acks;    /* TCPs look at the ACK numbers of old segments, too */
    uint32_t start_ssn;  /* the client's next SSN when it begins; 0: 1 */
    uint32_t no_path_limit;
    uint8_t limits[LIMITS];
    uint64_t states; /* of a long run, and of a short one; 0: not part of it */
    uint64_t quick;
    uint8_t scheduler; /* of test/all_schedulers.c */
};

struct segment {
    uint8_t flags;
    uint8_t options_len;
    uint8_t len;
    uint8_t zero;
    uint32_t ssn;
    uint32_t ack;
    uint32_t window;
    uint8_t payload[PAYLOAD];
    uint8_t options[MPTCP_OPTION_MAX];
};

enum tcp_state { TCP_NONE, TCP_SYN_SENT, TCP_SYN_RECEIVED, TCP_UP, TCP_DEAD, TCP_TIME_WAIT };

struct tcp {
    uint8_t state;
    uint8_t fin_given; /* a FIN follows the last octet */
    uint8_t fin_acked;
    uint8_t fin_in;    /* the peer's was taken */
    uint8_t fin_known; /* ... is at peer_fin */
    uint8_t owes_ack;
    uint8_t tries; /* fair.c: retransmissions without an answer */
    uint8_t ours;  /* this end opened it */
    mptcp_sf sf;
    uint32_t una;
    uint32_t nxt; /* given by the connection up to here */
    uint32_t sent;
    uint32_t rcv;
    uint32_t peer_fin;
    uint32_t released; /* the receive queue begins here */
    uint32_t have;     /* a bit per place of the ring: an octet is there */
    uint8_t tx[RING];  /* which octet of the stream, counted from 1 */
    uint8_t rx[RING];  /* what came */
};

enum life { LIFE_NONE, LIFE_ALIVE, LIFE_PARKED, LIFE_OVER };

struct end {
    uint8_t life;
    uint8_t open; /* the application was told */
    uint8_t written;
    uint8_t freed;
    uint8_t delivered;
    uint8_t consumed;
    uint8_t shut;
    uint8_t aborted;
    uint8_t eof;
    uint8_t closed;
    uint8_t work_waits; /* something came in, and the host has not done yet what is due */
    uint8_t no_room;    /* the next pure ACK has none */
    uint8_t announced;  /* id of an address of ours */
    uint8_t later;      /* the next SEND, CONNECT or DELIVER can't be done */
    uint8_t zero[2];
    int32_t code; /* of the end */
    struct tcp tcp[SUBFLOWS];
};

enum harm { NO_HARM, MAY_FALL_BACK /* and has to end in order */, MAY_END };

struct world {
    uint8_t left[LIMITS];
    uint8_t strip[2];               /* by sender: what a box takes off all segments, enum strip */
    uint8_t harmed;                 /* enum harm: what is excused by what happened */
    uint8_t lossy;                  /* ... after which an ACK may be missing */
    uint8_t reset_lost;             /* a RST: who has nothing to say may never hear of it */
    uint8_t turn;                   /* fair.c */
    uint32_t rto_left;              /* fair.c */
    uint8_t under_way[2][SUBFLOWS]; /* by sender */
    uint8_t doubts;                 /* moves.c */
    struct end end[2];
    struct segment way[2][SUBFLOWS][FLIGHT];
    uint64_t blocks[]; /* the two connections */
};

enum strip {
    STRIP_NOTHING,
    STRIP_ALL,
    STRIP_DSS,
    STRIP_FAIL,
    STRIP_ADD_ADDR,
    STRIPS,             /* these are by boxes; */
    STRIP_KEYS = STRIPS /* another stack's first data have none */
};

/* The same for all worlds of a scope. */
extern const struct scope *scope;
extern size_t world_size;
extern size_t block_size;
extern uint64_t first_dsn[2]; /* of the first octet that end writes */
extern uint64_t offset_of[2]; /* octets that passed before the scope began */
extern struct mptcp_endpoint *endpoint;
extern const uint64_t key_of[2];

/* mptcp_conn_report.version */
#define PLAIN_TCP 255

/* Which version options on the way are of. */
static inline unsigned version_of(void)
{
    return scope->old[CLIENT] && scope->old[SERVER] ? 0 : 1;
}

/* The first thing that was wrong, "" if nothing was; and whether words are printed. */
extern char failure[300];
extern bool talk;
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline struct mptcp_conn *conn_of(const struct world *w, int id)
{
    return (struct mptcp_conn *)(uintptr_t)((const uint8_t *)w->blocks + (size_t)id * block_size);
}

/* scopes.c */
const struct scope *scope_at(unsigned i); /* NULL: there are fewer */

/* world.c */
void scope_set(const struct scope *s);
void world_begin(struct world *w);
#define ANNOUNCED 2 /* one that only an ADD_ADDR tells */
struct mptcp_addr address_of(int id, unsigned which);

/* moves.c */
#define MOVES 640
/* Makes move m, 0 to MOVES - 1. False if it can't be made in this world, of which nothing but what
 * is left of a limit has changed then. */
bool move_make(struct world *w, unsigned m);

/* way.c */
struct segment *way_at(struct world *w, int from, unsigned sf, unsigned k);
void way_put(struct world *w, int from, unsigned sf, const struct segment *p);
struct segment way_take(struct world *w, int from, unsigned sf, unsigned k);
bool way_split(struct world *w, int from, unsigned sf, unsigned k, unsigned keeps);
bool way_strip(struct segment *p, enum strip what);
#define CHANGE_FLAG 1 /* what: the DATA_FIN flag of a mapping; else an octet of payload */
bool way_edit(struct segment *p, unsigned what);
#define FOREIGNS 8 /* the last one alone is an excuse to give MPTCP up */
bool way_foreign(struct segment *p, int from, unsigned what);

/* host.c */
void host_connect(struct world *w);
bool host_park(struct world *w, int id);
void host_resume(struct world *w, int id);
void host_receive(struct world *w, int id, unsigned sf, const struct segment *p, bool merge,
                  bool lazy);
void host_gone(struct world *w, int id, unsigned sf, int why);
void host_report_path(struct world *w, int id, unsigned sf);

/* actions.c */
void host_work(struct world *w, int id);

/* The octet with this index in the stream of an end; what a box changes in it. */
#define EDITED 0x40u
static inline uint8_t octet_of(int from, unsigned index)
{
    return (uint8_t)((unsigned)from << 7 | (index + 1));
}

/* tcp.c */
void tcp_open(struct world *w, int id, unsigned sf, mptcp_sf handle, enum tcp_state state);
/* Sends a segment with up to len octets; returns how many, -1 if none could leave. */
int tcp_emit(struct world *w, int id, unsigned sf, unsigned flags, uint32_t ssn, uint32_t len);
void tcp_ack(struct world *w, int id, unsigned sf);
void tcp_push(struct world *w, int id, unsigned sf);
bool tcp_outstanding(const struct tcp *t);
void tcp_resend(struct world *w, int id, unsigned sf, bool whole);
void tcp_receive(struct world *w, int id, unsigned sf, const struct segment *p);
void tcp_stray(struct world *w, int id, unsigned sf, const struct segment *p);
void tcp_close(struct tcp *t, enum tcp_state state);

/* checks.c */
bool world_over(const struct world *w);
bool world_forsaken(const struct world *w);
bool waits_right(const struct mptcp_conn *c); /* the scheduler waits for a witness, or not */
void check_over(const struct world *w);
void check_quiet(const struct world *w); /* nothing is on the way, and nothing waits */

/* search.c */
struct result {
    uint64_t states;
    uint64_t moves;
    uint64_t fair_states;
    unsigned depth;
    bool complete; /* nothing was left to be walked */
    bool failed;
    uint64_t octets; /* of memory */
};
void search(struct result *r, uint64_t limit, unsigned depth);

/* fair.c: true if an end is reached from w; a trace is printed otherwise. */
bool fair_ends(const struct world *w);
bool fair_init(uint64_t slots);
uint64_t fair_count(void);
uint64_t fair_octets(void); /* of memory */
void fair_free(void);
uint64_t world_hash(const struct world *w);

/* words.c */
void words_segment(int from, unsigned sf, const struct segment *p, const char *what);

#endif
