/*
 * sim.h - two connections back to back in virtual time.
 *
 *   main.c       options, seeds, the sum of what was met
 *   met.h        what that is; met.c: in words
 *   excuse.c     when a run need not complete
 *   scenario.h   what a seed stands for; scenario.c draws it, hostile.c what hostile ones have
 *   world.c      the clock, the paths, segments under way, the loop
 *   schedulers.c the library's, and one that answers anything
 *   small.c      small segments, windows, buffers and tables
 *   further.c    what both kinds of scenarios have besides, drawn apart
 *   manner.c     how the hosts' TCPs differ: room for options, ACKs, reports, memory
 *   box.c        what middleboxes do to segments; cut.c: cut, joined, sent again
 *   liar.c       what a lying peer writes
 *   numbers.c    sequence numbers as they are on the wire, and as the ends and the boxes see them
 *   host.c       an end: follows the contract of conn.h to the letter; actions.c: what it does
 *   app.c        its application
 *   versions.c   which versions of the protocol the ends speak, and how they announce addresses
 *   dialect.c    what other stacks of version 0 write otherwise
 *   cookie.c     a server that keeps nothing before the third ACK
 *   fast_open.c  octets in the SYN, and data before the third ACK
 *   park.c       a connection that leaves all subflows and goes on elsewhere
 *   tcp.c        a small TCP per subflow, of two kinds
 *   need.c       how many octets of options a segment gets
 *   sums.c       what a host knows of its mappings' sums
 *   invariants.c what must hold after every step
 *   check.c      what the block keeps, computed from scratch
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

#include "met.h"
#include "scenario.h"

#define TCPS 40                /* subflows that an end may see come and go */
#define SPACE (4 * STREAM_MAX) /* SSNs of a subflow */

struct segment {
    struct segment *next;
    mptcp_time at;
    int to; /* end */
    unsigned path;
    unsigned tcp; /* index at both ends */
    struct mptcp_segment seg;
    uint8_t options[MPTCP_OPTION_MAX];
    uint8_t *payload;
    uint32_t
        wire_ssn; /* as the header has them; those of seg are relative to what its holder knows */
    uint32_t wire_ack;
    struct mptcp_addr src;
    struct mptcp_addr dst;
    bool bare; /* a box took its options when it made one ACK of two */
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
    bool cut_seen; /* the octets to be changed, or some behind them, have passed */
    bool known;    /* the SYN has passed: */
    uint32_t iss;  /* its number, before the boxes */
    uint32_t base; /* octets of a SYN that were acknowledged: outside of the numbers of a fault */
    struct segment *last; /* data, the newest that passed */
    uint32_t mapped;      /* SSN behind the newest mapping that passed without a DATA_FIN */
    uint32_t fin_mapped;  /* ... and behind the one that passed with it; 0: none */
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
    uint8_t *tx;             /* ring host: what it was given, by SSN */
    struct mptcp_sums *sums; /* kept from then on until they are acknowledged; NULL: none are */
    uint8_t *rx;             /* received, by SSN */
    uint8_t *have;           /* 1: arrived */
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
    mptcp_time heard; /* when new octets came last; 0: none did */
    struct mptcp_addr local;
    struct mptcp_addr remote;
    uint32_t iss; /* our SYN on the wire */
    uint32_t irs; /* the peer's */
    bool irs_known;
    uint32_t offered;     /* octets in our SYN */
    uint32_t tx_base;     /* those of them that the peer took: SSN 1 comes after them */
    uint32_t rx_base;     /* those of the peer's SYN that we took */
    bool early;           /* data may leave before the handshake is done */
    bool vanished;        /* its end has left: nobody is there */
    uint32_t reported;    /* SSN below which octets in order were reported */
    bool asked;           /* MPTCP has asked for an ACK that has not left */
    uint32_t copied;      /* SSN below which it was said that TCP has copies */
    mptcp_time data_at;   /* those that were not are reported then; 0: there are none */
    mptcp_time report_at; /* the next report of room is made then at the earliest */
    bool report_due;
    struct mptcp_path report; /* the last one */
};

