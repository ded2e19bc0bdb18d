/*
 * flow.h - the table of flows: TCP connections that the shim takes part in. shim.h has their
 * states.
 *
 * Flows are found by a hash of their addresses and ports under a secret, those of a connection by a
 * hash of its address in memory. Those whose state lets them make room for others (HALF; DONE,
 * DEAD and STRAY) stand in two lists, the oldest first.
 */
#ifndef BELOW_FLOW_H
#define BELOW_FLOW_H

#include "packet.h"
#include "shim.h"

#define NO_PLACE 0xffffu
#define SYN_ACK_OPTIONS 12u /* MP_CAPABLE on a SYN/ACK, in either version */
#define LINK_MOST 18u
#define TIMESTAMPS_SIZE 10u

/* A state that only the shim knows, beside enum shim_state: TCP may accept what an ACK without a
 * flow belongs to (shim_stray.c). It stands in the list of DONE and DEAD ones. */
#define FLOW_STRAY (SHIM_DEAD + 1)

/* Facts about a flow; each is independent of the others. */
enum {
    FLOW_PASSIVE = 0x0001,     /* its SYN came from the peer */
    FLOW_OURS = 0x0002,        /* our SYN has left: isn */
    FLOW_PEERS = 0x0004,       /* the peer's SYN has come: peer_isn */
    FLOW_SCALES = 0x0008,      /* our SYN has a window scale */
    FLOW_PEER_SCALES = 0x0010, /* the peer's has */
    FLOW_ESTABLISHED = 0x0020, /* the handshake is complete */
    FLOW_HEADER = 0x0040,      /* `head` is set */
    FLOW_TIMESTAMPS = 0x0080,  /* segments have timestamps: `stamps` has those of TCP's last one */
    FLOW_FIN_SENT = 0x0100,    /* fin */
    FLOW_PEER_FIN = 0x0200,    /* peer_fin */
    FLOW_FIN_TAKEN = 0x0400,   /* TCP has acknowledged the peer's FIN */
    FLOW_PEER_RESET = 0x0800,
    FLOW_TCP_RESET = 0x1000,
    FLOW_PLAIN = 0x2000,    /* HALF: the SYN/ACK has no MPTCP option */
    FLOW_CHECKSUM = 0x4000, /* DSS checksums are in use */
    FLOW_REUSED = 0x8000,   /* HALF: in place of one that was reset, which TCP may still have */
    FLOW_TOLD = 0x8000      /* STRAY: TCP has told its numbers */
};

struct flow {
    struct mptcp_conn *conn; /* NULL: HALF, or forgotten. Set by flow_belongs */
    mptcp_sf sf;
    struct mptcp_addr local;
    struct mptcp_addr remote;
    shim_seq isn;
    shim_seq peer_isn;
    shim_seq ack;        /* the acknowledgement number that a segment of the shim's own has */
    shim_seq taken;      /* what TCP acknowledges next, if it took what it was given in order */
    mptcp_ssn sent;      /* after the highest octet that TCP has sent, SYN and FIN counted */
    mptcp_ssn una;       /* what the peer expects next */
    mptcp_ssn fin;       /* of our FIN */
    mptcp_ssn peer_fin;  /* of the peer's */
    uint32_t early;      /* shim_report.early */
    uint32_t syn_length; /* HALF: octets of data on the SYN */
    uint16_t facts;      /* FLOW_ bits */
    uint8_t state;       /* enum shim_state */
    uint8_t version;     /* HALF: of the protocol, by the SYN */
    uint8_t shift;       /* window scales; used if both SYNs have one */
    uint8_t peer_shift;
    uint16_t window;      /* of the last segment that TCP was given, as it stood in the header */
    uint16_t syn_window;  /* HALF: of the SYN */
    uint16_t mss;         /* the MSS that TCP was told, or what stands for none */
    uint16_t path_mtu;    /* told by ICMP; 0: not */
    uint16_t half_length; /* HALF: octets in half_options */
    uint16_t nif;
    uint16_t generation;
    uint16_t next;         /* in the chain of its hash, or of free places */
    uint16_t next_of_conn; /* in the chain of its connection's hash */
    uint16_t older;        /* in the list of its state */
    uint16_t newer;
    uint8_t stamps[TIMESTAMPS_SIZE];
    uint8_t half_options[SYN_ACK_OPTIONS];              /* HALF: of the SYN/ACK */
    uint8_t head[LINK_MOST + IPV6_HEADER + TCP_HEADER]; /* of the last segment that TCP sent: link,
                                                          IP and TCP headers without options */
};

