/*
 * conn.h - one MPTCP connection as a value.
 *
 * A connection is a flat block in memory that the caller owns: no pointer
 * inside, none to the outside. memcpy moves or clones it. It does no I/O,
 * reads no clock, draws no randomness: everything comes in as an argument.
 *
 *   inputs    mptcp_on_...    what happened. Return 0, or a negative MPTCP_E_
 *                             code and nothing changed. What is due now is
 *                             asked apart, once after a batch of inputs.
 *   outputs   mptcp_want, mptcp_poll, mptcp_deadline, mptcp_tx_options:
 *             const, repeatable, by value.
 *   commits   mptcp_done, mptcp_sent: what the host really did.
 *
 * The host's loop, whatever its stack:
 *
 *   1. report inputs as they come;
 *   2. while mptcp_poll gives an action: do it, then mptcp_done;
 *   3. arm one timer for mptcp_deadline; when it fires, mptcp_on_timeout.
 *
 * And three hooks in its TCP: mptcp_on_segment for every segment received,
 * before TCP looks at it; mptcp_tx_options and mptcp_sent for every segment
 * sent or retransmitted; mptcp_on_data when bytes have arrived in order.
 *
 * Wrong arguments are answered and harm nothing: ARGUMENT for NULL (the connection, too), lengths,
 * counts, flags and codes that cannot be, and MPTCP_NEVER as a time; getters answer that there is
 * nothing. The block is octet by octet what it was. A block that was wiped, or never made, is a
 * connection in the state CLOSED with which nothing can be done (STATE, or STALE where a subflow is
 * named).
 *
 * Sequence numbers of subflows are relative to the sender's ISN (SYN is 0).
 * Every `now` may repeat or lag: time never runs backwards inside.
 */
#ifndef MPTCP_CONN_H
#define MPTCP_CONN_H

#include "mptcp/config.h"
#include "mptcp/error.h"
#include "mptcp/option.h"
#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct mptcp_conn; /* the block; never looked into */

/*
 * Makes a connection of mem; nothing of cfg and secret is kept by reference.
 * Returns it, or NULL if cfg is out of range or mem is too small or
 * misaligned: mptcp_conn_size tells which, ARGUMENT for a setting that could never work. Until
 * mptcp_connect or mptcp_accept it is closed. Cost: clears the block.
 */
struct mptcp_conn *mptcp_conn_init(void *mem, size_t size, const struct mptcp_config *cfg,
                                   const struct mptcp_secret *secret);

/*
 * Wipes keys and everything else. The host calls it when MPTCP_EVENT_END was
 * taken, or to forget a connection without a word.
 */
void mptcp_conn_wipe(struct mptcp_conn *c);

/*
 * Adds (to - from) to every time the connection holds: for a clone that runs
 * on under another clock. `from` is the old clock's now, `to` the new one's.
 */
int mptcp_conn_rebase(struct mptcp_conn *c, mptcp_time from, mptcp_time to);

/*
 * Leaves all subflows without a word, to go on elsewhere: another process, host, address. The host
 * drops what its TCP has of them, sends nothing, and keeps the octets from mptcp_info.snd_una on.
 * The block, those octets, and what the application has not taken yet are then the whole
 * connection. AGAIN while something is left to deliver; STATE if it is plain TCP, not fully
 * established, or closing.
 */
int mptcp_conn_park(struct mptcp_conn *c, mptcp_time now);

/*
 * A parked block, copied here, goes on: `from` is the clock when it was parked, `to` the clock
 * here. Add the addresses that there are now (mptcp_add_address), enter its token into the
 * endpoint, and work as ever: subflows are joined, old addresses are removed at the peer. It ends
 * with TIMED_OUT if limit_us pass without any. NULL if size is not its size, mem is misaligned, or
 * the block is no parked connection of a build with this mptcp_conn_layout; whether it is
 * undamaged is for the caller to find out.
 */
