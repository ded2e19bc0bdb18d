/*
 * below_internal.h - the state of below.h, and the calls between its files.
 *
 *   below_memory.c     settings, the layout of the block, init and end
 *   below_sockets.c    which socket is whose
 *   below_due.c        the streams that something happened to, and when the others are due
 *   below_stream.c     the slots of streams; what the shim asks
 *   below_subflow.c    the places of a stream's subflows: a flow, and the socket with its octets
 *   below_queue.c      octets that were read from sockets and not delivered
 *   below_receive.c    from sockets to the application
 *   below_send.c       the send buffer, and what goes from it to sockets
 *   below_connect.c    streams and subflows that begin here
 *   below_listen.c     listeners, and sockets that they accept
 *   below_address.c    local addresses
 *   below_work.c       the actions of connections
 *   below_api.c        the calls of applications on streams
 *   below_host.c       the calls of the host
 *
 * A call of below_sockets.connect, listen or close may release the host's lock, so that other calls
 * come before it returns. A stream is `busy` as long as one of its callers is within such a call:
 * its slot then stays, and what happens to it sets `again`, which that caller looks at. Nothing
 * points into the state of another stream.
 */
#ifndef BELOW_INTERNAL_H
#define BELOW_INTERNAL_H

#include "below.h"

#include "mptcp/endpoint.h"
#include "mptcp/sums.h"

#define BL_NONE 0xffffu /* no stream, listener, or chunk */
#define BL_NO_ID 0xffu  /* an address that a stream was not told */

/* Octets of one subflow, in the order of SSNs, in chunks of equal size. */
struct bl_queue {
    mptcp_ssn base;  /* SSN of the first octet */
    uint32_t length; /* octets */
    uint32_t skip;   /* octets of the first chunk that come before it */
    uint16_t first;  /* chunks; BL_NONE: none */
    uint16_t last;
    uint16_t chunks; /* how many */
    uint16_t zero;
};

/* The mapping with a checksum whose octets begin the queue of their subflow. */
struct bl_staged {
    mptcp_dsn dsn;
    mptcp_ssn ssn;
    uint32_t len; /* 0: there is none */
};

/*
 * FREE -> LIVE, with its flow -> GONE, when the connection or TCP has ended the subflow -> FREE,
 * when the connection needs its queue no more.
 */
enum bl_place_state { BL_PLACE_FREE = 0, BL_PLACE_LIVE, BL_PLACE_GONE };

/* Facts about a LIVE place; each is independent of the others. */
enum {
    BL_CONNECTED = 0x01, /* TCP takes octets */
    BL_READABLE = 0x02,  /* TCP may have octets, or the end, to read */
    BL_STARVED = 0x04,   /* it has, but there is no room for them */
    BL_FULL = 0x08,      /* TCP has taken no octets; below_writable follows */
    BL_FIN_READ = 0x10   /* the peer's end was read */
};

/* The place of a subflow: that of its slot in the connection (the low 8 bits of its handle). */
struct bl_place {
    below_socket socket; /* BELOW_NO_SOCKET: TCP has none yet, or it is gone */
    struct mptcp_sums *sums;
    struct bl_queue queue;
    struct bl_staged staged;
    mptcp_sf sf;
    shim_flow flow;
    mptcp_ssn given; /* after the last octet that TCP was given */
    mptcp_ssn sent;  /* and that it had sent when the place was looked at */
    uint32_t in_flight;
    uint32_t segment; /* octets of a full segment; 0: not known */
    uint32_t early;   /* octets of Fast Open that come before those of the connection */
    int32_t failed;   /* why TCP has ended it; 0: it has not */
    uint8_t state;    /* enum bl_place_state */
    uint8_t facts;    /* BL_ bits */
    uint8_t zero[6];
};

/*
 * FREE -> OPENING, by below_connect or a client's third ACK -> OPEN -> ENDED, when no subflow is
 * left -> FREE, when nobody has the handle any more.
 */
enum bl_state { BL_FREE = 0, BL_OPENING, BL_OPEN, BL_ENDED };

/* Whose a stream is. */
enum bl_owner {
    BL_NOBODY = 0, /* it was closed or aborted: what comes is dropped */
    BL_LISTENER,   /* a client's, whose socket TCP has not given to its listener yet */
    BL_QUEUE,      /* it waits for below_accept */
    BL_APPLICATION
};

