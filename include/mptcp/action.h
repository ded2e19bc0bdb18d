/*
 * action.h - what is due on a connection: the actions of a host, and the options of the segments
 * that its TCP sends.
 *
 * mptcp_poll and mptcp_tx_options only tell what is due; mptcp_done and mptcp_sent say what the
 * host really did. mptcp/conn.h has the loop that calls them, and what is common to all calls.
 */
#ifndef MPTCP_ACTION_H
#define MPTCP_ACTION_H

#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct mptcp_conn; /* the block; the caller does not access its members */

enum mptcp_action_type {
    MPTCP_NOTHING = 0,
    MPTCP_RESET_SUBFLOW, /* send RST, drop what TCP holds of it; mptcp_done, not mptcp_on_gone */
    MPTCP_DELIVER,       /* hand octets of a subflow's receive queue to the application */
    MPTCP_RELEASE,       /* drop octets of a subflow's receive queue */
    MPTCP_FREE,          /* drop octets of the send buffer */
    MPTCP_SEND,          /* give octets of the send buffer to a subflow's TCP */
    MPTCP_SEND_ACK,      /* make a subflow's TCP send a pure ACK now, or within 10 ms */
    MPTCP_PROBE,         /* make the peer's TCP answer: retransmit the first segment in flight, or
                            send a keep-alive if there is none */
    MPTCP_CLOSE_SUBFLOW, /* send a FIN after what TCP holds; continue to receive */
    MPTCP_LISTEN,        /* accept SYNs on an address and port */
    MPTCP_UNLISTEN,      /* accept no more SYNs there */
    MPTCP_CONNECT,       /* open an additional subflow */
    MPTCP_EVENT          /* tell the application */
};
#define MPTCP_WANT(type) (1u << (type))

enum mptcp_event {
    MPTCP_EV_NONE = 0,
    MPTCP_EV_OPEN,     /* the application may read and write; `code`: 0, or why it is plain TCP */
    MPTCP_EV_FALLBACK, /* the connection was MPTCP and is plain TCP now; `code`: why */
    MPTCP_EV_SUBFLOW,  /* subflow `sf` can carry data */
    MPTCP_EV_ADDRESS,  /* the peer announced address `addr_id` */
    MPTCP_EV_EOF,      /* the peer's stream has ended, and all of it was delivered */
    MPTCP_EV_CLOSED,   /* both directions are closed and acknowledged */
    MPTCP_EV_END,      /* the last one: no subflow is left; `code`: CLOSED or the error */
    MPTCP_EV_SUBFLOW_GONE, /* subflow `sf` has ended, `code` says why; if the peer reset it with
                                 MP_TCPRST, `reason` and `transient` are that option's */
    MPTCP_EV_ADDRESS_GONE  /* the peer removed address `addr_id` */
};

/* One thing to do. Members not named for its type are 0. */
struct mptcp_action {
    uint8_t type;       /* enum mptcp_action_type */
    uint8_t event;      /* EVENT: enum mptcp_event */
    uint8_t addr_id;    /* CONNECT, LISTEN, UNLISTEN: local id. EVENT with MPTCP_EV_ADDRESS or
                           MPTCP_EV_ADDRESS_GONE: the peer's */
    uint8_t remote_id;  /* CONNECT */
    uint8_t reason;     /* RESET: enum mptcp_reset_reason, which mptcp_tx_options writes.
                           MPTCP_EV_SUBFLOW_GONE: that of the peer's RST, or MPTCP_NO_REASON */
    uint8_t backup;     /* CONNECT: 1: the MP_JOIN asks for a backup (flag B) */
    uint8_t reinjected; /* SEND: these octets were given to another subflow before */
    uint8_t transient;  /* MPTCP_EV_SUBFLOW_GONE: the peer says that its reason is transient
                           (flag T) */
    mptcp_sf sf;
    int32_t code;   /* RESET, EVENT: MPTCP_E_... */
    uint32_t len;   /* DELIVER, SEND: octets; RELEASE: octets from ssn; FREE: octets below dsn */
    mptcp_ssn ssn;  /* DELIVER, RELEASE: SSN of the first octet; SEND: the one that it will have */
    mptcp_ssn keep; /* DELIVER (if done to its full len), RELEASE: the host's receive queue needs no
                       octet below this SSN any more */
    uint32_t zero2;
    mptcp_dsn dsn;           /* DELIVER, SEND: DSN of the first octet; FREE: drop octets below it */
    struct mptcp_addr local; /* CONNECT: bind to it (another port will do if this one can't be had;
                                0: any that was not in use lately. With the port that TCP took,
                                set before the commit, reports name it). LISTEN, UNLISTEN: where */
    struct mptcp_addr remote; /* CONNECT: the address and port to connect to */
};