struct mptcp_conn *mptcp_conn_resume(void *mem, size_t size, mptcp_time from, mptcp_time to,
                                     uint32_t limit_us);

/* A number that is the same only for builds whose blocks mean the same. */
uint32_t mptcp_conn_layout(void);

/* -------------------------------------------------------------- opening */

/*
 * Active open: the host is about to send the SYN of the initial subflow.
 * Addresses with port; they become address id 0 at either end. *sf is the
 * handle of the initial subflow. Errors: STATE.
 */
int mptcp_connect(struct mptcp_conn *c, const struct mptcp_addr *local,
                  const struct mptcp_addr *remote, mptcp_sf *sf, mptcp_time now);

/* A TCP segment as received, after TCP's checksum, before anything else. */
struct mptcp_segment {
    const uint8_t *options; /* the options area; only read during the call; may be NULL if 0 long */
    uint16_t options_len;   /* 0 to 40 */
    uint8_t tcp_flags;      /* MPTCP_TCP_... */
    uint8_t zero;
    mptcp_ssn ssn;   /* of the first octet of payload, or the next one if there is none; a SYN: 0 */
    uint32_t len;    /* octets of payload */
    mptcp_ssn ack;   /* our SSN that the peer expects next; looked at if MPTCP_TCP_ACK is set */
    uint32_t window; /* octets, scaled */
};

/*
 * Passive open: a SYN that mptcp_endpoint_on_syn called CAPABLE or PLAIN. The
 * connection answers as the SYN asked: with MP_CAPABLE, or as plain TCP.
 * Errors: STATE, ARGUMENT (no SYN), JOIN_MISSING (the SYN has an MP_JOIN: it is for
 * mptcp_accept_join, or to be refused).
 */
int mptcp_accept(struct mptcp_conn *c, const struct mptcp_segment *syn,
                 const struct mptcp_addr *local, const struct mptcp_addr *remote, mptcp_sf *sf,
                 mptcp_time now);

/*
 * Passive open without state before the third ACK (C-9 of s3.1): mptcp_stateless_synack of
 * endpoint.h answered the SYN; this is the ACK that came back, whose number the host's TCP found
 * right. The connection's key is the one that mptcp_stateless_key gives again. Hand the ACK to
 * mptcp_on_segment next: it decides between MPTCP and plain TCP. Errors: STATE.
 */
int mptcp_accept_ack(struct mptcp_conn *c, const struct mptcp_addr *local,
                     const struct mptcp_addr *remote, mptcp_sf *sf, mptcp_time now);

/*
 * Server, after mptcp_accept: the SYN carried data under a cookie that is right (TCP Fast Open,
 * Appendix B), and data may be sent before the third ACK has come; `window` is the SYN's. What the
 * SYN carried lies outside of the stream: the host hands it to its application, and counts SSNs of
 * the peer from the octet after it (the first one after is SSN 1). A client, likewise, counts its
 * own from the octet after those that the SYN/ACK acknowledged; what it did not acknowledge is
 * written like any other data. Errors: STALE, STATE.
 */
int mptcp_on_fast_open(struct mptcp_conn *c, mptcp_sf sf, uint32_t window, mptcp_time now);

/*
 * A SYN with MP_JOIN whose token is this connection's (the endpoint found
 * it). Returns 0 and a handle, or an error for which
 * mptcp_reset_option gives the option of the RST to send: JOIN_TOKEN,
 * JOIN_REFUSED, JOIN_MISSING, FULL. A SYN retransmitted for a half-open join
 * gives the same handle again.
 *
 * A join is half-open until its third ACK proves who it is, and has its slot on loan. If there is
 * no other, the handle is MPTCP_SF_NONE: an older half-open join gives its slot. Do what is due
 * (MPTCP_RESET_SUBFLOW comes first), then call again with the same SYN; or drop it, it comes again.
 * FULL: none gives its slot to this one; in a flood of them that is drawn by lot, and is counted.
 */
