/*
 * endpoint.h - what lives before and beside connections: the tokens of all
 * connections of a host, keys that do not collide, and the question to whom a
 * SYN belongs.
 *
 * The endpoint is a value like a connection is: one flat block of the
 * caller's. It knows connections by a number that the host gives them (an
 * index, a hash of a pointer), never by address, so they can move. A
 * half-open join is a slot of the connection it belongs to, since the host's
 * TCP keeps state for it from the SYN on anyway; the endpoint counts and
 * limits nothing there, the connection does.
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

/* Octets for an endpoint of `slots` token slots (a power of two, 2 to 2^24); it holds slots / 2
 * tokens. */
#define MPTCP_ENDPOINT_SIZE(slots) (MPTCP_ENDPOINT_FIXED + (slots)*MPTCP_ENDPOINT_PER_TOKEN)

/* NULL if slots is no power of two in range, or mem is too small or misaligned (uint64_t). */
struct mptcp_endpoint *mptcp_endpoint_init(void *mem, size_t size, uint32_t slots);

/*
 * At once after mptcp_endpoint_init: 64 bits that nobody can guess. Without them a peer that keeps
 * those of its connections alone whose tokens it likes can make look-ups as long as
 * it has connections. STATE if there are tokens already.
 */
int mptcp_endpoint_seed(struct mptcp_endpoint *e, uint64_t seed);

enum mptcp_syn_kind {
    MPTCP_SYN_PLAIN = 0, /* no MPTCP option that counts: plain TCP */
    MPTCP_SYN_CAPABLE,   /* a connection is needed */
    MPTCP_SYN_JOIN,      /* a subflow for connection `conn` */
    MPTCP_SYN_RESET      /* answer with RST; `code` for mptcp_reset_option */
};

struct mptcp_syn {
    uint8_t kind; /* enum mptcp_syn_kind */
    uint8_t zero[3];
    uint32_t conn; /* JOIN: the number given to mptcp_endpoint_add */
    int32_t code;  /* PLAIN, RESET: why, or 0 */
};

/*
 * Whose SYN is it? Joins are told apart by their token, not by port (s3.2),
 * so every listening port asks the same endpoint. Cost: one options walk, one
 * look-up whose expected time does not depend on the number of connections.
 */
int mptcp_endpoint_on_syn(const struct mptcp_endpoint *e, const struct mptcp_segment *syn,
                          struct mptcp_syn *out);

/*
 * Tries to make a local key of 8 octets of entropy: COLLISION if its token is
 * in use, then try again with others (s3.1). *token is the key's token.
 */
int mptcp_endpoint_key(const struct mptcp_endpoint *e, const uint8_t entropy[8], uint64_t *key,
                       uint32_t *token);

/* Enters a connection's token (mptcp_conn_info). FULL, COLLISION. Also adopts a connection that
 * moved here. */
int mptcp_endpoint_add(struct mptcp_endpoint *e, uint32_t token, uint32_t conn);

/* The connection has ended or left. NOT_FOUND. */
int mptcp_endpoint_remove(struct mptcp_endpoint *e, uint32_t token);

/* The number of the connection with this token. NOT_FOUND. */
int mptcp_endpoint_find(const struct mptcp_endpoint *e, uint32_t token, uint32_t *conn);

/* ------------------------------------------------ a server without state */

#define MPTCP_STATELESS_SECRET_SIZE 32

/*
 * The local key of a connection that has no state before its third ACK (C-9): from a secret of
 * the host, both addresses with ports, and the client's ISN, so that it is the same for the SYN
 * and for the ACK, and for nobody else. `secret` must be unpredictable and live as long as a
 * handshake may take. Cost: one HMAC.
 */
uint64_t mptcp_stateless_key(const uint8_t secret[MPTCP_STATELESS_SECRET_SIZE],
                             const struct mptcp_addr *local, const struct mptcp_addr *remote,
                             uint32_t client_isn);

/*
 * The options of the SYN/ACK for a SYN that mptcp_endpoint_on_syn called CAPABLE: MP_CAPABLE with
 * that key; config: MPTCP_CFG_ flags that its connection will have. Returns the length; 0 if there
 * can be no MPTCP, also because the key's token is in use, and the host goes on with plain TCP;
 * MPTCP_E_ROOM below 12 octets.
 *
 * When the third ACK comes: mptcp_conn_init with the key, mptcp_endpoint_add (if it says COLLISION:
 * under MPTCP_CFG_NO_MPTCP), mptcp_accept_ack, mptcp_on_segment.
 */
int mptcp_stateless_synack(const struct mptcp_endpoint *e, const struct mptcp_segment *syn,
                           uint32_t config, uint64_t key, uint8_t *p, size_t room);

/* ------------------------------------------- destinations that swallow MPTCP */

#define MPTCP_BLACKHOLES 8

/*
 * Where SYNs with MP_CAPABLE get lost (s3.9, H-3; M-2): a connection tries three, then one
 * without, and opens as plain TCP with the code BLACKHOLE. Whoever keeps this value spares the
 * next ones the wait. When it is full the one whose time ends first is forgotten. No pointer
 * inside.
 */
struct mptcp_blackhole_slot {
    mptcp_time until; /* 0: free */
    struct mptcp_addr remote;
    uint32_t strikes;
};

struct mptcp_blackhole {
    struct mptcp_blackhole_slot slots[MPTCP_BLACKHOLES];
};

void mptcp_blackhole_init(struct mptcp_blackhole *b);

/* True if a SYN to this address (port included) may offer MPTCP; if not, connect under
 * MPTCP_CFG_NO_MPTCP. */
bool mptcp_blackhole_may_offer(const struct mptcp_blackhole *b, const struct mptcp_addr *remote,
                               mptcp_time now);

/*
 * A connection to remote has opened, with the code of MPTCP_EVENT_OPEN: BLACKHOLE keeps MPTCP away
 * from it for an hour, doubled each time again up to 64; any other code of one that offered
 * MPTCP forgets it.
 */
void mptcp_blackhole_opened(struct mptcp_blackhole *b, const struct mptcp_addr *remote, int code,
                            mptcp_time now);

#ifdef __cplusplus
}
#endif

#endif