/* Returns which types of action are due: MPTCP_WANT bits. Cost: a pass over the subflows. */
unsigned mptcp_want(const struct mptcp_conn *c);

/* Sets *a to the most urgent action that is due and returns 1; or to MPTCP_NOTHING and returns 0.
 * Changes nothing: until mptcp_done, or another call that changes the state, it is the same. */
int mptcp_poll(const struct mptcp_conn *c, struct mptcp_action *a);

/*
 * Returns when to call mptcp_on_timeout; MPTCP_NEVER: not at all. A host sets its timer anew after
 * every call; if the time lies in the past, the timer must expire at once.
 */
mptcp_time mptcp_deadline(const struct mptcp_conn *c);

enum mptcp_result {
    MPTCP_DONE = 0,
    MPTCP_LATER, /* the host can't do it now: it is due again after a short time (mptcp_deadline); a
                  * SEND earlier, if mptcp_on_path reports more room than before */
    MPTCP_FAILED /* the host can't do it at all. CONNECT: this pair of addresses is tried again
                    after a second or more; LISTEN: the address is not announced; others: as LATER
                  */
};

/*
 * Commits what the host did of an action that mptcp_poll returned.
 *
 *   n         DELIVER, SEND: octets done, 0 to len; n = 0 is the same as MPTCP_LATER. Others:
 *             ignored.
 *   CONNECT   The host commits MPTCP_DONE before it sends the SYN, whose options it gets from
 *             mptcp_tx_options under the action's sf. If the SYN can't be sent then, the host calls
 *             mptcp_on_gone.
 *   SEND      The host's TCP gives the octets the SSNs from the action's ssn on. The host commits
 *             before TCP can send any of them, or holds the lock under which TCP sends until it has
 *             committed: before that mptcp_tx_options answers NOT_FOUND for them. After STALE they
 *             were given to nobody: TCP must not send them, or the subflow is to be reset.
 *
 * Returns 0; STALE if the action is not due any more; ARGUMENT, also for n above len. An action
 * that the host can't do never keeps actions of other types from being due.
 */
int mptcp_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
               enum mptcp_result result, mptcp_time now);

/* A TCP segment that the host is about to send, for the first time or again. */
struct mptcp_txseg {
    uint8_t tcp_flags;
    uint8_t zero[3];
    mptcp_ssn ssn; /* of the first octet of payload; without payload the next SSN; a SYN: 0; a
                      keep-alive: an SSN that was acknowledged, and it carries no signal */
    uint32_t len;  /* octets of payload */
    /*
     * With checksums, if there is payload: mptcp_sum over the whole mapping that its first octet is
     * under (mptcp_tx_mapping), whatever part of it the segment carries. A segment that is the
     * whole mapping is summed from its payload; for others the octets of the mapping lie in the
     * send buffer until MPTCP_FREE, or the host keeps the sums: mptcp/sums.h has the whole rule.
     */
    uint32_t sum;
};

/* What a segment can carry: bits of mptcp_receipt.wrote and mptcp_receipt.no_room. */
#define MPTCP_OUT_DATA_ACK 0x0001u /* the segment's window is then the connection's (s3.3.2) */
#define MPTCP_OUT_MAPPING 0x0002u  /* the mapping of the payload, or the infinite mapping */
#define MPTCP_OUT_DATA_FIN 0x0004u
#define MPTCP_OUT_KEYS 0x0008u /* MP_CAPABLE */
#define MPTCP_OUT_JOIN 0x0010u /* MP_JOIN */
#define MPTCP_OUT_ADD_ADDR 0x0020u
#define MPTCP_OUT_ECHO 0x0040u /* of the peer's ADD_ADDR */
#define MPTCP_OUT_REMOVE_ADDR 0x0080u
#define MPTCP_OUT_PRIO 0x0100u
#define MPTCP_OUT_FAIL 0x0200u
#define MPTCP_OUT_FASTCLOSE 0x0400u
#define MPTCP_OUT_REASON 0x0800u /* MP_TCPRST */