int mptcp_accept_join(struct mptcp_conn *c, const struct mptcp_segment *syn,
                      const struct mptcp_addr *local, const struct mptcp_addr *remote, mptcp_sf *sf,
                      mptcp_time now);

/* --------------------------------------------------------------- inputs */

struct mptcp_verdict {
    /*
     * Drop the segment as if the network had lost it: nothing of it is
     * acknowledged, the peer will send it again, and its ACK number does
     * not count. The only answer that is safe when a table is full, and to
     * a segment that TCP does not accept (answer that one as TCP does).
     * MPTCP_RESET_SUBFLOW may be due with it: do that before anything else
     * leaves on the subflow.
     */
    uint8_t drop;
    /* Carries a signal: as a duplicate ACK it says nothing about congestion (s3, G-1). */
    uint8_t signal;
    /* An MP_EXPERIMENTAL option (s7.2), for the host: where it begins in the segment's options, and
     * its length; 0: there is none. */
    uint8_t experimental_at;
    uint8_t experimental_len;
    int32_t code; /* why dropped, or why an option was refused; 0: nothing of the kind */
};

/*
 * Every segment received on a subflow, before TCP acts on it. Reads its
 * options if the segment is acceptable to TCP (RFC 5961 window checks are
 * made here, on ssn and ack), folds them into the state, moves the subflow's
 * acknowledged SSN and its window. Payload is reported again by
 * mptcp_on_data when in order: before the next mptcp_on_segment of that
 * subflow, since octets without any MPTCP option are only taken where they
 * are next in order (s3.7); later costs a retransmission.
 * Errors: STALE, ARGUMENT. Cost: one options walk, two table look-ups.
 */
int mptcp_on_segment(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_segment *seg,
                     struct mptcp_verdict *verdict, mptcp_time now);

/* The next octets of a subflow, in order, without overlap to what was reported before. */
struct mptcp_piece {
    uint32_t len;
    uint32_t sum;     /* mptcp_sum of the octets; used if data is NULL and checksums are on */
    const void *data; /* the octets, or NULL; only read if checksums are on */
};

/*
 * len more octets of the subflow are there without holes; the host queues
 * them by SSN until MPTCP_DELIVER or MPTCP_RELEASE: at most four of rcv_buf, duplicates included.
 * RCV.NXT moves here, so the ACK that leaves next carries the new DATA_ACK. A piece given as a sum
 * must not cross the end of a mapping (mptcp_rx_mapping_left tells). Errors: STALE, ARGUMENT,
 * STATE.
 */
int mptcp_on_data(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_piece *piece,
                  mptcp_time now);

/* The subflow's TCP handshake is complete. */
int mptcp_on_established(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now);

/* The peer's FIN has arrived in order: nothing more will come on this subflow. */
int mptcp_on_fin(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now);

/*
 * The subflow is gone: closed in both directions (why MPTCP_E_CLOSED), reset
 * by the peer (PEER_RESET), refused or given up by TCP (SUBFLOW_FAILED), or
 * lost to the host (FULL: no memory; the SYN of a join for which there was none is sent again
 * later). The handle is stale from here on;
 * bytes it held are sent again elsewhere. What has been reported in order
 * stays deliverable under the old handle: the host keeps that queue until it
 * is released.
 */
int mptcp_on_gone(struct mptcp_conn *c, mptcp_sf sf, int why, mptcp_time now);

/*
 * What the host's TCP knows of a subflow, as it is at this moment: a snapshot, not an event.
 * Append-only; `size` tells which members the caller knows. In every member but `room` and
 * `in_flight`, 0 means that the host's TCP does not tell; what was known before stays.
 */