struct end {
    struct sim *sim;
    int id;
    struct mptcp_conn *conn;
    size_t size;
    struct mptcp_endpoint *endpoint;
    struct mptcp_secret secret;
    struct tcp tcp[TCPS];
    uint8_t *buffer; /* the send buffer, whole stream, by offset */
    uint64_t first;  /* DSN of offset 0 */
    uint64_t keyed;  /* ... as the peer knows it by our key: other if keys got lost, in plain TCP */
    uint32_t written;
    uint32_t freed;
    uint32_t taken;
    uint32_t consumed;
    uint64_t edge; /* right edge ever advertised */
    bool edge_known;
    mptcp_time room_since; /* there is room worth an update that was not said; 0: there is none */
    mptcp_time skew;       /* this end's clock is ahead of the world's by so much */
    uint64_t given;        /* offset up to which octets were given to subflows */
    uint64_t told;         /* ... DATA_ACKed by segments that TCP may act upon */
    uint64_t heard;        /* ... and that were not dropped */
    uint64_t acked;        /* offset up to which DATA_ACKs have come */
    uint64_t shared;       /* offset of the shared window's right edge, as the peer told */
    uint8_t *arrived;      /* 1: the octet of the peer's stream is here, by offset */
    uint32_t expected;     /* offset of the first that is not */
    unsigned refused;      /* segments that the core had dropped */
    bool shut;
    bool open;
    bool eof;
    bool closed;
    bool ended;
    int end_code;
    mptcp_time read_at;
    mptcp_time late; /* of the next timer */
    bool plain;      /* it fell back after it was open */
    uint8_t removed_id;
    bool removed;
    uint32_t flags;     /* MPTCP_CFG_ */
    uint32_t outside;   /* octets of our stream that went in the SYN */
    uint32_t taken_syn; /* octets of the peer's that came in it */
    bool started;       /* the application may write before it is open */
    uint8_t secret_cookie[MPTCP_STATELESS_SECRET_SIZE];
    bool answered;      /* a SYN; the books of the test, not of the server */
    uint8_t generation; /* of its addresses */
    uint8_t *parked;    /* the block; there is no connection meanwhile */
    mptcp_time park_clock;
    mptcp_time wake_at;
    bool was_parked;
    uint8_t version;  /* that its connection is configured for */
    int open_code;    /* of MPTCP_EV_OPEN */
    unsigned ignored; /* announcements, before a segment came */
    bool listens;     /* ... and it could be about one */
    bool infinite;    /* an infinite mapping has come */
    bool keys_sent;   /* dialect.c: in an MP_CAPABLE that ends the handshake: */
    uint8_t keys[20];
    bool fails; /* MP_FAIL has left, of this DSN */
    uint64_t fail_dsn;
    bool knows;         /* an address that the peer announced: it has said so */
    mptcp_time instant; /* of what is counted next: */
    unsigned failed;    /* CONNECTs */
    unsigned acts;
    unsigned timeouts;
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
    bool gone[PATHS];   /* for ever */
    bool edited[2];     /* by who sent it */
    bool fin_passed[2]; /* a DATA_FIN without data, by who sent it */
    bool cut_short;     /* a forged FIN was taken for the peer's */
    unsigned next_tcp;
    mptcp_time flood_at;
    struct track track[TCPS][2];
    mptcp_time proxy_at;
    char failure[200]; /* "": none */
};

/* met.c */
extern const char *const met_names[MET_COUNT];

/* crypto.c */
uint64_t wrapping_key(uint64_t drawn, unsigned bits); /* bits: 32 or 64 */

/* scenario.c */
void scenario_make(struct scenario *sc, uint64_t seed);
uint32_t random_below(struct sim *s, uint32_t n);
uint64_t random_key(struct sim *s);