/*
 * What mptcp_tx_options has written; the host gives it to mptcp_sent when the segment is sent.
 *
 * no_room: what was due on this segment, and is not on it because its option did not fit. It stays
 * due: MPTCP_SEND_ACK is due for it as soon as the segment is sent. On the ACK that TCP makes for
 * MPTCP_SEND_ACK at least mptcp_config.option_room octets must be free for options; SACK blocks may
 * have to be left out for that. If it does not fit there either, it is due again after a while.
 */
struct mptcp_receipt {
    uint32_t window;   /* octets to advertise, before TCP's window scaling */
    uint32_t covers;   /* octets of payload, from its first on, that the mapping covers: the segment
                          must not be longer. In plain TCP all of them */
    uint16_t wrote;    /* MPTCP_OUT_ bits */
    uint16_t no_room;  /* MPTCP_OUT_ bits */
    uint8_t length;    /* octets written, a multiple of 4 */
    uint8_t segment;   /* private */
    uint8_t address;   /* private */
    uint8_t said;      /* private */
    uint16_t too_long; /* private */
    uint16_t zero2;
    mptcp_ssn ack; /* private */
    mptcp_ssn ssn; /* private */
    uint32_t zero3;
    mptcp_dsn data_ack; /* private */
};

/*
 * Writes the options of a segment to p, at most `room` octets, padded with NOPs to a multiple of 4.
 * Returns their length in octets, 0 if there are none. Changes nothing but *p and *r: called again,
 * it writes the same.
 *
 * A DATA_ACK that the peer has not received yet has precedence over all signals but MP_JOIN,
 * MP_CAPABLE and MP_FASTCLOSE. What does not fit beside other options is sent on a further ACK
 * (receipt.no_room). A segment without payload may be sent with whatever was written, even nothing,
 * unless it belongs to the handshake of a join.
 *
 * Errors: STALE; STATE: the subflow is to be reset, only its RST may be sent; NOT_FOUND: the octets
 * of the payload were never given to this subflow; ROOM: the mapping of the payload does not fit,
 * or the MP_JOIN of a handshake, whose third ACK needs 24 octets. After ROOM the segment must not
 * be sent: without its mapping the peer can't use it, and may fall back to plain TCP (s3.7);
 * without MP_JOIN a SYN asks for a new connection, and an ACK is answered by a RST. The host makes
 * room, by leaving out SACK blocks if it must, and calls again. MPTCP_OUT_MAPPING or MPTCP_OUT_JOIN
 * is then set in receipt.no_room, and nothing else in the receipt. A join whose MP_JOIN never fits
 * ends like one that is not answered.
 */
int mptcp_tx_options(const struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_txseg *seg,
                     uint8_t *p, size_t room, struct mptcp_receipt *r);

/*
 * Returns how many octets mptcp_tx_options can at most write on a segment with payload of this
 * connection now; never more than mptcp_config.option_room in MPTCP.
 */
unsigned mptcp_tx_options_max(const struct mptcp_conn *c);

/* Kinds of segments, by the options that they may need. Flags that are not named do not count. */
enum mptcp_tx_kind {
    MPTCP_TX_SYN = 0,
    MPTCP_TX_SYN_ACK,
    MPTCP_TX_ACK,  /* no payload, no FIN; the third ACK of a handshake as well */
    MPTCP_TX_DATA, /* with payload, whatever its flags */
    MPTCP_TX_FIN,  /* without payload */
    MPTCP_TX_RST
};