struct mptcp_path {
    uint32_t size; /* sizeof(struct mptcp_path), set by mptcp_path_init */
    /*
     * Octets of payload that TCP would take now, at most: the congestion window less what is in
     * flight and what waits in TCP, or the memory that is left, whichever is less. What was
     * committed by mptcp_done(SEND) before this call has been subtracted by the host. Between two
     * snapshots the library subtracts what it commits and adds what the peer's TCP acknowledges.
     * Too much promised is no harm: the host commits fewer octets, or LATER.
     */
    uint32_t room;
    mptcp_ssn acknowledged; /* SND.UNA: the SSN that the peer's TCP expects next */
    mptcp_ssn sent;         /* SND.NXT: after the newest octet that has left at least once */
    uint32_t in_flight;     /* octets sent, and neither acknowledged nor taken for lost */
    uint32_t srtt_us;       /* smoothed RTT (RFC 6298); never told, the library measures it */
    uint32_t rttvar_us;     /* its mean deviation (RFC 6298) */
    uint32_t min_rtt_us;    /* the smallest RTT that was measured lately */
    uint32_t segment_size;  /* payload of a full segment, options accounted for; up to 65535 */
    /*
     * The longest mapping that the library may declare, in octets, up to 65535. 0: as long as a
     * segment, which is right for a TCP that cuts its segments at mapping ends. A larger one is
     * for a TCP whose segments are cut by somebody else, at a size that is not known.
     */
    uint32_t mapping_max;
};

/* All members unknown, no room. Cannot fail. */
void mptcp_path_init(struct mptcp_path *path);

/*
 * A snapshot of a subflow. The same one given twice changes nothing the second time, one that is
 * never given is missed by nobody: without any the library sends segments of 496 octets as
 * acknowledgements come in. `acknowledged` counts like the ACK number of a segment, also if no
 * segment with it was seen; an older one than known is ignored. `sent` and `in_flight` are for
 * schedulers that count what is under way; the library's own does not.
 * Errors: STALE; ARGUMENT: `size` is too small, a length above 65535, or `acknowledged` lies
 * after what the subflow was given.
 */
int mptcp_on_path(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_path *path, mptcp_time now);

/*
 * The host's TCP now holds copies of its own of everything that the subflow was
 * given so far: MPTCP_FREE waits for it no longer (D-16 is the host's there). For a
 * host that lends its send buffer to TCP: with it a silent subflow does
 * not keep the buffer from being used again.
 */
int mptcp_on_copied(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now);

/* The application wrote n octets; they lie in the host's send buffer until MPTCP_FREE. */
int mptcp_on_written(struct mptcp_conn *c, uint32_t n, mptcp_time now);

/* The application took n octets of those delivered: the window opens. ARGUMENT: it can't have. */
int mptcp_on_consumed(struct mptcp_conn *c, uint32_t n, mptcp_time now);

/* The application writes no more: DATA_FIN after the last octet. Repeats are no-ops. */
int mptcp_on_shutdown(struct mptcp_conn *c, mptcp_time now);

/*
 * The application gives up. MP_FASTCLOSE leaves on an ACK of one subflow, the others are reset, and
 * the connection ends with ABORTED as soon as the peer has answered by RST, or after three
 * repetitions (s3.5). Under MPTCP_CFG_ABORT_RST, in plain TCP and without a usable subflow all is
 * reset at once. A connection that is closed (MPTCP_EVENT_CLOSED) ends at once, and without error.
 */
int mptcp_on_abort(struct mptcp_conn *c, mptcp_time now);

/* mptcp_deadline has passed. Early, late and repeated calls are harmless. */
int mptcp_on_timeout(struct mptcp_conn *c, mptcp_time now);

/* ------------------------------------------------------- path management */

#define MPTCP_ADDR_JOIN \
    0x01u /* join from it: to the peer's initial address (as client), to announced ones */
#define MPTCP_ADDR_ANNOUNCE 0x02u /* announce it by ADD_ADDR, and listen there */
#define MPTCP_ADDR_BACKUP 0x04u   /* subflows from and to it are backups */
#define MPTCP_ADDR_METERED 0x08u  /* joined from last; its subflows have a cost of 1 */

/*
 * A further local address. For ANNOUNCE the port to listen on, 0 for the
 * local port of the initial subflow. *id is the address id given to it.
 * Errors: FULL, ARGUMENT (no address, or known already), STATE (not opened, or ended).
 */
