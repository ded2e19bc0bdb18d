/*
 * endpoint.h - what a host keeps for all its connections: their tokens, by which
 * a SYN finds its connection and new keys are checked for collisions; a server
 * without state before the third ACK; destinations that drop MPTCP, or speak
 * version 0 only.
 *
 * The endpoint is, like a connection, one block of the caller's memory without
 * pointers. It knows connections by a number that the host gives them (an
 * index, a hash of a pointer), never by address, so they can be moved. It keeps
 * nothing about half-open joins: each has a subflow slot of its connection,
 * which also limits their number.
 */
#ifndef MPTCP_ENDPOINT_H
#define MPTCP_ENDPOINT_H

#include "mptcp/conn.h"

#ifdef __cplusplus
extern "C" {
#endif

struct mptcp_endpoint;

#define MPTCP_ENDPOINT_FIXED 16u
#define MPTCP_ENDPOINT_PER_TOKEN 8u

/* Octets of memory for an endpoint with `slots` token slots (a power of two, 2 to 2^24). It can
 * hold slots / 2 tokens. */
#define MPTCP_ENDPOINT_SIZE(slots) (MPTCP_ENDPOINT_FIXED + (slots)*MPTCP_ENDPOINT_PER_TOKEN)

/* Makes an endpoint without tokens in mem and returns it. NULL if slots is not a power of two in
 * range, or mem is NULL, too small, or not aligned like a uint64_t. */
struct mptcp_endpoint *mptcp_endpoint_init(void *mem, size_t size, uint32_t slots);

/*
 * Sets 64 bits that nobody can guess, by which tokens are spread over the slots. Call it right
 * after mptcp_endpoint_init. Without a seed a peer can keep only connections whose tokens fall into
 * neighbouring slots, and so make each look-up as long as the number of its connections. Returns
 * MPTCP_OK, STATE if there are tokens already, or ARGUMENT.
 */
int mptcp_endpoint_seed(struct mptcp_endpoint *e, uint64_t seed);

enum mptcp_syn_kind {
    MPTCP_SYN_PLAIN = 0, /* no valid MPTCP option: accept it as plain TCP */
    MPTCP_SYN_CAPABLE,   /* a new connection: mptcp_accept */
    MPTCP_SYN_JOIN,      /* a new subflow of connection `conn`: mptcp_accept_join */
    MPTCP_SYN_RESET      /* answer with a RST; pass `code` to mptcp_reset_option */
};

struct mptcp_syn {
    uint8_t kind;    /* enum mptcp_syn_kind */
    uint8_t version; /* CAPABLE: of the protocol, 1 or 0: for mptcp_config.version and the key */
    uint8_t zero[2];
    uint32_t conn; /* JOIN: the connection's number, as given to mptcp_endpoint_add */
    int32_t code;  /* PLAIN, RESET: the error code that says why, or 0 */
    uint32_t zero2;
};

/*
 * Finds out what a SYN is for, and fills *out. Joins are recognized by their token, not by port
 * (s3.2), so use the same endpoint for all listening ports. Returns MPTCP_OK, or ARGUMENT if the
 * segment is no SYN. Cost: one pass over the options, one look-up whose expected time does not
 * depend on the number of connections.
 */
int mptcp_endpoint_on_syn(const struct mptcp_endpoint *e, const struct mptcp_segment *syn,
                          struct mptcp_syn *out);

/*
 * Makes a local key of 8 random octets, and sets *key and *token, the key's token. Returns
 * MPTCP_OK; COLLISION if the token is in use: then call again with other octets (s3.1). Enters
 * nothing: see mptcp_endpoint_add.
 */
int mptcp_endpoint_key(const struct mptcp_endpoint *e, const uint8_t entropy[8], uint64_t *key,
                       uint32_t *token);

/* The same for a connection of this version: tokens of version 0 are made by another hash. Those of
 * both versions are in one table, and never collide. */
int mptcp_endpoint_key_of(const struct mptcp_endpoint *e, unsigned version,
                          const uint8_t entropy[8], uint64_t *key, uint32_t *token);

/* Enters the token (mptcp_conn_info) of connection number conn, also of a connection that was moved
 * here. Returns MPTCP_OK; FULL: it holds slots / 2 tokens; COLLISION: the token is in use;
 * ARGUMENT, also for the number UINT32_MAX. */
int mptcp_endpoint_add(struct mptcp_endpoint *e, uint32_t token, uint32_t conn);

/* Removes the token of a connection that has ended or was moved away. Returns MPTCP_OK, NOT_FOUND
 * or ARGUMENT. */
int mptcp_endpoint_remove(struct mptcp_endpoint *e, uint32_t token);

/* Sets *conn to the number of the connection with this token. Returns MPTCP_OK, NOT_FOUND or
 * ARGUMENT. */
int mptcp_endpoint_find(const struct mptcp_endpoint *e, uint32_t token, uint32_t *conn);

/* ------------------------------------------------ a server without state */

#define MPTCP_STATELESS_SECRET_SIZE 32

/*
 * Returns the local key of a connection that has no state before its third ACK (C-9); 0 if an
 * argument is NULL or an address invalid. The key is the HMAC of both addresses with ports and of
 * the client's ISN under the host's secret: so it is the same for the SYN and for the third ACK,
 * and different for any other handshake. `secret` must be unpredictable, and stay the same as long
 * as a handshake may take. Cost: one HMAC.
 */
uint64_t mptcp_stateless_key(const uint8_t secret[MPTCP_STATELESS_SECRET_SIZE],
                             const struct mptcp_addr *local, const struct mptcp_addr *remote,
                             uint32_t client_isn);

/*
 * Writes the options of the SYN/ACK, namely MP_CAPABLE with `key`, for a SYN that
 * mptcp_endpoint_on_syn called CAPABLE. config: the MPTCP_CFG_ flags that the connection will have.
 * Returns the length in octets; 0 if the connection must be plain TCP, for example since the key's
 * token is in use; MPTCP_E_ROOM if room is below 12 octets.
 *
 * The answer has the version of the SYN. A host that serves version 1 only answers a SYN for which
 * mptcp_endpoint_on_syn reports version 0 as plain TCP.
 *
 * When an ACK comes for which mptcp_stateless_decides returns true, call mptcp_conn_init with the
 * key and the version that mptcp_stateless_version returns, mptcp_endpoint_add, mptcp_accept_ack,
 * and mptcp_on_segment. If mptcp_endpoint_add returns COLLISION, the connection
 * must have MPTCP_CFG_NO_MPTCP.
 */
int mptcp_stateless_synack(const struct mptcp_endpoint *e, const struct mptcp_segment *syn,
                           uint32_t config, uint64_t key, uint8_t *p, size_t room);

/* Returns the version, 1 or 0, of the connection whose handshake this third ACK ends: that of its
 * MP_CAPABLE; 1 if it has none. In version 0 only an ACK with the keys makes an MPTCP connection
 * without state. */
unsigned mptcp_stateless_version(const struct mptcp_segment *ack);

/*
 * True if this ACK decides whether the connection is MPTCP or plain TCP: it is at the start of the
 * stream (SSN 1, acknowledging SSN 1), and has MP_CAPABLE with the keys, or data, or no MPTCP
 * option. False: the host drops it as if the network had lost it, and makes no connection. It may
 * have overtaken the octets at the start; or it has MPTCP options without the keys and no data,
 * since the third ACK was lost: the keys come again with the first data (C-13, C-15, C-16).
 * `version` is that of the SYN, if the host knows it, else what mptcp_stateless_version returns.
 * A host that answered the SYN without MP_CAPABLE need not ask: every ACK of it is plain TCP.
 * Also false if the segment is no ACK, or an argument is wrong. Cost: one pass over the options.
 */
bool mptcp_stateless_decides(unsigned version, const struct mptcp_segment *ack);

/* --------------------------------------------- destinations that drop MPTCP */

#define MPTCP_BLACKHOLES 8

/*
 * Destinations to which SYNs with MP_CAPABLE get lost (s3.9, H-3; M-2). A connection sends three
 * such SYNs, then one without MP_CAPABLE, and opens as plain TCP with the code BLACKHOLE. A host
 * that keeps this value spares later connections that wait. When all slots are used, the one that
 * expires first is reused. It holds no pointers.
 */
struct mptcp_blackhole_slot {
    mptcp_time until;         /* MPTCP is not offered before this time; 0: the slot is free */
    struct mptcp_addr remote; /* the destination, with port */
    uint32_t strikes;         /* doublings of the next period, 0 to 6 */
};

struct mptcp_blackhole {
    struct mptcp_blackhole_slot slots[MPTCP_BLACKHOLES];
};

/* Makes all slots free. */
void mptcp_blackhole_init(struct mptcp_blackhole *b);

/* True if a SYN to this address (port included) may offer MPTCP. If false, connect with
 * MPTCP_CFG_NO_MPTCP. */
bool mptcp_blackhole_may_offer(const struct mptcp_blackhole *b, const struct mptcp_addr *remote,
                               mptcp_time now);

/*
 * Reports that a connection to remote has opened, with the code of its MPTCP_EV_OPEN. Call it
 * only for connections that offered MPTCP. BLACKHOLE: MPTCP is not offered to remote for an hour,
 * and each further time for twice as long, up to 64 hours. Any other code frees the slot of remote.
 */
void mptcp_blackhole_opened(struct mptcp_blackhole *b, const struct mptcp_addr *remote, int code,
                            mptcp_time now);

/* ------------------------------------------------ what version a destination speaks */

#define MPTCP_VERSIONS 8

/*
 * For a client that offers "version 1, then 0": the destinations that answered without MPTCP. A
 * server of version 0 does so to a SYN of version 1, whose connection then is plain TCP; the next
 * connection offers version 0, and needs no second try. After a day version 1 is tried again. When
 * all slots are used, the one that expires first is reused, of those that tell of no failure if
 * there is one; a success takes no other. It holds no pointers.
 */
struct mptcp_versions_slot {
    mptcp_time until;         /* what is stored holds until this time; 0: the slot is free */
    struct mptcp_addr remote; /* the destination, with port */
    uint8_t failed;           /* a bit for each version: it was offered in vain */
    uint8_t spoke;            /* 1: version 1 was used: a later failure is the path's */
    uint8_t zero[2];
};

struct mptcp_versions {
    struct mptcp_versions_slot slots[MPTCP_VERSIONS];
};

#define MPTCP_VERSIONS_NONE 255u /* both versions were offered in vain */

/* Makes all slots free. */
void mptcp_versions_init(struct mptcp_versions *v);

/* Returns the version to offer to this address (port included): 1 or 0; MPTCP_VERSIONS_NONE: plain
 * TCP, connect with MPTCP_CFG_NO_MPTCP. */
unsigned mptcp_versions_offer(const struct mptcp_versions *v, const struct mptcp_addr *remote,
                              mptcp_time now);

/* Reports that a connection to remote that offered this version has opened, with the code of its
 * MPTCP_EV_OPEN. */
void mptcp_versions_opened(struct mptcp_versions *v, const struct mptcp_addr *remote,
                           unsigned offered, int code, mptcp_time now);

#ifdef __cplusplus
}
#endif

#endif