/*
 * Returns how many octets have to be free for options now on the next segment of this kind of
 * subflow sf: with so many everything that is due on it is written that would be with
 * mptcp_config.option_room octets. For all kinds but DATA that is exactly what mptcp_tx_options
 * would write; for DATA it is the most that a segment gets, whichever octets it has. Never more
 * than option_room, but for the third ACK of a join, which must not leave with less than 24. 0 if
 * there is nothing to write, or if the handle is stale or `kind` is none.
 *
 * The answer holds until something is reported or committed. Cost: that of mptcp_tx_options. In an
 * object file of its own.
 */
unsigned mptcp_tx_options_need(const struct mptcp_conn *c, mptcp_sf sf, unsigned kind);

/* The most of each kind for any connection and configuration: what a host has to reckon with before
 * there is one. On an ACK signals take all the room that there is; with 12 octets each can carry
 * its DATA_ACK. */
#define MPTCP_TX_MOST_SYN 12u
#define MPTCP_TX_MOST_SYN_ACK 16u
#define MPTCP_TX_MOST_THIRD_ACK 24u /* of the handshake of a join */
#define MPTCP_TX_MOST_ACK 40u
#define MPTCP_TX_MOST_DATA_ACK 12u
#define MPTCP_TX_MOST_DATA 28u
#define MPTCP_TX_MOST_FIN 12u
#define MPTCP_TX_MOST_RST 16u

/* The segment for which mptcp_tx_options filled *r was sent: what it carried is not due any more.
 * Errors: STALE; ARGUMENT: no receipt, or one that mptcp_tx_options never filled. */
int mptcp_sent(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_receipt *r, mptcp_time now);

/* mptcp_tx_mapping sets *map to the mapping that contains octet ssn given to the subflow: the host
 * needs it to sum up its octets for the checksum, and to cut segments at its end. Returns 0;
 * NOT_FOUND if the octet was not given to it, or is acknowledged; STALE; ARGUMENT. */
struct mptcp_tx_map {
    mptcp_dsn dsn; /* of the first octet of the mapping */
    mptcp_ssn ssn; /* of the same octet */
    uint32_t len;  /* octets */
};
int mptcp_tx_mapping(const struct mptcp_conn *c, mptcp_sf sf, mptcp_ssn ssn,
                     struct mptcp_tx_map *map);

/* Returns how many octets there are from the subflow's next in-order octet to the end of the
 * mapping that contains it; 0: no mapping is known for it, or the handle is stale. */
uint32_t mptcp_rx_mapping_left(const struct mptcp_conn *c, mptcp_sf sf);

/*
 * Where the next octets of a subflow belong: for a host that has one receive buffer for the
 * connection, in the order of DSNs, and puts octets there as they come, instead of a queue for each
 * subflow. MPTCP_DELIVER then only says how far the application may read. A second copy of octets
 * that lie there, or were delivered, is dropped (s3.3.1); so such a buffer needs no more than
 * rcv_buf octets, whatever the peer repeats, while the queues of subflows also hold copies.
 */
struct mptcp_rx_map {
    mptcp_dsn dsn;       /* of the subflow's next octet in order */
    mptcp_dsn delivered; /* first octet of the stream that was not delivered to the application */
    mptcp_ssn ssn;       /* of the same octet as `dsn` */
    mptcp_ssn valid; /* octets below it were found right. With checksums those from it to `ssn` are
                        of a mapping that is not whole yet: they are not to be taken for the first
                        copy of their DSNs */
    uint32_t len;    /* octets from the next one to the end of its mapping, or of several ones that
                        follow each other */
    uint8_t summed;  /* 1: mappings have checksums */
    uint8_t zero[3];
};

/*
 * Sets *map. Returns 0; NOT_FOUND: no mapping is known for the next octet: `dsn` and `len` are 0,
 * and the host keeps the octets that come by their SSNs until MPTCP_DELIVER or MPTCP_RELEASE, since
 * their mapping may come late, or the connection go on as plain TCP; STALE; ARGUMENT.
 */
int mptcp_rx_mapping(const struct mptcp_conn *c, mptcp_sf sf, struct mptcp_rx_map *map);

/*
 * Writes the option of a RST that refuses a SYN, or a segment that belongs to no subflow: MP_TCPRST
 * with the reason that fits the error code. Returns its length in octets, or ROOM.
 */
int mptcp_reset_option(int code, uint8_t *p, size_t room);

#ifdef __cplusplus
}
#endif

#endif