int mptcp_add_address(struct mptcp_conn *c, const struct mptcp_addr *addr, unsigned flags,
                      uint8_t *id, mptcp_time now);

/*
 * The address is going, or gone: it is used for nothing new, its subflows are closed (with a FIN
 * where they still work, else reset; s3.4.2) and then the peer is told by REMOVE_ADDR. The id may
 * be given again after that. 0 is the initial address. NOT_FOUND.
 */
int mptcp_remove_address(struct mptcp_conn *c, uint8_t id, mptcp_time now);

/* Announces an announced address once more: peers may try it again. NOT_FOUND. */
int mptcp_refresh_address(struct mptcp_conn *c, uint8_t id, mptcp_time now);

/*
 * Asks for one subflow from a local address to an address of the peer's, whatever the policy says
 * and whatever was tried before. NOT_FOUND; STATE if none may be opened: not MPTCP, not yet fully
 * established, closing, or forbidden by the peer's flag C (s3.1); AGAIN while an earlier request
 * waits.
 */
int mptcp_join(struct mptcp_conn *c, uint8_t local_id, uint8_t remote_id, mptcp_time now);

/*
 * What a subflow costs, 0 to 255: of those that work, and are no backups, the cheapest carry the
 * data. Known to this end alone. STALE.
 */
int mptcp_set_cost(struct mptcp_conn *c, mptcp_sf sf, uint8_t cost, mptcp_time now);

/* Tells the peer by MP_PRIO whether a subflow is a backup, and obeys it. STATE: no MPTCP; STALE. */
int mptcp_set_backup(struct mptcp_conn *c, mptcp_sf sf, bool backup, mptcp_time now);

/* -------------------------------------------------------------- outputs */

enum mptcp_action_type {
    MPTCP_NOTHING = 0,
    MPTCP_RESET_SUBFLOW, /* send RST, drop what TCP holds, forget; then done and no on_gone */
    MPTCP_DELIVER,       /* hand octets of a subflow's receive queue to the application */
    MPTCP_RELEASE,       /* drop octets of a subflow's receive queue */
    MPTCP_FREE,          /* drop octets of the send buffer */
    MPTCP_SEND,          /* give octets of the send buffer to a subflow's TCP */
    MPTCP_SEND_ACK,      /* make a subflow's TCP emit a pure ACK now, or at the latest in 10 ms */
    MPTCP_PROBE,         /* make the peer's TCP answer: the first segment in flight again, or a
                            keep-alive if nothing is */
    MPTCP_CLOSE_SUBFLOW, /* FIN after what TCP holds; reading goes on */
    MPTCP_LISTEN,        /* accept SYNs on an address and port */
    MPTCP_UNLISTEN,      /* no longer */
    MPTCP_CONNECT,       /* open an additional subflow */
    MPTCP_EVENT          /* tell the application */
};
#define MPTCP_WANT(type) (1u << (type))

enum mptcp_event {
    MPTCP_EVENT_NONE = 0,
    MPTCP_EVENT_OPEN, /* the application may read and write; `code`: 0, or why it is plain TCP */
    MPTCP_EVENT_FALLBACK, /* it was MPTCP and is plain TCP now; `code` */
    MPTCP_EVENT_SUBFLOW,  /* subflow `sf` can carry data */
    MPTCP_EVENT_ADDRESS,  /* the peer announced address `addr_id` */
    MPTCP_EVENT_EOF,      /* the peer's DATA_FIN, and everything before it was delivered */
    MPTCP_EVENT_CLOSED,   /* both directions are closed and acknowledged */
    MPTCP_EVENT_END, /* no subflow is left and none will come; `code`: CLOSED or why; free it */
    MPTCP_EVENT_SUBFLOW_GONE, /* subflow `sf` is over; `code`, and the peer's `reason` and
                                 `transient` if it reset it with MP_TCPRST */
    MPTCP_EVENT_ADDRESS_GONE  /* the peer removed address `addr_id` */
};