/* hostile.c */
void scenario_hostile(struct scenario *sc, uint64_t seed);
void breaks(struct scenario *sc, unsigned path);
uint64_t draw(uint64_t *state);
bool one_in(uint64_t *state, unsigned n);

/* small.c: as many scenarios as there are; by seed, from 1 on */
#define SMALL_VARIANTS 16u
unsigned small_scenarios(void);
void scenario_small(struct scenario *sc, uint64_t seed);

/* further.c */
void scenario_further(struct scenario *sc, uint64_t seed);

/* versions.c */
void scenario_versions(struct scenario *sc, uint64_t seed, enum mode mode,
                       const struct mptcp_versions *known);
bool version_served(const struct scenario *sc, unsigned version); /* by the server */
int version_agreed(const struct scenario *sc);                    /* -1: none, plain TCP */
bool version_learned(const struct sim *s, struct mptcp_versions *known);
void version_box(struct sim *s, struct segment *p);
void version_forge(struct sim *s, struct segment *p);
void version_before(struct end *e);
void version_after(struct end *e, const struct tcp *t, const struct segment *p, bool dropped);
bool version_believes(const struct end *e, const struct mptcp_addr *remote);
bool version_is_nobodys(const struct mptcp_addr *remote);

/* dialect.c: the options that leave, as its end's stack writes them */
void dialect_speak(struct end *e, struct tcp *t, struct mptcp_segment *seg, uint8_t *options);

/* manner.c */
void manner_trace(struct sim *s);
void scenario_varied(struct scenario *sc, uint64_t seed);
uint8_t manner_room(const struct end *e); /* octets that it can leave for options */
/* Octets of options that are not MPTCP's; `asked`: MPTCP has asked for this segment. */
unsigned manner_others(struct end *e, unsigned flags, bool asked, uint8_t *options);
bool manner_no_memory(struct end *e);
bool manner_not_now(struct end *e);
bool manner_delays_ack(struct end *e, struct tcp *t, const struct segment *p);
bool manner_data_later(struct end *e, struct tcp *t);
bool manner_report(struct end *e, struct tcp *t, struct mptcp_path *path); /* false: not now */
mptcp_time manner_next(const struct tcp *t);
void manner_given(struct end *e, struct tcp *t); /* octets, to TCP */
void manner_up(struct end *e, struct tcp *t);    /* its handshake is complete */
/* The next octets in order that are reported in one piece. */
struct mptcp_piece manner_piece(struct end *e, const struct tcp *t);

/* need.c */
void need_check(struct end *e, struct tcp *t, const struct mptcp_txseg *seg);

/* sums.c */
bool sums_needed(const struct end *e);                        /* the connection has checksums */
uint32_t sums_of(struct end *e, struct tcp *t, uint32_t ssn); /* over its whole mapping */
bool sums_kept(struct end *e, struct tcp *t);
void sums_acked(struct tcp *t);

/* numbers.c */
uint32_t isn_of(const struct sim *s, uint32_t salt);
void wire_number(struct sim *s, const struct tcp *t, struct segment *p); /* as its sender has it */
bool tcp_number(struct tcp *t, struct segment *p); /* false: not for this state of the subflow */
void box_sees(struct sim *s, struct segment *p);
void box_number(struct sim *s, struct segment *p);

/* cut.c */
void cut_forward(struct sim *s, struct segment *p);

/* cookie.c */
void cookie_answer(struct end *e, struct segment *p);
bool cookie_came_back(struct end *e, struct tcp *t, struct segment *p);
void cookie_forget(struct end *e, struct tcp *t);
void cookie_flood(struct sim *s);

/* fast_open.c */
uint32_t fast_open_syn(struct end *e, struct tcp *t); /* octets in the SYN that leaves now */
void fast_open_accept(struct end *e, struct tcp *t, const struct segment *p);
void fast_open_answered(struct end *e, struct tcp *t);
void fast_open_early(struct end *e, const struct mptcp_options *o);
uint32_t stream_of(const struct sim *s, int id); /* octets of the stream that this end writes */