/* Flows in the order in which they came into the list. */
struct flow_list {
    uint16_t oldest;
    uint16_t newest;
    uint32_t count;
};

struct flow_table {
    struct flow *flows;
    uint16_t *chains;      /* by addresses and ports */
    uint16_t *conn_chains; /* by connection */
    uint64_t secret[2];
    uint32_t chain_mask;
    uint16_t places; /* flows in all */
    uint16_t free;
    uint16_t half_limit;
    uint16_t zero;
    struct flow_list half;
    struct flow_list over; /* DONE and DEAD */
};

/* Chains for so many flows: a power of two. */
uint32_t flow_chains(uint32_t places);

/* Makes the table empty; flows, both chains, places, chain_mask, half_limit and secret are set. */
void flow_table_init(struct flow_table *t);

/* The flow between these, or NULL. */
struct flow *flow_find(const struct flow_table *t, const struct mptcp_addr *local,
                       const struct mptcp_addr *remote);

/*
 * A new flow in this state, HALF, LIVE or STRAY, in the place of an older one if need be: of the
 * oldest that is over, then of the oldest HALF; at the limit of HALF ones that of the oldest of
 * these. NULL: all are LIVE. *displaced: 1 if a HALF flow made room.
 */
struct flow *flow_new(struct flow_table *t, const struct mptcp_addr *local,
                      const struct mptcp_addr *remote, unsigned state, bool *displaced);

/* Changes the state of a flow. */
void flow_set_state(struct flow_table *t, struct flow *f, enum shim_state state);

/* The flow is a subflow of this connection; NULL: of none any more. Cost: constant, as flow_find.
 */
void flow_belongs(struct flow_table *t, struct flow *f, struct mptcp_conn *c);

/* A flow of this connection, or NULL. */
struct flow *flow_of_conn(const struct flow_table *t, const struct mptcp_conn *c);

/* Forgets a flow: its handle becomes stale. */
void flow_drop(struct flow_table *t, struct flow *f);

shim_flow flow_handle(const struct flow_table *t, const struct flow *f);
struct flow *flow_of(const struct flow_table *t, shim_flow handle);

static inline bool flow_has(const struct flow *f, unsigned facts)
{
    return (f->facts & facts) == facts;
}

static inline void flow_set(struct flow *f, unsigned facts)
{
    f->facts = (uint16_t)(f->facts | facts);
}

static inline void flow_clear(struct flow *f, unsigned facts)
{
    f->facts = (uint16_t)(f->facts & ~facts);
}

/* The peer's stream begins at this number, or what came before it is nobody's. */
static inline void flow_starts(struct flow *f, shim_seq sequence)
{
    f->ack = f->taken = sequence;
}

/* TCP has everything of the peer's stream between these numbers, if it has what is before. */
static inline void flow_takes(struct flow *f, shim_seq from, shim_seq to)
{
    if (!seq_before(f->taken, from) && seq_before(f->taken, to)) {
        f->taken = to;
    }
}

/* The window scales of both directions are in use (RFC 7323 s2.2). */
static inline bool flow_scaled(const struct flow *f)
{
    return flow_has(f, FLOW_SCALES | FLOW_PEER_SCALES);
}

/* A join whose SYN has come, and which the TCP below has not answered: nobody knows yet whether the
 * segments between these addresses and ports are its own, or of a connection that TCP had before.
 */
static inline bool flow_unanswered(const struct flow *f)
{
    return flow_has(f, FLOW_PASSIVE) && !flow_has(f, FLOW_OURS);
}

#endif