/* One thing to do. Members not named for its type are 0. */
struct mptcp_action {
    uint8_t type;       /* enum mptcp_action_type */
    uint8_t event;      /* EVENT: enum mptcp_event */
    uint8_t addr_id;    /* CONNECT, LISTEN, UNLISTEN: local id. EVENT_ADDRESS...: the peer's */
    uint8_t remote_id;  /* CONNECT */
    uint8_t reason;     /* RESET: enum mptcp_reset_reason, written by tx_options.
                           EVENT_SUBFLOW_GONE: of the peer's RST, or MPTCP_NO_REASON */
    uint8_t backup;     /* CONNECT */
    uint8_t reinjected; /* SEND: these octets were given to another subflow before */
    uint8_t transient;  /* EVENT_SUBFLOW_GONE: the peer says that it may be opened again */
    mptcp_sf sf;
    int32_t code;   /* RESET, EVENT: MPTCP_E_... */
    uint32_t len;   /* DELIVER, SEND: octets; RELEASE: octets from ssn; FREE: octets below dsn */
    mptcp_ssn ssn;  /* DELIVER, RELEASE: first octet; SEND: what its first octet will have */
    mptcp_ssn keep; /* DELIVER (if done to its full len), RELEASE: octets below it are never asked
                       for again */
    uint32_t zero2;
    mptcp_dsn dsn;           /* DELIVER, SEND: of the first octet; FREE: octets before it can go */
    struct mptcp_addr local; /* CONNECT: bind there (port: preferred, any other will do; 0: one that
                                is not in use and was not lately). LISTEN, UNLISTEN: there */
    struct mptcp_addr remote; /* CONNECT: to there */
};

/* Which actions are due: MPTCP_WANT bits. Cost: a pass over the subflows. */
unsigned mptcp_want(const struct mptcp_conn *c);

/* The most urgent action, by value. Returns 1, or 0 and MPTCP_NOTHING. Repeatable. */
int mptcp_poll(const struct mptcp_conn *c, struct mptcp_action *a);

/*
 * When to call mptcp_on_timeout; MPTCP_NEVER: not at all. It may lie in the past: a timer that
 * the host sets anew after every call must then run out at once.
 */
mptcp_time mptcp_deadline(const struct mptcp_conn *c);

enum mptcp_result {
    MPTCP_DONE = 0,
    MPTCP_LATER, /* can't now: due again after a short time, which mptcp_deadline tells; SEND
                  * earlier if mptcp_on_path reports more room than before */
    MPTCP_FAILED /* can't at all. CONNECT: a try, that is tried again later; LISTEN: the address is
                    not announced; others: the same as LATER */
};

/*
 * Commits what the host did of an action that mptcp_poll gave.
 *   n      DELIVER, SEND: octets done, 0 to len, more is ARGUMENT. Others: ignored.
 *   CONNECT: commit DONE before the SYN leaves (the SYN's options are asked
 *          for under the action's sf); if that fails after all, mptcp_on_gone.
 *   SEND:  the host's TCP gives the octets the SSN that the action names.
 * An action that is not due any more is refused with STALE. DELIVER or SEND with n = 0 is the same
 * as LATER. What the host can't do never keeps other actions from being due.
 */
int mptcp_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
               enum mptcp_result result, mptcp_time now);

/* A TCP segment about to leave, for the first time or again. */
struct mptcp_txseg {
    uint8_t tcp_flags;
    uint8_t zero[3];
    mptcp_ssn ssn; /* of the first octet of payload, or the next one; a SYN: 0; a keep-alive: one
                      that was acknowledged, which no signal rides on */
    uint32_t len;  /* octets of payload */
    uint32_t sum;  /* with checksums: mptcp_sum over the whole mapping (mptcp_tx_mapping) */
};

