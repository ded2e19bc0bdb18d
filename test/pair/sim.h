/*
 * sim.h - two connections back to back in virtual time.
 *
 *   main.c       options, seeds, the sum of what was met
 *   scenario.c   what a seed stands for
 *   world.c      the clock, the paths, segments under way, the loop
 *   host.c       an end: follows the contract of conn.h to the letter
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
    MET_COUNT
};

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
    mptcp_time ack_at; /* a promised ACK leaves then; 0: none */
};

struct end {
    struct sim *sim;
    int id;
    struct mptcp_conn *conn;
    size_t size;
    struct mptcp_endpoint *endpoint;
    struct mptcp_secret secret;
    struct tcp tcp[SUBFLOWS];
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

/* world.c */
void world_run(struct sim *s);
void world_send(struct sim *s, struct end *from, struct tcp *t, const struct mptcp_segment *seg,
                const uint8_t *options, const uint8_t *payload);
void fail(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void trace(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* host.c */
void host_make(struct sim *s, int id);
void host_free(struct end *e);
void host_open(struct end *e);
void host_segment(struct end *e, struct segment *p);
void host_work(struct end *e);
void host_report_path(struct end *e, struct tcp *t);
uint8_t pattern(int from, uint32_t offset);
mptcp_time clock_of(const struct end *e);

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