struct bl_stream {
    /* the memory of the slot */
    struct mptcp_conn *conn;
    uint8_t *snd;   /* by DSN modulo its size */
    uint8_t *rcv;   /* by rcv_in and rcv_out modulo its size */
    uint8_t *marks; /* a bit for each octet of it */
    uint8_t *chunks;
    uint16_t *links; /* of each chunk, the next one */
    uint8_t *sums;   /* tables of all places */
    struct bl_place *places;
    uint8_t *address_ids; /* of each address of the table, the connection's id for it */
    uint16_t *listens;    /* listeners of announced addresses */
    /* the stream */
    mptcp_dsn snd_start; /* first octet of the send buffer */
    mptcp_dsn snd_end;
    uint32_t rcv_in; /* octets that were delivered, and that were read, both modulo 2^32 */
    uint32_t rcv_out;
    uint32_t front;   /* octets in order behind those */
    uint32_t ahead;   /* octets behind a gap, which are marked */
    uint32_t early;   /* octets to be read that the connection does not know */
    mptcp_time limit; /* when it is aborted if no socket is attached (below_listen.c) */
    mptcp_time due;   /* when below_work must look at it */
    uint32_t due_at;  /* its place in the heap */
    int32_t code;     /* ENDED: why */
    uint16_t generation;
    uint16_t next; /* in the list of free streams, or of its listener */
    uint16_t next_touched;
    uint16_t listener;   /* LISTENER, QUEUE */
    uint16_t free_chunk; /* the first */
    uint16_t free_chunks;
    uint8_t state;    /* enum bl_state */
    uint8_t owner;    /* enum bl_owner */
    uint8_t busy;     /* 1: somebody works on it */
    uint8_t touched;  /* 1: it is in the list */
    uint8_t again;    /* 1: something has happened while it was busy */
    uint8_t news;     /* 1: the application is to be told */
    uint8_t wants;    /* 1: the last below_write was not taken as a whole */
    uint8_t shut;     /* 1: below_shutdown, _close */
    uint8_t eof;      /* 1: the peer's stream has ended */
    uint8_t checksum; /* 1: DSS checksums are in use */
    uint8_t entered;  /* 1: its token is in the endpoint */
    uint8_t spared;   /* 1: a client's that offers no MPTCP: SYNs with MPTCP got lost on the way
                         there (below.blackhole), or both versions were refused (below.versions) */
    uint8_t version;  /* that a client offers */
};

struct bl_listener {
    struct mptcp_addr local;
    below_socket socket; /* BELOW_NO_SOCKET: TCP has none yet, or it is gone */
    uint16_t generation;
    uint16_t announced; /* how many streams announce it */
    uint16_t waiting;   /* its streams that were not accepted */
    uint16_t first;     /* those of them that can be */
    uint16_t last;
    uint8_t used;    /* 1: the slot is not free */
    uint8_t clients; /* 1: the application's; 0: for joins alone */
    uint8_t opening; /* 1: somebody is within the call that opens it */
};

struct bl_address {
    struct mptcp_addr addr;
    uint8_t flags; /* MPTCP_ADDR_ bits */
    uint8_t used;
};

/* What a socket is. */
struct bl_socket {
    below_socket socket; /* BELOW_NO_SOCKET: the entry is free */
    uint32_t what;       /* a listener: BL_IS_LISTENER and its slot; or stream << 8 and place */
};
#define BL_IS_LISTENER 0x80000000u

/* A call of connect that has not returned, on the stack of its caller. */
struct bl_attempt {
    struct bl_attempt *next;
    const struct mptcp_addr *remote;
};

struct below {
    struct below_config cfg;
    struct below_host host;
    struct shim *shim;
    struct mptcp_endpoint *endpoint;
    struct bl_stream *streams;
    struct bl_listener *listeners;
    struct bl_address *addresses;
    struct bl_socket *sockets;
    uint32_t *heap; /* streams by `due` */
    uint8_t *conns; /* the blocks of all connections */
    size_t conn_size;
    mptcp_time now; /* the last one that was told */
    uint32_t heap_count;
    uint32_t socket_mask;
    uint32_t chunk;   /* octets */
    uint16_t chunks;  /* of each stream */
    uint16_t reserve; /* of them, those that each subflow can have whatever others hold */
    uint16_t free_stream;
    uint16_t touched; /* first and last of the list */
    uint16_t touched_last;
    uint8_t in_socket;           /* 1: within a call of read or write */
    struct bl_attempt *attempts; /* calls of connect that have not returned */
    struct mptcp_blackhole blackhole;
    struct mptcp_versions versions;
};

static inline unsigned bl_places(const struct below *b)
{
    return b->cfg.conn.subflows;
}

static inline unsigned bl_addresses(const struct below *b)
{
    return b->cfg.conn.addrs - 1u;
}

static inline uint16_t bl_index(const struct below *b, const struct bl_stream *s)
{
    return (uint16_t)(s - b->streams);
}