/* What a segment can carry: bits of mptcp_receipt.wrote and mptcp_receipt.no_room. */
#define MPTCP_OUT_DATA_ACK 0x0001u /* and with it the window counts for the connection (s3.3.2) */
#define MPTCP_OUT_MAPPING 0x0002u  /* of the payload, or the infinite one */
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
 * What the option writer did; give it to mptcp_sent when the segment leaves.
 *
 * no_room: what was due on this segment, and is not on it because its option did not fit. It is not
 * lost: MPTCP_SEND_ACK is due for it as soon as the segment has left, at once if TCP sent the
 * segment by itself. On the ACK that TCP makes for MPTCP_SEND_ACK it has to leave at least
 * mptcp_config.option_room octets free, if need be by leaving SACK blocks out.
 */
struct mptcp_receipt {
    uint32_t window;  /* octets to advertise, unscaled; UINT32_MAX: TCP's own window stands */
    uint32_t covers;  /* octets of payload that the mapping written covers: cut the segment there */
    uint16_t wrote;   /* MPTCP_OUT_ bits */
    uint16_t no_room; /* MPTCP_OUT_ bits */
    uint8_t length;   /* octets written, a multiple of 4 */
    uint8_t segment;  /* private */
    uint8_t address;  /* private */
    uint8_t said;     /* private */
    uint16_t too_long; /* private */
    uint16_t zero2;
    mptcp_ssn ack; /* private */
    mptcp_ssn ssn; /* private */
    uint32_t zero3;
    mptcp_dsn data_ack; /* private */
};

/*
 * Writes the options of a segment into at most room octets (padded with NOP
 * to a multiple of 4) and returns their length, 0 if there are none. A pure
 * function of the state: asked again, it writes the same.
 *
 * A DATA_ACK that the peer has not had yet comes before any signal; a signal for which there is no
 * place beside it leaves on a further ACK, and so does a DATA_ACK that did not fit
 * (receipt.no_room). A segment without payload may leave whatever was written, also if that is
 * nothing; but not one of a join's handshake.
 *
 * Errors: STALE; STATE: the subflow is to be reset, nothing but its RST may leave; NOT_FOUND: the
 * octets of the payload were never given to this subflow; ROOM: the
 * mapping of the payload does not fit, or the MP_JOIN of a handshake, whose third ACK needs 24
 * octets. Such a segment must not leave: without its mapping the
 * peer can't use it, and may give MPTCP up (s3.7); without MP_JOIN a SYN asks for another
 * connection, and an ACK is answered by RST. Make room, if need be by leaving SACK blocks
 * out: MPTCP_OUT_MAPPING or MPTCP_OUT_JOIN is in receipt.no_room then, and nothing else in the
 * receipt is set. What never finds room ends as a join without an answer does.
 */
int mptcp_tx_options(const struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_txseg *seg,
                     uint8_t *p, size_t room, struct mptcp_receipt *r);

/*
 * The most octets mptcp_tx_options can write on a data segment of this connection now; never more
 * than mptcp_config.option_room.
 */
unsigned mptcp_tx_options_max(const struct mptcp_conn *c);

/* The segment left. Errors: STALE; ARGUMENT: no receipt, or one that mptcp_tx_options never filled.
 */
int mptcp_sent(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_receipt *r, mptcp_time now);

/* The mapping that an octet of a subflow is under: for its checksum, and to cut at its end. */
struct mptcp_tx_map {
    mptcp_dsn dsn;
    mptcp_ssn ssn;
    uint32_t len;
};
int mptcp_tx_mapping(const struct mptcp_conn *c, mptcp_sf sf, mptcp_ssn ssn,
                     struct mptcp_tx_map *map);

/* Octets up to the end of the mapping at the subflow's next in-order octet; 0: no mapping there. */
uint32_t mptcp_rx_mapping_left(const struct mptcp_conn *c, mptcp_sf sf);

/*
 * Options for the RST that refuses a SYN or a segment of no subflow: MP_TCPRST
 * with the reason that fits an error code. Returns its length.
 */
