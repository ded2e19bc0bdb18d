/*
 * config.h - the configuration of a connection: its capacities, which decide how much
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

/* Octets of the parts of a connection's memory: constant expressions that the build checks. */
#define MPTCP_CONN_FIXED 376u
#define MPTCP_CONN_PER_SUBFLOW 176u
#define MPTCP_CONN_PER_ADDR 24u
#define MPTCP_CONN_PER_RUN 24u
#define MPTCP_CONN_PER_PAIRS(addrs) (((addrs) + 3u) / 4u) /* one address with all others */

/*
 * Octets of memory for a connection with so many subflow slots, address slots per side, and runs.
 *
 * A run is a stretch of mappings that follow each other both in SSNs and in DSNs. So a bulk
 * transfer on one path needs one run per direction. With several paths each change of path in the
 * stream needs another one, until its octets are acknowledged (sending) or delivered (receiving).
 * All subflows and both directions share the runs, except for 2 that are reserved for each subflow
 * in each direction. mptcp_runs_for says how many suffice; with fewer, segments that find none are
 * refused, and a transfer with a gap in it goes on slowly. Time per octet does not depend on the
 * number of runs.
 *
 * Ranges: 1 to 32 subflows; 1 to 64 addresses; 4 for each subflow to 65534 runs.
 */
#define MPTCP_CONN_SIZE(subflows, addrs, runs)                                                   \
    (((MPTCP_CONN_FIXED + (subflows)*MPTCP_CONN_PER_SUBFLOW + 2u * (addrs)*MPTCP_CONN_PER_ADDR + \
       (runs)*MPTCP_CONN_PER_RUN + (addrs)*MPTCP_CONN_PER_PAIRS(addrs)) +                        \
      7u) &                                                                                      \
     ~7u)

/*
 * How many runs suffice for so many subflow slots, and `octets` of the send buffer and rcv_buf
 * together; at most 65,000. Linux changes paths every 4,096 octets where two of them are alike, and
 * what waits behind a gap is then one run for each 4,096 octets.
 */
static inline uint16_t mptcp_runs_for(unsigned subflows, uint64_t octets)
{
    uint64_t runs = 32u * (uint64_t)subflows + octets / 4096u;
    return runs < 65000u ? (uint16_t)runs : (uint16_t)65000u;
}

/* The block must be aligned like a uint64_t. This defines a variable that is: one connection
 * without a heap, at file level or in a function. mptcp_conn_init takes its address and its sizeof;
 * the counts must be those of the configuration, or larger ones.
 *
 *     static MPTCP_CONN_STORAGE(block, 2, 4, 24);
 *     struct mptcp_conn *c = mptcp_conn_init(&block, sizeof block, &cfg, &secret);
 */
#define MPTCP_CONN_STORAGE(name, subflows, addrs, runs)               \
    union {                                                           \
        uint64_t align;                                               \
        unsigned char octets[MPTCP_CONN_SIZE(subflows, addrs, runs)]; \
    } name

/* ------------------------------------------------------- configuration */

#define MPTCP_CFG_CHECKSUM 0x01u  /* require DSS checksums (s3.1, flag A) */
#define MPTCP_CFG_DENY_JOIN 0x02u /* set flag C: the peer must not join to our initial address */
#define MPTCP_CFG_TCP_COPIES                                                                     \
    0x04u /* the host's TCP copies the octets of SEND: MPTCP_FREE is due at their DATA_ACK. With \
             checksums it is due later, unless the host says mptcp_on_copied: see mptcp/sums.h */
#define MPTCP_CFG_DSN32 0x08u     /* send 32-bit DSNs while the rate allows it (s3.3.1) */
#define MPTCP_CFG_NO_MPTCP 0x10u  /* plain TCP from the start: same calls, no MPTCP option */
#define MPTCP_CFG_ABORT_RST 0x20u /* abort by RSTs with MP_FASTCLOSE, at once (s3.5, option R) */
#define MPTCP_CFG_FAIL_RESETS \
    0x40u /* an open connection never falls back to plain TCP: it is reset instead (s3.7) */

#define MPTCP_CFG_PRIO_BY_ID \
    0x80u /* version 0: obey an MP_PRIO that names another address than that of its subflow */

#define MPTCP_CFG_PRIO_WITHOUT_ID                                                                \
    0x100u /* version 0: ignore an MP_PRIO that names an address. Without these two it must name \
              that of its subflow */

/* Beside a kind of HMAC in mptcp_config.add_addr2: addresses are also announced without an HMAC,
 * and announcements without one are taken. */
#define MPTCP_ADD_ADDR2_AND_PLAIN 0x80u

/* Which subflows the library opens by itself, up to subflow_limit. */
enum mptcp_policy {
    MPTCP_POLICY_ADDRESSES = 0, /* one from each of our addresses for joins to the peer's initial
                                   address, and one to each address that the peer announced */
    MPTCP_POLICY_HOST,          /* none: the host opens subflows by mptcp_join */
    MPTCP_POLICY_FULLMESH,      /* one from each of our addresses to each of the peer's */
    MPTCP_POLICY_PORTS,         /* between the initial addresses, from other local ports (s3.9) */
    MPTCP_POLICY_BACKUP         /* as ADDRESSES, but all further subflows are backups */
};