static inline uint32_t bl_handle(uint16_t index, uint16_t generation)
{
    return (uint32_t)generation << 16 | index;
}

/* ------------------------------------------------------------ below_sockets.c */

/* Enters a socket; it has a place for each that can be. */
void bl_socket_enter(struct below *b, below_socket socket, uint32_t what);
void bl_socket_forget(struct below *b, below_socket socket);
/* False: it is not known. */
bool bl_socket_find(const struct below *b, below_socket socket, uint32_t *what);
/* Takes the socket out of *from and ends it; may release the lock. */
void bl_socket_close(struct below *b, below_socket *from, enum below_close_how how);

/* ---------------------------------------------------------------- below_due.c */

/* Something has happened to s: below_work looks at it. */
void bl_touch(struct below *b, struct bl_stream *s);
/* The next stream to look at, which is in no list then; NULL: none. */
struct bl_stream *bl_take_touched(struct below *b);
/* s is due at this time; MPTCP_NEVER: not at all. */
void bl_set_due(struct below *b, struct bl_stream *s, mptcp_time when);
/* The stream that is due first; NULL: none is. */
struct bl_stream *bl_first_due(const struct below *b);

/* ------------------------------------------------------------- below_stream.c */

/* The stream of a handle, NULL: it is stale. */
struct bl_stream *bl_stream_of(const struct below *b, below_stream handle);
below_stream bl_stream_handle(const struct below *b, const struct bl_stream *s);
struct bl_stream *bl_stream_of_conn(const struct below *b, const struct mptcp_conn *c);
/* A free slot, OPENING; NULL: there is none. */
struct bl_stream *bl_stream_take(struct below *b);
/* Makes its connection: with a key of its own, for a client; or with this one, for a server. False:
 * there is no key. */
bool bl_stream_make(struct below *b, struct bl_stream *s);
void bl_stream_make_with(struct below *b, struct bl_stream *s, const struct shim_opening *o);
/* Its connection has ended, or is to be forgotten. */
void bl_stream_end(struct below *b, struct bl_stream *s, int code);
/* Gives the slot back; s is not busy. */
void bl_stream_free(struct below *b, struct bl_stream *s);
/* Its application is told, or may be, if `news`. */
void bl_stream_tell(struct below *b, struct bl_stream *s);
/* The host hears of an event of the connection. */
void bl_stream_event(struct below *b, struct bl_stream *s, const struct mptcp_action *event);
/* ... and that subflow sf is about to end by `code`, if it is a join that was never open: of those
 * the connection has no event. */
void bl_stream_no_join(struct below *b, struct bl_stream *s, mptcp_sf sf, int code);
/* The three of struct shim_host. */
struct mptcp_conn *bl_connection(void *context, uint32_t number);
bool bl_sum(void *context, struct mptcp_conn *c, mptcp_dsn dsn, uint32_t length, uint32_t *sum);
void bl_touched(void *context, struct mptcp_conn *c, mptcp_sf sf, shim_flow flow);

/* ------------------------------------------------------------ below_subflow.c */

/* The LIVE place of a subflow; NULL: there is none. */
struct bl_place *bl_place_of(const struct below *b, const struct bl_stream *s, mptcp_sf sf);
/* The subflow is this flow. NULL: it has ended. */
struct bl_place *bl_place_flow(struct below *b, struct bl_stream *s, mptcp_sf sf, shim_flow flow);
/* TCP has a socket for it. */
void bl_place_socket(struct below *b, struct bl_stream *s, struct bl_place *p, below_socket socket);
/* Ends the place; the queue stays. May release the lock. */
void bl_place_end(struct below *b, struct bl_place *p, enum below_close_how how);
/* Drops the queues of subflows whose octets are all delivered or released. */
void bl_places_sweep(struct below *b, struct bl_stream *s);
/* Takes what came for the subflows of s, and what became of them. May release the lock. */
void bl_look(struct below *b, struct bl_stream *s, mptcp_time now);

/* -------------------------------------------------------------- below_queue.c */

void bl_queue_init(struct bl_queue *q);
void bl_chunks_init(const struct below *b, struct bl_stream *s);
/* Where octets may be put at the end of a queue; sets *space. NULL: there is no chunk for it. */
uint8_t *bl_queue_end(const struct below *b, const struct bl_stream *s, const struct bl_queue *q,
                      uint32_t *space);
/* n octets were put there. */
void bl_queue_added(const struct below *b, struct bl_stream *s, struct bl_queue *q, uint32_t n);
/* The octet at this SSN; sets *run to how many stand behind each other from it on. NULL: it is not
 * there. */
const uint8_t *bl_queue_at(const struct below *b, const struct bl_stream *s,
                           const struct bl_queue *q, mptcp_ssn ssn, uint32_t *run);