int mptcp_reset_option(int code, uint8_t *p, size_t room);

/* -------------------------------------------------------------- getters */

/* Appendix D, and what lies before and beside it. */
enum mptcp_state {
    MPTCP_CLOSED = 0,  /* not opened yet; M_CLOSED, though subflows may still close; or ended */
    MPTCP_OPENING,     /* the initial subflow's handshake */
    MPTCP_ESTABLISHED, /* M_ESTAB */
    MPTCP_FIN_WAIT_1,  /* our DATA_FIN is not acknowledged */
    MPTCP_FIN_WAIT_2,
    MPTCP_CLOSING,
    MPTCP_TIME_WAIT,
    MPTCP_CLOSE_WAIT, /* the peer's DATA_FIN came first */
    MPTCP_LAST_ACK,
    MPTCP_FASTCLOSE_WAIT /* aborted, and the peer has not answered (s3.5) */
};

struct mptcp_info {
    uint8_t state;    /* enum mptcp_state */
    uint8_t version;  /* 1; 255: plain TCP */
    uint8_t client;   /* we opened it */
    uint8_t checksum; /* in use */
    uint8_t fully_established;
    uint8_t subflows; /* alive; of the peer's joins those that have proved who it is */
    uint8_t zero[2];
    int32_t fallback; /* 0, or the code of the reason why it is plain TCP */
    int32_t error;    /* 0, or the connection's sticky error */
    uint32_t local_token;
    uint32_t remote_token; /* 0 until known */
    mptcp_dsn snd_una;     /* first octet not DATA_ACKed */
    mptcp_dsn snd_nxt;     /* first octet never given to a subflow */
    mptcp_dsn snd_end;     /* end of what the application wrote */
    mptcp_dsn rcv_nxt;     /* DATA_ACK */
    mptcp_dsn delivered;
    uint32_t rcv_window; /* octets that may still come */
    uint32_t snd_window; /* octets that may still go */
};
void mptcp_conn_info(const struct mptcp_conn *c, struct mptcp_info *info);

struct mptcp_subflow_info {
    uint8_t initial;
    uint8_t established; /* can carry data */
    uint8_t silent;      /* nothing was acknowledged for too long (mptcp_config.silence_min) */
    uint8_t backup;      /* asked for by us */
    uint8_t peer_backup; /* asked for by the peer */
    uint8_t local_id;
    uint8_t remote_id;
    uint8_t closing;
    uint16_t tx_runs; /* in use */
    uint16_t rx_runs;
    uint8_t cost;
    uint8_t window_closed; /* the peer's window on it is, and a probe was needed */
    uint8_t zero[2];
    mptcp_ssn snd_una;
    mptcp_ssn snd_nxt;
    mptcp_ssn rcv_nxt;
    uint32_t srtt_us; /* 0: not known */
    uint32_t rttvar_us;
    uint32_t segment_size;
    uint32_t mapping_max;
};
/* Parts of the above and below, cheap enough for every segment. A stale handle is neither silent
 * nor to be reset. */
mptcp_dsn mptcp_rcv_nxt(const struct mptcp_conn *c);
bool mptcp_subflow_silent(const struct mptcp_conn *c, mptcp_sf sf);
/* It is to be reset: MPTCP_RESET_SUBFLOW is due, and nothing but its RST may leave on it any more.
 */
bool mptcp_subflow_resets(const struct mptcp_conn *c, mptcp_sf sf);

/* STALE if the subflow is gone. */
int mptcp_subflow_info(const struct mptcp_conn *c, mptcp_sf sf, struct mptcp_subflow_info *info);

/* The i-th living subflow; MPTCP_SF_NONE. */
mptcp_sf mptcp_subflow_at(const struct mptcp_conn *c, unsigned i);

/* Address by id, of our side or the peer's; NOT_FOUND. */
int mptcp_address(const struct mptcp_conn *c, bool remote, uint8_t id, struct mptcp_addr *addr);

#ifdef __cplusplus
}
#endif

#endif