/* park.c */
void park_or_wake(struct sim *s);
void park_said(struct end *e, const struct mptcp_options *o);
void park_knows(struct end *e, uint8_t addr_id); /* it was announced, and that is told */
mptcp_time park_next(const struct sim *s);

/* excuse.c */
void scenario_excuses(struct scenario *sc);
void excuse_broken(struct sim *s, unsigned path);         /* it is, now */
void excuse_bare(struct sim *s, const struct segment *p); /* it comes now */
/* A subflow of the path is reset with this code, or the connection (path PATHS) goes plain. */
void excuse_verdict(struct sim *s, unsigned path, int code);
void excuse_lost(struct sim *s, unsigned path); /* a subflow on it, now */
void excuse_keys(struct sim *s, const struct segment *lost);
void excuse_killed(struct sim *s); /* the second subflow is, now */
bool excuse_plain(const struct sim *s);
bool excuse_silence(const struct sim *s);

/* box.c */
bool box_blank(struct segment *p, unsigned only); /* options of a subtype, + 1; 0: all */
struct fault *fault_of(struct sim *s, const struct segment *p);
/* Takes p over: it, what became of it, or nothing goes on its way. */
void box_pass(struct sim *s, struct end *from, struct segment *p);
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
void host_config(const struct end *e, struct mptcp_config *cfg);
void host_make_connection(struct end *e, const struct mptcp_config *cfg);
void host_learn_paths(struct end *e);
struct mptcp_addr host_address(const struct end *e, unsigned path);
uint8_t pattern(int from, uint32_t offset);
uint8_t octet_of(const struct end *e, uint32_t offset); /* of the stream that e writes */
mptcp_time clock_of(const struct end *e);

/* actions.c */
void host_work(struct end *e);
/* mptcp_on_data_passed took n octets of t from ssn on: the application gets them. */
void host_passes(struct end *e, struct tcp *t, uint32_t ssn, uint32_t n);

/* app.c */
void host_application(struct end *e);

/* tcp.c */
struct tcp *tcp_open(struct end *e, unsigned path, unsigned index, mptcp_sf sf);
void tcp_connect(struct end *e, struct tcp *t);
struct tcp *tcp_find(struct end *e, mptcp_sf sf);
void tcp_free(struct tcp *t);
void tcp_emit(struct end *e, struct tcp *t, unsigned flags, uint32_t ssn, uint32_t len);
void tcp_push(struct end *e, struct tcp *t);
void tcp_receive(struct end *e, struct tcp *t, const struct segment *p);
void tcp_timer(struct end *e, struct tcp *t);
void tcp_report(struct end *e, struct tcp *t); /* what is in order and was not reported */
uint32_t tcp_room(const struct end *e, const struct tcp *t);
void tcp_gone(struct end *e, struct tcp *t, int why);

/* check.c */
const char *block_wrong(const struct mptcp_conn *c); /* NULL, or what */

/* invariants.c */
void moved(struct end *e); /* the block goes to fresh memory; peeks are compared */
void commit(struct end *e, const struct mptcp_action *a, uint32_t n, enum mptcp_result result);
void try_misuse(struct end *e);

/* ledger.c */
void ledger_sent(struct end *e, struct tcp *t, const struct mptcp_segment *seg,
                 const uint8_t *payload);
void ledger_received(struct end *e, struct tcp *t, const struct mptcp_segment *seg);
void ledger_arrived(struct end *e, struct tcp *t);
bool ledger_delivers(struct end *e, const struct tcp *t, uint32_t ssn, uint32_t n);
void ledger_eof(struct end *e);
void ledger_room(struct end *e); /* it may have more now */
void ledger_probe(struct end *e, const struct tcp *t);
void ledger_given(struct end *e, struct tcp *t, const struct mptcp_action *a, uint32_t n);
void ledger_freed(struct end *e, uint64_t upto);
void ledger_check(struct end *e, const struct mptcp_conn_report *info);

#endif