/* Drops what lies below this SSN. */
void bl_queue_drop(const struct below *b, struct bl_stream *s, struct bl_queue *q, mptcp_ssn keep);
void bl_queue_drop_all(const struct below *b, struct bl_stream *s, struct bl_queue *q);

/* ------------------------------------------------------------- below_buffer.c */

void bl_buffer_init(const struct below *b, struct bl_stream *s);
/* Octets for the application. */
uint32_t bl_buffer_waiting(const struct bl_stream *s);
/* Octets that fit behind those: an `offset`, which is counted from there, is below it. */
uint32_t bl_buffer_room(const struct below *b, const struct bl_stream *s);
/* Where octets from an offset on belong. Lowers *n to how many of them are missing and stand behind
 * each other. NULL: *n octets from there on are in the buffer already. */
uint8_t *bl_buffer_gap(const struct below *b, const struct bl_stream *s, uint32_t offset,
                       uint32_t *n);
/* n octets that were missing were put there. */
void bl_buffer_placed(const struct below *b, struct bl_stream *s, uint32_t offset, uint32_t n);
/* Copies those of n octets that are missing. */
void bl_buffer_put(const struct below *b, struct bl_stream *s, uint32_t offset,
                   const uint8_t *octets, uint32_t n);
/* n octets, which are in order, are the application's. */
void bl_buffer_deliver(struct bl_stream *s, uint32_t n);
/* The application takes up to `length` octets; NULL: drops them. Returns how many. */
uint32_t bl_buffer_take(struct below *b, struct bl_stream *s, void *octets, uint32_t length,
                        mptcp_time now);

/* ------------------------------------------------------------ below_receive.c */

/* Reads what TCP has, all of it or what there is room for. If that ends the subflow, sets
 * p->failed. */
void bl_drain(struct below *b, struct bl_stream *s, struct bl_place *p, mptcp_time now);
void bl_deliver(struct below *b, struct bl_stream *s, const struct mptcp_action *a, mptcp_time now);
void bl_release(struct below *b, struct bl_stream *s, const struct mptcp_action *a, mptcp_time now);

/* --------------------------------------------------------------- below_send.c */

uint32_t bl_send_room(const struct below *b, const struct bl_stream *s);
void bl_write(const struct below *b, struct bl_stream *s, const void *octets, uint32_t length);
bool bl_send_sum(const struct below *b, const struct bl_stream *s, mptcp_dsn dsn, uint32_t length,
                 uint32_t *sum);
void bl_send(struct below *b, struct bl_stream *s, const struct mptcp_action *a, mptcp_time now);
void bl_freed(struct below *b, struct bl_stream *s, const struct mptcp_action *a, mptcp_time now);
/* Tells the connection what is known of the subflow. */
void bl_report_path(struct below *b, struct bl_stream *s, struct bl_place *p,
                    const struct shim_report *r, mptcp_time now);

/* --------------------------------------------------------------- below_sums.c */

/* Octets of a subflow's table. */
uint32_t bl_sums_size(const struct below_config *cfg);
/* An empty one for a new subflow. */
void bl_sums_begin(const struct below *b, const struct bl_stream *s, struct bl_place *p);
/* TCP was given octets. */
void bl_sums_add(const struct below *b, struct bl_stream *s, struct bl_place *p, mptcp_time now);
/* The peer's TCP has acknowledged all before una. */
void bl_sums_acked(const struct below *b, struct bl_stream *s, struct bl_place *p, mptcp_ssn una,
                   mptcp_time now);
/* The sum over a mapping whose octets have left the send buffer. */
bool bl_sums_find(const struct below *b, const struct bl_stream *s, mptcp_dsn dsn, uint32_t length,
                  uint32_t *sum);

/* ------------------------------------------------------------ below_connect.c */

/* May release the lock. */
void bl_connect(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now);

/* ------------------------------------------------------------- below_listen.c */

void bl_listeners_init(struct below *b);
/* struct shim_host.open. */
struct mptcp_conn *bl_open(void *context, const struct shim_opening *opening);
/* A listener's stream is not its any more. */
void bl_listener_leave(struct below *b, struct bl_stream *s);
/* These may release the lock. */
void bl_listen(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now);
void bl_unlisten(struct below *b, struct bl_stream *s, struct mptcp_action *a, mptcp_time now);
void bl_unlisten_all(struct below *b, struct bl_stream *s);

/* ------------------------------------------------------------ below_address.c */

/* Tells the connection of s all addresses of the table. */
void bl_addresses_tell(struct below *b, struct bl_stream *s, mptcp_time now);

#endif