/* Later versions append members (mptcp/version.h); `size` tells which ones the caller knows. */
struct mptcp_config {
    uint32_t size;         /* sizeof(struct mptcp_config), set by mptcp_config_init */
    uint32_t flags;        /* MPTCP_CFG_ bits */
    uint8_t subflows;      /* subflow slots */
    uint8_t addrs;         /* address slots per side, the initial address included */
    uint8_t subflow_limit; /* most subflows at a time, whoever opened them, the first included */
    uint8_t version; /* of the protocol: 1 (RFC 8684) or 0 (RFC 6824). A client offers it; a server
                        takes it from struct mptcp_syn, and accepts no other */
    uint16_t runs;   /* runs for all subflows and both directions; at least 4 * subflows */
    uint16_t zero3;
    uint32_t rcv_buf; /* most octets received and not yet consumed: the shared window; 1 to
                         0x3fffffff, TCP's largest window */
    /*
     * A subflow with octets in flight is silent if nothing was acknowledged for twice its RTT plus
     * the largest of: four times the RTT's deviation, half the RTT, and silence_min (us, 1 to
     * answer_wait). A silent subflow gets no new data while another one works, and its octets in
     * flight are reinjected on other subflows.
     */
    uint32_t silence_min;
    uint32_t answer_wait;  /* us in which any answer must come, in addition to the RTT; also the
                              time until silence while no RTT is known; silence_min to
                              0x3fffffff */
    uint32_t signal_rto;   /* us before a signal is sent again while no RTT is known, doubled each
                              time; 1 to 0x3fffffff */
    uint32_t add_addr_rto; /* us before an ADD_ADDR without echo is sent again, doubled each time; 0
                              to 0x3fffffff */
    uint32_t no_path_limit; /* us for which a connection may live without any subflow, to continue
                               on a new one, or, if closed, to tell a peer that does not know of
                               the end; 0: it ends at once */
    uint32_t close_limit;   /* us that closing the subflows may take after both DATA_FINs, or after
                               the peer last repeated a segment; then they are reset. Also us for
                               which the peer's DATA_FIN is waited for after mptcp_on_detached */
    uint8_t policy;         /* enum mptcp_policy */
    uint8_t option_room;    /* octets of TCP's options area, 20 to 40, that the host's TCP can leave
                               free on any segment if asked to, by omitting SACK blocks. Below 28 a
                               DATA_ACK may need an ACK of its own beside data; below 24 no subflow
                               is opened (MP_JOIN). An ADD_ADDR of IPv6 needs 28, or 32 with a
                               port. Less than 20 do not hold a mapping (s3.3) */
    uint8_t scheduler; /* index of mptcp_schedulers (mptcp/scheduler.h), which decides what octets
                          each subflow gets; 0: gain, unless the program has its own table */
    uint8_t add_addr2; /* version 0: enum mptcp_add_addr2 (mptcp/crypto.h), the kind of HMAC with
                          which addresses are announced, and without which announcements are
                          ignored; 0: announcements have none, as RFC 6824 has it. Also
                          MPTCP_ADD_ADDR2_AND_PLAIN */
    /*
     * us without any acknowledgement while octets are in flight, after which a subflow is reset
     * with the code TIMED_OUT, in plain TCP too; at least answer_wait. 0: only TCP's own limit.
     */
    uint32_t silence_limit;
};

/* Sets *cfg, a structure of `size` octets, to the defaults: as many members as lie in it, and what
 * this library does not know to 0. For mptcp_config_init, and for other languages. Cannot fail;
 * NULL, or less than its first member, does nothing. */
void mptcp_config_fill(struct mptcp_config *cfg, size_t size);

/*
 * Fills *cfg with the defaults: 2 subflows, 4 addresses per side, 24 runs, a receive buffer of 64
 * KiB, version 1, no checksums, 28 octets for options (40 less timestamps), silence_min 0.3 s,
 * answer_wait 1 s, silence_limit five minutes. Cannot fail; NULL does nothing.
 */
static inline void mptcp_config_init(struct mptcp_config *cfg)
{
    mptcp_config_fill(cfg, sizeof *cfg);
}

/*
 * Returns the octets of memory that mptcp_conn_init needs for cfg. MPTCP_E_ARGUMENT: cfg is NULL or
 * was not filled by mptcp_config_init, a setting is out of range, a flag is unknown, a member that
 * this library does not know is not 0, or the library was built without version 0.
 * MPTCP_E_ROOM: option_room is less than a mapping needs.
 */
int64_t mptcp_conn_size(const struct mptcp_config *cfg);

/* Random numbers for one connection; every octet must be unpredictable. */
struct mptcp_secret {
    uint64_t key;     /* local key; a server, or a host that accepts joins, must get it from
                         mptcp_endpoint_key */
    uint8_t seed[16]; /* nonces of joins are derived from it */
};

/*
 * Tells whether mptcp_conn_init would take these arguments, and what is wrong with them otherwise.
 * Returns MPTCP_OK; ROOM: option_room is less than a mapping needs, or mem_size less than
 * mptcp_conn_size; ARGUMENT: something else. If `what` is not NULL, sets *what to the name of the
 * first that is wrong: a member of struct mptcp_config ("runs"; "size" if it was not filled by
 * mptcp_config_init, or sets a member that this library does not know), or "cfg", "secret", "mem"
 * (NULL, or not aligned like a uint64_t), "mem_size";
 * "" if nothing is. The string has static storage. Touches no memory; it is in an object file of
 * its own, which a program that does not call it does not link.
 */
int mptcp_conn_check(const void *mem, size_t mem_size, const struct mptcp_config *cfg,
                     const struct mptcp_secret *secret, const char **what);

#ifdef __cplusplus
}
#endif

#endif
