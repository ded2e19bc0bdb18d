/*
 * config.h - what a connection is made with: its capacities, which decide how much
 * memory it takes, and its settings.
 *
 * Freestanding: needs only compiler headers. Stands alone, in C and C++.
 */
#ifndef MPTCP_CONFIG_H
#define MPTCP_CONFIG_H

#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------ capacity */

/* Octets of the parts of a connection; constant expressions, checked by the build. */
#define MPTCP_CONN_FIXED 376u
#define MPTCP_CONN_PER_SUBFLOW 156u
#define MPTCP_CONN_PER_ADDR 24u
#define MPTCP_CONN_PER_RUN 24u
#define MPTCP_CONN_PER_PAIRS(addrs) (((addrs) + 3u) / 4u) /* of an address with all others */

/*
 * Octets of memory for a connection. A run is a stretch of mappings that follow each other in both
 * sequence spaces, so one run serves a bulk transfer on one path in one direction; with several
 * paths each change of path in the stream takes one, until it is acknowledged or, on the way in,
 * delivered. All subflows and both directions share them, but for 2 that each subflow has of its
 * own in each direction. 24 do for two paths and windows of a few segments, some hundreds for large
 * ones; what an octet costs does not depend on how many there are.
 * At least 1 subflow, 1 address, 4 runs for each subflow; at most 32, 64, 65534 in all.
 */
#define MPTCP_CONN_SIZE(subflows, addrs, runs)                                                   \
    (((MPTCP_CONN_FIXED + (subflows)*MPTCP_CONN_PER_SUBFLOW + 2u * (addrs)*MPTCP_CONN_PER_ADDR + \
       (runs)*MPTCP_CONN_PER_RUN + (addrs)*MPTCP_CONN_PER_PAIRS(addrs)) +                        \
      7u) &                                                                                      \
     ~7u)

/* The block must be aligned like a uint64_t. */

/* ------------------------------------------------------- configuration */

#define MPTCP_CFG_CHECKSUM 0x01u  /* ask for DSS checksums (s3.1, flag A) */
#define MPTCP_CFG_DENY_JOIN 0x02u /* set flag C: the peer must not join to our initial address */
#define MPTCP_CFG_TCP_COPIES \
    0x04u /* the host's TCP copies what it is given: MPTCP_FREE comes at DATA_ACK */
#define MPTCP_CFG_DSN32 0x08u     /* send 32-bit DSNs while the rate allows it (s3.3.1) */
#define MPTCP_CFG_NO_MPTCP 0x10u  /* plain TCP from the start: same calls, no option ever */
#define MPTCP_CFG_ABORT_RST 0x20u /* an abort is MP_FASTCLOSE on RSTs, at once (s3.5, option R) */
#define MPTCP_CFG_FAIL_RESETS \
    0x40u /* whatever would have an open connection fall back resets it (s3.7) */

/* Which subflows the library opens by itself; never more than subflow_limit. */
enum mptcp_policy {
    MPTCP_POLICY_ADDRESSES = 0, /* from each address to join from to the peer's initial one, and
                                   one to each address that the peer announced */
    MPTCP_POLICY_HOST,          /* none: mptcp_join says which */
    MPTCP_POLICY_FULLMESH,      /* from each to each */
    MPTCP_POLICY_PORTS,         /* between the initial addresses, from further ports (s3.9) */
    MPTCP_POLICY_BACKUP         /* as ADDRESSES, but all further subflows are backups */
};

/* Append-only; `size` tells which members the caller knows. */
struct mptcp_config {
    uint32_t size; /* sizeof(struct mptcp_config), set by mptcp_config_init */
    uint32_t flags;
    uint8_t subflows;      /* slots */
    uint8_t addrs;         /* slots per side, the initial address included */
    uint8_t subflow_limit; /* subflows at a time, of either side's making, the first included */
    uint8_t zero;
    uint16_t runs; /* of all subflows in both directions; at least 4 for each of `subflows` */
    uint16_t zero3;
    uint32_t rcv_buf; /* octets that may arrive and not be consumed: the shared window */
    /*
     * A subflow is silent when octets are in flight on it and nothing was acknowledged for twice
     * its RTT and the largest of: four times the RTT's deviation, half the RTT, and this, in us. It
     * takes no new data then while another one works, and what it holds is sent again elsewhere.
     */
    uint32_t silence_min;
    uint32_t answer_wait;   /* us that any answer may take beside the RTT; silence while no RTT is
                               known; silence_min to 0x3fffffff */
    uint32_t signal_rto;    /* us before a signal is repeated when no RTT is known; doubles; 1 to
                               0x3fffffff */
    uint32_t add_addr_rto;  /* us before an ADD_ADDR without echo is repeated; doubles; 0 to
                               0x3fffffff */
    uint32_t no_path_limit; /* us a connection may live without any subflow, to go on or, closed, to
                               tell a peer that has not heard of it; 0: ends at once */
    uint32_t close_limit;   /* us the closing of subflows may take after both DATA_FINs; then RST */
    uint8_t policy;         /* enum mptcp_policy */
    uint8_t option_room;    /* octets of TCP's options area, 20 to 40, that the host's TCP can leave
                               free on any segment if it is asked to, SACK blocks left out. Below
                               28 DATA_ACKs may need ACKs of their own beside data, below 24 no
                               subflow is opened (MP_JOIN); an ADD_ADDR of IPv6 needs 28, or 32
                               with a port. Less than 20 hold no mapping (s3.3) */
    uint8_t scheduler; /* index of mptcp_schedulers (mptcp/scheduler.h): which subflow takes which
                          octets; 0: minrtt, unless the program has a table of its own */
    uint8_t zero2;
    /*
     * us without any acknowledgement while octets are in flight, after which a subflow is reset
     * (TIMED_OUT), in plain TCP too; answer_wait at least. 0: TCP's own limit alone.
     */
    uint32_t silence_limit;
};

/*
 * The defaults: 2 subflows, 4 addresses, 24 runs, 64 KiB, no checksums, joins
 * as slots allow, 28 octets for options (40 less timestamps); 0.3 s and 1 s for silence, five
 * minutes for its limit. Returns nothing; cannot fail.
 */
void mptcp_config_init(struct mptcp_config *cfg);

/*
 * Octets that mptcp_conn_init needs under cfg. ARGUMENT: not filled by mptcp_config_init, or a
 * setting is outside of its range, or a flag unknown: it could never work; ROOM: option_room is
 * less than a mapping needs.
 */
int64_t mptcp_conn_size(const struct mptcp_config *cfg);

/* Entropy of one connection; every octet must be unpredictable. */
struct mptcp_secret {
    uint64_t key; /* local key; of a server, or where joins are accepted, from mptcp_endpoint_key */
    uint8_t seed[16]; /* nonces of joins are drawn from it */
};

#ifdef __cplusplus
}
#endif

#endif
